/*
 * conv.c -- one conversation's own facts, each with where it came from. A lower
 * source never overrules a higher one, and nothing known becomes unknown.
 */
#include "model_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "str.h"

static void party_free(struct cti_party *p)
{
	free(p->number);
	free(p->e164);
	free(p->display);
	free(p->name);
}

static void legs_free(struct cti_conv *c)
{
	for (size_t i = 0; i < c->v.nlegs; i++) {
		free(c->v.legs[i].line);
		free(c->v.legs[i].talked.v);
		free(c->v.legs[i].held.v);
		free(c->parts[i]);
	}
	free(c->v.legs);
	free(c->parts);
}

static void lists_free(struct cti_conv *c)
{
	for (size_t i = 0; i < c->v.ntransfers; i++) {
		free(c->v.transfers[i].from);
		free(c->v.transfers[i].to);
		free(c->v.transfers[i].note);
	}
	free(c->v.transfers);
	for (size_t i = 0; i < c->v.npops; i++) {
		free(c->v.pops[i].line);
		free(c->v.pops[i].number);
	}
	free(c->v.pops);
	free(c->pops);
	for (size_t i = 0; i < c->v.ntrace; i++) {
		free(c->v.trace[i].what);
		free(c->v.trace[i].detail);
	}
	free(c->v.trace);
}

void cti_conv_destroy(struct cti_conv *c)
{
	party_free(&c->v.external);
	party_free(&c->v.inside);
	legs_free(c);
	lists_free(c);
	cti_segments_free(c);
	free(c->v.pbx);
	free(c->v.pbx_key);
	free(c->v.dialled);
	free(c->v.queue);
	free(c->v.initiator);
	free(c->v.ended_by);
	free(c->v.contacts_json);
	free(c->v.notes_json);
	free(c);
}

const struct cti_conversation *cti_conv_view(struct cti_conv *c)
{
	if (c->stale_segments)
		cti_segments_build(c);
	return &c->v;
}

bool cti_conv_may(struct cti_conv *c, enum cti_fact_slot slot, enum cti_provenance p)
{
	if ((unsigned)p < c->prov[slot])
		return false;
	c->prov[slot] = (uint8_t)p;
	return true;
}

static bool set_text(struct cti_conv *c, char **dst, const char *v,
	enum cti_fact_slot slot, enum cti_provenance p)
{
	if (!v || !*v || !cti_conv_may(c, slot, p) || !cti_text_set(dst, v))
		return false;
	cti_conv_touch(c);
	return true;
}

bool cti_conv_set_direction(
	struct cti_conv *c, enum cti_direction v, enum cti_provenance p)
{
	if (v == CTI_DIR_UNKNOWN || !cti_conv_may(c, CTI_SLOT_DIRECTION, p) ||
		c->v.direction == v)
		return false;
	c->v.direction = v;
	if (v == CTI_DIR_INTERNAL)
		c->v.has_external = false;
	cti_conv_touch(c);
	return true;
}

/* e164 and display follow number. */
static void read_number(struct cti_conv *c, struct cti_party *party)
{
	char e164[CTI_E164_BYTES] = "", display[CTI_DISPLAY_BYTES] = "";

	free(party->e164);
	free(party->display);
	party->e164 = NULL;
	party->display = NULL;
	if (!party->number)
		return;
	if (c->m->number)
		c->m->number(c->v.pbx, party->number, e164, display, c->m->number_arg);
	party->e164 = *e164 ? cti_str_dup(e164) : NULL;
	party->display = cti_str_dup(*display ? display : party->number);
}

static bool is_hidden(enum cti_presentation pres)
{
	return pres != CTI_PRES_UNKNOWN && pres != CTI_PRES_ALLOWED;
}

/* A caller who withheld the number has none here, whatever was known before. */
static void forget_party(struct cti_party *p)
{
	const enum cti_presentation pres = p->presentation;

	party_free(p);
	*p = (struct cti_party){ .presentation = pres, .prov = p->prov };
}

bool cti_conv_set_external(struct cti_conv *c, const char *number, const char *name,
	enum cti_presentation pres, enum cti_provenance p)
{
	struct cti_party *x = &c->v.external;
	bool changed = false;

