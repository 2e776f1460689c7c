/*
 * The two sources of one PBX: its event stream decides while it is there, the documents
 * when it is not; and no call outlives the return of the source that it came from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "source.h"

#include <cti/conf.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define T0     INT64_C(1700000000000000)
#define AT(ms) (T0 + (ms)*INT64_C(1000))

static char *lines[] = { "201", "202" };

struct world {
	struct cti_model *m;
	struct cti_source *s;
	struct cti_pbx_conf conf;
	char ended[2048];
	char wanted[128];
};

static void on_ended(const struct cti_conversation *c, void *arg)
{
	struct world *w = arg;
	const size_t n = strlen(w->ended);

	if (*c->merged_into)
		return;
	(void)snprintf(w->ended + n, sizeof(w->ended) - n, "%s %s %s; ",
		cti_direction_name(c->direction), cti_outcome_name(c->outcome),
		c->end_us > 0 ? "known" : "unknown");
}

static void setup(struct world *w)
{
	static const struct cti_reader_ops *const readers[] = { &cti_reader_dialog,
		&cti_reader_ami, NULL };
	const struct cti_model_effects fx = { .ended = on_ended, .arg = w };
	const struct cti_pbx_conf *const confs[] = { &w->conf };
	const struct cti_source_conf conf = { confs, 1 };

	*w = (struct world){ .conf = { .name = "main" } };
	w->conf.lines.v = lines;
	w->conf.lines.n = 2;
	assert_int_equal(cti_model_alloc(&w->m, 1, &fx), 0);
	assert_int_equal(cti_source_alloc(&w->s, &conf, readers, w->m), 0);
}

static void teardown(struct world *w)
{
	cti_source_free(w->s);
	cti_model_free(w->m);
}

static int put(struct world *w, int64_t ms, enum cti_input_kind kind,
	enum cti_provenance source, const char *line, const char *data)
{
	const struct cti_input in = { .at_us = AT(ms),
		.kind = kind,
		.source = source,
		.pbx = "main",
		.line = line,
		.ctype = kind == CTI_INPUT_NOTIFY ? "application/dialog-info+xml" : "",
		.data = data,
		.len_bytes = strlen(data) };

	return cti_source_apply(w->s, &in);
}

static int link_api(struct world *w, int64_t ms, const char *what)
{
	return put(w, ms, CTI_INPUT_LINK, CTI_PROV_API, "", what);
}

static int link_sip(struct world *w, int64_t ms, const char *what, const char *line)
{
	return put(w, ms, CTI_INPUT_LINK, CTI_PROV_DIALOG, line, what);
}

static void ami(struct world *w, int64_t ms, const char *text)
{
	assert_int_equal(put(w, ms, CTI_INPUT_AMI, CTI_PROV_API, "", text), 0);
}

/* Asterisk's document of one device. */
static void device(struct world *w, int64_t ms, const char *line, unsigned version,
	const char *state, const char *caller)
{
	char body[1024], remote[256] = "";

	if (caller)
		(void)snprintf(remote, sizeof(remote),
			"<remote><identity>sip:%s@192.0.2.1</identity></remote>", caller);
	(void)snprintf(body, sizeof(body),
		"<?xml version=\"1.0\"?><dialog-info "
		"xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"%u\" "
		"state=\"full\" entity=\"sip:%s@192.0.2.1\"><dialog id=\"%s\" "
		"direction=\"recipient\">%s<state>%s</state></dialog></dialog-info>",
		version, line, line, remote, state);
	assert_int_equal(
		put(w, ms, CTI_INPUT_NOTIFY, CTI_PROV_DIALOG, line, body), 0);
}

static void tick(struct world *w, int64_t ms)
{
	assert_int_equal(put(w, ms, CTI_INPUT_TICK, CTI_PROV_NONE, "", ""), 0);
}

/* A customer calls 201. */
static void stream_rings(struct world *w, int64_t ms)
{
	ami(w, ms,
		"Event: Newchannel\r\nChannel: PJSIP/trunk-00000001\r\nChannelState: 4\r\n"
		"ChannelStateDesc: Ring\r\nCallerIDNum: 0312345678\r\nContext: pstn\r\n"
		"Exten: 0355501234\r\nUniqueid: 1.1\r\nLinkedid: 1.1\r\n");
	ami(w, ms + 5,
		"Event: Newchannel\r\nChannel: PJSIP/201-00000002\r\nChannelState: 0\r\n"
		"ChannelStateDesc: Down\r\nCallerIDNum: 201\r\nContext: office\r\nExten: s\r\n"
		"Uniqueid: 1.2\r\nLinkedid: 1.1\r\n");
	ami(w, ms + 6,
		"Event: DialBegin\r\nChannel: PJSIP/trunk-00000001\r\nUniqueid: 1.1\r\n"
		"Linkedid: 1.1\r\nExten: 201\r\nDestChannel: PJSIP/201-00000002\r\n"
		"DestUniqueid: 1.2\r\nDestLinkedid: 1.1\r\nDialString: 201\r\n");
	ami(w, ms + 50,
		"Event: Newstate\r\nChannel: PJSIP/201-00000002\r\nChannelState: 5\r\n"
		"ChannelStateDesc: Ringing\r\nUniqueid: 1.2\r\nLinkedid: 1.1\r\n");
}

