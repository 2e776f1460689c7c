/*
 * calls.c -- the life of a call that documents made: its beginning, its end, and what
 * is decided a moment after something happened, when all lines have spoken.
 */
#include "link_impl.h"

#include <stdlib.h>
#include <string.h>

#include "str.h"

bool cti_call_any_live(const struct cti_call *c)
{
	for (const struct cti_track *t = c->tracks; t; t = t->call_next) {
		if (t->phase != CTI_TRACK_OVER)
			return true;
	}
	return false;
}

bool cti_call_was_rung(const struct cti_call *c)
{
	for (const struct cti_track *t = c->tracks; t; t = t->call_next) {
		if (t->line != c->caller)
			return true;
	}
	return false;
}

bool cti_call_any_phase_but(const struct cti_call *c, enum cti_phase_of_track phase,
	const struct cti_track *but)
{
	for (const struct cti_track *t = c->tracks; t; t = t->call_next) {
		if (t != but && t->phase == phase)
			return true;
	}
	return false;
}

const char *cti_link_phase_name(enum cti_phase_of_track phase)
{
	static const char *const names[] = { "dialling", "ringing", "unsure", "group",
		"talking", "refused", "over" };

	return names[phase];
}

/* ---- beginning --------------------------------------------------------------- */

const char *cti_who_key(const struct cti_who *who)
{
	if (*who->number)
		return who->number;
	return who->presentation == CTI_PRES_UNKNOWN
		       ? NULL
		       : cti_presentation_name(who->presentation);
}

void cti_call_list_who(
	struct cti_dialogs *d, struct cti_call *c, const struct cti_who *who)
{
	const char *key = cti_who_key(who);

	if (!key || (who->kind != CTI_WHO_OUTSIDE && who->kind != CTI_WHO_INSIDE))
		return;
	c->who_key = cti_str_dup(key);
	if (!c->who_key)
		return;
	c->who_next = cti_strmap_get(d->whos, key);
	if (cti_strmap_put(d->whos, key, c, NULL))
		c->who_next = NULL;
}

static void unlist_who(struct cti_dialogs *d, struct cti_call *c)
{
	struct cti_call *first = c->who_key ? cti_strmap_get(d->whos, c->who_key) : NULL;

	if (first == c) {
		if (c->who_next)
			(void)cti_strmap_put(d->whos, c->who_key, c->who_next, NULL);
		else
			(void)cti_strmap_take(d->whos, c->who_key);
		return;
	}
	for (; first; first = first->who_next) {
		if (first->who_next == c) {
			first->who_next = c->who_next;
			return;
		}
	}
}

void cti_call_set_key(struct cti_dialogs *d, struct cti_call *c, const char *key)
{
	c->key = cti_str_dup(key);
	if (c->key)
		(void)cti_strmap_put(d->keys, c->key, c, NULL);
}

static unsigned facts_of(const struct cti_dialogs *d)
{
	switch (d->dialect) {
	case CTI_DIALECT_CHANNEL:
		return CTI_FACT_ANSWER | CTI_FACT_HOLD;
	case CTI_DIALECT_DIALOG:
		return CTI_FACT_ANSWER | CTI_FACT_DIALLED;
	case CTI_DIALECT_DEVICE:
	case CTI_DIALECT_UNKNOWN:
		break;
	}
	return CTI_FACT_ANSWER;
}

static bool is_in_use(const struct cti_line *l)
{
	for (const struct cti_track *t = l ? l->tracks : NULL; t; t = t->next) {
		if (t->phase == CTI_TRACK_TALKING || t->phase == CTI_TRACK_DIALLING)
			return true;
	}
	return false;
}

/* Asterisk: a queue rings those of its agents who are free. This one rang with another,
 * who took that call and talks. */
static bool was_left_free(const struct cti_line *l)
{
	for (const struct cti_track *t = l->tracks; t; t = t->next) {
		if (t->phase == CTI_TRACK_OVER && t->call && t->call->caller != l &&
			t->answered_us == CTI_TIME_NONE &&
			cti_call_any_phase_but(t->call, CTI_TRACK_TALKING, t))
			return true;
	}
	return false;
}

