/*
 * job.h -- what has to wait, on a worker thread: log-in, sessions, queries, exports.
 *
 * A job belongs to the worker from its start until its end comes back; then to
 * the hub thread. Its request stands still meanwhile (http.h).
 */
#ifndef CTI_JOB_H
#define CTI_JOB_H

#include "hub_priv.h"

#include <semaphore.h>

struct cti_request;

enum cti_job_kind {
	CTI_JOB_LOGIN,   /* name and password to a user; a new session is stored */
	CTI_JOB_RESOLVE, /* a session's hash to its user */
	CTI_JOB_LOGOUT,  /* the session is dropped */
	CTI_JOB_BACKEND, /* anything else, by the backend's rest() */
	CTI_JOB_EXPORT,  /* the same on the pool for long answers */
	CTI_JOB_RECHECK, /* sessions in use: still valid, same rights? No request */
	CTI_JOB_ASSETS,  /* the web folder is read anew. No request */
};

enum { CTI_JOB_NAME_BYTES = 64, CTI_JOB_PASSWORD_BYTES = 257 };

struct cti_job_check {
	char hash[CTI_SECRET_HASH_BYTES];
	int err; /* 0: user and expires are valid; ENOENT: over; else not known */
	struct cti_hub_user user;
	int64_t expires_us;
};

struct cti_job {
	struct cti_http_call call; /* first: stream() finds us by it */
	enum cti_job_kind kind;
	struct cti_hub *hub;
	struct cti_request *req; /* NULL: RECHECK, ASSETS */
	int err;
	struct cti_hub_user user; /* BACKEND: who asks. LOGIN, RESOLVE: the answer */
	char hash[CTI_SECRET_HASH_BYTES];
	char secret[CTI_SECRET_BYTES]; /* LOGIN: the cookie to be */
	int64_t expires_us;
	char name[CTI_JOB_NAME_BYTES];
	char password[CTI_JOB_PASSWORD_BYTES]; /* wiped after use */
	char remote[64];
	struct cti_job_check *checks; /* owned; RECHECK */
	size_t nchecks;
	struct cti_assets *assets; /* ASSETS: the answer */
	/* Streaming. */
	sem_t credits;    /* pieces that may be on their way */
	atomic_bool gone; /* the client has gone, stop */
	struct cti_buf piece;
	bool streamed;
	struct cti_job_event
		*last; /* owned; the end, made beforehand so it cannot fail */
};

int cti_jobs_alloc(struct cti_jobs **jp, struct cti_hub *hub);
/* Hub thread, when the loop has ended: waits for the workers, takes what they said. */
void cti_jobs_stop(struct cti_jobs *j);
void cti_jobs_free(struct cti_jobs *j);
/* Hub thread: what the workers have said since. */
void cti_jobs_drain(struct cti_jobs *j);

/* req may be NULL. The job is prepared by the caller, then posted. */
int cti_job_alloc(struct cti_job **jobp, struct cti_hub *h, enum cti_job_kind kind,
	struct cti_request *req);
void cti_job_free(struct cti_job *job);
/* Moved on 0. EAGAIN: all workers are busy and the line is full. */
int cti_job_post(struct cti_job *job);

/* Hub thread. A piece of the answer is out; job may be NULL. */
void cti_job_credit(struct cti_job *job);
void cti_job_gone(struct cti_job *job);

#endif
