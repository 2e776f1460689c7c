/*
 * migrate.h -- brings the database to the schema that this build needs.
 *
 * The files of schema/sql are inside the binary. Forward only; each file is one
 * transaction; an advisory lock keeps two of us from doing it at once.
 *
 * Thread: any; blocking, on a connection of the caller's.
 */
#ifndef CTI_MIGRATE_H
#define CTI_MIGRATE_H

#include "pg.h"

struct cti_migrate_result {
	unsigned before; /* 0: an empty database */
	unsigned after;
	char failed[80]; /* name of the file that was refused, or empty */
};

/* The newest migration that this build knows. */
unsigned cti_migrate_newest(void);

/* 0 also for an empty database (*versionp 0); EAGAIN: database away; EIO: refused. */
int cti_migrate_version(struct cti_pg *pg, unsigned *versionp);

/*
 * 0; EAGAIN: database away; EIO: a file was refused (res->failed, cti_pg_error());
 * EPROTO: the schema is newer than this build, which touches nothing.
 */
int cti_migrate(struct cti_pg *pg, struct cti_migrate_result *res);

#endif
