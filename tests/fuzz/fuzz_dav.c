/*
 * fuzz_dav.c -- answers of CardDAV servers: the entries and the outcome are the same
 * however the bytes are cut into pieces (the first byte says how).
 */
#include "dav.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_card(const struct cti_entry *e, void *arg)
{
	uint64_t *sum = arg;

	assert(e->nnumbers <= CTI_ENTRY_NUMBERS_MAX && e->line > 0);
	*sum = *sum * 31 + e->line + e->nnumbers + (e->bad != NULL);
	return 0;
}

/* 0: it cannot be read. */
static uint64_t read_pieces(const char *text, size_t len, size_t piece)
{
	struct cti_dav *d = NULL;
	uint64_t sum = 1;
	int err;

	if (cti_dav_alloc(&d, on_card, &sum))
		abort();
	err = 0;
	for (size_t at = 0; !err && at < len; at += piece)
		err = cti_dav_feed(
			d, text + at, piece < len - at ? piece : len - at, false);
	if (!err)
		err = cti_dav_feed(d, "", 0, true);
	assert(!err || err == EBADMSG);
	assert(!err || *cti_dav_why(d));
	cti_dav_free(d);
	return err ? 0 : sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;

	if (size < 2)
		return 0;
	assert(read_pieces(text, size - 1, size) ==
		read_pieces(text, size - 1, 1 + data[0] % 97));
	return 0;
}
