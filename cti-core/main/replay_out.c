/*
 * replay_out.c -- a conversation as JSON with times in seconds, and as a timeline for
 * people. What nobody knows is left out of the JSON or null.
 */
#include "replay_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static double seconds(int64_t at_us, int64_t epoch_us)
{
	return (double)((at_us - epoch_us + 500) / 1000) / 1e3;
}

/* ---- JSON ---------------------------------------------------------------------------- */

struct out {
	struct cti_jsonw *w;
	int64_t epoch_us;
};

static void put_time(const struct out *o, const char *key, int64_t at_us)
{
	if (at_us > 0)
		cti_jsonw_double(o->w, key, seconds(at_us, o->epoch_us));
	else
		cti_jsonw_null(o->w, key);
}

static void put_span(const struct out *o, const char *key, const struct cti_span *s)
{
	cti_jsonw_array(o->w, key);
	put_time(o, NULL, s->from_us);
	put_time(o, NULL, s->to_us);
	cti_jsonw_end_array(o->w);
}

/* A stretch that is not over when the recording ends is no fact yet. */
static bool is_known(const struct cti_span *s)
{
	return s->from_us > 0 && s->to_us > 0;
}

static bool all_known(const struct cti_spans *s)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!is_known(&s->v[i]))
			return false;
	}
	return true;
}

static bool is_first_of_line(const struct cti_conversation *c, size_t leg)
{
	for (size_t i = 0; i < leg; i++) {
		if (!strcmp(c->legs[i].line, c->legs[leg].line))
			return false;
	}
	return true;
}

/* All legs of one line are one entry. */
static void put_spans(const struct out *o, const char *key,
	const struct cti_conversation *c, const char *line, bool held)
{
	cti_jsonw_array(o->w, key);
	for (size_t i = 0; i < c->nlegs; i++) {
		const struct cti_spans *s = held ? &c->legs[i].held : &c->legs[i].talked;

		if (strcmp(c->legs[i].line, line) || !all_known(s))
			continue;
		for (size_t k = 0; k < s->n; k++)
			put_span(o, NULL, &s->v[k]);
	}
	cti_jsonw_end_array(o->w);
}

static void put_rang(
	const struct out *o, const struct cti_conversation *c, const char *line)
{
	for (size_t i = 0; i < c->nlegs; i++) {
		const struct cti_leg *l = &c->legs[i];

		if (!strcmp(l->line, line) && l->rang.from_us != CTI_TIME_NONE &&
			is_known(&l->rang)) {
			put_span(o, "rang", &l->rang);
			return;
		}
	}
	cti_jsonw_null(o->w, "rang");
}

/* Its latest part tells how it went, unless an earlier one talked. */
static enum cti_result result_of(const struct cti_conversation *c, const char *line)
{
	enum cti_result r = CTI_RESULT_NONE;

	for (size_t i = 0; i < c->nlegs; i++) {
		const struct cti_leg *l = &c->legs[i];

		if (strcmp(l->line, line) || l->result == CTI_RESULT_NONE)
			continue;
		if (r != CTI_RESULT_ANSWERED && r != CTI_RESULT_CALLED)
			r = l->result;
	}
	return r;
}

static void put_lines(const struct out *o, const struct cti_conversation *c)
{
	cti_jsonw_array(o->w, "lines");
	for (size_t i = 0; i < c->nlegs; i++) {
		const struct cti_leg *l = &c->legs[i];
		const enum cti_result r = result_of(c, l->line);

		if (!is_first_of_line(c, i))
			continue;
		cti_jsonw_object(o->w, NULL);
		cti_jsonw_str(o->w, "line", l->line);
		cti_jsonw_str(o->w, "role",
			l->role == CTI_ROLE_UNKNOWN ? NULL : cti_role_name(l->role));
		put_rang(o, c, l->line);
		put_spans(o, "talked", c, l->line, false);
		put_spans(o, "held", c, l->line, true);
		cti_jsonw_str(
			o->w, "result", r == CTI_RESULT_NONE ? NULL : cti_result_name(r));
		cti_jsonw_end_object(o->w);
	}
	cti_jsonw_end_array(o->w);
}

