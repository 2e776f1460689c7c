/*
 * filter.c -- see filter.h.
 */
#include "filter.h"

#include "number.h"
#include "number_scan.h"

#include <errno.h>
#include <string.h>

enum { TEXT_MAX = 200 };

static const char *const outcomes[] = { "answered", "missed", "abandoned", "busy",
	"declined", "failed", "blocked", "open", NULL };
static const char *const directions[] = { "inbound", "outbound", "internal", "unknown",
	NULL };

static const char *given(const char *s)
{
	return s && *s ? s : NULL;
}

static bool one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(word, *words))
			return true;
	return false;
}

/* Any spelling finds the number; what is no public number is compared as dialled. */
static bool put_number(struct cti_filter_params *p, const struct cti_calls_filter *f)
{
	const struct cti_number_plan plan = { .country = f->country };
	struct cti_number num;
	struct cti_number_scan scan;

	cti_number_parse(&num, f->number, &plan);
	cti_number_scan(&scan, f->number);
	if (!scan.len || scan.too_long)
		return false;
	(void)cti_str_copy(p->e164, sizeof(p->e164), num.e164);
	(void)cti_str_copy(p->digits, sizeof(p->digits), scan.dial);
	p->v[3] = given(p->e164);
	p->v[4] = p->digits;
	return true;
}

/* %text%, with the pattern's own characters taken literally. */
static void put_pattern(struct cti_filter_params *p, const char *q)
{
	cti_buf_str(&p->pattern, "%");
	for (; *q; q++) {
		if (*q == '%' || *q == '_' || *q == '\\')
			cti_buf_str(&p->pattern, "\\");
		cti_buf_add(&p->pattern, q, 1);
	}
	cti_buf_str(&p->pattern, "%");
}

/* Ill-formed UTF-8 would be refused by the database, and not by name. */
static bool text_ok(const char *s)
{
	char clean[TEXT_MAX * 3 + 1];

	if (!s)
		return true;
	if (strlen(s) > TEXT_MAX)
		return false;
	(void)cti_str_clean(clean, sizeof(clean), s, strlen(s));
	return !strstr(clean, "\xef\xbf\xbd") || strstr(s, "\xef\xbf\xbd");
}

static const char *bad_filter(const struct cti_calls_filter *f)
{
	if (!text_ok(f->from))
		return "from";
	if (!text_ok(f->to))
		return "to";
	if (!text_ok(f->line))
		return "line";
	if (!text_ok(f->number))
		return "number";
	if (!text_ok(f->q))
		return "q";
	if (given(f->outcome) && !one_of(f->outcome, outcomes))
		return "outcome";
	if (given(f->direction) && !one_of(f->direction, directions))
		return "direction";
	return NULL;
}

int cti_filter_params(struct cti_filter_params *p, const struct cti_calls_filter *f,
	const char **wherep)
{
	*p = (struct cti_filter_params){ 0 };
	*wherep = bad_filter(f);
	if (!*wherep && given(f->number) && !put_number(p, f))
		*wherep = "number";
	if (*wherep)
		return EINVAL;
	p->v[0] = given(f->from);
	p->v[1] = given(f->to);
	p->v[2] = given(f->line);
	p->v[5] = given(f->outcome);
	p->v[6] = given(f->direction);
	if (given(f->q)) {
		put_pattern(p, f->q);
		p->v[7] = p->pattern.data;
	}
	if (!f->all_lines) {
		cti_pg_array(&p->lines, f->lines, f->nlines);
		p->v[8] = p->lines.data;
	}
	return p->pattern.err || p->lines.err ? ENOMEM : 0;
}

void cti_filter_params_reset(struct cti_filter_params *p)
{
	cti_buf_reset(&p->pattern);
	cti_buf_reset(&p->lines);
}
