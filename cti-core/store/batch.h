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

struct cti_ahead;
struct cti_strmap;

enum {
	CTI_BATCH_BYTES_MAX = 4 * 1024 * 1024,
	CTI_BATCH_ID_BYTES = 37,
	/* Records of which a batch keeps the place, for each that it writes. */
	CTI_BATCH_RECORDS_A_ROW = 4,
};

struct cti_batch_rec {
	uint64_t pos;
	uint16_t type;
	bool superseded; /* a later record of this batch says more about the same */
	char id[CTI_BATCH_ID_BYTES]; /* of the conversation, or made for the audit row */
	uint64_t version;            /* of a picture */
	char *json;                  /* owned; NULL: superseded */
	size_t len;
	size_t older; /* 1 + index of the one before it about the same; 0: none */
};

struct cti_batch {
	struct cti_batch_rec *recs; /* owned */
	size_t n, size;
	size_t rows, rows_max;     /* to be written: not superseded */
	size_t bytes;              /* of them */
	struct cti_strmap *newest; /* owned; id to 1 + index */
	uint64_t next_pos;         /* where the batch after this begins */
	uint64_t passed;           /* records read, of any kind */
	uint64_t gave_way;         /* pictures that a newer one stands for */
	uint64_t damaged;          /* records that were passed over */
	bool full;                 /* the journal may hold more */
};

int cti_batch_init(struct cti_batch *b, size_t rows);
void cti_batch_fini(struct cti_batch *b);

/*
 * Reads from r until the batch is full or the journal's end; pictures that ahead (may be
 * NULL) knows a later one of are passed over. 0 (perhaps empty: see passed and damaged);
 * ENOMEM; an errno of the journal.
 */
int cti_batch_fill(
	struct cti_batch *b, struct cti_journal_reader *r, const struct cti_ahead *ahead);

/* Of a conversation's record, by the look of it. False: it does not begin as ours do. */
struct cti_batch_name {
	char id[CTI_BATCH_ID_BYTES];
	uint64_t version;
};
bool cti_batch_name(struct cti_batch_name *name, const char *json, size_t len);

/* What statements.h takes: JSON arrays of the batch's records from..to-1. */
struct cti_batch_params {
	struct cti_buf conversations, lost, audit;
	size_t nconversations, nlost, naudit;
};
int cti_batch_params(
	struct cti_batch_params *p, const struct cti_batch *b, size_t from, size_t to);
void cti_batch_params_reset(struct cti_batch_params *p);

#endif
