#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "party.h"

static struct cti_who read(const char *user, const char *host, const char *display)
{
	const struct cti_pbx_conf conf = { .extension_digits_max = 5 };
	const struct cti_dialog_party p = {
		.user = user, .host = host, .display = display
	};
	struct cti_who who;

	cti_who_read(&who, &p, &conf);
	return who;
}

static void numbers_are_inside_or_outside_by_their_length(void **state)
{
	(void)state;
	assert_int_equal(CTI_WHO_INSIDE, read("201", "pbx", NULL).kind);
	assert_int_equal(CTI_WHO_INSIDE, read("99999", "pbx", NULL).kind);
	assert_int_equal(CTI_WHO_INSIDE, read("*8", "pbx", NULL).kind);
	assert_int_equal(CTI_WHO_OUTSIDE, read("0312345678", "pbx", NULL).kind);
	assert_int_equal(CTI_WHO_OUTSIDE, read("+81312345678", "pbx", NULL).kind);
	assert_int_equal(CTI_WHO_NOBODY, read(NULL, NULL, NULL).kind);
}

static void reasons_for_no_number_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(CTI_PRES_WITHHELD,
		read("anonymous", "anonymous.invalid", NULL).presentation);
	assert_int_equal(
		CTI_PRES_WITHHELD, read("anonymous", "pbx", "Anonymous").presentation);
	assert_int_equal(CTI_PRES_PAYPHONE,
		read("anonymous", "pbx", "Coin line/payphone").presentation);
	assert_int_equal(CTI_PRES_UNAVAILABLE,
		read("anonymous", "pbx", "Unavailable").presentation);
	assert_int_equal(CTI_PRES_INTERACTION,
		read("anonymous", "pbx", "Interaction with other service").presentation);
	assert_int_equal(
		CTI_PRES_PAYPHONE, read("anonymous", "pbx", "公衆電話").presentation);
}

/* FreeSWITCH 1.11.1 writes the number of a caller who withholds it. */
static void a_number_behind_anonymous_is_not_kept(void **state)
{
	const struct cti_who who = read("+498912345678", "pbx", "Anonymous");

	(void)state;
	assert_int_equal(CTI_PRES_WITHHELD, who.presentation);
	assert_string_equal("", who.number);
	assert_string_equal("", who.name);
}

static void a_display_text_that_is_the_number_is_no_name(void **state)
{
	(void)state;
	assert_string_equal("", read("0312345678", "pbx", "0312345678").name);
	assert_string_equal("山田商事", read("0312345678", "pbx", "山田商事").name);
}

static void pick_up_codes_name_the_line(void **state)
{
	const struct cti_who who = read("**301", "pbx", "**301");

	(void)state;
	assert_int_equal(CTI_WHO_PICKUP, who.kind);
	assert_string_equal("301", who.number);
}

static void hostile_names_are_cleaned(void **state)
{
	const struct cti_who who = read("0312345678", "pbx", "a\r\nb\x1b[31m");

	(void)state;
	for (const char *s = who.name; *s; s++)
		assert_true((unsigned char)*s >= 0x20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_inside_or_outside_by_their_length),
		cmocka_unit_test(reasons_for_no_number_are_told_apart),
		cmocka_unit_test(a_number_behind_anonymous_is_not_kept),
		cmocka_unit_test(a_display_text_that_is_the_number_is_no_name),
		cmocka_unit_test(pick_up_codes_name_the_line),
		cmocka_unit_test(hostile_names_are_cleaned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
