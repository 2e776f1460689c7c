/*
 * ami_reader.c -- the reader half of the Asterisk connector: one manager message in,
 * at most two reports out. Pure; versions 16 to 22.
 *
 * A number that is not to be presented goes no further than here. Newchannel does
 * not say whether it may be: so the wire half asks (Getvar) for every outside caller,
 * its answers come through the journal like all else, and until the answer is here
 * the caller has no number. Without such answers (a capture, an account that may not
 * ask) numbers are taken to be allowed unless a name or an event says otherwise.
 */
#include "ami_reader.h"
#include "ami_msg.h"
#include "ami_party.h"

#include "str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Callers whose presentation was asked for and is not here yet. The answer takes
 * milliseconds; an older one gives way and stays without its number. */
enum { PENDING_MAX = 128, UNIQUEID_BYTES = 160 };

struct pending {
	char id[UNIQUEID_BYTES]; /* "" : free */
	bool connected;          /* of its connected line, not its caller */
	char number[CTI_AMI_NUMBER_BYTES];
	char name[CTI_AMI_NAME_BYTES];
};

struct cti_reader {
	struct cti_reader_conf conf;
	struct cti_report_sink sink;
	struct cti_ami_places places;
	bool asks; /* answers about presentation will come */
	struct pending pending[PENDING_MAX];
	size_t next_pending;
	struct cti_ami_msg msg;
	char text[CTI_AMI_MESSAGE_MAX + 1];
};

/* What one message is read with. */
struct ctx {
	struct cti_reader *r;
	const struct cti_ami_msg *m;
	struct cti_report_channel rep;
	char device[CTI_AMI_NAME_BYTES];
	char nbuf[CTI_AMI_NAME_BYTES];
	char cbuf[CTI_AMI_NAME_BYTES];
};

static void emit(struct ctx *c, enum cti_channel_what what)
{
	c->rep.what = what;
	if (c->r->sink.channel)
		c->r->sink.channel(&c->rep, c->r->sink.arg);
}

static void emit_link(const struct ctx *c, enum cti_link_what what, uint32_t up_s)
{
	const struct cti_report_link rep = {
		.at_us = c->rep.at_us, .source = CTI_PROV_API, .what = what, .up_s = up_s
	};

	if (c->r->sink.link)
		c->r->sink.link(&rep, c->r->sink.arg);
}

/* ---- presentation that was asked for --------------------------------------- */

static void remember(struct cti_reader *r, const char *id, bool connected,
	const char *number, const char *name)
{
	struct pending *p = &r->pending[r->next_pending++ % PENDING_MAX];

	if (!cti_str_copy(p->id, sizeof(p->id), id)) {
		p->id[0] = '\0';
		return;
	}
	p->connected = connected;
	(void)cti_str_copy(p->number, sizeof(p->number), number ? number : "");
	(void)cti_str_copy(p->name, sizeof(p->name), name ? name : "");
}

static struct pending *recall(struct cti_reader *r, const char *id, bool connected)
{
	for (size_t i = 0; i < PENDING_MAX; i++) {
		struct pending *p = &r->pending[i];

		if (p->id[0] && p->connected == connected && !strcmp(p->id, id))
			return p;
	}
	return NULL;
}

/* Response to "Getvar CALLERID(num-pres)" with the channel's id in the ActionID. */
static int on_answer(struct ctx *c, const char *id, bool connected)
{
	struct pending *p = recall(c->r, id, connected);
	const enum cti_presentation pres =
		cti_ami_presentation(cti_ami_msg_get(c->m, "Value"));
	const bool show = c->r->conf.show_withheld;

	if (!p)
		return 0;
	c->rep.channel = id;
	if (pres != CTI_PRES_UNKNOWN)
		cti_ami_party(connected ? &c->rep.connected : &c->rep.caller, c->nbuf,
			p->number[0] ? p->number : NULL, p->name[0] ? p->name : NULL,
			pres, show);
	p->id[0] = '\0';
	emit(c, CTI_CH_IDENTITY);
	return 0;
}

