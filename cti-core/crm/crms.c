/*
 * crms.c -- see crms.h. The thread, and one struct crm for each CRM; what a job does is
 * in job.c, when a CRM is left alone in breaker.c.
 */
#include "crms.h"

#include "ask_copy.h"
#include "crms_priv.h"

#include <cti/clock.h>
#include <cti/log.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { INBOX = 4096, TURN_MAX_MS = 60000 };

struct message {
	struct cti_crm_job *ask; /* to begin; NULL: to cancel */
	uint64_t cancel;
};

/* ---- the thread ----------------------------------------------------------------- */

static struct cti_crm_job *find_job(struct cti_crms *c, uint64_t id)
{
	for (size_t i = 0; i < c->ncrms; i++) {
		for (struct cti_crm_job *j = c->crms[i].jobs; j; j = j->next) {
			if (j->id == id)
				return j;
		}
	}
	return NULL;
}

static void take_message(struct cti_crms *c, struct message *m)
{
	struct cti_crm_job *job = m->ask ? m->ask : find_job(c, m->cancel);

	if (m->ask)
		cti_crm_job_begin(job);
	else if (job)
		cti_crm_job_end(job, CTI_CRM_CANCELLED, "cancelled");
	free(m);
}

/* Everything that can be done without waiting; how long may be waited then. */
static uint32_t work(struct cti_crms *c)
{
	int64_t due_us = cti_mono_us() + TURN_MAX_MS * 1000LL;
	int64_t left_us;

	for (size_t i = 0; i < c->ncrms; i++) {
		const int64_t next_us = cti_crm_work(&c->crms[i]);

		if (next_us < due_us)
			due_us = next_us;
	}
	left_us = due_us - cti_mono_us();
	return left_us <= 0 ? 0 : (uint32_t)(left_us / 1000 + 1);
}

static void *run(void *arg)
{
	struct cti_crms *c = arg;
	struct message *m;

	(void)pthread_setname_np(pthread_self(), "crm");
	while (!atomic_load(&c->stopping)) {
		while ((m = cti_msgq_pop(c->inbox)) != NULL)
			take_message(c, m);
		cti_wire_turn(c->wire, work(c));
	}
	for (size_t i = 0; i < c->ncrms; i++) {
		while (c->crms[i].jobs)
			cti_crm_job_end(c->crms[i].jobs, CTI_CRM_CANCELLED, "stopping");
	}
	while ((m = cti_msgq_pop(c->inbox)) != NULL) {
		if (m->ask)
			cti_crm_job_end(m->ask, CTI_CRM_CANCELLED, "stopping");
		free(m);
	}
	return NULL;
}

/* ---- start and stop ---------------------------------------------------------------- */

static const struct cti_crm_ops *find_ops(
	const struct cti_crms_conf *conf, const char *kind)
{
	for (size_t i = 0; i < conf->nops; i++) {
		if (strcmp(conf->ops[i]->kind, kind) == 0 &&
			conf->ops[i]->abi == CTI_CRM_ABI)
			return conf->ops[i];
	}
	return NULL;
}

static void crm_init(struct cti_crms *c, struct crm *crm, const struct cti_crm_conf *conf,
	const struct cti_crms_conf *all)
{
	const struct cti_crm_ops *ops = find_ops(all, conf->kind);
	char why[CTI_CRM_WHY_BYTES] = "this kind of CRM is not built in";

	crm->crms = c;
	crm->conf = conf;
	cti_breaker_init(&crm->breaker);
	if (ops && ops->alloc(&crm->instance, conf, why) == 0) {
		crm->instance->ops = ops;
		crm->instance->name = conf->name;
		crm->caps = ops->caps(crm->instance);
		return;
	}
	crm->instance = NULL;
	crm->status.broken = true;
	(void)cti_str_copy(crm->status.detail, sizeof(crm->status.detail), why);
	cti_log(CTI_LOG_ERROR, "crm", "cannot be used crm=%s why=%s", conf->name, why);
	if (all->broken)
		all->broken(conf->name, why, all->arg);
}

