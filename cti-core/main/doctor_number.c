/*
 * doctor_number.c -- ringbridge doctor number: what is made of a number, and what
 * would be dialled.
 */
#include "asks.h"
#include "doctor.h"
#include "party.h"
#include "policy.h"

#include <stdio.h>
#include <string.h>

static const struct cti_pbx_conf *find_pbx(const struct cti_config *c, const char *name)
{
	for (size_t i = 0; i < c->npbxs; i++) {
		if (!name || strcmp(c->pbxs[i].name, name) == 0)
			return &c->pbxs[i];
	}
	return NULL;
}

static void print_number(const char *pbx, const struct cti_number *num)
{
	(void)printf("read as       %s number of pbx %s\n",
		cti_number_class_name(num->cls), pbx);
	(void)printf("E.164         %s\n", *num->e164 ? num->e164 : "none");
	(void)printf("shown as      %s\n", num->display);
	if (*num->extension)
		(void)printf("extension     %s\n", num->extension);
	if (num->withhold || num->present)
		(void)printf("caller id     %s\n",
			num->withhold ? "withheld (184)" : "presented (186)");
	if (num->rule)
		(void)printf("caller rule   %s\n", num->rule);
}

static void print_ruling(const char *role, const struct cti_ruling *r)
{
	(void)printf("%-12s  ", role);
	if (r->verdict == CTI_VERDICT_REFUSE)
		(void)printf("refused: %s\n", r->why);
	else
		(void)printf("dials %s%s%s%s\n", r->dial,
			r->rule ? "  by dial rule " : "", r->rule ? r->rule : "",
			r->verdict == CTI_VERDICT_CONFIRM ? "  after a question" : "");
}

int cti_doctor_number(const struct cti_config *config, const char *raw, const char *pbx)
{
	static const char *const roles[] = { "agent", "supervisor", "admin" };
	const struct cti_pbx_conf *conf = find_pbx(config, pbx);
	struct cti_number_plan plan;
	struct cti_command_policy policy;
	struct cti_number num;

	if (!conf) {
		(void)fprintf(stderr, "there is no [pbx %s] in the configuration\n",
			pbx ? pbx : "NAME");
		return 1;
	}
	cti_number_plan_of(&plan, conf);
	cti_asks_policy(config, &policy);
	cti_number_parse(&num, raw, &plan);
	print_number(conf->name, &num);
	for (int role = CTI_USER_AGENT; role <= CTI_USER_ADMIN; role++) {
		struct cti_ruling r;

		cti_policy_number(&r, raw, (enum cti_user_role)role, &plan, &policy);
		print_ruling(roles[role], &r);
	}
	return 0;
}
