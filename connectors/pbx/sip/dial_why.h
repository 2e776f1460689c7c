/*
 * dial_why.h -- what a refusal means for a call placed by INVITE and REFER.
 *
 * Pure. Thread: any.
 */
#ifndef CTI_DIAL_WHY_H
#define CTI_DIAL_WHY_H

#include <stdint.h>

/* Words of struct cti_progress, static. */
const char *cti_dial_why_agent(uint16_t sip);
const char *cti_dial_why_customer(uint16_t sip);
/* Of a BYE with Reason: Q.850 after the REFER; NULL: the call went through. */
const char *cti_dial_why_q850(uint16_t q850);

#endif
