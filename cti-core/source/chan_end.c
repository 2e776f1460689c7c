/*
 * chan_end.c -- how it ended: for each line, and for the call. Who asked for the end
 * is told by the stream itself (a device's wish comes before the hang-ups that
 * follow from it); an end that nobody asked for is the PBX's.
 */
#include "chan_impl.h"

#include <cti/cause.h>

#include <stdlib.h>
#include <string.h>

#include "str.h"

enum { SIP_CANCELLED = 487 };

enum q850 { /* ITU-T Q.850 */
	Q_BUSY = 17,
	Q_NO_RESPONSE = 18,
	Q_NO_ANSWER = 19,
	Q_REJECTED = 21,
	Q_ELSEWHERE = 26,
	Q_NO_CIRCUIT = 34,
	Q_CONGESTION = 42,
	Q_INTERWORKING = 127,
};

const char *cti_chan_who(const struct cti_chan *c)
{
	if (c->kind == CTI_CHAN_TRUNK)
		return "external";
	if (c->kind == CTI_CHAN_LINE && (c->line || c->device))
		return c->line ? c->line : c->device;
	return "pbx";
}

static void mark(struct cti_chan_mark *m, const struct cti_chan *c,
	const struct cti_report_channel *rep)
{
	m->at_us = rep->at_us;
	m->cause = rep->cause;
	(void)cti_str_copy(m->who, sizeof(m->who), cti_chan_who(c));
}

void cti_chan_goes_on(struct cti_chan_call *call)
{
	if (call->crossed)
		return;
	call->ender.at_us = 0;
	call->refusal.at_us = 0;
	call->first_gone_us = 0;
}

static bool rings_somewhere(const struct cti_chan_call *call)
{
	for (const struct cti_chan *c = call->chans; c; c = c->next) {
		if (c->ringing && !c->up)
			return true;
	}
	return false;
}

/*
 * The PBX told the caller busy or congestion, and what looks like the caller's wish is
 * its acknowledgement. Asterisk 22 has the channel in state Busy by then (the reader
 * drops it); 16 still in Ring, and a caller's own cancel has another cause.
 */
static bool is_told_busy(const struct cti_chan *c, struct cti_cause cause)
{
	return c->placed && !c->up && cause.sip != SIP_CANCELLED &&
	       (cause.q850 == Q_BUSY || cause.q850 == Q_NO_CIRCUIT ||
		       cause.q850 == Q_CONGESTION) &&
	       !rings_somewhere(c->call);
}

/* The caller cancelled an INVITE that the PBX had just answered. Asterisk 22 tells the
 * 487; 16 does not, but tells the wish before the answer (see gave_up). */
static bool crosses(const struct cti_chan *c, const struct cti_report_channel *rep)
{
	return c == c->call->root && c->placed && c->call->talked &&
	       rep->cause.sip == SIP_CANCELLED;
}

void cti_chan_cross(struct cti_chan_call *call, int64_t at_us)
{
	call->crossed = true;
	call->talked = false;
	for (struct cti_chan *c = call->chans; c; c = c->next)
		c->talks = false;
	for (struct cti_chan_leg *leg = call->legs; leg; leg = leg->next)
		leg->talked = false;
	if (call->conv)
		cti_conv_unanswer(call->conv, at_us);
}

void cti_chan_hangup_request(
	struct cti_channels *ch, struct cti_chan *c, const struct cti_report_channel *rep)
{
	struct cti_chan_call *call = c->call;

	(void)ch;
	if (c->kind == CTI_CHAN_LOCAL || c->kind == CTI_CHAN_OTHER || c->handed_over ||
		is_told_busy(c, rep->cause))
		return;
	if (!c->placed && !c->up) {
		c->refused = true;
		c->refusal = rep->cause;
		mark(&call->refusal, c, rep);
		return;
	}
	c->gave_up = c->placed && !c->up;
	if (crosses(c, rep))
		cti_chan_cross(call, rep->at_us);
	/* The first wish counts, unless talk went on after it. */
	if (!call->ender.at_us || (c->talks && !c->alone_us))
		mark(&call->ender, c, rep);
}

/* ---- each line ---------------------------------------------------------------- */

