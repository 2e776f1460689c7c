/*
 * number_split.c -- fields that hold several numbers, see number.h.
 */
#include "number.h"
#include "str.h"

#include <string.h>

enum {
	PIECE_BYTES = 128,
	LEAST_DIGITS = 6, /* on both sides of a cut: "03/1234/5678" is one number */
	WHOLE_DIGITS = 9, /* what may be followed by other last digits */
	TAIL_MIN = 2,
	TAIL_MAX = 4,
};

static const char *const cuts[] = { "/", ";", ",", "\n", "|", "\xe3\x80\x81",
	"\xe3\x83\xbb", "\xef\xbc\x8f", "\xef\xbc\x8c", "\xef\xbd\xa5", "&" };

static size_t cut_at(const char *p)
{
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++)
		if (!strncmp(p, cuts[i], strlen(cuts[i])))
			return strlen(cuts[i]);
	return 0;
}

/* A digit, ASCII or full-width, at p: its length; *cp the ASCII one. */
static size_t digit_at(const char *p, const char *end, char *cp)
{
	const unsigned char *u = (const unsigned char *)p;

	if (*p >= '0' && *p <= '9') {
		*cp = *p;
		return 1;
	}
	if (end - p >= 3 && u[0] == 0xef && u[1] == 0xbc && u[2] >= 0x90 &&
		u[2] <= 0x99) {
		*cp = (char)(u[2] - 0x90 + '0');
		return 3;
	}
	return 0;
}

static size_t digits_in(const char *p, const char *end)
{
	size_t n = 0;
	char c;

	while (p < end) {
		const size_t len = digit_at(p, end, &c);

		n += len > 0;
		p += len ? len : 1;
	}
	return n;
}

/* "79" and nothing but spaces: the last digits of another number. Returns how many. */
static size_t tail_of(char tail[TAIL_MAX + 1], const char *p, const char *end)
{
	size_t n = 0;

	while (p < end) {
		char c;
		const size_t len = digit_at(p, end, &c);

		if (!len && *p != ' ')
			return 0;
		if (len && n >= TAIL_MAX)
			return 0;
		if (len)
			tail[n++] = c;
		p += len ? len : 1;
	}
	tail[n] = '\0';
	return n >= TAIL_MIN ? n : 0;
}

/* The piece before, up to its last tail digits, and the tail. */
static bool with_tail(char out[PIECE_BYTES], const char *piece, const char *tail)
{
	const size_t want = strlen(tail);
	const char *end = piece + strlen(piece);
	const char *cut = end;
	size_t n = 0;
	char c;

	while (n < want && cut > piece) {
		cut--;
		n += digit_at(cut, end, &c) > 0;
	}
	return n == want &&
	       cti_str_copyn(out, PIECE_BYTES, piece, (size_t)(cut - piece)) &&
	       strlen(out) + want < PIECE_BYTES && strcat(out, tail);
}

struct split {
	cti_number_piece_h *h;
	void *arg;
	size_t n;
	char last[PIECE_BYTES];
};

static void put(struct split *s, const char *p, const char *end)
{
	char tail[TAIL_MAX + 1];
	char piece[PIECE_BYTES];

	if (!digits_in(p, end))
		return;
	if (s->n && tail_of(tail, p, end)) {
		if (!with_tail(piece, s->last, tail))
			return;
	} else {
		(void)cti_str_copyn(piece, sizeof(piece), p, (size_t)(end - p));
	}
	(void)cti_str_copy(s->last, sizeof(s->last), piece);
	s->h(piece, s->arg);
	s->n++;
}

/* The end of the piece behind a cut: the next cut, or the field's. */
static const char *piece_end(const char *p)
{
	while (*p && !cut_at(p))
		p++;
	return p;
}

static bool is_cut(const char *begin, const char *at, const char *behind)
{
	const char *all = behind + strlen(behind);
	char tail[TAIL_MAX + 1];

	if (digits_in(begin, at) >= LEAST_DIGITS &&
		digits_in(behind, all) >= LEAST_DIGITS)
		return true;
	return digits_in(begin, at) >= WHOLE_DIGITS &&
	       tail_of(tail, behind, piece_end(behind));
}

size_t cti_number_split(const char *field, cti_number_piece_h *h, void *arg)
{
	struct split s = { .h = h, .arg = arg };
	const char *begin = field;

	for (const char *p = field; *p;) {
		const size_t n = cut_at(p);
		char tail[TAIL_MAX + 1];

		if (n && (is_cut(begin, p, p + n) || (s.n && tail_of(tail, begin, p)))) {
			put(&s, begin, p);
			begin = p + n;
		}
		p += n ? n : 1;
	}
	put(&s, begin, begin + strlen(begin));
	return s.n;
}
