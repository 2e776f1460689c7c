/*
 * uuid.h -- UUIDv7 (RFC 9562 section 5.7) as text.
 */
#ifndef CTI_UUID_H
#define CTI_UUID_H

#include <stdint.h>

enum { CTI_UUID_BYTES = 37 };

/*
 * Deterministic: the same time and the same pair of numbers give the same id,
 * so replaying a journal names everything as it was named before.
 */
void cti_uuid_make(
	char buf[CTI_UUID_BYTES], int64_t at_us, uint64_t epoch, uint64_t serial);

/* From the system's random source. */
void cti_uuid_random(char buf[CTI_UUID_BYTES], int64_t at_us);

#endif
