/*
 * url.c -- see url.h. RFC 3986.
 */
#include "url.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *after_scheme(const char *url)
{
	if (!strncasecmp(url, "https://", 8))
		return url + 8;
	if (!strncasecmp(url, "http://", 7))
		return url + 7;
	return NULL;
}

/* Credentials and backslashes are how a host is made to look like another. */
static bool host_ok(const char *host)
{
	const size_t len = strcspn(host, "/?#");

	return len > 0 && len <= 255 && host[0] != ':' &&
	       strspn(host,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]"
		       "_") >= len;
}

bool cti_url_ok(const char *url)
{
	const char *host = url ? after_scheme(url) : NULL;

	if (!host || !host_ok(host) || strlen(url) > 2048)
		return false;
	for (; *url; url++) {
		const unsigned char c = (unsigned char)*url;

		if (c <= ' ' || c == 0x7f || strchr("\"'<>\\^`", c))
			return false;
	}
	return true;
}

bool cti_url_template_ok(const char *url)
{
	return cti_url_ok(url); /* a host has no braces */
}

static void put_encoded(struct cti_buf *out, const char *s)
{
	for (; s && *s; s++) {
		const unsigned char c = (unsigned char)*s;

		if (c < 0x80 && (isalnum(c) || strchr("-._~", c)))
			cti_buf_add(out, s, 1);
		else
			cti_buf_printf(out, "%%%02X", c);
	}
}

static const struct cti_url_value *find_value(
	const struct cti_url_value *values, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(values[i].name) == len && !memcmp(values[i].name, name, len))
			return &values[i];
	return NULL;
}

bool cti_url_expand(struct cti_buf *out, const char *url_template,
	const struct cti_url_value *values, size_t n)
{
	struct cti_buf made = { 0 };
	bool ok = cti_url_template_ok(url_template);

	while (ok && *url_template) {
		const size_t plain = strcspn(url_template, "{");
		const struct cti_url_value *v;
		size_t len;

		cti_buf_add(&made, url_template, plain);
		url_template += plain;
		if (!*url_template)
			break;
		len = strcspn(++url_template, "}");
		v = find_value(values, n, url_template, len);
		ok = v && url_template[len];
		if (ok) {
			put_encoded(&made, v->value);
			url_template += len + 1;
		}
	}
	if (ok)
		cti_buf_add(out, made.data, made.len);
	if (made.err)
		out->err = made.err;
	cti_buf_reset(&made);
	return ok;
}
