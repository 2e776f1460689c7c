/*
 * test_outbox.c -- every call that is over is in the CRM once: through failures, a CRM
 * that is away, a death between sending and the answer, callers known later.
 */
#include "directory.h"
#include "link.h"
#include "outbox.h"
#include "pg_migrated.h"
#include "script.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LOG = 1u << CTI_CRM_LOG_CALL, ONCE = CTI_CRM_CAN_LOG_ONCE };

static struct cti_pg *pg;
static const struct cti_crm_conf confs[] = {
	{ .name = (char *)(uintptr_t) "crm", .log_calls = true, .log_live = true },
	{ .name = (char *)(uintptr_t) "other", .log_calls = true },
};
static const char aoki[] = "00000000-0000-7000-8000-00000000000a";
static const char yamada[] = "00000000-0000-7000-8000-000000000001";

static int up(void **state)
{
	return pg_migrated_up(state, "dir", &pg);
}

static int down(void **state)
{
	cti_pg_free(pg);
	return pg_fixture_down(state);
}

static int office(void **state)
{
	(void)state;
	(void)pg_fixture_value("dir",
		"TRUNCATE users, user_lines, lines, contacts, crms, conversations, crm_outbox,"
		" user_crms CASCADE; ALTER SEQUENCE crm_outbox_id_seq RESTART;"
		"INSERT INTO users (id, name, display, role, password_hash) VALUES"
		" ('00000000-0000-7000-8000-00000000000a', 'aoki', 'Aoki Ken', 'agent', '-');"
		"INSERT INTO lines (line) VALUES ('201'), ('202');"
		"INSERT INTO user_lines (user_id, line, position) VALUES"
		" ('00000000-0000-7000-8000-00000000000a', '201', 1);"
		"INSERT INTO contacts (id, source, source_key, kind, name) VALUES"
		" ('00000000-0000-7000-8000-000000000001', 'crm', 'Lead:17', 'Lead', 'Yamada');"
		"INSERT INTO contact_numbers (contact_id, position, raw, e164)"
		" SELECT id, 1, '03-1234-5678', '+81312345678' FROM contacts");
	assert_int_equal(cti_user_crm_set(pg, "aoki", "crm", "u6"), 0);
	assert_int_equal(cti_user_crm_set(pg, "aoki", "crm", "u7"), 0);
	assert_int_equal(cti_user_crm_set(pg, "aoki", "other", "x"), 0);
	assert_int_equal(cti_user_crm_set(pg, "aoki", "other", ""), 0);
	assert_int_equal(cti_user_crm_set(pg, "nobody", "crm", "u7"), ENOENT);
	memset(script_crms, 0, sizeof(script_crms));
	script_crms[0] = (struct script_crm){ .name = "crm", .caps = LOG | ONCE };
	script_crms[1] = (struct script_crm){ .name = "other", .caps = LOG };
	return 0;
}

/* Call n, over, and its row. crm "" : none. */
static void call(unsigned n, const char *crm, const char *state, const char *contact)
{
	char sql[2048];

	(void)snprintf(sql, sizeof(sql),
		"INSERT INTO conversations (id, pbx, version, direction, state, started_at,"
		" answered_at, ended_at, external_number, external_e164, outcome, contact_id, doc)"
		" VALUES ('00000000-0000-7000-8000-0000000%05u', 'main', 1, 'inbound', 'ended',"
		" now() - interval '1 minute', now() - interval '50 s', now(), '0312345678',"
		" '+81312345678', 'answered', nullif('%s', '')::uuid, '{}') ON CONFLICT DO NOTHING;"
		"INSERT INTO legs (conversation_id, id, line, state, started_at, talked_s) VALUES"
		" ('00000000-0000-7000-8000-0000000%05u', gen_random_uuid(), '202', 'ended', now(), 0),"
		" ('00000000-0000-7000-8000-0000000%05u', gen_random_uuid(), '201', 'ended', now(), 40);"
		"INSERT INTO call_notes VALUES ('00000000-0000-7000-8000-0000000%05u', 1, now(),"
		" 'aoki', 'wants an offer') ON CONFLICT DO NOTHING;"
		"INSERT INTO crm_outbox (conversation_id, crm, contact_id, number, state)"
		" SELECT '00000000-0000-7000-8000-0000000%05u', '%s', nullif('%s', '')::uuid,"
		" '+81312345678', '%s' WHERE '%s' <> ''",
		n, contact, n, n, n, n, crm, contact, state, crm);
	(void)pg_fixture_value("dir", sql);
}

