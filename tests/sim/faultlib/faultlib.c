/*
 * faultlib.c -- loaded in front of libc (LD_PRELOAD): the system lies or fails, once or
 * for as long as a test wants.
 *
 *	FAULTLIB_CLOCK=FILE   the wall clock is ahead by the seconds in FILE; read anew
 *	                      whenever it has another number
 *	FAULTLIB_WRITE=N      the Nth pwritev(2) finds a disk that fails (EIO)
 *	FAULTLIB_SYNC=N       the Nth fsync(2) or fdatasync(2) does
 *
 * The monotonic clock is left alone, as it is when somebody sets a clock.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Whether this is the call that the variable names. */
static bool is_due(const char *variable, atomic_long *count)
{
	const char *n = getenv(variable);

	return n && atomic_fetch_add(count, 1) + 1 == atol(n);
}

/* ---- the clock ------------------------------------------------------------------ */

static time_t ahead_s(void)
{
	const char *file = getenv("FAULTLIB_CLOCK");
	char text[32] = "";
	const int fd = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	return n > 0 ? (time_t)atol(text) : 0;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	const int err = (int)syscall(SYS_clock_gettime, id, ts);

	if (!err && id == CLOCK_REALTIME)
		ts->tv_sec += ahead_s();
	return err;
}

time_t time(time_t *at)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	if (at)
		*at = ts.tv_sec;
	return ts.tv_sec;
}

/* ---- the disk -------------------------------------------------------------------- */

ssize_t pwritev(int fd, const struct iovec *iov, int n, off_t at)
{
	static atomic_long count;

	if (is_due("FAULTLIB_WRITE", &count)) {
		errno = EIO;
		return -1;
	}
	return syscall(SYS_pwritev, fd, iov, n, at, 0L);
}

static int sync_by(long call, int fd)
{
	static atomic_long count;

	if (is_due("FAULTLIB_SYNC", &count)) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(call, fd);
}

int fsync(int fd)
{
	return sync_by(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return sync_by(SYS_fdatasync, fd);
}
