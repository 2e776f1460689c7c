/*
 * statements.c -- documents to rows. The database takes the JSON apart, in one
 * statement whatever the batch holds; see ADR 0013.
 */
#include "statements.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * All access here is by key and in small numbers, whatever the tables hold by now: a plan
 * is made once, by index, before there are any statistics. Compiling it would take longer
 * than running it.
 */
const char cti_statements_session[] =
	"SELECT set_config(name, setting, false) FROM (VALUES"
	" ('plan_cache_mode', 'force_generic_plan'), ('enable_seqscan', 'off'),"
	" ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off'), ('jit', 'off'),"
	" ('work_mem', '16MB')) AS s (name, setting)";

/* Both compilers take longer strings than the 4,095 bytes that C promises. */
#pragma GCC diagnostic ignored "-Woverlength-strings"

/* clang-format off */

/* "unknown" is a time that has come and nobody knows when. */
#define TIME(expr)    "nullif(" expr ", 'unknown')::timestamptz"
#define UNKNOWN(expr) "coalesce(" expr " = 'unknown', false)"

/* A call that was there before us: its id has the time of the first sign of it. */
#define STARTED \
	"coalesce(" TIME("d->>'started_at'") ", to_timestamp(('x' || left(replace(" \
	"d->>'id', '-', ''), 12))::bit(48)::bigint / 1000.0))"

/* Seconds in a list of spans. */
#define SUM_S(spans) \
	"(SELECT coalesce(sum(extract(epoch FROM " TIME("s->>1") " - " TIME("s->>0") ")), 0)" \
	" FROM jsonb_array_elements(coalesce(" spans ", '[]')) AS s)"

/* Only when one contact was found. */
#define CONTACT(expr) "CASE WHEN d #>> '{contacts,status}' = 'one' THEN " expr " END"

/* An entry that was begun while its call went on waits for its completion now. */
#define NOW_OVER \
	" SET live = false, attempts = 0, next_at = now(), changed_at = now()," \
	" state = CASE WHEN o.state IN ('begun', 'dead') THEN 'waiting' ELSE o.state END"

/*
 * One statement, so that a batch is taken apart once; rows stay where they are and are
 * touched only where they differ. docs: pictures that are newer than what is there.
 * Returns the ids of those that have notes.
 */
