/*
 * find.c -- a number to contacts of the database: exact match by E.164, and where
 * that finds nobody, the last digits, compared one by one.
 */
#include "find.h"

#include "directory.h"
#include "number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#define CONTACTS                                                                         \
	"SELECT c.id, c.source, c.source_key, c.name, co.name, c.url, n.label, n.e164,"  \
	" n.raw FROM contact_numbers AS n JOIN contacts AS c ON c.id = n.contact_id"     \
	" LEFT JOIN companies AS co ON co.id = c.company_id"

const char cti_find_exact_sql[] = CONTACTS " WHERE n.e164 = $1 LIMIT 200";
const char cti_find_tail_sql[] =
	CONTACTS " WHERE n.tail = $1 AND length(n.tail) = 7 LIMIT 500";

/* What is known of several that have a number: $1 the number that choices are
 * remembered for, $2 lines of the call, $3 contacts. */
const char cti_find_facts_sql[] =
	"SELECT c.id, k.display, k.here, (extract(epoch FROM k.chosen_at) * 1000000)::bigint,"
	" (extract(epoch FROM (SELECT max(v.started_at) FROM conversations AS v"
	"  WHERE v.contact_id = c.id)) * 1000000)::bigint, coalesce(m.position, 0)"
	" FROM contacts AS c LEFT JOIN crms AS m ON m.name = c.source"
	" LEFT JOIN LATERAL (SELECT u.display, x.chosen_at, EXISTS (SELECT FROM user_lines"
	"  AS l WHERE l.user_id = u.id AND l.line = ANY ($2::text[])) AS here"
	"  FROM number_choices AS x JOIN users AS u ON u.id = x.user_id"
	"  WHERE x.number = $1 AND x.contact_id = c.id"
	"  ORDER BY here DESC, x.chosen_at DESC LIMIT 1) AS k ON true"
	" WHERE c.id = ANY ($3::uuid[])";
/* clang-format on */

enum { C_ID, C_SOURCE, C_KEY, C_NAME, C_COMPANY, C_URL, C_LABEL, C_E164, C_RAW };
enum { F_ID, F_CHOOSER, F_HERE, F_CHOSEN, F_LAST_CALL, F_ORDER };

static int64_t number_of(const struct cti_pg_result *res, size_t row, size_t col)
{
	const char *text = cti_pg_value(res, row, col);

	return text ? strtoll(text, NULL, 10) : 0;
}

/* A contact that has the number twice is one match. */
static struct cti_match *find_id(struct cti_matches *m, const char *id)
{
	for (size_t i = 0; i < m->n; i++)
		if (!strcmp(m->v[i].id, id))
			return &m->v[i];
	return NULL;
}

static void read_row(struct cti_matches *m, const struct cti_pg_result *res, size_t row,
	unsigned digits)
{
	const char *id = cti_pg_value(res, row, C_ID);
	const char *label = cti_pg_value(res, row, C_LABEL);
	struct cti_match *c = find_id(m, id);

	if (c) {
		if (!digits)
			c->how = CTI_MATCH_EXACT;
		if (!digits || digits > c->digits)
			c->digits = digits;
		return;
	}
	c = cti_matches_add(m);
	if (!c)
		return;
	(void)cti_str_copy(c->id, sizeof(c->id), id);
	c->source = cti_str_dup(cti_pg_value(res, row, C_SOURCE));
	c->source_key = cti_str_dup(cti_pg_value(res, row, C_KEY));
	c->name = cti_str_dup(cti_pg_value(res, row, C_NAME));
	c->company = cti_str_dup(cti_pg_value(res, row, C_COMPANY));
	c->url = cti_str_dup(cti_pg_value(res, row, C_URL));
	(void)cti_str_copy(c->label, sizeof(c->label), label ? label : "");
	c->how = digits ? CTI_MATCH_TAIL : CTI_MATCH_EXACT;
	c->digits = digits;
	if (!c->source || !c->source_key || !c->name)
		m->err = ENOMEM;
}

static int find_exact(struct cti_pg *pg, const char *number, struct cti_matches *m)
{
	struct cti_pg_result *res = NULL;
	const int err =
		cti_pg_errno(cti_pg_exec(pg, &res, cti_find_exact_sql, 1, &number));

	for (size_t i = 0; !err && i < cti_pg_rows(res); i++)
		read_row(m, res, i, 0);
	cti_pg_result_free(res);
	return err;
}

