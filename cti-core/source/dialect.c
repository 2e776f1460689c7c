/*
 * dialect.c -- what a document means, product by product. Each product writes RFC
 * 4235 in its own way and each lies in its own way; every lie has one rule here.
 *
 * Which product wrote a document is concluded from the document:
 *
 *	one dialog, its id is the extension, no Call-ID     Asterisk (16 to 22)
 *	ids are UUIDs, rendering is written, or no Call-ID  FreeSWITCH (1.11)
 *	anything else                                       Kamailio (5.6), RFC 4235
 *
 * What is found goes to link.c: a dialog is new, answered, held, over.
 */
#include "dialogs_impl.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "str.h"

enum { OVER_MAX = 8, TRACKS_MAX = 64 };

/* Times of one document: now, and "since when" for what it shows as changed. */
struct moment {
	int64_t now_us;
	int64_t at_us; /* UNKNOWN in the first document after a gap */
};

struct cti_track *cti_track_new(struct cti_line *l, const char *id, int64_t at_us)
{
	struct cti_track *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->id = cti_str_dup(id);
	if (id && !t->id) {
		free(t);
		return NULL;
	}
	t->line = l;
	t->since_us = at_us;
	t->adopted = at_us == CTI_TIME_UNKNOWN;
	t->shown = true;
	t->next = l->tracks;
	l->tracks = t;
	return t;
}

void cti_track_free(struct cti_track *t)
{
	free(t->id);
	free(t->key);
	free(t->dialled);
	free(t);
}

static bool is_uuid(const char *id)
{
	size_t n = 0;

	for (; id[n]; n++) {
		const bool dash = n == 8 || n == 13 || n == 18 || n == 23;

		if (n >= 36 || (dash ? id[n] != '-' : !isxdigit((unsigned char)id[n])))
			return false;
	}
	return n == 36;
}

static enum cti_dialect conclude(const struct cti_dialogs *d, const struct cti_line *l,
	const struct cti_report_dialogs *rep)
{
	const struct cti_dialog *g = rep->dialogs;

	if (!rep->n || !g->id)
		return d->dialect;
	if (rep->n == 1 && !g->call_id && !strcmp(g->id, l->name))
		return CTI_DIALECT_DEVICE;
	if (is_uuid(g->id) && (!g->call_id || g->local.rendering != CTI_RENDERING_NONE))
		return CTI_DIALECT_CHANNEL;
	return CTI_DIALECT_DIALOG;
}

static void read_remote(
	struct cti_dialogs *d, struct cti_who *who, const struct cti_dialog *g)
{
	cti_who_read(who, &g->remote, d->conf);
	if (who->kind == CTI_WHO_INSIDE && cti_strmap_get(d->lines, who->number))
		who->kind = CTI_WHO_LINE;
}

static bool same_who(const struct cti_who *a, const struct cti_who *b)
{
	return a->kind == b->kind && !strcmp(a->number, b->number) &&
	       a->presentation == b->presentation;
}

/* ---- what happens to a track ---------------------------------------------- */

static void answer(struct cti_dialogs *d, struct cti_track *t, const struct moment *m)
{
	t->answered_us = m->at_us;
	t->phase = CTI_TRACK_TALKING;
	cti_link_answered(d, t, m->now_us);
}

static void over(struct cti_dialogs *d, struct cti_track *t, const struct moment *m)
{
	if (t->phase == CTI_TRACK_OVER)
		return;
	t->over_us = m->at_us;
	cti_link_over(d, t, m->now_us); /* still sees what it was */
	t->phase = CTI_TRACK_OVER;
}

static void hold(struct cti_dialogs *d, struct cti_track *t, bool held, bool being_held,
	int64_t now_us)
{
	if (t->held == held && t->being_held == being_held)
		return;
	t->held = held;
	t->being_held = being_held;
	cti_link_hold(d, t, now_us);
}