static const char sql_conversations[] =
	"WITH docs AS MATERIALIZED (SELECT n.*, old.id IS NOT NULL AS known, " STARTED " AS started"
	" FROM (SELECT (d->>'id')::uuid AS id, (d->>'version')::bigint AS version, d"
	"  FROM jsonb_array_elements($1::jsonb) AS d) AS n"
	" LEFT JOIN conversations AS old ON old.id = n.id"
	" WHERE old.id IS NULL OR old.version < n.version)"

	", leg_docs AS MATERIALIZED (SELECT docs.id AS conversation, (leg->>'id')::uuid AS id,"
	"  leg->>'line' AS line, leg, started, d->>'pbx' AS pbx"
	" FROM docs, jsonb_array_elements(d->'legs') AS leg WHERE leg->>'line' IS NOT NULL)"

	", segment_docs AS MATERIALIZED (SELECT docs.id AS conversation, position,"
	"  nullif(s->>'line', '') AS line, s, d->>'pbx' AS pbx"
	" FROM docs, jsonb_array_elements(d->'segments') WITH ORDINALITY AS x (s, position))"

	", new_lines AS (INSERT INTO lines (line, pbx) SELECT DISTINCT ON (line) line, pbx"
	" FROM (SELECT line, pbx FROM leg_docs UNION ALL SELECT line, pbx FROM segment_docs) AS x"
	" WHERE line <> '' AND NOT EXISTS (SELECT FROM lines AS l WHERE l.line = x.line)"
	" ORDER BY line ON CONFLICT DO NOTHING)"

	", written AS (INSERT INTO conversations AS old (id, pbx, merged_into, version, direction,"
	" state, external_number, external_e164, external_display, external_name, presentation,"
	" dialled, queue, initiator, click_to_dial, started_at, start_unknown,"
	" answered_at, ended_at, ended_unknown, outcome, cause_sip, cause_q850, ended_by,"
	" lines, unknown, contact_id, contact_name, company, doc)"
	" SELECT id, d->>'pbx', (d->>'merged_into')::uuid,"
	" version, coalesce(d->>'direction', 'unknown'), d->>'state',"
	" d #>> '{external,number}', d #>> '{external,e164}', d #>> '{external,display}',"
	" d #>> '{external,name}', d #>> '{external,presentation}',"
	" d->>'dialled', d->>'queue', d->>'initiator',"
	" coalesce((d->>'click_to_dial')::boolean, false), started, "
	UNKNOWN("d->>'started_at'") ", " TIME("d->>'answered_at'") ", " TIME("d->>'ended_at'") ", "
	UNKNOWN("d->>'ended_at'") ","
	" d->>'outcome', (d #>> '{cause,sip}')::smallint, (d #>> '{cause,q850}')::smallint,"
	" d->>'ended_by',"
	" ARRAY(SELECT DISTINCT leg->>'line' FROM jsonb_array_elements(d->'legs') AS leg"
	"  WHERE leg->>'line' IS NOT NULL ORDER BY 1),"
	" ARRAY(SELECT jsonb_array_elements_text(d->'unknown')), "
	CONTACT("CASE WHEN d #>> '{contacts,matches,0,id}'"
		" ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'"
		" THEN (d #>> '{contacts,matches,0,id}')::uuid END") ", "
	CONTACT("d #>> '{contacts,matches,0,name}'") ", "
	CONTACT("d #>> '{contacts,matches,0,company}'") ", d - 'trace'"
	" FROM docs ON CONFLICT (id) DO UPDATE SET pbx = EXCLUDED.pbx,"
	" merged_into = EXCLUDED.merged_into, version = EXCLUDED.version,"
	" direction = EXCLUDED.direction, state = EXCLUDED.state,"
	" external_number = EXCLUDED.external_number,"
	" external_e164 = EXCLUDED.external_e164,"
	" external_display = EXCLUDED.external_display,"
	" external_name = EXCLUDED.external_name, presentation = EXCLUDED.presentation,"
	" dialled = EXCLUDED.dialled, queue = EXCLUDED.queue,"
	" initiator = EXCLUDED.initiator, click_to_dial = EXCLUDED.click_to_dial,"
	" started_at = EXCLUDED.started_at,"
	" start_unknown = EXCLUDED.start_unknown, answered_at = EXCLUDED.answered_at,"
	" ended_at = EXCLUDED.ended_at, ended_unknown = EXCLUDED.ended_unknown,"
	" outcome = EXCLUDED.outcome, cause_sip = EXCLUDED.cause_sip,"
	" cause_q850 = EXCLUDED.cause_q850, ended_by = EXCLUDED.ended_by,"
	" lines = EXCLUDED.lines, unknown = EXCLUDED.unknown, contact_id = EXCLUDED.contact_id,"
	" contact_name = EXCLUDED.contact_name, company = EXCLUDED.company,"
	" doc = EXCLUDED.doc, written_at = now()"
	" WHERE old.version < EXCLUDED.version"
	" RETURNING id, state, ended_at, merged_into, external_number, external_e164,"
	"  contact_id)"

	", legs_gone AS (DELETE FROM legs AS l USING docs"
	" WHERE known AND l.conversation_id = docs.id AND NOT EXISTS (SELECT"
	"  FROM jsonb_array_elements(d->'legs') AS leg"
	"  WHERE leg->>'id' = l.id::text AND leg->>'line' IS NOT NULL))"
	", legs_here AS (INSERT INTO legs AS l (conversation_id, id, line, role, state, result,"
	" rang_from, rang_to, ring_s, talked_s, held_s, started_at, cause_sip, cause_q850)"
	" SELECT conversation, id, line, leg->>'role', leg->>'state', leg->>'result', "
	TIME("leg #>> '{rang,0}'") ", " TIME("leg #>> '{rang,1}'") ","
	" extract(epoch FROM " TIME("leg #>> '{rang,1}'") " - " TIME("leg #>> '{rang,0}'") "), "
	SUM_S("leg->'talked'") ", " SUM_S("leg->'held'") ", started,"
	" (leg #>> '{cause,sip}')::smallint, (leg #>> '{cause,q850}')::smallint"
	" FROM leg_docs ON CONFLICT (conversation_id, id) DO UPDATE SET line = EXCLUDED.line,"
	" role = EXCLUDED.role, state = EXCLUDED.state, result = EXCLUDED.result,"
	" rang_from = EXCLUDED.rang_from, rang_to = EXCLUDED.rang_to, ring_s = EXCLUDED.ring_s,"
	" talked_s = EXCLUDED.talked_s, held_s = EXCLUDED.held_s,"
	" started_at = EXCLUDED.started_at, cause_sip = EXCLUDED.cause_sip,"
	" cause_q850 = EXCLUDED.cause_q850 WHERE l IS DISTINCT FROM EXCLUDED)"

	", segments_gone AS (DELETE FROM segments AS s USING docs WHERE known"
	" AND s.conversation_id = docs.id AND s.position > coalesce(jsonb_array_length(d->'segments'), 0))"
	", segments_here AS (INSERT INTO segments AS old (conversation_id, position, kind, line,"
	" started_at, ended_at, ended_unknown)"
	" SELECT conversation, position, s->>'kind', line, " TIME("s->>'from'") ", "
	TIME("s->>'to'") ", " UNKNOWN("s->>'to'")
	" FROM segment_docs ON CONFLICT (conversation_id, position) DO UPDATE"
	" SET kind = EXCLUDED.kind, line = EXCLUDED.line, started_at = EXCLUDED.started_at,"
	" ended_at = EXCLUDED.ended_at, ended_unknown = EXCLUDED.ended_unknown"
	" WHERE old IS DISTINCT FROM EXCLUDED)"

	", transfers_gone AS (DELETE FROM transfers AS t USING docs WHERE known"
	" AND t.conversation_id = docs.id AND t.position > coalesce(jsonb_array_length(d->'transfers'), 0))"
	", transfers_here AS (INSERT INTO transfers AS old (conversation_id, position, at, kind,"
	" from_line, target, note)"
	" SELECT id, n, " TIME("t->>'at'") ", t->>'kind', t->>'from', t->>'to', t->>'note'"
	" FROM docs, jsonb_array_elements(d->'transfers') WITH ORDINALITY AS x (t, n)"
	" ON CONFLICT (conversation_id, position) DO UPDATE SET at = EXCLUDED.at,"
	" kind = EXCLUDED.kind, from_line = EXCLUDED.from_line, target = EXCLUDED.target,"
	" note = EXCLUDED.note WHERE old IS DISTINCT FROM EXCLUDED)"

	", traces_here AS (INSERT INTO traces (conversation_id, entries)"
	" SELECT id, d->'trace' FROM docs WHERE jsonb_typeof(d->'trace') = 'array'"
	" ON CONFLICT (conversation_id) DO UPDATE SET entries = EXCLUDED.entries)"

	/* Calls that are over, for the CRMs: to the CRM that the contact is from; else to
	 * all of them, where they wait until one knows the caller. Calls that go on, to CRMs
	 * that want them as soon as it is known who it is. */
	", over AS (UPDATE crm_outbox AS o" NOW_OVER " FROM written AS c"
	" WHERE o.conversation_id = c.id AND o.live"
	" AND (c.state = 'ended' OR c.merged_into IS NOT NULL))"
	", outbox AS (INSERT INTO crm_outbox (conversation_id, crm, contact_id, number, live,"
	" state)"
	" SELECT c.id, k.name, CASE WHEN who.source = k.name THEN who.id END, c.external_e164,"
	" c.ended_at IS NULL,"
	" CASE WHEN who.source = k.name OR (k.log_unknown AND k.position ="
	"  (SELECT min(position) FROM crms WHERE log_calls)) THEN 'waiting' ELSE 'unknown' END"
	" FROM written AS c JOIN crms AS k ON k.log_calls"
	" LEFT JOIN contacts AS who ON who.id = c.contact_id"
	" LEFT JOIN crms AS theirs ON theirs.name = who.source AND theirs.log_calls"
	" WHERE (c.ended_at IS NOT NULL"
	"  OR k.log_live AND c.state <> 'ended' AND who.source = k.name)"
	" AND c.merged_into IS NULL AND c.external_number IS NOT NULL"
	" AND (theirs.name IS NULL OR theirs.name = k.name)"
	" ORDER BY c.ended_at, c.id ON CONFLICT DO NOTHING)"

	" SELECT id FROM docs WHERE jsonb_array_length(d->'notes') > 0"
	" OR known AND (SELECT true FROM call_notes AS n WHERE n.conversation_id = docs.id"
	"  LIMIT 1)";

