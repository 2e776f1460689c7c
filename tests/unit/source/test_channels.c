/*
 * test_channels.c -- channel events of a real Asterisk 22 become the conversations
 * that the people at its phones had (tests/data/asterisk: what each recording is),
 * whatever happens to the stream on its way.
 */
#include "channels.h"
#include "replay.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DATA CTI_TEST_DATA "/asterisk"

/* ---- recordings ------------------------------------------------------------------- */

/* Without the reasons ("because"), which name ids. */
static void drop_reasons(char *text)
{
	char *to = text;

	for (char *line = text; *line;) {
		char *nl = strchr(line, '\n');
		const size_t len = nl ? (size_t)(nl - line) + 1 : strlen(line);

		if (!memmem(line, len, "  because ", 10)) {
			memmove(to, line, len);
			to += len;
		}
		line += len;
	}
	*to = '\0';
}

static char *replay(const char *name, unsigned sources)
{
	char folder[512];
	struct cti_capture *c = NULL;
	struct cti_buf out = { 0 };
	char *text;

	(void)snprintf(folder, sizeof(folder), DATA "/%s", name);
	assert_int_equal(0, cti_capture_load(&c, folder, sources));
	assert_int_equal(0, cti_replay_run(&out, c, true));
	cti_capture_free(c);
	text = cti_buf_take(&out);
	assert_non_null(text);
	drop_reasons(text);
	return text;
}

static char *expected(const char *name)
{
	static char text[16 * 1024];
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), DATA "/%s/expected.txt", name);
	f = fopen(path, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	(void)fclose(f);
	return text;
}

