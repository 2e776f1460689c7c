#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "due.h"

static void the_earliest_comes_first_and_equals_in_their_order(void **state)
{
	struct cti_due_heap h = { 0 };
	struct cti_due d[6] = { 0 };
	static const int64_t at[6] = { 50, 10, 30, 10, 40, 20 };
	static const int order[6] = { 1, 3, 5, 2, 4, 0 };

	(void)state;
	for (int i = 0; i < 6; i++)
		assert_int_equal(0, cti_due_set(&h, &d[i], at[i]));
	assert_null(cti_due_next(&h, 9));
	for (int i = 0; i < 6; i++)
		assert_ptr_equal(&d[order[i]], cti_due_next(&h, 100));
	assert_null(cti_due_next(&h, 100));
	cti_due_free(&h);
}

static void what_is_cancelled_or_set_anew_does_not_come(void **state)
{
	struct cti_due_heap h = { 0 };
	struct cti_due d[100] = { 0 };
	int64_t last = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_int_equal(0, cti_due_set(&h, &d[i], (i * 37) % 101));
	for (int i = 0; i < 100; i += 2)
		cti_due_cancel(&h, &d[i]);
	cti_due_cancel(&h, &d[0]); /* twice is nothing */
	assert_int_equal(0, cti_due_set(&h, &d[1], 1000));
	for (int i = 0; i < 49; i++) {
		struct cti_due *next = cti_due_next(&h, 999);

		assert_non_null(next);
		assert_true(next->at_us >= last);
		assert_int_equal(1, (next - d) % 2);
		last = next->at_us;
	}
	assert_null(cti_due_next(&h, 999));
	assert_ptr_equal(&d[1], cti_due_next(&h, 1000));
	cti_due_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_earliest_comes_first_and_equals_in_their_order),
		cmocka_unit_test(what_is_cancelled_or_set_anew_does_not_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
