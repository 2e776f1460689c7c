/*
 * link.c -- tracks of lines become conversations: which tracks belong together, who
 * calls whom, and what it means when one ends.
 *
 * Evidence, the better first: the same Call-ID; the lines name each other; the same
 * outside party rings at several lines at once, or rings at the next line just after
 * the last one let go. Where none of it decides, the fact stays unknown.
 */
#include "dialogs_impl.h"

#include <stdlib.h>
#include <string.h>

#include "link_impl.h"
#include "str.h"

static const struct cti_cause no_cause;

/* ---- which call? ------------------------------------------------------------ */

static bool has_line(const struct cti_call *c, const struct cti_line *l)
{
	for (const struct cti_track *t = c->tracks; t; t = t->call_next) {
		if (t->line == l && t->phase != CTI_TRACK_OVER)
			return true;
	}
	return false;
}

static bool any_phase(const struct cti_call *c, enum cti_phase_of_track phase)
{
	for (const struct cti_track *t = c->tracks; t; t = t->call_next) {
		if (t->phase == phase)
			return true;
	}
	return false;
}

static int64_t latest_ring(const struct cti_call *c)
{
	int64_t at_us = c->began_us;

	for (const struct cti_track *t = c->tracks; t; t = t->call_next) {
		if (!t->initiator && t->since_us > at_us)
			at_us = t->since_us;
	}
	return at_us;
}

/* Ring group, queue with all agents: it rings at another line right now. */
static bool rings_with(
	const struct cti_call *c, const struct cti_track *t, int64_t now_us)
{
	const bool named = *t->remote.number;

	if (has_line(c, t->line)) /* the line's second phone, a dialog of its own */
		return any_phase(c, CTI_TRACK_RINGING) &&
		       now_us - latest_ring(c) <= FORK_US;
	return any_phase(c, CTI_TRACK_RINGING) && !any_phase(c, CTI_TRACK_TALKING) &&
	       !any_phase(c, CTI_TRACK_GROUP) &&
	       now_us - latest_ring(c) <= (named ? GROUP_US : GROUP_UNNAMED_US);
}

static bool was_at(const struct cti_call *c, const struct cti_line *l)
{
	for (const struct cti_track *t = c->tracks; t; t = t->call_next) {
		if (t->line == l)
			return true;
	}
	return false;
}

/* A queue rings its agents again and again; who dials anew is slower than that. */
static bool rang_at_several(const struct cti_call *c)
{
	const struct cti_line *first = c->tracks ? c->tracks->line : NULL;

	for (const struct cti_track *t = c->tracks; t; t = t->call_next) {
		if (t->line != first)
			return true;
	}
	return false;
}

/* The outside party was let go by its last line just now, and rings at the next one:
 * handed on (blind transfer), or forwarded by a queue or a no-answer rule. */
static bool goes_on_with(
	const struct cti_call *c, const struct cti_track *t, int64_t now_us)
{
	if (c->over_us <= 0 || cti_call_any_live(c) || c->own_ring)
		return false;
	if (now_us - c->over_us > (c->answered ? HANDED_US : NEXT_AGENT_US))
		return false;
	return c->answered || !was_at(c, t->line) || rang_at_several(c);
}

static struct cti_call *by_who(
	const struct cti_dialogs *d, const struct cti_track *t, int64_t now_us)
{
	const char *key = cti_who_key(&t->remote);
	struct cti_call *c;

	for (c = key ? cti_strmap_get(d->whos, key) : NULL; c; c = c->who_next) {
		if (rings_with(c, t, now_us) || goes_on_with(c, t, now_us))
			return c;
	}
	return NULL;
}

/* Both have a Call-ID, and this PBX gives the legs of a call the same one. */
static bool other_key(
	const struct cti_dialogs *d, const char *key, const struct cti_track *ring)
{
	return d->one_key && key && ring->key && strcmp(key, ring->key) != 0;
}

