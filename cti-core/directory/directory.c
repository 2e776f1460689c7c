/*
 * directory.c -- look-ups: the index and all CRMs at once, and what comes back.
 *
 *	lookup --find--> worker thread ---\
 *	       --ask---> CRMs' thread -----+--post--> core: merge, rank, tell
 *	                    answer --mirror--> worker thread: kept for the next call
 *
 * A look-up lives until all that it asked has come back. Its budget is a timer: when
 * it strikes, what is known is told; what comes later is told when it changes that.
 */
#include "directory.h"

#include "asker.h"
#include "find.h"
#include "link.h"
#include "recent.h"
#include "worker.h"

#include <cti/clock.h>
#include <cti/log.h>
#include <cti/loop.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	LOOKUPS_MAX = 2000,
	JOBS_MAX = 2 * LOOKUPS_MAX,
	BUDGET_MS = 800,
	NEGATIVE_MS = 15000,
	FRESH_MS = 60000, /* a CRM's contacts are in the index: not asked again so soon */
	DB_MS = 5000,     /* a statement: its answer may come late, but it comes */
	NUMBER_BYTES = 40,
	TRACE_BYTES = 192,
};

/* What a worker does: find, or mirror a CRM's answer. */
struct job {
	struct job *prev, *next; /* in directory->jobs until it is back */
	struct cti_directory *d; /* NULL after stop */
	struct lookup *l;        /* find: who waits for it */
	bool stranded;           /* the worker could not post it back before stop */
	char number[NUMBER_BYTES];
	char **lines; /* find; owned */
	size_t nlines;
	struct cti_matches matches;
	const struct cti_crm_conf *crm; /* mirror, as the next two */
	char conversation[37];
	struct cti_crm_answer *answer; /* owned */
	int64_t since_us;
	int err;
};

/* A question to a CRM. */
struct ask {
	struct lookup *l;
	const struct cti_crm_conf *crm;
	struct cti_crm_answer *answer; /* owned, once it is there */
	int64_t since_us;
};

struct lookup {
	struct lookup *prev, *next; /* in directory->lookups */
	struct cti_directory *d;
	struct cti_timer budget;
	unsigned pending;    /* finds and asks that are not back */
	bool index_answered; /* with or without matches */
	bool replaced;       /* by a later look-up of the conversation: tells no more */
	bool due;            /* the budget is over */
	char conversation[37];
	char number[NUMBER_BYTES];
	bool outbound;
	struct cti_matches matches;
	struct cti_buf told; /* JSON that was told last */
	struct ask *asks;    /* owned; one a CRM */
};

struct cti_directory {
	struct cti_worker *worker;
	const struct cti_asker *crms; /* borrowed; NULL: none, or not now */
	const struct cti_crm_conf *confs;
	size_t nconfs;
	struct cti_recent *recent;
	struct lookup *lookups;
	struct job *jobs;
	size_t n;
	char *db_url;
	char *contact_url; /* or NULL */
	char *country;     /* or NULL */
	uint32_t budget_ms, negative_ms;
	int stop_fd; /* readable: workers give up waiting */
	cti_directory_h *h;
	void *arg;
};

/* ---- worker threads --------------------------------------------------------- */

static void *ctx_new(void *arg)
{
	const struct cti_directory *d = arg;
	struct cti_pg *pg = NULL;

	if (cti_pg_alloc(&pg, d->db_url, "ringbridge directory"))
		return NULL;
	cti_pg_set_limit(pg, DB_MS, d->stop_fd);
	(void)cti_pg_connect(pg, DB_MS); /* before the first call; later if not now */
	return pg;
}

static void ctx_free(void *ctx)
{
	cti_pg_free(ctx);
}

static void on_back(void *arg);

static int find(struct cti_pg *pg, struct job *j)
{
	return cti_find(pg, j->number, (const char *const *)j->lines, j->nlines,
		j->d->nconfs > 0, &j->matches);
}

static int mirror(struct cti_pg *pg, const struct job *j)
{
	const struct cti_number_plan plan = {
		.country = j->crm->country ? j->crm->country : j->d->country
	};

	return cti_mirror(
		pg, j->answer->contacts, j->answer->ncontacts, j->number, &plan);
}

