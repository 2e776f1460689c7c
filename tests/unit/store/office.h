/*
 * office.h -- a record journal in a folder of its own and conversations to put in it.
 */
#ifndef OFFICE_H
#define OFFICE_H

#include "journal.h"
#include "pg.h"
#include "store.h"

#include <stdbool.h>
#include <stdint.h>

struct office {
	char dir[64];
	struct cti_journal *journal;
	struct cti_store *store; /* NULL until office_run() */
	const char *db;
};

/* An empty, migrated database of that name and an empty journal. */
void office_open(struct office *o, const char *db);
void office_close(struct office *o); /* stops the store too */
void office_run(struct office *o, uint32_t batch_rows);

/* Conversation number n, in its version; ended from version 3 on. */
void office_call(struct office *o, unsigned n, unsigned version);
void office_record(struct office *o, uint16_t type, const char *json);
/* The id of conversation n; static. */
const char *office_id(unsigned n);

/* Until the store has written all that is in the journal; fails the test after 20 s. */
void office_settle(struct office *o);

#endif
