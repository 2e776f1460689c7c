/*
 * sub.c -- one subscription to the dialog events of one line (RFC 6665, RFC 4235),
 * or to a list of lines (RFC 4662): ask, refresh, begin anew, say goodbye.
 *
 * libre's dialogs carry the requests; the rules are sub_fsm.c's. A subscription
 * that was refused keeps asking, ever more slowly, and tells what is wrong.
 */
#include "sip.h"

#include "str.h"
#include "validate.h"

#include <cti/clock.h>
#include <cti/err.h>
#include <cti/log.h>

#include <errno.h>
#include <string.h>

enum {
	TIMER_N_MS = 32000,  /* RFC 6665 section 4.1.2.4: 64 * T1 for the first NOTIFY */
	REFRESH_EVERY_S = 5, /* at most, when asked from outside */
	MAX_MIN_EXPIRES_S = 86400,
	MAX_EXPIRES_S = 86400,
	MISSED_MS = 5000, /* as long as we ask the PBX to wait */
};

static const struct cti_sub_rule no_answer = { CTI_SUB_RETRY, 5,
	"no answer from the PBX" };
static const struct cti_sub_rule no_notify = { CTI_SUB_RETRY, 30,
	"the PBX accepts the subscription and sends nothing: can it reach our address? "
	"(sip_local, NAT, firewall)" };
static const struct cti_sub_rule no_time = { CTI_SUB_RETRY, 60,
	"the PBX accepts the subscription for 0 seconds" };
static const struct cti_sub_rule broken = { CTI_SUB_RETRY, 30,
	"the PBX's answer is ill-formed" };

static void on_due(void *arg);
static int request(struct cti_sip_sub *sub, uint32_t expires_s, bool wait);

static void due_in(struct cti_sip_sub *sub, uint64_t ms)
{
	(void)cti_timer_start(&sub->due, ms, on_due, sub);
}

/* ---- life -------------------------------------------------------------------- */

static void dialog_drop(struct cti_sip_sub *sub)
{
	if (sub->dlg)
		(void)cti_strmap_take(sub->sip->by_call, sip_dialog_callid(sub->dlg));
	sub->dlg = mem_deref(sub->dlg);
	sub->has_rseq = false;
	sub->notified = false;
}

static void destructor(void *arg)
{
	struct cti_sip_sub *sub = arg;

	list_unlink(&sub->le);
	cti_timer_cancel(&sub->due);
	mem_deref(sub->req);
	dialog_drop(sub);
	mem_deref(sub->auth);
	mem_deref(sub->line);
}

int cti_sip_sub_alloc(struct cti_sip_sub **subp, struct cti_sip *s, const char *line)
{
	struct cti_sip_sub *sub = mem_zalloc(sizeof(*sub), destructor);
	int err;

	if (!sub)
		return ENOMEM;
	sub->sip = s;
	sub->expires_s = s->conf->sip_expires_s ? s->conf->sip_expires_s : 600;
	err = str_dup(&sub->line, line);
	if (!err)
		err = cti_sip_auth_alloc(&sub->auth, s);
	if (err)
		mem_deref(sub);
	else
		*subp = sub;
	return err;
}

static void state_set(struct cti_sip_sub *sub, enum cti_sip_sub_state state)
{
	struct cti_sip *s = sub->sip;

	s->nactive -= sub->state == CTI_SUB_ACTIVE;
	s->nasked -= sub->state == CTI_SUB_ASKED;
	s->nactive += state == CTI_SUB_ACTIVE;
	s->nasked += state == CTI_SUB_ASKED;
	sub->state = state;
}

/* ---- ends ---------------------------------------------------------------------- */

/* A list speaks for all its lines. */
int cti_sip_sub_tell(const struct cti_sip_sub *sub, const char *what, const char *why)
{
	const struct cti_list *lines = &sub->sip->conf->lines;
	int err = 0;

	if (sub->line[0])
		return cti_sip_link_tell(sub->sip, sub->line, what, why);
	for (size_t i = 0; i < lines->n && !err; i++)
		err = cti_sip_link_tell(sub->sip, lines->v[i], what, why);
	return err;
}

static void lost(struct cti_sip_sub *sub, const char *why)
{
	if (sub->up)
		(void)cti_sip_sub_tell(sub, "line-lost", why);
	sub->up = false;
}

static void log_refusal(
	const struct cti_sip_sub *sub, const struct cti_sub_rule *rule, uint16_t code)
{
	const bool news = sub->remedy != rule->remedy || sub->code != code;

	cti_log(news ? CTI_LOG_WARN : CTI_LOG_DEBUG, "sip",
		"line is not watched pbx=%s line=%s status=%u why=\"%s\"",
		sub->sip->conf->name, sub->line[0] ? sub->line : "(list)", code,
		rule->remedy);
}

