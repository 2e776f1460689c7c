/*
 * str.c -- growing buffers, bounded copies, and the cleaning of foreign text.
 */
#include "str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BUF_FIRST = 256 };

/* ---- growing buffer ----------------------------------------------------- */

void cti_buf_reset(struct cti_buf *b)
{
	free(b->data);
	*b = (struct cti_buf){ 0 };
}

void cti_buf_clear(struct cti_buf *b)
{
	b->len = 0;
	b->err = 0;
	if (b->data)
		b->data[0] = '\0';
}

/* Room for len more bytes and the terminator. */
static bool reserve(struct cti_buf *b, size_t len)
{
	size_t size = b->size ? b->size : BUF_FIRST;
	size_t need;
	char *data;

	if (b->err)
		return false;
	if (__builtin_add_overflow(b->len, len, &need) || need > SIZE_MAX / 2 - 1)
		goto fail;
	need++;
	if (need <= b->size)
		return true;
	while (size < need)
		size *= 2;
	data = realloc(b->data, size);
	if (!data)
		goto fail;
	b->data = data;
	b->size = size;
	return true;
fail:
	b->err = ENOMEM;
	return false;
}

char *cti_buf_grow(struct cti_buf *b, size_t len)
{
	char *room;

	if (!reserve(b, len))
		return NULL;
	room = b->data + b->len;
	b->len += len;
	b->data[b->len] = '\0';
	return room;
}

void cti_buf_add(struct cti_buf *b, const void *data, size_t len)
{
	if (!reserve(b, len))
		return;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void cti_buf_str(struct cti_buf *b, const char *s)
{
	cti_buf_add(b, s, strlen(s));
}

void cti_buf_printf(struct cti_buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->err = EINVAL;
		return;
	}
	if (!reserve(b, (size_t)n))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

char *cti_buf_take(struct cti_buf *b)
{
	char *data = NULL;

	if (!b->err && !b->data)
		cti_buf_add(b, "", 0);
	if (!b->err) {
		data = b->data;
		b->data = NULL;
	}
	cti_buf_reset(b);
	return data;
}

/* ---- UTF-8 -------------------------------------------------------------- */

/* How long a sequence is by its first byte, and the bits that byte brings; 0 for
 * a byte that begins none (RFC 3629 section 4). */
static size_t lead(unsigned char c, uint32_t *bitsp)
{
	if (c < 0x80) {
		*bitsp = c;
		return 1;
	}
	if (c >= 0xc2 && c <= 0xdf) {
		*bitsp = c & 0x1fu;
		return 2;
	}
	if (c >= 0xe0 && c <= 0xef) {
		*bitsp = c & 0x0fu;
		return 3;
	}
	if (c >= 0xf0 && c <= 0xf4) {
		*bitsp = c & 0x07u;
		return 4;
	}
	return 0;
}

size_t cti_utf8_next(const char *s, size_t len, uint32_t *cpp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t cp = 0;
	const size_t n = len ? lead((unsigned char)s[0], &cp) : 0;

	if (!n || n > len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		const unsigned char c = (unsigned char)s[i];

		if ((c & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (c & 0x3fu);
	}
	if (cp < least[n] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	*cpp = cp;
	return n;
}

/* ---- bounded strings ---------------------------------------------------- */

/* The largest n' <= n at which s does not end inside a sequence. */
static size_t whole_sequences(const char *s, size_t n)
{
	size_t start = n;
	uint32_t bits;

	while (start > 0 && n - start < 3 && ((unsigned char)s[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0)
		return n;
	start--;
	return start + lead((unsigned char)s[start], &bits) > n ? start : n;
}

bool cti_str_copyn(char *dst, size_t size, const char *src, size_t len)
{
	size_t n = strnlen(src, len);
	const bool whole = n < size;

	if (!size)
		return false;
	if (!whole)
		n = whole_sequences(src, size - 1);
	memcpy(dst, src, n);
	dst[n] = '\0';
	return whole;
}

bool cti_str_copy(char *dst, size_t size, const char *src)
{
	return cti_str_copyn(dst, size, src, strlen(src));
}

char *cti_str_dup(const char *s)
{
	return s ? strdup(s) : NULL;
}

bool cti_str_ieq(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

/* ---- foreign text ------------------------------------------------------- */

/* Characters that would change what the text around them looks like. */
static bool misleads(uint32_t cp)
{
	static const struct {
		uint32_t from, to;
	} ranges[] = {
		{ 0x0000, 0x001f }, { 0x007f, 0x009f }, /* controls */
		{ 0x061c, 0x061c }, { 0x200e, 0x200f }, /* direction marks */
		{ 0x2028, 0x202e }, /* separators, embeddings, overrides */
		{ 0x2060, 0x206f }, /* invisible operators, isolates */
		{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, /* byte order mark, annotations */
		{ 0xe0000, 0xe007f },                   /* tags */
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (cp >= ranges[i].from && cp <= ranges[i].to)
			return true;
	}
	return false;
}

/* One character of src as it may be kept; *usedp: how much of src it was. */
static const char *clean_one(const char *src, size_t len, size_t *usedp, size_t *lenp)
{
	uint32_t cp;
	const size_t n = cti_utf8_next(src, len, &cp);

	*usedp = n ? n : 1;
	if (!n) {
		*lenp = 3;
		return "\xef\xbf\xbd"; /* U+FFFD */
	}
	*lenp = misleads(cp) ? 1 : n;
	return misleads(cp) ? " " : src;
}

size_t cti_str_clean(char *dst, size_t size, const char *src, size_t len)
{
	size_t out = 0;

	if (!size)
		return 0;
	for (size_t i = 0, used; i < len; i += used) {
		size_t n;
		const char *c = clean_one(src + i, len - i, &used, &n);

		if (out == 0 && *c == ' ')
			continue;
		if (out + n >= size)
			break;
		memcpy(dst + out, c, n);
		out += n;
	}
	while (out > 0 && dst[out - 1] == ' ')
		out--;
	dst[out] = '\0';
	return out;
}
