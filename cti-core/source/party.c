/*
 * party.c -- see party.h.
 */
#include "party.h"

#include <ctype.h>
#include <string.h>

#include "presentation.h"
#include "str.h"

/* The display text tells more than the user part, which is only "anonymous". */
enum cti_presentation cti_presentation_of(
	const char *user, const char *host, const char *display)
{
	enum cti_presentation pres = cti_presentation_of_name(display);

	if (pres == CTI_PRES_UNKNOWN)
		pres = cti_presentation_of_number(user);
	if (pres == CTI_PRES_UNKNOWN && host && cti_str_ieq(host, "anonymous.invalid"))
		pres = CTI_PRES_WITHHELD;
	return pres;
}

void cti_number_plan_of(struct cti_number_plan *plan, const struct cti_pbx_conf *conf)
{
	*plan = (struct cti_number_plan){
		.country = conf->country ? conf->country : "JP",
		.area_code = conf->area_code,
		.outside_prefix = conf->outside_prefix,
		.lost_zero = conf->lost_zero,
		.extension_digits_max = conf->extension_digits_max,
		.caller_rules = (const char *const *)conf->caller_rules.v,
		.ncaller_rules = conf->caller_rules.n,
		.dial_rules = (const char *const *)conf->dial_rules.v,
		.ndial_rules = conf->dial_rules.n,
	};
}

/* An extension or a code: short, or with a character that no public number has. */
static bool is_inside(const char *number, const struct cti_pbx_conf *conf)
{
	const size_t max = conf->extension_digits_max ? conf->extension_digits_max : 5;
	size_t digits = 0;

	for (const char *s = number; *s; s++) {
		if (isdigit((unsigned char)*s))
			digits++;
		else if (!strchr("+-.() ", *s))
			return true;
	}
	return *number != '+' && digits <= max;
}

void cti_who_read(struct cti_who *who, const struct cti_dialog_party *p,
	const struct cti_pbx_conf *conf)
{
	const char *user = p->user ? p->user : "";
	const char *display = p->display ? p->display : "";

	*who = (struct cti_who){ .presentation = CTI_PRES_UNKNOWN };
	if (!*user && !*display && !p->host)
		return;
	who->presentation = cti_presentation_of(user, p->host, display);
	if (who->presentation != CTI_PRES_UNKNOWN) {
		who->kind = CTI_WHO_OUTSIDE;
		if (conf->show_withheld &&
			cti_presentation_of_number(user) == CTI_PRES_UNKNOWN)
			(void)cti_str_clean(
				who->number, sizeof(who->number), user, strlen(user));
		return;
	}
	if (!*user)
		return;
	(void)cti_str_clean(who->number, sizeof(who->number), user, strlen(user));
	if (strcmp(display, user) && strcmp(display, p->uri ? p->uri : ""))
		(void)cti_str_clean(
			who->name, sizeof(who->name), display, strlen(display));
	who->presentation = CTI_PRES_ALLOWED;
	/* FreeSWITCH 1.11 and FreePBX: "**201" takes the call that rings at 201. */
	if (!strncmp(who->number, "**", 2) && who->number[2]) {
		memmove(who->number, who->number + 2, strlen(who->number + 2) + 1);
		who->kind = CTI_WHO_PICKUP;
		return;
	}
	who->kind = is_inside(who->number, conf) ? CTI_WHO_INSIDE : CTI_WHO_OUTSIDE;
}
