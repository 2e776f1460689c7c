/*
 * ami_dial.c -- Originate and its progress; hang-up and transfer of a line's call.
 */
#include "ami_dial.h"

#include "str.h"

#include <cti/log.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ID_BYTES = 40,
	CHANNEL_BYTES = 160,
	RING_MAX_S = 300,
	CHANNELS_MAX = 32 * 1024, /* remembered for commands */
	BUCKETS = 4096,
};

enum q850 {
	Q_UNALLOCATED = 1,
	Q_NO_ROUTE = 3,
	Q_BUSY = 17,
	Q_NO_RESPONSE = 18,
	Q_NO_ANSWER = 19,
	Q_REJECTED = 21,
	Q_OUT_OF_ORDER = 27,
	Q_INVALID = 28
};

/* A dial of ours, or another command that waits for its response. */
struct job {
	struct job *next;
	char id[ID_BYTES];
	enum cti_verb verb;
	enum cti_phase phase;
	bool seen; /* its channel was there */
	bool cancelled;
	bool dialled;             /* the customer's side was called */
	char chan[CHANNEL_BYTES]; /* whose event ends it; "": the response does */
	struct cti_cause cause;   /* the last that the customer's side told */
	enum cti_dial_status status;
};

/* Channels of watched lines: what a command can be about. */
struct chan {
	struct chan *next;
	char id[CHANNEL_BYTES];
	char name[CHANNEL_BYTES];
	char call[CHANNEL_BYTES];
	const char *line; /* the configuration's */
	bool bridged;
};

struct cti_ami_dial {
	const struct cti_pbx_conf *conf;
	struct cti_ami_link *link; /* borrowed */
	struct cti_pbx_sink sink;
	const struct cti_ami_lines *lines; /* borrowed */
	struct job *jobs;
	struct chan *chans[BUCKETS];
	size_t nchans;
	const char *complaint;
};

int cti_ami_dial_alloc(struct cti_ami_dial **dp, const struct cti_pbx_conf *conf,
	const struct cti_ami_lines *lines, struct cti_ami_link *link,
	const struct cti_pbx_sink *sink)
{
	struct cti_ami_dial *d = calloc(1, sizeof(*d));

	if (!d)
		return ENOMEM;
	d->conf = conf;
	d->link = link;
	d->sink = *sink;
	d->lines = lines;
	*dp = d;
	return 0;
}

static void forget_chans(struct cti_ami_dial *d)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		while (d->chans[i]) {
			struct chan *c = d->chans[i];

			d->chans[i] = c->next;
			free(c);
		}
	}
	d->nchans = 0;
}

void cti_ami_dial_free(struct cti_ami_dial *d)
{
	if (!d)
		return;
	forget_chans(d);
	while (d->jobs) {
		struct job *j = d->jobs;

		d->jobs = j->next;
		free(j);
	}
	free(d);
}

const char *cti_ami_dial_complaint(const struct cti_ami_dial *d)
{
	return d->complaint;
}

/* ---- jobs ------------------------------------------------------------------------ */

static struct job **job_slot(struct cti_ami_dial *d, const char *id)
{
	struct job **jp = &d->jobs;

	while (*jp && strcmp((*jp)->id, id))
		jp = &(*jp)->next;
	return jp;
}

static struct job *job_find(struct cti_ami_dial *d, const char *id)
{
	return id ? *job_slot(d, id) : NULL;
}

static struct job *job_new(struct cti_ami_dial *d, const struct cti_command *cmd)
{
	struct job *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	(void)cti_str_copy(j->id, sizeof(j->id), cmd->id);
	j->verb = cmd->verb;
	j->phase = CTI_PHASE_SENT;
	j->next = d->jobs;
	d->jobs = j;
	return j;
}

static void job_drop(struct cti_ami_dial *d, const char *id)
{
	struct job **jp = job_slot(d, id);
	struct job *j = *jp;

	if (!j)
		return;
	*jp = j->next;
	free(j);
}

/* Phases only go forward. The last one ends the job. */
static void progress(struct cti_ami_dial *d, struct job *j, enum cti_phase phase,
	const char *why, struct cti_cause cause)
{
	const struct cti_progress p = {
		.id = j->id, .phase = phase, .cause = cause, .why = why
	};

	if (phase <= j->phase)
		return;
	j->phase = phase;
	if (d->sink.progress)
		d->sink.progress(&p, d->sink.arg);
	if (phase >= CTI_PHASE_DONE)
		job_drop(d, p.id);
}

