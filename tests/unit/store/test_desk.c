/*
 * test_desk.c -- call-backs, late notes, settings, lines and the audit log, on a real
 * PostgreSQL.
 */
#include "admin.h"
#include "calls.h"
#include "desk.h"
#include "office.h"
#include "pg_fixture.h"
#include "user.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct office office;
static struct cti_pg *pg;
static char aoki_id[37], baba_id[37];

static const char *const own[] = { "201", "202", "203" };
static struct cti_desk_user aoki = {
	.id = aoki_id, .name = "aoki", .display = "Aoki", .lines = own, .nlines = 3
};
static struct cti_desk_user baba = {
	.id = baba_id, .name = "baba", .display = "Baba", .lines = own, .nlines = 3
};

static void add_user(const char *name, const char *role, char id[37])
{
	static const char *const group[] = { "sales" };
	const struct cti_user_new n = { .name = name,
		.role = role,
		.password = "secret word",
		.lines = own,
		.nlines = 3,
		.groups = group,
		.ngroups = 1 };
	struct cti_user user = { 0 };
	const char *where = NULL;

	assert_int_equal(cti_user_add(pg, &n, &where), 0);
	assert_int_equal(cti_user_load(pg, NULL, name, &user), 0);
	(void)strcpy(id, user.id);
	cti_user_reset(&user);
}

static int up(void **state)
{
	const int err = pg_fixture_up(state);

	if (err)
		return err;
	office_open(&office, "desk");
	office_run(&office, 50);
	for (unsigned n = 0; n < 4; n++)
		office_call(&office, n, 3);
	office_settle(&office);
	if (cti_pg_alloc(&pg, pg_fixture_url("desk"), "test"))
		return -1;
	add_user("aoki", "agent", aoki_id);
	add_user("baba", "agent", baba_id);
	return 0;
}

static int down(void **state)
{
	cti_pg_free(pg);
	office_close(&office);
	return pg_fixture_down(state);
}

static void sql(const char *text)
{
	(void)pg_fixture_value("desk", text);
}

/* All calls of now, missed, from two numbers. */
static int missed(void **state)
{
	(void)state;
	sql("DELETE FROM callbacks");
	sql("WITH n AS (SELECT id, row_number() OVER (ORDER BY id) AS i FROM conversations)"
	    " UPDATE conversations c SET outcome = 'missed', answered_at = NULL,"
	    " started_at = now() - interval '1 hour' + n.i * interval '1 minute',"
	    " external_e164 = CASE WHEN n.i = 4 THEN '+81398765432' ELSE '+81312345678' END"
	    " FROM n WHERE n.id = c.id");
	return 0;
}

static char *list(const struct cti_desk_user *u, unsigned limit, const char *after)
{
	struct cti_buf json = { 0 };

	assert_int_equal(cti_callbacks_list(pg, u, limit, after, &json), 0);
	return cti_buf_take(&json);
}

static size_t items(const struct cti_desk_user *u)
{
	char *json = list(u, 0, NULL);
	size_t n = 0;

	for (const char *p = json; (p = strstr(p, "\"first_at\"")) != NULL; p++)
		n++;
	free(json);
	return n;
}

static int act(const struct cti_desk_user *u, unsigned call, enum cti_callback_act what)
{
	struct cti_buf json = { 0 };
	const int err = cti_callback_act(pg, u, office_id(call), what, &json);

	cti_buf_reset(&json);
	return err;
}

static void test_a_number_is_one_item(void **state)
{
	char *json = list(&aoki, 0, NULL);

	(void)state;
	assert_int_equal(items(&aoki), 2);
	assert_non_null(strstr(json, office_id(2))); /* the latest of the three */
	assert_non_null(strstr(json, "\"tries\" : 3"));
	assert_null(strstr(json, office_id(0)));
	free(json);
}

static void test_pages(void **state)
{
	char *first = list(&aoki, 1, NULL);
	const char *next = strstr(first, "\"next\" : \"");
	char after[80] = "";
	char *second;

	(void)state;
	assert_non_null(next);
	next += strlen("\"next\" : \"");
	(void)cti_str_copyn(after, sizeof(after), next, strcspn(next, "\""));
	second = list(&aoki, 1, after);
	assert_non_null(strstr(first, office_id(3)));
	assert_non_null(strstr(second, office_id(2)));
	assert_non_null(strstr(second, "\"next\" : null"));
	free(first);
	free(second);
	{
		struct cti_buf json = { 0 };

		assert_int_equal(
			cti_callbacks_list(pg, &aoki, 1, "rubbish", &json), EINVAL);
		cti_buf_reset(&json);
	}
}

