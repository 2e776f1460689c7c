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

/* Asks crms, which outlive it. */
struct cti_asker cti_asker_of(struct cti_crms *crms);

/*
 * Asks and waits for the answer: for threads that may wait, never the CRMs' own. 0 and
 * *answerp (owned); what ask() returns; ENOMEM, EMFILE; ECANCELED: stop_fd (-1: none)
 * became readable, the answer is thrown away when it comes.
 */
int cti_asker_wait(const struct cti_asker *asker, const char *crm,
	const struct cti_crm_ask *ask, int stop_fd, struct cti_crm_answer **answerp);

#endif
