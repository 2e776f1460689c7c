/*
 * user.c -- users, lines, groups in the database.
 */
#include "user.h"

#include "password.h"
#include "uuid.h"

#include <cti/clock.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One statement of a transaction; sql NULL ends a list. */
struct step {
	const char *sql;
	size_t nparams;
	const char *params[7];
};

static int run_steps(struct cti_pg *pg, const struct step *steps)
{
	enum cti_pg_status st = cti_pg_begin(pg);

	for (; st == CTI_PG_OK && steps->sql; steps++)
		st = cti_pg_exec(pg, NULL, steps->sql, steps->nparams, steps->params);
	if (st == CTI_PG_OK)
		st = cti_pg_commit(pg);
	else
		cti_pg_rollback(pg);
	return cti_pg_errno(st);
}

/* For statements that touch the one row of a name: ENOENT when there is none. */
static int run_on_name(
	struct cti_pg *pg, const char *sql, size_t nparams, const char *const *params)
{
	struct cti_pg_result *res = NULL;
	int err = cti_pg_errno(cti_pg_exec(pg, &res, sql, nparams, params));

	if (!err && !cti_pg_affected(res))
		err = ENOENT;
	cti_pg_result_free(res);
	return err;
}

static bool name_ok(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789._@-";
	const size_t len = name ? strlen(name) : 0;

	return len > 0 && len < CTI_USER_NAME_BYTES && strspn(name, allowed) == len;
}

static bool role_ok(const char *role)
{
	return role && (!strcmp(role, "agent") || !strcmp(role, "supervisor") ||
			       !strcmp(role, "admin"));
}

static bool words_ok(const char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!v[i] || !*v[i] || strlen(v[i]) > 63)
			return false;
	return true;
}

/* ASCII only: the rest is not allowed in names anyway. */
static void lower(char *dst, size_t size, const char *src)
{
	(void)cti_str_copy(dst, size, src);
	for (; *dst; dst++)
		if (*dst >= 'A' && *dst <= 'Z')
			*dst = (char)(*dst - 'A' + 'a');
}

static const char *bad_field(const struct cti_user_new *n, const char *name)
{
	if (!name_ok(name) || strlen(n->name) >= CTI_USER_NAME_BYTES)
		return "name";
	if (n->display && strlen(n->display) >= CTI_USER_DISPLAY_BYTES)
		return "display";
	if (!role_ok(n->role))
		return "role";
	if (n->lang && strcmp(n->lang, "en") && strcmp(n->lang, "ja"))
		return "lang";
	if (!words_ok(n->lines, n->nlines))
		return "line";
	if (!words_ok(n->groups, n->ngroups))
		return "group";
	return n->password ? NULL : "password";
}

/* ---- statements ---------------------------------------------------------- */

static const char sql_lines_exist[] =
	"INSERT INTO lines (line) SELECT DISTINCT unnest($1::text[]) ON CONFLICT DO NOTHING";
static const char sql_lines_clear[] =
	"DELETE FROM user_lines WHERE user_id = (SELECT id FROM users WHERE name = $1)";
static const char sql_lines_put[] =
	"INSERT INTO user_lines (user_id, line, position)"
	" SELECT u.id, l.line, min(l.n) FROM users u,"
	" unnest($2::text[]) WITH ORDINALITY AS l (line, n) WHERE u.name = $1"
	" GROUP BY u.id, l.line";
static const char sql_groups_exist[] =
	"INSERT INTO groups (id, name) SELECT gen_random_uuid(), g FROM"
	" (SELECT DISTINCT unnest($1::text[]) AS g) AS x ON CONFLICT DO NOTHING";
static const char sql_groups_clear[] =
	"DELETE FROM user_groups WHERE user_id = (SELECT id FROM users WHERE name = $1)";
static const char sql_groups_put[] =
	"INSERT INTO user_groups (user_id, group_id)"
	" SELECT u.id, g.id FROM users u, groups g WHERE u.name = $1 AND g.name = ANY ($2::text[])";
static const char sql_touch[] = "UPDATE users SET changed_at = now() WHERE name = $1";

static int add_rows(struct cti_pg *pg, const struct cti_user_new *n, const char *name,
	const char *hash, const char *lines, const char *groups)
{
	static const char sql[] =
		"INSERT INTO users (id, name, display, role, lang, password_hash)"
		" VALUES ($1, $2, $3, $4, $5, $6)";
	char id[CTI_UUID_BYTES];
	const struct step steps[] = {
		{ sql, 6,
			{ id, name, n->display ? n->display : name, n->role,
				n->lang ? n->lang : "en", hash } },
		{ sql_lines_exist, 1, { lines } },
		{ sql_lines_put, 2, { name, lines } },
		{ sql_groups_exist, 1, { groups } },
		{ sql_groups_put, 2, { name, groups } },
		{ NULL, 0, { NULL } },
	};
	int err;

	cti_uuid_random(id, cti_now_us());
	err = run_steps(pg, steps);
	if (err == EIO && !strcmp(cti_pg_sqlstate(pg), "23505"))
		err = EEXIST;
	return err;
}

