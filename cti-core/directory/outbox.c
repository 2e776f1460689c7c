/*
 * outbox.c -- the thread that brings calls into CRMs, see outbox.h.
 *
 *	crm_outbox: waiting --claim--> sending --answer--> written
 *	               ^ ^                        |------> waiting, later
 *	               | '-- end of the call - begun <--'  (an entry that was begun)
 *	               |---- replay, by a person  '------> dead
 *
 * The thread has a connection; CRMs are asked through cti_crms, whose answers come on
 * its thread into a list here. A row is "sending" in the database before it is sent, so
 * a death in between is seen at the next start.
 */
#include "outbox_db.h"

#include "asker.h"

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
	SENDING_MAX = 8, /* asks at once, over all CRMs */
	IDLE_MS = 1000,
	AWAY_MS = 2000,
	RETRY_MIN_MS = 10000,
	RETRY_MAX_MS = 3600000,
	ATTEMPTS_MAX = 60, /* two days and a half at the longest wait */
	NOT_NOW_MS = 5000, /* the CRM is left alone for a while: no attempt */
	FORGET_US = 60 * 1000000,
	COUNT_US = 10 * 1000000,
};

/* One ask; ours until it is answered, then in outbox->answered. */
struct sending {
	struct sending *next;
	struct cti_outbox *o;
	char id[24];
	char *crm; /* owned */
	unsigned attempts;
	bool live;                     /* the beginning of a call */
	struct cti_crm_answer *answer; /* owned */
};

struct cti_outbox {
	const struct cti_crm_conf *confs;
	size_t nconfs;
	const struct cti_asker *crms; /* borrowed */
	char *page_url;               /* or NULL */
	uint32_t retry_min_ms, retry_max_ms;
	uint32_t keep_s;
	pthread_t thread;
	int stop_fd; /* readable: give up what waits on the database */

	/* The thread's. */
	struct cti_pg *pg;
	bool recovered;
	unsigned seed; /* of the jitter */
	int64_t forgot_us, counted_us;

	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool stop, poked;
	struct sending *answered; /* newest first */
	unsigned sending;         /* asks without an answer */
	struct cti_outbox_status status;
};

/* ---- answers -------------------------------------------------------------------- */

/* The CRMs' thread. */
static void on_answer(struct cti_crm_answer *answer, void *arg)
{
	struct sending *s = arg;
	struct cti_outbox *o = s->o;

	s->answer = answer;
	(void)pthread_mutex_lock(&o->lock);
	s->next = o->answered;
	o->answered = s;
	o->sending--;
	(void)pthread_cond_broadcast(&o->cond);
	(void)pthread_mutex_unlock(&o->lock);
}

static void sending_free(struct sending *s)
{
	cti_crm_answer_free(s->answer);
	free(s->crm);
	free(s);
}

static uint64_t back_off_ms(struct cti_outbox *o, const struct sending *s)
{
	uint64_t ms = o->retry_min_ms;

	for (unsigned i = 1; i < s->attempts && ms < o->retry_max_ms; i++)
		ms *= 2;
	if (ms > o->retry_max_ms)
		ms = o->retry_max_ms;
	ms = ms / 2 + (uint64_t)rand_r(&o->seed) % (ms / 2 + 1);
	if (s->answer->retry_after_s && ms < s->answer->retry_after_s * 1000ull)
		ms = s->answer->retry_after_s * 1000ull;
	return ms;
}

static void count(struct cti_outbox *o, uint64_t *counter)
{
	(void)pthread_mutex_lock(&o->lock);
	(*counter)++;
	(void)pthread_mutex_unlock(&o->lock);
}

static bool not_tried(enum cti_crm_err err)
{
	return err == CTI_CRM_PAUSED || err == CTI_CRM_BUSY || err == CTI_CRM_CANCELLED;
}

static enum cti_pg_status give_up(
	struct cti_outbox *o, const struct sending *s, const char *error)
{
	cti_log(CTI_LOG_ERROR, "outbox",
		"a call is not written, see ringbridge outbox crm=%s row=%s why=%s",
		s->crm, s->id, cti_crm_err_word(s->answer->err));
	count(o, &o->status.dead);
	return cti_outbox_dead(o->pg, s->id, error);
}

/* One answer into the database. Not OK: it is kept and tried again. */
static enum cti_pg_status take(struct cti_outbox *o, const struct sending *s)
{
	const struct cti_crm_answer *a = s->answer;
	const bool once = o->crms->caps(s->crm, o->crms->arg) & CTI_CRM_CAN_LOG_ONCE;
	char error[320];

	if (a->err == CTI_CRM_OK) {
		count(o, &o->status.written);
		return cti_outbox_written(o->pg, s->id, a->record_id, s->live);
	}
	count(o, &o->status.failed);
	(void)snprintf(
		error, sizeof(error), "%s %s", cti_crm_err_text(a->err), a->detail);
	if (a->maybe_done && !once) {
		(void)snprintf(error, sizeof(error),
			"%s It may have been written, and this CRM has no place for our key: "
			"look there before you send it again.",
			cti_crm_err_text(a->err));
		return give_up(o, s, error);
	}
	if (not_tried(a->err))
		return cti_outbox_again(o->pg, s->id, error, NOT_NOW_MS, false);
	if (!cti_crm_err_passes(a->err) || s->attempts >= ATTEMPTS_MAX)
		return give_up(o, s, error);
	return cti_outbox_again(o->pg, s->id, error, back_off_ms(o, s), true);
}

