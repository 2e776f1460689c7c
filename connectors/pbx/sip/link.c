/*
 * link.c -- is the PBX there? One OPTIONS at a time finds out: while it is away
 * that is all that is sent, so a PBX that comes back is not met by a storm, and
 * while it is there a look every 20 s. With it goes a refresh of one subscription
 * in turn, since a PBX that was restarted answers OPTIONS and may have forgotten
 * every subscription.
 */
#include "sip.h"

#include "validate.h"

#include <cti/clock.h>
#include <cti/err.h>
#include <cti/log.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	PROBE_TIMEOUT_MS = 4000, /* four datagrams */
	PROBE_AGAIN_MS = 1000,
	RESOLVE_MS = 10000,
	LOOK_MS = 20000,
	FAILS_DOWN = 2,    /* in a row, of a PBX that was up */
	FORGOTTEN_ALL = 2, /* different lines in a row */
};

static void probe(void *arg);

int cti_sip_link_tell(
	struct cti_sip *s, const char *line, const char *what, const char *why)
{
	char data[CTI_SIP_TEXT];
	struct cti_input in = {
		.at_us = cti_now_us(),
		.kind = CTI_INPUT_LINK,
		.source = CTI_PROV_DIALOG,
		.pbx = s->conf->name,
		.line = line,
		.ctype = "",
		.data = data,
	};

	(void)snprintf(
		data, sizeof(data), "%s%s%s", what, why ? " " : "", why ? why : "");
	in.len_bytes = strlen(data);
	s->inputs++;
	return s->pbx.sink.input(&in, s->pbx.sink.arg);
}

static void probe_in(struct cti_sip *s, uint64_t ms)
{
	(void)cti_timer_start(
		&s->probe_due, ms - ms / 10 + rand_u32() % (ms / 5 + 1), probe, s);
}

/* ---- up and down ---------------------------------------------------------------- */

static void go_up(struct cti_sip *s)
{
	const struct cti_sip_target *target = cti_sip_target(s);
	const bool moved = s->home.tp != target->tp ||
			   !sa_cmp(&s->home.addr, &target->addr, SA_ALL);
	char addr[64];

	(void)re_snprintf(addr, sizeof(addr), "%J", &target->addr);
	cti_log(CTI_LOG_INFO, "sip",
		"PBX answers pbx=%s server=%s transport=%s address=%s way=%zu/%zu "
		"lines=%zu",
		s->conf->name, cti_sip_server(s)->uri, sip_transp_name(target->tp), addr,
		s->target + 1, s->ntargets, s->nsubs);
	s->home = *target;
	s->tls_refused = NULL;
	s->up = true;
	s->told = true;
	s->forgotten = 0;
	(void)cti_sip_link_tell(s, "", "up", NULL);
	for (size_t i = 0; i < s->nsubs; i++) {
		if (moved)
			cti_sip_sub_pause(s->subs[i], true);
		cti_sip_pace(s->subs[i]);
	}
}

static void go_down(struct cti_sip *s, const char *why)
{
	if (s->told && !s->up)
		return;
	cti_log(CTI_LOG_WARN, "sip", "PBX does not answer pbx=%s server=%s why=%s",
		s->conf->name, cti_sip_server(s)->uri, why);
	s->up = false;
	s->told = true;
	s->realm[0] = '\0';
	for (size_t i = 0; i < s->nsubs; i++)
		cti_sip_sub_pause(s->subs[i], false);
	(void)cti_sip_link_tell(s, "", "down", why);
}

static void failed(struct cti_sip *s, const char *why)
{
	s->resolve = mem_deref(s->resolve);
	s->probe = mem_deref(s->probe);
	s->probe_dlg = mem_deref(s->probe_dlg);
	s->probe_fails++;
	if (!s->up || s->probe_fails >= FAILS_DOWN) {
		go_down(s, why);
		s->tried = cti_sip_server(s);
		cti_sip_target_next(s);
	}
	probe_in(s, PROBE_AGAIN_MS);
}

static void on_late(void *arg)
{
	struct cti_sip *s = arg;

	if (s->resolve)
		s->unnamed = ETIMEDOUT;
	failed(s, "no answer");
}

