/*
 * sip.c -- the SIP monitor's vtable (cti/pbx.h): life of an instance, its state in
 * words, commands to dial.c.
 */
#include "sip.h"

#include <cti/log.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { STOP_MS = 1500, STOP_POLL_MS = 50, STOP_WAIT = 256 };

static struct cti_sip *of(const struct cti_pbx *pbx)
{
	return (struct cti_sip *)(uintptr_t)pbx;
}

/* ---- life ----------------------------------------------------------------------- */

static void destructor(void *arg)
{
	struct cti_sip *s = arg;

	cti_timer_cancel(&s->stopping);
	cti_sip_link_stop(s);
	cti_sip_pace_stop(s);
	list_flush(&s->dials);
	for (size_t i = 0; i < s->nsubs; i++)
		mem_deref(s->subs[i]);
	mem_deref(s->subs);
	cti_strmap_free(s->by_call, NULL);
	cti_strmap_free(s->by_line, NULL);
	cti_sip_stack_down(s);
}

static int sub_add(struct cti_sip *s, const char *line)
{
	struct cti_sip_sub *sub;
	int err = cti_sip_sub_alloc(&sub, s, line);

	if (err)
		return err;
	s->subs[s->nsubs++] = sub;
	return cti_strmap_put(s->by_line, line, sub, NULL);
}

static int subs_add(struct cti_sip *s)
{
	const struct cti_list *lines = &s->conf->lines;
	int err;

	s->subs = mem_zalloc((lines->n + 1) * sizeof(struct cti_sip_sub *), NULL);
	if (!s->subs)
		return ENOMEM;
	err = cti_strmap_alloc(&s->by_call);
	if (!err)
		err = cti_strmap_alloc(&s->by_line);
	if (s->conf->sip_list_uri)
		return err ? err : sub_add(s, "");
	for (size_t i = 0; i < lines->n && !err; i++)
		err = sub_add(s, lines->v[i]);
	return err;
}

static int sip_pbx_alloc(struct cti_pbx **pbxp, const struct cti_pbx_conf *conf,
	const struct cti_pbx_sink *sink)
{
	struct cti_sip *s;
	int err;

	if (!pbxp || !conf || !sink || !sink->input || !conf->sip_servers.n)
		return EINVAL;
	s = mem_zalloc(sizeof(*s), destructor);
	if (!s)
		return ENOMEM;
	s->pbx.ops = &cti_pbx_sip;
	s->pbx.sink = *sink;
	s->conf = conf;
	err = subs_add(s);
	if (err)
		mem_deref(s);
	else
		*pbxp = &s->pbx;
	return err;
}

static void sip_pbx_free(struct cti_pbx *pbx)
{
	mem_deref(of(pbx));
}

static int sip_start(struct cti_pbx *pbx)
{
	struct cti_sip *s = of(pbx);
	int err = cti_sip_stack_up(s);

	if (!err)
		err = cti_sip_notify_listen(s);
	if (!err)
		cti_sip_link_start(s);
	return err;
}

/* ---- stop ------------------------------------------------------------------------ */

static bool is_closing(const struct cti_sip *s)
{
	for (size_t i = 0; i < s->nsubs; i++) {
		if (s->subs[i]->req)
			return true;
	}
	return s->dials.head != NULL;
}

static void on_stopping(void *arg)
{
	struct cti_sip *s = arg;

	if (s->stop_polls-- && is_closing(s)) {
		(void)cti_timer_start(&s->stopping, STOP_POLL_MS, on_stopping, s);
		return;
	}
	s->closed(s->closed_arg);
}

static void sip_stop(struct cti_pbx *pbx, void (*closed)(void *arg), void *arg)
{
	struct cti_sip *s = of(pbx);
	const bool wait = s->nactive <= STOP_WAIT;

	s->closed = closed;
	s->closed_arg = arg;
	s->stop_polls = STOP_MS / STOP_POLL_MS;
	cti_sip_link_stop(s);
	cti_sip_pace_stop(s);
	cti_sip_dial_stop(s);
	for (size_t i = 0; i < s->nsubs; i++)
		cti_sip_sub_close(s->subs[i], wait);
	(void)cti_timer_start(&s->stopping, 1, on_stopping, s);
}

/* ---- commands --------------------------------------------------------------------- */

static unsigned sip_caps(const struct cti_pbx *pbx)
{
	(void)pbx;
	return CTI_PBX_CAN_DIAL;
}

