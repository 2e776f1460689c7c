/*
 * statements.c -- documents to rows. The database takes the JSON apart: one
 * statement a table and batch, whatever the batch holds.
 */
#include "statements.h"

#include <stdio.h>
#include <stdlib.h>

/* clang-format off: SQL as it is read */
/* "unknown" is a time that has come and nobody knows when. */
#define TIME(expr)    "nullif(" expr ", 'unknown')::timestamptz"
#define UNKNOWN(expr) "coalesce(" expr " = 'unknown', false)"

/* A call that was there before us: its id has the time of the first sign of it. */
#define STARTED                                                                          \
	"coalesce(" TIME(                                                                \
		"d->>'started_at'") ", to_timestamp(('x' || left(replace("               \
				    "d->>'id', '-', ''), 12))::bit(48)::bigint / 1000.0))"

/* Seconds in a list of spans. */
#define SUM_S(spans)                                                                     \
	"(SELECT coalesce(sum(extract(epoch FROM " TIME("s->>1") " - " TIME(             \
		"s->>0") ")), 0)"                                                        \
			 " FROM jsonb_array_elements(coalesce(" spans ", '[]')) AS s)"

/* Documents that are now the picture in the database: children follow those alone. */
#define DOCS                                                                             \
	"(SELECT d FROM jsonb_array_elements($1::jsonb) AS d JOIN conversations AS c"    \
	" ON c.id = (d->>'id')::uuid AND c.version = (d->>'version')::bigint) AS docs (d)"

static const char sql_lines[] =
	"INSERT INTO lines (line, pbx) SELECT DISTINCT ON (l) l, d->>'pbx'"
	" FROM jsonb_array_elements($1::jsonb) AS d, LATERAL"
	" (SELECT leg->>'line' AS l FROM jsonb_array_elements(d->'legs') AS leg"
	"  UNION SELECT seg->>'line' FROM jsonb_array_elements(d->'segments') AS seg) AS x"
	" WHERE l <> '' ORDER BY l ON CONFLICT DO NOTHING";

static const char sql_conversations[] =
	"INSERT INTO conversations AS old (id, pbx, merged_into, version, direction, state,"
	" external_number, external_e164, external_display, external_name, presentation,"
	" dialled, queue, initiator, click_to_dial, started_at, start_unknown,"
	" answered_at, ended_at, ended_unknown, outcome, cause_sip, cause_q850, ended_by,"
	" lines, unknown, contact_id, contact_name, company, doc)"
	" SELECT (d->>'id')::uuid, d->>'pbx', (d->>'merged_into')::uuid,"
	" (d->>'version')::bigint, coalesce(d->>'direction', 'unknown'), d->>'state',"
	" d #>> '{external,number}', d #>> '{external,e164}', d #>> '{external,display}',"
	" d #>> '{external,name}', d #>> '{external,presentation}',"
	" d->>'dialled', d->>'queue', d->>'initiator',"
	" coalesce((d->>'click_to_dial')::boolean, false)," STARTED
	", " UNKNOWN("d->>'started_at'") ", " TIME("d->>'answered_at'") ", " TIME("d->>'ended_at'") ", " UNKNOWN(
		"d->>'ended_at'") ","
				  " d->>'outcome', (d #>> '{cause,sip}')::smallint, (d #>> '{cause,q850}')::smallint,"
				  " d->>'ended_by',"
				  " ARRAY(SELECT DISTINCT leg->>'line' FROM jsonb_array_elements(d->'legs') AS leg"
				  "  WHERE leg->>'line' IS NOT NULL ORDER BY 1),"
				  " ARRAY(SELECT jsonb_array_elements_text(d->'unknown')),"
				  " CASE WHEN d #>> '{contacts,status}' = 'one' AND d #>> '{contacts,matches,0,id}'"
				  "  ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'"
				  "  THEN (d #>> '{contacts,matches,0,id}')::uuid END,"
				  " CASE WHEN d #>> '{contacts,status}' = 'one'"
				  "  THEN d #>> '{contacts,matches,0,name}' END,"
				  " CASE WHEN d #>> '{contacts,status}' = 'one'"
				  "  THEN d #>> '{contacts,matches,0,company}' END,"
				  " d - 'trace'"
				  " FROM jsonb_array_elements($1::jsonb) AS d"
				  " ON CONFLICT (id) DO UPDATE SET pbx = EXCLUDED.pbx,"
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
				  " lines = EXCLUDED.lines, unknown = EXCLUDED.unknown,"
				  " contact_id = EXCLUDED.contact_id, contact_name = EXCLUDED.contact_name, company = EXCLUDED.company,"
				  " doc = EXCLUDED.doc, written_at = now()"
				  " WHERE old.version < EXCLUDED.version";

