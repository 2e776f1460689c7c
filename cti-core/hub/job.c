/*
 * job.c -- handing work to the workers and their words back to the hub thread.
 *
 * Back-pressure: a streaming job has a few credits. It spends one for each piece
 * and waits when there is none; the hub thread gives one back for each piece
 * that the socket took. So an export of any length needs the memory of a few
 * pieces, and the only one who waits is the worker.
 */
#include "job.h"

#include "http.h"
#include "rest.h"
#include "worker.h"

#include <cti/clock.h>
#include <cti/log.h>

#include <sodium.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	CREDITS = 4,
	WORK_MAX = 512, /* jobs not ended; more are refused with 503 */
	/* The same of sessions to be looked up: short, and one for each browser that
	 * comes back after a restart. */
	LOOKUPS_MAX = 16384,
};

enum event_kind { EVENT_HEAD, EVENT_PIECE, EVENT_END };

struct cti_job_event {
	enum event_kind kind;
	struct cti_job *job;
	/* HEAD */
	int status;
	char ctype[100];
	char disposition[200];
	/* PIECE, moved */
	struct cti_http_chunk *chunk;
};

struct cti_jobs {
	struct cti_hub *hub;
	struct cti_worker *workers; /* owned */
	struct cti_worker
		*exporters;      /* owned; long answers do not keep log-ins waiting */
	struct cti_msgq *events; /* owned */
	/* Posted, and their end not yet read: by this the queue of events has room. The
	 * workers' own lines are no measure, a busy hub posts while they finish. */
	size_t nwork, nlookups;
};

/* ---- on a worker --------------------------------------------------------- */

static int say(struct cti_job *job, struct cti_job_event *event)
{
	struct cti_jobs *j = job->hub->jobs;

	event->job = job;
	return cti_msgq_push(j->events, event);
}

static int say_head(struct cti_job *job)
{
	struct cti_job_event *event = calloc(1, sizeof(*event));
	int err;

	if (!event)
		return ENOMEM;
	event->kind = EVENT_HEAD;
	event->status = job->call.status ? job->call.status : 200;
	(void)cti_str_copy(event->ctype, sizeof(event->ctype),
		job->call.ctype ? job->call.ctype : "application/json");
	if (job->call.disposition)
		(void)cti_str_copy(event->disposition, sizeof(event->disposition),
			job->call.disposition);
	err = say(job, event);
	if (err)
		free(event);
	return err;
}

static int say_piece(struct cti_job *job)
{
	struct cti_job_event *event = calloc(1, sizeof(*event));
	struct cti_http_chunk *chunk = malloc(sizeof(*chunk) + job->piece.len);
	int err = ENOMEM;

	if (!event || !chunk)
		goto out;
	chunk->len = job->piece.len;
	memcpy(chunk->data, job->piece.data, job->piece.len);
	event->kind = EVENT_PIECE;
	event->chunk = chunk;
	err = say(job, event);
out:
	if (err) {
		free(event);
		free(chunk);
	}
	return err;
}

static int flush(struct cti_job *job)
{
	int err;

	if (!job->piece.len)
		return 0;
	while (sem_wait(&job->credits) < 0)
		continue; /* EINTR */
	if (atomic_load(&job->gone))
		return EPIPE;
	err = say_piece(job);
	cti_buf_clear(&job->piece);
	return err;
}

static int stream(struct cti_http_call *call, const char *data, size_t len)
{
	struct cti_job *job = (struct cti_job *)call;
	int err = 0;

	if (atomic_load(&job->gone))
		return EPIPE;
	if (!job->streamed) {
		job->streamed = true;
		err = say_head(job);
	}
	while (!err && len) {
		const size_t room = CTI_HTTP_STREAM_PIECE - job->piece.len;
		const size_t part = len < room ? len : room;

		cti_buf_add(&job->piece, data, part);
		if (job->piece.err)
			return job->piece.err;
		data += part;
		len -= part;
		if (job->piece.len == CTI_HTTP_STREAM_PIECE)
			err = flush(job);
	}
	return err;
}

static const char *query(const struct cti_http_call *call, const char *name)
{
	const struct cti_job *job = (const struct cti_job *)call;

	return cti_request_param(job->req, name);
}