static void test_only_who_took_part(void **state)
{
	static const char *const other[] = { "299" };
	struct cti_desk_user u = aoki;

	(void)state;
	u.lines = other;
	u.nlines = 1;
	assert_int_equal(items(&u), 0);
	assert_int_equal(act(&u, 2, CTI_CALLBACK_CLAIM), ENOENT);
}

static void test_a_claim_stands(void **state)
{
	struct cti_desk_user lead = baba;

	(void)state;
	assert_int_equal(act(&aoki, 2, CTI_CALLBACK_CLAIM), 0);
	assert_int_equal(act(&aoki, 2, CTI_CALLBACK_CLAIM), 0); /* again: the same */
	assert_int_equal(act(&baba, 2, CTI_CALLBACK_CLAIM), EBUSY);
	assert_int_equal(act(&baba, 2, CTI_CALLBACK_RELEASE), EBUSY);
	assert_int_equal(act(&baba, 2, CTI_CALLBACK_DONE), EBUSY);
	lead.leads = true;
	assert_int_equal(act(&lead, 2, CTI_CALLBACK_CLAIM), 0);
	assert_int_equal(act(&aoki, 2, CTI_CALLBACK_CLAIM), EBUSY);
	assert_int_equal(act(&baba, 2, CTI_CALLBACK_RELEASE), 0);
	assert_int_equal(act(&aoki, 2, CTI_CALLBACK_CLAIM), 0);
	assert_int_equal(act(&aoki, 2, CTI_CALLBACK_DONE), 0);
	assert_int_equal(items(&aoki), 1);
	assert_int_equal(act(&aoki, 2, CTI_CALLBACK_CLAIM), ENOENT);
}

static void test_reached_is_settled(void **state)
{
	(void)state;
	sql("UPDATE conversations SET outcome = 'answered', answered_at = started_at,"
	    " started_at = now(), external_e164 = '+81312345678'"
	    " WHERE id = (SELECT max(id::text)::uuid FROM conversations)");
	assert_int_equal(items(&aoki), 0);
}

static void test_a_new_try_keeps_the_claim(void **state)
{
	char *json;

	(void)state;
	assert_int_equal(act(&aoki, 2, CTI_CALLBACK_CLAIM), 0);
	sql("UPDATE conversations SET external_e164 = '+81312345678'");
	json = list(&baba, 0, NULL);
	assert_int_equal(items(&baba), 1);
	assert_non_null(strstr(json, aoki_id));
	free(json);
	assert_int_equal(act(&baba, 3, CTI_CALLBACK_CLAIM), EBUSY);
}

/* ---- notes ------------------------------------------------------------------ */

static int note(const struct cti_desk_user *u, const char *id, const char *text,
	const char *disposition)
{
	const struct cti_desk_note n = { .conversation = office_id(0),
		.id = id,
		.text = text,
		.disposition = disposition };

	return cti_note_put(pg, u, &n);
}

static const char *notes(void)
{
	return pg_fixture_value("desk",
		"SELECT string_agg(n->>'text' || '/' || coalesce(n->>'disposition', '-'), ' | ')"
		" FROM (SELECT doc FROM conversations ORDER BY id LIMIT 1) c,"
		" jsonb_array_elements(doc->'notes') AS n");
}

static void test_the_same_note_is_replaced(void **state)
{
	(void)state;
	assert_int_equal(note(&aoki, "n1", "first", NULL), 0);
	assert_int_equal(note(&aoki, "n1", "first and more", "order"), 0);
	assert_int_equal(note(&baba, "n1", "mine", NULL), 0);
	assert_string_equal(notes(), "call back/- | first and more/order | mine/-");
	assert_int_equal(note(&aoki, "n1", "x", "no-such-thing"), EINVAL);
	assert_string_equal(notes(), "call back/- | first and more/order | mine/-");
}

/* The last picture of the call may be written after the note. */
static void test_a_late_note_outlives_the_last_picture(void **state)
{
	(void)state;
	office_call(&office, 0, 4);
	office_settle(&office);
	assert_string_equal(notes(), "call back/- | first and more/order | mine/-");
	assert_string_equal(
		pg_fixture_value(
			"desk", "SELECT version FROM conversations ORDER BY id LIMIT 1"),
		"4");
}

static void test_notes_are_for_who_took_part(void **state)
{
	static const char *const other[] = { "299" };
	struct cti_desk_user u = aoki;

	(void)state;
	u.lines = other;
	u.nlines = 1;
	assert_int_equal(note(&u, "n9", "x", NULL), ENOENT);
}

/* ---- the rest --------------------------------------------------------------- */