static const char sql_legs_clear[] =
	"DELETE FROM legs USING " DOCS " WHERE conversation_id = (d->>'id')::uuid";
static const char sql_legs[] =
	"INSERT INTO legs (conversation_id, id, line, role, state, result, rang_from,"
	" rang_to, ring_s, talked_s, held_s, started_at, cause_sip, cause_q850)"
	" SELECT (d->>'id')::uuid, (leg->>'id')::uuid, leg->>'line', leg->>'role',"
	" leg->>'state', leg->>'result', " TIME("leg #>> '{rang,0}'") ", " TIME(
		"leg #>> '{rang,1}'") ","
				      " extract(epoch FROM " TIME("leg #>> '{rang,1}'") " - " TIME("leg #>> '{rang,0}'") "), " SUM_S(
					      "leg->'talked'") ", " SUM_S("leg->'held'") ", " STARTED
											 ", (leg #>> '{cause,sip}')::smallint,"
											 " (leg #>> '{cause,q850}')::smallint"
											 " FROM " DOCS
											 ", jsonb_array_elements(d->'legs') AS leg"
											 " WHERE leg->>'line' IS NOT NULL ON CONFLICT DO NOTHING";

static const char sql_segments_clear[] =
	"DELETE FROM segments USING " DOCS " WHERE conversation_id = (d->>'id')::uuid";
static const char sql_segments[] =
	"INSERT INTO segments (conversation_id, position, kind, line, started_at, ended_at,"
	" ended_unknown)"
	" SELECT (d->>'id')::uuid, n, s->>'kind', nullif(s->>'line', ''), " TIME("s->>'from'") ", " TIME(
		"s->>'to'") ", " UNKNOWN("s->>'to'") " FROM " DOCS
						     ", jsonb_array_elements(d->'segments') WITH ORDINALITY AS x (s, n)";

static const char sql_transfers_clear[] =
	"DELETE FROM transfers USING " DOCS " WHERE conversation_id = (d->>'id')::uuid";
static const char sql_transfers[] =
	"INSERT INTO transfers (conversation_id, position, at, kind, from_line, target, note)"
	" SELECT (d->>'id')::uuid, n, " TIME(
		"t->>'at'") ", t->>'kind', t->>'from',"
			    " t->>'to', t->>'note'"
			    " FROM " DOCS
			    ", jsonb_array_elements(d->'transfers') WITH ORDINALITY AS x (t, n)";

static const char sql_notes_clear[] =
	"DELETE FROM call_notes USING " DOCS
	" WHERE conversation_id = (d->>'id')::uuid AND NOT late";
/* A note that was changed after the call is there already. */
static const char sql_notes[] =
	"INSERT INTO call_notes (conversation_id, position, at, user_name, text, note_id,"
	" disposition)"
	" SELECT (d->>'id')::uuid, n, (t->>'at')::timestamptz, t->>'user', t->>'text',"
	" t->>'id', t->>'disposition'"
	" FROM " DOCS ", jsonb_array_elements(d->'notes') WITH ORDINALITY AS x (t, n)"
	" ON CONFLICT (conversation_id, user_name, note_id) DO NOTHING";
