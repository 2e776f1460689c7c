/*
 * dial_why.h -- what a refusal means for a call placed by INVITE and REFER.
 *
 * Pure. Thread: any.
 */
#ifndef CTI_DIAL_WHY_H
#define CTI_DIAL_WHY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Words of struct cti_progress, static. */
const char *cti_dial_why_agent(uint16_t sip);
const char *cti_dial_why_customer(uint16_t sip);
/* Of a BYE with Reason: Q.850 after the REFER; NULL: the call went through. */
const char *cti_dial_why_q850(uint16_t q850);

/* The Q.850 cause in the value of a Reason header (RFC 3326); 0: none. */
uint16_t cti_dial_reason_q850(const char *value, size_t len);

/* Does this answer to a REFER, or this report on it, mean "not yet"? */
bool cti_dial_refer_again(uint16_t sip);

#endif
