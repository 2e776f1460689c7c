/*
 * report.h -- figures over the call log: how many, how long, by what.
 *
 * What a figure means stands in the database (views v_report_calls and
 * v_report_agents, table report_figures); here it is only asked for.
 *
 * Thread: any; blocking, on a connection of the caller's.
 */
#ifndef CTI_REPORT_H
#define CTI_REPORT_H

#include "pg.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>

enum { CTI_REPORT_ROWS_MAX = 500 };

enum cti_report_form { CTI_REPORT_JSON, CTI_REPORT_CSV, CTI_REPORT_JSONL };

/* NULL: any. Borrowed strings, anything a person typed. */
struct cti_report_ask {
	const char *by; /* hour, day, hour-of-day, agent, queue, dialled, customer */
	const char *from, *to; /* ISO 8601; from <= start < to. Without a zone: UTC */
	const char *queue, *dialled, *line, *number;
	const char *tz;      /* IANA name for hours and days; NULL: UTC */
	const char *country; /* home country for number */
	/* Rights as in calls.h. */
	bool all_lines;
	const char *const *lines;
	size_t nlines;
	bool excel; /* CSV: as in export.h */
};

/*
 * Appends the report: an object with rows, total and definitions; or the rows alone
 * as CSV with a header or as JSON lines. 0; EINVAL (*wherep); EAGAIN; EIO.
 */
int cti_report(struct cti_pg *pg, const struct cti_report_ask *ask,
	enum cti_report_form form, struct cti_buf *out, const char **wherep);

#endif
