/*
 * staging.h -- the database's side of an import: rows go into a table of their own by
 * COPY, and from there, in one transaction, into the directory.
 */
#ifndef CTI_STAGING_H
#define CTI_STAGING_H

#include "pg.h"

struct cti_staged {
	uint64_t line;
	const char *id;  /* of the contact, if it is new: ids in order are written in order */
	const char *key; /* the source's id, or one made from name, company, number */
	const char *name, *kana, *company, *department, *title, *email, *url, *note;
	const char *const *raw; /* numbers; e164[i] "" if it is none */
	const char *const *e164;
	const char *const *label;
	size_t n;
};

enum cti_pg_status cti_staging_begin(struct cti_pg *pg);
/* Appends a row to out, to be put by cti_pg_copy_put() when it is long enough. */
void cti_staging_row(struct cti_buf *out, const struct cti_staged *row);

typedef void(cti_staging_twice_h)(uint64_t line, uint64_t first, void *arg);
/* After cti_pg_copy_end(): replaces what source had; commits. */
enum cti_pg_status cti_staging_finish(struct cti_pg *pg, const char *source,
	cti_staging_twice_h *h, void *arg, uint64_t *importedp);

#endif
