/*
 * records.c -- which parts of an answer are records, and what is in them.
 */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

void cti_records_begin(struct cti_frame *f)
{
	f->state = CTI_FRAME_RECORDS;
	if (!f->doc)
		return;
	f->array = cti_doc_array(f->doc, f->s->nrules ? f->s->rules[0].path : "", NULL);
	f->all = !f->array;
}

/* ---- rules ------------------------------------------------------------------- */

struct test {
	const struct cti_tmpl_rule *rule;
	const char *wanted; /* EQUALS, NUMBER */
};

static bool passes_value(const char *text, void *arg)
{
	const struct test *test = arg;

	switch (test->rule->kind) {
	case CTI_TMPL_ANY:
		return !text || *text;
	case CTI_TMPL_EQUALS:
		return text && strcmp(text, test->wanted) == 0;
	case CTI_TMPL_NUMBER:
		return text && cti_number_fits(text, test->wanted);
	}
	return false;
}

static bool passes(struct cti_crm_task *t, const struct cti_frame *f,
	const struct cti_tmpl_rule *rules, size_t n, const struct cti_doc_pick *picks)
{
	for (size_t i = 0; i < n; i++) {
		struct test test = { &rules[i], t->number };
		char *ethalon = NULL;
		bool ok;

		if (rules[i].kind == CTI_TMPL_EQUALS) {
			ethalon = cti_task_text(t, rules[i].ethalon, 1);
			test.wanted = ethalon ? ethalon : "";
		}
		ok = cti_doc_each(f->doc, rules[i].path, picks, passes_value, &test);
		free(ethalon);
		if (!ok)
			return false;
	}
	return true;
}

/* ---- variables ------------------------------------------------------------------ */

static bool take_text(const char *text, void *arg)
{
	const char **textp = arg;

	if (!text || !*text)
		return false;
	*textp = text;
	return true;
}

static const char *filtered(struct cti_crm_task *t, const struct cti_frame *f,
	const struct cti_tmpl_variable *v, const struct cti_doc_pick *picks)
{
	const struct cti_doc_node *inner = cti_doc_array(f->doc, v->path, picks);
	const char *text = NULL;

	if (!inner) { /* one of them alone: it is an object, not a list */
		if (passes(t, f, v->filter, v->nfilter, picks))
			(void)cti_doc_each(f->doc, v->path, picks, take_text, &text);
		return text;
	}
	for (const struct cti_doc_node *e = cti_doc_first(inner); e;
		e = cti_doc_next(e)) {
		const struct cti_doc_pick pick = { inner, e, picks };

		if (!passes(t, f, v->filter, v->nfilter, &pick))
			continue;
		(void)cti_doc_each(f->doc, v->path, &pick, take_text, &text);
		return text;
	}
	return NULL;
}

static void read_variables(
	struct cti_crm_task *t, struct cti_frame *f, const struct cti_doc_pick *picks)
{
	const enum cti_origin origin = f->auth ? CTI_ORIGIN_AUTH : CTI_ORIGIN_REPLY;

	for (size_t i = 0; i < f->s->nvariables; i++) {
		const struct cti_tmpl_variable *v = &f->s->variables[i];
		struct cti_value value = { 0 };
		const char *text = NULL;

		if (v->nfilter)
			text = filtered(t, f, v, picks);
		else
			(void)cti_doc_each(f->doc, v->path, picks, take_text, &text);
		if (text)
			cti_value_set_text(&value, text, strlen(text), origin);
		if (cti_vars_put(&f->vars, v->name, &value))
			cti_task_fail(t, CTI_CRM_NO_MEMORY, "out of memory");
	}
}

/* Declared, and without a value. */
static void unset_variables(struct cti_crm_task *t, struct cti_frame *f)
{
	for (size_t i = 0; i < f->s->nvariables; i++) {
		struct cti_value value = { 0 };

		if (cti_vars_put(&f->vars, f->s->variables[i].name, &value))
			cti_task_fail(t, CTI_CRM_NO_MEMORY, "out of memory");
	}
}

/* ---- one after the other ----------------------------------------------------------- */

static bool next_element(struct cti_frame *f)
{
	if (f->array)
		f->element =
			f->element ? cti_doc_next(f->element) : cti_doc_first(f->array);
	else if (f->all)
		f->all = false;
	else
		return false;
	return !f->array || f->element;
}

static bool record_passes(struct cti_crm_task *t, struct cti_frame *f)
{
	const struct cti_doc_pick pick = { f->array, f->element, NULL };
	const struct cti_doc_pick *picks = f->array ? &pick : NULL;

	if (!passes(t, f, f->s->rules, f->s->nrules, picks))
		return false;
	cti_vars_reset(&f->vars);
	read_variables(t, f, picks);
	return true;
}

bool cti_records_next(struct cti_crm_task *t, struct cti_frame *f)
{
	const size_t most = *f->s->next ? CTI_RECORDS_MAX : CTI_CRM_CONTACTS_MAX;

	while (f->doc && !f->ended && f->matched < most) {
		if (!next_element(f))
			f->ended = true;
		else if (record_passes(t, f)) {
			f->matched++;
			return true;
		}
	}
	if (f->matched || !f->s->allow_empty)
		return false;
	f->matched = most; /* once, with nothing in it */
	f->ended = true;
	cti_vars_reset(&f->vars);
	unset_variables(t, f);
	return true;
}

char *cti_records_text(const struct cti_doc *doc, const char *path)
{
	const char *text = NULL;

	(void)cti_doc_each(doc, path, NULL, take_text, &text);
	return cti_str_dup(text);
}
