/*
 * xml.h -- XML from a telephone network: bounded, without DOCTYPE, by a table of
 * paths. What is not in the table, and everything below it, is skipped.
 *
 * Thread: any.
 */
#ifndef CTI_XML_H
#define CTI_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CTI_XML_MAX_DEPTH = 32,
	CTI_XML_MAX_TEXT_BYTES = 512, /* of one element; what is longer is cut */
};

enum {
	CTI_XML_NONE,
	CTI_XML_OTHER,
	CTI_XML_FIRST
}; /* own elements count on from FIRST */

/* Which element counts, and below which; the root's parent is CTI_XML_NONE. */
struct cti_xml_path {
	int parent;
	const char *name; /* without namespace */
	int elem;
};

struct cti_xml_format {
	const char *ns; /* the namespace of all elements, which may also be left out */
	const struct cti_xml_path *paths;
	size_t npaths;
	/* Both return 0 or an errno that stops the parser. atts: name, value, ..., NULL.
	 * text is trimmed, UTF-8, not terminated. */
	int (*begin)(int elem, const char **atts, void *arg);
	int (*end)(int elem, const char *text, size_t len, void *arg);
};

/* 0; EBADMSG: ill-formed, another root, a DOCTYPE, too deep; ENOMEM; begin's or
 * end's errno. */
int cti_xml_parse(
	const struct cti_xml_format *format, const char *body, size_t len, void *arg);

/* NULL if absent or empty: an empty attribute says as little as none. */
const char *cti_xml_attr(const char **atts, const char *name);

/* Without white space at both ends. */
const char *cti_xml_trim(const char *s, size_t *lenp);

/* Decimal digits alone; more than max counts as max. False if it is no number. */
bool cti_xml_number(uint32_t *vp, const char *s, uint32_t max);

#endif
