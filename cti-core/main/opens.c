/*
 * opens.c -- see opens.h.
 */
#include "opens.h"

#include "str.h"
#include "strmap.h"

#include <errno.h>
#include <stdlib.h>

struct cti_opens {
	struct cti_strmap *map; /* id to struct cti_open, owned */
	struct cti_open *first, *last;
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

struct cti_open *cti_opens_add(
	struct cti_opens *o, const char *id, uint64_t input_pos, uint64_t record_pos)
{
	struct cti_open *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	(void)cti_str_copy(e->id, sizeof(e->id), id);
	e->input_pos = input_pos;
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
