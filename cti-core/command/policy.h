/*
 * policy.h -- may this be dialled, and as what: pure, no state.
 */
#ifndef CTI_POLICY_H
#define CTI_POLICY_H

#include "command.h"

enum { CTI_DIAL_BYTES = 64 };

enum cti_verdict { CTI_VERDICT_GO, CTI_VERDICT_CONFIRM, CTI_VERDICT_REFUSE };

struct cti_ruling {
	enum cti_verdict verdict;
	const char *why; /* NULL for GO; a word of schema/ws/protocol.md */
	struct cti_number number;
	char dial[CTI_DIAL_BYTES]; /* what the PBX is given; set for GO and CONFIRM */
};

/* raw: anything a person pasted. */
void cti_policy_number(struct cti_ruling *r, const char *raw, enum cti_user_role role,
	const struct cti_number_plan *plan, const struct cti_command_policy *policy);

/*
 * The dial string of a number that was classified: "03..." with the outside prefix
 * for a national number, the international prefix for others. False: there is none
 * that fits.
 */
bool cti_policy_dial_string(char dial[CTI_DIAL_BYTES], const char *digits,
	const struct cti_number *num, const struct cti_number_plan *plan);

#endif