static int on_response(struct ctx *c)
{
	const char *id = cti_ami_msg_get(c->m, "ActionID");
	const bool ok = cti_ami_msg_is(c->m, "Response", "Success");

	if (!id)
		return 0;
	if (!strcmp(id, CTI_AMI_ASKS_ID))
		c->r->asks = ok;
	else if (!strncmp(id, CTI_AMI_CALLER_ID, sizeof(CTI_AMI_CALLER_ID) - 1))
		return on_answer(c, id + sizeof(CTI_AMI_CALLER_ID) - 1, false);
	else if (!strncmp(id, CTI_AMI_CONNECTED_ID, sizeof(CTI_AMI_CONNECTED_ID) - 1))
		return on_answer(c, id + sizeof(CTI_AMI_CONNECTED_ID) - 1, true);
	return 0;
}

/* ---- channels --------------------------------------------------------------- */

/* ChannelState of ast_channel_state. */
enum { ST_DIALING_FIRST = 2, ST_RING = 4, ST_RINGING = 5, ST_UP = 6, ST_BUSY = 7 };

static uint32_t state_of(const struct ctx *c)
{
	return cti_ami_msg_u32(c->m, "ChannelState", ST_BUSY + 8);
}

static bool place(struct ctx *c, const char *context)
{
	const char *channel = cti_ami_msg_get(c->m, "Channel");

	if (!channel || !c->rep.channel)
		return false;
	(void)cti_ami_device(c->device, channel);
	c->rep.device = c->device[0] ? c->device : NULL;
	c->rep.kind =
		cti_ami_kind(&c->r->places, channel, c->device, context, c->rep.dialled);
	if (c->rep.kind == CTI_CHAN_LINE)
		c->rep.line = cti_ami_line(&c->r->places.lines, c->device);
	return true;
}

static void read_caller(struct ctx *c, enum cti_presentation pres)
{
	const char *number = cti_ami_msg_get(c->m, "CallerIDNum");
	const char *name = cti_ami_msg_get(c->m, "CallerIDName");
	const bool outside = c->rep.kind == CTI_CHAN_TRUNK && c->rep.placed;

	cti_ami_party(
		&c->rep.caller, c->nbuf, number, name, pres, c->r->conf.show_withheld);
	if (!c->r->asks || !outside || pres != CTI_PRES_UNKNOWN || !c->rep.caller.number)
		return;
	remember(c->r, c->rep.channel, false, number, name);
	c->rep.caller = (struct cti_channel_party){ 0 };
}

static int on_new(struct ctx *c)
{
	const uint32_t st = state_of(c);

	c->rep.placed = st >= ST_DIALING_FIRST && st <= ST_RING;
	c->rep.dialled = c->rep.placed ? c->rep.exten : NULL;
	if (!place(c, cti_ami_msg_get(c->m, "Context")))
		return EBADMSG;
	read_caller(c, CTI_PRES_UNKNOWN);
	emit(c, CTI_CH_NEW);
	if (st == ST_RINGING)
		emit(c, CTI_CH_RINGING);
	if (st == ST_UP)
		emit(c, CTI_CH_UP);
	return 0;
}

static int on_state(struct ctx *c)
{
	const uint32_t st = state_of(c);

	if (st == ST_RINGING)
		emit(c, CTI_CH_RINGING);
	if (st == ST_UP)
		emit(c, CTI_CH_UP);
	return 0;
}

/* A line of the Status list. DNID is what a device dialled, so it has one only if
 * its device began the call. */
static int on_status(struct ctx *c)
{
	const uint32_t st = state_of(c);

	c->rep.dialled = cti_ami_msg_get(c->m, "DNID");
	c->rep.placed = c->rep.dialled != NULL;
	if (!place(c, NULL))
		return EBADMSG;
	c->rep.state = st == ST_UP        ? CTI_CHAN_UP
		       : st == ST_RINGING ? CTI_CHAN_RINGING
					  : CTI_CHAN_DOWN;
	c->rep.bridge = cti_ami_msg_get(c->m, "BridgeID");
	c->rep.age_s = cti_ami_msg_u32(c->m, "Seconds", 30 * 24 * 3600);
	read_caller(c, CTI_PRES_UNKNOWN);
	emit(c, CTI_CH_EXISTS);
	return 0;
}

