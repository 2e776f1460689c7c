/*
 * fuzz_input_codec.c -- any bytes as a journal's input: what is accepted comes out the
 * same when it is written again.
 */
#include "input_codec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cti_buf buf = { 0 };
	struct cti_input in;

	if (cti_input_decode(&in, data, size))
		return 0;
	if (cti_input_encode(&buf, &in) || buf.len != size ||
		memcmp(buf.data, data, size) != 0)
		abort();
	cti_buf_reset(&buf);
	return 0;
}
