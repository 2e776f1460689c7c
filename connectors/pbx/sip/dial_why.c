/*
 * dial_why.c -- see dial_why.h.
 */
#include "dial_why.h"

#include <stddef.h>

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
