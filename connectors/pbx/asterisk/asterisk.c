/*
 * asterisk.c -- the Asterisk connector's wire half: one manager session a PBX, its
 * messages handed on as inputs, commands sent back.
 */
#include "ami_dial.h"
#include "ami_discreet.h"
#include "ami_link.h"
#include "ami_party.h"
#include "ami_reader.h"

#include "str.h"

#include <cti/clock.h>
#include <cti/log.h>
#include <cti/pbx.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct asterisk {
	struct cti_pbx pbx; /* first */
	const struct cti_pbx_conf *conf;
	struct cti_ami_link *link;         /* owned */
	struct cti_ami_dial *dial;         /* owned */
	struct cti_ami_discreet *discreet; /* owned; NULL: withheld numbers are shown */
	struct cti_ami_lines lines;
	bool up;
	bool told_down; /* one "down" a loss */
	bool may_ask;   /* Getvar works: callers' wishes are known */
	bool may_list;  /* Status works: a snapshot is to be had */
	uint64_t inputs;
	uint64_t errors;
	char why[160];
};

/* ---- inputs ------------------------------------------------------------------------ */

static int input(
	struct asterisk *a, enum cti_input_kind kind, const char *data, size_t len)
{
	const struct cti_input in = { .at_us = cti_now_us(),
		.kind = kind,
		.source = CTI_PROV_API,
		.pbx = a->conf->name,
		.line = "",
		.ctype = "",
		.data = data,
		.len_bytes = len };
	const int err = a->pbx.sink.input(&in, a->pbx.sink.arg);

	if (err == ENOSPC)
		return err;
	a->inputs++;
	a->errors += err != 0; /* unreadable is read all the same */
	return 0;
}

static int on_news(const char *text, size_t len, bool link, void *arg)
{
	return input(arg, link ? CTI_INPUT_LINK : CTI_INPUT_AMI, text, len);
}

static int link_input(struct asterisk *a, const char *data)
{
	return a->discreet ? cti_ami_discreet_link(a->discreet, data)
			   : on_news(data, strlen(data), true, a);
}

static int on_snapshot(bool begin, void *arg)
{
	return link_input(arg, begin ? "snapshot-begin" : "snapshot-end");
}

static void went_down(struct asterisk *a, const char *why)
{
	char text[sizeof(a->why) + 8];

	a->up = false;
	a->errors++;
	(void)cti_str_copy(a->why, sizeof(a->why), why);
	cti_ami_dial_lost(a->dial);
	if (a->discreet)
		cti_ami_discreet_lost(a->discreet);
	if (a->told_down)
		return;
	cti_log(CTI_LOG_WARN, "asterisk", "event stream lost pbx=%s why=\"%s\"",
		a->conf->name, why);
	(void)snprintf(text, sizeof(text), "down %s", a->why);
	a->told_down = link_input(a, text) == 0;
}

static void on_link(enum cti_ami_link_state st, const char *why, void *arg)
{
	struct asterisk *a = arg;

	switch (st) {
	case CTI_AMI_DOWN:
		went_down(a, why);
		return;
	case CTI_AMI_UP:
		a->up = true;
		a->told_down = false;
		a->may_ask = a->may_list = true;
		a->why[0] = '\0';
		cti_log(CTI_LOG_INFO, "asterisk", "event stream up pbx=%s",
			a->conf->name);
		(void)link_input(a, "up");
		return;
	case CTI_AMI_TRYING:
		if (!a->told_down)
			(void)cti_str_copy(a->why, sizeof(a->why), why);
		return;
	}
}

/* ---- does the caller want to be named? ----------------------------------------------- */

static void ask(struct asterisk *a, const struct cti_ami_msg *m, const char *prefix,
	const char *variable, const char *party)
{
	const char *id = cti_ami_msg_get(m, "Uniqueid");
	const char *channel = cti_ami_msg_get(m, "Channel");
	char aid[192];

	if (!id || !channel || !a->may_ask)
		return;
	(void)snprintf(aid, sizeof(aid), "%s%s", prefix, id);
	cti_ami_action(a->link, "Getvar", aid);
	cti_ami_field(a->link, "Channel", channel);
	cti_ami_field(a->link, "Variable", variable);
	if (!cti_ami_send(a->link) && a->discreet)
		cti_ami_discreet_asked(a->discreet, aid, cti_ami_msg_get(m, "Linkedid"),
			cti_ami_msg_get2(m, party, "Num"),
			cti_ami_msg_get2(m, party, "Name"));
}

