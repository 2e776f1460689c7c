/*
 * store.c -- the thread between the record journal and PostgreSQL.
 *
 * Each round: a connection, a batch, a transaction that also moves our position.
 * Whatever goes wrong, the next round begins from the position in the database, so
 * a COMMIT of unknown outcome is either seen there or simply done again.
 */
#include "store.h"

#include "ahead.h"
#include "batch.h"
#include "migrate.h"
#include "statements.h"

#include <assert.h>
#include <cti/clock.h>
#include <cti/err.h>
#include <cti/log.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	CONNECT_MS = 5000,
	STATEMENT_MS = 30000,
	BACKOFF_MIN_MS = 250,
	BACKOFF_MAX_MS = 4000, /* back within seconds of the database */
	IDLE_MS = 1000, /* a poke may be missed while we look; nothing waits longer */
};

struct cti_store {
	char *journal_dir;
	uint32_t batch_wait_ms;
	pthread_t thread;
	int stop_fd; /* readable: give up what waits on the database */

	/* The store's thread. */
	struct cti_pg *pg;
	struct cti_journal_reader *reader; /* NULL: position to be read again */
	struct cti_batch batch;
	struct cti_ahead *ahead;
	struct cti_position position;
	uint32_t backoff_ms;
	unsigned seed; /* of the jitter */

	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool stop, poked, done;
	bool heeds_pokes; /* it waits for one: nobody else need be woken */
	struct cti_store_status status;
};

/* ---- status ----------------------------------------------------------------- */

static void went_away(struct cti_store *s, bool up, bool migrated, const char *detail)
{
	bool news;

	(void)pthread_mutex_lock(&s->lock);
	news = !s->status.away_since_us || strcmp(s->status.detail, detail);
	if (!s->status.away_since_us)
		s->status.away_since_us = cti_now_us();
	s->status.up = up;
	s->status.migrated = migrated;
	(void)cti_str_copy(s->status.detail, sizeof(s->status.detail), detail);
	(void)pthread_mutex_unlock(&s->lock);
	if (news)
		cti_log(CTI_LOG_WARN, "store",
			"not writing, the journal keeps it why=\"%s\"", detail);
}

static void came_back(struct cti_store *s)
{
	int64_t since_us;

	(void)pthread_mutex_lock(&s->lock);
	since_us = s->status.away_since_us;
	s->status.up = true;
	s->status.migrated = true;
	s->status.away_since_us = 0;
	s->status.detail[0] = '\0';
	s->status.pos = s->position.pos;
	s->status.refused = s->position.refused;
	(void)pthread_mutex_unlock(&s->lock);
	cti_log(CTI_LOG_INFO, "store", "writing from pos=%llu away_ms=%lld",
		(unsigned long long)s->position.pos,
		since_us ? (long long)((cti_now_us() - since_us) / 1000) : 0);
}

static void count_written(struct cti_store *s)
{
	(void)pthread_mutex_lock(&s->lock);
	s->status.written += s->batch.rows;
	s->status.gave_way += s->batch.gave_way;
	s->status.batches++;
	s->status.pos = s->position.pos;
	s->status.refused = s->position.refused;
	(void)pthread_mutex_unlock(&s->lock);
}

static void count_repeated(struct cti_store *s)
{
	(void)pthread_mutex_lock(&s->lock);
	s->status.repeated++;
	(void)pthread_mutex_unlock(&s->lock);
}

void cti_store_status(const struct cti_store *s, struct cti_store_status *st)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&s->lock;

	(void)pthread_mutex_lock(lock);
	*st = s->status;
	(void)pthread_mutex_unlock(lock);
}

/* ---- waiting ------------------------------------------------------------------ */

static bool stopping(struct cti_store *s)
{
	bool stop;

	(void)pthread_mutex_lock(&s->lock);
	stop = s->stop;
	(void)pthread_mutex_unlock(&s->lock);
	return stop;
}

static struct timespec deadline_of(uint32_t ms)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec += ms / 1000;
	ts.tv_nsec += (long)(ms % 1000) * 1000000;
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_sec++;
		ts.tv_nsec -= 1000000000;
	}
	return ts;
}

/* Until stop, wait_ms, or (if that counts) a poke. */
static void wait_for(struct cti_store *s, uint32_t wait_ms, bool pokes)
{
	const struct timespec until = deadline_of(wait_ms);
	int err = 0;

	(void)pthread_mutex_lock(&s->lock);
	s->heeds_pokes = pokes;
	while (!err && !s->stop && !(pokes && s->poked))
		err = pthread_cond_timedwait(&s->cond, &s->lock, &until);
	s->heeds_pokes = false;
	if (pokes)
		s->poked = false;
	(void)pthread_mutex_unlock(&s->lock);
}

/* Doubles, with jitter, so that many of us do not come back in step. */
static void back_off(struct cti_store *s)
{
	const uint32_t ms =
		s->backoff_ms / 2 + (uint32_t)rand_r(&s->seed) % s->backoff_ms;

	wait_for(s, ms, false);
	s->backoff_ms *= 2;
	if (s->backoff_ms > BACKOFF_MAX_MS)
		s->backoff_ms = BACKOFF_MAX_MS;
}

