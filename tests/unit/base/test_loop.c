/*
 * test_loop.c -- timers run in order and on time, posts and descriptors are served.
 */
#include <cti/clock.h>
#include <cti/loop.h>

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static int setup(void **state)
{
	(void)state;
	return cti_loop_init(4096);
}

static int teardown(void **state)
{
	(void)state;
	cti_loop_fini();
	return 0;
}

struct record {
	struct cti_timer t;
	int id;
};

static int order[4096];
static int norder;

static void note(void *arg)
{
	order[norder++] = ((struct record *)arg)->id;
}

static void stop(void *arg)
{
	(void)arg;
	cti_loop_stop();
}

static void timers_run_in_the_order_of_their_time(void **state)
{
	struct record r[5] = { { .id = 0 }, { .id = 1 }, { .id = 2 }, { .id = 3 },
		{ .id = 4 } };
	static const uint64_t delay_ms[] = { 30, 10, 20, 10, 0 };
	static const int want[] = { 4, 1, 3, 2, 0 };
	struct cti_timer end = { 0 };

	(void)state;
	norder = 0;
	for (int i = 0; i < 5; i++)
		assert_int_equal(0, cti_timer_start(&r[i].t, delay_ms[i], note, &r[i]));
	assert_int_equal(0, cti_timer_start(&end, 40, stop, NULL));
	assert_int_equal(0, cti_loop_run());
	assert_int_equal(5, norder);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(want[i], order[i]);
		assert_false(cti_timer_running(&r[i].t));
	}
}

static void a_timer_never_comes_early(void **state)
{
	const int64_t from_us = cti_mono_us();
	struct cti_timer end = { 0 };

	(void)state;
	assert_int_equal(0, cti_timer_start(&end, 25, stop, NULL));
	assert_int_equal(0, cti_loop_run());
	assert_true(cti_mono_us() - from_us >= 25000);
}

static void a_cancelled_timer_does_not_run(void **state)
{
	struct record r = { .id = 1 };
	struct cti_timer end = { 0 };

	(void)state;
	norder = 0;
	assert_int_equal(0, cti_timer_start(&r.t, 1, note, &r));
	cti_timer_cancel(&r.t);
	cti_timer_cancel(&r.t);
	assert_int_equal(0, cti_timer_start(&end, 10, stop, NULL));
	assert_int_equal(0, cti_loop_run());
	assert_int_equal(0, norder);
}

/* Random starts and cancels: what remains runs, sorted by its time. */
static void the_heap_stays_a_heap(void **state)
{
	enum { N = 2000 };
	static struct record r[N];
	struct cti_timer end = { 0 };
	int left = 0;

	(void)state;
	norder = 0;
	srand(7);
	for (int i = 0; i < N; i++) {
		r[i] = (struct record){ .id = i };
		assert_int_equal(0,
			cti_timer_start(&r[i].t, (uint64_t)(rand() % 40), note, &r[i]));
	}
	for (int i = 0; i < N; i += 3)
		cti_timer_cancel(&r[i].t);
	for (int i = 1; i < N; i += 3)
		assert_int_equal(0,
			cti_timer_start(&r[i].t, (uint64_t)(rand() % 40), note, &r[i]));
	for (int i = 0; i < N; i++)
		left += cti_timer_running(&r[i].t);
	assert_int_equal(0, cti_timer_start(&end, 60, stop, NULL));
	assert_int_equal(0, cti_loop_run());
	assert_int_equal(left, norder);
	for (int i = 1; i < norder; i++)
		assert_true(r[order[i - 1]].t.due_ms <= r[order[i]].t.due_ms);
}

static void restart_itself(void *arg)
{
	struct record *r = arg;

	if (++r->id == 3)
		cti_loop_stop();
	else
		assert_int_equal(0, cti_timer_start(&r->t, 1, restart_itself, r));
}

static void a_timer_may_start_itself_again(void **state)
{
	struct record r = { .id = 0 };

	(void)state;
	assert_int_equal(0, cti_timer_start(&r.t, 1, restart_itself, &r));
	assert_int_equal(0, cti_loop_run());
	assert_int_equal(3, r.id);
}

enum { POSTED = 5000 };
static long posted_sum;

static void add(void *arg)
{
	posted_sum += (long)(intptr_t)arg;
	if ((intptr_t)arg == POSTED)
		cti_loop_stop();
}

