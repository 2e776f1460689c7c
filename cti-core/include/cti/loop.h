/*
 * cti/loop.h -- timers and file descriptors of the core thread.
 *
 * Behind it stands libre's loop, named in base/loop.c alone. Its own timers are
 * a sorted list, which costs 100 us an insertion at 10,000 timers, and in 1.1.0
 * they jump with the wall clock; ours are one heap behind a timerfd.
 *
 * Thread: core, except cti_loop_post() and cti_loop_stop().
 */
#ifndef CTI_LOOP_H
#define CTI_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Starts libre; raises the number of descriptors. 0 or errno. */
int cti_loop_init(unsigned max_fds);
void cti_loop_fini(void);

/* Runs until cti_loop_stop(). 0 or errno. */
int cti_loop_run(void);

/* Any thread, and signal handlers. Before the run: it ends at once. */
void cti_loop_stop(void);

/* Runs h(arg) on the core thread soon, in order. Any thread. EAGAIN when full. */
typedef void(cti_loop_h)(void *arg);
int cti_loop_post(cti_loop_h *h, void *arg);

/* Runs what is posted, without the loop: in an orderly stop, when the threads that
 * post have been joined and what their posts touch still lives. */
void cti_loop_drain(void);

/* Embedded in its owner; zero is "not running". */
struct cti_timer {
	size_t heap_index; /* 1-based place in the heap; 0: not running */
	uint64_t due_ms;
	uint64_t order; /* equal due times run in the order of their start */
	cti_loop_h *h;
	void *arg;
};

/* (Re)starts. h runs once, on the core thread, never from inside this call. */
int cti_timer_start(struct cti_timer *t, uint64_t delay_ms, cti_loop_h *h, void *arg);
void cti_timer_cancel(struct cti_timer *t);
static inline bool cti_timer_running(const struct cti_timer *t)
{
	return t->heap_index != 0;
}

enum { CTI_FD_READ = 1, CTI_FD_WRITE = 2 };
typedef void(cti_fd_h)(int flags, void *arg);

/* flags 0 stops watching. One handler per descriptor. 0 or errno. */
int cti_fd_watch(int fd, int flags, cti_fd_h *h, void *arg);

/* Longest single turn of the loop since the last call, for the metric. */
uint64_t cti_loop_stall_us(void);

#endif