static void run_login(void *ctx, struct cti_job *job)
{
	const struct cti_hub_backend *b = &job->hub->backend;

	job->err =
		b->login(ctx, job->name, job->password, job->remote, &job->user, b->arg);
	sodium_memzero(job->password, sizeof(job->password));
	if (job->err)
		return;
	cti_secret_make(job->secret);
	cti_secret_hash(job->hash, job->secret);
	job->expires_us = cti_now_us() + (int64_t)job->hub->conf.session_s * 1000000;
	job->err = b->session_put(ctx, job->hash, job->user.id, job->expires_us, b->arg);
}

static int resolve(void *ctx, const struct cti_hub_backend *b, const char *hash,
	struct cti_hub_user *user, int64_t *expires_usp)
{
	char user_id[37] = "";
	int err = b->session_get(ctx, hash, user_id, expires_usp, b->arg);

	if (err)
		return err;
	if (*expires_usp <= cti_now_us())
		return ENOENT;
	memset(user, 0, sizeof(*user));
	return b->user(ctx, user_id, user, b->arg);
}

static void run_recheck(void *ctx, struct cti_job *job)
{
	for (size_t i = 0; i < job->nchecks; i++) {
		struct cti_job_check *check = &job->checks[i];

		check->err = resolve(ctx, &job->hub->backend, check->hash, &check->user,
			&check->expires_us);
	}
}

static void run_backend(void *ctx, struct cti_job *job)
{
	const struct cti_hub_backend *b = &job->hub->backend;
	struct cti_http_call *call = &job->call;

	b->rest(ctx, call, b->arg);
	if (job->streamed && call->status < 500) {
		const int err = flush(job);

		if (err)
			call->status = 500;
	}
}

static void run(void *ctx, void *arg)
{
	struct cti_job *job = arg;
	const struct cti_hub_backend *b = &job->hub->backend;
	struct cti_job_event *last = job->last;

	switch (job->kind) {
	case CTI_JOB_LOGIN:
		run_login(ctx, job);
		break;
	case CTI_JOB_RESOLVE:
		job->err = resolve(ctx, b, job->hash, &job->user, &job->expires_us);
		break;
	case CTI_JOB_LOGOUT:
		job->err = b->session_drop(ctx, job->hash, b->arg);
		break;
	case CTI_JOB_BACKEND:
	case CTI_JOB_EXPORT:
		run_backend(ctx, job);
		break;
	case CTI_JOB_RECHECK:
		run_recheck(ctx, job);
		break;
	case CTI_JOB_ASSETS:
		job->err = cti_assets_load(&job->assets, job->hub->conf.web_dir);
		break;
	}
	job->last = NULL;
	last->kind = EVENT_END;
	/* The queue has room for every event that can be on its way. */
	if (say(job, last))
		cti_log(CTI_LOG_ERROR, "hub", "job lost its end kind=%d", (int)job->kind);
}

/* ---- on the hub thread --------------------------------------------------- */

int cti_job_alloc(struct cti_job **jobp, struct cti_hub *h, enum cti_job_kind kind,
	struct cti_request *req)
{
	struct cti_job *job = calloc(1, sizeof(*job));

	if (!job)
		return ENOMEM;
	job->last = calloc(1, sizeof(*job->last));
	if (!job->last) {
		free(job);
		return ENOMEM;
	}
	job->hub = h;
	job->kind = kind;
	job->req = req;
	(void)sem_init(&job->credits, 0, CREDITS);
	atomic_init(&job->gone, false);
	job->call.query = query;
	job->call.stream = stream;
	if (req) {
		(void)cti_str_copy(job->remote, sizeof(job->remote), req->remote);
		job->call.method = req->head.method;
		job->call.path = req->head.path + strlen(CTI_REST_BASE);
		job->call.body = req->body.data ? req->body.data : "";
		job->call.body_len = req->body.len;
		job->call.remote = job->remote;
		job->call.user = &job->user;
	}
	*jobp = job;
	return 0;
}

