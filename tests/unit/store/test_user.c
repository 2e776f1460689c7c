/*
 * test_user.c -- users, what they may see, log-in and sessions.
 */
#include "password.h"
#include "pg_migrated.h"
#include "user.h"

#include <cti/clock.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

static struct cti_pg *pg;

static int up(void **state)
{
	return pg_migrated_up(state, "users", &pg);
}

static int down(void **state)
{
	cti_pg_free(pg);
	return pg_fixture_down(state);
}

static int add(const char *name, const char *role, const char *line, const char *group)
{
	const char *where = NULL;
	const struct cti_user_new n = {
		.name = name,
		.role = role,
		.password = "correct horse",
		.lines = &line,
		.nlines = line ? 1 : 0,
		.groups = &group,
		.ngroups = group ? 1 : 0,
	};

	return cti_user_add(pg, &n, &where);
}

static void test_add_and_load(void **state)
{
	struct cti_user user = { 0 };

	(void)state;
	assert_int_equal(add("Aoki", "agent", "201", "sales"), 0);
	assert_int_equal(add("aoki", "agent", "202", "sales"), EEXIST);
	assert_int_equal(add("baba", "agent", "202", "sales"), 0);
	assert_int_equal(add("chiba", "agent", "203", "support"), 0);
	assert_int_equal(add("sato", "supervisor", NULL, "sales"), 0);
	assert_int_equal(add("root", "admin", NULL, NULL), 0);

	assert_int_equal(cti_user_load(pg, NULL, "AOKI", &user), 0);
	assert_string_equal(user.name, "aoki");
	assert_int_equal(user.nlines, 1);
	assert_string_equal(user.lines[0], "201");
	assert_int_equal(user.nwatch, 2); /* states of the group only: an agent */
	assert_int_equal(cti_user_load(pg, NULL, "sato", &user), 0);
	assert_int_equal(user.nwatch, 2);
	assert_string_equal(user.watch[1], "202");
	assert_int_equal(cti_user_load(pg, NULL, "root", &user), 0);
	assert_int_equal(user.nwatch, 3);
	assert_int_equal(cti_user_load(pg, "not-an-id", NULL, &user), ENOENT);
	cti_user_reset(&user);
}

