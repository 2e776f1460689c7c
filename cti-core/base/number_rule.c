/*
 * number_rule.c -- see number_rule.h. Rules are read where they are used: they are
 * short, and so they need no owner.
 */
#include "number_rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rule {
	const char *prefix;
	size_t prefix_len;
	const char *replacement;
	size_t replacement_len;
	unsigned long digits; /* 0: any number of them */
};

static bool read_rule(struct rule *r, const char *text)
{
	const char *arrow = strchr(text, '>');
	const char *slash = arrow ? strchr(arrow, '/') : NULL;
	char *end = NULL;

	if (!arrow)
		return false;
	*r = (struct rule){ .prefix = text,
		.prefix_len = (size_t)(arrow - text),
		.replacement = arrow + 1,
		.replacement_len =
			slash ? (size_t)(slash - arrow - 1) : strlen(arrow + 1) };
	if (!slash)
		return true;
	r->digits = strtoul(slash + 1, &end, 10);
	return slash[1] >= '1' && slash[1] <= '9' && !*end &&
	       r->digits <= CTI_NUMBER_RULE_DIGITS_MAX;
}

static bool only(const char *s, size_t len, const char *allowed)
{
	const size_t plus = len && *s == '+';

	return len <= CTI_NUMBER_RULE_DIGITS_MAX &&
	       strspn(s + plus, allowed) >= len - plus;
}

bool cti_number_rule_ok(const char *rule)
{
	struct rule r;

	return read_rule(&r, rule) && only(r.prefix, r.prefix_len, "0123456789") &&
	       only(r.replacement, r.replacement_len, "0123456789*#") &&
	       (r.prefix_len || r.replacement_len);
}

static bool fits(const struct rule *r, const char *number)
{
	const size_t digits = strlen(number) - (*number == '+');

	return !strncmp(number, r->prefix, r->prefix_len) &&
	       (!r->digits || r->digits == digits) &&
	       /* An empty prefix means digits, never a number that is whole already. */
	       (r->prefix_len || *number != '+');
}

const char *cti_number_rule_find(
	const char *const *rules, size_t n, const char *number, bool longest)
{
	const char *best = NULL;
	size_t best_len = 0;

	for (size_t i = 0; i < n; i++) {
		struct rule r;

		if (!read_rule(&r, rules[i]) || !fits(&r, number))
			continue;
		if (!best || (longest && r.prefix_len > best_len)) {
			best = rules[i];
			best_len = r.prefix_len;
		}
		if (!longest)
			break;
	}
	return best;
}

bool cti_number_rule_apply(char *dst, size_t size, const char *rule, const char *number)
{
	struct rule r;
	int n;

	if (!read_rule(&r, rule) || strlen(number) < r.prefix_len)
		return false;
	n = snprintf(dst, size, "%.*s%s", (int)r.replacement_len, r.replacement,
		number + r.prefix_len);
	return n >= 0 && (size_t)n < size;
}
