/*
 * test_policy.c -- forms of telephone numbers that people and attackers paste: none of
 * the attackers' is dialled, and what is dialled is what was meant.
 */
#include "policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct cti_number_plan japan = { .country = "JP", .area_code = "3" };
static const struct cti_number_plan office = {
	.country = "JP", .area_code = "3", .outside_prefix = "0"
};
static const struct cti_number_plan america = { .country = "US", .outside_prefix = "9" };

enum {
	INTERNAL = 1 << CTI_NUMBER_INTERNAL,
	SERVICE = 1 << CTI_NUMBER_SERVICE,
	PREMIUM = 1 << CTI_NUMBER_PREMIUM,
	NATIONAL = 1 << CTI_NUMBER_NATIONAL,
	INTERNATIONAL = 1 << CTI_NUMBER_INTERNATIONAL,
	EMERGENCY = 1 << CTI_NUMBER_EMERGENCY,
	ALL = 0xff,
};

/* Nothing is forbidden by class: what is refused is refused for its form. */
static const struct cti_command_policy open_policy = {
	.allow = { ALL, ALL, ALL },
};

static const struct cti_command_policy usual = {
	.allow = { INTERNAL | NATIONAL, INTERNAL | NATIONAL | SERVICE,
		INTERNAL | NATIONAL | SERVICE | INTERNATIONAL | PREMIUM },
	.confirm = INTERNATIONAL | PREMIUM,
};

/* None of these is a telephone number that somebody meant to dial. */
static const char *const hostile[] = {
	/* parameters and addresses */
	"0312345678;phone-context=example.com",
	"tel:0312345678;phone-context=+1900",
	"+81312345678;ext=99",
	"tel:+81312345678;isub=1",
	"0312345678;postd=pp22",
	"sip:0312345678@evil.example",
	"sip:x@evil",
	"sips:0312345678@evil",
	"0312345678@evil.example",
	"sip:0312345678",
	"mailto:0312345678",
	"http://0312345678",
	"javascript:0312345678",
	"callto:0312345678",
	"//0312345678@x",
	"tel:sip:0312345678",
	"tel:",
	"tel",
	"tel:tel:0312345678",
	"TEL:;x",
	/* feature codes */
	"*21*0312345678#",
	"*21*",
	"**21*0312345678#",
	"#21#",
	"*#21#",
	"*72",
	"*720312345678",
	"##002#",
	"*31#0312345678",
	"#31#0312345678",
	"*67",
	"*820312345678",
	"*8",
	"*8201",
	"*97",
	"0312345678#",
	"#",
	"*",
	"**",
	"0312345678*",
	/* tones and pauses behind the number */
	"0312345678,,1234",
	"0312345678p1234",
	"0312345678w1234",
	"0312345678P1",
	"0312345678W1",
	"0312345678x12",
	"0312345678 ext. 12",
	"0312345678,",
	"0312345678;1",
	"0312345678!",
	"0312345678A",
	"0312345678D1",
	"0312345678T",
	/* dial plan and channel syntax of PBXs */
	"0312345678&0990123456",
	"0312345678|60",
	"Local/0312345678@out",
	"PJSIP/0312345678",
	"SIP/itsp/0312345678",
	"0312345678@from-internal",
	"${EXTEN}",
	"$(reboot)",
	"`reboot`",
	"0312345678'--",
	"0312345678\"",
	"0312345678\\",
	"_0X.",
	"0312345678/n",
	"sofia/gateway/x/0312345678",
	"{a=b}0312345678",
	"[leg=1]0312345678",
	"0312345678^x",
	"loopback/0312345678",
	"user/201",
	"201@default",
	/* lines, headers, control characters */
	"0312345678\r\nApplication: System",
	"0312345678\nAction: Originate",
	"03\t12345678",
	"0312345678\r",
	"\n0312345678",
	"0312345678\x01",
	"\x1b[31m0312345678",
	"0312345678\x7f",
	"0312345678%0d%0aX: y",
	"%30%33",
	"&#48;&#51;",
	"0312345678<script>",
	/* plus, and too much of it */
	"+",
	"++81312345678",
	"0+312345678",
	"+81+312345678",
	"+ ",
	"0312345678+",
	"+-",
	/* letters and digits of other scripts */
	"0800FLOWERS",
	"O312345678",
	"l10",
	"one one zero",
	"1e10",
	"0x201",
	"1.5e3",
	"-1e",
	"\xd9\xa0\xd9\xa3\xd9\xa1",
	"\xe0\xa5\xa6\xe0\xa5\xa9",
	"\xe4\xb8\x80\xe4\xba\x8c",
	"\xe2\x91\xa0\xe2\x91\xa1",
	"\xc2\xb2\xc2\xb3",
	/* invisible, reversed, ill-formed */
	"0312345678\xe2\x80\xae",
	"\xe2\x80\x8b"
	"0312345678",
	"03\xe2\x80\x8d"
	"12345678",
	"\xe2\x81\xa6"
	"0312345678",
	"0312345678\xff",
	"\xc0\xb0"
	"312345678",
	"\xef\xbb\xbf"
	"03",
	"\xed\xa0\x80",
	/* empty and overlong */
	"",
	" ",
	"-",
	"()",
	"...",
	"012345678901234567890123",
	"0 3 1 2 3 4 5 6 7 8 - - - - - - - - - - - - - - - - - - - - - - - - - - - -",
	"(((((((((((((((((((((((((((((((((((((((((((((((((((0312345678",
};

