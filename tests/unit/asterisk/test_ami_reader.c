/*
 * test_ami_reader.c -- manager messages of Asterisk 22 and 16 and the reports that
 * they become.
 */
#include "ami_reader.h"

#include <cti/pbx.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const lines[] = { "201", "202" };

struct seen {
	struct cti_reader *r;
	char text[4096]; /* one report a line */
};

static const char *const whats[] = {
	[CTI_CH_NEW] = "new",
	[CTI_CH_EXISTS] = "exists",
	[CTI_CH_RINGING] = "ringing",
	[CTI_CH_UP] = "up",
	[CTI_CH_IDENTITY] = "identity",
	[CTI_CH_LOCAL_PAIR] = "pair",
	[CTI_CH_DIAL_BEGIN] = "dial",
	[CTI_CH_DIAL_END] = "dialled",
	[CTI_CH_BRIDGE_ENTER] = "enter",
	[CTI_CH_BRIDGE_LEAVE] = "leave",
	[CTI_CH_HOLD] = "hold",
	[CTI_CH_UNHOLD] = "unhold",
	[CTI_CH_BLIND_TRANSFER] = "blind",
	[CTI_CH_ATTENDED_TRANSFER] = "attended",
	[CTI_CH_PICKUP] = "pickup",
	[CTI_CH_PARK] = "park",
	[CTI_CH_RETRIEVE] = "retrieve",
	[CTI_CH_QUEUE_JOIN] = "join",
	[CTI_CH_QUEUE_LEAVE] = "left",
	[CTI_CH_QUEUE_ABANDON] = "abandon",
	[CTI_CH_ORIGINATED] = "originated",
	[CTI_CH_HANGUP_REQUEST] = "wish",
	[CTI_CH_HANGUP] = "hangup",
};

static const char *pres_name(enum cti_presentation v)
{
	static const char *const names[] = { "unknown", "allowed", "withheld", "payphone",
		"interaction", "unavailable" };

	return names[v];
}

static void add(struct seen *s, const char *name, const char *value)
{
	const size_t n = strlen(s->text);

	if (value)
		(void)snprintf(s->text + n, sizeof(s->text) - n, " %s=%s", name, value);
}

static void on_channel(const struct cti_report_channel *r, void *arg)
{
	struct seen *s = arg;
	const size_t n = strlen(s->text);
	char num[16];

	(void)snprintf(
		s->text + n, sizeof(s->text) - n, "%s%s", n ? "\n" : "", whats[r->what]);
	add(s, "ch", r->channel);
	add(s, "other", r->other);
	add(s, "device", r->device);
	add(s, "line", r->line);
	add(s, "dialled", r->dialled);
	add(s, "caller", r->caller.number);
	add(s, "pres", r->caller.presentation ? pres_name(r->caller.presentation) : NULL);
	add(s, "connected", r->connected.number);
	add(s, "number", r->number);
	add(s, "bridge", r->bridge);
	add(s, "waiting", r->waiting ? "yes" : NULL);
	add(s, "queue", r->queue);
	(void)snprintf(num, sizeof(num), "%u/%u", r->cause.sip, r->cause.q850);
	add(s, "cause", r->cause.sip || r->cause.q850 ? num : NULL);
}

static void on_link(const struct cti_report_link *r, void *arg)
{
	struct seen *s = arg;

	(void)snprintf(s->text, sizeof(s->text), "link %d %u", r->what, r->up_s);
}

static int setup(void **state)
{
	static struct seen s;
	const struct cti_reader_conf conf = { .pbx = "p", .lines = lines, .nlines = 2 };
	const struct cti_report_sink sink = {
		.channel = on_channel, .link = on_link, .arg = &s
	};

	*state = &s;
	return cti_reader_ami.alloc(&s.r, &conf, &sink);
}

static int teardown(void **state)
{
	cti_reader_ami.free(((struct seen *)*state)->r);
	return 0;
}

static int feed(struct seen *s, const char *data, size_t len)
{
	const struct cti_input in = { .at_us = 1,
		.kind = CTI_INPUT_AMI,
		.pbx = "p",
		.line = "",
		.ctype = "",
		.data = data,
		.len_bytes = len };

	s->text[0] = '\0';
	return cti_reader_ami.read(s->r, &in);
}

static const char *read(struct seen *s, const char *message)
{
	assert_int_equal(0, feed(s, message, strlen(message)));
	return s->text;
}