/* ---- the way to the next batch -------------------------------------------------- */

static void start_over(struct cti_store *s)
{
	cti_journal_reader_free(s->reader);
	s->reader = NULL;
	if (s->ahead)
		cti_ahead_clear(s->ahead);
}

static bool schema_fits(struct cti_store *s)
{
	char detail[160];
	unsigned version = 0;
	const int err = cti_migrate_version(s->pg, &version);

	if (err) {
		went_away(s, false, false, cti_pg_error(s->pg));
		return false;
	}
	if (version == cti_migrate_newest())
		return true;
	(void)snprintf(detail, sizeof(detail),
		version < cti_migrate_newest()
			? "the schema is at %u and %u is needed: run `ringbridge migrate`"
			: "the schema is at %u, newer than this build, which knows %u",
		version, cti_migrate_newest());
	went_away(s, true, false, detail);
	return false;
}

/* From where on: our place, if the database knows this very journal. */
static int open_reader(struct cti_store *s)
{
	uint64_t from = 0;
	uint64_t epoch;
	int err = cti_journal_reader_alloc(&s->reader, s->journal_dir, 0);

	if (err)
		return err;
	epoch = cti_journal_reader_epoch(s->reader);
	if (!epoch)
		return ENODATA; /* no segment yet */
	if (s->position.there && s->position.epoch == epoch)
		from = s->position.pos;
	s->position.epoch = epoch;
	s->position.pos = from;
	if (!from)
		return 0;
	start_over(s);
	err = cti_journal_reader_alloc(&s->reader, s->journal_dir, from);
	if (err != ERANGE)
		return err;
	cti_log(CTI_LOG_ERROR, "store",
		"records before the journal's begin are missing in the database pos=%llu",
		(unsigned long long)from);
	return cti_journal_reader_alloc(&s->reader, s->journal_dir, 0);
}

/* Connected, right schema, reader at our place. False: not now. */
static bool ready(struct cti_store *s)
{
	int err;

	if (cti_pg_connect(s->pg, CONNECT_MS) != CTI_PG_OK) {
		went_away(s, false, false, cti_pg_error(s->pg));
		return false;
	}
	if (s->reader)
		return true;
	if (!schema_fits(s))
		return false;
	if (cti_position_read(s->pg, &s->position) != CTI_PG_OK) {
		went_away(s, false, true, cti_pg_error(s->pg));
		return false;
	}
	err = open_reader(s);
	if (err) {
		start_over(s);
		if (err != ENODATA)
			went_away(s, true, true, cti_err_name(err));
		return false;
	}
	s->batch.full = true; /* as far as we know */
	came_back(s);
	return true;
}

/* ---- writing -------------------------------------------------------------------- */

/* Records from..to-1 and the position behind them, in one transaction. */
static enum cti_pg_status write_rows(
	struct cti_store *s, size_t from, size_t to, const struct cti_position *position)
{
	struct cti_batch_params p;
	enum cti_pg_status st = CTI_PG_AWAY; /* out of memory: later */

	if (!cti_batch_params(&p, &s->batch, from, to))
		st = cti_pg_begin(s->pg);
	if (st == CTI_PG_OK)
		st = cti_position_write(s->pg, position);
	if (st == CTI_PG_OK)
		st = cti_statements_write(s->pg, &p);
	if (st == CTI_PG_OK)
		st = cti_pg_commit(s->pg);
	else
		cti_pg_rollback(s->pg);
	cti_batch_params_reset(&p);
	return st;
}

/* The row's own fault: the same thing twice (21), data (22), integrity (23), too large
 * (54). Everything else, such as a full disk, passes and is tried again. */
static bool rows_fault(const struct cti_pg *pg)
{
	static const char *const faults[] = { "21", "22", "23", "54" };

	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		if (!strncmp(cti_pg_sqlstate(pg), faults[i], 2))
			return true;
	return false;
}

/* One by one, so that a bad record costs itself alone. */
static enum cti_pg_status write_singly(struct cti_store *s, struct cti_position *position)
{
	const struct cti_batch *b = &s->batch;

	for (size_t i = 0; i < b->n; i++) {
		struct cti_position next = *position;
		enum cti_pg_status st;

		if (b->recs[i].superseded)
			continue; /* what came after it moves the position */
		next.pos = i + 1 < b->n ? b->recs[i + 1].pos : b->next_pos;
		st = write_rows(s, i, i + 1, &next);
		if (st == CTI_PG_REFUSED && rows_fault(s->pg)) {
			cti_log(CTI_LOG_ERROR, "store",
				"record refused pos=%llu sqlstate=%s error=\"%s\"",
				(unsigned long long)b->recs[i].pos,
				cti_pg_sqlstate(s->pg), cti_pg_error(s->pg));
			next.refused++;
			st = write_rows(s, i, i, &next);
		}
		if (st != CTI_PG_OK)
			return st;
		*position = next;
	}
	return CTI_PG_OK;
}

