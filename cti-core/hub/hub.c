/*
 * hub.c -- the life of the hub thread and its inbox.
 *
 *	core --inbox--> publish --> clients --WebSocket--> browsers
 *	browsers --HTTP--> http, rest --job--> workers (backend) --events--> rest, http
 *
 * Stopping has two steps, since both sides have something to say: browsers are
 * told and answers finished while the loop runs, then the loop ends and the
 * workers, whose clients have gone by then, are waited for.
 */
#include "hub_priv.h"

#include "client.h"
#include "http.h"
#include "job.h"
#include "picture.h"
#include "publish.h"
#include "rest.h"

#include <cti/clock.h>
#include <cti/err.h>
#include <cti/log.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
	INBOX_MAX = 65536, /* more than a minute of a busy contact centre */
	SWEEP_US = 10000000,
	LOGIN_FREE_ADDR = 30, /* an office logs in behind one address */
	LOGIN_FREE_NAME = 5,
	LOGIN_WAIT_ADDR_S = 60,
	LOGIN_WAIT_NAME_S = 30, /* bounded: nobody can lock a colleague out */
	FDS_RESERVED = 128,
	CLOSE_GOING_AWAY = 1001, /* RFC 6455 section 7.4.1 */
	DEFAULT_SESSION_S = 12 * 3600,
	DEFAULT_TOKEN_S = 60,
	DEFAULT_PING_S = 25,
	DEFAULT_HELLO_MS = 10000,
	DEFAULT_RECHECK_S = 4,
	DEFAULT_CLIENTS = 5000,
	DEFAULT_WORKERS = 4,
};

/* ---- inbox --------------------------------------------------------------- */

enum msg_kind {
	MSG_CONVERSATION,
	MSG_POP,
	MSG_WITHDRAW,
	MSG_RESULT,
	MSG_HEALTH,
	MSG_RESYNCED,
	MSG_RECHECK,
	MSG_TEXTS,
};

struct msg {
	enum msg_kind kind;
	char *id;              /* owned: conversation, or user of RESULT and RECHECK */
	char *line;            /* owned */
	char *text;            /* owned: JSON, or why */
	char **lines;          /* owned */
	unsigned char *states; /* owned; of lines, see picture.h */
	size_t nlines;
	bool ended;
	cti_hub_text_h *health, *metrics;
	void *arg;
};

static void msg_free(void *p)
{
	struct msg *m = p;

	if (!m)
		return;
	for (size_t i = 0; m->lines && i < m->nlines; i++)
		free(m->lines[i]);
	free(m->lines);
	free(m->states);
	free(m->id);
	free(m->line);
	free(m->text);
	free(m);
}

/* Takes json; id and line are copied; each may be NULL. */
static struct msg *msg_new(
	enum msg_kind kind, const char *id, const char *line, char *json)
{
	struct msg *m = calloc(1, sizeof(*m));

	if (!m) {
		free(json);
		return NULL;
	}
	m->kind = kind;
	m->text = json;
	m->id = cti_str_dup(id);
	m->line = cti_str_dup(line);
	if ((!id || m->id) && (!line || m->line))
		return m;
	msg_free(m);
	return NULL;
}

/* Any thread. */
static int push(struct cti_hub *h, struct msg *m)
{
	int err = ENOMEM;

	if (m)
		err = cti_msgq_push(h->inbox, m);
	if (!err)
		return 0;
	msg_free(m);
	atomic_store(&h->lost, true);
	return err;
}

static int msg_legs(struct msg *m, const struct cti_hub_leg *legs, size_t n)
{
	m->lines = calloc(n ? n : 1, sizeof(*m->lines));
	m->states = calloc(n ? n : 1, sizeof(*m->states));
	if (!m->lines || !m->states)
		return ENOMEM;
	for (; m->nlines < n; m->nlines++) {
		m->lines[m->nlines] = cti_str_dup(legs[m->nlines].line);
		m->states[m->nlines] = cti_pictures_state(legs[m->nlines].state);
		if (!m->lines[m->nlines])
			return ENOMEM;
	}
	return 0;
}

