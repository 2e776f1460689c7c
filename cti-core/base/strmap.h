/*
 * strmap.h -- text to pointer, for keys that strangers choose (SipHash).
 *
 * Thread: an object belongs to one thread.
 */
#ifndef CTI_STRMAP_H
#define CTI_STRMAP_H

#include <stdbool.h>
#include <stddef.h>

struct cti_strmap;

int cti_strmap_alloc(struct cti_strmap **mp);
/* free_h (may be NULL) gets each value. */
void cti_strmap_free(struct cti_strmap *m, void (*free_h)(void *value));

void *cti_strmap_get(const struct cti_strmap *m, const char *key); /* borrowed or NULL */
/* 0 or ENOMEM. The key is copied; the value that stood there goes to *oldp. */
int cti_strmap_put(struct cti_strmap *m, const char *key, void *value, void **oldp);
void *cti_strmap_take(struct cti_strmap *m, const char *key); /* removed, or NULL */
void cti_strmap_clear(struct cti_strmap *m); /* values are the caller's business */
size_t cti_strmap_count(const struct cti_strmap *m);

/* Each value once; the handler says whether it stays. */
typedef bool(cti_strmap_keep_h)(const char *key, void *value, void *arg);
void cti_strmap_each(struct cti_strmap *m, cti_strmap_keep_h *h, void *arg);

#endif
