/*
 * digest.h -- asks whoever subscribes or dials for name and password (RFC 3261
 * section 22, RFC 2617 digest with MD5, as PBXs of today still do).
 */
#ifndef SIM_DIGEST_H
#define SIM_DIGEST_H

#include "sim.h"

/* True if the request is theirs; else it has been answered with 401. */
bool sim_digest_check(struct sim *sim, const struct sip_msg *msg);

#endif
