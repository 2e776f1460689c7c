/*
 * test_msgq.c -- order, bound, waking, and several threads at once.
 */
#include <cti/msgq.h>

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PUSHERS = 4, EACH = 5000 };

static atomic_int wakes;

static void wake(void *arg)
{
	(void)arg;
	atomic_fetch_add(&wakes, 1);
}

static void first_in_is_first_out(void **state)
{
	struct cti_msgq *q = NULL;
	int values[3] = { 0 };

	(void)state;
	atomic_store(&wakes, 0);
	assert_int_equal(0, cti_msgq_alloc(&q, 3, wake, NULL));
	for (int round = 0; round < 5; round++) { /* around the ring */
		for (int i = 0; i < 3; i++)
			assert_int_equal(0, cti_msgq_push(q, &values[i]));
		assert_int_equal(EAGAIN, cti_msgq_push(q, &values[0]));
		assert_int_equal(3, cti_msgq_count(q));
		for (int i = 0; i < 3; i++)
			assert_ptr_equal(&values[i], cti_msgq_pop(q));
		assert_null(cti_msgq_pop(q));
	}
	assert_int_equal(15, atomic_load(&wakes));
	cti_msgq_free(q, NULL);
}

static void what_is_left_is_freed(void **state)
{
	struct cti_msgq *q = NULL;

	(void)state;
	assert_int_equal(0, cti_msgq_alloc(&q, 8, NULL, NULL));
	for (int i = 0; i < 5; i++)
		assert_int_equal(0, cti_msgq_push(q, malloc(10)));
	cti_msgq_free(q, free);
	cti_msgq_free(NULL, free);
}

static void wrong_arguments_are_refused(void **state)
{
	struct cti_msgq *q = NULL;

	(void)state;
	assert_int_equal(EINVAL, cti_msgq_alloc(&q, 0, NULL, NULL));
	assert_int_equal(ENOMEM, cti_msgq_alloc(&q, SIZE_MAX, NULL, NULL));
	assert_null(q);
	assert_int_equal(0, cti_msgq_alloc(&q, 1, NULL, NULL));
	assert_int_equal(EINVAL, cti_msgq_push(q, NULL));
	cti_msgq_free(q, NULL);
}

static void *push_all(void *arg)
{
	struct cti_msgq *q = arg;

	for (uintptr_t i = 1; i <= EACH; i++) {
		while (cti_msgq_push(q, (void *)i) ==
			EAGAIN) /* NOLINT: an integer, not an address */
			continue;
	}
	return NULL;
}

static void nothing_is_lost_or_doubled_between_threads(void **state)
{
	struct cti_msgq *q = NULL;
	pthread_t threads[PUSHERS];
	uintptr_t sum = 0;
	int n = 0;

	(void)state;
	assert_int_equal(0, cti_msgq_alloc(&q, 64, wake, NULL));
	for (int i = 0; i < PUSHERS; i++)
		assert_int_equal(0, pthread_create(&threads[i], NULL, push_all, q));
	while (n < PUSHERS * EACH) {
		const void *msg = cti_msgq_pop(q);

		sum += (uintptr_t)msg;
		n += msg != NULL;
	}
	for (int i = 0; i < PUSHERS; i++)
		assert_int_equal(0, pthread_join(threads[i], NULL));
	assert_int_equal((uintptr_t)PUSHERS * EACH * (EACH + 1) / 2, sum);
	assert_int_equal(0, cti_msgq_count(q));
	cti_msgq_free(q, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_in_is_first_out),
		cmocka_unit_test(what_is_left_is_freed),
		cmocka_unit_test(wrong_arguments_are_refused),
		cmocka_unit_test(nothing_is_lost_or_doubled_between_threads),
	};

	return cmocka_run_group_tests_name("msgq", tests, NULL, NULL);
}
