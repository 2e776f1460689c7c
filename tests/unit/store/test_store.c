/*
 * test_store.c -- nothing is lost and nothing written twice, whatever happens to
 * PostgreSQL or to us.
 */
#include "migrations.h"
#include "office.h"
#include "pg_fixture.h"

#include <cti/clock.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One line that changes when anything of the call log does. */
static const char sql_picture[] =
	"SELECT concat_ws(' ', (SELECT count(*) FROM conversations),"
	" (SELECT count(*) FROM legs), (SELECT count(*) FROM segments),"
	" (SELECT count(*) FROM transfers), (SELECT count(*) FROM call_notes),"
	" (SELECT count(*) FROM traces), (SELECT sum(version) FROM conversations))";

static void test_rows_of_a_call(void **state)
{
	struct office o;

	(void)state;
	office_open(&o, "rows");
	office_run(&o, 50);
	office_call(&o, 1, 1);
	office_call(&o, 1, 3);
	office_settle(&o);
	assert_string_equal(pg_fixture_value("rows", sql_picture), "1 1 1 1 1 1 3");
	assert_string_equal(
		pg_fixture_value("rows",
			"SELECT concat_ws('|', direction, state, external_e164, contact_name,"
			" company, outcome, lines, unknown, started_at AT TIME ZONE 'UTC',"
			" ended_at AT TIME ZONE 'UTC', doc ? 'trace') FROM conversations"),
		"inbound|ended|+81312345678|山田 太郎|山田商店|answered|{202}|{hold}|"
		"2026-11-24 08:00:01|2026-11-24 08:01:59.5|f");
	assert_string_equal(pg_fixture_value("rows", "SELECT concat_ws('|', line, ring_s,"
						     " talked_s, held_s) FROM legs"),
		"202|4.500000|5.500000|0");
	assert_string_equal(
		pg_fixture_value("rows", "SELECT concat_ws('|', kind, from_line, target,"
					 " note) FROM transfers"),
		"blind|201|09012345678|angry");
	assert_string_equal(
		pg_fixture_value("rows", "SELECT round(talk_s, 1) FROM v_calls"), "60.0");
	office_close(&o);
}

static void test_older_never_replaces_newer(void **state)
{
	struct office o;

	(void)state;
	office_open(&o, "older");
	office_run(&o, 1);
	office_call(&o, 1, 3);
	office_call(&o, 1, 2);
	office_settle(&o);
	assert_string_equal(
		pg_fixture_value("older", "SELECT version || state FROM conversations"),
		"3ended");
	assert_string_equal(pg_fixture_value("older", sql_picture), "1 1 1 1 1 1 3");
	office_close(&o);
}

/* text for k = 1..n, with commas; # stands for k. */
static void add_parts(struct cti_buf *json, const char *key, const char *text, unsigned n)
{
	cti_buf_printf(json, ",\"%s\":[", key);
	for (unsigned k = 1; k <= n; k++) {
		cti_buf_str(json, k > 1 ? "," : "");
		for (const char *p = text; *p; p++)
			cti_buf_add(json, *p == '#' ? &"0123456789"[k] : p, 1);
	}
	cti_buf_str(json, "]");
}

/* A picture with so many of each part. */
static void picture(struct office *o, unsigned version, unsigned parts)
{
	struct cti_buf json = { 0 };

	cti_buf_printf(&json,
		"{\"id\":\"%s\",\"pbx\":\"main\",\"version\":%u,\"state\":\"ended\"",
		office_id(1), version);
	add_parts(&json, "legs",
		"{\"id\":\"018bcfe5-6800-7000-8000-00000000000#\",\"line\":\"20#\","
		"\"state\":\"ended\"}",
		parts);
	add_parts(&json, "segments",
		"{\"kind\":\"rang\",\"line\":\"20#\",\"from\":null,\"to\":\"unknown\"}",
		parts);
	add_parts(&json, "transfers", "{\"kind\":\"blind\",\"from\":\"20#\"}", parts);
	add_parts(&json, "notes",
		"{\"at\":\"2026-11-24T08:00:09Z\",\"user\":\"aoki\",\"id\":\"n#\","
		"\"text\":\"x\"}",
		parts);
	cti_buf_str(&json, "}");
	assert_int_equal(json.err, 0);
	office_record(o, CTI_REC_CONVERSATION, json.data);
	cti_buf_reset(&json);
	office_settle(o);
}

