/*
 * chan_talk.c -- from channels and bridges to legs: who rings, who talks, who holds,
 * and in which role.
 *
 * A look at a call compares what its channels say with what its legs are, and steps
 * the legs there. So it does not matter in which order, or by which way (dial, swap
 * of a bridge, inner hops), two people came together.
 */
#include "chan_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "str.h"

/* A transfer swaps channels of a bridge one at a time, and a bridge is taken apart
 * one channel at a time: all within milliseconds. Who is alone for longer is alone. */
static const int64_t alone_grace_us = 100 * 1000;

/* Inner hops in a row; more than this is a loop or an attack. */
enum { HOPS_MAX = 8 };

/* ---- who is who ---------------------------------------------------------------- */

bool cti_chan_is_c2d(const struct cti_chan_call *call)
{
	return call->origin == CTI_FROM_OWN || call->origin == CTI_FROM_PBX;
}

/* Whoever stands behind the inner hops that call c. */
static const struct cti_chan *behind(const struct cti_chan *c)
{
	const struct cti_chan *d = c->dialler;

	for (unsigned i = 0; i < HOPS_MAX && d && d->kind == CTI_CHAN_LOCAL && d->peer;
		i++) {
		const struct cti_chan *one = d->peer;

		if (one == c->call->root || !one->dialler)
			return one;
		d = one->dialler;
	}
	return d;
}

/*
 * In a click-to-dial the agent's phone is the one that the beginning itself calls:
 * the originated channel, what our own account calls, or what the inside end of an
 * originated inner hop calls. What the beginning dials once it was answered is not.
 */
bool cti_chan_is_agent(const struct cti_chan *c)
{
	const struct cti_chan *root = c->call->root;

	if (!cti_chan_is_c2d(c->call) || !root || c->placed)
		return false;
	if (c == root)
		return true;
	if (root->kind == CTI_CHAN_OWN)
		return behind(c) == root;
	return root->kind == CTI_CHAN_LOCAL && c->dialler != root && behind(c) == root;
}

static enum cti_role role_of(const struct cti_chan *c)
{
	if (c->placed || cti_chan_is_agent(c))
		return CTI_ROLE_CALLER;
	return c->call->transferred ? CTI_ROLE_TRANSFERRED_TO : CTI_ROLE_CALLEE;
}

bool cti_chan_same_number(const char *a, const char *b)
{
	enum { TAIL = 7 };
	const size_t na = a ? strlen(a) : 0, nb = b ? strlen(b) : 0;

	if (!na || !nb)
		return false;
	if (na < TAIL || nb < TAIL)
		return !strcmp(a, b);
	return !strcmp(a + na - TAIL, b + nb - TAIL);
}

/* ---- facts about the conversation ------------------------------------------------ */

static void tell_direction(struct cti_chan_call *call, const char *number)
{
	if (!call->conv)
		return;
	(void)cti_conv_set_direction(call->conv, call->direction, CTI_PROV_API);
	if (call->direction == CTI_DIR_OUTBOUND)
		(void)cti_conv_set_external(
			call->conv, number, NULL, CTI_PRES_ALLOWED, CTI_PROV_API);
}

void cti_chan_outbound(struct cti_chan_call *call, const char *trunk_number)
{
	const char *wanted = cti_chan_is_c2d(call) ? call->target : call->dialled;

	if (call->direction == CTI_DIR_INBOUND || call->direction == CTI_DIR_INTERNAL)
		return;
	call->direction = CTI_DIR_OUTBOUND;
	if (!wanted || (trunk_number && !cti_chan_same_number(wanted, trunk_number)))
		wanted = trunk_number;
	tell_direction(call, wanted);
}

void cti_chan_internal(struct cti_chan_call *call)
{
	if (call->direction != CTI_DIR_UNKNOWN)
		return;
	call->direction = CTI_DIR_INTERNAL;
	tell_direction(call, NULL);
}

bool cti_chan_is_outside(const char *number)
{
	enum { SHORTEST = 7 };

	return *number == '+' || strlen(number) >= SHORTEST;
}

void cti_chan_conclude(struct cti_chan_call *call)
{
	if (call->origin == CTI_FROM_LINE && call->dialled &&
		cti_chan_is_outside(call->dialled))
		cti_chan_outbound(call, NULL);
	else if (call->origin == CTI_FROM_LINE)
		cti_chan_internal(call);
}

void cti_chan_target(
	struct cti_channels *ch, struct cti_chan_call *call, const char *number)
{
	if (!number || !*number || call->target || !cti_chan_text(&call->target, number))
		return;
	if (call->conv)
		(void)cti_conv_set_dialled(call->conv, number, CTI_PROV_API);
	if (!ch->line(number, ch->line_arg) && cti_chan_is_outside(number))
		cti_chan_outbound(call, NULL);
	else
		cti_chan_internal(call);
}

