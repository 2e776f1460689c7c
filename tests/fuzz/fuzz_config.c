/*
 * fuzz_config.c -- any bytes as a configuration file. What is accepted has its bounds;
 * what is not has a reason.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cti_conf_problems problems = { 0 };
	struct cti_config *c = NULL;
	const int err = cti_config_parse(&c, "fuzz", (const char *)data, size, &problems);

	if (err == 0 && (problems.errors || c->web.port > 65535))
		abort();
	if (err && !problems.errors)
		abort();
	cti_config_free(c);
	cti_conf_problems_reset(&problems);
	return 0;
}
