/*
 * directory.h -- whose number is this.
 *
 * Lookups run on worker threads with their own database connection and come back
 * on the core thread; no call ever waits for one.
 *
 * Thread: core, unless said otherwise.
 */
#ifndef CTI_DIRECTORY_H
#define CTI_DIRECTORY_H

#include "pg.h"
#include "str.h"

#include <stdbool.h>
#include <stdint.h>

struct cti_directory;

struct cti_directory_conf {
	const char *db_url;
	unsigned workers;
	uint32_t budget_ms;      /* a lookup's answer comes by then, or "failed" does */
	const char *contact_url; /* template for contacts without a URL of their own */
};

/* contacts_json as in schema/ws (status, matches, reason). Core thread. */
typedef void(cti_directory_h)(
	const char *conversation, const char *contacts_json, uint32_t took_ms, void *arg);

int cti_directory_start(struct cti_directory **dp, const struct cti_directory_conf *conf,
	cti_directory_h *h, void *arg);
void cti_directory_stop(struct cti_directory *d);

/* Exactly one answer comes by the handler. EAGAIN: too many at once. */
int cti_directory_lookup(
	struct cti_directory *d, const char *conversation, const char *e164);

/* ---- blocking, any thread, on a connection of the caller's ---------------- */

/* The same answer as the handler gets; 0, or EAGAIN when the database is away. */
int cti_directory_find(struct cti_pg *pg, const char *e164, const char *contact_url,
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
/* CSV with a header line; see the man page for its columns. */
int cti_import_contacts(struct cti_pg *pg, const struct cti_import_conf *conf,
	struct cti_import_progress *result);

#endif
