/*
 * strmap.c -- chained hash table. It doubles when it is full on average and
 * never shrinks: its users are bounded by their own limits.
 */
#include "strmap.h"

#include <sodium.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { START_BUCKETS = 64 };

struct entry {
	struct entry *next; /* owned */
	void *value;
	char key[];
};

struct cti_strmap {
	struct entry **buckets; /* owned */
	size_t nbuckets;        /* a power of two */
	size_t count;
	unsigned char secret[crypto_shorthash_KEYBYTES];
};

static size_t bucket_of(const struct cti_strmap *m, const char *key)
{
	uint64_t hash = 0;

	(void)crypto_shorthash((unsigned char *)&hash, (const unsigned char *)key,
		strlen(key), m->secret);
	return (size_t)hash & (m->nbuckets - 1);
}

int cti_strmap_alloc(struct cti_strmap **mp)
{
	struct cti_strmap *m = calloc(1, sizeof(*m));

	if (!m)
		return ENOMEM;
	m->nbuckets = START_BUCKETS;
	m->buckets = calloc(m->nbuckets, sizeof(struct entry *));
	if (!m->buckets) {
		free(m);
		return ENOMEM;
	}
	randombytes_buf(m->secret, sizeof(m->secret));
	*mp = m;
	return 0;
}

void cti_strmap_free(struct cti_strmap *m, void (*free_h)(void *value))
{
	if (!m)
		return;
	for (size_t i = 0; i < m->nbuckets; i++) {
		struct entry *e = m->buckets[i];

		while (e) {
			struct entry *next = e->next;

			if (free_h)
				free_h(e->value);
			free(e);
			e = next;
		}
	}
	free(m->buckets);
	free(m);
}

/* The link that points to the entry, or the one at the end of its chain. */
static struct entry **find(const struct cti_strmap *m, const char *key)
{
	struct entry **ep = &m->buckets[bucket_of(m, key)];

	while (*ep && strcmp((*ep)->key, key) != 0)
		ep = &(*ep)->next;
	return ep;
}

void *cti_strmap_get(const struct cti_strmap *m, const char *key)
{
	const struct entry *e = *find(m, key);

	return e ? e->value : NULL;
}

/* Failing to grow makes chains longer and nothing else. */
static void grow(struct cti_strmap *m)
{
	struct entry **old = m->buckets;
	const size_t nold = m->nbuckets;
	struct entry **buckets = calloc(nold * 2, sizeof(struct entry *));

	if (!buckets)
		return;
	m->buckets = buckets;
	m->nbuckets = nold * 2;
	for (size_t i = 0; i < nold; i++) {
		struct entry *e = old[i];

		while (e) {
			struct entry *next = e->next;
			struct entry **ep = &m->buckets[bucket_of(m, e->key)];

			e->next = *ep;
			*ep = e;
			e = next;
		}
	}
	free(old);
}

int cti_strmap_put(struct cti_strmap *m, const char *key, void *value, void **oldp)
{
	const size_t len = strlen(key);
	struct entry **ep = find(m, key);
	struct entry *e;

	if (oldp)
		*oldp = *ep ? (*ep)->value : NULL;
	if (*ep) {
		(*ep)->value = value;
		return 0;
	}
	e = calloc(1, sizeof(*e) + len + 1);
	if (!e)
		return ENOMEM;
	memcpy(e->key, key, len);
	e->value = value;
	*ep = e;
	if (++m->count > m->nbuckets)
		grow(m);
	return 0;
}

void *cti_strmap_take(struct cti_strmap *m, const char *key)
{
	struct entry **ep = find(m, key);
	struct entry *e = *ep;
	void *value;

	if (!e)
		return NULL;
	value = e->value;
	*ep = e->next;
	free(e);
	m->count--;
	return value;
}

static bool drop_one(const char *key, void *value, void *arg)
{
	(void)key;
	(void)value;
	(void)arg;
	return false;
}

void cti_strmap_clear(struct cti_strmap *m)
{
	if (m->count)
		cti_strmap_each(m, drop_one, NULL);
}

size_t cti_strmap_count(const struct cti_strmap *m)
{
	return m->count;
}

void cti_strmap_each(struct cti_strmap *m, cti_strmap_keep_h *h, void *arg)
{
	for (size_t i = 0; i < m->nbuckets; i++) {
		struct entry **ep = &m->buckets[i];

		while (*ep) {
			struct entry *e = *ep;

			if (h(e->key, e->value, arg)) {
				ep = &e->next;
				continue;
			}
			*ep = e->next;
			free(e);
			m->count--;
		}
	}
}
