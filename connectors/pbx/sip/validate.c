/*
 * validate.c -- see validate.h.
 */
#include "validate.h"

#include "re_compat.h"
#include "str.h"
#include "uri_text.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

/* RFC 3261 section 8.1.1: once each, no more and no less. */
static const enum sip_hdrid once[] = {
	SIP_HDR_TO,
	SIP_HDR_FROM,
	SIP_HDR_CALL_ID,
	SIP_HDR_CSEQ,
};

/* At most once. */
static const enum sip_hdrid at_most_once[] = {
	SIP_HDR_CONTENT_LENGTH,
	SIP_HDR_CONTENT_TYPE,
	SIP_HDR_EVENT,
	SIP_HDR_EXPIRES,
	SIP_HDR_MAX_FORWARDS,
	SIP_HDR_SUBSCRIPTION_STATE,
};

static const char *check_headers(const struct sip_msg *msg)
{
	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++) {
		if (sip_msg_hdr_count(msg, once[i]) != 1)
			return "a required header is missing or doubled";
	}
	for (size_t i = 0; i < sizeof(at_most_once) / sizeof(at_most_once[0]); i++) {
		if (sip_msg_hdr_count(msg, at_most_once[i]) > 1)
			return "a header is doubled";
	}
	if (!pl_isset(&msg->callid) || !pl_isset(&msg->from.auri) ||
		!pl_isset(&msg->to.auri))
		return "an empty header";
	return NULL;
}

/* Decimal, at most max; libre's pl_u32() wraps and ignores signs. */
static bool is_number(const struct pl *pl, uint64_t max)
{
	uint64_t v = 0;

	if (!pl_isset(pl))
		return false;
	for (size_t i = 0; i < pl->l; i++) {
		if (!isdigit((unsigned char)pl->p[i]))
			return false;
		v = v * 10 + (uint64_t)(pl->p[i] - '0');
		if (v > max)
			return false;
	}
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next word, and pl behind it. Not by re_regex(): every message comes here. */
static struct pl word(struct pl *pl)
{
	struct pl w;

	while (pl->l && is_blank(*pl->p))
		pl_advance(pl, 1);
	w = (struct pl){ pl->p, 0 };
	while (pl->l && !is_blank(*pl->p)) {
		pl_advance(pl, 1);
		w.l++;
	}
	return w;
}

static const char *check_cseq(const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_CSEQ);
	struct pl num, met, rest;

	if (!hdr)
		return "CSeq is missing";
	rest = hdr->val;
	num = word(&rest);
	met = word(&rest);
	if (!met.l)
		return "CSeq is ill-formed";
	/* RFC 3261 section 8.1.1.5: below 2^31; 20.16 allows 2^32 - 1. */
	if (!is_number(&num, UINT32_MAX))
		return "CSeq is out of range";
	if (msg->req && pl_cmp(&met, &msg->met))
		return "CSeq is of another method";
	return NULL;
}

static const char *check_length(const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_CONTENT_LENGTH);

	if (!hdr)
		return NULL; /* a datagram's end is the body's (section 18.3) */
	if (!is_number(&hdr->val, UINT32_MAX))
		return "Content-Length is no number";
	if (pl_u32(&hdr->val) > mbuf_get_left(msg->mb))
		return "the message is cut: Content-Length is larger than it";
	return NULL;
}

/* host = hostname / IPv4address / IPv6reference (section 25.1). */
static bool is_host(const struct cti_uri_part *host)
{
	struct sa sa;
	char text[256];

	if (!host->p || !cti_str_copyn(text, sizeof(text), host->p, host->len))
		return false;
	if (host->p[-1] == '[')
		return sa_set_str(&sa, text, 0) == 0 && sa_af(&sa) == AF_INET6;
	for (const char *c = text; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr(".-_", *c))
			return false;
	}
	return true;
}

/* Nothing but a port, parameters or headers may follow: an IPv6 address without
 * brackets reads as host and port (RFC 5118 section 4.1). */
static bool is_end(const char *p, const char *end)
{
	if (p < end && *p == ']')
		p++;
	if (p < end && *p == ':') {
		for (p++; p < end && isdigit((unsigned char)*p); p++)
			;
	}
	return p == end || (*p && strchr(";? \t", *p));
}

static bool is_uri(const struct pl *text, const struct uri *uri)
{
	struct cti_uri_text u;

	if (pl_strcasecmp(&uri->scheme, "sip") && pl_strcasecmp(&uri->scheme, "sips"))
		return pl_isset(&uri->scheme);
	cti_uri_text_split(&u, text->p, text->l);
	if (!u.host.p && u.user.p) /* a host of digits alone */
		u.host = u.user;
	return is_host(&u.host) && is_end(u.host.p + u.host.len, text->p + text->l);
}

/* sip_msg_decode() keeps 16 bits of the status: look at its text. */
static bool is_status(const struct sip_msg *msg)
{
	struct pl code;

	if (!pl_isset(&msg->ver) || !msg->reason.p || pl_strcasecmp(&msg->ver, "SIP/2.0"))
		return false;
	code.p = msg->ver.p + msg->ver.l + 1;
	if (msg->reason.p <= code.p)
		return false;
	code.l = (size_t)(msg->reason.p - code.p) - 1;
	return is_number(&code, 699) && msg->scode >= 100;
}

static const char *check_start(const struct sip_msg *msg)
{
	if (!msg->req)
		return is_status(msg) ? NULL : "status is out of range";
	return is_uri(&msg->ruri, &msg->uri) ? NULL : "request URI is ill-formed";
}

static const char *check_parties(const struct sip_msg *msg)
{
	if (!is_uri(&msg->from.auri, &msg->from.uri) ||
		!is_uri(&msg->to.auri, &msg->to.uri))
		return "From or To is ill-formed";
	if (!pl_isset(&msg->via.sentby) || !pl_isset(&msg->via.branch))
		return "Via is ill-formed";
	return NULL;
}

const char *cti_sip_validate(const struct sip_msg *msg)
{
	static const char *(*const checks[])(const struct sip_msg *msg) = {
		check_start,
		check_headers,
		check_cseq,
		check_length,
		check_parties,
	};
	const char *why = NULL;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && !why; i++)
		why = checks[i](msg);
	return why;
}