static void tell_origin(struct cti_chan_call *call, struct cti_conv *conv)
{
	const struct cti_chan *root = call->root;

	(void)cti_conv_set_dialled(
		conv, cti_chan_is_c2d(call) ? call->target : call->dialled, CTI_PROV_API);
	if (cti_chan_is_c2d(call)) {
		cti_conv_set_click_to_dial(conv);
		(void)cti_conv_set_initiator(conv, "pbx", CTI_PROV_API);
	}
	if (!root)
		return;
	if (call->origin == CTI_FROM_LINE) {
		(void)cti_conv_set_initiator(
			conv, root->line ? root->line : root->device, CTI_PROV_API);
		if (!root->line)
			(void)cti_conv_set_inside(conv,
				root->number ? root->number : root->device, root->name,
				CTI_PROV_API);
	}
	if (call->origin == CTI_FROM_TRUNK)
		(void)cti_conv_set_external(
			conv, root->number, root->name, root->presentation, CTI_PROV_API);
}

struct cti_conv *cti_chan_conv(struct cti_channels *ch, struct cti_chan_call *call)
{
	if (call->conv)
		return call->conv;
	call->conv = cti_conv_new(ch->m, call->start_us, ch->pbx, call->key);
	if (!call->conv)
		return NULL;
	cti_conv_add_facts(call->conv,
		CTI_FACT_HOLD | CTI_FACT_ANSWER | CTI_FACT_DIALLED | CTI_FACT_ENDED_BY |
			CTI_FACT_CAUSE | CTI_FACT_QUEUE | CTI_FACT_START);
	cti_conv_add_trace(call->conv, call->start_us, "report",
		"source=api channel=%s key=%s",
		call->root && call->root->device ? call->root->device : "inner",
		call->key);
	(void)cti_conv_set_direction(call->conv, call->direction, CTI_PROV_API);
	tell_origin(call, call->conv);
	if (call->direction == CTI_DIR_OUTBOUND)
		tell_direction(
			call, cti_chan_is_c2d(call) ? call->target : call->dialled);
	return call->conv;
}

/* ---- legs ------------------------------------------------------------------------ */

struct cti_chan_leg *cti_chan_leg_find(const struct cti_chan_call *call, const char *line)
{
	struct cti_chan_leg *leg = call->legs;

	while (leg && line && strcmp(leg->line, line))
		leg = leg->next;
	return line ? leg : NULL;
}

static struct cti_chan_leg *leg_new(struct cti_chan_call *call, const char *line)
{
	struct cti_chan_leg *leg = calloc(1, sizeof(*leg));
	struct cti_chan_leg **lp = &call->legs;

	if (leg)
		leg->line = cti_str_dup(line);
	if (!leg || !leg->line) {
		free(leg);
		return NULL;
	}
	while (*lp)
		lp = &(*lp)->next;
	*lp = leg;
	return leg;
}

/* A click-to-dial's own agent rings as somebody who calls: the number on a card would
 * be the agent's, so it is told as an inside party for those whom it calls. */
static void tell_agent(struct cti_chan *c)
{
	if (cti_chan_is_agent(c) && c->call->conv)
		(void)cti_conv_set_inside(c->call->conv, c->line, NULL, CTI_PROV_API);
}

void cti_chan_take_part(struct cti_channels *ch, struct cti_chan *c, int64_t at_us)
{
	struct cti_chan_call *call = c->call;
	struct cti_chan_leg *leg;
	struct cti_conv *conv;

	if (!c->line || c->leg)
		return;
	conv = cti_chan_conv(ch, call);
	leg = cti_chan_leg_find(call, c->line);
	if (!leg)
		leg = leg_new(call, c->line);
	if (!conv || !leg)
		return;
	if (!leg->live) {
		leg->role = role_of(c);
		leg->part = cti_part_get(conv, at_us, c->line, leg->role);
		leg->result = CTI_RESULT_NONE;
		leg->talked = false;
		leg->was_up = false;
		leg->cause = (struct cti_cause){ 0 };
	}
	leg->live++;
	c->leg = leg;
	tell_agent(c);
}

/* ---- who hears whom --------------------------------------------------------------- */

/* Is there a person in b, or beyond an inner hop that leads out of it, besides self? */
static bool has_person(
	const struct cti_chan_bridge *b, const struct cti_chan *self, unsigned hops)
{
	for (const struct cti_chan *c = b->first; c; c = c->next_in_bridge) {
		const struct cti_chan *far = c->kind == CTI_CHAN_LOCAL ? c->peer : NULL;

		if (c == self)
			continue;
		if (cti_chan_is_person(c))
			return true;
		if (far && far->bridge && far->bridge != b && hops < HOPS_MAX &&
			has_person(far->bridge, far, hops + 1))
			return true;
	}
	return false;
}

