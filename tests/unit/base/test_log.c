/*
 * test_log.c -- one event is one line, whatever is in it; keys come from the format
 * and never from a value; numbers are masked.
 */
#include "json.h"
#include "str.h"

#include <cti/log.h>

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int old_stderr;
static int reader;

/* Standard error becomes a pipe: neither a terminal nor the journal, so JSON. */
static int setup(void **state)
{
	int fds[2];

	(void)state;
	if (pipe(fds))
		return -1;
	old_stderr = dup(STDERR_FILENO);
	(void)dup2(fds[1], STDERR_FILENO);
	(void)close(fds[1]);
	reader = fds[0];
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)dup2(old_stderr, STDERR_FILENO);
	(void)close(old_stderr);
	(void)close(reader);
	return 0;
}

static struct cti_json *read_line(void)
{
	static char line[8192];
	struct cti_json *doc = NULL;
	size_t n = 0;

	while (n < sizeof(line) && read(reader, line + n, 1) == 1 && line[n] != '\n')
		n++;
	assert_int_equal(0, cti_json_parse(&doc, line, n));
	return doc;
}

static void keys_become_members(void **state)
{
	struct cti_json *doc;

	(void)state;
	cti_log(CTI_LOG_WARN, "sip", "subscription refused extension=%s status=%u", "201",
		403u);
	doc = read_line();
	assert_string_equal("warn", cti_json_str(cti_json_root(doc), "level"));
	assert_string_equal("sip", cti_json_str(cti_json_root(doc), "module"));
	assert_string_equal(
		"subscription refused", cti_json_str(cti_json_root(doc), "msg"));
	assert_string_equal("201", cti_json_str(cti_json_root(doc), "extension"));
	assert_string_equal("403", cti_json_str(cti_json_root(doc), "status"));
	cti_json_free(doc);
}

static void a_value_adds_no_keys_and_no_lines(void **state)
{
	struct cti_json *doc;

	(void)state;
	cti_log(CTI_LOG_INFO, "sip", "call name=%s line=%s", "x\nlevel=error level=error",
		"201");
	doc = read_line();
	assert_string_equal("info", cti_json_str(cti_json_root(doc), "level"));
	assert_string_equal(
		"x\nlevel=error level=error", cti_json_str(cti_json_root(doc), "name"));
	assert_string_equal("201", cti_json_str(cti_json_root(doc), "line"));
	cti_json_free(doc);
}

/* The separator that marks keys inside, in a value: no keys at all. */
static void a_value_with_the_separator_makes_it_plain_text(void **state)
{
	struct cti_json *doc;

	(void)state;
	cti_log(CTI_LOG_INFO, "sip", "call name=%s", "x\x1elevel=error");
	doc = read_line();
	assert_string_equal("info", cti_json_str(cti_json_root(doc), "level"));
	assert_null(cti_json_str(cti_json_root(doc), "name"));
	cti_json_free(doc);
}

static void long_messages_are_cut(void **state)
{
	struct cti_json *doc;
	char text[6000];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	cti_log(CTI_LOG_INFO, "x", "long text=%s", text);
	doc = read_line();
	assert_true(strlen(cti_json_str(cti_json_root(doc), "text")) < 4096);
	cti_json_free(doc);
}

static void below_the_level_nothing_is_written(void **state)
{
	struct cti_json *doc;

	(void)state;
	assert_false(cti_log_enabled(CTI_LOG_DEBUG));
	cti_log(CTI_LOG_DEBUG, "x", "not written");
	cti_log_set_level(CTI_LOG_ERROR);
	cti_log(CTI_LOG_WARN, "x", "nor this");
	cti_log(CTI_LOG_ERROR, "x", "but this");
	doc = read_line();
	assert_string_equal("but this", cti_json_str(cti_json_root(doc), "msg"));
	cti_json_free(doc);
	cti_log_set_level(CTI_LOG_INFO);
}

static void numbers_are_masked_above_debug(void **state)
{
	static const struct {
		const char *number, *shown;
	} rows[] = { { "+819012345678", "+8190****5678" }, { "0312345678", "03123*5678" },
		{ "201", "201" }, { "110", "110" }, { "1234567", "***4567" }, { "", "" },
		{ NULL, "" } };
	char buf[CTI_LOG_NUMBER_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(rows[i].shown, cti_log_number(buf, rows[i].number));
	cti_log_set_level(CTI_LOG_DEBUG);
	assert_string_equal("+819012345678", cti_log_number(buf, "+819012345678"));
	cti_log_set_level(CTI_LOG_INFO);
}

enum { THREADS = 4, LINES = 100 };

static void *write_lines(void *arg)
{
	for (int i = 0; i < LINES; i++)
		cti_log(CTI_LOG_INFO, "x", "from a thread id=%d line=%d", *(int *)arg, i);
	return NULL;
}

static void lines_of_threads_do_not_mix(void **state)
{
	pthread_t threads[THREADS];
	int ids[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++) {
		ids[i] = i;
		assert_int_equal(
			0, pthread_create(&threads[i], NULL, write_lines, &ids[i]));
	}
	for (int i = 0; i < THREADS * LINES; i++) {
		struct cti_json *doc = read_line();

		assert_string_equal(
			"from a thread", cti_json_str(cti_json_root(doc), "msg"));
		cti_json_free(doc);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(0, pthread_join(threads[i], NULL));
}

int main(void)
{
#define LOG_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		LOG_TEST(keys_become_members),
		LOG_TEST(a_value_adds_no_keys_and_no_lines),
		LOG_TEST(a_value_with_the_separator_makes_it_plain_text),
		LOG_TEST(long_messages_are_cut),
		LOG_TEST(below_the_level_nothing_is_written),
		LOG_TEST(numbers_are_masked_above_debug),
		LOG_TEST(lines_of_threads_do_not_mix),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
