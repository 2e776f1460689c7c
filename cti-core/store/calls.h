/*
 * calls.h -- the call log: conversations by filter and page, one with its trace.
 *
 * Thread: any; blocking, on a connection of the caller's.
 */
#ifndef CTI_CALLS_H
#define CTI_CALLS_H

#include "pg.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is asked for; zero and NULL: any. Borrowed strings, anything a person typed. */
struct cti_calls_filter {
	const char *from, *to; /* ISO 8601; from <= start < to. Without a zone: UTC */
	const char *line;
	const char *number;  /* outside number or dialled number, any spelling */
	const char *outcome; /* a word of schema/ws; "open": goes on */
	const char *direction;
	const char *q;       /* in numbers, names, companies, notes, the queue */
	const char *country; /* home country for number; NULL: none */
	/* Rights: only conversations in which one of these took part; an empty name stands
	 * for those in which no line did (they waited, and went). all_lines: no limit. */
	bool all_lines;
	const char *const *lines;
	size_t nlines;
};

/*
 * EINVAL: *wherep names the filter that cannot be read. Everything else here
 * checks by it too.
 */
int cti_calls_check(
	struct cti_pg *pg, const struct cti_calls_filter *f, const char **wherep);

/*
 * Appends {"calls":[...],"next":"..."|null}, newest first. after: next of the page
 * before, or NULL. limit: 1..500, 0: 50. 0; EINVAL (*wherep); EAGAIN; EIO.
 */
int cti_calls_list(struct cti_pg *pg, const struct cti_calls_filter *f, unsigned limit,
	const char *after, struct cti_buf *json, const char **wherep);

/* One conversation with its trace. ENOENT: none, or not among the lines. */
int cti_calls_get(struct cti_pg *pg, const char *id, bool all_lines,
	const char *const *lines, size_t nlines, struct cti_buf *json);

#endif
