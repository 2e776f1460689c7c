/*
 * link.c -- see link.h.
 */
#include "link.h"

#include "outbox.h"
#include "url.h"
#include "uuid.h"

#include <cti/clock.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static enum cti_pg_status done(struct cti_pg *pg, enum cti_pg_status st)
{
	if (st == CTI_PG_OK)
		return cti_pg_commit(pg);
	cti_pg_rollback(pg);
	return st;
}

/* ---- choices ---------------------------------------------------------------- */

/* A call that is over changes here; one that goes on is told by the core. */
static const char sql_link_call[] =
	"UPDATE conversations AS v SET contact_id = c.id, contact_name = c.name,"
	" company = co.name, doc = jsonb_set(v.doc, '{contacts}', jsonb_build_object("
	"  'status', 'one', 'reason', 'chosen before', 'matches', jsonb_build_array("
	"   jsonb_build_object('id', c.id, 'name', c.name, 'company', co.name, 'url', c.url,"
	"    'label', NULL, 'reason', 'chosen before', 'source', c.source))))"
	" FROM contacts AS c LEFT JOIN companies AS co ON co.id = c.company_id"
	" WHERE c.id = $2::uuid AND v.id = $1::uuid"
	" AND (v.ended_at IS NOT NULL OR v.ended_unknown)";

int cti_choice_put(struct cti_pg *pg, const struct cti_choice *c)
{
	static const char sql_choice[] =
		"INSERT INTO number_choices (number, user_id, contact_id)"
		" SELECT $1, u.id, c.id FROM users AS u, contacts AS c"
		" WHERE u.id = $2::uuid AND c.id = $3::uuid"
		" ON CONFLICT (number, user_id) DO UPDATE SET contact_id = EXCLUDED.contact_id,"
		" chosen_at = now() RETURNING 1";
	const char *const choice[] = { c->number, c->user_id, c->contact_id };
	const char *const call[] = { c->conversation, c->contact_id };
	struct cti_pg_result *res = NULL;
	enum cti_pg_status st = cti_pg_begin(pg);
	bool there = false;

	if (st == CTI_PG_OK)
		st = cti_pg_exec(pg, &res, sql_choice, 3, choice);
	there = st == CTI_PG_OK && cti_pg_rows(res) > 0;
	cti_pg_result_free(res);
	if (there && c->conversation)
		st = cti_pg_exec(pg, NULL, sql_link_call, 2, call);
	if (there && st == CTI_PG_OK)
		st = cti_outbox_chosen(pg, c->number, c->contact_id);
	st = done(pg, st);
	return st == CTI_PG_OK && !there ? ENOENT : cti_pg_errno(st);
}

/* ---- contacts ------------------------------------------------------------------ */

static const char sql_company[] =
	"INSERT INTO companies (id, source, name) SELECT gen_random_uuid(), $1, $2"
	" WHERE $2 <> '' ON CONFLICT DO NOTHING";

static const char sql_contact[] =
	"INSERT INTO contacts AS old (id, source, source_key, name, company_id, title, email,"
	" url, kind, extra) VALUES ($1::uuid, $2, $3, $4,"
	" (SELECT id FROM companies WHERE source = $2 AND name = $5), nullif($6, ''),"
	" nullif($7, ''), nullif($8, ''), nullif($9, ''), nullif($10, '')::jsonb)"
	" ON CONFLICT (source, source_key) DO UPDATE SET name = EXCLUDED.name,"
	" company_id = EXCLUDED.company_id, title = EXCLUDED.title, email = EXCLUDED.email,"
	" url = EXCLUDED.url, kind = EXCLUDED.kind, extra = EXCLUDED.extra,"
	" changed_at = now() RETURNING id";

static const char sql_numbers_clear[] =
	"DELETE FROM contact_numbers WHERE contact_id = $1::uuid";

static const char sql_number[] =
	"INSERT INTO contact_numbers (contact_id, position, raw, e164, label)"
	" SELECT $1::uuid, coalesce(max(position), 0) + 1, $2, nullif($3, ''), nullif($4, '')"
	" FROM contact_numbers WHERE contact_id = $1::uuid"
	" HAVING count(*) FILTER (WHERE e164 = $3) = 0";

