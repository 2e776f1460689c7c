/*
 * export.c -- COPY to a file of any length. COPY takes no parameters: they are
 * settings of the transaction, which its query reads.
 */
#include "export.h"

#include "csv_out.h"
#include "filter.h"

#include <cti/clock.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE_BYTES = 64 * 1024, PROGRESS_US = 200000 };

static const char header[] =
	"id,started_at,answered_at,ended_at,direction,outcome,number,e164,display,name,"
	"contact,company,dialled,queue,lines,wait_s,talk_s,total_s,ended_by,cause_sip,"
	"cause_q850,transfers,notes,pbx\r\n";

#define SETTING(n) "nullif(current_setting('ringbridge.p" #n "', true), '')"
#define WHERE      " FROM conversations AS c WHERE" CTI_FILTER_SQL(SETTING)
#define ORDER      " ORDER BY c.started_at, c.id"

/* clang-format off: SQL as it is read, a line a column */
#define ISO(col)      "to_char(" col ", 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
#define SHEET(col)    "to_char(" col ", 'YYYY-MM-DD HH24:MI:SS')"
#define SECONDS(a, b) "round(extract(epoch FROM c." a " - c." b "), 3)"
/* Nobody knows how long before us a call had begun. */
#define SINCE_START(a) "CASE WHEN NOT c.start_unknown THEN " SECONDS(a, "started_at") " END"
#define COLUMNS(TIME) \
	"c.id, " \
	"CASE WHEN c.start_unknown THEN 'unknown' ELSE " TIME("c.started_at") " END, " \
	TIME("c.answered_at") ", " \
	"CASE WHEN c.ended_unknown THEN 'unknown' ELSE " TIME("c.ended_at") " END," \
	" c.direction, c.outcome, c.external_number, c.external_e164, c.external_display," \
	" c.external_name, c.contact_name, c.company, c.dialled, c.queue," \
	" array_to_string(c.lines, ' '), " \
	SINCE_START("answered_at") ", " \
	SECONDS("ended_at", "answered_at") ", " \
	SINCE_START("ended_at") "," \
	" c.ended_by, c.cause_sip, c.cause_q850," \
	" (SELECT string_agg(t.kind || ' ' || coalesce(t.from_line, '') || ' > '" \
	"   || coalesce(t.target, ''), '; ' ORDER BY t.position)" \
	"  FROM transfers AS t WHERE t.conversation_id = c.id)," \
	" (SELECT string_agg(n.text, E'\\n' ORDER BY n.position)" \
	"  FROM call_notes AS n WHERE n.conversation_id = c.id), c.pbx"
/* clang-format on */

static const char sql_csv[] = "COPY (SELECT " COLUMNS(ISO) WHERE ORDER ") TO STDOUT";
static const char sql_sheet[] = "COPY (SELECT " COLUMNS(SHEET) WHERE ORDER ") TO STDOUT";
static const char sql_jsonl[] = "COPY (SELECT c.doc" WHERE ORDER ") TO STDOUT";
static const char sql_estimate[] = "EXPLAIN (FORMAT JSON) SELECT 1" WHERE;

struct export
{
	const struct cti_export_conf *conf;
	bool excel;
	iconv_t sjis; /* (iconv_t)-1: UTF-8 */
	struct cti_buf piece;
	struct cti_buf text; /* before conversion */
	uint64_t rows, total;
	int64_t told_us;
	int err; /* the writer's */
};

/* ---- out ------------------------------------------------------------------------ */

static int flush(struct export *x)
{
	int err = x->piece.err;

	if (!err && x->piece.len)
		err = x->conf->write(x->piece.data, x->piece.len, x->conf->arg);
	cti_buf_clear(&x->piece);
	x->err = err;
	return err;
}

