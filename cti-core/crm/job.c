/*
 * job.c -- one ask on its way through a connector and the wire.
 */
#include "ask_copy.h"
#include "crms_priv.h"
#include "mask.h"

#include <cti/clock.h>
#include <cti/log.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOKUP_MS = 3000, LOG_MS = 15000, REQUESTS_DEFAULT = 4 };

/* ---- life --------------------------------------------------------------------------- */

static bool somebody_waits(enum cti_crm_verb verb)
{
	return verb == CTI_CRM_LOOKUP || verb == CTI_CRM_LOOKUP_EMAIL ||
	       verb == CTI_CRM_SEARCH;
}

static uint32_t deadline_ms(const struct cti_crm_job *job)
{
	const struct cti_crm_conf *conf = job->crm->conf;

	if (job->ask->deadline_ms)
		return job->ask->deadline_ms;
	if (somebody_waits(job->ask->verb))
		return conf->lookup_ms ? conf->lookup_ms : LOOKUP_MS;
	return conf->log_ms ? conf->log_ms : LOG_MS;
}

struct cti_crm_job *cti_crm_job_new(
	struct crm *crm, const struct cti_crm_ask *ask, cti_crms_done_h *h, void *arg)
{
	struct cti_crm_job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->crm = crm;
	job->done = h;
	job->arg = arg;
	job->ask = cti_ask_copy(ask);
	job->answer = calloc(1, sizeof(*job->answer));
	if (!job->ask || !job->answer) {
		cti_crm_job_free(job);
		return NULL;
	}
	job->begun_us = cti_mono_us();
	job->due_us = job->begun_us + deadline_ms(job) * 1000LL;
	return job;
}

void cti_crm_job_free(struct cti_crm_job *job)
{
	cti_crm_answer_free(job->answer);
	cti_http_request_reset(&job->req);
	cti_ask_free(job->ask);
	free(job);
}

static void link_job(struct cti_crm_job *job)
{
	struct crm *crm = job->crm;

	job->prev = crm->last_job;
	*(crm->last_job ? &crm->last_job->next : &crm->jobs) = job;
	crm->last_job = job;
	crm->njobs++;
}

static void unlink_job(struct cti_crm_job *job)
{
	struct crm *crm = job->crm;

	*(job->prev ? &job->prev->next : &crm->jobs) = job->next;
	*(job->next ? &job->next->prev : &crm->last_job) = job->prev;
	crm->njobs--;
}

const uint32_t cti_crms_times_ms[CTI_CRMS_TIMES - 1] = { 100, 300, 800, 3000, 15000 };

static void count_time(struct cti_crms_status *st, uint32_t took_ms)
{
	size_t i = 0;

	while (i < CTI_CRMS_TIMES - 1 && took_ms > cti_crms_times_ms[i])
		i++;
	st->times[i]++;
	st->took_ms += took_ms;
}

static void update_status(struct crm *crm, const struct cti_crm_answer *a)
{
	const bool paused = cti_breaker_paused(&crm->breaker, cti_mono_us());

	(void)pthread_mutex_lock(&crm->crms->lock);
	crm->status.running = crm->sent;
	crm->status.waiting = crm->njobs - crm->sent;
	crm->status.paused = paused;
	if (a) {
		crm->status.asks++;
		crm->status.failures += a->err != CTI_CRM_OK;
		crm->status.requests += a->requests;
		count_time(&crm->status, a->took_ms);
		crm->status.last_err = a->err;
		(void)cti_str_copy(
			crm->status.detail, sizeof(crm->status.detail), a->detail);
	}
	(void)pthread_mutex_unlock(&crm->crms->lock);
}

/* The breaker hears of what the CRM did, not of what we did to ourselves. */
static void judge(struct cti_crm_job *job)
{
	struct crm *crm = job->crm;
	const struct cti_crm_answer *a = job->answer;

	if (!a->requests) {
		crm->breaker.trying = false;
		return;
	}
	if (cti_breaker_result(&crm->breaker, a->err, a->retry_after_s, cti_mono_us()))
		cti_log(CTI_LOG_WARN, "crm",
			"left alone for a while crm=%s err=%s detail=%s", crm->conf->name,
			cti_crm_err_word(a->err), a->detail);
}

/* A CRM that is left alone was told once; what we cancel, we know. */
static bool is_news(enum cti_crm_err err)
{
	return err != CTI_CRM_OK && err != CTI_CRM_PAUSED && err != CTI_CRM_CANCELLED;
}

