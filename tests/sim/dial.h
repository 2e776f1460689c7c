/*
 * dial.h -- click-to-dial as a monitor does it over SIP: an INVITE to a line, which
 * rings the agent's phone, and then a REFER in that dialog to the number.
 */
#ifndef SIM_DIAL_H
#define SIM_DIAL_H

#include "sim.h"

int sim_dial_listen(struct sim *sim);

#endif
