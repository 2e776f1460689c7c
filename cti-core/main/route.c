/*
 * route.c -- see route.h.
 */
#include "route.h"

#include "input_codec.h"
#include "party.h"
#include "restart.h"
#include "view.h"

#include <cti/clock.h>
#include <cti/err.h>
#include <cti/log.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SERIALS_AN_INPUT = 256, /* see cti_model_set_serial() */
	TICK_BUSY_MS = 1000,
	TICK_IDLE_MS = 10000,
	/* Room that the record journal must have before an input is taken: what one
	 * input makes of it, many times over. */
	RECORD_RESERVE_BYTES = 4 << 20,
	/* The same of the disk: an input that was taken and whose records found no room
	 * would leave its call open in the database. */
	DISK_RESERVE_BYTES = 512 << 10,
	/* What nobody fills between two looks. */
	DISK_PLENTY_BYTES = 256 << 20,
	DISK_LOOK_US = 100000,
};

static const int64_t anchor_every_us = 4 * 1000 * 1000;

/* ---- records --------------------------------------------------------------- */

static void lost(struct cti_route *r, unsigned records, int err)
{
	r->n.lost_records += records;
	r->unrecorded = true;
	cti_log(CTI_LOG_ERROR, "route", "cannot keep a record error=%s",
		cti_err_name(err));
}

/* A disk that failed once may have had its moment. */
static int append_twice(struct cti_journal *j, uint16_t type, const void *data,
	size_t len, uint64_t *posp)
{
	const int err = cti_journal_append(j, type, data, len, posp);

	return err == EIO ? cti_journal_append(j, type, data, len, posp) : err;
}

int cti_route_append_record(
	struct cti_route *r, uint16_t type, const char *data, size_t len)
{
	const int err = append_twice(r->record, type, data, len, NULL);

	if (!err) {
		r->n.records++;
		r->records_in_turn++;
		return 0;
	}
	lost(r, 1, err);
	return err;
}

/* What an input made, with its mark. */
static void release_records(struct cti_route *r)
{
	const int err = cti_journal_release(r->record);

	if (err)
		lost(r, r->records_in_turn, err);
	else if (r->records_in_turn && r->store)
		cti_store_poke(r->store);
}

/* Ids and positions: see restart.h. */
static void append_mark(struct cti_route *r)
{
	const struct cti_mark mark = { .done_pos = r->marked_pos,
		.oldest_pos = cti_opens_from(r->opens, r->input_at_us) };
	char text[CTI_MARK_BYTES];

	if (r->unrecorded) /* the next process makes the records anew, from the last mark */
		return;
	(void)cti_route_append_record(
		r, CTI_REC_MARK, text, cti_mark_format(text, &mark));
}

/* ---- effects --------------------------------------------------------------- */

/* The conversation's entry; made when it is new. NULL: it is nobody's business. */
static struct cti_open *open_of(struct cti_route *r, const struct cti_conversation *c)
{
	struct cti_open *e = cti_opens_find(r->opens, c->id);

	if (!e) {
		e = cti_opens_add(
			r->opens, c->id, r->input_at_us, cti_journal_end(r->record));
		if (e && r->restart)
			cti_restart_recognise(r->restart, r, e);
	}
	return e && !e->ghost ? e : NULL;
}

static size_t legs_of(struct cti_route *r, const struct cti_conversation *c)
{
	if (r->legs_size < c->nlegs) {
		struct cti_hub_leg *more = reallocarray(r->legs, c->nlegs, sizeof(*more));

		if (!more)
			return 0;
		r->legs = more;
		r->legs_size = c->nlegs;
	}
	for (size_t i = 0; i < c->nlegs; i++)
		r->legs[i] = (struct cti_hub_leg){ c->legs[i].line,
			cti_leg_state_name(c->legs[i].state) };
	return c->nlegs;
}

