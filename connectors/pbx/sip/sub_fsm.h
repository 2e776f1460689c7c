/*
 * sub_fsm.h -- what to do when a subscription is refused or ends: RFC 6665
 * section 4.1.2 and 4.1.3, and what real PBXs mean by their codes.
 *
 * Pure. Thread: any.
 */
#ifndef CTI_SUB_FSM_H
#define CTI_SUB_FSM_H

#include <stdbool.h>
#include <stdint.h>

enum cti_sub_action {
	CTI_SUB_RENEW,  /* a new subscription, new Call-ID, soon */
	CTI_SUB_RETRY,  /* the same again later, longer each time */
	CTI_SUB_AFTER,  /* when Retry-After says; else like RETRY */
	CTI_SUB_SLOW,   /* somebody must act: ask again now and then */
	CTI_SUB_AUTH,   /* answer the challenge */
	CTI_SUB_LONGER, /* Min-Expires */
};

struct cti_sub_rule {
	enum cti_sub_action action;
	uint32_t delay_s;   /* the first one */
	const char *remedy; /* for people */
};

enum { CTI_SUB_MAX_DELAY_S = 900 };

/* By the final status, 300 to 699, of a SUBSCRIBE. Never NULL. */
const struct cti_sub_rule *cti_sub_by_status(uint16_t code, bool in_dialog);

/* By the reason of Subscription-State: terminated; "" for none. Never NULL. */
const struct cti_sub_rule *cti_sub_by_reason(const char *reason);

/* Milliseconds until the next try: the rule's delay, doubled with each failure in a
 * row, at most CTI_SUB_MAX_DELAY_S; retry_after_s (0: none) counts for AFTER and RENEW.
 * random: any number, for +-10 %. */
uint64_t cti_sub_delay_ms(const struct cti_sub_rule *rule, unsigned fails,
	uint32_t retry_after_s, uint32_t random);

/* Milliseconds until the refresh of a subscription that lasts expires_s. */
uint64_t cti_sub_refresh_ms(uint32_t expires_s, uint32_t random);

#endif
