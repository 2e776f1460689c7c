/*
 * command.c -- a request becomes a job; a job has one final answer.
 *
 *	request -> checks in the order of a table -> refused / confirm
 *	        -> journal, audit, connector -> progress ... -> done / failed / time-out
 *
 * A job that reached the PBX is kept for KEEP_MS after its end, so that a repeated
 * request is told what became of the first. One that did not is forgotten once its
 * answer is delivered: asking again does no harm, and a flood leaves nothing behind.
 */
#include "command.h"

#include "json.h"
#include "policy.h"
#include "str.h"
#include "strmap.h"
#include "uuid.h"

#include <cti/clock.h>
#include <cti/err.h>
#include <cti/log.h>
#include <cti/loop.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	KEEP_MS = 600000,
	KEY_MS = 10000, /* for everything but a dial: a key is pressed */
	ANSWERS = 8,    /* phases of a dial and its end */
	ID_MAX = 64,
	KEY_BYTES = 37 + 1 + ID_MAX + 1,
	RATE_US = 60000000,
	RATE_MAX = 1000, /* the limit of dial.per_minute */
};

struct answer {
	const char *state; /* static, as why and phase */
	const char *phase;
	const char *why;
	struct cti_cause cause;
};

struct job {
	struct cti_commands *owner;
	char key[KEY_BYTES]; /* "user/id" */
	char user_id[CTI_UUID_BYTES];
	char id[ID_MAX + 1];
	char own_id[CTI_UUID_BYTES]; /* towards the connector; "" until it is sent */
	enum cti_verb verb;
	char *line;         /* owned; NULL until it is chosen */
	char *dialled;      /* owned; number as pasted, for the audit; may be NULL */
	char *conversation; /* owned; may be NULL */
	struct answer answers[ANSWERS];
	size_t nanswers, ndelivered;
	bool final;
	bool agent_answered; /* what is declined from now on is declined by the other side */
	struct cti_timer deliver;
	struct cti_timer life; /* time-out, then forgetting */
};

/* One user's dials within the last minute: a ring of their times. */
struct rate {
	int64_t at_us[RATE_MAX];
	size_t head, n;
};

struct cti_commands {
	struct cti_command_ops ops;
	struct cti_command_policy policy;
	struct cti_strmap *jobs;   /* by key; owned */
	struct cti_strmap *by_own; /* by own_id; borrowed */
	struct cti_strmap *rates;  /* by user; owned */
	struct cti_timer sweep;    /* of rates that nobody uses any more */
};

/* ---- answers -------------------------------------------------------------- */

static void job_free(struct job *job)
{
	cti_timer_cancel(&job->deliver);
	cti_timer_cancel(&job->life);
	free(job->line);
	free(job->dialled);
	free(job->conversation);
	free(job);
}

static void forget(void *arg)
{
	struct job *job = arg;

	(void)cti_strmap_take(job->owner->jobs, job->key);
	if (job->own_id[0])
		(void)cti_strmap_take(job->owner->by_own, job->own_id);
	job_free(job);
}

static void deliver(void *arg)
{
	struct job *job = arg;
	struct cti_commands *c = job->owner;

	while (job->ndelivered < job->nanswers) {
		const struct answer *a = &job->answers[job->ndelivered++];
		const struct cti_command_answer out = {
			.user_id = job->user_id,
			.id = job->id,
			.state = a->state,
			.phase = a->phase,
			.why = a->why,
			.cause = a->cause,
			.conversation = job->conversation,
		};

		c->ops.answer(&out, c->ops.arg);
	}
	if (job->final && !job->own_id[0])
		forget(job);
}

/* Answers go out from a timer: never from inside the call that caused them. */
static void answer(struct job *job, const struct answer *a)
{
	if (job->nanswers < ANSWERS)
		job->answers[job->nanswers++] = *a;
	(void)cti_timer_start(&job->deliver, 0, deliver, job);
}

static void audit(const struct job *job, const char *state, const char *why)
{
	struct cti_buf buf = { 0 };
	struct cti_jsonw w;

	cti_jsonw_init(&w, &buf);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_time(&w, "at", cti_now_us());
	cti_jsonw_str(&w, "who", job->user_id);
	cti_jsonw_str(&w, "what", cti_verb_name(job->verb));
	cti_jsonw_str(&w, "state", state);
	cti_jsonw_str(&w, "why", why);
	cti_jsonw_str(&w, "request", job->id);
	cti_jsonw_str(&w, "line", job->line);
	cti_jsonw_str(&w, "number", job->dialled);
	cti_jsonw_str(&w, "conversation", job->conversation);
	cti_jsonw_end_object(&w);
	if (!buf.err)
		job->owner->ops.audit(buf.data, job->owner->ops.arg);
	cti_buf_reset(&buf);
}

