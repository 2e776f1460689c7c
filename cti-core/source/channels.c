/*
 * channels.c -- channel reports, one function each: they change the picture of the
 * PBX (chan_table.c) and then have the call looked at (chan_talk.c).
 */
#include "chan_impl.h"

#include <stdlib.h>
#include <string.h>

#include "str.h"

/* ---- a channel appears --------------------------------------------------------- */

static void read_party(struct cti_chan *c, const struct cti_report_channel *rep)
{
	(void)cti_chan_text(&c->number, rep->caller.number);
	(void)cti_chan_text(&c->number_now, rep->caller.number);
	(void)cti_chan_text(&c->name, rep->caller.name);
	c->presentation = rep->caller.presentation;
}

/* The first channel of a call says how it began. */
static void begin(struct cti_chan_call *call, struct cti_chan *c,
	const struct cti_report_channel *rep)
{
	call->root = c;
	(void)cti_chan_text(&call->dialled, rep->dialled);
	if (c->kind == CTI_CHAN_OWN)
		call->origin = CTI_FROM_OWN;
	else if (!c->placed || c->kind == CTI_CHAN_LOCAL)
		call->origin = CTI_FROM_PBX;
	else
		call->origin = c->kind == CTI_CHAN_TRUNK ? CTI_FROM_TRUNK : CTI_FROM_LINE;
	if (call->origin == CTI_FROM_TRUNK)
		call->direction = CTI_DIR_INBOUND;
}

static bool begins(const struct cti_chan *c, const struct cti_report_channel *rep)
{
	const struct cti_chan_call *call = c->call;

	if (call->root || c->kind == CTI_CHAN_OTHER)
		return false;
	if (call->origin != CTI_FROM_UNKNOWN)
		return false;
	return !strcmp(rep->channel, rep->call ? rep->call : "") || c->placed;
}

static struct cti_chan *make(
	struct cti_channels *ch, const struct cti_report_channel *rep)
{
	struct cti_chan_call *call =
		cti_chan_call_get(ch, rep->at_us, rep->call ? rep->call : rep->channel);
	struct cti_chan *c = call ? cti_chan_new(ch, call, rep->channel) : NULL;

	if (!c)
		return NULL;
	c->kind = rep->kind;
	c->placed = rep->placed;
	c->snapshot = ch->snapshot;
	(void)cti_chan_text(&c->device, rep->device);
	cti_chan_set_line(ch, c, rep->line);
	(void)cti_chan_text(&c->exten, rep->exten);
	read_party(c, rep);
	if (begins(c, rep))
		begin(call, c, rep);
	return c;
}

static void on_new(struct cti_channels *ch, const struct cti_report_channel *rep)
{
	struct cti_chan *c;

	if (cti_chan_find(ch, rep->channel))
		return;
	c = make(ch, rep);
	if (!c)
		return;
	cti_chan_our_dial(ch, c, rep->at_us);
	if (c->call->root == c && c->placed && c->kind == CTI_CHAN_TRUNK)
		(void)cti_chan_conv(ch, c->call);
	if (c->line && (c->placed || c->call->root == c))
		cti_chan_take_part(ch, c, rep->at_us);
}

/* What a snapshot shows and we did not know: adopted as it is. */
static void adopt(
	struct cti_channels *ch, struct cti_chan *c, const struct cti_report_channel *rep)
{
	struct cti_chan_call *call = c->call;

	if (!call->conv && !call->adopted) {
		call->start_us = rep->at_us - (int64_t)rep->age_s * 1000000;
		call->adopted = ch->snapshot;
	}
	c->up = rep->state == CTI_CHAN_UP;
	c->ringing = c->rang = rep->state == CTI_CHAN_RINGING;
	if (!c->placed && call->root != c)
		c->dialler = call->root;
	if (call->root != c)
		call->dialled_any = true;
	if (rep->bridge)
		cti_chan_enter(ch, c, rep->bridge);
	if (call->root == c && c->kind == CTI_CHAN_TRUNK && c->placed)
		(void)cti_chan_conv(ch, call);
	cti_chan_take_part(ch, c, rep->at_us);
}

static void on_exists(struct cti_channels *ch, const struct cti_report_channel *rep)
{
	struct cti_chan *c = cti_chan_find(ch, rep->channel);

	if (c) {
		c->snapshot = ch->snapshot;
		return;
	}
	c = make(ch, rep);
	if (c)
		adopt(ch, c, rep);
}

static void unpair(struct cti_chan *c)
{
	if (c->peer)
		c->peer->peer = NULL;
	c->peer = NULL;
}

/* A half belongs to one other; what was said before holds no more. */
static void on_local_pair(struct cti_channels *ch, const struct cti_report_channel *rep)
{
	struct cti_chan *one = cti_chan_find(ch, rep->channel);
	struct cti_chan *two = cti_chan_find(ch, rep->other);

	if (!one || !two || one == two)
		return;
	unpair(one);
	unpair(two);
	one->peer = two;
	two->peer = one;
}

