/*
 * chan_join.c -- calls handed on and calls that become one: blind and attended
 * transfer, redirection by the PBX's administrator or an application, pick-up,
 * parking and retrieval.
 */
#include "chan_impl.h"

#include <stdlib.h>
#include <string.h>

#include "str.h"

/* A blind transfer to a parking place is told twice, as transfer and as parking. */
static const int64_t blind_settle_us = 300 * 1000;
/* Taken out of a talk and calling somebody this soon after: one action. */
static const int64_t redirect_us = 5 * 1000 * 1000;
/* See waits_for_target() in chan_end.c. */
static const int64_t target_us = 500 * 1000;

/* ---- two calls become one --------------------------------------------------------- */

/* A line with live channels in both: who consulted. */
static const char *consulting_line(
	const struct cti_chan_call *a, const struct cti_chan_call *b)
{
	for (const struct cti_chan_leg *leg = a->legs; leg; leg = leg->next) {
		const struct cti_chan_leg *other = cti_chan_leg_find(b, leg->line);

		if (leg->live && other && other->live)
			return leg->line;
	}
	return NULL;
}

/* Everybody else in the consultation was consulted. Returns whom it was about: the
 * line that is still there, or the outside number. */
static const char *mark_consulted(struct cti_chan_call *from, const char *consulting)
{
	const char *to = from->dialled;

	for (struct cti_chan_leg *leg = from->legs; leg; leg = leg->next) {
		if (!strcmp(leg->line, consulting))
			continue;
		leg->role = CTI_ROLE_CONSULTED;
		if (leg->part)
			cti_part_set_role(leg->part, CTI_ROLE_CONSULTED);
		if (leg->live)
			to = leg->line;
	}
	return to;
}

static void move_chans(struct cti_chan_call *into, struct cti_chan_call *from)
{
	while (from->chans) {
		struct cti_chan *c = from->chans;

		from->chans = c->next;
		c->call = into;
		c->next = into->chans;
		into->chans = c;
		if (c->leg)
			c->leg = cti_chan_leg_find(into, c->leg->line);
	}
}

static void fold_leg(struct cti_chan_leg *to, const struct cti_chan_leg *from)
{
	to->live += from->live;
	to->talked = to->talked || from->talked;
	to->was_up = to->was_up || from->was_up;
	to->result = to->result == CTI_RESULT_NONE ? from->result : to->result;
}

static void move_legs(struct cti_chan_call *into, struct cti_chan_call *from)
{
	struct cti_chan_leg **lp = &from->legs;

	/* First those that into lacks; what stays in from is freed with it. */
	while (*lp) {
		struct cti_chan_leg *leg = *lp;
		struct cti_chan_leg *same = cti_chan_leg_find(into, leg->line);

		if (same) {
			fold_leg(same, leg);
			lp = &leg->next;
			continue;
		}
		*lp = leg->next;
		leg->next = into->legs;
		into->legs = leg;
	}
}

static void find_parts(struct cti_chan_call *call)
{
	for (struct cti_chan_leg *leg = call->legs; leg; leg = leg->next)
		leg->part = call->conv ? cti_part_find(call->conv, leg->line) : NULL;
}

static void merge_facts(struct cti_chan_call *into, const struct cti_chan_call *from)
{
	into->talked = into->talked || from->talked;
	into->tally |= from->tally;
	into->dialled_any = into->dialled_any || from->dialled_any;
	if (!into->root && into->origin == CTI_FROM_UNKNOWN) {
		into->root = from->root;
		into->origin = from->origin;
	}
}

void cti_chan_merge(struct cti_channels *ch, struct cti_chan_call *into,
	struct cti_chan_call *from, int64_t at_us)
{
	const char *consulting = consulting_line(into, from);
	char line[64] = "", to[64] = "";

	if (into == from)
		return;
	if (consulting) {
		const char *whom = mark_consulted(from, consulting);

		(void)cti_str_copy(line, sizeof(line), consulting);
		(void)cti_str_copy(to, sizeof(to), whom ? whom : "");
	}
	cti_chan_blind_settle(from);
	if (into->conv && from->conv)
		cti_conv_merge(into->conv, from->conv, at_us);
	else if (from->conv)
		into->conv = from->conv;
	from->conv = NULL;
	merge_facts(into, from);
	move_legs(into, from);
	move_chans(into, from);
	find_parts(into);
	cti_chan_keys_move(ch, into, from);
	cti_chan_call_drop(ch, from);
	cti_chan_goes_on(into);
	if (consulting && into->conv) {
		cti_conv_transfer(into->conv, at_us, CTI_TRANSFER_ATTENDED, line,
			to[0] ? to : NULL);
	}
}

