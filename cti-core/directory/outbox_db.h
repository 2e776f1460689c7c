/*
 * outbox_db.h -- the statements of the outbox's thread. For outbox.c.
 */
#ifndef CTI_OUTBOX_DB_H
#define CTI_OUTBOX_DB_H

#include "outbox.h"

#include <cti/crm.h>

/* A row that is to be sent, with all that is told about its call. */
struct cti_outbox_row {
	char id[24];
	char *crm; /* owned, as all texts */
	unsigned attempts;
	bool live;                /* the call goes on */
	struct cti_crm_call call; /* its texts are in texts[] */
	struct cti_crm_contact contact;
	char *texts[16];
	size_t ntexts;
};

void cti_outbox_row_reset(struct cti_outbox_row *row);

/* The table of CRMs as the configuration and their connectors have it. */
enum cti_pg_status cti_outbox_put_crms(struct cti_pg *pg, const struct cti_crm_conf *crms,
	size_t n, const struct cti_asker *asker);

/* After a start: rows of crm that were being sent. once: sending them again is safe;
 * else they are dead, for a person to look. */
enum cti_pg_status cti_outbox_recover(struct cti_pg *pg, const char *crm, bool once);

/* Calls whose contact came into the index only after their end was written: a CRM's
 * answer and the end of a short call cross each other. */
enum cti_pg_status cti_outbox_late(struct cti_pg *pg);

/* At most n rows that are due become "sending"; *np: how many rows were filled. */
enum cti_pg_status cti_outbox_claim(struct cti_pg *pg, const char *page_url,
	struct cti_outbox_row *rows, size_t n, size_t *np);

/* live: what was written is the beginning of a call that went on then. */
enum cti_pg_status cti_outbox_written(
	struct cti_pg *pg, const char *id, const char *record_id, bool live);
/* The rows_ and oldest_s of st. */
enum cti_pg_status cti_outbox_count(struct cti_pg *pg, struct cti_outbox_status *st);
/* Written rows that are older go. */
enum cti_pg_status cti_outbox_forget(struct cti_pg *pg, uint32_t keep_s);
/* Again in wait_ms. counts: it was an attempt. */
enum cti_pg_status cti_outbox_again(struct cti_pg *pg, const char *id, const char *error,
	uint64_t wait_ms, bool counts);
enum cti_pg_status cti_outbox_dead(struct cti_pg *pg, const char *id, const char *error);

#endif
