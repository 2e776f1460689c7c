/*
 * ahead.h -- which pictures of a backlog have a newer one of the same conversation
 * behind them, so that nobody need write them.
 *
 * Thread: the store's.
 */
#ifndef CTI_AHEAD_H
#define CTI_AHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Records that are looked at in one go; bounds time (some 50 ms) and memory (some MB,
 * were each of another conversation). */
enum { CTI_AHEAD_RECORDS = 32768 };

struct cti_ahead;

int cti_ahead_alloc(struct cti_ahead **ap);
void cti_ahead_free(struct cti_ahead *a);

/* Forgets what it knew and reads the journal in dir from a position on. Records that
 * come later do no harm: what is known stays true. 0; ENOMEM; an errno of the journal. */
int cti_ahead_look(struct cti_ahead *a, const char *dir, uint64_t from);
/* Forgets what it knew. */
void cti_ahead_clear(struct cti_ahead *a);
/* Behind the last record that was looked at; 0: none. */
uint64_t cti_ahead_until(const struct cti_ahead *a);

/* What was looked at has a newer picture than this one, which stands at pos. */
struct cti_batch_name;
bool cti_ahead_supersedes(
	const struct cti_ahead *a, const struct cti_batch_name *name, uint64_t pos);

#endif
