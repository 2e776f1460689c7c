/*
 * fuzz_ami.c -- bytes from a manager connection through the reader and the
 * interpreter: messages are cut at empty lines, each is read, and at the end the
 * stream is lost, comes back with an empty snapshot, and no call may be left.
 */
#include "channels.h"

#include <cti/pbx.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const lines[] = { "201", "202", "203", "204", "205", "206" };

static const char *line_of(const char *exten, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (!strcmp(lines[i], exten))
			return lines[i];
	}
	return NULL;
}

static void on_channel(const struct cti_report_channel *rep, void *arg)
{
	cti_channels_report(arg, rep);
}

static void on_link(const struct cti_report_link *rep, void *arg)
{
	cti_channels_link(arg, rep);
}

static void check(const struct cti_conversation *c, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < c->nlegs && !*c->merged_into; i++) {
		const struct cti_leg *l = &c->legs[i];

		if (l->state != CTI_LEG_ENDED)
			abort();
		for (size_t k = 0; k < l->talked.n; k++) {
			const struct cti_span *s = &l->talked.v[k];

			if (s->to_us == CTI_TIME_NONE ||
				(s->from_us > 0 && s->to_us > 0 && s->to_us < s->from_us))
				abort();
		}
	}
}

static void end_stream(struct cti_channels *ch, int64_t at_us)
{
	static const enum cti_link_what whats[] = { CTI_LINK_DOWN, CTI_LINK_UP,
		CTI_LINK_SNAPSHOT_BEGIN, CTI_LINK_SNAPSHOT_END };

	for (size_t i = 0; i < sizeof(whats) / sizeof(whats[0]); i++) {
		const struct cti_report_link rep = {
			.at_us = at_us, .source = CTI_PROV_API, .what = whats[i]
		};

		cti_channels_link(ch, &rep);
	}
	cti_channels_tick(ch, at_us + 1000 * 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cti_model_effects fx = { .ended = check };
	const struct cti_reader_conf conf = { .pbx = "p",
		.lines = lines,
		.nlines = sizeof(lines) / sizeof(lines[0]),
		.own = "cti" };
	const char *s = (const char *)data, *end = s + size;
	struct cti_model *m = NULL;
	struct cti_channels *ch = NULL;
	struct cti_reader *r = NULL;
	struct cti_report_sink sink = { .channel = on_channel, .link = on_link };
	int64_t at_us = 1;

	if (cti_model_alloc(&m, 1, &fx) || cti_channels_alloc(&ch, m, "p", line_of, NULL))
		abort();
	sink.arg = ch;
	if (cti_reader_ami.alloc(&r, &conf, &sink))
		abort();
	while (s < end) {
		const char *gap = memmem(s, (size_t)(end - s), "\n\n", 2);
		const size_t len = (size_t)((gap ? gap : end) - s);
		const struct cti_input in = { .at_us = at_us += 40 * 1000,
			.kind = CTI_INPUT_AMI,
			.pbx = "p",
			.line = "",
			.ctype = "",
			.data = s,
			.len_bytes = len };

		(void)cti_reader_ami.read(r, &in);
		cti_model_settle(m);
		s += len + 2;
	}
	end_stream(ch, at_us);
	cti_model_settle(m);
	if (cti_model_count(m))
		abort();
	cti_reader_ami.free(r);
	cti_channels_free(ch);
	cti_model_free(m);
	return 0;
}