static void work(void *ctx, void *arg)
{
	struct job *j = arg;
	struct cti_directory *d = j->d;

	if (!ctx || cti_pg_connect(ctx, DB_MS) != CTI_PG_OK)
		j->err = EAGAIN;
	else
		j->err = j->crm ? mirror(ctx, j) : find(ctx, j);
	/* A full queue empties while the core runs, and this thread may wait. */
	while (!j->stranded && cti_loop_post(on_back, j) == EAGAIN) {
		struct pollfd stop = { .fd = d->stop_fd, .events = POLLIN };

		j->stranded = poll(&stop, 1, 1) > 0;
	}
}

/* ---- jobs, core thread ------------------------------------------------------- */

static void job_free(struct job *j)
{
	for (size_t i = 0; i < j->nlines; i++)
		free(j->lines[i]);
	free(j->lines);
	cti_matches_reset(&j->matches);
	cti_crm_answer_free(j->answer);
	free(j);
}

static struct job *job_new(struct cti_directory *d, const char *number)
{
	struct job *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->d = d;
	j->since_us = cti_mono_us();
	(void)cti_str_copy(j->number, sizeof(j->number), number);
	return j;
}

/* Takes the job, also when it fails. */
static int job_post(struct job *j)
{
	struct cti_directory *d = j->d;
	const int err = cti_worker_post(d->worker, work, j);

	if (err) {
		job_free(j);
		return err;
	}
	/* It may be done already; it comes back through the loop, so not yet. */
	j->next = d->jobs;
	if (j->next)
		j->next->prev = j;
	d->jobs = j;
	return 0;
}

static void job_unlink(struct job *j)
{
	if (j->prev)
		j->prev->next = j->next;
	else
		j->d->jobs = j->next;
	if (j->next)
		j->next->prev = j->prev;
}

/* ---- telling ------------------------------------------------------------------ */

static uint32_t took_ms(int64_t since_us)
{
	return (uint32_t)((cti_mono_us() - since_us) / 1000);
}

static void tell(struct lookup *l, const char *json, const char *trace)
{
	const struct cti_directory_news news = {
		.conversation = l->conversation, .contacts_json = json, .trace = trace
	};

	if (!l->replaced)
		l->d->h(&news, l->d->arg);
}

static void trace_source(struct lookup *l, const char *source, const char *result,
	size_t found, size_t passed_over, int64_t since_us)
{
	char text[TRACE_BYTES];

	(void)snprintf(text, sizeof(text),
		"source=%.40s result=%s found=%zu passed_over=%zu took_ms=%u", source,
		result, found, passed_over, took_ms(since_us));
	tell(l, NULL, text);
}

static const char *status_of(const struct lookup *l)
{
	return l->matches.n || l->index_answered ? NULL : "failed";
}

/* Tells the page what is known, if it is something to tell: anybody found, all asked,
 * or the budget over. */
static void publish(struct lookup *l)
{
	struct cti_buf json = { 0 };
	struct cti_jsonw w;

	if (!l->matches.n && l->pending && !l->due)
		return;
	cti_jsonw_init(&w, &json);
	cti_matches_write(
		&w, NULL, &l->matches, status_of(l), l->number, l->d->contact_url);
	if (!json.err && (!l->told.len || strcmp(json.data, l->told.data) != 0)) {
		tell(l, json.data, NULL);
		cti_buf_reset(&l->told);
		l->told = json;
		return;
	}
	cti_buf_reset(&json);
}

static void lookup_free(struct lookup *l)
{
	cti_timer_cancel(&l->budget);
	cti_matches_reset(&l->matches);
	cti_buf_reset(&l->told);
	for (size_t i = 0; l->asks && i < l->d->nconfs; i++)
		cti_crm_answer_free(l->asks[i].answer);
	free(l->asks);
	free(l);
}

static void lookup_unlink(struct lookup *l)
{
	if (l->prev)
		l->prev->next = l->next;
	else
		l->d->lookups = l->next;
	if (l->next)
		l->next->prev = l->prev;
	l->d->n--;
}

