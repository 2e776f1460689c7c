/*
 * builtin.h -- what the engine itself knows: the call, the search, the caller's number.
 *
 * Names with Ringbridge:: are ours, for the templates we ship; to other engines they
 * are plain text.
 */
#ifndef CTI_CRM_BUILTIN_H
#define CTI_CRM_BUILTIN_H

#include "template.h"
#include "value.h"

#include <cti/crm.h>

struct cti_builtin {
	const struct cti_crm_ask *ask;
	const char *number;  /* shaped by <Number>; "" if there is none */
	const char *country; /* of numbers, "JP" */
	unsigned max_length; /* digits; 0: not set */
	size_t found;        /* records so far */
	unsigned page, page_size;
};

bool cti_builtin_known(const char *name);
/* Fills v (empty); leaves it unset where there is no value. False: not our name. */
bool cti_builtin_get(const struct cti_builtin *b, const char *name, struct cti_value *v);

/* The number of a call or ask as the template wants it; malloc'ed or NULL. digits: as
 * MaxLength says; 0: all. */
char *cti_number_shape(const char *number, enum cti_tmpl_prefix prefix, unsigned digits);

/* Rule Type="Number": digits alone; the shorter is the end of the longer and has at
 * least six, or they are equal. */
bool cti_number_fits(const char *a, const char *b);

/* Percent-encodes all but RFC 3986's unreserved. */
void cti_percent(struct cti_buf *out, const char *s, size_t len);

#endif