static void test_parts_come_and_go(void **state)
{
	struct office o;

	(void)state;
	office_open(&o, "parts");
	office_run(&o, 10);
	picture(&o, 1, 1);
	assert_string_equal(pg_fixture_value("parts", sql_picture), "1 1 1 1 1 0 1");
	picture(&o, 2, 3);
	assert_string_equal(pg_fixture_value("parts", sql_picture), "1 3 3 3 3 0 2");
	picture(&o, 3, 2);
	assert_string_equal(pg_fixture_value("parts", sql_picture), "1 2 2 2 2 0 3");
	/* One note is changed after the call, and stays so. */
	(void)pg_fixture_value("parts",
		"UPDATE call_notes SET text = 'late', late = true, position = 1000001"
		" WHERE note_id = 'n2'");
	picture(&o, 4, 2);
	assert_string_equal(
		pg_fixture_value("parts",
			"SELECT string_agg(n->>'text', ',') FROM conversations,"
			" jsonb_array_elements(doc->'notes') AS n"),
		"x,late");
	picture(&o, 5, 0);
	assert_string_equal(pg_fixture_value("parts", sql_picture), "1 0 0 0 1 0 5");
	office_close(&o);
}

/* Of a long absence of the database only what came of it is written. */
static void test_backlog(void **state)
{
	struct cti_store_status st;
	struct office o;

	(void)state;
	office_open(&o, "backlog");
	for (unsigned version = 1; version <= 3; version++)
		for (unsigned n = 0; n < 60; n++)
			office_call(&o, n, version);
	office_run(&o, 7);
	office_settle(&o);
	assert_string_equal(
		pg_fixture_value("backlog", sql_picture), "60 60 60 60 60 60 180");
	cti_store_status(o.store, &st);
	assert_int_equal(st.written, 60);
	assert_int_equal(st.gave_way, 120);
	office_close(&o);
}

static void test_same_records_again(void **state)
{
	struct office o;
	char before[128];

	(void)state;
	office_open(&o, "again");
	office_run(&o, 7);
	for (unsigned n = 0; n < 40; n++)
		office_call(&o, n, 1 + n % 3);
	office_record(&o, CTI_REC_AUDIT,
		"{\"at\":\"2026-11-24T08:00:00Z\",\"who\":\"aoki\",\"what\":\"dial\"}");
	office_settle(&o);
	(void)strcpy(before, pg_fixture_value("again", sql_picture));
	/* As if the COMMIT had happened and its answer and the position were lost. */
	cti_store_stop(o.store, 5000);
	(void)pg_fixture_value("again", "UPDATE journal_position SET pos = 0");
	office_run(&o, 11);
	office_settle(&o);
	assert_string_equal(pg_fixture_value("again", sql_picture), before);
	assert_string_equal(
		pg_fixture_value("again", "SELECT count(*) || min(who) FROM audit"),
		"1aoki");
	office_close(&o);
}

