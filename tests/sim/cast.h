/*
 * cast.h -- who calls: invented people and companies with numbers.
 */
#ifndef SIM_CAST_H
#define SIM_CAST_H

#include "call.h"

/* Somebody outside, by the dice; sometimes one who withholds the number. */
void sim_cast_caller(struct sim_party *party, struct sim *sim);

/* The call is over: in a while they may call again. */
void sim_cast_release(const struct sim_party *party, const struct sim *sim);

/* One of the numbers that this PBX is reached by. */
const char *sim_cast_did(struct sim *sim);

/* CSV of contacts: id,name,company,number,label. */
void sim_cast_print(void);

#endif
