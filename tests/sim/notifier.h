/*
 * notifier.h -- serves SUBSCRIBE for Event: dialog (RFC 6665, RFC 4235) and sends
 * the NOTIFYs, one at a time for each subscription, in order.
 */
#ifndef SIM_NOTIFIER_H
#define SIM_NOTIFIER_H

#include "call.h"

int sim_notifier_alloc(struct sim *sim);

/* True if the request was a SUBSCRIBE and is taken care of. */
bool sim_notifier_request(struct sim *sim, const struct sip_msg *msg);

/* Every subscription is gone, and nobody is told. */
void sim_notifier_forget(struct sim *sim);

/* The leg changed: tell who watches its line. */
void sim_notify_leg(struct sim *sim, const struct sim_leg *leg);

#endif
