/*
 * run.c -- a task: the scenarios of an event one after the other, each with its chain.
 *
 * The stack holds the scenario that is being run, below it the one whose Next it is.
 * A log-in that is needed is put on top of who needs it.
 */
#include "engine.h"

#include <cti/log.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- variables ---------------------------------------------------------------- */

void cti_vars_reset(struct cti_vars *vars)
{
	for (size_t i = 0; i < vars->n; i++) {
		free(vars->v[i].name);
		cti_value_reset(&vars->v[i].value);
	}
	free(vars->v);
	*vars = (struct cti_vars){ 0 };
}

static struct cti_var *find_var(const struct cti_vars *vars, const char *name)
{
	for (size_t i = 0; i < vars->n; i++) {
		if (strcmp(vars->v[i].name, name) == 0)
			return &vars->v[i];
	}
	return NULL;
}

const struct cti_value *cti_vars_get(const struct cti_vars *vars, const char *name)
{
	const struct cti_var *var = find_var(vars, name);

	return var ? &var->value : NULL;
}

int cti_vars_put(struct cti_vars *vars, const char *name, struct cti_value *value)
{
	struct cti_var *var = find_var(vars, name);
	int err = value->text.text.err ? ENOMEM : 0;

	if (!var && !err) {
		struct cti_var *v = reallocarray(vars->v, vars->n + 1, sizeof(*v));

		if (v) {
			vars->v = v;
			var = &v[vars->n];
			*var = (struct cti_var){ .name = cti_str_dup(name) };
		}
		if (!v || !var->name)
			err = ENOMEM;
		else
			vars->n++;
	}
	if (err) {
		cti_value_reset(value);
		return err;
	}
	cti_value_reset(&var->value);
	var->value = *value;
	*value = (struct cti_value){ 0 };
	return 0;
}

/* ---- names ------------------------------------------------------------------------ */

static const struct cti_value *in_frames(const struct cti_frame *f, const char *name)
{
	for (; f; f = f->scope) {
		const struct cti_value *v = cti_vars_get(&f->vars, name);

		if (!v)
			v = cti_vars_get(&f->outputs, name);
		if (v)
			return v;
	}
	return NULL;
}

static const struct cti_value *find_value(const struct cti_crm_task *t, const char *name)
{
	const struct cti_value *v = in_frames(t->top, name);

	if (!v)
		v = cti_vars_get(&t->c->auth.vars, name);
	if (!v)
		v = cti_vars_get(&t->c->params, name);
	if (!v && strncmp(name, "Contact::", 9) == 0)
		v = cti_vars_get(&t->contact, name + 9);
	return v;
}

/* Whether the template declares it anywhere; *other: in other letters, if once. */
static bool declared(const struct cti_tmpl *t, const char *name, const char **other)
{
	*other = NULL;
	for (size_t i = 0; i < t->nscenarios; i++) {
		const struct cti_tmpl_scenario *s = &t->scenarios[i];

		for (size_t k = 0; k < s->nvariables; k++) {
			if (strcmp(s->variables[k].name, name) == 0)
				return true;
			if (cti_str_ieq(s->variables[k].name, name))
				*other = s->variables[k].name;
		}
	}
	for (size_t i = 0; i < t->nparams; i++) {
		if (cti_str_ieq(t->params[i].name, name))
			*other = t->params[i].name;
	}
	return false;
}

static bool lookup(const char *name, struct cti_value *v, void *arg)
{
	const struct cti_crm_task *t = arg;
	const struct cti_value *found = find_value(t, name);
	const char *other = NULL;

	if (!found && cti_builtin_get(&t->builtin, name, v))
		return true;
	if (!found && declared(t->c->t, name, &other))
		return true;
	if (!found && other)
		found = find_value(t, other);
	if (!found)
		return other || strncmp(name, "Contact::", 9) == 0;
	return cti_value_copy(v, found) == 0;
}

