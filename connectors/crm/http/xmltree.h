/*
 * xmltree.h -- a whole XML document as a tree with lines: templates, XML replies.
 *
 * Bounded, without DOCTYPE. Thread: any; a tree belongs to one thread.
 */
#ifndef CTI_XMLTREE_H
#define CTI_XMLTREE_H

#include <stddef.h>

struct cti_xml_attr {
	char *name, *value;
};

struct cti_xml_elem {
	char *name; /* without namespace prefix */
	unsigned line;
	struct cti_xml_attr *attrs;
	size_t nattrs;
	char *text;       /* all of its own character data, joined; never NULL */
	char *first_text; /* the part before the first child; never NULL */
	struct cti_xml_elem *parent, *child, *last, *next;
};

enum { CTI_XMLTREE_WHY_BYTES = 160 };

/*
 * 0 and *rootp (owned); EBADMSG and why with its line; ENOMEM. A document is refused
 * for a DOCTYPE, for more than 64 levels or 200,000 elements.
 */
int cti_xmltree_parse(struct cti_xml_elem **rootp, const char *text, size_t len,
	unsigned *linep, char why[CTI_XMLTREE_WHY_BYTES]);
void cti_xmltree_free(struct cti_xml_elem *root);

/* NULL if absent. */
const char *cti_xmltree_attr(const struct cti_xml_elem *e, const char *name);
const struct cti_xml_elem *cti_xmltree_child(
	const struct cti_xml_elem *e, const char *name);
/* The next sibling of the same name. */
const struct cti_xml_elem *cti_xmltree_again(const struct cti_xml_elem *e);

#endif