static void no_hostile_form_is_dialled(void **state)
{
	const size_t n = sizeof(hostile) / sizeof(hostile[0]);

	(void)state;
	assert_true(n >= 100);
	for (size_t i = 0; i < n; i++) {
		struct cti_ruling r;

		cti_policy_number(&r, hostile[i], CTI_USER_ADMIN, &japan, &open_policy);
		if (r.verdict != CTI_VERDICT_REFUSE)
			fail_msg("\"%s\" would dial %s", hostile[i], r.dial);
		assert_string_equal("number-invalid", r.why);
		assert_string_equal("", r.dial);
	}
}

static void emergency_numbers_are_refused_in_every_dress(void **state)
{
	static const char *const dressed[] = { "110", "119", "118", "1 1 0", "1-1-9",
		"tel:110", "(110)", "\xef\xbc\x91\xef\xbc\x91\xef\xbc\x90", " 119 ",
		"1.1.0" };

	(void)state;
	for (size_t i = 0; i < sizeof(dressed) / sizeof(dressed[0]); i++) {
		struct cti_ruling r;

		cti_policy_number(&r, dressed[i], CTI_USER_ADMIN, &japan, &open_policy);
		assert_int_equal(CTI_VERDICT_REFUSE, r.verdict);
		assert_string_equal("emergency-number", r.why);
	}
}

static void the_outside_prefix_does_not_hide_an_emergency_number(void **state)
{
	static const struct {
		const char *number;
		const struct cti_number_plan *plan;
	} rows[] = { { "0110", &office }, { "0119", &office }, { "9911", &america },
		{ "9 911", &america }, { "911", &america }, { "110", &office } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cti_ruling r;

		cti_policy_number(
			&r, rows[i].number, CTI_USER_ADMIN, rows[i].plan, &open_policy);
		assert_int_equal(CTI_VERDICT_REFUSE, r.verdict);
		assert_string_equal("emergency-number", r.why);
	}
}