/* The older call goes on, the younger becomes a part of it. */
static struct cti_chan_call *merge_by_age(struct cti_channels *ch,
	struct cti_chan_call *a, struct cti_chan_call *b, int64_t at_us)
{
	struct cti_chan_call *into = a->start_us <= b->start_us ? a : b;

	cti_chan_merge(ch, into, into == a ? b : a, at_us);
	return into;
}

/* ---- blind transfer ----------------------------------------------------------------- */

void cti_chan_blind_settle(struct cti_chan_call *call)
{
	if (!call->blind.at_us)
		return;
	if (call->conv)
		cti_conv_transfer(call->conv, call->blind.at_us, CTI_TRANSFER_BLIND,
			call->blind.from[0] ? call->blind.from : NULL,
			call->blind.to[0] ? call->blind.to : NULL);
	call->blind.at_us = 0;
}

void cti_chan_blind(struct cti_channels *ch, const struct cti_report_channel *rep)
{
	struct cti_chan *by = cti_chan_find(ch, rep->channel);
	struct cti_chan *transferee = cti_chan_find(ch, rep->other);
	struct cti_chan_call *call;

	if (!by)
		return;
	call = by->call;
	by->handed_over = true;
	if (by->kind == CTI_CHAN_OWN) { /* this is how we dial over SIP */
		cti_chan_target(ch, call, rep->number);
		return;
	}
	if (call->parked_us && rep->at_us - call->parked_us < blind_settle_us)
		return; /* the parking was told first */
	cti_chan_blind_settle(call);
	call->transferred = true;
	call->to_code = rep->number && !ch->line(rep->number, ch->line_arg) &&
			!cti_chan_is_outside(rep->number);
	call->blind.at_us = rep->at_us;
	call->blind.transferee = transferee;
	(void)cti_str_copy(call->blind.from, sizeof(call->blind.from),
		by->kind == CTI_CHAN_LINE ? cti_chan_who(by) : "");
	(void)cti_str_copy(
		call->blind.to, sizeof(call->blind.to), rep->number ? rep->number : "");
	if (transferee) {
		free(transferee->left_line);
		transferee->left_line = NULL;
	}
	cti_chan_goes_on(call);
	cti_chan_watch(ch, call);
}

static bool blind_is_due(const struct cti_chan_call *call, int64_t at_us)
{
	return call->blind.at_us && at_us - call->blind.at_us >= blind_settle_us;
}

/*
 * The PBX, or an application through it, took c out of a talk and sent it on; nobody
 * hung up. It is the line that it talked with that is out of the call.
 */
void cti_chan_redirected(struct cti_chan *c, const struct cti_chan *other,
	const struct cti_report_channel *rep)
{
	struct cti_chan_call *call = c->call;
	const char *to = other->line   ? other->line
			 : rep->number ? rep->number
				       : rep->exten;

	if (!c->left_line || rep->at_us - c->left_us > redirect_us)
		return;
	if (!call->blind.at_us && call->conv)
		cti_conv_transfer(
			call->conv, c->left_us, CTI_TRANSFER_BLIND, c->left_line, to);
	call->transferred = true;
	free(c->left_line);
	c->left_line = NULL;
}

/* ---- attended transfer -------------------------------------------------------------- */

/* By a feature code the consultation is a part of the call from its beginning, and by's
 * one channel does both. */
static void handed_on_inside(const struct cti_chan *by, int64_t at_us)
{
	const char *to = NULL;

	if (!by->leg || !by->call->conv)
		return;
	for (const struct cti_chan_leg *leg = by->call->legs; leg; leg = leg->next) {
		if (leg != by->leg && leg->live)
			to = leg->line;
	}
	cti_conv_transfer(
		by->call->conv, at_us, CTI_TRANSFER_ATTENDED, by->leg->line, to);
}

void cti_chan_attended(struct cti_channels *ch, const struct cti_report_channel *rep)
{
	struct cti_chan *one = cti_chan_find(ch, rep->channel);
	struct cti_chan *two = cti_chan_find(ch, rep->other);
	struct cti_chan_call *call;

	if (one)
		one->handed_over = true;
	if (two)
		two->handed_over = true;
	if (!one || !two)
		return;
	if (one == two)
		handed_on_inside(one, rep->at_us);
	if (one->call != two->call) {
		call = merge_by_age(ch, one->call, two->call, rep->at_us);
		cti_chan_look(ch, call, rep->at_us);
	}
}

