/*
 * crm_metrics.h -- how CRMs and the outbox are, in Prometheus' text format, appended.
 */
#ifndef CTI_CRM_METRICS_H
#define CTI_CRM_METRICS_H

#include "crms.h"
#include "outbox.h"
#include "str.h"

void cti_crm_metrics(struct cti_buf *out, struct cti_crms *crms,
	const struct cti_crm_conf *confs, size_t n);
void cti_outbox_metrics(struct cti_buf *out, const struct cti_outbox_status *st);

#endif