/* ---- ringing and dialling ---------------------------------------------------------- */

static void on_ringing(
	struct cti_channels *ch, struct cti_chan *c, const struct cti_report_channel *rep)
{
	c->ringing = c->rang = true;
	cti_chan_take_part(ch, c, rep->at_us);
}

static void on_up(
	struct cti_channels *ch, struct cti_chan *c, const struct cti_report_channel *rep)
{
	c->up = true;
	c->ringing = false;
	if (c == c->call->root && c->placed) {
		c->call->pbx_up = true;
		cti_chan_goes_on(c->call);
	}
	cti_chan_take_part(ch, c, rep->at_us);
}

/* A beginner's first call to somebody tells what kind of call it is. */
static void classify(struct cti_chan *c, const struct cti_report_channel *rep)
{
	struct cti_chan_call *call = c->call;

	if (cti_chan_is_agent(c) || c->kind == CTI_CHAN_LOCAL)
		return;
	if (c->kind == CTI_CHAN_TRUNK)
		cti_chan_outbound(call, rep->number);
	else if (c->kind == CTI_CHAN_LINE)
		cti_chan_internal(call);
}

static void on_dial_begin(struct cti_channels *ch, const struct cti_report_channel *rep)
{
	struct cti_chan *c = cti_chan_find(ch, rep->channel);
	struct cti_chan *other = cti_chan_find(ch, rep->other);

	if (!other)
		return;
	if (c && c->call != other->call)
		cti_chan_merge(ch, c->call, other->call, rep->at_us);
	if (c && c->call->blind.transferee == c)
		cti_chan_blind_settle(c->call);
	if (c) {
		cti_chan_redirected(c, other, rep);
		c->met = false;
		other->dialler = c;
		other->call->dialled_any = true;
		(void)cti_chan_text(&c->exten, rep->exten);
	}
	if (!other->refused)
		cti_chan_goes_on(other->call);
	cti_chan_our_dial(ch, other, rep->at_us);
	classify(other, rep);
	cti_chan_take_part(ch, other, rep->at_us);
	cti_chan_look(ch, other->call, rep->at_us);
}

/* Answered: the two are as good as bridged, if nothing stands between them. */
static void on_dial_end(struct cti_channels *ch, const struct cti_report_channel *rep)
{
	struct cti_chan *c = cti_chan_find(ch, rep->channel);
	struct cti_chan *other = cti_chan_find(ch, rep->other);

	if (other && rep->number)
		other->forwarded = true;
	if (!c || !other || rep->status != CTI_DIAL_ANSWER || c->call != other->call)
		return;
	if (c->gave_up) {
		cti_chan_cross(c->call, rep->at_us);
		return;
	}
	other->dialler = c;
	if (!cti_chan_is_person(c) || !cti_chan_is_person(other) || !other->up)
		return;
	c->met = other->met = true;
	c->up = true; /* its own event is on the way */
	cti_chan_look(ch, c->call, rep->at_us);
}

static void on_originated(struct cti_channels *ch, const struct cti_report_channel *rep)
{
	const struct cti_chan *c = cti_chan_find(ch, rep->channel);
	struct cti_chan_call *call = c ? c->call : cti_chan_call_find(ch, rep->channel);

	if (!call || !cti_chan_is_c2d(call))
		return;
	cti_chan_target(ch, call, rep->number);
	if (call->over_us)
		cti_chan_over(ch, call);
}

/* ---- bridges ------------------------------------------------------------------------ */

static void on_enter(
	struct cti_channels *ch, struct cti_chan *c, const struct cti_report_channel *rep)
{
	if (!rep->bridge)
		return;
	cti_chan_enter(ch, c, rep->bridge);
	c->waiting = rep->waiting;
	free(c->left_line);
	c->left_line = NULL;
	if (!rep->waiting && c->call->blind.transferee == c)
		cti_chan_blind_settle(c->call);
	cti_chan_goes_on(c->call);
}

/* Remembers whom c was taken from, in case nobody hung up: see redirected(). */
static void note_left(struct cti_chan *c, int64_t at_us)
{
	const struct cti_chan *o = c->bridge && !c->call->ender.at_us &&
						   !c->handed_over &&
						   !c->call->blind.at_us
					   ? c->bridge->first
					   : NULL;

	for (; o; o = o->next_in_bridge) {
		if (o == c || o->kind != CTI_CHAN_LINE || o->handed_over)
			continue;
		(void)cti_chan_text(&c->left_line, cti_chan_who(o));
		c->left_us = at_us;
		return;
	}
}