struct cti_call *cti_call_new(struct cti_dialogs *d, struct cti_track *t, int64_t now_us)
{
	struct cti_call *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->conv = cti_conv_new(d->m, now_us, d->conf->name, t->key);
	if (!c->conv) {
		free(c);
		return NULL;
	}
	if (t->adopted)
		cti_conv_set_start(c->conv, CTI_TIME_UNKNOWN);
	cti_conv_add_facts(c->conv, facts_of(d));
	if (d->dialect != CTI_DIALECT_DEVICE || t->remote.kind != CTI_WHO_OUTSIDE)
		cti_conv_add_facts(c->conv, CTI_FACT_START);
	c->began_us = now_us;
	c->waited = t->phase == CTI_TRACK_RINGING && was_left_free(t->line);
	if (!t->initiator && t->phase != CTI_TRACK_DIALLING)
		cti_call_list_who(d, c, &t->remote);
	c->next = d->calls;
	if (c->next)
		c->next->prev = c;
	d->calls = c;
	return c;
}

/* ---- end --------------------------------------------------------------------- */

static void line_forgets(struct cti_line *l, const struct cti_call *c)
{
	if (l->virt == c)
		l->virt = NULL;
	for (size_t i = 0; i < 2; i++) {
		if (l->left[i].call == c)
			l->left[i].call = NULL;
	}
}

bool cti_call_ref(struct cti_call *c, struct cti_line *l)
{
	struct cti_line **more;

	for (size_t i = 0; i < c->nrefs; i++) {
		if (c->refs[i] == l)
			return true;
	}
	more = realloc(c->refs, (c->nrefs + 1) * sizeof(struct cti_line *));
	if (!more)
		return false;
	c->refs = more;
	c->refs[c->nrefs++] = l;
	return true;
}

static void forget_call(struct cti_dialogs *d, struct cti_call *c)
{
	for (size_t i = 0; i < c->nrefs; i++)
		line_forgets(c->refs[i], c);
	free(c->refs);
	c->refs = NULL;
	c->nrefs = 0;
	cti_pickup_forget(d, c);
	cti_lone_forget(d, c);
	c->beside = NULL;
}

/* The tracks that still live belong to no conversation from now on. */
void cti_call_drop(struct cti_dialogs *d, struct cti_call *c)
{
	cti_due_cancel(&d->due, &c->due);
	forget_call(d, c);
	unlist_who(d, c);
	if (c->key && cti_strmap_get(d->keys, c->key) == c)
		(void)cti_strmap_take(d->keys, c->key);
	while (c->tracks) {
		struct cti_track *t = c->tracks;

		c->tracks = t->call_next;
		t->call = NULL;
		t->call_next = NULL;
	}
	if (c->prev)
		c->prev->next = c->next;
	else
		d->calls = c->next;
	if (c->next)
		c->next->prev = c->prev;
	free(c->key);
	free(c->who_key);
	free(c);
}

static bool rang_only(const struct cti_call *c, const struct cti_track *t)
{
	return t->phase == CTI_TRACK_OVER && t->line != c->caller && !t->initiator &&
	       t->answered_us == CTI_TIME_NONE && t->over_us > 0;
}

/*
 * Asterisk: a member of a ring group that stops alone, while the others ring on, has
 * refused: a busy one never rings, and a time-out or the caller ends all of them.
 */
static bool refused_alone(
	const struct cti_dialogs *d, const struct cti_call *c, const struct cti_track *t)
{
	const int64_t answer_us = cti_conv_view(c->conv)->answer_us;

	if (d->dialect != CTI_DIALECT_DEVICE ||
		(answer_us > 0 && answer_us < t->over_us + TOGETHER_US))
		return false;
	for (const struct cti_track *o = c->tracks; o; o = o->call_next) {
		const int64_t to_us = o->answered_us > 0 ? o->answered_us : o->over_us;

		if (o != t && o->line != c->caller && to_us > t->over_us + TOGETHER_US &&
			o->since_us < t->over_us - TOGETHER_US)
			return true;
	}
	return false;
}

