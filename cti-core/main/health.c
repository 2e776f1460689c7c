/*
 * health.c -- see health.h.
 *
 * An alarm is something that a person must do; it names what.
 */
#include "health.h"

#include <cti/clock.h>
#include <cti/log.h>
#include <cti/loop.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { AWAY_ALARM_US = 60000000, FULL_PERCENT = 80, STALL_US = 50000 };

/* What the picture is made from, taken once. */
struct picture {
	struct cti_route *r;
	struct cti_store_status store;
	struct cti_journal_stats input, record;
	struct cti_source_stats source;
	uint64_t stall_us;
	uint64_t lag_bytes; /* of the store behind the record journal */
	size_t conversations;
	const char *alarms[8]; /* texts for people; static */
	size_t nalarms;
};

static void alarm(struct picture *p, bool yes, const char *text)
{
	if (yes && p->nalarms < sizeof(p->alarms) / sizeof(p->alarms[0]))
		p->alarms[p->nalarms++] = text;
}

static bool filled(const struct cti_journal_stats *st)
{
	return st->bytes > st->max_bytes / 100 * FULL_PERCENT;
}

static void take(struct picture *p, struct cti_health *h, struct cti_route *r)
{
	*p = (struct picture){ .r = r };
	if (r->store)
		cti_store_status(r->store, &p->store);
	cti_journal_stats(r->input, &p->input);
	cti_journal_stats(r->record, &p->record);
	cti_source_stats(r->source, &p->source);
	p->stall_us = cti_loop_stall_us();
	if (p->stall_us > h->stall_max_us)
		h->stall_max_us = p->stall_us;
	h->stalls += p->stall_us > STALL_US;
	p->conversations = cti_model_count(r->model);
	if (cti_journal_end(r->record) > p->store.pos &&
		p->store.pos >= p->record.first_pos)
		p->lag_bytes = cti_journal_end(r->record) - p->store.pos;
	if (p->lag_bytes > p->record.bytes)
		p->lag_bytes = p->record.bytes; /* positions have gaps */

	alarm(p, r->full,
		"A journal is full: PBXs are not acknowledged. Make room on the disk, or "
		"bring PostgreSQL back.");
	alarm(p, filled(&p->record),
		"The record journal is four fifths full: bring PostgreSQL back, or enlarge "
		"journal.record_max.");
	alarm(p, p->record.sync_errors || p->input.sync_errors,
		"The disk refuses to sync: look at the system's log, then restart.");
	alarm(p, p->store.up && !p->store.migrated,
		"The database's schema is not this version's: run ringbridge migrate.");
	alarm(p,
		p->store.away_since_us &&
			cti_now_us() - p->store.away_since_us > AWAY_ALARM_US,
		"PostgreSQL has been away for a minute: calls are kept in the journal.");
	alarm(p, p->store.refused > 0,
		"PostgreSQL refused records: the log has the reasons.");
}

/* ---- JSON ----------------------------------------------------------------------- */

static bool put_pbxs(struct cti_jsonw *w, const struct cti_route *r)
{
	bool up = true;

	cti_jsonw_array(w, "pbxs");
	for (size_t i = 0; r->links && i < cti_links_count(r->links); i++) {
		struct cti_link_status s;

		cti_links_status(r->links, i, &s);
		cti_jsonw_object(w, NULL);
		cti_jsonw_str(w, "name", s.pbx);
		cti_jsonw_str(w, "by", s.kind);
		cti_jsonw_bool(w, "up", s.st.up);
		cti_jsonw_str(w, "detail", s.st.detail);
		cti_jsonw_int(w, "lines", s.st.lines_watched);
		cti_jsonw_int(w, "active", s.st.lines_active);
		cti_jsonw_end_object(w);
		/* A line that is not watched is a caller who does not pop. */
		up = up && s.st.up && s.st.lines_active >= s.st.lines_watched;
	}
	cti_jsonw_end_array(w);
	return up;
}