/* One of those that were asked is back. */
static void settle(struct lookup *l)
{
	l->pending--;
	publish(l);
	if (l->pending)
		return;
	lookup_unlink(l);
	lookup_free(l);
}

static void on_budget(void *arg)
{
	struct lookup *l = arg;
	char text[TRACE_BYTES];

	l->due = true;
	(void)snprintf(text, sizeof(text), "budget is over pending=%u found=%zu",
		l->pending, l->matches.n);
	tell(l, NULL, text);
	publish(l);
}

/* ---- what comes back -------------------------------------------------------------- */

static void index_back(struct lookup *l, struct job *j)
{
	const size_t n = j->matches.n;

	l->index_answered = !j->err;
	cti_matches_rank(&j->matches);
	trace_source(l, "index", j->err ? "failed" : cti_matches_status(&j->matches), n,
		0, j->since_us);
	cti_matches_merge(&l->matches, &j->matches);
	cti_matches_rank(&l->matches);
	settle(l);
}

static void mirror_back(const struct job *j)
{
	char text[TRACE_BYTES];
	const struct cti_directory_news news = { .conversation = j->conversation,
		.trace = text };

	(void)snprintf(text, sizeof(text), "source=%.40s %s took_ms=%u", j->crm->name,
		j->err ? "not kept, the database did not take it" : "kept in the index",
		took_ms(j->since_us));
	j->d->h(&news, j->d->arg);
	if (j->err)
		cti_log(CTI_LOG_WARN, "directory",
			"contacts of a CRM are not kept crm=%s error=%d", j->crm->name,
			j->err);
	else
		cti_recent_put(j->d->recent, j->crm->name, j->number,
			cti_mono_us() + FRESH_MS * 1000LL);
}

static void on_back(void *arg)
{
	struct job *j = arg;

	if (j->d) {
		job_unlink(j);
		if (j->crm)
			mirror_back(j);
		else
			index_back(j->l, j);
	}
	job_free(j);
}

/* ---- CRMs ---------------------------------------------------------------------------- */

static unsigned order_of(const struct cti_directory *d, const struct cti_crm_conf *crm)
{
	return (unsigned)(crm - d->confs) + 1;
}

/* Does the contact have the number? A CRM's search finds what is written like it. */
static bool has_number(struct cti_match *m, const struct cti_crm_contact *c,
	const char *number, const struct cti_number_plan *plan)
{
	m->how = CTI_MATCH_BY_CRM;
	for (size_t i = 0; i < c->nnumbers; i++) {
		struct cti_number num;
		unsigned digits;

		cti_number_parse(&num, c->numbers[i].raw, plan);
		if (!strcmp(num.e164, number)) {
			(void)cti_str_copy(
				m->label, sizeof(m->label), c->numbers[i].kind);
			m->how = CTI_MATCH_EXACT;
			m->digits = 0;
			return true;
		}
		digits = cti_match_tail(number, *num.e164 ? num.e164 : num.display);
		if (digits > m->digits) {
			m->how = CTI_MATCH_TAIL;
			m->digits = digits;
		}
	}
	return !c->nnumbers || m->digits;
}

/* The index may have the record already, under an id of its own. */
static void known_id(const struct lookup *l, struct cti_match *m)
{
	for (size_t i = 0; i < l->matches.n; i++) {
		const struct cti_match *old = &l->matches.v[i];

		if (!strcmp(old->source, m->source) &&
			!strcmp(old->source_key, m->source_key))
			(void)cti_str_copy(m->id, sizeof(m->id), old->id);
	}
}

static bool to_match(const struct lookup *l, struct cti_matches *to,
	const struct cti_crm_contact *c, const struct cti_crm_conf *crm)
{
	const struct cti_number_plan plan = { .country = crm->country ? crm->country
								      : l->d->country };
	struct cti_match m = { .how = CTI_MATCH_BY_CRM };
	struct cti_match *at;
	char key[200];

	if (!has_number(&m, c, l->number, &plan))
		return false;
	at = cti_matches_add(to);
	if (!at)
		return false;
	*at = m;
	cti_crm_contact_ids(c, at->id, key);
	at->order = order_of(l->d, crm);
	at->source = cti_str_dup(c->source);
	at->source_key = cti_str_dup(key);
	at->name = cti_str_dup(*c->name ? c->name : c->company);
	at->company = cti_str_dup(c->company);
	at->url = cti_str_dup(c->url);
	if (!at->source || !at->source_key || !at->name || !at->company || !at->url) {
		to->err = ENOMEM;
		return false;
	}
	known_id(l, at);
	return true;
}