/* What the index offers agrees in seven digits; what counts agrees in all it has. */
static void read_candidate(struct cti_matches *m, const struct cti_pg_result *res,
	size_t row, const char *number)
{
	static const struct cti_number_plan nowhere = { .extension_digits_max = 1 };
	const char *e164 = cti_pg_value(res, row, C_E164);
	const char *raw = cti_pg_value(res, row, C_RAW);
	struct cti_number num;
	unsigned digits;

	/* Kept between the two statements: a CRM was faster than the first. */
	if (e164 && strcmp(e164, number) == 0) {
		read_row(m, res, row, 0);
		return;
	}
	if (!e164) /* its digits, whatever they are written in */
		cti_number_parse(&num, raw ? raw : "", &nowhere);
	digits = cti_match_tail(number, e164 ? e164 : num.display);
	if (digits)
		read_row(m, res, row, digits);
}

static int find_tail(struct cti_pg *pg, const char *number, struct cti_matches *m)
{
	const size_t len = strlen(number);
	const char *tail =
		number + (len > CTI_MATCH_TAIL_DIGITS ? len - CTI_MATCH_TAIL_DIGITS : 0);
	struct cti_pg_result *res = NULL;
	int err;

	if (strspn(tail, "0123456789") != CTI_MATCH_TAIL_DIGITS)
		return 0;
	err = cti_pg_errno(cti_pg_exec(pg, &res, cti_find_tail_sql, 1, &tail));
	for (size_t i = 0; !err && i < cti_pg_rows(res); i++)
		read_candidate(m, res, i, number);
	cti_pg_result_free(res);
	return err;
}

static void read_facts(struct cti_matches *m, const struct cti_pg_result *res, size_t row)
{
	struct cti_match *c = find_id(m, cti_pg_value(res, row, F_ID));
	const char *here = cti_pg_value(res, row, F_HERE);

	if (!c)
		return;
	c->chooser = cti_str_dup(cti_pg_value(res, row, F_CHOOSER));
	c->chooser_here = here && *here == 't';
	c->chosen_us = number_of(res, row, F_CHOSEN);
	c->last_call_us = number_of(res, row, F_LAST_CALL);
	c->order = (unsigned)number_of(res, row, F_ORDER);
}

/* One that has the number alone needs no ranking, and most calls are of such. */
static int find_facts(struct cti_pg *pg, const char *number, const char *const *lines,
	size_t nlines, struct cti_matches *m)
{
	struct cti_buf list = { 0 };
	struct cti_buf ids = { 0 };
	struct cti_pg_result *res = NULL;
	int err;

	cti_pg_array(&list, lines, nlines);
	for (size_t i = 0; i < m->n; i++)
		cti_buf_printf(&ids, "%s%s", i ? "," : "{", m->v[i].id);
	cti_buf_str(&ids, "}");
	err = list.err ? list.err : ids.err;
	if (!err) {
		const char *const params[] = { number, list.data, ids.data };

		err = cti_pg_errno(cti_pg_exec(pg, &res, cti_find_facts_sql, 3, params));
	}
	for (size_t i = 0; !err && i < cti_pg_rows(res); i++)
		read_facts(m, res, i);
	cti_pg_result_free(res);
	cti_buf_reset(&list);
	cti_buf_reset(&ids);
	return err;
}

int cti_find(struct cti_pg *pg, const char *number, const char *const *lines,
	size_t nlines, bool others, struct cti_matches *m)
{
	int err = find_exact(pg, number, m);

	if (!err && !m->n)
		err = find_tail(pg, number, m);
	if (!err && (m->n > 1 || (m->n && others)))
		err = find_facts(pg, number, lines, nlines, m);
	cti_matches_rank(m);
	return err ? err : m->err;
}

int cti_directory_find(struct cti_pg *pg, const char *number, const char *contact_url,
	struct cti_buf *json)
{
	struct cti_matches m = { 0 };
	struct cti_jsonw w;
	const int err = cti_find(pg, number, NULL, 0, true, &m);

	cti_jsonw_init(&w, json);
	if (!err)
		cti_matches_write(&w, NULL, &m, NULL, number, contact_url);
	cti_matches_reset(&m);
	return err ? err : json->err;
}
