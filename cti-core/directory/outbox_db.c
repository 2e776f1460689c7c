/*
 * outbox_db.c -- see outbox.h and outbox_db.h.
 */
#include "outbox_db.h"

#include "asker.h"
#include "json.h"
#include "url.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- callers who become known ------------------------------------------------ */

/* A call goes to one CRM: who it was is known now, the others need not wait. */
static const char sql_others[] =
	"DELETE FROM crm_outbox AS o USING crm_outbox AS k WHERE o.number = $1"
	" AND o.state = 'unknown' AND k.conversation_id = o.conversation_id"
	" AND k.id <> o.id AND k.contact_id IS NOT NULL";

static const char sql_chosen[] =
	"UPDATE crm_outbox AS o SET contact_id = c.id, state = 'waiting', next_at = now(),"
	" changed_at = now() FROM contacts AS c WHERE c.id = $2::uuid AND o.number = $1"
	" AND o.state = 'unknown' AND o.crm = c.source";

static const char sql_known[] =
	"UPDATE crm_outbox AS o SET contact_id = x.id, state = 'waiting', next_at = now(),"
	" changed_at = now() FROM (SELECT c.source, min(c.id::text)::uuid AS id"
	"  FROM contact_numbers AS n JOIN contacts AS c ON c.id = n.contact_id"
	"  WHERE n.e164 = $1 GROUP BY c.source HAVING count(DISTINCT c.id) = 1) AS x"
	" WHERE o.number = $1 AND o.state = 'unknown' AND o.crm = x.source";

enum cti_pg_status cti_outbox_chosen(
	struct cti_pg *pg, const char *number, const char *contact_id)
{
	const char *const params[] = { number, contact_id };
	const enum cti_pg_status st = cti_pg_exec(pg, NULL, sql_chosen, 2, params);

	return st == CTI_PG_OK ? cti_pg_exec(pg, NULL, sql_others, 1, params) : st;
}

enum cti_pg_status cti_outbox_known(struct cti_pg *pg, const char *number)
{
	const enum cti_pg_status st = cti_pg_exec(pg, NULL, sql_known, 1, &number);

	return st == CTI_PG_OK ? cti_pg_exec(pg, NULL, sql_others, 1, &number) : st;
}

enum cti_pg_status cti_outbox_late(struct cti_pg *pg)
{
	static const char sql_late[] =
		"UPDATE crm_outbox AS o SET contact_id = c.id, state = 'waiting',"
		" next_at = now(), changed_at = now() FROM conversations AS v"
		" JOIN contacts AS c ON c.id = v.contact_id WHERE v.id = o.conversation_id"
		" AND o.state = 'unknown' AND o.crm = c.source"
		" AND o.created_at > now() - interval '10 minutes'";
	static const char sql_rest[] =
		"DELETE FROM crm_outbox AS o USING crm_outbox AS k WHERE o.state = 'unknown'"
		" AND o.created_at > now() - interval '10 minutes'"
		" AND k.conversation_id = o.conversation_id AND k.id <> o.id"
		" AND k.contact_id IS NOT NULL";
	struct cti_pg_result *res = NULL;
	enum cti_pg_status st = cti_pg_exec(pg, &res, sql_late, 0, NULL);

	if (st == CTI_PG_OK && cti_pg_affected(res))
		st = cti_pg_exec(pg, NULL, sql_rest, 0, NULL);
	cti_pg_result_free(res);
	return st;
}

int cti_user_crm_set(
	struct cti_pg *pg, const char *name, const char *crm, const char *crm_user)
{
	static const char sql_put[] =
		"INSERT INTO user_crms (user_id, crm, crm_user) SELECT id, $2, $3 FROM users"
		" WHERE name = $1 ON CONFLICT (user_id, crm) DO UPDATE"
		" SET crm_user = EXCLUDED.crm_user RETURNING 1";
	static const char sql_drop[] =
		"WITH u AS (SELECT id FROM users WHERE name = $1), gone AS (DELETE FROM user_crms"
		" USING u WHERE user_id = u.id AND crm = $2) SELECT 1 FROM u";
	const char *const params[] = { name, crm, crm_user };
	struct cti_pg_result *res = NULL;
	const enum cti_pg_status st =
		*crm_user ? cti_pg_exec(pg, &res, sql_put, 3, params)
			  : cti_pg_exec(pg, &res, sql_drop, 2, params);
	const bool there = st == CTI_PG_OK && cti_pg_rows(res) > 0;

