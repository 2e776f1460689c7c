/*
 * directory.c -- lookups on worker threads, one answer each on the core thread.
 *
 * A timer a lookup keeps the budget: when it strikes first, "failed" is the answer
 * and what the worker brings later is dropped.
 */
#include "directory.h"

#include "worker.h"

#include <cti/clock.h>
#include <cti/loop.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { LOOKUPS_MAX = 2000 };

struct lookup {
	struct lookup *prev,
		*next; /* in directory->lookups, until it is back from its worker */
	struct cti_directory *d; /* NULL after stop */
	struct cti_timer budget;
	bool answered;
	bool stranded; /* the worker could not post it back before stop */
	int64_t since_us;
	char conversation[37];
	char e164[24];
	struct cti_buf json; /* the worker's until it has posted us back */
	int err;
};

struct cti_directory {
	struct cti_worker *worker;
	struct lookup *lookups; /* all that are not yet back from their worker */
	size_t n;
	char *db_url;
	char *contact_url; /* or NULL */
	uint32_t budget_ms;
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
	cti_pg_set_limit(pg, d->budget_ms, d->stop_fd);
	return pg;
}

static void ctx_free(void *ctx)
{
	cti_pg_free(ctx);
}

static void on_back(void *arg);

static void look_up(void *ctx, void *arg)
{
	struct lookup *l = arg;
	struct cti_directory *d = l->d;

	if (!ctx || cti_pg_connect(ctx, d->budget_ms) != CTI_PG_OK)
		l->err = EAGAIN;
	else
		l->err = cti_directory_find(ctx, l->e164, d->contact_url, &l->json);
	/* A full queue empties while the core runs, and this thread may wait. */
	while (!l->stranded && cti_loop_post(on_back, l) == EAGAIN) {
		struct pollfd stop = { .fd = d->stop_fd, .events = POLLIN };

		l->stranded = poll(&stop, 1, 1) > 0;
	}
}

/* ---- core thread -------------------------------------------------------------- */

static void lookup_free(struct lookup *l)
{
	cti_timer_cancel(&l->budget);
	cti_buf_reset(&l->json);
	free(l);
}

static void unlink_lookup(struct lookup *l)
{
	if (l->prev)
		l->prev->next = l->next;
	else
		l->d->lookups = l->next;
	if (l->next)
		l->next->prev = l->prev;
	l->d->n--;
}

static void answer(struct lookup *l, const char *json)
{
	const int64_t took_us = cti_mono_us() - l->since_us;

	cti_timer_cancel(&l->budget);
	l->answered = true;
	l->d->h(l->conversation, json, (uint32_t)(took_us / 1000), l->d->arg);
}

static void on_budget(void *arg)
{
	answer(arg,
		"{\"status\":\"failed\",\"reason\":\"no answer in time\",\"matches\":[]}");
}

static void on_back(void *arg)
{
	struct lookup *l = arg;

	if (l->d) {
		unlink_lookup(l);
		if (!l->answered)
			answer(l, l->err ? "{\"status\":\"failed\",\"reason\":"
					   "\"the directory is away\",\"matches\":[]}"
					 : l->json.data);
	}
	lookup_free(l);
}

static void link_lookup(struct cti_directory *d, struct lookup *l)
{
	l->next = d->lookups;
	if (l->next)
		l->next->prev = l;
	d->lookups = l;
	d->n++;
}

int cti_directory_lookup(
	struct cti_directory *d, const char *conversation, const char *e164)
{
	struct lookup *l;
	int err;

	if (!d || !conversation || !e164)
		return EINVAL;
	l = calloc(1, sizeof(*l));
	if (!l)
		return ENOMEM;
	l->d = d;
	l->since_us = cti_mono_us();
	(void)cti_str_copy(l->conversation, sizeof(l->conversation), conversation);
	(void)cti_str_copy(l->e164, sizeof(l->e164), e164);
	err = cti_timer_start(&l->budget, d->budget_ms, on_budget, l);
	if (!err)
		err = cti_worker_post(d->worker, look_up, l);
	if (err) {
		lookup_free(l);
		return err;
	}
	/* The worker may be done already; it comes back through the loop, so not yet. */
	link_lookup(d, l);
	return 0;
}

/* ---- life ------------------------------------------------------------------------ */

static void directory_free(struct cti_directory *d)
{
	if (d->stop_fd >= 0)
		(void)close(d->stop_fd);
	free(d->db_url);
	free(d->contact_url);
	free(d);
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
	d->budget_ms = conf->budget_ms ? conf->budget_ms : 800;
	d->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	d->db_url = cti_str_dup(conf->db_url);
	d->contact_url = cti_str_dup(conf->contact_url);
	if (d->stop_fd < 0)
		err = errno;
	else if (!d->db_url || (conf->contact_url && !d->contact_url))
		err = ENOMEM;
	if (!err)
		err = cti_worker_alloc(&d->worker, "directory",
			conf->workers ? conf->workers : 2, LOOKUPS_MAX, ctx_new, ctx_free,
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
	for (struct lookup *l = d->lookups, *next; l; l = next) {
		next = l->next;
		cti_timer_cancel(&l->budget);
		l->d = NULL;
		if (l->stranded)
			lookup_free(l);
	}
	directory_free(d);
}
