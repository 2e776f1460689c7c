/*
 * test_kill.c -- a process is killed while it appends: what it had acknowledged is
 * there, once, in order, and the next process goes on.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "folder.h"

enum { KILLS = 25 };

/* Room for what the pipe lets a child run ahead of a parent that is kept waiting. */
static struct cti_journal_conf roomy_conf(void)
{
	struct cti_journal_conf conf = folder_conf();

	conf.max_bytes = 1 << 28;
	return conf;
}

/* Appends next, next+1, ... and writes each number to fd after append() returned. */
static _Noreturn void append_for_ever(uint32_t next, int fd)
{
	const struct cti_journal_conf conf = roomy_conf();
	struct cti_journal *j = NULL;

	if (cti_journal_open(&j, &conf, NULL))
		_exit(2);
	for (;; next++) {
		char block[300] = { 0 };

		memcpy(block, &next, sizeof(next));
		if (cti_journal_append(j, 1, block, sizeof(next) + next % 200, NULL))
			_exit(3);
		if (write(fd, &next, sizeof(next)) != (ssize_t)sizeof(next))
			_exit(4);
	}
}

/* Lets a child append until at_least records are acknowledged, kills it; returns the
 * last number that it acknowledged. */
static uint32_t run_and_kill(uint32_t next, unsigned at_least)
{
	uint32_t acknowledged = 0;
	uint32_t n;
	int status;
	int fds[2];
	pid_t pid;

	assert_int_equal(0, pipe(fds));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(fds[0]);
		append_for_ever(next, fds[1]);
	}
	(void)close(fds[1]);
	while (at_least-- > 0) {
		assert_int_equal(sizeof(n), read(fds[0], &n, sizeof(n)));
		acknowledged = n;
	}
	assert_int_equal(0, kill(pid, SIGKILL));
	while (read(fds[0], &n, sizeof(n)) == (ssize_t)sizeof(n))
		acknowledged = n;
	assert_int_equal(pid, waitpid(pid, &status, 0));
	assert_true(WIFSIGNALED(status));
	(void)close(fds[0]);
	return acknowledged;
}

/* The records are 1, 2, 3 ... without a gap; returns the last. */
static uint32_t read_numbers(void)
{
	struct cti_journal_reader *r = NULL;
	struct cti_journal_rec rec;
	uint32_t last = 0;
	int err;

	assert_int_equal(0, cti_journal_reader_alloc(&r, folder, 0));
	while ((err = cti_journal_next(r, &rec)) == 0) {
		uint32_t n;

		memcpy(&n, rec.data, sizeof(n));
		assert_int_equal(last + 1, n);
		last = n;
	}
	assert_int_equal(ENODATA, err);
	cti_journal_reader_free(r);
	return last;
}

static void what_a_killed_process_acknowledged_is_there(void **state)
{
	uint32_t last = 0;

	(void)state;
	for (unsigned i = 0; i < KILLS; i++) {
		const uint32_t acknowledged = run_and_kill(last + 1, 1 + i * 7);
		const struct cti_journal_conf conf = roomy_conf();
		struct cti_journal *j = NULL;

		assert_int_equal(
			0, cti_journal_open(&j, &conf, NULL)); /* cuts the tail */
		last = read_numbers();
		assert_true(last >= acknowledged);
		assert_true(last <= acknowledged + 1); /* written, not yet told */
		cti_journal_close(j);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_a_killed_process_acknowledged_is_there, folder_make,
			folder_remove),
	};

	return cmocka_run_group_tests_name("journal kill", tests, NULL, NULL);
}
