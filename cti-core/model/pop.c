/*
 * pop.c -- who is shown what, why, and when it is taken away.
 *
 *	shown      at ring to the line that rings (ring group and queue: each of them;
 *	           transfer target: the outside party); to a line that picked up or
 *	           retrieved a call when it is connected; once more to a consulted line
 *	           when the transfer makes the outside party its caller
 *	           or at the answer, where a setting says so
 *	not shown  the agent's own ring in click-to-dial (role caller)
 *	withdrawn  from the other ringing lines as soon as one answers; from a line
 *	           whose ring ended otherwise; from who handed the call on; at the end
 *
 * Every decision is in the conversation's trace.
 */
#include "model_impl.h"

#include <stdlib.h>
#include <string.h>

#include "str.h"

/* Did the line give its part away, and not get it back? */
static bool handed_on(const struct cti_conv *c, const char *line)
{
	for (size_t i = c->v.ntransfers; i > 0; i--) {
		const struct cti_transfer *t = &c->v.transfers[i - 1];

		if (t->to && !strcmp(t->to, line))
			return false;
		if (t->from && !strcmp(t->from, line))
			return true;
	}
	return false;
}

/* Whom a call of two lines is with, besides line: who began it, or who was left when
 * the beginner handed on. */
static const char *inside_for(const struct cti_conv *c, const char *line)
{
	const char *first = c->v.initiator;

	if (first && strcmp(first, "pbx") && strcmp(first, line) && !handed_on(c, first))
		return first;
	for (size_t i = 0; i < c->v.nlegs; i++) {
		const struct cti_leg *l = &c->v.legs[i];

		if (strcmp(l->line, line) && !handed_on(c, l->line) &&
			(l->role == CTI_ROLE_CALLER || l->talked.n))
			return l->line;
	}
	return NULL;
}

/* The number on the card: the outside party's, inside the caller's extension. */
static const char *number_for(const struct cti_conv *c, const char *line)
{
	if (c->v.has_external)
		return c->v.external.number;
	return c->v.inside.number ? c->v.inside.number : inside_for(c, line);
}

static bool is_up(const struct cti_pop *pop, const char *line)
{
	return pop->withdrawn_us == CTI_TIME_NONE && !strcmp(pop->line, line);
}

static void show(struct cti_conv *c, const char *line, int64_t at_us, const char *why)
{
	struct cti_pop *pop;
	const char *number;

	for (size_t i = 0; i < c->v.npops; i++) {
		if (is_up(&c->v.pops[i], line))
			return;
	}
	if (!cti_grow(&c->v.pops, c->v.npops, sizeof(*c->v.pops)) ||
		!cti_grow(&c->pops, c->v.npops, sizeof(*c->pops)))
		return;
	pop = &c->v.pops[c->v.npops];
	number = number_for(c, line);
	*pop = (struct cti_pop){ .at_us = at_us };
	pop->line = cti_str_dup(line);
	pop->number = cti_str_dup(number);
	if (!pop->line) {
		free(pop->number);
		return;
	}
	c->pops[c->v.npops++] = (struct cti_pop_state){ .why = why };
	cti_conv_add_trace(c, at_us, "pop", "line=%s why=%s number=%s", line, why,
		number ? number : "none");
	cti_conv_touch(c);
}

/* line NULL: everybody's. */
static void withdraw(struct cti_conv *c, const char *line, int64_t at_us, const char *why)
{
	for (size_t i = 0; i < c->v.npops; i++) {
		struct cti_pop *pop = &c->v.pops[i];

		if (!is_up(pop, line ? line : pop->line))
			continue;
		pop->withdrawn_us = at_us > 0 && at_us < pop->at_us ? pop->at_us : at_us;
		pop->withdrawn_why = why;
		cti_conv_add_trace(
			c, at_us, "pop-withdrawn", "line=%s why=%s", pop->line, why);
		cti_conv_touch(c);
	}
}

static bool waits(const struct cti_conv *c, const char *line)
{
	return c->m->pop_waits &&
	       c->m->pop_waits(line, c->v.queue, c->m->pop_waits_arg);
}

