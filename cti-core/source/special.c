/*
 * special.c -- calls that do not begin like others: callers that are expected but have
 * not been heard of, click-to-dial, pick-up.
 */
#include "link_impl.h"

#include <stdlib.h>
#include <string.h>

#include "str.h"

/* ---- a caller that is a line of ours ------------------------------------------- */

static bool is_idle(const struct cti_line *l)
{
	for (const struct cti_track *t = l->tracks; t; t = t->next) {
		if (t->phase != CTI_TRACK_OVER)
			return false;
	}
	return true;
}

static void suspect(struct cti_call *c)
{
	for (struct cti_track *t = c->tracks; t; t = t->call_next)
		t->suspect = true;
}

/*
 * A line of ours is named as the caller. Its own document comes within moments; until
 * then the call is kept for it. FreeSWITCH writes the caller's document first: if that
 * line is idle, the PBX itself rings the agent and names whom it will call next.
 */
void cti_link_expect(
	struct cti_dialogs *d, struct cti_call *c, struct cti_line *from, int64_t now_us)
{
	c->caller = from;
	if (cti_call_ref(c, from))
		from->virt = c;
	if (is_idle(from)) {
		c->expected = true;
		if (d->dialect == CTI_DIALECT_CHANNEL && from->up && from->heard)
			suspect(c);
		(void)cti_due_set(&d->due, &c->due, now_us + SETTLE_US);
		return;
	}
	cti_lone_beside(d, c, from);
	(void)cti_part_get(c->conv, now_us, from->name, CTI_ROLE_CALLER);
}

/* ---- click-to-dial -------------------------------------------------------------- */

/* The line rings and names itself, or a line that has done nothing at all. */
bool cti_link_is_own_ring(
	const struct cti_dialogs *d, const struct cti_call *c, int64_t now_us)
{
	const struct cti_track *t = c->tracks;
	const bool waited = now_us - c->began_us >= SETTLE_US;

	if (!t || t->call_next || t->initiator || t->adopted)
		return false;
	if (t->remote.kind != CTI_WHO_LINE)
		return false;
	if (!strcmp(t->remote.number, t->line->name))
		return true;
	return c->expected && c->caller && c->caller != t->line && c->caller->up &&
	       c->caller->heard && is_idle(c->caller) &&
	       (waited || d->dialect == CTI_DIALECT_CHANNEL);
}

/* Who is called, as far as the ring's remote party says it. */
static void set_destination(struct cti_call *c, const struct cti_track *t)
{
	const struct cti_who *who = &t->remote;

	if (!strcmp(who->number, t->line->name) || !*who->number)
		return;
	(void)cti_conv_set_dialled(c->conv, who->number, CTI_PROV_DIALOG);
	if (who->kind == CTI_WHO_OUTSIDE) {
		(void)cti_conv_set_direction(c->conv, CTI_DIR_OUTBOUND, CTI_PROV_DIALOG);
		(void)cti_conv_set_external(
			c->conv, who->number, NULL, CTI_PRES_ALLOWED, CTI_PROV_DIALOG);
	} else {
		(void)cti_conv_set_direction(c->conv, CTI_DIR_INTERNAL, CTI_PROV_DIALOG);
	}
}

void cti_link_own_ring(struct cti_dialogs *d, struct cti_track *t, int64_t now_us)
{
	struct cti_call *c = t->call;
	const int64_t fresh_us = 2 * SETTLE_US;

	/* FreeSWITCH 1.11.1 writes the line itself as remote also after a transfer by the
	 * caller; then the call is older, or others take part in it. */
	if (!c || c->own_ring || t->call_next || c->tracks != t ||
		(t->answered_us > 0 && now_us - t->answered_us > fresh_us))
		return;
	if (c->caller && c->caller->virt == c)
		c->caller->virt = NULL;
	c->own_ring = true;
	c->answered = false;
	c->caller = t->line;
	if (t->phase == CTI_TRACK_TALKING)
		t->phase = CTI_TRACK_DIALLING;
	cti_conv_own_ring(c->conv, now_us, t->line->name);
	(void)cti_conv_set_initiator(c->conv, "pbx", CTI_PROV_DIALOG);
	/* An extension that holds the line from the start is the program's account. */
	if (d->dialect == CTI_DIALECT_CHANNEL || t->remote.kind == CTI_WHO_LINE)
		set_destination(c, t);
}

