/*
 * control.h -- commands on standard input, for tests: see --help.
 */
#ifndef SIM_CONTROL_H
#define SIM_CONTROL_H

#include "sim.h"

/* Without --control nothing happens. The end of the input is no command. */
int sim_control_start(struct sim *sim);
void sim_control_stop(struct sim *sim);

#endif
