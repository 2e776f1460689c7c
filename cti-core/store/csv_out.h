/*
 * csv_out.h -- a row of COPY's text format as a record of RFC 4180. Pure.
 */
#ifndef CTI_CSV_OUT_H
#define CTI_CSV_OUT_H

#include "str.h"

#include <stdbool.h>

/*
 * row: without its newline. NULL becomes an empty field, an empty text "". excel: an
 * apostrophe before what a spreadsheet would take for a formula; see export.h.
 */
void cti_csv_out(struct cti_buf *out, const char *row, size_t len, bool excel);

/* One field, without a comma. NULL: empty. */
void cti_csv_field(struct cti_buf *out, const char *text, bool excel);

/* The text of one field or row of COPY, its backslashes undone. */
void cti_copy_unescape(struct cti_buf *out, const char *text, size_t len);

#endif
