/*
 * dav.c -- see dav.h.
 */
#include "dav.h"

#include <errno.h>
#include <expat.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CARDDAV "urn:ietf:params:xml:ns:carddav"

struct cti_dav {
	XML_Parser xml;
	struct cti_vcard cards;
	bool seen_root, in_card;
	int err; /* the first; the parser has been stopped */
	char why[80];
};

static void fail(struct cti_dav *d, int err, const char *why)
{
	if (d->err)
		return;
	d->err = err;
	(void)snprintf(d->why, sizeof(d->why), "%s", why);
	(void)XML_StopParser(d->xml, XML_FALSE);
}

static void XMLCALL start_h(void *arg, const XML_Char *name, const XML_Char **atts)
{
	struct cti_dav *d = arg;

	(void)atts;
	if (!d->seen_root && strcmp(name, "DAV:|multistatus") != 0)
		fail(d, EBADMSG, "this is no answer of an address book");
	d->seen_root = true;
	d->in_card = strcmp(name, CARDDAV "|address-data") == 0;
}

static void put(struct cti_dav *d, const char *text, size_t len)
{
	const int err = d->err ? 0 : cti_vcard_feed(&d->cards, text, len);

	if (err)
		fail(d, err, "");
}

static void XMLCALL end_h(void *arg, const XML_Char *name)
{
	struct cti_dav *d = arg;

	(void)name;
	if (d->in_card)
		put(d, "\r\n", 2); /* some leave it out after END:VCARD */
	d->in_card = false;
}

static void XMLCALL text_h(void *arg, const XML_Char *s, int len)
{
	struct cti_dav *d = arg;

	if (d->in_card)
		put(d, s, (size_t)len);
}

static void XMLCALL doctype_h(void *arg, const XML_Char *name, const XML_Char *sysid,
	const XML_Char *pubid, int has_internal)
{
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)has_internal;
	fail(arg, EBADMSG, "a DOCTYPE is not permitted");
}

int cti_dav_alloc(struct cti_dav **dp, cti_entry_h *h, void *arg)
{
	struct cti_dav *d = calloc(1, sizeof(*d));

	if (!d)
		return ENOMEM;
	d->xml = XML_ParserCreateNS(NULL, '|');
	if (!d->xml) {
		free(d);
		return ENOMEM;
	}
	XML_SetUserData(d->xml, d);
	XML_SetElementHandler(d->xml, start_h, end_h);
	XML_SetCharacterDataHandler(d->xml, text_h);
	XML_SetStartDoctypeDeclHandler(d->xml, doctype_h);
	cti_vcard_init(&d->cards, h, arg);
	*dp = d;
	return 0;
}

void cti_dav_free(struct cti_dav *d)
{
	if (!d)
		return;
	cti_vcard_fini(&d->cards);
	XML_ParserFree(d->xml);
	free(d);
}

int cti_dav_feed(struct cti_dav *d, const char *data, size_t len, bool last)
{
	if (d->err)
		return d->err;
	if (len > INT_MAX) {
		d->err = EBADMSG;
	} else if (XML_Parse(d->xml, data, (int)len, last) != XML_STATUS_OK && !d->err) {
		const enum XML_Error code = XML_GetErrorCode(d->xml);

		d->err = code == XML_ERROR_NO_MEMORY ? ENOMEM : EBADMSG;
		(void)snprintf(d->why, sizeof(d->why), "%s", XML_ErrorString(code));
	}
	if (last && !d->err)
		d->err = cti_vcard_end(&d->cards);
	return d->err;
}

const char *cti_dav_why(const struct cti_dav *d)
{
	return d->why;
}