static int on_caller(struct ctx *c)
{
	cti_ami_party(&c->rep.caller, c->nbuf, cti_ami_msg_get(c->m, "CallerIDNum"),
		cti_ami_msg_get(c->m, "CallerIDName"),
		cti_ami_presentation(cti_ami_msg_get(c->m, "CID-CallingPres")),
		c->r->conf.show_withheld);
	emit(c, CTI_CH_IDENTITY);
	return 0;
}

static int on_connected(struct ctx *c)
{
	const char *number = cti_ami_msg_get(c->m, "ConnectedLineNum");
	const char *name = cti_ami_msg_get(c->m, "ConnectedLineName");

	if (c->r->asks && state_of(c) == ST_UP && number)
		remember(c->r, c->rep.channel, true, number, name);
	if (!c->r->asks)
		cti_ami_party(&c->rep.connected, c->cbuf, number, name, CTI_PRES_UNKNOWN,
			c->r->conf.show_withheld);
	emit(c, CTI_CH_IDENTITY);
	return 0;
}

static int on_local_bridge(struct ctx *c)
{
	c->rep.channel = cti_ami_msg_get2(c->m, "LocalOne", "Uniqueid");
	c->rep.other = cti_ami_msg_get2(c->m, "LocalTwo", "Uniqueid");
	if (!c->rep.channel || !c->rep.other)
		return EBADMSG;
	emit(c, CTI_CH_LOCAL_PAIR);
	return 0;
}

/* ---- dialling ----------------------------------------------------------------- */

static enum cti_dial_status dial_status(const struct cti_ami_msg *m)
{
	static const struct {
		const char *text;
		enum cti_dial_status st;
	} v[] = {
		{ "ANSWER", CTI_DIAL_ANSWER },
		{ "BUSY", CTI_DIAL_BUSY },
		{ "CANCEL", CTI_DIAL_CANCEL },
		{ "NOANSWER", CTI_DIAL_NOANSWER },
		{ "CHANUNAVAIL", CTI_DIAL_CHANUNAVAIL },
		{ "CONGESTION", CTI_DIAL_CONGESTION },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		if (cti_ami_msg_is(m, "DialStatus", v[i].text))
			return v[i].st;
	}
	return CTI_DIAL_OTHER;
}

static int read_dial(struct ctx *c)
{
	c->rep.other = cti_ami_msg_get(c->m, "DestUniqueid");
	return c->rep.other ? 0 : EBADMSG;
}

/* "PJSIP/0312345678@itsp", "0312345678@itsp": the number that is handed to the
 * trunk; "PJSIP/201" and contacts have none. */
static const char *number_in(char buf[CTI_AMI_NUMBER_BYTES], const char *dial)
{
	const char *at = dial ? strrchr(dial, '@') : NULL;
	const char *slash;

	if (!at)
		return NULL;
	slash = memrchr(dial, '/', (size_t)(at - dial));
	if (slash)
		dial = slash + 1;
	if (!strncasecmp(dial, "sip:", 4))
		dial += 4;
	(void)cti_str_copyn(buf, CTI_AMI_NUMBER_BYTES, dial, (size_t)(at - dial));
	return buf[0] ? buf : NULL;
}

static int on_dial_begin(struct ctx *c)
{
	char number[CTI_AMI_NUMBER_BYTES];
	const int err = read_dial(c);

	if (err)
		return err;
	c->rep.number = number_in(number, cti_ami_msg_get(c->m, "DialString"));
	emit(c, CTI_CH_DIAL_BEGIN);
	return 0;
}

static int on_dial_end(struct ctx *c)
{
	const int err = read_dial(c);

	if (err)
		return err;
	c->rep.status = dial_status(c->m);
	c->rep.number = cti_ami_msg_get(c->m, "Forward");
	emit(c, CTI_CH_DIAL_END);
	return 0;
}