static size_t lines_of(struct cti_route *r, const struct cti_conversation *c)
{
	if (r->lines_size < c->nlegs) {
		const char **more = reallocarray(r->lines, c->nlegs, sizeof(*more));

		if (!more)
			return 0;
		r->lines = more;
		r->lines_size = c->nlegs;
	}
	for (size_t i = 0; i < c->nlegs; i++)
		r->lines[i] = c->legs[i].line;
	return c->nlegs;
}

/* The picture in r->json. */
static int draw(
	struct cti_route *r, struct cti_jsonw *w, const struct cti_conversation *c)
{
	cti_buf_clear(&r->json);
	cti_jsonw_init(w, &r->json);
	cti_view_conversation(w, NULL, c);
	return r->json.err;
}

/* What draw() drew. */
static void publish(struct cti_route *r, const struct cti_conversation *c, bool ended)
{
	size_t nlegs;
	char *json;

	if (!r->hub || r->restart)
		return;
	nlegs = legs_of(r, c);
	json = strndup(r->json.data, r->json.len);
	if (json)
		(void)cti_hub_publish_conversation(
			r->hub, c->id, ended, r->legs, nlegs, json);
}

static int record(
	struct cti_route *r, struct cti_jsonw *w, const struct cti_conversation *c)
{
	if (r->restart && r->input_pos < r->marked_pos)
		return 0; /* it is there already */
	cti_view_add_trace(w, c);
	return r->json.err ? r->json.err
			   : cti_route_append_record(
				     r, CTI_REC_CONVERSATION, r->json.data, r->json.len);
}

/* Browsers first: what made the picture is in the journal of inputs. */
static void tell(struct cti_route *r, const struct cti_conversation *c, bool ended)
{
	struct cti_jsonw w;

	if (draw(r, &w, c))
		return;
	publish(r, c, ended);
	(void)record(r, &w, c); /* counted */
}

static void on_changed(const struct cti_conversation *c, void *arg)
{
	struct cti_route *r = arg;

	if (open_of(r, c))
		tell(r, c, false);
}

static void on_ended(const struct cti_conversation *c, void *arg)
{
	struct cti_route *r = arg;
	struct cti_open *e;

	if (open_of(r, c))
		tell(r, c, true);
	e = cti_opens_find(r->opens, c->id);
	if (e)
		cti_opens_remove(r->opens, e);
}

static void on_pop(
	const struct cti_conversation *c, const char *line, const char *why, void *arg)
{
	struct cti_route *r = arg;

	if (r->hub && !r->restart && open_of(r, c))
		(void)cti_hub_publish_pop(r->hub, c->id, line, why, false);
}

static void on_pop_withdrawn(
	const struct cti_conversation *c, const char *line, const char *why, void *arg)
{
	struct cti_route *r = arg;

	if (r->hub && !r->restart && open_of(r, c))
		(void)cti_hub_publish_pop(r->hub, c->id, line, why, true);
}

static void hurry_tick(struct cti_route *r);

/* E.164; else the digits, if it was presented and is long enough to be a number. */
static const char *number_of(const struct cti_conversation *c)
{
	const char *raw = c->external.number;

	if (!c->has_external || c->external.e164 || !raw)
		return c->has_external ? c->external.e164 : NULL;
	return c->external.presentation == CTI_PRES_ALLOWED && strlen(raw) >= 7 &&
			       strlen(raw) <= 20 &&
			       strspn(raw, "0123456789") == strlen(raw)
		       ? raw
		       : NULL;
}

static void look_up(struct cti_route *r, const struct cti_conversation *c)
{
	const char *number = number_of(c);
	const size_t nlines = number ? lines_of(r, c) : 0;
	const struct cti_directory_ask ask = {
		.conversation = c->id,
		.number = number,
		.lines = r->lines,
		.nlines = nlines,
		.outbound = c->direction == CTI_DIR_OUTBOUND,
	};
	int err;

	if (!r->directory || !number)
		return;
	r->n.lookups++;
	err = cti_directory_lookup(r->directory, &ask);
	if (err) {
		r->n.lookups_refused++;
		cti_log(CTI_LOG_WARN, "route", "look-up refused error=%s",
			cti_err_name(err));
	}
}

