/*
 * From the bytes of a PBX to the words on a page: why a call failed, and why a caller has
 * no number. Texts are English and Japanese.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "raw_pbx.h"

/* ---- causes -------------------------------------------------------------------- */

struct said {
	unsigned sip, q850;
	const char *outcome, *result, *en, *ja;
};

/* RFC 8197, RFC 8688, RFC 5079; Asterisk 22 writes what it does not know as 127. */
static const struct said causes[] = {
	{ 607, 127, "blocked", "declined", "Unwanted call",
		"迷惑電話として拒否されました" },
	{ 608, 127, "blocked", "declined", "Rejected by a call filter",
		"着信フィルターで拒否されました" },
	{ 433, 127, "blocked", "declined", "Anonymous calls are not accepted",
		"非通知の着信は拒否されます" },
	{ 603, 21, "declined", "declined", "Declined", "拒否されました" },
	{ 486, 17, "busy", "busy", "Busy", "話し中" },
};

static const struct cti_json_node *first_leg(const struct cti_json *doc)
{
	return cti_json_at(cti_json_get(cti_json_root(doc), "legs"), 0);
}

static struct cti_json *last_call(const struct world *w)
{
	struct cti_json *doc = NULL;

	assert_non_null(w->doc.data);
	assert_int_equal(0, cti_json_parse(&doc, w->doc.data, w->doc.len));
	return doc;
}

static void check_text(const struct cti_json_node *of, const struct said *row)
{
	const struct cti_json_node *cause = cti_json_get(of, "cause");
	const struct cti_json_node *text = cti_json_get(cause, "text");
	int64_t sip = 0;

	assert_true(cti_json_int(cause, "sip", &sip));
	assert_int_equal(row->sip, sip);
	assert_string_equal(row->en, cti_json_str(text, "en"));
	assert_string_equal(row->ja, cti_json_str(text, "ja"));
}

static void check_call(const struct world *w, const struct said *row)
{
	struct cti_json *doc = last_call(w);

	assert_string_equal(row->outcome, cti_json_str(cti_json_root(doc), "outcome"));
	assert_string_equal(row->result, cti_json_str(first_leg(doc), "result"));
	check_text(cti_json_root(doc), row);
	check_text(first_leg(doc), row);
	cti_json_free(doc);
}

static void stream_refuses(struct world *w, const struct said *row)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
		"Event: HangupRequest\r\nChannel: PJSIP/201-00000002\r\n"
		"ChannelState: 5\r\nChannelStateDesc: Ringing\r\nUniqueid: 1.2\r\n"
		"Linkedid: 1.1\r\nCause: %u\r\nTechCause: %u\r\n",
		row->q850, row->sip);
	ami(w, 1000, text);
	(void)snprintf(text, sizeof(text),
		"Event: Hangup\r\nChannel: PJSIP/201-00000002\r\nChannelState: 5\r\n"
		"ChannelStateDesc: Ringing\r\nUniqueid: 1.2\r\nLinkedid: 1.1\r\n"
		"Cause: %u\r\nTechCause: %u\r\n",
		row->q850, row->sip);
	ami(w, 1000, text);
	ami(w, 1010,
		"Event: Hangup\r\nChannel: PJSIP/trunk-00000001\r\nChannelState: 4\r\n"
		"ChannelStateDesc: Ring\r\nUniqueid: 1.1\r\nLinkedid: 1.1\r\n"
		"Cause: 127\r\nTechCause: 500\r\n");
}

static void a_refusal_in_the_event_stream_is_told_in_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		struct world w;

		setup(&w);
		stream_is_up(&w, 0);
		stream_rings(&w, 100);
		stream_refuses(&w, &causes[i]);
		check_call(&w, &causes[i]);
		teardown(&w);
	}
}

/* RFC 4235 section 4.1.4, as Kamailio and other proxies write it. */
static void document(struct world *w, int64_t ms, unsigned version, const char *state,
	const char *display)
{
	char body[1024];

	(void)snprintf(body, sizeof(body),
		"<?xml version=\"1.0\"?><dialog-info "
		"xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"%u\" "
		"state=\"full\" entity=\"sip:201@192.0.2.1\"><dialog "
		"id=\"a84b4c76e66710\" call-id=\"a84b4c76e66710@192.0.2.9\" "
		"direction=\"recipient\"><remote><identity%s>sip:%s@192.0.2.1</identity>"
		"</remote><state%s</state></dialog></dialog-info>",
		version, display, *display ? "anonymous" : "0312345678", state);
	assert_int_equal(put(w, ms, CTI_INPUT_NOTIFY, CTI_PROV_DIALOG, "201", body), 0);
}

