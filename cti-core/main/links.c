/*
 * links.c -- see links.h.
 */
#include "links.h"

#include "strmap.h"

#include <cti/err.h>
#include <cti/log.h>
#include <cti/loop.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { STOP_MS = 2500, PER_PBX = 2 };

struct link {
	struct cti_pbx *pbx; /* owned */
	const struct cti_pbx_conf *conf;
	struct cti_links *owner;
	bool started;
	bool open; /* has not said goodbye yet */
};

struct cti_links {
	struct link *v; /* owned */
	size_t n;
	struct cti_strmap *by_line; /* to struct cti_pbx_conf, borrowed */
	struct cti_timer stopping;
	void (*done)(void *arg);
	void *arg;
};

/* A connector can be left out of a build. */
#ifdef CTI_WITH_SIP
static const struct cti_pbx_ops *const sip_ops = &cti_pbx_sip;
#else
static const struct cti_pbx_ops *const sip_ops = NULL;
#endif
#ifdef CTI_WITH_ASTERISK
static const struct cti_pbx_ops *const asterisk_ops = &cti_pbx_asterisk;
#else
static const struct cti_pbx_ops *const asterisk_ops = NULL;
#endif

/* ---- life ------------------------------------------------------------------ */

static int add(struct cti_links *l, const struct cti_pbx_ops *ops,
	const struct cti_pbx_conf *conf, const struct cti_pbx_sink *sink)
{
	struct link *k = &l->v[l->n];
	int err;

	if (!ops) {
		cti_log(CTI_LOG_ERROR, "main",
			"this build has no connector for the settings pbx=%s",
			conf->name);
		return ENOSYS;
	}
	if (ops->abi != CTI_PBX_ABI)
		return EPROTO;
	err = ops->alloc(&k->pbx, conf, sink);
	if (err) {
		cti_log(CTI_LOG_ERROR, "main",
			"connector refuses its settings pbx=%s kind=%s error=%s",
			conf->name, ops->name, cti_err_name(err));
		return err;
	}
	k->conf = conf;
	k->owner = l;
	l->n++;
	return 0;
}

static int add_lines(struct cti_links *l, const struct cti_pbx_conf *conf)
{
	int err = 0;

	for (size_t i = 0; i < conf->lines.n && !err; i++)
		err = cti_strmap_put(
			l->by_line, conf->lines.v[i], (void *)(uintptr_t)conf, NULL);
	return err;
}

int cti_links_alloc(struct cti_links **lp, const struct cti_config *config,
	const struct cti_pbx_sink *sink)
{
	struct cti_links *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return ENOMEM;
	err = cti_strmap_alloc(&l->by_line);
	l->v = calloc(PER_PBX * config->npbxs + 1, sizeof(*l->v));
	if (!l->v)
		err = ENOMEM;
	for (size_t i = 0; i < config->npbxs && !err; i++) {
		const struct cti_pbx_conf *conf = &config->pbxs[i];

		err = add_lines(l, conf);
		if (!err && conf->sip_servers.n)
			err = add(l, sip_ops, conf, sink);
		if (!err && conf->ami_address)
			err = add(l, asterisk_ops, conf, sink);
	}
	if (err) {
		cti_links_free(l);
		return err;
	}
	*lp = l;
	return 0;
}

void cti_links_free(struct cti_links *l)
{
	if (!l)
		return;
	cti_timer_cancel(&l->stopping);
	while (l->n > 0) {
		struct cti_pbx *pbx = l->v[--l->n].pbx;

		pbx->ops->free(pbx);
	}
	cti_strmap_free(l->by_line, NULL);
	free(l->v);
	free(l);
}

int cti_links_start(struct cti_links *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const int err = l->v[i].pbx->ops->start(l->v[i].pbx);

		if (err) {
			cti_log(CTI_LOG_ERROR, "main",
				"connector does not start pbx=%s kind=%s error=%s",
				l->v[i].conf->name, l->v[i].pbx->ops->name,
				cti_err_name(err));
			return err;
		}
		l->v[i].started = true;
	}
	return 0;
}

static void all_closed(void *arg)
{
	struct cti_links *l = arg;

	cti_timer_cancel(&l->stopping);
	if (l->done)
		l->done(l->arg);
	l->done = NULL;
}