int cti_user_add(struct cti_pg *pg, const struct cti_user_new *n, const char **wherep)
{
	struct cti_buf lines = { 0 };
	struct cti_buf groups = { 0 };
	char hash[CTI_PASSWORD_HASH_BYTES];
	char name[CTI_USER_NAME_BYTES];
	int err;

	lower(name, sizeof(name), n->name ? n->name : "");
	*wherep = bad_field(n, name);
	if (*wherep)
		return EINVAL;
	err = cti_password_hash(hash, n->password);
	if (err) {
		*wherep = "password";
		return err;
	}
	cti_pg_array(&lines, n->lines, n->nlines);
	cti_pg_array(&groups, n->groups, n->ngroups);
	err = lines.err || groups.err
		      ? ENOMEM
		      : add_rows(pg, n, name, hash, lines.data, groups.data);
	cti_buf_reset(&lines);
	cti_buf_reset(&groups);
	return err;
}

int cti_user_passwd(struct cti_pg *pg, const char *name, const char *password)
{
	static const char sql[] =
		"WITH u AS (UPDATE users SET password_hash = $2,"
		" changed_at = now() WHERE name = $1 RETURNING id),"
		" s AS (DELETE FROM sessions USING u WHERE user_id = u.id)"
		" SELECT id FROM u";
	char hash[CTI_PASSWORD_HASH_BYTES];
	char low[CTI_USER_NAME_BYTES];
	const char *const params[] = { low, hash };
	const int err = cti_password_hash(hash, password);

	lower(low, sizeof(low), name);
	return err ? err : run_on_name(pg, sql, 2, params);
}

int cti_user_set_role(struct cti_pg *pg, const char *name, const char *role)
{
	static const char sql[] =
		"UPDATE users SET role = $2, changed_at = now() WHERE name = $1";
	char low[CTI_USER_NAME_BYTES];
	const char *const params[] = { low, role };

	lower(low, sizeof(low), name);
	return role_ok(role) ? run_on_name(pg, sql, 2, params) : EINVAL;
}

int cti_user_set_words(
	struct cti_pg *pg, const char *name, const char *display, const char *lang)
{
	static const char sql[] =
		"UPDATE users SET display = coalesce($2, display),"
		" lang = coalesce($3, lang), changed_at = now() WHERE name = $1";
	char low[CTI_USER_NAME_BYTES];
	const char *const params[] = { low, display, lang };

	if (display && (!*display || strlen(display) >= CTI_USER_DISPLAY_BYTES))
		return EINVAL;
	if (lang && strcmp(lang, "en") && strcmp(lang, "ja"))
		return EINVAL;
	lower(low, sizeof(low), name);
	return run_on_name(pg, sql, 3, params);
}

/* Replaces a user's set of lines or groups. ENOENT is told by touching the row. */
static int set_words(struct cti_pg *pg, const char *name, const char *const *v, size_t n,
	const char *const sql[3])
{
	struct cti_buf words = { 0 };
	char low[CTI_USER_NAME_BYTES];
	const char *const params[] = { low };
	int err;

	if (!words_ok(v, n))
		return EINVAL;
	lower(low, sizeof(low), name);
	err = run_on_name(pg, sql_touch, 1, params);
	if (err)
		return err;
	cti_pg_array(&words, v, n);
	if (!words.err) {
		const struct step steps[] = {
			{ sql[0], 1, { words.data } },
			{ sql[1], 1, { low } },
			{ sql[2], 2, { low, words.data } },
			{ NULL, 0, { NULL } },
		};

		err = run_steps(pg, steps);
	} else {
		err = ENOMEM;
	}
	cti_buf_reset(&words);
	return err;
}

int cti_user_set_lines(
	struct cti_pg *pg, const char *name, const char *const *lines, size_t n)
{
	static const char *const sql[] = { sql_lines_exist, sql_lines_clear,
		sql_lines_put };

	return set_words(pg, name, lines, n, sql);
}

int cti_user_set_groups(
	struct cti_pg *pg, const char *name, const char *const *groups, size_t n)
{
	static const char *const sql[] = { sql_groups_exist, sql_groups_clear,
		sql_groups_put };

	return set_words(pg, name, groups, n, sql);
}