static struct cti_outbox *start(void)
{
	const struct cti_outbox_conf conf = { .db_url = pg_fixture_url("dir"),
		.crms = confs,
		.ncrms = 2,
		.page_url = "https://ring.example/#call={id}",
		.keep_s = 90 * 86400,
		.retry_min_ms = 20,
		.retry_max_ms = 50 };
	struct cti_outbox *o = NULL;

	script_start();
	assert_int_equal(cti_outbox_start(&o, &conf, &script_asker), 0);
	return o;
}

static void stop(struct cti_outbox *o)
{
	cti_outbox_halt(o);
	script_stop();
	cti_outbox_free(o);
}

/* The rows, "id state" in their order; waits for the thread, whose only sign they are. */
static void rows(struct cti_outbox *o, const char *want)
{
	static const char sql[] =
		"SELECT string_agg(crm || ':' || state, ' ' ORDER BY id) FROM crm_outbox";
	const char *got = "";

	for (int i = 0; i < 400; i++) {
		got = pg_fixture_value("dir", sql);
		if (!strcmp(got, want))
			return;
		cti_outbox_poke(o);
		(void)poll(NULL, 0, 20);
	}
	assert_string_equal(got, want);
}

/* In two stages, where the CRM can: while it goes on, and at its end. */
static void test_begun_and_completed(void **state)
{
	struct cti_outbox *o;

	(void)state;
	script_crms[0].caps |= CTI_CRM_CAN_COMPLETE;
	call(1, "crm", "waiting", yamada);
	(void)pg_fixture_value("dir", "UPDATE crm_outbox SET live = true");
	o = start();
	rows(o, "crm:begun");
	assert_non_null(strstr(script_crms[0].last, " open"));
	call(2, "crm", "waiting", yamada); /* one that is over does not wait for it */
	rows(o, "crm:begun crm:written");
	(void)pg_fixture_value("dir",
		"UPDATE crm_outbox SET live = false, state = 'waiting' WHERE state = 'begun'");
	rows(o, "crm:written crm:written");
	assert_null(strstr(script_crms[0].last, " open"));
	assert_int_equal(script_crms[0].logged, 2);
	stop(o);
	assert_string_equal(
		pg_fixture_value("dir",
			"SELECT string_agg(log_live::text, ' ' ORDER BY position)"
			" FROM crms"),
		"true false");
}

/* The end comes while the beginning is on its way. */
static void test_over_before_it_is_begun(void **state)
{
	struct cti_outbox *o;

	(void)state;
	script_crms[0].hold = true;
	call(1, "crm", "waiting", yamada);
	(void)pg_fixture_value("dir", "UPDATE crm_outbox SET live = true");
	o = start();
	script_wait("crm", 1);
	(void)pg_fixture_value("dir", "UPDATE crm_outbox SET live = false");
	script_set("crm", CTI_CRM_OK, false);
	script_release("crm");
	rows(o, "crm:written");
	assert_int_equal(script_crms[0].asked, 2);
	assert_int_equal(script_crms[0].logged, 1);
	assert_null(strstr(script_crms[0].last, " open"));
	stop(o);
}

static void test_what_was_written_is_forgotten(void **state)
{
	struct cti_outbox *o;

	(void)state;
	call(1, "crm", "waiting", yamada);
	call(2, "crm", "written", yamada);
	call(3, "crm", "dead", yamada);
	(void)pg_fixture_value(
		"dir", "UPDATE crm_outbox SET changed_at = now() - interval '91 d'");
	o = start();
	rows(o, "crm:written crm:dead"); /* the first, now, and the third */
	stop(o);
}

/* The contact was found, but not yet kept when the end was written. */
static void test_the_contact_came_late(void **state)
{
	struct cti_outbox *o;

	(void)state;
	call(1, "crm", "unknown", "");
	call(1, "other", "unknown", "");
	o = start();
	rows(o, "crm:unknown other:unknown");
	(void)pg_fixture_value("dir",
		"UPDATE conversations SET contact_id = '00000000-0000-7000-8000-000000000001'");
	rows(o, "crm:written");
	stop(o);
}

static void test_a_call_is_written(void **state)
{
	struct cti_outbox *o;

	(void)state;
	call(1, "crm", "waiting", yamada);
	o = start();
	rows(o, "crm:written");
	assert_string_equal(script_crms[0].key, "00000000-0000-7000-8000-000000000001");
	assert_string_equal(script_crms[0].last,
		"type=0 contact=Lead/17 agent=201 user=u7"
		" page=https://ring.example/#call=00000000-0000-7000-8000-000000000001"
		" note=wants an offer");
	assert_string_equal(
		pg_fixture_value("dir", "SELECT record_id FROM crm_outbox"), "r-1");
	stop(o);
}

