/*
 * csv.h -- RFC 4180 as it is met: quotes, line ends of all kinds, any separator.
 * Pure; bytes are not trusted.
 */
#ifndef CTI_CSV_H
#define CTI_CSV_H

#include "str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CTI_CSV_FIELDS_MAX = 256, CTI_CSV_RECORD_BYTES_MAX = 256 * 1024 };

struct cti_csv_record {
	uint64_t line;             /* of its first byte; 1-based */
	const char *const *fields; /* borrowed; terminated, without NUL inside */
	size_t n;
	const char *bad; /* why it cannot be read, or NULL */
};

/* Not called for empty lines. An errno stops the reading and is its result. */
typedef int(cti_csv_record_h)(const struct cti_csv_record *rec, void *arg);

enum cti_csv_state { CTI_CSV_START, CTI_CSV_PLAIN, CTI_CSV_QUOTED, CTI_CSV_QUOTE };

struct cti_csv {
	char separator;
	cti_csv_record_h *h;
	void *arg;
	enum cti_csv_state state;
	uint64_t line, first_line;
	struct cti_buf text; /* the fields, each with its NUL */
	size_t starts[CTI_CSV_FIELDS_MAX];
	size_t n;
	bool any; /* the record has begun */
	bool cr;  /* the last byte was one: a LF belongs to it */
	const char *bad;
};

void cti_csv_init(struct cti_csv *csv, char separator, cti_csv_record_h *h, void *arg);
void cti_csv_fini(struct cti_csv *csv);
/* In pieces of any size; ENOMEM or what h said. */
int cti_csv_feed(struct cti_csv *csv, const char *data, size_t len);
int cti_csv_end(struct cti_csv *csv); /* the last record, if its line end is missing */

/* The separator of a first line: the most frequent of , ; and tab outside quotes. */
char cti_csv_guess_separator(const char *data, size_t len);

#endif