/* False: the database is away or does not want now. */
static bool write_batch(struct cti_store *s)
{
	struct cti_position next = s->position;
	enum cti_pg_status st;

	next.refused += s->batch.damaged;
	next.pos = s->batch.next_pos;
	st = write_rows(s, 0, s->batch.n, &next);
	if (st == CTI_PG_REFUSED && rows_fault(s->pg)) {
		next = s->position;
		next.refused += s->batch.damaged;
		st = write_singly(s, &next);
	}
	if (st == CTI_PG_OK) {
		s->position = next;
		s->backoff_ms = BACKOFF_MIN_MS;
		count_written(s);
		return true;
	}
	if (st == CTI_PG_UNKNOWN)
		count_repeated(s);
	went_away(s, st == CTI_PG_REFUSED, true, cti_pg_error(s->pg));
	return false;
}

/* With a backlog: a look at what comes before it is read in earnest. */
static int look_ahead(struct cti_store *s)
{
	if (!s->batch.full || s->position.pos < cti_ahead_until(s->ahead))
		return 0;
	return cti_ahead_look(s->ahead, s->journal_dir, s->position.pos);
}

/* Reads and writes until the journal's end. False: something is in the way. */
static bool drain(struct cti_store *s)
{
	for (;;) {
		int err = look_ahead(s);

		if (!err)
			err = cti_batch_fill(&s->batch, s->reader, s->ahead);
		if (err) {
			went_away(s, true, true, cti_err_name(err));
			return false;
		}
		if (!s->batch.passed)
			return true;
		if (!write_batch(s))
			return false;
	}
}

static void *store_thread(void *arg)
{
	struct cti_store *s = arg;
	bool last;

	do {
		last = stopping(s); /* one more look: what was there at stop is written */
		if (ready(s) && drain(s)) {
			if (!last) {
				wait_for(s, IDLE_MS, true);
				wait_for(s, s->batch_wait_ms, false); /* more may come */
			}
		} else {
			start_over(s);
			if (!last)
				back_off(s);
		}
	} while (!last);
	(void)pthread_mutex_lock(&s->lock);
	s->done = true;
	(void)pthread_cond_broadcast(&s->cond);
	(void)pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* ---- life ------------------------------------------------------------------------ */

static void store_free(struct cti_store *s)
{
	start_over(s);
	cti_batch_fini(&s->batch);
	cti_ahead_free(s->ahead);
	cti_pg_free(s->pg);
	if (s->stop_fd >= 0)
		(void)close(s->stop_fd);
	free(s->journal_dir);
	(void)pthread_cond_destroy(&s->cond);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

static void init_locks(struct cti_store *s)
{
	pthread_condattr_t attr;

	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&s->cond, &attr);
	(void)pthread_condattr_destroy(&attr);
}

int cti_store_start(struct cti_store **sp, const struct cti_store_conf *conf)
{
	struct cti_store *s;
	int err;

	if (!sp || !conf || !conf->url || !conf->journal_dir)
		return EINVAL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return ENOMEM;
	init_locks(s);
	s->batch_wait_ms = conf->batch_wait_ms;
	s->backoff_ms = BACKOFF_MIN_MS;
	s->seed = (unsigned)cti_now_us();
	s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->journal_dir = cti_str_dup(conf->journal_dir);
	err = s->stop_fd < 0 ? errno : s->journal_dir ? 0 : ENOMEM;
	if (!err)
		err = cti_batch_init(&s->batch, conf->batch_rows);
	if (!err)
		err = cti_ahead_alloc(&s->ahead);
	if (!err)
		err = cti_pg_alloc(&s->pg, conf->url, "ringbridge store");
	if (!err) {
		cti_pg_set_limit(s->pg, STATEMENT_MS, s->stop_fd);
		cti_pg_set_session(s->pg, cti_statements_session);
		err = pthread_create(&s->thread, NULL, store_thread, s);
	}
	if (!err)
		(void)pthread_setname_np(s->thread, "store");
	if (err)
		store_free(s);
	else
		*sp = s;
	return err;
}

void cti_store_poke(struct cti_store *s)
{
	bool heeded;

	(void)pthread_mutex_lock(&s->lock);
	s->poked = true;
	heeded = s->heeds_pokes;
	(void)pthread_mutex_unlock(&s->lock);
	if (heeded)
		(void)pthread_cond_broadcast(&s->cond);
}

/* False: the thread is still busy at the deadline. */
static bool ask_to_stop(struct cti_store *s, uint32_t deadline_ms)
{
	const struct timespec until = deadline_of(deadline_ms);
	int err = 0;
	bool done;

	(void)pthread_mutex_lock(&s->lock);
	s->stop = true;
	(void)pthread_cond_broadcast(&s->cond);
	while (!s->done && !err)
		err = pthread_cond_timedwait(&s->cond, &s->lock, &until);
	done = s->done;
	(void)pthread_mutex_unlock(&s->lock);
	return done;
}

void cti_store_stop(struct cti_store *s, uint32_t deadline_ms)
{
	const uint64_t one = 1;

	if (!s)
		return;
	if (!ask_to_stop(s, deadline_ms))
		(void)!write(s->stop_fd, &one, sizeof(one));
	(void)pthread_join(s->thread, NULL);
	store_free(s);
}
