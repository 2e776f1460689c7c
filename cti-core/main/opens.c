/*
 * opens.c -- see opens.h.
 */
#include "opens.h"

#include "str.h"
#include "strmap.h"

#include <errno.h>
#include <stdlib.h>

struct anchor {
	uint64_t pos;
	int64_t at_us;
};

enum { ANCHORS = 16 }; /* the last minute's */

struct cti_opens {
	struct cti_strmap *map; /* id to struct cti_open, owned */
	struct cti_open *first, *last;
	struct anchor anchors[ANCHORS]; /* a ring */
	size_t nanchors;                /* that there ever were */
	uint64_t floor;                 /* where reading began */
};

int cti_opens_alloc(struct cti_opens **op)
{
	struct cti_opens *o = calloc(1, sizeof(*o));

	if (!o)
		return ENOMEM;
	if (cti_strmap_alloc(&o->map)) {
		free(o);
		return ENOMEM;
	}
	*op = o;
	return 0;
}

void cti_opens_free(struct cti_opens *o)
{
	if (!o)
		return;
	cti_strmap_free(o->map, free);
	free(o);
}

struct cti_open *cti_opens_find(const struct cti_opens *o, const char *id)
{
	return cti_strmap_get(o->map, id);
}

void cti_opens_begin(struct cti_opens *o, uint64_t pos)
{
	o->floor = pos;
}

void cti_opens_anchor(struct cti_opens *o, uint64_t pos, int64_t at_us)
{
	o->anchors[o->nanchors++ % ANCHORS] = (struct anchor){ pos, at_us };
}

/* The last one that is old enough; if none is, where reading began. */
static uint64_t anchor_before(const struct cti_opens *o, int64_t at_us)
{
	const int64_t before_us = at_us - CTI_OPENS_BEFORE_S * INT64_C(1000000);
	const size_t n = o->nanchors < ANCHORS ? o->nanchors : ANCHORS;
	uint64_t pos = 0;

	for (size_t back = 1; back <= n; back++) {
		const struct anchor *a = &o->anchors[(o->nanchors - back) % ANCHORS];

		pos = a->pos;
		if (a->at_us <= before_us)
			return pos;
	}
	return o->nanchors > ANCHORS ? pos : o->floor;
}

struct cti_open *cti_opens_oldest(const struct cti_opens *o)
{
	struct cti_open *e = o->first;

	while (e && e->ghost)
		e = e->next;
	return e;
}

uint64_t cti_opens_from(const struct cti_opens *o, int64_t at_us)
{
	const struct cti_open *e = cti_opens_oldest(o);

	return e ? e->input_pos : anchor_before(o, at_us);
}

struct cti_open *cti_opens_add(
	struct cti_opens *o, const char *id, int64_t at_us, uint64_t record_pos)
{
	struct cti_open *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	(void)cti_str_copy(e->id, sizeof(e->id), id);
	e->input_pos = anchor_before(o, at_us);
	e->record_pos = record_pos;
	if (cti_strmap_put(o->map, e->id, e, NULL)) {
		free(e);
		return NULL;
	}
	e->prev = o->last;
	if (o->last)
		o->last->next = e;
	else
		o->first = e;
	o->last = e;
	return e;
}

void cti_opens_remove(struct cti_opens *o, struct cti_open *e)
{
	if (e->prev)
		e->prev->next = e->next;
	else
		o->first = e->next;
	if (e->next)
		e->next->prev = e->prev;
	else
		o->last = e->prev;
	(void)cti_strmap_take(o->map, e->id);
	free(e);
}

struct cti_open *cti_opens_first(const struct cti_opens *o)
{
	return o->first;
}

size_t cti_opens_count(const struct cti_opens *o)
{
	return cti_strmap_count(o->map);
}
