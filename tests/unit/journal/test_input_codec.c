/*
 * test_input_codec.c -- every kind of input comes back as it was; nothing else is
 * taken for one.
 */
#include "input_codec.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct cti_input sample = {
	.at_us = 1795510860123456,
	.kind = CTI_INPUT_NOTIFY,
	.source = CTI_PROV_DIALOG,
	.pbx = "main",
	.line = "201",
	.ctype = "application/dialog-info+xml",
	.data = "<dialog-info\0/>",
	.len_bytes = 15,
};

static void inputs_come_back_as_they_were(void **state)
{
	(void)state;
	for (int kind = CTI_INPUT_NOTIFY; kind <= CTI_INPUT_STANDING; kind++) {
		struct cti_input in = sample;
		struct cti_input out;
		struct cti_buf buf = { 0 };

		in.kind = (enum cti_input_kind)kind;
		assert_int_equal(0, cti_input_encode(&buf, &in));
		assert_int_equal(0, cti_input_decode(&out, buf.data, buf.len));
		assert_int_equal(in.at_us, out.at_us);
		assert_int_equal(in.kind, out.kind);
		assert_int_equal(in.source, out.source);
		assert_string_equal(in.pbx, out.pbx);
		assert_string_equal(in.line, out.line);
		assert_string_equal(in.ctype, out.ctype);
		assert_int_equal(in.len_bytes, out.len_bytes);
		assert_memory_equal(in.data, out.data, out.len_bytes);
		cti_buf_reset(&buf);
	}
}

static void missing_strings_come_back_empty(void **state)
{
	const struct cti_input in = { .at_us = -1, .kind = CTI_INPUT_TICK };
	struct cti_input out;
	struct cti_buf buf = { 0 };

	(void)state;
	assert_int_equal(0, cti_input_encode(&buf, &in));
	assert_int_equal(0, cti_input_decode(&out, buf.data, buf.len));
	assert_int_equal(-1, out.at_us);
	assert_string_equal("", out.pbx);
	assert_string_equal("", out.line);
	assert_int_equal(0, out.len_bytes);
	cti_buf_reset(&buf);
}

static void every_cut_is_refused(void **state)
{
	struct cti_buf buf = { 0 };
	struct cti_input out;
	size_t strings_end;

	(void)state;
	assert_int_equal(0, cti_input_encode(&buf, &sample));
	strings_end = buf.len - sample.len_bytes;
	for (size_t n = 0; n < strings_end; n++) {
		char *cut = malloc(n + 1); /* of its own size: a read behind it is seen */

		assert_non_null(cut);
		memcpy(cut, buf.data, n);
		assert_int_equal(EBADMSG, cti_input_decode(&out, cut, n));
		free(cut);
	}
	cti_buf_reset(&buf);
}

static void unknown_words_are_refused(void **state)
{
	static const struct {
		size_t at;
		char value;
	} wrong[] = { { 0, 2 }, { 1, 0 }, { 1, 10 }, { 2, 5 }, { 3, 1 }, { 14, 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct cti_buf buf = { 0 };
		struct cti_input out;

		assert_int_equal(0, cti_input_encode(&buf, &sample));
		buf.data[wrong[i].at] = wrong[i].value;
		assert_int_equal(EBADMSG, cti_input_decode(&out, buf.data, buf.len));
		cti_buf_reset(&buf);
	}
}

static void a_string_too_long_is_refused(void **state)
{
	struct cti_input in = sample;
	struct cti_buf buf = { 0 };
	char *text = malloc(5000);

	(void)state;
	assert_non_null(text);
	memset(text, 'a', 4999);
	text[4999] = '\0';
	in.line = text;
	assert_int_equal(E2BIG, cti_input_encode(&buf, &in));
	cti_buf_reset(&buf);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inputs_come_back_as_they_were),
		cmocka_unit_test(missing_strings_come_back_empty),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(unknown_words_are_refused),
		cmocka_unit_test(a_string_too_long_is_refused),
	};

	return cmocka_run_group_tests_name("input codec", tests, NULL, NULL);
}
