/*
 * phone.h -- libphonenumber in C's words; for number.c alone.
 */
#ifndef CTI_PHONE_H
#define CTI_PHONE_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cti_phone {
	bool valid;
	bool premium;   /* premium rate or shared cost */
	char region[4]; /* "JP"; "001" for numbers of no country */
	char e164[24];
	char national[40];
	char international[40];
};

/* digits: "+81312345678" or national digits of country ("JP", or "ZZ": none). */
void cti_phone_parse(struct cti_phone *p, const char *digits, const char *country);
bool cti_phone_emergency(const char *digits, const char *country);

#ifdef __cplusplus
}
#endif

#endif
