/*
 * migrate.c -- applies the embedded files, each in one transaction that also
 * notes its version, so a connection that dies in between leaves the one or the
 * other and a repeat goes on from there.
 */
#include "migrate.h"

#include "migrations.h"

#include <cti/log.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char sql_bootstrap[] =
	"CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY,"
	" name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());"
	"COMMENT ON TABLE schema_version IS 'Which files of schema/sql were applied';"
	"COMMENT ON COLUMN schema_version.version IS 'Number in the file''s name';"
	"COMMENT ON COLUMN schema_version.name IS 'The file';"
	"COMMENT ON COLUMN schema_version.applied_at IS 'When'";

/* Any constant that is ours; held until the transaction ends. */
static const char sql_lock[] = "SELECT pg_advisory_xact_lock(7264531902)";

unsigned cti_migrate_newest(void)
{
	return cti_migrations[cti_nmigrations - 1].version;
}

static enum cti_pg_status read_version(struct cti_pg *pg, unsigned *versionp)
{
	static const char exists[] = "SELECT to_regclass('schema_version')";
	static const char newest[] =
		"SELECT coalesce(max(version), 0) FROM schema_version";
	struct cti_pg_result *res = NULL;
	enum cti_pg_status st = cti_pg_exec(pg, &res, exists, 0, NULL);
	const bool there = st == CTI_PG_OK && cti_pg_value(res, 0, 0);

	cti_pg_result_free(res);
	*versionp = 0;
	if (!there)
		return st;
	st = cti_pg_exec(pg, &res, newest, 0, NULL);
	if (st == CTI_PG_OK) {
		*versionp = (unsigned)strtoul(cti_pg_value(res, 0, 0), NULL, 10);
		cti_pg_result_free(res);
	}
	return st;
}

int cti_migrate_version(struct cti_pg *pg, unsigned *versionp)
{
	return cti_pg_errno(read_version(pg, versionp));
}

static enum cti_pg_status note_version(struct cti_pg *pg, const struct cti_migration *m)
{
	static const char sql[] =
		"INSERT INTO schema_version (version, name) VALUES ($1, $2)";
	char version[16];
	const char *const params[] = { version, m->name };

	(void)snprintf(version, sizeof(version), "%u", m->version);
	return cti_pg_exec(pg, NULL, sql, 2, params);
}

/* Inside the transaction and its lock: nobody else has done it meanwhile? */
static enum cti_pg_status apply(struct cti_pg *pg, const struct cti_migration *m)
{
	enum cti_pg_status st = cti_pg_exec(pg, NULL, sql_lock, 0, NULL);
	unsigned version = 0;

	if (st == CTI_PG_OK)
		st = cti_pg_script(pg, sql_bootstrap);
	if (st == CTI_PG_OK)
		st = read_version(pg, &version);
	if (st != CTI_PG_OK || version >= m->version)
		return st;
	st = cti_pg_script(pg, m->sql);
	if (st == CTI_PG_OK)
		st = note_version(pg, m);
	return st;
}

static enum cti_pg_status migrate_one(struct cti_pg *pg, const struct cti_migration *m)
{
	enum cti_pg_status st = cti_pg_begin(pg);

	if (st == CTI_PG_OK)
		st = apply(pg, m);
	if (st == CTI_PG_OK)
		return cti_pg_commit(pg);
	cti_pg_rollback(pg);
	return st;
}

int cti_migrate(struct cti_pg *pg, struct cti_migrate_result *res)
{
	int err;

	*res = (struct cti_migrate_result){ 0 };
	err = cti_migrate_version(pg, &res->before);
	if (err)
		return err;
	res->after = res->before;
	if (res->before > cti_migrate_newest())
		return EPROTO;
	for (size_t i = 0; i < cti_nmigrations; i++) {
		const struct cti_migration *m = &cti_migrations[i];

		if (m->version <= res->before)
			continue;
		err = cti_pg_errno(migrate_one(pg, m));
		if (err) {
			(void)cti_str_copy(res->failed, sizeof(res->failed), m->name);
			return err;
		}
		cti_log(CTI_LOG_INFO, "store", "schema migrated file=%s", m->name);
		res->after = m->version;
	}
	return 0;
}
