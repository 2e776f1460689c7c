/*
 * dial_why.c -- see dial_why.h.
 */
#include "dial_why.h"

#include <string.h>
#include <strings.h>

static const struct {
	uint16_t sip;
	const char *agent, *customer;
} rows[] = {
	{ 403, "refused", "refused" },
	{ 404, "agent-unreachable", "not-found" },
	{ 408, "agent-no-answer", "customer-no-answer" },
	{ 410, "agent-unreachable", "not-found" },
	{ 480, "agent-unreachable", "customer-no-answer" },
	{ 484, "refused", "not-found" },
	{ 486, "agent-busy", "customer-busy" },
	{ 487, "agent-no-answer", "customer-no-answer" },
	{ 501, "not-supported", "not-supported" },
	{ 503, "congestion", "congestion" },
	{ 504, "timeout", "timeout" },
	{ 600, "agent-busy", "customer-busy" },
	{ 603, "agent-declined", "customer-declined" },
	{ 604, "agent-unreachable", "not-found" },
	{ 607, "agent-declined", "customer-declined" },
};

static const struct {
	uint16_t q850;
	const char *why;
} causes[] = {
	{ 0, NULL },
	{ 1, "not-found" },
	{ 16, NULL },
	{ 17, "customer-busy" },
	{ 18, "customer-no-answer" },
	{ 19, "customer-no-answer" },
	{ 21, "customer-declined" },
	{ 28, "not-found" },
	{ 31, NULL },
	{ 34, "congestion" },
	{ 42, "congestion" },
};

const char *cti_dial_why_agent(uint16_t sip)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].sip == sip)
			return rows[i].agent;
	}
	return "refused";
}

const char *cti_dial_why_customer(uint16_t sip)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].sip == sip)
			return rows[i].customer;
	}
	return "refused";
}

const char *cti_dial_why_q850(uint16_t q850)
{
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if (causes[i].q850 == q850)
			return causes[i].why;
	}
	return "refused";
}

/* ---- Reason (RFC 3326) --------------------------------------------------------- */

/* How far to the next stop that is not within quotes; len: none is. */
static size_t upto(const char *s, size_t len, char stop)
{
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		if (quoted && s[i] == '\\')
			i++;
		else if (s[i] == '"')
			quoted = !quoted;
		else if (s[i] == stop && !quoted)
			return i;
	}
	return len;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void trim(const char **sp, size_t *lenp)
{
	while (*lenp && is_space(**sp)) {
		(*sp)++;
		(*lenp)--;
	}
	while (*lenp && is_space((*sp)[*lenp - 1]))
		(*lenp)--;
}

static bool is_word(const char *s, size_t len, const char *word)
{
	trim(&s, &len);
	return len == strlen(word) && !strncasecmp(s, word, len);
}

/* "cause = 21"; 0: it is another parameter, or no number of a cause. */
static uint16_t cause_of(const char *s, size_t len)
{
	const size_t eq = upto(s, len, '=');
	const char *digits = s + eq;
	size_t n = len - eq;
	unsigned cause = 0;

	if (!n || !is_word(s, eq, "cause"))
		return 0;
	digits++;
	n--;
	trim(&digits, &n);
	for (size_t i = 0; i < n; i++) {
		if (digits[i] < '0' || digits[i] > '9' || cause > 127)
			return 0;
		cause = cause * 10 + (unsigned)(digits[i] - '0');
	}
	return cause > 127 ? 0 : (uint16_t)cause;
}

static uint16_t q850_of(const char *s, size_t len)
{
	size_t n = upto(s, len, ';');

	if (!is_word(s, n, "Q.850"))
		return 0;
	while (n < len) {
		uint16_t cause;

		s += n + 1;
		len -= n + 1;
		n = upto(s, len, ';');
		cause = cause_of(s, n);
		if (cause)
			return cause;
	}
	return 0;
}

uint16_t cti_dial_reason_q850(const char *value, size_t len)
{
	while (len) {
		const size_t n = upto(value, len, ',');
		const uint16_t cause = q850_of(value, n);

		if (cause || n == len)
			return cause;
		value += n + 1;
		len -= n + 1;
	}
	return 0;
}

/* Asterisk (16, 22) answers our INVITE first and joins the two channels a moment later;
 * in between it accepts a REFER and reports 400. 491 is RFC 3261 section 14.1. */
bool cti_dial_refer_again(uint16_t sip)
{
	return sip == 400 || sip == 491;
}
