/*
 * book.c -- see book.h.
 */
#include "book.h"

#include "sync.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *kind;
	int (*read)(const struct cti_book_conf *book, int stop_fd, cti_entry_h *h,
		void *arg, char why[CTI_BOOK_WHY_BYTES]);
} kinds[] = { { "ldap", cti_ldap_read }, { "carddav", cti_carddav_read } };

struct feed {
	const struct cti_book_job *job;
	char *why;
};

static int feed(cti_entry_h *h, void *harg, void *arg)
{
	const struct feed *f = arg;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(f->job->book->kind, kinds[i].kind) == 0)
			return kinds[i].read(
				f->job->book, f->job->stop_fd, h, harg, f->why);
	}
	return EPROTO; /* ringbridge check names the kinds */
}

int cti_book_fetch(struct cti_pg *pg, const struct cti_book_job *job,
	struct cti_import_progress *result, char why[CTI_BOOK_WHY_BYTES])
{
	const struct cti_book_conf *book = job->book;
	const struct cti_import_conf conf = { .source = book->name,
		.country = book->country ? book->country : job->country,
		.progress = job->progress,
		.bad_row = job->bad_row,
		.arg = job->arg };
	struct feed f = { job, why };
	int err;

	why[0] = '\0';
	err = cti_import_entries(pg, &conf, feed, &f, result);
	if (err == ENODATA)
		(void)snprintf(why, CTI_BOOK_WHY_BYTES,
			"it shows nobody; look at the account's rights, at base and filter");
	else if ((err == EIO || err == EAGAIN) && !*why)
		(void)snprintf(why, CTI_BOOK_WHY_BYTES, "the database: %.200s",
			cti_pg_error(pg));
	if (!err)
		err = cti_pg_errno(cti_sync_ran(pg, book->name));
	return err;
}
