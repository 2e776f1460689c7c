/*
 * rest_reports.c -- figures over the call log, as JSON and as files.
 */
#include "rest_impl.h"

#include "backend.h"
#include "report.h"

static struct cti_report_ask ask_of(struct cti_rest *q)
{
	struct cti_http_call *c = q->call;

	return (struct cti_report_ask){
		.by = c->query(c, "by"),
		.from = c->query(c, "from"),
		.to = c->query(c, "to"),
		.queue = c->query(c, "queue"),
		.dialled = c->query(c, "dialled"),
		.line = c->query(c, "line"),
		.number = c->query(c, "number"),
		.tz = c->query(c, "tz"),
		.country = cti_backend_country(q->config),
		.all_lines = cti_rest_sees_all(q),
		.lines = q->lines,
		.nlines = q->nlines,
		.excel = cti_rest_flag(q, "excel"),
	};
}

static void report(struct cti_rest *q, enum cti_report_form form)
{
	const struct cti_report_ask ask = ask_of(q);
	const char *where = NULL;
	const int err = cti_report(q->pg, &ask, form, &q->call->out, &where);

	cti_rest_answer(q, err, where);
}

void cti_rest_report(struct cti_rest *q)
{
	report(q, CTI_REPORT_JSON);
}

static void file(struct cti_rest *q, enum cti_report_form form, const char *ctype,
	const char *disposition)
{
	report(q, form);
	if (q->call->status != 200)
		return;
	q->call->ctype = ctype;
	q->call->disposition = disposition;
}

void cti_rest_report_csv(struct cti_rest *q)
{
	file(q, CTI_REPORT_CSV, "text/csv; charset=utf-8",
		"attachment; filename=\"report.csv\"");
}

void cti_rest_report_jsonl(struct cti_rest *q)
{
	file(q, CTI_REPORT_JSONL, "application/x-ndjson",
		"attachment; filename=\"report.jsonl\"");
}
