/*
 * Whole streams of reports in any order, lost, doubled and cut off: no crash, no revived
 * call, no negative time, no two answers for one leg, and after a final full list no call
 * left open. The checks are in report_stream.h; they abort.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report_stream.h"

/* xorshift: the same numbers in every run. */
static uint64_t seed;

static unsigned char any(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned char)(seed >> 24);
}

static void run(unsigned dialect, const unsigned char *bytes, size_t steps)
{
	struct stream s;

	assert_true(stream_up(&s));
	s.dialect = dialect;
	for (size_t i = 0; i < steps; i++)
		stream_step(&s, bytes + i * STREAM_STEP);
	stream_finish(&s);
	stream_down(&s);
}

static void nothing_survives_a_full_list_whatever_came_before(void **state)
{
	enum { STEPS = 60, RUNS = 400 };
	unsigned char bytes[STEPS * STREAM_STEP];

	(void)state;
	for (unsigned dialect = 0; dialect < STREAM_KINDS; dialect++) {
		for (uint64_t n = 1; n <= RUNS; n++) {
			seed = n * UINT64_C(0x9e3779b97f4a7c15);
			for (size_t i = 0; i < sizeof(bytes); i++)
				bytes[i] = any();
			run(dialect, bytes, STEPS);
		}
	}
}

/* A sensible stream (ring, answer, second call, end), then damaged. */
static const unsigned char call[][STREAM_STEP] = {
	{ 0, 2, 2, 5, 0, 0, 10, 1 }, /* 201 rings */
	{ 1, 2, 2, 5, 1, 0, 1, 1 },  /* 202 rings with it */
	{ 0, 3, 3, 5, 0, 0, 99, 2 }, /* 201 answers */
	{ 1, 4, 2, 0, 1, 0, 1, 2 },  /* 202 stops */
	{ 0, 2, 2, 6, 2, 0, 99, 3 }, /* a second call */
	{ 0, 3, 2, 6, 2, 0, 99, 4 },
	{ 2, 2, 2, 1, 3, 0, 99, 1 }, /* 203 is called by 201 */
	{ 2, 3, 2, 1, 3, 0, 99, 2 },
	{ 0, 4, 2, 0, 0, 0, 99, 5 },
	{ 0, 4, 2, 0, 2, 0, 1, 6 },
	{ 2, 4, 2, 0, 3, 0, 99, 3 },
};

enum { CALL_STEPS = sizeof(call) / STREAM_STEP };

static void a_call_with_losses_and_repeats_and_in_any_order(void **state)
{
	unsigned char bytes[2 * CALL_STEPS * STREAM_STEP];

	(void)state;
	for (uint64_t n = 1; n <= 500; n++) {
		size_t steps = 0;

		seed = n * UINT64_C(0x9e3779b97f4a7c15);
		for (size_t i = 0; i < CALL_STEPS; i++) {
			const unsigned char luck = any();
			const size_t from = luck & 1 ? i : any() % CALL_STEPS;

			if (luck < 40)
				continue; /* lost */
			memcpy(bytes + steps++ * STREAM_STEP, call[from], STREAM_STEP);
			if (luck > 220) /* told twice */
				memcpy(bytes + steps++ * STREAM_STEP, call[from],
					STREAM_STEP);
		}
		for (unsigned dialect = 0; dialect < 3; dialect++)
			run(dialect, bytes, steps);
	}
}

static void a_call_cut_off_anywhere(void **state)
{
	(void)state;
	for (size_t n = 0; n <= CALL_STEPS; n++) {
		for (unsigned dialect = 0; dialect < 3; dialect++)
			run(dialect, call[0], n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_survives_a_full_list_whatever_came_before),
		cmocka_unit_test(a_call_with_losses_and_repeats_and_in_any_order),
		cmocka_unit_test(a_call_cut_off_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