void cti_job_free(struct cti_job *job)
{
	if (!job)
		return;
	for (size_t i = 0; i < job->nchecks; i++)
		cti_hub_user_reset(&job->checks[i].user);
	free(job->checks);
	cti_hub_user_reset(&job->user);
	cti_buf_reset(&job->piece);
	cti_buf_reset(&job->call.out);
	cti_assets_unref(job->assets);
	sodium_memzero(job->password, sizeof(job->password));
	(void)sem_destroy(&job->credits);
	free(job->last);
	free(job);
}

static size_t *counter_of(struct cti_jobs *j, const struct cti_job *job)
{
	return job->kind == CTI_JOB_RESOLVE ? &j->nlookups : &j->nwork;
}

int cti_job_post(struct cti_job *job)
{
	struct cti_jobs *j = job->hub->jobs;
	struct cti_worker *pool = job->kind == CTI_JOB_EXPORT ? j->exporters : j->workers;
	struct cti_request *req = job->req;
	size_t *open = counter_of(j, job);
	int err;

	if (!pool || *open >= (open == &j->nlookups ? LOOKUPS_MAX : WORK_MAX))
		return EAGAIN;
	if (req) {
		req->job = job;
		req->state = CTI_REQ_JOB;
		cti_conn_patience_s(req->conn, 0);
	}
	err = cti_worker_post(pool, run, job);
	if (!err)
		++*open;
	else if (req)
		req->job = NULL;
	return err;
}

void cti_job_credit(struct cti_job *job)
{
	if (job)
		(void)sem_post(&job->credits);
}

void cti_job_gone(struct cti_job *job)
{
	atomic_store(&job->gone, true);
	(void)sem_post(&job->credits);
}

static void on_event(struct cti_job_event *event)
{
	struct cti_job *job = event->job;
	struct cti_request *req = job->req;
	const bool wanted = req && req->conn;

	switch (event->kind) {
	case EVENT_HEAD:
		if (wanted && !cti_request_stream(req, event->status, event->ctype,
				      event->disposition))
			cti_job_gone(job);
		break;
	case EVENT_PIECE:
		if (wanted && req->streaming)
			cti_request_piece(req, event->chunk);
		else
			free(event->chunk);
		break;
	case EVENT_END:
		--*counter_of(job->hub->jobs, job);
		cti_rest_job_end(job); /* frees it */
		break;
	}
	free(event);
}

void cti_jobs_drain(struct cti_jobs *j)
{
	struct cti_job_event *event;

	while ((event = cti_msgq_pop(j->events)) != NULL)
		on_event(event);
}

static void wake(void *arg)
{
	struct cti_hub *h = arg;

	cti_glue_wake(h->glue);
}

int cti_jobs_alloc(struct cti_jobs **jp, struct cti_hub *hub)
{
	const struct cti_hub_backend *b = &hub->backend;
	const unsigned exporters = hub->conf.workers > 1 ? hub->conf.workers / 2 : 1;
	const size_t running = hub->conf.workers + exporters;
	struct cti_jobs *j = calloc(1, sizeof(*j));
	int err;

	if (!j)
		return ENOMEM;
	j->hub = hub;
	/* Of each running job: a head and its credits; of every one that is open: its end. */
	err = cti_msgq_alloc(&j->events,
		running * (CREDITS + 1) + (size_t)WORK_MAX + LOOKUPS_MAX, wake, hub);
	if (!err)
		err = cti_worker_alloc(&j->workers, "hub-worker", hub->conf.workers,
			WORK_MAX + LOOKUPS_MAX, b->ctx_new, b->ctx_free, b->arg);
	if (!err)
		err = cti_worker_alloc(&j->exporters, "hub-export", exporters, WORK_MAX,
			b->ctx_new, b->ctx_free, b->arg);
	if (err)
		cti_jobs_free(j);
	else
		*jp = j;
	return err;
}

void cti_jobs_stop(struct cti_jobs *j)
{
	if (j->workers)
		cti_worker_free(j->workers);
	if (j->exporters)
		cti_worker_free(j->exporters);
	j->workers = NULL;
	j->exporters = NULL;
	cti_jobs_drain(j);
}

void cti_jobs_free(struct cti_jobs *j)
{
	if (!j)
		return;
	if (j->events) {
		cti_jobs_stop(j);
		cti_msgq_free(j->events, NULL);
	}
	free(j);
}
