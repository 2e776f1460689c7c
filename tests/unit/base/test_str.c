/*
 * test_str.c -- buffers grow, copies are bounded and end on whole characters, foreign
 * text is made harmless.
 */
#include "str.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_buffer_grows_and_is_taken(void **state)
{
	struct cti_buf b = { 0 };
	char *text;

	(void)state;
	for (int i = 0; i < 1000; i++)
		cti_buf_printf(&b, "%04d", i);
	cti_buf_str(&b, "end");
	assert_int_equal(0, b.err);
	assert_int_equal(4003, b.len);
	text = cti_buf_take(&b);
	assert_non_null(text);
	assert_memory_equal("00000001", text, 8);
	assert_string_equal("999end", text + 3997);
	assert_null(b.data);
	free(text);
}

static void an_empty_buffer_is_an_empty_text(void **state)
{
	struct cti_buf b = { 0 };
	char *text = cti_buf_take(&b);

	(void)state;
	assert_string_equal("", text);
	free(text);
}

static void a_failed_buffer_stays_failed_and_gives_nothing(void **state)
{
	struct cti_buf b = { 0 };

	(void)state;
	cti_buf_str(&b, "abc");
	cti_buf_add(&b, "", SIZE_MAX - 1);
	assert_int_equal(ENOMEM, b.err);
	cti_buf_str(&b, "def");
	assert_int_equal(3, b.len);
	assert_null(cti_buf_take(&b));
	assert_null(b.data);
}

static void copies_are_bounded_and_end_on_characters(void **state)
{
	static const struct {
		const char *src;
		size_t size;
		const char *want;
		bool whole;
	} rows[] = {
		{ "abc", 4, "abc", true },
		{ "abc", 3, "ab", false },
		{ "abc", 1, "", false },
		{ "a\xc3\xa9", 4, "a\xc3\xa9", true },
		{ "a\xc3\xa9", 3, "a", false },
		{ "\xe5\xb1\xb1\xe7\x94\xb0", 6, "\xe5\xb1\xb1", false },
		{ "\xf0\x9f\x93\x9e", 4, "", false },
		{ "", 1, "", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char dst[16];

		memset(dst, 'x', sizeof(dst));
		assert_int_equal(
			rows[i].whole, cti_str_copy(dst, rows[i].size, rows[i].src));
		assert_string_equal(rows[i].want, dst);
		assert_int_equal('x', dst[rows[i].size]);
	}
	assert_false(cti_str_copy(NULL, 0, "abc"));
}

static void a_part_is_copied(void **state)
{
	char dst[8];

	(void)state;
	assert_true(cti_str_copyn(dst, sizeof(dst), "abcdef", 3));
	assert_string_equal("abc", dst);
}

static void utf8_is_read_as_rfc_3629_has_it(void **state)
{
	static const struct {
		const char *s;
		size_t len, want;
		uint32_t cp;
	} rows[] = {
		{ "A", 1, 1, 'A' },
		{ "\xc3\xa9", 2, 2, 0xe9 },
		{ "\xe5\xb1\xb1", 3, 3, 0x5c71 },
		{ "\xf0\x9f\x93\x9e", 4, 4, 0x1f4de },
		{ "", 0, 0, 0 },
		{ "\x80", 1, 0, 0 },
		{ "\xc0\x80", 2, 0, 0 },
		{ "\xc3", 1, 0, 0 },
		{ "\xe5\xb1", 2, 0, 0 },
		{ "\xe0\x80\x80", 3, 0, 0 },
		{ "\xed\xa0\x80", 3, 0, 0 },
		{ "\xf4\x90\x80\x80", 4, 0, 0 },
		{ "\xf5\x80\x80\x80", 4, 0, 0 },
		{ "\xff", 1, 0, 0 },
		{ "\xc3\x28", 2, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t cp = 0;

		assert_int_equal(
			rows[i].want, cti_utf8_next(rows[i].s, rows[i].len, &cp));
		assert_int_equal(rows[i].cp, cp);
	}
}

static void foreign_text_is_cleaned(void **state)
{
	static const struct {
		const char *src, *want;
	} rows[] = {
		{ "Yamada", "Yamada" },
		{ "  Yamada \t", "Yamada" },
		{ "a\r\nb", "a  b" },
		{ "a\x1b[31mb", "a [31mb" },
		{ "\xe5\xb1\xb1\xe7\x94\xb0", "\xe5\xb1\xb1\xe7\x94\xb0" },
		{ "a\xff"
		  "b",
			"a\xef\xbf\xbd"
			"b" },
		{ "a\xe2\x80\xae"
		  "b",
			"a b" }, /* right-to-left override */
		{ "a\xe2\x80\xa8"
		  "b",
			"a b" }, /* line separator */
		{ "a\xe2\x81\xa6"
		  "b",
			"a b" }, /* isolate */
		{ "\xef\xbb\xbf"
		  "a",
			"a" }, /* byte order mark */
		{ "a\xc2\x85"
		  "b",
			"a b" }, /* next line */
		{ "\x7f", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char dst[64];
		const size_t n =
			cti_str_clean(dst, sizeof(dst), rows[i].src, strlen(rows[i].src));

		assert_string_equal(rows[i].want, dst);
		assert_int_equal(strlen(rows[i].want), n);
	}
}

static void cleaning_is_bounded_and_keeps_whole_characters(void **state)
{
	char dst[5];

	(void)state;
	assert_int_equal(
		3, cti_str_clean(dst, sizeof(dst), "\xe5\xb1\xb1\xe7\x94\xb0", 6));
	assert_string_equal("\xe5\xb1\xb1", dst);
	assert_int_equal(1, cti_str_clean(dst, sizeof(dst), "a\0b", 2));
	assert_string_equal("a", dst);
	assert_int_equal(0, cti_str_clean(dst, 0, "abc", 3));
}

static void case_does_not_matter_where_it_must_not(void **state)
{
	(void)state;
	assert_true(cti_str_ieq("Content-Type", "content-type"));
	assert_false(cti_str_ieq("a", "ab"));
	assert_null(cti_str_dup(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buffer_grows_and_is_taken),
		cmocka_unit_test(an_empty_buffer_is_an_empty_text),
		cmocka_unit_test(a_failed_buffer_stays_failed_and_gives_nothing),
		cmocka_unit_test(copies_are_bounded_and_end_on_characters),
		cmocka_unit_test(a_part_is_copied),
		cmocka_unit_test(utf8_is_read_as_rfc_3629_has_it),
		cmocka_unit_test(foreign_text_is_cleaned),
		cmocka_unit_test(cleaning_is_bounded_and_keeps_whole_characters),
		cmocka_unit_test(case_does_not_matter_where_it_must_not),
	};

	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