static void put_transfers(const struct out *o, const struct cti_conversation *c)
{
	cti_jsonw_array(o->w, "transfers");
	for (size_t i = 0; i < c->ntransfers; i++) {
		const struct cti_transfer *t = &c->transfers[i];

		cti_jsonw_object(o->w, NULL);
		put_time(o, "at", t->at_us);
		cti_jsonw_str(o->w, "kind", cti_transfer_kind_name(t->kind));
		cti_jsonw_str(o->w, "from", t->from);
		cti_jsonw_str(o->w, "to", t->to);
		cti_jsonw_end_object(o->w);
	}
	cti_jsonw_end_array(o->w);
}

/* Who should have been shown what: not the cards that turned out to be no caller's. */
static void put_pops(const struct out *o, const struct cti_conversation *c)
{
	cti_jsonw_array(o->w, "pops");
	for (size_t i = 0; i < c->npops; i++) {
		const struct cti_pop *p = &c->pops[i];

		if (p->withdrawn_why && !strcmp(p->withdrawn_why, CTI_POP_OWN_RING))
			continue;
		cti_jsonw_object(o->w, NULL);
		cti_jsonw_str(o->w, "line", p->line);
		put_time(o, "at", p->at_us);
		cti_jsonw_str(o->w, "number", p->number);
		cti_jsonw_end_object(o->w);
	}
	cti_jsonw_end_array(o->w);
}

static void put_external(const struct out *o, const struct cti_conversation *c)
{
	const struct cti_party *x = &c->external;

	if (!c->has_external) {
		cti_jsonw_null(o->w, "external");
		return;
	}
	cti_jsonw_object(o->w, "external");
	cti_jsonw_str(o->w, "number", x->number);
	cti_jsonw_str(o->w, "name", x->name);
	cti_jsonw_str(o->w, "presentation",
		x->presentation == CTI_PRES_UNKNOWN
			? NULL
			: cti_presentation_name(x->presentation));
	cti_jsonw_end_object(o->w);
}

/* end: null says that it goes on, "unknown" that it is over. */
static void put_end(const struct out *o, const struct cti_conversation *c)
{
	if (c->end_us == CTI_TIME_UNKNOWN)
		cti_jsonw_str(o->w, "end", "unknown");
	else
		put_time(o, "end", c->end_us);
}

/* The format has no word for calls that a filter blocked: the called side said no. */
static const char *outcome_of(const struct cti_conversation *c)
{
	if (c->outcome == CTI_OUTCOME_NONE)
		return NULL;
	return cti_outcome_name(
		c->outcome == CTI_OUTCOME_BLOCKED ? CTI_OUTCOME_DECLINED : c->outcome);
}

void cti_replay_json(
	struct cti_jsonw *w, const struct cti_conversation *c, int64_t epoch_us)
{
	const struct out o = { w, epoch_us };

	cti_jsonw_object(w, NULL);
	cti_jsonw_str(w, "id", c->id);
	cti_jsonw_str(w, "direction",
		c->direction == CTI_DIR_UNKNOWN ? NULL
						: cti_direction_name(c->direction));
	put_external(&o, c);
	cti_jsonw_str(w, "initiator", c->initiator);
	cti_jsonw_str(w, "dialled", c->dialled);
	put_time(&o, "start", c->facts & CTI_FACT_START ? c->start_us : CTI_TIME_NONE);
	put_time(&o, "answer", c->answer_us);
	put_end(&o, c);
	cti_jsonw_str(w, "outcome", outcome_of(c));
	cti_jsonw_str(w, "ended_by", c->ended_by);
	put_lines(&o, c);
	put_transfers(&o, c);
	put_pops(&o, c);
	cti_jsonw_end_object(w);
}

/* ---- for people ------------------------------------------------------------------------- */