static struct sending *next_answer(struct cti_outbox *o)
{
	struct sending *s;

	(void)pthread_mutex_lock(&o->lock);
	s = o->answered;
	if (s)
		o->answered = s->next;
	(void)pthread_mutex_unlock(&o->lock);
	return s;
}

/* Back into the list: the database did not take it. */
static void put_back(struct cti_outbox *o, struct sending *s)
{
	(void)pthread_mutex_lock(&o->lock);
	s->next = o->answered;
	o->answered = s;
	(void)pthread_mutex_unlock(&o->lock);
}

static bool take_answers(struct cti_outbox *o)
{
	struct sending *s;

	while ((s = next_answer(o)) != NULL) {
		const enum cti_pg_status st = take(o, s);

		if (st == CTI_PG_AWAY || st == CTI_PG_UNKNOWN) {
			put_back(o, s);
			return false;
		}
		sending_free(s);
	}
	return true;
}

/* ---- sending --------------------------------------------------------------------- */

static uint32_t deadline_of(const struct cti_outbox *o, const char *crm)
{
	for (size_t i = 0; i < o->nconfs; i++)
		if (!strcmp(o->confs[i].name, crm))
			return o->confs[i].log_ms;
	return 0;
}

static void send_row(struct cti_outbox *o, struct cti_outbox_row *row)
{
	struct sending *s = calloc(1, sizeof(*s));
	const struct cti_crm_ask ask = { .verb = CTI_CRM_LOG_CALL,
		.call = &row->call,
		.deadline_ms = deadline_of(o, row->crm) };
	int err = ENOMEM;

	if (s) {
		s->o = o;
		s->attempts = row->attempts;
		s->live = row->live;
		(void)cti_str_copy(s->id, sizeof(s->id), row->id);
		s->crm = row->crm;
		row->crm = NULL;
		(void)pthread_mutex_lock(&o->lock);
		o->sending++;
		(void)pthread_mutex_unlock(&o->lock);
		err = o->crms->ask(s->crm, &ask, on_answer, s, o->crms->arg);
	}
	if (!err)
		return;
	if (s) {
		(void)pthread_mutex_lock(&o->lock);
		o->sending--;
		(void)pthread_mutex_unlock(&o->lock);
		sending_free(s);
	}
	if (err == ENOENT)
		(void)cti_outbox_dead(
			o->pg, row->id, "this CRM is not in the configuration any more");
	else
		(void)cti_outbox_again(
			o->pg, row->id, cti_err_name(err), NOT_NOW_MS, false);
}

static bool send_due(struct cti_outbox *o)
{
	struct cti_outbox_row rows[SENDING_MAX];
	enum cti_pg_status st;
	unsigned sending;
	size_t n;

	(void)pthread_mutex_lock(&o->lock);
	sending = o->sending;
	(void)pthread_mutex_unlock(&o->lock);
	if (sending >= SENDING_MAX)
		return true;
	st = cti_outbox_late(o->pg);
	if (st != CTI_PG_OK)
		return false;
	st = cti_outbox_claim(o->pg, o->page_url, rows, SENDING_MAX - sending, &n);
	for (size_t i = 0; i < n; i++) {
		send_row(o, &rows[i]);
		cti_outbox_row_reset(&rows[i]);
	}
	return st == CTI_PG_OK;
}

/* ---- the thread -------------------------------------------------------------------- */

static bool ready(struct cti_outbox *o)
{
	enum cti_pg_status st = cti_pg_connect(o->pg, CONNECT_MS);

	if (st == CTI_PG_OK && !o->recovered) {
		st = cti_outbox_put_crms(o->pg, o->confs, o->nconfs, o->crms);
		for (size_t i = 0; st == CTI_PG_OK && i < o->nconfs; i++)
			st = cti_outbox_recover(o->pg, o->confs[i].name,
				o->crms->caps(o->confs[i].name, o->crms->arg) &
					CTI_CRM_CAN_LOG_ONCE);
		o->recovered = st == CTI_PG_OK;
	}
	(void)pthread_mutex_lock(&o->lock);
	o->status.up = st == CTI_PG_OK;
	(void)pthread_mutex_unlock(&o->lock);
	return st == CTI_PG_OK;
}

/* Whether every_us have gone by since *at_us, which is now then. */
static bool due(int64_t *at_us, int64_t every_us)
{
	const int64_t now_us = cti_mono_us();

	if (*at_us && now_us - *at_us < every_us)
		return false;
	*at_us = now_us;
	return true;
}