/* The line is calling somebody and is not through: the call of its ring. */
static struct cti_call *dialling_call(const struct cti_dialogs *d,
	const struct cti_line *l, const struct cti_track *ring, int64_t now_us)
{
	const struct cti_line *to = ring->line;
	struct cti_call *found = NULL;

	for (const struct cti_track *t = l->tracks; t; t = t->next) {
		struct cti_call *c = t->call;

		if (t->phase == CTI_TRACK_UNSURE && c && c->own_ring)
			return c; /* its own ring was taken, then */
		if (t->phase != CTI_TRACK_DIALLING || !c || other_key(d, t->key, ring))
			continue;
		if (t->remote.kind == CTI_WHO_LINE && !strcmp(t->remote.number, to->name))
			return c;
		if (l->fresh) /* it dialled somebody else, and was not heard of since */
			continue;
		/* A device that went off hook long ago may be in any other call. */
		if (t->remote.kind == CTI_WHO_NOBODY && !c->own_ring &&
			!cti_call_was_rung(c) && t->since_us > 0 &&
			now_us - t->since_us > DIAL_US)
			continue;
		if (!has_line(c, to))
			found = c;
	}
	return found;
}

/* Its partner left it a moment ago: whoever it rings now was given it. */
static struct cti_call *left_behind(const struct cti_line *l, int64_t now_us)
{
	for (const struct cti_track *t = l->tracks; t; t = t->next) {
		struct cti_call *c = t->call;

		if (t->phase == CTI_TRACK_TALKING && c && c->leaver && c->leaver != l &&
			now_us - c->over_us <= HANDED_US)
			return c;
	}
	return NULL;
}

static struct cti_call *by_caller_line(
	const struct cti_dialogs *d, const struct cti_track *t, int64_t now_us)
{
	struct cti_line *from = cti_strmap_get(d->lines, t->remote.number);
	struct cti_call *c;

	if (!from || from == t->line)
		return NULL;
	c = left_behind(from, now_us);
	if (!c)
		c = dialling_call(d, from, t, now_us);
	/* Its ring group: the caller's own document has not come yet. */
	if (!c && from->virt && !other_key(d, from->virt->key, t) &&
		!from->virt->answered && !has_line(from->virt, t->line) &&
		any_phase(from->virt, CTI_TRACK_RINGING) &&
		now_us - latest_ring(from->virt) <= GROUP_US)
		c = from->virt;
	return c;
}

static struct cti_call *find_call(
	const struct cti_dialogs *d, const struct cti_track *t, int64_t now_us)
{
	struct cti_call *c = t->key ? cti_strmap_get(d->keys, t->key) : NULL;

	if (c)
		return c;
	if (t->phase == CTI_TRACK_DIALLING) {
		c = cti_link_dial_of(t);
		if (c)
			return c;
		c = t->line->virt;
		return c && !other_key(d, c->key, t) && !c->answered &&
				       now_us - c->began_us <= EXPECT_US
			       ? c
			       : NULL;
	}
	if (t->adopted && t->phase != CTI_TRACK_RINGING)
		return NULL;
	switch (t->remote.kind) {
	case CTI_WHO_LINE:
		return by_caller_line(d, t, now_us);
	case CTI_WHO_OUTSIDE:
	case CTI_WHO_INSIDE:
		c = by_who(d, t, now_us);
		return c ? c : cti_lone_handed_on(d, t, now_us);
	case CTI_WHO_NOBODY:
	case CTI_WHO_PICKUP:
		break;
	}
	return NULL;
}

/* ---- joining ---------------------------------------------------------------- */

/* The call's caller is a watched line: internal, whatever it dialled. */
static void set_caller_line(struct cti_call *c, struct cti_line *l)
{
	c->caller = l;
	(void)cti_conv_set_direction(c->conv, CTI_DIR_INTERNAL, CTI_PROV_DIALOG);
	if (!c->own_ring)
		(void)cti_conv_set_initiator(c->conv, l->name, CTI_PROV_DIALOG);
}

static void set_outside(
	struct cti_call *c, const struct cti_who *who, enum cti_direction direction)
{
	(void)cti_conv_set_direction(c->conv, direction, CTI_PROV_DIALOG);
	(void)cti_conv_set_external(c->conv, *who->number ? who->number : NULL,
		direction == CTI_DIR_INBOUND && *who->name ? who->name : NULL,
		who->presentation, CTI_PROV_DIALOG);
}

