/*
 * crm_metrics.c -- how CRMs and the outbox are, for /metrics.
 */
#include "crm_metrics.h"

#include <inttypes.h>

static void head(
	struct cti_buf *out, const char *name, const char *type, const char *help)
{
	cti_buf_printf(out, "# HELP ringbridge_%s %s\n# TYPE ringbridge_%s %s\n", name,
		help, name, type);
}

/* ---- CRMs ----------------------------------------------------------------------------- */

static uint64_t up(const struct cti_crms_status *st)
{
	return !st->broken && !st->paused;
}

static uint64_t waiting(const struct cti_crms_status *st)
{
	return st->waiting;
}

static uint64_t running(const struct cti_crms_status *st)
{
	return st->running;
}

static uint64_t asks(const struct cti_crms_status *st)
{
	return st->asks;
}

static uint64_t failures(const struct cti_crms_status *st)
{
	return st->failures;
}

static uint64_t requests(const struct cti_crms_status *st)
{
	return st->requests;
}

static const struct {
	const char *name, *type, *help;
	uint64_t (*value)(const struct cti_crms_status *st);
} of_crm[] = {
	{ "crm_up", "gauge",
		"The CRM is asked; 0: it failed so often that it is left alone", up },
	{ "crm_waiting", "gauge", "Asks that wait for their turn", waiting },
	{ "crm_running", "gauge", "Requests on the wire", running },
	{ "crm_asks_total", "counter", "Asks that ended", asks },
	{ "crm_failures_total", "counter", "Those that failed", failures },
	{ "crm_requests_total", "counter", "Requests that were sent", requests },
};

/* Cumulative, as a histogram there is. */
static void times(struct cti_buf *out, const char *crm, const struct cti_crms_status *st)
{
	uint64_t n = 0;

	for (size_t i = 0; i < CTI_CRMS_TIMES - 1; i++) {
		n += st->times[i];
		cti_buf_printf(out,
			"ringbridge_crm_answer_seconds_bucket{crm=\"%s\",le=\"%g\"} %" PRIu64
			"\n",
			crm, cti_crms_times_ms[i] / 1e3, n);
	}
	n += st->times[CTI_CRMS_TIMES - 1];
	cti_buf_printf(out,
		"ringbridge_crm_answer_seconds_bucket{crm=\"%s\",le=\"+Inf\"} %" PRIu64
		"\n"
		"ringbridge_crm_answer_seconds_sum{crm=\"%s\"} %.3f\n"
		"ringbridge_crm_answer_seconds_count{crm=\"%s\"} %" PRIu64 "\n",
		crm, n, crm, (double)st->took_ms / 1e3, crm, n);
}

void cti_crm_metrics(struct cti_buf *out, struct cti_crms *crms,
	const struct cti_crm_conf *confs, size_t n)
{
	struct cti_crms_status st;

	for (size_t m = 0; m < sizeof(of_crm) / sizeof(of_crm[0]); m++) {
		head(out, of_crm[m].name, of_crm[m].type, of_crm[m].help);
		for (size_t i = 0; i < n; i++) {
			if (!cti_crms_status(crms, confs[i].name, &st))
				cti_buf_printf(out,
					"ringbridge_%s{crm=\"%s\"} %" PRIu64 "\n",
					of_crm[m].name, confs[i].name,
					of_crm[m].value(&st));
		}
	}
	head(out, "crm_answer_seconds", "histogram", "From the ask to its answer");
	for (size_t i = 0; i < n; i++) {
		if (!cti_crms_status(crms, confs[i].name, &st))
			times(out, confs[i].name, &st);
	}
}

/* ---- the outbox ------------------------------------------------------------------------- */

void cti_outbox_metrics(struct cti_buf *out, const struct cti_outbox_status *st)
{
	const struct {
		const char *state;
		uint64_t rows;
	} rows[] = { { "waiting", st->rows_waiting }, { "begun", st->rows_begun },
		{ "unknown", st->rows_unknown }, { "dead", st->rows_dead } };

	head(out, "outbox_rows", "gauge",
		"Calls on their way into CRMs; dead: a person must look, ringbridge outbox list");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cti_buf_printf(out, "ringbridge_outbox_rows{state=\"%s\"} %" PRIu64 "\n",
			rows[i].state, rows[i].rows);
	head(out, "outbox_oldest_seconds", "gauge", "How long the oldest one waits");
	cti_buf_printf(
		out, "ringbridge_outbox_oldest_seconds %" PRIu64 "\n", st->oldest_s);
	head(out, "outbox_written_total", "counter", "Entries that CRMs took");
	cti_buf_printf(out, "ringbridge_outbox_written_total %" PRIu64 "\n", st->written);
	head(out, "outbox_failed_total", "counter", "Attempts that failed");
	cti_buf_printf(out, "ringbridge_outbox_failed_total %" PRIu64 "\n", st->failed);
}