static size_t utf8_len(unsigned char c)
{
	return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* A character that Shift_JIS lacks becomes a question mark. */
static void add_sjis(struct export *x, const char *text, size_t len)
{
	char *in = (char *)(uintptr_t)text;

	while (len) {
		char buf[1024];
		char *out = buf;
		size_t room = sizeof(buf);
		const size_t rc = iconv(x->sjis, &in, &len, &out, &room);

		cti_buf_add(&x->piece, buf, sizeof(buf) - room);
		if (rc == (size_t)-1 && errno != E2BIG) {
			size_t n = utf8_len((unsigned char)*in);

			n = n > len ? len : n;
			cti_buf_str(&x->piece, "?");
			in += n;
			len -= n;
		}
	}
}

static void add_text(struct export *x, const char *text, size_t len)
{
	if (x->sjis == (iconv_t)-1)
		cti_buf_add(&x->piece, text, len);
	else
		add_sjis(x, text, len);
}

static void tell(struct export *x, bool end)
{
	const int64_t now_us = cti_mono_us();

	if (!x->conf->progress || (!end && now_us - x->told_us < PROGRESS_US))
		return;
	x->told_us = now_us;
	x->conf->progress(x->rows, x->total, x->conf->arg);
}

static int on_row(const char *row, size_t len, void *arg)
{
	struct export *x = arg;

	if (len && row[len - 1] == '\n')
		len--;
	cti_buf_clear(&x->text);
	if (x->conf->format == CTI_EXPORT_CSV) {
		cti_csv_out(&x->text, row, len, x->excel);
	} else {
		cti_copy_unescape(&x->text, row, len);
		cti_buf_str(&x->text, "\n");
	}
	if (x->text.err)
		return x->err = x->text.err;
	add_text(x, x->text.data, x->text.len);
	x->rows++;
	tell(x, false);
	return x->piece.len >= PIECE_BYTES ? flush(x) : 0;
}

/* ---- in --------------------------------------------------------------------------- */

/* The filter as settings of this transaction. NULL and "" are one there: for lines,
 * where they differ, nobody's are "{}". */
static enum cti_pg_status set_params(struct cti_pg *pg, const struct cti_filter_params *p)
{
	static const char sql[] =
		"SELECT set_config('ringbridge.p1', coalesce($1, ''), true),"
		" set_config('ringbridge.p2', coalesce($2, ''), true),"
		" set_config('ringbridge.p3', coalesce($3, ''), true),"
		" set_config('ringbridge.p4', coalesce($4, ''), true),"
		" set_config('ringbridge.p5', coalesce($5, ''), true),"
		" set_config('ringbridge.p6', coalesce($6, ''), true),"
		" set_config('ringbridge.p7', coalesce($7, ''), true),"
		" set_config('ringbridge.p8', coalesce($8, ''), true),"
		" set_config('ringbridge.p9', coalesce($9, ''), true),"
		" set_config('statement_timeout', '0', true)";

	return cti_pg_exec(pg, NULL, sql, CTI_FILTER_PARAMS, p->v);
}

/* How many rows the planner expects: counting them would take as long as the
 * export. */
static enum cti_pg_status estimate(struct cti_pg *pg, uint64_t *totalp)
{
	struct cti_pg_result *res = NULL;
	const enum cti_pg_status st = cti_pg_exec(pg, &res, sql_estimate, 0, NULL);
	const char *plan = cti_pg_value(res, 0, 0);
	const char *rows = plan ? strstr(plan, "\"Plan Rows\": ") : NULL;

	*totalp = rows ? strtoull(rows + strlen("\"Plan Rows\": "), NULL, 10) : 0;
	cti_pg_result_free(res);
	return st;
}

static const char *query_of(const struct export *x)
{
	if (x->conf->format == CTI_EXPORT_JSONL)
		return sql_jsonl;
	return x->excel ? sql_sheet : sql_csv;
}

static void start_file(struct export *x)
{
	if (x->conf->format != CTI_EXPORT_CSV)
		return;
	if (x->excel && x->sjis == (iconv_t)-1)
		cti_buf_str(&x->piece, "\xef\xbb\xbf");
	add_text(x, header, sizeof(header) - 1);
}

static int run(struct export *x, struct cti_pg *pg, const struct cti_filter_params *p)
{
	enum cti_pg_status st = cti_pg_begin(pg);

	if (st == CTI_PG_OK)
		st = set_params(pg, p);
	if (st == CTI_PG_OK && x->conf->progress)
		st = estimate(pg, &x->total);
	if (st == CTI_PG_OK) {
		start_file(x);
		st = cti_pg_copy_out(pg, query_of(x), on_row, x);
	}
	if (st == CTI_PG_OK)
		st = cti_pg_commit(pg);
	else
		cti_pg_rollback(pg);
	if (x->err)
		return x->err;
	return st == CTI_PG_OK ? flush(x) : cti_pg_errno(st);
}

int cti_export(struct cti_pg *pg, const struct cti_export_conf *conf, uint64_t *rowsp,
	const char **wherep)
{
	const bool sjis = conf->format == CTI_EXPORT_CSV && !conf->raw &&
			  conf->encoding == CTI_EXPORT_SHIFT_JIS;
	struct export x = {
		.conf = conf, .excel = conf->excel && !conf->raw, .sjis = (iconv_t)-1
	};
	struct cti_filter_params p = { 0 };
	int err = cti_calls_check(pg, &conf->filter, wherep);

	if (!err)
		err = cti_filter_params(&p, &conf->filter, wherep);
	if (err)
		goto out;
	/* CP932 is what Windows means by Shift_JIS. */
	if (sjis && (x.sjis = iconv_open("CP932", "UTF-8")) == (iconv_t)-1) {
		err = errno;
		goto out;
	}
	err = run(&x, pg, &p);
	tell(&x, true);
	*rowsp = x.rows;
out:
	if (x.sjis != (iconv_t)-1)
		(void)iconv_close(x.sjis);
	cti_buf_reset(&x.piece);
	cti_buf_reset(&x.text);
	cti_filter_params_reset(&p);
	return err;
}