/* The rest of c's bridge may be alone now, in other calls too (a conference). */
static void look_around(struct cti_channels *ch, const struct cti_chan_bridge *b,
	const struct cti_chan_call *call, int64_t at_us)
{
	for (const struct cti_chan *o = b ? b->first : NULL; o; o = o->next_in_bridge) {
		if (o->call != call)
			cti_chan_look(ch, o->call, at_us);
	}
}

static void on_leave(
	struct cti_channels *ch, struct cti_chan *c, const struct cti_report_channel *rep)
{
	struct cti_chan_bridge *b = c->bridge;
	const bool last = b && b->first == c && !c->next_in_bridge;

	note_left(c, rep->at_us);
	for (struct cti_chan *o = b ? b->first : NULL; o; o = o->next_in_bridge)
		o->met = false;
	c->met = false;
	c->waiting = false;
	cti_chan_leave(ch, c);
	if (!last)
		look_around(ch, b, c->call, rep->at_us);
}

static void on_hold(
	struct cti_channels *ch, struct cti_chan *c, const struct cti_report_channel *rep)
{
	(void)ch;
	c->holds = rep->what == CTI_CH_HOLD;
}

/* ---- who it is ------------------------------------------------------------------------ */

static bool is_hidden(enum cti_presentation p)
{
	return p != CTI_PRES_UNKNOWN && p != CTI_PRES_ALLOWED;
}

static void hide(struct cti_chan *c, enum cti_presentation pres)
{
	c->presentation = pres;
	free(c->number);
	free(c->name);
	c->number = NULL;
	c->name = NULL;
	if (c->call->conv && c->call->root == c && c->call->origin == CTI_FROM_TRUNK)
		(void)cti_conv_set_external(
			c->call->conv, NULL, NULL, pres, CTI_PROV_API);
}

/* The caller's own fields: told late, or made by the dialplan. What the network said
 * first stays; what it did not say is filled in; a wish not to be shown always counts. */
static void caller_changed(struct cti_chan *c, const struct cti_channel_party *p)
{
	if (is_hidden(p->presentation)) {
		hide(c, p->presentation);
		return;
	}
	if (!p->number || is_hidden(c->presentation))
		return;
	(void)cti_chan_text(&c->number_now, p->number);
	if (c->number)
		return;
	(void)cti_chan_text(&c->number, p->number);
	(void)cti_chan_text(&c->name, p->name);
	c->presentation = p->presentation;
	if (c->call->conv && c->call->root == c && c->call->origin == CTI_FROM_TRUNK)
		(void)cti_conv_set_external(
			c->call->conv, c->number, c->name, p->presentation, CTI_PROV_API);
}

/* The one other in the bridge, if it is the outside that called. */
static struct cti_chan *outside_partner(const struct cti_chan *c)
{
	struct cti_chan *found = NULL;

	for (struct cti_chan *o = c->bridge ? c->bridge->first : NULL; o;
		o = o->next_in_bridge) {
		if (o == c)
			continue;
		if (found)
			return NULL;
		found = o;
	}
	return found && found == found->call->root &&
			       found->call->origin == CTI_FROM_TRUNK
		       ? found
		       : NULL;
}

/* In the middle of a talk the line is told another outside party: the far end was
 * transferred. */
static void connected_changed(struct cti_chan *c, const struct cti_channel_party *p)
{
	struct cti_chan *o = outside_partner(c);

	if (!o || !p->number || is_hidden(o->presentation) || !o->number ||
		cti_chan_same_number(p->number, o->number) ||
		cti_chan_same_number(p->number, o->number_now))
		return;
	(void)cti_chan_text(&o->number, p->number);
	(void)cti_chan_text(&o->number_now, p->number);
	if (o->call->conv)
		(void)cti_conv_set_external(
			o->call->conv, p->number, p->name, p->presentation, CTI_PROV_API);
}

static void on_identity(
	struct cti_channels *ch, struct cti_chan *c, const struct cti_report_channel *rep)
{
	(void)ch;
	if (c->kind == CTI_CHAN_TRUNK && c->placed)
		caller_changed(c, &rep->caller);
	if (c->kind == CTI_CHAN_LINE && c->up)
		connected_changed(c, &rep->connected);
}

/* Of two channels of a line, which one's caller does its ring show? */
static bool is_more_likely(const struct cti_chan *c, const struct cti_chan *than)
{
	if (!than || c->up != than->up)
		return !than || !c->up;
	return c->call->start_us > than->call->start_us;
}

/* The call that rings at the line, not the one that it talks in meanwhile. */
void cti_channels_withheld(
	struct cti_channels *ch, const char *line, enum cti_presentation pres)
{
	const struct cti_chan *found = NULL;
	struct cti_chan *root;

