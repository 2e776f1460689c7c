/*
 * report_stream.h -- bytes become a sequence of reports, dialogs in all three dialects or
 * channels, and what must hold whatever they say is checked after each. Shared by the property
 * test and the fuzz target.
 */
#ifndef TEST_REPORT_STREAM_H
#define TEST_REPORT_STREAM_H

#include "channels.h"
#include "dialogs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STREAM_LINES = 4, STREAM_SEEN = 4096 };

/* What is streamed: a dialect of dialogs, or channels. */
enum { STREAM_CHANNELS = 3, STREAM_KINDS };

struct stream {
	struct cti_model *m;
	struct cti_dialogs *d;
	struct cti_channels *ch;
	struct cti_pbx_conf conf;
	char *names[STREAM_LINES];
	int64_t now_us;
	unsigned dialect;
	char (*ended)[37]; /* ids of conversations that are over */
	size_t nended;
};

/* Stops the run: a broken promise is a defect, not an exit code. */
static inline void must(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "broken: %s\n", what);
	abort();
}

static inline void check_span(const struct cti_span *s)
{
	must(s->from_us <= 0 || s->to_us <= 0 || s->to_us >= s->from_us,
		"no negative time");
}

static inline void check_conversation(const struct cti_conversation *c, void *arg)
{
	const struct stream *s = arg;

	for (size_t i = 0; i < s->nended; i++)
		must(strcmp(s->ended[i], c->id) != 0, "no revived call");
	for (size_t i = 0; i < c->nlegs; i++) {
		const struct cti_leg *l = &c->legs[i];
		size_t open = 0;

		check_span(&l->rang);
		for (size_t k = 0; k < l->talked.n; k++) {
			check_span(&l->talked.v[k]);
			open += l->talked.v[k].to_us == CTI_TIME_NONE;
		}
		for (size_t k = 0; k < l->held.n; k++)
			check_span(&l->held.v[k]);
		must(open <= 1, "no two answers of one leg");
		must(l->state != CTI_LEG_ENDED || !open, "an ended leg does not talk");
	}
	must(c->end_us <= 0 || c->start_us <= 0 || c->end_us >= c->start_us,
		"end after start");
}

static inline void stream_ended(const struct cti_conversation *c, void *arg)
{
	struct stream *s = arg;

	check_conversation(c, s);
	if (s->nended < STREAM_SEEN)
		memcpy(s->ended[s->nended++], c->id, sizeof(*s->ended));
	for (size_t i = 0; i < c->nlegs && !*c->merged_into; i++)
		must(c->legs[i].state == CTI_LEG_ENDED, "all legs end with the call");
}

static inline const char *stream_line(const char *exten, void *arg)
{
	struct stream *s = arg;

	for (size_t i = 0; exten && i < STREAM_LINES; i++) {
		if (!strcmp(s->names[i], exten))
			return s->names[i];
	}
	return NULL;
}

static inline bool stream_up(struct stream *s)
{
	const struct cti_model_effects fx = { .ended = stream_ended, .arg = s };

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < STREAM_LINES; i++) {
		s->names[i] = malloc(4);
		if (!s->names[i])
			return false;
		(void)snprintf(s->names[i], 4, "20%u", (unsigned)i + 1);
	}
	s->now_us = INT64_C(1700000000000000);
	s->conf.name = s->names[0];
	s->conf.lines.v = s->names;
	s->conf.lines.n = STREAM_LINES;
	s->ended = calloc(STREAM_SEEN, sizeof(*s->ended));
	return s->ended && !cti_model_alloc(&s->m, 1, &fx) &&
	       !cti_dialogs_alloc(&s->d, s->m, &s->conf, NULL, NULL) &&
	       !cti_channels_alloc(&s->ch, s->m, s->conf.name, stream_line, s);
}