static void on_closed(void *arg)
{
	struct link *k = arg;
	struct cti_links *l = k->owner;

	k->open = false;
	for (size_t i = 0; i < l->n; i++) {
		if (l->v[i].open)
			return;
	}
	(void)cti_timer_start(&l->stopping, 0, all_closed, l);
}

void cti_links_stop(struct cti_links *l, void (*done)(void *arg), void *arg)
{
	size_t open = 0;

	l->done = done;
	l->arg = arg;
	for (size_t i = 0; i < l->n; i++)
		open += l->v[i].open = l->v[i].started;
	(void)cti_timer_start(&l->stopping, open ? STOP_MS : 0, all_closed, l);
	for (size_t i = 0; i < l->n; i++) {
		if (l->v[i].open)
			l->v[i].pbx->ops->stop(l->v[i].pbx, on_closed, &l->v[i]);
	}
}

/* ---- commands -------------------------------------------------------------- */

const struct cti_pbx_conf *cti_links_pbx_of(const struct cti_links *l, const char *line)
{
	return cti_strmap_get(l->by_line, line);
}

static unsigned needed(enum cti_verb verb)
{
	static const unsigned caps[] = {
		[CTI_VERB_DIAL] = CTI_PBX_CAN_DIAL,
		[CTI_VERB_CANCEL] = CTI_PBX_CAN_DIAL,
		[CTI_VERB_ANSWER] = CTI_PBX_CAN_ANSWER,
		[CTI_VERB_HANGUP] = CTI_PBX_CAN_HANGUP,
		[CTI_VERB_HOLD] = CTI_PBX_CAN_HOLD,
		[CTI_VERB_RESUME] = CTI_PBX_CAN_HOLD,
		[CTI_VERB_TRANSFER] = CTI_PBX_CAN_TRANSFER,
		[CTI_VERB_CONSULT_TRANSFER] = CTI_PBX_CAN_CONSULT,
		[CTI_VERB_COMPLETE] = CTI_PBX_CAN_CONSULT,
		[CTI_VERB_BACK] = CTI_PBX_CAN_CONSULT,
	};

	return caps[verb];
}

/* Tries the connectors of conf that can; the PBX's own interface before SIP, since it
 * sees the customer's side. The first that takes it has it. */
int cti_links_command(struct cti_links *l, const struct cti_command *cmd)
{
	const struct cti_pbx_conf *conf = cti_links_pbx_of(l, cmd->line);
	static const enum cti_provenance order[] = { CTI_PROV_API, CTI_PROV_DIALOG };
	int err = ENOTSUP;

	for (size_t o = 0; o < sizeof(order) / sizeof(order[0]); o++) {
		for (size_t i = 0; i < l->n; i++) {
			struct cti_pbx *pbx = l->v[i].pbx;

			if (l->v[i].conf != conf || pbx->ops->source != order[o] ||
				!(pbx->ops->caps(pbx) & needed(cmd->verb)))
				continue;
			err = pbx->ops->command(pbx, cmd);
			if (!err)
				return 0;
		}
	}
	return err;
}

void cti_links_refresh(struct cti_links *l, const char *pbx, const char *line)
{
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->v[i].conf->name, pbx) == 0)
			(void)l->v[i].pbx->ops->refresh(
				l->v[i].pbx, line); /* down: it will */
	}
}

/* ---- state ----------------------------------------------------------------- */

unsigned cti_links_caps(const struct cti_links *l)
{
	unsigned caps = 0;

	for (size_t i = 0; i < l->n; i++)
		caps |= l->v[i].pbx->ops->caps(l->v[i].pbx);
	return caps;
}

unsigned cti_links_could(const struct cti_links *l)
{
	unsigned could = 0;

	for (size_t i = 0; i < l->n; i++)
		could |= l->v[i].pbx->ops->could;
	return could;
}

size_t cti_links_count(const struct cti_links *l)
{
	return l->n;
}

void cti_links_status(const struct cti_links *l, size_t index, struct cti_link_status *st)
{
	const struct link *k = &l->v[index];

	*st = (struct cti_link_status){ .pbx = k->conf->name, .kind = k->pbx->ops->name };
	k->pbx->ops->status(k->pbx, &st->st);
}
