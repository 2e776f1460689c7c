/*
 * sync.c -- see sync.h.
 */
#include "sync.h"

#include "asker.h"
#include "link.h"
#include "outbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* What was being saved while the last run read comes again. */
	OVERLAP_US = 300 * 1000000,
	PAGES_MAX = 100000,
};

struct sync {
	struct cti_pg *pg;
	const struct cti_sync_conf *conf;
	struct cti_sync_progress *result;
	char *why;       /* [320] */
	int64_t mark_us; /* newest change that was seen, by the CRM's clock */
	int64_t since_us;
	char *cursor;    /* owned; NULL: from the beginning */
	char first[200]; /* key of the first contact of the page before */
	bool cut;
};

/* ---- what is known of earlier runs --------------------------------------------- */

static const char sql_state[] =
	"SELECT (extract(epoch FROM mark) * 1000000)::bigint,"
	" whole_at > now() - interval '1 day' FROM crm_syncs WHERE crm = $1";

static int database(struct sync *s, enum cti_pg_status st)
{
	if (st != CTI_PG_OK)
		(void)snprintf(s->why, 320, "the database: %.200s", cti_pg_error(s->pg));
	return cti_pg_errno(st);
}

/* Changes alone: this CRM can tell them, and a whole run is not long ago. */
static int begin(struct sync *s)
{
	const struct cti_asker *crms = s->conf->crms;
	const char *name = s->conf->crm->name;
	struct cti_pg_result *res = NULL;
	int err = database(s, cti_pg_exec(s->pg, &res, sql_state, 1, &name));

	if (!err && cti_pg_rows(res) && cti_pg_value(res, 0, 0))
		s->mark_us = strtoll(cti_pg_value(res, 0, 0), NULL, 10);
	if (!err && s->mark_us && !s->conf->whole && *cti_pg_value(res, 0, 1) == 't' &&
		crms->caps(name, crms->arg) & CTI_CRM_CAN_SYNC_CHANGES)
		s->since_us = s->mark_us - OVERLAP_US;
	cti_pg_result_free(res);
	s->result->whole = !s->since_us;
	return err;
}

static int64_t database_now(struct sync *s, int *errp)
{
	static const char sql[] =
		"SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
	struct cti_pg_result *res = NULL;
	int64_t now_us = 0;

	*errp = database(s, cti_pg_exec(s->pg, &res, sql, 0, NULL));
	if (!*errp)
		now_us = strtoll(cti_pg_value(res, 0, 0), NULL, 10);
	cti_pg_result_free(res);
	return now_us;
}

/* ---- a page ------------------------------------------------------------------------ */

/* A template that knows no pages gives the same one for ever. */
static bool same_page(struct sync *s, const struct cti_crm_answer *a)
{
	char id[37], key[200] = "";
	bool same;

	if (a->ncontacts)
		cti_crm_contact_ids(&a->contacts[0], id, key);
	same = *key && strcmp(key, s->first) == 0;
	(void)cti_str_copy(s->first, sizeof(s->first), key);
	return same;
}

static void go_on(struct sync *s, struct cti_crm_answer *a)
{
	free(s->cursor);
	s->cursor = a->cursor;
	a->cursor = NULL;
	s->cut = s->cut || a->cut;
	if (a->newest_us > s->mark_us)
		s->mark_us = a->newest_us;
	s->result->pages++;
	s->result->contacts += a->ncontacts;
}

static int keep(struct sync *s, struct cti_crm_answer *a)
{
	const struct cti_number_plan plan = { .country = s->conf->crm->country
								 ? s->conf->crm->country
								 : s->conf->country };
	const int err = cti_mirror(s->pg, a->contacts, a->ncontacts, NULL, &plan);

	if (err)
		return database(s, err == EAGAIN ? CTI_PG_AWAY : CTI_PG_REFUSED);
	go_on(s, a);
	if (s->conf->progress)
		s->conf->progress(s->result, s->conf->arg);
	return 0;
}

static int page(struct sync *s)
{
	const struct cti_crm_ask ask = { .verb = CTI_CRM_SYNC,
		.cursor = s->cursor,
		.since_us = s->since_us,
		.deadline_ms = s->conf->crm->log_ms };
	struct cti_crm_answer *a = NULL;
	int err = cti_asker_wait(
		s->conf->crms, s->conf->crm->name, &ask, s->conf->stop_fd, &a);

	if (!err && a->err) {
		(void)snprintf(s->why, 320, "%s %s", cti_crm_err_text(a->err), a->detail);
		err = a->err == CTI_CRM_UNSUPPORTED ? ENOTSUP : EIO;
	}
	if (!err && same_page(s, a)) {
		free(s->cursor);
		s->cursor = NULL;
	} else if (!err) {
		err = keep(s, a);
	}
	cti_crm_answer_free(a);
	return err;
}

static int pages(struct sync *s)
{
	int err;

	do
		err = page(s);
	while (!err && s->cursor && s->result->pages < PAGES_MAX);
	return err;
}

/* ---- the end ------------------------------------------------------------------------- */

/* What the run did not bring is gone. A CRM that shows nothing at all has rather taken
 * our right to look. */