/* ---- the probe ------------------------------------------------------------------- */

static void canary(struct cti_sip *s)
{
	for (size_t i = 0; i < s->nsubs; i++) {
		struct cti_sip_sub *sub = s->subs[s->canary++ % s->nsubs];

		if (sub->state != CTI_SUB_ACTIVE || !sub->notified)
			continue;
		cti_sip_pace(sub);
		return;
	}
}

static void on_response(int err, const struct sip_msg *msg, void *arg)
{
	struct cti_sip *s = arg;

	if (msg && msg->scode < 200)
		return;
	if (!err && msg && cti_sip_validate(msg))
		err = EBADMSG;
	if (err || !msg || msg->scode == 503) {
		failed(s, err ? cti_err_name(err) : "503");
		return;
	}
	s->probe_dlg = mem_deref(s->probe_dlg);
	s->probe_fails = 0;
	cti_sip_learn(s, msg);
	probe_in(s, LOOK_MS);
	if (!s->up)
		go_up(s);
	else
		canary(s);
}

static int on_send(enum sip_transp tp, const struct sa *src, const struct sa *dst,
	struct mbuf *mb, void *arg)
{
	return cti_sip_contact_h(tp, src, dst, mb, arg);
}

/* The PBX must hear of an address that is not the one it has of us. */
static void refresh_active(struct cti_sip *s)
{
	for (size_t i = 0; i < s->nsubs; i++) {
		if (s->subs[i]->state == CTI_SUB_ACTIVE)
			cti_sip_pace(s->subs[i]); /* inside: 481 makes it a new one */
	}
}

static void options(struct cti_sip *s)
{
	bool anew;
	int err = cti_sip_transports(s, &cti_sip_target(s)->addr, &anew);

	if (anew)
		refresh_active(s);
	if (!err)
		err = cti_sip_dialog(s, &s->probe_dlg, "");
	if (!err)
		err = sip_drequestf(&s->probe, s->sip, true, "OPTIONS", s->probe_dlg, 0,
			NULL, on_send, on_response, s,
			"Accept: application/sdp\r\nContent-Length: 0\r\n\r\n");
	if (err) {
		failed(s, cti_err_name(err));
		return;
	}
	if (s->probe)
		(void)cti_timer_start(&s->probe_due, PROBE_TIMEOUT_MS, on_late, s);
}

static void on_found(struct cti_sip *s, int err)
{
	s->unnamed = err;
	if (err)
		failed(s, err == ENOENT ? "no such name" : cti_err_name(err));
	else
		options(s);
}

static void probe(void *arg)
{
	struct cti_sip *s = arg;

	if (s->probe || s->resolve)
		return;
	s->probe_dlg = mem_deref(s->probe_dlg);
	if (cti_sip_target(s)) {
		options(s);
		return;
	}
	(void)cti_timer_start(&s->probe_due, RESOLVE_MS, on_late, s);
	cti_sip_target_ask(s, on_found);
}

void cti_sip_link_start(struct cti_sip *s)
{
	(void)cti_timer_start(&s->probe_due, 1, probe, s);
}

void cti_sip_link_stop(struct cti_sip *s)
{
	cti_timer_cancel(&s->probe_due);
	s->resolve = mem_deref(s->resolve);
	s->probe = mem_deref(s->probe);
	s->probe_dlg = mem_deref(s->probe_dlg);
}

void cti_sip_link_doubt(struct cti_sip *s, const char *why)
{
	if (!s->up || s->probe)
		return;
	cti_log(CTI_LOG_DEBUG, "sip", "asking whether the PBX is there pbx=%s why=%s",
		s->conf->name, why);
	(void)cti_timer_start(&s->probe_due, 1, probe, s);
}

/* One line may be gone for its own reasons. When the next one is too, all are. */
void cti_sip_link_forgotten(struct cti_sip *s)
{
	if (++s->forgotten < FORGOTTEN_ALL) {
		canary(s);
		return;
	}
	s->forgotten = 0;
	cti_log(CTI_LOG_INFO, "sip",
		"PBX has forgotten our subscriptions, asking anew pbx=%s", s->conf->name);
	refresh_active(s);
}
