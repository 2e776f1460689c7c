/*
 * msgq.c -- a ring of pointers behind one mutex. The lock is held for a few
 * instructions, so that pushing from the core thread never waits for work.
 */
#include <cti/msgq.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct cti_msgq {
	pthread_mutex_t lock;
	cti_msgq_wake_h *wakeh;
	void *arg;
	size_t capacity;
	size_t head; /* index of the oldest */
	size_t count;
	void *ring[];
};

int cti_msgq_alloc(
	struct cti_msgq **qp, size_t capacity, cti_msgq_wake_h *wakeh, void *arg)
{
	struct cti_msgq *q;
	size_t size;

	if (!qp || !capacity)
		return EINVAL;
	if (__builtin_mul_overflow(capacity, sizeof(q->ring[0]), &size) ||
		__builtin_add_overflow(size, sizeof(*q), &size))
		return ENOMEM;
	q = calloc(1, size);
	if (!q)
		return ENOMEM;
	(void)pthread_mutex_init(&q->lock, NULL); /* default kind: cannot fail on Linux */
	q->capacity = capacity;
	q->wakeh = wakeh;
	q->arg = arg;
	*qp = q;
	return 0;
}

void cti_msgq_free(struct cti_msgq *q, void (*msg_free)(void *msg))
{
	void *msg;

	if (!q)
		return;
	while ((msg = cti_msgq_pop(q)) != NULL) {
		if (msg_free)
			msg_free(msg);
	}
	(void)pthread_mutex_destroy(&q->lock);
	free(q);
}

int cti_msgq_push(struct cti_msgq *q, void *msg)
{
	int err = EAGAIN;

	if (!q || !msg)
		return EINVAL;
	(void)pthread_mutex_lock(&q->lock);
	if (q->count < q->capacity) {
		q->ring[(q->head + q->count) % q->capacity] = msg;
		q->count++;
		err = 0;
	}
	(void)pthread_mutex_unlock(&q->lock);
	if (!err && q->wakeh)
		q->wakeh(q->arg);
	return err;
}

void *cti_msgq_pop(struct cti_msgq *q)
{
	void *msg = NULL;

	(void)pthread_mutex_lock(&q->lock);
	if (q->count) {
		msg = q->ring[q->head];
		q->head = (q->head + 1) % q->capacity;
		q->count--;
	}
	(void)pthread_mutex_unlock(&q->lock);
	return msg;
}

size_t cti_msgq_count(struct cti_msgq *q)
{
	size_t n;

	(void)pthread_mutex_lock(&q->lock);
	n = q->count;
	(void)pthread_mutex_unlock(&q->lock);
	return n;
}