static void test_bad_records_cost_themselves_alone(void **state)
{
	struct cti_store_status st;
	struct office o;

	(void)state;
	office_open(&o, "bad");
	for (unsigned n = 0; n < 10; n++)
		office_call(&o, n, 3);
	office_record(&o, CTI_REC_CONVERSATION, "not JSON");
	office_record(&o, CTI_REC_CONVERSATION,
		"{\"id\":\"018bcfe5-6800-7000-8000-0000000000ff\",\"version\":\"many\"}");
	office_record(&o, CTI_REC_CONVERSATION,
		"{\"id\":\"018bcfe5-6800-7000-8000-0000000000fe\",\"pbx\":\"\\u0000\","
		"\"version\":1}");
	office_record(&o, CTI_REC_CONVERSATION,
		"{\"id\":\"018bcfe5-6800-7000-8000-0000000000fd\",\"pbx\":\"main\","
		"\"version\":1,\"state\":\"ended\",\"legs\":[{\"id\":\"018bcfe5-6800-7000-8000-"
		"000000000001\",\"line\":\"1\",\"state\":\"ended\"},{\"id\":\"018bcfe5-6800-7000-"
		"8000-000000000001\",\"line\":\"2\",\"state\":\"ended\"}]}");
	office_record(&o, CTI_REC_MARK, "whatever the route means by it");
	for (unsigned n = 10; n < 20; n++)
		office_call(&o, n, 3);
	office_run(&o, 100);
	office_settle(&o);
	cti_store_status(o.store, &st);
	assert_int_equal(st.refused, 4);
	assert_string_equal(
		pg_fixture_value("bad", "SELECT count(*) FROM conversations"), "20");
	assert_string_equal(
		pg_fixture_value("bad", "SELECT refused FROM journal_position"), "4");
	office_close(&o);
}

static void test_injection_stays_data(void **state)
{
	static const char evil[] =
		"{\"id\":\"018bcfe5-6800-7000-8000-000000000001\",\"pbx\":\"'; DROP TABLE legs;--\","
		"\"version\":1,\"direction\":\"inbound\",\"state\":\"ended\","
		"\"external\":{\"number\":\"'||(SELECT 1)||'\",\"name\":\"\\\"; DROP TABLE users\"},"
		"\"started_at\":\"2026-11-24T08:00:00Z\",\"legs\":[{\"id\":"
		"\"018bcfe5-6800-7000-8000-000000000002\",\"line\":\"{\\\"a\\\",b}\","
		"\"state\":\"ended\"}],\"segments\":[],\"transfers\":[],\"unknown\":[],"
		"\"notes\":[],\"trace\":[]}";
	struct office o;

	(void)state;
	office_open(&o, "evil");
	office_run(&o, 10);
	office_record(&o, CTI_REC_CONVERSATION, evil);
	office_settle(&o);
	assert_string_equal(
		pg_fixture_value("evil", "SELECT concat_ws('|', pbx, external_number,"
					 " external_name, lines[1]) FROM conversations"),
		"'; DROP TABLE legs;--|'||(SELECT 1)||'|\"; DROP TABLE users|{\"a\",b}");
	assert_string_equal(pg_fixture_value("evil", "SELECT count(*) FROM legs"), "1");
	office_close(&o);
}

/* Rows for the CRM that the contact is from: begun where it wants that, over in any
 * case, and never a second time. */
static void test_rows_for_crms(void **state)
{
	static const char sql[] =
		"SELECT coalesce(string_agg(concat_ws(' ', crm, o.state, live), '|'"
		" ORDER BY conversation_id), 'none') FROM crm_outbox AS o";
	char lost[64];
	struct office o;

	(void)state;
	office_open(&o, "crms");
	(void)pg_fixture_value("crms",
		"INSERT INTO contacts (id, source, source_key, name) VALUES"
		" ('00000000-0000-0000-0000-000000000009', 'erp', 'party:9', 'Yamada');"
		"INSERT INTO crms (name, position, log_calls, log_unknown, log_live) VALUES"
		" ('erp', 1, true, false, false)");
	office_run(&o, 10);
	office_call(&o, 1, 1);
	office_settle(&o);
	assert_string_equal(pg_fixture_value("crms", sql), "none");
	(void)pg_fixture_value("crms", "UPDATE crms SET log_live = true");
	office_call(&o, 1, 2);
	office_call(&o, 2, 2);
	office_settle(&o);
	assert_string_equal(pg_fixture_value("crms", sql), "erp waiting t|erp waiting t");
	(void)pg_fixture_value("crms", "UPDATE crm_outbox SET state = 'begun'");
	office_call(&o, 1, 3);
	(void)snprintf(lost, sizeof(lost), "{\"id\":\"%s\"}", office_id(2));
	office_record(&o, CTI_REC_LOST, lost);
	office_call(&o, 3, 3);
	office_settle(&o);
	assert_string_equal(pg_fixture_value("crms", sql),
		"erp waiting f|erp waiting f|erp waiting f");
	(void)pg_fixture_value("crms", "UPDATE crm_outbox SET state = 'written'");
	office_call(&o, 3, 4);
	office_settle(&o);
	assert_string_equal(pg_fixture_value("crms", sql),
		"erp written f|erp written f|erp written f");
	office_close(&o);
}