/* Sets c->talks. The end of a talk is when the company left, not when it is noticed. */
static void look_at(struct cti_channels *ch, struct cti_chan *c, int64_t at_us)
{
	const bool together = c->up && !c->waiting && !c->call->crossed &&
			      (c->met || (c->bridge && has_person(c->bridge, c, 0)));

	if (together) {
		c->talks = true;
		c->alone_us = 0;
		return;
	}
	if (!c->talks)
		return;
	if (!c->alone_us)
		c->alone_us = at_us;
	if (!c->waiting && at_us - c->alone_us < alone_grace_us) {
		cti_chan_watch(ch, c->call);
		return;
	}
	c->talks = false;
	if (c->leg)
		c->leg->talk_end_us = c->alone_us;
	c->alone_us = 0;
}

static void step(const struct cti_chan_leg *leg, int64_t at_us, enum cti_leg_event ev)
{
	(void)cti_part_step(leg->part, at_us, ev, (struct cti_cause){ 0 });
}

static bool is_connected(enum cti_leg_state s)
{
	return s == CTI_LEG_CONNECTED || s == CTI_LEG_HELD;
}

static void step_talking(
	struct cti_chan_call *call, struct cti_chan_leg *leg, int64_t at_us)
{
	const enum cti_leg_state was = cti_part_view(leg->part)->state;

	leg->talked = true;
	if (call->to_code && leg->role == CTI_ROLE_TRANSFERRED_TO) {
		cti_chan_blind_settle(call);
		cti_conv_transfer_got(call->conv, leg->line);
		call->to_code = false;
	}
	if (!is_connected(was))
		step(leg, call->adopted ? CTI_TIME_UNKNOWN : at_us, CTI_EV_ANSWER);
	if (leg->holds && was != CTI_LEG_HELD)
		step(leg, at_us, CTI_EV_HOLD);
	if (!leg->holds && was == CTI_LEG_HELD)
		step(leg, at_us, CTI_EV_RESUME);
}

/* Nobody to talk to, and not ringing: off hook, or left waiting. */
static void step_waiting(
	const struct cti_chan_call *call, struct cti_chan_leg *leg, int64_t at_us)
{
	const enum cti_leg_state was = cti_part_view(leg->part)->state;
	const bool agent = leg->role == CTI_ROLE_CALLER && cti_chan_is_c2d(call);

	if (is_connected(was))
		step(leg, leg->talk_end_us ? leg->talk_end_us : at_us, CTI_EV_QUEUE);
	else if (was != CTI_LEG_QUEUED && leg->was_up && (agent || call->in_queue))
		step(leg, at_us, CTI_EV_QUEUE);
}

static void step_leg(struct cti_chan_call *call, struct cti_chan_leg *leg, int64_t at_us)
{
	if (!leg->part || !leg->live)
		return;
	if (leg->talks)
		step_talking(call, leg, at_us);
	else if (leg->rings && cti_part_view(leg->part)->state == CTI_LEG_INITIATED)
		step(leg, at_us, CTI_EV_ALERT);
	else if (!leg->rings)
		step_waiting(call, leg, at_us);
	leg->talk_end_us = 0;
}

/* The line holds if all that it talks on are on hold. */
static void gather(struct cti_chan *c)
{
	struct cti_chan_leg *leg = c->leg;

	if (c->talks)
		leg->holds = c->holds && (!leg->talks || leg->holds);
	leg->talks = leg->talks || c->talks;
	leg->rings = leg->rings || (c->ringing && !c->up);
	leg->was_up = leg->was_up || c->up;
	if (c->up && cti_chan_is_agent(c))
		c->call->agent_up = true;
}

void cti_chan_look(struct cti_channels *ch, struct cti_chan_call *call, int64_t at_us)
{
	for (struct cti_chan_leg *leg = call->legs; leg; leg = leg->next)
		leg->talks = leg->holds = leg->rings = false;
	for (struct cti_chan *c = call->chans; c; c = c->next) {
		if (!cti_chan_is_person(c))
			continue;
		look_at(ch, c, at_us);
		if (c->talks && !call->talked && call->conv)
			cti_conv_set_answered(
				call->conv, call->adopted ? CTI_TIME_UNKNOWN : at_us);
		call->talked = call->talked || c->talks;
		if (c->leg)
			gather(c);
	}
	for (struct cti_chan_leg *leg = call->legs; leg; leg = leg->next)
		step_leg(call, leg, at_us);
}

struct cti_conv *cti_channels_conv(const struct cti_channels *ch, const char *line)
{
	struct cti_conv *rings = NULL;

	for (const struct cti_chan *c = cti_chan_of_line(ch, line); c;
		c = c->next_of_line) {
		if (c->talks)
			return c->call->conv;
		rings = rings ? rings : c->call->conv;
	}
	return rings;
}
