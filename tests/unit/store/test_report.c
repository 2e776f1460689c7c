/*
 * test_report.c -- figures: against the formulas that the database keeps for people,
 * against a count by hand, and within the rights of who asks.
 */
#include "office.h"
#include "pg_fixture.h"
#include "report.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"

static struct cti_pg *pg;

/*
 * Sixty calls, a second apart. Every tenth was missed, every twelfth given up in a
 * queue where no line rang, every fifteenth went out and was not answered.
 */
static int up(void **state)
{
	struct office o;
	const int err = pg_fixture_up(state);

	if (err)
		return err;
	office_open(&o, "figures");
	office_run(&o, 50);
	for (unsigned n = 0; n < 60; n++)
		office_call(&o, n, 3);
	office_settle(&o);
	office_close(&o);
	(void)pg_fixture_value("figures",
		"WITH n AS (SELECT id, row_number() OVER (ORDER BY id) AS i FROM conversations)"
		", a AS (UPDATE conversations c SET answered_at = c.started_at + n.i * interval '1 s',"
		"  ended_at = c.started_at + n.i * interval '2 s' FROM n WHERE n.id = c.id"
		"  AND i % 10 > 0 AND i % 12 > 0)"
		", m AS (UPDATE conversations c SET outcome = 'missed', answered_at = NULL FROM n"
		"  WHERE n.id = c.id AND i % 10 = 0 AND i % 12 > 0 AND i % 15 > 0)"
		", g AS (UPDATE conversations c SET outcome = 'abandoned', answered_at = NULL,"
		"  queue = 'sales', lines = '{}' FROM n WHERE n.id = c.id AND i % 12 = 0)"
		" UPDATE conversations c SET direction = 'outbound', outcome = 'busy', answered_at = NULL"
		" FROM n WHERE n.id = c.id AND i % 15 = 0 AND i % 12 > 0");
	return cti_pg_alloc(&pg, pg_fixture_url("figures"), "test");
}

static int down(void **state)
{
	cti_pg_free(pg);
	return pg_fixture_down(state);
}

static struct cti_json *report(const struct cti_report_ask *ask)
{
	struct cti_buf out = { 0 };
	struct cti_json *doc = NULL;
	const char *where = NULL;

	assert_int_equal(cti_report(pg, ask, CTI_REPORT_JSON, &out, &where), 0);
	assert_int_equal(cti_json_parse(&doc, out.data, out.len), 0);
	cti_buf_reset(&out);
	return doc;
}

static int64_t figure(const struct cti_json_node *row, const char *name)
{
	int64_t n = -1;

	(void)cti_json_int(row, name, &n);
	return n;
}

static const struct cti_report_ask all = { .by = "day", .all_lines = true };

static void test_counts(void **state)
{
	struct cti_json *doc = report(&all);
	const struct cti_json_node *total = cti_json_get(cti_json_root(doc), "total");

	(void)state;
	assert_int_equal(figure(total, "incoming"), 57); /* 15, 30, 45 went out */
	assert_int_equal(figure(total, "missed"), 4);    /* 10, 20, 40, 50 */
	assert_int_equal(figure(total, "abandoned"), 5); /* 12, 24, 36, 48, 60 */
	assert_int_equal(figure(total, "answered"), 48);
	assert_int_equal(figure(total, "outgoing"), 3);
	assert_int_equal(figure(total, "reached"), 0);
	cti_json_free(doc);
}

/* The formula is what people read and what their own tools compute. */
static void check_formulas(const char *by, const char *name, const char *view)
{
	const struct cti_report_ask ask = { .by = by, .all_lines = true };
	struct cti_json *doc = report(&ask);
	const struct cti_json_node *figures = cti_json_get(cti_json_root(doc), "figures");
	struct cti_buf out = { 0 };
	const char *where = NULL;

	assert_true(cti_json_count(figures) >= 9);
	assert_int_equal(cti_report(pg, &ask, CTI_REPORT_JSON, &out, &where), 0);
	for (size_t i = 0; i < cti_json_count(figures); i++) {
		const char *figure_name = cti_json_str(cti_json_at(figures, i), "name");
		char sql[512], said[160];
		const char *formula;
		const char *value;

		(void)snprintf(sql, sizeof(sql),
			"SELECT formula FROM report_figures WHERE report = '%s' AND name = '%s'",
			name, figure_name);
		formula = pg_fixture_value("figures", sql);
		(void)snprintf(sql, sizeof(sql),
			"SELECT coalesce((%s)::text, 'null') FROM %s", formula, view);
		value = pg_fixture_value("figures", sql);
		(void)snprintf(said, sizeof(said), "\"%s\":%s", figure_name, value);
		assert_non_null(strstr(strstr(out.data, "\"total\""), said));
	}
	cti_buf_reset(&out);
	cti_json_free(doc);
}

