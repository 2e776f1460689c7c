/*
 * model.c -- the set of conversations: by id, and those that changed since the
 * last settle. Every operation costs the same whatever the number of lines and
 * calls: one hash look-up, one list of the changed.
 */
#include "model_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "str.h"
#include "uuid.h"

enum { FIRST_BUCKETS = 64 };

bool cti_grow(void *vp, size_t n, size_t size)
{
	void *old, *more;

	if (n & (n - 1)) /* room is a power of two, so there is some */
		return true;
	memcpy(&old, vp, sizeof(old));
	more = realloc(old, (n ? 2 * n : 1) * size);
	if (!more)
		return false;
	memcpy(vp, &more, sizeof(more));
	return true;
}

bool cti_text_set(char **dst, const char *src)
{
	char *copy;

	if (!src || (*dst && !strcmp(*dst, src)))
		return false;
	copy = cti_str_dup(src);
	if (!copy)
		return false;
	free(*dst);
	*dst = copy;
	return true;
}

int cti_model_alloc(
	struct cti_model **mp, uint64_t epoch, const struct cti_model_effects *effects)
{
	struct cti_model *m = calloc(1, sizeof(*m));

	if (!m)
		return ENOMEM;
	m->buckets = calloc(FIRST_BUCKETS, sizeof(*m->buckets));
	if (!m->buckets) {
		free(m);
		return ENOMEM;
	}
	m->nbuckets = FIRST_BUCKETS;
	m->epoch = epoch;
	if (effects)
		m->effects = *effects;
	m->dirty_lastp = &m->dirty_first;
	*mp = m;
	return 0;
}

void cti_model_free(struct cti_model *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->nbuckets; i++) {
		while (m->buckets[i]) {
			struct cti_conv *c = m->buckets[i];

			m->buckets[i] = c->hash_next;
			cti_conv_destroy(c);
		}
	}
	free(m->buckets);
	free(m);
}

void cti_model_set_serial(struct cti_model *m, uint64_t serial)
{
	m->serial = serial;
}

void cti_model_on_number(struct cti_model *m, cti_model_number_h *h, void *arg)
{
	m->number = h;
	m->number_arg = arg;
}

void cti_model_on_pop_waits(struct cti_model *m, cti_model_pop_waits_h *h, void *arg)
{
	m->pop_waits = h;
	m->pop_waits_arg = arg;
}

/* FNV-1a; ids are our own, nobody chooses them to collide. */
static size_t hash_of(const char *id)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *id; id++)
		h = (h ^ (unsigned char)*id) * UINT64_C(0x100000001b3);
	return (size_t)(h ^ (h >> 32));
}

/* Out of memory only means longer chains. */
static void rehash(struct cti_model *m)
{
	const size_t n = m->nbuckets * 2;
	struct cti_conv **v = calloc(n, sizeof(*v));

	if (!v)
		return;
	for (size_t i = 0; i < m->nbuckets; i++) {
		while (m->buckets[i]) {
			struct cti_conv *c = m->buckets[i];
			const size_t to = hash_of(c->v.id) & (n - 1);

			m->buckets[i] = c->hash_next;
			c->hash_next = v[to];
			v[to] = c;
		}
	}
	free(m->buckets);
	m->buckets = v;
	m->nbuckets = n;
}

static struct cti_conv **slot_of(struct cti_model *m, const char *id)
{
	struct cti_conv **cp = &m->buckets[hash_of(id) & (m->nbuckets - 1)];

	while (*cp && strcmp((*cp)->v.id, id))
		cp = &(*cp)->hash_next;
	return cp;
}

struct cti_conv *cti_conv_find(struct cti_model *m, const char *id)
{
	return id ? *slot_of(m, id) : NULL;
}

struct cti_conv *cti_conv_new(
	struct cti_model *m, int64_t at_us, const char *pbx, const char *pbx_key)
{
	struct cti_conv *c = calloc(1, sizeof(*c));
	struct cti_conv **cp;

	if (!c)
		return NULL;
	c->m = m;
	c->v.pbx = cti_str_dup(pbx ? pbx : "");
	c->v.pbx_key = cti_str_dup(pbx_key);
	if (!c->v.pbx || (pbx_key && !c->v.pbx_key)) {
		cti_conv_destroy(c);
		return NULL;
	}
	c->v.start_us = at_us;
	cti_uuid_make(c->v.id, at_us, m->epoch, ++m->serial);
	if (m->count >= m->nbuckets)
		rehash(m);
	cp = slot_of(m, c->v.id);
	*cp = c;
	m->count++;
	cti_conv_touch(c);
	return c;
}

void cti_conv_touch(struct cti_conv *c)
{
	c->stale_segments = true;
	if (c->dirty)
		return;
	c->dirty = true;
	c->dirty_next = NULL;
	*c->m->dirty_lastp = c;
	c->m->dirty_lastp = &c->dirty_next;
}

static void tell(struct cti_model *m, struct cti_conv *c)
{
	const struct cti_model_effects *fx = &m->effects;

	c->v.version++;
	(void)cti_conv_view(c);
	if (c->identified && fx->identified)
		fx->identified(&c->v, fx->arg);
	c->identified = false;
	if (!c->over && fx->changed)
		fx->changed(&c->v, fx->arg);
	cti_pop_tell(c);
	if (c->over && fx->ended)
		fx->ended(&c->v, fx->arg);
}

void cti_model_settle(struct cti_model *m)
{
	while (m->dirty_first) {
		struct cti_conv *c = m->dirty_first;

		m->dirty_first = c->dirty_next;
		if (!m->dirty_first)
			m->dirty_lastp = &m->dirty_first;
		c->dirty = false;
		tell(m, c);
		if (c->over) {
			struct cti_conv **cp = slot_of(m, c->v.id);

			*cp = c->hash_next;
			m->count--;
			cti_conv_destroy(c);
		}
	}
}

void cti_model_each(struct cti_model *m,
	void (*h)(const struct cti_conversation *c, void *arg), void *arg)
{
	for (size_t i = 0; i < m->nbuckets; i++) {
		for (struct cti_conv *c = m->buckets[i]; c; c = c->hash_next)
			h(cti_conv_view(c), arg);
	}
}

size_t cti_model_count(const struct cti_model *m)
{
	return m->count;
}

uint64_t cti_model_refused(const struct cti_model *m)
{
	return m->refused;
}
