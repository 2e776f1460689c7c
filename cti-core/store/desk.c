/*
 * desk.c -- see desk.h. The database makes the JSON.
 */
#include "desk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 200, AFTER_BYTES = 80 };

static bool is_uuid(const char *s)
{
	return s && strlen(s) == 36 && strspn(s, "0123456789abcdefABCDEF-") == 36;
}

/* The user's lines as a parameter; NULL: all. */
static int put_lines(
	struct cti_buf *buf, const struct cti_desk_user *u, const char **paramp)
{
	if (!u->all_lines)
		cti_pg_array(buf, u->lines, u->nlines);
	*paramp = u->all_lines ? NULL : buf->data;
	return buf->err ? ENOMEM : 0;
}

/* The first column of the first row, if there is one, onto json. */
static int ask(struct cti_pg *pg, struct cti_buf *json, const char *sql, size_t n,
	const char *const *params)
{
	struct cti_pg_result *res = NULL;
	int err = cti_pg_errno(cti_pg_exec(pg, &res, sql, n, params));

	if (err == EIO && (!strncmp(cti_pg_sqlstate(pg), "22", 2) ||
				  !strncmp(cti_pg_sqlstate(pg), "23", 2)))
		err = EINVAL;
	if (!err && !cti_pg_rows(res))
		err = ENOENT;
	if (!err && json) {
		cti_buf_str(
			json, cti_pg_value(res, 0, 0) ? cti_pg_value(res, 0, 0) : "null");
		err = json->err;
	}
	cti_pg_result_free(res);
	return err;
}

/* ---- call-backs ----------------------------------------------------------------- */

/* clang-format off: SQL as it is read */
#define SEEN(lines)                                                                      \
	"(" lines "::text[] IS NULL OR v.lines && " lines "::text[]"                     \
	" OR (v.lines = '{}' AND '' = ANY (" lines "::text[])))"

#define ITEM                                                                             \
	"json_build_object('id', v.id, 'at', json_time(v.started_at),"                   \
	" 'first_at', json_time(v.first_at), 'tries', v.tries, 'number', v.number,"      \
	" 'display', coalesce(v.external_display, v.number),"                            \
	" 'name', coalesce(v.contact_name, v.external_name), 'company', v.company,"      \
	" 'dialled', v.dialled, 'queue', v.queue, 'lines', to_json(v.lines),"            \
	" 'outcome', v.outcome, 'claimed_by', v.claimed_by,"                             \
	" 'claimed_name', (SELECT u.display FROM users u WHERE u.id = v.claimed_by),"    \
	" 'claimed_at', json_time(v.claimed_at))"

static const char sql_list[] = "WITH page AS (SELECT v.* FROM v_callbacks v WHERE " SEEN(
	"$1") " AND ($2::timestamptz IS NULL OR (v.started_at, v.id) < ($2::timestamptz, $3::uuid))"
	      " ORDER BY v.started_at DESC, v.id DESC LIMIT $4::integer + 1),"
	      " v AS (SELECT * FROM page ORDER BY started_at DESC, id DESC LIMIT $4::integer)"
	      " SELECT json_build_object('items', coalesce((SELECT json_agg(" ITEM
	      "  ORDER BY v.started_at DESC, v.id DESC) FROM v), '[]'),"
	      " 'next', CASE WHEN (SELECT count(*) FROM page) > $4::integer THEN"
	      "  (SELECT json_time(v.started_at) || '.' || v.id FROM v"
	      "   ORDER BY v.started_at, v.id LIMIT 1) END)";

static const char sql_item[] =
	"SELECT " ITEM " FROM v_callbacks v WHERE v.id = $1::uuid AND " SEEN("$2");

/* A claim of somebody else stands, unless $4 says that it may be taken. */
#define FREE " AND (v.claimed_by IS NULL OR v.claimed_by = $3::uuid OR $4::boolean)"

static const char sql_claim[] =
	"INSERT INTO callbacks AS b (conversation_id, number, claimed_by, claimed_at)"
	" SELECT v.id, v.number, $3::uuid, now() FROM v_callbacks v"
	" WHERE v.id = $1::uuid AND " SEEN("$2") FREE
	" ON CONFLICT (conversation_id) DO UPDATE SET claimed_by = EXCLUDED.claimed_by,"
	"  claimed_at = now(), done_at = NULL, done_by = NULL"
	"  WHERE b.claimed_by IS NULL OR b.claimed_by = $3::uuid OR $4::boolean"
	" RETURNING 1";

