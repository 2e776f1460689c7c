/*
 * vcard.h -- vCards as programs write them: 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350).
 * Pure; bytes are not trusted.
 */
#ifndef CTI_VCARD_H
#define CTI_VCARD_H

#include "entry.h"
#include "str.h"

#include <stdbool.h>

enum { CTI_VCARD_LINE_BYTES_MAX = 64 * 1024, CTI_VCARD_BYTES_MAX = 256 * 1024 };

struct cti_vcard {
	cti_entry_h *h;
	void *arg;
	uint64_t line, begun, first_line; /* of the byte, the logical line, the card */
	struct cti_buf raw;               /* the line as it comes */
	struct cti_buf logical;     /* unfolded; waits for the next line's first byte */
	struct cti_buf text;        /* values of the card, each with its NUL */
	size_t fields[CTI_COLUMNS]; /* places in text, plus one; 0: none */
	struct {
		size_t at;
		const char *label;
	} numbers[CTI_ENTRY_NUMBERS_MAX];
	size_t nnumbers;
	bool inside; /* between BEGIN and END */
	const char *bad;
};

void cti_vcard_init(struct cti_vcard *v, cti_entry_h *h, void *arg);
void cti_vcard_fini(struct cti_vcard *v);
/* In pieces of any size; ENOMEM or what h said. */
int cti_vcard_feed(struct cti_vcard *v, const char *data, size_t len);
int cti_vcard_end(struct cti_vcard *v); /* a card without its END is told as bad */

/* Does the text begin as one? */
bool cti_vcard_is(const char *data, size_t len);

#endif