static void step(struct cti_ami_dial *d, struct job *j, enum cti_phase phase)
{
	progress(d, j, phase, NULL, (struct cti_cause){ 0 });
}

/* ---- the line's channels ------------------------------------------------------------ */

static struct chan **chan_slot(struct cti_ami_dial *d, const char *id)
{
	uint32_t h = 2166136261u; /* FNV-1a */
	struct chan **cp;

	for (const char *s = id; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	cp = &d->chans[h % BUCKETS];

	while (*cp && strcmp((*cp)->id, id))
		cp = &(*cp)->next;
	return cp;
}

static void note_channel(
	struct cti_ami_dial *d, const struct cti_ami_msg *m, const char *id)
{
	char device[CTI_AMI_NAME_BYTES];
	const char *name = cti_ami_msg_get(m, "Channel");
	const char *line = name && cti_ami_device(device, name)
				   ? cti_ami_line(d->lines, device)
				   : NULL;
	struct chan **cp = chan_slot(d, id);
	struct chan *c;

	if (!line || *cp || d->nchans >= CHANNELS_MAX)
		return;
	c = calloc(1, sizeof(*c));
	if (!c)
		return;
	(void)cti_str_copy(c->id, sizeof(c->id), id);
	(void)cti_str_copy(c->name, sizeof(c->name), name);
	c->line = line;
	*cp = c;
	d->nchans++;
}

static void forget_channel(struct cti_ami_dial *d, const char *id)
{
	struct chan **cp = chan_slot(d, id);
	struct chan *c = *cp;

	if (!c)
		return;
	*cp = c->next;
	d->nchans--;
	free(c);
}

static bool is_of(const struct chan *c, const char *line, bool talking)
{
	return !strcmp(c->line, line) && (c->bridged || !talking);
}

static bool has_key(const struct chan *c, const char *key)
{
	return key && (!strcmp(c->call, key) || !strcmp(c->id, key));
}

/* The line's channel in that call; else its only one. A walk over all: people are slow. */
static const struct chan *pick(
	const struct cti_ami_dial *d, const char *line, const char *key, bool talking)
{
	const struct chan *only = NULL;
	unsigned n = 0;

	for (size_t i = 0; i < BUCKETS; i++) {
		for (const struct chan *c = d->chans[i]; c; c = c->next) {
			if (!is_of(c, line, talking))
				continue;
			if (has_key(c, key))
				return c;
			only = c;
			n++;
		}
	}
	return n == 1 ? only : NULL;
}

/* ---- actions -------------------------------------------------------------------------- */

/* "PJSIP/{line}" -> "PJSIP/201". False: does not fit. */
static bool expand(char *out, size_t size, const char *template, const char *line)
{
	const char *hole = strstr(template, "{line}");
	int n;

	if (!hole)
		return cti_str_copy(out, size, template);
	n = snprintf(out, size, "%.*s%s%s", (int)(hole - template), template, line,
		hole + strlen("{line}"));
	return n > 0 && (size_t)n < size;
}

/* The phone picks up by itself; both forms, for phones know one or the other. */
static void auto_answer(struct cti_ami_link *l, const char *channel)
{
	if (!strncmp(channel, "PJSIP/", 6)) {
		cti_ami_field(l, "Variable",
			"PJSIP_HEADER(add,Call-Info)=<sip:127.0.0.1>\\;answer-after=0");
		cti_ami_field(l, "Variable",
			"PJSIP_HEADER(add,Alert-Info)=<http://127.0.0.1>\\;info=alert-"
			"autoanswer\\;delay=0");
	} else if (!strncmp(channel, "SIP/", 4)) {
		cti_ami_field(l, "Variable",
			"SIPADDHEADER51=Call-Info: <sip:127.0.0.1>\\;answer-after=0");
		cti_ami_field(l, "Variable",
			"SIPADDHEADER52=Alert-Info: <http://127.0.0.1>\\;info=alert-"
			"autoanswer\\;delay=0");
	}
}

static void action_id(char out[ID_BYTES + 8], const char *id)
{
	(void)snprintf(out, ID_BYTES + 8, "rb-do-%s", id);
}

/* The name that the agent's phone shows is whom it is about to call; the number stays
 * the agent's own, for the dialplan takes it for the caller's. Quotes and angles would
 * end the name early. */
static void caller_id(char *out, size_t size, const struct cti_command *cmd)
{
	char name[64];
	size_t n = 0;
	const char *s = cmd->show ? cmd->show : cmd->number;

	for (; *s && n + 1 < sizeof(name); s++) {
		if (!strchr("\"\\<>", *s))
			name[n++] = *s;
	}
	name[n] = '\0';
	(void)snprintf(out, size, "\"%s\" <%s>", name, cmd->line);
}

static int dial(struct cti_ami_dial *d, const struct cti_command *cmd)
{
	struct cti_ami_link *l = d->link;
	char id[ID_BYTES + 8], channel[CHANNEL_BYTES], caller[160], timeout[16];
	const uint32_t ring_s =
		cmd->ring_s && cmd->ring_s < RING_MAX_S ? cmd->ring_s : 30;

	if (!d->conf->ami_channel || !d->conf->ami_context)
		return ENOTSUP;
	if (job_find(d, cmd->id) || !*cmd->number ||
		!expand(channel, sizeof(channel), d->conf->ami_channel, cmd->line))
		return EBUSY;
	action_id(id, cmd->id);
	caller_id(caller, sizeof(caller), cmd);
	(void)snprintf(timeout, sizeof(timeout), "%u", ring_s * 1000u);
	cti_ami_action(l, "Originate", id);
	cti_ami_field(l, "ChannelId", cmd->id);
	cti_ami_field(l, "Channel", channel);
	cti_ami_field(l, "Context", d->conf->ami_context);
	cti_ami_field(l, "Exten", cmd->number);
	cti_ami_field(l, "Priority", "1");
	cti_ami_field(l, "CallerID", caller);
	cti_ami_field(l, "Timeout", timeout);
	cti_ami_field(l, "Async", "true");
	if (d->conf->auto_answer)
		auto_answer(l, channel);
	return cti_ami_send(l);
}

static int hang_up(struct cti_ami_dial *d, const char *id, const char *channel)
{
	char aid[ID_BYTES + 8];

	action_id(aid, id);
	cti_ami_action(d->link, "Hangup", aid);
	cti_ami_field(d->link, "Channel", channel);
	cti_ami_field(d->link, "Cause", "16");
	return cti_ami_send(d->link);
}

/* The dial's own end tells that it is cancelled. A channel's unique id does as name. */
static int cancel(struct cti_ami_dial *d, const struct cti_command *cmd)
{
	struct job *j = job_find(d, cmd->id);

	if (!j || j->verb != CTI_VERB_DIAL)
		return ENOENT;
	j->cancelled = true;
	return j->seen ? hang_up(d, "cancel", j->id) : 0;
}

static int hang_up_line(struct cti_ami_dial *d, const struct cti_command *cmd)
{
	const struct chan *c = pick(d, cmd->line, cmd->pbx_key, false);

	return c ? hang_up(d, cmd->id, c->name) : ENOENT;
}

static int transfer(struct cti_ami_dial *d, const struct cti_command *cmd)
{
	const struct chan *c = pick(d, cmd->line, cmd->pbx_key, true);
	char id[ID_BYTES + 8];

	if (!d->conf->ami_context)
		return ENOTSUP;
	if (!c)
		return ENOENT;
	action_id(id, cmd->id);
	cti_ami_action(d->link, "BlindTransfer", id);
	cti_ami_field(d->link, "Channel", c->name);
	cti_ami_field(d->link, "Context", d->conf->ami_context);
	cti_ami_field(d->link, "Exten", cmd->number);
	return cti_ami_send(d->link);
}

/* Pressed on the phone itself, by an event within its dialog. */
static int press(struct cti_ami_dial *d, const struct cti_command *cmd)
{
	const struct chan *c =
		pick(d, cmd->line, cmd->pbx_key, cmd->verb != CTI_VERB_ANSWER);
	char id[ID_BYTES + 8];

	if (!d->conf->ami_phone_keys || (c && strncmp(c->name, "PJSIP/", 6)))
		return ENOTSUP;
	if (!c)
		return ENOENT;
	action_id(id, cmd->id);
	cti_ami_action(d->link, "PJSIPNotify", id);
	cti_ami_field(d->link, "Channel", c->name);
	cti_ami_field(d->link, "Variable",
		cmd->verb == CTI_VERB_HOLD ? "Event=hold" : "Event=talk");
	return cti_ami_send(d->link);
}

/* As if the agent had dialled the feature code and the number. */
static int consult(struct cti_ami_dial *d, const struct cti_command *cmd)
{
	const struct chan *c = pick(d, cmd->line, cmd->pbx_key, true);
	char id[ID_BYTES + 8];

	if (!d->conf->ami_atxfer || !d->conf->ami_context)
		return ENOTSUP;
	if (!c)
		return ENOENT;
	action_id(id, cmd->id);
	cti_ami_action(d->link, "Atxfer", id);
	cti_ami_field(d->link, "Channel", c->name);
	cti_ami_field(d->link, "Exten", cmd->number);
	cti_ami_field(d->link, "Context", d->conf->ami_context);
	return cti_ami_send(d->link);
}

/* Who hangs up on a consultation hands the caller on. */
static int complete(struct cti_ami_dial *d, const struct cti_command *cmd)
{
	return d->conf->ami_atxfer ? hang_up_line(d, cmd) : ENOTSUP;
}

static int back(struct cti_ami_dial *d, const struct cti_command *cmd)
{
	const struct chan *c = pick(d, cmd->line, cmd->pbx_key, false);
	char id[ID_BYTES + 8];

	if (!d->conf->ami_atxfer)
		return ENOTSUP;
	if (!c)
		return ENOENT;
	action_id(id, cmd->id);
	cti_ami_action(d->link, "CancelAtxfer", id);
	cti_ami_field(d->link, "Channel", c->name);
	return cti_ami_send(d->link);
}

/* event: that of the line's channel which shows that it happened; NULL: the response. */
static const struct verb {
	enum cti_verb verb;
	int (*h)(struct cti_ami_dial *d, const struct cti_command *cmd);
	const char *event;
} verbs[] = {
	{ CTI_VERB_DIAL, dial, NULL },
	{ CTI_VERB_ANSWER, press, "Newstate" },
	{ CTI_VERB_HANGUP, hang_up_line, NULL },
	{ CTI_VERB_HOLD, press, "Hold" },
	{ CTI_VERB_RESUME, press, "Unhold" },
	{ CTI_VERB_TRANSFER, transfer, NULL },
	{ CTI_VERB_CONSULT_TRANSFER, consult, "BridgeLeave" },
	{ CTI_VERB_COMPLETE, complete, NULL },
	{ CTI_VERB_BACK, back, NULL },
};

static const struct verb *verb_of(enum cti_verb verb)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (verbs[i].verb == verb)
			return &verbs[i];
	}
	return NULL;
}

