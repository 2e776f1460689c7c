/*
 * segment.c -- see segment.h.
 */
#include "segment.h"

#include "le.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	REC_MAGIC = 0x4a52,
	REC_TYPE_AT = 2,
	REC_LEN_AT = 4,
	REC_CRC_AT = 8,
	SEG_EPOCH_AT = 8,
	SEG_BASE_AT = 16,
	SEG_PREV_AT = 24,
	SEG_CRC_AT = 32,
	NAME_DIGITS = 16,
};

static const char seg_magic[8] = "RBJRNL1\n";

/* ---- checksum ----------------------------------------------------------- */

static const uint32_t castagnoli = 0x82f63b78; /* the polynomial, bits reversed */
/* crc_table[k][b]: byte b, with k bytes behind it. Eight bytes a step. */
static uint32_t crc_table[8][256];
static pthread_once_t crc_once = PTHREAD_ONCE_INIT;

static void crc_fill(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? c >> 1 ^ castagnoli : c >> 1;
		crc_table[0][i] = c;
	}
	for (uint32_t i = 0; i < 256; i++)
		for (int k = 1; k < 8; k++)
			crc_table[k][i] = crc_table[0][crc_table[k - 1][i] & 0xff] ^
					  crc_table[k - 1][i] >> 8;
}

uint32_t cti_crc32c(uint32_t crc, const void *data, size_t len)
{
	const uint8_t *p = data;

	(void)pthread_once(&crc_once, crc_fill);
	crc = ~crc;
	for (; len >= 8; len -= 8, p += 8)
		crc = crc_table[7][(crc ^ p[0]) & 0xff] ^
		      crc_table[6][(crc >> 8 ^ p[1]) & 0xff] ^
		      crc_table[5][(crc >> 16 ^ p[2]) & 0xff] ^
		      crc_table[4][crc >> 24 ^ p[3]] ^ crc_table[3][p[4]] ^
		      crc_table[2][p[5]] ^ crc_table[1][p[6]] ^ crc_table[0][p[7]];
	for (size_t i = 0; i < len; i++)
		crc = crc_table[0][(crc ^ p[i]) & 0xff] ^ crc >> 8;
	return ~crc;
}

/* ---- files -------------------------------------------------------------- */

void cti_seg_name(char name[CTI_SEG_NAME_BYTES], uint64_t base)
{
	(void)snprintf(name, CTI_SEG_NAME_BYTES, "%016" PRIx64 ".seg", base);
}

static bool parse_name(const char *name, uint64_t *basep)
{
	static const char digits[] = "0123456789abcdef";
	char *end;

	if (strspn(name, digits) != NAME_DIGITS ||
		strcmp(name + NAME_DIGITS, ".seg") != 0)
		return false;
	*basep = strtoull(name, &end, 16);
	return true;
}

static int compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a;
	const uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int cti_seg_list(const char *dir, uint64_t **basesp, size_t *np)
{
	const struct dirent *e;
	uint64_t *bases = NULL;
	size_t n = 0;
	int err = 0;
	DIR *d = opendir(dir);

	if (!d)
		return errno;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is ours alone */
	while ((e = readdir(d)) != NULL) {
		uint64_t *more;
		uint64_t base;

		if (!parse_name(e->d_name, &base))
			continue;
		more = reallocarray(bases, n + 1, sizeof(*bases));
		if (!more) {
			err = ENOMEM;
			goto out;
		}
		bases = more;
		bases[n++] = base;
	}
	if (n)
		qsort(bases, n, sizeof(*bases), compare);
	*basesp = bases;
	*np = n;
	bases = NULL;
out:
	free(bases);
	(void)closedir(d);
	return err;
}

void cti_seg_header_put(uint8_t out[CTI_SEG_HEADER_BYTES], const struct cti_seg_header *h)
{
	memset(out, 0, CTI_SEG_HEADER_BYTES);
	memcpy(out, seg_magic, sizeof(seg_magic));
	cti_le_put(out + SEG_EPOCH_AT, h->epoch, 8);
	cti_le_put(out + SEG_BASE_AT, h->base, 8);
	cti_le_put(out + SEG_PREV_AT, h->prev_end, 8);
	cti_le_put(out + SEG_CRC_AT, cti_crc32c(0, out, SEG_CRC_AT), 4);
}

int cti_seg_header_read(int fd, uint64_t base, struct cti_seg_header *h)
{
	uint8_t in[CTI_SEG_HEADER_BYTES];

	if (pread(fd, in, sizeof(in), 0) != (ssize_t)sizeof(in) ||
		memcmp(in, seg_magic, sizeof(seg_magic)) != 0 ||
		cti_le_get(in + SEG_BASE_AT, 8) != base ||
		cti_le_get(in + SEG_CRC_AT, 4) != cti_crc32c(0, in, SEG_CRC_AT))
		return EBADMSG;
	h->epoch = cti_le_get(in + SEG_EPOCH_AT, 8);
	h->base = base;
	h->prev_end = cti_le_get(in + SEG_PREV_AT, 8);
	return 0;
}

/* ---- records ------------------------------------------------------------ */

static uint32_t rec_crc(const uint8_t *header, uint64_t pos, const void *data, size_t len)
{
	uint8_t at[8];
	uint32_t crc;

	cti_le_put(at, pos, sizeof(at));
	crc = cti_crc32c(0, at, sizeof(at));
	crc = cti_crc32c(crc, header + REC_TYPE_AT, REC_CRC_AT - REC_TYPE_AT);
	return cti_crc32c(crc, data, len);
}

void cti_rec_header(uint8_t out[CTI_REC_HEADER_BYTES], uint64_t pos, uint16_t type,
	const void *data, uint32_t len)
{
	cti_le_put(out, REC_MAGIC, 2);
	cti_le_put(out + REC_TYPE_AT, type, 2);
	cti_le_put(out + REC_LEN_AT, len, 4);
	cti_le_put(out + REC_CRC_AT, rec_crc(out, pos, data, len), 4);
}

enum cti_rec_check cti_rec_check(
	const uint8_t *data, size_t len, uint64_t pos, uint16_t *typep, uint32_t *lenp)
{
	uint32_t n;

	*lenp = 0;
	if (len < CTI_REC_HEADER_BYTES)
		return CTI_REC_SHORT;
	n = (uint32_t)cti_le_get(data + REC_LEN_AT, 4);
	if (cti_le_get(data, 2) != REC_MAGIC || n > CTI_REC_MAX_BYTES)
		return CTI_REC_BAD;
	*lenp = n;
	if (len - CTI_REC_HEADER_BYTES < n)
		return CTI_REC_SHORT;
	if (cti_le_get(data + REC_CRC_AT, 4) !=
		rec_crc(data, pos, data + CTI_REC_HEADER_BYTES, n))
		return CTI_REC_BAD;
	*typep = (uint16_t)cti_le_get(data + REC_TYPE_AT, 2);
	return CTI_REC_VALID;
}
