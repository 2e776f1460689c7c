/*
 * template_priv.h -- between template.c and template_check.c.
 */
#ifndef CTI_CRM_TEMPLATE_PRIV_H
#define CTI_CRM_TEMPLATE_PRIV_H

#include "template.h"

struct cti_tmpl_teller {
	cti_tmpl_problem_h *h;
	void *arg;
	unsigned errors;
};

void cti_tmpl_tell(struct cti_tmpl_teller *to, unsigned line, bool warning,
	const char *remedy, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Links Next, looks for circles, dead scenarios, names that cannot be known. */
void cti_tmpl_check(struct cti_tmpl *t, struct cti_tmpl_teller *to);

/* Calls h for each text of a scenario that may hold expressions. */
void cti_tmpl_each_text(const struct cti_tmpl_scenario *s,
	void (*h)(const char *text, void *arg), void *arg);

#endif
