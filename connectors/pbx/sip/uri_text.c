/*
 * uri_text.c -- see uri_text.h.
 */
#include "uri_text.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const char *find(const char *p, const char *end, char c)
{
	return p < end ? memchr(p, c, (size_t)(end - p)) : NULL;
}

/* What stands between < and >, if anything does: `"Name" <sip:x@y>;tag=1`. */
static void strip_brackets(const char **pp, const char **endp)
{
	const char *lt = find(*pp, *endp, '<');
	const char *gt;

	if (!lt)
		return;
	*pp = lt + 1;
	gt = find(*pp, *endp, '>');
	if (gt)
		*endp = gt;
}

/* Returns true for tel:, whose whole text up to the parameters is the number. */
static bool strip_scheme(const char **pp, const char *end)
{
	static const struct {
		const char *name;
		size_t len;
		bool number;
	} schemes[] = { { "sip:", 4, false }, { "sips:", 5, false },
		{ "tel:", 4, true } };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if ((size_t)(end - *pp) < schemes[i].len)
			continue;
		if (strncasecmp(*pp, schemes[i].name, schemes[i].len) != 0)
			continue;
		*pp += schemes[i].len;
		return schemes[i].number;
	}
	return false;
}

static struct cti_uri_part part(const char *p, const char *end)
{
	struct cti_uri_part none = { NULL, 0 };
	struct cti_uri_part u = { p, (size_t)(end - p) };

	return p < end ? u : none;
}

static const char *first_of(const char *p, const char *end, const char *set)
{
	for (; p < end; p++) {
		if (strchr(set, *p) && *p)
			return p;
	}
	return end;
}

static struct cti_uri_part host_of(const char *p, const char *end)
{
	const char *close;

	if (p < end && *p == '[') {
		close = find(p, end, ']');
		return part(p + 1, close ? close : end);
	}
	return part(p, first_of(p, end, ":;?"));
}

static bool bare_number(const char *p, const char *end)
{
	for (; p < end; p++) {
		if (!strchr("+*#0123456789", *p) || !*p)
			return false;
	}
	return true;
}

void cti_uri_text_split(struct cti_uri_text *u, const char *text, size_t len)
{
	const char *p = text, *end = text + len, *at;
	bool number;

	memset(u, 0, sizeof(*u));
	strip_brackets(&p, &end);
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
		p++;
	while (p < end && strchr(" \t\r\n", end[-1]) && end[-1])
		end--;
	number = strip_scheme(&p, end);
	at = number ? NULL : find(p, end, '@');
	if (number || (!at && bare_number(p, end))) {
		u->user = part(p, first_of(p, end, ";?"));
		return;
	}
	if (at) {
		/* RFC 3261 section 25.1: the user part may hold ';' and '?', the
		 * password begins at the first ':'. Telephone parameters are no part
		 * of the number (section 19.1.6). */
		u->user = part(p, first_of(p, at, ":;"));
		p = at + 1;
	}
	u->host = host_of(p, end);
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t cti_uri_text_unescape(char *dst, size_t size, const char *src, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < size; i++) {
		if (src[i] == '%' && i + 2 < len && hex(src[i + 1]) >= 0 &&
			hex(src[i + 2]) >= 0) {
			dst[n++] = (char)(hex(src[i + 1]) * 16 + hex(src[i + 2]));
			i += 2;
		} else {
			dst[n++] = src[i];
		}
	}
	if (size)
		dst[n] = '\0';
	return n;
}
