/*
 * recent.c -- see recent.h.
 */
#include "recent.h"

#include "strmap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEY_BYTES = 128, ENTRIES_MAX = 20000 };

struct cti_recent {
	struct cti_strmap *until; /* to int64_t, owned */
};

int cti_recent_alloc(struct cti_recent **rp)
{
	struct cti_recent *r = calloc(1, sizeof(*r));

	if (!r)
		return ENOMEM;
	if (cti_strmap_alloc(&r->until)) {
		free(r);
		return ENOMEM;
	}
	*rp = r;
	return 0;
}

void cti_recent_free(struct cti_recent *r)
{
	if (!r)
		return;
	cti_strmap_free(r->until, free);
	free(r);
}

/* No number has a space in it. */
static const char *key_of(char key[KEY_BYTES], const char *crm, const char *number)
{
	(void)snprintf(key, KEY_BYTES, "%.40s %.80s", number, crm);
	return key;
}

static bool drop(const char *key, void *value, void *arg)
{
	(void)key;
	(void)arg;
	free(value);
	return false;
}

void cti_recent_put(
	struct cti_recent *r, const char *crm, const char *number, int64_t until_us)
{
	char key[KEY_BYTES];
	int64_t *value = malloc(sizeof(*value));
	void *old = NULL;

	if (!value)
		return;
	*value = until_us;
	if (cti_strmap_count(r->until) >= ENTRIES_MAX)
		cti_strmap_each(r->until, drop, NULL);
	if (cti_strmap_put(r->until, key_of(key, crm, number), value, &old))
		old = value;
	free(old);
}

bool cti_recent_has(
	struct cti_recent *r, const char *crm, const char *number, int64_t now_us)
{
	char key[KEY_BYTES];
	const int64_t *until = cti_strmap_get(r->until, key_of(key, crm, number));

	if (until && *until > now_us)
		return true;
	cti_recent_forget(r, crm, number);
	return false;
}

void cti_recent_forget(struct cti_recent *r, const char *crm, const char *number)
{
	char key[KEY_BYTES];

	free(cti_strmap_take(r->until, key_of(key, crm, number)));
}