static bool any_adopted(const struct cti_call *c)
{
	for (const struct cti_track *t = c->tracks; t; t = t->call_next) {
		if (t->adopted)
			return true;
	}
	return false;
}

static void called_by(
	struct cti_dialogs *d, struct cti_call *c, struct cti_track *t, int64_t now_us)
{
	struct cti_line *from;

	if (c->outward && t->remote.kind == CTI_WHO_OUTSIDE) {
		/* Begun before anybody looked: it may have been a call in as well. */
		set_outside(c, &t->remote,
			any_adopted(c) ? CTI_DIR_UNKNOWN : CTI_DIR_OUTBOUND);
		return;
	}
	switch (t->remote.kind) {
	case CTI_WHO_LINE:
		from = cti_strmap_get(d->lines, t->remote.number);
		if (from && !c->caller && from != t->line)
			cti_link_expect(d, c, from, now_us);
		break;
	case CTI_WHO_OUTSIDE:
		if (!c->caller)
			set_outside(c, &t->remote, CTI_DIR_INBOUND);
		break;
	case CTI_WHO_INSIDE:
		if (c->caller)
			break;
		(void)cti_conv_set_direction(c->conv, CTI_DIR_INTERNAL, CTI_PROV_DIALOG);
		(void)cti_conv_set_inside(
			c->conv, t->remote.number, t->remote.name, CTI_PROV_DIALOG);
		(void)cti_conv_set_initiator(c->conv, t->remote.number, CTI_PROV_DIALOG);
		break;
	case CTI_WHO_NOBODY:
	case CTI_WHO_PICKUP:
		break;
	}
	if (c->caller)
		set_caller_line(c, c->caller);
}

static bool has_recipient(const struct cti_call *c)
{
	for (const struct cti_track *t = c->tracks; t; t = t->call_next) {
		if (t->line != c->caller && !t->initiator)
			return true;
	}
	return false;
}

/* Lines that were thought to be rung by the PBX itself are called by a person. */
static void clear_suspects(struct cti_call *c)
{
	for (struct cti_track *t = c->tracks; t; t = t->call_next) {
		struct cti_part *p =
			t->suspect ? cti_part_find(c->conv, t->line->name) : NULL;

		t->suspect = false;
		if (p)
			cti_part_set_role(p, CTI_ROLE_CALLEE);
	}
}

static void calls(struct cti_call *c, struct cti_track *t)
{
	if (t->line->virt == c)
		t->line->virt = NULL;
	c->caller = t->line;
	clear_suspects(c);
	if (t->adopted && !t->initiator)
		return; /* in use before anybody looked: it may have been called */
	(void)cti_conv_set_initiator(c->conv, t->line->name, CTI_PROV_DIALOG);
	if (t->remote.kind == CTI_WHO_OUTSIDE && !has_recipient(c))
		set_outside(c, &t->remote, CTI_DIR_OUTBOUND);
	else if (t->remote.kind != CTI_WHO_NOBODY || has_recipient(c))
		set_caller_line(c, t->line);
}

static enum cti_role role_of(const struct cti_call *c, const struct cti_track *t)
{
	if (t->phase == CTI_TRACK_DIALLING || t->initiator)
		return t->adopted && !t->initiator ? CTI_ROLE_UNKNOWN : CTI_ROLE_CALLER;
	if (t->suspect || (c->own_ring && t->line == c->caller))
		return CTI_ROLE_CALLER;
	return c->answered && !t->adopted ? CTI_ROLE_TRANSFERRED_TO : CTI_ROLE_CALLEE;
}

