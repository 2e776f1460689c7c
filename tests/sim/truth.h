/*
 * truth.h -- what truly happened, one conversation a line of JSON, so that a
 * monitor's picture of it can be scored.
 */
#ifndef SIM_TRUTH_H
#define SIM_TRUTH_H

#include "call.h"

/* file: NULL for none. errno of the file's. */
int sim_truth_open(struct sim_truth **truthp, const char *file, bool quiet);

void sim_truth_write(struct sim_truth *truth, const struct sim_call *call);

#endif