void cti_pop_ringing(struct cti_conv *c, size_t leg, int64_t at_us)
{
	const struct cti_leg *l = &c->v.legs[leg];

	if (l->role == CTI_ROLE_CALLER) {
		cti_conv_add_trace(c, at_us, "no-pop", "line=%s why=own-ring", l->line);
		return;
	}
	if (waits(c, l->line)) {
		cti_conv_add_trace(c, at_us, "no-pop", "line=%s why=waits-for-answer",
			l->line);
		return;
	}
	show(c, l->line, at_us,
		l->role == CTI_ROLE_TRANSFERRED_TO ? "transfer"
		: c->v.queue                       ? "queue"
						   : "ring");
}

void cti_pop_answered(struct cti_conv *c, size_t leg, int64_t at_us)
{
	const struct cti_leg *l = &c->v.legs[leg];

	if (l->role == CTI_ROLE_PICKER)
		show(c, l->line, at_us, "picked-up");
	if (l->role == CTI_ROLE_CALLER)
		return;
	if (l->role != CTI_ROLE_PICKER && waits(c, l->line))
		show(c, l->line, at_us, "answered");
	for (size_t i = 0; i < c->v.nlegs; i++) {
		if (i != leg && c->v.legs[i].state == CTI_LEG_ALERTING)
			withdraw(c, c->v.legs[i].line, at_us, "answered-elsewhere");
	}
}

/* The line's other leg may live on: then the card stays. */
static bool line_lives(const struct cti_conv *c, const char *line)
{
	for (size_t i = 0; i < c->v.nlegs; i++) {
		if (c->v.legs[i].state != CTI_LEG_ENDED &&
			!strcmp(c->v.legs[i].line, line))
			return true;
	}
	return false;
}

void cti_pop_leg_over(struct cti_conv *c, size_t leg, int64_t at_us)
{
	const struct cti_leg *l = &c->v.legs[leg];

	if (!line_lives(c, l->line))
		withdraw(c, l->line, at_us, l->talked.n ? "left" : "stopped-ringing");
}

void cti_pop_own_ring(struct cti_conv *c, const char *line, int64_t at_us)
{
	withdraw(c, line, at_us, CTI_POP_OWN_RING);
}

void cti_pop_transferred(struct cti_conv *c, const char *line, int64_t at_us)
{
	withdraw(c, line, at_us, "transferred");
	show(c, line, at_us, "transfer");
}

static bool is_hidden(const struct cti_party *x)
{
	return !x->number && x->presentation != CTI_PRES_UNKNOWN &&
	       x->presentation != CTI_PRES_ALLOWED;
}

/* The caller turns out not to be named: no card, not even a past one, names it, nor
 * does the trace. */
static void forget_numbers(struct cti_conv *c)
{
	static const char none[] = "none";

	for (size_t i = 0; i < c->v.ntrace; i++) {
		char *number = strcmp(c->v.trace[i].what, "pop")
				       ? NULL
				       : strstr(c->v.trace[i].detail, " number=");

		if (number && strlen(number) >= sizeof(" number=none") - 1)
			memcpy(strchr(number, '=') + 1, none, sizeof(none));
	}
	for (size_t i = 0; i < c->v.npops; i++) {
		free(c->v.pops[i].number);
		c->v.pops[i].number = NULL;
	}
}

/* A card that went up without a number gets it as soon as it is known. */
void cti_pop_identified(struct cti_conv *c)
{
	if (c->v.has_external && is_hidden(&c->v.external))
		forget_numbers(c);
	for (size_t i = 0; i < c->v.npops; i++) {
		struct cti_pop *pop = &c->v.pops[i];

		if (is_up(pop, pop->line) && !pop->number)
			pop->number = cti_str_dup(number_for(c, pop->line));
	}
}

void cti_pop_conv_over(struct cti_conv *c, int64_t at_us, const char *why)
{
	withdraw(c, NULL, at_us, why);
}

void cti_pop_tell(struct cti_conv *c)
{
	const struct cti_model_effects *fx = &c->m->effects;

	for (size_t i = 0; i < c->v.npops; i++) {
		const struct cti_pop *pop = &c->v.pops[i];
		struct cti_pop_state *st = &c->pops[i];
		const bool down = pop->withdrawn_us != CTI_TIME_NONE;

		if (!st->up_told && down) /* came and went within one input */
			st->down_told = true;
		if (!st->up_told && !down && fx->pop)
			fx->pop(&c->v, pop->line, st->why, fx->arg);
		st->up_told = true;
		if (down && !st->down_told && fx->pop_withdrawn)
			fx->pop_withdrawn(&c->v, pop->line, pop->withdrawn_why, fx->arg);
		st->down_told = st->down_told || down;
	}
}