	if (c->v.direction == CTI_DIR_INTERNAL)
		return false;
	if (pres != CTI_PRES_UNKNOWN && cti_conv_may(c, CTI_SLOT_PRESENTATION, p) &&
		x->presentation != pres) {
		x->presentation = pres;
		changed = true;
	}
	if (is_hidden(x->presentation) && !number)
		forget_party(x);
	if (number && *number && cti_conv_may(c, CTI_SLOT_NUMBER, p) &&
		cti_text_set(&x->number, number)) {
		read_number(c, x);
		changed = true;
	}
	if (name && *name && cti_conv_may(c, CTI_SLOT_NAME, p) &&
		cti_text_set(&x->name, name))
		changed = true;
	if (!changed && c->v.has_external)
		return false;
	c->v.has_external = true;
	x->prov = p > x->prov ? p : x->prov;
	c->identified = true;
	cti_pop_identified(c);
	cti_conv_touch(c);
	return true;
}

bool cti_conv_set_inside(
	struct cti_conv *c, const char *number, const char *name, enum cti_provenance p)
{
	struct cti_party *x = &c->v.inside;
	bool changed;

	if (!number || !*number || !cti_conv_may(c, CTI_SLOT_INSIDE, p))
		return false;
	changed = cti_text_set(&x->number, number);
	changed |= name && *name && cti_text_set(&x->name, name);
	if (!changed)
		return false;
	read_number(c, x);
	x->prov = p;
	x->presentation = CTI_PRES_ALLOWED;
	cti_pop_identified(c);
	cti_conv_touch(c);
	return true;
}

void cti_conv_set_start(struct cti_conv *c, int64_t start_us)
{
	if (c->v.start_us == start_us)
		return;
	c->v.start_us = start_us;
	cti_conv_touch(c);
}

void cti_conv_set_answered(struct cti_conv *c, int64_t at_us)
{
	if (c->v.answer_us != CTI_TIME_NONE)
		return;
	c->v.answer_us = at_us;
	cti_conv_touch(c);
}

/* The leg did not talk; it waits for its end. */
static void forget_talk(struct cti_leg *leg)
{
	if (leg->state == CTI_LEG_CONNECTED || leg->state == CTI_LEG_HELD)
		leg->state = CTI_LEG_QUEUED;
	leg->talked.n = 0;
	leg->held.n = 0;
}

void cti_conv_unanswer(struct cti_conv *c, int64_t at_us)
{
	for (size_t i = 0; i < c->v.nlegs; i++) {
		struct cti_leg *leg = &c->v.legs[i];

		if (leg->talked.n && leg->role != CTI_ROLE_CALLER)
			leg->result = CTI_RESULT_CANCELLED;
		forget_talk(leg);
	}
	c->v.answer_us = CTI_TIME_NONE;
	cti_conv_add_trace(c, at_us, "unanswered", "why=answer-crossed-cancel");
	cti_conv_touch(c);
}

void cti_conv_doubt_answer(struct cti_conv *c, int64_t at_us)
{
	for (size_t i = 0; i < c->v.nlegs; i++)
		forget_talk(&c->v.legs[i]);
	c->v.answer_us = CTI_TIME_NONE;
	c->v.facts &= ~(unsigned)CTI_FACT_ANSWER;
	cti_conv_add_trace(c, at_us, "unanswered", "why=too-short-to-tell");
	cti_conv_touch(c);
}

bool cti_conv_set_dialled(struct cti_conv *c, const char *v, enum cti_provenance p)
{
	return set_text(c, &c->v.dialled, v, CTI_SLOT_DIALLED, p);
}

bool cti_conv_set_initiator(struct cti_conv *c, const char *v, enum cti_provenance p)
{
	if (!set_text(c, &c->v.initiator, v, CTI_SLOT_INITIATOR, p))
		return false;
	cti_pop_identified(c);
	return true;
}

bool cti_conv_set_queue(struct cti_conv *c, const char *v, enum cti_provenance p)
{
	return set_text(c, &c->v.queue, v, CTI_SLOT_QUEUE, p);
}

bool cti_conv_set_ended_by(struct cti_conv *c, const char *v, enum cti_provenance p)
{
	return set_text(c, &c->v.ended_by, v, CTI_SLOT_ENDED_BY, p);
}