/* Calls h for every recording; how many there were. */
static unsigned each_recording(void (*h)(const char *name))
{
	DIR *dir = opendir(DATA);
	const struct dirent *e;
	unsigned n = 0;

	assert_non_null(dir);
	while ((e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.' || strchr(e->d_name, '.'))
			continue;
		h(e->d_name);
		n++;
	}
	(void)closedir(dir);
	return n;
}

static void check_both(const char *name)
{
	char *said = replay(name, CTI_CAPTURE_API | CTI_CAPTURE_NOTIFY);

	if (strcmp(expected(name), said))
		fail_msg("%s:\n%s\nexpected:\n%s", name, said, expected(name));
	free(said);
}

static void recordings_are_read_as_what_happened(void **state)
{
	(void)state;
	assert_true(each_recording(check_both) >= 18);
}

/* But for a caller whose wish only the NOTIFY tells. */
static void check_alone(const char *name)
{
	char *said;

	if (!strcmp(name, "withheld-pai-group"))
		return;
	said = replay(name, CTI_CAPTURE_API);
	if (strcmp(expected(name), said))
		fail_msg("%s:\n%s\nexpected:\n%s", name, said, expected(name));
	free(said);
}

static void the_stream_alone_says_the_same(void **state)
{
	(void)state;
	assert_true(each_recording(check_alone) >= 18);
}

/* ---- a stream by hand ------------------------------------------------------------------ */

struct world {
	struct cti_model *m;
	struct cti_channels *ch;
	int64_t at_us;
	unsigned pops;
	unsigned ended;
	unsigned unknown_ends;
	enum cti_outcome outcome;
	char ended_by[16];
	char number[32];
	enum cti_direction direction;
	int64_t end_us;
};

static struct world w;

static const char *line_of(const char *exten, void *arg)
{
	(void)arg;
	return strlen(exten) == 3 && exten[0] == '2' ? exten : NULL;
}

static void sane_span(const struct cti_span *s)
{
	assert_true(s->from_us <= 0 || s->to_us <= 0 || s->to_us >= s->from_us);
}

static void on_ended(const struct cti_conversation *c, void *arg)
{
	(void)arg;
	if (*c->merged_into)
		return;
	w.ended++;
	w.unknown_ends += c->end_us == CTI_TIME_UNKNOWN;
	w.end_us = c->end_us;
	w.outcome = c->outcome;
	w.direction = c->direction;
	(void)snprintf(
		w.ended_by, sizeof(w.ended_by), "%s", c->ended_by ? c->ended_by : "");
	(void)snprintf(w.number, sizeof(w.number), "%s",
		c->external.number ? c->external.number : "");
	assert_true(c->end_us == CTI_TIME_UNKNOWN || c->end_us >= c->start_us);
	for (size_t i = 0; i < c->nlegs; i++) {
		const struct cti_leg *l = &c->legs[i];

		assert_int_equal(CTI_LEG_ENDED, l->state);
		sane_span(&l->rang);
		for (size_t k = 0; k < l->talked.n; k++) {
			sane_span(&l->talked.v[k]);
			assert_int_not_equal(CTI_TIME_NONE, l->talked.v[k].to_us);
		}
		for (size_t k = 0; k < l->held.n; k++)
			assert_int_not_equal(CTI_TIME_NONE, l->held.v[k].to_us);
	}
}

static void on_pop(
	const struct cti_conversation *c, const char *line, const char *why, void *arg)
{
	(void)c;
	(void)line;
	(void)why;
	(void)arg;
	w.pops++;
}

static int setup(void **state)
{
	const struct cti_model_effects fx = { .ended = on_ended, .pop = on_pop };

	(void)state;
	memset(&w, 0, sizeof(w));
	w.at_us = 1000 * 1000;
	return cti_model_alloc(&w.m, 1, &fx) ||
	       cti_channels_alloc(&w.ch, w.m, "main", line_of, NULL);
}

static int teardown(void **state)
{
	(void)state;
	cti_channels_free(w.ch);
	cti_model_free(w.m);
	return 0;
}

static void report(struct cti_report_channel rep)
{
	rep.at_us = w.at_us += 10 * 1000;
	cti_channels_report(w.ch, &rep);
	cti_model_settle(w.m);
}

static void link_is(enum cti_link_what what, uint32_t up_s)
{
	const struct cti_report_link rep = { .at_us = w.at_us += 10 * 1000,
		.source = CTI_PROV_API,
		.what = what,
		.up_s = up_s };

	cti_channels_link(w.ch, &rep);
	cti_model_settle(w.m);
}

static void pass_s(int64_t seconds)
{
	w.at_us += seconds * 1000 * 1000;
	cti_channels_tick(w.ch, w.at_us);
	cti_model_settle(w.m);
}

#define REPORT(...) report((struct cti_report_channel){ __VA_ARGS__ })

static void stream_up(void)
{
	link_is(CTI_LINK_UP, 0);
	link_is(CTI_LINK_SNAPSHOT_BEGIN, 0);
	link_is(CTI_LINK_SNAPSHOT_END, 0);
}

/* 0312345678 calls 201, which rings. */
static void ring(void)
{
	REPORT(.what = CTI_CH_NEW, .channel = "1", .call = "1", .kind = CTI_CHAN_TRUNK,
		.device = "itsp", .placed = true, .dialled = "0355501234",
		.caller = { "0312345678", NULL, CTI_PRES_ALLOWED });
	REPORT(.what = CTI_CH_NEW, .channel = "2", .call = "1", .kind = CTI_CHAN_LINE,
		.device = "201", .line = "201");
	REPORT(.what = CTI_CH_DIAL_BEGIN, .channel = "1", .other = "2", .call = "1");
	REPORT(.what = CTI_CH_RINGING, .channel = "2", .call = "1");
}

static void answer(void)
{
	REPORT(.what = CTI_CH_UP, .channel = "2", .call = "1");
	REPORT(.what = CTI_CH_DIAL_END, .channel = "1", .other = "2", .call = "1",
		.status = CTI_DIAL_ANSWER);
	REPORT(.what = CTI_CH_BRIDGE_ENTER, .channel = "2", .call = "1", .bridge = "b");
	REPORT(.what = CTI_CH_BRIDGE_ENTER, .channel = "1", .call = "1", .bridge = "b");
}

static void hang_up(void)
{
	REPORT(.what = CTI_CH_HANGUP, .channel = "2", .call = "1", .cause = { 0, 16 });
	REPORT(.what = CTI_CH_HANGUP, .channel = "1", .call = "1", .cause = { 0, 16 });
}

static void what_a_reconnect_does_not_show_has_ended(void **state)
{
	(void)state;
	stream_up();
	ring();
	answer();
	assert_true(cti_channels_up(w.ch));
	link_is(CTI_LINK_DOWN, 0);
	assert_false(cti_channels_up(w.ch));
	assert_int_equal(0, w.ended);
	stream_up();
	assert_int_equal(1, w.ended);
	assert_int_equal(1, w.unknown_ends);
	assert_int_equal(CTI_OUTCOME_ANSWERED, w.outcome);
	assert_int_equal(0, cti_model_count(w.m));
}

static void a_snapshot_that_crosses_events_ends_nothing_at_once(void **state)
{
	(void)state;
	stream_up();
	ring();
	answer();
	link_is(CTI_LINK_SNAPSHOT_BEGIN, 0);
	link_is(CTI_LINK_SNAPSHOT_END, 0);
	assert_int_equal(0, w.ended);
	REPORT(.what = CTI_CH_HANGUP_REQUEST, .channel = "2", .call = "1");
	hang_up();
	assert_int_equal(0, w.unknown_ends);
	assert_string_equal("201", w.ended_by);
	ring();
	link_is(CTI_LINK_SNAPSHOT_BEGIN, 0);
	link_is(CTI_LINK_SNAPSHOT_END, 0);
	pass_s(3);
	assert_int_equal(1, w.unknown_ends);
	assert_int_equal(0, cti_model_count(w.m));
}

static void exists(
	const char *id, const char *line, enum cti_channel_state st, const char *bridge)
{
	REPORT(.what = CTI_CH_EXISTS, .channel = id, .call = "1",
		.kind = line ? CTI_CHAN_LINE : CTI_CHAN_TRUNK,
		.device = line ? line : "itsp", .line = line, .placed = !line,
		.dialled = line ? NULL : "0355501234", .state = st, .age_s = 60,
		.bridge = bridge,
		.caller = { line ? line : "0312345678", NULL, CTI_PRES_ALLOWED });
}

static void calls_from_before_are_adopted_silently(void **state)
{
	(void)state;
	link_is(CTI_LINK_UP, 0);
	link_is(CTI_LINK_SNAPSHOT_BEGIN, 0);
	exists("1", NULL, CTI_CHAN_UP, "b");
	exists("2", "201", CTI_CHAN_UP, "b");
	link_is(CTI_LINK_SNAPSHOT_END, 0);
	assert_int_equal(1, cti_model_count(w.m));
	assert_int_equal(0, w.pops);
	assert_non_null(cti_channels_conv(w.ch, "201"));
	REPORT(.what = CTI_CH_HANGUP_REQUEST, .channel = "1", .call = "1");
	hang_up();
	assert_int_equal(CTI_OUTCOME_ANSWERED, w.outcome);
	assert_string_equal("external", w.ended_by);
	assert_string_equal("0312345678", w.number);
	assert_int_equal(CTI_DIR_INBOUND, w.direction);
}

static void what_still_rings_after_a_reconnect_is_shown(void **state)
{
	(void)state;
	link_is(CTI_LINK_UP, 0);
	link_is(CTI_LINK_SNAPSHOT_BEGIN, 0);
	exists("1", NULL, CTI_CHAN_DOWN, NULL);
	exists("2", "201", CTI_CHAN_RINGING, NULL);
	link_is(CTI_LINK_SNAPSHOT_END, 0);
	assert_int_equal(1, w.pops);
}

static void a_pbx_that_died_took_its_calls_along(void **state)
{
	int64_t lost_us;

	(void)state;
	stream_up();
	w.at_us += 3600 * INT64_C(1000000);
	ring();
	link_is(CTI_LINK_DOWN, 0);
	lost_us = w.at_us;
	pass_s(20);
	link_is(CTI_LINK_UP, 0);
	link_is(CTI_LINK_BOOTED, 5);
	assert_int_equal(1, w.ended);
	assert_true(w.end_us == lost_us);
	assert_int_equal(CTI_OUTCOME_FAILED, w.outcome);
	assert_string_equal("pbx", w.ended_by);
}

static void a_pbx_that_only_lost_us_did_not_die(void **state)
{
	(void)state;
	stream_up();
	w.at_us += 3600 * INT64_C(1000000);
	ring();
	link_is(CTI_LINK_DOWN, 0);
	pass_s(20);
	link_is(CTI_LINK_UP, 0);
	link_is(CTI_LINK_BOOTED, 3600);
	assert_int_equal(0, w.ended);
}

static void an_orderly_stop_ends_all(void **state)
{
	(void)state;
	ring();
	answer();
	link_is(CTI_LINK_SHUTDOWN, 0);
	assert_int_equal(1, w.ended);
	assert_int_equal(0, w.unknown_ends);
	assert_string_equal("pbx", w.ended_by);
}

static void our_own_dial_is_no_incoming_call(void **state)
{
	(void)state;
	cti_channels_dial(w.ch, w.at_us, "201", "rq-1", "0312345678");
	REPORT(.what = CTI_CH_NEW, .channel = "rq-1", .call = "rq-1",
		.kind = CTI_CHAN_LINE, .device = "201", .line = "201");
	REPORT(.what = CTI_CH_DIAL_BEGIN, .other = "rq-1", .call = "rq-1");
	REPORT(.what = CTI_CH_RINGING, .channel = "rq-1", .call = "rq-1");
	assert_int_equal(0, w.pops);
	REPORT(.what = CTI_CH_HANGUP, .channel = "rq-1", .call = "rq-1",
		.cause = { 480, 19 });
	assert_int_equal(CTI_OUTCOME_FAILED, w.outcome);
	assert_int_equal(CTI_DIR_OUTBOUND, w.direction);
	assert_string_equal("0312345678", w.number);
}

static void whom_an_originated_call_was_for_may_be_told_late(void **state)
{
	(void)state;
	REPORT(.what = CTI_CH_NEW, .channel = "o-1", .call = "o-1", .kind = CTI_CHAN_LINE,
		.device = "201", .line = "201");
	REPORT(.what = CTI_CH_RINGING, .channel = "o-1", .call = "o-1");
	REPORT(.what = CTI_CH_HANGUP, .channel = "o-1", .call = "o-1",
		.cause = { 0, 19 });
	assert_int_equal(0, w.ended);
	REPORT(.what = CTI_CH_ORIGINATED, .channel = "o-1", .number = "0312345678");
	assert_int_equal(1, w.ended);
	assert_string_equal("0312345678", w.number);
	/* Or never. */
	REPORT(.what = CTI_CH_NEW, .channel = "o-2", .call = "o-2", .kind = CTI_CHAN_LINE,
		.device = "201", .line = "201");
	REPORT(.what = CTI_CH_HANGUP, .channel = "o-2", .call = "o-2",
		.cause = { 0, 17 });
	pass_s(1);
	assert_int_equal(2, w.ended);
}

static void a_far_end_that_was_transferred_is_somebody_else(void **state)
{
	(void)state;
	ring();
	answer();
	REPORT(.what = CTI_CH_IDENTITY, .channel = "2", .call = "1",
		.connected = { "0398765432", "Sato", CTI_PRES_ALLOWED });
	hang_up();
	assert_string_equal("0398765432", w.number);
}

static void the_same_number_written_by_a_dialplan_is_nobody_else(void **state)
{
	(void)state;
	ring();
	answer();
	REPORT(.what = CTI_CH_IDENTITY, .channel = "2", .call = "1",
		.connected = { "+81312345678", NULL, CTI_PRES_ALLOWED });
	REPORT(.what = CTI_CH_IDENTITY, .channel = "1", .call = "1",
		.caller = { "00312345678", "Lookup Ltd", CTI_PRES_ALLOWED });
	hang_up();
	assert_string_equal("0312345678", w.number);
}

static void a_caller_may_ask_late_not_to_be_named(void **state)
{
	(void)state;
	ring();
	REPORT(.what = CTI_CH_IDENTITY, .channel = "1", .call = "1",
		.caller = { NULL, NULL, CTI_PRES_WITHHELD });
	hang_up();
	assert_string_equal("", w.number);
	ring();
	cti_channels_withheld(w.ch, "201", CTI_PRES_PAYPHONE);
	hang_up();
	assert_string_equal("", w.number);
}

/* Asterisk 22: the stream knows the number of a second caller who asked not to be named;
 * it is that one who is forgotten, not the first. */
static void who_is_not_to_be_named_is_the_one_that_rings(void **state)
{
	(void)state;
	ring();
	answer();
	REPORT(.what = CTI_CH_NEW, .channel = "3", .call = "3", .kind = CTI_CHAN_TRUNK,
		.device = "itsp", .placed = true, .dialled = "0355501234",
		.caller = { "0453334444", NULL, CTI_PRES_ALLOWED });
	REPORT(.what = CTI_CH_NEW, .channel = "4", .call = "3", .kind = CTI_CHAN_LINE,
		.device = "201", .line = "201");
	REPORT(.what = CTI_CH_DIAL_BEGIN, .channel = "3", .other = "4", .call = "3");
	REPORT(.what = CTI_CH_RINGING, .channel = "4", .call = "3");
	cti_channels_withheld(w.ch, "201", CTI_PRES_WITHHELD);
	cti_channels_withheld(w.ch, "201", CTI_PRES_WITHHELD); /* told again */
	REPORT(.what = CTI_CH_HANGUP, .channel = "4", .call = "3", .cause = { 0, 26 });
	REPORT(.what = CTI_CH_HANGUP, .channel = "3", .call = "3", .cause = { 0, 16 });
	assert_string_equal("", w.number);
	hang_up();
	assert_string_equal("0312345678", w.number);
}

/* Asterisk 16: the acknowledgement of the PBX's own 486 reads like the caller's wish. */
static void a_busy_signal_of_the_pbx_is_not_the_callers_wish(void **state)
{
	(void)state;
	REPORT(.what = CTI_CH_NEW, .channel = "1", .call = "1", .kind = CTI_CHAN_LINE,
		.device = "201", .line = "201", .placed = true, .dialled = "206");
	REPORT(.what = CTI_CH_HANGUP_REQUEST, .channel = "1", .call = "1",
		.cause = { 0, 17 });
	REPORT(.what = CTI_CH_HANGUP, .channel = "1", .call = "1", .exten = "206",
		.cause = { 0, 17 });
	assert_int_equal(CTI_OUTCOME_BUSY, w.outcome);
	assert_string_equal("pbx", w.ended_by);
}

static void phones_that_nobody_watches_make_no_record(void **state)
{
	(void)state;
	REPORT(.what = CTI_CH_NEW, .channel = "1", .call = "1", .kind = CTI_CHAN_LINE,
		.device = "301", .placed = true, .dialled = "302");
	REPORT(.what = CTI_CH_NEW, .channel = "2", .call = "1", .kind = CTI_CHAN_LINE,
		.device = "302");
	REPORT(.what = CTI_CH_DIAL_BEGIN, .channel = "1", .other = "2", .call = "1");
	REPORT(.what = CTI_CH_RINGING, .channel = "2", .call = "1");
	answer();
	assert_int_equal(0, cti_model_count(w.m));
	hang_up();
	assert_int_equal(0, w.ended);
}

/* ---- streams that come damaged ------------------------------------------------------------ */

static uint32_t dice(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u; /* the same streams in every run */
	return *seed >> 8;
}

static void on_channel(const struct cti_report_channel *rep, void *arg)
{
	(void)arg;
	cti_channels_report(w.ch, rep);
}

static void feed(struct cti_reader *r, const struct cti_input *in, int64_t at_us)
{
	struct cti_input now = *in;

	now.at_us = at_us;
	if (in->kind == CTI_INPUT_AMI)
		(void)cti_reader_ami.read(r, &now);
	cti_model_settle(w.m);
}

/* Loses, doubles and swaps messages, then brings an empty snapshot. */
static void damage(const struct cti_capture *c, uint32_t seed)
{
	const struct cti_reader_conf conf = { .pbx = "main",
		.lines = (const char *const *)c->pbxs[0].lines.v,
		.nlines = c->pbxs[0].lines.n };
	const struct cti_report_sink sink = { .channel = on_channel };
	struct cti_reader *r = NULL;

	assert_int_equal(0, setup(NULL));
	assert_int_equal(0, cti_reader_ami.alloc(&r, &conf, &sink));
	for (size_t i = 0; i < c->n; i++) {
		const uint32_t what = dice(&seed) % 20;
		const size_t other = i + dice(&seed) % 8 < c->n ? i + seed % 8 : i;

		if (what == 0)
			continue;
		if (what == 1)
			feed(r, &c->inputs[i], c->inputs[i].at_us);
		feed(r, &c->inputs[what == 2 && other < c->n ? other : i],
			c->inputs[i].at_us);
	}
	w.at_us = c->inputs[c->n - 1].at_us;
	link_is(CTI_LINK_DOWN, 0);
	stream_up();
	pass_s(1);
	assert_int_equal(0, cti_model_count(w.m));
	cti_reader_ami.free(r);
	(void)teardown(NULL);
}

static void check_damaged(const char *name)
{
	char folder[512];
	struct cti_capture *c = NULL;

	(void)snprintf(folder, sizeof(folder), DATA "/%s", name);
	assert_int_equal(0, cti_capture_load(&c, folder, CTI_CAPTURE_API));
	for (uint32_t seed = 1; seed <= 40; seed++)
		damage(c, seed);
	cti_capture_free(c);
}

static void a_damaged_stream_leaves_no_call_and_no_nonsense(void **state)
{
	(void)state;
	assert_true(each_recording(check_damaged) >= 18);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recordings_are_read_as_what_happened),
		cmocka_unit_test(the_stream_alone_says_the_same),
		T(what_a_reconnect_does_not_show_has_ended),
		T(a_snapshot_that_crosses_events_ends_nothing_at_once),
		T(calls_from_before_are_adopted_silently),
		T(what_still_rings_after_a_reconnect_is_shown),
		T(a_pbx_that_died_took_its_calls_along),
		T(a_pbx_that_only_lost_us_did_not_die),
		T(an_orderly_stop_ends_all),
		T(our_own_dial_is_no_incoming_call),
		T(whom_an_originated_call_was_for_may_be_told_late),
		T(a_far_end_that_was_transferred_is_somebody_else),
		T(the_same_number_written_by_a_dialplan_is_nobody_else),
		T(a_caller_may_ask_late_not_to_be_named),
		T(who_is_not_to_be_named_is_the_one_that_rings),
		T(a_busy_signal_of_the_pbx_is_not_the_callers_wish),
		T(phones_that_nobody_watches_make_no_record),
		cmocka_unit_test(a_damaged_stream_leaves_no_call_and_no_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
