/*
 * fetcher.c -- see fetcher.h. One source after the other: what nobody waits for may wait.
 */
#include "fetcher.h"

#include "book.h"
#include "sync.h"

#include <cti/clock.h>
#include <cti/log.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { STATEMENT_MS = 60000, FAILED_S = 60, LONGEST_S = 3600 };

struct cti_fetcher {
	struct cti_fetcher_conf conf;
	const struct cti_asker *crms;
	struct cti_pg *pg;
	int64_t *not_before_us; /* one a source: after a failure */
	int stop_fd;
	pthread_t thread;
};

/* ---- CRMs, then books: one list ------------------------------------------------- */

static size_t count(const struct cti_fetcher *s)
{
	return s->conf.ncrms + s->conf.nbooks;
}

static const struct cti_book_conf *book_at(const struct cti_fetcher *s, size_t i)
{
	return i < s->conf.ncrms ? NULL : &s->conf.books[i - s->conf.ncrms];
}

static const char *name_of(const struct cti_fetcher *s, size_t i)
{
	return book_at(s, i) ? book_at(s, i)->name : s->conf.crms[i].name;
}

static uint32_t every_s(const struct cti_fetcher *s, size_t i)
{
	return book_at(s, i) ? book_at(s, i)->sync_s : s->conf.crms[i].sync_s;
}

static int fetch_crm(struct cti_fetcher *s, const struct cti_crm_conf *crm, char why[320])
{
	const struct cti_sync_conf conf = { .crms = s->crms,
		.crm = crm,
		.country = s->conf.country,
		.stop_fd = s->stop_fd };
	struct cti_sync_progress done;
	const int err = cti_sync_contacts(s->pg, &conf, &done, why);

	if (!err)
		cti_log(CTI_LOG_INFO, "sync",
			"contacts are fetched crm=%s whole=%d contacts=%llu removed=%llu",
			crm->name, done.whole, (unsigned long long)done.contacts,
			(unsigned long long)done.removed);
	return err;
}

static int fetch_book(
	struct cti_fetcher *s, const struct cti_book_conf *book, char why[320])
{
	const struct cti_book_job job = {
		.book = book, .country = s->conf.country, .stop_fd = s->stop_fd
	};
	struct cti_import_progress done;
	const int err = cti_book_fetch(s->pg, &job, &done, why);

	if (!err)
		cti_log(CTI_LOG_INFO, "sync",
			"contacts are fetched book=%s contacts=%llu left_out=%llu",
			book->name, (unsigned long long)done.imported,
			(unsigned long long)done.bad);
	return err;
}

static void run(struct cti_fetcher *s, size_t i)
{
	char why[320];
	const int err = book_at(s, i) ? fetch_book(s, book_at(s, i), why)
				      : fetch_crm(s, &s->conf.crms[i], why);

	if (!err || err == ECANCELED)
		return;
	s->not_before_us[i] = cti_mono_us() + FAILED_S * INT64_C(1000000);
	cti_log(err == ENOTSUP ? CTI_LOG_ERROR : CTI_LOG_WARN, "sync",
		"contacts are not fetched source=%s why=\"%s\"", name_of(s, i), why);
}

/* ---- the thread ------------------------------------------------------------------- */

/* Seconds until source i is due; LONGEST_S at most. */
static uint32_t due_in(struct cti_fetcher *s, size_t i)
{
	const int64_t held_s = (s->not_before_us[i] - cti_mono_us()) / 1000000;
	uint32_t in_s = FAILED_S;

	if (held_s > 0)
		return (uint32_t)held_s + 1;
	(void)cti_sync_due(s->pg, name_of(s, i), every_s(s, i), &in_s);
	return in_s < LONGEST_S ? in_s : LONGEST_S;
}

/* Those that are due; seconds until the next one is. */
static uint32_t round_of_all(struct cti_fetcher *s)
{
	uint32_t next_s = LONGEST_S;

	if (cti_pg_connect(s->pg, STATEMENT_MS) != CTI_PG_OK)
		return FAILED_S;
	for (size_t i = 0; i < count(s); i++) {
		uint32_t in_s;

		if (!every_s(s, i))
			continue;
		in_s = due_in(s, i);
		if (!in_s) {
			run(s, i);
			in_s = due_in(s, i);
		}
		if (in_s < next_s)
			next_s = in_s;
	}
	return next_s ? next_s : 1;
}

static void *fetcher_thread(void *arg)
{
	struct cti_fetcher *s = arg;
	struct pollfd stop = { .fd = s->stop_fd, .events = POLLIN };
	uint32_t wait_s;

	do
		wait_s = round_of_all(s);
	while (poll(&stop, 1, (int)wait_s * 1000) <= 0);
	return NULL;
}

static void fetcher_free(struct cti_fetcher *s)
{
	cti_pg_free(s->pg);
	if (s->stop_fd >= 0)
		(void)close(s->stop_fd);
	free(s->not_before_us);
	free(s);
}

int cti_fetcher_start(struct cti_fetcher **sp, const struct cti_fetcher_conf *conf,
	const struct cti_asker *crms)
{
	struct cti_fetcher *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return ENOMEM;
	s->conf = *conf;
	s->crms = crms;
	s->not_before_us = calloc(count(s) + 1, sizeof(*s->not_before_us));
	s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = s->stop_fd < 0 ? EMFILE : s->not_before_us ? 0 : ENOMEM;
	if (!err)
		err = cti_pg_alloc(&s->pg, conf->db_url, "ringbridge sync");
	if (!err) {
		cti_pg_set_limit(s->pg, STATEMENT_MS, s->stop_fd);
		err = pthread_create(&s->thread, NULL, fetcher_thread, s);
	}
	if (err)
		fetcher_free(s);
	else
		*sp = s;
	return err;
}

void cti_fetcher_stop(struct cti_fetcher *s)
{
	const uint64_t one = 1;

	if (!s)
		return;
	(void)!write(s->stop_fd, &one, sizeof(one));
	(void)pthread_join(s->thread, NULL);
	fetcher_free(s);
}
