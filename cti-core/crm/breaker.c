/*
 * breaker.c -- see breaker.h.
 *
 * Failures are what says that the CRM is not there. A refusal, a record that is gone or
 * an answer that was not understood came from a CRM that is.
 */
#include "breaker.h"

enum { FAILURES_MAX = 5, S = 1000000, LIMITED_S = 5, RETRY_AFTER_MAX_S = 300 };

static const int64_t PAUSE_FIRST_US = 5 * (int64_t)S;
static const int64_t PAUSE_MAX_US = 300 * (int64_t)S;

void cti_breaker_init(struct cti_breaker *b)
{
	*b = (struct cti_breaker){ .pause_us = PAUSE_FIRST_US };
}

bool cti_breaker_paused(const struct cti_breaker *b, int64_t now_us)
{
	return b->until_us && (now_us < b->until_us || b->trying);
}

bool cti_breaker_admits(struct cti_breaker *b, int64_t now_us)
{
	if (cti_breaker_paused(b, now_us))
		return false;
	b->trying = b->until_us != 0;
	return true;
}

static bool is_failure(enum cti_crm_err err)
{
	return err == CTI_CRM_UNREACHABLE || err == CTI_CRM_TIMEOUT ||
	       err == CTI_CRM_FAULT;
}

static bool says_nothing(enum cti_crm_err err)
{
	return err == CTI_CRM_CANCELLED || err == CTI_CRM_UNSAFE ||
	       err == CTI_CRM_NO_MEMORY || err == CTI_CRM_BAD_REPLY;
}

static void pause_for(struct cti_breaker *b, int64_t pause_us, int64_t now_us)
{
	b->until_us = now_us + pause_us;
	b->failures = 0;
}

bool cti_breaker_result(struct cti_breaker *b, enum cti_crm_err err,
	uint32_t retry_after_s, int64_t now_us)
{
	const bool tried = b->trying;

	b->trying = false;
	if (err == CTI_CRM_LIMITED || (is_failure(err) && retry_after_s)) {
		const uint32_t s = !retry_after_s                      ? LIMITED_S
				   : retry_after_s > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S
								       : retry_after_s;

		pause_for(b, s * (int64_t)S, now_us);
		return true;
	}
	if (is_failure(err)) {
		if (++b->failures < FAILURES_MAX && !tried)
			return false;
		pause_for(b, b->pause_us, now_us);
		b->pause_us =
			b->pause_us * 2 < PAUSE_MAX_US ? b->pause_us * 2 : PAUSE_MAX_US;
		return true;
	}
	if (says_nothing(err))
		return false; /* the next one tries */
	cti_breaker_init(b);
	return false;
}