	cti_pg_result_free(res);
	return st == CTI_PG_OK && !there ? ENOENT : cti_pg_errno(st);
}

/* ---- for people ---------------------------------------------------------------- */

int cti_outbox_list(struct cti_pg *pg, struct cti_buf *json)
{
	static const char sql[] =
		"SELECT jsonb_build_object('counts', (SELECT coalesce(jsonb_object_agg(state, n),"
		" '{}') FROM (SELECT state, count(*) AS n FROM crm_outbox GROUP BY state) AS c),"
		" 'rows', (SELECT coalesce(jsonb_agg(r), '[]') FROM (SELECT o.id::text,"
		" o.conversation_id AS conversation, o.crm, o.state, o.attempts, o.error,"
		" c.name AS contact, o.number, to_char(o.next_at AT TIME ZONE 'UTC',"
		" 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS next_at, to_char(o.created_at AT TIME"
		" ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS created_at"
		" FROM crm_outbox AS o LEFT JOIN contacts AS c ON c.id = o.contact_id"
		" WHERE o.state = 'dead' OR o.state = 'waiting' AND o.error IS NOT NULL"
		" ORDER BY o.id DESC LIMIT 500) AS r))";
	struct cti_pg_result *res = NULL;
	const enum cti_pg_status st = cti_pg_exec(pg, &res, sql, 0, NULL);

	if (st == CTI_PG_OK)
		cti_buf_str(json, cti_pg_value(res, 0, 0));
	cti_pg_result_free(res);
	return st == CTI_PG_OK ? json->err : cti_pg_errno(st);
}

int cti_outbox_replay(struct cti_pg *pg, const char *id, size_t *np)
{
	static const char sql[] =
		"UPDATE crm_outbox SET state = CASE WHEN contact_id IS NULL AND NOT EXISTS"
		" (SELECT FROM crms AS k WHERE k.name = crm AND k.log_unknown)"
		" THEN 'unknown' ELSE 'waiting' END, attempts = 0, next_at = now(),"
		" changed_at = now() WHERE state = 'dead' AND ($1::bigint IS NULL OR id = $1)";
	struct cti_pg_result *res = NULL;
	enum cti_pg_status st;

	*np = 0;
	if (id && (!*id || strspn(id, "0123456789") != strlen(id) || strlen(id) > 18))
		return EINVAL;
	st = cti_pg_exec(pg, &res, sql, 1, &id);
	if (st == CTI_PG_OK)
		*np = cti_pg_affected(res);
	cti_pg_result_free(res);
	return st == CTI_PG_OK ? (id && !*np ? ENOENT : 0) : cti_pg_errno(st);
}

/* ---- the thread's ----------------------------------------------------------------- */

enum cti_pg_status cti_outbox_put_crms(struct cti_pg *pg, const struct cti_crm_conf *crms,
	size_t n, const struct cti_asker *asker)
{
	static const char sql[] =
		"INSERT INTO crms (name, position, log_calls, log_unknown, log_live)"
		" VALUES ($1, $2, $3, $4, $5)";
	enum cti_pg_status st = cti_pg_begin(pg);

	if (st == CTI_PG_OK)
		st = cti_pg_exec(pg, NULL, "DELETE FROM crms", 0, NULL);
	for (size_t i = 0; st == CTI_PG_OK && i < n; i++) {
		const bool completes =
			asker->caps(crms[i].name, asker->arg) & CTI_CRM_CAN_COMPLETE;
		char position[24];
		const char *const params[] = { crms[i].name, position,
			crms[i].log_calls ? "t" : "f", crms[i].log_unknown ? "t" : "f",
			crms[i].log_live && completes ? "t" : "f" };

		(void)snprintf(position, sizeof(position), "%zu", i + 1);
		st = cti_pg_exec(pg, NULL, sql, 5, params);
	}
	if (st == CTI_PG_OK)
		return cti_pg_commit(pg);
	cti_pg_rollback(pg);
	return st;
}

enum cti_pg_status cti_outbox_recover(struct cti_pg *pg, const char *crm, bool once)
{
	static const char sql[] =
		"UPDATE crm_outbox SET state = $2, error = $3, next_at = now(), changed_at = now()"
		" WHERE state = 'sending' AND crm = $1";
	const char *const params[] = { crm, once ? "waiting" : "dead",
		once ? NULL
		     : "we ended before the CRM answered, and it has no place for our key: "
		       "look there before you send it again" };

