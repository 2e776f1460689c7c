/*
 * cti/cause.h -- why a call ended, in words: the one table of SIP codes (RFC
 * 3261 section 21, 607 of RFC 8197, 608 of RFC 8688 ...) and Q.850 causes, in
 * English and Japanese. The web page shows the same table.
 */
#ifndef CTI_CAUSE_H
#define CTI_CAUSE_H

#include <cti/call.h>

struct cti_cause_text {
	uint16_t code;
	const char *en;
	const char *ja;
	enum cti_outcome outcome; /* what it means for an unanswered call */
	enum cti_result result;   /* what it means for the line that sent it */
};

/* NULL if the code is not in the table. Borrowed, static. */
const struct cti_cause_text *cti_cause_sip(uint16_t code);
const struct cti_cause_text *cti_cause_q850(uint16_t code);
/* By the better of the two; never NULL ("unknown cause"). */
const struct cti_cause_text *cti_cause_text(const struct cti_cause *cause);
/* SIP code for a Q.850 cause and back (RFC 3398); 0 if none. */
uint16_t cti_cause_q850_to_sip(uint16_t q850);

#endif