static void test_bad_fields_are_named(void **state)
{
	static const struct {
		struct cti_user_new n;
		const char *where;
	} bad[] = {
		{ { .name = "a b", .role = "agent", .password = "12345678" }, "name" },
		{ { .name = "x'; --", .role = "agent", .password = "12345678" }, "name" },
		{ { .name = "", .role = "agent", .password = "12345678" }, "name" },
		{ { .name = "x", .role = "boss", .password = "12345678" }, "role" },
		{ { .name = "x", .role = "agent", .password = "short" }, "password" },
		{ { .name = "x", .role = "agent", .lang = "xx", .password = "12345678" },
			"lang" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *where = NULL;

		assert_int_equal(cti_user_add(pg, &bad[i].n, &where), EINVAL);
		assert_string_equal(where, bad[i].where);
	}
}

static void test_changes(void **state)
{
	const char *const lines[] = { "205", "201", "205" };
	struct cti_user user = { 0 };

	(void)state;
	assert_int_equal(add("dan", "agent", "204", NULL), 0);
	assert_int_equal(cti_user_set_lines(pg, "dan", lines, 3), 0);
	assert_int_equal(cti_user_set_role(pg, "dan", "supervisor"), 0);
	assert_int_equal(cti_user_set_role(pg, "dan", "boss"), EINVAL);
	assert_int_equal(cti_user_load(pg, NULL, "dan", &user), 0);
	assert_string_equal(user.role, "supervisor");
	assert_int_equal(user.nlines, 2);
	assert_string_equal(user.lines[0], "205");
	cti_user_reset(&user);
	assert_int_equal(cti_user_set_lines(pg, "nobody", lines, 1), ENOENT);
	assert_int_equal(cti_user_set_role(pg, "nobody", "agent"), ENOENT);
	assert_int_equal(cti_user_passwd(pg, "nobody", "correct horse"), ENOENT);
	assert_int_equal(cti_user_remove(pg, "dan"), 0);
	assert_int_equal(cti_user_remove(pg, "dan"), ENOENT);
}

static void test_login(void **state)
{
	struct cti_user user = { 0 };

	(void)state;
	assert_int_equal(add("emi", "agent", "206", NULL), 0);
	assert_int_equal(cti_user_login(pg, "emi", "wrong", "::1", &user), EACCES);
	assert_int_equal(cti_user_login(pg, "nobody", "wrong", "::1", &user), EACCES);
	assert_int_equal(
		cti_user_login(pg, "' OR 1=1 --", "correct horse", "::1", &user), EACCES);
	assert_int_equal(cti_user_login(pg, "\xff\xfe", "x", "::1", &user), EACCES);
	assert_int_equal(cti_user_login(pg, "emi", "correct horse", "::1", &user), 0);
	assert_string_equal(user.lines[0], "206");
	cti_user_reset(&user);
}

static void test_guessing_is_slowed(void **state)
{
	struct cti_user user = { 0 };

	(void)state;
	assert_int_equal(add("fuji", "agent", NULL, NULL), 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(
			cti_user_login(pg, "fuji", "guess", "192.0.2.1", &user), EACCES);
	assert_int_equal(cti_user_login(pg, "fuji", "guess", "192.0.2.1", &user), EBUSY);
	assert_int_equal(
		cti_user_login(pg, "fuji", "correct horse", "192.0.2.1", &user), EBUSY);
	/* From elsewhere, and after a while, it is as before. */
	assert_int_equal(
		cti_user_login(pg, "fuji", "correct horse", "192.0.2.2", &user), 0);
	(void)pg_fixture_value(
		"users", "UPDATE login_failures SET at = at - interval '20 minutes'");
	assert_int_equal(
		cti_user_login(pg, "fuji", "correct horse", "192.0.2.1", &user), 0);
	cti_user_reset(&user);
}

static void test_sessions(void **state)
{
	char hash[65];
	char id[37];
	struct cti_user user = { 0 };
	const int64_t until_us = cti_now_us() / 1000000 * 1000000 + 3600 * 1000000LL;
	int64_t expires_us = 0;

	(void)state;
	memset(hash, 'a', 64);
	hash[64] = '\0';
	assert_int_equal(cti_user_load(pg, NULL, "aoki", &user), 0);
	assert_int_equal(cti_session_get(pg, hash, id, &expires_us), ENOENT);
	assert_int_equal(cti_session_put(pg, hash, user.id, until_us), 0);
	assert_int_equal(cti_session_get(pg, hash, id, &expires_us), 0);
	assert_string_equal(id, user.id);
	assert_int_equal(expires_us, until_us);
	assert_int_equal(cti_session_drop(pg, hash), 0);
	assert_int_equal(cti_session_get(pg, hash, id, &expires_us), ENOENT);
	assert_int_equal(cti_session_put(pg, hash, user.id, cti_now_us() - 1), 0);
	assert_int_equal(cti_session_get(pg, hash, id, &expires_us), ENOENT);
	assert_int_equal(cti_session_put(pg, hash, user.id, until_us), 0);
	assert_int_equal(cti_user_passwd(pg, "aoki", "battery staple"), 0);
	assert_int_equal(cti_session_get(pg, hash, id, &expires_us), ENOENT);
	cti_user_reset(&user);
}

static void test_database_away(void **state)
{
	struct cti_user user = { 0 };

	(void)state;
	pg_fixture_stop();
	assert_int_equal(
		cti_user_login(pg, "aoki", "battery staple", "::1", &user), EAGAIN);
	pg_fixture_start();
	assert_int_equal(cti_user_login(pg, "aoki", "battery staple", "::1", &user), 0);
	cti_user_reset(&user);
}

static void test_password(void **state)
{
	char a[CTI_PASSWORD_HASH_BYTES], b[CTI_PASSWORD_HASH_BYTES];

	(void)state;
	assert_int_equal(cti_password_hash(a, "あいうえおかき"), EINVAL); /* seven */
	assert_int_equal(cti_password_hash(a, "あいうえおかきく"), 0);
	assert_int_equal(cti_password_hash(b, "あいうえおかきく"), 0);
	assert_non_null(strstr(a, "argon2id"));
	assert_string_not_equal(a, b);
	assert_true(cti_password_verify(a, "あいうえおかきく"));
	assert_false(cti_password_verify(a, "あいうえおかきけ"));
	assert_false(cti_password_verify(NULL, "nobody has this password"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_password),
		cmocka_unit_test(test_add_and_load),
		cmocka_unit_test(test_bad_fields_are_named),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_guessing_is_slowed),
		cmocka_unit_test(test_sessions),
		cmocka_unit_test(test_database_away),
	};

	return cmocka_run_group_tests(tests, up, down);
}