static void put_leg(struct cti_call *c, struct cti_track *t, int64_t now_us)
{
	struct cti_part *p = cti_part_get(c->conv, now_us, t->line->name, role_of(c, t));
	const struct cti_conversation *v = cti_conv_view(c->conv);

	if (!p)
		return;
	if (t->phase == CTI_TRACK_RINGING || t->phase == CTI_TRACK_UNSURE) {
		(void)cti_part_step(p, now_us, CTI_EV_ALERT, no_cause);
	} else if (t->phase == CTI_TRACK_TALKING) {
		/* It talks since the conversation was answered, if that is known. */
		const int64_t at_us = t->answered_us > 0 ? t->answered_us
				      : v->answer_us > 0 ? v->answer_us
							 : CTI_TIME_UNKNOWN;

		(void)cti_part_step(p, at_us, CTI_EV_ANSWER, no_cause);
		c->answered = true;
	}
	if (t->adopted && t->phase != CTI_TRACK_TALKING)
		cti_part_since_unknown(p);
}

/* A call goes on at another line: who let it go handed it on. */
static void hand_on(struct cti_call *c, const struct cti_track *t)
{
	const char *from = c->leaver ? c->leaver->name : NULL;

	if (!c->answered || c->over_us <= 0 || !from)
		return;
	cti_conv_transfer(c->conv, c->over_us, CTI_TRANSFER_BLIND, from, t->line->name);
	c->handed = true;
	for (struct cti_track *o = c->tracks; o; o = o->call_next) {
		struct cti_part *p = cti_part_find(c->conv, o->line->name);

		if (o->phase != CTI_TRACK_TALKING || !p)
			continue;
		o->phase = CTI_TRACK_DIALLING; /* who was left behind waits */
		(void)cti_part_step(p, c->over_us, CTI_EV_QUEUE, no_cause);
	}
}

/* The agent's own ring beside a talk stopped, and now the other side rings. */
static void own_ring_was_taken(struct cti_dialogs *d, struct cti_call *c, int64_t now_us)
{
	for (struct cti_track *o = c->own_ring ? c->tracks : NULL; o; o = o->call_next) {
		if (o->phase != CTI_TRACK_UNSURE)
			continue;
		o->phase = CTI_TRACK_TALKING;
		cti_link_answered(d, o, now_us);
	}
}

static void join(
	struct cti_dialogs *d, struct cti_call *c, struct cti_track *t, int64_t now_us)
{
	if (t->phase == CTI_TRACK_RINGING && c->over_us > 0 && cti_lone_is(d, c))
		cti_lone_hand_on(d, c, t, now_us);
	if (t->phase == CTI_TRACK_RINGING)
		hand_on(c, t);
	own_ring_was_taken(d, c, now_us);
	c->over_us = CTI_TIME_NONE;
	c->leaver = NULL;
	cti_due_cancel(&d->due, &c->due);
	if (!t->call) {
		t->call = c;
		t->call_next = c->tracks;
		c->tracks = t;
	}
	if (t->key && !c->key)
		cti_call_set_key(d, c, t->key);
	cti_link_own_dial(d, c, t, now_us);
	if (!c->own_ring && (t->phase == CTI_TRACK_DIALLING || t->initiator))
		calls(c, t);
	else if (!c->own_ring || c->outward)
		called_by(d, c, t, now_us);
	else if (t->line != c->caller)
		set_caller_line(c, c->caller);
	if (t->dialled && (t->initiator || !cti_conv_view(c->conv)->dialled))
		(void)cti_conv_set_dialled(c->conv, t->dialled, CTI_PROV_DIALOG);
	put_leg(c, t, now_us);
}

/* What calls and what is called have one Call-ID: a proxy's way. */
static void learn_keys(
	struct cti_dialogs *d, const struct cti_call *c, const struct cti_track *t)
{
	for (const struct cti_track *o = c->tracks; o && !d->one_key; o = o->call_next)
		d->one_key = o->line != t->line && o->initiator != t->initiator &&
			     o->key && t->key && !strcmp(o->key, t->key);
}