static void nothing_yet(struct world *w)
{
	assert_int_equal(put(w, 0, CTI_INPUT_NOTIFY, CTI_PROV_DIALOG, "201",
				 "<?xml version=\"1.0\"?><dialog-info "
				 "xmlns=\"urn:ietf:params:xml:ns:dialog-info\" "
				 "version=\"0\" state=\"full\" "
				 "entity=\"sip:201@192.0.2.1\"></dialog-info>"),
		0);
}

static void a_refusal_in_a_document_is_told_in_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		struct world w;
		char over[64];

		(void)snprintf(over, sizeof(over),
			" event=\"rejected\" code=\"%u\">terminated", causes[i].sip);
		setup(&w);
		nothing_yet(&w);
		document(&w, 100, 1, ">early", "");
		document(&w, 1000, 2, over, "");
		tick(&w, 9000);
		check_call(&w, &causes[i]);
		teardown(&w);
	}
}

/* Asterisk 16 does not say which code it was: nobody knows, then. */
static void a_refusal_that_was_not_read_is_unknown(void **state)
{
	static const struct said unread = { 0, 127, NULL, NULL, NULL, NULL };
	struct world w;
	struct cti_json *doc;

	(void)state;
	setup(&w);
	stream_is_up(&w, 0);
	stream_rings(&w, 100);
	stream_refuses(&w, &unread);
	doc = last_call(&w);
	assert_null(cti_json_str(cti_json_root(doc), "outcome"));
	assert_null(cti_json_str(first_leg(doc), "result"));
	cti_json_free(doc);
	teardown(&w);
}

/* ---- callers who are not named --------------------------------------------------- */

static const struct {
	const char *display, *presentation;
} reasons[] = {
	{ "Anonymous", "withheld" },
	{ "Coin line/payphone", "payphone" },
	{ "Interaction with other service", "interaction" },
	{ "Unavailable", "unavailable" },
	{ "非通知", "withheld" },
	{ "公衆電話", "payphone" },
	{ "サービス競合", "interaction" },
	{ "表示圏外", "unavailable" },
};

static void check_caller(const struct world *w, const char *presentation)
{
	struct cti_json *doc = last_call(w);
	const struct cti_json_node *x = cti_json_get(cti_json_root(doc), "external");

	assert_string_equal(presentation, cti_json_str(x, "presentation"));
	assert_null(cti_json_str(x, "number"));
	assert_null(cti_json_str(x, "name"));
	cti_json_free(doc);
}

static void why_a_caller_has_no_number_is_known_from_documents(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		struct world w;
		char display[96];

		(void)snprintf(
			display, sizeof(display), " display=\"%s\"", reasons[i].display);
		setup(&w);
		nothing_yet(&w);
		document(&w, 100, 1, ">early", display);
		document(&w, 1000, 2, ">terminated", display);
		tick(&w, 9000);
		check_caller(&w, reasons[i].presentation);
		teardown(&w);
	}
}

static void why_a_caller_has_no_number_is_known_from_the_event_stream(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		struct world w;
		char text[512];

		(void)snprintf(text, sizeof(text),
			"Event: Newchannel\r\nChannel: PJSIP/trunk-00000001\r\n"
			"ChannelState: 4\r\nChannelStateDesc: Ring\r\n"
			"CallerIDNum: anonymous\r\nCallerIDName: %s\r\nContext: pstn\r\n"
			"Exten: 0355501234\r\nUniqueid: 1.1\r\nLinkedid: 1.1\r\n",
			reasons[i].display);
		setup(&w);
		stream_is_up(&w, 0);
		ami(&w, 100, text);
		ami(&w, 900,
			"Event: Hangup\r\nChannel: PJSIP/trunk-00000001\r\n"
			"ChannelState: 4\r\nUniqueid: 1.1\r\nLinkedid: 1.1\r\n"
			"Cause: 16\r\n");
		check_caller(&w, reasons[i].presentation);
		teardown(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_refusal_in_the_event_stream_is_told_in_words),
		cmocka_unit_test(a_refusal_in_a_document_is_told_in_words),
		cmocka_unit_test(a_refusal_that_was_not_read_is_unknown),
		cmocka_unit_test(why_a_caller_has_no_number_is_known_from_documents),
		cmocka_unit_test(
			why_a_caller_has_no_number_is_known_from_the_event_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