static void test_settings(void **state)
{
	struct cti_buf json = { 0 };

	(void)state;
	assert_int_equal(cti_settings_set(pg, &aoki, "{\"service_level_s\":15}"), 0);
	assert_int_equal(cti_settings_set(pg, &aoki, "{\"level_warn\":150}"), EINVAL);
	assert_int_equal(cti_settings_set(pg, &aoki, "{\"level_warn\":\"x\"}"), EINVAL);
	assert_int_equal(cti_settings_get(pg, &json), 0);
	assert_non_null(strstr(json.data, "\"service_level_s\": 15"));
	assert_non_null(strstr(json.data, "\"level_warn\": 80"));
	assert_non_null(strstr(json.data, "\"changed_by\": \"aoki\""));
	assert_non_null(strstr(json.data, "折り返し予定"));
	cti_buf_reset(&json);
}

static void test_colleagues_share_a_group(void **state)
{
	struct cti_buf json = { 0 };

	(void)state;
	assert_int_equal(cti_colleagues(pg, &aoki, &json), 0);
	assert_non_null(strstr(json.data, "baba"));
	cti_buf_clear(&json);
	sql("DELETE FROM user_groups WHERE user_id = (SELECT id FROM users WHERE name = 'baba')");
	assert_int_equal(cti_colleagues(pg, &aoki, &json), 0);
	assert_null(strstr(json.data, "baba"));
	cti_buf_reset(&json);
}

static void test_lines_groups_audit(void **state)
{
	struct cti_buf json = { 0 };
	char after[40] = "";

	(void)state;
	assert_int_equal(cti_line_label(pg, "201", "Front desk"), 0);
	assert_int_equal(cti_line_label(pg, "999", "x"), ENOENT);
	assert_int_equal(cti_lines_list(pg, &json), 0);
	assert_non_null(strstr(json.data, "Front desk"));
	cti_buf_clear(&json);
	assert_int_equal(cti_groups_list(pg, &json), 0);
	assert_non_null(strstr(json.data, "\"sales\""));
	cti_buf_clear(&json);
	for (int i = 0; i < 3; i++)
		assert_int_equal(cti_audit_put(pg, "aoki", "test", "{\"n\":1}"), 0);
	assert_int_equal(cti_audit_list(pg, 2, NULL, &json), 0);
	assert_non_null(strstr(json.data, "\"next\" : \""));
	(void)cti_str_copyn(
		after, sizeof(after), strstr(json.data, "\"next\" : \"") + 10, 36);
	cti_buf_clear(&json);
	assert_int_equal(cti_audit_list(pg, 2, after, &json), 0);
	assert_non_null(strstr(json.data, "\"next\" : null"));
	assert_int_equal(cti_audit_list(pg, 2, "rubbish", &json), EINVAL);
	cti_buf_reset(&json);
}

static void test_calls_of_nobody(void **state)
{
	static const char *const lead[] = { "299", "" };
	struct cti_calls_filter f = { .lines = lead, .nlines = 1 };
	struct cti_buf json = { 0 };
	const char *where = NULL;

	(void)state;
	sql("UPDATE conversations SET lines = '{}' WHERE id::text LIKE '%0002'"
	    " OR id = (SELECT max(id::text)::uuid FROM conversations)");
	assert_int_equal(cti_calls_list(pg, &f, 10, NULL, &json, &where), 0);
	assert_string_equal(json.data, "{\"calls\":[],\"next\":null}");
	cti_buf_clear(&json);
	f.nlines = 2;
	assert_int_equal(cti_calls_list(pg, &f, 10, NULL, &json, &where), 0);
	assert_non_null(strstr(json.data, "\"pbx\""));
	cti_buf_clear(&json);
	assert_int_equal(cti_calls_get(pg, office_id(3), false, lead, 1, &json), ENOENT);
	assert_int_equal(cti_calls_get(pg, office_id(3), false, lead, 2, &json), 0);
	cti_buf_reset(&json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_number_is_one_item, missed),
		cmocka_unit_test_setup(test_pages, missed),
		cmocka_unit_test_setup(test_only_who_took_part, missed),
		cmocka_unit_test_setup(test_a_claim_stands, missed),
		cmocka_unit_test_setup(test_reached_is_settled, missed),
		cmocka_unit_test_setup(test_a_new_try_keeps_the_claim, missed),
		cmocka_unit_test(test_the_same_note_is_replaced),
		cmocka_unit_test(test_a_late_note_outlives_the_last_picture),
		cmocka_unit_test(test_notes_are_for_who_took_part),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_colleagues_share_a_group),
		cmocka_unit_test(test_lines_groups_audit),
		cmocka_unit_test(test_calls_of_nobody),
	};

	return cmocka_run_group_tests(tests, up, down);
}
