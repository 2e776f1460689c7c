/*
 * number_scan.h -- from what people and PBXs write to the characters that are
 * dialled. Pure; for number.c alone.
 */
#ifndef CTI_NUMBER_SCAN_H
#define CTI_NUMBER_SCAN_H

#include <stdbool.h>
#include <stddef.h>

enum { CTI_NUMBER_SCAN_BYTES = 40 };

struct cti_number_scan {
	char dial[CTI_NUMBER_SCAN_BYTES]; /* digits, a + in front, * and # in codes */
	size_t len;
	bool extension;  /* the text says so: "ext. 12" and nothing before it */
	char behind[12]; /* digits of an extension named behind the number */
	bool too_long;
};

/* The first number of raw (UTF-8, not trusted). */
void cti_number_scan(struct cti_number_scan *s, const char *raw);

#endif