/* True if everything is up and there is no alarm. */
static bool put_health(struct cti_buf *out, const struct picture *p)
{
	struct cti_jsonw w;
	bool ok;

	cti_jsonw_init(&w, out);
	cti_jsonw_object(&w, NULL);
	ok = put_pbxs(&w, p->r);
	cti_jsonw_object(&w, "database");
	cti_jsonw_bool(&w, "up", p->store.up && p->store.migrated);
	cti_jsonw_str(&w, "detail", p->store.detail);
	cti_jsonw_end_object(&w);
	cti_jsonw_array(&w, "alarms");
	for (size_t i = 0; i < p->nalarms; i++)
		cti_jsonw_str(&w, NULL, p->alarms[i]);
	cti_jsonw_end_array(&w);
	cti_jsonw_end_object(&w);
	return ok && p->store.up && p->store.migrated && !p->nalarms;
}

/* ---- Prometheus ------------------------------------------------------------------ */

struct metric {
	const char *name;
	const char *type;
	const char *help;
	double value;
};

static void put_metrics(struct cti_buf *out, const struct metric *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cti_buf_printf(out,
			"# HELP ringbridge_%s %s\n# TYPE ringbridge_%s %s\nringbridge_%s %.15g\n",
			m[i].name, m[i].help, m[i].name, m[i].type, m[i].name,
			m[i].value);
}

static void put_links(struct cti_buf *out, const struct cti_route *r)
{
	static const char *const heads[] = {
		"# HELP ringbridge_pbx_up Link to the PBX is up\n# TYPE ringbridge_pbx_up gauge\n",
		"# HELP ringbridge_pbx_lines Lines watched\n# TYPE ringbridge_pbx_lines gauge\n",
		"# HELP ringbridge_pbx_inputs_total Messages accepted\n"
		"# TYPE ringbridge_pbx_inputs_total counter\n",
		"# HELP ringbridge_pbx_errors_total Messages refused\n"
		"# TYPE ringbridge_pbx_errors_total counter\n",
		"# HELP ringbridge_pbx_datagrams_dropped_total The port's buffer was full\n"
		"# TYPE ringbridge_pbx_datagrams_dropped_total counter\n",
	};
	static const char *const names[] = { "up", "lines", "inputs_total",
		"errors_total", "datagrams_dropped_total" };

	for (size_t m = 0; m < sizeof(names) / sizeof(names[0]); m++) {
		cti_buf_str(out, heads[m]);
		for (size_t i = 0; r->links && i < cti_links_count(r->links); i++) {
			struct cti_link_status s;
			uint64_t values[sizeof(names) / sizeof(names[0])];

			cti_links_status(r->links, i, &s);
			values[0] = s.st.up;
			values[1] = s.st.lines_active;
			values[2] = s.st.inputs;
			values[3] = s.st.errors;
			values[4] = s.st.dropped;
			cti_buf_printf(out,
				"ringbridge_pbx_%s{pbx=\"%s\",by=\"%s\"} %" PRIu64 "\n",
				names[m], s.pbx, s.kind, values[m]);
		}
	}
}

