/*
 * breaker.h -- when a CRM is left alone. Pure; times are monotonic microseconds.
 */
#ifndef CTI_BREAKER_H
#define CTI_BREAKER_H

#include <cti/crm.h>

struct cti_breaker {
	unsigned failures; /* in a row */
	int64_t pause_us;  /* how long the next pause is */
	int64_t until_us;  /* 0: not paused */
	bool trying;       /* the pause is over, one ask finds out */
};

void cti_breaker_init(struct cti_breaker *b);
/* May an ask begin? True makes it the one that tries, when a pause is over. */
bool cti_breaker_admits(struct cti_breaker *b, int64_t now_us);
/* An ask that had made requests has ended. True: paused since just now. */
bool cti_breaker_result(struct cti_breaker *b, enum cti_crm_err err,
	uint32_t retry_after_s, int64_t now_us);
bool cti_breaker_paused(const struct cti_breaker *b, int64_t now_us);

#endif