int cti_hub_publish_conversation(struct cti_hub *h, const char *id, bool ended,
	const struct cti_hub_leg *legs, size_t nlegs, char *json)
{
	struct msg *m = json ? msg_new(MSG_CONVERSATION, id, NULL, json) : NULL;

	if (m)
		m->ended = ended;
	if (m && msg_legs(m, legs, nlegs)) {
		msg_free(m);
		m = NULL;
	}
	return push(h, m);
}

int cti_hub_publish_pop(struct cti_hub *h, const char *conversation, const char *line,
	const char *why, bool withdrawn)
{
	char *text = cti_str_dup(why ? why : "");

	return push(h, text ? msg_new(withdrawn ? MSG_WITHDRAW : MSG_POP, conversation,
				      line, text)
			    : NULL);
}

int cti_hub_publish_result(struct cti_hub *h, const char *user_id, char *json)
{
	return push(h, json ? msg_new(MSG_RESULT, user_id, NULL, json) : NULL);
}

int cti_hub_publish_health(struct cti_hub *h, char *json)
{
	return push(h, json ? msg_new(MSG_HEALTH, NULL, NULL, json) : NULL);
}

int cti_hub_publish_resynced(struct cti_hub *h)
{
	return push(h, msg_new(MSG_RESYNCED, NULL, NULL, NULL));
}

int cti_hub_recheck(struct cti_hub *h, const char *user_id)
{
	return push(h, msg_new(MSG_RECHECK, user_id, NULL, NULL));
}

int cti_hub_set_health(
	struct cti_hub *h, cti_hub_text_h *health, cti_hub_text_h *metrics, void *arg)
{
	struct msg *m = msg_new(MSG_TEXTS, NULL, NULL, NULL);

	if (m) {
		m->health = health;
		m->metrics = metrics;
		m->arg = arg;
	}
	return push(h, m);
}

static void take(struct cti_hub *h, const struct msg *m)
{
	switch (m->kind) {
	case MSG_CONVERSATION:
		cti_publish_conversation(h->publish, m->id, m->ended,
			&(struct cti_pictures_new){ (const char *const *)m->lines,
				m->states, m->nlines, m->text });
		break;
	case MSG_POP:
		cti_publish_pop(h->publish, m->id, m->line, m->text);
		break;
	case MSG_WITHDRAW:
		cti_publish_withdraw(h->publish, m->id, m->line, m->text);
		break;
	case MSG_RESULT:
		cti_publish_result(h->publish, m->id, m->text);
		break;
	case MSG_HEALTH:
		cti_publish_health(h->publish, m->text);
		break;
	case MSG_RESYNCED:
		cti_publish_resynced(h->publish);
		break;
	case MSG_RECHECK:
		cti_rest_recheck(h, m->id);
		break;
	case MSG_TEXTS:
		h->health = m->health;
		h->metrics = m->metrics;
		h->health_arg = m->arg;
		break;
	}
}

/* What was lost may have been an end: no picture can be believed until the core
 * has published it again. */
static void after_loss(struct cti_hub *h)
{
	h->n.inbox_lost++;
	cti_log(CTI_LOG_ERROR, "hub", "inbox was full, asking for everything anew");
	cti_publish_doubt(h->publish);
	if (h->core.resync)
		h->core.resync(h->core.arg);
}

/* ---- stopping ------------------------------------------------------------ */

static void begin_closing(struct cti_hub *h)
{
	h->closing = true;
	cti_log(CTI_LOG_INFO, "hub", "closing browsers=%zu", h->nclients);
	for (struct cti_client *cl = h->clients; cl; cl = cl->next)
		cti_client_close(cl, CLOSE_GOING_AWAY, "shutting-down",
			"The server is going down.");
}

static void follow_stop(struct cti_hub *h)
{
	const int stop = atomic_load(&h->stop);

	if (stop == CTI_HUB_RUN)
		return;
	if (!h->closing)
		begin_closing(h);
	if (stop == CTI_HUB_LEAVE_NOW || (!h->clients && !h->requests))
		cti_glue_leave(h->glue);
}

/* ---- up-calls of the glue ------------------------------------------------- */

