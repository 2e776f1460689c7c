/*
 * test_number.c -- numbers as people, spreadsheets, trunks and PBXs write them.
 */
#include "number.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "number_cases.h"
#include "number_rule.h"
#include "phone.h"

#include <stdio.h>

enum { CASES = sizeof(cases) / sizeof(cases[0]) };

static const char *const own_ways[] = { ">0/9", "9>09/10", "00>+" };

static const struct {
	char letter;
	struct cti_number_plan plan;
} plans[] = {
	{ 'J', { .country = "JP" } },
	{ 'Z', { .country = "JP", .lost_zero = true } },
	{ 'O', { .country = "JP", .outside_prefix = "0" } },
	{ 'T', { .country = "JP", .area_code = "03" } },
	{ 'X', { .country = "JP", .caller_rules = own_ways, .ncaller_rules = 3 } },
	{ 'U', { .country = "US" } },
	{ '9', { .country = "US", .outside_prefix = "9" } },
	{ 'B', { .country = "GB" } },
	{ 'G', { .country = "DE" } },
	{ 'A', { .country = "AU" } },
	{ 'S', { .country = "SG" } },
	{ 'C', { .country = "CN" } },
	{ 'K', { .country = "KR" } },
	{ 'F', { .country = "FR" } },
	{ 'I', { .country = "IT" } },
	{ 'E', { .country = "ES" } },
	{ 'H', { .country = "HK" } },
	{ 'W', { .country = "TW" } },
	{ 'N', { .country = "IN" } },
	{ 'R', { .country = "BR" } },
	{ 'M', { .country = "MX" } },
	{ 'V', { .country = "NL" } },
	{ 'Y', { .country = "CH" } },
	{ 'Q', { .country = "SE" } },
	{ '-', { .country = NULL } },
};

static struct cti_number_plan plan_of(char letter)
{
	size_t i = 0;

	while (plans[i].letter != letter)
		assert_true(++i < sizeof(plans) / sizeof(plans[0]));
	return plans[i].plan;
}

static char letter_of(enum cti_number_class cls)
{
	static const char letters[] = {
		[CTI_NUMBER_NONE] = '0',
		[CTI_NUMBER_INTERNAL] = 'i',
		[CTI_NUMBER_EMERGENCY] = 'e',
		[CTI_NUMBER_SERVICE] = 's',
		[CTI_NUMBER_PREMIUM] = 'p',
		[CTI_NUMBER_NATIONAL] = 'n',
		[CTI_NUMBER_INTERNATIONAL] = 'w',
		[CTI_NUMBER_INVALID] = 'x',
	};

	return letters[cls];
}

static bool right(const struct number_case *c, const struct cti_number *num)
{
	return letter_of(num->cls) == c->cls && !strcmp(num->e164, c->e164) &&
	       num->withhold == (c->flag == 'h') && num->present == (c->flag == 'v') &&
	       (!c->display || !strcmp(num->display, c->display));
}

static void test_table(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		const struct cti_number_plan plan = plan_of(cases[i].plan);
		struct cti_number num;

		cti_number_parse(&num, cases[i].raw, &plan);
		if (right(&cases[i], &num))
			continue;
		wrong++;
		print_error("%c \"%s\": %c %s \"%s\"%s%s, not %c %s\n", cases[i].plan,
			cases[i].raw, letter_of(num.cls), num.e164, num.display,
			num.withhold ? " withheld" : "", num.present ? " presented" : "",
			cases[i].cls, cases[i].e164);
	}
	assert_int_equal(wrong, 0);
}

/* E.164 read again is itself, at home and from everywhere. */
static void test_e164_is_stable(void **state)
{
	const struct cti_number_plan us = { .country = "US" };

	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		struct cti_number num;

		if (!*cases[i].e164)
			continue;
		cti_number_parse(&num, cases[i].e164, &us);
		assert_string_equal(num.e164, cases[i].e164);
	}
}

static void *parse_all(void *arg)
{
	unsigned *wrongp = arg;

	for (int round = 0; round < 20; round++)
		for (size_t i = 0; i < CASES; i++) {
			const struct cti_number_plan plan = plan_of(cases[i].plan);
			struct cti_number num;

			cti_number_parse(&num, cases[i].raw, &plan);
			*wrongp += !right(&cases[i], &num);
		}
	return NULL;
}

static void test_threads(void **state)
{
	pthread_t t[4];
	unsigned wrong[4] = { 0 };

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, parse_all, &wrong[i]), 0);
	for (int i = 0; i < 4; i++) {
		(void)pthread_join(t[i], NULL);
		assert_int_equal(wrong[i], 0);
	}
}

static void test_nothing_given(void **state)
{
	struct cti_number num;

	(void)state;
	cti_number_parse(&num, NULL, NULL);
	assert_int_equal(num.cls, CTI_NUMBER_NONE);
	assert_string_equal(num.display, "");
	assert_string_equal(cti_number_class_name(CTI_NUMBER_PREMIUM), "premium");
}

/* ---- several in a field --------------------------------------------------- */

static char pieces[512];

