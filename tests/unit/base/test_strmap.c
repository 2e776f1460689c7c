/*
 * test_strmap.c -- put, get, take and walk, with more entries than buckets.
 */
#include "strmap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 5000 };

static int values[MANY];

static struct cti_strmap *filled(int n)
{
	struct cti_strmap *m = NULL;

	assert_int_equal(0, cti_strmap_alloc(&m));
	for (int i = 0; i < n; i++) {
		char key[32];

		(void)snprintf(key, sizeof(key), "key%d", i);
		values[i] = i;
		assert_int_equal(0, cti_strmap_put(m, key, &values[i], NULL));
	}
	return m;
}

static void what_is_put_is_found_until_it_is_taken(void **state)
{
	struct cti_strmap *m = filled(MANY);

	(void)state;
	assert_int_equal(MANY, cti_strmap_count(m));
	for (int i = 0; i < MANY; i++) {
		char key[32];

		(void)snprintf(key, sizeof(key), "key%d", i);
		assert_ptr_equal(&values[i], cti_strmap_get(m, key));
		if (i % 2) {
			assert_ptr_equal(&values[i], cti_strmap_take(m, key));
			assert_null(cti_strmap_get(m, key));
			assert_null(cti_strmap_take(m, key));
		}
	}
	assert_int_equal(MANY / 2, cti_strmap_count(m));
	assert_null(cti_strmap_get(m, ""));
	cti_strmap_free(m, NULL);
}

static void a_second_put_replaces(void **state)
{
	struct cti_strmap *m = filled(1);
	void *old = NULL;

	(void)state;
	assert_int_equal(0, cti_strmap_put(m, "key0", &values[1], &old));
	assert_ptr_equal(&values[0], old);
	assert_ptr_equal(&values[1], cti_strmap_get(m, "key0"));
	assert_int_equal(1, cti_strmap_count(m));
	cti_strmap_free(m, NULL);
}

static bool keep_even(const char *key, void *value, void *arg)
{
	assert_int_equal(0, strncmp(key, "key", 3));
	++*(int *)arg;
	return *(int *)value % 2 == 0;
}

static void walking_sees_each_once_and_drops_some(void **state)
{
	struct cti_strmap *m = filled(1000);
	int seen = 0;

	(void)state;
	cti_strmap_each(m, keep_even, &seen);
	assert_int_equal(1000, seen);
	assert_int_equal(500, cti_strmap_count(m));
	seen = 0;
	cti_strmap_each(m, keep_even, &seen);
	assert_int_equal(500, seen);
	cti_strmap_free(m, NULL);
}

static void values_are_freed_with_it(void **state)
{
	struct cti_strmap *m = filled(0);

	(void)state;
	assert_int_equal(0, cti_strmap_put(m, "a", malloc(1), NULL));
	assert_int_equal(0, cti_strmap_put(m, "b", malloc(1), NULL));
	cti_strmap_free(m, free);
	cti_strmap_free(NULL, free);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_found_until_it_is_taken),
		cmocka_unit_test(a_second_put_replaces),
		cmocka_unit_test(walking_sees_each_once_and_drops_some),
		cmocka_unit_test(values_are_freed_with_it),
	};

	return cmocka_run_group_tests_name("strmap", tests, NULL, NULL);
}
