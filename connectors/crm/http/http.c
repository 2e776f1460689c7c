/*
 * http.c -- the connector that runs templates: instance, parameters, asks.
 */
#include "crm_http.h"

#include "engine.h"
#include "json.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- parameters ------------------------------------------------------------------ */

static const char *given(const struct cti_crm_conf *conf, const struct cti_tmpl_param *p)
{
	for (size_t i = 0; i < conf->params.n; i++) {
		if (strcmp(conf->params.v[i].name, p->name) == 0)
			return conf->params.v[i].value;
	}
	return p->dflt;
}

static int set_params(struct cti_http_crm *c)
{
	for (size_t i = 0; i < c->t->nparams; i++) {
		const struct cti_tmpl_param *p = &c->t->params[i];
		const char *text = given(c->conf, p);
		char *kept = cti_str_ieq(p->type, "OAuth")
				     ? cti_token_load(c->conf, p->name, text)
				     : NULL;
		struct cti_value v = { 0 };

		if (kept)
			text = kept;
		cti_value_set_text(&v, text, strlen(text),
			p->secret ? CTI_ORIGIN_ADMIN : CTI_ORIGIN_TEMPLATE);
		free(kept);
		if (cti_vars_put(&c->params, p->name, &v))
			return ENOMEM;
	}
	return 0;
}

void cti_http_keep_token(struct cti_http_crm *c, const char *param, const char *token)
{
	const struct cti_tmpl_param *p = cti_tmpl_param(c->t, param);

	if (p)
		cti_token_keep(c->conf, param, given(c->conf, p), token);
}

/* ---- instance ---------------------------------------------------------------------- */

static struct cti_http_crm *self(struct cti_crm *crm)
{
	return (struct cti_http_crm *)crm;
}

struct why {
	const struct cti_crm_conf *conf;
	char *text;
	size_t len;
};

static void on_problem(
	unsigned line, bool warning, const char *what, const char *remedy, void *arg)
{
	struct why *w = arg;
	int n;

	if (warning || w->len + 1 >= CTI_CRM_WHY_BYTES)
		return;
	n = snprintf(w->text + w->len, CTI_CRM_WHY_BYTES - w->len, "%s%s:%u: %s; %s",
		w->len ? "\n" : "", w->conf->template, line, what, remedy);
	w->len += n > 0 ? (size_t)n : 0;
}

static void http_free(struct cti_crm *crm)
{
	struct cti_http_crm *c = self(crm);

	cti_vars_reset(&c->params);
	cti_vars_reset(&c->auth.vars);
	cti_vars_reset(&c->auth.headers);
	cti_tmpl_free(c->t);
	free(c);
}

