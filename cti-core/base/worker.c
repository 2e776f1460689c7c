/*
 * worker.c -- a fixed number of threads and one bounded line of jobs.
 */
#include "worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREAD_NAME_BYTES = 16 }; /* the kernel's limit, terminator included */

struct job {
	cti_worker_job_h *h;
	void *arg;
};

struct cti_worker {
	pthread_mutex_t lock;
	pthread_cond_t more;
	bool stopping;
	char name[THREAD_NAME_BYTES];
	cti_worker_ctx_new_h *newh;
	cti_worker_ctx_free_h *freeh;
	void *arg;
	pthread_t *threads; /* owned */
	unsigned nthreads;
	struct job *ring; /* owned */
	size_t capacity, head, count;
};

/* False when the pool stops and nothing is left. */
static bool take(struct cti_worker *w, struct job *job)
{
	bool have;

	(void)pthread_mutex_lock(&w->lock);
	while (!w->count && !w->stopping)
		(void)pthread_cond_wait(&w->more, &w->lock);
	have = w->count > 0;
	if (have) {
		*job = w->ring[w->head];
		w->head = (w->head + 1) % w->capacity;
		w->count--;
	}
	(void)pthread_mutex_unlock(&w->lock);
	return have;
}

static void *run(void *arg)
{
	struct cti_worker *w = arg;
	void *ctx = w->newh ? w->newh(w->arg) : NULL;
	struct job job;

	(void)pthread_setname_np(pthread_self(), w->name);
	while (take(w, &job))
		job.h(ctx, job.arg);
	if (w->freeh && ctx)
		w->freeh(ctx);
	return NULL;
}

static void stop_threads(struct cti_worker *w)
{
	(void)pthread_mutex_lock(&w->lock);
	w->stopping = true;
	(void)pthread_cond_broadcast(&w->more);
	(void)pthread_mutex_unlock(&w->lock);
	for (unsigned i = 0; i < w->nthreads; i++)
		(void)pthread_join(w->threads[i], NULL);
	w->nthreads = 0;
}

/* Signals are the core thread's business: the pool's threads block them all. */
static int start_threads(struct cti_worker *w, unsigned threads)
{
	sigset_t all;
	sigset_t old;
	int err = 0;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	while (!err && w->nthreads < threads) {
		err = pthread_create(&w->threads[w->nthreads], NULL, run, w);
		if (!err)
			w->nthreads++;
	}
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err;
}

int cti_worker_alloc(struct cti_worker **wp, const char *name, unsigned threads,
	size_t capacity, cti_worker_ctx_new_h *newh, cti_worker_ctx_free_h *freeh,
	void *arg)
{
	struct cti_worker *w;
	int err;

	if (!wp || !name || !threads || !capacity)
		return EINVAL;
	w = calloc(1, sizeof(*w));
	if (!w)
		return ENOMEM;
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->more, NULL);
	(void)snprintf(w->name, sizeof(w->name), "%s", name);
	w->newh = newh;
	w->freeh = freeh;
	w->arg = arg;
	w->capacity = capacity;
	w->threads = calloc(threads, sizeof(*w->threads));
	w->ring = calloc(capacity, sizeof(*w->ring));
	err = w->threads && w->ring ? start_threads(w, threads) : ENOMEM;
	if (err) {
		cti_worker_free(w);
		return err;
	}
	*wp = w;
	return 0;
}

int cti_worker_post(struct cti_worker *w, cti_worker_job_h *job, void *arg)
{
	int err = EAGAIN;

	if (!w || !job)
		return EINVAL;
	(void)pthread_mutex_lock(&w->lock);
	if (w->count < w->capacity && !w->stopping) {
		w->ring[(w->head + w->count) % w->capacity] = (struct job){ job, arg };
		w->count++;
		err = 0;
		(void)pthread_cond_signal(&w->more);
	}
	(void)pthread_mutex_unlock(&w->lock);
	return err;
}

void cti_worker_free(struct cti_worker *w)
{
	if (!w)
		return;
	stop_threads(w);
	(void)pthread_cond_destroy(&w->more);
	(void)pthread_mutex_destroy(&w->lock);
	free(w->threads);
	free(w->ring);
	free(w);
}
