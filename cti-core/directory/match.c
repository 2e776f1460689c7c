/*
 * match.c -- see match.h.
 */
#include "match.h"

#include "str.h"
#include "url.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MATCHES_MAX = 1000 };

/* ---- a list of them -------------------------------------------------------- */

static void match_reset(struct cti_match *c)
{
	free(c->source);
	free(c->source_key);
	free(c->name);
	free(c->company);
	free(c->url);
	free(c->chooser);
	*c = (struct cti_match){ .how = CTI_MATCH_EXACT };
}

void cti_matches_reset(struct cti_matches *m)
{
	for (size_t i = 0; i < m->n; i++)
		match_reset(&m->v[i]);
	free(m->v);
	*m = (struct cti_matches){ 0 };
}

struct cti_match *cti_matches_add(struct cti_matches *m)
{
	struct cti_match *v;

	if (m->n == m->size) {
		const size_t size = m->size ? 2 * m->size : 8;

		if (size > MATCHES_MAX)
			return NULL;
		v = reallocarray(m->v, size, sizeof(*v));
		if (!v) {
			m->err = ENOMEM;
			return NULL;
		}
		m->v = v;
		m->size = size;
	}
	m->v[m->n] = (struct cti_match){ .how = CTI_MATCH_EXACT };
	return &m->v[m->n++];
}

/* What was known of it stays where the newer one has nothing to say. */
static void replace(struct cti_match *old, struct cti_match *newer)
{
	if (!newer->chooser) {
		newer->chooser = old->chooser;
		newer->chooser_here = old->chooser_here;
		newer->chosen_us = old->chosen_us;
		old->chooser = NULL;
	}
	if (!newer->last_call_us)
		newer->last_call_us = old->last_call_us;
	if (old->how == CTI_MATCH_EXACT && newer->how != CTI_MATCH_EXACT) {
		newer->how =
			CTI_MATCH_EXACT; /* one of the two has the number as it is now */
		newer->digits = 0;
	}
	match_reset(old);
	*old = *newer;
}

void cti_matches_merge(struct cti_matches *m, struct cti_matches *from)
{
	for (size_t i = 0; i < from->n; i++) {
		struct cti_match *at = NULL;

		for (size_t k = 0; k < m->n && !at; k++)
			if (!strcmp(m->v[k].id, from->v[i].id))
				at = &m->v[k];
		if (at) {
			replace(at, &from->v[i]);
		} else {
			at = cti_matches_add(m);
			if (at)
				*at = from->v[i];
			else
				match_reset(&from->v[i]);
		}
	}
	m->err = m->err ? m->err : from->err;
	free(from->v);
	*from = (struct cti_matches){ 0 };
}

/* ---- rank ------------------------------------------------------------------- */

/* A person's own number tells more than a shared one, a fax machine least. */
static int label_rank(const char *label)
{
	static const struct {
		const char *label;
		int rank;
	} ranks[] = { { "mobile", 1 }, { "direct", 2 }, { "home", 3 }, { "pager", 8 },
		{ "fax", 9 } };

	for (size_t i = 0; i < sizeof(ranks) / sizeof(ranks[0]); i++)
		if (!strcmp(ranks[i].label, label))
			return ranks[i].rank;
	return 5;
}

