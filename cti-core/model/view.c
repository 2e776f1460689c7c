/*
 * view.c -- a conversation as JSON; see schema/ws/protocol.md, "The conversation
 * object".
 */
#include "view.h"

#include <cti/cause.h>

static const struct {
	unsigned fact;
	const char *name;
} fact_names[] = {
	{ CTI_FACT_HOLD, "hold" },
	{ CTI_FACT_ANSWER, "answer" },
	{ CTI_FACT_DIALLED, "dialled" },
	{ CTI_FACT_ENDED_BY, "ended_by" },
	{ CTI_FACT_CAUSE, "cause" },
	{ CTI_FACT_QUEUE, "queue" },
	{ CTI_FACT_START, "start" },
};

/* The most telling of its legs' states. */
static const char *state_of(const struct cti_conversation *c)
{
	static const enum cti_leg_state order[] = { CTI_LEG_CONNECTED, CTI_LEG_HELD,
		CTI_LEG_ALERTING, CTI_LEG_QUEUED, CTI_LEG_INITIATED };

	if (c->end_us != CTI_TIME_NONE)
		return "ended";
	for (size_t k = 0; k < sizeof(order) / sizeof(*order); k++) {
		for (size_t i = 0; i < c->nlegs; i++) {
			if (c->legs[i].state == order[k])
				return cti_leg_state_name(order[k]);
		}
	}
	return c->queue ? "queued" : "initiated";
}

static void put_time(struct cti_jsonw *w, const char *key, int64_t at_us)
{
	if (at_us == CTI_TIME_UNKNOWN)
		cti_jsonw_str(w, key, "unknown");
	else
		cti_jsonw_time(w, key, at_us);
}

static void put_span(struct cti_jsonw *w, const char *key, const struct cti_span *s)
{
	if (s->from_us == CTI_TIME_NONE) {
		cti_jsonw_null(w, key);
		return;
	}
	cti_jsonw_array(w, key);
	put_time(w, NULL, s->from_us);
	put_time(w, NULL, s->to_us);
	cti_jsonw_end_array(w);
}

static void put_spans(struct cti_jsonw *w, const char *key, const struct cti_spans *s)
{
	cti_jsonw_array(w, key);
	for (size_t i = 0; i < s->n; i++)
		put_span(w, NULL, &s->v[i]);
	cti_jsonw_end_array(w);
}

static void put_cause(struct cti_jsonw *w, const char *key, const struct cti_cause *cause)
{
	const struct cti_cause_text *t;

	if (!cause->sip && !cause->q850) {
		cti_jsonw_null(w, key);
		return;
	}
	t = cti_cause_text(cause);
	cti_jsonw_object(w, key);
	if (cause->sip)
		cti_jsonw_int(w, "sip", cause->sip);
	if (cause->q850)
		cti_jsonw_int(w, "q850", cause->q850);
	cti_jsonw_object(w, "text");
	cti_jsonw_str(w, "en", t->en);
	cti_jsonw_str(w, "ja", t->ja);
	cti_jsonw_end_object(w);
	cti_jsonw_end_object(w);
}

static void put_external(struct cti_jsonw *w, const struct cti_conversation *c)
{
	static const char *const prov[] = { "none", "guess", "dialog", "api", "user" };
	const struct cti_party *x = &c->external;

	if (!c->has_external) {
		cti_jsonw_null(w, "external");
		return;
	}
	cti_jsonw_object(w, "external");
	cti_jsonw_str(w, "number", x->number);
	cti_jsonw_str(w, "e164", x->e164);
	cti_jsonw_str(w, "display", x->display);
	cti_jsonw_str(w, "name", x->name);
	cti_jsonw_str(w, "presentation", cti_presentation_name(x->presentation));
	cti_jsonw_str(w, "source", prov[x->prov]);
	cti_jsonw_end_object(w);
}

static void put_legs(struct cti_jsonw *w, const struct cti_conversation *c)
{
	cti_jsonw_array(w, "legs");
	for (size_t i = 0; i < c->nlegs; i++) {
		const struct cti_leg *l = &c->legs[i];

		cti_jsonw_object(w, NULL);
		cti_jsonw_str(w, "id", l->id);
		cti_jsonw_str(w, "line", l->line);
		cti_jsonw_str(w, "role", cti_role_name(l->role));
		cti_jsonw_str(w, "state", cti_leg_state_name(l->state));
		cti_jsonw_str(w, "result",
			l->result == CTI_RESULT_NONE ? NULL : cti_result_name(l->result));
		put_span(w, "rang", &l->rang);
		put_spans(w, "talked", &l->talked);
		put_spans(w, "held", &l->held);
		put_cause(w, "cause", &l->cause);
		cti_jsonw_end_object(w);
	}
	cti_jsonw_end_array(w);
}

