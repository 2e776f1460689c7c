/*
 * syncer.c -- see syncer.h.
 */
#include "syncer.h"

#include <cti/err.h>
#include <cti/log.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { RETIRED = 16 }; /* segments a disk may lag behind before we wait for it */

struct cti_syncer {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping;
	uint32_t interval_ms;
	int dir_fd;
	int dirty_fd; /* -1: clean */
	int retired[RETIRED];
	size_t nretired;
	_Atomic uint64_t errors;
};

/* What is to be synced in one round. */
struct round {
	int dirty_fd;
	int retired[RETIRED];
	size_t nretired;
};

static void sync_fd(struct cti_syncer *s, int fd)
{
	if (fdatasync(fd) == 0)
		return;
	if (atomic_fetch_add(&s->errors, 1) == 0)
		cti_log(CTI_LOG_ERROR, "journal",
			"cannot sync, a power cut may lose records error=%s",
			cti_err_name(errno));
}

static void run_round(struct cti_syncer *s, const struct round *r)
{
	for (size_t i = 0; i < r->nretired; i++) {
		sync_fd(s, r->retired[i]);
		(void)close(r->retired[i]);
	}
	if (r->dirty_fd >= 0)
		sync_fd(s, r->dirty_fd);
	if (r->nretired) /* there is a new file: its name must last too */
		(void)fsync(s->dir_fd);
}

/* Waits for the interval's end and takes the work. False: stop after this round. */
static bool next_round(struct cti_syncer *s, struct round *r)
{
	struct timespec until;
	bool go_on;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(s->interval_ms / 1000);
	until.tv_nsec += (long)(s->interval_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	(void)pthread_mutex_lock(&s->lock);
	while (!s->stopping &&
		pthread_cond_timedwait(&s->wake, &s->lock, &until) != ETIMEDOUT)
		continue;
	r->dirty_fd = s->dirty_fd;
	r->nretired = s->nretired;
	for (size_t i = 0; i < s->nretired; i++)
		r->retired[i] = s->retired[i];
	s->dirty_fd = -1;
	s->nretired = 0;
	go_on = !s->stopping;
	(void)pthread_mutex_unlock(&s->lock);
	return go_on;
}

static void *run(void *arg)
{
	struct cti_syncer *s = arg;
	struct round r;
	bool go_on;

	do {
		go_on = next_round(s, &r);
		run_round(s, &r);
	} while (go_on);
	return NULL;
}

int cti_syncer_start(struct cti_syncer **sp, int dir_fd, uint32_t interval_ms)
{
	pthread_condattr_t attr;
	sigset_t all;
	sigset_t old;
	int err;
	struct cti_syncer *s = calloc(1, sizeof(*s));

	if (!s)
		return ENOMEM;
	s->dir_fd = dir_fd;
	s->dirty_fd = -1;
	s->interval_ms = interval_ms;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&s->wake, &attr);
	(void)pthread_condattr_destroy(&attr);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&s->thread, NULL, run, s);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err) {
		free(s);
		return err;
	}
	(void)pthread_setname_np(s->thread, "journal-sync");
	*sp = s;
	return 0;
}

void cti_syncer_stop(struct cti_syncer *s)
{
	if (!s)
		return;
	(void)pthread_mutex_lock(&s->lock);
	s->stopping = true;
	(void)pthread_cond_signal(&s->wake);
	(void)pthread_mutex_unlock(&s->lock);
	(void)pthread_join(s->thread, NULL);
	(void)pthread_cond_destroy(&s->wake);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

void cti_syncer_dirty(struct cti_syncer *s, int fd)
{
	(void)pthread_mutex_lock(&s->lock);
	s->dirty_fd = fd;
	(void)pthread_mutex_unlock(&s->lock);
}

void cti_syncer_retire(struct cti_syncer *s, int fd)
{
	bool taken;

	(void)pthread_mutex_lock(&s->lock);
	taken = s->nretired < RETIRED;
	if (taken)
		s->retired[s->nretired++] = fd;
	if (s->dirty_fd == fd)
		s->dirty_fd = -1;
	(void)pthread_mutex_unlock(&s->lock);
	if (taken)
		return;
	sync_fd(s, fd);
	(void)close(fd);
}

uint64_t cti_syncer_errors(const struct cti_syncer *s)
{
	return s ? atomic_load(&s->errors) : 0;
}