static int order_of(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int text_order(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

/* The first difference decides; the last one is the id, so there is always one. */
static int compare(const void *pa, const void *pb)
{
	const struct cti_match *a = pa;
	const struct cti_match *b = pb;
	const int tests[] = {
		order_of(a->how == CTI_MATCH_TAIL, b->how == CTI_MATCH_TAIL),
		order_of(b->chooser_here, a->chooser_here),
		order_of(b->chosen_us, a->chosen_us),
		order_of(b->digits, a->digits),
		order_of(a->how, b->how),
		order_of(label_rank(a->label), label_rank(b->label)),
		order_of(b->last_call_us, a->last_call_us),
		order_of(a->order, b->order),
		text_order(a->name, b->name),
		strcmp(a->id, b->id),
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		if (tests[i])
			return tests[i];
	return 0;
}

/* The same name at the same company, from two sources, is one person. */
static bool same_person(const struct cti_match *a, const struct cti_match *b)
{
	return a->name && b->name && *a->name && !strcmp(a->name, b->name) &&
	       !text_order(a->company, b->company) && text_order(a->source, b->source);
}

void cti_matches_rank(struct cti_matches *m)
{
	if (m->n > 1)
		qsort(m->v, m->n, sizeof(*m->v), compare);
	for (size_t i = 0; i < m->n; i++) {
		m->v[i].twin = false;
		for (size_t k = 0; k < i && !m->v[i].twin; k++)
			m->v[i].twin = !m->v[k].twin &&
				       (m->v[k].how == CTI_MATCH_TAIL) ==
					       (m->v[i].how == CTI_MATCH_TAIL) &&
				       same_person(&m->v[k], &m->v[i]);
	}
}

static size_t people(const struct cti_matches *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += !m->v[i].twin;
	return n;
}

const char *cti_matches_status(const struct cti_matches *m)
{
	if (!m->n)
		return "none";
	if (m->v[0].how == CTI_MATCH_TAIL)
		return "many"; /* an agent says so, never we */
	return m->v[0].chooser || people(m) == 1 ? "one" : "many";
}

/* ---- who shares a number -------------------------------------------------------- */

static bool one_company(const struct cti_matches *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (!m->v[i].company || !*m->v[i].company ||
			strcmp(m->v[i].company, m->v[0].company))
			return false;
	return m->n > 1;
}

/* The first or the last word of a name, as families are named in Japan and elsewhere. */
static size_t word_of(const char *name, bool last, const char **wordp)
{
	const char *begin = name;
	const char *p = name;

	while (*p) {
		const size_t space = *p == ' '                        ? 1
				     : !strncmp(p, "\xe3\x80\x80", 3) ? 3
								      : 0;

		if (space && !last)
			break;
		p += space ? space : 1;
		if (space)
			begin = p;
	}
	*wordp = begin;
	return (size_t)(p - begin);
}

static bool one_family_by(const struct cti_matches *m, bool last)
{
	const char *word = "";
	size_t len = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct cti_match *c = &m->v[i];
		const char *w;
		size_t n;

		if (!c->name || !*c->name || (c->company && *c->company))
			return false;
		n = word_of(c->name, last, &w);
		if (!i) {
			word = w;
			len = n;
		} else if (n != len || strncmp(w, word, n)) {
			return false;
		}
	}
	return m->n > 1 && len > 0;
}

static const char *shared_by(const struct cti_matches *m)
{
	if (one_company(m))
		return "company";
	return one_family_by(m, false) || one_family_by(m, true) ? "household" : NULL;
}

/* ---- reasons ------------------------------------------------------------------------ */

/* A word of schema/ws/protocol.md: the one that tells most. */
static const char *reason_of(const struct cti_match *c, const char *shared)
{
	if (c->how == CTI_MATCH_TAIL)
		return "last digits";
	if (c->chooser)
		return "chosen before";
	if (shared)
		return !strcmp(shared, "company") ? "company number" : "household number";
	if (c->how == CTI_MATCH_BY_CRM)
		return "found by the CRM";
	return !strcmp(c->label, "fax") ? "number of a fax" : "exact number";
}

static void put_day(struct cti_jsonw *w, const char *what, const char *who, int64_t at_us)
{
	const time_t at = (time_t)(at_us / 1000000);
	char day[16] = "";
	char text[192];
	struct tm tm;

	if (gmtime_r(&at, &tm))
		(void)strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	(void)snprintf(text, sizeof(text), "%s%s%s %s", what, who ? " by " : "",
		who ? who : "", day);
	cti_jsonw_str(w, NULL, text);
}

/* All that spoke for its place in the list, in the order in which it counts. */
static void put_reasons(
	struct cti_jsonw *w, const struct cti_match *c, const char *shared)
{
	char text[64];

	cti_jsonw_array(w, "reasons");
	if (c->how == CTI_MATCH_TAIL) {
		(void)snprintf(text, sizeof(text), "the last %u digits agree", c->digits);
		cti_jsonw_str(w, NULL, text);
	} else {
		cti_jsonw_str(w, NULL,
			c->how == CTI_MATCH_EXACT ? "exact number" : "found by the CRM");
	}
	if (c->chooser)
		put_day(w, "chosen", c->chooser, c->chosen_us);
	if (*c->label)
		cti_jsonw_str(w, NULL, c->label);
	if (shared)
		cti_jsonw_str(w, NULL,
			!strcmp(shared, "company") ? "number of their company"
						   : "number of their household");
	if (c->last_call_us)
		put_day(w, "last call", NULL, c->last_call_us);
	if (c->twin)
		cti_jsonw_str(w, NULL, "the same person as above");
	cti_jsonw_end_array(w);
}

/* ---- JSON ----------------------------------------------------------------------------- */

static void put_url(struct cti_jsonw *w, const struct cti_match *c, const char *number,
	const char *contact_url)
{
	const struct cti_url_value values[] = {
		{ "id", c->source_key },
		{ "uuid", c->id },
		{ "name", c->name },
		{ "number", number },
		{ "e164", number },
	};
	struct cti_buf url = { 0 };

	if (c->url && cti_url_ok(c->url))
		cti_jsonw_str(w, "url", c->url);
	else if (contact_url && cti_url_expand(&url, contact_url, values,
					sizeof(values) / sizeof(values[0])))
		cti_jsonw_str(w, "url", url.data);
	else
		cti_jsonw_null(w, "url");
	cti_buf_reset(&url);
}

static void put_match(struct cti_jsonw *w, const struct cti_match *c, const char *shared,
	const char *number, const char *contact_url)
{
	cti_jsonw_object(w, NULL);
	cti_jsonw_str(w, "id", c->id);
	cti_jsonw_str(w, "name", c->name);
	cti_jsonw_str(w, "company", c->company && *c->company ? c->company : NULL);
	put_url(w, c, number, contact_url);
	cti_jsonw_str(w, "label", *c->label ? c->label : NULL);
	cti_jsonw_str(w, "reason", reason_of(c, shared));
	put_reasons(w, c, shared);
	cti_jsonw_str(w, "source", c->source);
	cti_jsonw_end_object(w);
}

void cti_matches_write(struct cti_jsonw *w, const char *key, const struct cti_matches *m,
	const char *status, const char *number, const char *contact_url)
{
	const char *found = cti_matches_status(m);
	const char *shared = shared_by(m);

	cti_jsonw_object(w, key);
	cti_jsonw_str(w, "status", status ? status : found);
	cti_jsonw_str(w, "reason",
		status && !strcmp(status, "failed") ? "no answer in time"
		: !m->n                             ? "no contact has this number"
		: !strcmp(found, "one")             ? reason_of(&m->v[0], NULL)
		: m->v[0].how == CTI_MATCH_TAIL     ? "last digits"
		: shared                            ? reason_of(&m->v[0], shared)
			 : "several contacts have this number");
	cti_jsonw_str(w, "shared", shared);
	cti_jsonw_array(w, "matches");
	for (size_t i = 0; i < m->n && i < CTI_MATCHES_SHOWN; i++)
		put_match(w, &m->v[i], shared, number, contact_url);
	cti_jsonw_end_array(w);
	cti_jsonw_end_object(w);
}

/* ---- last digits -------------------------------------------------------------------------- */

/* Digits of s, without the zeros in front. */
static size_t digits_of(char out[32], const char *s)
{
	size_t n = 0;

	for (; *s && n < 31; s++)
		if (*s >= '0' && *s <= '9' && (n || *s != '0'))
			out[n++] = *s;
	out[n] = '\0';
	return n;
}

unsigned cti_match_tail(const char *a, const char *b)
{
	char da[32];
	char db[32];
	const size_t na = digits_of(da, a);
	const size_t nb = digits_of(db, b);
	const size_t least = na < nb ? na : nb;

	if (least < CTI_MATCH_TAIL_DIGITS || (*a == '+' && *b == '+' && strcmp(a, b)))
		return 0;
	for (size_t i = 1; i <= least; i++)
		if (da[na - i] != db[nb - i])
			return 0;
	return (unsigned)least;
}