static const char sql_release[] =
	"UPDATE callbacks b SET claimed_by = NULL, claimed_at = NULL FROM v_callbacks v"
	" WHERE v.id = $1::uuid AND " SEEN("$2") FREE
	" AND b.number = v.number"
	" AND b.done_at IS NULL RETURNING 1";

static const char sql_done[] =
	"INSERT INTO callbacks AS b (conversation_id, number, done_by, done_at)"
	" SELECT v.id, v.number, $5::text, now() FROM v_callbacks v"
	" WHERE v.id = $1::uuid AND " SEEN("$2") FREE
	" ON CONFLICT (conversation_id) DO UPDATE SET done_by = EXCLUDED.done_by,"
	"  done_at = now() RETURNING 1";
/* clang-format on */

/* "<time>.<id>"; true also for none. */
static bool split_after(
	const char *after, char text[AFTER_BYTES], const char **atp, const char **idp)
{
	char *dot;

	if (!after || !*after)
		return true;
	if (!cti_str_copy(text, AFTER_BYTES, after))
		return false;
	dot = strrchr(text, '.');
	if (!dot || !is_uuid(dot + 1))
		return false;
	*dot = '\0';
	*atp = text;
	*idp = dot + 1;
	return true;
}

int cti_callbacks_list(struct cti_pg *pg, const struct cti_desk_user *u, unsigned limit,
	const char *after, struct cti_buf *json)
{
	struct cti_buf lines = { 0 };
	const char *params[4] = { NULL };
	char text[AFTER_BYTES], rows[16];
	int err;

	if (!split_after(after, text, &params[1], &params[2]))
		return EINVAL;
	limit = !limit ? LIMIT_DEFAULT : limit > LIMIT_MAX ? LIMIT_MAX : limit;
	(void)snprintf(rows, sizeof(rows), "%u", limit);
	params[3] = rows;
	err = put_lines(&lines, u, &params[0]);
	if (!err)
		err = ask(pg, json, sql_list, 4, params);
	cti_buf_reset(&lines);
	return err;
}

int cti_callback_act(struct cti_pg *pg, const struct cti_desk_user *u, const char *id,
	enum cti_callback_act act, struct cti_buf *json)
{
	static const struct {
		const char *sql;
		size_t nparams;
	} acts[] = {
		[CTI_CALLBACK_CLAIM] = { sql_claim, 4 },
		[CTI_CALLBACK_RELEASE] = { sql_release, 4 },
		[CTI_CALLBACK_DONE] = { sql_done, 5 },
	};
	struct cti_buf lines = { 0 };
	const char *params[5] = { id, NULL, u->id, u->leads ? "true" : "false", u->name };
	int err;

	if (!is_uuid(id))
		return ENOENT;
	err = put_lines(&lines, u, &params[1]);
	if (err)
		goto out;
	err = ask(pg, NULL, acts[act].sql, acts[act].nparams, params);
	if (err == ENOENT) /* nothing done: is it gone, or somebody else's? */
		err = ask(pg, NULL, sql_item, 2, params) ? ENOENT : EBUSY;
	if (!err) {
		err = ask(pg, json, sql_item, 2, params);
		if (err == ENOENT) {
			cti_buf_str(json, "null");
			err = json->err;
		}
	}
out:
	cti_buf_reset(&lines);
	return err;
}

/* ---- notes ------------------------------------------------------------------------ */

/* clang-format off: SQL as it is read */
#define LATE_FROM "1000000" /* positions of late notes: behind all of the picture */

