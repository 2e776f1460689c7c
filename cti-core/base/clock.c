/*
 * clock.c -- a wall clock that runs at the monotonic clock's pace.
 *
 * One number is shared: how far UTC is ahead of the monotonic clock. It is set at
 * the first use and moved by cti_clock_resync() alone.
 */
#include <cti/clock.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

enum { US_PER_S = 1000000 };

static _Atomic int64_t offset_us; /* UTC - monotonic; 0: not set yet */
static _Atomic int64_t fake_us;

static int64_t read_us(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts); /* these clocks always exist on Linux */
	return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

/* Two threads may come here first; whoever is second takes the first's value. */
static int64_t offset(void)
{
	int64_t have = atomic_load(&offset_us);
	int64_t want;

	if (have)
		return have;
	want = read_us(CLOCK_REALTIME) - read_us(CLOCK_MONOTONIC);
	if (atomic_compare_exchange_strong(&offset_us, &have, want))
		return want;
	return have;
}

int64_t cti_mono_us(void)
{
	const int64_t fake = atomic_load(&fake_us);

	return fake ? fake : read_us(CLOCK_MONOTONIC);
}

int64_t cti_now_us(void)
{
	const int64_t fake = atomic_load(&fake_us);

	return fake ? fake : read_us(CLOCK_MONOTONIC) + offset();
}

int64_t cti_clock_resync(void)
{
	const int64_t ahead =
		read_us(CLOCK_REALTIME) - read_us(CLOCK_MONOTONIC) - offset();

	if (ahead <= 0)
		return ahead;
	atomic_fetch_add(&offset_us, ahead);
	return 0;
}

void cti_clock_set_fake(int64_t at_us)
{
	atomic_store(&fake_us, at_us);
}

/* Floor, so that times before 1970 keep a positive fraction. */
static int64_t whole_seconds(int64_t at_us, int64_t *fractionp)
{
	int64_t s = at_us / US_PER_S;
	int64_t us = at_us % US_PER_S;

	if (us < 0) {
		us += US_PER_S;
		s--;
	}
	*fractionp = us;
	return s;
}

/* The last n digits of v, and what comes behind them. */
static char *put_digits(char *p, unsigned v, int n, char behind)
{
	for (int i = n; i-- > 0; v /= 10)
		p[i] = (char)('0' + v % 10);
	p[n] = behind;
	return p + n + 1;
}

/* By hand: a picture of a call has a dozen of them, and strftime() asks for the
 * locale each time. */
const char *cti_time_iso(char buf[CTI_TIME_BYTES], int64_t at_us)
{
	int64_t us;
	const time_t s = (time_t)whole_seconds(at_us, &us);
	struct tm tm;
	char *p = buf;

	/* Years outside 0000..9999 do not fit the format. */
	if (!gmtime_r(&s, &tm) || tm.tm_year < -1900 || tm.tm_year > 8099) {
		(void)snprintf(buf, CTI_TIME_BYTES, "0000-00-00T00:00:00.000000Z");
		return buf;
	}
	p = put_digits(p, (unsigned)tm.tm_year + 1900u, 4, '-');
	p = put_digits(p, (unsigned)tm.tm_mon + 1u, 2, '-');
	p = put_digits(p, (unsigned)tm.tm_mday, 2, 'T');
	p = put_digits(p, (unsigned)tm.tm_hour, 2, ':');
	p = put_digits(p, (unsigned)tm.tm_min, 2, ':');
	p = put_digits(p, (unsigned)tm.tm_sec, 2, '.');
	p = put_digits(p, (unsigned)us, 6, 'Z');
	*p = '\0';
	return buf;
}
