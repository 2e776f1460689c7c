/*
 * test_worker.c -- every job runs once, on a thread with a context of its own; a full
 * line says so; stopping finishes what is queued.
 */
#include "worker.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static atomic_int contexts;
static atomic_int done;

static void *ctx_new(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
	return calloc(1, sizeof(int));
}

static void ctx_free(void *ctx)
{
	atomic_fetch_add(&done, *(int *)ctx);
	free(ctx);
}

/* Without a lock: the context is the thread's alone. */
static void count(void *ctx, void *arg)
{
	(void)arg;
	++*(int *)ctx;
}

static void every_job_runs_once_with_a_context(void **state)
{
	struct cti_worker *w = NULL;
	int posted = 0;

	(void)state;
	atomic_store(&contexts, 0);
	atomic_store(&done, 0);
	assert_int_equal(
		0, cti_worker_alloc(&w, "test", 4, 1000, ctx_new, ctx_free, &contexts));
	while (posted < 5000)
		posted += cti_worker_post(w, count, NULL) == 0;
	cti_worker_free(w);
	assert_int_equal(4, atomic_load(&contexts));
	assert_int_equal(posted, atomic_load(&done));
}

static void wait_for_gate(void *ctx, void *arg)
{
	(void)ctx;
	(void)pthread_mutex_lock(arg);
	(void)pthread_mutex_unlock(arg);
	atomic_fetch_add(&done, 1);
}

static void a_full_line_says_so_and_stopping_finishes_it(void **state)
{
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	struct cti_worker *w = NULL;
	int posted = 0;

	(void)state;
	atomic_store(&done, 0);
	assert_int_equal(0, cti_worker_alloc(&w, "test", 1, 3, NULL, NULL, NULL));
	(void)pthread_mutex_lock(&gate);
	while (cti_worker_post(w, wait_for_gate, &gate) == 0)
		posted++;
	assert_true(posted == 3 || posted == 4); /* one may run already */
	(void)pthread_mutex_unlock(&gate);
	cti_worker_free(w);
	assert_int_equal(posted, atomic_load(&done));
}

static void wrong_arguments_are_refused(void **state)
{
	struct cti_worker *w = NULL;

	(void)state;
	assert_int_equal(EINVAL, cti_worker_alloc(&w, "test", 0, 1, NULL, NULL, NULL));
	assert_int_equal(EINVAL, cti_worker_alloc(&w, "test", 1, 0, NULL, NULL, NULL));
	assert_null(w);
	assert_int_equal(EINVAL, cti_worker_post(NULL, count, NULL));
	cti_worker_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_job_runs_once_with_a_context),
		cmocka_unit_test(a_full_line_says_so_and_stopping_finishes_it),
		cmocka_unit_test(wrong_arguments_are_refused),
	};

	return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
