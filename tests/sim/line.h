/*
 * line.h -- the extensions of the simulated PBX, found by their number.
 */
#ifndef SIM_LINE_H
#define SIM_LINE_H

#include "sim.h"

struct sim_line {
	struct le he; /* in sim->lines */
	char ext[16];
	struct list legs; /* live ones */
	struct list subs; /* who watches */
	uint32_t faults_given;
	int reported; /* Asterisk's dialect: the device state told last */
};

int sim_lines_alloc(struct sim *sim);

/* Borrowed; NULL: no such extension. */
struct sim_line *sim_line_find(const struct sim *sim, const struct pl *ext);

/* Whether so many lines are idle. */
bool sim_lines_idle(const struct sim *sim, size_t n);

/* An idle line by the dice that is not this one (NULL: any); NULL: all talk. Borrowed. */
struct sim_line *sim_line_idle_but(struct sim *sim, const struct sim_line *other);

#endif