static const struct {
	const char *message, *report;
} events[] = {
	{ "Event: Newchannel\r\nChannel: PJSIP/itsp-0000003b\r\nChannelState: 4\r\n"
	  "CallerIDNum: 0312345678\r\nCallerIDName: <unknown>\r\nExten: 0355501234\r\n"
	  "Context: from-itsp\r\nUniqueid: 5.1\r\nLinkedid: 5.1",
		"new ch=5.1 device=itsp dialled=0355501234 caller=0312345678 "
		"pres=allowed" },
	{ "Event: Newchannel\r\nChannel: PJSIP/201-0000003c\r\nChannelState: 0\r\n"
	  "CallerIDNum: 201\r\nExten: s\r\nUniqueid: 5.2\r\nLinkedid: 5.1",
		"new ch=5.2 device=201 line=201 caller=201 pres=allowed" },
	{ "Event: Newstate\r\nChannel: PJSIP/201-1\r\nChannelState: 5\r\nUniqueid: 5.2",
		"ringing ch=5.2" },
	{ "Event: Newstate\r\nChannel: PJSIP/201-1\r\nChannelState: 6\r\nUniqueid: 5.2",
		"up ch=5.2" },
	{ "Event: DialBegin\r\nUniqueid: 5.1\r\nDestUniqueid: 5.2\r\nDialString: 201",
		"dial ch=5.1 other=5.2" },
	{ "Event: DialBegin\r\nUniqueid: 5.1\r\nDestUniqueid: 5.2\r\n"
	  "DialString: PJSIP/itsp/sip:0312345678@10.0.0.1",
		"dial ch=5.1 other=5.2 number=0312345678" },
	{ "Event: DialBegin\r\nDestUniqueid: cti-1\r\nDialString: 201",
		"dial other=cti-1" },
	{ "Event: BridgeEnter\r\nBridgeUniqueid: b1\r\nBridgeType: parking\r\n"
	  "BridgeTechnology: holding_bridge\r\nUniqueid: 5.1",
		"enter ch=5.1 bridge=b1 waiting=yes" },
	{ "Event: HangupRequest\r\nChannelState: 5\r\nUniqueid: 5.2\r\nCause: 17\r\n"
	  "TechCause: 486",
		"wish ch=5.2 cause=486/17" },
	/* 16 has no TechCause. */
	{ "Event: Hangup\r\nChannelState: 5\r\nUniqueid: 5.2\r\nCause: 26",
		"hangup ch=5.2 cause=0/26" },
	/* The PBX's own busy signal, acknowledged by the caller. */
	{ "Event: HangupRequest\r\nChannelState: 7\r\nUniqueid: 5.1\r\nCause: 17", "" },
	{ "Event: BlindTransfer\r\nResult: Success\r\nTransfererUniqueid: 5.2\r\n"
	  "TransfereeUniqueid: 5.1\r\nExtension: 202",
		"blind ch=5.2 other=5.1 number=202" },
	{ "Event: BlindTransfer\r\nResult: Fail\r\nTransfererUniqueid: 5.2", "" },
	{ "Event: AttendedTransfer\r\nResult: Success\r\n"
	  "OrigTransfererUniqueid: 5.2\r\nSecondTransfererUniqueid: 6.1",
		"attended ch=5.2 other=6.1" },
	{ "Event: Pickup\r\nUniqueid: 7.1\r\nTargetUniqueid: 5.2",
		"pickup ch=7.1 other=5.2" },
	{ "Event: ParkedCall\r\nParkeeUniqueid: 5.1\r\nParkingSpace: 901",
		"park ch=5.1 number=901" },
	{ "Event: UnParkedCall\r\nParkeeUniqueid: 5.1\r\nRetrieverUniqueid: 8.1",
		"retrieve ch=5.1 other=8.1" },
	{ "Event: LocalBridge\r\nLocalOneUniqueid: 9.1\r\nLocalTwoUniqueid: 9.2",
		"pair ch=9.1 other=9.2" },
	{ "Event: QueueCallerJoin\r\nUniqueid: 5.1\r\nQueue: sales",
		"join ch=5.1 queue=sales" },
	{ "Event: OriginateResponse\r\nResponse: Failure\r\nExten: 0312345678\r\n"
	  "Uniqueid: cti-1",
		"originated ch=cti-1 number=0312345678" },
	{ "Event: NewCallerid\r\nUniqueid: 5.1\r\nCallerIDNum: 0312345678\r\n"
	  "CID-CallingPres: 35 (Presentation Prohibited, Network Number)",
		"identity ch=5.1 pres=withheld" },
	{ "Event: Status\r\nChannel: PJSIP/itsp-1\r\nChannelState: 6\r\n"
	  "CallerIDNum: 0312345678\r\nUniqueid: 5.1\r\nLinkedid: 5.1\r\n"
	  "DNID: 0355501234\r\nBridgeID: b1\r\nSeconds: 12",
		"exists ch=5.1 device=itsp dialled=0355501234 caller=0312345678 "
		"pres=allowed bridge=b1" },
	{ "Event: VarSet\r\nUniqueid: 5.1", "" },
	{ "Response: Success\r\nMessage: Authentication accepted", "" },
};