/* Rings of several lines that stop at once, unanswered: nobody refused. */
static bool stopped_together(const struct cti_call *c, const struct cti_track *t)
{
	for (const struct cti_track *o = c->tracks; o; o = o->call_next) {
		const int64_t apart_us = o->over_us - t->over_us;

		if (o->line != t->line && rang_only(c, o) && apart_us <= TOGETHER_US &&
			apart_us >= -TOGETHER_US)
			return !c->answered;
	}
	return false;
}

/* A dialplan forwards at once; a queue waits a while before it tries the next agent. */
static bool rang_after_a_pause(const struct cti_call *c, const struct cti_track *t)
{
	int64_t last_us = CTI_TIME_NONE;

	for (const struct cti_track *o = c->tracks; o; o = o->call_next) {
		if (o != t && o->over_us > last_us && o->over_us <= t->since_us)
			last_us = o->over_us;
	}
	return last_us > 0 && t->since_us - last_us > SETTLE_US;
}

/*
 * Asterisk: an outside call that rings at several lines may come from a queue, which
 * is an answer to the network and no document to us. So nobody can know since when it
 * waited, nor whether it was missed or abandoned when nobody takes it.
 */
static bool may_have_waited(const struct cti_dialogs *d, const struct cti_call *c)
{
	const int64_t answer_us = cti_conv_view(c->conv)->answer_us;
	size_t n = 0;

	if (d->dialect != CTI_DIALECT_DEVICE || c->outward ||
		!cti_conv_view(c->conv)->has_external)
		return false;
	if (c->waited)
		return true;
	for (const struct cti_track *t = c->tracks; t; t = t->call_next) {
		if (answer_us > 0 && t->since_us >= answer_us)
			continue;
		if (t->since_us - c->began_us <= GROUP_US)
			n++;
		else if (rang_after_a_pause(c, t))
			return true;
	}
	return n > 1;
}

/*
 * Asterisk 16 and 22: the caller gives up in the moment of the answer, which is told as a
 * talk of no length. Whether anybody talked nobody can know.
 */
static bool may_have_crossed(const struct cti_dialogs *d, const struct cti_call *c)
{
	const int64_t answer_us = cti_conv_view(c->conv)->answer_us;

	return d->dialect == CTI_DIALECT_DEVICE && c->answered && answer_us > 0 &&
	       c->over_us > 0 && c->over_us - answer_us <= CROSSED_US;
}

/* The link came back just now and not all lines have spoken: one of those may have
 * taken the call. */
static bool in_gap(const struct cti_dialogs *d, int64_t at_us)
{
	if (!d->link_us || at_us - d->link_us > GAP_US)
		return false;
	for (const struct cti_line *l = d->line_list; l; l = l->next) {
		if (l->fresh)
			return true;
	}
	return false;
}

static void conclude_rings(const struct cti_dialogs *d, struct cti_call *c)
{
	for (const struct cti_track *t = c->tracks; t; t = t->call_next) {
		struct cti_part *p =
			rang_only(c, t) ? cti_part_find(c->conv, t->line->name) : NULL;

		if (!p)
			continue;
		if (refused_alone(d, c, t))
			cti_part_set_result(p, CTI_RESULT_DECLINED);
		else if (stopped_together(c, t) && !in_gap(d, t->over_us))
			cti_part_set_result(p, CTI_RESULT_MISSED);
	}
}

void cti_call_finish(struct cti_dialogs *d, struct cti_call *c, int64_t end_us)
{
	const bool waited = may_have_waited(d, c);

	if (may_have_crossed(d, c))
		cti_conv_doubt_answer(c->conv, c->over_us);
	if (!waited) {
		cti_conv_add_facts(c->conv, CTI_FACT_START);
		conclude_rings(d, c);
	}
	cti_conv_end(c->conv, end_us, CTI_OUTCOME_NONE);
	if (waited) /* what is known of the lines does not tell how the call went */
		conclude_rings(d, c);
	cti_call_drop(d, c);
}

