/*
 * sub_fsm.c -- see sub_fsm.h.
 */
#include "sub_fsm.h"

#include <stddef.h>
#include <string.h>

enum scope { ANY, OUTSIDE, INSIDE }; /* of a dialog */

/* The first row that fits counts. */
static const struct {
	uint16_t from, to;
	enum scope scope;
	struct cti_sub_rule rule;
} statuses[] = {
	{ 300, 399, ANY,
		{ CTI_SUB_SLOW, 300,
			"the PBX names another server; redirects are not followed, since they "
			"would carry the password along: put that server into sip_servers" } },
	{ 401, 401, ANY,
		{ CTI_SUB_AUTH, 60,
			"user or password refused: check sip_user and sip_password" } },
	{ 407, 407, ANY,
		{ CTI_SUB_AUTH, 60,
			"user or password refused: check sip_user and sip_password" } },
	{ 403, 403, ANY,
		{ CTI_SUB_SLOW, 300,
			"this account may not watch the line: allow its subscriptions in the PBX" } },
	{ 404, 404, INSIDE,
		{ CTI_SUB_RENEW, 1, "the PBX has forgotten the subscription" } },
	{ 404, 404, OUTSIDE,
		{ CTI_SUB_SLOW, 60,
			"no such extension, or (Asterisk) no hint for it: exten => 201,hint,PJSIP/201" } },
	{ 405, 405, ANY, { CTI_SUB_SLOW, 300, "the PBX takes no subscriptions" } },
	{ 408, 408, ANY, { CTI_SUB_RETRY, 5, "the PBX had no answer in time" } },
	{ 423, 423, ANY,
		{ CTI_SUB_LONGER, 60,
			"the PBX wants longer subscriptions: raise sip_expires" } },
	{ 481, 481, ANY, { CTI_SUB_RENEW, 1, "the PBX has forgotten the subscription" } },
	{ 489, 489, ANY,
		{ CTI_SUB_SLOW, 300,
			"the PBX does not serve the event package dialog (RFC 4235): load it there, "
			"or use the PBX's own interface" } },
	{ 500, 500, INSIDE,
		{ CTI_SUB_RENEW, 1, "the PBX has forgotten the subscription" } },
	{ 500, 500, OUTSIDE, { CTI_SUB_RETRY, 5, "the PBX has an error of its own" } },
	{ 501, 501, ANY, { CTI_SUB_SLOW, 300, "the PBX takes no subscriptions" } },
	{ 503, 503, ANY, { CTI_SUB_AFTER, 10, "the PBX is overloaded" } },
	{ 603, 603, ANY,
		{ CTI_SUB_SLOW, 300,
			"declined: (Asterisk) set allow_subscribe=yes at our endpoint" } },
	{ 600, 699, ANY, { CTI_SUB_SLOW, 300, "declined" } },
	{ 500, 599, ANY, { CTI_SUB_AFTER, 10, "the PBX has an error of its own" } },
	{ 0, 0xffff, ANY, { CTI_SUB_RETRY, 30, "refused" } },
};

/* RFC 6665 section 4.1.3. */
static const struct {
	const char *reason;
	struct cti_sub_rule rule;
} reasons[] = {
	{ "deactivated", { CTI_SUB_RENEW, 1, "the PBX moved the subscription" } },
	{ "probation", { CTI_SUB_AFTER, 30, "the PBX asks us to wait" } },
	{ "rejected",
		{ CTI_SUB_SLOW, 300, "the PBX withdrew the right to watch this line" } },
	{ "timeout", { CTI_SUB_RENEW, 1, "the subscription ran out" } },
	{ "giveup", { CTI_SUB_AFTER, 30, "the PBX could not find out whether we may" } },
	/* FreeSWITCH says so of a subscription that ran out. */
	{ "noresource", { CTI_SUB_RETRY, 10, "the PBX no longer has this line" } },
	{ "invariant",
		{ CTI_SUB_SLOW, 300, "the PBX says that this line never changes" } },
	{ "", { CTI_SUB_RENEW, 1, "the PBX ended the subscription" } },
};

const struct cti_sub_rule *cti_sub_by_status(uint16_t code, bool in_dialog)
{
	const size_t last = sizeof(statuses) / sizeof(statuses[0]) - 1;
	size_t i;

	for (i = 0; i < last; i++) {
		if (code < statuses[i].from || code > statuses[i].to)
			continue;
		if (statuses[i].scope == ANY ||
			(statuses[i].scope == INSIDE) == in_dialog)
			break;
	}
	return &statuses[i].rule;
}

/* A reason that we do not know counts as none (section 4.1.3). */
const struct cti_sub_rule *cti_sub_by_reason(const char *reason)
{
	const size_t last = sizeof(reasons) / sizeof(reasons[0]) - 1;
	size_t i;

	for (i = 0; i < last; i++) {
		if (!strcmp(reasons[i].reason, reason))
			break;
	}
	return &reasons[i].rule;
}

/* +-10 % of ms. */
static uint64_t jitter(uint64_t ms, uint32_t random)
{
	return ms - ms / 10 + (uint64_t)random % (ms / 5 + 1);
}

uint64_t cti_sub_delay_ms(const struct cti_sub_rule *rule, unsigned fails,
	uint32_t retry_after_s, uint32_t random)
{
	uint64_t s = (uint64_t)rule->delay_s << (fails < 10 ? fails : 10);

	if (s > CTI_SUB_MAX_DELAY_S)
		s = CTI_SUB_MAX_DELAY_S;
	if (retry_after_s &&
		(rule->action == CTI_SUB_AFTER || rule->action == CTI_SUB_RENEW)) {
		s = retry_after_s < CTI_SUB_MAX_DELAY_S ? retry_after_s
							: CTI_SUB_MAX_DELAY_S;
		return s * 1000 + random % 1000; /* never sooner than asked */
	}
	return jitter(s * 1000, random);
}

uint64_t cti_sub_refresh_ms(uint32_t expires_s, uint32_t random)
{
	return jitter((uint64_t)expires_s * 800, random); /* 80 % of its life */
}
