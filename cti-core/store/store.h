/*
 * store.h -- the PostgreSQL thread: takes the record journal to the database.
 *
 * It has its own place in the journal, kept in the database and moved in the same
 * transaction as the rows, so nothing is written twice or skipped however often
 * either side dies. PostgreSQL may be away for hours; the journal waits.
 *
 * Thread: start and stop from main; poke and status from any.
 */
#ifndef CTI_STORE_H
#define CTI_STORE_H

#include <stdbool.h>
#include <stdint.h>

struct cti_store;

struct cti_store_conf {
	const char *url;
	const char *journal_dir; /* of the record journal */
	uint32_t batch_rows;
	uint32_t batch_wait_ms;
};

/* Record types in the record journal. */
enum {
	CTI_REC_CONVERSATION = 1, /* JSON of model/view.h, with the trace */
	CTI_REC_AUDIT = 2,        /* JSON: who did what; has at, who, what */
	CTI_REC_MARK = 3,         /* the route's own; the store passes over it */
	CTI_REC_LOST = 4, /* JSON {"id":...}: a conversation that is still open in the
				   * database is over, nobody knows when: ended_at "unknown" */
};

int cti_store_start(struct cti_store **sp, const struct cti_store_conf *conf);
/* Writes what is there, at most deadline_ms; joins; frees. */
void cti_store_stop(struct cti_store *s, uint32_t deadline_ms);
void cti_store_poke(struct cti_store *s);

struct cti_store_status {
	bool up;
	bool migrated;     /* the schema is at the version this build needs */
	uint64_t pos;      /* everything before it is in the database */
	uint64_t written;  /* records */
	uint64_t gave_way; /* pictures that were not written, a newer one was there */
	uint64_t batches, repeated, refused;
	int64_t away_since_us; /* 0: not away */
	char detail[160];
};
void cti_store_status(const struct cti_store *s, struct cti_store_status *st);

#endif