static struct cti_track *in_phase(const struct cti_line *l, enum cti_phase_of_track phase)
{
	struct cti_track *t = l->tracks;

	while (t && t->phase != phase)
		t = t->next;
	return t;
}

/* ---- Asterisk: one dialog, which is the extension's device state ----------- */

enum device { DEVICE_IDLE, DEVICE_RING, DEVICE_USE };

static enum device device_of(const struct cti_dialog *g)
{
	switch (g->state) {
	case CTI_DIALOG_CONFIRMED:
		return DEVICE_USE;
	case CTI_DIALOG_TRYING:
	case CTI_DIALOG_PROCEEDING:
	case CTI_DIALOG_EARLY:
		return DEVICE_RING;
	case CTI_DIALOG_TERMINATED:
		break;
	}
	return DEVICE_IDLE;
}

/*
 * The caller is named while it rings and never again. The same ring told twice is
 * the line's second phone, or, beside a talk, that the talk is over (Asterisk 22: in
 * use and ringing becomes ringing; both are written "early").
 */
static void device_ring(struct cti_dialogs *d, struct cti_line *l,
	const struct cti_dialog *g, const struct moment *m, bool repeat)
{
	struct cti_track *ring = in_phase(l, CTI_TRACK_RINGING);
	struct cti_track *talk = in_phase(l, CTI_TRACK_TALKING);
	struct cti_who remote;

	read_remote(d, &remote, g);
	if (ring && (same_who(&ring->remote, &remote) || remote.kind == CTI_WHO_NOBODY)) {
		if (talk && !repeat)
			over(d, talk, m);
		return;
	}
	if (ring)
		over(d, ring, m);
	ring = cti_track_new(l, NULL, m->at_us);
	if (!ring)
		return;
	ring->phase = CTI_TRACK_RINGING;
	ring->remote = remote;
	cti_link_new(d, ring, m->now_us);
}

/* rendering "no" marks the party that is being held, not the one that holds. */
static void device_use(struct cti_dialogs *d, struct cti_line *l,
	const struct cti_dialog *g, const struct moment *m)
{
	struct cti_track *ring = in_phase(l, CTI_TRACK_RINGING);
	struct cti_track *talk = in_phase(l, CTI_TRACK_TALKING);
	struct cti_track *dial = in_phase(l, CTI_TRACK_DIALLING);

	if (ring && (talk || dial)) {
		cti_link_unsure(d, ring, m->now_us);
	} else if (ring) {
		answer(d, ring, m);
		talk = ring;
	} else if (!talk && !dial && !in_phase(l, CTI_TRACK_UNSURE)) {
		dial = cti_track_new(l, NULL, m->at_us);
		if (!dial)
			return;
		dial->phase = CTI_TRACK_DIALLING;
		cti_link_new(d, dial, m->now_us);
	}
	if (talk || dial)
		hold(d, talk ? talk : dial, false, g->local.rendering == CTI_RENDERING_NO,
			m->now_us);
}

static void device_idle(struct cti_dialogs *d, struct cti_line *l, const struct moment *m)
{
	for (struct cti_track *t = l->tracks; t; t = t->next)
		over(d, t, m);
}

static void device_read(struct cti_dialogs *d, struct cti_line *l,
	const struct cti_report_dialogs *rep, const struct moment *m)
{
	const struct cti_dialog *g = rep->dialogs;
	/* A refresh repeats the version (Asterisk 16 and 22): nothing happened. */
	const bool repeat = l->have_version && l->version == rep->version;

	switch (device_of(g)) {
	case DEVICE_IDLE:
		device_idle(d, l, m);
		break;
	case DEVICE_RING:
		device_ring(d, l, g, m, repeat);
		break;
	case DEVICE_USE:
		device_use(d, l, g, m);
		break;
	}
}

/* ---- FreeSWITCH: one dialog a channel, "full" lists that are not full ------ */

static struct cti_track *by_id(const struct cti_line *l, const char *id)
{
	struct cti_track *t = l->tracks;

