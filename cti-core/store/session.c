/*
 * session.c -- log-in, and what a browser holds afterwards.
 */
#include "password.h"
#include "user.h"

#include <cti/clock.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- log-in --------------------------------------------------------------- */

/*
 * Failures within 15 minutes: 10 from one address for one name, 50 from one
 * address. Not by name alone, or anybody could lock anybody out.
 */
static int too_many(struct cti_pg *pg, const char *name, const char *remote)
{
	static const char sql[] =
		"SELECT count(*) FILTER (WHERE name = $1) >= 10"
		" OR count(*) >= 50 FROM login_failures"
		" WHERE remote = $2 AND at > now() - interval '15 minutes'";
	const char *const params[] = { name, remote };
	struct cti_pg_result *res = NULL;
	int err = cti_pg_errno(cti_pg_exec(pg, &res, sql, 2, params));

	if (!err && !strcmp(cti_pg_value(res, 0, 0), "t"))
		err = EBUSY;
	cti_pg_result_free(res);
	return err;
}

static int note_failure(struct cti_pg *pg, const char *name, const char *remote)
{
	static const char sql[] =
		"WITH old AS (DELETE FROM login_failures WHERE at < now() - interval '1 hour')"
		" INSERT INTO login_failures (name, remote) VALUES ($1, $2)";
	const char *const params[] = { name, remote };

	return cti_pg_errno(cti_pg_exec(pg, NULL, sql, 2, params));
}

static int forget_failures(struct cti_pg *pg, const char *name, const char *remote)
{
	static const char sql[] =
		"DELETE FROM login_failures WHERE name = $1 AND remote = $2";
	const char *const params[] = { name, remote };

	return cti_pg_errno(cti_pg_exec(pg, NULL, sql, 2, params));
}

static int check_password(struct cti_pg *pg, const char *name, const char *password)
{
	static const char sql[] =
		"SELECT password_hash FROM users WHERE name = lower($1)";
	const char *const params[] = { name };
	struct cti_pg_result *res = NULL;
	int err = cti_pg_errno(cti_pg_exec(pg, &res, sql, 1, params));

	if (!err && !cti_password_verify(cti_pg_value(res, 0, 0), password))
		err = EACCES;
	cti_pg_result_free(res);
	return err;
}

int cti_user_login(struct cti_pg *pg, const char *name, const char *password,
	const char *remote, struct cti_user *user)
{
	char low[CTI_USER_NAME_BYTES];
	int err;

	/* A name that is no UTF-8 is nobody's; the database would not take it. */
	(void)cti_str_clean(low, sizeof(low), name, strlen(name));
	err = too_many(pg, low, remote);
	if (err)
		return err;
	err = check_password(pg, low, password);
	if (err == EACCES && (err = note_failure(pg, low, remote)) == 0)
		return EACCES;
	if (!err)
		err = forget_failures(pg, low, remote);
	return err ? err : cti_user_load(pg, NULL, low, user);
}

/* ---- sessions -------------------------------------------------------------- */

int cti_session_put(
	struct cti_pg *pg, const char *hash, const char *user_id, int64_t expires_us)
{
	static const char sql[] =
		"WITH old AS (DELETE FROM sessions WHERE expires_at < now())"
		" INSERT INTO sessions (hash, user_id, expires_at) VALUES ($1, $2, $3)"
		" ON CONFLICT (hash) DO UPDATE SET expires_at = EXCLUDED.expires_at"
		" WHERE sessions.user_id = EXCLUDED.user_id";
	char at[CTI_TIME_BYTES];
	const char *const params[] = { hash, user_id, cti_time_iso(at, expires_us) };

	return cti_pg_errno(cti_pg_exec(pg, NULL, sql, 3, params));
}

int cti_session_get(
	struct cti_pg *pg, const char *hash, char user_id[37], int64_t *expires_usp)
{
	static const char sql[] =
		"SELECT user_id, (extract(epoch FROM expires_at) * 1000000)::bigint"
		" FROM sessions WHERE hash = $1 AND expires_at > now()";
	const char *const params[] = { hash };
	struct cti_pg_result *res = NULL;
	int err = cti_pg_errno(cti_pg_exec(pg, &res, sql, 1, params));

	if (!err && !cti_pg_rows(res))
		err = ENOENT;
	if (!err) {
		(void)cti_str_copy(user_id, 37, cti_pg_value(res, 0, 0));
		*expires_usp = strtoll(cti_pg_value(res, 0, 1), NULL, 10);
	}
	cti_pg_result_free(res);
	return err;
}

int cti_session_drop(struct cti_pg *pg, const char *hash)
{
	static const char sql[] = "DELETE FROM sessions WHERE hash = $1";
	const char *const params[] = { hash };

	return cti_pg_errno(cti_pg_exec(pg, NULL, sql, 1, params));
}