static int on_originated(struct ctx *c)
{
	c->rep.number = c->rep.exten;
	c->rep.status = cti_ami_msg_is(c->m, "Response", "Success") ? CTI_DIAL_ANSWER
								    : CTI_DIAL_NOANSWER;
	if (!c->rep.channel)
		return 0; /* there never was one */
	emit(c, CTI_CH_ORIGINATED);
	return 0;
}

/* ---- bridges, transfers --------------------------------------------------------- */

static int on_enter(struct ctx *c)
{
	c->rep.bridge = cti_ami_msg_get(c->m, "BridgeUniqueid");
	c->rep.waiting = cti_ami_msg_is(c->m, "BridgeType", "parking") ||
			 cti_ami_msg_is(c->m, "BridgeTechnology", "holding_bridge");
	if (!c->rep.bridge)
		return EBADMSG;
	emit(c, CTI_CH_BRIDGE_ENTER);
	return 0;
}

static int on_leave(struct ctx *c)
{
	c->rep.bridge = cti_ami_msg_get(c->m, "BridgeUniqueid");
	emit(c, CTI_CH_BRIDGE_LEAVE);
	return 0;
}

static int on_hold(struct ctx *c)
{
	emit(c, CTI_CH_HOLD);
	return 0;
}

static int on_unhold(struct ctx *c)
{
	emit(c, CTI_CH_UNHOLD);
	return 0;
}

static int pair(struct ctx *c, const char *one, const char *two, enum cti_channel_what w)
{
	c->rep.channel = cti_ami_msg_get2(c->m, one, "Uniqueid");
	c->rep.other = cti_ami_msg_get2(c->m, two, "Uniqueid");
	c->rep.call = NULL;
	if (!c->rep.channel)
		return EBADMSG;
	emit(c, w);
	return 0;
}

static int on_blind(struct ctx *c)
{
	if (!cti_ami_msg_is(c->m, "Result", "Success"))
		return 0;
	c->rep.number = cti_ami_msg_get(c->m, "Extension");
	return pair(c, "Transferer", "Transferee", CTI_CH_BLIND_TRANSFER);
}

static int on_attended(struct ctx *c)
{
	if (!cti_ami_msg_is(c->m, "Result", "Success"))
		return 0;
	return pair(c, "OrigTransferer", "SecondTransferer", CTI_CH_ATTENDED_TRANSFER);
}

static int on_pickup(struct ctx *c)
{
	return pair(c, "", "Target", CTI_CH_PICKUP);
}

static int on_park(struct ctx *c)
{
	c->rep.number = cti_ami_msg_get(c->m, "ParkingSpace");
	return pair(c, "Parkee", "Parker", CTI_CH_PARK);
}

static int on_retrieve(struct ctx *c)
{
	return pair(c, "Parkee", "Retriever", CTI_CH_RETRIEVE);
}

/* ---- queues, ends ----------------------------------------------------------------- */

static int on_queue(struct ctx *c, enum cti_channel_what what)
{
	c->rep.queue = cti_ami_msg_get(c->m, "Queue");
	emit(c, what);
	return 0;
}

static int on_join(struct ctx *c)
{
	return on_queue(c, CTI_CH_QUEUE_JOIN);
}

static int on_queue_leave(struct ctx *c)
{
	return on_queue(c, CTI_CH_QUEUE_LEAVE);
}

static int on_abandon(struct ctx *c)
{
	return on_queue(c, CTI_CH_QUEUE_ABANDON);
}

static void read_cause(struct ctx *c)
{
	c->rep.cause.q850 = (uint16_t)cti_ami_msg_u32(c->m, "Cause", 127);
	c->rep.cause.sip = (uint16_t)cti_ami_msg_u32(c->m, "TechCause", 699);
}

/* With a channel in state Busy the PBX itself refused (busy, congestion), and what
 * looks like the caller's wish is its acknowledgement. */
static int on_hangup_request(struct ctx *c)
{
	if (state_of(c) == ST_BUSY)
		return 0;
	read_cause(c);
	emit(c, CTI_CH_HANGUP_REQUEST);
	return 0;
}