static enum cti_pg_status drop_gone(struct sync *s, int64_t began_us)
{
	static const char sql[] =
		"DELETE FROM contacts WHERE source = $1"
		" AND changed_at < 'epoch'::timestamptz + $2 * interval '1 microsecond'";
	char began[24];
	const char *const params[] = { s->conf->crm->name, began };
	struct cti_pg_result *res = NULL;
	enum cti_pg_status st;

	if (!s->result->whole || s->cut || !s->result->contacts || s->cursor)
		return CTI_PG_OK;
	(void)snprintf(began, sizeof(began), "%lld", (long long)began_us);
	st = cti_pg_exec(s->pg, &res, sql, 2, params);
	if (st == CTI_PG_OK)
		s->result->removed = cti_pg_affected(res);
	cti_pg_result_free(res);
	return st;
}

static enum cti_pg_status put_state(struct sync *s)
{
	static const char sql[] =
		"INSERT INTO crm_syncs AS old (crm, mark, whole_at, ran_at) VALUES ($1,"
		" 'epoch'::timestamptz + nullif($2::bigint, 0) * interval '1 microsecond',"
		" CASE WHEN $3 THEN now() END, now()) ON CONFLICT (crm) DO UPDATE SET"
		" mark = EXCLUDED.mark, ran_at = EXCLUDED.ran_at,"
		" whole_at = coalesce(EXCLUDED.whole_at, old.whole_at)";
	char mark[24];
	const char *const params[] = { s->conf->crm->name, mark,
		s->result->whole ? "t" : "f" };

	(void)snprintf(mark, sizeof(mark), "%lld", (long long)s->mark_us);
	return cti_pg_exec(s->pg, NULL, sql, 3, params);
}

/* Calls of strangers who are none any more. */
static enum cti_pg_status link_calls(struct sync *s)
{
	static const char sql[] =
		"SELECT DISTINCT o.number FROM crm_outbox AS o JOIN contact_numbers AS n"
		" ON n.e164 = o.number WHERE o.state = 'unknown' AND o.crm = $1";
	struct cti_pg_result *res = NULL;
	enum cti_pg_status st = cti_pg_exec(
		s->pg, &res, sql, 1, (const char *const *)&s->conf->crm->name);

	for (size_t i = 0; st == CTI_PG_OK && i < cti_pg_rows(res); i++)
		st = cti_outbox_known(s->pg, cti_pg_value(res, i, 0));
	cti_pg_result_free(res);
	return st;
}

static int finish(struct sync *s, int64_t began_us)
{
	enum cti_pg_status st = cti_pg_begin(s->pg);

	if (st == CTI_PG_OK)
		st = drop_gone(s, began_us);
	if (st == CTI_PG_OK)
		st = link_calls(s);
	if (st == CTI_PG_OK)
		st = put_state(s);
	if (st == CTI_PG_OK)
		st = cti_pg_commit(s->pg);
	else
		cti_pg_rollback(s->pg);
	return database(s, st);
}

int cti_sync_contacts(struct cti_pg *pg, const struct cti_sync_conf *conf,
	struct cti_sync_progress *result, char why[320])
{
	struct sync s = { .pg = pg, .conf = conf, .result = result, .why = why };
	int64_t began_us = 0;
	int err;

	*result = (struct cti_sync_progress){ 0 };
	why[0] = '\0';
	if (!(conf->crms->caps(conf->crm->name, conf->crms->arg) & 1u << CTI_CRM_SYNC)) {
		(void)snprintf(why, 320,
			"this CRM shows no list of its contacts: a template needs the scenario "
			"GetAllContacts");
		return ENOTSUP;
	}
	err = begin(&s);
	if (!err)
		began_us = database_now(&s, &err);
	if (!err)
		err = pages(&s);
	if (!err)
		err = finish(&s, began_us);
	free(s.cursor);
	return err;
}

enum cti_pg_status cti_sync_ran(struct cti_pg *pg, const char *source)
{
	static const char sql[] =
		"INSERT INTO crm_syncs (crm, whole_at, ran_at) VALUES ($1, now(), now())"
		" ON CONFLICT (crm) DO UPDATE SET whole_at = now(), ran_at = now()";

	return cti_pg_exec(pg, NULL, sql, 1, &source);
}

int cti_sync_due(struct cti_pg *pg, const char *crm, uint32_t every_s, uint32_t *in_sp)
{
	static const char sql[] = "SELECT greatest(0, ceil($2::integer -"
				  " extract(epoch FROM now() - ran_at)))::integer"
				  " FROM crm_syncs WHERE crm = $1";
	char every[16];
	const char *const params[] = { crm, every };
	struct cti_pg_result *res = NULL;
	enum cti_pg_status st;

	*in_sp = 0;
	(void)snprintf(every, sizeof(every), "%u", every_s);
	st = cti_pg_exec(pg, &res, sql, 2, params);
	if (st == CTI_PG_OK && cti_pg_rows(res))
		*in_sp = (uint32_t)strtoul(cti_pg_value(res, 0, 0), NULL, 10);
	cti_pg_result_free(res);
	return cti_pg_errno(st);
}