/* Of the pictures that have notes, which are few. A note that was changed after the call
 * is there already. */
#define NOTED "conversations AS c WHERE c.id = ANY ($1::uuid[])"
static const char sql_notes_clear[] =
	"DELETE FROM call_notes WHERE conversation_id = ANY ($1::uuid[]) AND NOT late";
static const char sql_notes[] =
	"INSERT INTO call_notes (conversation_id, position, at, user_name, text, note_id,"
	" disposition)"
	" SELECT id, n, (t->>'at')::timestamptz, t->>'user', t->>'text',"
	" t->>'id', t->>'disposition' FROM (SELECT c.id, c.doc FROM " NOTED ") AS x,"
	" jsonb_array_elements(doc->'notes') WITH ORDINALITY AS y (t, n)"
	" ON CONFLICT (conversation_id, user_name, note_id) DO NOTHING";
static const char sql_notes_late[] =
	"UPDATE conversations AS c SET doc = jsonb_set(doc, '{notes}', call_notes_json(id))"
	" WHERE id = ANY ($1::uuid[])"
	" AND EXISTS (SELECT FROM call_notes n WHERE n.conversation_id = c.id AND n.late)";

/* Of a conversation that was open when we died and is gone now. Its version stays: a
 * picture that is newer than the one we have still counts. */
