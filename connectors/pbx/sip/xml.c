/*
 * xml.c -- see xml.h. The only file that names expat.
 *
 * A stack of known elements stands for the path. Entities begin with a DOCTYPE:
 * it is refused before anything is expanded or fetched.
 */
#include "xml.h"

#include <errno.h>
#include <expat.h>
#include <string.h>

#define NS_SEPARATOR '\x1f' /* no XML name can hold it */

struct parse {
	XML_Parser xml;
	const struct cti_xml_format *format;
	void *arg;
	int stack[CTI_XML_MAX_DEPTH];
	unsigned depth;
	char text[CTI_XML_MAX_TEXT_BYTES]; /* of the element that is open */
	size_t text_len;
	int err; /* the first one; the parser has been stopped */
};

static void fail(struct parse *ps, int err)
{
	if (ps->err || !err)
		return;
	ps->err = err;
	(void)XML_StopParser(ps->xml, XML_FALSE);
}

static const char *local_name(const char *name, const char *ns)
{
	const char *sep = strchr(name, NS_SEPARATOR);
	size_t len = strlen(ns);

	if (!sep)
		return name;
	return (size_t)(sep - name) == len && !strncmp(name, ns, len) ? sep + 1 : "";
}

static int elem_find(const struct cti_xml_format *f, int parent, const char *name)
{
	const char *local = local_name(name, f->ns);

	for (size_t i = 0; i < f->npaths; i++) {
		if (f->paths[i].parent == parent && !strcmp(f->paths[i].name, local))
			return f->paths[i].elem;
	}
	return CTI_XML_OTHER;
}

static void XMLCALL start_h(void *arg, const XML_Char *name, const XML_Char **atts)
{
	struct parse *ps = arg;
	int parent = ps->depth ? ps->stack[ps->depth - 1] : CTI_XML_NONE;
	int elem = elem_find(ps->format, parent, name);

	if (ps->err)
		return;
	if (ps->depth == CTI_XML_MAX_DEPTH || (!ps->depth && elem == CTI_XML_OTHER)) {
		fail(ps, EBADMSG);
		return;
	}
	ps->stack[ps->depth++] = elem;
	ps->text_len = 0;
	fail(ps, ps->format->begin(elem, atts, ps->arg));
}

static void XMLCALL end_h(void *arg, const XML_Char *name)
{
	struct parse *ps = arg;
	size_t len = ps->text_len;
	const char *text;

	(void)name; /* expat has checked that it matches */
	if (ps->err)
		return;
	text = cti_xml_trim(ps->text, &len);
	fail(ps, ps->format->end(ps->stack[--ps->depth], text, len, ps->arg));
	ps->text_len = 0;
}

static void XMLCALL text_h(void *arg, const XML_Char *s, int len)
{
	struct parse *ps = arg;
	size_t room = sizeof(ps->text) - ps->text_len;
	size_t n = (size_t)len < room ? (size_t)len : room;

	memcpy(ps->text + ps->text_len, s, n);
	ps->text_len += n;
}

static void XMLCALL doctype_h(void *arg, const XML_Char *name, const XML_Char *sysid,
	const XML_Char *pubid, int has_internal)
{
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)has_internal;
	fail(arg, EBADMSG);
}

int cti_xml_parse(
	const struct cti_xml_format *format, const char *body, size_t len, void *arg)
{
	struct parse ps = { .format = format, .arg = arg };
	int err = 0;

	if (len > INT32_MAX)
		return EBADMSG;
	ps.xml = XML_ParserCreateNS(NULL, NS_SEPARATOR);
	if (!ps.xml)
		return ENOMEM;
	XML_SetUserData(ps.xml, &ps);
	XML_SetElementHandler(ps.xml, start_h, end_h);
	XML_SetCharacterDataHandler(ps.xml, text_h);
	XML_SetStartDoctypeDeclHandler(ps.xml, doctype_h);
	/* Notifiers put line ends before the declaration, which XML forbids. */
	body = cti_xml_trim(body, &len);
	if (XML_Parse(ps.xml, body, (int)len, XML_TRUE) != XML_STATUS_OK)
		err = XML_GetErrorCode(ps.xml) == XML_ERROR_NO_MEMORY ? ENOMEM : EBADMSG;
	if (ps.err)
		err = ps.err;
	XML_ParserFree(ps.xml);
	return err;
}

const char *cti_xml_attr(const char **atts, const char *name)
{
	for (size_t i = 0; atts[i]; i += 2) {
		if (!strcmp(atts[i], name))
			return *atts[i + 1] ? atts[i + 1] : NULL;
	}
	return NULL;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

const char *cti_xml_trim(const char *s, size_t *lenp)
{
	while (*lenp && is_space(s[*lenp - 1]))
		(*lenp)--;
	while (*lenp && is_space(*s)) {
		s++;
		(*lenp)--;
	}
	return s;
}

bool cti_xml_number(uint32_t *vp, const char *s, uint32_t max)
{
	uint64_t v = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		v = v * 10 + (uint64_t)(*s - '0');
		if (v > max)
			v = max;
	}
	*vp = (uint32_t)v;
	return true;
}