	while (t && (!t->id || !id || strcmp(t->id, id)))
		t = t->next;
	return t;
}

/* Has the line another call in which it speaks now? */
static bool other_active(const struct cti_line *l, const struct cti_track *t)
{
	for (const struct cti_track *o = l->tracks; o; o = o->next) {
		if (o != t && o->phase == CTI_TRACK_TALKING && !o->held)
			return true;
	}
	return false;
}

static bool other_lives(const struct cti_line *l, const struct cti_track *t)
{
	for (const struct cti_track *o = l->tracks; o; o = o->next) {
		if (o != t && o->phase != CTI_TRACK_OVER)
			return true;
	}
	return false;
}

static void channel_new(struct cti_dialogs *d, struct cti_line *l,
	const struct cti_dialog *g, const struct moment *m)
{
	struct cti_track *t;

	if (g->state == CTI_DIALOG_TERMINATED)
		return;
	t = cti_track_new(l, g->id, m->at_us);
	if (!t)
		return;
	t->initiator = g->direction == CTI_DIALOG_INITIATOR;
	read_remote(d, &t->remote, g);
	if (t->initiator)
		t->dialled = cti_str_dup(g->remote.user);
	/* 1.11.1: the calling side is "confirmed" from the first moment. */
	t->phase = t->initiator                       ? CTI_TRACK_DIALLING
		   : g->state == CTI_DIALOG_CONFIRMED ? CTI_TRACK_TALKING
						      : CTI_TRACK_RINGING;
	if (t->phase == CTI_TRACK_TALKING)
		t->answered_us = m->at_us;
	t->held = t->phase == CTI_TRACK_TALKING && g->local.rendering == CTI_RENDERING_NO;
	cti_link_new(d, t, m->now_us);
}

/*
 * 1.11.1, last-call bug: while another call of the line lives, the end of one is
 * written with the other's state, "early" or "confirmed", and never as terminated.
 * A call cannot go back to ringing; a second one cannot be active while the first is
 * not on hold. So these are ends.
 */
static void channel_early(struct cti_dialogs *d, struct cti_track *t,
	const struct cti_dialog *g, const struct moment *m, bool whole)
{
	if (g->local.rendering == CTI_RENDERING_NO) {
		/* 1.11.1: on hold is "early" with rendering "no". */
		if (t->phase == CTI_TRACK_TALKING || t->phase == CTI_TRACK_DIALLING)
			hold(d, t, true, false, m->now_us);
		return;
	}
	if (whole) /* writes every held call so */
		return;
	if (t->phase == CTI_TRACK_RINGING ? other_lives(t->line, t) : true)
		over(d, t, m);
}

static bool is_self(const struct cti_track *t, const struct cti_who *who)
{
	return who->kind == CTI_WHO_LINE && !strcmp(who->number, t->line->name);
}

static void channel_confirmed(struct cti_dialogs *d, struct cti_track *t,
	const struct cti_dialog *g, const struct moment *m, bool whole)
{
	struct cti_who remote;

	read_remote(d, &remote, g);
	if (g->local.rendering == CTI_RENDERING_NO) {
		/* presence-hold-state=confirmed writes hold like this. */
		hold(d, t, true, false, m->now_us);
		return;
	}
	if (whole)
		return;
	switch (t->phase) {
	case CTI_TRACK_RINGING:
		if (other_active(t->line, t))
			over(d, t, m);
		else
			answer(d, t, m);
		break;
	case CTI_TRACK_DIALLING:
		/* The answer repeats the first document word for word. */
		if (t->initiator)
			answer(d, t, m);
		else if (is_self(t, &remote))
			cti_link_own_ring(d, t, m->now_us);
		break;
	case CTI_TRACK_TALKING:
		if (other_active(t->line, t))
			over(d, t, m);
		else if (t->held)
			hold(d, t, false, false, m->now_us);
		else if (is_self(t, &remote) && !t->initiator)
			cti_link_own_ring(d, t, m->now_us);
		break;
	case CTI_TRACK_UNSURE:
	case CTI_TRACK_GROUP:
	case CTI_TRACK_REFUSED:
	case CTI_TRACK_OVER:
		break;
	}
}

