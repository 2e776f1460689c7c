/*
 * test_find.c -- who has a number, by the database: last digits, choices, own writes;
 * and that no way of asking walks through the table.
 */
#include "directory.h"
#include "find.h"
#include "link.h"
#include "outbox.h"
#include "pg_migrated.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct cti_pg *pg;
static const char aoki[] = "00000000-0000-7000-8000-00000000000a";
static const char baba[] = "00000000-0000-7000-8000-00000000000b";
static const char yamada[] = "00000000-0000-7000-8000-000000000001";
static const char sato[] = "00000000-0000-7000-8000-000000000002";

static int up(void **state)
{
	return pg_migrated_up(state, "dir", &pg);
}

static int down(void **state)
{
	cti_pg_free(pg);
	return pg_fixture_down(state);
}

/* Two agents on lines 201 and 202, two people with one number, 20,000 others. */
static int office(void **state)
{
	(void)state;
	(void)pg_fixture_value("dir",
		"TRUNCATE users, user_lines, lines, contacts, contact_numbers, companies, crms,"
		" conversations, crm_outbox CASCADE;"
		"INSERT INTO users (id, name, display, role, password_hash) VALUES"
		" ('00000000-0000-7000-8000-00000000000a', 'aoki', 'Aoki', 'agent', '-'),"
		" ('00000000-0000-7000-8000-00000000000b', 'baba', 'Baba', 'agent', '-');"
		"INSERT INTO lines (line) VALUES ('201'), ('202');"
		"INSERT INTO user_lines (user_id, line, position) VALUES"
		" ('00000000-0000-7000-8000-00000000000a', '201', 1),"
		" ('00000000-0000-7000-8000-00000000000b', '202', 1);"
		"INSERT INTO contacts (id, source, source_key, name) VALUES"
		" ('00000000-0000-7000-8000-000000000001', 'list', 'y', 'Yamada'),"
		" ('00000000-0000-7000-8000-000000000002', 'list', 's', 'Sato');"
		"INSERT INTO contact_numbers (contact_id, position, raw, e164)"
		" SELECT id, 1, '03-1234-5678', '+81312345678' FROM contacts;"
		"INSERT INTO contacts (id, source, source_key, name)"
		" SELECT gen_random_uuid(), 'many', n, 'Contact ' || n"
		" FROM generate_series(1, 20000) AS n;"
		"INSERT INTO contact_numbers (contact_id, position, raw, e164)"
		" SELECT id, 1, source_key, '+8190' || lpad(source_key, 8, '0')"
		" FROM contacts WHERE source = 'many';"
		"ANALYZE");
	return 0;
}

/* Names in their order, with the reason of each. */
static void finds(const char *number, const char *line, const char *want)
{
	struct cti_matches m = { 0 };
	char names[512] = "";

	assert_int_equal(cti_find(pg, number, &line, line ? 1 : 0, true, &m), 0);
	for (size_t i = 0; i < m.n; i++) {
		const size_t len = strlen(names);

		(void)snprintf(names + len, sizeof(names) - len, "%s%s%s", i ? ", " : "",
			m.v[i].name,
			m.v[i].how == CTI_MATCH_TAIL ? "?"
			: m.v[i].chooser             ? "!"
						     : "");
	}
	assert_string_equal(names, want);
	cti_matches_reset(&m);
}

static int choose(const char *user, const char *contact)
{
	const struct cti_choice c = {
		.user_id = user, .number = "+81312345678", .contact_id = contact
	};

	return cti_choice_put(pg, &c);
}

static void test_choices(void **state)
{
	(void)state;
	finds("+81312345678", NULL, "Sato, Yamada");
	assert_int_equal(choose(aoki, yamada), 0);
	finds("+81312345678", NULL, "Yamada!, Sato");
	assert_int_equal(choose(baba, sato), 0);
	finds("+81312345678", NULL, "Sato!, Yamada!");
	/* Their own choice counts first on their line, the newest elsewhere. */
	finds("+81312345678", "201", "Yamada!, Sato!");
	finds("+81312345678", "202", "Sato!, Yamada!");
	assert_int_equal(choose(aoki, sato), 0);
	finds("+81312345678", "201", "Sato!, Yamada");
	assert_int_equal(choose(aoki, aoki), ENOENT);
	assert_int_equal(choose(sato, sato), ENOENT);
}

static void test_last_digits(void **state)
{
	(void)state;
	(void)pg_fixture_value("dir",
		"INSERT INTO contacts (id, source, source_key, name) VALUES"
		" (gen_random_uuid(), 'list', 'l', 'Local'), (gen_random_uuid(), 'list', 'w', 'Wide');"
		"INSERT INTO contact_numbers (contact_id, position, raw)"
		" SELECT id, 1, CASE source_key WHEN 'l' THEN '5555-1234' ELSE U&'\\FF15\\FF15\\FF15\\FF15\\FF0D\\FF19\\FF19\\FF19\\FF19' END"
		" FROM contacts WHERE source_key IN ('l', 'w')");
	finds("+81355551234", NULL, "Local?");
	finds("+81355559999", NULL, "Wide?");
	finds("+81345551234", NULL, ""); /* seven agree, the eighth does not */
	finds("+81312345678", NULL, "Sato, Yamada");
	finds("312345678", NULL, "Sato?, Yamada?");
	finds("5551234", NULL, "Local?");
	finds("551234", NULL, "");
	finds("' OR true --", NULL, "");
	finds("", NULL, "");
}

