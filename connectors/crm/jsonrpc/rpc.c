/*
 * rpc.c -- see rpc.h.
 */
#include "rpc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- instance ------------------------------------------------------------------- */

static struct cti_rpc *self(const struct cti_crm *crm)
{
	return (struct cti_rpc *)(uintptr_t)crm;
}

int cti_rpc_alloc(struct cti_crm **crmp, const struct cti_crm_conf *conf,
	const struct cti_rpc_kind *kind, char why[CTI_CRM_WHY_BYTES])
{
	struct cti_rpc *c = calloc(1, sizeof(*c));

	(void)snprintf(
		why, CTI_CRM_WHY_BYTES, "url, database, user and password must be given");
	if (!c)
		return ENOMEM;
	if (!conf->url || !conf->database || !conf->user || !conf->password) {
		free(c);
		return EINVAL;
	}
	c->conf = conf;
	c->kind = kind;
	*crmp = &c->crm;
	return 0;
}

void cti_rpc_free(struct cti_crm *crm)
{
	struct cti_rpc *c = self(crm);

	free(c->session);
	free(c);
}

unsigned cti_rpc_caps(const struct cti_crm *crm)
{
	const struct cti_rpc *c = self(crm);
	unsigned caps =
		CTI_CRM_CAN_LOG_ONCE | CTI_CRM_CAN_SYNC_CHANGES | CTI_CRM_CAN_COMPLETE;

	for (unsigned verb = 0; verb < CTI_CRM_VERB_COUNT; verb++)
		caps |= c->kind->stages[verb] ? 1u << verb : 0u;
	return caps;
}

void cti_rpc_secrets(
	const struct cti_crm *crm, void (*h)(const char *secret, void *arg), void *arg)
{
	const struct cti_rpc *c = self(crm);

	h(c->conf->password, arg);
	if (c->session)
		h(c->session, arg);
}

/* ---- tasks ------------------------------------------------------------------------- */

struct cti_crm_task *cti_rpc_begin(
	struct cti_crm *crm, const struct cti_crm_ask *ask, struct cti_crm_answer *answer)
{
	struct cti_crm_task *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->c = self(crm);
	t->ask = ask;
	t->answer = answer;
	return t;
}

void cti_rpc_end(struct cti_crm_task *t)
{
	if (t->c->fetching == t)
		t->c->fetching = NULL;
	cti_json_free(t->doc);
	cti_buf_reset(&t->ids);
	free(t);
}

void cti_rpc_base(const struct cti_rpc *c, struct cti_buf *out)
{
	size_t len = strlen(c->conf->url);

	while (len && c->conf->url[len - 1] == '/')
		len--;
	cti_buf_add(out, c->conf->url, len);
}

static enum cti_crm_step request(struct cti_crm_task *t, struct cti_buf *body,
	bool changes, struct cti_http_request *req)
{
	struct cti_buf url = { 0 };

	cti_rpc_base(t->c, &url);
	t->c->kind->path(t->c, &url);
	req->method = "POST";
	req->changes = changes;
	req->url = cti_buf_take(&url);
	req->body_len = body->len;
	req->body = cti_buf_take(body);
	if (!req->url || !req->body ||
		cti_http_request_header(req, "Content-Type", "application/json") ||
		(t->c->session && !t->login_sent &&
			cti_http_request_header(req, "Authorization", t->c->session))) {
		cti_http_request_reset(req);
		cti_crm_answer_fail(t->answer, CTI_CRM_NO_MEMORY, "out of memory");
		return CTI_CRM_STEP_DONE;
	}
	return CTI_CRM_STEP_REQUEST;
}

static enum cti_crm_step login(struct cti_crm_task *t, struct cti_http_request *req)
{
	struct cti_buf body = { 0 };
	bool ok = true;

