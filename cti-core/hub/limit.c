/*
 * limit.c -- penalties and counters by key.
 *
 * The tables are bounded. A full one is swept; if that does not help, strangers
 * are treated as if they had failed before, which is the safe side.
 */
#include "limit.h"

#include "strmap.h"

#include <cti/clock.h>

#include <errno.h>
#include <stdlib.h>

enum { KEYS_MAX = 20000, QUIET_S = 600, SHIFT_MAX = 16 };

struct penalty {
	unsigned failures;
	int64_t last_us; /* monotonic */
	int64_t open_us; /* monotonic: when the door opens again */
};

struct cti_limit {
	struct cti_strmap *keys; /* struct penalty, owned */
	unsigned free_tries;
	uint32_t max_s;
};

int cti_limit_alloc(struct cti_limit **lp, unsigned free_tries, uint32_t max_s)
{
	struct cti_limit *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return ENOMEM;
	l->free_tries = free_tries;
	l->max_s = max_s;
	err = cti_strmap_alloc(&l->keys);
	if (err)
		free(l);
	else
		*lp = l;
	return err;
}

void cti_limit_free(struct cti_limit *l)
{
	if (!l)
		return;
	cti_strmap_free(l->keys, free);
	free(l);
}

uint32_t cti_limit_wait_s(const struct cti_limit *l, const char *key)
{
	const struct penalty *p = cti_strmap_get(l->keys, key);
	const int64_t now = cti_mono_us();

	if (!p)
		return cti_strmap_count(l->keys) >= KEYS_MAX ? 1 : 0;
	return p->open_us > now ? (uint32_t)((p->open_us - now + 999999) / 1000000) : 0;
}

static struct penalty *entry(struct cti_limit *l, const char *key)
{
	struct penalty *p = cti_strmap_get(l->keys, key);

	if (p)
		return p;
	if (cti_strmap_count(l->keys) >= KEYS_MAX)
		cti_limit_sweep(l);
	if (cti_strmap_count(l->keys) >= KEYS_MAX)
		return NULL;
	p = calloc(1, sizeof(*p));
	if (p && cti_strmap_put(l->keys, key, p, NULL)) {
		free(p);
		p = NULL;
	}
	return p;
}

void cti_limit_failed(struct cti_limit *l, const char *key)
{
	struct penalty *p = entry(l, key);
	uint32_t wait_s;
	unsigned over;

	if (!p)
		return;
	p->last_us = cti_mono_us();
	if (++p->failures <= l->free_tries)
		return;
	over = p->failures - l->free_tries - 1;
	wait_s = 1u << (over < SHIFT_MAX ? over : SHIFT_MAX);
	if (wait_s > l->max_s)
		wait_s = l->max_s;
	p->open_us = p->last_us + (int64_t)wait_s * 1000000;
}

void cti_limit_passed(struct cti_limit *l, const char *key)
{
	free(cti_strmap_take(l->keys, key));
}

static bool keep(const char *key, void *value, void *arg)
{
	const struct penalty *p = value;
	const int64_t *now = arg;

	(void)key;
	if (p->last_us + (int64_t)QUIET_S * 1000000 > *now)
		return true;
	free(value);
	return false;
}

void cti_limit_sweep(struct cti_limit *l)
{
	int64_t now = cti_mono_us();

	cti_strmap_each(l->keys, keep, &now);
}

/* ---- counters ------------------------------------------------------------ */

struct count {
	unsigned n;
};

struct cti_counts {
	struct cti_strmap *keys; /* struct count, owned; gone at zero */
	unsigned max_each, max_all, all;
};

int cti_counts_alloc(struct cti_counts **cp, unsigned max_each, unsigned max_all)
{
	struct cti_counts *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return ENOMEM;
	c->max_each = max_each;
	c->max_all = max_all;
	err = cti_strmap_alloc(&c->keys);
	if (err)
		free(c);
	else
		*cp = c;
	return err;
}

void cti_counts_free(struct cti_counts *c)
{
	if (!c)
		return;
	cti_strmap_free(c->keys, free);
	free(c);
}

bool cti_counts_add(struct cti_counts *c, const char *key)
{
	struct count *n = cti_strmap_get(c->keys, key);

	if (c->all >= c->max_all || (n && n->n >= c->max_each))
		return false;
	if (!n) {
		n = calloc(1, sizeof(*n));
		if (!n || cti_strmap_put(c->keys, key, n, NULL)) {
			free(n);
			return false;
		}
	}
	n->n++;
	c->all++;
	return true;
}

void cti_counts_remove(struct cti_counts *c, const char *key)
{
	struct count *n = cti_strmap_get(c->keys, key);

	if (!n)
		return;
	c->all--;
	if (!--n->n)
		free(cti_strmap_take(c->keys, key));
}