int cti_ami_dial_command(struct cti_ami_dial *d, const struct cti_command *cmd)
{
	const struct verb *v = verb_of(cmd->verb);
	const struct chan *c = NULL;
	struct job *j;
	int err;

	if (!cti_ami_link_is_up(d->link))
		return ENOTCONN;
	if (cmd->verb == CTI_VERB_CANCEL)
		return cancel(d, cmd);
	if (!v)
		return ENOTSUP;
	if (v->event) /* before it is sent: whose event is it? */
		c = pick(d, cmd->line, cmd->pbx_key, cmd->verb != CTI_VERB_ANSWER);
	err = v->h(d, cmd);
	if (err)
		return err;
	j = job_new(d, cmd);
	if (j && c)
		(void)cti_str_copy(j->chan, sizeof(j->chan), c->id);
	return j ? 0 : ENOMEM;
}

/* ---- what became of it ------------------------------------------------------------------- */

static void failed(
	struct cti_ami_dial *d, struct job *j, const char *why, struct cti_cause c)
{
	progress(d, j, CTI_PHASE_FAILED, j->cancelled ? "cancelled" : why, c);
}

static const char *agent_why(struct cti_cause c)
{
	switch (c.q850) {
	case Q_BUSY:
		return "agent-busy";
	case Q_REJECTED:
		return "agent-declined";
	case Q_NO_ANSWER:
	case Q_NO_RESPONSE:
		return "agent-no-answer";
	default:
		return "agent-unreachable";
	}
}