/* A call that we asked for ourselves. */
static bool is_our_dial(const struct cti_track *t, int64_t now_us)
{
	const struct cti_line *l = t->line;

	if (t->phase != CTI_TRACK_RINGING || now_us > l->dial_until_us || t->adopted)
		return false;
	return t->remote.kind != CTI_WHO_OUTSIDE || !l->dial_number ||
	       !strcmp(t->remote.number, l->dial_number);
}

static void set_dialled_by_us(
	struct cti_dialogs *d, struct cti_call *c, const struct cti_line *l)
{
	const struct cti_dialog_party p = { .user = l->dial_number };
	struct cti_who who;

	if (!l->dial_number)
		return;
	cti_who_read(&who, &p, d->conf);
	(void)cti_conv_set_dialled(c->conv, l->dial_number, CTI_PROV_USER);
	if (who.kind != CTI_WHO_OUTSIDE) {
		(void)cti_conv_set_direction(c->conv, CTI_DIR_INTERNAL, CTI_PROV_USER);
		return;
	}
	(void)cti_conv_set_direction(c->conv, CTI_DIR_OUTBOUND, CTI_PROV_USER);
	(void)cti_conv_set_external(
		c->conv, who.number, NULL, CTI_PRES_ALLOWED, CTI_PROV_USER);
}

void cti_link_own_dial(
	struct cti_dialogs *d, struct cti_call *c, struct cti_track *t, int64_t now_us)
{
	const bool ours = is_our_dial(t, now_us);
	const bool self = t->remote.kind == CTI_WHO_LINE &&
			  !strcmp(t->remote.number, t->line->name);

	if (c->own_ring || t->phase != CTI_TRACK_RINGING || (!ours && !self))
		return;
	c->own_ring = true;
	c->caller = t->line;
	cti_conv_set_click_to_dial(c->conv);
	(void)cti_conv_set_initiator(c->conv, "pbx", CTI_PROV_DIALOG);
	if (!ours)
		return;
	t->line->dial_until_us = 0;
	set_dialled_by_us(d, c, t->line);
}

/*
 * A proxy hands our REFER to the agent's phone, which then calls by itself: its new
 * dialog to the number that was asked for goes on with the dial that rang it.
 */
struct cti_call *cti_link_dial_of(const struct cti_track *t)
{
	if (!t->initiator || !t->dialled)
		return NULL;
	for (const struct cti_track *o = t->line->tracks; o; o = o->next) {
		struct cti_call *c = o->call;
		const char *wanted = c ? cti_conv_view(c->conv)->dialled : NULL;

		if (c && c->own_ring && c->caller == t->line && !c->answered && wanted &&
			!strcmp(wanted, t->dialled))
			return c;
	}
	return NULL;
}

/* ---- pick-up ---------------------------------------------------------------------- */

/*
 * A line goes off hook and at the same moment a ring stops elsewhere, unanswered, while
 * its caller is still there: it was picked up. FreeSWITCH also names the code.
 */
static void picked_up(struct cti_dialogs *d, struct cti_call *ring, struct cti_line *from,
	struct cti_track *picker, int64_t at_us, int64_t now_us)
{
	struct cti_call *own = picker->call;
	struct cti_part *p;

	if (own == ring || own->answered || cti_call_was_rung(own))
		return;
	cti_conv_transfer(ring->conv, at_us, CTI_TRANSFER_PICKUP,
		from ? from->name : NULL, picker->line->name);
	cti_call_merge(d, ring, own, now_us);
	p = cti_part_get(ring->conv, now_us, picker->line->name, CTI_ROLE_PICKER);
	if (!p)
		return;
	cti_part_set_role(p, CTI_ROLE_PICKER);
	picker->phase = CTI_TRACK_TALKING;
	picker->answered_us = at_us;
	cti_link_answered(d, picker, now_us);
}

static bool caller_stays(const struct cti_call *c)
{
	if (!c->caller)
		return true;
	for (const struct cti_track *t = c->caller->tracks; t; t = t->next) {
		if (t->phase != CTI_TRACK_OVER)
			return true;
	}
	return false;
}

/* What was dialled is a feature code, or is never told. */
static bool is_code(const struct cti_dialogs *d, const struct cti_track *t)
{
	return t->remote.kind == CTI_WHO_PICKUP ||
	       (t->remote.kind == CTI_WHO_NOBODY && d->dialect == CTI_DIALECT_DEVICE) ||
	       (t->remote.kind == CTI_WHO_INSIDE && *t->remote.number == '*');
}

