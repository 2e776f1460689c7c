/*
 * test_json.c -- what is written is JSON whatever it was made from; what is read is
 * checked for type and depth.
 */
#include "json.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void objects_and_arrays_have_their_commas(void **state)
{
	struct cti_buf b = { 0 };
	struct cti_jsonw w;

	(void)state;
	cti_jsonw_init(&w, &b);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_str(&w, "a", "x");
	cti_jsonw_array(&w, "b");
	cti_jsonw_int(&w, NULL, -1);
	cti_jsonw_double(&w, NULL, 0.5);
	cti_jsonw_double(&w, NULL, NAN);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_end_object(&w);
	cti_jsonw_end_array(&w);
	cti_jsonw_bool(&w, "c", true);
	cti_jsonw_str(&w, "d", NULL);
	cti_jsonw_time(&w, "e", 1);
	cti_jsonw_time(&w, "f", 0);
	cti_jsonw_raw(&w, "g", "[1]");
	cti_jsonw_end_object(&w);
	assert_string_equal("{\"a\":\"x\",\"b\":[-1,0.5,null,{}],\"c\":true,\"d\":null,"
			    "\"e\":\"1970-01-01T00:00:00.000001Z\",\"f\":null,\"g\":[1]}",
		b.data);
	cti_buf_reset(&b);
}

static void any_bytes_become_a_json_string(void **state)
{
	(void)state;
	for (int c = 1; c < 256; c++) {
		const char text[] = { 'a', (char)c, 'b', '\0' };
		struct cti_json *doc = NULL;
		struct cti_buf b = { 0 };
		struct cti_jsonw w;
		const char *back;

		cti_jsonw_init(&w, &b);
		cti_jsonw_object(&w, NULL);
		cti_jsonw_str(&w, "k", text);
		cti_jsonw_end_object(&w);
		assert_int_equal(0, cti_json_parse(&doc, b.data, b.len));
		back = cti_json_str(cti_json_root(doc), "k");
		if (c < 0x80)
			assert_string_equal(text, back);
		else
			assert_string_equal("a\xef\xbf\xbd"
					    "b",
				back);
		for (size_t i = 0; i < b.len; i++)
			assert_true((unsigned char)b.data[i] >= 0x20);
		cti_json_free(doc);
		cti_buf_reset(&b);
	}
}

static int parse(const char *text)
{
	struct cti_json *doc = NULL;
	const int err = cti_json_parse(&doc, text, strlen(text));

	cti_json_free(doc);
	return err;
}

static void what_is_no_json_is_refused(void **state)
{
	static const char *const wrong[] = { "", "{", "{}x", "[1,]", "{\"a\":}", "nul",
		"\"a", "{\"a\":\"\\u0000\"}", "{'a':1}" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(EBADMSG, parse(wrong[i]));
	assert_int_equal(EBADMSG, cti_json_parse(&(struct cti_json *){ 0 }, "1\0", 2));
	assert_int_equal(0, parse(" {} \r\n"));
}

static void depth_is_bounded(void **state)
{
	char text[128];

	(void)state;
	for (int depth = 30; depth <= 40; depth++) {
		memset(text, '[', (size_t)depth);
		memset(text + depth, ']', (size_t)depth);
		text[2 * depth] = '\0';
		assert_int_equal(depth <= 32 ? 0 : EBADMSG, parse(text));
	}
	assert_int_equal(0, parse("\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\""));
}

static void values_have_types(void **state)
{
	static const char text[] =
		"{\"s\":\"x\",\"i\":42,\"d\":1.5,\"big\":1e300,\"b\":true,"
		"\"a\":[\"y\",{}],\"o\":{\"S\":1},\"n\":null}";
	const struct cti_json_node *r;
	struct cti_json *doc = NULL;
	int64_t v = 7;

	(void)state;
	assert_int_equal(0, cti_json_parse(&doc, text, sizeof(text) - 1));
	r = cti_json_root(doc);
	assert_string_equal("x", cti_json_str(r, "s"));
	assert_null(cti_json_str(r, "S"));
	assert_null(cti_json_str(r, "i"));
	assert_true(cti_json_int(r, "i", &v));
	assert_int_equal(42, v);
	assert_false(cti_json_int(r, "d", &v));
	assert_false(cti_json_int(r, "big", &v));
	assert_false(cti_json_int(r, "s", &v));
	assert_true(cti_json_bool(r, "b", false));
	assert_true(cti_json_bool(r, "none", true));
	assert_false(cti_json_bool(r, "i", false));
	assert_int_equal(2, cti_json_count(cti_json_get(r, "a")));
	assert_string_equal("y", cti_json_text(cti_json_at(cti_json_get(r, "a"), 0)));
	assert_true(cti_json_is_object(cti_json_at(cti_json_get(r, "a"), 1)));
	assert_null(cti_json_at(cti_json_get(r, "a"), 2));
	assert_int_equal(0, cti_json_count(r));
	assert_null(cti_json_get(cti_json_get(r, "none"), "deeper"));
	assert_false(cti_json_is_array(NULL));
	cti_json_free(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_and_arrays_have_their_commas),
		cmocka_unit_test(any_bytes_become_a_json_string),
		cmocka_unit_test(what_is_no_json_is_refused),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(values_have_types),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
