/*
 * report.c -- a statement for each way of grouping, all with the same figures and
 * the same filter.
 */
#include "report.h"

#include "csv_out.h"
#include "json.h"
#include "number.h"

#include <errno.h>
#include <string.h>

/* clang-format off: SQL as it is read */
/* As report_figures says; a test holds the two together. */
#define CALL_FIGURES                                                                     \
	"count(*) FILTER (WHERE incoming), count(*) FILTER (WHERE answered),"            \
	" count(*) FILTER (WHERE missed), count(*) FILTER (WHERE abandoned),"            \
	" round(100.0 * count(*) FILTER (WHERE in_level)"                                \
	"  / nullif(count(*) FILTER (WHERE incoming AND wait_s IS NOT NULL), 0), 1),"    \
	" round(avg(wait_s) FILTER (WHERE incoming), 1),"                                \
	" round(max(wait_s) FILTER (WHERE incoming), 1), round(avg(talk_s), 1),"         \
	" round(coalesce(sum(talk_s), 0), 1), count(*) FILTER (WHERE outgoing),"         \
	" count(*) FILTER (WHERE reached)"

#define AGENT_FIGURES                                                                    \
	"count(*) FILTER (WHERE rang), count(*) FILTER (WHERE answered),"                \
	" count(*) FILTER (WHERE missed), count(*) FILTER (WHERE elsewhere),"            \
	" round(avg(ring_s), 1), round(avg(talk_s) FILTER (WHERE talk_s > 0), 1),"       \
	" round(coalesce(sum(talk_s), 0), 1), round(coalesce(sum(hold_s), 0), 1),"       \
	" count(*) FILTER (WHERE called)"

/* $1 from, $2 to, $3 lines that may be seen, $4 queue, $5 dialled, $6 line, $7 zone,
 * $8 customer. An empty name among the lines: calls that no line took part in. */
#define CALLS                                                                             \
	" FROM v_report_calls WHERE started_at >= coalesce($1::timestamptz, '-infinity')" \
	" AND started_at < coalesce($2::timestamptz, 'infinity')"                         \
	" AND ($3::text[] IS NULL OR lines && $3::text[]"                                 \
	"  OR (lines = '{}' AND '' = ANY ($3::text[])))"                                  \
	" AND ($4::text IS NULL OR queue = $4::text)"                                     \
	" AND ($5::text IS NULL OR dialled = $5::text)"                                   \
	" AND ($6::text IS NULL OR lines @> ARRAY[$6::text])"                             \
	" AND $7::text IS NOT NULL AND ($8::text IS NULL OR customer = $8::text)"         \
	" AND (incoming OR outgoing)"

#define AGENTS                                                                             \
	" FROM v_report_agents WHERE started_at >= coalesce($1::timestamptz, '-infinity')" \
	" AND started_at < coalesce($2::timestamptz, 'infinity')"                          \
	" AND ($3::text[] IS NULL OR line = ANY ($3::text[]))"                             \
	" AND ($4::text IS NULL OR queue = $4::text)"                                      \
	" AND ($5::text IS NULL OR dialled = $5::text)"                                    \
	" AND ($6::text IS NULL OR line = $6::text)"                                       \
	" AND $7::text IS NOT NULL AND $8::text IS NULL"

#define MOST  " ORDER BY count(*) DESC, 1 LIMIT 501"
#define FIRST " ORDER BY 1 LIMIT 501"
#define LOCAL "started_at AT TIME ZONE $7::text"

static const char sql_hour[] =
	"SELECT to_char(date_trunc('hour', " LOCAL
	"), 'YYYY-MM-DD\"T\"HH24:MI'), NULL, " CALL_FIGURES CALLS " GROUP BY 1" FIRST;
static const char sql_day[] =
	"SELECT to_char(" LOCAL ", 'YYYY-MM-DD'), NULL, " CALL_FIGURES CALLS
	" GROUP BY 1" FIRST;
static const char sql_hour_of_day[] =
	"SELECT to_char(" LOCAL ", 'HH24'), NULL, " CALL_FIGURES CALLS
	" GROUP BY 1" FIRST;
static const char sql_queue[] =
	"SELECT queue, NULL, " CALL_FIGURES CALLS " AND incoming GROUP BY 1" MOST;
static const char sql_dialled[] =
	"SELECT dialled, NULL, " CALL_FIGURES CALLS " AND incoming GROUP BY 1" MOST;
static const char sql_customer[] =
	"SELECT customer, coalesce(max(contact_name), max(company)), " CALL_FIGURES CALLS
	" GROUP BY 1" MOST;