static void channel_change(struct cti_dialogs *d, struct cti_line *l,
	const struct cti_dialog *g, const struct moment *m, bool whole)
{
	struct cti_track *t = by_id(l, g->id);

	if (!t) {
		channel_new(d, l, g, m);
		return;
	}
	t->shown = true;
	if (t->phase == CTI_TRACK_OVER)
		return;
	switch (g->state) {
	case CTI_DIALOG_TERMINATED:
		over(d, t, m);
		break;
	case CTI_DIALOG_CONFIRMED:
		channel_confirmed(d, t, g, m, whole);
		break;
	case CTI_DIALOG_TRYING:
	case CTI_DIALOG_PROCEEDING:
	case CTI_DIALOG_EARLY:
		channel_early(d, t, g, m, whole);
		break;
	}
}

/* 1.11.1: only a list with Call-IDs (after SUBSCRIBE and refresh) or without any
 * dialog is the whole truth; what it does not have ended nobody knows when. */
static void channel_read(struct cti_dialogs *d, struct cti_line *l,
	const struct cti_report_dialogs *rep, const struct moment *m)
{
	const struct moment lost = { m->now_us, CTI_TIME_UNKNOWN };
	const bool whole = !rep->n || rep->dialogs[0].call_id;

	for (size_t i = 0; i < rep->n; i++)
		channel_change(d, l, &rep->dialogs[i], m, whole);
	for (struct cti_track *t = l->tracks; whole && t; t = t->next) {
		if (!t->shown)
			over(d, t, &lost);
	}
}

/* ---- Kamailio, and RFC 4235 as it is written ------------------------------- */

/* Kamailio's ids are those of its own dialogs, long and the same on every line;
 * other products count from one for each line. */
static const char *key_of(const struct cti_dialog *g)
{
	enum { LONG_ID = 16 };

	if (g->call_id)
		return g->call_id;
	return g->id && strlen(g->id) >= LONG_ID ? g->id : NULL;
}

static struct cti_track *by_dialog(const struct cti_line *l, const struct cti_dialog *g)
{
	const char *key = key_of(g);
	struct cti_track *t = by_id(l, g->id);

	if (t && (!t->key || !key || !strcmp(t->key, key)))
		return t;
	for (t = l->tracks; t; t = t->next) {
		if (!t->id && t->key && key && !strcmp(t->key, key))
			return t;
	}
	return NULL;
}

static const char *dialled_of(const struct cti_dialog *g)
{
	return g->direction == CTI_DIALOG_INITIATOR ? g->remote.user : g->local.user;
}

static enum cti_phase_of_track first_phase(const struct cti_dialog *g)
{
	if (g->state == CTI_DIALOG_CONFIRMED)
		return CTI_TRACK_TALKING;
	if (g->direction == CTI_DIALOG_RECIPIENT && g->state == CTI_DIALOG_EARLY)
		return CTI_TRACK_RINGING;
	return CTI_TRACK_DIALLING;
}

/* RFC 4235 section 3.7.1: a called phone is in "trying" too, from the INVITE to its
 * first answer. Nobody rings or calls yet; "early" or the refusal comes next. */
static bool is_offered(const struct cti_dialog *g)
{
	return g->direction == CTI_DIALOG_RECIPIENT &&
	       (g->state == CTI_DIALOG_TRYING || g->state == CTI_DIALOG_PROCEEDING);
}

/* Offered, and over without a ring: busy, declined, or the caller was quicker. A part
 * of the call that is known by its Call-ID, or all that there was of a call. */