/* ---- pick-up, parking ----------------------------------------------------------------- */

/* by's own call (it dialled a code) becomes a part of the one that it took. */
static void take_over(struct cti_channels *ch, struct cti_chan_call *call,
	struct cti_chan *by, int64_t at_us)
{
	if (by->leg) {
		by->leg->role = CTI_ROLE_PICKER;
		if (by->leg->part)
			cti_part_set_role(by->leg->part, CTI_ROLE_PICKER);
	}
	by->placed = false;
	cti_chan_merge(ch, call, by->call, at_us);
}

void cti_chan_pickup(struct cti_channels *ch, const struct cti_report_channel *rep)
{
	struct cti_chan *by = cti_chan_find(ch, rep->channel);
	struct cti_chan *rang = cti_chan_find(ch, rep->other);
	struct cti_chan_call *call;

	if (!by || !rang || by->call == rang->call)
		return;
	call = rang->call;
	rang->taken = true;
	by->dialler = rang->dialler;
	take_over(ch, call, by, rep->at_us);
	if (call->conv)
		cti_conv_transfer(call->conv, rep->at_us, CTI_TRANSFER_PICKUP,
			rang->kind == CTI_CHAN_LINE ? cti_chan_who(rang) : NULL,
			cti_chan_who(by));
	cti_chan_look(ch, call, rep->at_us);
}

/* Whom c talks with, if that is a line: for a PBX that tells the parking first. */
static const char *partner(const struct cti_chan *c)
{
	const struct cti_chan *o = c->bridge ? c->bridge->first : NULL;

	for (; o; o = o->next_in_bridge) {
		if (o != c && o->kind == CTI_CHAN_LINE)
			return cti_chan_who(o);
	}
	return NULL;
}

void cti_chan_park(struct cti_channels *ch, const struct cti_report_channel *rep)
{
	struct cti_chan *c = cti_chan_find(ch, rep->channel);
	struct cti_chan_call *call = c ? c->call : NULL;
	const char *from;
	int64_t at_us = rep->at_us;

	if (!call || !call->conv)
		return;
	from = call->blind.at_us ? call->blind.from
	       : c->left_line    ? c->left_line
				 : partner(c);
	at_us = call->blind.at_us ? call->blind.at_us : at_us;
	cti_conv_transfer(call->conv, at_us, CTI_TRANSFER_PARK, from, NULL);
	call->blind.at_us = 0;
	call->parked_us = rep->at_us;
	call->transferred = false;
	call->to_code = false;
	free(c->left_line);
	c->left_line = NULL;
}

void cti_chan_retrieve(struct cti_channels *ch, const struct cti_report_channel *rep)
{
	struct cti_chan *parked = cti_chan_find(ch, rep->channel);
	struct cti_chan *by = cti_chan_find(ch, rep->other);
	struct cti_chan_call *call;

	if (!parked || !by || parked->call == by->call)
		return;
	call = parked->call;
	call->parked_us = 0;
	take_over(ch, call, by, rep->at_us);
	if (call->conv)
		cti_conv_transfer(call->conv, rep->at_us, CTI_TRANSFER_RETRIEVE, NULL,
			cti_chan_who(by));
	cti_chan_look(ch, call, rep->at_us);
}

/* ---- what time alone decides ------------------------------------------------------------ */

static void look_again(struct cti_channels *ch, struct cti_chan_call *call, int64_t at_us)
{
	if (call->over_us && at_us - call->over_us >= target_us) {
		cti_chan_over(ch, call);
		return;
	}
	if (blind_is_due(call, at_us))
		cti_chan_blind_settle(call);
	if (call->over_us || call->blind.at_us)
		cti_chan_watch(ch, call);
	cti_chan_look(ch, call, at_us);
}

void cti_channels_tick(struct cti_channels *ch, int64_t at_us)
{
	struct cti_chan_call *call = ch->watched;

	ch->watched = NULL;
	while (call) {
		struct cti_chan_call *next = call->next_watched;

		call->is_watched = false;
		look_again(ch, call, at_us);
		call = next;
	}
	cti_chan_sweep(ch, at_us);
}
