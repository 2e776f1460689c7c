/*
 * test_sync.c -- a CRM's contacts in the index: all, then changes, what is gone, calls
 * that waited for them, and a CRM that fails in the middle.
 */
#include "fetcher.h"
#include "outbox.h"
#include "pg_migrated.h"
#include "script.h"
#include "sync.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

enum { SYNC = 1u << CTI_CRM_SYNC, CHANGES = CTI_CRM_CAN_SYNC_CHANGES };

static struct cti_pg *pg;
static const struct cti_crm_conf crm = { .name = (char *)(uintptr_t) "crm",
	.country = (char *)(uintptr_t) "JP",
	.sync_s = 3600 };

static int up(void **state)
{
	return pg_migrated_up(state, "sync", &pg);
}

static int down(void **state)
{
	cti_pg_free(pg);
	return pg_fixture_down(state);
}

static int begin(void **state)
{
	(void)state;
	(void)pg_fixture_value("sync",
		"TRUNCATE contacts, companies, crms, crm_syncs, conversations, crm_outbox CASCADE");
	memset(script_crms, 0, sizeof(script_crms));
	script_crms[0] = (struct script_crm){ .name = "crm",
		.caps = SYNC | CHANGES,
		.first_id = 1,
		.last_id = 250,
		.page_size = 100,
		.newest_us = 1772413445000000 };
	script_start();
	return 0;
}

static int end(void **state)
{
	(void)state;
	script_stop();
	return 0;
}

static struct cti_sync_progress run(bool whole, int want)
{
	const struct cti_sync_conf conf = {
		.crms = &script_asker, .crm = &crm, .whole = whole, .stop_fd = -1
	};
	struct cti_sync_progress done;
	char why[320];
	const int err = cti_sync_contacts(pg, &conf, &done, why);

	if (err != want)
		fail_msg("%d, not %d: %s", err, want, why);
	return done;
}

static const char *count(void)
{
	return pg_fixture_value("sync", "SELECT count(*) || ' ' || max(length(name)) FROM"
					" contacts WHERE source = 'crm'");
}

static void test_all_then_changes(void **state)
{
	struct cti_sync_progress done = run(false, 0);

	(void)state;
	assert_true(done.whole);
	assert_int_equal(done.pages, 3);
	assert_int_equal(done.contacts, 250);
	assert_int_equal(done.removed, 0);
	assert_string_equal(count(), "250 7");
	assert_string_equal(
		pg_fixture_value("sync",
			"SELECT e164 FROM contact_numbers JOIN contacts ON id ="
			" contact_id WHERE source_key = 'Contact:17'"),
		"+81312340017");
	script_crms[0].first_id = 17;
	script_crms[0].last_id = 17;
	done = run(false, 0);
	assert_false(done.whole);
	assert_int_equal(done.contacts, 1);
	assert_int_equal(done.removed, 0); /* the others have not changed */
	assert_true(script_crms[0].since_us > 1772413445000000 - 3600000000);
	assert_true(script_crms[0].since_us <= 1772413445000000);
	assert_string_equal(count(), "250 7");
}

static void test_what_is_gone_goes(void **state)
{
	struct cti_sync_progress done = run(false, 0);

	(void)state;
	script_crms[0].first_id = 101;
	done = run(true, 0);
	assert_true(done.whole);
	assert_true(script_crms[0].since_us == 0);
	assert_int_equal(done.removed, 100);
	assert_string_equal(count(), "150 7");
	script_crms[0].last_id = 0; /* shows nothing: our right to look is gone */
	done = run(true, 0);
	assert_int_equal(done.removed, 0);
	assert_string_equal(count(), "150 7");
}

static void test_a_failure_removes_nothing(void **state)
{
	struct cti_sync_progress done;

	(void)state;
	(void)run(false, 0);
	script_set("crm", CTI_CRM_TIMEOUT, false);
	done = run(true, EIO);
	assert_int_equal(done.contacts, 0);
	assert_string_equal(count(), "250 7");
	script_crms[0].caps = CHANGES;
	(void)run(true, ENOTSUP);
}

