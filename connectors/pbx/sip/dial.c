/*
 * dial.c -- click-to-dial where SIP is all we have: INVITE to the agent's phone
 * through the PBX, with a silent offer (a=inactive), and when it is answered REFER in
 * that dialog to the number (RFC 3515). The PBX then calls the number for the agent,
 * and we leave.
 *
 * We follow no redirect: a 3xx ends the call, so that no digest goes elsewhere.
 * Every way out ends the dialog: CANCEL before the answer, BYE after it.
 */
#include "sip.h"

#include "dial_why.h"
#include "str.h"
#include "validate.h"

#include <cti/log.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	DIALS_MAX = 256,
	RING_S = 30,
	REFER_S = 180, /* for the customer's side */
	REFER_AGAIN_MS = 100,
	REFER_TRIES = 6, /* within 1.5 s: each waits longer */
	GOODBYE_MS = 2000,
};

enum state {
	DIAL_NEW,
	DIAL_CALLING,
	DIAL_ANSWERED, /* REFER is on its way */
	DIAL_REFERRED,
	DIAL_LEAVING, /* the answer has been given; goodbye on the wire */
};

struct cti_sip_dial {
	struct le le; /* in sip->dials, which owns us */
	struct cti_sip *sip;
	enum state state;
	char id[40];
	char line[64];
	char number[64];
	uint32_t ring_s;
	enum cti_phase phase;
	bool told;           /* phase was told */
	bool established;    /* 200 and ACK */
	const char *give_up; /* why we cancelled; NULL: we did not */
	struct cti_timer due;
	struct sip_dialog *dlg;  /* owned */
	struct sip_auth *auth;   /* owned */
	struct sip_request *req; /* owned; INVITE, REFER or BYE in flight */
	unsigned challenges;
	unsigned refers; /* that came too early */
	bool again;      /* the next one is due */
	uint32_t invite_cseq;
	char sdp[256];
};

static void destructor(void *arg)
{
	struct cti_sip_dial *d = arg;

	list_unlink(&d->le);
	cti_timer_cancel(&d->due);
	mem_deref(d->req);
	mem_deref(d->dlg);
	mem_deref(d->auth);
}

static void on_gone(void *arg)
{
	mem_deref(arg);
}

static int on_send(enum sip_transp tp, const struct sa *src, const struct sa *dst,
	struct mbuf *mb, void *arg)
{
	struct cti_sip_dial *d = arg;

	return cti_sip_contact_h(tp, src, dst, mb, d->sip);
}

/* ---- progress ------------------------------------------------------------------- */

static void tell(struct cti_sip_dial *d, enum cti_phase phase, const char *why,
	struct cti_cause cause)
{
	struct cti_progress p = {
		.id = d->id, .phase = phase, .cause = cause, .why = why
	};

	if (d->state == DIAL_LEAVING || (d->told && phase <= d->phase))
		return;
	d->phase = phase;
	d->told = true;
	if (d->sip->pbx.sink.progress)
		d->sip->pbx.sink.progress(&p, d->sip->pbx.sink.arg);
}

static void on_bye(int err, const struct sip_msg *msg, void *arg)
{
	struct cti_sip_dial *d = arg;

	(void)err;
	if (msg && (msg->scode < 200))
		return;
	(void)cti_timer_start(&d->due, 0, on_gone, d);
}

/* The answer is given; what is left is to leave no dialog behind. */
static void leave(struct cti_sip_dial *d, enum cti_phase phase, const char *why,
	struct cti_cause cause)
{
	const bool bye = d->established;
	int err;

	tell(d, phase, why, cause);
	d->state = DIAL_LEAVING;
	d->established = false;
	(void)cti_timer_start(&d->due, bye ? GOODBYE_MS : 0, on_gone, d);
	if (!bye)
		return;
	d->req = mem_deref(d->req);
	err = sip_drequestf(&d->req, d->sip->sip, true, "BYE", d->dlg, 0, d->auth,
		on_send, on_bye, d, "Content-Length: 0\r\n\r\n");
	if (err)
		(void)cti_timer_start(&d->due, 0, on_gone, d);
}

static void fail(struct cti_sip_dial *d, const char *why, uint16_t sip)
{
	struct cti_cause cause = { .sip = sip };

	leave(d, CTI_PHASE_FAILED, why, cause);
}

/* CANCEL before the answer, BYE after it. */
static void give_up(struct cti_sip_dial *d, const char *why)
{
	if (d->state == DIAL_CALLING && d->req) {
		d->give_up = why;
		sip_request_cancel(d->req);
		(void)cti_timer_start(&d->due, GOODBYE_MS, on_gone, d);
		tell(d, CTI_PHASE_FAILED, why, (struct cti_cause){ 0 });
		return;
	}
	fail(d, why, 0);
}