static void dialog_refused(struct cti_dialogs *d, struct cti_track *t,
	const struct cti_dialog *g, const struct moment *m)
{
	t->offered = false;
	t->end_event = g->event;
	t->end_code = g->code;
	t->over_us = m->at_us;
	t->phase = CTI_TRACK_REFUSED;
	cti_link_new(d, t, m->now_us);
	cti_link_over(d, t, m->now_us);
	t->phase = CTI_TRACK_OVER;
}

/* Kamailio 5.6: busy at once is one document with a dialog that is over; ended ones
 * also linger in the lists of later calls. */
static void dialog_over_at_once(struct cti_dialogs *d, const struct cti_track *t,
	const struct cti_dialog *g, const struct moment *m)
{
	if (t->key)
		cti_link_brief(d, t->line, t->key, &t->remote, t->dialled, g, m->now_us);
}

/* What is known of a dialog from its first document, or, if it was only offered, from
 * the first that says more. */
static void dialog_begin(struct cti_dialogs *d, struct cti_track *t,
	const struct cti_dialog *g, const struct moment *m)
{
	const bool offered = t->offered;

	t->offered = is_offered(g);
	t->phase = CTI_TRACK_OVER; /* as far as any call is concerned */
	if (t->offered)
		return;
	if (g->state == CTI_DIALOG_TERMINATED) {
		if (offered)
			dialog_refused(d, t, g, m);
		else
			dialog_over_at_once(d, t, g, m);
		return;
	}
	t->since_us = m->at_us;
	t->phase = first_phase(g);
	if (t->phase == CTI_TRACK_TALKING)
		t->answered_us = m->at_us;
	cti_link_new(d, t, m->now_us);
}

static void dialog_new(struct cti_dialogs *d, struct cti_line *l,
	const struct cti_dialog *g, const struct moment *m)
{
	struct cti_track *t = cti_track_new(l, g->id, m->at_us);

	if (!t)
		return;
	t->key = cti_str_dup(key_of(g));
	read_remote(d, &t->remote, g);
	t->initiator = g->direction == CTI_DIALOG_INITIATOR;
	t->dialled = cti_str_dup(dialled_of(g));
	dialog_begin(d, t, g, m);
}

/* A called line that was known to be dialled begins to ring. */
static void dialog_rings(
	struct cti_dialogs *d, struct cti_track *t, const struct moment *m)
{
	if (t->initiator || t->phase != CTI_TRACK_DIALLING)
		return;
	t->phase = CTI_TRACK_RINGING;
	t->since_us = m->at_us;
	cti_link_new(d, t, m->now_us);
}

/* Documents can overtake each other (Kamailio 5.6: "early", then "Trying"), so a
 * dialog only goes forward. */
static void dialog_change(struct cti_dialogs *d, struct cti_track *t,
	const struct cti_dialog *g, const struct moment *m)
{
	switch (g->state) {
	case CTI_DIALOG_TERMINATED:
		t->end_event = g->event;
		t->end_code = g->code;
		over(d, t, m);
		break;
	case CTI_DIALOG_CONFIRMED:
		if (t->phase == CTI_TRACK_RINGING || t->phase == CTI_TRACK_DIALLING)
			answer(d, t, m);
		/* RFC 4235 section 4.1.5: the line itself renders nothing: it holds. */
		if (t->phase == CTI_TRACK_TALKING)
			hold(d, t, g->local.rendering == CTI_RENDERING_NO, false,
				m->now_us);
		break;
	case CTI_DIALOG_EARLY:
		dialog_rings(d, t, m);
		break;
	case CTI_DIALOG_TRYING:
	case CTI_DIALOG_PROCEEDING:
		break;
	}
}

/*
 * Not in a full list. With force_single_dialog Kamailio 5.6 shows the most telling
 * dialog alone: while that one rings or talks, the other may live on, and is over
 * when it does not come back with it gone, or when another line says so. Kamailio
 * never writes partial documents; who does lists all there is.
 */