static void put_story(struct cti_jsonw *w, const struct cti_conversation *c)
{
	cti_jsonw_array(w, "transfers");
	for (size_t i = 0; i < c->ntransfers; i++) {
		const struct cti_transfer *t = &c->transfers[i];

		cti_jsonw_object(w, NULL);
		put_time(w, "at", t->at_us);
		cti_jsonw_str(w, "kind", cti_transfer_kind_name(t->kind));
		cti_jsonw_str(w, "from", t->from);
		cti_jsonw_str(w, "to", t->to);
		cti_jsonw_str(w, "note", t->note);
		cti_jsonw_end_object(w);
	}
	cti_jsonw_end_array(w);
	cti_jsonw_array(w, "segments");
	for (size_t i = 0; i < c->nsegments; i++) {
		const struct cti_segment *s = &c->segments[i];

		cti_jsonw_object(w, NULL);
		cti_jsonw_str(w, "kind", cti_segment_kind_name(s->kind));
		cti_jsonw_str(w, "line", s->line);
		put_time(w, "from", s->span.from_us);
		put_time(w, "to", s->span.to_us);
		cti_jsonw_end_object(w);
	}
	cti_jsonw_end_array(w);
}

static void put_unknown(struct cti_jsonw *w, const struct cti_conversation *c)
{
	cti_jsonw_array(w, "unknown");
	for (size_t i = 0; i < sizeof(fact_names) / sizeof(*fact_names); i++) {
		if (!(c->facts & fact_names[i].fact))
			cti_jsonw_str(w, NULL, fact_names[i].name);
	}
	cti_jsonw_end_array(w);
}

static void put_facts(struct cti_jsonw *w, const struct cti_conversation *c)
{
	cti_jsonw_str(w, "direction", cti_direction_name(c->direction));
	cti_jsonw_str(w, "state", state_of(c));
	put_external(w, c);
	cti_jsonw_str(w, "inside", c->inside.number);
	cti_jsonw_str(w, "dialled", c->dialled);
	cti_jsonw_str(w, "queue", c->queue);
	cti_jsonw_str(w, "initiator", c->initiator);
	cti_jsonw_bool(w, "click_to_dial", c->click_to_dial);
	put_time(w, "started_at", c->start_us);
	put_time(w, "answered_at", c->answer_us);
	put_time(w, "ended_at", c->end_us);
	cti_jsonw_str(w, "outcome",
		c->outcome == CTI_OUTCOME_NONE ? NULL : cti_outcome_name(c->outcome));
	put_cause(w, "cause", &c->cause);
	cti_jsonw_str(w, "ended_by", c->ended_by);
}

static void put_all(struct cti_jsonw *w, const struct cti_conversation *c)
{
	cti_jsonw_str(w, "id", c->id);
	cti_jsonw_str(w, "pbx", c->pbx);
	cti_jsonw_int(w, "version", c->version);
	if (*c->merged_into)
		cti_jsonw_str(w, "merged_into", c->merged_into);
	put_facts(w, c);
	put_unknown(w, c);
	put_legs(w, c);
	put_story(w, c);
	cti_jsonw_raw(w, "contacts", c->contacts_json ? c->contacts_json : "null");
	cti_jsonw_raw(w, "notes", c->notes_json ? c->notes_json : "[]");
}

void cti_view_conversation(
	struct cti_jsonw *w, const char *key, const struct cti_conversation *c)
{
	cti_jsonw_object(w, key);
	put_all(w, c);
	cti_jsonw_end_object(w);
}

void cti_view_add_trace(struct cti_jsonw *w, const struct cti_conversation *c)
{
	cti_jsonw_reopen_object(w);
	cti_jsonw_array(w, "trace");
	for (size_t i = 0; i < c->ntrace; i++) {
		const struct cti_trace *t = &c->trace[i];

		cti_jsonw_object(w, NULL);
		put_time(w, "at", t->at_us);
		cti_jsonw_str(w, "what", t->what);
		cti_jsonw_str(w, "detail", t->detail);
		cti_jsonw_end_object(w);
	}
	cti_jsonw_end_array(w);
	cti_jsonw_end_object(w);
}