static void on_ring_over(void *arg)
{
	give_up(arg, "agent-no-answer");
}

static void on_refer_over(void *arg)
{
	fail(arg, "timeout", 0);
}

/* ---- REFER -------------------------------------------------------------------------- */

static void refer(struct cti_sip_dial *d);

static void on_refer_again(void *arg)
{
	struct cti_sip_dial *d = arg;

	d->again = false;
	d->state = DIAL_ANSWERED;
	d->challenges = 0;
	(void)cti_timer_start(&d->due, REFER_S * 1000, on_refer_over, d);
	refer(d);
}

/* code: of the answer, or of the PBX's report on what it accepted. */
static bool refer_later(struct cti_sip_dial *d, uint16_t code)
{
	if (!cti_dial_refer_again(code) || ++d->refers >= REFER_TRIES)
		return false;
	d->again = true;
	(void)cti_timer_start(
		&d->due, (uint64_t)d->refers * REFER_AGAIN_MS, on_refer_again, d);
	return true;
}

static void on_refer(int err, const struct sip_msg *msg, void *arg)
{
	struct cti_sip_dial *d = arg;

	if ((msg && msg->scode < 200) || d->state != DIAL_ANSWERED)
		return;
	if (err || !msg || cti_sip_validate(msg)) {
		fail(d, "pbx-unreachable", 0);
	} else if (msg->scode < 300) {
		d->state = DIAL_REFERRED; /* its report may have come before */
		if (!d->again)
			(void)cti_timer_start(
				&d->due, REFER_S * 1000, on_refer_over, d);
	} else if ((msg->scode == 401 || msg->scode == 407) &&
		   !cti_sip_auth_answer(d->auth, msg, &d->challenges)) {
		refer(d);
	} else if (!refer_later(d, msg->scode)) {
		fail(d,
			msg->scode == 405 || msg->scode == 501 ? "not-supported"
							       : "refused",
			msg->scode);
	}
}

static void refer(struct cti_sip_dial *d)
{
	char to[CTI_SIP_TEXT], by[CTI_SIP_TEXT];
	int err;

	cti_sip_aor(d->sip, to, sizeof(to), d->number);
	cti_sip_aor(d->sip, by, sizeof(by),
		d->sip->conf->sip_user ? d->sip->conf->sip_user : "");
	err = sip_drequestf(&d->req, d->sip->sip, true, "REFER", d->dlg, 0, d->auth,
		on_send, on_refer, d,
		"Refer-To: <%s>\r\nReferred-By: <%s>\r\nContent-Length: 0\r\n\r\n", to,
		by);
	if (err)
		fail(d, "pbx-unreachable", 0);
}

/* ---- INVITE --------------------------------------------------------------------------- */

static void invite(struct cti_sip_dial *d);

static int ack(struct cti_sip_dial *d, uint32_t cseq)
{
	return sip_drequestf(NULL, d->sip->sip, false, "ACK", d->dlg, cseq, d->auth,
		on_send, NULL, d, "Content-Length: 0\r\n\r\n");
}

static void answered(struct cti_sip_dial *d, const struct sip_msg *msg)
{
	if (sip_dialog_create(d->dlg, msg)) {
		fail(d, "refused", 0);
		return;
	}
	d->established = true;
	d->invite_cseq = msg->cseq.num;
	(void)ack(d, msg->cseq.num);
	if (d->give_up) { /* our CANCEL came too late: the answer has been given */
		leave(d, CTI_PHASE_FAILED, d->give_up, (struct cti_cause){ 0 });
		return;
	}
	tell(d, CTI_PHASE_AGENT_ANSWERED, NULL, (struct cti_cause){ 0 });
	d->state = DIAL_ANSWERED;
	d->challenges = 0;
	(void)cti_timer_start(&d->due, REFER_S * 1000, on_refer_over, d);
	refer(d);
}

enum { Q850_REJECTED = 21 };

static bool on_reason(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
	uint16_t *causep = arg;

	(void)msg;
	*causep = cti_dial_reason_q850(hdr->val.p, hdr->val.l);
	return *causep != 0;
}

static uint16_t reason_q850(const struct sip_msg *msg)
{
	uint16_t cause = 0;

	(void)sip_msg_hdr_apply(msg, true, SIP_HDR_REASON, on_reason, &cause);
	return cause;
}

