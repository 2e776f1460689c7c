/*
 * export.h -- the call log as CSV (RFC 4180) or JSON lines, of any length in
 * constant memory, streamed by COPY.
 *
 * Thread: any; blocking, on a connection of the caller's.
 */
#ifndef CTI_EXPORT_H
#define CTI_EXPORT_H

#include "calls.h"

#include <stdbool.h>
#include <stdint.h>

enum cti_export_format { CTI_EXPORT_CSV, CTI_EXPORT_JSONL };
enum cti_export_encoding { CTI_EXPORT_UTF8, CTI_EXPORT_SHIFT_JIS };

/*
 * CSV: without options, times are ISO 8601 UTC and every byte of a text is as it
 * came. excel: a byte order mark (UTF-8), times as a spreadsheet reads them, in
 * UTC, and an apostrophe before what a spreadsheet would take for a formula (= + -
 * @ tab CR); "+81312345678" stays as it is, digits are no formula. raw: overrules
 * excel and Shift_JIS.
 */
struct cti_export_conf {
	struct cti_calls_filter filter; /* with the rights inside */
	enum cti_export_format format;
	enum cti_export_encoding encoding;
	bool excel;
	bool raw;
	/* A piece of the file; an errno stops the export and is its result. */
	int (*write)(const char *data, size_t len, void *arg);
	/* At most about once in 200 ms and once at the end; may be NULL. total: an
	 * estimate by the planner, 0 when there is none. */
	void (*progress)(uint64_t rows, uint64_t total, void *arg);
	void *arg;
};

/* 0 and the number of conversations; EINVAL (*wherep); EAGAIN; EIO; write's. */
int cti_export(struct cti_pg *pg, const struct cti_export_conf *conf, uint64_t *rowsp,
	const char **wherep);

#endif