/* ---- joining two ------------------------------------------------------------- */

void cti_call_merge(struct cti_dialogs *d, struct cti_call *into, struct cti_call *from,
	int64_t at_us)
{
	cti_conv_merge(into->conv, from->conv, at_us);
	forget_call(d, from);
	while (from->tracks) {
		struct cti_track *t = from->tracks;

		from->tracks = t->call_next;
		t->call = into;
		t->call_next = into->tracks;
		into->tracks = t;
	}
	into->answered = into->answered || from->answered;
	into->over_us = CTI_TIME_NONE;
	into->leaver = NULL;
	cti_due_cancel(&d->due, &into->due);
	cti_call_drop(d, from);
}

/* The line that stays when another one left. */
static struct cti_track *remaining(
	const struct cti_call *c, enum cti_phase_of_track phase)
{
	for (struct cti_track *t = c->tracks; t; t = t->call_next) {
		if (t->phase == phase && t->line != c->leaver)
			return t;
	}
	return NULL;
}

/* The other call that the line left in the same moment. */
static struct cti_call *left_with(const struct cti_line *l, const struct cti_call *c)
{
	for (size_t i = 0; l && i < 2; i++) {
		struct cti_call *o = l->left[i].call;
		const int64_t apart_us = l->left[i].at_us - c->over_us;

		if (o && o != c && o->answered && apart_us <= SETTLE_US &&
			apart_us >= -SETTLE_US)
			return o;
	}
	return NULL;
}

/*
 * Attended transfer: a line left two calls at the same moment, and in the younger one
 * the other side stays. So the parties it left behind now have each other, or will when
 * the second one answers: a REFER with Replaces (RFC 3891) while it rings.
 */
static bool attended_by(struct cti_dialogs *d, struct cti_call *c)
{
	struct cti_line *l = c->leaver;
	struct cti_call *first = left_with(l, c);
	struct cti_track *p = remaining(c, CTI_TRACK_TALKING);
	struct cti_part *part;

	if (!p)
		p = remaining(c, CTI_TRACK_RINGING);
	if (!p || !first || first->began_us > c->began_us)
		return false;
	part = cti_part_find(c->conv, p->line->name);
	if (part)
		cti_part_set_role(part, CTI_ROLE_CONSULTED);
	cti_conv_transfer(
		first->conv, c->over_us, CTI_TRANSFER_ATTENDED, l->name, p->line->name);
	cti_call_merge(d, first, c, c->over_us);
	return true;
}

static bool try_attended(struct cti_dialogs *d, struct cti_call *c)
{
	struct cti_call *o;

	if (attended_by(d, c))
		return true;
	o = left_with(c->leaver, c);
	return o && o->leaver == c->leaver && o->over_us > 0 && attended_by(d, o);
}

/* Blind transfer whose ring was reported before the talk's end: the party that was
 * left behind, or the outside one, rings somewhere since just before. */
static struct cti_call *ring_before(const struct cti_dialogs *d, const struct cti_call *c)
{
	struct cti_track *p = remaining(c, CTI_TRACK_TALKING);
	struct cti_call *o = p ? p->line->virt : NULL;

	if (!o && c->who_key && !cti_call_any_live(c)) {
		for (o = cti_strmap_get(d->whos, c->who_key); o; o = o->who_next) {
			if (o != c && cti_call_any_live(o) &&
				o->began_us >= c->over_us - SETTLE_US)
				break;
		}
	}
	if (!o || o == c || o->began_us < c->over_us - SETTLE_US)
		return NULL;
	return o;
}

static bool try_blind(struct cti_dialogs *d, struct cti_call *c)
{
	struct cti_call *o = c->answered && c->leaver ? ring_before(d, c) : NULL;
	struct cti_part *part;
	const char *to;

	if (!o || !o->tracks)
		return false;
	to = o->tracks->line->name;
	part = cti_part_find(o->conv, to);
	if (part)
		cti_part_set_role(part, CTI_ROLE_TRANSFERRED_TO);
	cti_conv_transfer(c->conv, c->over_us, CTI_TRANSFER_BLIND, c->leaver->name, to);
	cti_call_merge(d, c, o, c->over_us);
	return true;
}