static void what_people_write_is_dialled_as_it_was_meant(void **state)
{
	static const struct {
		const char *pasted;
		const struct cti_number_plan *plan;
		const char *dial;
	} rows[] = {
		{ "0312345678", &japan, "0312345678" },
		{ "03-1234-5678", &japan, "0312345678" },
		{ "(03) 1234-5678", &japan, "0312345678" },
		{ "03.1234.5678", &japan, "0312345678" },
		{ "+81 3 1234 5678", &japan, "0312345678" },
		{ "+81-3-1234-5678", &japan, "0312345678" },
		{ "tel:+81-3-1234-5678", &japan, "0312345678" },
		{ "TEL:0312345678", &japan, "0312345678" },
		{ "\xef\xbc\x90\xef\xbc\x93\xef\xbc\x8d\xef\xbc\x91\xef\xbc\x92\xef\xbc\x93\xef\xbc\x94"
		  "\xef\xbc\x8d\xef\xbc\x95\xef\xbc\x96\xef\xbc\x97\xef\xbc\x98",
			&japan, "0312345678" },
		{ "03\xe2\x80\x93"
		  "1234\xe2\x80\x93"
		  "5678",
			&japan, "0312345678" },
		{ " 090 1234 5678 ", &japan, "09012345678" },
		{ "+819012345678", &office, "009012345678" },
		{ "0312345678", &office, "00312345678" },
		{ "201", &japan, "201" },
		{ "201", &office, "201" },
		{ "+1 212 555 2368", &japan, "01012125552368" },
		{ "+442079460958", &office, "0010442079460958" },
		{ "+12125552368", &america, "912125552368" },
		{ "+81312345678", &america, "901181312345678" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cti_ruling r;

		cti_policy_number(
			&r, rows[i].pasted, CTI_USER_ADMIN, rows[i].plan, &open_policy);
		if (r.verdict != CTI_VERDICT_GO)
			fail_msg("\"%s\": %s", rows[i].pasted, r.why);
		assert_string_equal(rows[i].dial, r.dial);
		assert_null(r.why);
	}
}

static void roles_may_dial_what_their_list_says(void **state)
{
	static const struct {
		const char *number;
		enum cti_user_role role;
		enum cti_verdict verdict;
		const char *why;
	} rows[] = {
		{ "0312345678", CTI_USER_AGENT, CTI_VERDICT_GO, NULL },
		{ "201", CTI_USER_AGENT, CTI_VERDICT_GO, NULL },
		{ "+442079460958", CTI_USER_AGENT, CTI_VERDICT_REFUSE,
			"number-not-allowed" },
		{ "0990504999", CTI_USER_AGENT, CTI_VERDICT_REFUSE,
			"number-not-allowed" },
		{ "0570012345", CTI_USER_AGENT, CTI_VERDICT_REFUSE,
			"number-not-allowed" },
		{ "104", CTI_USER_AGENT, CTI_VERDICT_REFUSE, "number-not-allowed" },
		{ "104", CTI_USER_SUPERVISOR, CTI_VERDICT_GO, NULL },
		{ "+442079460958", CTI_USER_SUPERVISOR, CTI_VERDICT_REFUSE,
			"number-not-allowed" },
		{ "+442079460958", CTI_USER_ADMIN, CTI_VERDICT_CONFIRM,
			"needs-confirmation" },
		{ "0570012345", CTI_USER_ADMIN, CTI_VERDICT_CONFIRM,
			"needs-confirmation" },
		{ "0312345678", (enum cti_user_role)7, CTI_VERDICT_REFUSE,
			"number-not-allowed" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cti_ruling r;

		cti_policy_number(&r, rows[i].number, rows[i].role, &japan, &usual);
		if (rows[i].verdict != r.verdict)
			fail_msg("%s as role %d: %s class %s", rows[i].number,
				(int)rows[i].role, r.why ? r.why : "go",
				cti_number_class_name(r.number.cls));
		if (rows[i].why)
			assert_string_equal(rows[i].why, r.why);
	}
}

/* Whatever class and country: digits alone, and never more than fits. */
static void a_dial_string_is_digits(void **state)
{
	static const struct cti_number_plan *const plans[] = { &japan, &office,
		&america };
	static const char *const numbers[] = { "0312345678", "+81312345678",
		"+442079460958", "201", "104", "0570012345", "1840312345678",
		"+33142685300", "+861062551234" };

	(void)state;
	for (size_t p = 0; p < 3; p++) {
		for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
			struct cti_ruling r;

			cti_policy_number(
				&r, numbers[i], CTI_USER_ADMIN, plans[p], &open_policy);
			assert_int_equal(strlen(r.dial), strspn(r.dial, "0123456789"));
			assert_true(
				r.verdict == CTI_VERDICT_REFUSE || strlen(r.dial) > 0);
		}
	}
}

/* A PBX with a table of its own: the longest prefix counts, what no rule fits goes by
 * the country, and the outside prefix and 184 stay in front. */
static void dial_rules_come_before_the_country(void **state)
{
	static const char *const rules[] = { "+81>0", "+8150>88850", "+1>9001", "+44>" };
	static const struct cti_number_plan plan = { .country = "JP",
		.outside_prefix = "7",
		.dial_rules = rules,
		.ndial_rules = 4 };
	static const struct {
		const char *pasted, *dial, *rule;
	} rows[] = {
		{ "0312345678", "70312345678", "+81>0" },
		{ "050-1234-5678", "78885012345678", "+8150>88850" },
		{ "+1 212 555 2368", "790012125552368", "+1>9001" },
		{ "+442079460958", "72079460958", "+44>" },
		{ "+33142685300", "701033142685300", NULL },
		{ "184 03 1234 5678", "71840312345678", "+81>0" },
		{ "201", "201", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cti_ruling r;

		cti_policy_number(
			&r, rows[i].pasted, CTI_USER_ADMIN, &plan, &open_policy);
		assert_int_equal(r.verdict, CTI_VERDICT_GO);
		assert_string_equal(r.dial, rows[i].dial);
		if (rows[i].rule)
			assert_string_equal(r.rule, rows[i].rule);
		else
			assert_null(r.rule);
	}
}

static void a_report_names_rules_and_verdicts(void **state)
{
	static const char *const own[] = { "00>+" };
	static const char *const rules[] = { "+81>0" };
	static const struct cti_number_plan plan = { .country = "JP",
		.caller_rules = own,
		.ncaller_rules = 1,
		.dial_rules = rules,
		.ndial_rules = 1 };
	struct cti_buf json = { 0 };
	struct cti_jsonw w;

	(void)state;
	cti_jsonw_init(&w, &json);
	cti_policy_report(&w, "0081312345678", &plan, &usual);
	assert_non_null(strstr(json.data, "\"e164\":\"+81312345678\""));
	assert_non_null(strstr(json.data, "\"caller_rule\":\"00>+\""));
	assert_non_null(
		strstr(json.data, "{\"role\":\"agent\",\"verdict\":\"go\",\"why\":null,"
				  "\"string\":\"0312345678\",\"rule\":\"+81>0\"}"));
	cti_buf_clear(&json);
	cti_jsonw_init(&w, &json);
	cti_policy_report(&w, "+33142685300", &plan, &usual);
	assert_non_null(strstr(json.data,
		"{\"role\":\"agent\",\"verdict\":\"refuse\",\"why\":\"number-not-allowed\","
		"\"string\":null,\"rule\":null}"));
	cti_buf_reset(&json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_hostile_form_is_dialled),
		cmocka_unit_test(emergency_numbers_are_refused_in_every_dress),
		cmocka_unit_test(the_outside_prefix_does_not_hide_an_emergency_number),
		cmocka_unit_test(what_people_write_is_dialled_as_it_was_meant),
		cmocka_unit_test(roles_may_dial_what_their_list_says),
		cmocka_unit_test(a_dial_string_is_digits),
		cmocka_unit_test(dial_rules_come_before_the_country),
		cmocka_unit_test(a_report_names_rules_and_verdicts),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
