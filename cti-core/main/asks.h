/*
 * asks.h -- what browsers ask for, from the hub's thread to the core; and the ways
 * out of cti_commands.
 */
#ifndef CTI_ASKS_H
#define CTI_ASKS_H

#include "route.h"

/* For the hub; every handler copies and posts. */
struct cti_hub_core cti_asks_hub(struct cti_route *r);

/* A number has got another contact: calls that go on with it are looked up anew. Any
 * thread; arg: the route. */
void cti_asks_contacts_changed(const char *number, void *arg);

struct cti_command_ops cti_asks_command_ops(struct cti_route *r);
void cti_asks_policy(const struct cti_config *c, struct cti_command_policy *policy);

#endif