	return cti_pg_exec(pg, NULL, sql, 3, params);
}

/* clang-format off */
#define US(t) "(extract(epoch FROM " t ") * 1000000)::bigint"

/* The agent: who talked longest, else who rang first; the beginner of an outbound call. */
static const char sql_claim[] =
	"WITH due AS (SELECT o.id FROM crm_outbox AS o JOIN crms AS k ON k.name = o.crm"
	"  WHERE o.state = 'waiting' AND o.next_at <= now() AND k.log_calls"
	"  AND NOT EXISTS (SELECT FROM crm_outbox AS e WHERE e.crm = o.crm"
	"   AND e.contact_id = o.contact_id AND e.id < o.id"
	"   AND e.state IN ('waiting', 'sending'))"
	"  ORDER BY o.id LIMIT $1), "
	"claimed AS (UPDATE crm_outbox AS o SET state = 'sending', attempts = attempts + 1,"
	"  changed_at = now() FROM due WHERE o.id = due.id RETURNING o.*) "
	"SELECT o.id, o.crm, o.attempts, v.id, v.direction, coalesce(v.external_e164,"
	" v.external_number), coalesce(c.name, v.external_name), a.line, u.display, p.crm_user,"
	" v.queue, " US("v.started_at") ", " US("v.answered_at") ", " US("v.ended_at") ","
	" v.outcome, (SELECT string_agg(t.text, E'\\n' ORDER BY t.position) FROM call_notes AS t"
	"  WHERE t.conversation_id = v.id),"
	" c.source, c.source_key, c.kind, c.name, co.name, c.url, c.extra, o.live"
	" FROM claimed AS o JOIN conversations AS v ON v.id = o.conversation_id"
	" LEFT JOIN contacts AS c ON c.id = o.contact_id"
	" LEFT JOIN companies AS co ON co.id = c.company_id"
	" LEFT JOIN LATERAL (SELECT l.line FROM legs AS l WHERE l.conversation_id = v.id"
	"  ORDER BY l.line = v.initiator DESC NULLS LAST, l.talked_s DESC, l.rang_from"
	"  NULLS LAST, l.line LIMIT 1) AS a ON true"
	" LEFT JOIN LATERAL (SELECT u.id, u.display FROM user_lines AS ul JOIN users AS u"
	"  ON u.id = ul.user_id WHERE ul.line = a.line ORDER BY ul.position, u.name LIMIT 1)"
	"  AS u ON true"
	" LEFT JOIN user_crms AS p ON p.user_id = u.id AND p.crm = o.crm"
	" ORDER BY o.id";
/* clang-format on */

enum {
	C_ID,
	C_CRM,
	C_ATTEMPTS,
	C_KEY,
	C_DIRECTION,
	C_NUMBER,
	C_NAME,
	C_LINE,
	C_AGENT,
	C_CRM_USER,
	C_QUEUE,
	C_STARTED,
	C_ANSWERED,
	C_ENDED,
	C_OUTCOME,
	C_NOTE,
	C_SOURCE,
	C_SOURCE_KEY,
	C_KIND,
	C_CONTACT_NAME,
	C_COMPANY,
	C_URL,
	C_EXTRA,
	C_LIVE
};

void cti_outbox_row_reset(struct cti_outbox_row *row)
{
	for (size_t i = 0; i < row->ntexts; i++)
		free(row->texts[i]);
	free(row->crm);
	cti_crm_contact_reset(&row->contact);
	*row = (struct cti_outbox_row){ 0 };
}

/* Kept by the row; NULL for NULL. */
static const char *keep(struct cti_outbox_row *row, const char *text)
{
	if (!text || row->ntexts >= sizeof(row->texts) / sizeof(row->texts[0]))
		return NULL;
	row->texts[row->ntexts] = cti_str_dup(text);
	return row->texts[row->ntexts] ? row->texts[row->ntexts++] : NULL;
}

static int64_t time_of(const struct cti_pg_result *res, size_t i, size_t col)
{
	const char *text = cti_pg_value(res, i, col);

	return text ? strtoll(text, NULL, 10) : 0;
}

static enum cti_crm_call_type type_of(const char *direction, bool answered)
{
	if (direction && !strcmp(direction, "outbound"))
		return answered ? CTI_CRM_CALL_OUTBOUND : CTI_CRM_CALL_UNANSWERED;
	return answered ? CTI_CRM_CALL_INBOUND : CTI_CRM_CALL_MISSED;
}

