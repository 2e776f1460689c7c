/*
 * policy.h -- may this be dialled, and as what: pure, no state.
 */
#ifndef CTI_POLICY_H
#define CTI_POLICY_H

#include "command.h"
#include "json.h"

enum { CTI_DIAL_BYTES = 64 };

enum cti_verdict { CTI_VERDICT_GO, CTI_VERDICT_CONFIRM, CTI_VERDICT_REFUSE };

struct cti_ruling {
	enum cti_verdict verdict;
	const char *why; /* NULL for GO; a word of schema/ws/protocol.md */
	struct cti_number number;
	char dial[CTI_DIAL_BYTES]; /* what the PBX is given; set for GO and CONFIRM */
	const char *rule;          /* the plan's dial rule that made it, or NULL */
};

/* raw: anything a person pasted. */
void cti_policy_number(struct cti_ruling *r, const char *raw, enum cti_user_role role,
	const struct cti_number_plan *plan, const struct cti_command_policy *policy);

/*
 * The dial string of r->number: by the plan's dial rules, else "03..." with the
 * outside prefix for a national number, the international prefix for others. Sets
 * r->dial and r->rule. False: there is none that fits.
 */
bool cti_policy_dial_string(
	struct cti_ruling *r, const char *digits, const struct cti_number_plan *plan);

/*
 * What is made of raw, for an administrator who tests the tables: as an object its
 * class, E.164, rules that were applied, and for each role the verdict and what would
 * be dialled.
 */
void cti_policy_report(struct cti_jsonw *w, const char *raw,
	const struct cti_number_plan *plan, const struct cti_command_policy *policy);

#endif