void cti_sip_sub_ended(struct cti_sip_sub *sub, const struct cti_sub_rule *rule,
	uint16_t code, uint32_t retry_after_s)
{
	/* A refresh that failed for a while does not end the subscription (RFC 6665
	 * section 4.1.2.2). */
	const bool keep =
		sub->asked_inside && sub->dlg &&
		(rule->action == CTI_SUB_RETRY || rule->action == CTI_SUB_AFTER);

	if (sub->state == CTI_SUB_CLOSING)
		return;
	log_refusal(sub, rule, code);
	sub->sip->errors++;
	sub->code = code;
	sub->remedy = rule->remedy;
	sub->asked_inside = false;
	sub->req = mem_deref(sub->req);
	list_unlink(&sub->le);
	state_set(sub, CTI_SUB_WAITING);
	if (!keep) {
		lost(sub, rule->remedy);
		dialog_drop(sub);
	}
	due_in(sub, cti_sub_delay_ms(rule, sub->fails, retry_after_s, rand_u32()));
	sub->fails++;
}

void cti_sip_sub_pause(struct cti_sip_sub *sub, bool renew)
{
	list_unlink(&sub->le);
	cti_timer_cancel(&sub->due);
	sub->req = mem_deref(sub->req);
	sub->asked_inside = false;
	sub->up = false; /* LINK down says so for all */
	state_set(sub, CTI_SUB_WAITING);
	if (renew)
		dialog_drop(sub);
}

/* ---- answers --------------------------------------------------------------------- */

void cti_sip_sub_missed(struct cti_sip_sub *sub)
{
	sub->missed = true;
	if (sub->state == CTI_SUB_ACTIVE)
		due_in(sub, MISSED_MS);
}

void cti_sip_sub_set_active(struct cti_sip_sub *sub, uint32_t expires_s)
{
	state_set(sub, CTI_SUB_ACTIVE);
	if (sub->missed) {
		due_in(sub, MISSED_MS);
		return;
	}
	if (!sub->notified) {
		due_in(sub, TIMER_N_MS);
		return;
	}
	sub->fails = 0;
	sub->code = 0;
	sub->remedy = NULL;
	due_in(sub, cti_sub_refresh_ms(expires_s, rand_u32()));
}

static uint32_t header_seconds(const struct sip_msg *msg, enum sip_hdrid id)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, id);

	return hdr ? pl_u32(&hdr->val) : 0;
}

static void accepted(struct cti_sip_sub *sub, const struct sip_msg *msg)
{
	uint32_t expires_s =
		pl_isset(&msg->expires) ? pl_u32(&msg->expires) : sub->expires_s;
	int err = 0;

	if (!sip_dialog_established(sub->dlg))
		err = sip_dialog_create(sub->dlg, msg);
	else if (sub->asked_inside)
		(void)sip_dialog_update(sub->dlg, msg); /* no Contact: as before */
	if (err) {
		cti_sip_sub_ended(sub, &broken, msg->scode, 0);
		return;
	}
	if (!expires_s) { /* RFC 6665 section 4.1.2.1: it is over at once */
		sub->asked_inside = false;
		cti_sip_sub_ended(sub, &no_time, msg->scode, 0);
		return;
	}
	sub->asked_inside = false;
	sub->sip->forgotten = 0;
	sub->challenges = 0;
	/* What the PBX grants is what counts; a longer time than asked is not believed. */
	if (expires_s > MAX_EXPIRES_S)
		expires_s = MAX_EXPIRES_S;
	cti_sip_sub_set_active(sub, expires_s);
}

static bool longer(struct cti_sip_sub *sub, const struct sip_msg *msg)
{
	uint32_t min_s = header_seconds(msg, SIP_HDR_MIN_EXPIRES);

	if (min_s <= sub->expires_s || min_s > MAX_MIN_EXPIRES_S)
		return false;
	sub->expires_s = min_s;
	return true;
}

static void refused(struct cti_sip_sub *sub, const struct sip_msg *msg)
{
	const bool inside = sub->asked_inside;
	const struct cti_sub_rule *rule = cti_sub_by_status(msg->scode, inside);

	if ((rule->action == CTI_SUB_AUTH &&
		    !cti_sip_auth_answer(sub->auth, msg, &sub->challenges)) ||
		(rule->action == CTI_SUB_LONGER && longer(sub, msg))) {
		cti_sip_sub_send(sub);
		return;
	}
	sub->challenges = 0;
	sip_auth_reset(sub->auth);
	cti_sip_sub_ended(
		sub, rule, msg->scode, header_seconds(msg, SIP_HDR_RETRY_AFTER));
	if (inside && rule->action == CTI_SUB_RENEW)
		cti_sip_link_forgotten(sub->sip);
}

