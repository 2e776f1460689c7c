/*
 * test_dial_why.c -- what refusals mean, and the Reason header's causes.
 */
#include "dial_why.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void reasons(void **state)
{
	static const struct {
		const char *value;
		uint16_t cause;
	} rows[] = {
		{ "Q.850;cause=21", 21 },
		{ "Q.850 ;cause=17;text=\"User busy\"", 17 },
		{ "q.850; text=\"a;cause=3, b\" ; Cause = 16", 16 },
		{ "SIP;cause=200;text=\"Call completed elsewhere\"", 0 },
		{ "SIP;cause=480, Q.850;cause=18", 18 },
		{ "SIP;text=\"Q.850;cause=18\"", 0 },
		{ "SIP;text=\"\\\", Q.850;cause=18\"", 0 },
		{ "Q.850", 0 },
		{ "Q.850;", 0 },
		{ "Q.850;cause", 0 },
		{ "Q.850;cause=", 0 },
		{ "Q.850;cause=x1", 0 },
		{ "Q.850;cause=128", 0 },
		{ "Q.850;cause=99999999999999999999", 0 },
		{ "Q.850x;cause=16", 0 },
		{ "\"", 0 },
		{ ",,;;==", 0 },
		{ "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
			cti_dial_reason_q850(rows[i].value, strlen(rows[i].value)),
			rows[i].cause);
}

/* Nothing behind the end is looked at. */
static void a_value_ends_where_it_ends(void **state)
{
	(void)state;
	assert_int_equal(cti_dial_reason_q850("Q.850;cause=217", 14), 21);
	assert_int_equal(cti_dial_reason_q850("Q.850;cause=21", 12), 0);
}

static void words(void **state)
{
	(void)state;
	assert_string_equal(cti_dial_why_agent(486), "agent-busy");
	assert_string_equal(cti_dial_why_customer(486), "customer-busy");
	assert_string_equal(cti_dial_why_agent(603), "agent-declined");
	assert_string_equal(cti_dial_why_customer(299), "refused");
	assert_string_equal(cti_dial_why_q850(17), "customer-busy");
	assert_null(cti_dial_why_q850(16));
}

static void not_yet_is_no_refusal(void **state)
{
	(void)state;
	assert_true(cti_dial_refer_again(400));
	assert_false(cti_dial_refer_again(202));
	assert_false(cti_dial_refer_again(403));
	assert_false(cti_dial_refer_again(500));
	assert_false(cti_dial_refer_again(501));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reasons),
		cmocka_unit_test(a_value_ends_where_it_ends),
		cmocka_unit_test(words),
		cmocka_unit_test(not_yet_is_no_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
