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

enum { CASES = sizeof(cases) / sizeof(cases[0]) };

static struct cti_number_plan plan_of(char name)
{
	struct cti_number_plan plan = { .country = "JP" };

	switch (name) {
	case 'Z':
		plan.lost_zero = true;
		break;
	case 'O':
		plan.outside_prefix = "0";
		break;
	case 'T':
		plan.area_code = "03";
		break;
	case '9':
		plan.outside_prefix = "9";
		plan.country = "US";
		break;
	case 'U':
		plan.country = "US";
		break;
	case 'B':
		plan.country = "GB";
		break;
	case 'G':
		plan.country = "DE";
		break;
	case '-':
		plan.country = NULL;
		break;
	default:
		break;
	}
	return plan;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_e164_is_stable),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_nothing_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