void cti_link_new(struct cti_dialogs *d, struct cti_track *t, int64_t now_us)
{
	struct cti_call *c;
	bool known;

	if (d->shadow)
		return;
	c = t->call ? t->call : find_call(d, t, now_us);
	known = c != NULL;
	if (!c)
		c = cti_call_new(d, t, now_us);
	if (!c)
		return;
	learn_keys(d, c, t);
	cti_conv_add_trace(c->conv, now_us, "report", "line=%s phase=%s remote=%s%s%s%s",
		t->line->name, cti_link_phase_name(t->phase),
		*t->remote.number ? t->remote.number : "none",
		t->adopted ? " adopted" : "", t->key ? " call-id=" : "",
		t->key ? t->key : "");
	cti_conv_add_trace(c->conv, now_us, "matched", "line=%s by=%s", t->line->name,
		!known                                        ? "nothing"
		: t->key && c->key && !strcmp(t->key, c->key) ? "call-id"
		: t->remote.kind == CTI_WHO_LINE              ? "lines-name-each-other"
							      : "time-and-party");
	join(d, c, t, now_us);
	cti_pickup_check(d, t, now_us);
}

void cti_link_brief(struct cti_dialogs *d, struct cti_line *l, const char *key,
	const struct cti_who *remote, const char *dialled, const struct cti_dialog *dlg,
	int64_t at_us)
{
	struct cti_call *c = d->shadow ? NULL : cti_strmap_get(d->keys, key);
	const bool caller = dlg->direction == CTI_DIALOG_INITIATOR;
	struct cti_part *p;

	if (!c || cti_part_find(c->conv, l->name) || remote->kind == CTI_WHO_NOBODY)
		return;
	p = cti_part_get(
		c->conv, at_us, l->name, caller ? CTI_ROLE_CALLER : CTI_ROLE_CALLEE);
	if (!p)
		return;
	(void)cti_part_step(p, at_us, CTI_EV_END, (struct cti_cause){ .sip = dlg->code });
	if (c->caller && !caller)
		set_caller_line(c, c->caller);
	if (dialled)
		(void)cti_conv_set_dialled(c->conv, dialled, CTI_PROV_DIALOG);
	cti_conv_add_trace(
		c->conv, at_us, "matched", "line=%s by=call-id over=at-once", l->name);
}

/* ---- answered, held --------------------------------------------------------- */

static void talks(struct cti_call *c, const struct cti_line *l, int64_t at_us)
{
	struct cti_part *p = cti_part_find(c->conv, l->name);

	if (p)
		(void)cti_part_step(p, at_us, CTI_EV_ANSWER, no_cause);
}

/* Who called, or was left waiting, has somebody to talk with. */
static void callers_answered(struct cti_call *c, int64_t at_us)
{
	if (c->caller)
		talks(c, c->caller, at_us);
	for (struct cti_track *t = c->tracks; t; t = t->call_next) {
		if (t->phase != CTI_TRACK_DIALLING)
			continue;
		t->phase = CTI_TRACK_TALKING;
		talks(c, t->line, at_us);
	}
}

/*
 * Kamailio 5.6: all members of a ring group are written "confirmed" when one of them
 * answers. So where several lines are called in one dialog, none of them is believed
 * until the others are known to be over.
 */
static bool is_group_claim(
	const struct cti_dialogs *d, const struct cti_call *c, const struct cti_track *t)
{
	if (d->dialect != CTI_DIALECT_DIALOG || t->initiator)
		return false;
	for (const struct cti_track *o = c->tracks; o; o = o->call_next) {
		if (o != t && !o->initiator &&
			(o->phase == CTI_TRACK_RINGING || o->phase == CTI_TRACK_GROUP))
			return true;
	}
	return false;
}

static void own_ring_taken(struct cti_call *c, struct cti_track *t)
{
	struct cti_part *p = cti_part_find(c->conv, t->line->name);

	t->phase = CTI_TRACK_DIALLING; /* the other side is being called now */
	if (p)
		(void)cti_part_step(p, t->answered_us, CTI_EV_QUEUE, no_cause);
}

