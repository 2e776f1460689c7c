/*
 * leg_fsm.c -- which event is allowed in which state of a leg, and what follows.
 *
 * The table is the specification; the code under it only reads it. A pair that
 * is not listed is zero, that is, IMPOSSIBLE: the PBX told us something that
 * cannot happen to one device in one call. It is refused (EPROTO), counted and
 * traced, and the leg stays where it was; nobody guesses.
 *
 * IGNORE marks what does happen in the field and means nothing new, such as a
 * second phone of the line that begins to ring.
 */
#include <cti/call.h>

#include <errno.h>

enum verdict { IMPOSSIBLE = 0, IGNORE, MOVE };

struct rule {
	enum verdict verdict;
	enum cti_leg_state next;
	unsigned effects;
};

enum {
	PUB = CTI_FX_PUBLISH,
	RNG = CTI_FX_PUBLISH | CTI_FX_MARK_RANG,
	ANS = CTI_FX_PUBLISH | CTI_FX_MARK_ANSWERED,
	FIN = CTI_FX_PUBLISH | CTI_FX_MARK_ENDED,
	CUT = CTI_FX_PUBLISH | CTI_FX_MARK_ENDED | CTI_FX_UNCERTAIN,
};

/* clang-format off */
static const struct rule rules[CTI_LEG_STATES][CTI_LEG_EVENTS] = {
	[CTI_LEG_INITIATED] = {
		[CTI_EV_ALERT]  = { MOVE, CTI_LEG_ALERTING,  RNG },
		[CTI_EV_ANSWER] = { MOVE, CTI_LEG_CONNECTED, ANS }, /* a caller; or no 180 seen */
		[CTI_EV_QUEUE]  = { MOVE, CTI_LEG_QUEUED,    PUB },
		[CTI_EV_FAIL]   = { MOVE, CTI_LEG_FAILED,    PUB },
		[CTI_EV_END]    = { MOVE, CTI_LEG_ENDED,     FIN },
		[CTI_EV_LOST]   = { MOVE, CTI_LEG_ENDED,     CUT },
	},
	[CTI_LEG_ALERTING] = {
		[CTI_EV_ALERT]  = { .verdict = IGNORE },            /* the line's second phone */
		[CTI_EV_ANSWER] = { MOVE, CTI_LEG_CONNECTED, ANS },
		[CTI_EV_QUEUE]  = { MOVE, CTI_LEG_QUEUED,    PUB }, /* took a click-to-dial; waits */
		[CTI_EV_FAIL]   = { MOVE, CTI_LEG_FAILED,    PUB },
		[CTI_EV_END]    = { MOVE, CTI_LEG_ENDED,     FIN },
		[CTI_EV_LOST]   = { MOVE, CTI_LEG_ENDED,     CUT },
	},
	[CTI_LEG_CONNECTED] = {
		[CTI_EV_ALERT]  = { .verdict = IGNORE },            /* late 180 of a fork */
		[CTI_EV_ANSWER] = { .verdict = IGNORE },            /* re-INVITE, refresh */
		[CTI_EV_HOLD]   = { MOVE, CTI_LEG_HELD,      PUB },
		[CTI_EV_RESUME] = { .verdict = IGNORE },
		[CTI_EV_QUEUE]  = { MOVE, CTI_LEG_QUEUED,    PUB }, /* the other side left it waiting */
		[CTI_EV_END]    = { MOVE, CTI_LEG_ENDED,     FIN },
		[CTI_EV_LOST]   = { MOVE, CTI_LEG_ENDED,     CUT },
	},
	[CTI_LEG_HELD] = {
		[CTI_EV_ANSWER] = { .verdict = IGNORE },            /* 200 to the hold */
		[CTI_EV_HOLD]   = { .verdict = IGNORE },
		[CTI_EV_RESUME] = { MOVE, CTI_LEG_CONNECTED, PUB },
		[CTI_EV_QUEUE]  = { MOVE, CTI_LEG_QUEUED,    PUB },
		[CTI_EV_END]    = { MOVE, CTI_LEG_ENDED,     FIN },
		[CTI_EV_LOST]   = { MOVE, CTI_LEG_ENDED,     CUT },
	},
	[CTI_LEG_QUEUED] = {
		[CTI_EV_ANSWER] = { MOVE, CTI_LEG_CONNECTED, ANS },
		[CTI_EV_HOLD]   = { .verdict = IGNORE },            /* nobody is there to be held */
		[CTI_EV_RESUME] = { .verdict = IGNORE },
		[CTI_EV_QUEUE]  = { .verdict = IGNORE },
		[CTI_EV_FAIL]   = { MOVE, CTI_LEG_FAILED,    PUB },
		[CTI_EV_END]    = { MOVE, CTI_LEG_ENDED,     FIN },
		[CTI_EV_LOST]   = { MOVE, CTI_LEG_ENDED,     CUT },
	},
	[CTI_LEG_FAILED] = {
		[CTI_EV_FAIL]   = { .verdict = IGNORE },
		[CTI_EV_END]    = { MOVE, CTI_LEG_ENDED,     FIN },
		[CTI_EV_LOST]   = { MOVE, CTI_LEG_ENDED,     CUT },
	},
	[CTI_LEG_ENDED] = {
		[CTI_EV_ALERT]  = { .verdict = IGNORE },            /* 180 crossed CANCEL */
		[CTI_EV_ANSWER] = { .verdict = IGNORE },            /* 200 crossed CANCEL */
		[CTI_EV_FAIL]   = { .verdict = IGNORE },
		[CTI_EV_END]    = { .verdict = IGNORE },            /* the line's second phone */
		[CTI_EV_LOST]   = { .verdict = IGNORE },
	},
};
/* clang-format on */

int cti_leg_fsm_step(
	enum cti_leg_state state, enum cti_leg_event event, struct cti_leg_step *step)
{
	const struct rule *rule;

	if ((unsigned)state >= CTI_LEG_STATES || (unsigned)event >= CTI_LEG_EVENTS ||
		!step)
		return EINVAL;

	rule = &rules[state][event];
	switch (rule->verdict) {
	case MOVE:
		step->next = rule->next;
		step->effects = rule->effects;
		return 0;
	case IGNORE:
		step->next = state;
		step->effects = 0;
		return 0;
	case IMPOSSIBLE:
		break;
	}
	return EPROTO;
}
