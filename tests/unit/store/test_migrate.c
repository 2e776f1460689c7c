/*
 * test_migrate.c -- the schema comes to an empty database, once, whoever asks.
 */
#include "migrate.h"
#include "migrations.h"
#include "pg_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct cti_pg *connect_to(const char *url)
{
	struct cti_pg *pg = NULL;

	assert_int_equal(cti_pg_alloc(&pg, url, "test"), 0);
	return pg;
}

static void test_empty_then_repeated(void **state)
{
	struct cti_pg *pg = connect_to(pg_fixture_database("m1"));
	struct cti_migrate_result r;
	unsigned version = 99;

	(void)state;
	assert_int_equal(cti_migrate_version(pg, &version), 0);
	assert_int_equal(version, 0);
	assert_int_equal(cti_migrate(pg, &r), 0);
	assert_int_equal(r.before, 0);
	assert_int_equal(r.after, cti_migrate_newest());
	assert_int_equal(cti_migrate(pg, &r), 0);
	assert_int_equal(r.before, cti_migrate_newest());
	assert_int_equal(r.after, cti_migrate_newest());
	cti_pg_free(pg);
}

static void test_versions_have_no_gap(void **state)
{
	(void)state;
	for (size_t i = 0; i < cti_nmigrations; i++)
		assert_int_equal(cti_migrations[i].version, i + 1);
}

static void test_everything_is_commented(void **state)
{
	(void)state;
	assert_string_equal(
		pg_fixture_value("m1",
			"SELECT coalesce(string_agg(c.relname, ' '), '') FROM pg_class c"
			" JOIN pg_namespace n ON n.oid = c.relnamespace"
			" WHERE n.nspname = 'public' AND c.relkind IN ('r', 'v', 'p')"
			" AND obj_description(c.oid, 'pg_class') IS NULL"),
		"");
	assert_string_equal(
		pg_fixture_value("m1",
			"SELECT coalesce(string_agg(c.relname || '.' || a.attname, ' '), '')"
			" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
			" JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
			" AND NOT a.attisdropped"
			" WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')"
			" AND col_description(c.oid, a.attnum) IS NULL"),
		"");
}

static void test_newer_schema_is_left_alone(void **state)
{
	struct cti_pg *pg = connect_to(pg_fixture_url("m1"));
	struct cti_migrate_result r;

	(void)state;
	(void)pg_fixture_value(
		"m1", "INSERT INTO schema_version VALUES (9999, 'future')");
	assert_int_equal(cti_migrate(pg, &r), EPROTO);
	assert_int_equal(r.before, 9999);
	cti_pg_free(pg);
}

static void test_refused_file_leaves_nothing(void **state)
{
	struct cti_pg *pg = connect_to(pg_fixture_database("m2"));
	struct cti_migrate_result r;

	(void)state;
	(void)pg_fixture_value("m2", "CREATE TABLE users (wrong integer)");
	assert_int_equal(cti_migrate(pg, &r), EIO);
	assert_string_equal(r.failed, "0001_people");
	assert_string_equal(pg_fixture_value("m2", "SELECT to_regclass('lines')"), "");
	(void)pg_fixture_value("m2", "DROP TABLE users");
	assert_int_equal(cti_migrate(pg, &r), 0);
	cti_pg_free(pg);
}

struct migrator {
	const char *url;
	int err;
};

static void *migrate_thread(void *arg)
{
	struct cti_pg *pg = NULL;
	struct cti_migrate_result r;
	struct migrator *m = arg;

	m->err = cti_pg_alloc(&pg, m->url, "test");
	if (!m->err)
		m->err = cti_migrate(pg, &r);
	cti_pg_free(pg);
	return NULL;
}

static void test_two_at_once(void **state)
{
	pthread_t t[4];
	struct migrator m[4];
	const char *url = pg_fixture_database("m3");

	(void)state;
	for (int i = 0; i < 4; i++) {
		m[i].url = url;
		assert_int_equal(pthread_create(&t[i], NULL, migrate_thread, &m[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		(void)pthread_join(t[i], NULL);
		assert_int_equal(m[i].err, 0);
	}
}

static void test_away(void **state)
{
	struct cti_pg *pg = connect_to("host=/nonexistent dbname=x");
	struct cti_migrate_result r;

	(void)state;
	assert_int_equal(cti_migrate(pg, &r), EAGAIN);
	assert_true(strlen(cti_pg_error(pg)) > 0);
	cti_pg_free(pg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_then_repeated),
		cmocka_unit_test(test_versions_have_no_gap),
		cmocka_unit_test(test_everything_is_commented),
		cmocka_unit_test(test_newer_schema_is_left_alone),
		cmocka_unit_test(test_refused_file_leaves_nothing),
		cmocka_unit_test(test_two_at_once),
		cmocka_unit_test(test_away),
	};

	return cmocka_run_group_tests(tests, pg_fixture_up, pg_fixture_down);
}
