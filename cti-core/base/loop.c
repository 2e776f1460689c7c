/*
 * loop.c -- the only file that names libre's event loop.
 *
 * libre watches the descriptors. Timers are ours: one binary heap behind one
 * timerfd on the monotonic clock, since libre's timers are a sorted list and, in
 * 1.1.0, run by the wall clock. Posted handlers come through a ring and an
 * eventfd. A slow heartbeat measures how long the loop could not turn, whoever
 * held it up.
 */
#include <cti/clock.h>
#include <cti/loop.h>

#include <errno.h>
#include <pthread.h>
#include <re.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
	POSTS = 16384,      /* several seconds of the busiest thread */
	POSTS_A_TURN = 256, /* then descriptors and timers have their turn */
	TIMERS_A_TURN = 1024,
	HEARTBEAT_MS = 100,
	FDS_MIN = 1024,
};

struct post {
	cti_loop_h *h;
	void *arg;
};

struct watch {
	cti_fd_h *h;
	void *arg;
	int flags;
};

static struct {
	struct cti_timer **heap; /* heap[1..nheap]; borrowed pointers */
	size_t nheap, heap_size;
	uint64_t order;
	uint64_t armed_ms; /* what timer_fd is set to; 0: not set */
	int timer_fd;

	struct watch *watches; /* by descriptor */
	size_t nwatches;

	struct cti_timer heartbeat;
	uint64_t stall_us;
} loop = { .timer_fd = -1 };

/* Shared with other threads. The descriptor outlives the loop, for stop() may be
 * called from a signal handler at any time. */
static struct {
	pthread_mutex_t lock;
	struct post ring[POSTS];
	size_t head, count;
	atomic_bool stop;
	_Atomic int fd;
} posts = { .lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1 };

/* ---- stall -------------------------------------------------------------- */

static void note_stall(uint64_t us)
{
	if (us > loop.stall_us)
		loop.stall_us = us;
}

/* Time since from_us, noted as one turn. */
static void note_turn(int64_t from_us)
{
	note_stall((uint64_t)(cti_mono_us() - from_us));
}

uint64_t cti_loop_stall_us(void)
{
	const uint64_t us = loop.stall_us;

	loop.stall_us = 0;
	return us;
}

/* ---- timers ------------------------------------------------------------- */

static uint64_t now_ms(void)
{
	return (uint64_t)cti_mono_us() / 1000;
}