void cti_hub_woken(struct cti_hub *h)
{
	struct msg *m;

	while ((m = cti_msgq_pop(h->inbox)) != NULL) {
		take(h, m);
		msg_free(m);
	}
	if (atomic_exchange(&h->lost, false))
		after_loss(h);
	cti_jobs_drain(h->jobs);
	follow_stop(h);
}

static void reload_assets(struct cti_hub *h)
{
	const int64_t stamp = h->conf.web_dir ? cti_assets_stamp(h->conf.web_dir) : 0;
	struct cti_job *job;

	if (!stamp || stamp == h->assets_stamp)
		return;
	if (cti_job_alloc(&job, h, CTI_JOB_ASSETS, NULL))
		return;
	if (cti_job_post(job))
		cti_job_free(job);
	else
		h->assets_stamp = stamp;
}

void cti_hub_tick(struct cti_hub *h)
{
	const int64_t now = cti_mono_us();

	for (struct cti_client *cl = h->clients; cl; cl = cl->next)
		cti_client_tick(cl, now);
	cti_http_tick(h, now);
	cti_rest_tick(h, now);
	if (now - h->sweep_us >= SWEEP_US) {
		h->sweep_us = now;
		cti_sessions_sweep(h->sessions);
		cti_limit_sweep(h->by_addr);
		cti_limit_sweep(h->by_name);
		reload_assets(h);
	}
	cti_hub_woken(h);
}

bool cti_hub_origin_ok(struct cti_hub *h, const struct cti_conn *c, const char *origin)
{
	char shown[80];

	if (cti_origin_allowed(&h->origins, origin, cti_glue_tls(h->glue),
		    cti_conn_local(c), cti_glue_port(h->glue)))
		return true;
	(void)cti_str_clean(shown, sizeof(shown), origin, strlen(origin));
	cti_log(CTI_LOG_WARN, "auth", "origin refused origin=%s remote=%s",
		*shown ? shown : "(none)", cti_conn_remote(c));
	return false;
}

/* ---- texts --------------------------------------------------------------- */

bool cti_hub_health_text(struct cti_hub *h, struct cti_buf *out)
{
	bool ok = true;

	if (h->health)
		h->health(out, &ok, h->health_arg);
	else
		cti_buf_str(out, cti_publish_health_json(h->publish));
	return ok;
}

static void metric(struct cti_buf *out, const char *name, const char *type,
	const char *help, uint64_t v)
{
	cti_buf_printf(out,
		"# HELP ringbridge_hub_%s %s\n# TYPE ringbridge_hub_%s %s\n"
		"ringbridge_hub_%s %llu\n",
		name, help, name, type, name, (unsigned long long)v);
}

void cti_hub_metrics_text(struct cti_hub *h, struct cti_buf *out)
{
	const struct cti_hub_counters *n = &h->n;
	const struct {
		const char *name, *help;
		uint64_t value;
	} counters[] = {
		{ "requests_total", "HTTP requests.", n->requests },
		{ "logins_failed_total", "Log-ins with a wrong name or password.",
			n->logins_failed },
		{ "upgrades_total", "WebSocket handshakes.", n->upgrades },
		{ "upgrades_refused_total", "Refused WebSocket handshakes.",
			n->upgrades_refused },
		{ "messages_in_total", "Messages from browsers.", n->messages_in },
		{ "frames_out_total", "WebSocket frames to browsers.", n->frames_out },
		{ "bytes_out_total", "Bytes of those frames.", n->bytes_out },
		{ "resumes_total", "Browsers that got what they missed.", n->resumes },
		{ "snapshots_total", "Whole pictures sent.", n->snapshots },
		{ "resyncs_total", "Queues that gave way to a whole picture.",
			n->resyncs },
		{ "merged_total", "Waiting changes replaced by newer ones.", n->merged },
		{ "slow_closed_total", "Browsers closed because they did not read.",
			n->slow_closed },
		{ "pops_total", "Screen pops.", n->pops },
		{ "pops_unseen_total", "Screen pops for a line nobody had open.",
			n->pops_unseen },
		{ "inbox_lost_total", "Times the inbox was full.", n->inbox_lost },
	};
	bool ok = true;

	if (h->metrics)
		h->metrics(out, &ok, h->health_arg);
	metric(out, "browsers", "gauge", "Open WebSockets.", h->nclients);
	metric(out, "connections", "gauge", "Open connections.",
		cti_glue_connections(h->glue));
	metric(out, "conversations", "gauge", "Conversations going on.",
		cti_publish_live(h->publish));
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		metric(out, counters[i].name, "counter", counters[i].help,
			counters[i].value);
}