#define LOST \
	"(SELECT c.id FROM jsonb_array_elements($1::jsonb) AS d JOIN conversations AS c" \
	" ON c.id = (d->>'id')::uuid AND c.ended_at IS NULL AND NOT c.ended_unknown) AS lost"
static const char sql_lost_segments[] =
	"UPDATE segments SET ended_unknown = true FROM " LOST
	" WHERE conversation_id = lost.id AND ended_at IS NULL";
static const char sql_lost_outbox[] =
	"UPDATE crm_outbox AS o" NOW_OVER " FROM " LOST
	" WHERE o.conversation_id = lost.id AND o.live";
static const char sql_lost_legs[] =
	"UPDATE legs SET state = 'ended' FROM " LOST " WHERE conversation_id = lost.id";
static const char sql_lost[] =
	"UPDATE conversations AS c SET ended_unknown = true, state = 'ended',"
	" written_at = now(),"
	" doc = c.doc || '{\"ended_at\": \"unknown\", \"state\": \"ended\"}' FROM " LOST
	" WHERE c.id = lost.id";

static const char sql_audit[] =
	"INSERT INTO audit (id, at, who, what, detail)"
	" SELECT (a->>'id')::uuid, coalesce((a #>> '{rec,at}')::timestamptz, now()),"
	" a #>> '{rec,who}', coalesce(a #>> '{rec,what}', '?'), a->'rec'"
	" FROM jsonb_array_elements($1::jsonb) AS a ON CONFLICT DO NOTHING";
