/*
 * leg.c -- the legs of a conversation: steps by the table of leg_fsm.c, and the
 * spans (rang, talked, held) that follow from them.
 */
#include "model_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "str.h"
#include "uuid.h"

bool cti_spans_open(struct cti_spans *s, int64_t at_us)
{
	if (s->n && s->v[s->n - 1].to_us == CTI_TIME_NONE)
		return true;
	if (!cti_grow(&s->v, s->n, sizeof(*s->v)))
		return false;
	s->v[s->n++] = (struct cti_span){ .from_us = at_us, .to_us = CTI_TIME_NONE };
	return true;
}

/* Never before its beginning, whatever the reports' order. */
static int64_t not_before(int64_t at_us, int64_t from_us)
{
	return at_us > 0 && from_us > 0 && at_us < from_us ? from_us : at_us;
}

void cti_span_close(struct cti_span *s, int64_t at_us)
{
	if (s->from_us != CTI_TIME_NONE && s->to_us == CTI_TIME_NONE)
		s->to_us = not_before(at_us, s->from_us);
}

void cti_spans_close(struct cti_spans *s, int64_t at_us)
{
	if (s->n)
		cti_span_close(&s->v[s->n - 1], at_us);
}

struct cti_part *cti_part_find(struct cti_conv *c, const char *line)
{
	for (size_t i = c->v.nlegs; line && i > 0; i--) {
		if (!strcmp(c->v.legs[i - 1].line, line))
			return c->parts[i - 1];
	}
	return NULL;
}

static struct cti_part *leg_add(
	struct cti_conv *c, int64_t at_us, const char *line, enum cti_role role)
{
	struct cti_part *p;
	struct cti_leg *leg;

	if (!cti_grow(&c->v.legs, c->v.nlegs, sizeof(*c->v.legs)) ||
		!cti_grow(&c->parts, c->v.nlegs, sizeof(struct cti_part *)))
		return NULL;
	p = calloc(1, sizeof(*p));
	leg = &c->v.legs[c->v.nlegs];
	*leg = (struct cti_leg){ .role = role, .joined_us = at_us };
	leg->line = cti_str_dup(line);
	if (!p || !leg->line) {
		free(p);
		free(leg->line);
		return NULL;
	}
	cti_uuid_make(leg->id, at_us, c->m->epoch, ++c->m->serial);
	p->conv = c;
	p->index = c->v.nlegs;
	c->parts[c->v.nlegs++] = p;
	cti_conv_touch(c);
	return p;
}

struct cti_part *cti_part_get(
	struct cti_conv *c, int64_t at_us, const char *line, enum cti_role role)
{
	struct cti_part *p = cti_part_find(c, line);

	if (p && c->v.legs[p->index].state != CTI_LEG_ENDED) {
		if (c->v.legs[p->index].role == CTI_ROLE_UNKNOWN)
			cti_part_set_role(p, role);
		return p;
	}
	return leg_add(c, at_us, line, role);
}

const struct cti_leg *cti_part_view(const struct cti_part *p)
{
	return &p->conv->v.legs[p->index];
}

struct cti_conv *cti_part_conv(const struct cti_part *p)
{
	return p->conv;
}

void cti_part_set_result(struct cti_part *p, enum cti_result r)
{
	struct cti_leg *leg = &p->conv->v.legs[p->index];

	if (leg->result == r)
		return;
	leg->result = r;
	cti_conv_touch(p->conv);
}

void cti_part_set_role(struct cti_part *p, enum cti_role r)
{
	struct cti_leg *leg = &p->conv->v.legs[p->index];

	const bool was_own = leg->role == CTI_ROLE_CALLER;

	if (leg->role == r || r == CTI_ROLE_UNKNOWN)
		return;
	leg->role = r;
	if (was_own &&
		leg->state == CTI_LEG_ALERTING) /* it is an incoming call after all */
		cti_pop_ringing(p->conv, p->index, leg->rang.from_us);
	cti_conv_touch(p->conv);
}

void cti_part_since_unknown(struct cti_part *p)
{
	struct cti_leg *leg = &p->conv->v.legs[p->index];
	struct cti_spans *t = &leg->talked;

	leg->joined_us = CTI_TIME_UNKNOWN;
	if (leg->state == CTI_LEG_ALERTING)
		leg->rang.from_us = CTI_TIME_UNKNOWN;
	if (t->n)
		t->v[t->n - 1].from_us = CTI_TIME_UNKNOWN;
	cti_conv_touch(p->conv);
}

static bool is_talking(enum cti_leg_state s)
{
	return s == CTI_LEG_CONNECTED || s == CTI_LEG_HELD;
}

/* The leg goes from state was to its new one: spans begin and end. */
static void move_spans(struct cti_leg *leg, enum cti_leg_state was, int64_t at_us)
{
	if (was == CTI_LEG_ALERTING)
		cti_span_close(&leg->rang, at_us);
	if (was == CTI_LEG_HELD)
		cti_spans_close(&leg->held, at_us);
	if (is_talking(was) && !is_talking(leg->state))
		cti_spans_close(&leg->talked, at_us);
	if (leg->state == CTI_LEG_ALERTING)
		leg->rang = (struct cti_span){ .from_us = at_us };
	if (!is_talking(was) && is_talking(leg->state))
		(void)cti_spans_open(&leg->talked, at_us);
	if (leg->state == CTI_LEG_HELD)
		(void)cti_spans_open(&leg->held, at_us);
}

static void answered(struct cti_conv *c, size_t leg, int64_t at_us)
{
	if (c->v.answer_us == CTI_TIME_NONE)
		c->v.answer_us = at_us;
	cti_pop_answered(c, leg, at_us);
}

int cti_part_step(
	struct cti_part *p, int64_t at_us, enum cti_leg_event ev, struct cti_cause cause)
{
	struct cti_conv *c = p->conv;
	struct cti_leg *leg = &c->v.legs[p->index];
	const enum cti_leg_state was = leg->state;
	struct cti_leg_step step;
	const int err = cti_leg_fsm_step(was, ev, &step);

	if (err) {
		c->m->refused++;
		cti_conv_add_trace(c, at_us, "refused", "line=%s state=%s event=%s",
			leg->line, cti_leg_state_name(was), cti_leg_event_name(ev));
		return err;
	}
	if (step.next == was)
		return 0;
	if (cause.sip || cause.q850)
		leg->cause = cause;
	leg->state = step.next;
	move_spans(leg, was, step.effects & CTI_FX_UNCERTAIN ? CTI_TIME_UNKNOWN : at_us);
	if (step.effects & CTI_FX_MARK_ENDED)
		leg->ended_us =
			step.effects & CTI_FX_UNCERTAIN ? CTI_TIME_UNKNOWN : at_us;
	if (step.effects & CTI_FX_MARK_RANG)
		cti_pop_ringing(c, p->index, at_us);
	if (step.effects & CTI_FX_MARK_ANSWERED)
		answered(c, p->index, at_us);
	if (step.effects & CTI_FX_MARK_ENDED)
		cti_pop_leg_over(c, p->index, at_us);
	cti_conv_touch(c);
	return 0;
}
