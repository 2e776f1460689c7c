/*
 * piece.h -- a piece of a text with origins, and where its brackets and quotes end.
 * For expr.c and expr_scan.c.
 *
 * steps: work that is left; at 0 everything is "not found".
 */
#ifndef CTI_CRM_PIECE_H
#define CTI_CRM_PIECE_H

#include "value.h"

struct cti_piece {
	const char *p;
	const char *origin; /* NULL: all of it is TEMPLATE */
	size_t n;
};

enum cti_compare {
	CTI_COMPARE_NONE,
	CTI_COMPARE_EQUAL,
	CTI_COMPARE_DIFFERENT,
	CTI_COMPARE_LESS,
	CTI_COMPARE_GREATER,
	CTI_COMPARE_LESS_EQUAL,
	CTI_COMPARE_GREATER_EQUAL,
};

static inline enum cti_origin cti_piece_origin(struct cti_piece s, size_t i)
{
	return s.origin ? (enum cti_origin)s.origin[i] : CTI_ORIGIN_TEMPLATE;
}

/* Is there a c at i that is syntax, not data? */
static inline bool cti_piece_is(struct cti_piece s, size_t i, char c)
{
	return i < s.n && s.p[i] == c && cti_piece_origin(s, i) == CTI_ORIGIN_TEMPLATE;
}

struct cti_piece cti_piece_cut(struct cti_piece s, size_t from, size_t to);
struct cti_piece cti_piece_trim(struct cti_piece s);
/* Does s begin with word, as syntax? */
bool cti_piece_word(struct cti_piece s, const char *word);

/* The place of the bracket or parenthesis that closes the one at i; s.n if none. */
size_t cti_piece_close(struct cti_piece s, size_t i, size_t *steps);
/* Behind what stands at i: a whole bracket, parenthesis, quoted text, or one byte. */
size_t cti_piece_step(struct cti_piece s, size_t i, size_t *steps);
/* Is all of s one quoted text? inside: without the quotes. */
bool cti_piece_quoted(struct cti_piece s, struct cti_piece *inside, size_t *steps);
/* Where two-letter op stands outside of brackets and quotes; s.n if nowhere. */
size_t cti_piece_find(struct cti_piece s, const char *op, size_t *steps);
/* The first comparison outside of brackets and quotes, its place and length. */
enum cti_compare cti_piece_comparison(
	struct cti_piece s, size_t *atp, size_t *lenp, size_t *steps);
/* Is there a comparison, && or || in it? */
bool cti_piece_compares(struct cti_piece s, size_t *steps);

#endif
