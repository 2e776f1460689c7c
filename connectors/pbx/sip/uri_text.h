/*
 * uri_text.h -- user and host of a SIP or tel URI as PBXs write them into XML:
 * with or without scheme, angle brackets, display name, password, parameters.
 *
 * Thread: any.
 */
#ifndef CTI_URI_TEXT_H
#define CTI_URI_TEXT_H

#include <stddef.h>

struct cti_uri_part {
	const char *p; /* into the text that was split; NULL if absent */
	size_t len;
};

struct cti_uri_text {
	struct cti_uri_part user; /* still percent-escaped */
	struct cti_uri_part host; /* without port; an IPv6 address without brackets */
};

void cti_uri_text_split(struct cti_uri_text *u, const char *text, size_t len);

/* Undoes %HH. dst is terminated; what does not fit is cut. Returns the length. */
size_t cti_uri_text_unescape(char *dst, size_t size, const char *src, size_t len);

#endif
