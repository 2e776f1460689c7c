/*
 * ahead.c -- see ahead.h. A map from the conversation to its newest picture.
 */
#include "ahead.h"

#include "batch.h"
#include "store.h"
#include "strmap.h"

#include <errno.h>
#include <stdlib.h>

struct newest {
	uint64_t version;
	uint64_t pos;
};

struct cti_ahead {
	struct cti_strmap *map; /* id to 1 + index of list */
	struct newest *list;    /* owned */
	size_t n, size;
	uint64_t until;
};

int cti_ahead_alloc(struct cti_ahead **ap)
{
	struct cti_ahead *a = calloc(1, sizeof(*a));

	if (!a)
		return ENOMEM;
	if (cti_strmap_alloc(&a->map)) {
		free(a);
		return ENOMEM;
	}
	*ap = a;
	return 0;
}

void cti_ahead_free(struct cti_ahead *a)
{
	if (!a)
		return;
	cti_strmap_free(a->map, NULL);
	free(a->list);
	free(a);
}

void cti_ahead_clear(struct cti_ahead *a)
{
	cti_strmap_clear(a->map);
	a->n = 0;
	a->until = 0;
}

/* NULL: not known. */
static struct newest *find(const struct cti_ahead *a, const char *id)
{
	const size_t at = (size_t)(uintptr_t)cti_strmap_get(a->map, id);

	return at ? &a->list[at - 1] : NULL;
}

static int add(struct cti_ahead *a, const char *id, const struct newest *n)
{
	if (a->n == a->size) {
		const size_t size = a->size ? 2 * a->size : 1024;
		struct newest *more = reallocarray(a->list, size, sizeof(*more));

		if (!more)
			return ENOMEM;
		a->list = more;
		a->size = size;
	}
	a->list[a->n++] = *n;
	return cti_strmap_put(a->map, id, (void *)(uintptr_t)a->n, NULL);
}

static int look_at(struct cti_ahead *a, const struct cti_journal_rec *rec)
{
	struct cti_batch_name name;
	struct newest *known;
	struct newest here;

	a->until = rec->next_pos;
	if (rec->type != CTI_REC_CONVERSATION ||
		!cti_batch_name(&name, rec->data, rec->len_bytes))
		return 0;
	here = (struct newest){ name.version, rec->pos };
	known = find(a, name.id);
	if (!known)
		return add(a, name.id, &here);
	if (known->version <= here.version)
		*known = here;
	return 0;
}

/* Damage is told by the one who reads in earnest. */
int cti_ahead_look(struct cti_ahead *a, const char *dir, uint64_t from)
{
	struct cti_journal_reader *r = NULL;
	struct cti_journal_rec rec;
	int err;

	cti_ahead_clear(a);
	err = cti_journal_reader_alloc(&r, dir, from);
	for (size_t i = 0; !err && i < CTI_AHEAD_RECORDS; i++) {
		err = cti_journal_next(r, &rec);
		if (!err)
			err = look_at(a, &rec);
		else if (err == EBADMSG)
			err = 0;
	}
	cti_journal_reader_free(r);
	return err == ENODATA ? 0 : err;
}

uint64_t cti_ahead_until(const struct cti_ahead *a)
{
	return a->until;
}

bool cti_ahead_supersedes(
	const struct cti_ahead *a, const struct cti_batch_name *name, uint64_t pos)
{
	const struct newest *known = a->n ? find(a, name->id) : NULL;

	return known && known->pos != pos && known->version >= name->version;
}
