/*
 * dialoginfo.h -- writes application/dialog-info+xml (RFC 4235 section 4).
 */
#ifndef SIM_DIALOGINFO_H
#define SIM_DIALOGINFO_H

#include "call.h"

/* What a device-state notifier knows of a line. */
enum sim_device {
	SIM_DEVICE_IDLE,
	SIM_DEVICE_RINGING,
	SIM_DEVICE_IN_USE,
	SIM_DEVICE_HELD
};

enum sim_device sim_device_state(const struct sim_line *line);

/* changed: the one leg of a partial document; NULL: all there is (state="full"). */
int sim_dialog_info(struct mbuf *mb, const struct sim *sim, const struct sim_line *line,
	uint32_t version, const struct sim_leg *changed);

#endif