void cti_link_answered(struct cti_dialogs *d, struct cti_track *t, int64_t now_us)
{
	struct cti_call *c = t->call;
	struct cti_part *p = c ? cti_part_find(c->conv, t->line->name) : NULL;

	if (!p)
		return;
	if (!c->own_ring && cti_link_is_own_ring(d, c, now_us))
		cti_link_own_ring(d, t, now_us);
	cti_conv_add_trace(c->conv, now_us, "answered", "line=%s", t->line->name);
	if (c->own_ring && t->line == c->caller && !t->initiator) {
		own_ring_taken(c, t);
		return;
	}
	c->answered = true;
	if (is_group_claim(d, c, t)) {
		t->phase = CTI_TRACK_GROUP;
		(void)cti_part_step(p, t->answered_us, CTI_EV_QUEUE, no_cause);
		cti_conv_set_answered(c->conv, t->answered_us);
		(void)cti_due_set(&d->due, &c->due, now_us + SETTLE_US);
	} else {
		(void)cti_part_step(p, t->answered_us, CTI_EV_ANSWER, no_cause);
	}
	if (c->handed && !t->initiator)
		cti_conv_transfer_got(c->conv, t->line->name);
	c->handed = false;
	if (t->line != c->caller)
		callers_answered(c, t->answered_us);
}

/* It rang while the line was talking, and stopped: a document about the device
 * cannot tell an answer from an end. The caller's own line can. */
void cti_link_unsure(struct cti_dialogs *d, struct cti_track *t, int64_t now_us)
{
	struct cti_call *c = t->call;

	t->answered_us = now_us;
	if (c && c->caller && c->caller->up) {
		t->phase = CTI_TRACK_UNSURE;
		(void)cti_due_set(&d->due, &c->due, now_us + SETTLE_US);
		return;
	}
	t->vague = true;
	t->over_us = now_us;
	cti_link_over(d, t, now_us);
	t->phase = CTI_TRACK_OVER;
}

static struct cti_track *partner_of(const struct cti_track *t)
{
	struct cti_track *found = NULL;

	for (struct cti_track *o = t->call ? t->call->tracks : NULL; o;
		o = o->call_next) {
		if (o->line == t->line || o->phase != CTI_TRACK_TALKING)
			continue;
		if (found)
			return NULL;
		found = o;
	}
	return found;
}

static void step_hold(struct cti_track *t, bool on, int64_t now_us)
{
	struct cti_part *p = cti_part_find(t->call->conv, t->line->name);

	if (p)
		(void)cti_part_step(
			p, now_us, on ? CTI_EV_HOLD : CTI_EV_RESUME, no_cause);
}

/*
 * Nobody puts a call on hold within a quarter of a second of its answer. What does is
 * a program that calls the agent with its media on hold (RFC 3725): click-to-dial.
 */
static bool held_by_program(const struct cti_track *t, int64_t now_us)
{
	return t->being_held && t->remote.kind == CTI_WHO_INSIDE && t->answered_us > 0 &&
	       now_us - t->answered_us <= PROGRAM_US && !t->call->own_ring;
}

void cti_link_hold(struct cti_dialogs *d, struct cti_track *t, int64_t now_us)
{
	struct cti_track *partner = partner_of(t);
	struct cti_part *p;

	if (!t->call)
		return;
	p = cti_part_find(t->call->conv, t->line->name);
	if (t->phase != CTI_TRACK_TALKING || !p)
		return;
	if (cti_part_view(p)->state == CTI_LEG_HELD || t->held)
		step_hold(t, t->held, now_us);
	if (partner)
		step_hold(partner, t->being_held, now_us);
	else if (held_by_program(t, now_us))
		cti_link_own_ring(d, t, now_us);
}

/* ---- over ------------------------------------------------------------------- */

static void end_leg(
	struct cti_call *c, const struct cti_line *l, int64_t at_us, uint16_t code)
{
	struct cti_part *p = cti_part_find(c->conv, l->name);
	const bool lost = at_us == CTI_TIME_UNKNOWN;

	if (p)
		(void)cti_part_step(p, at_us, lost ? CTI_EV_LOST : CTI_EV_END,
			(struct cti_cause){ .sip = code });
}

