/*
 * cti/msgq.h -- the only way from one thread to another.
 *
 * A bounded first-in-first-out queue of owned pointers. Any thread may push;
 * one thread pops. Pushing never waits: a full queue is the caller's news.
 */
#ifndef CTI_MSGQ_H
#define CTI_MSGQ_H

#include <stddef.h>

struct cti_msgq;

/* Runs on the pushing thread, without the lock held; must only wake. */
typedef void(cti_msgq_wake_h)(void *arg);

/* 0, EINVAL (no capacity) or ENOMEM. wakeh may be NULL. *qp is owned. */
int cti_msgq_alloc(
	struct cti_msgq **qp, size_t capacity, cti_msgq_wake_h *wakeh, void *arg);

/* Frees what is still queued by msg_free (may be NULL when nothing can be). */
void cti_msgq_free(struct cti_msgq *q, void (*msg_free)(void *msg));

/* 0: msg now belongs to the queue. EAGAIN: full, msg is still the caller's. */
int cti_msgq_push(struct cti_msgq *q, void *msg);

/* The oldest message, now owned by the caller; NULL when empty. */
void *cti_msgq_pop(struct cti_msgq *q);

size_t cti_msgq_count(struct cti_msgq *q);

#endif