static const char *customer_why(const struct job *j)
{
	if (j->status == CTI_DIAL_BUSY || j->cause.q850 == Q_BUSY)
		return "customer-busy";
	switch (j->cause.q850) {
	case Q_REJECTED:
		return "customer-declined";
	case Q_UNALLOCATED:
	case Q_NO_ROUTE:
	case Q_INVALID:
		return "not-found";
	default:
		break;
	}
	if (j->status == CTI_DIAL_CONGESTION || j->status == CTI_DIAL_CHANUNAVAIL)
		return "congestion";
	return "customer-no-answer";
}

static struct cti_cause cause_of(const struct cti_ami_msg *m)
{
	return (struct cti_cause){ .q850 = (uint16_t)cti_ami_msg_u32(m, "Cause", 127),
		.sip = (uint16_t)cti_ami_msg_u32(m, "TechCause", 699) };
}

/* The command that waits for an event of that channel. */
static struct job *key_job(const struct cti_ami_dial *d, const char *chan)
{
	struct job *j = d->jobs;

	while (j && strcmp(j->chan, chan) != 0)
		j = j->next;
	return j;
}

/* Did what was pressed happen? */
static void pressed(struct cti_ami_dial *d, const struct cti_ami_msg *m, const char *id)
{
	struct job *j = key_job(d, id);

	if (!j || !cti_ami_msg_is(m, "Event", verb_of(j->verb)->event))
		return;
	if (j->verb != CTI_VERB_ANSWER || cti_ami_msg_is(m, "ChannelState", "6"))
		step(d, j, CTI_PHASE_DONE);
}