/* RFC 4235 section 3.7.2: who ended it, where a product says so. */
static void note_event(struct cti_call *c, const struct cti_track *t)
{
	const struct cti_conversation *v = cti_conv_view(c->conv);

	if (t->end_event == CTI_DIALOG_EV_LOCAL_BYE) {
		(void)cti_conv_set_ended_by(c->conv, t->line->name, CTI_PROV_DIALOG);
	} else if (t->end_event == CTI_DIALOG_EV_REMOTE_BYE) {
		const struct cti_track *partner = partner_of(t);

		if (partner || v->has_external)
			(void)cti_conv_set_ended_by(c->conv,
				partner ? partner->line->name : "external",
				CTI_PROV_DIALOG);
	}
	if (t->end_code >= 300)
		(void)cti_conv_set_cause(c->conv,
			(struct cti_cause){ .sip = t->end_code }, CTI_PROV_DIALOG);
}

static int64_t grace_of(const struct cti_call *c)
{
	if (cti_conv_view(c->conv)->has_external && !c->own_ring)
		return c->answered ? HANDED_US : NEXT_AGENT_US;
	return c->answered ? SETTLE_US + SETTLE_US / 2 : SETTLE_US;
}

/* l is gone from the call at at_us; its track, if it had one, is over or about to be. */
void cti_link_left(struct cti_dialogs *d, struct cti_call *c, struct cti_line *l,
	bool talked, int64_t at_us, int64_t now_us)
{
	const bool began = c->caller == l;

	if (l->virt == c)
		l->virt = NULL;
	if (talked && cti_call_ref(c, l)) {
		l->left[1] = l->left[0];
		l->left[0].call = c;
		l->left[0].at_us = at_us;
	}
	if (!cti_call_any_live(c)) {
		if (c->over_us == CTI_TIME_NONE)
			c->over_us = at_us;
		if (talked && !c->leaver)
			c->leaver = l;
		(void)cti_due_set(&d->due, &c->due, now_us + grace_of(c));
	} else if ((talked || began) && c->over_us == CTI_TIME_NONE) {
		c->leaver = l;
		c->over_us = at_us;
		(void)cti_due_set(&d->due, &c->due, now_us + SETTLE_US);
	}
}

/* The line is a caller without a track of its own (a device that talks elsewhere too):
 * when the device is idle it has left that call as well. */
static void leave_virtual(
	struct cti_dialogs *d, struct cti_line *l, int64_t at_us, int64_t now_us)
{
	struct cti_call *c = l->virt;
	bool talked;

	if (!c || d->dialect != CTI_DIALECT_DEVICE)
		return;
	for (const struct cti_track *t = l->tracks; t; t = t->next) {
		if (t->phase != CTI_TRACK_OVER)
			return;
	}
	/* Everybody else left it before: nobody was there to talk with since. */
	if (c->over_us > 0 && c->over_us < at_us && !cti_call_any_live(c))
		at_us = c->over_us;
	talked = c->answered;
	end_leg(c, l, at_us, 0);
	cti_link_left(d, c, l, talked, at_us, now_us);
}

void cti_link_over(struct cti_dialogs *d, struct cti_track *t, int64_t now_us)
{
	struct cti_call *c = t->call;
	struct cti_line *l = t->line;
	const enum cti_phase_of_track was = t->phase;
	const bool talked = was == CTI_TRACK_TALKING || was == CTI_TRACK_GROUP;

	if (!c) {
		t->phase = CTI_TRACK_OVER;
		leave_virtual(d, l, t->over_us, now_us);
		return;
	}
	cti_conv_add_trace(c->conv, now_us, "over", "line=%s was=%s", l->name,
		cti_link_phase_name(was));
	t->phase = CTI_TRACK_OVER;
	if (has_line(c, l)) /* another phone of the line rings or talks on */
		return;
	note_event(c, t);
	end_leg(c, l, t->over_us, t->end_code);
	if (was == CTI_TRACK_RINGING && !c->answered && !c->own_ring)
		cti_pickup_stopped(d, t, now_us);
	if (t->call) /* a pick-up may have changed everything */
		cti_link_left(d, c, l, talked, t->over_us, now_us);
	if (was == CTI_TRACK_DIALLING && t->call)
		cti_lone_ended(d, t->call, t->over_us);
	leave_virtual(d, l, t->over_us, now_us);
}
