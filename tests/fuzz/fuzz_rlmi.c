/*
 * fuzz_rlmi.c -- Content-Type, a line end, body -> list of documents. Each
 * document must lie within the message.
 */
#include "rlmi.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data, *end = p + size;
	const char *nl = size ? memchr(p, '\n', size) : NULL;
	struct cti_rlmi r = { 0 };
	char ctype[256];
	size_t len;

	if (!nl)
		return 0;
	len = (size_t)(nl - p);
	if (len >= sizeof(ctype))
		len = sizeof(ctype) - 1;
	memcpy(ctype, p, len);
	ctype[len] = '\0';
	p = nl + 1;
	(void)cti_rlmi_parse(&r, ctype, p, (size_t)(end - p));
	for (size_t i = 0; i < r.n; i++) {
		const struct cti_rlmi_item *it = &r.items[i];

		if (it->body && (it->body < p || it->len > (size_t)(end - it->body)))
			abort();
	}
	cti_rlmi_reset(&r);
	return 0;
}
