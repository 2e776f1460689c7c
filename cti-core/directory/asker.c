/*
 * asker.c -- see asker.h.
 */
#include "asker.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int ask(const char *crm, const struct cti_crm_ask *q, cti_crms_done_h *h,
	void *harg, void *arg)
{
	return cti_crms_ask(arg, crm, q, h, harg, NULL);
}

static unsigned caps(const char *crm, void *arg)
{
	return cti_crms_caps(arg, crm);
}

struct cti_asker cti_asker_of(struct cti_crms *crms)
{
	return (struct cti_asker){ .ask = ask, .caps = caps, .arg = crms };
}

/* Of who waits and of who answers; the last one frees it. */
struct wait {
	atomic_uint owners;
	int fd; /* readable: there is an answer */
	struct cti_crm_answer *answer;
};

static void leave(struct wait *w)
{
	if (atomic_fetch_sub(&w->owners, 1) != 1)
		return;
	cti_crm_answer_free(w->answer);
	(void)close(w->fd);
	free(w);
}

/* The CRMs' thread. */
static void on_answer(struct cti_crm_answer *answer, void *arg)
{
	const uint64_t one = 1;
	struct wait *w = arg;

	w->answer = answer;
	(void)!write(w->fd, &one, sizeof(one));
	leave(w);
}

static int wait_alloc(struct wait **wp)
{
	struct wait *w = calloc(1, sizeof(*w));

	if (!w)
		return ENOMEM;
	atomic_init(&w->owners, 2);
	w->fd = eventfd(0, EFD_CLOEXEC);
	if (w->fd < 0) {
		free(w);
		return EMFILE;
	}
	*wp = w;
	return 0;
}

int cti_asker_wait(const struct cti_asker *asker, const char *crm,
	const struct cti_crm_ask *q, int stop_fd, struct cti_crm_answer **answerp)
{
	struct pollfd fds[2] = { { .events = POLLIN },
		{ .fd = stop_fd, .events = POLLIN } };
	struct wait *w = NULL;
	int err = wait_alloc(&w);

	if (err)
		return err;
	err = asker->ask(crm, q, on_answer, w, asker->arg);
	if (err) { /* nobody will answer */
		leave(w);
		leave(w);
		return err;
	}
	fds[0].fd = w->fd;
	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
	if (fds[0].revents) {
		uint64_t n;

		(void)!read(w->fd, &n, sizeof(n)); /* and what was written before it */
		*answerp = w->answer;
		w->answer = NULL;
	} else {
		err = ECANCELED;
	}
	leave(w);
	return err;
}