static int http_alloc(struct cti_crm **crmp, const struct cti_crm_conf *conf,
	char why[CTI_CRM_WHY_BYTES])
{
	struct cti_http_crm *c;
	struct why w = { conf, why, 0 };
	int err;

	(void)cti_str_copy(why, CTI_CRM_WHY_BYTES, "out of memory");
	if (!conf->template) {
		(void)cti_str_copy(why, CTI_CRM_WHY_BYTES,
			"kind = http needs a template; give template = /path/to/file.xml");
		return EINVAL;
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		return ENOMEM;
	c->conf = conf;
	c->crm.name = conf->name;
	err = cti_tmpl_load(&c->t, conf->template, on_problem, &w);
	if (!err) {
		c->crm.max_requests = c->t->max_requests;
		err = set_params(c);
	}
	if (err)
		http_free(&c->crm);
	else
		*crmp = &c->crm;
	return err;
}

static const char *event_of(const struct cti_tmpl *t, const struct cti_crm_ask *ask)
{
	const bool named = (ask->first && *ask->first) || (ask->last && *ask->last) ||
			   (ask->company && *ask->company);

	switch (ask->verb) {
	case CTI_CRM_LOOKUP:
	case CTI_CRM_TEST:
		return "";
	case CTI_CRM_LOOKUP_EMAIL:
		return "LookupByEmail";
	case CTI_CRM_SEARCH:
		return "SearchContacts";
	case CTI_CRM_CREATE:
		return named && cti_tmpl_has(t, "CreateContactRecordFromClient")
			       ? "CreateContactRecordFromClient"
			       : "CreateContactRecord";
	case CTI_CRM_LOG_CALL:
		return "ReportCall";
	case CTI_CRM_SYNC:
		return "GetAllContacts";
	case CTI_CRM_AUTHORIZE:
		for (size_t i = 0; i < t->nparams; i++) {
			if (*t->params[i].response_scenario)
				return t->params[i].response_scenario;
		}
		break;
	case CTI_CRM_VERB_COUNT:
		break;
	}
	return "?";
}

static unsigned http_caps(const struct cti_crm *crm)
{
	const struct cti_tmpl *t = self((struct cti_crm *)(uintptr_t)crm)->t;
	unsigned caps = 1u << CTI_CRM_TEST;

	for (unsigned verb = 0; verb < CTI_CRM_VERB_COUNT; verb++) {
		const struct cti_crm_ask ask = { .verb = (enum cti_crm_verb)verb };

		if (cti_tmpl_has(t, event_of(t, &ask)))
			caps |= 1u << verb;
	}
	if (cti_tmpl_has(t, "CreateContactRecordFromClient"))
		caps |= 1u << CTI_CRM_CREATE;
	if (cti_tmpl_uses(t, "ReportCall", "Ringbridge::CallKey"))
		caps |= CTI_CRM_CAN_LOG_ONCE;
	return caps;
}

/* ---- asks ----------------------------------------------------------------------------- */

/* Position of the scenario's EntityId in its EntityOrder "Contacts/Leads". */
static size_t order_of(struct cti_crm_task *t, const struct cti_tmpl_scenario *s)
{
	char *order = cti_task_text(t, s->entity_order, 1);
	size_t at = SIZE_MAX, n = 0;
	char *save = NULL;

	for (char *word = order ? strtok_r(order, "/,; ", &save) : NULL; word;
		word = strtok_r(NULL, "/,; ", &save), n++) {
		if (strcmp(word, s->entity_id) == 0 && at == SIZE_MAX)
			at = n;
	}
	free(order);
	return at;
}

/* Scenarios of the event, by EntityOrder, then as in the file. */
static int find_roots(struct cti_crm_task *t, const char *event)
{
	const struct cti_tmpl *tmpl = t->c->t;
	size_t *order = calloc(tmpl->nscenarios + 1, sizeof(*order));

	t->roots = calloc(tmpl->nscenarios + 1, sizeof(*t->roots));
	if (!order || !t->roots) {
		free(order);
		return ENOMEM;
	}
	for (size_t i = 0; i < tmpl->nscenarios; i++) {
		size_t k = t->nroots, mine;

		if (!cti_tmpl_belongs(tmpl, &tmpl->scenarios[i], event))
			continue;
		mine = order_of(t, &tmpl->scenarios[i]);
		for (; k > 0 && order[k - 1] > mine; k--) {
			order[k] = order[k - 1];
			t->roots[k] = t->roots[k - 1];
		}
		order[k] = mine;
		t->roots[k] = i;
		t->nroots++;
	}
	free(order);
	return 0;
}

/* The outputs that the contact was made from, for [Contact::Type]. */
static int read_contact(struct cti_crm_task *t)
{
	const struct cti_crm_call *call = t->ask->call;
	struct cti_json *json = NULL;
	int err = 0;

	if (!call || !call->contact || !call->contact->extra ||
		cti_json_parse(&json, call->contact->extra, strlen(call->contact->extra)))
		return 0;
	for (const struct cti_json_node *n = cti_json_child(cti_json_root(json));
		n && !err; n = cti_json_next(n)) {
		const char *text = cti_json_text(n);
		struct cti_value v = { 0 };

		if (!text || !cti_json_name(n))
			continue;
		cti_value_set_text(&v, text, strlen(text), CTI_ORIGIN_REPLY);
		err = cti_vars_put(&t->contact, cti_json_name(n), &v);
	}
	cti_json_free(json);
	return err;
}

static int shape_number(struct cti_crm_task *t)
{
	const char *raw = t->ask->call ? t->ask->call->number : t->ask->number;
	char *digits;

	if (!raw && t->ask->verb == CTI_CRM_TEST)
		raw = "+10000000000"; /* nobody's */
	t->builtin.max_length = t->c->conf->match_digits;
	t->builtin.number = "";
	digits = cti_task_text(t, t->c->t->max_length, 1);
	if (!digits)
		return ENOMEM;
	t->number = cti_number_shape(
		raw ? raw : "", t->c->t->prefix, (unsigned)strtoul(digits, NULL, 10));
	free(digits);
	if (!t->number)
		return ENOMEM;
	t->builtin.number = t->number;
	return 0;
}

static int prepare(struct cti_crm_task *t)
{
	const char *event = event_of(t->c->t, t->ask);
	int err;

	t->builtin.ask = t->ask;
	t->builtin.country = t->c->conf->country;
	t->builtin.page_size = t->ask->limit ? t->ask->limit : CTI_PAGE_SIZE;
	if (t->ask->cursor)
		t->builtin.page = (unsigned)strtoul(t->ask->cursor, NULL, 10);
	err = shape_number(t);
	if (!err)
		err = read_contact(t);
	if (!err)
		err = find_roots(t, event);
	return err;
}

static void http_end(struct cti_crm_task *t)
{
	cti_task_end(t);
}

static struct cti_crm_task *http_begin(
	struct cti_crm *crm, const struct cti_crm_ask *ask, struct cti_crm_answer *answer)
{
	struct cti_crm_task *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->c = self(crm);
	t->ask = ask;
	t->answer = answer;
	if (prepare(t)) {
		cti_task_end(t);
		return NULL;
	}
	if (!t->nroots)
		cti_crm_answer_fail(answer, CTI_CRM_UNSUPPORTED,
			"the template has no scenario for %s",
			cti_crm_verb_word(ask->verb));
	return t;
}

/* Pages are counted until one is empty. */
static void set_cursor(struct cti_crm_task *t)
{
	char next[16];

	if (t->ask->verb != CTI_CRM_SYNC || t->answer->err || !t->answer->ncontacts)
		return;
	(void)snprintf(next, sizeof(next), "%u", t->builtin.page + 1);
	free(t->answer->cursor);
	t->answer->cursor = cti_str_dup(next);
}

/* The token that a log-in page led to is the parameter's value from now on. */
static void set_secret(struct cti_crm_task *t)
{
	const char *secret = t->answer->secret;

	for (size_t i = 0; secret && i < t->c->t->nparams; i++) {
		const struct cti_tmpl_param *p = &t->c->t->params[i];
		struct cti_value v = { 0 };

		if (!*p->response_scenario)
			continue;
		cti_value_set_text(&v, secret, strlen(secret), CTI_ORIGIN_ADMIN);
		if (cti_vars_put(&t->c->params, p->name, &v) == 0)
			cti_http_keep_token(t->c, p->name, secret);
		t->c->auth.good = false;
		return;
	}
}

static enum cti_crm_step http_step(struct cti_crm_task *t,
	const struct cti_http_reply *reply, struct cti_http_request *req, int64_t now_us)
{
	const enum cti_crm_step step = cti_task_step(t, reply, req, now_us);

	if (step == CTI_CRM_STEP_DONE) {
		set_cursor(t);
		set_secret(t);
	}
	return step;
}

static void http_secrets(
	const struct cti_crm *crm, void (*h)(const char *secret, void *arg), void *arg)
{
	const struct cti_http_crm *c = self((struct cti_crm *)(uintptr_t)crm);

	for (size_t i = 0; i < c->t->nparams; i++) {
		const struct cti_value *v =
			cti_vars_get(&c->params, c->t->params[i].name);

		if (c->t->params[i].secret && v)
			h(cti_mtext_str(&v->text), arg);
	}
	for (size_t i = 0; i < c->auth.headers.n; i++) {
		const char *text = cti_mtext_str(&c->auth.headers.v[i].value.text);

		h(strncmp(text, "Bearer ", 7) == 0 ? text + 7 : text, arg);
	}
}

const struct cti_crm_ops cti_crm_http = {
	.abi = CTI_CRM_ABI,
	.kind = "http",
	.alloc = http_alloc,
	.free = http_free,
	.caps = http_caps,
	.begin = http_begin,
	.step = http_step,
	.end = http_end,
	.secrets = http_secrets,
};

/* ---- for the command line ------------------------------------------------------------------ */

/* "client_id=[Id]&scope=a b": the values are percent-encoded. */
static void add_query(struct cti_crm_task *t, const char *params, struct cti_mtext *url)
{
	char *copy = cti_str_dup(params), *save = NULL, *pair;
	const char *sep = strchr(cti_mtext_str(url), '?') ? "&" : "?";
	struct cti_buf query = { 0 };

	for (pair = copy ? strtok_r(copy, "&", &save) : NULL; pair;
		pair = strtok_r(NULL, "&", &save)) {
		char *value = strchr(pair, '=');
		char *text = cti_task_text(t, value ? value + 1 : "", 1);

		cti_buf_str(&query, query.len ? "&" : sep);
		cti_buf_add(
			&query, pair, value ? (size_t)(value - pair) + 1 : strlen(pair));
		if (text)
			cti_percent(&query, text, strlen(text));
		free(text);
	}
	if (query.len && !query.err)
		cti_mtext_add(url, query.data, query.len, CTI_ORIGIN_LITERAL);
	cti_buf_reset(&query);
	free(copy);
}

char *cti_crm_http_authorize_url(
	struct cti_crm *crm, const char *redirect_uri, const char *state)
{
	const struct cti_crm_ask ask = {
		.verb = CTI_CRM_AUTHORIZE, .redirect_uri = redirect_uri, .state = state
	};
	struct cti_crm_answer none = { 0 };
	struct cti_crm_task *t = http_begin(crm, &ask, &none);
	struct cti_mtext url = { 0 };
	char *text = NULL;
	struct cti_expr x;

	for (size_t i = 0; t && !text && i < t->c->t->nparams; i++) {
		const struct cti_tmpl_param *p = &t->c->t->params[i];

		if (!*p->request_url)
			continue;
		cti_task_expr(t, &x);
		cti_expr_text(&x, p->request_url, 1, &url);
		add_query(t, p->request_params, &url);
		text = cti_url_encode(&url);
	}
	cti_mtext_reset(&url);
	if (t)
		http_end(t);
	return text;
}

static bool unknown_param(const struct cti_tmpl *t, const char *name)
{
	return !cti_tmpl_param(t, name);
}

void cti_crm_http_check(const struct cti_crm_conf *conf,
	void (*h)(unsigned line, bool warning, const char *what, const char *remedy,
		void *arg),
	void *arg)
{
	struct cti_tmpl *t = NULL;
	char what[160];

	if (cti_tmpl_load(&t, conf->template, h, arg))
		return;
	for (size_t i = 0; i < conf->params.n; i++) {
		if (!unknown_param(t, conf->params.v[i].name))
			continue;
		(void)snprintf(what, sizeof(what), "the template has no parameter %.80s",
			conf->params.v[i].name);
		h(0, false, what, "see its <Parameters> for the names", arg);
	}
	for (size_t i = 0; i < t->nparams; i++) {
		const struct cti_tmpl_param *p = &t->params[i];

		if (*given(conf, p) || cti_str_ieq(p->type, "OAuth") ||
			cti_str_ieq(p->type, "Boolean"))
			continue;
		(void)snprintf(
			what, sizeof(what), "the parameter %.80s has no value", p->name);
		h(p->line, true, what,
			"give param.NAME = value in the CRM's section, if "
			"the template needs it",
			arg);
	}
	cti_tmpl_free(t);
}
