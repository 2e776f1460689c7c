/*
 * xmltree.c -- see xmltree.h. The only file here that names expat.
 */
#include "xmltree.h"

#include "str.h"

#include <errno.h>
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64, ELEMS_MAX = 200000 };

struct parse {
	XML_Parser xml;
	struct cti_xml_elem *root, *open;
	struct cti_buf text[DEPTH_MAX]; /* of the open elements */
	unsigned depth;
	size_t elems;
	int err; /* the first; the parser has been stopped */
	const char *why;
};

static void fail(struct parse *ps, int err, const char *why)
{
	if (ps->err)
		return;
	ps->err = err;
	ps->why = why;
	(void)XML_StopParser(ps->xml, XML_FALSE);
}

static const char *local_name(const char *name)
{
	const char *colon = strchr(name, ':');

	return colon ? colon + 1 : name;
}

static int add_attrs(struct cti_xml_elem *e, const XML_Char **atts)
{
	size_t n = 0;

	while (atts[2 * n])
		n++;
	e->attrs = calloc(n ? n : 1, sizeof(*e->attrs));
	if (!e->attrs)
		return ENOMEM;
	for (size_t i = 0; i < n; i++) {
		e->attrs[i] = (struct cti_xml_attr){ cti_str_dup(atts[2 * i]),
			cti_str_dup(atts[2 * i + 1]) };
		e->nattrs = i + 1;
		if (!e->attrs[i].name || !e->attrs[i].value)
			return ENOMEM;
	}
	return 0;
}

static void link_elem(struct parse *ps, struct cti_xml_elem *e)
{
	e->parent = ps->open;
	if (!ps->open)
		ps->root = e;
	else if (ps->open->last)
		ps->open->last->next = e;
	else
		ps->open->child = e;
	if (ps->open)
		ps->open->last = e;
	ps->open = e;
}

static char *copy_text(const struct cti_buf *text)
{
	return cti_str_dup(text->len ? text->data : "");
}

/* expat 2.9 (Debian 13) deprecates the call that 2.5 (Debian 12) has. */
static unsigned line_of(XML_Parser xml)
{
#if XML_MAJOR_VERSION > 2 || (XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION >= 9)
	return (unsigned)XML_GetCurrentLineNumber64(xml);
#else
	return (unsigned)XML_GetCurrentLineNumber(xml);
#endif
}

static void XMLCALL start_h(void *arg, const XML_Char *name, const XML_Char **atts)
{
	struct parse *ps = arg;
	struct cti_xml_elem *e;

	if (ps->err)
		return;
	if (ps->depth == DEPTH_MAX || ++ps->elems > ELEMS_MAX) {
		fail(ps, EBADMSG, "the document is too deep or too long");
		return;
	}
	if (ps->open && !ps->open->first_text)
		ps->open->first_text = copy_text(&ps->text[ps->depth - 1]);
	e = calloc(1, sizeof(*e));
	if (!e || (ps->open && !ps->open->first_text)) {
		free(e);
		fail(ps, ENOMEM, "out of memory");
		return;
	}
	link_elem(ps, e);
	e->line = line_of(ps->xml);
	e->name = cti_str_dup(local_name(name));
	cti_buf_clear(&ps->text[ps->depth++]);
	if (!e->name || add_attrs(e, atts))
		fail(ps, ENOMEM, "out of memory");
}

static void XMLCALL end_h(void *arg, const XML_Char *name)
{
	struct parse *ps = arg;
	struct cti_xml_elem *e = ps->open;
	struct cti_buf *text;

	(void)name; /* expat has checked that it matches */
	if (ps->err)
		return;
	text = &ps->text[--ps->depth];
	e->text = copy_text(text);
	if (!e->first_text)
		e->first_text = copy_text(text);
	if (!e->text || !e->first_text || text->err)
		fail(ps, ENOMEM, "out of memory");
	ps->open = e->parent;
}

static void XMLCALL text_h(void *arg, const XML_Char *s, int len)
{
	struct parse *ps = arg;

	if (!ps->err && ps->depth)
		cti_buf_add(&ps->text[ps->depth - 1], s, (size_t)len);
}

/* Entities begin with a DOCTYPE: refused before anything is expanded or fetched. */
static void XMLCALL doctype_h(void *arg, const XML_Char *name, const XML_Char *sysid,
	const XML_Char *pubid, int has_internal)
{
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)has_internal;
	fail(arg, EBADMSG, "a DOCTYPE is not permitted");
}

static int run(struct parse *ps, const char *text, size_t len)
{
	XML_SetUserData(ps->xml, ps);
	XML_SetElementHandler(ps->xml, start_h, end_h);
	XML_SetCharacterDataHandler(ps->xml, text_h);
	XML_SetStartDoctypeDeclHandler(ps->xml, doctype_h);
	if (len > INT32_MAX)
		return EBADMSG;
	if (XML_Parse(ps->xml, text, (int)len, XML_TRUE) == XML_STATUS_OK)
		return ps->err;
	if (ps->err)
		return ps->err;
	ps->why = XML_ErrorString(XML_GetErrorCode(ps->xml));
	return EBADMSG;
}

int cti_xmltree_parse(struct cti_xml_elem **rootp, const char *text, size_t len,
	unsigned *linep, char why[CTI_XMLTREE_WHY_BYTES])
{
	struct parse ps = { .xml = XML_ParserCreate(NULL) };
	int err;

	*linep = 0;
	(void)cti_str_copy(why, CTI_XMLTREE_WHY_BYTES, "out of memory");
	if (!ps.xml)
		return ENOMEM;
	err = run(&ps, text, len);
	if (err) {
		*linep = line_of(ps.xml);
		(void)cti_str_copy(why, CTI_XMLTREE_WHY_BYTES, ps.why ? ps.why : "?");
		cti_xmltree_free(ps.root);
	} else {
		*rootp = ps.root;
	}
	for (unsigned i = 0; i < DEPTH_MAX; i++)
		cti_buf_reset(&ps.text[i]);
	XML_ParserFree(ps.xml);
	return err;
}

void cti_xmltree_free(struct cti_xml_elem *e)
{
	/* Without recursion: down to a leaf, up by its parent. */
	while (e) {
		struct cti_xml_elem *next = e->child;

		if (next) {
			e->child = next->next;
			e = next;
			continue;
		}
		next = e->parent;
		for (size_t i = 0; i < e->nattrs; i++) {
			free(e->attrs[i].name);
			free(e->attrs[i].value);
		}
		free(e->attrs);
		free(e->name);
		free(e->text);
		free(e->first_text);
		free(e);
		e = next;
	}
}

const char *cti_xmltree_attr(const struct cti_xml_elem *e, const char *name)
{
	for (size_t i = 0; i < e->nattrs; i++) {
		if (strcmp(e->attrs[i].name, name) == 0)
			return e->attrs[i].value;
	}
	return NULL;
}

static const struct cti_xml_elem *named(const struct cti_xml_elem *e, const char *name)
{
	while (e && strcmp(e->name, name) != 0)
		e = e->next;
	return e;
}

const struct cti_xml_elem *cti_xmltree_child(
	const struct cti_xml_elem *e, const char *name)
{
	return e ? named(e->child, name) : NULL;
}

const struct cti_xml_elem *cti_xmltree_again(const struct cti_xml_elem *e)
{
	return named(e->next, e->name);
}
