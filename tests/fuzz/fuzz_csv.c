/*
 * fuzz_csv.c -- a list of contacts: the records are the same however the bytes are
 * cut into pieces (the first byte says how), and within their limits.
 */
#include "columns.h"
#include "csv.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_record(const struct cti_csv_record *rec, void *arg)
{
	uint64_t *sum = arg;

	assert(rec->n <= CTI_CSV_FIELDS_MAX && rec->line > 0);
	for (size_t i = 0; i < rec->n; i++) {
		const char *label;

		*sum = *sum * 31 + strlen(rec->fields[i]) + rec->line +
		       (rec->bad != NULL);
		(void)cti_column_of(rec->fields[i], &label);
	}
	return 0;
}

static uint64_t read_pieces(const char *text, size_t len, size_t piece)
{
	struct cti_csv csv;
	uint64_t sum = 0;
	int err = 0;

	cti_csv_init(&csv, cti_csv_guess_separator(text, len), on_record, &sum);
	for (size_t at = 0; !err && at < len; at += piece)
		err = cti_csv_feed(&csv, text + at, piece < len - at ? piece : len - at);
	if (!err)
		err = cti_csv_end(&csv);
	assert(!err || err == ENOMEM);
	cti_csv_fini(&csv);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;

	if (size < 2)
		return 0;
	assert(read_pieces(text, size - 1, size) ==
		read_pieces(text, size - 1, data[0] % 7 + 1));
	return 0;
}