/* The dial's own channel is gone before anybody was connected. */
static void agent_gone(struct cti_ami_dial *d, struct job *j, const struct cti_ami_msg *m)
{
	const struct cti_cause cause = cause_of(m);

	if (j->phase < CTI_PHASE_AGENT_ANSWERED)
		failed(d, j, agent_why(cause), cause);
	else if (j->dialled && j->status != CTI_DIAL_NONE)
		failed(d, j, customer_why(j), j->cause);
	else if (j->dialled) /* the agent gave up while it rang */
		failed(d, j, "cancelled", cause);
	else if (cause.q850 > Q_BUSY - 1) /* the dialplan refused */
		failed(d, j, cause.q850 == Q_BUSY ? "customer-busy" : "refused", cause);
	else
		step(d, j, CTI_PHASE_DONE); /* a service of the PBX took it */
}

static void on_state(struct cti_ami_dial *d, const struct cti_ami_msg *m, const char *id)
{
	const bool rings = cti_ami_msg_is(m, "ChannelState", "5");
	const bool up = cti_ami_msg_is(m, "ChannelState", "6");
	struct job *own = job_find(d, id);
	struct job *of = job_find(d, cti_ami_msg_get(m, "Linkedid"));

	if (own && (rings || up))
		step(d, own, up ? CTI_PHASE_AGENT_ANSWERED : CTI_PHASE_AGENT_RINGING);
	else if (of && !own && rings && of->phase >= CTI_PHASE_AGENT_ANSWERED)
		step(d, of, CTI_PHASE_CUSTOMER_RINGING);
}

static enum cti_dial_status status_of(const struct cti_ami_msg *m)
{
	return cti_ami_msg_is(m, "DialStatus", "ANSWER")        ? CTI_DIAL_ANSWER
	       : cti_ami_msg_is(m, "DialStatus", "BUSY")        ? CTI_DIAL_BUSY
	       : cti_ami_msg_is(m, "DialStatus", "CANCEL")      ? CTI_DIAL_NONE
	       : cti_ami_msg_is(m, "DialStatus", "CHANUNAVAIL") ? CTI_DIAL_CHANUNAVAIL
	       : cti_ami_msg_is(m, "DialStatus", "CONGESTION")  ? CTI_DIAL_CONGESTION
								: CTI_DIAL_NOANSWER;
}

static void on_dial(struct cti_ami_dial *d, const struct cti_ami_msg *m, const char *id)
{
	struct job *j = job_find(d, id);

	if (!j)
		return;
	j->dialled = true;
	if (!cti_ami_msg_is(m, "Event", "DialEnd"))
		return;
	j->status = status_of(m);
	if (j->status != CTI_DIAL_ANSWER)
		return;
	step(d, j, CTI_PHASE_CONNECTED);
	j = job_find(d, id);
	if (j)
		step(d, j, CTI_PHASE_DONE);
}