/* clang-format on */

static enum cti_pg_status run(
	struct cti_pg *pg, const char *const *sql, size_t n, const char *param)
{
	enum cti_pg_status st = CTI_PG_OK;

	for (size_t i = 0; st == CTI_PG_OK && i < n; i++)
		st = cti_pg_exec(pg, NULL, sql[i], 1, &param);
	return st;
}

/* ids: the first column of what wrote the pictures. */
static enum cti_pg_status write_notes(struct cti_pg *pg, const struct cti_pg_result *ids)
{
	static const char *const sql[] = { sql_notes_clear, sql_notes, sql_notes_late };
	struct cti_buf list = { 0 };
	enum cti_pg_status st;

	cti_buf_str(&list, "{");
	for (size_t i = 0; i < cti_pg_rows(ids); i++)
		cti_buf_printf(&list, i ? ",%s" : "%s", cti_pg_value(ids, i, 0));
	cti_buf_str(&list, "}");
	st = list.err ? CTI_PG_AWAY : run(pg, sql, sizeof(sql) / sizeof(*sql), list.data);
	cti_buf_reset(&list);
	return st;
}

static enum cti_pg_status write_conversations(struct cti_pg *pg, const char *json)
{
	struct cti_pg_result *noted = NULL;
	enum cti_pg_status st = cti_pg_exec(pg, &noted, sql_conversations, 1, &json);

	if (st == CTI_PG_OK && cti_pg_rows(noted))
		st = write_notes(pg, noted);
	cti_pg_result_free(noted);
	return st;
}

enum cti_pg_status cti_statements_write(
	struct cti_pg *pg, const struct cti_batch_params *p)
{
	static const char *const lost[] = { sql_lost_segments, sql_lost_outbox,
		sql_lost_legs, sql_lost };
	static const char *const audit[] = { sql_audit };
	enum cti_pg_status st = CTI_PG_OK;

	if (p->nconversations)
		st = write_conversations(pg, p->conversations.data);
	if (st == CTI_PG_OK && p->nlost)
		st = run(pg, lost, sizeof(lost) / sizeof(*lost), p->lost.data);
	if (st == CTI_PG_OK && p->naudit)
		st = run(pg, audit, 1, p->audit.data);
	return st;
}

enum cti_pg_status cti_position_read(struct cti_pg *pg, struct cti_position *p)
{
	static const char sql[] = "SELECT epoch, pos, refused FROM journal_position";
	struct cti_pg_result *res = NULL;
	const enum cti_pg_status st = cti_pg_exec(pg, &res, sql, 0, NULL);

	*p = (struct cti_position){ 0 };
	if (st == CTI_PG_OK && cti_pg_rows(res)) {
		p->there = true;
		p->epoch = strtoull(cti_pg_value(res, 0, 0), NULL, 16);
		p->pos = strtoull(cti_pg_value(res, 0, 1), NULL, 10);
		p->refused = strtoull(cti_pg_value(res, 0, 2), NULL, 10);
	}
	cti_pg_result_free(res);
	return st;
}

enum cti_pg_status cti_position_write(struct cti_pg *pg, const struct cti_position *p)
{
	static const char sql[] =
		"INSERT INTO journal_position (epoch, pos, refused) VALUES ($1, $2, $3)"
		" ON CONFLICT (single) DO UPDATE SET epoch = EXCLUDED.epoch,"
		" pos = EXCLUDED.pos, refused = EXCLUDED.refused, changed_at = now()";
	char epoch[24], pos[24], refused[24];
	const char *const params[] = { epoch, pos, refused };

	(void)snprintf(epoch, sizeof(epoch), "%016llx", (unsigned long long)p->epoch);
	(void)snprintf(pos, sizeof(pos), "%llu", (unsigned long long)p->pos);
	(void)snprintf(refused, sizeof(refused), "%llu", (unsigned long long)p->refused);
	return cti_pg_exec(pg, NULL, sql, 3, params);
}
