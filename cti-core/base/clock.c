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

/* The Gregorian day z days after 0000-03-01: a year that begins in March has its leap
 * day at its end, and 400 of them have 146097 days. */
static void civil_day(int64_t z, unsigned *year, unsigned *month, unsigned *day)
{
	const unsigned era_day = (unsigned)(z % 146097);
	const unsigned of_era =
		(era_day - era_day / 1460 + era_day / 36524 - era_day / 146096) / 365;
	const unsigned of_year = era_day - (365 * of_era + of_era / 4 - of_era / 100);
	const unsigned march = (5 * of_year + 2) / 153;

	*day = of_year - (153 * march + 2) / 5 + 1;
	*month = march < 10 ? march + 3 : march - 9;
	*year = of_era + (unsigned)(z / 146097) * 400 + (*month <= 2);
}

/* By hand: a picture of a call has a dozen of them; gmtime_r() takes the time zone's
 * lock and strftime() asks for the locale each time. */
const char *cti_time_iso(char buf[CTI_TIME_BYTES], int64_t at_us)
{
	static const int64_t first_s = INT64_C(-62162035200); /* 0000-03-01 */
	static const int64_t end_s = INT64_C(253402300800);   /* 10000-01-01 */
	enum { DAY_S = 86400 };
	int64_t us;
	const int64_t s = whole_seconds(at_us, &us);
	unsigned year, month, day, of_day;
	char *p = buf;

	if (s < first_s || s >= end_s) {
		(void)snprintf(buf, CTI_TIME_BYTES, "0000-00-00T00:00:00.000000Z");
		return buf;
	}
	civil_day((s - first_s) / DAY_S, &year, &month, &day);
	of_day = (unsigned)((s - first_s) % DAY_S);
	p = put_digits(p, year, 4, '-');
	p = put_digits(p, month, 2, '-');
	p = put_digits(p, day, 2, 'T');
	p = put_digits(p, of_day / 3600, 2, ':');
	p = put_digits(p, of_day / 60 % 60, 2, ':');
	p = put_digits(p, of_day % 60, 2, '.');
	p = put_digits(p, (unsigned)us, 6, 'Z');
	*p = '\0';
	return buf;
}
