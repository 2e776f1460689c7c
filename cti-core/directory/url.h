/*
 * url.h -- addresses that a browser is sent to. Pure; nothing here is trusted.
 */
#ifndef CTI_URL_H
#define CTI_URL_H

#include "str.h"

#include <stdbool.h>

/* http or https, a host, no spaces, quotes, controls or credentials. */
bool cti_url_ok(const char *url);

/* The same, and {words} only after the host. */
bool cti_url_template_ok(const char *url);

struct cti_url_value {
	const char *name;  /* "id" for {id} */
	const char *value; /* NULL: empty */
};

/* Appends the template with its {words} replaced, percent-encoded. False, and
 * nothing appended: not a good template, or a word that is not among the values. */
bool cti_url_expand(struct cti_buf *out, const char *url_template,
	const struct cti_url_value *values, size_t n);

#endif