/* The one final answer. */
static void finish(struct job *job, const struct answer *a)
{
	if (job->final)
		return;
	job->final = true;
	if (job->nanswers == ANSWERS) /* its place is kept whatever came before */
		job->nanswers--;
	audit(job, a->state, a->why);
	answer(job, a);
	if (job->own_id[0])
		(void)cti_timer_start(&job->life, KEEP_MS, forget, job);
}

static void refuse(struct job *job, const char *why)
{
	finish(job, &(struct answer){ .state = "refused", .why = why });
}

static void on_timeout(void *arg)
{
	struct job *job = arg;
	const struct cti_command cancel = {
		.id = job->own_id, .verb = CTI_VERB_CANCEL, .line = job->line
	};

	if (job->verb == CTI_VERB_DIAL)
		(void)job->owner->ops.send(&cancel, job->owner->ops.arg);
	finish(job, &(struct answer){ .state = "failed", .why = "timeout" });
}

/* ---- rate ------------------------------------------------------------------ */

static bool keep_rate(const char *key, void *value, void *arg)
{
	const struct rate *r = value;
	const int64_t newest = r->n ? r->at_us[(r->head + r->n - 1) % RATE_MAX] : 0;

	(void)key;
	if (*(const int64_t *)arg - newest < RATE_US)
		return true;
	free(value);
	return false;
}

static void sweep(void *arg)
{
	struct cti_commands *c = arg;
	int64_t now_us = cti_mono_us();

	cti_strmap_each(c->rates, keep_rate, &now_us);
	if (cti_strmap_count(c->rates))
		(void)cti_timer_start(&c->sweep, RATE_US / 1000, sweep, c);
}

static struct rate *rate_of(struct cti_commands *c, const char *user_id)
{
	struct rate *r = cti_strmap_get(c->rates, user_id);

	if (r)
		return r;
	r = calloc(1, sizeof(*r));
	if (!r || cti_strmap_put(c->rates, user_id, r, NULL)) {
		free(r);
		return NULL;
	}
	if (!cti_timer_running(&c->sweep))
		(void)cti_timer_start(&c->sweep, RATE_US / 1000, sweep, c);
	return r;
}

/* Counts one dial of the user, if it may be. */
static bool may_dial_now(struct cti_commands *c, const char *user_id)
{
	struct rate *r = rate_of(c, user_id);
	const int64_t now_us = cti_mono_us();
	const size_t most = c->policy.dials_per_minute < RATE_MAX
				    ? c->policy.dials_per_minute
				    : RATE_MAX;

	if (!r)
		return false;
	while (r->n && now_us - r->at_us[r->head] >= RATE_US) {
		r->head = (r->head + 1) % RATE_MAX;
		r->n--;
	}
	if (r->n >= most)
		return false;
	r->at_us[(r->head + r->n++) % RATE_MAX] = now_us;
	return true;
}

/* ---- checks ---------------------------------------------------------------- */

struct verb_rules {
	bool number;       /* needs one, and costs the PBX's owner money */
	bool conversation; /* needs one */
};

static const struct verb_rules rules[] = {
	[CTI_VERB_DIAL] = { true, false },
	[CTI_VERB_CANCEL] = { false, false },
	[CTI_VERB_ANSWER] = { false, true },
	[CTI_VERB_HANGUP] = { false, true },
	[CTI_VERB_HOLD] = { false, true },
	[CTI_VERB_RESUME] = { false, true },
	[CTI_VERB_TRANSFER] = { true, true },
	[CTI_VERB_CONSULT_TRANSFER] = { true, true },
	[CTI_VERB_COMPLETE] = { false, true },
	[CTI_VERB_BACK] = { false, true },
};

static const char *own_line(const struct cti_command_request *req)
{
	if (!req->line)
		return req->nlines ? req->lines[0] : NULL;
	for (size_t i = 0; i < req->nlines; i++) {
		if (strcmp(req->lines[i], req->line) == 0)
			return req->lines[i];
	}
	return NULL;
}