static void on_identified(const struct cti_conversation *c, void *arg)
{
	struct cti_route *r = arg;

	if (!r->restart && open_of(r, c))
		look_up(r, c);
}

struct cti_model_effects cti_route_effects(struct cti_route *r)
{
	return (struct cti_model_effects){
		.changed = on_changed,
		.ended = on_ended,
		.pop = on_pop,
		.pop_withdrawn = on_pop_withdrawn,
		.identified = on_identified,
		.arg = r,
	};
}

/* ---- inputs ---------------------------------------------------------------- */

void cti_route_apply(struct cti_route *r, uint64_t pos, const struct cti_input *in)
{
	int err;

	r->input_pos = pos;
	r->input_at_us = in->at_us;
	r->records_in_turn = 0;
	if (in->kind == CTI_INPUT_STANDING)
		cti_opens_anchor(r->opens, pos, in->at_us);
	cti_model_set_serial(r->model, pos * SERIALS_AN_INPUT);
	err = cti_source_apply(r->source, in);
	if (err) {
		r->n.bad++;
		cti_log(CTI_LOG_DEBUG, "route", "input without effect kind=%d error=%s",
			(int)in->kind, cti_err_name(err));
	}
}

/* The bound of the input journal: the oldest half goes. Only a restart would read it. */
static int make_room(struct cti_route *r)
{
	struct cti_journal_stats before;
	struct cti_journal_stats st;

	cti_journal_stats(r->input, &before);
	if (before.bytes < before.max_bytes / 2)
		return ENOSPC; /* it is the disk that is full */
	cti_journal_stats(r->input, &st);
	for (uint64_t pos = st.first_pos;
		st.bytes > st.max_bytes / 2 && st.segments > 1;) {
		pos += r->config->journal.segment_bytes;
		(void)cti_journal_trim(r->input, pos);
		cti_journal_stats(r->input, &st);
		if (st.first_pos > pos)
			pos = st.first_pos;
	}
	cti_log(CTI_LOG_WARN, "route",
		"input journal is at its bound, the oldest half is removed bytes=%llu",
		(unsigned long long)(before.bytes - st.bytes));
	return 0;
}

static bool disk_has_room(struct cti_route *r)
{
	const int64_t now_us = cti_mono_us();

	if (r->disk_free < DISK_PLENTY_BYTES ||
		now_us - r->disk_looked_us >= DISK_LOOK_US) {
		r->disk_free = cti_journal_disk_free(r->record);
		r->disk_looked_us = now_us;
	}
	return r->disk_free >= DISK_RESERVE_BYTES;
}

static bool record_has_room(struct cti_route *r)
{
	struct cti_journal_stats st;

	cti_journal_stats(r->record, &st);
	return st.bytes + RECORD_RESERVE_BYTES <= st.max_bytes && disk_has_room(r);
}

static int append_input(struct cti_route *r, const struct cti_input *in, uint64_t *posp)
{
	int err;

	if (!record_has_room(r))
		return ENOSPC;
	cti_buf_clear(&r->encoded);
	err = cti_input_encode(&r->encoded, in);
	if (err)
		return err;
	err = append_twice(
		r->input, (uint16_t)in->kind, r->encoded.data, r->encoded.len, posp);
	if (err == ENOSPC && make_room(r) == 0)
		err = cti_journal_append(r->input, (uint16_t)in->kind, r->encoded.data,
			r->encoded.len, posp);
	return err;
}