static void warn(const char *what, void *arg)
{
	const struct cti_crm_task *t = arg;

	cti_log(CTI_LOG_DEBUG, "crm", "template crm=%s scenario=%s what=%s",
		t->c->crm.name, t->top ? t->top->s->id : "", what);
}

void cti_task_expr(struct cti_crm_task *t, struct cti_expr *x)
{
	cti_expr_init(x, lookup, warn, t);
}

char *cti_task_text(struct cti_crm_task *t, const char *text, unsigned passes)
{
	struct cti_mtext out = { 0 };
	struct cti_expr x;
	char *s = NULL;

	cti_task_expr(t, &x);
	cti_expr_text(&x, text, passes, &out);
	if (!out.text.err && !out.origin.err)
		s = cti_str_dup(cti_mtext_str(&out));
	cti_mtext_reset(&out);
	return s;
}

bool cti_task_true(struct cti_crm_task *t, const char *condition, bool dflt)
{
	struct cti_expr x;

	cti_task_expr(t, &x);
	return cti_expr_true(&x, condition ? condition : "", dflt);
}

void cti_task_fail(struct cti_crm_task *t, enum cti_crm_err err, const char *fmt, ...)
{
	va_list ap;

	if (t->err)
		return;
	t->err = err;
	va_start(ap, fmt);
	(void)vsnprintf(t->detail, sizeof(t->detail), fmt, ap);
	va_end(ap);
}

/* ---- the stack ------------------------------------------------------------------------ */

static bool push(
	struct cti_crm_task *t, size_t scenario, struct cti_frame *scope, bool auth)
{
	struct cti_frame *f = calloc(1, sizeof(*f));

	if (!f) {
		cti_task_fail(t, CTI_CRM_NO_MEMORY, "out of memory");
		return false;
	}
	f->s = &t->c->t->scenarios[scenario];
	f->below = t->top;
	f->scope = scope;
	f->auth = auth;
	f->writes =
		!auth &&
		(t->ask->verb == CTI_CRM_LOG_CALL || t->ask->verb == CTI_CRM_CREATE) &&
		(f->s->post || !*f->s->next);
	t->top = f;
	return true;
}

static void pop(struct cti_crm_task *t)
{
	struct cti_frame *f = t->top;

	t->top = f->below;
	cti_doc_free(f->doc);
	cti_vars_reset(&f->vars);
	cti_vars_reset(&f->outputs);
	free(f);
}

void cti_task_end(struct cti_crm_task *t)
{
	while (t->top)
		pop(t);
	if (t->c->auth.fetching == t)
		t->c->auth.fetching = NULL;
	cti_vars_reset(&t->contact);
	free(t->roots);
	free(t->number);
	free(t);
}

/* ---- log-in ------------------------------------------------------------------------------ */

static bool logged_in(const struct cti_crm_task *t)
{
	const struct cti_auth *auth = &t->c->auth;

	return auth->good && (!auth->good_until_us || t->now_us < auth->good_until_us);
}

/* A frame is gone; was it the log-in that others wait for? Then it has to be good. */
static void login_over(struct cti_crm_task *t)
{
	if (t->ask->verb == CTI_CRM_AUTHORIZE || t->c->auth.fetching != t ||
		(t->top && t->top->auth))
		return;
	t->c->auth.fetching = NULL;
	if (logged_in(t))
		return;
	cti_task_fail(t, CTI_CRM_REFUSED,
		"the log-in gave no token; are the account and its secrets right?");
	while (t->top) /* without it there is nothing to ask */
		pop(t);
	t->root_at = t->nroots;
}

enum next { GO_ON, SEND, WAIT };

static enum next login(struct cti_crm_task *t)
{
	if (t->c->auth.fetching && t->c->auth.fetching != t)
		return WAIT;
	if (t->auth_tries++ < CTI_AUTH_TRIES_MAX &&
		push(t, t->c->t->auth_at, NULL, true)) {
		t->c->auth.fetching = t;
		return GO_ON;
	}
	cti_task_fail(t, CTI_CRM_REFUSED, "the CRM does not accept its own token");
	while (t->top)
		pop(t);
	t->root_at = t->nroots;
	return GO_ON;
}

