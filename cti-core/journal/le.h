/*
 * le.h -- integers as the journal's files have them: little-endian, so many bytes.
 */
#ifndef CTI_LE_H
#define CTI_LE_H

#include <stddef.h>
#include <stdint.h>

static inline void cti_le_put(uint8_t *out, uint64_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		out[i] = (uint8_t)(v >> (8 * i));
}

static inline uint64_t cti_le_get(const uint8_t *in, size_t bytes)
{
	uint64_t v = 0;

	for (size_t i = 0; i < bytes; i++)
		v |= (uint64_t)in[i] << (8 * i);
	return v;
}

#endif