static void test_one_page_for_ever(void **state)
{
	struct cti_sync_progress done;

	(void)state;
	script_crms[0].no_pages = true;
	done = run(false, 0);
	assert_int_equal(done.contacts, 100);
	assert_string_equal(count(), "100 7");
}

static void test_a_stranger_is_known_now(void **state)
{
	(void)state;
	(void)pg_fixture_value("sync",
		"INSERT INTO crms VALUES ('crm', 1, true, false);"
		"INSERT INTO conversations (id, pbx, version, direction, state, started_at,"
		" ended_at, external_number, external_e164, outcome, doc) VALUES"
		" ('00000000-0000-7000-8000-000000000001', 'main', 1, 'inbound', 'ended',"
		" now(), now(), '0312340017', '+81312340017', 'missed', '{}');"
		"INSERT INTO crm_outbox (conversation_id, crm, number, state) VALUES"
		" ('00000000-0000-7000-8000-000000000001', 'crm', '+81312340017', 'unknown')");
	(void)run(false, 0);
	assert_string_equal(
		pg_fixture_value("sync",
			"SELECT o.state || ' ' || c.source_key FROM crm_outbox AS o"
			" JOIN contacts AS c ON c.id = o.contact_id"),
		"waiting Contact:17");
}

static void test_stopped_while_it_waits(void **state)
{
	const uint64_t one = 1;
	const int stop_fd = eventfd(0, EFD_CLOEXEC);
	const struct cti_sync_conf conf = {
		.crms = &script_asker, .crm = &crm, .stop_fd = stop_fd
	};
	struct cti_sync_progress done;
	char why[320];

	(void)state;
	script_set("crm", CTI_CRM_OK, true);
	assert_int_equal(write(stop_fd, &one, sizeof(one)), sizeof(one));
	assert_int_equal(cti_sync_contacts(pg, &conf, &done, why), ECANCELED);
	(void)close(stop_fd);
}

/* The thread does it by itself, and ends though a CRM does not answer. */
static void test_the_thread(void **state)
{
	const struct cti_fetcher_conf conf = { .db_url = pg_fixture_url("sync"),
		.crms = &crm,
		.ncrms = 1,
		.country = "JP" };
	struct cti_fetcher *f = NULL;

	(void)state;
	assert_int_equal(cti_fetcher_start(&f, &conf, &script_asker), 0);
	for (int i = 0; i < 400 &&
			strcmp(pg_fixture_value("sync", "SELECT count(*) FROM crm_syncs"),
				"1") != 0;
		i++)
		(void)poll(NULL, 0, 20);
	assert_string_equal(count(), "250 7");
	cti_fetcher_stop(f);
	(void)pg_fixture_value(
		"sync", "UPDATE crm_syncs SET ran_at = now() - interval '2 h'");
	script_set("crm", CTI_CRM_OK, true);
	script_crms[0].asked = 0;
	assert_int_equal(cti_fetcher_start(&f, &conf, &script_asker), 0);
	script_wait("crm", 1);
	cti_fetcher_stop(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_then_changes, begin, end),
		cmocka_unit_test_setup_teardown(test_what_is_gone_goes, begin, end),
		cmocka_unit_test_setup_teardown(
			test_a_failure_removes_nothing, begin, end),
		cmocka_unit_test_setup_teardown(test_one_page_for_ever, begin, end),
		cmocka_unit_test_setup_teardown(test_a_stranger_is_known_now, begin, end),
		cmocka_unit_test_setup_teardown(test_stopped_while_it_waits, begin, end),
		cmocka_unit_test_setup_teardown(test_the_thread, begin, end),
	};

	return cmocka_run_group_tests(tests, up, down);
}
