/*
 * notify.c -- what the network sends to our port. A NOTIFY counts only inside a
 * subscription of ours and from the PBX's address; it is answered after the core
 * has it in its journal, without a transaction: a repetition is known by its CSeq,
 * and libre would keep each for 32 s.
 */
#include "sip.h"

#include "str.h"
#include "validate.h"

#include <cti/clock.h>
#include <cti/log.h>

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum {
	RETRY_AFTER_S = 5,
	/* FreeSWITCH counts CSeq from New Year: a fall by more than this is not late. */
	CSEQ_RESTART = 1000000,
};

struct substate {
	bool active; /* or pending */
	char reason[32];
	uint32_t expires_s;
	bool has_expires;
	uint32_t retry_after_s;
};

static void reply(
	struct cti_sip *s, const struct sip_msg *msg, uint16_t code, const char *text)
{
	(void)sip_reply(s->sip, msg, code, text);
}

/* What stands before a semicolon or a blank. Not by re_regex(): on every NOTIFY's way
 * it costs more than all the rest of this file. */
static struct pl first_word(const struct pl *val)
{
	struct pl word = { val->p, 0 };

	while (word.l < val->l && !strchr("; \t", val->p[word.l]))
		word.l++;
	return word;
}

/* Subscription-State: active;expires=600 (RFC 6665 section 8.2.3). */
static bool substate_read(struct substate *st, const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_SUBSCRIPTION_STATE);
	struct pl word, params, v;

	memset(st, 0, sizeof(*st));
	if (!hdr)
		return false;
	word = first_word(&hdr->val);
	if (!word.l || !isalpha((unsigned char)*word.p))
		return false;
	params = (struct pl){ word.p + word.l, hdr->val.l - word.l };
	st->active = !pl_strcasecmp(&word, "active") || !pl_strcasecmp(&word, "pending");
	st->has_expires = !msg_param_decode(&params, "expires", &v);
	if (st->has_expires)
		st->expires_s = pl_u32(&v);
	if (st->active)
		return true;
	if (!msg_param_decode(&params, "reason", &v))
		(void)pl_strcpy(&v, st->reason, sizeof(st->reason));
	if (!msg_param_decode(&params, "retry-after", &v))
		st->retry_after_s = pl_u32(&v);
	return true;
}

/* ---- which subscription ----------------------------------------------------------- */

static struct cti_sip_sub *sub_find(struct cti_sip *s, const struct sip_msg *msg)
{
	struct cti_sip_sub *sub;
	char callid[128];

	if (pl_strcpy(&msg->callid, callid, sizeof(callid)))
		return NULL; /* ours are shorter */
	sub = cti_strmap_get(s->by_call, callid);
	if (!sub || !sip_dialog_cmp_half(sub->dlg, msg) || !pl_isset(&msg->from.tag))
		return NULL;
	if (!sip_dialog_established(sub->dlg)) /* before the 200 (section 4.1.2.4) */
		return sip_dialog_create(sub->dlg, msg) ? NULL : sub;
	return sip_dialog_cmp(sub->dlg, msg) ? sub : NULL;
}

static bool is_dialog_event(const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_EVENT);
	struct pl name;

	if (!hdr) /* FreeSWITCH's last one has none */
		return true;
	name = first_word(&hdr->val);
	return !pl_strcasecmp(&name, "dialog");
}

/* Seen already, or older than what was seen. */
static bool is_late(const struct cti_sip_sub *sub, const struct sip_msg *msg)
{
	return sub->has_rseq && msg->cseq.num <= sub->rseq &&
	       sub->rseq - msg->cseq.num < CSEQ_RESTART;
}

/* ---- to the core --------------------------------------------------------------------- */

static bool kept(int err)
{
	return err != ENOSPC && err != EIO && err != ENOMEM;
}

static int input(struct cti_sip_sub *sub, const struct sip_msg *msg)
{
	const struct sip_hdr *ct = sip_msg_hdr(msg, SIP_HDR_CONTENT_TYPE);
	size_t left = mbuf_get_left(msg->mb);
	char ctype[CTI_SIP_TEXT] = "";
	struct cti_input in = {
		.at_us = cti_now_us(),
		.kind = CTI_INPUT_NOTIFY,
		.source = CTI_PROV_DIALOG,
		.pbx = sub->sip->conf->name,
		.line = sub->line,
		.ctype = ctype,
		.data = (const char *)mbuf_buf(msg->mb),
		.len_bytes = left,
	};

	if (ct)
		(void)cti_str_copyn(ctype, sizeof(ctype), ct->val.p, ct->val.l);
	if (pl_isset(&msg->clen) && pl_u32(&msg->clen) < left)
		in.len_bytes = pl_u32(&msg->clen); /* RFC 3261 section 18.3 */
	sub->sip->inputs++;
	return sub->sip->pbx.sink.input(&in, sub->sip->pbx.sink.arg);
}