int cti_user_remove(struct cti_pg *pg, const char *name)
{
	static const char sql[] = "DELETE FROM users WHERE name = $1";
	char low[CTI_USER_NAME_BYTES];
	const char *const params[] = { low };

	lower(low, sizeof(low), name);
	return run_on_name(pg, sql, 1, params);
}

/* ---- reading ------------------------------------------------------------- */

static void words_free(char ***vp, size_t *np)
{
	for (size_t i = 0; i < *np; i++)
		free((*vp)[i]);
	free(*vp);
	*vp = NULL;
	*np = 0;
}

void cti_user_reset(struct cti_user *user)
{
	words_free(&user->lines, &user->nlines);
	words_free(&user->watch, &user->nwatch);
	*user = (struct cti_user){ 0 };
}

/* The first column of all rows. */
static int read_words(
	struct cti_pg *pg, const char *sql, const char *param, char ***vp, size_t *np)
{
	struct cti_pg_result *res = NULL;
	int err = cti_pg_errno(cti_pg_exec(pg, &res, sql, 1, &param));
	const size_t n = cti_pg_rows(res);

	if (err || !n)
		goto out;
	*vp = calloc(n, sizeof(**vp));
	if (!*vp) {
		err = ENOMEM;
		goto out;
	}
	for (*np = 0; !err && *np < n; (*np)++) {
		(*vp)[*np] = cti_str_dup(cti_pg_value(res, *np, 0));
		if (!(*vp)[*np])
			err = ENOMEM;
	}
out:
	cti_pg_result_free(res);
	return err;
}

static int read_lines(struct cti_pg *pg, struct cti_user *user)
{
	static const char own[] =
		"SELECT line FROM user_lines WHERE user_id = $1 ORDER BY position";
	static const char group[] = "SELECT DISTINCT l.line FROM user_groups mine"
				    " JOIN user_groups theirs USING (group_id)"
				    " JOIN user_lines l ON l.user_id = theirs.user_id"
				    " WHERE mine.user_id = $1 ORDER BY 1";
	static const char all[] =
		"SELECT line FROM lines WHERE $1::text IS NOT NULL ORDER BY 1";
	int err = read_words(pg, own, user->id, &user->lines, &user->nlines);

	if (err)
		return err;
	return read_words(pg, strcmp(user->role, "admin") ? group : all, user->id,
		&user->watch, &user->nwatch);
}

static void read_user(struct cti_user *user, const struct cti_pg_result *res)
{
	(void)cti_str_copy(user->id, sizeof(user->id), cti_pg_value(res, 0, 0));
	(void)cti_str_copy(user->name, sizeof(user->name), cti_pg_value(res, 0, 1));
	(void)cti_str_copy(user->display, sizeof(user->display), cti_pg_value(res, 0, 2));
	(void)cti_str_copy(user->role, sizeof(user->role), cti_pg_value(res, 0, 3));
	(void)cti_str_copy(user->lang, sizeof(user->lang), cti_pg_value(res, 0, 4));
}

int cti_user_load(
	struct cti_pg *pg, const char *id, const char *name, struct cti_user *user)
{
	static const char sql[] = "SELECT id, name, display, role, lang FROM users"
				  " WHERE id::text = $1 OR name = $2";
	char low[CTI_USER_NAME_BYTES] = "";
	const char *const params[] = { id, id ? NULL : low };
	struct cti_pg_result *res = NULL;
	int err;

	cti_user_reset(user);
	if (!id)
		lower(low, sizeof(low), name);
	err = cti_pg_errno(cti_pg_exec(pg, &res, sql, 2, params));
	if (!err && !cti_pg_rows(res))
		err = ENOENT;
	if (!err) {
		read_user(user, res);
		err = read_lines(pg, user);
	}
	if (err)
		cti_user_reset(user);
	cti_pg_result_free(res);
	return err;
}

int cti_user_list(struct cti_pg *pg, struct cti_buf *json)
{
	static const char sql[] =
		"SELECT coalesce(json_agg(x ORDER BY x.name), '[]') FROM (SELECT u.id, u.name,"
		" u.display, u.role, u.lang,"
		" ARRAY(SELECT l.line FROM user_lines l WHERE l.user_id = u.id"
		"  ORDER BY l.position) AS lines,"
		" ARRAY(SELECT g.name FROM user_groups ug JOIN groups g ON g.id = ug.group_id"
		"  WHERE ug.user_id = u.id ORDER BY 1) AS groups,"
		" to_char(u.created_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS created_at"
		" FROM users u) AS x";
	struct cti_pg_result *res = NULL;
	const int err = cti_pg_errno(cti_pg_exec(pg, &res, sql, 0, NULL));

	if (!err)
		cti_buf_str(json, cti_pg_value(res, 0, 0));
	cti_pg_result_free(res);
	return err ? err : json->err;
}
