/*
 * lookup.c -- times the directory's own look-ups against a database: URL, seconds,
 * how many contacts there are, and which kind. Prints microseconds: p50 p99 count found.
 *
 *	exact  +81801 and seven digits, as goals/lookup.mjs imports them
 *	tail   the same number from a trunk that lost all but its last ten digits
 *	none   numbers that nobody has
 */
#include "find.h"
#include "link.h"

#include <cti/clock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES_MAX = 2000000 };

static int compare(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a;
	const uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void number_of(char number[32], const char *kind, uint64_t n)
{
	(void)snprintf(number, 32, "%s%07llu",
		!strcmp(kind, "exact")  ? "+81801"
		: !strcmp(kind, "tail") ? "801"
					: "+81901",
		(unsigned long long)n);
}

int main(int argc, char *argv[])
{
	const int64_t until_us =
		argc == 5 ? cti_mono_us() + strtoll(argv[2], NULL, 10) * 1000000 : 0;
	const uint64_t contacts = argc == 5 ? strtoull(argv[3], NULL, 10) : 0;
	uint32_t *took = calloc(SAMPLES_MAX, sizeof(*took));
	struct cti_pg *pg = NULL;
	uint64_t seed = 88172645463325252ull;
	size_t n = 0;
	size_t found = 0;

	if (!contacts || !took || cti_pg_alloc(&pg, argv[1], "bench")) {
		(void)fprintf(
			stderr, "usage: lookup URL SECONDS CONTACTS exact|tail|none\n");
		return 2;
	}
	while (cti_mono_us() < until_us && n < SAMPLES_MAX) {
		struct cti_matches m = { 0 };
		char number[32];
		int64_t from_us;
		int err;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		number_of(number, argv[4], seed % contacts);
		from_us = cti_mono_us();
		err = cti_find(pg, number, NULL, 0, false, &m);
		took[n++] = (uint32_t)(cti_mono_us() - from_us);
		found += m.n;
		cti_matches_reset(&m);
		if (err) {
			(void)fprintf(stderr, "%s\n", cti_pg_error(pg));
			return 1;
		}
	}
	qsort(took, n, sizeof(*took), compare);
	(void)printf("%u %u %zu %zu\n", took[n / 2], took[n * 99 / 100], n, found);
	cti_pg_free(pg);
	free(took);
	return 0;
}