static void declined(struct cti_sip_dial *d, const struct sip_msg *msg)
{
	if (d->give_up) {
		(void)cti_timer_start(&d->due, 0, on_gone, d);
		return;
	}
	if ((msg->scode == 401 || msg->scode == 407) &&
		!cti_sip_auth_answer(d->auth, msg, &d->challenges)) {
		invite(d);
		return;
	}
	/* Asterisk 22 says 403 for a phone that declined; the cause beside it is true. */
	if (reason_q850(msg) == Q850_REJECTED)
		fail(d, "agent-declined", msg->scode);
	else
		fail(d, cti_dial_why_agent(msg->scode), msg->scode);
}

static void on_invite(int err, const struct sip_msg *msg, void *arg)
{
	struct cti_sip_dial *d = arg;

	if (err || !msg || cti_sip_validate(msg)) {
		cti_sip_link_doubt(d->sip, "INVITE");
		fail(d, "pbx-unreachable", 0);
		return;
	}
	cti_sip_learn(d->sip, msg);
	if (msg->scode >= 300)
		declined(d, msg);
	else if (msg->scode >= 200)
		answered(d, msg);
	else if (msg->scode == 180 || msg->scode == 183)
		tell(d, CTI_PHASE_AGENT_RINGING, NULL, (struct cti_cause){ 0 });
}

/* For phones that pick up by themselves when asked; PBXs may take it out. */
static const char *auto_answer(const struct cti_sip_dial *d)
{
	return d->sip->conf->auto_answer
		       ? "Call-Info: <sip:127.0.0.1>;answer-after=0\r\n"
			 "Alert-Info: <http://127.0.0.1>;info=alert-autoanswer;delay=0\r\n"
		       : "";
}

static void invite(struct cti_sip_dial *d)
{
	int err = sip_drequestf(&d->req, d->sip->sip, true, "INVITE", d->dlg, 0, d->auth,
		on_send, on_invite, d,
		"%sAllow: ACK, BYE, CANCEL, NOTIFY\r\nContent-Type: application/sdp\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		auto_answer(d), strlen(d->sdp), d->sdp);

	if (err)
		fail(d, "pbx-unreachable", 0);
}

static void on_begin(void *arg)
{
	struct cti_sip_dial *d = arg;

	d->state = DIAL_CALLING;
	tell(d, CTI_PHASE_SENT, NULL, (struct cti_cause){ 0 });
	(void)cti_timer_start(&d->due, (uint64_t)d->ring_s * 1000, on_ring_over, d);
	invite(d);
}

/* ---- commands ---------------------------------------------------------------------------- */

/* We send and take no sound: the talk is between the agent and the number. */
static int sdp_make(struct cti_sip_dial *d)
{
	const struct cti_sip_target *target = cti_sip_target(d->sip);
	struct sa laddr;
	char addr[64];
	int err;

	if (!target)
		return ENOTCONN;
	err = sip_transp_laddr(d->sip->sip, &laddr, target->tp, &target->addr);
	if (err)
		return err;
	(void)re_snprintf(
		addr, sizeof(addr), "IP%d %j", sa_af(&laddr) == AF_INET6 ? 6 : 4, &laddr);
	(void)snprintf(d->sdp, sizeof(d->sdp),
		"v=0\r\no=- 1 1 IN %s\r\ns=-\r\nc=IN %s\r\nt=0 0\r\n"
		"m=audio 9 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=inactive\r\n",
		addr, addr);
	return 0;
}

/* What may stand in a URI's user part as it is. The plan has checked the number; this
 * is for what a configuration may have put in front of it. */
static bool is_dialable(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++) {
		if (!isalnum((unsigned char)*s) && !strchr("+*#-_.", *s))
			return false;
	}
	return true;
}

static struct cti_sip_dial *dial_find(const struct cti_sip *s, const char *id)
{
	for (struct le *le = s->dials.head; le; le = le->next) {
		struct cti_sip_dial *d = le->data;

		if (!strcmp(d->id, id))
			return d;
	}
	return NULL;
}

/* '#' must be escaped in a URI (RFC 3261 section 25.1). */
static void user_write(char *dst, size_t size, const char *src)
{
	size_t n = 0;

	for (; *src && n + 4 < size; src++) {
		if (*src == '#')
			n += (size_t)snprintf(dst + n, size - n, "%%23");
		else
			dst[n++] = *src;
	}
	dst[n] = '\0';
}

