/*
 * number_scan.c -- see number_scan.h. One pass over code points; each is a digit, a
 * mark, a separator, a letter or nothing.
 */
#include "number_scan.h"

#include <stdint.h>
#include <string.h>

/* So many digits are a number: what stands in brackets behind it is a remark. */
enum { WHOLE = 9 };

enum what { W_DIGIT, W_PLUS, W_CODE, W_FILL, W_OPEN, W_SEPARATOR, W_AT, W_LETTER };

/* The next code point; U+FFFD for ill-formed bytes, one at a time. */
static uint32_t next_char(const char **pp)
{
	const unsigned char *p = (const unsigned char *)*pp;
	const int more = *p < 0x80    ? 0
			 : *p >= 0xf0 ? 3
			 : *p >= 0xe0 ? 2
			 : *p >= 0xc2 ? 1
				      : -1;
	uint32_t c = more <= 0 ? *p : *p & (0x3fu >> more);

	for (int i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			*pp += i;
			return 0xfffd;
		}
		c = c << 6 | (p[i] & 0x3f);
	}
	*pp += more < 0 ? 1 : more + 1;
	return more < 0 || *p > 0xf4 ? 0xfffd : c;
}

/* Full-width ASCII and Arabic-Indic digits to what they stand for. */
static uint32_t fold(uint32_t c)
{
	if (c >= 0xff01 && c <= 0xff5e)
		return c - 0xff01 + '!';
	if (c >= 0x0660 && c <= 0x0669)
		return c - 0x0660 + '0';
	if (c >= 0x06f0 && c <= 0x06f9)
		return c - 0x06f0 + '0';
	return c;
}

/* Dashes of all kinds, the katakana long mark (written for a dash between digits),
 * "no" as it is spoken between the groups of a number, brackets, spaces. */
static bool is_fill(uint32_t c)
{
	static const uint32_t fill[] = { ' ', '-', '.', ')', '[', ']', '~', '_', 0xa0,
		0xad, 0xb7, 0x2043, 0x2212, 0x223c, 0x2500, 0x2501, 0x3000, 0x3010,
		0x3011, 0x3014, 0x3015, 0x301c, 0x3030, 0x306e, 0x30fc, 0xfe58, 0xfe63,
		0xfeff, 0xff70 };

	for (size_t i = 0; i < sizeof(fill) / sizeof(fill[0]); i++)
		if (fill[i] == c)
			return true;
	return (c >= 0x2000 && c <= 0x2015) || (c >= 0x202a && c <= 0x202f) ||
	       (c >= 0x2060 && c <= 0x206f) || c < ' ';
}

static bool is_separator(uint32_t c)
{
	static const uint32_t sep[] = { '/', ',', ';', '|', '\n', '\r', '\t', '&', 0x3001,
		0x3002, 0x30fb, 0xff61, 0xff64, 0xff65, 0x2022 };

	for (size_t i = 0; i < sizeof(sep) / sizeof(sep[0]); i++)
		if (sep[i] == c)
			return true;
	return false;
}

static enum what classify(uint32_t c)
{
	if (c >= '0' && c <= '9')
		return W_DIGIT;
	if (c == '+')
		return W_PLUS;
	if (c == '*' || c == '#')
		return W_CODE;
	if (c == '(')
		return W_OPEN;
	if (c == '@')
		return W_AT;
	if (is_separator(c))
		return W_SEPARATOR;
	return is_fill(c) ? W_FILL : W_LETTER;
}

static void push(struct cti_number_scan *s, char c)
{
	if (s->len + 1 >= sizeof(s->dial)) {
		s->too_long = true;
		return;
	}
	s->dial[s->len++] = c;
	s->dial[s->len] = '\0';
}

/* "(0)" behind a country code: not dialled from abroad. */
static bool skip_trunk_zero(const char **pp)
{
	const char *p = *pp;

	if (fold(next_char(&p)) != '0' || fold(next_char(&p)) != ')')
		return false;
	*pp = p;
	return true;
}

/* A separator inside the first groups of "03/1234/5678" ends nothing yet. */
static bool ends_number(const struct cti_number_scan *s)
{
	return s->len > 0 && (s->dial[0] != '0' || s->len > 8);
}

/* In front, or behind Japan's prefixes to withhold and to present. */
static bool takes_plus(const struct cti_number_scan *s)
{
	return s->len == 0 || !strcmp(s->dial, "184") || !strcmp(s->dial, "186");
}

static bool starts_code(const struct cti_number_scan *s)
{
	return s->len == 0 || s->dial[0] == '*' || s->dial[0] == '#';
}

/* The word before the digits says that they are an extension. */
static bool extension_word(const char *p)
{
	static const char *const words[] = { "\xe5\x86\x85\xe7\xb7\x9a", "ext", "Ext",
		"EXT", "x", "X", "extension", "\xe5\x86\x85" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strncmp(p, words[i], strlen(words[i])))
			return true;
	return false;
}

/* "ext. 12", "#12" or ";ext=12" right behind the number. */
static void scan_behind(struct cti_number_scan *s, const char *p)
{
	const char *inner = p;
	const uint32_t first = fold(next_char(&inner));
	size_t n = 0;

	if (first == ';' || first == '(')
		p = inner;
	if (!extension_word(p) && *p != '#')
		return;
	while (*p) {
		const char *here = p;
		const uint32_t c = fold(next_char(&p));
		const enum what w = classify(c);

		if (w == W_DIGIT && n + 1 < sizeof(s->behind))
			s->behind[n++] = (char)c;
		else if (n || *here == '@')
			break;
	}
	s->behind[n] = '\0';
}

void cti_number_scan(struct cti_number_scan *s, const char *raw)
{
	bool word = false; /* inside a word: its first letter has been looked at */

	*s = (struct cti_number_scan){ 0 };
	for (const char *p = raw; *p;) {
		const char *here = p;
		const uint32_t c = fold(next_char(&p));
		const enum what w = classify(c);

		if (w == W_DIGIT || (w == W_CODE && starts_code(s))) {
			push(s, (char)c);
		} else if (w == W_PLUS && takes_plus(s)) {
			push(s, '+');
		} else if (w == W_OPEN && s->len && s->len < WHOLE) {
			(void)skip_trunk_zero(&p);
		} else if (w == W_LETTER && s->len == 0) {
			s->extension |= !word && extension_word(here);
		} else if (w == W_AT || (w == W_OPEN && s->len >= WHOLE) ||
			   (w == W_SEPARATOR && ends_number(s)) ||
			   (s->len && (w == W_LETTER || w == W_CODE || w == W_PLUS))) {
			scan_behind(s, here);
			break;
		}
		word = w == W_LETTER;
	}
}