	for (const struct cti_chan *c = cti_chan_of_line(ch, line); c;
		c = c->next_of_line) {
		root = c->call->root;
		if (!root || root->kind != CTI_CHAN_TRUNK || root == c)
			continue;
		if (!c->up && is_hidden(root->presentation))
			return;
		if (is_more_likely(c, found))
			found = c;
	}
	root = found ? found->call->root : NULL;
	if (root && !is_hidden(root->presentation))
		hide(root, pres);
}

/* ---- queues, and the rest ---------------------------------------------------------------- */

static void on_queue(
	struct cti_channels *ch, struct cti_chan *c, const struct cti_report_channel *rep)
{
	struct cti_chan_call *call = c->call;

	(void)ch;
	call->in_queue = rep->what == CTI_CH_QUEUE_JOIN;
	call->abandoned = call->abandoned || rep->what == CTI_CH_QUEUE_ABANDON;
	if (rep->what != CTI_CH_QUEUE_JOIN)
		return;
	if (call->blind.transferee == c)
		cti_chan_blind_settle(call);
	cti_chan_internal(call);
	if (call->conv)
		(void)cti_conv_set_queue(call->conv, rep->queue, CTI_PROV_API);
}

static void on_hangup(struct cti_channels *ch, const struct cti_report_channel *rep)
{
	struct cti_chan *c = cti_chan_find(ch, rep->channel);

	if (!c)
		return; /* from before we looked */
	(void)cti_chan_text(&c->exten, rep->exten);
	cti_chan_gone(ch, c, rep->at_us, rep->cause, false);
}

/* Reports about one channel that we know. */
typedef void(chan_report_h)(struct cti_channels *ch, struct cti_chan *c,
	const struct cti_report_channel *rep);

static chan_report_h *const of_known[] = {
	[CTI_CH_RINGING] = on_ringing,
	[CTI_CH_UP] = on_up,
	[CTI_CH_IDENTITY] = on_identity,
	[CTI_CH_BRIDGE_ENTER] = on_enter,
	[CTI_CH_BRIDGE_LEAVE] = on_leave,
	[CTI_CH_HOLD] = on_hold,
	[CTI_CH_UNHOLD] = on_hold,
	[CTI_CH_QUEUE_JOIN] = on_queue,
	[CTI_CH_QUEUE_LEAVE] = on_queue,
	[CTI_CH_QUEUE_ABANDON] = on_queue,
	[CTI_CH_HANGUP_REQUEST] = cti_chan_hangup_request,
};

/* Reports that bring a channel, take it away or are about two. */
typedef void(any_report_h)(struct cti_channels *ch, const struct cti_report_channel *rep);

static any_report_h *const of_any[] = {
	[CTI_CH_NEW] = on_new,
	[CTI_CH_EXISTS] = on_exists,
	[CTI_CH_LOCAL_PAIR] = on_local_pair,
	[CTI_CH_DIAL_BEGIN] = on_dial_begin,
	[CTI_CH_DIAL_END] = on_dial_end,
	[CTI_CH_BLIND_TRANSFER] = cti_chan_blind,
	[CTI_CH_ATTENDED_TRANSFER] = cti_chan_attended,
	[CTI_CH_PICKUP] = cti_chan_pickup,
	[CTI_CH_PARK] = cti_chan_park,
	[CTI_CH_RETRIEVE] = cti_chan_retrieve,
	[CTI_CH_ORIGINATED] = on_originated,
	[CTI_CH_HANGUP] = on_hangup,
};

/* The PBX counts the channel to another call now: its bridge joined the two. */
static void follow_key(
	struct cti_channels *ch, struct cti_chan *c, const struct cti_report_channel *rep)
{
	struct cti_chan_call *to = rep->call ? cti_chan_call_find(ch, rep->call) : NULL;

	if (to && to != c->call)
		cti_chan_merge(ch, to, c->call, rep->at_us);
}

static void on_known(struct cti_channels *ch, struct cti_chan *c,
	const struct cti_report_channel *rep, chan_report_h *h)
{
	follow_key(ch, c, rep);
	c->doubt_us = 0;
	c->snapshot = ch->snapshot;
	h(ch, c, rep);
	cti_chan_look(ch, c->call, rep->at_us);
	if (rep->what == CTI_CH_BRIDGE_ENTER)
		look_around(ch, c->bridge, c->call, rep->at_us);
}

void cti_channels_report(struct cti_channels *ch, const struct cti_report_channel *rep)
{
	const size_t what = (size_t)rep->what;
	struct cti_chan *c;

	if (!ch->linked)
		ch->whole = true; /* a recording: what there is, is all there is */
	cti_channels_tick(ch, rep->at_us);
	c = cti_chan_find(ch, rep->channel);
	if (what < sizeof(of_any) / sizeof(of_any[0]) && of_any[what])
		of_any[what](ch, rep);
	else if (c && what < sizeof(of_known) / sizeof(of_known[0]) && of_known[what])
		on_known(ch, c, rep, of_known[what]);
}
