/*
 * test_uuid.c -- form of RFC 9562, order by time, the same again from the same.
 */
#include "uuid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const int64_t at_us = 1795509660123456;

static void ids_have_the_form_of_version_7(void **state)
{
	char id[CTI_UUID_BYTES];

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		cti_uuid_make(id, at_us, 1, i);
		assert_int_equal(36, strlen(id));
		assert_int_equal(36, strspn(id, "0123456789abcdef-"));
		assert_int_equal('7', id[14]);
		assert_non_null(strchr("89ab", id[19]));
		assert_true(
			id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-');
	}
	cti_uuid_make(id, 0x0193aabbccddLL * 1000, 1, 1);
	assert_memory_equal("0193aabb-ccdd-7000", id, 18);
}

static void the_same_gives_the_same_and_nothing_else_does(void **state)
{
	char a[CTI_UUID_BYTES];
	char b[CTI_UUID_BYTES];

	(void)state;
	cti_uuid_make(a, at_us, 1, 2);
	cti_uuid_make(b, at_us, 1, 2);
	assert_string_equal(a, b);
	cti_uuid_make(b, at_us, 1, 3);
	assert_string_not_equal(a, b);
	cti_uuid_make(b, at_us, 2, 2);
	assert_string_not_equal(a, b);
	cti_uuid_make(b, at_us, 2, 1);
	assert_string_not_equal(a, b);
	cti_uuid_random(a, at_us);
	cti_uuid_random(b, at_us);
	assert_string_not_equal(a, b);
}

static void ids_sort_by_time(void **state)
{
	char last[CTI_UUID_BYTES];

	(void)state;
	cti_uuid_make(last, at_us, 9, 0);
	for (uint64_t i = 1; i < 5000; i++) {
		char id[CTI_UUID_BYTES];

		cti_uuid_make(id, at_us + (int64_t)i, 9, i);
		assert_true(strncmp(last, id, 18) <= 0);
		memcpy(last, id, sizeof(last));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_have_the_form_of_version_7),
		cmocka_unit_test(the_same_gives_the_same_and_nothing_else_does),
		cmocka_unit_test(ids_sort_by_time),
	};

	return cmocka_run_group_tests_name("uuid", tests, NULL, NULL);
}
