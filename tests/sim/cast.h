/*
 * cast.h -- who calls: invented people and companies with numbers.
 */
#ifndef SIM_CAST_H
#define SIM_CAST_H

#include "call.h"

/* Somebody outside, by the dice; sometimes one who withholds the number. */
void sim_cast_caller(struct sim_party *party, struct sim *sim);

/* One of the numbers that this PBX is reached by. */
const char *sim_cast_did(struct sim *sim);

/* CSV of contacts: id,name,company,number,label. */
void sim_cast_print(void);

#endif