static void on_piece(const char *text, void *arg)
{
	const size_t len = strlen(pieces);

	assert_ptr_equal(arg, pieces);
	(void)snprintf(pieces + len, sizeof(pieces) - len, "[%s]", text);
}

static void test_split(void **state)
{
	static const struct {
		const char *field, *want;
	} fields[] = {
		{ "03-1234-5678", "[03-1234-5678]" },
		{ "03/1234/5678", "[03/1234/5678]" },
		{ "03・1234・5678", "[03・1234・5678]" },
		{ "03-1234-5678 / 090-1234-5678", "[03-1234-5678 ][ 090-1234-5678]" },
		{ "03-1234-5678、090-1234-5678", "[03-1234-5678][090-1234-5678]" },
		{ "０３－１２３４－５６７８／０９０－１２３４－５６７８",
			"[０３－１２３４－５６７８][０９０－１２３４－５６７８]" },
		{ "03-1234-5678・5679", "[03-1234-5678][03-1234-5679]" },
		{ "03-1234-5678/79/80", "[03-1234-5678][03-1234-5679][03-1234-5680]" },
		{ "03-1234-5678, 79", "[03-1234-5678][03-1234-5679]" },
		{ "03-1234-5678・５６７９", "[03-1234-5678][03-1234-5679]" },
		{ "03-1234-5678,1", "[03-1234-5678,1]" },
		{ "03-1234-5678 内線 12", "[03-1234-5678 内線 12]" },
		{ "201、202", "[201、202]" },
		{ "なし", "" },
		{ "", "" },
		{ "/;,", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		pieces[0] = '\0';
		(void)cti_number_split(fields[i].field, on_piece, pieces);
		assert_string_equal(pieces, fields[i].want);
	}
}

static void test_extension(void **state)
{
	static const struct {
		const char *raw, *want;
	} fields[] = {
		{ "03-1234-5678 内線 123", "123" },
		{ "03-1234-5678（内線１２３）", "123" },
		{ "+1 (212) 555-1234 x55", "55" },
		{ "03-1234-5678;ext=12", "12" },
		{ "03-1234-5678#123", "123" },
		{ "03-1234-5678", "" },
		{ "03-1234-5678 山田12", "" },
		{ "03-1234-5678 ext 123456789012345", "12345678901" },
	};
	const struct cti_number_plan jp = { .country = "JP" };

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct cti_number num;

		cti_number_parse(&num, fields[i].raw, &jp);
		assert_string_equal(num.extension, fields[i].want);
	}
}

/* ---- rules ------------------------------------------------------------------- */

static void test_rules(void **state)
{
	static const char *const rules[] = { "+81>0", "+813>03", ">9", "+>010",
		"81>+81/11" };
	static const char *const bad[] = { "", "81", ">", "+81>a", "a>1", "+8+1>0",
		"81>+81/", "81>+81/0", "81>+81/x", "81>+81/99", "81>1>2",
		"1234567890123456789012>1" };
	char out[16];

	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		assert_true(cti_number_rule_ok(rules[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(cti_number_rule_ok(bad[i]));
	assert_string_equal(
		cti_number_rule_find(rules, 5, "+81312345678", false), "+81>0");
	assert_string_equal(
		cti_number_rule_find(rules, 5, "+81312345678", true), "+813>03");
	assert_string_equal(
		cti_number_rule_find(rules, 5, "+12125551234", true), "+>010");
	assert_string_equal(cti_number_rule_find(rules, 5, "201", true), ">9");
	assert_null(cti_number_rule_find(rules, 2, "201", true));
	assert_true(cti_number_rule_apply(out, sizeof(out), "+>010", "+12125551234"));
	assert_string_equal(out, "01012125551234");
	assert_false(cti_number_rule_apply(out, 8, "+>010", "+12125551234"));
}

/* What the library says of one fixed number of Japan it says of its whole block of ten
 * thousand: the cache in number.c relies on it. */
static void test_blocks_of_japan(void **state)
{
	static const char *const last[] = { "0000", "1234", "9999" };
	uint32_t seed = 12345;

	(void)state;
	for (int i = 0; i < 1500; i++) {
		char block[7];

		seed = seed * 1664525u + 1013904223u;
		(void)snprintf(block, sizeof(block), "0%05u", (seed >> 8) % 100000u);
		for (size_t n = 0; n < 3; n++) {
			const struct cti_number_plan jp = { .country = "JP" };
			char digits[12];
			struct cti_number num;
			struct cti_phone p;

			(void)snprintf(digits, sizeof(digits), "%s%s", block, last[n]);
			cti_number_parse(&num, digits, &jp);
			cti_phone_parse(&p, digits, "JP");
			if (num.cls == CTI_NUMBER_SERVICE ||
				num.cls == CTI_NUMBER_PREMIUM ||
				(digits[2] == '0' && strchr("256789", digits[1])) ||
				!strncmp(digits, "0120", 4) ||
				!strncmp(digits, "0910", 4))
				continue; /* ranges of our own */
			assert_string_equal(num.e164, p.valid ? p.e164 : "");
			if (p.valid)
				assert_string_equal(num.display, p.national);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_e164_is_stable),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_nothing_given),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_extension),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_blocks_of_japan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
