/*
 * input_codec.c -- one input as one journal record:
 *
 *	version u8 (1), kind u8, source u8, 0, at_us i64 little-endian,
 *	pbx, line, ctype (each: length u16 little-endian, bytes, NUL), data (the rest)
 *
 * The NULs make the strings usable where they lie.
 */
#include "input_codec.h"

#include "le.h"

#include <errno.h>
#include <string.h>

enum { VERSION = 1, FIXED_BYTES = 12, STRING_MAX = 4096 };

static int put_string(struct cti_buf *out, const char *s)
{
	const size_t len = s ? strlen(s) : 0;
	uint8_t n[2];

	if (len > STRING_MAX)
		return E2BIG;
	cti_le_put(n, len, sizeof(n));
	cti_buf_add(out, n, sizeof(n));
	cti_buf_add(out, s ? s : "", len + 1);
	return 0;
}

int cti_input_encode(struct cti_buf *out, const struct cti_input *in)
{
	const char *const strings[] = { in->pbx, in->line, in->ctype };
	uint8_t fixed[FIXED_BYTES] = { VERSION, (uint8_t)in->kind, (uint8_t)in->source };

	cti_le_put(fixed + 4, (uint64_t)in->at_us, 8);
	cti_buf_add(out, fixed, sizeof(fixed));
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		const int err = put_string(out, strings[i]);

		if (err)
			return err;
	}
	if (in->len_bytes)
		cti_buf_add(out, in->data, in->len_bytes);
	return out->err;
}

/* Moves *atp past one string; NULL if it is not one. */
static const char *get_string(const uint8_t **atp, const uint8_t *end)
{
	const uint8_t *at = *atp;
	size_t len;

	if (end - at < 3)
		return NULL;
	len = (size_t)cti_le_get(at, 2);
	at += 2;
	if (len > STRING_MAX || (size_t)(end - at) < len + 1 || at[len] != '\0' ||
		memchr(at, '\0', len))
		return NULL;
	*atp = at + len + 1;
	return (const char *)at;
}

int cti_input_decode(struct cti_input *in, const void *data, size_t len_bytes)
{
	const uint8_t *at = data;
	const uint8_t *end;

	if (len_bytes < FIXED_BYTES || at[0] != VERSION || at[3] != 0)
		return EBADMSG;
	if (at[1] < CTI_INPUT_NOTIFY || at[1] > CTI_INPUT_STANDING ||
		at[2] > CTI_PROV_USER)
		return EBADMSG;
	end = at + len_bytes;
	*in = (struct cti_input){
		.at_us = (int64_t)cti_le_get(at + 4, 8),
		.kind = (enum cti_input_kind)at[1],
		.source = (enum cti_provenance)at[2],
	};
	at += FIXED_BYTES;
	in->pbx = get_string(&at, end);
	in->line = in->pbx ? get_string(&at, end) : NULL;
	in->ctype = in->line ? get_string(&at, end) : NULL;
	if (!in->ctype)
		return EBADMSG;
	in->data = (const char *)at;
	in->len_bytes = (size_t)(end - at);
	return 0;
}
