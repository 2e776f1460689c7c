/*
 * rpc.c -- see rpc.h.
 */
#include "rpc.h"

#include "number.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
	(void)crm;
	return 1u << CTI_CRM_LOOKUP | 1u << CTI_CRM_LOOKUP_EMAIL | 1u << CTI_CRM_SEARCH |
	       1u << CTI_CRM_CREATE | 1u << CTI_CRM_LOG_CALL | 1u << CTI_CRM_SYNC |
	       1u << CTI_CRM_TEST | CTI_CRM_CAN_LOG_ONCE;
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
	struct cti_rpc_call call = { 0 };
	struct cti_buf body = { 0 };
	enum cti_crm_step step = CTI_CRM_STEP_DONE;

	if (t->c->kind->stage(t, &call)) {
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

/* ---- numbers --------------------------------------------------------------------------- */

static void parse(const struct cti_rpc *c, const char *raw, struct cti_number *n)
{
	const struct cti_number_plan plan = { .country = c->conf->country };

	cti_number_parse(n, raw, &plan);
}

void cti_rpc_pattern(const struct cti_rpc *c, const char *number, struct cti_buf *out)
{
	enum { SIGNIFICANT = 9 };
	struct cti_number n;
	char digits[40];
	size_t len = 0;

	parse(c, number, &n);
	for (const char *s = *n.e164 ? n.e164 : number; *s && len < sizeof(digits) - 1;
		s++) {
		if (*s >= '0' && *s <= '9')
			digits[len++] = *s;
	}
	/* The country code and the national zero are written by some, not by others. */
	for (size_t i = len > SIGNIFICANT ? len - SIGNIFICANT : 0; i < len; i++)
		cti_buf_printf(out, "%%%c", digits[i]);
	cti_buf_str(out, "%");
}

bool cti_rpc_same_number(const struct cti_rpc *c, const char *raw, const char *number)
{
	struct cti_number a, b;

	parse(c, raw, &a);
	parse(c, number, &b);
	return *a.e164 ? strcmp(a.e164, b.e164) == 0 : strcmp(raw, number) == 0;
}

/* ---- texts ------------------------------------------------------------------------------- */

struct words {
	const char *type[4];
	const char *agent, *talked, *queue;
};

static const struct words english = { { "Inbound call", "Missed call", "Outbound call",
					      "Outbound call, no answer" },
	"Agent", "Talked", "Queue" };
static const struct words japanese = { { "着信", "不在着信", "発信", "発信（応答なし）" },
	"担当", "通話", "キュー" };

static void line(
	struct cti_buf *out, const char *sep, const char *label, const char *text)
{
	if (text && *text)
		cti_buf_printf(out, "%s%s%s%s", sep, label, *label ? ": " : "", text);
}

void cti_rpc_note(const struct cti_rpc *c, const struct cti_crm_call *call,
	const char *sep, struct cti_buf *out)
{
	const struct words *w =
		strcmp(c->conf->country ? c->conf->country : "", "JP") == 0 ? &japanese
									    : &english;
	const time_t start = (time_t)(call->start_us / 1000000);
	struct tm tm = { 0 };
	char text[160];

	(void)localtime_r(&start, &tm);
	(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm);
	cti_buf_printf(out, "%s %s %s", w->type[call->type], text,
		call->number ? call->number : "");
	line(out, sep, "", call->name);
	(void)snprintf(text, sizeof(text), "%s %s %s", call->agent ? call->agent : "",
		call->agent_first ? call->agent_first : "",
		call->agent_last ? call->agent_last : "");
	if (call->agent)
		line(out, sep, w->agent, text);
	line(out, sep, w->queue, call->queue);
	if (call->answered_us && call->end_us > call->answered_us) {
		const long long s = (call->end_us - call->answered_us) / 1000000;

		(void)snprintf(text, sizeof(text), "%lld:%02lld", s / 60, s % 60);
		line(out, sep, w->talked, text);
	}
	line(out, sep, "", call->outcome);
	line(out, sep, "", call->note);
	line(out, sep, "", call->recording_url);
	line(out, sep, "", call->page_url);
	cti_buf_printf(out, "%s[%s]", sep, call->key ? call->key : "");
}

void cti_rpc_name(const struct cti_crm_ask *ask, struct cti_buf *out)
{
	const char *first = ask->first ? ask->first : "";
	const char *last = ask->last ? ask->last : "";

	if (*first || *last)
		cti_buf_printf(out, "%s%s%s", last, *first && *last ? " " : "", first);
	else if (ask->company && *ask->company)
		cti_buf_str(out, ask->company);
	else
		cti_buf_str(out, ask->number ? ask->number : "?");
}

void cti_rpc_id(char buf[24], const struct cti_json_node *node)
{
	buf[0] = '\0';
	if (cti_json_kind(node) == CTI_JSON_NUMBER)
		(void)snprintf(buf, 24, "%.0f", cti_json_number(node));
}

uint32_t cti_rpc_limit(const struct cti_crm_ask *ask)
{
	enum { PAGE = 100, LIST = 20 };

	if (ask->limit)
		return ask->limit < CTI_CRM_CONTACTS_MAX ? ask->limit
							 : CTI_CRM_CONTACTS_MAX;
	return ask->verb == CTI_CRM_SYNC ? PAGE : LIST;
}
