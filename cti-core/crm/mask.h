/*
 * mask.h -- texts of requests and replies, fit to be shown to the administrator.
 */
#ifndef CTI_MASK_H
#define CTI_MASK_H

#include "str.h"

#include <cti/crm.h>

struct cti_mask {
	struct cti_buf *secrets; /* owned; one each, as sent in texts, URLs, JSON */
	size_t n;
};

/* All that the connector calls secret. 0 or ENOMEM. */
int cti_mask_init(struct cti_mask *m, const struct cti_crm *crm);
void cti_mask_reset(struct cti_mask *m);

/* Appends text with each secret as ****, and JSON members that are named like tokens. */
void cti_mask_text(const struct cti_mask *m, const char *text, struct cti_buf *out);
/* The value of a header: as text, and whole if its name says that it is a credential. */
void cti_mask_header(const struct cti_mask *m, const char *name, const char *value,
	struct cti_buf *out);

#endif