/* What has this errno of the connector to do with the user? */
static const char *why_not_sent(int err)
{
	switch (err) {
	case ENOTSUP:
		return "not-supported";
	case ENOTCONN:
		return "pbx-unreachable";
	case EBUSY:
		return "agent-busy";
	case ENOENT:
		return "line-not-yours";
	default:
		return "refused";
	}
}

static int send_job(struct job *job, const struct cti_command *cmd)
{
	struct cti_commands *c = job->owner;
	int err = 0;

	cti_uuid_random(job->own_id, cti_now_us());
	err = cti_strmap_put(c->by_own, job->own_id, job, NULL);
	if (!err)
		err = cti_timer_start(&job->life,
			job->verb == CTI_VERB_DIAL ? (uint64_t)c->policy.timeout_s * 1000
						   : KEY_MS,
			on_timeout, job);
	if (!err && job->verb == CTI_VERB_DIAL)
		err = c->ops.record_dial(job->own_id, cmd->line, cmd->number, c->ops.arg);
	if (!err)
		err = c->ops.send(cmd, c->ops.arg);
	return err;
}

/* The checks are over: to the journal, to the connector. */
static void go(struct job *job, const struct cti_command_request *req,
	const struct cti_ruling *ruling)
{
	const struct cti_command cmd = {
		.id = job->own_id,
		.verb = job->verb,
		.line = job->line,
		.number = ruling ? ruling->dial : NULL,
		.show = ruling ? ruling->number.display : NULL,
		.conversation = req->conversation,
	};
	int err;

	audit(job, "sent", NULL);
	err = send_job(job, &cmd);
	if (err)
		finish(job,
			&(struct answer){ .state = "failed", .why = why_not_sent(err) });
}

static void rule_on_number(struct job *job, const struct cti_command_request *req,
	const struct cti_number_plan *plan)
{
	struct cti_commands *c = job->owner;
	struct cti_ruling ruling;

	cti_policy_number(&ruling, req->number, req->role, plan, &c->policy);
	if (ruling.verdict == CTI_VERDICT_REFUSE)
		refuse(job, ruling.why);
	else if (ruling.verdict == CTI_VERDICT_CONFIRM && !req->confirmed)
		finish(job, &(struct answer){ .state = "confirm", .why = ruling.why });
	else if (!may_dial_now(c, req->user_id))
		refuse(job, "too-many-dials");
	else
		go(job, req, &ruling);
}

static void cancel(struct job *job, const struct cti_command_request *req)
{
	struct cti_commands *c = job->owner;
	char key[KEY_BYTES];
	struct job *dial = NULL;
	struct cti_command cmd = { .verb = CTI_VERB_CANCEL };
	int err;

	if (req->command && strlen(req->command) <= ID_MAX) {
		(void)snprintf(key, sizeof(key), "%s/%s", req->user_id, req->command);
		dial = cti_strmap_get(c->jobs, key);
	}
	if (!dial || dial->final || dial->verb != CTI_VERB_DIAL || !dial->own_id[0]) {
		finish(job, &(struct answer){ .state = "failed", .why = "not-found" });
		return;
	}
	cmd.id = dial->own_id;
	cmd.line = dial->line;
	err = c->ops.send(&cmd, c->ops.arg);
	if (err)
		finish(job,
			&(struct answer){ .state = "failed", .why = why_not_sent(err) });
	else
		finish(job, &(struct answer){ .state = "done" });
}

static void decide(struct job *job, const struct cti_command_request *req)
{
	struct cti_commands *c = job->owner;
	const struct verb_rules *rule = &rules[req->verb];
	const char *line = own_line(req);
	const struct cti_number_plan *plan;

	if (req->verb == CTI_VERB_CANCEL) {
		cancel(job, req);
		return;
	}
	plan = line ? c->ops.plan(line, c->ops.arg) : NULL;
	if (!plan) {
		refuse(job, "line-not-yours");
		return;
	}
	job->line = cti_str_dup(line);
	if (!job->line || (rule->conversation && !req->conversation)) {
		refuse(job, "refused");
		return;
	}
	if (rule->number)
		rule_on_number(job, req, plan);
	else
		go(job, req, NULL);
}

/* ---- requests -------------------------------------------------------------- */

