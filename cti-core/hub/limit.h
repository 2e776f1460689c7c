/*
 * limit.h -- how often somebody may try: log-in attempts by address and by name,
 * and unfinished connections by address.
 *
 * Thread: hub.
 */
#ifndef CTI_LIMIT_H
#define CTI_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cti_limit;

/* After `free_tries` failures in a row each further one closes the door for twice as
 * long as the one before, from one second to max_s. */
int cti_limit_alloc(struct cti_limit **lp, unsigned free_tries, uint32_t max_s);
void cti_limit_free(struct cti_limit *l);

/* Seconds to wait before the next try; 0: go ahead. */
uint32_t cti_limit_wait_s(const struct cti_limit *l, const char *key);
void cti_limit_failed(struct cti_limit *l, const char *key);
void cti_limit_passed(struct cti_limit *l, const char *key);
/* Forgets who has been quiet for ten minutes. */
void cti_limit_sweep(struct cti_limit *l);

/* Counts things that are open, by key. False: at the limit, nothing is counted. */
struct cti_counts;
int cti_counts_alloc(struct cti_counts **cp, unsigned max_each, unsigned max_all);
void cti_counts_free(struct cti_counts *c);
bool cti_counts_add(struct cti_counts *c, const char *key);
void cti_counts_remove(struct cti_counts *c, const char *key);

#endif
