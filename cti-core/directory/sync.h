/*
 * sync.h -- a CRM's contacts into the index, page by page: all of them, or those that
 * changed since the last time where the CRM can tell.
 *
 * Each page is kept at once, so what was read before a failure counts, and the next
 * run begins anew. Contacts that the CRM no longer has go at the end of a whole run.
 */
#ifndef CTI_SYNC_H
#define CTI_SYNC_H

#include "pg.h"

#include <cti/conf.h>
#include <cti/crm.h>

struct cti_asker;

struct cti_sync_progress {
	bool whole; /* all contacts, not only the changed ones */
	uint64_t pages, contacts, removed;
};

struct cti_sync_conf {
	const struct cti_asker *crms;
	const struct cti_crm_conf *crm;
	const char *country; /* of numbers that the CRM writes without one */
	bool whole;          /* also where changes alone would do */
	int stop_fd;         /* readable: give up; -1: never */
	void (*progress)(const struct cti_sync_progress *p, void *arg); /* a page each */
	void *arg;
};

/*
 * Blocking. Thread: any that may wait, on a connection of the caller's. why: what went
 * wrong, for people. 0; ENOTSUP: this CRM shows no list; EIO: the CRM failed, or the
 * database refused; EAGAIN: the database is away; ECANCELED: stop_fd; ENOMEM.
 */
int cti_sync_contacts(struct cti_pg *pg, const struct cti_sync_conf *conf,
	struct cti_sync_progress *result, char why[320]);

/* A source of contacts (a CRM, a book) was fetched as a whole just now. */
enum cti_pg_status cti_sync_ran(struct cti_pg *pg, const char *source);

/* How long until crm is due, a run each every_s; 0: now. The same errors. */
int cti_sync_due(struct cti_pg *pg, const char *crm, uint32_t every_s, uint32_t *in_sp);

#endif
