/*
 * acks.h -- what watchers have acknowledged: one line of JSON for each NOTIFY that got
 * its 200, with the legs it told of.
 *
 * Beside the truth (truth.h) it says what a watcher must know, and what it cannot.
 */
#ifndef SIM_ACKS_H
#define SIM_ACKS_H

#include "call.h"

struct sim_acks;

/* file NULL: nothing is kept; what follows takes NULL for that. */
int sim_acks_open(struct sim_acks **acksp, const char *file);

/* What a document tells, as it is made: *legsp is owned by the caller. changed NULL: all
 * legs of the line. */
int sim_acks_note(struct mbuf **legsp, const struct sim_acks *acks,
	const struct sim_line *line, const struct sim_leg *changed);

/* The document with these legs was acknowledged now. */
void sim_acks_write(struct sim_acks *acks, const struct sim_line *line, uint64_t now_ms,
	const struct mbuf *legs);

#endif
