/*
 * template_check.c -- what is wrong with a template as a whole.
 */
#include "builtin.h"
#include "expr.h"
#include "str.h"
#include "template_priv.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Events whose scenarios may have any name that begins so. */
static const char *const prefixes[] = { "LookupByEmail", "SearchContacts" };
static const char *const events[] = { "", "CreateContactRecord",
	"CreateContactRecordFromClient", "ReportCall", "ReportChat", "GetAllContacts" };

size_t cti_tmpl_find(const struct cti_tmpl *t, const char *id)
{
	for (size_t i = 0; i < t->nscenarios; i++) {
		if (strcmp(t->scenarios[i].id, id) == 0)
			return i;
	}
	return SIZE_MAX;
}

const struct cti_tmpl_param *cti_tmpl_param(const struct cti_tmpl *t, const char *name)
{
	for (size_t i = 0; i < t->nparams; i++) {
		if (strcmp(t->params[i].name, name) == 0)
			return &t->params[i];
	}
	return NULL;
}

/* A scenario that another one's Next names is that one's second half, though its name
 * may begin like an event's. */
static bool is_next(const struct cti_tmpl *t, const struct cti_tmpl_scenario *s)
{
	for (size_t i = 0; i < t->nscenarios; i++) {
		if (*s->id && strcmp(t->scenarios[i].next, s->id) == 0)
			return true;
	}
	return false;
}

bool cti_tmpl_belongs(
	const struct cti_tmpl *t, const struct cti_tmpl_scenario *s, const char *event)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (strcmp(event, prefixes[i]) == 0)
			return strncmp(s->id, event, strlen(event)) == 0 &&
			       !is_next(t, s);
	}
	return strcmp(s->id, event) == 0;
}

bool cti_tmpl_has(const struct cti_tmpl *t, const char *event)
{
	for (size_t i = 0; i < t->nscenarios; i++) {
		if (cti_tmpl_belongs(t, &t->scenarios[i], event))
			return true;
	}
	return false;
}

/* ---- texts --------------------------------------------------------------------- */

static void value_texts(
	const struct cti_tmpl_value *v, void (*h)(const char *text, void *arg), void *arg)
{
	if (v->kind == CTI_TMPL_VALUE)
		h(v->text ? v->text : "", arg);
	if (v->cond_if)
		h(v->cond_if, arg);
	if (v->cond_skip)
		h(v->cond_skip, arg);
	for (size_t i = 0; i < v->nchildren; i++)
		value_texts(&v->children[i], h, arg);
}

void cti_tmpl_each_text(const struct cti_tmpl_scenario *s,
	void (*h)(const char *text, void *arg), void *arg)
{
	h(s->skip_if, arg);
	h(s->url, arg);
	h(s->message, arg);
	h(s->entity_order, arg);
	for (size_t i = 0; i < s->nheaders; i++)
		value_texts(&s->headers[i], h, arg);
	value_texts(&s->body, h, arg);
	for (size_t i = 0; i < s->nrules; i++)
		h(s->rules[i].ethalon, arg);
	for (size_t i = 0; i < s->noutputs; i++)
		h(s->outputs[i].value, arg);
}

struct needle {
	const char *text;
	bool found;
};

static void look(const char *text, void *arg)
{
	struct needle *n = arg;

	n->found = n->found || strstr(text, n->text);
}

bool cti_tmpl_uses(const struct cti_tmpl *t, const char *event, const char *text)
{
	struct needle n = { text, false };

	for (size_t i = 0; i < t->nscenarios; i++) {
		size_t at = i;

		if (!cti_tmpl_belongs(t, &t->scenarios[i], event))
			continue;
		for (size_t k = 0; at != SIZE_MAX && k <= t->nscenarios; k++) {
			cti_tmpl_each_text(&t->scenarios[at], look, &n);
			at = t->scenarios[at].next_at;
		}
	}
	return n.found;
}

/* ---- names ----------------------------------------------------------------------- */

struct names {
	const struct cti_tmpl *t;
	struct cti_tmpl_teller *to;
	unsigned line;
};

static bool is_variable(const struct cti_tmpl *t, const char *name)
{
	for (size_t i = 0; i < t->nscenarios; i++) {
		const struct cti_tmpl_scenario *s = &t->scenarios[i];

		for (size_t k = 0; k < s->nvariables; k++) {
			if (cti_str_ieq(s->variables[k].name, name))
				return true;
		}
		for (size_t k = 0; k < s->noutputs; k++) {
			if (cti_str_ieq(s->outputs[k].type, name))
				return true;
		}
	}
	return false;
}

