/*
 * outcome.c -- what the end means, for the call and for each line.
 *
 * "Rang but another took it" is a fact about a leg and never a missed call.
 */
#include "model_impl.h"

#include <cti/cause.h>

#include <string.h>

/* The PBX tells the losers of a ring group after the winner, or a little before. */
static const int64_t race_us = 500 * 1000;

static int64_t first_talk(const struct cti_leg *l)
{
	return l->talked.n ? l->talked.v[0].from_us : CTI_TIME_NONE;
}

/* Did another line take the call while this one rang? */
static bool taken_by_other(const struct cti_conv *c, const struct cti_leg *l)
{
	for (size_t i = 0; i < c->v.nlegs; i++) {
		const struct cti_leg *o = &c->v.legs[i];
		const int64_t at = first_talk(o);

		if (o == l || o->role == CTI_ROLE_CALLER || at <= 0 ||
			!strcmp(o->line, l->line))
			continue;
		if (at >= l->rang.from_us &&
			(l->rang.to_us <= 0 || at <= l->rang.to_us + race_us))
			return true;
	}
	return false;
}

/* Click-to-dial: did the agent take the call, so that the other side was dialled? */
static bool agent_took(const struct cti_leg *l)
{
	return l->rang.from_us == CTI_TIME_NONE || l->rang.to_us != l->ended_us;
}

static enum cti_result result_of(const struct cti_conv *c, const struct cti_leg *l)
{
	const struct cti_cause_text *t = cti_cause_text(&l->cause);

	if (l->role == CTI_ROLE_CALLER &&
		(!c->v.click_to_dial || l->talked.n || agent_took(l)))
		return CTI_RESULT_CALLED;
	/* In a call before anybody looked: it may have called as well. */
	if (l->role == CTI_ROLE_UNKNOWN && l->rang.from_us == CTI_TIME_NONE)
		return CTI_RESULT_NONE;
	if (l->talked.n)
		return CTI_RESULT_ANSWERED;
	if (l->rang.from_us != CTI_TIME_NONE && taken_by_other(c, l))
		return CTI_RESULT_ANSWERED_ELSEWHERE;
	if (t->result != CTI_RESULT_NONE && t->result != CTI_RESULT_ANSWERED)
		return t->result;
	return CTI_RESULT_NONE;
}

static bool anyone(const struct cti_conv *c, enum cti_result r)
{
	for (size_t i = 0; i < c->v.nlegs; i++) {
		if (c->v.legs[i].result == r)
			return true;
	}
	return false;
}

/* Somebody's phone rang, and nobody knows why it stopped. */
static bool any_open_question(const struct cti_conv *c)
{
	for (size_t i = 0; i < c->v.nlegs; i++) {
		const struct cti_leg *l = &c->v.legs[i];

		if (l->role != CTI_ROLE_CALLER && l->rang.from_us != CTI_TIME_NONE &&
			l->result == CTI_RESULT_NONE)
			return true;
	}
	return false;
}

/* Refused by a filter, or as unwanted (RFC 8197, RFC 8688), and not by a person's no. */
static bool any_blocked(const struct cti_conv *c)
{
	for (size_t i = 0; i < c->v.nlegs; i++) {
		const struct cti_leg *l = &c->v.legs[i];

		if (l->result == CTI_RESULT_DECLINED &&
			cti_cause_text(&l->cause)->outcome == CTI_OUTCOME_BLOCKED)
			return true;
	}
	return false;
}

/*
 * Unanswered: somebody whom it simply rang out on makes it missed; if all refused,
 * the refusal is the outcome. Without any of it the cause of the whole call decides.
 */
static enum cti_outcome outcome_of(const struct cti_conv *c)
{
	if (c->v.answer_us != CTI_TIME_NONE)
		return CTI_OUTCOME_ANSWERED;
	if (c->v.click_to_dial && c->v.nlegs && !agent_took(&c->v.legs[0]))
		return CTI_OUTCOME_FAILED;
	if (anyone(c, CTI_RESULT_MISSED) || anyone(c, CTI_RESULT_CANCELLED))
		return CTI_OUTCOME_MISSED;
	if (any_open_question(c))
		return CTI_OUTCOME_NONE;
	if (anyone(c, CTI_RESULT_DECLINED))
		return any_blocked(c) ? CTI_OUTCOME_BLOCKED : CTI_OUTCOME_DECLINED;
	if (anyone(c, CTI_RESULT_BUSY))
		return CTI_OUTCOME_BUSY;
	if (anyone(c, CTI_RESULT_UNREACHABLE))
		return CTI_OUTCOME_FAILED;
	return cti_cause_text(&c->v.cause)->outcome;
}

void cti_outcome_conclude(struct cti_conv *c)
{
	for (size_t i = 0; i < c->v.nlegs; i++) {
		struct cti_leg *l = &c->v.legs[i];

		if (l->result == CTI_RESULT_NONE)
			l->result = result_of(c, l);
	}
	if (c->v.outcome == CTI_OUTCOME_NONE)
		c->v.outcome = outcome_of(c);
}
