/*
 * test_err.c -- errno values have their names, others have none.
 */
#include <cti/err.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void known_errors_have_their_names(void **state)
{
	(void)state;
	assert_string_equal("ETIMEDOUT", cti_err_name(ETIMEDOUT));
	assert_string_equal("ENOMEM", cti_err_name(ENOMEM));
	assert_string_equal("0", cti_err_name(0));
}

static void unknown_errors_have_none(void **state)
{
	(void)state;
	assert_string_equal("E?", cti_err_name(100000));
	assert_string_equal("E?", cti_err_name(-1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_errors_have_their_names),
		cmocka_unit_test(unknown_errors_have_none),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