static struct job *job_new(struct cti_commands *c, const struct cti_command_request *req)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->owner = c;
	job->verb = req->verb;
	(void)cti_str_copy(job->user_id, sizeof(job->user_id), req->user_id);
	(void)cti_str_copy(job->id, sizeof(job->id), req->id);
	(void)snprintf(job->key, sizeof(job->key), "%s/%s", job->user_id, job->id);
	job->dialled = cti_str_dup(req->number);
	job->conversation = cti_str_dup(req->conversation);
	if ((req->number && !job->dialled) || (req->conversation && !job->conversation) ||
		cti_strmap_put(c->jobs, job->key, job, NULL)) {
		job_free(job);
		return NULL;
	}
	return job;
}

void cti_commands_request(struct cti_commands *c, const struct cti_command_request *req)
{
	char key[KEY_BYTES];
	struct job *job;

	if (!req->user_id || strlen(req->user_id) >= CTI_UUID_BYTES || !req->id ||
		!*req->id || strlen(req->id) > ID_MAX || (unsigned)req->verb >= CTI_VERBS)
		return; /* the hub checked; nobody is there to answer to */
	(void)snprintf(key, sizeof(key), "%s/%s", req->user_id, req->id);
	job = cti_strmap_get(c->jobs, key);
	if (job) { /* the same again: say where it stands */
		job->ndelivered = job->nanswers ? job->nanswers - 1 : 0;
		(void)cti_timer_start(&job->deliver, 0, deliver, job);
		return;
	}
	job = job_new(c, req);
	if (!job) {
		cti_log(CTI_LOG_ERROR, "command",
			"no memory for a command, it gets no answer");
		return;
	}
	decide(job, req);
}

/* ---- progress -------------------------------------------------------------- */

void cti_commands_progress(struct cti_commands *c, const struct cti_progress *p)
{
	struct job *job = p->id ? cti_strmap_get(c->by_own, p->id) : NULL;
	struct answer a = { .cause = p->cause };

	if (!job || job->final)
		return;
	if (p->phase == CTI_PHASE_AGENT_ANSWERED)
		job->agent_answered = true;
	if (p->why && strcmp(p->why, "declined") == 0)
		a.why = job->agent_answered ? "customer-declined" : "agent-declined";
	else if (p->why)
		a.why = cti_command_why(p->why);
	if (p->phase == CTI_PHASE_DONE) {
		a.state = "done";
		finish(job, &a);
	} else if (p->phase == CTI_PHASE_FAILED) {
		a.state = "failed";
		a.why = a.why ? a.why : "refused";
		finish(job, &a);
	} else if (job->nanswers < ANSWERS - 1) {
		a.state = "progress";
		a.phase = cti_phase_name(p->phase);
		answer(job, &a);
	}
}

const char *cti_command_why(const char *why)
{
	/* Of schema/ws/protocol.md; what is not in it is "refused". */
	static const char *const words[] = { "agent-no-answer", "agent-busy",
		"agent-declined", "agent-unreachable", "customer-busy",
		"customer-no-answer", "customer-declined", "not-found", "congestion",
		"cancelled", "pbx-unreachable", "not-supported", "timeout", "refused",
		"emergency-number", "number-not-allowed", "number-invalid",
		"line-not-yours", "too-many-dials", "needs-confirmation" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], why) == 0)
			return words[i];
	}
	return "refused";
}

/* ---- life ------------------------------------------------------------------ */

int cti_commands_alloc(struct cti_commands **cp, const struct cti_command_ops *ops,
	const struct cti_command_policy *policy)
{
	struct cti_commands *c;

	if (!cp || !ops || !policy || !ops->send || !ops->record_dial || !ops->answer ||
		!ops->plan || !ops->audit)
		return EINVAL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return ENOMEM;
	c->ops = *ops;
	c->policy = *policy;
	if (cti_strmap_alloc(&c->jobs) || cti_strmap_alloc(&c->by_own) ||
		cti_strmap_alloc(&c->rates)) {
		cti_commands_free(c);
		return ENOMEM;
	}
	*cp = c;
	return 0;
}

static void free_job(void *value)
{
	job_free(value);
}

void cti_commands_free(struct cti_commands *c)
{
	if (!c)
		return;
	cti_timer_cancel(&c->sweep);
	cti_strmap_free(c->jobs, free_job);
	cti_strmap_free(c->by_own, NULL);
	cti_strmap_free(c->rates, free);
	free(c);
}

void cti_commands_set_policy(
	struct cti_commands *c, const struct cti_command_policy *policy)
{
	c->policy = *policy;
}