static const char sql_total[] = "SELECT NULL, NULL, " CALL_FIGURES CALLS;
static const char sql_agent[] =
	"SELECT line, max(agent), " AGENT_FIGURES AGENTS " GROUP BY 1" MOST;
static const char sql_agent_total[] = "SELECT NULL, NULL, " AGENT_FIGURES AGENTS;

static const char sql_figures[] =
	"SELECT coalesce(json_agg(json_build_object('name', name, 'unit', unit, 'en', en,"
	" 'ja', ja) ORDER BY position), '[]') FROM report_figures WHERE report = $1";
/* clang-format on */

static const char *const call_figures[] = { "incoming", "answered", "missed", "abandoned",
	"service_level", "avg_wait_s", "max_wait_s", "avg_talk_s", "talk_s", "outgoing",
	"reached" };
static const char *const agent_figures[] = { "rang", "answered", "missed", "elsewhere",
	"avg_ring_s", "avg_talk_s", "talk_s", "hold_s", "called" };

struct kind {
	const char *report; /* of report_figures */
	const char *total;
	const char *const *figures;
	size_t nfigures;
};

enum { CALLS_KIND, AGENTS_KIND };

static const struct kind kinds[] = {
	{ "calls", sql_total, call_figures,
		sizeof(call_figures) / sizeof(call_figures[0]) },
	{ "agents", sql_agent_total, agent_figures,
		sizeof(agent_figures) / sizeof(agent_figures[0]) },
};

static const struct {
	const char *by;
	const char *sql;
	int kind;
} reports[] = {
	{ "hour", sql_hour, CALLS_KIND },
	{ "day", sql_day, CALLS_KIND },
	{ "hour-of-day", sql_hour_of_day, CALLS_KIND },
	{ "queue", sql_queue, CALLS_KIND },
	{ "dialled", sql_dialled, CALLS_KIND },
	{ "customer", sql_customer, CALLS_KIND },
	{ "agent", sql_agent, AGENTS_KIND },
};
enum { REPORTS = sizeof(reports) / sizeof(reports[0]), PARAMS = 8, FIRST_FIGURE = 2 };

struct asked {
	struct cti_pg *pg;
	const struct kind *kind;
	const char *sql;
	const char *v[PARAMS];
	struct cti_buf lines;
	struct cti_number num;
};

static const char *given(const char *s)
{
	return s && *s ? s : NULL;
}

/* ---- what is asked -------------------------------------------------------------- */

/* Whether the database can read it as what sql makes of it. */
static int readable(struct cti_pg *pg, const char *sql, const char *text)
{
	const int err = text ? cti_pg_errno(cti_pg_exec(pg, NULL, sql, 1, &text)) : 0;

	return err == EIO && !strncmp(cti_pg_sqlstate(pg), "22", 2) ? EINVAL : err;
}

static int check(struct asked *q, const char **wherep)
{
	static const char time[] = "SELECT $1::timestamptz";
	static const char zone[] = "SELECT now() AT TIME ZONE $1::text";
	int err;

	*wherep = "from";
	err = readable(q->pg, time, q->v[0]);
	if (!err) {
		*wherep = "to";
		err = readable(q->pg, time, q->v[1]);
	}
	if (!err) {
		*wherep = "tz";
		err = readable(q->pg, zone, q->v[6]);
	}
	return err;
}

static int prepare(struct asked *q, const struct cti_report_ask *ask, const char **wherep)
{
	const struct cti_number_plan plan = { .country = ask->country };
	size_t i = 0;

	while (i < REPORTS && strcmp(reports[i].by, ask->by ? ask->by : "day") != 0)
		i++;
	*wherep = "by";
	if (i == REPORTS)
		return EINVAL;
	q->kind = &kinds[reports[i].kind];
	q->sql = reports[i].sql;
	q->v[0] = given(ask->from);
	q->v[1] = given(ask->to);
	q->v[3] = given(ask->queue);
	q->v[4] = given(ask->dialled);
	q->v[5] = given(ask->line);
	q->v[6] = given(ask->tz) ? ask->tz : "UTC";
	if (given(ask->number)) {
		cti_number_parse(&q->num, ask->number, &plan);
		q->v[7] = q->num.e164[0] ? q->num.e164 : ask->number;
	}
	if (!ask->all_lines) {
		cti_pg_array(&q->lines, ask->lines, ask->nlines);
		if (q->lines.err)
			return ENOMEM;
		q->v[2] = q->lines.data;
	}
	return check(q, wherep);
}

/* ---- forms ------------------------------------------------------------------------ */