/* Who called, or was called only to call. */
static bool is_caller(const struct cti_chan *c)
{
	return c->placed || cti_chan_is_agent(c) ||
	       (c->leg && c->leg->role == CTI_ROLE_CALLER);
}

/* Somebody else whom the same call rang has it. */
static bool taken_elsewhere(const struct cti_chan *c)
{
	if (c->taken)
		return true;
	for (const struct cti_chan *o = c->call->chans; o; o = o->next) {
		if (o != c && o->up && cti_chan_is_person(o) && !is_caller(o) &&
			!(c->line && o->line && !strcmp(c->line, o->line)))
			return true;
	}
	return false;
}

/* Asterisk: a code that it does not know (433, 607, 608) is 127 in Q.850. 22 has the code
 * itself beside it (TechCause), 16 has not. */
static bool is_unread(struct cti_cause cause)
{
	return cause.q850 == Q_INTERWORKING && !cause.sip;
}

static enum cti_result refused_result(const struct cti_chan *c)
{
	const enum cti_result r = cti_cause_text(&c->refusal)->result;

	switch (c->refusal.q850) {
	case Q_BUSY:
		return CTI_RESULT_BUSY;
	case Q_REJECTED:
		return CTI_RESULT_DECLINED;
	default:
		break;
	}
	if (r == CTI_RESULT_BUSY || r == CTI_RESULT_DECLINED)
		return r;
	if (is_unread(c->refusal))
		return CTI_RESULT_NONE;
	return c->rang ? CTI_RESULT_MISSED : CTI_RESULT_UNREACHABLE;
}

static enum cti_result result_of(const struct cti_chan *c, struct cti_cause cause)
{
	if (c->placed)
		return CTI_RESULT_CALLED;
	if (c->up && c->call->crossed && !is_caller(c))
		return CTI_RESULT_CANCELLED;
	if (c->up)
		return is_caller(c) ? CTI_RESULT_CALLED : CTI_RESULT_ANSWERED;
	if (c->forwarded) /* how it went on is told by the next */
		return CTI_RESULT_NONE;
	if (c->refused)
		return refused_result(c);
	if (!c->rang)
		return CTI_RESULT_UNREACHABLE;
	return cause.q850 == Q_ELSEWHERE || taken_elsewhere(c)
		       ? CTI_RESULT_ANSWERED_ELSEWHERE
		       : CTI_RESULT_MISSED;
}

/* Of a line's several phones the most telling one speaks for it. */
static int weight(enum cti_result r)
{
	static const enum cti_result order[] = { CTI_RESULT_NONE, CTI_RESULT_UNREACHABLE,
		CTI_RESULT_BUSY, CTI_RESULT_DECLINED, CTI_RESULT_MISSED,
		CTI_RESULT_ANSWERED_ELSEWHERE, CTI_RESULT_ANSWERED, CTI_RESULT_CALLED };

	for (int i = 0; i < (int)(sizeof(order) / sizeof(order[0])); i++) {
		if (order[i] == r)
			return i;
	}
	return 0;
}

void cti_chan_leg_over(
	struct cti_chan_call *call, struct cti_chan_leg *leg, int64_t at_us, bool lost)
{
	enum cti_result r = leg->result;

	if (!leg->part)
		return;
	if (leg->role == CTI_ROLE_CALLER && !cti_chan_is_c2d(call))
		r = CTI_RESULT_CALLED;
	else if (leg->role != CTI_ROLE_CALLER && leg->talked)
		r = CTI_RESULT_ANSWERED;
	if (r != CTI_RESULT_NONE && !(lost && r != CTI_RESULT_ANSWERED))
		cti_part_set_result(leg->part, r);
	if (leg->talk_end_us)
		(void)cti_part_step(leg->part, leg->talk_end_us, CTI_EV_QUEUE,
			(struct cti_cause){ 0 });
	(void)cti_part_step(
		leg->part, at_us, lost ? CTI_EV_LOST : CTI_EV_END, leg->cause);
	leg->talk_end_us = 0;
}

/* What is known of why its phone did not take the call. */
static struct cti_cause told_cause(const struct cti_chan *c, struct cti_cause cause)
{
	if (c->forwarded || (c->refused && is_unread(c->refusal)))
		return (struct cti_cause){ 0 };
	return c->refused ? c->refusal : cause;
}