/* Into the index, for the next call; takes the answer. */
static void keep(struct ask *a)
{
	struct job *j = job_new(a->l->d, a->l->number);

	if (!j)
		return;
	j->crm = a->crm;
	(void)cti_str_copy(j->conversation, sizeof(j->conversation), a->l->conversation);
	j->answer = a->answer;
	a->answer = NULL;
	(void)job_post(j); /* too much to do: the next call asks again */
}

static void crm_back(struct ask *a)
{
	struct lookup *l = a->l;
	const struct cti_crm_answer *answer = a->answer;
	struct cti_matches found = { 0 };
	size_t passed_over = 0;

	for (size_t i = 0; answer->err == CTI_CRM_OK && i < answer->ncontacts; i++)
		passed_over += !to_match(l, &found, &answer->contacts[i], a->crm);
	cti_matches_rank(&found);
	trace_source(l, a->crm->name,
		answer->err != CTI_CRM_OK ? cti_crm_err_word(answer->err)
					  : cti_matches_status(&found),
		found.n, passed_over, a->since_us);
	if (answer->err == CTI_CRM_OK && !found.n)
		cti_recent_put(l->d->recent, a->crm->name, l->number,
			cti_mono_us() + l->d->negative_ms * 1000LL);
	if (found.n)
		keep(a);
	cti_matches_merge(&l->matches, &found);
	cti_matches_rank(&l->matches);
}

static void on_crm_back(void *arg)
{
	struct ask *a = arg;

	crm_back(a);
	settle(a->l);
}

/* The CRMs' thread. The core's queue holds more than all look-ups together ask. */
static void on_answer(struct cti_crm_answer *answer, void *arg)
{
	struct ask *a = arg;

	a->answer = answer;
	while (cti_loop_post(on_crm_back, a) == EAGAIN)
		(void)poll(NULL, 0, 1);
}

static void ask_crm(struct lookup *l, struct ask *a, const struct cti_crm_conf *crm)
{
	struct cti_directory *d = l->d;
	const struct cti_crm_ask ask = { .verb = CTI_CRM_LOOKUP,
		.number = l->number,
		.outbound = l->outbound,
		.deadline_ms = crm->lookup_ms };

	*a = (struct ask){ .l = l, .crm = crm, .since_us = cti_mono_us() };
	if (!(d->crms->caps(crm->name, d->crms->arg) & (1u << CTI_CRM_LOOKUP)))
		return;
	if (cti_recent_has(d->recent, crm->name, l->number, a->since_us)) {
		trace_source(l, crm->name, "asked a moment ago", 0, 0, a->since_us);
		return;
	}
	if (!d->crms->ask(crm->name, &ask, on_answer, a, d->crms->arg))
		l->pending++;
}

/* ---- looking up ------------------------------------------------------------------------ */

static int copy_lines(struct job *j, const struct cti_directory_ask *ask)
{
	j->lines = calloc(ask->nlines + 1, sizeof(*j->lines));
	if (!j->lines)
		return ENOMEM;
	for (size_t i = 0; i < ask->nlines; i++) {
		j->lines[i] = cti_str_dup(ask->lines[i]);
		if (!j->lines[i])
			return ENOMEM;
		j->nlines++;
	}
	return 0;
}

static int ask_index(struct lookup *l, const struct cti_directory_ask *ask)
{
	struct job *j = job_new(l->d, l->number);

	if (!j)
		return ENOMEM;
	j->l = l;
	if (copy_lines(j, ask)) {
		job_free(j);
		return ENOMEM;
	}
	l->pending++;
	return job_post(j);
}

static void replace_older(struct cti_directory *d, const char *conversation)
{
	for (struct lookup *l = d->lookups; l; l = l->next)
		l->replaced = l->replaced || !strcmp(l->conversation, conversation);
}