static void *post_all(void *arg)
{
	(void)arg;
	for (intptr_t i = 1; i <= POSTED; i++) {
		while (cti_loop_post(add, (void *)i) == EAGAIN)
			continue;
	}
	return NULL;
}

static void posts_of_another_thread_arrive_once(void **state)
{
	pthread_t thread;

	(void)state;
	posted_sum = 0;
	assert_int_equal(0, pthread_create(&thread, NULL, post_all, NULL));
	assert_int_equal(0, cti_loop_run());
	assert_int_equal(0, pthread_join(thread, NULL));
	assert_int_equal((long)POSTED * (POSTED + 1) / 2, posted_sum);
}

static void a_full_line_of_posts_says_so(void **state)
{
	int n = 0;

	(void)state;
	posted_sum = 0;
	while (cti_loop_post(add, (void *)(intptr_t)1) == 0)
		n++;
	assert_int_equal(EAGAIN, cti_loop_post(add, (void *)(intptr_t)1));
	cti_loop_drain();
	assert_int_equal(n, posted_sum);
	assert_int_equal(0, cti_loop_post(add, (void *)(intptr_t)1));
}

static int pipe_fds[2];
static int ready_flags;

static void on_ready(int flags, void *arg)
{
	(void)arg;
	ready_flags = flags;
	assert_int_equal(0, cti_fd_watch(pipe_fds[0], 0, NULL, NULL));
	cti_loop_stop();
}

static void descriptors_are_watched(void **state)
{
	(void)state;
	assert_int_equal(0, pipe(pipe_fds));
	assert_int_equal(0, cti_fd_watch(pipe_fds[0], CTI_FD_READ, on_ready, NULL));
	assert_int_equal(1, write(pipe_fds[1], "x", 1));
	assert_int_equal(0, cti_loop_run());
	assert_int_equal(CTI_FD_READ, ready_flags);
	(void)close(pipe_fds[0]);
	(void)close(pipe_fds[1]);
}

static void a_hang_up_is_told_as_readiness(void **state)
{
	(void)state;
	ready_flags = 0;
	assert_int_equal(0, pipe(pipe_fds));
	assert_int_equal(0, cti_fd_watch(pipe_fds[0], CTI_FD_READ, on_ready, NULL));
	(void)close(pipe_fds[1]);
	assert_int_equal(0, cti_loop_run());
	assert_int_equal(CTI_FD_READ, ready_flags);
	(void)close(pipe_fds[0]);
}

static void wrong_arguments_are_refused(void **state)
{
	struct cti_timer t = { 0 };

	(void)state;
	assert_int_equal(EINVAL, cti_timer_start(&t, 1, NULL, NULL));
	assert_int_equal(EINVAL, cti_loop_post(NULL, NULL));
	assert_int_equal(EMFILE, cti_fd_watch(1 << 30, CTI_FD_READ, on_ready, NULL));
	assert_int_equal(EINVAL, cti_fd_watch(0, CTI_FD_READ, NULL, NULL));
}

static void hold_up(void *arg)
{
	struct timespec ts = { .tv_nsec = 30 * 1000 * 1000 };

	(void)nanosleep(&ts, NULL); /* this is the stall that is to be measured */
	stop(arg);
}

static void a_stall_is_measured(void **state)
{
	struct cti_timer t = { 0 };

	(void)state;
	(void)cti_loop_stall_us();
	assert_int_equal(0, cti_timer_start(&t, 1, hold_up, NULL));
	assert_int_equal(0, cti_loop_run());
	assert_true(cti_loop_stall_us() >= 30000);
	assert_int_equal(0, cti_loop_stall_us());
}

int main(void)
{
#define LOOP_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		LOOP_TEST(timers_run_in_the_order_of_their_time),
		LOOP_TEST(a_timer_never_comes_early),
		LOOP_TEST(a_cancelled_timer_does_not_run),
		LOOP_TEST(the_heap_stays_a_heap),
		LOOP_TEST(a_timer_may_start_itself_again),
		LOOP_TEST(posts_of_another_thread_arrive_once),
		LOOP_TEST(a_full_line_of_posts_says_so),
		LOOP_TEST(descriptors_are_watched),
		LOOP_TEST(a_hang_up_is_told_as_readiness),
		LOOP_TEST(wrong_arguments_are_refused),
		LOOP_TEST(a_stall_is_measured),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
