/*
 * asker.h -- how the directory and the outbox ask CRMs: cti_crms in the daemon, a
 * script in tests. The contract is that of cti_crms_ask() and cti_crms_caps().
 */
#ifndef CTI_ASKER_H
#define CTI_ASKER_H

#include "crms.h"

struct cti_asker {
	int (*ask)(const char *crm, const struct cti_crm_ask *ask, cti_crms_done_h *h,
		void *harg, void *arg);
	unsigned (*caps)(const char *crm, void *arg);
	void *arg;
};

#endif