/* ---- configuration ------------------------------------------------------- */

static const char *const *copy_strings(const char *const *list, size_t n)
{
	char **copy = calloc(n + 1, sizeof(char *));

	for (size_t i = 0; copy && i < n; i++)
		copy[i] = cti_str_dup(list[i]);
	return (const char *const *)copy;
}

static void free_strings(const char *const *list, size_t n)
{
	for (size_t i = 0; list && i < n; i++)
		free((void *)(uintptr_t)list[i]);
	free((void *)(uintptr_t)list);
}

static uint32_t or_default(uint32_t value, uint32_t dflt)
{
	return value ? value : dflt;
}

/* Browsers must leave descriptors for the rest of the process. */
static uint32_t clients_possible(uint32_t wanted)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0 || lim.rlim_cur > wanted + FDS_RESERVED)
		return wanted;
	return lim.rlim_cur > 2 * FDS_RESERVED ? (uint32_t)lim.rlim_cur - FDS_RESERVED
					       : FDS_RESERVED;
}

static int copy_conf(struct cti_hub *h, const struct cti_hub_conf *from)
{
	struct cti_hub_conf *conf = &h->conf;

	*conf = *from;
	conf->listen_addr = cti_str_dup(from->listen_addr);
	conf->tls_cert = cti_str_dup(from->tls_cert);
	conf->tls_key = cti_str_dup(from->tls_key);
	conf->web_dir = cti_str_dup(from->web_dir);
	conf->version = cti_str_dup(from->version ? from->version : "");
	conf->origins = copy_strings(from->origins, from->norigins);
	conf->metrics_allow = copy_strings(from->metrics_allow, from->nmetrics_allow);
	conf->session_s = or_default(from->session_s, DEFAULT_SESSION_S);
	conf->token_s = or_default(from->token_s, DEFAULT_TOKEN_S);
	conf->ping_s = or_default(from->ping_s, DEFAULT_PING_S);
	conf->hello_ms = or_default(from->hello_ms, DEFAULT_HELLO_MS);
	conf->recheck_s = or_default(from->recheck_s, DEFAULT_RECHECK_S);
	conf->max_clients =
		clients_possible(or_default(from->max_clients, DEFAULT_CLIENTS));
	conf->workers = or_default(from->workers, DEFAULT_WORKERS);
	h->origins.list = conf->origins;
	h->origins.n = conf->norigins;
	return conf->listen_addr && conf->version && conf->origins && conf->metrics_allow
		       ? 0
		       : ENOMEM;
}

static void free_conf(struct cti_hub_conf *conf)
{
	free((void *)(uintptr_t)conf->listen_addr);
	free((void *)(uintptr_t)conf->tls_cert);
	free((void *)(uintptr_t)conf->tls_key);
	free((void *)(uintptr_t)conf->web_dir);
	free((void *)(uintptr_t)conf->version);
	free_strings(conf->origins, conf->norigins);
	free_strings(conf->metrics_allow, conf->nmetrics_allow);
}

static int check_conf(const struct cti_hub_conf *conf)
{
	if (!conf->listen_addr || !conf->tls_cert != !conf->tls_key)
		return EINVAL;
	if (!conf->tls_cert && !conf->plain_ok &&
		!cti_addr_is_loopback(conf->listen_addr))
		return EACCES;
	for (size_t i = 0; i < conf->norigins; i++)
		if (!cti_origin_valid(conf->origins[i]))
			return EINVAL;
	return 0;
}

/* ---- life ---------------------------------------------------------------- */

