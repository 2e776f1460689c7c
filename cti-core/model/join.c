/*
 * join.c -- transfers, and two conversations that become one.
 */
#include "model_impl.h"

#include <stdlib.h>
#include <string.h>

#include "str.h"

void cti_conv_transfer(struct cti_conv *c, int64_t at_us, enum cti_transfer_kind kind,
	const char *from, const char *to)
{
	struct cti_transfer *t;

	if (!cti_grow(&c->v.transfers, c->v.ntransfers, sizeof(*c->v.transfers)))
		return;
	t = &c->v.transfers[c->v.ntransfers++];
	*t = (struct cti_transfer){ .at_us = at_us, .kind = kind };
	t->from = cti_str_dup(from);
	t->to = cti_str_dup(to);
	cti_conv_add_trace(c, at_us, "transfer", "kind=%s from=%s to=%s",
		cti_transfer_kind_name(kind), from ? from : "none", to ? to : "none");
	cti_conv_touch(c);
}

void cti_conv_transfer_got(struct cti_conv *c, const char *to)
{
	if (c->v.ntransfers && cti_text_set(&c->v.transfers[c->v.ntransfers - 1].to, to))
		cti_conv_touch(c);
}

static bool spans_append(struct cti_spans *to, const struct cti_spans *from)
{
	for (size_t i = 0; i < from->n; i++) {
		if (!cti_grow(&to->v, to->n, sizeof(*to->v)))
			return false;
		to->v[to->n++] = from->v[i];
	}
	return true;
}

static int by_start(const void *a, const void *b)
{
	const struct cti_span *x = a, *y = b;

	return x->from_us < y->from_us ? -1 : x->from_us > y->from_us;
}

static int64_t later(int64_t a, int64_t b)
{
	if (a == CTI_TIME_NONE || b == CTI_TIME_NONE)
		return CTI_TIME_NONE;
	return a > b ? a : b;
}

/* Both lists as one, in order, without overlap: a line that was in two talks at once
 * was busy from the first one's beginning to the last one's end, and an open span is
 * the last. */
static bool spans_unite(struct cti_spans *to, const struct cti_spans *from)
{
	size_t n = 0;

	if (!spans_append(to, from))
		return false;
	if (to->n > 1)
		qsort(to->v, to->n, sizeof(*to->v), by_start);
	for (size_t i = 0; i < to->n; i++) {
		struct cti_span *last = n ? &to->v[n - 1] : NULL;

		if (!last || (last->to_us != CTI_TIME_NONE &&
				     to->v[i].from_us > last->to_us)) {
			to->v[n++] = to->v[i];
			continue;
		}
		last->to_us = later(last->to_us, to->v[i].to_us);
		if (last->from_us == CTI_TIME_UNKNOWN)
			last->from_us = to->v[i].from_us;
	}
	to->n = n;
	return true;
}

/* Of two states the one that tells more about what the device does now. */
static int telling(enum cti_leg_state s)
{
	static const int order[CTI_LEG_STATES] = {
		[CTI_LEG_FAILED] = 1,
		[CTI_LEG_INITIATED] = 2,
		[CTI_LEG_QUEUED] = 3,
		[CTI_LEG_ALERTING] = 4,
		[CTI_LEG_CONNECTED] = 5,
		[CTI_LEG_HELD] = 6,
	};

	return order[s];
}

/* The line takes part in both: what it did in from is added to what it did in into. */
static void fold_leg(struct cti_leg *to, const struct cti_leg *from, int64_t at_us)
{
	if (to->rang.from_us == CTI_TIME_NONE && from->role != CTI_ROLE_CALLER)
		to->rang = from->rang;
	(void)spans_unite(&to->talked, &from->talked);
	(void)spans_unite(&to->held, &from->held);
	if (telling(from->state) > telling(to->state))
		to->state = from->state;
	if (to->state != CTI_LEG_ALERTING)
		cti_span_close(&to->rang, at_us);
	if (telling(to->state) < telling(CTI_LEG_CONNECTED))
		cti_spans_close(&to->talked, at_us);
	if (to->state != CTI_LEG_HELD)
		cti_spans_close(&to->held, at_us);
	if (to->state != CTI_LEG_ENDED)
		to->ended_us = CTI_TIME_NONE;
}