static bool sooner(const struct cti_timer *a, const struct cti_timer *b)
{
	return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void place(struct cti_timer *t, size_t index)
{
	loop.heap[index] = t;
	t->heap_index = index;
}

static void sift_up(struct cti_timer *t, size_t i)
{
	for (; i > 1 && sooner(t, loop.heap[i / 2]); i /= 2)
		place(loop.heap[i / 2], i);
	place(t, i);
}

static void sift_down(struct cti_timer *t, size_t i)
{
	for (;;) {
		size_t child = 2 * i;

		if (child > loop.nheap)
			break;
		if (child < loop.nheap && sooner(loop.heap[child + 1], loop.heap[child]))
			child++;
		if (!sooner(loop.heap[child], t))
			break;
		place(loop.heap[child], i);
		i = child;
	}
	place(t, i);
}

static void heap_remove(struct cti_timer *t)
{
	const size_t i = t->heap_index;
	struct cti_timer *last = loop.heap[loop.nheap--];

	t->heap_index = 0;
	if (last == t)
		return;
	sift_up(last, i);
	sift_down(last, last->heap_index);
}

static int heap_grow(void)
{
	const size_t size = loop.heap_size ? 2 * loop.heap_size : 1024;
	struct cti_timer **heap;

	if (loop.nheap + 1 < loop.heap_size)
		return 0;
	heap = reallocarray(loop.heap, size, sizeof(struct cti_timer *));
	if (!heap)
		return ENOMEM;
	loop.heap = heap;
	loop.heap_size = size;
	return 0;
}

/* Sets timer_fd when the first timer is due sooner than it is set for. One that is
 * set too soon costs a wake-up and puts itself right. */
static void arm(void)
{
	struct itimerspec at = { 0 };
	uint64_t due_ms;

	if (!loop.nheap)
		return;
	due_ms = loop.heap[1]->due_ms;
	if (loop.armed_ms && loop.armed_ms <= due_ms)
		return;
	loop.armed_ms = due_ms ? due_ms : 1;
	at.it_value.tv_sec = (time_t)(loop.armed_ms / 1000);
	at.it_value.tv_nsec = (long)(loop.armed_ms % 1000) * 1000000;
	(void)timerfd_settime(loop.timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

int cti_timer_start(struct cti_timer *t, uint64_t delay_ms, cti_loop_h *h, void *arg)
{
	int err;

	if (!t || !h)
		return EINVAL;
	cti_timer_cancel(t);
	err = heap_grow();
	if (err)
		return err;
	/* One more: the clock's last millisecond has begun already. */
	t->due_ms = now_ms() + delay_ms + (delay_ms ? 1 : 0);
	t->order = loop.order++;
	t->h = h;
	t->arg = arg;
	sift_up(t, ++loop.nheap);
	arm();
	return 0;
}

void cti_timer_cancel(struct cti_timer *t)
{
	if (t && t->heap_index)
		heap_remove(t);
}

static void on_timer_fd(int flags, void *arg)
{
	const int64_t from_us = cti_mono_us();
	const uint64_t due_ms = now_ms();
	uint64_t ticks;

	(void)flags;
	(void)arg;
	if (read(loop.timer_fd, &ticks, sizeof(ticks)) < 0 && errno != EAGAIN)
		return;
	loop.armed_ms = 0;
	for (int n = 0; n < TIMERS_A_TURN && loop.nheap; n++) {
		struct cti_timer *t = loop.heap[1];

		if (t->due_ms > due_ms)
			break;
		heap_remove(t);
		t->h(t->arg);
	}
	arm();
	note_turn(from_us);
}

/* How late the heartbeat comes is how long nobody was served. */
static void on_heartbeat(void *arg)
{
	const uint64_t late_ms = now_ms() - loop.heartbeat.due_ms;

	if (late_ms > 1)
		note_stall(late_ms * 1000);
	(void)cti_timer_start(&loop.heartbeat, HEARTBEAT_MS, on_heartbeat, arg);
}

/* ---- posts -------------------------------------------------------------- */

static void wake(void)
{
	const uint64_t one = 1;
	const int fd = atomic_load(&posts.fd);

	/* EAGAIN: it is readable already, which is all we want. */
	if (fd >= 0 && write(fd, &one, sizeof(one)) < 0)
		return;
}

int cti_loop_post(cti_loop_h *h, void *arg)
{
	int err = EAGAIN;

	if (!h)
		return EINVAL;
	(void)pthread_mutex_lock(&posts.lock);
	if (posts.count < POSTS) {
		posts.ring[(posts.head + posts.count) % POSTS] = (struct post){ h, arg };
		posts.count++;
		err = 0;
	}
	(void)pthread_mutex_unlock(&posts.lock);
	if (!err)
		wake();
	return err;
}

static bool next_post(struct post *p)
{
	bool have;

	(void)pthread_mutex_lock(&posts.lock);
	have = posts.count > 0;
	if (have) {
		*p = posts.ring[posts.head];
		posts.head = (posts.head + 1) % POSTS;
		posts.count--;
	}
	(void)pthread_mutex_unlock(&posts.lock);
	return have;
}

static void on_post_fd(int flags, void *arg)
{
	const int64_t from_us = cti_mono_us();
	uint64_t ticks;
	struct post p;
	int n;

	(void)flags;
	(void)arg;
	if (read(atomic_load(&posts.fd), &ticks, sizeof(ticks)) < 0 && errno != EAGAIN)
		return;
	for (n = 0; n < POSTS_A_TURN && next_post(&p); n++)
		p.h(p.arg);
	if (n == POSTS_A_TURN)
		wake();
	if (atomic_load(&posts.stop))
		re_cancel();
	note_turn(from_us);
}

void cti_loop_drain(void)
{
	struct post p;

	while (next_post(&p))
		p.h(p.arg);
}

void cti_loop_stop(void)
{
	atomic_store(&posts.stop, true);
	wake();
}

/* ---- descriptors -------------------------------------------------------- */

/* An error or hang-up is told as readiness: the owner's read or write meets it. */
static void on_fd(int flags, void *arg)
{
	const struct watch *w = arg;
	const int64_t from_us = cti_mono_us();
	int ready = flags & w->flags;

	if (flags & ~(FD_READ | FD_WRITE))
		ready = w->flags;
	if (ready)
		w->h(ready, w->arg);
	note_turn(from_us);
}

int cti_fd_watch(int fd, int flags, cti_fd_h *h, void *arg)
{
	int err;

	if (fd < 0 || (size_t)fd >= loop.nwatches)
		return flags ? EMFILE : 0;
	if (!flags) {
		if (loop.watches[fd].h)
			fd_close(fd);
		loop.watches[fd] = (struct watch){ 0 };
		return 0;
	}
	if (!h)
		return EINVAL;
	loop.watches[fd] = (struct watch){ h, arg, flags };
	err = fd_listen(fd,
		(flags & CTI_FD_READ ? FD_READ : 0) |
			(flags & CTI_FD_WRITE ? FD_WRITE : 0),
		on_fd, &loop.watches[fd]);
	if (err)
		loop.watches[fd] = (struct watch){ 0 };
	return err;
}

/* ---- life --------------------------------------------------------------- */

/* As many descriptors as asked for or as the system lets us have. */
static unsigned raise_fd_limit(unsigned want)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim))
		return want;
	if (lim.rlim_cur < want) {
		lim.rlim_cur = want < lim.rlim_max ? want : lim.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &lim);
		(void)getrlimit(RLIMIT_NOFILE, &lim);
	}
	return lim.rlim_cur < want ? (unsigned)lim.rlim_cur : want;
}