/* Outside callers only: who dials from inside is no secret here. */
static void ask_about(struct asterisk *a, const struct cti_ami_msg *m)
{
	const char *event = cti_ami_msg_get(m, "Event");
	const char *channel = cti_ami_msg_get(m, "Channel");
	char device[CTI_AMI_NAME_BYTES];

	if (!event || !channel || !cti_ami_device(device, channel))
		return;
	if (!strcmp(event, "NewConnectedLine") && cti_ami_line(&a->lines, device) &&
		cti_ami_msg_is(m, "ChannelState", "6"))
		ask(a, m, CTI_AMI_CONNECTED_ID, "CONNECTEDLINE(num-pres)",
			"ConnectedLine");
	if (cti_ami_line(&a->lines, device))
		return;
	if ((!strcmp(event, "Newchannel") && cti_ami_msg_is(m, "ChannelState", "4")) ||
		(!strcmp(event, "Status") && cti_ami_msg_get(m, "DNID")))
		ask(a, m, CTI_AMI_CALLER_ID, "CALLERID(num-pres)", "CallerID");
}

static void note_permission(struct asterisk *a, const struct cti_ami_msg *m)
{
	const char *id = cti_ami_msg_get(m, "ActionID");
	const char *text = cti_ami_msg_get(m, "Message");

	if (!id || !cti_ami_msg_is(m, "Response", "Error") || !text ||
		!strstr(text, "ermission"))
		return;
	if (!strcmp(id, CTI_AMI_ASKS_ID))
		a->may_ask = false;
	else if (!strncmp(id, "rb-snapshot-", 12))
		a->may_list = false;
}

/* Answers to our own housekeeping are nobody's business. */
static bool is_news(const struct cti_ami_msg *m)
{
	const char *id = cti_ami_msg_get(m, "ActionID");

	return cti_ami_msg_raw(m, "Event") ||
	       (id && (!strcmp(id, CTI_AMI_ASKS_ID) ||
			      !strncmp(
				      id, CTI_AMI_CALLER_ID, strlen(CTI_AMI_CALLER_ID)) ||
			      !strncmp(id, CTI_AMI_CONNECTED_ID,
				      strlen(CTI_AMI_CONNECTED_ID))));
}

static int take(
	struct asterisk *a, const char *text, size_t len, const struct cti_ami_msg *m)
{
	if (!is_news(m))
		return 0;
	return a->discreet ? cti_ami_discreet_message(a->discreet, text, len, m)
			   : on_news(text, len, false, a);
}

/* The question goes out before the message is taken, which then waits for its answer. */
static int on_message(
	const char *text, size_t len, const struct cti_ami_msg *m, void *arg)
{
	struct asterisk *a = arg;
	int err;

	note_permission(a, m);
	ask_about(a, m);
	err = take(a, text, len, m);
	if (!err)
		cti_ami_dial_message(a->dial, m);
	return err;
}

/* ---- the vtable ------------------------------------------------------------------------- */

static void ast_free(struct cti_pbx *pbx)
{
	struct asterisk *a = (struct asterisk *)pbx;

	if (!a)
		return;
	cti_ami_discreet_free(a->discreet);
	cti_ami_dial_free(a->dial);
	cti_ami_link_free(a->link);
	cti_ami_lines_fini(&a->lines);
	free(a);
}

