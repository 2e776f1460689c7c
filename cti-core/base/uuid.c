/*
 * uuid.c -- UUIDv7 (RFC 9562 section 5.7): 48 bits of milliseconds, 12 bits of the
 * fraction of a millisecond (method 3 of section 6.2, so ids sort by time), and 62
 * bits that make it unique.
 */
#include "uuid.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The finaliser of splitmix64: a bijection, so equal epochs never collide. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static void format(char buf[CTI_UUID_BYTES], int64_t at_us, uint64_t unique)
{
	const uint64_t us = at_us > 0 ? (uint64_t)at_us : 0;
	const uint64_t ms = us / 1000;
	const unsigned fraction = (unsigned)((us % 1000) * 4096 / 1000);

	(void)snprintf(buf, CTI_UUID_BYTES, "%08x-%04x-7%03x-%04x-%012llx",
		(unsigned)(ms >> 16), (unsigned)(ms & 0xffff), fraction,
		(unsigned)(0x8000 | ((unique >> 48) & 0x3fff)),
		(unsigned long long)(unique & 0xffffffffffffu));
}

void cti_uuid_make(
	char buf[CTI_UUID_BYTES], int64_t at_us, uint64_t epoch, uint64_t serial)
{
	format(buf, at_us, mix(serial ^ mix(epoch)));
}

void cti_uuid_random(char buf[CTI_UUID_BYTES], int64_t at_us)
{
	uint64_t unique;

	arc4random_buf(&unique, sizeof(unique));
	format(buf, at_us, unique);
}

void cti_uuid_named(char buf[CTI_UUID_BYTES], const char *space, const char *name)
{
	crypto_generichash_state st;
	unsigned char h[16];

	(void)crypto_generichash_init(&st, NULL, 0, sizeof(h));
	(void)crypto_generichash_update(
		&st, (const unsigned char *)space, strlen(space) + 1);
	(void)crypto_generichash_update(&st, (const unsigned char *)name, strlen(name));
	(void)crypto_generichash_final(&st, h, sizeof(h));
	(void)snprintf(buf, CTI_UUID_BYTES,
		"%02x%02x%02x%02x-%02x%02x-8%01x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		h[0], h[1], h[2], h[3], h[4], h[5], h[6] & 0xf, h[7],
		0x80 | (h[8] & 0x3f), h[9], h[10], h[11], h[12], h[13], h[14], h[15]);
}
