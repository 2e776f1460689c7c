/*
 * admin.c -- see admin.h.
 */
#include "admin.h"

#include "uuid.h"

#include <cti/clock.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { AUDIT_DEFAULT = 100, AUDIT_MAX = 500, LABEL_MAX = 60 };

/* The one value of the one row, onto json. */
static int ask(struct cti_pg *pg, struct cti_buf *json, const char *sql, size_t n,
	const char *const *params)
{
	struct cti_pg_result *res = NULL;
	int err = cti_pg_errno(cti_pg_exec(pg, &res, sql, n, params));

	if (!err)
		cti_buf_str(json, cti_pg_value(res, 0, 0));
	cti_pg_result_free(res);
	return err ? err : json->err;
}

int cti_lines_list(struct cti_pg *pg, struct cti_buf *json)
{
	static const char sql[] =
		"SELECT coalesce(json_agg(json_build_object('line', l.line, 'label', l.label,"
		" 'pbx', l.pbx, 'users', ARRAY(SELECT u.name FROM user_lines ul"
		"  JOIN users u ON u.id = ul.user_id WHERE ul.line = l.line ORDER BY 1),"
		" 'last_call_at', json_time((SELECT max(g.started_at) FROM legs g"
		"  WHERE g.line = l.line))) ORDER BY l.line), '[]') FROM lines l";

	return ask(pg, json, sql, 0, NULL);
}

int cti_line_label(struct cti_pg *pg, const char *line, const char *label)
{
	static const char sql[] =
		"UPDATE lines SET label = nullif($2, '') WHERE line = $1";
	const char *const params[] = { line, label };
	struct cti_pg_result *res = NULL;
	int err;

	if (strlen(label) > LABEL_MAX)
		return EINVAL;
	err = cti_pg_errno(cti_pg_exec(pg, &res, sql, 2, params));
	if (!err && !cti_pg_affected(res))
		err = ENOENT;
	cti_pg_result_free(res);
	return err;
}

int cti_groups_list(struct cti_pg *pg, struct cti_buf *json)
{
	static const char sql[] =
		"SELECT coalesce(json_agg(json_build_object('name', g.name,"
		" 'users', ARRAY(SELECT u.name FROM user_groups ug JOIN users u"
		"  ON u.id = ug.user_id WHERE ug.group_id = g.id ORDER BY 1)) ORDER BY g.name), '[]')"
		" FROM groups g";

	return ask(pg, json, sql, 0, NULL);
}

int cti_audit_list(
	struct cti_pg *pg, unsigned limit, const char *after, struct cti_buf *json)
{
	static const char sql[] =
		"WITH page AS (SELECT a.* FROM audit a WHERE $1::uuid IS NULL"
		"  OR (a.at, a.id) < (SELECT b.at, b.id FROM audit b WHERE b.id = $1::uuid)"
		"  ORDER BY a.at DESC, a.id DESC LIMIT $2::integer + 1),"
		" shown AS (SELECT * FROM page ORDER BY at DESC, id DESC LIMIT $2::integer)"
		" SELECT json_build_object('entries', coalesce((SELECT json_agg("
		"  json_build_object('id', s.id, 'at', json_time(s.at), 'who',"
		"   coalesce((SELECT u.name FROM users u WHERE u.id::text = s.who), s.who),"
		"   'what', s.what, 'detail', s.detail) ORDER BY s.at DESC, s.id DESC)"
		"  FROM shown s), '[]'), 'next', CASE WHEN (SELECT count(*) FROM page)"
		"  > $2::integer THEN (SELECT s.id FROM shown s ORDER BY s.at, s.id LIMIT 1) END)";
	const char *params[2] = { after && *after ? after : NULL, NULL };
	char rows[16];

	if (params[0] &&
		(strlen(after) != 36 || strspn(after, "0123456789abcdefABCDEF-") != 36))
		return EINVAL;
	limit = !limit ? AUDIT_DEFAULT : limit > AUDIT_MAX ? AUDIT_MAX : limit;
	(void)snprintf(rows, sizeof(rows), "%u", limit);
	params[1] = rows;
	return ask(pg, json, sql, 2, params);
}

int cti_audit_put(
	struct cti_pg *pg, const char *who, const char *what, const char *detail)
{
	static const char sql[] = "INSERT INTO audit (id, at, who, what, detail)"
				  " VALUES ($1, now(), $2, $3, $4::jsonb)";
	char id[CTI_UUID_BYTES];
	const char *const params[] = { id, who, what, detail };

	cti_uuid_random(id, cti_now_us());
	return cti_pg_errno(cti_pg_exec(pg, NULL, sql, 4, params));
}