static void test_own_writes_are_found(void **state)
{
	const struct cti_new_contact c = { .name = "New",
		.company = "Firm",
		.raw = "03-9999-0000",
		.e164 = "+81399990000" };
	const struct cti_new_contact firm = {
		.company = "Firm", .raw = "03-9999-0001", .e164 = "+81399990001"
	};
	char id[37];

	(void)state;
	finds("+81399990000", NULL, "");
	assert_int_equal(cti_contact_create(pg, &c, id), 0);
	finds("+81399990000", NULL, "New");
	assert_int_equal(cti_contact_create(pg, &firm, id), 0);
	finds("+81399990001", NULL, "Firm");
	assert_string_equal(
		pg_fixture_value("dir", "SELECT count(*) FROM companies"), "1");
}

/* The last call of a contact decides between two that are alike. */
static void test_last_call(void **state)
{
	(void)state;
	(void)pg_fixture_value("dir",
		"INSERT INTO conversations (id, pbx, version, direction, state, started_at,"
		" contact_id, doc) VALUES (gen_random_uuid(), 'main', 1, 'inbound', 'ended',"
		" now(), '00000000-0000-7000-8000-000000000001', '{}')");
	finds("+81312345678", NULL, "Yamada, Sato");
}

/* A choice about a call that is over changes that call. */
static void test_a_call_that_is_over_is_linked(void **state)
{
	const struct cti_choice c = { .user_id = aoki,
		.number = "+81312345678",
		.contact_id = yamada,
		.conversation = "00000000-0000-7000-8000-0000000000c1" };

	(void)state;
	(void)pg_fixture_value("dir",
		"INSERT INTO conversations (id, pbx, version, direction, state, started_at,"
		" ended_at, external_number, external_e164, doc) VALUES"
		" ('00000000-0000-7000-8000-0000000000c1', 'main', 1, 'inbound', 'ended', now(),"
		" now(), '0312345678', '+81312345678', '{\"contacts\": {\"status\": \"many\"}}')");
	assert_int_equal(cti_choice_put(pg, &c), 0);
	assert_string_equal(
		pg_fixture_value("dir",
			"SELECT contact_name || contact_id || (doc #>> '{contacts,status}')"
			" || (doc #>> '{contacts,matches,0,name}') FROM conversations"
			" WHERE id = '00000000-0000-7000-8000-0000000000c1'"),
		"Yamada00000000-0000-7000-8000-000000000001oneYamada");
}

/* ---- plans --------------------------------------------------------------------- */

static void uses(const char *sql, const char *args, const char *index)
{
	static char script[8192];
	const char *plan;

	(void)snprintf(script, sizeof(script),
		"SET plan_cache_mode = force_generic_plan; PREPARE q AS %s;"
		"EXPLAIN (FORMAT JSON) EXECUTE q (%s)",
		sql, args);
	plan = pg_fixture_value("dir", script);
	assert_non_null(strstr(plan, index));
	if (strstr(plan, "Seq Scan"))
		fail_msg("a sequential scan: %s", plan);
}

/* With the tables that grow as large as they are in no office. */
static void test_no_look_up_walks_through_a_table(void **state)
{
	(void)state;
	(void)pg_fixture_value("dir",
		"INSERT INTO conversations (id, pbx, version, direction, state, started_at,"
		" contact_id, doc) SELECT gen_random_uuid(), 'main', 1, 'inbound', 'ended', now(),"
		" id, '{}' FROM contacts;"
		"INSERT INTO companies (id, source, name) SELECT gen_random_uuid(), 'many', id"
		" FROM contacts;"
		"INSERT INTO lines SELECT 'x' || n FROM generate_series(1, 5000) AS n;"
		"INSERT INTO users (id, name, display, role, password_hash) SELECT"
		" gen_random_uuid(), 'u' || n, 'U', 'agent', '-' FROM generate_series(1, 5000) AS n;"
		"INSERT INTO user_lines SELECT u.id, 'x' || substr(u.name, 2), 1 FROM users AS u"
		" WHERE u.name ~ '^u[0-9]+$';"
		"INSERT INTO crms SELECT 'crm' || n, n, false, false FROM generate_series(1, 2000) AS n;"
		"INSERT INTO number_choices SELECT n.e164, u.id, n.contact_id FROM contact_numbers"
		" AS n, (SELECT id FROM users LIMIT 1) AS u WHERE n.e164 LIKE '+8190%'; ANALYZE");
	uses(cti_find_exact_sql, "'+819000001234'", "contact_numbers_e164");
	uses(cti_find_tail_sql, "'0001234'", "contact_numbers_tail");
	uses(cti_find_facts_sql,
		"'+819000001234', '{201}', '{00000000-0000-7000-8000-000000000001}'",
		"number_choices");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_choices, office),
		cmocka_unit_test_setup(test_last_digits, office),
		cmocka_unit_test_setup(test_own_writes_are_found, office),
		cmocka_unit_test_setup(test_last_call, office),
		cmocka_unit_test_setup(test_a_call_that_is_over_is_linked, office),
		cmocka_unit_test_setup(test_no_look_up_walks_through_a_table, office),
	};

	return cmocka_run_group_tests(tests, up, down);
}