static const char sql_note[] =
	"WITH c AS (SELECT v.id FROM conversations v WHERE v.id = $1::uuid AND " SEEN(
		"$2") "  FOR UPDATE),"
		      " ok AS (SELECT c.id FROM c WHERE $6::text IS NULL"
		      "  OR EXISTS (SELECT FROM dispositions d WHERE d.code = $6::text)),"
		      " n AS (INSERT INTO call_notes AS n (conversation_id, position, at, user_name, text,"
		      "  note_id, disposition, late)"
		      "  SELECT ok.id, (SELECT greatest(max(o.position), " LATE_FROM
		      ") + 1 FROM call_notes o"
		      "   WHERE o.conversation_id = ok.id), now(), $3::text, $5::text, $4::text, $6::text, true"
		      "  FROM ok ON CONFLICT (conversation_id, user_name, note_id) DO UPDATE"
		      "  SET text = EXCLUDED.text, disposition = EXCLUDED.disposition, late = true,"
		      "   position = CASE WHEN n.late THEN n.position ELSE n.position + " LATE_FROM
		      " END)"
		      " SELECT CASE WHEN EXISTS (SELECT FROM ok) THEN 1 ELSE 0 END FROM c";
static const char sql_note_doc[] =
	"UPDATE conversations SET doc = jsonb_set(doc, '{notes}',"
	" call_notes_json(id)), written_at = now()"
	" WHERE id = $1::uuid";
/* clang-format on */

int cti_note_put(
	struct cti_pg *pg, const struct cti_desk_user *u, const struct cti_desk_note *n)
{
	struct cti_buf lines = { 0 };
	const char *params[6] = { n->conversation, NULL, u->display, n->id, n->text,
		n->disposition };
	struct cti_buf said = { 0 };
	int err;

	if (!is_uuid(n->conversation))
		return ENOENT;
	err = put_lines(&lines, u, &params[1]);
	if (!err)
		err = cti_pg_errno(cti_pg_begin(pg));
	if (err)
		goto out;
	err = ask(pg, &said, sql_note, 6, params);
	if (!err && strcmp(said.data, "1") != 0)
		err = EINVAL;
	if (!err)
		err = cti_pg_errno(cti_pg_exec(pg, NULL, sql_note_doc, 1, params));
	if (!err)
		err = cti_pg_errno(cti_pg_commit(pg));
	else
		cti_pg_rollback(pg);
out:
	cti_buf_reset(&said);
	cti_buf_reset(&lines);
	return err;
}

/* ---- settings, colleagues --------------------------------------------------------- */

/* clang-format off: SQL as it is read */
static const char sql_settings[] =
	"SELECT to_jsonb(s) - 'single' - 'changed_at' || jsonb_build_object("
	" 'changed_at', json_time(s.changed_at), 'dispositions', (SELECT coalesce(json_agg("
	" json_build_object('code', d.code, 'en', d.en, 'ja', d.ja) ORDER BY d.position), '[]')"
	" FROM dispositions d)) FROM settings s";

#define SET(name) " " name " = coalesce((n->>'" name "')::integer, s." name "),"
static const char sql_set[] = "UPDATE settings s SET" SET("service_level_s") SET(
	"waiting_warn") SET("waiting_bad") SET("longest_warn_s") SET("longest_bad_s")
	SET("level_warn") SET("level_bad") SET("missed_warn") SET(
		"missed_bad") " changed_by = $2, changed_at = now() FROM (SELECT $1::jsonb AS n) AS x RETURNING 1";

static const char sql_colleagues[] =
	"SELECT coalesce(json_agg(json_build_object('id', u.id, 'name', u.name,"
	" 'display', u.display, 'lines', ARRAY(SELECT l.line FROM user_lines l"
	"  WHERE l.user_id = u.id ORDER BY l.position)) ORDER BY u.display, u.name), '[]')"
	" FROM users u WHERE EXISTS (SELECT FROM user_lines l WHERE l.user_id = u.id)"
	" AND ($2::boolean OR EXISTS (SELECT FROM user_groups mine JOIN user_groups theirs"
	"  USING (group_id) WHERE mine.user_id = $1::uuid AND theirs.user_id = u.id))";
/* clang-format on */

int cti_settings_get(struct cti_pg *pg, struct cti_buf *json)
{
	return ask(pg, json, sql_settings, 0, NULL);
}

int cti_settings_set(struct cti_pg *pg, const struct cti_desk_user *u, const char *json)
{
	const char *const params[] = { json, u->name };

	return ask(pg, NULL, sql_set, 2, params);
}

int cti_colleagues(struct cti_pg *pg, const struct cti_desk_user *u, struct cti_buf *json)
{
	const char *const params[] = { u->id, u->all_lines ? "true" : "false" };

	return ask(pg, json, sql_colleagues, 2, params);
}