static int open_fds(void)
{
	int err;

	loop.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (loop.timer_fd < 0)
		return errno;
	if (atomic_load(&posts.fd) < 0)
		atomic_store(&posts.fd, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
	if (atomic_load(&posts.fd) < 0)
		return errno;
	err = fd_listen(loop.timer_fd, FD_READ, on_timer_fd, NULL);
	if (err)
		return err;
	return fd_listen(atomic_load(&posts.fd), FD_READ, on_post_fd, NULL);
}

int cti_loop_init(unsigned max_fds)
{
	unsigned fds = raise_fd_limit(max_fds > FDS_MIN ? max_fds : FDS_MIN);
	int err;

	err = libre_init();
	if (err)
		return err;
	atomic_store(&posts.stop, false);
	loop.watches = calloc(fds, sizeof(*loop.watches));
	if (!loop.watches) {
		err = ENOMEM;
		goto out;
	}
	loop.nwatches = fds;
	(void)fd_setsize(0); /* its first guess is final otherwise */
	err = fd_setsize((int)fds);
	if (err)
		goto out;
	err = open_fds();
	if (err)
		goto out;
	err = cti_timer_start(&loop.heartbeat, HEARTBEAT_MS, on_heartbeat, NULL);
out:
	if (err)
		cti_loop_fini();
	return err;
}

void cti_loop_fini(void)
{
	struct post p;

	cti_timer_cancel(&loop.heartbeat);
	while (next_post(&p))
		continue;
	if (atomic_load(&posts.fd) >= 0)
		fd_close(atomic_load(&posts.fd));
	if (loop.timer_fd >= 0) {
		fd_close(loop.timer_fd);
		(void)close(loop.timer_fd);
		loop.timer_fd = -1;
	}
	while (loop.nheap)
		heap_remove(loop.heap[loop.nheap]);
	free(loop.heap);
	loop.heap = NULL;
	loop.heap_size = 0;
	free(loop.watches);
	loop.watches = NULL;
	loop.nwatches = 0;
	loop.armed_ms = 0;
	libre_close();
}

int cti_loop_run(void)
{
	const int err = atomic_load(&posts.stop) ? 0 : re_main(NULL);

	atomic_store(&posts.stop, false);
	return err;
}
