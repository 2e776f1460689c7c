/*
 * worker.h -- threads for what must wait: log-in hashes, queries, DNS, fsync.
 *
 * A job runs on one of the pool's threads and its end is told by whatever the
 * job itself posts (cti_loop_post() or a cti_msgq). Each thread may own one
 * context (a database connection), made and freed on that thread.
 */
#ifndef CTI_WORKER_H
#define CTI_WORKER_H

#include <stddef.h>

struct cti_worker;

/* Runs on a pool thread. ctx: what ctx_new() gave, or NULL. */
typedef void(cti_worker_job_h)(void *ctx, void *arg);
typedef void *(cti_worker_ctx_new_h)(void *arg);
typedef void(cti_worker_ctx_free_h)(void *ctx);

int cti_worker_alloc(struct cti_worker **wp, const char *name, unsigned threads,
	size_t capacity, cti_worker_ctx_new_h *newh, cti_worker_ctx_free_h *freeh,
	void *arg);

/* Any thread. EAGAIN when full: arg is still the caller's. */
int cti_worker_post(struct cti_worker *w, cti_worker_job_h *job, void *arg);

/* Finishes what is queued, joins, frees. */
void cti_worker_free(struct cti_worker *w);

#endif