bool cti_conv_set_cause(struct cti_conv *c, struct cti_cause v, enum cti_provenance p)
{
	if ((!v.sip && !v.q850) || !cti_conv_may(c, CTI_SLOT_CAUSE, p))
		return false;
	if (c->v.cause.sip == v.sip && c->v.cause.q850 == v.q850)
		return false;
	c->v.cause = v;
	cti_conv_touch(c);
	return true;
}

void cti_conv_add_facts(struct cti_conv *c, unsigned facts)
{
	if ((c->v.facts | facts) == c->v.facts)
		return;
	c->v.facts |= facts;
	cti_conv_touch(c);
}

void cti_conv_set_click_to_dial(struct cti_conv *c)
{
	c->v.click_to_dial = true;
	cti_conv_touch(c);
}

static void forget_caller(struct cti_conv *c)
{
	static const enum cti_fact_slot slots[] = { CTI_SLOT_DIRECTION, CTI_SLOT_NUMBER,
		CTI_SLOT_NAME, CTI_SLOT_PRESENTATION, CTI_SLOT_INITIATOR,
		CTI_SLOT_INSIDE };

	for (size_t i = 0; i < sizeof(slots) / sizeof(*slots); i++)
		c->prov[slots[i]] = CTI_PROV_NONE;
	party_free(&c->v.external);
	party_free(&c->v.inside);
	free(c->v.initiator);
	c->v.external = (struct cti_party){ 0 };
	c->v.inside = (struct cti_party){ 0 };
	c->v.has_external = false;
	c->v.initiator = NULL;
	c->v.direction = CTI_DIR_UNKNOWN;
}

void cti_conv_own_ring(struct cti_conv *c, int64_t at_us, const char *line)
{
	struct cti_part *p = cti_part_find(c, line);
	struct cti_leg *leg;

	if (!p)
		return;
	leg = &c->v.legs[p->index];
	leg->role = CTI_ROLE_CALLER;
	forget_talk(leg);
	c->v.answer_us = CTI_TIME_NONE;
	forget_caller(c);
	c->v.click_to_dial = true;
	cti_pop_own_ring(c, line, at_us);
	cti_conv_add_trace(c, at_us, "own-ring", "line=%s", line);
	cti_conv_touch(c);
}

void cti_conv_add_trace(
	struct cti_conv *c, int64_t at_us, const char *what, const char *detail_fmt, ...)
{
	const bool full = c->v.ntrace == CTI_TRACE_MAX - 1;
	struct cti_trace *t;
	struct cti_buf b = { 0 };
	va_list ap;
	char text[512];

	if (c->v.ntrace >= CTI_TRACE_MAX ||
		!cti_grow(&c->v.trace, c->v.ntrace, sizeof(*c->v.trace)))
		return;
	va_start(ap, detail_fmt);
	(void)vsnprintf(text, sizeof(text), detail_fmt, ap);
	va_end(ap);
	cti_buf_str(&b, full ? "more=left-out" : text);
	t = &c->v.trace[c->v.ntrace];
	t->at_us = at_us;
	t->what = cti_str_dup(full ? "full" : what);
	t->detail = cti_buf_take(&b);
	if (!t->what || !t->detail) {
		free(t->what);
		free(t->detail);
		return;
	}
	c->v.ntrace++; /* goes out with the next picture; the end always draws one */
}

void cti_conv_end(struct cti_conv *c, int64_t end_us, enum cti_outcome outcome)
{
	if (c->over)
		return;
	for (size_t i = 0; i < c->v.nlegs; i++) {
		if (c->v.legs[i].state != CTI_LEG_ENDED)
			(void)cti_part_step(c->parts[i], end_us,
				end_us == CTI_TIME_UNKNOWN ? CTI_EV_LOST : CTI_EV_END,
				(struct cti_cause){ 0 });
	}
	c->over = true;
	c->v.end_us = end_us;
	c->v.outcome = outcome;
	cti_outcome_conclude(c);
	cti_pop_conv_over(c, end_us, "ended");
	cti_conv_add_trace(
		c, end_us, "ended", "outcome=%s", cti_outcome_name(c->v.outcome));
	cti_conv_touch(c);
}