int cti_route_input(struct cti_route *r, const struct cti_input *in)
{
	uint64_t pos = 0;
	const int err = append_input(r, in, &pos);

	if (err) {
		r->n.refused++;
		if (!r->full)
			cti_log(CTI_LOG_ERROR, "route",
				"cannot keep what PBXs say, not acknowledging error=%s",
				cti_err_name(err));
		r->full = true;
		return err;
	}
	r->full = false;
	r->n.inputs++;
	r->stirred = r->stirred || in->kind != CTI_INPUT_TICK;
	cti_journal_hold(r->record);
	cti_route_apply(r, pos, in);
	r->marked_pos = cti_journal_end(r->input);
	hurry_tick(r);
	if (r->records_in_turn)
		append_mark(r);
	release_records(r);
	return 0;
}

static int on_sink_input(const struct cti_input *in, void *arg)
{
	return cti_route_input(arg, in);
}

static void on_sink_progress(const struct cti_progress *p, void *arg)
{
	struct cti_route *r = arg;

	cti_commands_progress(r->commands, p);
}

struct cti_pbx_sink cti_route_sink(struct cti_route *r)
{
	return (struct cti_pbx_sink){ on_sink_input, on_sink_progress, r };
}

int cti_route_about(struct cti_route *r, enum cti_input_kind kind, const char *id,
	const char *ctype, const char *data)
{
	struct cti_conv *conv = cti_conv_find(r->model, id);
	const struct cti_input in = {
		.at_us = cti_now_us(),
		.kind = kind,
		.source = CTI_PROV_USER,
		.pbx = conv ? cti_conv_view(conv)->pbx : "",
		.line = id,
		.ctype = ctype,
		.data = data,
		.len_bytes = strlen(data),
	};

	return conv ? cti_route_input(r, &in) : ENOENT;
}

void cti_route_on_contacts(const struct cti_directory_news *news, void *arg)
{
	struct cti_route *r = arg;

	if (news->trace)
		(void)cti_route_about(
			r, CTI_INPUT_TRACE, news->conversation, "lookup", news->trace);
	if (news->contacts_json)
		(void)cti_route_about(r, CTI_INPUT_CONTACTS, news->conversation, "",
			news->contacts_json);
}

/* ---- time ------------------------------------------------------------------ */

static void want(const char *pbx, const char *line, void *arg)
{
	struct cti_route *r = arg;

	cti_links_refresh(r->links, pbx, line);
}

int cti_route_anchor(struct cti_route *r)
{
	struct cti_buf json = { 0 };
	struct cti_input in = { .at_us = cti_now_us(), .kind = CTI_INPUT_STANDING };
	int err;

	cti_source_standing(r->source, &json);
	in.data = json.data;
	in.len_bytes = json.len;
	err = json.err ? json.err : cti_route_input(r, &in);
	cti_buf_reset(&json);
	r->stirred = false;
	r->anchor_us = in.at_us;
	return err;
}

/* Where nothing happens there is nothing to begin at. */
static void anchor(struct cti_route *r, int64_t now_us)
{
	const int64_t since_us = now_us - r->anchor_us;

	if (r->stirred && (since_us >= anchor_every_us || since_us < 0))
		(void)cti_route_anchor(r);
}

void cti_route_tick(struct cti_route *r)
{
	const struct cti_input in = { .at_us = cti_now_us(), .kind = CTI_INPUT_TICK };

	(void)cti_route_input(r, &in); /* refused: told; time comes again */
	anchor(r, in.at_us);
}

static void on_tick(void *arg)
{
	struct cti_route *r = arg;

	cti_route_tick(r);
	cti_source_wants(r->source, want, r);
	(void)cti_route_start_ticks(r);
}

int cti_route_start_ticks(struct cti_route *r)
{
	return cti_timer_start(&r->tick,
		cti_model_count(r->model) ? TICK_BUSY_MS : TICK_IDLE_MS, on_tick, r);
}

/* A call that begins must not wait for a tick of an idle house. */
static void hurry_tick(struct cti_route *r)
{
	if (cti_timer_running(&r->tick) && cti_opens_count(r->opens) == 1)
		(void)cti_route_start_ticks(r);
}

/* ---- the whole again --------------------------------------------------------- */

