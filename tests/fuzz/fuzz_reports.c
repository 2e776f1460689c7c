/*
 * fuzz_reports.c -- bytes to sequences of reports (dialogs or channels), through source and model, with
 * the promises of tests/unit/source/report_stream.h checked after each.
 */
#include "../unit/source/report_stream.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { STEPS_MAX = 500 };
	struct stream s;

	if (size < 1 || !stream_up(&s))
		return 0;
	s.dialect = data[0] % STREAM_KINDS;
	for (size_t i = 1; i + STREAM_STEP <= size && i < STEPS_MAX * STREAM_STEP;
		i += STREAM_STEP)
		stream_step(&s, data + i);
	stream_finish(&s);
	stream_down(&s);
	return 0;
}
