#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cti/cause.h>

#include <string.h>

static void codes_are_found(void **state)
{
	(void)state;
	assert_int_equal(CTI_OUTCOME_BUSY, cti_cause_sip(486)->outcome);
	assert_int_equal(CTI_RESULT_BUSY, cti_cause_sip(600)->result);
	assert_int_equal(CTI_OUTCOME_DECLINED, cti_cause_sip(603)->outcome);
	assert_int_equal(CTI_OUTCOME_BLOCKED, cti_cause_sip(607)->outcome);
	assert_int_equal(CTI_OUTCOME_BLOCKED, cti_cause_sip(608)->outcome);
	assert_int_equal(CTI_OUTCOME_FAILED, cti_cause_sip(404)->outcome);
	assert_int_equal(CTI_RESULT_ANSWERED_ELSEWHERE, cti_cause_q850(26)->result);
	assert_int_equal(CTI_RESULT_MISSED, cti_cause_q850(19)->result);
	assert_null(cti_cause_sip(199));
	assert_null(cti_cause_sip(700));
	assert_null(cti_cause_q850(0));
}

/* The table is searched by halves, so its order is part of its truth. */
static void every_row_is_reachable_and_has_both_texts(void **state)
{
	unsigned sip = 0, q850 = 0;

	(void)state;
	for (uint16_t code = 0; code < 1000; code++) {
		const struct cti_cause_text *both[] = { cti_cause_sip(code),
			cti_cause_q850(code) };

		for (size_t i = 0; i < 2; i++) {
			if (!both[i])
				continue;
			assert_int_equal(code, both[i]->code);
			assert_true(strlen(both[i]->en) > 1);
			assert_true(strlen(both[i]->ja) > 1);
			assert_true((unsigned char)both[i]->ja[0] >= 0x41);
			*(i ? &q850 : &sip) += 1;
		}
	}
	assert_int_equal(60, sip);
	assert_int_equal(50, q850);
}

/* RFC 3261 section 21 and the codes that came after it. */
static void all_final_codes_of_the_standards_are_there(void **state)
{
	static const uint16_t codes[] = { 300, 301, 302, 305, 380, 400, 401, 402, 403,
		404, 405, 406, 407, 408, 410, 413, 414, 415, 416, 420, 421, 423, 480, 481,
		482, 483, 484, 485, 486, 487, 488, 491, 493, 500, 501, 502, 503, 504, 505,
		513, 600, 603, 604, 606, 607, 608 };

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		assert_non_null(cti_cause_sip(codes[i]));
}

static void the_better_of_two_speaks(void **state)
{
	const struct cti_cause both = { .sip = 486, .q850 = 16 };
	const struct cti_cause odd = { .sip = 999, .q850 = 17 };
	const struct cti_cause none = { 0 };

	(void)state;
	assert_string_equal("Busy", cti_cause_text(&both)->en);
	assert_string_equal("Busy", cti_cause_text(&odd)->en);
	assert_string_equal("Unknown cause", cti_cause_text(&none)->en);
	assert_int_equal(CTI_OUTCOME_NONE, cti_cause_text(&none)->outcome);
}

static void q850_maps_to_sip_as_rfc_3398_says(void **state)
{
	(void)state;
	assert_int_equal(404, cti_cause_q850_to_sip(1));
	assert_int_equal(486, cti_cause_q850_to_sip(17));
	assert_int_equal(480, cti_cause_q850_to_sip(19));
	assert_int_equal(503, cti_cause_q850_to_sip(34));
	assert_int_equal(0, cti_cause_q850_to_sip(16));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_found),
		cmocka_unit_test(every_row_is_reachable_and_has_both_texts),
		cmocka_unit_test(all_final_codes_of_the_standards_are_there),
		cmocka_unit_test(the_better_of_two_speaks),
		cmocka_unit_test(q850_maps_to_sip_as_rfc_3398_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