int cti_sip_dial(struct cti_sip *s, const struct cti_command *cmd)
{
	struct cti_sip_dial *d;
	int err;

	if (!cmd->id || !cmd->line || !cmd->number || !is_dialable(cmd->line) ||
		!is_dialable(cmd->number))
		return EINVAL;
	if (dial_find(s, cmd->id) || list_count(&s->dials) >= DIALS_MAX)
		return EBUSY;
	d = mem_zalloc(sizeof(*d), destructor);
	if (!d)
		return ENOMEM;
	d->sip = s;
	d->ring_s = cmd->ring_s       ? cmd->ring_s
		    : s->conf->ring_s ? s->conf->ring_s
				      : RING_S;
	(void)cti_str_copy(d->id, sizeof(d->id), cmd->id);
	user_write(d->line, sizeof(d->line), cmd->line);
	user_write(d->number, sizeof(d->number), cmd->number);
	err = sdp_make(d);
	if (!err)
		err = cti_sip_dialog(s, &d->dlg, d->line);
	if (!err)
		err = cti_sip_auth_alloc(&d->auth, s);
	if (!err)
		err = cti_timer_start(&d->due, 0, on_begin, d);
	if (err) {
		mem_deref(d);
		return err;
	}
	list_append(&s->dials, &d->le, d);
	return 0;
}

int cti_sip_dial_cancel(struct cti_sip *s, const char *id)
{
	struct cti_sip_dial *d = dial_find(s, id);

	if (!d || d->state == DIAL_LEAVING || d->give_up)
		return ENOENT;
	give_up(d, "cancelled");
	return 0;
}

void cti_sip_dial_stop(struct cti_sip *s)
{
	struct le *le = s->dials.head;

	while (le) {
		struct cti_sip_dial *d = le->data;

		le = le->next;
		if (d->state != DIAL_LEAVING && !d->give_up)
			give_up(d, "cancelled");
	}
}

/* ---- what the PBX sends in such a dialog ------------------------------------------------- */

static struct cti_sip_dial *dial_of(struct cti_sip *s, const struct sip_msg *msg)
{
	for (struct le *le = s->dials.head; le; le = le->next) {
		struct cti_sip_dial *d = le->data;

		if (d->dlg && sip_dialog_cmp_half(d->dlg, msg))
			return d;
	}
	return NULL;
}

/* message/sipfrag begins with the status line of what the PBX got. */
static uint16_t sipfrag_status(const struct sip_msg *msg)
{
	struct pl code;

	if (re_regex((const char *)mbuf_buf(msg->mb), mbuf_get_left(msg->mb),
		    "SIP/2.0 [0-9]3", &code))
		return 0;
	return (uint16_t)pl_u32(&code);
}

static void on_sipfrag(struct cti_sip_dial *d, uint16_t code)
{
	struct cti_cause cause = { .sip = code };

	if (code == 180 || code == 183)
		tell(d, CTI_PHASE_CUSTOMER_RINGING, NULL, (struct cti_cause){ 0 });
	else if (code >= 200 && code < 300)
		leave(d, CTI_PHASE_DONE, NULL, (struct cti_cause){ 0 });
	else if (code >= 300 && !refer_later(d, code))
		leave(d, CTI_PHASE_FAILED, cti_dial_why_customer(code), cause);
}

static void on_peer_bye(struct cti_sip_dial *d, const struct sip_msg *msg)
{
	struct cti_cause cause = { .q850 = reason_q850(msg) };
	const char *why = cti_dial_why_q850(cause.q850);

	d->established = false;
	if (d->state != DIAL_REFERRED || d->again)
		leave(d, CTI_PHASE_FAILED, "cancelled", cause); /* the agent hung up */
	else
		leave(d, why ? CTI_PHASE_FAILED : CTI_PHASE_DONE, why, cause);
}

bool cti_sip_dial_request(struct cti_sip *s, const struct sip_msg *msg)
{
	struct cti_sip_dial *d = dial_of(s, msg);

	if (!d)
		return false;
	if (!pl_strcmp(&msg->met, "ACK"))
		return true;
	if (!sip_dialog_cmp(d->dlg, msg)) {
		(void)sip_reply(s->sip, msg, 481, "Call Does Not Exist");
	} else if (!pl_strcmp(&msg->met, "INVITE") || !pl_strcmp(&msg->met, "UPDATE")) {
		(void)sip_replyf(s->sip, msg, 200, "OK",
			"Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
			strlen(d->sdp), d->sdp);
	} else {
		(void)sip_reply(s->sip, msg, 200, "OK");
		if (!pl_strcmp(&msg->met, "BYE"))
			on_peer_bye(d, msg);
		else if (!pl_strcmp(&msg->met, "NOTIFY"))
			on_sipfrag(d, sipfrag_status(msg));
	}
	return true;
}

/* A repeated 200 to our INVITE: the ACK was lost (RFC 3261 section 13.2.2.4). */
bool cti_sip_dial_response(struct cti_sip *s, const struct sip_msg *msg)
{
	struct cti_sip_dial *d = dial_of(s, msg);

	if (!d || !sip_dialog_established(d->dlg) ||
		pl_strcmp(&msg->cseq.met, "INVITE") || msg->scode < 200 ||
		msg->scode > 299)
		return false;
	(void)ack(d, d->invite_cseq);
	return true;
}
