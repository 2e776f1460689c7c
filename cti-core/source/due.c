/*
 * due.c -- see due.h. Equal times come in the order in which they were set, so
 * that the same input gives the same run.
 */
#include "due.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

static bool before(const struct cti_due *a, const struct cti_due *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void place(struct cti_due_heap *h, size_t i, struct cti_due *d)
{
	h->v[i - 1] = d;
	d->index = i;
}

static void rise(struct cti_due_heap *h, size_t i)
{
	struct cti_due *d = h->v[i - 1];

	for (; i > 1 && before(d, h->v[i / 2 - 1]); i /= 2)
		place(h, i, h->v[i / 2 - 1]);
	place(h, i, d);
}

static void sink(struct cti_due_heap *h, size_t i)
{
	struct cti_due *d = h->v[i - 1];

	for (;;) {
		size_t kid = 2 * i;

		if (kid < h->n && before(h->v[kid], h->v[kid - 1]))
			kid++;
		if (kid > h->n || !before(h->v[kid - 1], d))
			break;
		place(h, i, h->v[kid - 1]);
		i = kid;
	}
	place(h, i, d);
}

void cti_due_cancel(struct cti_due_heap *h, struct cti_due *d)
{
	const size_t i = d->index;

	if (!i)
		return;
	d->index = 0;
	h->n--;
	if (i > h->n)
		return;
	place(h, i, h->v[h->n]);
	rise(h, i);
	sink(h, h->v[i - 1]->index);
}

int cti_due_set(struct cti_due_heap *h, struct cti_due *d, int64_t at_us)
{
	cti_due_cancel(h, d);
	if (h->n == h->size) {
		const size_t size = h->size ? 2 * h->size : 16;
		struct cti_due **v = realloc(h->v, size * sizeof(struct cti_due *));

		if (!v)
			return ENOMEM;
		h->v = v;
		h->size = size;
	}
	d->at_us = at_us;
	d->order = ++h->orders;
	h->n++;
	place(h, h->n, d);
	rise(h, h->n);
	return 0;
}

struct cti_due *cti_due_next(struct cti_due_heap *h, int64_t now_us)
{
	struct cti_due *d = h->n ? h->v[0] : NULL;

	if (!d || d->at_us > now_us)
		return NULL;
	cti_due_cancel(h, d);
	return d;
}

void cti_due_free(struct cti_due_heap *h)
{
	free(h->v);
	*h = (struct cti_due_heap){ 0 };
}