void cti_crm_job_end(struct cti_crm_job *job, enum cti_crm_err err, const char *detail)
{
	struct crm *crm = job->crm;
	struct cti_crm_answer *a = job->answer;
	bool sent = false;

	if (job->call) {
		sent = cti_wire_cancel(job->call);
		crm->sent--;
	}
	if (sent && job->req.changes)
		a->maybe_done = true;
	if (job->task)
		crm->instance->ops->end(job->task);
	if (err)
		cti_crm_answer_fail(a, err, "%s", detail);
	a->took_ms = (uint32_t)((cti_mono_us() - job->begun_us) / 1000);
	if (job->state != CTI_CRM_JOB_NEW) {
		unlink_job(job);
		judge(job);
	}
	crm->moved = true;
	update_status(crm, a);
	cti_log(is_news(a->err) ? CTI_LOG_INFO : CTI_LOG_DEBUG, "crm",
		"asked crm=%s verb=%s result=%s contacts=%zu requests=%u ms=%u detail=%s",
		crm->conf->name, cti_crm_verb_word(job->ask->verb),
		cti_crm_err_word(a->err), a->ncontacts, a->requests, a->took_ms,
		a->detail);
	job->answer = NULL;
	job->done(a, job->arg);
	cti_crm_job_free(job);
}

/* ---- trace --------------------------------------------------------------------------- */

struct shown {
	struct cti_buf url, body;
	struct cti_http_header *headers;
	size_t nheaders;
};

static void show(struct shown *s, const struct cti_mask *m,
	const struct cti_http_request *req, const char *body)
{
	cti_mask_text(m, req->url, &s->url);
	cti_mask_text(m, body ? body : "", &s->body);
	s->headers = calloc(req->nheaders ? req->nheaders : 1, sizeof(*s->headers));
	for (size_t i = 0; s->headers && i < req->nheaders; i++) {
		struct cti_buf value = { 0 };

		cti_mask_header(m, req->headers[i].name, req->headers[i].value, &value);
		s->headers[s->nheaders++] =
			(struct cti_http_header){ req->headers[i].name,
				cti_buf_take(&value) };
	}
}

/* r: NULL for the request. */
static void trace(const struct cti_crm_job *job, const struct cti_wire_reply *r)
{
	const struct cti_crms *c = job->crm->crms;
	struct shown s = { 0 };
	struct cti_mask m;
	struct cti_crms_trace t = { .crm = job->crm->conf->name,
		.reply = r != NULL,
		.method = job->req.method,
		.why = "",
		.body = "" };

	if (!c->trace)
		return;
	if (cti_mask_init(&m, job->crm->instance) == 0) {
		show(&s, &m, &job->req, r ? r->reply.body : job->req.body);
		if (r) {
			t.status = r->reply.status;
			t.err = r->reply.err;
			t.why = r->why;
			t.took_ms = r->took_ms;
		} else {
			t.headers = s.headers;
			t.nheaders = s.nheaders;
		}
		t.url = s.url.len && !s.url.err ? s.url.data : "";
		if (s.body.len && !s.body.err)
			t.body = s.body.data;
		c->trace(&t, c->arg);
	}
	for (size_t i = 0; i < s.nheaders; i++)
		free(s.headers[i].value);
	free(s.headers);
	cti_buf_reset(&s.url);
	cti_buf_reset(&s.body);
	cti_mask_reset(&m);
}

/* ---- steps ------------------------------------------------------------------------------ */

/* The connector's next step; job may be gone afterwards. */
static void step(struct cti_crm_job *job, const struct cti_wire_reply *r)
{
	struct cti_http_request next = { 0 };
	enum cti_crm_step what;

	what = job->crm->instance->ops->step(
		job->task, r ? &r->reply : NULL, &next, cti_now_us());
	if (r)
		trace(job, r);
	cti_http_request_reset(&job->req);
	job->req = next;
	switch (what) {
	case CTI_CRM_STEP_REQUEST:
		job->state = CTI_CRM_JOB_READY;
		break;
	case CTI_CRM_STEP_WAIT:
		job->state = CTI_CRM_JOB_WAITING;
		break;
	case CTI_CRM_STEP_DONE:
		cti_crm_job_end(job, CTI_CRM_OK, "");
		break;
	}
}

static void on_reply(const struct cti_wire_reply *r, void *arg)
{
	struct cti_crm_job *job = arg;

	job->call = NULL;
	job->crm->sent--;
	job->crm->moved = true;
	if (job->req.changes && r->sent && (r->reply.err || r->reply.status >= 500))
		job->answer->maybe_done = true;
	step(job, r);
}