/* Unreachable for a while: tried again, in order, each once. */
static void test_a_crm_comes_back(void **state)
{
	struct cti_outbox *o;

	(void)state;
	script_crms[0].err = CTI_CRM_UNREACHABLE;
	for (unsigned n = 1; n <= 5; n++)
		call(n, "crm", "waiting", yamada);
	o = start();
	script_wait("crm", 3);
	rows(o, "crm:waiting crm:waiting crm:waiting crm:waiting crm:waiting");
	assert_int_equal(script_crms[0].logged, 0);
	script_set("crm", CTI_CRM_OK, false);
	rows(o, "crm:written crm:written crm:written crm:written crm:written");
	assert_int_equal(script_crms[0].logged, 5);
	for (unsigned n = 0; n < 5; n++) {
		char key[40];

		(void)snprintf(
			key, sizeof(key), "00000000-0000-7000-8000-0000000%05u", n + 1);
		assert_string_equal(script_crms[0].keys[n], key);
	}
	stop(o);
}

/* The answer is lost after it was written: asked again, it is still one entry. */
static void test_written_and_not_told(void **state)
{
	struct cti_outbox *o;

	(void)state;
	script_crms[0].err = CTI_CRM_TIMEOUT;
	script_crms[0].maybe_done = true;
	call(1, "crm", "waiting", yamada);
	o = start();
	script_wait("crm", 2);
	script_set("crm", CTI_CRM_OK, false);
	rows(o, "crm:written");
	assert_int_equal(script_crms[0].logged, 1);
	stop(o);
}

/* Without a place for our key the same is for a person to decide. */
static void test_no_place_for_the_key(void **state)
{
	struct cti_buf json = { 0 };
	struct cti_outbox *o;
	size_t n;

	(void)state;
	script_crms[1].err = CTI_CRM_TIMEOUT;
	script_crms[1].maybe_done = true;
	call(1, "other", "waiting", "");
	o = start();
	rows(o, "other:dead");
	assert_int_equal(script_crms[1].logged, 1);
	assert_int_equal(cti_outbox_list(pg, &json), 0);
	assert_non_null(strstr(json.data, "It may have been written"));
	assert_non_null(strstr(json.data, "\"counts\": {\"dead\": 1}"));
	cti_buf_reset(&json);
	script_set("other", CTI_CRM_OK, false);
	assert_int_equal(cti_outbox_replay(pg, "99", &n), ENOENT);
	assert_int_equal(cti_outbox_replay(pg, "1; DROP", &n), EINVAL);
	(void)pg_fixture_value("dir", "UPDATE crms SET log_unknown = true");
	assert_int_equal(cti_outbox_replay(pg, "1", &n), 0);
	assert_int_equal(n, 1);
	rows(o, "other:written");
	stop(o);
}

static void test_what_cannot_succeed_is_dead(void **state)
{
	struct cti_outbox *o;
	size_t n;

	(void)state;
	script_crms[0].err = CTI_CRM_REJECTED;
	call(1, "crm", "waiting", yamada);
	call(2, "crm", "waiting", yamada);
	o = start();
	rows(o, "crm:dead crm:dead");
	script_set("crm", CTI_CRM_OK, false);
	assert_int_equal(cti_outbox_replay(pg, NULL, &n), 0);
	assert_int_equal(n, 2);
	rows(o, "crm:written crm:written");
	stop(o);
}

/* We die between sending and the answer. */
static void test_a_death_in_between(void **state)
{
	struct cti_outbox *o;

	(void)state;
	call(1, "crm", "sending", yamada);
	call(2, "other", "sending", "");
	o = start();
	rows(o, "crm:written other:dead");
	assert_int_equal(script_crms[1].logged, 0);
	stop(o);
}

/* Stopped while a CRM does not answer: the row is there, and sent at the next start. */
static void test_stop_while_sending(void **state)
{
	struct cti_outbox *o;

	(void)state;
	script_crms[0].hold = true;
	call(1, "crm", "waiting", yamada);
	o = start();
	script_wait("crm", 1);
	stop(o);
	assert_string_equal(
		pg_fixture_value("dir", "SELECT state FROM crm_outbox"), "sending");
	script_crms[0].hold = false;
	o = start();
	rows(o, "crm:written");
	assert_int_equal(script_crms[0].logged, 1);
	stop(o);
}