struct event {
	int64_t at_us;
	size_t order;
	const char *what;
	const char *who;
	const char *more;
};

struct events {
	struct event *v;
	size_t n;
	size_t size;
};

static void note(struct events *e, int64_t at_us, const char *what, const char *who,
	const char *more)
{
	if (at_us <= 0 || e->n == e->size)
		return;
	e->v[e->n] = (struct event){ at_us, e->n, what, who, more ? more : "" };
	e->n++;
}

static void note_leg(struct events *e, const struct cti_leg *l)
{
	note(e, l->rang.from_us, "rings", l->line, NULL);
	note(e, l->rang.to_us, "stops ringing", l->line, NULL);
	for (size_t i = 0; i < l->talked.n; i++) {
		note(e, l->talked.v[i].from_us, "talks", l->line, NULL);
		note(e, l->talked.v[i].to_us, "stops talking", l->line, NULL);
	}
	for (size_t i = 0; i < l->held.n; i++) {
		note(e, l->held.v[i].from_us, "holds", l->line, NULL);
		note(e, l->held.v[i].to_us, "resumes", l->line, NULL);
	}
}

static size_t count_events(const struct cti_conversation *c)
{
	size_t n = 2 + c->ntransfers + 2 * c->npops + c->ntrace;

	for (size_t i = 0; i < c->nlegs; i++)
		n += 2 + 2 * (c->legs[i].talked.n + c->legs[i].held.n);
	return n;
}

static void note_all(struct events *e, const struct cti_conversation *c)
{
	note(e, c->start_us, "begins", "", c->dialled);
	for (size_t i = 0; i < c->ntrace; i++)
		note(e, c->trace[i].at_us, "  because", c->trace[i].what,
			c->trace[i].detail);
	for (size_t i = 0; i < c->nlegs; i++)
		note_leg(e, &c->legs[i]);
	for (size_t i = 0; i < c->ntransfers; i++)
		note(e, c->transfers[i].at_us,
			cti_transfer_kind_name(c->transfers[i].kind),
			c->transfers[i].from ? c->transfers[i].from : "",
			c->transfers[i].to);
	for (size_t i = 0; i < c->npops; i++) {
		note(e, c->pops[i].at_us, "card shown to", c->pops[i].line,
			c->pops[i].number);
		note(e, c->pops[i].withdrawn_us, "card taken from", c->pops[i].line,
			c->pops[i].withdrawn_why);
	}
	note(e, c->end_us, "ends", c->ended_by ? c->ended_by : "",
		c->outcome == CTI_OUTCOME_NONE ? NULL : cti_outcome_name(c->outcome));
}

static int by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static void title(struct cti_buf *out, const struct cti_conversation *c)
{
	const char *who = c->has_external ? c->external.number : c->inside.number;

	cti_buf_printf(out, "%s %s%s%s%s%s%s\n",
		c->direction == CTI_DIR_UNKNOWN ? "call"
						: cti_direction_name(c->direction),
		c->click_to_dial ? "click-to-dial " : "", who ? who : "",
		c->external.name ? " " : "", c->external.name ? c->external.name : "",
		c->initiator ? " by " : "", c->initiator ? c->initiator : "");
}

void cti_replay_text(
	struct cti_buf *out, const struct cti_conversation *c, int64_t epoch_us)
{
	struct events e = { .size = count_events(c) };

	e.v = calloc(e.size + 1, sizeof(*e.v));
	if (!e.v) {
		out->err = out->err ? out->err : ENOMEM;
		return;
	}
	note_all(&e, c);
	if (e.n)
		qsort(e.v, e.n, sizeof(*e.v), by_time);
	title(out, c);
	for (size_t i = 0; i < e.n; i++)
		cti_buf_printf(out, "%10.3f  %s %s %s\n", seconds(e.v[i].at_us, epoch_us),
			e.v[i].what, e.v[i].who, e.v[i].more);
	cti_buf_str(out, "\n");
	free(e.v);
}