static void crms_free(struct cti_crms *c)
{
	for (size_t i = 0; i < c->ncrms; i++) {
		if (c->crms[i].instance)
			c->crms[i].instance->ops->free(c->crms[i].instance);
	}
	cti_msgq_free(c->inbox, free);
	cti_wire_free(c->wire);
	(void)pthread_mutex_destroy(&c->lock);
	free(c->crms);
	free(c);
}

static void wake(void *arg)
{
	cti_wire_wake(arg);
}

static int start_thread(struct cti_crms *c)
{
	sigset_t all, old;
	int err;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&c->thread, NULL, run, c);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err;
}

int cti_crms_start(struct cti_crms **cp, const struct cti_crms_conf *conf)
{
	struct cti_crms *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return ENOMEM;
	(void)pthread_mutex_init(&c->lock, NULL);
	c->trace = conf->trace;
	c->arg = conf->arg;
	c->crms = calloc(conf->ncrms ? conf->ncrms : 1, sizeof(*c->crms));
	err = c->crms ? cti_wire_alloc(&c->wire) : ENOMEM;
	if (!err)
		err = cti_msgq_alloc(&c->inbox, INBOX, wake, c->wire);
	for (size_t i = 0; i < conf->ncrms && !err; i++) {
		c->ncrms++;
		crm_init(c, &c->crms[i], &conf->crms[i], conf);
	}
	if (!err)
		err = start_thread(c);
	if (err)
		crms_free(c);
	else
		*cp = c;
	return err;
}

void cti_crms_stop(struct cti_crms *c)
{
	if (!c)
		return;
	atomic_store(&c->stopping, true);
	cti_wire_wake(c->wire);
	(void)pthread_join(c->thread, NULL);
	crms_free(c);
}

/* ---- asking -------------------------------------------------------------------------- */

static struct crm *find_crm(const struct cti_crms *c, const char *name)
{
	for (size_t i = 0; i < c->ncrms; i++) {
		if (strcmp(c->crms[i].conf->name, name) == 0)
			return &c->crms[i];
	}
	return NULL;
}

static int post(struct cti_crms *c, struct cti_crm_job *ask, uint64_t cancel)
{
	struct message *m = malloc(sizeof(*m));
	int err;

	if (!m)
		return ENOMEM;
	*m = (struct message){ ask, cancel };
	err = cti_msgq_push(c->inbox, m);
	if (err)
		free(m);
	return err;
}

int cti_crms_ask(struct cti_crms *c, const char *crm, const struct cti_crm_ask *ask,
	cti_crms_done_h *h, void *arg, uint64_t *idp)
{
	struct crm *to = find_crm(c, crm);
	struct cti_crm_job *job = to ? cti_crm_job_new(to, ask, h, arg) : NULL;
	int err;

	if (!to)
		return ENOENT;
	if (!job)
		return ENOMEM;
	job->id = atomic_fetch_add(&c->ids, 1) + 1;
	if (idp)
		*idp = job->id;
	err = post(c, job, 0);
	if (err)
		cti_crm_job_free(job);
	return err;
}

void cti_crms_cancel(struct cti_crms *c, uint64_t id)
{
	(void)post(c, NULL, id); /* without room it runs into its deadline */
}

unsigned cti_crms_caps(const struct cti_crms *c, const char *crm)
{
	const struct crm *of = find_crm(c, crm);

	return of ? of->caps : 0;
}

int cti_crms_status(struct cti_crms *c, const char *crm, struct cti_crms_status *st)
{
	const struct crm *of = find_crm(c, crm);

	if (!of)
		return ENOENT;
	(void)pthread_mutex_lock(&c->lock);
	*st = of->status;
	(void)pthread_mutex_unlock(&c->lock);
	return 0;
}