static void leave_leg(
	struct cti_chan *c, int64_t at_us, struct cti_cause cause, bool lost)
{
	struct cti_chan_leg *leg = c->leg;
	const enum cti_result r = result_of(c, cause);

	if (weight(r) >= weight(leg->result)) {
		leg->result = r;
		leg->cause = told_cause(c, cause);
	}
	if (c->talks && c->alone_us)
		leg->talk_end_us = c->alone_us;
	c->leg = NULL;
	if (!--leg->live)
		cti_chan_leg_over(c->call, leg, at_us, lost);
}

/* ---- the call ------------------------------------------------------------------ */

static bool has(const struct cti_chan_call *call, enum cti_result r)
{
	return call->tally & (1u << r);
}

/* Nobody was called: the PBX dealt with it alone. */
static enum cti_outcome outcome_alone(const struct cti_chan_call *call)
{
	if (call->pbx_up && call->origin != CTI_FROM_TRUNK)
		return CTI_OUTCOME_ANSWERED;
	if (call->pbx_up || call->ender.at_us)
		return CTI_OUTCOME_MISSED;
	if (call->root_cause.q850 == Q_BUSY)
		return CTI_OUTCOME_BUSY;
	if (call->root_cause.q850 == Q_REJECTED && call->origin == CTI_FROM_TRUNK)
		return CTI_OUTCOME_BLOCKED;
	return CTI_OUTCOME_FAILED;
}

static enum cti_outcome outcome_of(const struct cti_chan_call *call)
{
	if (call->talked)
		return CTI_OUTCOME_ANSWERED;
	if (call->abandoned)
		return CTI_OUTCOME_ABANDONED;
	if (cti_chan_is_c2d(call) && !call->agent_up)
		return CTI_OUTCOME_FAILED;
	if (cti_chan_is_c2d(call) && !call->target)
		return CTI_OUTCOME_NONE; /* the rest went by ways that we do not see */
	if (call->crossed || has(call, CTI_RESULT_MISSED) ||
		has(call, CTI_RESULT_ANSWERED_ELSEWHERE))
		return CTI_OUTCOME_MISSED;
	if (has(call, CTI_RESULT_DECLINED))
		return cti_cause_text(&call->refusal.cause)->outcome ==
				       CTI_OUTCOME_BLOCKED
			       ? CTI_OUTCOME_BLOCKED
			       : CTI_OUTCOME_DECLINED;
	if (has(call, CTI_RESULT_BUSY))
		return CTI_OUTCOME_BUSY;
	if (call->refusal.at_us && is_unread(call->refusal.cause))
		return CTI_OUTCOME_NONE;
	if (call->dialled_any)
		return CTI_OUTCOME_FAILED;
	return outcome_alone(call);
}

/*
 * The PBX refused on a line's behalf before any phone of it was called (do not
 * disturb, not registered): the dialplan stood at its extension.
 */
static void add_silent_leg(struct cti_channels *ch, struct cti_chan_call *call,
	const struct cti_chan *root, int64_t at_us)
{
	const char *line = root->exten ? ch->line(root->exten, ch->line_arg) : NULL;
	struct cti_part *p;

	if (!line || !call->conv || call->dialled_any || call->pbx_up ||
		call->ender.at_us || (root->line && !strcmp(root->line, line)))
		return;
	p = cti_part_get(call->conv, at_us, line, CTI_ROLE_CALLEE);
	if (!p)
		return;
	cti_part_set_result(p, call->root_cause.q850 == Q_BUSY ? CTI_RESULT_BUSY
			       : call->root_cause.q850 == Q_REJECTED
				       ? CTI_RESULT_DECLINED
				       : CTI_RESULT_UNREACHABLE);
	(void)cti_part_step(p, at_us, CTI_EV_END, call->root_cause);
}

/* What people would call the cause: the refusal that ended it, or how the beginner's
 * channel ended if that is plain. An inherited "interworking" tells nothing. */
static struct cti_cause cause_of(const struct cti_chan_call *call)
{
	static const struct cti_cause none;