/* "Aoki Ken": the family's name first, as users are written here. */
static void name_agent(struct cti_outbox_row *row, const char *display)
{
	const char *space = display ? strchr(display, ' ') : NULL;
	char first[128];

	if (!display)
		return;
	if (!space) {
		row->call.agent_last = keep(row, display);
		return;
	}
	(void)cti_str_copyn(first, sizeof(first), display, (size_t)(space - display));
	row->call.agent_last = keep(row, first);
	row->call.agent_first = keep(row, space + 1);
}

static void name_page(struct cti_outbox_row *row, const char *page_url)
{
	const struct cti_url_value id = { "id", row->call.key };
	struct cti_buf url = { 0 };

	if (page_url && row->call.key && cti_url_expand(&url, page_url, &id, 1))
		row->call.page_url = keep(row, url.data);
	cti_buf_reset(&url);
}

static int read_contact(
	struct cti_outbox_row *row, const struct cti_pg_result *res, size_t i)
{
	const char *kind = cti_pg_value(res, i, C_KIND);
	const char *key = cti_pg_value(res, i, C_SOURCE_KEY);
	const char *extra = cti_pg_value(res, i, C_EXTRA);
	const char *number = cti_pg_value(res, i, C_NUMBER);
	struct cti_crm_contact *c = &row->contact;
	int err;

	if (!key)
		return 0;
	if (kind && !strncmp(key, kind, strlen(kind)) && key[strlen(kind)] == ':')
		key += strlen(kind) + 1;
	err = cti_crm_contact_set(&c->source, cti_pg_value(res, i, C_SOURCE));
	err = err ? err : cti_crm_contact_set(&c->id, key);
	err = err ? err : cti_crm_contact_set(&c->type, kind ? kind : "");
	err = err ? err
		  : cti_crm_contact_set(&c->name, cti_pg_value(res, i, C_CONTACT_NAME));
	err = err ? err
		  : cti_crm_contact_set(
			    &c->company, cti_pg_value(res, i, C_COMPANY)
						 ? cti_pg_value(res, i, C_COMPANY)
						 : "");
	err = err ? err
		  : cti_crm_contact_set(&c->url, cti_pg_value(res, i, C_URL)
							 ? cti_pg_value(res, i, C_URL)
							 : "");
	err = err ? err : cti_crm_contact_set(&c->title, "");
	if (!err && number)
		err = cti_crm_contact_number(c, number, "other");
	c->extra = cti_str_dup(extra ? extra : "");
	row->call.contact = c;
	return err ? err : c->extra ? 0 : ENOMEM;
}

static int read_row(struct cti_outbox_row *row, const struct cti_pg_result *res, size_t i,
	const char *page_url)
{
	struct cti_crm_call *call = &row->call;

	*row = (struct cti_outbox_row){ 0 };
	(void)cti_str_copy(row->id, sizeof(row->id), cti_pg_value(res, i, C_ID));
	row->crm = cti_str_dup(cti_pg_value(res, i, C_CRM));
	row->attempts = (unsigned)time_of(res, i, C_ATTEMPTS);
	call->key = keep(row, cti_pg_value(res, i, C_KEY));
	call->number = keep(row, cti_pg_value(res, i, C_NUMBER));
	call->name = keep(row, cti_pg_value(res, i, C_NAME));
	call->agent = keep(row, cti_pg_value(res, i, C_LINE));
	call->agent_user = keep(row, cti_pg_value(res, i, C_CRM_USER));
	call->queue = keep(row, cti_pg_value(res, i, C_QUEUE));
	call->outcome = keep(row, cti_pg_value(res, i, C_OUTCOME));
	call->note = keep(row, cti_pg_value(res, i, C_NOTE));
	row->live = *cti_pg_value(res, i, C_LIVE) == 't';
	call->open = row->live;
	call->start_us = time_of(res, i, C_STARTED);
	call->answered_us = time_of(res, i, C_ANSWERED);
	call->end_us = time_of(res, i, C_ENDED);
	call->type = type_of(cti_pg_value(res, i, C_DIRECTION), call->answered_us != 0);
	name_agent(row, cti_pg_value(res, i, C_AGENT));
	name_page(row, page_url);
	return row->crm && call->key ? read_contact(row, res, i) : ENOMEM;
}

