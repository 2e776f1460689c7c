/*
 * test_breaker.c -- when a CRM is left alone, and for how long.
 */
#include "breaker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const int64_t S = 1000000;

static void fail_times(struct cti_breaker *b, int times, int64_t now_us)
{
	for (int i = 0; i < times; i++) {
		assert_true(cti_breaker_admits(b, now_us));
		(void)cti_breaker_result(b, CTI_CRM_TIMEOUT, 0, now_us);
	}
}

static void five_in_a_row(void **state)
{
	struct cti_breaker b;

	(void)state;
	cti_breaker_init(&b);
	fail_times(&b, 4, 0);
	assert_false(cti_breaker_result(&b, CTI_CRM_REJECTED, 0, 0)); /* it is there */
	fail_times(&b, 5, 0);
	assert_false(cti_breaker_admits(&b, 5 * S - 1));
	assert_true(cti_breaker_admits(&b, 5 * S));
	assert_false(cti_breaker_admits(&b, 5 * S)); /* one tries, the others do not */
}

static void pauses_grow_to_five_minutes(void **state)
{
	const int64_t want[] = { 5, 10, 20, 40, 80, 160, 300, 300 };
	struct cti_breaker b;
	int64_t now = 0;

	(void)state;
	cti_breaker_init(&b);
	fail_times(&b, 4, now);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_true(cti_breaker_admits(&b, now));
		assert_true(cti_breaker_result(&b, CTI_CRM_UNREACHABLE, 0, now));
		assert_false(cti_breaker_admits(&b, now + want[i] * S - 1));
		now += want[i] * S;
	}
	assert_true(cti_breaker_admits(&b, now));
	assert_false(cti_breaker_result(&b, CTI_CRM_OK, 0, now));
	fail_times(&b, 4, now);
	assert_false(cti_breaker_paused(&b, now));
}

static void a_limit_is_kept(void **state)
{
	struct cti_breaker b;

	(void)state;
	cti_breaker_init(&b);
	assert_true(cti_breaker_result(&b, CTI_CRM_LIMITED, 30, 0));
	assert_false(cti_breaker_admits(&b, 30 * S - 1));
	assert_true(cti_breaker_admits(&b, 30 * S));
	assert_true(cti_breaker_result(&b, CTI_CRM_LIMITED, 86400, 30 * S));
	assert_true(cti_breaker_admits(&b, 330 * S)); /* five minutes are the most */
}

static void a_cancelled_try_lets_the_next_one_try(void **state)
{
	struct cti_breaker b;

	(void)state;
	cti_breaker_init(&b);
	fail_times(&b, 5, 0);
	assert_true(cti_breaker_admits(&b, 5 * S));
	assert_false(cti_breaker_result(&b, CTI_CRM_CANCELLED, 0, 5 * S));
	assert_true(cti_breaker_admits(&b, 5 * S));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(five_in_a_row),
		cmocka_unit_test(pauses_grow_to_five_minutes),
		cmocka_unit_test(a_limit_is_kept),
		cmocka_unit_test(a_cancelled_try_lets_the_next_one_try),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
