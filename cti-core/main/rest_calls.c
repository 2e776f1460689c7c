/*
 * rest_calls.c -- the call log by page, by id and as files; whose number it is.
 */
#include "rest_impl.h"

#include "backend.h"
#include "calls.h"
#include "export.h"

#include <cti/err.h>
#include <cti/log.h>

#include <errno.h>
#include <string.h>

/* ---- calls ------------------------------------------------------------------- */

static struct cti_calls_filter filter_of(const struct cti_rest *q)
{
	struct cti_http_call *c = q->call;

	return (struct cti_calls_filter){
		.from = c->query(c, "from"),
		.to = c->query(c, "to"),
		.line = c->query(c, "line"),
		.number = c->query(c, "number"),
		.outcome = c->query(c, "outcome"),
		.direction = c->query(c, "direction"),
		.q = c->query(c, "q"),
		.country = cti_backend_country(q->config),
		.all_lines = cti_rest_sees_all(q),
		.lines = q->lines,
		.nlines = q->nlines,
	};
}

void cti_rest_list_calls(struct cti_rest *q)
{
	const struct cti_calls_filter f = filter_of(q);
	const char *where = NULL;
	unsigned limit;

	if (!cti_rest_limit(q, 500, &limit))
		return;
	cti_rest_answer(q,
		cti_calls_list(q->pg, &f, limit, q->call->query(q->call, "after"),
			&q->call->out, &where),
		where);
}

void cti_rest_get_call(struct cti_rest *q)
{
	cti_rest_answer(q,
		cti_calls_get(q->pg, q->rest, cti_rest_sees_all(q), q->lines, q->nlines,
			&q->call->out),
		NULL);
}

/* ---- export ------------------------------------------------------------------ */

static int on_piece(const char *data, size_t len, void *arg)
{
	struct cti_rest *q = arg;

	return q->call->stream(q->call, data, len);
}

static void export_calls(struct cti_rest *q, enum cti_export_format format)
{
	const char *encoding = q->call->query(q->call, "encoding");
	struct cti_export_conf conf = {
		.filter = filter_of(q),
		.format = format,
		.excel = cti_rest_flag(q, "excel"),
		.raw = cti_rest_flag(q, "raw"),
		.write = on_piece,
		.arg = q,
	};
	const char *where = NULL;
	uint64_t rows = 0;
	int err;

	if (encoding && cti_str_ieq(encoding, "shift_jis"))
		conf.encoding = CTI_EXPORT_SHIFT_JIS;
	else if (encoding && !cti_str_ieq(encoding, "utf-8")) {
		cti_rest_answer(q, EINVAL, "encoding");
		return;
	}
	err = cti_calls_check(q->pg, &conf.filter, &where);
	if (err) { /* while an answer with an error can still be given */
		cti_rest_answer(q, err, where);
		return;
	}
	q->call->status = 200;
	q->call->ctype = format == CTI_EXPORT_JSONL ? "application/x-ndjson"
			 : conf.encoding == CTI_EXPORT_SHIFT_JIS
				 ? "text/csv; charset=shift_jis"
				 : "text/csv; charset=utf-8";
	q->call->disposition = format == CTI_EXPORT_JSONL
				       ? "attachment; filename=\"calls.jsonl\""
				       : "attachment; filename=\"calls.csv\"";
	err = cti_export(q->pg, &conf, &rows, &where);
	if (err && err != EPIPE) {
		cti_log(CTI_LOG_ERROR, "rest", "export torn error=%s detail=%s",
			cti_err_name(err), cti_pg_error(q->pg));
		q->call->status = 500;
	}
}

void cti_rest_export_csv(struct cti_rest *q)
{
	export_calls(q, CTI_EXPORT_CSV);
}

void cti_rest_export_jsonl(struct cti_rest *q)
{
	export_calls(q, CTI_EXPORT_JSONL);
}