static enum cti_pg_status put_contact(
	struct cti_pg *pg, const char *const params[10], char id[37])
{
	const char *const company[] = { params[1], params[4] };
	struct cti_pg_result *res = NULL;
	enum cti_pg_status st = cti_pg_exec(pg, NULL, sql_company, 2, company);

	if (st == CTI_PG_OK)
		st = cti_pg_exec(pg, &res, sql_contact, 10, params);
	if (st == CTI_PG_OK)
		(void)cti_str_copy(id, 37, cti_pg_value(res, 0, 0));
	cti_pg_result_free(res);
	return st;
}

static enum cti_pg_status put_number(struct cti_pg *pg, const char *id, const char *raw,
	const char *e164, const char *label)
{
	const char *const params[] = { id, raw, e164, label };

	return cti_pg_exec(pg, NULL, sql_number, 4, params);
}

int cti_contact_create(struct cti_pg *pg, const struct cti_new_contact *c, char id[37])
{
	const char *company = c->company ? c->company : "";
	const char *name = c->name && *c->name ? c->name : company;
	char own[37];
	const char *const params[] = { own, "own", own, name, company, "", "", "", "",
		"" };
	enum cti_pg_status st = cti_pg_begin(pg);

	cti_uuid_random(own, cti_now_us());
	if (st == CTI_PG_OK)
		st = put_contact(pg, params, id);
	if (st == CTI_PG_OK)
		st = put_number(pg, id, c->raw, c->e164, "phone");
	return cti_pg_errno(done(pg, st));
}

/* ---- contacts of CRMs -------------------------------------------------------------- */

void cti_crm_contact_ids(const struct cti_crm_contact *c, char id[37], char key[200])
{
	(void)snprintf(key, 200, "%.60s%s%.130s", c->type, *c->type ? ":" : "", c->id);
	cti_uuid_named(id, c->source, key);
}

static enum cti_pg_status mirror_numbers(struct cti_pg *pg, const char *id,
	const struct cti_crm_contact *c, const char *number,
	const struct cti_number_plan *plan)
{
	enum cti_pg_status st = CTI_PG_OK;

	if (c->nnumbers)
		st = cti_pg_exec(pg, NULL, sql_numbers_clear, 1, &id);
	else if (number)
		st = put_number(pg, id, number, *number == '+' ? number : "", "");
	for (size_t i = 0; st == CTI_PG_OK && i < c->nnumbers; i++) {
		struct cti_number num;

		cti_number_parse(&num, c->numbers[i].raw, plan);
		st = put_number(pg, id, c->numbers[i].raw, num.e164, c->numbers[i].kind);
	}
	return st;
}

static enum cti_pg_status mirror_one(struct cti_pg *pg, const struct cti_crm_contact *c,
	const char *number, const struct cti_number_plan *plan)
{
	char id[37];
	char key[200];
	const char *const params[] = { id, c->source, key,
		*c->name ? c->name : c->company, c->company, c->title,
		c->nemails ? c->emails[0] : "", cti_url_ok(c->url) ? c->url : "", c->type,
		c->extra ? c->extra : "" };
	enum cti_pg_status st;

	cti_crm_contact_ids(c, id, key);
	st = put_contact(pg, params, id);
	return st == CTI_PG_OK ? mirror_numbers(pg, id, c, number, plan) : st;
}

int cti_mirror(struct cti_pg *pg, const struct cti_crm_contact *v, size_t n,
	const char *number, const struct cti_number_plan *plan)
{
	enum cti_pg_status st = cti_pg_begin(pg);

	for (size_t i = 0; st == CTI_PG_OK && i < n; i++)
		st = mirror_one(pg, &v[i], number, plan);
	if (st == CTI_PG_OK && number)
		st = cti_outbox_known(pg, number);
	return cti_pg_errno(done(pg, st));
}