static void wake(void *arg)
{
	struct cti_hub *h = arg;

	cti_glue_wake(h->glue);
}

static void load_assets(struct cti_hub *h)
{
	const char *dir = h->conf.web_dir;
	const int err = dir ? cti_assets_load(&h->assets, dir) : ENOENT;

	if (err) {
		cti_log(CTI_LOG_WARN, "hub", "no web files folder=%s error=%s",
			dir ? dir : "(none)", cti_err_name(err));
		return;
	}
	h->assets_stamp = cti_assets_stamp(dir);
}

static int make_parts(struct cti_hub *h)
{
	int err = cti_sessions_alloc(&h->sessions, h->conf.token_s);

	if (!err)
		err = cti_limit_alloc(&h->by_addr, LOGIN_FREE_ADDR, LOGIN_WAIT_ADDR_S);
	if (!err)
		err = cti_limit_alloc(&h->by_name, LOGIN_FREE_NAME, LOGIN_WAIT_NAME_S);
	if (!err)
		err = cti_publish_alloc(&h->publish, h);
	if (!err)
		err = cti_glue_open(&h->glue, &h->conf, h);
	if (!err)
		err = cti_msgq_alloc(&h->inbox, INBOX_MAX, wake, h);
	if (!err)
		err = cti_jobs_alloc(&h->jobs, h);
	return err;
}

static void hub_free(struct cti_hub *h)
{
	cti_jobs_free(h->jobs);
	if (h->inbox)
		cti_msgq_free(h->inbox, msg_free);
	cti_glue_free(h->glue);
	cti_publish_free(h->publish);
	cti_limit_free(h->by_addr);
	cti_limit_free(h->by_name);
	cti_sessions_free(h->sessions);
	cti_assets_unref(h->assets);
	free_conf(&h->conf);
	free(h);
}

static void *run(void *arg)
{
	struct cti_hub *h = arg;

	(void)pthread_setname_np(pthread_self(), "hub");
	cti_glue_run(h->glue);
	cti_jobs_stop(h->jobs);
	return NULL;
}

/* Signals are the core thread's business. */
static int start_thread(struct cti_hub *h)
{
	sigset_t all;
	sigset_t old;
	int err;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&h->thread, NULL, run, h);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	h->has_thread = !err;
	return err;
}

int cti_hub_start(struct cti_hub **hp, const struct cti_hub_conf *conf,
	const struct cti_hub_backend *backend, const struct cti_hub_core *core)
{
	struct cti_hub *h;
	int err;

	if (!hp || !conf || !backend || !core)
		return EINVAL;
	err = check_conf(conf);
	if (err)
		return err;
	h = calloc(1, sizeof(*h));
	if (!h)
		return ENOMEM;
	h->backend = *backend;
	h->core = *core;
	err = copy_conf(h, conf);
	if (!err)
		err = make_parts(h);
	if (!err) {
		load_assets(h);
		err = start_thread(h);
	}
	if (err) {
		hub_free(h);
		return err;
	}
	cti_log(CTI_LOG_INFO, "hub", "listening address=%s port=%u tls=%d",
		h->conf.listen_addr, cti_glue_port(h->glue), cti_glue_tls(h->glue));
	*hp = h;
	return 0;
}

static void stop_step(struct cti_hub *h, enum cti_hub_step step)
{
	atomic_store(&h->stop, (int)step);
	cti_glue_wake(h->glue);
}

void cti_hub_stop(struct cti_hub *h, uint32_t deadline_ms)
{
	struct timespec until;

	if (!h)
		return;
	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += deadline_ms / 1000;
	until.tv_nsec += (long)(deadline_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	stop_step(h, CTI_HUB_CLOSING);
	if (pthread_timedjoin_np(h->thread, NULL, &until)) {
		stop_step(h, CTI_HUB_LEAVE_NOW);
		if (h->backend.give_up)
			h->backend.give_up(h->backend.arg);
		(void)pthread_join(h->thread, NULL);
	}
	hub_free(h);
}

uint16_t cti_hub_port(const struct cti_hub *h)
{
	return cti_glue_port(h->glue);
}
