/*
 * model_cost.c -- LINES CALLS REPORTS: so many lines are watched and so many of them
 * talk, then so many reports come. What one report costs is the difference of two runs
 * with different REPORTS, by REPORTS (see model_cost.mjs): instructions, not time.
 */
#include "dialogs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bench {
	struct cti_model *m;
	struct cti_dialogs *d;
	struct cti_pbx_conf conf;
	int64_t now_us;
	uint32_t version;
	unsigned long calls;
};

static void report(
	struct bench *b, const char *line, enum cti_dialog_state state, const char *who)
{
	const struct cti_dialog g = { .id = line,
		.state = state,
		.direction = who ? CTI_DIALOG_RECIPIENT : CTI_DIALOG_DIR_NONE,
		.remote = { .user = who, .host = who ? "pbx" : NULL } };
	const struct cti_report_dialogs rep = { .at_us = b->now_us += 10000,
		.line = line,
		.version = ++b->version,
		.full = true,
		.dialogs = &g,
		.n = 1 };

	cti_dialogs_report(b->d, &rep);
	cti_model_settle(b->m);
}

static void ring(struct bench *b, const char *line)
{
	char who[16];

	(void)snprintf(who, sizeof(who), "03%08lu", ++b->calls);
	report(b, line, CTI_DIALOG_EARLY, who);
}

/* One call on a line that is idle: three reports. */
static void call(struct bench *b, const char *line)
{
	ring(b, line);
	report(b, line, CTI_DIALOG_CONFIRMED, NULL);
	report(b, line, CTI_DIALOG_TERMINATED, NULL);
}

static int run(struct bench *b, unsigned long calls, unsigned long reports)
{
	const unsigned long idle = b->conf.lines.n - calls;

	for (size_t i = 0; i < b->conf.lines.n; i++)
		report(b, b->conf.lines.v[i], CTI_DIALOG_TERMINATED, NULL);
	for (size_t i = 0; i < calls; i++) {
		ring(b, b->conf.lines.v[i]);
		report(b, b->conf.lines.v[i], CTI_DIALOG_CONFIRMED, NULL);
	}
	for (unsigned long i = 0; i < reports / 3; i++)
		call(b, b->conf.lines.v[calls + i % idle]);
	return cti_model_count(b->m) >= calls ? 0 : 1;
}

static int make_lines(struct bench *b, unsigned long n)
{
	b->conf.name = strdup("bench");
	b->conf.lines.v = calloc(n, sizeof(char *));
	if (!b->conf.name || !b->conf.lines.v)
		return 1;
	for (unsigned long i = 0; i < n; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "%lu", 10000 + i);
		b->conf.lines.v[i] = strdup(name);
		if (!b->conf.lines.v[i])
			return 1;
	}
	b->conf.lines.n = n;
	return 0;
}

int main(int argc, char *argv[])
{
	struct bench b = { .now_us = INT64_C(1700000000000000) };
	unsigned long lines = argc == 4 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long calls = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
	int err;

	if (!lines || calls >= lines) {
		(void)fprintf(stderr, "usage: model_cost LINES CALLS REPORTS\n");
		return 2;
	}
	err = make_lines(&b, lines) || cti_model_alloc(&b.m, 1, NULL) ||
	      cti_dialogs_alloc(&b.d, b.m, &b.conf, NULL, NULL) ||
	      run(&b, calls, strtoul(argv[3], NULL, 10));
	cti_dialogs_free(b.d);
	cti_model_free(b.m);
	for (size_t i = 0; i < b.conf.lines.n; i++)
		free(b.conf.lines.v[i]);
	free(b.conf.lines.v);
	free(b.conf.name);
	return err;
}
