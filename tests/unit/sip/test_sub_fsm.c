/*
 * test_sub_fsm.c -- the rules of RFC 6665 as a table, each row once.
 */
#include "sub_fsm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void statuses(void **state)
{
	static const struct {
		uint16_t code;
		bool inside;
		enum cti_sub_action action;
	} rows[] = {
		{ 302, false, CTI_SUB_SLOW },
		{ 401, false, CTI_SUB_AUTH },
		{ 407, true, CTI_SUB_AUTH },
		{ 403, false, CTI_SUB_SLOW },
		{ 404, false, CTI_SUB_SLOW },
		{ 404, true, CTI_SUB_RENEW },
		{ 408, true, CTI_SUB_RETRY },
		{ 423, false, CTI_SUB_LONGER },
		{ 481, true, CTI_SUB_RENEW },
		{ 489, false, CTI_SUB_SLOW },
		{ 500, false, CTI_SUB_RETRY },
		{ 500, true, CTI_SUB_RENEW }, /* Asterisk, of a dead subscription */
		{ 503, false, CTI_SUB_AFTER },
		{ 504, true, CTI_SUB_AFTER },
		{ 603, false, CTI_SUB_SLOW },
		{ 699, true, CTI_SUB_SLOW },
		{ 400, false, CTI_SUB_RETRY },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct cti_sub_rule *r =
			cti_sub_by_status(rows[i].code, rows[i].inside);

		assert_int_equal(r->action, rows[i].action);
		assert_true(strlen(r->remedy) > 0);
	}
}

static void reasons(void **state)
{
	static const struct {
		const char *reason;
		enum cti_sub_action action;
	} rows[] = {
		{ "deactivated", CTI_SUB_RENEW },
		{ "probation", CTI_SUB_AFTER },
		{ "rejected", CTI_SUB_SLOW },
		{ "timeout", CTI_SUB_RENEW },
		{ "giveup", CTI_SUB_AFTER },
		{ "noresource", CTI_SUB_RETRY },
		{ "invariant", CTI_SUB_SLOW },
		{ "", CTI_SUB_RENEW },
		{ "whatever", CTI_SUB_RENEW },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
			cti_sub_by_reason(rows[i].reason)->action, rows[i].action);
}

static void delays_double_and_are_bounded(void **state)
{
	const struct cti_sub_rule rule = { CTI_SUB_RETRY, 10, "" };

	(void)state;
	for (uint32_t random = 0; random < 100000; random += 977) {
		uint64_t first = cti_sub_delay_ms(&rule, 0, 0, random);
		uint64_t third = cti_sub_delay_ms(&rule, 2, 0, random);

		assert_in_range(first, 9000, 11000);
		assert_in_range(third, 36000, 44000);
		assert_in_range(cti_sub_delay_ms(&rule, 99, 0, random), 810000, 990000);
	}
}

static void retry_after_is_never_sooner(void **state)
{
	const struct cti_sub_rule rule = { CTI_SUB_AFTER, 10, "" };

	(void)state;
	for (uint32_t random = 0; random < 100000; random += 977) {
		assert_in_range(cti_sub_delay_ms(&rule, 0, 7, random), 7000, 8000);
		assert_in_range(
			cti_sub_delay_ms(&rule, 0, UINT32_MAX, random), 900000, 901000);
	}
}

static void refreshes_are_spread_and_in_time(void **state)
{
	uint64_t low = UINT64_MAX, high = 0;

	(void)state;
	for (uint32_t random = 0; random < 1000000; random += 977) {
		uint64_t ms = cti_sub_refresh_ms(600, random);

		low = ms < low ? ms : low;
		high = ms > high ? ms : high;
	}
	assert_in_range(low, 432000, 433000);
	assert_in_range(high, 527000, 528000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statuses),
		cmocka_unit_test(reasons),
		cmocka_unit_test(delays_double_and_are_bounded),
		cmocka_unit_test(retry_after_is_never_sooner),
		cmocka_unit_test(refreshes_are_spread_and_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