static void test_lost_conversation(void **state)
{
	char lost[64];
	struct office o;

	(void)state;
	office_open(&o, "lost");
	office_run(&o, 10);
	office_call(&o, 1, 2);
	office_call(&o, 2, 3);
	office_settle(&o);
	for (unsigned n = 1; n <= 2; n++) {
		(void)snprintf(lost, sizeof(lost), "{\"id\":\"%s\"}", office_id(n));
		office_record(&o, CTI_REC_LOST, lost);
	}
	office_settle(&o);
	assert_string_equal(
		pg_fixture_value("lost",
			"SELECT string_agg(concat_ws(' ', state, ended_unknown,"
			" ended_at IS NULL, doc->>'ended_at'), '|' ORDER BY id)"
			" FROM conversations"),
		"ended t t unknown|ended f f 2026-11-24T08:01:59.500000Z");
	assert_string_equal(pg_fixture_value("lost",
				    "SELECT count(*) FROM segments WHERE ended_unknown"),
		"1");
	office_close(&o);
}

static void test_not_migrated_is_said(void **state)
{
	struct cti_store_status st = { 0 };
	char again[100];
	struct office o;

	(void)state;
	office_open(&o, "unmigrated");
	(void)pg_fixture_value(
		"unmigrated", "DELETE FROM schema_version WHERE version > 1");
	office_run(&o, 10);
	office_call(&o, 1, 1);
	for (int i = 0; i < 1000 && !strstr(st.detail, "ringbridge migrate"); i++) {
		(void)poll(NULL, 0, 10);
		cti_store_status(o.store, &st);
	}
	assert_non_null(strstr(st.detail, "ringbridge migrate"));
	assert_true(st.up);
	assert_false(st.migrated);
	(void)snprintf(again, sizeof(again),
		"INSERT INTO schema_version SELECT v, 'test' FROM generate_series(2, %zu) AS v",
		cti_nmigrations);
	(void)pg_fixture_value("unmigrated", again);
	office_settle(&o);
	assert_string_equal(pg_fixture_value("unmigrated", sql_picture), "1 1 1 1 1 1 1");
	office_close(&o);
}

static void test_away_at_start_and_in_between(void **state)
{
	struct cti_store_status st;
	struct office o;

	(void)state;
	office_open(&o, "away");
	pg_fixture_stop();
	office_run(&o, 10);
	for (unsigned n = 0; n < 30; n++)
		office_call(&o, n, 1);
	cti_store_status(o.store, &st);
	assert_false(st.up);
	pg_fixture_start();
	office_settle(&o);
	assert_string_equal(
		pg_fixture_value("away", sql_picture), "30 30 30 30 30 30 30");
	pg_fixture_stop();
	for (unsigned n = 0; n < 30; n++)
		office_call(&o, n, 2);
	pg_fixture_start();
	office_settle(&o);
	assert_string_equal(
		pg_fixture_value("away", sql_picture), "30 30 30 30 30 30 60");
	office_close(&o);
}

/* Sessions are ended and the server killed at any moment, in any statement and in
 * COMMIT: what is there afterwards is exactly what was recorded. */