/* ---- replies ------------------------------------------------------------------------------- */

static enum cti_crm_err status_err(unsigned status)
{
	if (status >= 200 && status < 300)
		return CTI_CRM_OK;
	if (status == 401 || status == 403)
		return CTI_CRM_REFUSED;
	if (status == 404 || status == 410)
		return CTI_CRM_GONE;
	if (status == 408)
		return CTI_CRM_TIMEOUT;
	if (status == 429)
		return CTI_CRM_LIMITED;
	if (status >= 500)
		return CTI_CRM_FAULT;
	if (status >= 300 && status < 400)
		return CTI_CRM_UNSAFE;
	return status >= 400 ? CTI_CRM_REJECTED : CTI_CRM_BAD_REPLY;
}

/* Many CRMs say 404 for "nobody has this number". */
static bool none_found(
	const struct cti_crm_task *t, const struct cti_frame *f, enum cti_crm_err err)
{
	return err == CTI_CRM_GONE && !f->auth &&
	       (t->ask->verb == CTI_CRM_LOOKUP || t->ask->verb == CTI_CRM_LOOKUP_EMAIL ||
		       t->ask->verb == CTI_CRM_SEARCH);
}

static void reply_failed(struct cti_crm_task *t, const struct cti_frame *f,
	const struct cti_http_reply *reply, enum cti_crm_err err)
{
	if (reply->retry_after_s)
		t->answer->retry_after_s = reply->retry_after_s;
	if (f->writes)
		t->write_failed = true;
	if (none_found(t, f, err))
		return;
	if (reply->err)
		cti_task_fail(t, err, "scenario \"%s\": %s", f->s->id,
			reply->why && *reply->why ? reply->why : cti_crm_err_text(err));
	else
		cti_task_fail(t, err, "scenario \"%s\": HTTP status %u", f->s->id,
			reply->status);
}

static int parse_reply(const struct cti_frame *f, const struct cti_http_reply *reply,
	struct cti_doc **docp)
{
	switch (f->s->response) {
	case CTI_TMPL_XML:
		return cti_doc_xml(docp, reply->body, reply->body_len);
	case CTI_TMPL_TEXT:
		return cti_doc_text(docp, reply->body, reply->body_len);
	case CTI_TMPL_JSON:
		break;
	}
	return cti_doc_json(docp, reply->body, reply->body_len);
}

/* Servers that give each refresh token once tell the next one here. */
static void renewed_token(struct cti_crm_task *t, const struct cti_doc *doc)
{
	char *token = cti_records_text(doc, "refresh_token");

	for (size_t i = 0; token && i < t->c->t->nparams; i++) {
		const struct cti_tmpl_param *p = &t->c->t->params[i];
		const struct cti_value *old = cti_vars_get(&t->c->params, p->name);
		struct cti_value v = { 0 };

		if (!cti_str_ieq(p->type, "OAuth") || !old || !old->text.text.len ||
			strcmp(cti_mtext_str(&old->text), token) == 0)
			continue;
		cti_value_set_text(&v, token, strlen(token), CTI_ORIGIN_ADMIN);
		if (cti_vars_put(&t->c->params, p->name, &v) == 0)
			cti_http_keep_token(t->c, p->name, token);
	}
	if (token)
		explicit_bzero(token, strlen(token));
	free(token);
}

static void take_reply(
	struct cti_crm_task *t, struct cti_frame *f, const struct cti_http_reply *reply)
{
	if (f->writes)
		t->wrote = true;
	if (!reply->body_len)
		return;
	if (parse_reply(f, reply, &f->doc) == 0) {
		if (f->auth && t->ask->verb != CTI_CRM_AUTHORIZE)
			renewed_token(t, f->doc);
	} else if (!f->writes) { /* what has been written, has been written */
		cti_task_fail(t, CTI_CRM_BAD_REPLY,
			"scenario \"%s\": the answer is not well-formed", f->s->id);
	}
}