/* ---- when all lines have spoken ----------------------------------------------- */

static void settle_unsure(struct cti_dialogs *d, struct cti_call *c, int64_t now_us)
{
	struct cti_track *next;

	for (struct cti_track *t = c->tracks; t; t = next) {
		next = t->call_next;
		if (t->phase != CTI_TRACK_UNSURE)
			continue;
		if (c->caller && is_in_use(c->caller)) {
			t->phase = CTI_TRACK_TALKING;
			cti_link_answered(d, t, now_us);
		} else {
			t->over_us = t->answered_us;
			t->answered_us = CTI_TIME_NONE;
			cti_link_over(d, t, now_us);
		}
	}
}

/* All others of the group are over: the one that is left has answered. */
static void settle_group(struct cti_dialogs *d, struct cti_call *c, int64_t now_us)
{
	struct cti_track *one = NULL;

	for (struct cti_track *t = c->tracks; t; t = t->call_next) {
		if (t->phase == CTI_TRACK_RINGING)
			return;
		if (t->phase == CTI_TRACK_GROUP) {
			if (one)
				return;
			one = t;
		}
	}
	if (!one)
		return;
	one->phase = CTI_TRACK_TALKING;
	cti_link_answered(d, one, now_us);
}

/*
 * Asterisk: one of the two went idle and the other's phone is still in use. It may
 * have been handed to somebody whom nobody watches, or have had a second call that its
 * state did not show. Either way nobody knows how long this conversation went on.
 */
static bool goes_on_elsewhere(const struct cti_dialogs *d, const struct cti_call *c)
{
	const struct cti_track *p = remaining(c, CTI_TRACK_TALKING);

	if (d->dialect != CTI_DIALECT_DEVICE || !c->answered || !c->leaver || !p)
		return false;
	for (const struct cti_track *t = p->line->tracks; t; t = t->next) {
		if (t != p && t->phase != CTI_TRACK_OVER)
			return false; /* its other call keeps the phone in use */
	}
	return !p->line->virt;
}

/*
 * Asterisk: its last ring was beside another talk and stopped. If it was answered it may
 * go on still, for the device stays in use either way.
 */
static bool has_vague_end(const struct cti_call *c)
{
	for (const struct cti_track *t = c->tracks; t; t = t->call_next) {
		if (t->vague && t->over_us >= c->over_us)
			return !c->answered;
	}
	return false;
}

static void call_due(struct cti_dialogs *d, struct cti_call *c, int64_t now_us)
{
	settle_unsure(d, c, now_us);
	settle_group(d, c, now_us);
	/* One that is over already is left as it was: its caller's document may be late. */
	if (!c->own_ring && !c->answered && c->over_us == CTI_TIME_NONE && c->tracks &&
		cti_link_is_own_ring(d, c, now_us))
		cti_link_own_ring(d, c->tracks, now_us);
	if (c->over_us == CTI_TIME_NONE || c->due.index)
		return;
	if (c->beside && cti_lone_settle(d, c, now_us))
		return;
	/* What happened in a gap: no two moments can be compared, and the call may have
	 * legs at lines that are yet to be heard of. */
	if (c->over_us == CTI_TIME_UNKNOWN && in_gap(d, now_us)) {
		(void)cti_due_set(&d->due, &c->due, now_us + SETTLE_US);
		return;
	}
	if (c->over_us > 0 && (try_attended(d, c) || try_blind(d, c)))
		return;
	cti_call_finish(d, c,
		goes_on_elsewhere(d, c) || has_vague_end(c) ? CTI_TIME_UNKNOWN
							    : c->over_us);
}

void cti_link_due(struct cti_dialogs *d, int64_t now_us)
{
	struct cti_due *due;

	while ((due = cti_due_next(&d->due, now_us)) != NULL)
		call_due(d, (struct cti_call *)due, due->at_us);
}
