/*
 * test_clock.c -- time never goes back, the fake clock stands, times are written in
 * ISO 8601.
 */
#include <cti/clock.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

static void our_clock_is_near_the_wall_clock_and_never_falls(void **state)
{
	int64_t last = cti_now_us();
	int64_t ahead_us;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		const int64_t now = cti_now_us();

		assert_true(now >= last);
		last = now;
	}
	ahead_us = (int64_t)time(NULL) * 1000000 - cti_now_us();
	assert_true(ahead_us < 2000000 && ahead_us > -2000000);
	assert_true(cti_clock_resync() <= 0);
	assert_true(cti_now_us() >= last);
}

static void the_fake_clock_stands_until_it_is_set(void **state)
{
	(void)state;
	cti_clock_set_fake(1000);
	assert_int_equal(1000, cti_now_us());
	assert_int_equal(1000, cti_mono_us());
	cti_clock_set_fake(2000);
	assert_int_equal(2000, cti_now_us());
	cti_clock_set_fake(0);
	assert_true(cti_now_us() > 1000000000000000);
}

static void times_are_iso_8601(void **state)
{
	static const struct {
		int64_t at_us;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00.000000Z" },
		{ 1795509660123456, "2026-11-24T08:41:00.123456Z" },
		{ 951782400000001, "2000-02-29T00:00:00.000001Z" },
		{ -1, "1969-12-31T23:59:59.999999Z" },
		{ INT64_MAX, "0000-00-00T00:00:00.000000Z" },
		{ INT64_MIN, "0000-00-00T00:00:00.000000Z" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char buf[CTI_TIME_BYTES];

		assert_string_equal(rows[i].text, cti_time_iso(buf, rows[i].at_us));
	}
}

static void every_day_is_as_the_c_library_has_it(void **state)
{
	(void)state;
	for (int64_t day = -719000; day < 2932000; day += 7) {
		const time_t s = (time_t)(day * 86400 + 45296);
		struct tm tm;
		char want[CTI_TIME_BYTES], buf[CTI_TIME_BYTES];

		assert_non_null(gmtime_r(&s, &tm));
		assert_true(strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S.000007Z",
				    &tm) > 0);
		(void)cti_time_iso(buf, (int64_t)s * 1000000 + 7);
		if (tm.tm_year >= -900) /* strftime() writes the year 999 with 3 digits */
			assert_string_equal(want, buf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_clock_is_near_the_wall_clock_and_never_falls),
		cmocka_unit_test(the_fake_clock_stands_until_it_is_set),
		cmocka_unit_test(times_are_iso_8601),
		cmocka_unit_test(every_day_is_as_the_c_library_has_it),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
