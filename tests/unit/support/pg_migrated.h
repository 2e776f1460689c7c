/*
 * pg_migrated.h -- a private PostgreSQL with a database that has our schema.
 */
#ifndef PG_MIGRATED_H
#define PG_MIGRATED_H

#include "migrate.h"
#include "pg_fixture.h"

/* Group set-up; pg_fixture_down() ends it. pgp: a connection, the caller's. */
static inline int pg_migrated_up(void **state, const char *database, struct cti_pg **pgp)
{
	struct cti_migrate_result r;
	const int err = pg_fixture_up(state);

	if (err)
		return err;
	if (cti_pg_alloc(pgp, pg_fixture_database(database), "test"))
		return -1;
	return cti_migrate(*pgp, &r);
}

#endif
