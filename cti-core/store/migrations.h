/*
 * migrations.h -- the files of schema/sql as they were when this was built.
 */
#ifndef CTI_MIGRATIONS_H
#define CTI_MIGRATIONS_H

#include <stddef.h>

struct cti_migration {
	unsigned version; /* 1, 2, 3 ... without a gap */
	const char *name; /* "0001_people" */
	const char *sql;
};

extern const struct cti_migration cti_migrations[];
extern const size_t cti_nmigrations;

#endif