/* The one ring that stopped just now; CTI_RECENT: none, or nobody can say which. */
static size_t the_stopped(const struct cti_dialogs *d, int64_t now_us)
{
	size_t found = CTI_RECENT;

	for (size_t i = 0; i < CTI_RECENT; i++) {
		const struct cti_call *ring = d->stopped[i].call;

		if (!ring || now_us - d->stopped[i].at_us > PICKUP_LATE_US ||
			ring->answered || !caller_stays(ring))
			continue;
		if (found < CTI_RECENT)
			return CTI_RECENT;
		found = i;
	}
	return found;
}

void cti_pickup_check(struct cti_dialogs *d, struct cti_track *t, int64_t now_us)
{
	struct cti_call *c = t->call;
	struct cti_call *ring;
	size_t i;

	if (!c || t->phase != CTI_TRACK_DIALLING || t->adopted || c->own_ring ||
		!is_code(d, t))
		return;
	d->off_hook[d->off_hook_n++ % CTI_RECENT] = t;
	i = the_stopped(d, now_us);
	if (i == CTI_RECENT)
		return;
	ring = d->stopped[i].call;
	d->stopped[i].call = NULL;
	picked_up(d, ring, d->stopped[i].line, t, d->stopped[i].at_us, now_us);
}

static struct cti_line *rung_line(const struct cti_call *ring, const char *number)
{
	for (const struct cti_track *t = ring->tracks; t; t = t->call_next) {
		if (!t->initiator && !strcmp(t->line->name, number))
			return t->line;
	}
	return NULL;
}

/* With a code the picker is off hook for as long as it takes; without, just now. */
static bool may_pick(
	const struct cti_track *t, const struct cti_track *rang, int64_t now_us)
{
	int64_t after_us;

	if (!t || !t->call || t->phase != CTI_TRACK_DIALLING || t->line == rang->line)
		return false;
	if (t->remote.kind == CTI_WHO_PICKUP)
		return rung_line(rang->call, t->remote.number) &&
		       now_us - t->since_us <= EXPECT_US;
	after_us = now_us - t->since_us;
	return after_us <= PICKUP_US ||
	       (after_us >= PICKUP_MEDIA_US && after_us <= PICKUP_MEDIA_END_US);
}

/* From whom it was taken: the code names the line; of several that rang, nobody knows. */
static struct cti_line *taken_from(
	const struct cti_track *picker, const struct cti_track *rang)
{
	if (picker->remote.kind == CTI_WHO_PICKUP)
		return rung_line(rang->call, picker->remote.number);
	for (const struct cti_track *o = rang->call->tracks; o; o = o->call_next) {
		if (o->line != rang->line && o->line != rang->call->caller &&
			o->over_us >= rang->over_us - TOGETHER_US)
			return NULL;
	}
	return rang->line;
}

/* The one who picked it up; CTI_RECENT: nobody, or nobody can say who. In a busy house
 * somebody goes off hook at any moment. */
static size_t the_picker(
	const struct cti_dialogs *d, const struct cti_track *t, int64_t now_us)
{
	size_t found = CTI_RECENT;

	for (size_t i = 0; i < CTI_RECENT; i++) {
		const struct cti_track *picker = d->off_hook[i];

		if (!may_pick(picker, t, now_us) || picker->call == t->call)
			continue;
		if (picker->remote.kind == CTI_WHO_PICKUP) /* it names the line */
			return i;
		if (found < CTI_RECENT)
			return CTI_RECENT;
		found = i;
	}
	return found;
}

void cti_pickup_stopped(struct cti_dialogs *d, struct cti_track *t, int64_t now_us)
{
	struct cti_call *ring = t->call;
	struct cti_track *picker;
	size_t i;

	/* Who takes a call takes it from all that it rings at. */
	if (ring->answered || t->over_us <= 0 || !caller_stays(ring) ||
		cti_call_any_phase_but(ring, CTI_TRACK_RINGING, t))
		return;
	i = the_picker(d, t, now_us);
	if (i < CTI_RECENT) {
		picker = d->off_hook[i];
		d->off_hook[i] = NULL;
		picked_up(d, ring, taken_from(picker, t), picker, t->over_us, now_us);
		return;
	}
	d->stopped[d->stopped_n % CTI_RECENT].line = t->line;
	d->stopped[d->stopped_n % CTI_RECENT].call = ring;
	d->stopped[d->stopped_n++ % CTI_RECENT].at_us = t->over_us;
}

void cti_pickup_forget(struct cti_dialogs *d, const struct cti_call *c)
{
	for (size_t i = 0; i < CTI_RECENT; i++) {
		if (d->stopped[i].call == c)
			d->stopped[i].call = NULL;
		if (d->off_hook[i] && d->off_hook[i]->call == c)
			d->off_hook[i] = NULL;
	}
}