static int sip_command(struct cti_pbx *pbx, const struct cti_command *cmd)
{
	struct cti_sip *s = of(pbx);

	if (!s->up)
		return ENOTCONN;
	if (cmd->verb == CTI_VERB_DIAL)
		return cti_sip_dial(s, cmd);
	if (cmd->verb == CTI_VERB_CANCEL)
		return cti_sip_dial_cancel(s, cmd->id);
	return ENOTSUP;
}

static int sip_refresh(struct cti_pbx *pbx, const char *line)
{
	struct cti_sip *s = of(pbx);
	struct cti_sip_sub *sub;

	if (!s->up)
		return ENOTCONN;
	if (s->conf->sip_list_uri)
		line = "";
	if (!line) {
		for (size_t i = 0; i < s->nsubs; i++)
			cti_sip_sub_refresh(s->subs[i]);
		return 0;
	}
	sub = cti_strmap_get(s->by_line, line);
	if (!sub)
		return ENOENT;
	cti_sip_sub_refresh(sub);
	return 0;
}

/* ---- state in words ----------------------------------------------------------------- */

/* The first line that is refused speaks for all. */
static const struct cti_sip_sub *refused_find(const struct cti_sip *s, size_t *np)
{
	const struct cti_sip_sub *first = NULL;

	*np = 0;
	for (size_t i = 0; i < s->nsubs; i++) {
		if (!s->subs[i]->remedy)
			continue;
		if (!first)
			first = s->subs[i];
		++*np;
	}
	return first;
}

static void detail_down(const struct cti_sip *s, char *buf, size_t size)
{
	static const struct {
		int err;
		const char *before, *after;
	} names[] = {
		{ ENOENT, "no such name: ", " (asked for NAPTR, SRV, A and AAAA)" },
		{ ENOTCONN, "no name server is known that could find ",
			": see /etc/resolv.conf, or give sip_dns" },
		{ ETIMEDOUT, "the name server gives no answer about ", "" },
		{ EPROTO, "the name server refuses to answer about ", "" },
	};
	const char *host = s->tried ? s->tried->host : "the PBX";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (s->unnamed != names[i].err)
			continue;
		(void)snprintf(buf, size, "%s%.60s%s", names[i].before, host,
			names[i].after);
		return;
	}
	if (s->tls_refused) {
		(void)snprintf(buf, size,
			"the certificate of %.48s is not accepted: %.56s (see sip_tls_ca)", host,
			s->tls_refused);
		return;
	}
	(void)snprintf(buf, size,
		"no answer from %.80s: is the address right, does the PBX run?",
		s->tried ? s->tried->uri : host);
}

static void detail(const struct cti_sip *s, char *buf, size_t size)
{
	const struct cti_sip_sub *sub;
	char code[16] = "";
	size_t n;

	if (!s->up) {
		detail_down(s, buf, size);
		return;
	}
	sub = refused_find(s, &n);
	if (!sub) {
		buf[0] = '\0';
		return;
	}
	if (sub->code)
		(void)snprintf(code, sizeof(code), "%u: ", sub->code);
	(void)snprintf(buf, size, "%zu of %zu not watched, %.32s: %s%s", n, s->nsubs,
		sub->line[0] ? sub->line : "list", code, sub->remedy);
}

static void sip_status(const struct cti_pbx *pbx, struct cti_pbx_status *st)
{
	const struct cti_sip *s = of(pbx);
	size_t active = 0;

	for (size_t i = 0; i < s->nsubs; i++) /* also while it is being refreshed */
		active += s->subs[i]->up;
	if (s->conf->sip_list_uri)
		active *= s->conf->lines.n;
	*st = (struct cti_pbx_status){
		.up = s->up,
		.lines_watched = (unsigned)s->conf->lines.n,
		.lines_active = (unsigned)active,
		.inputs = s->inputs,
		.errors = s->errors,
		.dropped = cti_sip_dropped(s),
	};
	detail(s, st->detail, sizeof(st->detail));
}

const struct cti_pbx_ops cti_pbx_sip = {
	.abi = CTI_PBX_ABI,
	.name = "sip",
	.source = CTI_PROV_DIALOG,
	.alloc = sip_pbx_alloc,
	.start = sip_start,
	.stop = sip_stop,
	.free = sip_pbx_free,
	.caps = sip_caps,
	.could = CTI_PBX_CAN_DIAL,
	.command = sip_command,
	.refresh = sip_refresh,
	.status = sip_status,
};
