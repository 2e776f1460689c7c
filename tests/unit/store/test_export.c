/*
 * test_export.c -- the call log by page, by id, and as files. Files are compared with
 * what PostgreSQL itself says, and read back by it.
 */
#include "calls.h"
#include "export.h"
#include "office.h"
#include "pg_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CALLS = 130 };

static struct cti_pg *pg;

/* Calls, and one with a text that every layer would like to take for something else. */
static int up(void **state)
{
	struct office o;
	const int err = pg_fixture_up(state);

	if (err)
		return err;
	office_open(&o, "log");
	office_run(&o, 50);
	for (unsigned n = 0; n < CALLS; n++)
		office_call(&o, n, n % 10 ? 3 : 2);
	office_settle(&o);
	office_close(&o);
	(void)pg_fixture_value("log",
		"UPDATE conversations SET external_name = E'=HYPERLINK(\"x\")\\\\,\\n\\t\"q\"',"
		" contact_name = '', company = '髙島屋', outcome = 'missed'"
		" WHERE id = (SELECT id FROM conversations ORDER BY id LIMIT 1)");
	return cti_pg_alloc(&pg, pg_fixture_url("log"), "test");
}

static int down(void **state)
{
	cti_pg_free(pg);
	return pg_fixture_down(state);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *p = text; p && (p = strstr(p, what)) != NULL; p += strlen(what))
		n++;
	return n;
}

static size_t list(const struct cti_calls_filter *f)
{
	struct cti_buf json = { 0 };
	const char *where = NULL;
	size_t n;

	assert_int_equal(cti_calls_list(pg, f, 500, NULL, &json, &where), 0);
	n = count(json.data, "\"pbx\"");
	cti_buf_reset(&json);
	return n;
}

static void test_pages_have_each_call_once(void **state)
{
	const struct cti_calls_filter f = { .all_lines = true };
	char after[80] = "";
	size_t total = 0;
	size_t pages = 0;

	(void)state;
	do {
		struct cti_buf json = { 0 };
		const char *where = NULL;
		const char *next;

		assert_int_equal(cti_calls_list(pg, &f, 17, after, &json, &where), 0);
		total += count(json.data, "\"pbx\"");
		pages++;
		next = strstr(json.data, "\"next\":\"");
		after[0] = '\0';
		if (next)
			(void)sscanf(next + 8, "%79[^\"]", after);
		cti_buf_reset(&json);
	} while (*after);
	assert_int_equal(total, CALLS);
	assert_int_equal(pages, (CALLS + 16) / 17);
}

static void test_filters(void **state)
{
	const char *const mine[] = { "201" };
	const char *const none[] = { "999" };
	struct cti_calls_filter f = { .all_lines = true, .country = "JP" };

	(void)state;
	f.outcome = "open";
	assert_int_equal(list(&f), CALLS / 10);
	f.outcome = "missed";
	assert_int_equal(list(&f), 1);
	f.outcome = NULL;
	f.line = "202";
	assert_int_equal(list(&f), 43);
	f.line = NULL;
	f.number = "０３（１２３４）５６７８";
	assert_int_equal(list(&f), CALLS);
	f.number = "0355501234"; /* dialled */
	assert_int_equal(list(&f), CALLS);
	f.number = "0312345679";
	assert_int_equal(list(&f), 0);
	f.number = NULL;
	f.direction = "outbound";
	assert_int_equal(list(&f), 0);
	f.direction = NULL;
	f.q = "山田";
	assert_int_equal(list(&f), CALLS - 1);
	f.q = "call BACK";
	assert_int_equal(list(&f), CALLS);
	f.q = "%";
	assert_int_equal(list(&f), 0);
	f.q = "'; DROP TABLE conversations; --";
	assert_int_equal(list(&f), 0);
	f.q = NULL;
	f.from = "2026-11-24T08:00:10Z";
	f.to = "2026-11-24T08:00:12Z";
	assert_int_equal(list(&f), 4);
	f = (struct cti_calls_filter){ .lines = mine, .nlines = 1 };
	assert_int_equal(list(&f), 44);
	f.lines = none;
	assert_int_equal(list(&f), 0);
	f.nlines = 0;
	assert_int_equal(list(&f), 0);
}

