/*
 * party.h -- who is at the other end, from what a PBX wrote about it: a line of
 * ours, another extension, an outside number, or somebody who is not to be named.
 */
#ifndef CTI_PARTY_H
#define CTI_PARTY_H

#include <cti/conf.h>
#include <cti/report.h>

#include "number.h"

enum cti_party_kind {
	CTI_WHO_NOBODY,  /* the PBX did not say */
	CTI_WHO_LINE,    /* number is a watched line */
	CTI_WHO_INSIDE,  /* an extension or code that is not watched */
	CTI_WHO_OUTSIDE, /* a public number, or any that is withheld */
	CTI_WHO_PICKUP,  /* the code that takes the call ringing at line number */
};

enum { CTI_WHO_NUMBER_BYTES = 64, CTI_WHO_NAME_BYTES = 128 };

struct cti_who {
	enum cti_party_kind kind;
	char number[CTI_WHO_NUMBER_BYTES]; /* "" when withheld or unknown */
	char name[CTI_WHO_NAME_BYTES];     /* "" when it says no more than the number */
	enum cti_presentation presentation;
};

/* Words that networks put in place of a name or a number. UNKNOWN: a real one. */
enum cti_presentation cti_presentation_of(
	const char *user, const char *host, const char *display);

void cti_number_plan_of(struct cti_number_plan *plan, const struct cti_pbx_conf *conf);

/* Without the watched lines: kind is never LINE; the caller looks that up. */
void cti_who_read(struct cti_who *who, const struct cti_dialog_party *p,
	const struct cti_pbx_conf *conf);

#endif