enum cti_pg_status cti_outbox_claim(struct cti_pg *pg, const char *page_url,
	struct cti_outbox_row *rows, size_t n, size_t *np)
{
	struct cti_pg_result *res = NULL;
	enum cti_pg_status st;
	char limit[24];
	const char *const params[] = { limit };

	*np = 0;
	(void)snprintf(limit, sizeof(limit), "%zu", n);
	st = cti_pg_exec(pg, &res, sql_claim, 1, params);
	for (size_t i = 0; st == CTI_PG_OK && i < cti_pg_rows(res) && i < n; i++) {
		if (!read_row(&rows[*np], res, i, page_url)) {
			(*np)++;
			continue;
		}
		(void)cti_outbox_again(
			pg, cti_pg_value(res, i, C_ID), "out of memory", 60000, false);
		cti_outbox_row_reset(&rows[*np]);
	}
	cti_pg_result_free(res);
	return st;
}

/* The call may have ended while its beginning was on its way. */
enum cti_pg_status cti_outbox_written(
	struct cti_pg *pg, const char *id, const char *record_id, bool live)
{
	static const char sql[] =
		"UPDATE crm_outbox SET record_id = $2, error = NULL, changed_at = now(), state ="
		" CASE WHEN NOT $3 THEN 'written' WHEN live THEN 'begun' ELSE 'waiting' END"
		" WHERE id = $1";
	const char *const params[] = { id, record_id, live ? "t" : "f" };

	return cti_pg_exec(pg, NULL, sql, 3, params);
}

enum cti_pg_status cti_outbox_count(struct cti_pg *pg, struct cti_outbox_status *st)
{
	static const char sql[] =
		"SELECT (SELECT count(*) FROM crm_outbox WHERE state = 'waiting'),"
		" (SELECT count(*) FROM crm_outbox WHERE state = 'begun'),"
		" (SELECT count(*) FROM crm_outbox WHERE state = 'unknown'),"
		" (SELECT count(*) FROM crm_outbox WHERE state = 'dead'),"
		" (SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::bigint"
		"  FROM crm_outbox WHERE state = 'waiting' AND NOT live)";
	struct cti_pg_result *res = NULL;
	const enum cti_pg_status status = cti_pg_exec(pg, &res, sql, 0, NULL);
	uint64_t *const to[] = { &st->rows_waiting, &st->rows_begun, &st->rows_unknown,
		&st->rows_dead, &st->oldest_s };

	for (size_t i = 0; status == CTI_PG_OK && i < sizeof(to) / sizeof(to[0]); i++)
		*to[i] = strtoull(cti_pg_value(res, 0, i), NULL, 10);
	cti_pg_result_free(res);
	return status;
}

enum cti_pg_status cti_outbox_forget(struct cti_pg *pg, uint32_t keep_s)
{
	static const char sql[] =
		"DELETE FROM crm_outbox WHERE id IN (SELECT id FROM crm_outbox WHERE"
		" state = 'written' AND changed_at < now() - $1 * interval '1 s'"
		" ORDER BY changed_at LIMIT 10000)";
	char keep[16];
	const char *const params[] = { keep };

	(void)snprintf(keep, sizeof(keep), "%u", keep_s);
	return cti_pg_exec(pg, NULL, sql, 1, params);
}

enum cti_pg_status cti_outbox_again(struct cti_pg *pg, const char *id, const char *error,
	uint64_t wait_ms, bool counts)
{
	static const char sql[] =
		"UPDATE crm_outbox SET state = 'waiting', error = $2, changed_at = now(),"
		" next_at = now() + $3 * interval '1 millisecond',"
		" attempts = greatest(attempts - $4::integer, 0) WHERE id = $1";
	char wait[24];
	const char *const params[] = { id, error, wait, counts ? "0" : "1" };

	(void)snprintf(wait, sizeof(wait), "%llu", (unsigned long long)wait_ms);
	return cti_pg_exec(pg, NULL, sql, 4, params);
}

enum cti_pg_status cti_outbox_dead(struct cti_pg *pg, const char *id, const char *error)
{
	static const char sql[] =
		"UPDATE crm_outbox SET state = 'dead', error = $2, changed_at = now()"
		" WHERE id = $1";
	const char *const params[] = { id, error };

	return cti_pg_exec(pg, NULL, sql, 2, params);
}
