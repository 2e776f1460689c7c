/*
 * book.h -- address books of others as sources of contacts: LDAP (RFC 4511) and CardDAV
 * (RFC 6352). They are read as a whole and take the place of what they gave before.
 */
#ifndef CTI_BOOK_H
#define CTI_BOOK_H

#include "directory.h"
#include "entry.h"

#include <cti/conf.h>

enum { CTI_BOOK_WHY_BYTES = 320 };

struct cti_book_job {
	const struct cti_book_conf *book;
	const char
		*country; /* of numbers without one, where the book's section has none */
	int stop_fd;      /* readable: give up; -1: never */
	void (*progress)(
		const struct cti_import_progress *p, void *arg);    /* may be NULL */
	void (*bad_row)(uint64_t line, const char *why, void *arg); /* may be NULL */
	void *arg;
};

/*
 * Blocking. Thread: any that may wait, on a connection of the caller's. why: what went
 * wrong and what to do, for people. 0; EPROTO: the book's server; ENODATA: it shows
 * nobody; ECANCELED: stop_fd; EIO, EAGAIN: our database; ENOMEM. Unless 0 nothing has
 * changed.
 */
int cti_book_fetch(struct cti_pg *pg, const struct cti_book_job *job,
	struct cti_import_progress *result, char why[CTI_BOOK_WHY_BYTES]);

/* ---- the two kinds: h for each entry ------------------------------------------- */

int cti_ldap_read(const struct cti_book_conf *book, int stop_fd, cti_entry_h *h,
	void *arg, char why[CTI_BOOK_WHY_BYTES]);
int cti_carddav_read(const struct cti_book_conf *book, int stop_fd, cti_entry_h *h,
	void *arg, char why[CTI_BOOK_WHY_BYTES]);

#endif
