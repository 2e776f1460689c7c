/*
 * fuzz_number.c -- anything that a person or a PBX writes as a number. The first byte
 * chooses the plan.
 */
#include "number.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const rules[] = { "81>+81", ">0/9", "00>+" };

static const struct cti_number_plan plans[] = {
	{ .country = "JP" },
	{ .country = "JP", .lost_zero = true, .outside_prefix = "0", .area_code = "03" },
	{ .country = "US", .outside_prefix = "9" },
	{ .country = NULL, .caller_rules = rules, .ncaller_rules = 3 },
};

static void check(const struct cti_number *num)
{
	assert(memchr(num->e164, 0, sizeof(num->e164)));
	assert(memchr(num->display, 0, sizeof(num->display)));
	if (!*num->e164)
		return;
	assert(num->e164[0] == '+' && strlen(num->e164) <= 16);
	assert(strspn(num->e164 + 1, "0123456789") == strlen(num->e164 + 1));
}

/* A piece holds a digit and is as long as a number may be. */
static void on_piece(const char *text, void *arg)
{
	(void)arg;
	assert(*text && strlen(text) < 128);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cti_number num;
	char raw[512];

	if (!size)
		return 0;
	if (size > sizeof(raw))
		size = sizeof(raw);
	memcpy(raw, data + 1, size - 1);
	raw[size - 1] = '\0';
	cti_number_parse(&num, raw, &plans[data[0] % 4]);
	check(&num);
	(void)cti_number_split(raw, on_piece, raw);
	return 0;
}
