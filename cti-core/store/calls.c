/*
 * calls.c -- the call log by page and by id.
 */
#include "calls.h"

#include "filter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 500 };

/* Whether the database can read it as a time. */
static int check_time(struct cti_pg *pg, const char *text)
{
	static const char sql[] = "SELECT $1::timestamptz";
	int err;

	if (!text || !*text)
		return 0;
	err = cti_pg_errno(cti_pg_exec(pg, NULL, sql, 1, &text));
	return err == EIO && !strncmp(cti_pg_sqlstate(pg), "22", 2) ? EINVAL : err;
}

int cti_calls_check(
	struct cti_pg *pg, const struct cti_calls_filter *f, const char **wherep)
{
	struct cti_filter_params p;
	int err = cti_filter_params(&p, f, wherep);

	cti_filter_params_reset(&p);
	if (!err) {
		*wherep = "from";
		err = check_time(pg, f->from);
	}
	if (!err) {
		*wherep = "to";
		err = check_time(pg, f->to);
	}
	return err;
}

/* ---- pages -------------------------------------------------------------------- */

/* A page's end is "<microseconds>.<id>" of its last row. */
static bool parse_after(const char *after, char at[24], char id[37])
{
	const size_t digits = strspn(after, "0123456789");

	if (!digits || digits > 18 || after[digits] != '.' ||
		strlen(after + digits + 1) != 36 ||
		strspn(after + digits + 1, "0123456789abcdef-") != 36)
		return false;
	(void)cti_str_copyn(at, 24, after, digits);
	(void)cti_str_copy(id, 37, after + digits + 1);
	return true;
}

/* One row more than asked for tells whether there is a next page. */
static void put_page(
	struct cti_buf *json, const struct cti_pg_result *res, unsigned limit)
{
	const size_t rows = cti_pg_rows(res);
	const size_t n = rows > limit ? limit : rows;

	cti_buf_str(json, "{\"calls\":[");
	for (size_t i = 0; i < n; i++) {
		cti_buf_str(json, i ? "," : "");
		cti_buf_str(json, cti_pg_value(res, i, 0));
	}
	cti_buf_str(json, "],\"next\":");
	if (rows > limit)
		cti_buf_printf(json, "\"%s.%s\"}", cti_pg_value(res, n - 1, 1),
			cti_pg_value(res, n - 1, 2));
	else
		cti_buf_str(json, "null}");
}

#define PARAM(n) "$" #n
static const char sql_list[] =
	"SELECT c.doc::text, (extract(epoch FROM c.started_at) * 1000000)::bigint, c.id"
	" FROM conversations AS c WHERE" CTI_FILTER_SQL(
		PARAM) " AND ($10::bigint IS NULL OR (c.started_at, c.id) <"
		       "  ('epoch'::timestamptz + $10::bigint * interval '1 microsecond', $11::uuid))"
		       " ORDER BY c.started_at DESC, c.id DESC LIMIT $12::integer";

int cti_calls_list(struct cti_pg *pg, const struct cti_calls_filter *f, unsigned limit,
	const char *after, struct cti_buf *json, const char **wherep)
{
	const char *params[CTI_FILTER_PARAMS + 3] = { NULL };
	struct cti_filter_params p = { 0 };
	struct cti_pg_result *res = NULL;
	char at[24], id[37], rows[16];
	int err = cti_calls_check(pg, f, wherep);

	if (!err)
		err = cti_filter_params(&p, f, wherep);
	if (err)
		goto out;
	limit = !limit ? LIMIT_DEFAULT : limit > LIMIT_MAX ? LIMIT_MAX : limit;
	(void)snprintf(rows, sizeof(rows), "%u", limit + 1);
	memcpy(params, p.v, sizeof(p.v));
	if (after && *after) {
		*wherep = "after";
		if (!parse_after(after, at, id)) {
			err = EINVAL;
			goto out;
		}
		params[9] = at;
		params[10] = id;
	}
	params[11] = rows;
	err = cti_pg_errno(cti_pg_exec(pg, &res, sql_list, 12, params));
	if (!err) {
		put_page(json, res, limit);
		err = json->err;
	}
out:
	cti_pg_result_free(res);
	cti_filter_params_reset(&p);
	return err;
}

/* ---- one ------------------------------------------------------------------------ */

static int get_row(
	struct cti_pg *pg, const char *id, const char *lines, struct cti_buf *json)
{
	/* Of each card, the users of its line to whom it did not go: they were away. While
	 * the call goes on, what was delivered may still be on its way here. */
	static const char sql[] =
		"SELECT (c.doc || jsonb_build_object('trace', coalesce((SELECT"
		"  jsonb_agg(x.entry ORDER BY x.n, x.user_name NULLS FIRST) FROM ("
		"  SELECT e.entry, e.n, NULL AS user_name"
		"  FROM jsonb_array_elements(t.entries) WITH ORDINALITY AS e (entry, n)"
		"  UNION ALL SELECT jsonb_build_object('at', e.entry->'at', 'what', 'away',"
		"   'detail', format('line=%s user=%s', l.line, u.name)), e.n, u.name"
		"  FROM jsonb_array_elements(t.entries) WITH ORDINALITY AS e (entry, n)"
		"  JOIN user_lines AS l"
		"   ON l.line = substring(e.entry->>'detail' FROM '^line=([^ ]*)')"
		"  JOIN users AS u ON u.id = l.user_id"
		"  WHERE e.entry->>'what' = 'pop' AND c.state = 'ended'"
		"  AND NOT EXISTS (SELECT FROM jsonb_array_elements(t.entries) AS d (entry)"
		"   WHERE d.entry->>'what' = 'delivered' AND starts_with("
		"    d.entry->>'detail', format('line=%s user=%s ', l.line, u.name)))"
		"  ) AS x), '[]')))::text"
		" FROM conversations AS c LEFT JOIN traces AS t ON t.conversation_id = c.id"
		" WHERE c.id = $1::uuid AND ($2::text[] IS NULL OR c.lines && $2::text[]"
		" OR (c.lines = '{}' AND '' = ANY ($2::text[])))";
	const char *const params[] = { id, lines };
	struct cti_pg_result *res = NULL;
	int err = cti_pg_errno(cti_pg_exec(pg, &res, sql, 2, params));

	if (err == EIO && !strncmp(cti_pg_sqlstate(pg), "22", 2))
		err = ENOENT; /* no id at all */
	if (!err && !cti_pg_rows(res))
		err = ENOENT;
	if (!err) {
		cti_buf_str(json, cti_pg_value(res, 0, 0));
		err = json->err;
	}
	cti_pg_result_free(res);
	return err;
}

int cti_calls_get(struct cti_pg *pg, const char *id, bool all_lines,
	const char *const *lines, size_t nlines, struct cti_buf *json)
{
	struct cti_buf array = { 0 };
	int err;

	if (!id || strlen(id) != 36 || strspn(id, "0123456789abcdefABCDEF-") != 36)
		return ENOENT;
	if (!all_lines)
		cti_pg_array(&array, lines, nlines);
	err = array.err ? ENOMEM : get_row(pg, id, all_lines ? NULL : array.data, json);
	cti_buf_reset(&array);
	return err;
}
