/*
 * call.h -- a simulated call, its legs, and what is true about them.
 *
 * Whatever changes here is told to the watchers of the line at once; when a call
 * is over its truth is written (truth.h).
 */
#ifndef SIM_CALL_H
#define SIM_CALL_H

#include "line.h"

enum sim_leg_state {
	SIM_LEG_TRYING,
	SIM_LEG_EARLY,
	SIM_LEG_CONFIRMED,
	SIM_LEG_HOLDS, /* confirmed, and this line put the other side on hold */
	SIM_LEG_ENDED,
};

enum { SIM_SPANS_MAX = 4 };

struct sim_span {
	uint64_t from_ms;
	uint64_t to_ms; /* 0: goes on */
};

struct sim_spans {
	struct sim_span v[SIM_SPANS_MAX];
	size_t n;
};

struct sim_party {
	char number[32];
	char name[64];
	const char *presentation; /* "allowed", "withheld", ...; "": inside */
};

struct sim_leg {
	struct le line_le;     /* in line->legs, until it ends */
	struct le call_le;     /* in call->legs, which owns it */
	struct sim_line *line; /* borrowed */
	struct sim_call *call; /* borrowed */
	enum sim_leg_state state;
	const char *event; /* RFC 4235 section 3.7.2: why it terminated, or NULL */
	uint16_t code;
	bool initiator;
	bool counts; /* it is part of the truth (not the watcher's own dialog) */
	struct sim_party remote;
	char call_id[64];
	char id[16];
	char local_tag[16];
	char remote_tag[16];
	const char *role;
	const char *result;
	struct sim_spans rang;
	struct sim_spans talked;
	struct sim_spans held;
};

struct sim_call {
	struct le le; /* in sim->calls, which owns it */
	struct sim *sim;
	struct list legs;
	struct sim_timer timer; /* the script's */
	uint32_t id;
	const char *direction;
	struct sim_party external;
	char initiator[16]; /* line, "pbx", or "" for from outside */
	char dialled[32];
	uint64_t start_ms;
	uint64_t answer_ms; /* 0: not */
	uint64_t end_ms;
	const char *outcome;
	char ended_by[16];
	/* The script's: what shall happen, and how far it is. */
	const struct sim_plan *plan;
	unsigned step;
};

/* It is in sim->calls and lives until sim_call_end(). */
int sim_call_alloc(struct sim_call **callp, struct sim *sim, const char *direction);

/* A leg in state trying; its watchers know. The call owns it. */
int sim_call_add(struct sim_leg **legp, struct sim_call *call, struct sim_line *line,
	const char *role, const struct sim_party *remote);

void sim_leg_ring(struct sim_leg *leg);
void sim_leg_answer(struct sim_leg *leg, bool talks);
void sim_leg_hold(struct sim_leg *leg);
void sim_leg_resume(struct sim_leg *leg);

/* event: RFC 4235's; result: the truth's; both constants. Does nothing if it ended. */
void sim_leg_end(
	struct sim_leg *leg, const char *event, uint16_t code, const char *result);

/* The conversation was answered by a person now. */
void sim_call_answered(struct sim_call *call);

/* The PBX dies: every call is over, and no watcher is told. */
void sim_calls_perish(struct sim *sim);

/* Over: legs that are left end by a BYE, the truth is written, the call is freed. */
void sim_call_end(struct sim_call *call, const char *outcome, const char *ended_by);

void sim_span_open(struct sim_spans *spans, uint64_t at_ms);
void sim_span_close(struct sim_spans *spans, uint64_t at_ms);

#endif
