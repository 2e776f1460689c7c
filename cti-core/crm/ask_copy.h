/*
 * ask_copy.h -- an ask that outlives its caller.
 */
#ifndef CTI_ASK_COPY_H
#define CTI_ASK_COPY_H

#include <cti/crm.h>

/* All that the ask points at, copied. NULL: no memory. */
struct cti_crm_ask *cti_ask_copy(const struct cti_crm_ask *ask);
void cti_ask_free(struct cti_crm_ask *ask);

#endif