static void test_formulas(void **state)
{
	(void)state;
	check_formulas("day", "calls", "v_report_calls WHERE incoming OR outgoing");
	check_formulas("agent", "agents", "v_report_agents");
}

static void test_groups(void **state)
{
	static const struct {
		const char *by;
		size_t rows;
	} cases[] = { { "day", 1 }, { "hour", 1 }, { "hour-of-day", 1 }, { "queue", 2 },
		{ "dialled", 1 }, { "customer", 1 }, { "agent", 3 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct cti_report_ask ask = { .by = cases[i].by,
			.all_lines = true };
		struct cti_json *doc = report(&ask);

		assert_int_equal(cti_json_count(cti_json_get(cti_json_root(doc), "rows")),
			cases[i].rows);
		cti_json_free(doc);
	}
}

static void test_zone_moves_the_hour(void **state)
{
	const struct cti_report_ask ask = {
		.by = "hour-of-day", .tz = "Asia/Tokyo", .all_lines = true
	};
	struct cti_json *doc = report(&ask);
	const struct cti_json_node *rows = cti_json_get(cti_json_root(doc), "rows");

	(void)state;
	assert_string_equal(cti_json_str(cti_json_at(rows, 0), "key"), "17"); /* 08 UTC */
	cti_json_free(doc);
}

/* 201 took part in every third call; whoever leads also sees those of nobody. */
static void test_rights(void **state)
{
	static const char *const agent[] = { "201" };
	static const char *const lead[] = { "201", "" };
	struct cti_report_ask ask = { .by = "day", .lines = agent, .nlines = 1 };
	struct cti_json *doc = report(&ask);
	int64_t n = figure(cti_json_get(cti_json_root(doc), "total"), "abandoned");

	(void)state;
	assert_int_equal(n, 0);
	cti_json_free(doc);
	ask.lines = lead;
	ask.nlines = 2;
	doc = report(&ask);
	n = figure(cti_json_get(cti_json_root(doc), "total"), "abandoned");
	assert_int_equal(n, 5);
	cti_json_free(doc);
	ask.nlines = 0;
	doc = report(&ask);
	n = figure(cti_json_get(cti_json_root(doc), "total"), "incoming");
	assert_int_equal(n, 0);
	cti_json_free(doc);
}

static void test_bad_questions_are_named(void **state)
{
	static const struct {
		struct cti_report_ask ask;
		const char *where;
	} cases[] = {
		{ { .by = "moon" }, "by" },
		{ { .from = "yesterday-ish" }, "from" },
		{ { .to = "2026-99-99" }, "to" },
		{ { .tz = "Mars/Olympus" }, "tz" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cti_buf out = { 0 };
		const char *where = NULL;

		assert_int_equal(
			cti_report(pg, &cases[i].ask, CTI_REPORT_JSON, &out, &where),
			EINVAL);
		assert_string_equal(where, cases[i].where);
		assert_int_equal(out.len, 0);
		cti_buf_reset(&out);
	}
}

static void test_files(void **state)
{
	const struct cti_report_ask ask = {
		.by = "queue", .all_lines = true, .excel = true
	};
	struct cti_buf out = { 0 };
	const char *where = NULL;

	(void)state;
	assert_int_equal(cti_report(pg, &ask, CTI_REPORT_CSV, &out, &where), 0);
	assert_int_equal(strncmp(out.data, "\xef\xbb\xbfqueue,label,incoming,", 24), 0);
	assert_non_null(strstr(out.data, "\r\nsales,,5,0,0,5,0.0,"));
	cti_buf_clear(&out);
	assert_int_equal(cti_report(pg, &ask, CTI_REPORT_JSONL, &out, &where), 0);
	assert_non_null(
		strstr(out.data, "{\"key\":\"sales\",\"label\":null,\"incoming\":5,"));
	assert_int_equal(out.data[out.len - 1], '\n');
	cti_buf_reset(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_formulas),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_zone_moves_the_hour),
		cmocka_unit_test(test_rights),
		cmocka_unit_test(test_bad_questions_are_named),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, up, down);
}