	if (t->c->fetching && t->c->fetching != t)
		return CTI_CRM_STEP_WAIT;
	t->c->fetching = t;
	if (t->c->kind->login(t, t->login_sent ? t->result : NULL, &body, &ok)) {
		t->login_sent = true;
		t->login_stage++;
		return request(t, &body, false, req);
	}
	cti_buf_reset(&body);
	t->c->fetching = NULL;
	t->login_sent = false;
	t->login_stage = 0;
	if (!ok) {
		cti_crm_answer_fail(t->answer, CTI_CRM_REFUSED,
			"the log-in was refused; look at database, user and password");
		return CTI_CRM_STEP_DONE;
	}
	t->c->logged_in = true;
	t->c->generation++;
	t->result = NULL;
	return CTI_CRM_STEP_WAIT; /* for nobody: the caller goes on */
}

static enum cti_crm_step next_call(struct cti_crm_task *t, struct cti_http_request *req)
{
	cti_rpc_stage_h *stage = t->c->kind->stages[t->ask->verb];
	struct cti_rpc_call call = { 0 };
	struct cti_buf body = { 0 };
	enum cti_crm_step step = CTI_CRM_STEP_DONE;

	if (stage && stage(t, &call)) {
		t->c->kind->wrap(t, &call, &body);
		t->generation = t->c->generation;
		t->sent = true;
		step = request(t, &body, call.changes, req);
	}
	cti_buf_reset(&call.params);
	cti_buf_reset(&call.options);
	return step;
}

/* ---- replies ------------------------------------------------------------------------- */

static enum cti_crm_err status_err(unsigned status)
{
	return status == 401 || status == 403 ? CTI_CRM_REFUSED
	       : status == 429                ? CTI_CRM_LIMITED
	       : status >= 500                ? CTI_CRM_FAULT
	       : status >= 400                ? CTI_CRM_REJECTED
	       : status >= 300                ? CTI_CRM_UNSAFE
					      : CTI_CRM_OK;
}

/* A session that has ended: once more from the log-in. */
static bool expired(struct cti_crm_task *t, const struct cti_http_reply *r)
{
	if (r->err || r->status != 401 || t->again || t->login_sent || !t->c->session)
		return false;
	t->again = true;
	if (t->generation == t->c->generation)
		t->c->logged_in = false;
	t->result = NULL;
	return true;
}

static bool take_reply(struct cti_crm_task *t, const struct cti_http_reply *r)
{
	const enum cti_crm_err err = r->err ? r->err : status_err(r->status);
	const struct cti_json_node *error;

	if (err) {
		t->answer->retry_after_s = r->retry_after_s;
		if (r->err)
			cti_crm_answer_fail(t->answer, err, "%s", r->why ? r->why : "");
		else
			cti_crm_answer_fail(t->answer, err, "HTTP status %u", r->status);
		return false;
	}
	if (cti_json_parse(&t->doc, r->body, r->body_len)) {
		cti_crm_answer_fail(
			t->answer, CTI_CRM_BAD_REPLY, "the answer is not JSON");
		return false;
	}
	error = cti_json_get(cti_json_root(t->doc), "error");
	if (error && cti_json_kind(error) != CTI_JSON_NULL) {
		cti_crm_answer_fail(t->answer, t->c->kind->error(error),
			"the CRM reports an error; its own log says which");
		return false;
	}
	t->result = cti_json_get(cti_json_root(t->doc), "result");
	return true;
}

enum cti_crm_step cti_rpc_step(struct cti_crm_task *t, const struct cti_http_reply *reply,
	struct cti_http_request *req, int64_t now_us)
{
	(void)now_us;
	if (reply) {
		cti_json_free(t->doc);
		t->doc = NULL;
		if (!expired(t, reply)) {
			if (!take_reply(t, reply))
				return CTI_CRM_STEP_DONE;
			t->stage += t->sent && !t->login_sent;
		}
		t->sent = false;
	}
	while (!t->c->logged_in) {
		const enum cti_crm_step step = login(t, req);

		if (step != CTI_CRM_STEP_WAIT || !t->c->logged_in)
			return step;
	}
	return next_call(t, req);
}
