/*
 * script.h -- calls that happen by themselves, as the seed has it.
 */
#ifndef SIM_SCRIPT_H
#define SIM_SCRIPT_H

#include "sim.h"

/* 0 calls a minute: nothing happens. */
int sim_script_start(struct sim *sim);

/* From now on. */
int sim_script_set_rate(struct sim *sim, double calls_per_minute);

/* Milliseconds between low and high, as fast as the people of --speed. */
uint64_t sim_script_wait_ms(struct sim *sim, uint32_t low, uint32_t high);

#endif