/* A slow record does not hold up others; its own calls keep their order. */
static void test_order_within_a_record(void **state)
{
	struct cti_outbox *o;

	(void)state;
	(void)pg_fixture_value("dir",
		"INSERT INTO contacts (id, source, source_key, name) VALUES"
		" ('00000000-0000-7000-8000-000000000002', 'crm', '18', 'Sato')");
	script_crms[0].hold = true;
	call(1, "crm", "waiting", yamada);
	call(2, "crm", "waiting", yamada);
	call(3, "crm", "waiting", "00000000-0000-7000-8000-000000000002");
	o = start();
	script_wait("crm", 2);
	rows(o, "crm:sending crm:waiting crm:sending");
	script_set("crm", CTI_CRM_OK, false);
	script_release("crm");
	rows(o, "crm:written crm:written crm:written");
	stop(o);
}

/* Two CRMs wait for a caller whom nobody knows; the one that comes to know gets it. */
static void test_a_caller_becomes_known(void **state)
{
	const struct cti_choice c = {
		.user_id = aoki, .number = "+81312345678", .contact_id = yamada
	};
	struct cti_outbox *o;

	(void)state;
	call(1, "crm", "unknown", "");
	call(1, "other", "unknown", "");
	o = start();
	rows(o, "crm:unknown other:unknown");
	assert_int_equal(cti_choice_put(pg, &c), 0);
	rows(o, "crm:written");
	assert_non_null(strstr(script_crms[0].last, "contact=Lead/17"));
	stop(o);
}

/* The same when a CRM's contact is kept: if it is the only one with the number. */
static void test_known_by_a_look_up(void **state)
{
	struct cti_crm_contact c = { 0 };
	const struct cti_number_plan jp = { .country = "JP" };
	struct cti_outbox *o;

	(void)state;
	(void)pg_fixture_value("dir", "DELETE FROM contacts");
	call(1, "crm", "unknown", "");
	call(1, "other", "unknown", "");
	assert_int_equal(cti_crm_contact_set(&c.source, "other"), 0);
	assert_int_equal(cti_crm_contact_set(&c.id, "5"), 0);
	assert_int_equal(cti_crm_contact_set(&c.type, ""), 0);
	assert_int_equal(cti_crm_contact_set(&c.name, "Sato"), 0);
	assert_int_equal(cti_crm_contact_set(&c.company, ""), 0);
	assert_int_equal(cti_crm_contact_set(&c.title, ""), 0);
	assert_int_equal(cti_crm_contact_set(&c.url, ""), 0);
	assert_int_equal(cti_crm_contact_number(&c, "03-1234-5678", "work"), 0);
	assert_int_equal(cti_mirror(pg, &c, 1, "+81312345678", &jp), 0);
	o = start();
	rows(o, "other:written");
	assert_non_null(strstr(script_crms[1].last, "contact=/5"));
	stop(o);
	cti_crm_contact_reset(&c);
}

static void test_the_database_goes_away(void **state)
{
	struct cti_outbox *o;

	(void)state;
	script_crms[0].hold = true;
	call(1, "crm", "waiting", yamada);
	o = start();
	script_wait("crm", 1);
	pg_fixture_stop();
	script_set("crm", CTI_CRM_OK, false);
	script_release("crm");
	pg_fixture_start();
	rows(o, "crm:written");
	assert_int_equal(script_crms[0].logged, 1);
	stop(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_call_is_written, office),
		cmocka_unit_test_setup(test_begun_and_completed, office),
		cmocka_unit_test_setup(test_over_before_it_is_begun, office),
		cmocka_unit_test_setup(test_what_was_written_is_forgotten, office),
		cmocka_unit_test_setup(test_the_contact_came_late, office),
		cmocka_unit_test_setup(test_a_crm_comes_back, office),
		cmocka_unit_test_setup(test_written_and_not_told, office),
		cmocka_unit_test_setup(test_no_place_for_the_key, office),
		cmocka_unit_test_setup(test_what_cannot_succeed_is_dead, office),
		cmocka_unit_test_setup(test_a_death_in_between, office),
		cmocka_unit_test_setup(test_stop_while_sending, office),
		cmocka_unit_test_setup(test_order_within_a_record, office),
		cmocka_unit_test_setup(test_a_caller_becomes_known, office),
		cmocka_unit_test_setup(test_known_by_a_look_up, office),
		cmocka_unit_test_setup(test_the_database_goes_away, office),
	};

	return cmocka_run_group_tests(tests, up, down);
}