static inline void stream_down(struct stream *s)
{
	cti_dialogs_free(s->d);
	cti_channels_free(s->ch);
	cti_model_free(s->m);
	free(s->ended);
	for (size_t i = 0; i < STREAM_LINES; i++)
		free(s->names[i]);
}

static inline void stream_settle(struct stream *s)
{
	cti_model_settle(s->m);
	cti_model_each(s->m, check_conversation, s);
}

/* Eight bytes are one report. */
enum { STREAM_STEP = 8 };

static inline void stream_dialog(const struct stream *s, struct cti_dialog *g,
	const char *line, const unsigned char *b)
{
	static const char *const ids[] = { "c073ca51-0000-4000-8000-00000000000a",
		"c073ca51-0000-4000-8000-00000000000b",
		"c073ca51-0000-4000-8000-00000000000c",
		"c073ca51-0000-4000-8000-00000000000d" };
	static const char *const keys[] = { "k1@ua", "k2@ua", "k3@ua", "k4@ua" };
	static const char *const who[] = { NULL, "201", "202", "203", "204", "0312345678",
		"0699998888", "anonymous", "999", "**201", "*8", "600" };

	*g = (struct cti_dialog){ .state = (enum cti_dialog_state)(b[1] % 5),
		.direction = (enum cti_dialog_direction)(b[2] % 3),
		.local = { .user = line,
			.rendering = (enum cti_rendering)(b[2] / 3 % 3) },
		.remote = { .user = who[b[3] % 12], .host = "pbx" },
		.event = (enum cti_dialog_event)(b[5] % 8),
		.code = b[5] & 1 ? (uint16_t)(480 + b[5] % 8) : 0 };
	if (s->dialect == 0)
		g->id = line;
	else if (s->dialect == 1)
		g->id = ids[b[4] % 4];
	else
		g->id = g->call_id = keys[b[4] % 4];
	if (s->dialect == 1 && b[4] & 0x40)
		g->call_id = keys[b[4] % 4];
}

static inline struct cti_conv *stream_nobody(const char *line, void *arg)
{
	(void)line;
	(void)arg;
	return NULL;
}

static inline void stream_link(struct stream *s, const char *line, unsigned char b)
{
	const struct cti_report_link link = { .at_us = s->now_us,
		.source = CTI_PROV_DIALOG,
		.what = (enum cti_link_what)(b % (CTI_LINK_SHUTDOWN + 1)),
		.line = line };

	if (b & 0x40)
		cti_dialogs_shadow(s->d, s->now_us, b & 1, stream_nobody, NULL);
	else if (b & 0x20)
		cti_dialogs_dialled(s->d, s->now_us, line, "0312345678");
	else
		cti_dialogs_link(s->d, &link);
}

static inline void stream_channel_link(struct stream *s, enum cti_link_what what)
{
	const struct cti_report_link link = {
		.at_us = s->now_us, .source = CTI_PROV_API, .what = what, .up_s = 1000
	};

	cti_channels_link(s->ch, &link);
}