static void dialog_left_out(struct cti_dialogs *d, struct cti_track *t,
	const struct cti_report_dialogs *rep, const struct moment *m)
{
	const struct moment lost = { m->now_us, CTI_TIME_UNKNOWN };
	const bool single = !d->partial && rep->n == 1 &&
			    rep->dialogs[0].state != CTI_DIALOG_TERMINATED;

	if (single && (t->hidden || in_phase(t->line, CTI_TRACK_RINGING))) {
		t->hidden = true;
		return;
	}
	over(d, t, t->hidden || !rep->n ? &lost : m);
}

static void dialog_read(struct cti_dialogs *d, struct cti_line *l,
	const struct cti_report_dialogs *rep, const struct moment *m)
{
	static const struct cti_dialog unseen; /* nobody said why */
	const struct moment lost = { m->now_us, CTI_TIME_UNKNOWN };

	for (size_t i = 0; i < rep->n; i++) {
		struct cti_track *t = by_dialog(l, &rep->dialogs[i]);

		if (!t) {
			dialog_new(d, l, &rep->dialogs[i], m);
			continue;
		}
		t->shown = true;
		t->hidden = false;
		if (t->offered)
			dialog_begin(d, t, &rep->dialogs[i], m);
		else if (t->phase != CTI_TRACK_OVER)
			dialog_change(d, t, &rep->dialogs[i], m);
	}
	d->partial = d->partial || !rep->full;
	for (struct cti_track *t = l->tracks; t; t = t->next) {
		if (t->shown || (t->phase == CTI_TRACK_OVER && !t->offered))
			continue;
		if (rep->full && t->offered)
			dialog_refused(d, t, &unseen, &lost);
		else if (rep->full)
			dialog_left_out(d, t, rep, m);
		else if (t->hidden) /* no single list, then: the next one tells */
			cti_dialogs_want(d, l, m->now_us);
	}
}

/* ---- all ------------------------------------------------------------------- */

/* Ended dialogs are remembered as long as lists may repeat them. */
static void prune(struct cti_line *l, enum cti_dialect dialect, bool full)
{
	struct cti_track **tp = &l->tracks;
	size_t n = 0, kept = 0;

	while (*tp) {
		struct cti_track *t = *tp;
		bool drop = t->phase == CTI_TRACK_OVER && !t->call;

		if (drop && dialect == CTI_DIALECT_CHANNEL)
			drop = ++kept > OVER_MAX;
		else if (drop && dialect == CTI_DIALECT_DIALOG)
			drop = (full && !t->shown) || ++n > TRACKS_MAX;
		if (drop) {
			*tp = t->next;
			cti_track_free(t);
		} else {
			tp = &t->next;
		}
	}
}

static size_t live(const struct cti_line *l)
{
	size_t n = 0;

	for (const struct cti_track *t = l->tracks; t; t = t->next)
		n += t->phase != CTI_TRACK_OVER;
	return n;
}

void cti_dialect_read(
	struct cti_dialogs *d, struct cti_line *l, const struct cti_report_dialogs *rep)
{
	const enum cti_dialect dialect = conclude(d, l, rep);
	const struct moment m = { rep->at_us, l->fresh ? CTI_TIME_UNKNOWN : rep->at_us };

	if (live(l) > TRACKS_MAX) /* nobody has that many; somebody writes nonsense */
		return;
	d->dialect = dialect;
	for (struct cti_track *t = l->tracks; t; t = t->next)
		t->shown = false;
	switch (dialect) {
	case CTI_DIALECT_DEVICE:
		if (rep->n)
			device_read(d, l, rep, &m);
		break;
	case CTI_DIALECT_CHANNEL:
		channel_read(d, l, rep, &m);
		break;
	case CTI_DIALECT_DIALOG:
		dialog_read(d, l, rep, &m);
		break;
	case CTI_DIALECT_UNKNOWN:
		break;
	}
	prune(l, dialect, rep->full);
}
