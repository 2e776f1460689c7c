/*
 * crm_http.h -- what the command line needs of this connector beside cti/crm.h.
 */
#ifndef CTI_CRM_HTTP_H
#define CTI_CRM_HTTP_H

#include <cti/conf.h>
#include <cti/crm.h>

/* Where the administrator's browser goes for an OAuth log-in; malloc'ed. NULL: the
 * template has no parameter of type OAuth. */
char *cti_crm_http_authorize_url(
	struct cti_crm *crm, const char *redirect_uri, const char *state);

/* Every mistake of a section with its template. line 0: the section itself. */
void cti_crm_http_check(const struct cti_crm_conf *conf,
	void (*h)(unsigned line, bool warning, const char *what, const char *remedy,
		void *arg),
	void *arg);

#endif