static void on_response(int err, const struct sip_msg *msg, void *arg)
{
	struct cti_sip_sub *sub = arg;
	const char *why;

	if (sub->state == CTI_SUB_CLOSING) {
		if (msg && (msg->scode == 401 || msg->scode == 407) &&
			!cti_sip_auth_answer(sub->auth, msg, &sub->challenges))
			(void)request(sub, 0, true);
		return;
	}
	if (err || !msg) {
		cti_sip_sub_ended(sub, &no_answer, 0, 0);
		cti_sip_link_doubt(sub->sip, err ? cti_err_name(err) : "no answer");
		return;
	}
	cti_sip_learn(sub->sip, msg);
	why = cti_sip_validate(msg);
	if (why)
		cti_sip_sub_ended(sub, &broken, 0, 0);
	else if (msg->scode >= 300)
		refused(sub, msg);
	else if (msg->scode >= 200)
		accepted(sub, msg);
}

/* ---- requests -------------------------------------------------------------------- */

static int on_send(enum sip_transp tp, const struct sa *src, const struct sa *dst,
	struct mbuf *mb, void *arg)
{
	struct cti_sip_sub *sub = arg;

	return cti_sip_contact_h(tp, src, dst, mb, sub->sip);
}

static int dialog_begin(struct cti_sip_sub *sub)
{
	struct cti_sip *s = sub->sip;
	const char *list = s->conf->sip_list_uri;
	char user[CTI_SIP_TEXT];
	struct uri uri;
	struct pl pl;
	int err;

	(void)cti_str_copy(user, sizeof(user), sub->line);
	if (!sub->line[0] && list) { /* "office" or "sip:office@pbx" */
		pl_set_str(&pl, list);
		(void)cti_str_copy(user, sizeof(user), list);
		if (!uri_decode(&uri, &pl) && pl_isset(&uri.user))
			(void)pl_strcpy(&uri.user, user, sizeof(user));
	}
	err = cti_sip_dialog(s, &sub->dlg, user);
	if (!err)
		err = cti_strmap_put(s->by_call, sip_dialog_callid(sub->dlg), sub, NULL);
	return err;
}

static int request(struct cti_sip_sub *sub, uint32_t expires_s, bool wait)
{
	static const char one[] = "Accept: application/dialog-info+xml\r\n";
	static const char list[] =
		"Accept: application/dialog-info+xml, application/rlmi+xml, "
		"multipart/related\r\nSupported: eventlist\r\n";

	return sip_drequestf(wait ? &sub->req : NULL, sub->sip->sip, wait, "SUBSCRIBE",
		sub->dlg, 0, sub->auth, on_send, on_response, sub,
		"Event: dialog\r\n%sExpires: %u\r\nContent-Length: 0\r\n\r\n",
		sub->line[0] ? one : list, expires_s);
}

void cti_sip_sub_send(struct cti_sip_sub *sub)
{
	int err = 0;

	if (sub->state == CTI_SUB_CLOSING || sub->req || !sub->sip->up)
		return;
	if (!sub->dlg)
		err = dialog_begin(sub);
	state_set(sub, CTI_SUB_ASKED);
	sub->missed = false;
	cti_timer_cancel(&sub->due);
	sub->asked_inside = sub->dlg && sip_dialog_established(sub->dlg);
	if (!err)
		err = request(sub, sub->expires_s, true);
	if (err)
		cti_sip_sub_ended(sub, &no_answer, 0, 0);
}

static void on_due(void *arg)
{
	struct cti_sip_sub *sub = arg;

	if (sub->state == CTI_SUB_ACTIVE && !sub->notified && !sub->missed)
		cti_sip_sub_ended(sub, &no_notify, 0, 0);
	else
		cti_sip_pace(sub);
}

void cti_sip_sub_refresh(struct cti_sip_sub *sub)
{
	const int64_t now = cti_mono_us();
	const int64_t due = sub->refreshed_us + REFRESH_EVERY_S * INT64_C(1000000);

	if (sub->state != CTI_SUB_ACTIVE || !sub->notified)
		return; /* on its way already */
	if (sub->refreshed_us && now < due) {
		due_in(sub, (uint64_t)(due - now) / 1000 + 1);
		return;
	}
	sub->refreshed_us = now;
	cti_sip_pace(sub);
}

void cti_sip_sub_close(struct cti_sip_sub *sub, bool wait)
{
	const bool inside = sub->dlg && sip_dialog_established(sub->dlg);

	list_unlink(&sub->le);
	cti_timer_cancel(&sub->due);
	sub->req = mem_deref(sub->req);
	state_set(sub, CTI_SUB_CLOSING);
	if (inside && sub->sip->up)
		(void)request(sub, 0, wait); /* it runs out by itself otherwise */
}
