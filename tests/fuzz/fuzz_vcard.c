/*
 * fuzz_vcard.c -- vCards: the entries are the same however the bytes are cut into
 * pieces (the first byte says how), and within their limits.
 */
#include "vcard.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_card(const struct cti_entry *e, void *arg)
{
	uint64_t *sum = arg;

	assert(e->nnumbers <= CTI_ENTRY_NUMBERS_MAX && e->line > 0);
	*sum = *sum * 31 + e->line + (e->bad != NULL);
	for (size_t i = 0; i < CTI_COLUMNS; i++)
		*sum = *sum * 31 + (e->fields[i] ? strlen(e->fields[i]) + 1 : 0);
	for (size_t i = 0; i < e->nnumbers; i++)
		*sum = *sum * 31 + strlen(e->numbers[i].text) +
		       strlen(e->numbers[i].label);
	return 0;
}

static uint64_t read_pieces(const char *text, size_t len, size_t piece)
{
	struct cti_vcard v;
	uint64_t sum = 0;
	int err = 0;

	cti_vcard_init(&v, on_card, &sum);
	for (size_t at = 0; !err && at < len; at += piece)
		err = cti_vcard_feed(&v, text + at, piece < len - at ? piece : len - at);
	if (!err)
		err = cti_vcard_end(&v);
	assert(!err);
	cti_vcard_fini(&v);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;

	if (size < 2)
		return 0;
	(void)cti_vcard_is(text, size - 1);
	assert(read_pieces(text, size - 1, size) ==
		read_pieces(text, size - 1, 1 + data[0] % 97));
	return 0;
}