static inline void stream_channel(struct stream *s, const unsigned char *b)
{
	static const char *const ids[] = { "1", "2", "3", "4", "5", "6", "7", "8" };
	static const char *const numbers[] = { NULL, "201", "202", "0312345678", "600",
		"900", "*8", "0699998888" };
	static const uint16_t causes[] = { 0, 16, 17, 19, 21, 26, 34, 127 };
	const struct cti_report_channel rep = { .at_us = s->now_us +=
						(int64_t)b[6] * 8000,
		.what = (enum cti_channel_what)(b[0] % (CTI_CH_HANGUP + 1)),
		.channel = ids[b[1] % 8],
		.other = b[2] & 0x80 ? NULL : ids[b[2] % 8],
		.call = b[3] & 0x80 ? NULL : ids[b[3] % 4],
		.kind = (enum cti_channel_kind)(b[4] % (CTI_CHAN_OTHER + 1)),
		.placed = b[4] & 0x40,
		.state = (enum cti_channel_state)(b[4] / 8 % 3),
		.line = b[5] & 0x80 ? NULL : s->names[b[5] % STREAM_LINES],
		.device = s->names[b[5] % STREAM_LINES],
		.number = numbers[b[5] / 4 % 8],
		.dialled = numbers[b[5] / 4 % 8],
		.exten = numbers[b[5] / 8 % 8],
		.bridge = ids[b[7] % 4],
		.waiting = b[7] & 0x80,
		.queue = "support",
		.status = (enum cti_dial_status)(b[7] % (CTI_DIAL_OTHER + 1)),
		.caller = { .number = numbers[b[7] / 4 % 8],
			.presentation = (enum cti_presentation)(b[7] % 6) },
		.cause = { .sip = b[7] & 1 ? 487 : 0, .q850 = causes[b[7] / 4 % 8] } };

	if (b[0] >= 0xf0)
		stream_channel_link(
			s, (enum cti_link_what)(b[1] % (CTI_LINK_SHUTDOWN + 1)));
	else if (b[0] >= 0xe8)
		cti_channels_dial(s->ch, s->now_us, s->names[b[5] % STREAM_LINES],
			ids[b[1] % 8], "0312345678");
	else if (b[0] >= 0xe0)
		cti_channels_withheld(
			s->ch, s->names[b[5] % STREAM_LINES], CTI_PRES_WITHHELD);
	else
		cti_channels_report(s->ch, &rep);
}

static inline void stream_documents(struct stream *s, const unsigned char *b)
{
	const char *line = s->names[b[0] % STREAM_LINES];
	struct cti_dialog g[2];
	const struct cti_report_dialogs rep = { .at_us = s->now_us +=
						(int64_t)b[6] * 8000,
		.line = line,
		.version = b[7],
		.full = !(b[7] & 0x80),
		.ill_formed = b[7] == 0xff,
		.dialogs = g,
		.n = b[0] & 0x80 ? (b[0] & 0x40 ? 0 : 2) : 1 };

	if ((b[0] & 0x30) == 0x30) {
		stream_link(s, line, b[1]);
	} else {
		stream_dialog(s, &g[0], line, b);
		stream_dialog(s, &g[1], line, b);
		g[1].id = g[1].call_id = s->dialect == 2 ? "k5@ua" : NULL;
		cti_dialogs_report(s->d, &rep);
	}
}

static inline void stream_step(struct stream *s, const unsigned char *b)
{
	if (s->dialect == STREAM_CHANNELS) {
		stream_channel(s, b);
		stream_settle(s);
		return;
	}
	stream_documents(s, b);
	stream_settle(s);
}

/* Every line, and a snapshot, says that nothing goes on: then nothing may. */
static inline void stream_finish(struct stream *s)
{
	cti_dialogs_shadow(s->d, s->now_us, false, stream_nobody, NULL);
	for (size_t i = 0; i < STREAM_LINES; i++) {
		const struct cti_dialog idle = { .id = s->names[i],
			.state = CTI_DIALOG_TERMINATED };
		const struct cti_report_dialogs rep = { .at_us = s->now_us += 1000,
			.line = s->names[i],
			.full = true,
			.dialogs = &idle,
			.n = s->dialect == 0 };

		cti_dialogs_report(s->d, &rep);
	}
	cti_dialogs_tick(s->d, s->now_us + INT64_C(60000000));
	stream_channel_link(s, CTI_LINK_DOWN);
	stream_channel_link(s, CTI_LINK_UP);
	stream_channel_link(s, CTI_LINK_SNAPSHOT_BEGIN);
	stream_channel_link(s, CTI_LINK_SNAPSHOT_END);
	cti_channels_tick(s->ch, s->now_us + INT64_C(60000000));
	stream_settle(s);
	must(cti_model_count(s->m) == 0, "nothing is open after a full list");
}

#endif
