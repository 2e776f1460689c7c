/*
 * expr_scan.c -- the names in a text, and the brackets that do not fit, for the check
 * of a template.
 */
#include "expr.h"
#include "piece.h"

#include <stdio.h>
#include <string.h>

enum { SCAN_STEPS = 250000, SCAN_NAME_BYTES = 128, SCAN_DEPTH = 32 };

struct scan {
	void (*name)(const char *name, void *arg);
	void (*wrong)(const char *what, void *arg);
	void *arg;
	size_t steps;
};

/* A name, or the two sides of "Page+1": those that begin with a letter. */
static void scan_name(struct scan *sc, struct cti_piece s)
{
	char name[SCAN_NAME_BYTES];

	s = cti_piece_trim(s);
	for (size_t i = 1; i < s.n; i++) {
		if (strchr("+*/", s.p[i])) {
			scan_name(sc, cti_piece_cut(s, 0, i));
			scan_name(sc, cti_piece_cut(s, i + 1, s.n));
			return;
		}
	}
	if (!s.n || s.n >= sizeof(name) || (s.p[0] >= '0' && s.p[0] <= '9'))
		return;
	memcpy(name, s.p, s.n);
	name[s.n] = '\0';
	sc->name(name, sc->arg);
}

static void scan_text(struct scan *sc, struct cti_piece s, unsigned depth);

static void scan_expr(struct scan *sc, struct cti_piece s, unsigned depth)
{
	s = cti_piece_trim(s);
	if (memchr(s.p, '[', s.n) || memchr(s.p, '"', s.n) || memchr(s.p, '(', s.n))
		scan_text(sc, s, depth);
	else
		scan_name(sc, s);
}

/* In an expression, too: what stands in brackets inside it is an expression. */
static void scan_text(struct scan *sc, struct cti_piece s, unsigned depth)
{
	char what[120];

	for (size_t i = 0; i < s.n && sc->steps && depth < SCAN_DEPTH; i++) {
		size_t close;

		sc->steps--;
		if (s.p[i] != '[')
			continue;
		close = cti_piece_close(s, i, &sc->steps);
		if (close < s.n) {
			scan_expr(sc, cti_piece_cut(s, i + 1, close), depth + 1);
			i = close;
			continue;
		}
		(void)snprintf(what, sizeof(what), "this bracket is never closed: %.*s",
			s.n - i < 40 ? (int)(s.n - i) : 40, s.p + i);
		sc->wrong(what, sc->arg);
	}
}

void cti_expr_scan(const char *text, void (*name)(const char *name, void *arg),
	void (*wrong)(const char *what, void *arg), void *arg)
{
	struct scan sc = { name, wrong, arg, SCAN_STEPS };

	scan_text(&sc, (struct cti_piece){ text, NULL, strlen(text) }, 0);
}