static void put_counts(
	struct cti_buf *out, const struct picture *p, const struct cti_health *h)
{
	const struct cti_route_counters *n = &p->r->n;
	const struct metric metrics[] = {
		{ "uptime_seconds", "gauge", "Since the start",
			(double)(cti_now_us() - h->started_us) / 1e6 },
		{ "loop_stall_seconds", "gauge",
			"Longest turn of the core's loop in the last second",
			(double)p->stall_us / 1e6 },
		{ "loop_stall_max_seconds", "gauge", "The longest since the start",
			(double)h->stall_max_us / 1e6 },
		{ "loop_stalls_total", "counter",
			"Seconds in which a turn took more than 50 ms",
			(double)h->stalls },
		{ "conversations", "gauge", "That go on", (double)p->conversations },
		{ "inputs_total", "counter", "Kept and applied", (double)n->inputs },
		{ "inputs_refused_total", "counter",
			"Not acknowledged, a journal was full", (double)n->refused },
		{ "inputs_bad_total", "counter", "Nothing could be made of them",
			(double)(n->bad + p->source.bad) },
		{ "dialog_gaps_total", "counter",
			"Missed partial documents, asked for again",
			(double)p->source.gaps },
		{ "steps_refused_total", "counter", "Events that the leg table refused",
			(double)p->source.refused },
		{ "records_total", "counter", "Appended for the store",
			(double)n->records },
		{ "records_lost_total", "counter", "That could not be appended",
			(double)n->lost_records },
		{ "lookups_total", "counter", "Asked of the directory",
			(double)n->lookups },
		{ "lookups_refused_total", "counter", "The directory was busy",
			(double)n->lookups_refused },
		{ "journal_input_bytes", "gauge", "Size of the input journal",
			(double)p->input.bytes },
		{ "journal_record_bytes", "gauge", "Size of the record journal",
			(double)p->record.bytes },
		{ "journal_sync_errors_total", "counter", "Times the disk refused",
			(double)(p->input.sync_errors + p->record.sync_errors) },
		{ "store_up", "gauge", "PostgreSQL is there", p->store.up },
		{ "store_lag_bytes", "gauge", "Record journal not yet in the database",
			(double)p->lag_bytes },
		{ "store_written_total", "counter", "Records in the database",
			(double)p->store.written },
		{ "store_superseded_total", "counter",
			"Records not written, as a newer one said it all",
			(double)p->store.gave_way },
		{ "store_batches_total", "counter", "Transactions",
			(double)p->store.batches },
		{ "store_repeated_total", "counter", "Batches whose outcome was unknown",
			(double)p->store.repeated },
		{ "store_refused_total", "counter", "Records that PostgreSQL refused",
			(double)p->store.refused },
		{ "alarms", "gauge", "Things that a person must see to",
			(double)p->nalarms },
	};

	put_metrics(out, metrics, sizeof(metrics) / sizeof(metrics[0]));
}

/* ---- life ------------------------------------------------------------------------ */

int cti_health_init(struct cti_health *h)
{
	int err = cti_textbox_alloc(&h->json);

	if (!err)
		err = cti_textbox_alloc(&h->metrics);
	h->started_us = cti_now_us();
	return err;
}

void cti_health_fini(struct cti_health *h)
{
	cti_textbox_free(h->json);
	cti_textbox_free(h->metrics);
	*h = (struct cti_health){ 0 };
}

static void tell_alarms(struct cti_health *h, const struct picture *p)
{
	for (size_t i = 0; i < p->nalarms && !h->alarmed; i++)
		cti_log(CTI_LOG_ERROR, "main", "%s", p->alarms[i]);
	if (h->alarmed && !p->nalarms)
		cti_log(CTI_LOG_INFO, "main", "no alarm any more");
	h->alarmed = p->nalarms > 0;
}

void cti_health_update(struct cti_health *h, struct cti_route *r)
{
	struct cti_buf json = { 0 };
	struct cti_buf text = { 0 };
	struct picture p;
	char *whole;
	bool ok;

	take(&p, h, r);
	tell_alarms(h, &p);
	ok = put_health(&json, &p);
	whole = cti_buf_take(&json);
	if (whole && r->hub) {
		char *copy = cti_str_dup(whole);

		if (copy)
			(void)cti_hub_publish_health(r->hub, copy);
	}
	cti_textbox_put(h->json, whole, ok);
	cti_buf_printf(&text,
		"# HELP ringbridge_info Version\n# TYPE ringbridge_info gauge\n"
		"ringbridge_info{version=\"%s\"} 1\n",
		CTI_VERSION);
	put_counts(&text, &p, h);
	put_links(&text, r);
	if (h->more)
		h->more(&text, h->more_arg);
	cti_textbox_put(h->metrics, cti_buf_take(&text), true);
}

void cti_health_json(struct cti_buf *out, bool *okp, void *arg)
{
	const struct cti_health *h = arg;

	*okp = cti_textbox_get(h->json, out);
}

void cti_health_metrics(struct cti_buf *out, bool *okp, void *arg)
{
	const struct cti_health *h = arg;

	*okp = cti_textbox_get(h->metrics, out);
}