static void each_event_becomes_its_report(void **state)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		assert_string_equal(events[i].report, read(*state, events[i].message));
}

static void the_pbx_tells_of_itself(void **state)
{
	char want[32];

	(void)snprintf(want, sizeof(want), "link %d 61", CTI_LINK_BOOTED);
	assert_string_equal(want, read(*state, "Event: FullyBooted\r\nUptime: 61"));
	(void)snprintf(want, sizeof(want), "link %d 0", CTI_LINK_SHUTDOWN);
	assert_string_equal(want, read(*state, "Event: Shutdown\r\nShutdown: Cleanly"));
}

static const char from_outside[] =
	"Event: Newchannel\r\nChannel: PJSIP/itsp-1\r\nChannelState: 4\r\n"
	"CallerIDNum: 0312345678\r\nCallerIDName: Yamada\r\nExten: 0355501234\r\n"
	"Uniqueid: 5.1\r\nLinkedid: 5.1";

static void no_number_before_it_may_be_shown(void **state)
{
	(void)read(*state, "Response: Success\r\nActionID: rb-asks\r\nValue: 1");
	assert_string_equal(
		"new ch=5.1 device=itsp dialled=0355501234", read(*state, from_outside));
	assert_string_equal("identity ch=5.1 caller=0312345678 pres=allowed",
		read(*state,
			"Response: Success\r\nActionID: rb-caller-5.1\r\n"
			"Variable: CALLERID(num-pres)\r\nValue: allowed_not_screened"));
	/* The same answer again is about nobody. */
	assert_string_equal(
		"", read(*state, "Response: Success\r\nActionID: rb-caller-5.1\r\n"
				 "Value: allowed"));
}

static void a_withheld_number_goes_no_further(void **state)
{
	(void)read(*state, "Response: Success\r\nActionID: rb-asks\r\nValue: 1");
	(void)read(*state, from_outside);
	assert_string_equal("identity ch=5.1 pres=withheld",
		read(*state, "Response: Success\r\nActionID: rb-caller-5.1\r\n"
			     "Value: prohib_not_screened"));
	/* Nor does it come by the other leg. */
	assert_string_equal("identity ch=5.2",
		read(*state,
			"Event: NewConnectedLine\r\nChannelState: 6\r\nUniqueid: 5.2\r\n"
			"ConnectedLineNum: 0312345678"));
	/* No answer is no permission. */
	(void)read(*state, from_outside);
	assert_string_equal("identity ch=5.1",
		read(*state, "Response: Error\r\nActionID: rb-caller-5.1\r\n"
			     "Message: No such channel"));
}

static void broken_messages_are_said_to_be(void **state)
{
	static const char *const v[] = { "", "hello", "Foo: bar", "Event: Newchannel",
		"Event: Newchannel\r\nUniqueid: 1", "Event: DialBegin\r\nUniqueid: 1",
		"Event: BridgeEnter\r\nUniqueid: 1",
		"Event: BlindTransfer\r\nResult: Success", "Event: LocalBridge" };
	static char big[70 * 1024];

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		assert_int_equal(EBADMSG, feed(*state, v[i], strlen(v[i])));
	memset(big, 'a', sizeof(big));
	assert_int_equal(EBADMSG, feed(*state, big, sizeof(big)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			each_event_becomes_its_report, setup, teardown),
		cmocka_unit_test_setup_teardown(the_pbx_tells_of_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(
			no_number_before_it_may_be_shown, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_withheld_number_goes_no_further, setup, teardown),
		cmocka_unit_test_setup_teardown(
			broken_messages_are_said_to_be, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