static void test_cut_at_any_moment(void **state)
{
	struct office o;

	(void)state;
	office_open(&o, "cut");
	office_run(&o, 3);
	for (unsigned round = 0; round < 30; round++) {
		for (unsigned n = 0; n < 5; n++)
			office_call(&o, round * 5 + n, 3);
		if (round % 15 == 14) {
			pg_fixture_stop();
			pg_fixture_start();
		} else {
			pg_fixture_cut("ringbridge store");
		}
	}
	office_settle(&o);
	assert_string_equal(
		pg_fixture_value("cut", sql_picture), "150 150 150 150 150 150 450");
	office_close(&o);
}

/* A stopped server answers nothing: stop keeps its deadline, and the rest is written
 * by the next one. */
static void test_hanging_server_does_not_hold_us(void **state)
{
	struct office o;
	int64_t since_us;

	(void)state;
	office_open(&o, "hang");
	office_run(&o, 10);
	office_call(&o, 1, 1);
	office_settle(&o);
	pg_fixture_pause();
	office_call(&o, 1, 3);
	since_us = cti_mono_us();
	cti_store_stop(o.store, 300);
	o.store = NULL;
	assert_true(cti_mono_us() - since_us < 3000000);
	pg_fixture_resume();
	office_run(&o, 10);
	office_settle(&o);
	assert_string_equal(pg_fixture_value("hang", sql_picture), "1 1 1 1 1 1 3");
	office_close(&o);
}

static void test_stop_writes_what_is_there(void **state)
{
	struct office o;

	(void)state;
	office_open(&o, "flush");
	office_run(&o, 10);
	office_call(&o, 0, 1);
	office_settle(&o);
	for (unsigned n = 0; n < 100; n++)
		office_call(&o, n, 3);
	cti_store_stop(o.store, 5000);
	o.store = NULL;
	assert_string_equal(
		pg_fixture_value("flush", "SELECT count(*) FROM conversations"), "100");
	office_close(&o);
}

/* A consultation that became part of its main call is in no report. */
static void test_merged_conversation(void **state)
{
	char json[512];
	struct office o;

	(void)state;
	office_open(&o, "merged");
	office_run(&o, 10);
	office_call(&o, 1, 1);
	office_call(&o, 2, 1);
	(void)snprintf(json, sizeof(json),
		"{\"id\":\"%s\",\"pbx\":\"main\",\"version\":2,\"direction\":\"internal\","
		"\"state\":\"ended\",\"merged_into\":\"018bcfe5-6800-7000-8000-000000000009\","
		"\"started_at\":\"2026-11-24T08:00:00Z\",\"legs\":[],\"segments\":[],"
		"\"transfers\":[],\"unknown\":[],\"notes\":[]}",
		office_id(2));
	office_record(&o, CTI_REC_CONVERSATION, json);
	office_settle(&o);
	assert_string_equal(
		pg_fixture_value("merged", "SELECT count(*) FROM conversations"), "2");
	assert_string_equal(
		pg_fixture_value("merged", "SELECT count(*) FROM v_calls"), "1");
	office_close(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_of_a_call),
		cmocka_unit_test(test_older_never_replaces_newer),
		cmocka_unit_test(test_parts_come_and_go),
		cmocka_unit_test(test_backlog),
		cmocka_unit_test(test_same_records_again),
		cmocka_unit_test(test_bad_records_cost_themselves_alone),
		cmocka_unit_test(test_injection_stays_data),
		cmocka_unit_test(test_rows_for_crms),
		cmocka_unit_test(test_lost_conversation),
		cmocka_unit_test(test_merged_conversation),
		cmocka_unit_test(test_not_migrated_is_said),
		cmocka_unit_test(test_stop_writes_what_is_there),
		cmocka_unit_test(test_away_at_start_and_in_between),
		cmocka_unit_test(test_cut_at_any_moment),
		cmocka_unit_test(test_hanging_server_does_not_hold_us),
	};

	return cmocka_run_group_tests(tests, pg_fixture_up, pg_fixture_down);
}
