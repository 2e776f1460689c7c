/*
 * test_directory.c -- one answer for each look-up, in time, whatever PostgreSQL does.
 */
#include "directory.h"
#include "pg_migrated.h"

#include <cti/clock.h>
#include <cti/loop.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct {
	unsigned answers, failed, one, none;
	unsigned wanted;
	uint32_t slowest_ms;
} seen;

static int up(void **state)
{
	struct cti_pg *pg = NULL;
	int err = pg_migrated_up(state, "dir", &pg);

	cti_pg_free(pg);
	(void)pg_fixture_value("dir",
		"INSERT INTO contacts (id, source, source_key, name)"
		" VALUES (gen_random_uuid(), 's', 'k', 'Yamada');"
		"INSERT INTO contact_numbers (contact_id, position, raw, e164)"
		" SELECT id, 1, '0312345678', '+81312345678' FROM contacts");
	return err ? err : cti_loop_init(256);
}

static int down(void **state)
{
	cti_loop_fini();
	return pg_fixture_down(state);
}

static void on_news(const struct cti_directory_news *news, void *arg)
{
	const char *json = news->contacts_json;
	const char *took = news->trace ? strstr(news->trace, "took_ms=") : NULL;
	const uint32_t took_ms = took ? (uint32_t)strtoul(took + 8, NULL, 10) : 0;

	assert_ptr_equal(arg, &seen);
	assert_true(!json != !news->trace);
	if (took_ms > seen.slowest_ms)
		seen.slowest_ms = took_ms;
	if (!json)
		return;
	seen.answers++;
	seen.failed += strstr(json, "\"failed\"") != NULL;
	seen.one += strstr(json, "\"one\"") != NULL;
	seen.none += strstr(json, "\"none\"") != NULL;
	if (seen.answers == seen.wanted)
		cti_loop_stop();
}

static struct cti_directory *start(uint32_t budget_ms)
{
	const struct cti_directory_conf conf = {
		.db_url = pg_fixture_url("dir"), .workers = 2, .budget_ms = budget_ms
	};
	struct cti_directory *d = NULL;

	memset(&seen, 0, sizeof(seen));
	assert_int_equal(cti_directory_start(&d, &conf, on_news, &seen), 0);
	return d;
}

static void look_up(struct cti_directory *d, unsigned n, const char *e164)
{
	seen.wanted += n;
	while (n-- > 0) {
		char id[37];
		const struct cti_directory_ask ask = { .conversation = id,
			.number = e164 };

		(void)snprintf(id, sizeof(id), "conversation-%u", seen.wanted - n);
		assert_int_equal(cti_directory_lookup(d, &ask), 0);
	}
}

static void test_answers(void **state)
{
	struct cti_directory *d = start(5000);

	(void)state;
	look_up(d, 100, "+81312345678");
	look_up(d, 50, "+81312345679");
	assert_int_equal(cti_loop_run(), 0);
	assert_int_equal(seen.one, 100);
	assert_int_equal(seen.none, 50);
	cti_directory_stop(d);
}

static void test_budget_when_the_server_hangs(void **state)
{
	struct cti_directory *d = start(300);

	(void)state;
	look_up(d, 1, "+81312345678");
	assert_int_equal(cti_loop_run(), 0);
	pg_fixture_pause();
	look_up(d, 5, "+81312345678");
	assert_int_equal(cti_loop_run(), 0);
	pg_fixture_resume();
	assert_int_equal(seen.failed, 5);
	assert_true(seen.slowest_ms < 2000);
	cti_directory_stop(d);
}

static void test_server_away_and_back(void **state)
{
	struct cti_directory *d = start(3000);

	(void)state;
	look_up(d, 4, "+81312345678");
	assert_int_equal(cti_loop_run(), 0);
	pg_fixture_stop();
	look_up(d, 4, "+81312345678");
	assert_int_equal(cti_loop_run(), 0);
	assert_int_equal(seen.failed, 4);
	pg_fixture_start();
	look_up(d, 4, "+81312345678");
	assert_int_equal(cti_loop_run(), 0);
	assert_int_equal(seen.one, 8);
	cti_directory_stop(d);
}

/* Nobody is called after stop, and stop does not wait for a server that hangs. */
static void test_stop_with_lookups_open(void **state)
{
	struct cti_directory *d = start(60000);
	int64_t since_us;

	(void)state;
	pg_fixture_pause();
	look_up(d, 50, "+81312345678");
	since_us = cti_mono_us();
	cti_directory_stop(d);
	assert_true(cti_mono_us() - since_us < 5000000);
	pg_fixture_resume();
	/* What the workers posted runs now, before the answer of another directory. */
	d = start(5000);
	look_up(d, 1, "+81312345678");
	assert_int_equal(cti_loop_run(), 0);
	assert_int_equal(seen.answers, 1);
	cti_directory_stop(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_budget_when_the_server_hangs),
		cmocka_unit_test(test_server_away_and_back),
		cmocka_unit_test(test_stop_with_lookups_open),
	};

	return cmocka_run_group_tests(tests, up, down);
}
