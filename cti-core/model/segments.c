/*
 * segments.c -- the story of a conversation as stretches in time, derived from its
 * legs: rang A, talked with A, held by A, and the gaps between in which the outside
 * party waited (announcement or queue before the first ring, queue between two
 * agents, parked).
 */
#include "model_impl.h"

#include <stdlib.h>
#include <string.h>

#include "str.h"

void cti_segments_free(struct cti_conv *c)
{
	for (size_t i = 0; i < c->v.nsegments; i++)
		free(c->v.segments[i].line);
	free(c->v.segments);
	c->v.segments = NULL;
	c->v.nsegments = 0;
}

static void add(struct cti_conv *c, enum cti_segment_kind kind, const char *line,
	struct cti_span span)
{
	struct cti_segment *s;

	if (!cti_grow(&c->v.segments, c->v.nsegments, sizeof(*c->v.segments)))
		return;
	s = &c->v.segments[c->v.nsegments++];
	*s = (struct cti_segment){ .kind = kind, .span = span };
	s->line = cti_str_dup(line);
}

static void add_leg(struct cti_conv *c, const struct cti_leg *l)
{
	if (l->rang.from_us != CTI_TIME_NONE)
		add(c, CTI_SEG_RANG, l->line, l->rang);
	if (l->role == CTI_ROLE_CALLER && c->v.direction == CTI_DIR_INTERNAL)
		return; /* the other line's talk is the same stretch */
	for (size_t i = 0; i < l->talked.n; i++)
		add(c, CTI_SEG_TALKED, l->line, l->talked.v[i]);
	for (size_t i = 0; i < l->held.n; i++)
		add(c, CTI_SEG_HELD, l->line, l->held.v[i]);
}

/* By beginning; unknown beginnings first. */
static int by_time(const void *a, const void *b)
{
	const struct cti_segment *x = a, *y = b;

	if (x->span.from_us != y->span.from_us)
		return x->span.from_us < y->span.from_us ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

static bool was_parked(const struct cti_conv *c, int64_t from_us, int64_t to_us)
{
	for (size_t i = 0; i < c->v.ntransfers; i++) {
		const struct cti_transfer *t = &c->v.transfers[i];

		if (t->kind == CTI_TRANSFER_PARK && t->at_us >= from_us &&
			t->at_us < to_us)
			return true;
	}
	return false;
}

/* Nobody rang and nobody talked from from_us to to_us: the outside party waited. */
static void add_wait(struct cti_conv *c, int64_t from_us, int64_t to_us)
{
	const int64_t shortest_us = 300 * 1000; /* less is the PBX's own delay */
	enum cti_segment_kind kind = CTI_SEG_ANNOUNCEMENT;

	if (from_us <= 0 || to_us <= 0 || to_us - from_us < shortest_us)
		return;
	if (was_parked(c, from_us, to_us))
		kind = CTI_SEG_PARKED;
	else if (c->v.queue)
		kind = CTI_SEG_QUEUE;
	else if (c->v.direction != CTI_DIR_INBOUND)
		return;
	add(c, kind, NULL, (struct cti_span){ from_us, to_us });
}

static void add_waits(struct cti_conv *c)
{
	const size_t n = c->v.nsegments;
	int64_t until = c->v.start_us;

	for (size_t i = 0; i < n && until > 0; i++) {
		const struct cti_span s = c->v.segments[i].span;

		if (s.from_us > until)
			add_wait(c, until, s.from_us);
		if (s.to_us <= 0)
			return;
		if (s.to_us > until)
			until = s.to_us;
	}
	if (c->v.end_us > until)
		add_wait(c, until, c->v.end_us);
}

void cti_segments_build(struct cti_conv *c)
{
	cti_segments_free(c);
	for (size_t i = 0; i < c->v.nlegs; i++)
		add_leg(c, &c->v.legs[i]);
	if (c->v.nsegments)
		qsort(c->v.segments, c->v.nsegments, sizeof(*c->v.segments), by_time);
	add_waits(c);
	if (c->v.nsegments)
		qsort(c->v.segments, c->v.nsegments, sizeof(*c->v.segments), by_time);
	c->stale_segments = false;
}
