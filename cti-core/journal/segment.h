/*
 * segment.h -- the bytes of a journal: names of segment files, their header, the
 * header of a record, and the check of both. Shared by appender and reader.
 *
 * A file is named by the position of its first byte; position = that + offset in
 * the file. All integers are little-endian.
 *
 *	segment: magic[8] epoch u64, base u64, prev_end u64, crc32c u32 (of what is before), 0 u32
 *	record:  magic u16, type u16, length u32, crc32c u32 (of position, type,
 *	         length, payload), payload
 *
 * The position inside the checksum makes a record valid in its own place only, so
 * old bytes of a reused disk block are never taken for a record.
 */
#ifndef CTI_SEGMENT_H
#define CTI_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CTI_SEG_HEADER_BYTES = 40,
	CTI_SEG_NAME_BYTES = 24,
	CTI_REC_HEADER_BYTES = 12,
	CTI_REC_MAX_BYTES = 1 << 20, /* of payload; a NOTIFY is at most 64 KiB */
};

uint32_t cti_crc32c(uint32_t crc, const void *data, size_t len);

/* "00000000deadbeef.seg" */
void cti_seg_name(char name[CTI_SEG_NAME_BYTES], uint64_t base);

/* Bases of all segment files in dir, ascending. 0, ENOENT, EIO, ENOMEM. *basesp is
 * owned (free()). */
int cti_seg_list(const char *dir, uint64_t **basesp, size_t *np);

struct cti_seg_header {
	uint64_t epoch;
	uint64_t base;
	uint64_t prev_end; /* where the segment before it ended: shows a missing one */
};

void cti_seg_header_put(
	uint8_t out[CTI_SEG_HEADER_BYTES], const struct cti_seg_header *h);
/* 0, or EBADMSG when it is damaged or not that of base. */
int cti_seg_header_read(int fd, uint64_t base, struct cti_seg_header *h);

void cti_rec_header(uint8_t out[CTI_REC_HEADER_BYTES], uint64_t pos, uint16_t type,
	const void *data, uint32_t len);

enum cti_rec_check {
	CTI_REC_VALID,
	CTI_REC_SHORT, /* what is there may be the beginning of a record */
	CTI_REC_BAD,
};

/* Looks at the bytes at pos, of which there are len. On VALID *typep and *lenp (of
 * the payload) are set; on SHORT *lenp, if the header is whole, else 0. */
enum cti_rec_check cti_rec_check(
	const uint8_t *data, size_t len, uint64_t pos, uint16_t *typep, uint32_t *lenp);

#endif
