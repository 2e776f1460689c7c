/*
 * find.c -- a number to contacts: exact match by E.164, ranked, each with its reason.
 */
#include "directory.h"
#include "json.h"
#include "url.h"

#include <errno.h>
#include <string.h>

enum { MATCHES_MAX = 20 };

/* A person's own number tells more than a shared one, a fax machine least; then
 * the contact that changed last. */
static const char sql_find[] =
	"SELECT id, source_key, name, company, url, label FROM ("
	" SELECT DISTINCT ON (c.id) c.id, c.source_key, c.name, co.name AS company, c.url,"
	"  n.label, c.changed_at, CASE n.label WHEN 'mobile' THEN 1 WHEN 'direct' THEN 2"
	"  WHEN 'home' THEN 3 WHEN 'fax' THEN 9 ELSE 5 END AS rank"
	" FROM contact_numbers AS n JOIN contacts AS c ON c.id = n.contact_id"
	" LEFT JOIN companies AS co ON co.id = c.company_id WHERE n.e164 = $1"
	" ORDER BY c.id, rank, n.position) AS x"
	" ORDER BY rank, changed_at DESC, name, id LIMIT 20";

static void put_url(struct cti_jsonw *w, const struct cti_pg_result *res, size_t row,
	const char *e164, const char *contact_url)
{
	const struct cti_url_value values[] = {
		{ "id", cti_pg_value(res, row, 1) },
		{ "uuid", cti_pg_value(res, row, 0) },
		{ "name", cti_pg_value(res, row, 2) },
		{ "number", e164 },
		{ "e164", e164 },
	};
	const char *own = cti_pg_value(res, row, 4);
	struct cti_buf url = { 0 };

	if (own && cti_url_ok(own))
		cti_jsonw_str(w, "url", own);
	else if (contact_url && cti_url_expand(&url, contact_url, values,
					sizeof(values) / sizeof(values[0])))
		cti_jsonw_str(w, "url", url.data);
	else
		cti_jsonw_null(w, "url");
	cti_buf_reset(&url);
}

static const char *reason_of(const char *label)
{
	if (label && !strcmp(label, "fax"))
		return "exact number, of a fax";
	if (label && !strcmp(label, "mobile"))
		return "exact number, of a mobile";
	return "exact number";
}

static void put_match(struct cti_jsonw *w, const struct cti_pg_result *res, size_t row,
	const char *e164, const char *contact_url)
{
	const char *label = cti_pg_value(res, row, 5);

	cti_jsonw_object(w, NULL);
	cti_jsonw_str(w, "id", cti_pg_value(res, row, 0));
	cti_jsonw_str(w, "name", cti_pg_value(res, row, 2));
	cti_jsonw_str(w, "company", cti_pg_value(res, row, 3));
	put_url(w, res, row, e164, contact_url);
	cti_jsonw_str(w, "label", label);
	cti_jsonw_str(w, "reason", reason_of(label));
	cti_jsonw_end_object(w);
}

static void put_answer(struct cti_buf *json, const struct cti_pg_result *res,
	const char *e164, const char *contact_url)
{
	const size_t n = cti_pg_rows(res);
	struct cti_jsonw w;

	cti_jsonw_init(&w, json);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_str(&w, "status", n == 0 ? "none" : n == 1 ? "one" : "many");
	cti_jsonw_str(&w, "reason",
		n == 0   ? "no contact has this number"
		: n == 1 ? reason_of(cti_pg_value(res, 0, 5))
			 : "several contacts have this number");
	cti_jsonw_array(&w, "matches");
	for (size_t i = 0; i < n && i < MATCHES_MAX; i++)
		put_match(&w, res, i, e164, contact_url);
	cti_jsonw_end_array(&w);
	cti_jsonw_end_object(&w);
}

int cti_directory_find(struct cti_pg *pg, const char *e164, const char *contact_url,
	struct cti_buf *json)
{
	struct cti_pg_result *res = NULL;
	const int err = cti_pg_errno(cti_pg_exec(pg, &res, sql_find, 1, &e164));

	if (!err)
		put_answer(json, res, e164, contact_url);
	cti_pg_result_free(res);
	return err ? err : json->err;
}