static void publish_pops(struct cti_route *r, const struct cti_conversation *c)
{
	for (size_t i = 0; i < c->npops; i++) {
		const struct cti_pop *p = &c->pops[i];

		if (p->withdrawn_us == CTI_TIME_NONE)
			(void)cti_hub_publish_pop(
				r->hub, c->id, p->line, "alerting", false);
	}
}

void cti_route_publish_all(struct cti_route *r)
{
	struct cti_jsonw w;

	for (struct cti_open *e = cti_opens_first(r->opens); e && r->hub; e = e->next) {
		struct cti_conv *conv = e->ghost ? NULL : cti_conv_find(r->model, e->id);

		if (!conv)
			continue;
		if (!draw(r, &w, cti_conv_view(conv)))
			publish(r, cti_conv_view(conv), false);
		publish_pops(r, cti_conv_view(conv));
	}
}

void cti_route_look_up_all(struct cti_route *r)
{
	for (struct cti_open *e = cti_opens_first(r->opens); e; e = e->next) {
		struct cti_conv *conv = e->ghost ? NULL : cti_conv_find(r->model, e->id);

		if (conv && !cti_conv_view(conv)->contacts_json)
			look_up(r, cti_conv_view(conv));
	}
}

void cti_route_look_up_number(struct cti_route *r, const char *number)
{
	if (!r->directory)
		return;
	cti_directory_forget(r->directory, number);
	for (struct cti_open *e = cti_opens_first(r->opens); e; e = e->next) {
		struct cti_conv *conv = e->ghost ? NULL : cti_conv_find(r->model, e->id);
		const char *own = conv ? number_of(cti_conv_view(conv)) : NULL;

		if (own && strcmp(own, number) == 0)
			look_up(r, cti_conv_view(conv));
	}
}

/*
 * No input is taken while there is no room, so no call can end, and the calls that go on
 * hold on to the records since their first. Their pictures are written once more, behind
 * everything, so that what the database has may go.
 */
static void renew_pictures(struct cti_route *r)
{
	for (struct cti_open *e = cti_opens_first(r->opens); e; e = e->next) {
		struct cti_conv *conv = e->ghost ? NULL : cti_conv_find(r->model, e->id);
		const uint64_t pos = cti_journal_end(r->record);
		struct cti_jsonw w;

		if (conv && !draw(r, &w, cti_conv_view(conv)) &&
			!record(r, &w, cti_conv_view(conv)))
			e->record_pos = pos;
	}
	append_mark(r);
}

void cti_route_trim(struct cti_route *r)
{
	const struct cti_open *first = cti_opens_oldest(r->opens);
	uint64_t record_pos = cti_journal_end(r->record);
	struct cti_store_status st = { 0 };

	if (r->store)
		cti_store_status(r->store, &st);
	if (r->full && st.up && st.pos >= cti_journal_end(r->record))
		renew_pictures(r);
	if (first)
		record_pos = first->record_pos;
	if (st.pos < record_pos)
		record_pos = st.pos;
	if (!r->unrecorded)
		(void)cti_journal_trim(r->input, cti_opens_from(r->opens, cti_now_us()));
	(void)cti_journal_trim(r->record, record_pos);
}

/* ---- life -------------------------------------------------------------------- */

int cti_route_init(struct cti_route *r)
{
	const struct cti_config *c = r->config;

	r->plans = calloc(c->npbxs + 1, sizeof(*r->plans));
	if (!r->plans)
		return ENOMEM;
	for (size_t i = 0; i < c->npbxs; i++)
		cti_number_plan_of(&r->plans[i], &c->pbxs[i]);
	return cti_opens_alloc(&r->opens);
}

void cti_route_fini(struct cti_route *r)
{
	cti_timer_cancel(&r->tick);
	cti_opens_free(r->opens);
	free(r->plans);
	free(r->lines);
	free(r->legs);
	cti_buf_reset(&r->encoded);
	cti_buf_reset(&r->json);
}
