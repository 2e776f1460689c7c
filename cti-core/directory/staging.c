/*
 * staging.c -- see staging.h.
 */
#include "staging.h"

#include <stdlib.h>

enum cti_pg_status cti_staging_begin(struct cti_pg *pg)
{
	static const char table[] =
		"CREATE TEMP TABLE staging (line bigint, id uuid, key text, name text, kana text,"
		" company text, department text, title text, email text, url text, note text,"
		" raw text[], e164 text[], label text[]) ON COMMIT DROP";
	enum cti_pg_status st = cti_pg_begin(pg);

	if (st == CTI_PG_OK)
		st = cti_pg_script(pg, table);
	if (st == CTI_PG_OK) /* joins and sorts of a million rows stay in memory */
		st = cti_pg_script(pg, "SET LOCAL work_mem = '128MB'");
	if (st == CTI_PG_OK)
		st = cti_pg_copy_begin(pg, "COPY staging FROM STDIN");
	return st;
}

/* COPY's text format: backslash, tab and line ends are escaped, NULL is \N. */
static void put_text(struct cti_buf *out, const char *s)
{
	if (!s || !*s) {
		cti_buf_str(out, "\t\\N");
		return;
	}
	cti_buf_str(out, "\t");
	for (; *s; s++) {
		switch (*s) {
		case '\\':
			cti_buf_str(out, "\\\\");
			break;
		case '\t':
			cti_buf_str(out, "\\t");
			break;
		case '\n':
			cti_buf_str(out, "\\n");
			break;
		case '\r':
			cti_buf_str(out, "\\r");
			break;
		default:
			cti_buf_add(out, s, 1);
		}
	}
}

static void put_array(struct cti_buf *out, const char *const *v, size_t n)
{
	struct cti_buf array = { 0 };

	cti_pg_array(&array, v, n);
	if (array.err)
		out->err = array.err;
	else
		put_text(out, array.data);
	cti_buf_reset(&array);
}

void cti_staging_row(struct cti_buf *out, const struct cti_staged *row)
{
	cti_buf_printf(out, "%llu", (unsigned long long)row->line);
	put_text(out, row->id);
	put_text(out, row->key);
	put_text(out, row->name);
	put_text(out, row->kana);
	put_text(out, row->company);
	put_text(out, row->department);
	put_text(out, row->title);
	put_text(out, row->email);
	put_text(out, row->url);
	put_text(out, row->note);
	put_array(out, row->raw, row->n);
	put_array(out, row->e164, row->n);
	put_array(out, row->label, row->n);
	cti_buf_str(out, "\n");
}

/* The first of a key counts; the others are told. */
static enum cti_pg_status drop_twice(struct cti_pg *pg, cti_staging_twice_h *h, void *arg)
{
	static const char sql[] =
		"DELETE FROM staging AS s USING (SELECT key, min(line) AS first FROM staging"
		" GROUP BY key HAVING count(*) > 1) AS d WHERE s.key = d.key"
		" AND s.line > d.first RETURNING s.line, d.first";
	struct cti_pg_result *res = NULL;
	const enum cti_pg_status st = cti_pg_exec(pg, &res, sql, 0, NULL);

	for (size_t i = 0; st == CTI_PG_OK && i < cti_pg_rows(res); i++)
		h(strtoull(cti_pg_value(res, i, 0), NULL, 10),
			strtoull(cti_pg_value(res, i, 1), NULL, 10), arg);
	cti_pg_result_free(res);
	return st;
}

/* Ids of contacts stay: pops, notes and remembered choices refer to them. Whatever is
 * new has the id that it was staged with, so nothing is joined but what was there. */
/* clang-format off */
static const struct {
	size_t nparams; /* 1: the source */
	const char *sql;
} replace[] = {
	{ 1, "INSERT INTO companies (id, source, name) SELECT gen_random_uuid(), $1, company"
	" FROM (SELECT DISTINCT company FROM staging WHERE company IS NOT NULL) AS c"
	" ON CONFLICT DO NOTHING" },
	{ 0, "ANALYZE companies" },
	{ 1, "UPDATE staging AS s SET id = c.id FROM contacts AS c"
	" WHERE c.source = $1 AND c.source_key = s.key" },
	{ 1, "DELETE FROM contact_numbers AS n USING contacts AS c"
	" WHERE c.id = n.contact_id AND c.source = $1" },
	{ 1, "DELETE FROM contacts AS c WHERE c.source = $1"
	" AND NOT EXISTS (SELECT FROM staging AS s WHERE s.key = c.source_key)" },
	{ 1, "INSERT INTO contacts (id, source, source_key, name, kana, company_id, department,"
	" title, email, url, note) SELECT s.id, $1, s.key,"
	" coalesce(s.name, s.company), s.kana, co.id, s.department, s.title, s.email, s.url,"
	" s.note FROM staging AS s"
	" LEFT JOIN companies AS co ON co.source = $1 AND co.name = s.company"
	" ON CONFLICT (source, source_key) DO UPDATE SET name = EXCLUDED.name,"
	" kana = EXCLUDED.kana, company_id = EXCLUDED.company_id,"
	" department = EXCLUDED.department, title = EXCLUDED.title, email = EXCLUDED.email,"
	" url = EXCLUDED.url, note = EXCLUDED.note, changed_at = now()" },
	{ 0, "INSERT INTO contact_numbers (contact_id, position, raw, e164, label)"
	" SELECT s.id, u.n, u.raw, nullif(u.e164, ''), u.label FROM staging AS s,"
	" unnest(s.raw, s.e164, s.label) WITH ORDINALITY AS u (raw, e164, label, n)" },
	{ 1, "DELETE FROM companies AS co WHERE co.source = $1"
	" AND NOT EXISTS (SELECT FROM contacts AS c WHERE c.company_id = co.id)" },
};
/* clang-format on */

enum cti_pg_status cti_staging_finish(struct cti_pg *pg, const char *source,
	cti_staging_twice_h *h, void *arg, uint64_t *importedp)
{
	static const char sql_count[] = "SELECT count(*) FROM staging";
	struct cti_pg_result *res = NULL;
	enum cti_pg_status st = cti_pg_script(pg, "ANALYZE staging");

	if (st == CTI_PG_OK)
		st = drop_twice(pg, h, arg);
	for (size_t i = 0;
		st == CTI_PG_OK && i < sizeof(replace) / sizeof(replace[0]); i++)
		st = cti_pg_exec(
			pg, NULL, replace[i].sql, replace[i].nparams, &source);
	if (st == CTI_PG_OK)
		st = cti_pg_exec(pg, &res, sql_count, 0, NULL);
	if (st == CTI_PG_OK)
		*importedp = strtoull(cti_pg_value(res, 0, 0), NULL, 10);
	cti_pg_result_free(res);
	if (st == CTI_PG_OK)
		st = cti_pg_commit(pg);
	if (st == CTI_PG_OK)
		(void)cti_pg_script(pg, "ANALYZE contacts, contact_numbers, companies");
	return st;
}