static const char sql_notes_late[] =
	"UPDATE conversations c SET doc = jsonb_set(c.doc, '{notes}', call_notes_json(c.id))"
	" FROM " DOCS " WHERE c.id = (d->>'id')::uuid"
	" AND EXISTS (SELECT FROM call_notes n WHERE n.conversation_id = c.id AND n.late)";

static const char sql_traces[] =
	"INSERT INTO traces (conversation_id, entries)"
	" SELECT (d->>'id')::uuid, d->'trace' FROM " DOCS
	" WHERE jsonb_typeof(d->'trace') = 'array'"
	" ON CONFLICT (conversation_id) DO UPDATE SET entries = EXCLUDED.entries";

/* An entry that was begun while its call went on waits for its completion now. */
#define NOW_OVER                                                                 \
	" SET live = false, attempts = 0, next_at = now(), changed_at = now(),"  \
	" state = CASE WHEN o.state IN ('begun', 'dead') THEN 'waiting' ELSE o.state END"

/* Calls that are over, for the CRMs: to the CRM that the contact is from; else to
 * all of them, where they wait until one knows the caller. Calls that go on, to CRMs
 * that want them as soon as it is known who it is. */
static const char sql_outbox[] =
	"WITH over AS (UPDATE crm_outbox AS o" NOW_OVER " FROM " DOCS
	" JOIN conversations AS c ON c.id = (d->>'id')::uuid WHERE o.conversation_id = c.id"
	" AND o.live AND (c.state = 'ended' OR c.merged_into IS NOT NULL))"
	"INSERT INTO crm_outbox (conversation_id, crm, contact_id, number, live, state)"
	" SELECT c.id, k.name, x.id, c.external_e164, c.ended_at IS NULL,"
	" CASE WHEN x.id IS NOT NULL OR (k.log_unknown AND k.position ="
	"  (SELECT min(position) FROM crms WHERE log_calls)) THEN 'waiting' ELSE 'unknown' END"
	" FROM " DOCS " JOIN conversations AS c ON c.id = (d->>'id')::uuid"
	" JOIN crms AS k ON k.log_calls"
	" LEFT JOIN contacts AS who ON who.id = c.contact_id"
	" LEFT JOIN crms AS theirs ON theirs.name = who.source AND theirs.log_calls"
	" LEFT JOIN contacts AS x ON x.id = c.contact_id AND x.source = k.name"
	" WHERE (c.ended_at IS NOT NULL OR k.log_live AND c.state <> 'ended' AND x.id IS NOT NULL)"
	" AND c.merged_into IS NULL AND c.external_number IS NOT NULL AND (theirs.name IS NULL OR theirs.name = k.name)"
	" ORDER BY c.ended_at, c.id ON CONFLICT DO NOTHING";

/* Of a conversation that was open when we died and is gone now. Its version stays: a
 * picture that is newer than the one we have still counts. */
#define LOST                                                                             \
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
	struct cti_pg *pg, const char *const *sql, size_t n, const char *json)
{
	enum cti_pg_status st = CTI_PG_OK;

	for (size_t i = 0; st == CTI_PG_OK && i < n; i++)
		st = cti_pg_exec(pg, NULL, sql[i], 1, &json);
	return st;
}

enum cti_pg_status cti_statements_write(
	struct cti_pg *pg, const struct cti_batch_params *p)
{
	static const char *const conversations[] = { sql_lines, sql_conversations,
		sql_legs_clear, sql_legs, sql_segments_clear, sql_segments,
		sql_transfers_clear, sql_transfers, sql_notes_clear, sql_notes,
		sql_notes_late, sql_traces, sql_outbox };
	static const char *const lost[] = { sql_lost_segments, sql_lost_outbox,
		sql_lost_legs, sql_lost };
	static const char *const audit[] = { sql_audit };
	enum cti_pg_status st = CTI_PG_OK;

	if (p->nconversations)
		st = run(pg, conversations,
			sizeof(conversations) / sizeof(*conversations),
			p->conversations.data);
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