static bool is_param(const struct cti_tmpl *t, const char *name)
{
	for (size_t i = 0; i < t->nparams; i++) {
		if (cti_str_ieq(t->params[i].name, name))
			return true;
	}
	return false;
}

static void on_name(const char *name, void *arg)
{
	const struct names *n = arg;

	if (cti_builtin_known(name) || is_param(n->t, name) || is_variable(n->t, name))
		return;
	cti_tmpl_tell(n->to, n->line, true,
		"it stays as it is written; is the name right?",
		"nothing is called [%.80s]", name);
}

static void on_wrong(const char *what, void *arg)
{
	const struct names *n = arg;

	cti_tmpl_tell(
		n->to, n->line, true, "write ] where the expression ends", "%s", what);
}

static void on_text(const char *text, void *arg)
{
	cti_expr_scan(text, on_name, on_wrong, arg);
}

/* ---- the whole ---------------------------------------------------------------------- */

static void link_next(struct cti_tmpl *t, struct cti_tmpl_teller *to)
{
	for (size_t i = 0; i < t->nscenarios; i++) {
		struct cti_tmpl_scenario *s = &t->scenarios[i];

		if (!*s->next)
			continue;
		s->next_at = cti_tmpl_find(t, s->next);
		if (s->next_at == SIZE_MAX)
			cti_tmpl_tell(to, s->line, false,
				"write the Id of another scenario, or leave Next out",
				"Next=\"%s\" names no scenario", s->next);
	}
}

static void circles(const struct cti_tmpl *t, struct cti_tmpl_teller *to)
{
	for (size_t i = 0; i < t->nscenarios; i++) {
		size_t at = t->scenarios[i].next_at;

		for (size_t k = 0; at != SIZE_MAX && at != i && k < t->nscenarios; k++)
			at = t->scenarios[at].next_at;
		if (at == i)
			cti_tmpl_tell(to, t->scenarios[i].line, false,
				"let one of them end without Next",
				"scenario \"%s\" comes back to itself by Next",
				t->scenarios[i].id);
	}
}

static bool has_response_scenario(const struct cti_tmpl *t, const char *id)
{
	for (size_t i = 0; i < t->nparams; i++) {
		if (*id && strcmp(t->params[i].response_scenario, id) == 0)
			return true;
	}
	return false;
}

static bool reached(const struct cti_tmpl *t, size_t i)
{
	const struct cti_tmpl_scenario *s = &t->scenarios[i];

	for (size_t k = 0; k < sizeof(prefixes) / sizeof(prefixes[0]); k++) {
		if (strncmp(s->id, prefixes[k], strlen(prefixes[k])) == 0)
			return true;
	}
	for (size_t k = 0; k < sizeof(events) / sizeof(events[0]); k++) {
		if (strcmp(s->id, events[k]) == 0)
			return true;
	}
	return strncmp(s->id, "LookupFromCFD_", 14) == 0 || is_next(t, s) ||
	       t->auth_at == i || has_response_scenario(t, s->id);
}

static void check_auth(struct cti_tmpl *t, struct cti_tmpl_teller *to)
{
	if (t->auth != CTI_TMPL_SCENARIO)
		return;
	t->auth_at = cti_tmpl_find(t, t->auth_value);
	if (t->auth_at == SIZE_MAX)
		cti_tmpl_tell(to, 1, false, "write the Id of a scenario in its <Value>",
			"Authentication names no scenario: \"%s\"", t->auth_value);
}

static void check_oauth(const struct cti_tmpl *t, struct cti_tmpl_teller *to)
{
	for (size_t i = 0; i < t->nparams; i++) {
		const struct cti_tmpl_param *p = &t->params[i];

		if (*p->response_scenario &&
			cti_tmpl_find(t, p->response_scenario) == SIZE_MAX)
			cti_tmpl_tell(to, p->line, false, "write the Id of a scenario",
				"ResponseScenario=\"%s\" names no scenario",
				p->response_scenario);
	}
}

void cti_tmpl_check(struct cti_tmpl *t, struct cti_tmpl_teller *to)
{
	link_next(t, to);
	circles(t, to);
	check_auth(t, to);
	check_oauth(t, to);
	for (size_t i = 0; i < t->nscenarios; i++) {
		struct names n = { t, to, t->scenarios[i].line };

		if (!reached(t, i))
			cti_tmpl_tell(to, n.line, true,
				"name it in a Next, or give it the Id of an event",
				"scenario \"%s\" is never run", t->scenarios[i].id);
		cti_tmpl_each_text(&t->scenarios[i], on_text, &n);
	}
	for (size_t i = 0; i < t->nparams; i++) {
		struct names n = { t, to, t->params[i].line };

		if (!t->params[i].secret)
			on_text(t->params[i].dflt, &n);
	}
}
