/*
 * doctor_pbx.c -- the daemon's own connectors, run for some seconds: what they say
 * about their links is what the daemon would meet.
 */
#include "doctor.h"
#include "links.h"

#include <cti/err.h>
#include <cti/loop.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_MS = 250, LOOKS_MAX = 40, MAX_FDS = 1024 };

struct round {
	struct cti_doctor *d;
	struct cti_links *links;
	struct cti_timer timer;
	unsigned looks;
};

/* What settings hide callers, by kind; there is no way to ask for them. */
static const struct {
	const char *kind;
	const char *text;
} hints[] = {
	{ "asterisk",
		"each line needs a hint in the dialplan; in pjsip.conf, the account that "
		"subscribes needs allow_subscribe=yes and notify_early_inuse_ringing=yes, and "
		"lines device_state_busy_at=0; without AMI there are no callers' numbers" },
	{ "freeswitch", "profiles need manage-presence=true, and lines a presence-id" },
	{ "kamailio",
		"the dialog event package is presence_dialoginfo with pua_dialoginfo" },
};

/* ---- the connectors' world ------------------------------------------------------------------ */

static int swallow(const struct cti_input *in, void *arg)
{
	(void)in;
	(void)arg;
	return 0;
}

static void no_progress(const struct cti_progress *p, void *arg)
{
	(void)p;
	(void)arg;
}

static bool settled(const struct cti_links *links)
{
	for (size_t i = 0; i < cti_links_count(links); i++) {
		struct cti_link_status s;

		cti_links_status(links, i, &s);
		if (!s.st.up || s.st.lines_active < s.st.lines_watched)
			return false;
	}
	return true;
}

static void on_closed(void *arg)
{
	(void)arg;
	cti_loop_stop();
}

static void report(struct cti_doctor *d, const struct cti_link_status *s)
{
	if (!s->st.up)
		cti_doctor_say(d, CTI_FINDING_FAIL, s->st.detail, "PBX %s by %s: no link",
			s->pbx, s->kind);
	else if (s->st.lines_active < s->st.lines_watched)
		cti_doctor_say(d, CTI_FINDING_WARN, s->st.detail,
			"PBX %s by %s: %u of %u lines are served", s->pbx, s->kind,
			s->st.lines_active, s->st.lines_watched);
	else
		cti_doctor_say(d, CTI_FINDING_OK, NULL, "PBX %s by %s: %u lines", s->pbx,
			s->kind, s->st.lines_active);
}

static void look(void *arg)
{
	struct round *r = arg;

	if (++r->looks < LOOKS_MAX && !settled(r->links)) {
		(void)cti_timer_start(&r->timer, LOOK_MS, look, r);
		return;
	}
	for (size_t i = 0; i < cti_links_count(r->links); i++) {
		struct cti_link_status s;

		cti_links_status(r->links, i, &s);
		report(r->d, &s);
	}
	cti_links_stop(r->links, on_closed, r);
}

/* ---- settings of our own: no port that the daemon has ------------------------------------------ */

/* "192.0.2.1:5080" to "192.0.2.1"; an IPv6 address stays unless it is in brackets. */
static void cut_port(char *addr)
{
	char *colon = strrchr(addr, ':');

	if (colon && (strchr(addr, ':') == colon || colon[-1] == ']'))
		*colon = '\0';
}

static void advise(struct cti_doctor *d)
{
	for (size_t i = 0; i < d->config->npbxs; i++) {
		const struct cti_pbx_conf *p = &d->config->pbxs[i];

		for (size_t n = 0; n < sizeof(hints) / sizeof(hints[0]); n++) {
			if (strcmp(hints[n].kind, p->kind) == 0)
				cti_doctor_say(d, CTI_FINDING_NOTE, hints[n].text,
					"PBX %s: if callers are missing, look at these settings",
					p->name);
		}
	}
}

static int run(struct cti_doctor *d, struct cti_config *config)
{
	const struct cti_pbx_sink sink = { swallow, no_progress, NULL };
	struct round r = { .d = d };
	int err = cti_loop_init(MAX_FDS);

	if (err)
		return err;
	for (size_t i = 0; i < config->npbxs; i++) {
		if (config->pbxs[i].sip_local)
			cut_port(config->pbxs[i].sip_local);
	}
	err = cti_links_alloc(&r.links, config, &sink);
	if (!err)
		err = cti_links_start(r.links);
	if (!err)
		err = cti_timer_start(&r.timer, LOOK_MS, look, &r);
	if (!err)
		err = cti_loop_run();
	cti_links_free(r.links);
	cti_loop_fini();
	return err;
}

void cti_doctor_pbxs(struct cti_doctor *d)
{
	struct cti_conf_problems problems = { 0 };
	struct cti_config *config = NULL; /* a copy to change */
	int err = cti_config_load(&config, d->config->path, &problems);

	if (!err && config->npbxs)
		err = run(d, config);
	if (err)
		cti_doctor_say(d, CTI_FINDING_FAIL, "see the log of ringbridge serve",
			"PBXs cannot be asked: %s", cti_err_name(err));
	cti_config_free(config);
	cti_conf_problems_reset(&problems);
	advise(d);
}
