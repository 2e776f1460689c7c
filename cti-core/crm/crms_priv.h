/*
 * crms_priv.h -- between crms.c (the thread), job.c (one ask) and breaker.c.
 *
 * Thread: that of cti_crms, except where a lock is named.
 */
#ifndef CTI_CRMS_PRIV_H
#define CTI_CRMS_PRIV_H

#include "breaker.h"
#include "crms.h"
#include "str.h"
#include "wire.h"

#include <cti/msgq.h>

#include <pthread.h>
#include <stdatomic.h>

enum { CTI_CRM_JOBS_MAX = 256 }; /* of one CRM, running and waiting */

enum cti_crm_job_state {
	CTI_CRM_JOB_NEW,
	CTI_CRM_JOB_READY,   /* its request may go when there is room */
	CTI_CRM_JOB_SENT,    /* on the wire */
	CTI_CRM_JOB_WAITING, /* for another job's log-in */
};

struct crm;

struct cti_crm_job {
	struct crm *crm;
	struct cti_crm_job *prev, *next; /* of the CRM, oldest first */
	uint64_t id;
	enum cti_crm_job_state state;
	struct cti_crm_ask *ask;       /* owned copy */
	struct cti_crm_answer *answer; /* owned until it is handed on */
	struct cti_crm_task *task;
	struct cti_http_request req; /* READY, SENT */
	struct cti_wire_call *call;  /* SENT */
	int64_t begun_us, due_us;    /* monotonic */
	cti_crms_done_h *done;
	void *arg;
};

struct crm {
	struct cti_crms *crms;
	const struct cti_crm_conf *conf;
	struct cti_crm *instance; /* NULL: broken */
	unsigned caps;            /* constant after the start */
	struct cti_crm_job *jobs, *last_job;
	unsigned njobs, sent; /* jobs; requests on the wire */
	unsigned shown_jobs;  /* njobs in the status */
	bool moved;           /* since the jobs that wait were looked at */
	struct cti_breaker breaker;
	int64_t tokens_us;             /* when the next request may go, by rate_per_s */
	struct cti_crms_status status; /* under crms->lock */
};

struct cti_crms {
	pthread_t thread;
	struct cti_wire *wire;
	struct cti_msgq *inbox;
	struct crm *crms;
	size_t ncrms;
	atomic_bool stopping;
	atomic_uint_fast64_t ids;
	void (*trace)(const struct cti_crms_trace *t, void *arg);
	void *arg;
	pthread_mutex_t lock; /* of the status of each CRM: held for a copy */
};

/* job.c */
struct cti_crm_job *cti_crm_job_new(
	struct crm *crm, const struct cti_crm_ask *ask, cti_crms_done_h *h, void *arg);
void cti_crm_job_free(
	struct cti_crm_job *job); /* that was never begun, without an answer */
void cti_crm_job_begin(struct cti_crm_job *job);
/* Answers and frees. OK: the answer is complete as it is. */
void cti_crm_job_end(struct cti_crm_job *job, enum cti_crm_err err, const char *detail);
/* Sends what may be sent, ends what is late. Returns when to come again (monotonic). */
int64_t cti_crm_work(struct crm *crm);

#endif