static int ast_alloc(struct cti_pbx **pbxp, const struct cti_pbx_conf *conf,
	const struct cti_pbx_sink *sink)
{
	const struct cti_ami_link_ops ops = { on_link, on_message, on_snapshot, NULL };
	struct cti_ami_link_ops mine = ops;
	const struct cti_ami_link_conf lc = {
		.sock = { conf->ami_address, conf->ami_tls, conf->ami_tls_verify,
			conf->ami_tls_ca },
		.user = conf->ami_user ? conf->ami_user : "",
		.secret = conf->ami_secret ? conf->ami_secret : "",
	};
	struct asterisk *a;
	int err;

	if (!conf->ami_address)
		return EINVAL;
	a = calloc(1, sizeof(*a));
	if (!a)
		return ENOMEM;
	a->pbx.ops = &cti_pbx_asterisk;
	a->pbx.sink = *sink;
	a->conf = conf;
	(void)cti_str_copy(a->why, sizeof(a->why), "not started");
	mine.arg = a;
	err = cti_ami_lines_init(
		&a->lines, (const char *const *)conf->lines.v, conf->lines.n);
	if (!err)
		err = cti_ami_link_alloc(&a->link, &lc, &mine);
	if (!err && !conf->show_withheld)
		err = cti_ami_discreet_alloc(&a->discreet, on_news, a);
	if (!err)
		err = cti_ami_dial_alloc(&a->dial, conf, &a->lines, a->link, sink);
	if (err)
		ast_free(&a->pbx);
	else
		*pbxp = &a->pbx;
	return err;
}

static int ast_start(struct cti_pbx *pbx)
{
	return cti_ami_link_start(((struct asterisk *)pbx)->link);
}

static void ast_stop(struct cti_pbx *pbx, void (*closed)(void *arg), void *arg)
{
	struct asterisk *a = (struct asterisk *)pbx;

	cti_ami_dial_lost(a->dial);
	cti_ami_link_stop(a->link, closed, arg);
}

static unsigned ast_caps(const struct cti_pbx *pbx)
{
	const struct cti_pbx_conf *conf = ((const struct asterisk *)pbx)->conf;
	unsigned caps = CTI_PBX_CAN_HANGUP;

	if (conf->ami_phone_keys)
		caps |= CTI_PBX_CAN_ANSWER | CTI_PBX_CAN_HOLD;
	if (conf->ami_context)
		caps |= CTI_PBX_CAN_TRANSFER |
			(conf->ami_atxfer ? CTI_PBX_CAN_CONSULT : 0u) |
			(conf->ami_channel ? CTI_PBX_CAN_DIAL : 0u);
	return caps;
}

static int ast_command(struct cti_pbx *pbx, const struct cti_command *cmd)
{
	return cti_ami_dial_command(((struct asterisk *)pbx)->dial, cmd);
}

static int ast_refresh(struct cti_pbx *pbx, const char *line)
{
	(void)line; /* the list is always the whole one */
	return cti_ami_link_snapshot(((struct asterisk *)pbx)->link);
}

static void ast_status(const struct cti_pbx *pbx, struct cti_pbx_status *st)
{
	const struct asterisk *a = (const struct asterisk *)pbx;
	const char *complaint = cti_ami_dial_complaint(a->dial);

	*st = (struct cti_pbx_status){ .up = a->up,
		.lines_watched = (unsigned)a->conf->lines.n,
		.lines_active = a->up ? (unsigned)a->conf->lines.n : 0,
		.inputs = a->inputs,
		.errors = a->errors };
	if (!a->up)
		complaint = a->why;
	else if (!a->may_list)
		complaint =
			"the account may not list channels: write= in manager.conf lacks "
			"reporting; calls that began while we were away are not seen";
	else if (!a->may_ask)
		complaint =
			"the account may not ask for presentation: write= lacks call or "
			"reporting; withheld callers may be disclosed";
	if (complaint)
		(void)cti_str_copy(st->detail, sizeof(st->detail), complaint);
}

const struct cti_pbx_ops cti_pbx_asterisk = {
	.abi = CTI_PBX_ABI,
	.name = "asterisk",
	.source = CTI_PROV_API,
	.alloc = ast_alloc,
	.start = ast_start,
	.stop = ast_stop,
	.free = ast_free,
	.caps = ast_caps,
	.could = CTI_PBX_CAN_DIAL | CTI_PBX_CAN_ANSWER | CTI_PBX_CAN_HANGUP |
		 CTI_PBX_CAN_HOLD | CTI_PBX_CAN_TRANSFER | CTI_PBX_CAN_CONSULT,
	.command = ast_command,
	.refresh = ast_refresh,
	.status = ast_status,
};