static struct lookup *lookup_new(
	struct cti_directory *d, const struct cti_directory_ask *ask)
{
	struct lookup *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->d = d;
	l->outbound = ask->outbound;
	(void)cti_str_copy(l->conversation, sizeof(l->conversation), ask->conversation);
	(void)cti_str_copy(l->number, sizeof(l->number), ask->number);
	l->asks = calloc(d->nconfs + 1, sizeof(*l->asks));
	if (!l->asks) {
		free(l);
		return NULL;
	}
	return l;
}

int cti_directory_lookup(struct cti_directory *d, const struct cti_directory_ask *ask)
{
	struct lookup *l;
	int err;

	if (!d || !ask || !ask->conversation || !ask->number)
		return EINVAL;
	if (d->n >= LOOKUPS_MAX)
		return EAGAIN;
	l = lookup_new(d, ask);
	if (!l)
		return ENOMEM;
	err = cti_timer_start(&l->budget, d->budget_ms, on_budget, l);
	if (!err)
		err = ask_index(l, ask);
	if (err) {
		lookup_free(l);
		return err;
	}
	replace_older(d, ask->conversation);
	l->next = d->lookups;
	if (l->next)
		l->next->prev = l;
	d->lookups = l;
	d->n++;
	/* A CRM is asked for numbers of the public network alone. */
	for (size_t i = 0; d->crms && *l->number == '+' && i < d->nconfs; i++)
		ask_crm(l, &l->asks[i], &d->confs[i]);
	return 0;
}

void cti_directory_forget(struct cti_directory *d, const char *number)
{
	for (size_t i = 0; i < d->nconfs; i++)
		cti_recent_forget(d->recent, d->confs[i].name, number);
}

void cti_directory_set_crms(struct cti_directory *d, const struct cti_asker *crms)
{
	d->crms = crms;
}

/* ---- life ------------------------------------------------------------------------------- */

static void directory_free(struct cti_directory *d)
{
	if (d->stop_fd >= 0)
		(void)close(d->stop_fd);
	cti_recent_free(d->recent);
	free(d->db_url);
	free(d->contact_url);
	free(d->country);
	free(d);
}

static int copy_conf(struct cti_directory *d, const struct cti_directory_conf *conf)
{
	d->budget_ms = conf->budget_ms ? conf->budget_ms : BUDGET_MS;
	d->negative_ms = conf->negative_ms ? conf->negative_ms : NEGATIVE_MS;
	d->confs = conf->crms;
	d->nconfs = conf->ncrms;
	d->db_url = cti_str_dup(conf->db_url);
	d->contact_url = cti_str_dup(conf->contact_url);
	d->country = cti_str_dup(conf->country);
	if (!d->db_url || (conf->contact_url && !d->contact_url) ||
		(conf->country && !d->country))
		return ENOMEM;
	return cti_recent_alloc(&d->recent);
}

int cti_directory_start(struct cti_directory **dp, const struct cti_directory_conf *conf,
	cti_directory_h *h, void *arg)
{
	struct cti_directory *d;
	int err = 0;

	if (!dp || !conf || !conf->db_url || !h)
		return EINVAL;
	d = calloc(1, sizeof(*d));
	if (!d)
		return ENOMEM;
	d->h = h;
	d->arg = arg;
	d->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (d->stop_fd < 0)
		err = errno;
	if (!err)
		err = copy_conf(d, conf);
	if (!err)
		err = cti_worker_alloc(&d->worker, "directory",
			conf->workers ? conf->workers : 2, JOBS_MAX, ctx_new, ctx_free,
			d);
	if (err)
		directory_free(d);
	else
		*dp = d;
	return err;
}

/* What the workers have posted still comes to on_back(), which then only frees. */
void cti_directory_stop(struct cti_directory *d)
{
	const uint64_t one = 1;

	if (!d)
		return;
	(void)!write(d->stop_fd, &one, sizeof(one));
	cti_worker_free(d->worker);
	for (struct job *j = d->jobs, *next; j; j = next) {
		next = j->next;
		j->d = NULL;
		if (j->stranded)
			job_free(j);
	}
	for (struct lookup *l = d->lookups, *next; l; l = next) {
		next = l->next;
		lookup_free(l);
	}
	directory_free(d);
}