static int on_hangup(struct ctx *c)
{
	read_cause(c);
	emit(c, CTI_CH_HANGUP);
	return 0;
}

static int on_booted(struct ctx *c)
{
	if (cti_ami_msg_raw(c->m, "Uptime"))
		emit_link(
			c, CTI_LINK_BOOTED, cti_ami_msg_u32(c->m, "Uptime", UINT32_MAX));
	return 0;
}

static int on_shutdown(struct ctx *c)
{
	emit_link(c, CTI_LINK_SHUTDOWN, 0);
	return 0;
}

/* ---- dispatch ------------------------------------------------------------------- */

static const struct {
	const char *event;
	int (*h)(struct ctx *c);
	bool channel; /* needs Uniqueid */
} events[] = {
	{ "Newchannel", on_new, true },
	{ "Newstate", on_state, true },
	{ "NewCallerid", on_caller, true },
	{ "NewConnectedLine", on_connected, true },
	{ "DialBegin", on_dial_begin, false },
	{ "DialEnd", on_dial_end, false },
	{ "BridgeEnter", on_enter, true },
	{ "BridgeLeave", on_leave, true },
	{ "HangupRequest", on_hangup_request, true },
	{ "Hangup", on_hangup, true },
	{ "Hold", on_hold, true },
	{ "Unhold", on_unhold, true },
	{ "LocalBridge", on_local_bridge, false },
	{ "BlindTransfer", on_blind, false },
	{ "AttendedTransfer", on_attended, false },
	{ "Pickup", on_pickup, true },
	{ "ParkedCall", on_park, false },
	{ "UnParkedCall", on_retrieve, false },
	{ "QueueCallerJoin", on_join, true },
	{ "QueueCallerLeave", on_queue_leave, true },
	{ "QueueCallerAbandon", on_abandon, true },
	{ "OriginateResponse", on_originated, false },
	{ "Status", on_status, true },
	{ "FullyBooted", on_booted, false },
	{ "Shutdown", on_shutdown, false },
};

static int on_event(struct ctx *c, const char *event)
{
	c->rep.channel = cti_ami_msg_get(c->m, "Uniqueid");
	c->rep.call = cti_ami_msg_get(c->m, "Linkedid");
	c->rep.exten = cti_ami_msg_get(c->m, "Exten");
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (strcmp(events[i].event, event))
			continue;
		return events[i].channel && !c->rep.channel ? EBADMSG : events[i].h(c);
	}
	return 0; /* of no interest */
}

static int reader_read(struct cti_reader *r, const struct cti_input *in)
{
	struct ctx c = { .r = r, .m = &r->msg, .rep.at_us = in->at_us };
	const char *event;

	if (in->len_bytes > CTI_AMI_MESSAGE_MAX)
		return EBADMSG;
	if (in->len_bytes)
		memcpy(r->text, in->data, in->len_bytes);
	if (!cti_ami_msg_parse(&r->msg, r->text, in->len_bytes))
		return EBADMSG;
	event = cti_ami_msg_get(c.m, "Event");
	if (event)
		return on_event(&c, event);
	return cti_ami_msg_raw(c.m, "Response") ? on_response(&c) : EBADMSG;
}

static int reader_alloc(struct cti_reader **rp, const struct cti_reader_conf *conf,
	const struct cti_report_sink *sink)
{
	struct cti_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return ENOMEM;
	r->conf = *conf;
	r->sink = *sink;
	r->places.conf = &r->conf;
	if (cti_ami_lines_init(&r->places.lines, conf->lines, conf->nlines)) {
		free(r);
		return ENOMEM;
	}
	*rp = r;
	return 0;
}

static void reader_free(struct cti_reader *r)
{
	if (!r)
		return;
	cti_ami_lines_fini(&r->places.lines);
	free(r);
}

const struct cti_reader_ops cti_reader_ami = {
	.name = "ami",
	.kinds = 1u << CTI_INPUT_AMI,
	.alloc = reader_alloc,
	.free = reader_free,
	.read = reader_read,
};
