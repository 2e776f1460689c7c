/*
 * uuid.h -- UUIDs (RFC 9562) as text, most of them version 7.
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

/* UUIDv8 (section 5.8): the same for the same two texts, whoever asks and when. */
void cti_uuid_named(char buf[CTI_UUID_BYTES], const char *space, const char *name);

/* From the system's random source. */
void cti_uuid_random(char buf[CTI_UUID_BYTES], int64_t at_us);

#endif
