/*
 * batch.h -- some records of the journal, read, checked and sorted by kind: what
 * one transaction writes.
 *
 * Thread: the store's.
 */
#ifndef CTI_BATCH_H
#define CTI_BATCH_H

#include "journal.h"
#include "str.h"

#include <stdbool.h>

enum { CTI_BATCH_BYTES_MAX = 4 * 1024 * 1024 };

struct cti_batch_rec {
	uint64_t pos;
	uint16_t type;
	bool superseded; /* a later record of this batch says more about the same */
	char id[37];     /* of the conversation, or made for the audit row */
	char *json;      /* owned */
	size_t len;
};

struct cti_batch {
	struct cti_batch_rec *recs; /* owned */
	size_t n, size;
	size_t bytes;
	uint64_t next_pos; /* where the batch after this begins */
	uint64_t passed;   /* records read, of any kind */
	uint64_t damaged;  /* records that were passed over */
};

int cti_batch_init(struct cti_batch *b, size_t rows);
void cti_batch_fini(struct cti_batch *b);

/*
 * Reads from r until the batch is full or the journal's end. 0 (perhaps empty: see
 * passed and damaged); ENOMEM; an errno of the journal.
 */
int cti_batch_fill(struct cti_batch *b, struct cti_journal_reader *r);

/* What statements.h takes: JSON arrays of the batch's records from..to-1. */
struct cti_batch_params {
	struct cti_buf conversations, lost, audit;
	size_t nconversations, nlost, naudit;
};
int cti_batch_params(
	struct cti_batch_params *p, const struct cti_batch *b, size_t from, size_t to);
void cti_batch_params_reset(struct cti_batch_params *p);

#endif