static int deliver(
	struct cti_sip_sub *sub, const struct sip_msg *msg, const struct substate *st)
{
	int err = 0;

	if (st->active && !sub->up)
		err = cti_sip_sub_tell(sub, "line-up", NULL);
	if (kept(err) && (st->active || pl_u32(&msg->clen)))
		err = input(sub, msg);
	return kept(err) ? 0 : err;
}

/* ---- NOTIFY ------------------------------------------------------------------------------ */

static void applied(
	struct cti_sip_sub *sub, const struct sip_msg *msg, const struct substate *st)
{
	const bool first = !sub->notified;

	sub->rseq = msg->cseq.num;
	sub->has_rseq = true;
	if (!st->active) {
		sub->asked_inside = false;
		cti_sip_sub_ended(
			sub, cti_sub_by_reason(st->reason), 0, st->retry_after_s);
		return;
	}
	sub->notified = true;
	sub->up = true;
	/* The PBX may shorten, and the first one ends the wait that the 200 began. */
	if (sub->state == CTI_SUB_ACTIVE &&
		(first || (st->has_expires && st->expires_s < 30)))
		cti_sip_sub_set_active(
			sub, st->has_expires ? st->expires_s : sub->expires_s);
}

static void notify(struct cti_sip *s, const struct sip_msg *msg)
{
	struct cti_sip_sub *sub = sub_find(s, msg);
	struct substate st;

	if (!sub) {
		s->strangers++;
		reply(s, msg, 481, "Subscription Does Not Exist");
	} else if (!is_dialog_event(msg)) {
		reply(s, msg, 489, "Bad Event");
	} else if (!substate_read(&st, msg)) {
		reply(s, msg, 400, "Bad Subscription-State");
	} else if (is_late(sub, msg) || sub->state == CTI_SUB_CLOSING) {
		reply(s, msg, 200, "OK");
	} else if (deliver(sub, msg, &st)) {
		s->errors++;
		(void)sip_replyf(s->sip, msg, 503, "Service Unavailable",
			"Retry-After: %u\r\nContent-Length: 0\r\n\r\n", RETRY_AFTER_S);
		cti_sip_sub_missed(sub);
	} else {
		reply(s, msg, 200, "OK");
		applied(sub, msg, &st);
	}
}

/* ---- the port ---------------------------------------------------------------------------- */

static void refuse(struct cti_sip *s, const struct sip_msg *msg, const char *why)
{
	s->strangers++;
	cti_log(CTI_LOG_DEBUG, "sip", "request refused pbx=%s why=\"%s\"", s->conf->name,
		why);
	/* To somebody we do not know: one short answer at most, none to what cannot be
	 * answered. */
	if (sip_msg_hdr(msg, SIP_HDR_VIA) && sip_msg_hdr(msg, SIP_HDR_CSEQ))
		reply(s, msg, 400, "Bad Request");
}

static bool on_request(const struct sip_msg *msg, void *arg)
{
	struct cti_sip *s = arg;
	const char *why = cti_sip_validate(msg);

	if (why) {
		refuse(s, msg, why);
	} else if (!cti_sip_is_peer(s, &msg->src)) {
		s->strangers++;
		reply(s, msg, 481, "Not From The Peer"); /* ACK: nothing is sent */
	} else if (cti_sip_dial_request(s, msg)) {
		return true;
	} else if (!pl_strcmp(&msg->met, "NOTIFY")) {
		notify(s, msg);
	} else if (!pl_strcmp(&msg->met, "OPTIONS")) {
		reply(s, msg, 200, "OK");
	} else if (!pl_strcmp(&msg->met, "BYE") || !pl_strcmp(&msg->met, "CANCEL")) {
		reply(s, msg, 481, "Call Does Not Exist");
	} else {
		(void)sip_replyf(s->sip, msg, 405, "Method Not Allowed",
			"Allow: NOTIFY, OPTIONS, BYE\r\nContent-Length: 0\r\n\r\n");
	}
	return true;
}

/* What no transaction waited for: a repeated 200 to our INVITE, or nothing of ours. */
static bool on_response(const struct sip_msg *msg, void *arg)
{
	struct cti_sip *s = arg;

	if (!cti_sip_validate(msg) && cti_sip_is_peer(s, &msg->src))
		(void)cti_sip_dial_response(s, msg);
	return true;
}

int cti_sip_notify_listen(struct cti_sip *s)
{
	int err = sip_listen(NULL, s->sip, true, on_request, s);

	return err ? err : sip_listen(NULL, s->sip, false, on_response, s);
}