static void on_reply(
	struct cti_crm_task *t, struct cti_frame *f, const struct cti_http_reply *reply)
{
	const enum cti_crm_err err = reply->err ? reply->err : status_err(reply->status);
	struct cti_auth *auth = &t->c->auth;

	if (!reply->err && reply->status == 401 && !f->auth && !f->repeated &&
		t->c->t->auth == CTI_TMPL_SCENARIO) {
		if (auth->generation == f->generation)
			auth->good = false;
		f->repeated = true;
		f->state = CTI_FRAME_READY;
		return;
	}
	if (err)
		reply_failed(t, f, reply, err);
	else
		take_reply(t, f, reply);
	cti_records_begin(f);
}

/* ---- steps ------------------------------------------------------------------------------------ */

static enum next begin_frame(
	struct cti_crm_task *t, struct cti_frame *f, struct cti_http_request *req)
{
	if (cti_task_true(t, f->s->skip_if, false)) {
		cti_records_begin(f);
		return GO_ON;
	}
	if (t->c->t->auth == CTI_TMPL_SCENARIO && !f->auth && !logged_in(t))
		return login(t);
	if (t->requests >= CTI_REQUESTS_MAX) {
		cti_task_fail(t, CTI_CRM_REJECTED,
			"the template wants more than %d requests", CTI_REQUESTS_MAX);
		cti_records_begin(f);
		return GO_ON;
	}
	f->generation = t->c->auth.generation;
	if (cti_request_build(t, f, req)) {
		t->write_failed = t->write_failed || f->writes;
		cti_records_begin(f);
		return GO_ON;
	}
	t->requests++;
	f->state = CTI_FRAME_SENT;
	return SEND;
}

static void run_record(struct cti_crm_task *t, struct cti_frame *f)
{
	if (!cti_records_next(t, f)) {
		pop(t);
		login_over(t);
		return;
	}
	cti_result_outputs(t, f);
	if (f->s->next_at != SIZE_MAX)
		(void)push(t, f->s->next_at, f, f->auth);
	else
		cti_result_take(t, f);
	t->builtin.found = t->answer->ncontacts;
}

/* What counts as success depends on what was asked. */
static void finish(struct cti_crm_task *t)
{
	const bool writing =
		t->ask->verb == CTI_CRM_LOG_CALL || t->ask->verb == CTI_CRM_CREATE;

	if (!t->err || t->answer->err)
		return;
	if (writing ? t->wrote && !t->write_failed : t->answer->ncontacts > 0)
		return;
	cti_crm_answer_fail(t->answer, t->err, "%s", t->detail);
}

enum cti_crm_step cti_task_step(struct cti_crm_task *t,
	const struct cti_http_reply *reply, struct cti_http_request *req, int64_t now_us)
{
	t->now_us = now_us;
	if (reply && t->top && t->top->state == CTI_FRAME_SENT)
		on_reply(t, t->top, reply);
	for (;;) {
		enum next next = GO_ON;

		if (t->err == CTI_CRM_NO_MEMORY)
			break;
		if (!t->top && t->root_at == t->nroots)
			break;
		if (!t->top)
			(void)push(t, t->roots[t->root_at++], NULL,
				t->ask->verb == CTI_CRM_AUTHORIZE);
		else if (t->top->state == CTI_FRAME_READY)
			next = begin_frame(t, t->top, req);
		else
			run_record(t, t->top);
		if (next == SEND)
			return CTI_CRM_STEP_REQUEST;
		if (next == WAIT)
			return CTI_CRM_STEP_WAIT;
	}
	finish(t);
	return CTI_CRM_STEP_DONE;
}
