/*
 * piece.c -- see piece.h.
 *
 * A quote begins a text in which brackets still count, so `IIf(x,"[[A].Replace("b","c")]",)`
 * is one IIf; a bracket in a quoted text that has no end there is a character.
 */
#include "piece.h"

#include <string.h>

enum { NEST_MAX = 32 };

static size_t close_of(struct cti_piece s, size_t i, size_t *steps, unsigned depth);

struct cti_piece cti_piece_cut(struct cti_piece s, size_t from, size_t to)
{
	if (to > s.n)
		to = s.n;
	if (from > to)
		from = to;
	return (struct cti_piece){ s.p + from, s.origin ? s.origin + from : NULL,
		to - from };
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct cti_piece cti_piece_trim(struct cti_piece s)
{
	while (s.n && blank(s.p[0]))
		s = cti_piece_cut(s, 1, s.n);
	while (s.n && blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool cti_piece_word(struct cti_piece s, const char *word)
{
	const size_t n = strlen(word);

	for (size_t i = 0; i < n; i++) {
		if (!cti_piece_is(s, i, word[i]))
			return false;
	}
	return true;
}

/* The quote that ends the text begun at i; s.n if none. */
static size_t quote_end(struct cti_piece s, size_t i, size_t *steps, unsigned depth)
{
	for (size_t k = i + 1; k < s.n && *steps; k++) {
		--*steps;
		if (cti_piece_is(s, k, '"'))
			return k;
		if (cti_piece_is(s, k, '[')) {
			const size_t close = close_of(s, k, steps, depth + 1);

			if (close < s.n)
				k = close;
		}
	}
	return s.n;
}

/* One step inside brackets: the last byte of what stands at i. */
static size_t skip(struct cti_piece s, size_t i, size_t *steps, unsigned depth)
{
	size_t end = s.n;

	if (cti_piece_is(s, i, '[') || cti_piece_is(s, i, '('))
		end = close_of(s, i, steps, depth + 1);
	else if (cti_piece_is(s, i, '"'))
		end = quote_end(s, i, steps, depth + 1);
	return end < s.n ? end : i;
}

static size_t close_of(struct cti_piece s, size_t i, size_t *steps, unsigned depth)
{
	const char end = cti_piece_is(s, i, '(') ? ')' : ']';

	if (depth > NEST_MAX || i >= s.n)
		return s.n;
	for (size_t k = i + 1; k < s.n && *steps; k++) {
		--*steps;
		if (cti_piece_is(s, k, end))
			return k;
		/* What has no end inside takes the last end that there could be for us. */
		if (end == ']' && cti_piece_is(s, k, '[')) {
			k = close_of(s, k, steps, depth + 1);
			if (k == s.n)
				return s.n;
			continue;
		}
		/* A parenthesis counts only within parentheses: "[a (b]" is a name. */
		if (end == ')' || !cti_piece_is(s, k, '('))
			k = skip(s, k, steps, depth);
	}
	return s.n;
}

size_t cti_piece_close(struct cti_piece s, size_t i, size_t *steps)
{
	return close_of(s, i, steps, 0);
}

size_t cti_piece_step(struct cti_piece s, size_t i, size_t *steps)
{
	if (!*steps)
		return s.n;
	--*steps;
	return skip(s, i, steps, 0) + 1;
}

bool cti_piece_quoted(struct cti_piece s, struct cti_piece *inside, size_t *steps)
{
	if (s.n < 2 || !cti_piece_is(s, 0, '"') || quote_end(s, 0, steps, 0) != s.n - 1)
		return false;
	*inside = cti_piece_cut(s, 1, s.n - 1);
	return true;
}

size_t cti_piece_find(struct cti_piece s, const char *op, size_t *steps)
{
	for (size_t i = 0; i < s.n; i = cti_piece_step(s, i, steps)) {
		if (cti_piece_is(s, i, op[0]) && cti_piece_is(s, i + 1, op[1]))
			return i;
	}
	return s.n;
}

enum cti_compare cti_piece_comparison(
	struct cti_piece s, size_t *atp, size_t *lenp, size_t *steps)
{
	static const struct {
		const char *text;
		enum cti_compare how;
	} ops[] = { { "==", CTI_COMPARE_EQUAL }, { "!=", CTI_COMPARE_DIFFERENT },
		{ ">=", CTI_COMPARE_GREATER_EQUAL }, { "<=", CTI_COMPARE_LESS_EQUAL },
		{ ">", CTI_COMPARE_GREATER }, { "<", CTI_COMPARE_LESS } };

	for (size_t i = 0; i < s.n; i = cti_piece_step(s, i, steps)) {
		for (size_t k = 0; k < sizeof(ops) / sizeof(ops[0]); k++) {
			if (!cti_piece_word(cti_piece_cut(s, i, s.n), ops[k].text))
				continue;
			*atp = i;
			*lenp = strlen(ops[k].text);
			return ops[k].how;
		}
	}
	return CTI_COMPARE_NONE;
}

bool cti_piece_compares(struct cti_piece s, size_t *steps)
{
	size_t at, len;

	return cti_piece_comparison(s, &at, &len, steps) != CTI_COMPARE_NONE ||
	       cti_piece_find(s, "||", steps) < s.n ||
	       cti_piece_find(s, "&&", steps) < s.n;
}
