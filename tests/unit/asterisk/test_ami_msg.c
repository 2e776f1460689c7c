/*
 * test_ami_msg.c -- manager messages cut into fields, whole and broken.
 */
#include "ami_msg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct cti_ami_msg msg;
static char text[4096];

static size_t parse(const char *s)
{
	const size_t len = strlen(s);

	memcpy(text, s, len);
	return cti_ami_msg_parse(&msg, text, len);
}

static void fields_are_found_without_case(void **state)
{
	(void)state;
	assert_int_equal(
		3, parse("Event: Hangup\r\nUniqueid: 17.3\r\nCause-txt: User busy"));
	assert_string_equal("Hangup", cti_ami_msg_get(&msg, "event"));
	assert_string_equal("17.3", cti_ami_msg_get(&msg, "UniqueID"));
	assert_string_equal("User busy", cti_ami_msg_get(&msg, "Cause-txt"));
	assert_null(cti_ami_msg_get(&msg, "Cause"));
}

static void what_asterisk_does_not_know_is_null(void **state)
{
	(void)state;
	(void)parse("A: <unknown>\r\nB: \r\nC:x\r\nD: <unknown> caller");
	assert_null(cti_ami_msg_get(&msg, "A"));
	assert_null(cti_ami_msg_get(&msg, "B"));
	assert_string_equal("", cti_ami_msg_raw(&msg, "B"));
	assert_string_equal("x", cti_ami_msg_get(&msg, "C"));
	assert_string_equal("<unknown> caller", cti_ami_msg_get(&msg, "D"));
}

static void prefixes_tell_two_channels_apart(void **state)
{
	(void)state;
	(void)parse("Uniqueid: 1\r\nDestUniqueid: 2\r\nOrigTransfererUniqueid: 3");
	assert_string_equal("1", cti_ami_msg_get2(&msg, "", "Uniqueid"));
	assert_string_equal("2", cti_ami_msg_get2(&msg, "Dest", "Uniqueid"));
	assert_string_equal("3", cti_ami_msg_get2(&msg, "OrigTransferer", "Uniqueid"));
	assert_null(cti_ami_msg_get2(&msg, "SecondTransferer", "Uniqueid"));
}

static void lines_that_are_no_fields_are_skipped(void **state)
{
	(void)state;
	assert_int_equal(1, parse("no field\r\n: nothing\r\n\r\nA: 1\n"));
	assert_string_equal("1", cti_ami_msg_get(&msg, "A"));
	assert_int_equal(0, parse(""));
}

static void the_first_of_two_counts(void **state)
{
	(void)state;
	(void)parse("Variable: one\r\nVariable: two");
	assert_string_equal("one", cti_ami_msg_get(&msg, "Variable"));
}

static void fields_past_the_limit_are_dropped(void **state)
{
	static char many[CTI_AMI_FIELDS_MAX * 8];
	size_t len = 0;

	(void)state;
	for (int i = 0; i < CTI_AMI_FIELDS_MAX + 20; i++)
		len += (size_t)snprintf(
			many + len, sizeof(many) - len, "k: %d\n", i % 10);
	assert_int_equal(CTI_AMI_FIELDS_MAX, cti_ami_msg_parse(&msg, many, len));
}

static void numbers_have_limits(void **state)
{
	(void)state;
	(void)parse("A: 17\r\nB: 128\r\nC: -1\r\nD: 99999999999999999999\r\nE: x");
	assert_int_equal(17, cti_ami_msg_u32(&msg, "A", 127));
	assert_int_equal(0, cti_ami_msg_u32(&msg, "B", 127));
	assert_int_equal(0, cti_ami_msg_u32(&msg, "C", 127));
	assert_int_equal(0, cti_ami_msg_u32(&msg, "D", UINT32_MAX));
	assert_int_equal(0, cti_ami_msg_u32(&msg, "E", 127));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_found_without_case),
		cmocka_unit_test(what_asterisk_does_not_know_is_null),
		cmocka_unit_test(prefixes_tell_two_channels_apart),
		cmocka_unit_test(lines_that_are_no_fields_are_skipped),
		cmocka_unit_test(the_first_of_two_counts),
		cmocka_unit_test(fields_past_the_limit_are_dropped),
		cmocka_unit_test(numbers_have_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
