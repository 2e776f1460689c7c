/*
 * statements.h -- what the store thread writes, as SQL. Each statement can be
 * repeated: rows are keyed by id, and an older version never replaces a newer one.
 *
 * Thread: the store's.
 */
#ifndef CTI_STATEMENTS_H
#define CTI_STATEMENTS_H

#include "batch.h"
#include "pg.h"

/* For cti_pg_set_session(): how these statements are planned. */
extern const char cti_statements_session[];

/* Inside a transaction of the caller's, in which the position was moved before: its row
 * keeps two stores of one database apart. */
enum cti_pg_status cti_statements_write(
	struct cti_pg *pg, const struct cti_batch_params *p);

struct cti_position {
	uint64_t epoch;
	uint64_t pos;
	uint64_t refused;
	bool there; /* false: this database has seen no journal yet */
};
enum cti_pg_status cti_position_read(struct cti_pg *pg, struct cti_position *p);
enum cti_pg_status cti_position_write(struct cti_pg *pg, const struct cti_position *p);

#endif