	if (!call->ender.at_us && call->refusal.at_us)
		return is_unread(call->refusal.cause) ? none : call->refusal.cause;
	if (call->root_cause.q850 == Q_INTERWORKING ||
		(call->ender.at_us && !call->talked))
		return none;
	return call->root_cause;
}

static void finish(
	struct cti_channels *ch, struct cti_chan_call *call, int64_t at_us, bool lost)
{
	const struct cti_chan_mark *by = call->ender.at_us     ? &call->ender
					 : call->refusal.at_us ? &call->refusal
							       : NULL;
	const struct cti_cause cause = cause_of(call);
	int64_t end_us = call->first_gone_us ? call->first_gone_us : at_us;

	cti_chan_blind_settle(call);
	if (call->conv && lost) {
		cti_conv_end(call->conv, CTI_TIME_UNKNOWN,
			call->talked ? CTI_OUTCOME_ANSWERED : CTI_OUTCOME_NONE);
	} else if (call->conv) {
		cti_chan_conclude(call);
		(void)cti_conv_set_ended_by(
			call->conv, by ? by->who : "pbx", CTI_PROV_API);
		(void)cti_conv_set_cause(call->conv, cause, CTI_PROV_API);
		if (by)
			end_us = by->at_us;
		cti_conv_end(call->conv, end_us, outcome_of(call));
	}
	cti_chan_call_drop(ch, call);
}

void cti_chan_over(struct cti_channels *ch, struct cti_chan_call *call)
{
	finish(ch, call, call->over_us, false);
}

/* Whom an originated phone that was not answered was to reach is told by a report of
 * its own, which may come after the hang-up. */
static bool waits_for_target(const struct cti_chan_call *call)
{
	return call->origin == CTI_FROM_PBX && !call->target && !call->agent_up &&
	       call->conv;
}

/* Announcers do not keep a call alive. */
static bool is_over(const struct cti_chan_call *call)
{
	for (const struct cti_chan *c = call->chans; c; c = c->next) {
		if (c->kind != CTI_CHAN_OTHER)
			return false;
	}
	return true;
}

static void leave_call(struct cti_channels *ch, struct cti_chan *c, int64_t at_us,
	struct cti_cause cause, bool lost)
{
	struct cti_chan_call *call = c->call;

	if (c == call->root) {
		call->root_cause = cause;
		add_silent_leg(ch, call, c, at_us);
	}
	if (call->blind.transferee == c)
		cti_chan_blind_settle(call);
	if (cti_chan_is_person(c) && !is_caller(c))
		call->tally |= 1u << result_of(c, cause);
	if (cti_chan_is_person(c) && !c->handed_over && !call->first_gone_us)
		call->first_gone_us = at_us;
	if (c->leg)
		leave_leg(c, at_us, cause, lost);
}

void cti_chan_gone(struct cti_channels *ch, struct cti_chan *c, int64_t at_us,
	struct cti_cause cause, bool lost)
{
	struct cti_chan_call *call = c->call;

	leave_call(ch, c, at_us, cause, lost);
	cti_chan_drop(ch, c);
	if (!is_over(call)) {
		cti_chan_look(ch, call, at_us);
	} else if (!lost && waits_for_target(call)) {
		call->over_us = at_us;
		cti_chan_watch(ch, call);
	} else {
		finish(ch, call, at_us, lost);
	}
}

void cti_chan_kill(struct cti_channels *ch, struct cti_chan_call *call, int64_t at_us)
{
	for (struct cti_chan_leg *leg = call->legs; leg; leg = leg->next) {
		if (!leg->live || !leg->part)
			continue;
		leg->result = leg->talked || leg->role == CTI_ROLE_CALLER
				      ? CTI_RESULT_NONE
				      : CTI_RESULT_CANCELLED;
		cti_chan_leg_over(call, leg, at_us, at_us == CTI_TIME_UNKNOWN);
	}
	if (call->conv) {
		(void)cti_conv_set_ended_by(call->conv, "pbx", CTI_PROV_API);
		cti_conv_end(call->conv, at_us,
			call->talked ? CTI_OUTCOME_ANSWERED : CTI_OUTCOME_FAILED);
	}
	cti_chan_call_drop(ch, call);
}
