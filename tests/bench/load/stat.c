/*
 * stat.c -- latencies, kept as they are and sorted at the end.
 */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>

void samples_add(struct samples *s, int64_t ns)
{
	if (s->n == s->size) {
		s->size = s->size ? 2 * s->size : 1024;
		s->us = realloc(s->us, s->size * sizeof(*s->us));
		if (!s->us)
			die("out of memory");
	}
	s->us[s->n++] = ns > 0 ? (uint32_t)(ns / 1000) : 0;
}

static int compare(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a;
	const uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t at(const struct samples *s, double share)
{
	size_t i = (size_t)((double)s->n * share);

	if (!s->n)
		return 0;
	return s->us[i < s->n ? i : s->n - 1];
}

const char *samples_json(struct samples *s, char buf[160])
{
	if (s->n)
		qsort(s->us, s->n, sizeof(*s->us), compare);
	(void)snprintf(buf, 160,
		"{\"n\":%zu,\"p50\":%u,\"p90\":%u,\"p99\":%u,\"p999\":%u,\"max\":%u}",
		s->n, at(s, 0.5), at(s, 0.9), at(s, 0.99), at(s, 0.999), at(s, 1.0));
	return buf;
}

void samples_free(struct samples *s)
{
	free(s->us);
	*s = (struct samples){ 0 };
}