/* Takes the leg over whole; its strings now belong to into. */
static bool move_leg(struct cti_conv *into, struct cti_leg *from)
{
	struct cti_part *p = cti_part_get(into, from->joined_us, from->line, from->role);
	struct cti_leg *leg;

	if (!p)
		return false;
	leg = &into->v.legs[p->index];
	leg->role = from->role;
	leg->state = from->state;
	leg->result = from->result;
	leg->rang = from->rang;
	leg->ended_us = from->ended_us;
	leg->cause = from->cause;
	return spans_append(&leg->talked, &from->talked) &&
	       spans_append(&leg->held, &from->held);
}

static void merge_legs(struct cti_conv *into, struct cti_conv *from, int64_t at_us)
{
	for (size_t i = 0; i < from->v.nlegs; i++) {
		struct cti_leg *leg = &from->v.legs[i];
		struct cti_part *p = cti_part_find(into, leg->line);

		/* Who fetches what he parked himself takes part once more. */
		if (p && leg->role == CTI_ROLE_PICKER &&
			cti_part_view(p)->state == CTI_LEG_ENDED)
			p = NULL;
		if (p)
			fold_leg(&into->v.legs[p->index], leg, at_us);
		else
			(void)move_leg(into, leg);
	}
}

/* What was shown for from was shown; the history keeps it. */
static void merge_pops(struct cti_conv *into, struct cti_conv *from)
{
	for (size_t i = 0; i < from->v.npops; i++) {
		struct cti_pop *to;
		const struct cti_pop *pop = &from->v.pops[i];

		if (!cti_grow(&into->v.pops, into->v.npops, sizeof(*into->v.pops)) ||
			!cti_grow(&into->pops, into->v.npops, sizeof(*into->pops)))
			return;
		to = &into->v.pops[into->v.npops];
		*to = *pop;
		to->line = cti_str_dup(pop->line);
		to->number = cti_str_dup(pop->number);
		if (!to->line) {
			free(to->number);
			return;
		}
		into->pops[into->v.npops++] =
			(struct cti_pop_state){ .up_told = true, .down_told = true };
	}
}

void cti_conv_merge(struct cti_conv *into, struct cti_conv *from, int64_t at_us)
{
	if (into == from || into->over || from->over)
		return;
	cti_pop_conv_over(from, at_us, "transferred");
	merge_pops(into, from);
	merge_legs(into, from, at_us);
	for (size_t i = 0; i < from->v.ntransfers; i++) {
		const struct cti_transfer *t = &from->v.transfers[i];

		cti_conv_transfer(into, t->at_us, t->kind, t->from, t->to);
	}
	for (size_t i = 0; i < from->v.nlegs; i++) {
		const struct cti_leg *leg = &from->v.legs[i];

		if (leg->role == CTI_ROLE_CONSULTED && leg->state != CTI_LEG_ENDED)
			cti_pop_transferred(into, leg->line, at_us);
	}
	/* When the other one began says nothing about this one. */
	cti_conv_add_facts(into, from->v.facts & ~(unsigned)CTI_FACT_START);
	cti_conv_add_trace(into, at_us, "merged", "from=%s", from->v.id);
	cti_conv_add_trace(from, at_us, "merged", "into=%s", into->v.id);
	from->over = true;
	/* Reports overtake one another: it may have begun after what joins it. */
	from->v.end_us = at_us > 0 && at_us < from->v.start_us ? from->v.start_us : at_us;
	memcpy(from->v.merged_into, into->v.id, sizeof(from->v.merged_into));
	cti_conv_touch(into);
	cti_conv_touch(from);
}