static void stream_is_up(struct world *w, int64_t ms)
{
	assert_int_equal(link_api(w, ms, "up"), 0);
	assert_int_equal(link_api(w, ms, "snapshot-begin"), 0);
	assert_int_equal(link_api(w, ms, "snapshot-end"), 0);
}

static void words_of_a_link_are_known_and_others_are_not(void **state)
{
	static const char *const good[] = { "up", "snapshot-begin", "snapshot-end",
		"line-up", "line-lost 403", "down no answer" };
	struct world w;

	(void)state;
	setup(&w);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(link_sip(&w, 1, good[i], "201"), 0);
		assert_int_equal(link_api(&w, 1, good[i]), 0);
	}
	assert_int_equal(link_api(&w, 2, "nonsense"), EBADMSG);
	assert_int_equal(link_api(&w, 2, ""), EBADMSG);
	teardown(&w);
}

/* Documents and events of one moment come in either order. */
static void with_the_stream_there_documents_make_no_call(void **state)
{
	struct world w;

	(void)state;
	setup(&w);
	stream_is_up(&w, 0);
	device(&w, 10, "201", 0, "terminated", NULL);
	device(&w, 1040, "201", 1, "early", "0312345678");
	assert_int_equal(cti_model_count(w.m), 0);
	stream_rings(&w, 1000);
	assert_int_equal(cti_model_count(w.m), 1);
	teardown(&w);
}

static void without_the_stream_documents_decide(void **state)
{
	struct world w;

	(void)state;
	setup(&w);
	stream_is_up(&w, 0);
	device(&w, 10, "201", 0, "terminated", NULL);
	assert_int_equal(link_api(&w, 500, "down connection reset"), 0);
	device(&w, 1040, "201", 1, "early", "0312345678");
	assert_int_equal(cti_model_count(w.m), 1);
	device(&w, 3000, "201", 2, "terminated", NULL);
	tick(&w, 9000);
	assert_string_equal(w.ended, "inbound none known; ");
	teardown(&w);
}

/* The stream broke in a call, and the call ended meanwhile. */
static void no_call_survives_the_return_of_its_stream(void **state)
{
	struct world w;

	(void)state;
	setup(&w);
	stream_is_up(&w, 0);
	stream_rings(&w, 1000);
	assert_int_equal(link_api(&w, 2000, "down connection reset"), 0);
	stream_is_up(&w, 30000);
	tick(&w, 33000);
	assert_string_equal(w.ended, "inbound none unknown; ");
	assert_int_equal(cti_model_count(w.m), 0);
	teardown(&w);
}

static void no_call_survives_the_return_of_its_subscription(void **state)
{
	struct world w;

	(void)state;
	setup(&w);
	device(&w, 10, "201", 0, "terminated", NULL);
	device(&w, 1000, "201", 1, "early", "0312345678");
	device(&w, 2000, "201", 2, "confirmed", NULL);
	assert_int_equal(link_sip(&w, 3000, "line-lost timeout", "201"), 0);
	assert_int_equal(link_sip(&w, 30000, "line-up", "201"), 0);
	device(&w, 30100, "201", 0, "terminated", NULL);
	tick(&w, 40000);
	assert_string_equal(w.ended, "inbound answered unknown; ");
	assert_int_equal(cti_model_count(w.m), 0);
	teardown(&w);
}

static void on_want(const char *pbx, const char *line, void *arg)
{
	struct world *w = arg;
	const size_t n = strlen(w->wanted);

	assert_string_equal(pbx, "main");
	(void)snprintf(w->wanted + n, sizeof(w->wanted) - n, "%s ", line);
}

/* The document that told the end was lost, and the line never said another word. */
static void a_state_that_grew_old_is_asked_for_within_a_minute(void **state)
{
	struct world w;

	(void)state;
	setup(&w);
	device(&w, 10, "201", 0, "terminated", NULL);
	device(&w, 1000, "201", 1, "early", "0312345678");
	for (int64_t ms = 2000; ms <= 62000; ms += 1000)
		tick(&w, ms);
	cti_source_wants(w.s, on_want, &w);
	assert_string_equal(w.wanted, "201 ");
	device(&w, 62100, "201", 2, "terminated", NULL);
	tick(&w, 70000);
	assert_int_equal(cti_model_count(w.m), 0);
	teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_a_link_are_known_and_others_are_not),
		cmocka_unit_test(with_the_stream_there_documents_make_no_call),
		cmocka_unit_test(without_the_stream_documents_decide),
		cmocka_unit_test(no_call_survives_the_return_of_its_stream),
		cmocka_unit_test(no_call_survives_the_return_of_its_subscription),
		cmocka_unit_test(a_state_that_grew_old_is_asked_for_within_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
