/*
 * outgoing.c -- calls of which a device says no more than that it is in use. Asterisk 16
 * and 22 write "confirmed" and nobody's name for whoever dials, talks to somebody outside
 * or listens to an announcement. Such a call is alone: no line was seen to be rung by it.
 *
 * Whom it went to can be told afterwards, when it is handed on:
 *
 *	blind     it ends, and at that moment somebody outside, who did not call, rings at
 *	          another line
 *	attended  its line rings another one, leaves, and the other one stays in use
 *
 * In a busy house the first happens by chance, so it counts only in a quiet one.
 */
#include "link_impl.h"

#include <string.h>

bool cti_lone_is(const struct cti_dialogs *d, const struct cti_call *c)
{
	return d->dialect == CTI_DIALECT_DEVICE && c->caller && !c->answered &&
	       !c->outward && !cti_call_was_rung(c);
}

void cti_lone_ended(struct cti_dialogs *d, struct cti_call *c, int64_t at_us)
{
	if (!cti_lone_is(d, c))
		return;
	d->lone[d->lone_n % CTI_RECENT].call = c;
	d->lone[d->lone_n++ % CTI_RECENT].at_us = at_us;
}

void cti_lone_forget(struct cti_dialogs *d, const struct cti_call *c)
{
	for (size_t i = 0; i < CTI_RECENT; i++) {
		if (d->lone[i].call == c)
			d->lone[i].call = NULL;
	}
	if (c->beside)
		c->beside->beside = NULL;
}

/* ---- handed on ---------------------------------------------------------------- */

struct cti_call *cti_lone_handed_on(
	const struct cti_dialogs *d, const struct cti_track *t, int64_t now_us)
{
	struct cti_call *found = NULL;
	size_t n = 0;

	if (d->dialect != CTI_DIALECT_DEVICE || t->adopted ||
		t->phase != CTI_TRACK_RINGING || t->remote.kind != CTI_WHO_OUTSIDE)
		return NULL;
	for (size_t i = 0; i < CTI_RECENT && i < d->lone_n; i++) {
		struct cti_call *c = d->lone[i].call;

		n += now_us - d->lone[i].at_us <= QUIET_US;
		if (c && c->caller != t->line && now_us - d->lone[i].at_us <= TOGETHER_US)
			found = c;
	}
	return n == 1 ? found : NULL;
}

/* Somebody answered it, nobody knows when; now that party rings at t. */
void cti_lone_hand_on(struct cti_dialogs *d, struct cti_call *c,
	const struct cti_track *t, int64_t now_us)
{
	c->outward = true;
	c->answered = true;
	c->leaver = c->caller;
	cti_call_list_who(d, c, &t->remote);
	cti_conv_set_answered(c->conv, CTI_TIME_UNKNOWN);
	cti_conv_add_trace(
		c->conv, now_us, "matched", "line=%s by=handed-on", c->caller->name);
}

/* ---- beside another ------------------------------------------------------------ */

/* from has been off hook for some time and rings somebody now, in c. It called slowly (a
 * menu, a queue), or it has somebody else on hold: the end will tell. */
void cti_lone_beside(struct cti_dialogs *d, struct cti_call *c, struct cti_line *from)
{
	for (struct cti_track *t = from->tracks; t; t = t->next) {
		struct cti_call *lone = t->call;

		if (t->phase != CTI_TRACK_DIALLING || !lone || lone == c ||
			lone->caller != from || !cti_lone_is(d, lone) || lone->beside)
			continue;
		lone->beside = c;
		c->beside = lone;
		return;
	}
}

static struct cti_track *stays(const struct cti_call *c)
{
	for (struct cti_track *t = c->tracks; t; t = t->call_next) {
		if (t->line != c->caller && t->phase != CTI_TRACK_OVER)
			return t;
	}
	return NULL;
}

/* The caller went, and to stayed: it was given the party that had waited. */
static void given(struct cti_dialogs *d, struct cti_call *lone, struct cti_call *c,
	const struct cti_track *to)
{
	struct cti_part *from = cti_part_find(c->conv, lone->caller->name);
	struct cti_part *p = cti_part_find(c->conv, to->line->name);
	const int64_t at_us = lone->over_us;

	if (p)
		cti_part_set_role(p, CTI_ROLE_CONSULTED);
	if (from)
		cti_part_since_unknown(from);
	cti_conv_transfer(lone->conv, at_us, CTI_TRANSFER_ATTENDED, lone->caller->name,
		to->line->name);
	cti_conv_set_answered(lone->conv, CTI_TIME_UNKNOWN);
	lone->outward = true;
	cti_call_merge(d, lone, c, at_us);
	lone->answered = true;
}

/* All of them left at one moment: it was one call all the time. */
static void same_call(
	struct cti_dialogs *d, struct cti_call *lone, struct cti_call *c, int64_t now_us)
{
	const int64_t over_us = lone->over_us < c->over_us ? lone->over_us : c->over_us;

	(void)cti_conv_set_direction(lone->conv, CTI_DIR_INTERNAL, CTI_PROV_DIALOG);
	cti_conv_set_answered(lone->conv, cti_conv_view(c->conv)->answer_us);
	cti_call_merge(d, lone, c, now_us);
	cti_call_finish(d, lone, over_us);
}

bool cti_lone_settle(struct cti_dialogs *d, struct cti_call *c, int64_t now_us)
{
	struct cti_call *lone =
		c->beside && c->began_us > c->beside->began_us ? c->beside : c;
	struct cti_call *other = lone->beside;
	struct cti_track *to;
	int64_t apart_us;

	if (!other || lone->over_us <= 0 || other->over_us <= 0)
		return false;
	apart_us = lone->over_us - other->over_us;
	if (apart_us > TOGETHER_US || apart_us < -TOGETHER_US)
		return false;
	to = stays(other);
	if (to)
		given(d, lone, other, to);
	else
		same_call(d, lone, other, now_us);
	return true;
}