void cti_crm_job_begin(struct cti_crm_job *job)
{
	struct crm *crm = job->crm;
	const struct cti_crm_ops *ops;

	if (!crm->instance || !(crm->caps & 1u << job->ask->verb)) {
		cti_crm_job_end(job, CTI_CRM_UNSUPPORTED,
			crm->instance ? "not possible with this CRM or template"
				      : "the CRM's section has a mistake");
		return;
	}
	if (crm->njobs >= CTI_CRM_JOBS_MAX) {
		cti_crm_job_end(job, CTI_CRM_BUSY, "too many asks are waiting");
		return;
	}
	if (!cti_breaker_admits(&crm->breaker, cti_mono_us())) {
		cti_crm_job_end(
			job, CTI_CRM_PAUSED, "failed repeatedly; it is tried later");
		return;
	}
	ops = crm->instance->ops;
	link_job(job);
	job->state = CTI_CRM_JOB_WAITING;
	job->task = ops->begin(crm->instance, job->ask, job->answer);
	if (!job->task)
		cti_crm_job_end(job, CTI_CRM_NO_MEMORY, "out of memory");
	else
		step(job, NULL);
}

/* ---- sending ----------------------------------------------------------------------------- */

static unsigned room(const struct crm *crm)
{
	unsigned most =
		crm->conf->max_requests ? crm->conf->max_requests : REQUESTS_DEFAULT;

	if (crm->instance->max_requests && crm->instance->max_requests < most)
		most = crm->instance->max_requests;
	return most > crm->sent ? most - crm->sent : 0;
}

/* What a caller waits for goes first. */
static struct cti_crm_job *next_ready(const struct crm *crm)
{
	struct cti_crm_job *first = NULL;

	for (struct cti_crm_job *j = crm->jobs; j; j = j->next) {
		if (j->state != CTI_CRM_JOB_READY)
			continue;
		if (somebody_waits(j->ask->verb))
			return j;
		if (!first)
			first = j;
	}
	return first;
}

static void send(struct cti_crm_job *job)
{
	struct crm *crm = job->crm;
	const int64_t left_ms = (job->due_us - cti_mono_us()) / 1000;
	const struct cti_wire_opts opts = { .tls_ca = crm->conf->tls_ca,
		.timeout_ms = left_ms > 0 ? (uint32_t)left_ms + 1 : 1 };

	trace(job, NULL);
	job->call = cti_wire_send(crm->crms->wire, &job->req, &opts, on_reply, job);
	if (!job->call) {
		cti_crm_job_end(job, CTI_CRM_UNSAFE, "the request's URL is not usable");
		return;
	}
	job->state = CTI_CRM_JOB_SENT;
	job->answer->requests++;
	crm->sent++;
}

/* A second's worth may go at once, then evenly. Returns 0 when one may go now. */
static int64_t rate_wait(struct crm *crm, int64_t now_us)
{
	if (!crm->conf->rate_per_s)
		return 0;
	if (crm->tokens_us < now_us - 1000000)
		crm->tokens_us = now_us - 1000000;
	if (crm->tokens_us > now_us)
		return crm->tokens_us;
	crm->tokens_us += 1000000 / crm->conf->rate_per_s;
	return 0;
}

/* Sends as many as may go. Returns when more may go, INT64_MAX: when something ends. */
static int64_t send_ready(struct crm *crm)
{
	struct cti_crm_job *job;

	while (room(crm) && (job = next_ready(crm)) != NULL) {
		const int64_t wait_us = rate_wait(crm, cti_mono_us());

		if (wait_us)
			return wait_us;
		send(job);
	}
	return INT64_MAX;
}

static void step_waiting(struct crm *crm)
{
	struct cti_crm_job *next;

	crm->moved = false;
	for (struct cti_crm_job *j = crm->jobs; j; j = next) {
		next = j->next;
		if (j->state == CTI_CRM_JOB_WAITING)
			step(j, NULL);
	}
}

static int64_t end_late(struct crm *crm)
{
	const int64_t now_us = cti_mono_us();
	int64_t due_us = INT64_MAX;
	struct cti_crm_job *next;

	for (struct cti_crm_job *j = crm->jobs; j; j = next) {
		next = j->next;
		if (j->due_us <= now_us)
			cti_crm_job_end(j, CTI_CRM_TIMEOUT,
				j->state == CTI_CRM_JOB_SENT
					? "no answer within the time for it"
					: "other requests took the time for it");
		else if (j->due_us < due_us)
			due_us = j->due_us;
	}
	return due_us;
}

int64_t cti_crm_work(struct crm *crm)
{
	int64_t due_us, send_us = INT64_MAX;

	if (!crm->instance)
		return INT64_MAX;
	due_us = end_late(crm);
	do {
		if (crm->moved)
			step_waiting(crm);
		send_us = send_ready(crm);
	} while (crm->moved);
	if (crm->njobs != crm->shown_jobs) {
		crm->shown_jobs = crm->njobs;
		update_status(crm, NULL);
	}
	return send_us < due_us ? send_us : due_us;
}