static void put_number(struct cti_jsonw *w, const char *key, const char *value)
{
	if (value)
		cti_jsonw_raw(w, key, value);
	else
		cti_jsonw_null(w, key);
}

/* key NULL: an element of an array. */
static void put_row(struct cti_jsonw *w, const char *key, const struct asked *q,
	const struct cti_pg_result *res, size_t row)
{
	cti_jsonw_object(w, key);
	cti_jsonw_str(w, "key", cti_pg_value(res, row, 0));
	cti_jsonw_str(w, "label", cti_pg_value(res, row, 1));
	for (size_t i = 0; i < q->kind->nfigures; i++)
		put_number(
			w, q->kind->figures[i], cti_pg_value(res, row, FIRST_FIGURE + i));
	cti_jsonw_end_object(w);
}

static size_t shown(const struct cti_pg_result *res)
{
	const size_t n = cti_pg_rows(res);

	return n > CTI_REPORT_ROWS_MAX ? CTI_REPORT_ROWS_MAX : n;
}

static int put_json(const struct asked *q, const struct cti_pg_result *rows,
	const struct cti_report_ask *ask, struct cti_buf *out)
{
	static const char level[] = "SELECT service_level_s FROM settings";
	struct cti_pg_result *total = NULL, *figures = NULL, *setting = NULL;
	struct cti_jsonw w;
	int err = cti_pg_errno(cti_pg_exec(q->pg, &total, q->kind->total, PARAMS, q->v));

	if (!err)
		err = cti_pg_errno(
			cti_pg_exec(q->pg, &figures, sql_figures, 1, &q->kind->report));
	if (!err)
		err = cti_pg_errno(cti_pg_exec(q->pg, &setting, level, 0, NULL));
	if (err)
		goto out;
	cti_jsonw_init(&w, out);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_str(&w, "by", ask->by ? ask->by : "day");
	put_number(&w, "service_level_s", cti_pg_value(setting, 0, 0));
	cti_jsonw_raw(&w, "figures", cti_pg_value(figures, 0, 0));
	put_row(&w, "total", q, total, 0);
	cti_jsonw_array(&w, "rows");
	for (size_t i = 0; i < shown(rows); i++)
		put_row(&w, NULL, q, rows, i);
	cti_jsonw_end_array(&w);
	cti_jsonw_bool(&w, "more", cti_pg_rows(rows) > CTI_REPORT_ROWS_MAX);
	cti_jsonw_end_object(&w);
	err = out->err;
out:
	cti_pg_result_free(total);
	cti_pg_result_free(figures);
	cti_pg_result_free(setting);
	return err;
}

static void put_csv(const struct asked *q, const struct cti_pg_result *rows,
	const struct cti_report_ask *ask, struct cti_buf *out)
{
	const size_t columns = FIRST_FIGURE + q->kind->nfigures;

	cti_buf_str(out, ask->excel ? "\xef\xbb\xbf" : "");
	cti_buf_printf(out, "%s,label", ask->by ? ask->by : "day");
	for (size_t i = 0; i < q->kind->nfigures; i++)
		cti_buf_printf(out, ",%s", q->kind->figures[i]);
	cti_buf_str(out, "\r\n");
	for (size_t row = 0; row < shown(rows); row++) {
		for (size_t i = 0; i < columns; i++) {
			cti_buf_str(out, i ? "," : "");
			cti_csv_field(out, cti_pg_value(rows, row, i), ask->excel);
		}
		cti_buf_str(out, "\r\n");
	}
}

static void put_jsonl(
	const struct asked *q, const struct cti_pg_result *rows, struct cti_buf *out)
{
	for (size_t row = 0; row < shown(rows); row++) {
		struct cti_jsonw w;

		cti_jsonw_init(&w, out);
		put_row(&w, NULL, q, rows, row);
		cti_buf_str(out, "\n");
	}
}

int cti_report(struct cti_pg *pg, const struct cti_report_ask *ask,
	enum cti_report_form form, struct cti_buf *out, const char **wherep)
{
	struct asked q = { .pg = pg };
	struct cti_pg_result *rows = NULL;
	int err = prepare(&q, ask, wherep);

	if (!err)
		err = cti_pg_errno(cti_pg_exec(pg, &rows, q.sql, PARAMS, q.v));
	if (!err && form == CTI_REPORT_JSON) {
		err = put_json(&q, rows, ask, out);
	} else if (!err) {
		if (form == CTI_REPORT_CSV)
			put_csv(&q, rows, ask, out);
		else
			put_jsonl(&q, rows, out);
		err = out->err;
	}
	cti_pg_result_free(rows);
	cti_buf_reset(&q.lines);
	return err;
}
