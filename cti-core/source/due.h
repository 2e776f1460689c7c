/*
 * due.h -- what is to be looked at again, and when: a heap by due time. The
 * source has no timers; it looks here with the time of each input.
 */
#ifndef CTI_DUE_H
#define CTI_DUE_H

#include <stddef.h>
#include <stdint.h>

/* Embedded in its owner; zero is "not waiting". */
struct cti_due {
	size_t index; /* 1-based place in the heap */
	int64_t at_us;
	uint64_t order;
};

struct cti_due_heap {
	struct cti_due **v;
	size_t n;
	size_t size;
	uint64_t orders;
};

/* (Re)sets. Out of memory: it is not waited for; 0 or ENOMEM. */
int cti_due_set(struct cti_due_heap *h, struct cti_due *d, int64_t at_us);
void cti_due_cancel(struct cti_due_heap *h, struct cti_due *d);
/* Takes out and returns the first one due at or before now, or NULL. */
struct cti_due *cti_due_next(struct cti_due_heap *h, int64_t now_us);
void cti_due_free(struct cti_due_heap *h);

#endif
