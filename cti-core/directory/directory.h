/*
 * directory.h -- whose number is this.
 *
 * A look-up asks the index in the database and every CRM at once and tells more as
 * more is known: what the index has, then what CRMs answer within the budget, then
 * late answers. No call ever waits for it.
 *
 * Thread: core, unless said otherwise.
 */
#ifndef CTI_DIRECTORY_H
#define CTI_DIRECTORY_H

#include "pg.h"
#include "str.h"

#include <cti/conf.h>

#include <stdbool.h>
#include <stdint.h>

struct cti_asker;
struct cti_directory;
struct cti_entry;

struct cti_directory_conf {
	const char *db_url;
	unsigned workers;
	uint32_t budget_ms;      /* the first answer comes by then, if only "none" */
	uint32_t negative_ms;    /* a CRM that knew nobody is not asked again so long */
	const char *contact_url; /* template for contacts without a URL of their own */
	const struct cti_crm_conf *crms; /* in the order of preference; borrowed */
	size_t ncrms;
	const char *country; /* of numbers that a CRM writes without one */
};

struct cti_directory_news {
	const char *conversation;
	const char *contacts_json; /* as in schema/ws; NULL: nothing new for the page */
	const char *trace;         /* "source=index result=one took_ms=3"; NULL: none */
};
typedef void(cti_directory_h)(const struct cti_directory_news *news, void *arg);

int cti_directory_start(struct cti_directory **dp, const struct cti_directory_conf *conf,
	cti_directory_h *h, void *arg);
void cti_directory_stop(struct cti_directory *d);

/* CRMs come up after the directory and go before it. NULL: they are going; all that
 * was asked must have been answered before stop. */
void cti_directory_set_crms(struct cti_directory *d, const struct cti_asker *crms);

/* Borrowed for the call. */
struct cti_directory_ask {
	const char *conversation;
	const char *number;       /* E.164, or digits that are no such number */
	const char *const *lines; /* of the call: their agents' choices count first */
	size_t nlines;
	bool outbound;
};

/* One answer at least comes by the handler, by the budget. A second look-up of a
 * conversation takes the place of the first. EAGAIN: too many at once. */
int cti_directory_lookup(struct cti_directory *d, const struct cti_directory_ask *ask);

/* We have written a contact with this number: CRMs that knew nobody are asked again. */
void cti_directory_forget(struct cti_directory *d, const char *number);

/* ---- blocking, any thread, on a connection of the caller's ---------------- */

/* The same answer as the handler gets, without CRMs; 0, or EAGAIN when the database
 * is away. */
int cti_directory_find(struct cti_pg *pg, const char *number, const char *contact_url,
	struct cti_buf *json);

struct cti_import_progress {
	uint64_t bytes_done, bytes_total, rows, imported, bad;
};
struct cti_import_conf {
	const char *path;
	const char *country; /* home country of bare numbers */
	const char *source;  /* name of this import; a second run of it replaces */
	void (*progress)(const struct cti_import_progress *p, void *arg);
	/* One bad row: 1-based line of the file, what and why. */
	void (*bad_row)(uint64_t line, const char *why, void *arg);
	void *arg;
};
/* Entries of any list: h for each; an errno stops the list, and nothing was changed. */
typedef int(cti_entry_feed_h)(
	int (*h)(const struct cti_entry *e, void *harg), void *harg, void *arg);
/* conf->path is not used. ENODATA: there was not one; nothing was changed. */
int cti_import_entries(struct cti_pg *pg, const struct cti_import_conf *conf,
	cti_entry_feed_h *feed, void *arg, struct cti_import_progress *result);

/* CSV with a header line (see columns.c), or vCards; the file's beginning tells. */
int cti_import_contacts(struct cti_pg *pg, const struct cti_import_conf *conf,
	struct cti_import_progress *result);

#endif
