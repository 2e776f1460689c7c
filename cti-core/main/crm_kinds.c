/*
 * crm_kinds.c -- see crm_kinds.h.
 */
#include "crm_kinds.h"

#ifdef CTI_WITH_CRM_HTTP
#include "crm_http.h"
#endif

#include "uuid.h"

#include <cti/clock.h>

#include <stdio.h>
#include <string.h>

const struct cti_crm_ops *const cti_crm_kinds[] = {
#ifdef CTI_WITH_CRM_HTTP
	&cti_crm_http,
#endif
#ifdef CTI_WITH_CRM_ODOO
	&cti_crm_odoo,
#endif
#ifdef CTI_WITH_CRM_TRYTON
	&cti_crm_tryton,
#endif
	NULL,
};
const size_t cti_crm_nkinds = sizeof(cti_crm_kinds) / sizeof(cti_crm_kinds[0]) - 1;

const struct cti_crm_conf *cti_crm_find(const struct cti_config *config, const char *name)
{
	for (size_t i = 0; i < config->ncrms; i++) {
		if (strcmp(config->crms[i].name, name) == 0)
			return &config->crms[i];
	}
	return NULL;
}

#ifdef CTI_WITH_CRM_HTTP

struct teller {
	const struct cti_crm_conf *crm;
	bool warnings; /* are shown */
	unsigned errors;
};

static void on_problem(
	unsigned line, bool warning, const char *what, const char *remedy, void *arg)
{
	struct teller *t = arg;

	t->errors += !warning;
	if (warning && !t->warnings)
		return;
	if (line)
		(void)fprintf(stderr, "%s:%u: ", t->crm->template, line);
	else
		(void)fprintf(stderr, "[crm %s] %s: ", t->crm->name, t->crm->template);
	(void)fprintf(stderr, "%s%s; %s\n", warning ? "warning: " : "", what, remedy);
}

unsigned cti_crm_check(const struct cti_config *config, bool warnings)
{
	unsigned errors = 0;

	for (size_t i = 0; i < config->ncrms; i++) {
		struct teller t = { .crm = &config->crms[i], .warnings = warnings };

		if (strcmp(t.crm->kind, "http") == 0 && t.crm->template)
			cti_crm_http_check(t.crm, on_problem, &t);
		errors += t.errors;
	}
	return errors;
}

char *cti_crm_login_url(const struct cti_crm_conf *conf, const char *redirect_uri)
{
	struct cti_crm *crm = NULL;
	char why[CTI_CRM_WHY_BYTES], state[CTI_UUID_BYTES];
	char *url;

	if (strcmp(conf->kind, "http") != 0 || cti_crm_http.alloc(&crm, conf, why))
		return NULL;
	crm->ops = &cti_crm_http;
	cti_uuid_random(state, cti_now_us());
	url = cti_crm_http_authorize_url(crm, redirect_uri, state);
	cti_crm_http.free(crm);
	return url;
}

#else

char *cti_crm_login_url(const struct cti_crm_conf *conf, const char *redirect_uri)
{
	(void)conf;
	(void)redirect_uri;
	return NULL;
}

unsigned cti_crm_check(const struct cti_config *config, bool warnings)
{
	(void)config;
	(void)warnings;
	return 0;
}

#endif