static bool count_rows(struct cti_outbox *o)
{
	struct cti_outbox_status st = { 0 };

	if (cti_outbox_count(o->pg, &st) != CTI_PG_OK)
		return false;
	(void)pthread_mutex_lock(&o->lock);
	o->status.rows_waiting = st.rows_waiting;
	o->status.rows_begun = st.rows_begun;
	o->status.rows_unknown = st.rows_unknown;
	o->status.rows_dead = st.rows_dead;
	o->status.oldest_s = st.oldest_s;
	(void)pthread_mutex_unlock(&o->lock);
	return true;
}

/* Now and then: how many rows there are; what was written long ago goes. */
static bool keep_house(struct cti_outbox *o)
{
	if (due(&o->counted_us, COUNT_US) && !count_rows(o))
		return false;
	if (!o->keep_s || !due(&o->forgot_us, FORGET_US))
		return true;
	return cti_outbox_forget(o->pg, o->keep_s) == CTI_PG_OK;
}

/* Until stop, an answer, a poke, or wait_ms. False: stop. */
static bool wait_for(struct cti_outbox *o, uint32_t wait_ms, bool answers)
{
	struct timespec ts;
	bool go_on;
	int err = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec += wait_ms / 1000;
	ts.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	ts.tv_sec += ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	(void)pthread_mutex_lock(&o->lock);
	while (!err && !o->stop && !(answers && (o->poked || o->answered)))
		err = pthread_cond_timedwait(&o->cond, &o->lock, &ts);
	o->poked = false;
	go_on = !o->stop;
	(void)pthread_mutex_unlock(&o->lock);
	return go_on;
}

static void *outbox_thread(void *arg)
{
	struct cti_outbox *o = arg;
	bool well;

	do
		well = ready(o) && take_answers(o) && send_due(o) && keep_house(o);
	while (wait_for(o, well ? IDLE_MS : AWAY_MS, well));
	return NULL;
}

/* ---- life ----------------------------------------------------------------------------- */

static void outbox_free(struct cti_outbox *o)
{
	for (struct sending *s = o->answered, *next; s; s = next) {
		next = s->next;
		sending_free(s);
	}
	cti_pg_free(o->pg);
	if (o->stop_fd >= 0)
		(void)close(o->stop_fd);
	free(o->page_url);
	(void)pthread_cond_destroy(&o->cond);
	(void)pthread_mutex_destroy(&o->lock);
	free(o);
}

static void init_locks(struct cti_outbox *o)
{
	pthread_condattr_t attr;

	(void)pthread_mutex_init(&o->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&o->cond, &attr);
	(void)pthread_condattr_destroy(&attr);
}

int cti_outbox_start(struct cti_outbox **op, const struct cti_outbox_conf *conf,
	const struct cti_asker *crms)
{
	struct cti_outbox *o;
	int err;

	if (!op || !conf || !conf->db_url || !crms)
		return EINVAL;
	o = calloc(1, sizeof(*o));
	if (!o)
		return ENOMEM;
	init_locks(o);
	o->confs = conf->crms;
	o->nconfs = conf->ncrms;
	o->crms = crms;
	o->retry_min_ms = conf->retry_min_ms ? conf->retry_min_ms : RETRY_MIN_MS;
	o->retry_max_ms = conf->retry_max_ms ? conf->retry_max_ms : RETRY_MAX_MS;
	o->keep_s = conf->keep_s;
	o->seed = (unsigned)cti_now_us();
	o->page_url = cti_str_dup(conf->page_url);
	o->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = o->stop_fd < 0 ? errno : conf->page_url && !o->page_url ? ENOMEM : 0;
	if (!err)
		err = cti_pg_alloc(&o->pg, conf->db_url, "ringbridge outbox");
	if (!err) {
		cti_pg_set_limit(o->pg, STATEMENT_MS, o->stop_fd);
		err = pthread_create(&o->thread, NULL, outbox_thread, o);
	}
	if (err)
		outbox_free(o);
	else
		*op = o;
	return err;
}

void cti_outbox_poke(struct cti_outbox *o)
{
	(void)pthread_mutex_lock(&o->lock);
	o->poked = true;
	(void)pthread_cond_broadcast(&o->cond);
	(void)pthread_mutex_unlock(&o->lock);
}

void cti_outbox_status(struct cti_outbox *o, struct cti_outbox_status *st)
{
	(void)pthread_mutex_lock(&o->lock);
	*st = o->status;
	st->sending = o->sending;
	(void)pthread_mutex_unlock(&o->lock);
}

/* In two halves, so that answers that come while CRMs stop still have a place. */
void cti_outbox_halt(struct cti_outbox *o)
{
	const uint64_t one = 1;

	if (!o)
		return;
	(void)pthread_mutex_lock(&o->lock);
	o->stop = true;
	(void)pthread_cond_broadcast(&o->cond);
	(void)pthread_mutex_unlock(&o->lock);
	(void)!write(o->stop_fd, &one, sizeof(one));
	(void)pthread_join(o->thread, NULL);
}

void cti_outbox_free(struct cti_outbox *o)
{
	if (o)
		outbox_free(o);
}
