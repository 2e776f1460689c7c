/*
 * crm_kinds.h -- the CRM connectors that are built in.
 */
#ifndef CTI_CRM_KINDS_H
#define CTI_CRM_KINDS_H

#include "config.h"

#include <cti/crm.h>

extern const struct cti_crm_ops *const cti_crm_kinds[];
extern const size_t cti_crm_nkinds;

/* The section [crm NAME], borrowed; NULL: there is none. */
const struct cti_crm_conf *cti_crm_find(const struct cti_config *config, const char *name);

/* Every mistake of the templates that [crm NAME] sections name, one a line with file and
 * line, on stderr; warnings if asked for. Returns how many of them are no warnings. */
unsigned cti_crm_check(const struct cti_config *config, bool warnings);

/* Where the administrator's browser logs in to a CRM of kind http, malloc'ed; NULL: its
 * template has no log-in page, or a mistake. */
char *cti_crm_login_url(const struct cti_crm_conf *conf, const char *redirect_uri);

#endif
