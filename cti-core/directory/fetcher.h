/*
 * fetcher.h -- the thread that fetches the contacts of CRMs (sync.h) and address books
 * (book.h) now and then.
 */
#ifndef CTI_FETCHER_H
#define CTI_FETCHER_H

#include <cti/conf.h>

struct cti_asker;
struct cti_fetcher;

struct cti_fetcher_conf {
	const char *db_url;
	const struct cti_crm_conf *crms; /* borrowed; those with sync_s are fetched */
	size_t ncrms;
	const struct cti_book_conf *books; /* the same */
	size_t nbooks;
	const char *country; /* of numbers that a CRM writes without one; borrowed */
};

/* Main thread. crms outlive it. 0, ENOMEM, EAGAIN (no thread), EMFILE. */
int cti_fetcher_start(struct cti_fetcher **sp, const struct cti_fetcher_conf *conf,
	const struct cti_asker *crms);
/* Ends the thread without waiting for a CRM or the database. NULL is ignored. */
void cti_fetcher_stop(struct cti_fetcher *s);

#endif