static void test_bad_filters_are_named(void **state)
{
	static const struct {
		struct cti_calls_filter f;
		const char *after;
		const char *where;
	} bad[] = {
		{ { .from = "yesterday o'clock" }, NULL, "from" },
		{ { .to = "2026-13-01" }, NULL, "to" },
		{ { .outcome = "good" }, NULL, "outcome" },
		{ { .direction = "up" }, NULL, "direction" },
		{ { .number = "nobody" }, NULL, "number" },
		{ { .q = "\xff" }, NULL, "q" },
		{ { .line = NULL }, "1;2", "after" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cti_buf json = { 0 };
		const char *where = NULL;

		assert_int_equal(
			cti_calls_list(pg, &bad[i].f, 0, bad[i].after, &json, &where),
			EINVAL);
		assert_string_equal(where, bad[i].where);
		cti_buf_reset(&json);
	}
}

static void test_one_with_its_trace(void **state)
{
	const char *const theirs[] = { "202" };
	const char *const others[] = { "201" };
	struct cti_buf json = { 0 };

	(void)state;
	assert_int_equal(cti_calls_get(pg, office_id(1), false, theirs, 1, &json), 0);
	assert_non_null(strstr(json.data, "\"trace\": [{"));
	cti_buf_reset(&json);
	assert_int_equal(
		cti_calls_get(pg, office_id(1), false, others, 1, &json), ENOENT);
	assert_int_equal(
		cti_calls_get(pg, office_id(9999), true, NULL, 0, &json), ENOENT);
	assert_int_equal(cti_calls_get(pg, "' OR 1=1", true, NULL, 0, &json), ENOENT);
}

/* ---- files ---------------------------------------------------------------------- */

static int keep(const char *data, size_t len, void *arg)
{
	cti_buf_add(arg, data, len);
	return 0;
}

static struct cti_buf export_file(struct cti_export_conf conf, uint64_t rows)
{
	struct cti_buf file = { 0 };
	const char *where = NULL;
	uint64_t got = 0;

	conf.filter.all_lines = true;
	conf.write = keep;
	conf.arg = &file;
	assert_int_equal(cti_export(pg, &conf, &got, &where), 0);
	assert_int_equal(got, rows);
	assert_int_equal(file.err, 0);
	return file;
}

/* PostgreSQL reads the file as CSV; what comes out is what is in the table. */
static void test_csv_reads_back_equal(void **state)
{
	struct cti_buf file = export_file((struct cti_export_conf){ .raw = true }, CALLS);
	struct cti_pg *in = NULL;

	(void)state;
	assert_int_equal(count(file.data, "\r\n"), CALLS + 1);
	assert_int_equal(cti_pg_alloc(&in, pg_fixture_url("log"), "test"), 0);
	assert_int_equal(cti_pg_connect(in, 5000), CTI_PG_OK);
	assert_int_equal(
		cti_pg_script(in,
			"CREATE TABLE back (id text, started_at text, answered_at text, ended_at"
			" text, direction text, outcome text, number text, e164 text, display text,"
			" name text, contact text, company text, dialled text, queue text,"
			" lines text, wait_s numeric, talk_s numeric, total_s numeric, ended_by"
			" text, cause_sip int, cause_q850 int, transfers text, notes text,"
			" pbx text)"),
		CTI_PG_OK);
	assert_int_equal(
		cti_pg_copy_begin(in, "COPY back FROM STDIN (FORMAT csv, HEADER)"),
		CTI_PG_OK);
	assert_int_equal(cti_pg_copy_put(in, file.data, file.len), CTI_PG_OK);
	assert_int_equal(cti_pg_copy_end(in), CTI_PG_OK);
	cti_pg_free(in);
	assert_string_equal(
		pg_fixture_value("log",
			"SELECT count(*) FROM back AS b JOIN conversations AS c"
			" ON c.id = b.id::uuid WHERE b.name = c.external_name"
			" AND b.contact = c.contact_name AND b.company = c.company"
			" AND b.e164 = c.external_e164 AND b.queue IS NULL"
			" AND b.started_at::timestamptz = c.started_at"
			" AND (nullif(b.ended_at, 'unknown')::timestamptz = c.ended_at"
			"  OR (b.ended_at IS NULL AND c.ended_at IS NULL))"
			" AND b.talk_s IS NOT DISTINCT FROM"
			"  round(extract(epoch FROM c.ended_at - c.answered_at), 3)"),
		"130");
	cti_buf_reset(&file);
}

static void test_excel(void **state)
{
	struct cti_buf file =
		export_file((struct cti_export_conf){ .excel = true }, CALLS);

	(void)state;
	assert_memory_equal(file.data, "\xef\xbb\xbfid,", 6);
	assert_non_null(strstr(file.data, ",\"'=HYPERLINK(\"\"x\"\")"));
	assert_non_null(strstr(file.data, ",+81312345678,"));
	assert_non_null(strstr(file.data, ",2026-11-24 08:00:01,"));
	assert_null(strstr(file.data, ",="));
	assert_null(strstr(file.data, ",\"="));
	cti_buf_reset(&file);
}

static void test_shift_jis(void **state)
{
	struct cti_buf file = export_file((struct cti_export_conf){ .excel = true,
						  .encoding = CTI_EXPORT_SHIFT_JIS },
		CALLS);

	(void)state;
	assert_memory_equal(file.data, "id,", 3);
	assert_non_null(
		strstr(file.data, "\x8e\x52\x93\x63 \x91\xbe\x98\x59")); /* 山田 太郎 */
	assert_non_null(
		strstr(file.data, "\xfb\xfc\x93\x87\x89\xae")); /* 髙 is Windows' own */
	cti_buf_reset(&file);
}

static void test_json_lines(void **state)
{
	struct cti_buf file = export_file(
		(struct cti_export_conf){ .format = CTI_EXPORT_JSONL }, CALLS);
	size_t lines = 0;

	(void)state;
	for (char *line = strtok(file.data, "\n"); line;
		line = strtok(NULL, "\n"), lines++)
		assert_true(line[0] == '{' && line[strlen(line) - 1] == '}');
	assert_int_equal(lines, CALLS);
	cti_buf_reset(&file);
}

static int gone(const char *data, size_t len, void *arg)
{
	(void)data;
	(void)len;
	(void)arg;
	return EPIPE;
}

static void test_reader_gone_and_rights(void **state)
{
	const char *const mine[] = { "201" };
	struct cti_export_conf conf = { .write = gone };
	struct cti_buf file = { 0 };
	const char *where = NULL;
	uint64_t rows = 0;

	(void)state;
	conf.filter.all_lines = true;
	assert_int_equal(cti_export(pg, &conf, &rows, &where), EPIPE);
	conf.write = keep;
	conf.arg = &file;
	conf.filter = (struct cti_calls_filter){ .lines = mine, .nlines = 1 };
	assert_int_equal(cti_export(pg, &conf, &rows, &where), 0);
	assert_int_equal(rows, 44);
	conf.filter.nlines = 0;
	assert_int_equal(cti_export(pg, &conf, &rows, &where), 0);
	assert_int_equal(rows, 0);
	cti_buf_reset(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages_have_each_call_once),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_bad_filters_are_named),
		cmocka_unit_test(test_one_with_its_trace),
		cmocka_unit_test(test_csv_reads_back_equal),
		cmocka_unit_test(test_excel),
		cmocka_unit_test(test_shift_jis),
		cmocka_unit_test(test_json_lines),
		cmocka_unit_test(test_reader_gone_and_rights),
	};

	return cmocka_run_group_tests(tests, up, down);
}