static void on_request(
	struct cti_ami_dial *d, const struct cti_ami_msg *m, const char *id)
{
	struct job *of = job_find(d, cti_ami_msg_get(m, "Linkedid"));

	if (of && strcmp(of->id, id) && of->phase >= CTI_PHASE_AGENT_ANSWERED)
		of->cause = cause_of(m);
}

static void on_hangup(struct cti_ami_dial *d, const struct cti_ami_msg *m, const char *id)
{
	struct job *j = job_find(d, id);

	forget_channel(d, id);
	if (j)
		agent_gone(d, j, m);
	while ((j = key_job(d, id)) != NULL)
		failed(d, j, "cancelled", cause_of(m));
}

static void on_new(struct cti_ami_dial *d, const struct cti_ami_msg *m, const char *id)
{
	struct job *j = job_find(d, id);

	note_channel(d, m, id);
	if (!j)
		return;
	j->seen = true;
	if (j->cancelled)
		(void)hang_up(d, "cancel", j->id);
}

static void on_bridge(struct cti_ami_dial *d, const struct cti_ami_msg *m, const char *id)
{
	struct chan *c = *chan_slot(d, id);

	if (c)
		c->bridged = cti_ami_msg_is(m, "Event", "BridgeEnter");
}

/* Failure without a channel: the phone is not there. With one, its hang-up tells. */
static void on_originated(
	struct cti_ami_dial *d, const struct cti_ami_msg *m, const char *id)
{
	struct job *j = job_find(d, id);

	if (j && !j->seen && cti_ami_msg_is(m, "Response", "Failure"))
		failed(d, j, "agent-unreachable", (struct cti_cause){ .q850 = 20 });
}

static void on_response(struct cti_ami_dial *d, const struct cti_ami_msg *m)
{
	const char *aid = cti_ami_msg_get(m, "ActionID");
	const char *text = cti_ami_msg_get(m, "Message");
	const bool ok = cti_ami_msg_is(m, "Response", "Success");
	struct job *j;

	if (!aid || strncmp(aid, "rb-do-", 6))
		return;
	if (!ok && text && strstr(text, "ermission"))
		d->complaint =
			"the account may not dial or hang up: write= in manager.conf "
			"lacks originate or call";
	j = job_find(d, aid + 6);
	if (!j)
		return;
	if (!ok)
		failed(d, j, "refused", (struct cti_cause){ 0 });
	else if (j->verb != CTI_VERB_DIAL && !*j->chan)
		step(d, j, CTI_PHASE_DONE);
}

static const struct {
	const char *event;
	void (*h)(struct cti_ami_dial *d, const struct cti_ami_msg *m, const char *id);
} events[] = {
	{ "Newchannel", on_new },
	{ "Status", on_new },
	{ "Newstate", on_state },
	{ "DialBegin", on_dial },
	{ "DialEnd", on_dial },
	{ "BridgeEnter", on_bridge },
	{ "BridgeLeave", on_bridge },
	{ "HangupRequest", on_request },
	{ "Hangup", on_hangup },
	{ "OriginateResponse", on_originated },
};

void cti_ami_dial_message(struct cti_ami_dial *d, const struct cti_ami_msg *m)
{
	const char *event = cti_ami_msg_get(m, "Event");
	const char *id = cti_ami_msg_get(m, "Uniqueid");
	const char *call = cti_ami_msg_get(m, "Linkedid");
	struct chan *c;

	if (!event) {
		on_response(d, m);
		return;
	}
	for (size_t i = 0; id && i < sizeof(events) / sizeof(events[0]); i++) {
		if (!strcmp(events[i].event, event)) {
			events[i].h(d, m, id);
			break;
		}
	}
	if (id)
		pressed(d, m, id);
	c = id && call ? *chan_slot(d, id) : NULL;
	if (c && strcmp(c->call, call))
		(void)cti_str_copy(c->call, sizeof(c->call), call);
}

void cti_ami_dial_lost(struct cti_ami_dial *d)
{
	forget_chans(d);
	while (d->jobs)
		progress(d, d->jobs, CTI_PHASE_FAILED, "pbx-unreachable",
			(struct cti_cause){ 0 });
}
