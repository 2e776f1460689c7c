/*
 * outbox.h -- calls on their way into CRMs: rows of crm_outbox, made by the store in
 * the transaction that writes a call's end (store/statements.c).
 *
 * A row is sent when it is due and no older call of the same record waits. The key in
 * the CRM's record is the conversation's id, so an entry whose answer was lost is not
 * made twice; a connector that has no place for the key is not asked again without a
 * person's word. What cannot succeed, or did not in days, is dead: listed with its
 * reason, sent again when somebody says so.
 */
#ifndef CTI_OUTBOX_H
#define CTI_OUTBOX_H

#include "pg.h"

#include <cti/conf.h>

struct cti_asker;

/* ---- the thread ----------------------------------------------------------- */

struct cti_outbox;

struct cti_outbox_conf {
	const char *db_url;
	const struct cti_crm_conf *crms; /* borrowed, in order */
	size_t ncrms;
	const char *page_url; /* template of a call's page, {id}; NULL: none */
	uint32_t keep_s;      /* written rows; 0: for ever */
	/* Of the back-off; 0: 10 s, 1 h. */
	uint32_t retry_min_ms, retry_max_ms;
};

struct cti_outbox_status {
	bool up; /* the database is there */
	uint64_t written, failed, dead; /* since the start */
	unsigned sending;
	/* Rows, counted now and then. */
	uint64_t rows_waiting, rows_begun, rows_unknown, rows_dead;
	uint64_t oldest_s; /* how long the oldest one waits */
};

/* Main thread, as the next two. */
int cti_outbox_start(struct cti_outbox **op, const struct cti_outbox_conf *conf,
	const struct cti_asker *crms);
/* Ends the thread; rows that are being sent stay so, the next start finds out. Then
 * stop the CRMs, whose answers still come here, and free it. */
void cti_outbox_halt(struct cti_outbox *o);
void cti_outbox_free(struct cti_outbox *o);
/* Any thread: there may be something to do. */
void cti_outbox_poke(struct cti_outbox *o);
void cti_outbox_status(struct cti_outbox *o, struct cti_outbox_status *st);

/* ---- blocking, any thread, on a connection of the caller's ------------------ */

/* Calls of number that wait for a known caller go to contact: in an open transaction. */
enum cti_pg_status cti_outbox_chosen(
	struct cti_pg *pg, const char *number, const char *contact_id);
/* The same where exactly one contact of the CRM has the number now. */
enum cti_pg_status cti_outbox_known(struct cti_pg *pg, const char *number);

/* Who a user of ours is in a CRM; crm_user "": nobody known. ENOENT: no such user. */
int cti_user_crm_set(
	struct cti_pg *pg, const char *name, const char *crm, const char *crm_user);

/* JSON: counts by state, and the rows that are dead or have failed, newest first. */
int cti_outbox_list(struct cti_pg *pg, struct cti_buf *json);
/* Dead rows wait again: one by its id, or all (NULL). *np: how many. */
int cti_outbox_replay(struct cti_pg *pg, const char *id, size_t *np);

#endif
