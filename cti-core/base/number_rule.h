/*
 * number_rule.h -- rules of one line each, for what trunks write and PBXs dial.
 *
 *	PREFIX>REPLACEMENT         81>+81     what begins so, begins otherwise
 *	PREFIX>REPLACEMENT/LENGTH  >0/9       only if there are so many digits
 *
 * PREFIX and REPLACEMENT are digits, with a + in front at most, or * and # in a
 * replacement; either may be empty. Pure.
 *
 * Thread: any.
 */
#ifndef CTI_NUMBER_RULE_H
#define CTI_NUMBER_RULE_H

#include <stdbool.h>
#include <stddef.h>

enum { CTI_NUMBER_RULE_DIGITS_MAX = 20 };

/* Is it written as above? */
bool cti_number_rule_ok(const char *rule);

/* The rule that fits number, or NULL: the first, or the one with the longest prefix. */
const char *cti_number_rule_find(
	const char *const *rules, size_t n, const char *number, bool longest);

/* number by rule, which fits it. False: it does not go into dst. */
bool cti_number_rule_apply(char *dst, size_t size, const char *rule, const char *number);

#endif
