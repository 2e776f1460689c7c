/*
 * daemon.c -- stages up in order, the loop, stages down in reverse.
 *
 *	folders -> loop -> journals -> model -> restart -> store -> directory
 *	        -> crms -> links -> hub -> life
 *
 * What is needed by others starts first; what lets the world in starts last. The
 * database may be away: nothing here waits for it.
 *
 * Threads: this one is the core. Beside it: hub and its workers, store, the
 * directory's workers, the CRMs' and the outbox, one for each journal's fsync. See doc/adr/0002.
 */
#include "daemon.h"

#include "asks.h"
#include "backend.h"
#include "crmside.h"
#include "health.h"
#include "notify.h"
#include "pop_rule.h"
#include "restart.h"
#include "route.h"

#include <cti/clock.h>
#include <cti/err.h>
#include <cti/log.h>
#include <cti/loop.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FDS_BESIDE_CLIENTS =
		2048, /* journals, database, PBXs, pages that are being read */
	HOUSE_MS = 1000,
	TRIM_EVERY = 30, /* times HOUSE_MS */
	CLOCK_EVERY = 10,
	CLOCK_AHEAD_US = 1000000,
	HUB_STOP_MS = 1000,
	STORE_STOP_MS = 1000,
};

struct daemon {
	struct cti_config *config; /* owned */
	char input_dir[PATH_MAX];
	char record_dir[PATH_MAX];
	struct cti_route route;
	struct cti_backend backend;
	struct cti_crmside *crmside; /* NULL: no CRM */
	struct cti_health health;
	struct cti_timer house;
	struct cti_timer watchdog;
	uint64_t watchdog_ms;
	unsigned houses; /* how often house() ran */
	int signal_fd;
	bool stopping;
};

static const struct cti_reader_ops *const readers[] = { &cti_reader_dialog,
	&cti_reader_ami, NULL };

/* ---- folders, loop, journals ------------------------------------------------------ */

static int make_dir(const char *path)
{
	if (mkdir(path, 0750) == 0 || errno == EEXIST)
		return 0;
	cti_log(CTI_LOG_ERROR, "main", "cannot make the folder path=%s error=%s", path,
		cti_err_name(errno));
	return errno;
}

static int folders_up(struct daemon *d)
{
	const char *dir = d->config->journal.dir;
	/* A memory image would hold passwords and numbers. One byte: zero would not keep
	 * the kernel from handing the image to a program (core(5)). */
	const struct rlimit no_core = { 1, 1 };

	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)umask(0027);
	if (snprintf(d->input_dir, sizeof(d->input_dir), "%s/input", dir) >=
			(int)sizeof(d->input_dir) ||
		snprintf(d->record_dir, sizeof(d->record_dir), "%s/record", dir) >=
			(int)sizeof(d->record_dir))
		return ENAMETOOLONG;
	return make_dir(dir);
}

static int loop_up(struct daemon *d)
{
	return cti_loop_init(d->config->web.max_clients + FDS_BESIDE_CLIENTS);
}

static void loop_down(struct daemon *d)
{
	(void)d;
	cti_loop_fini();
}

static int open_journal(const struct daemon *d, struct cti_journal **jp, const char *dir,
	uint64_t max_bytes)
{
	const struct cti_journal_conf conf = {
		.dir = dir,
		.segment_bytes = d->config->journal.segment_bytes,
		.max_bytes = max_bytes,
		.fsync = (enum cti_fsync)d->config->journal.fsync,
		.fsync_interval_ms = d->config->journal.fsync_interval_ms,
	};
	struct cti_journal_found found;
	const int err = cti_journal_open(jp, &conf, &found);

	if (err == EBUSY)
		cti_log(CTI_LOG_ERROR, "main",
			"another ringbridge has the journal, stop it first path=%s", dir);
	else if (err)
		cti_log(CTI_LOG_ERROR, "main", "cannot open the journal path=%s error=%s",
			dir, cti_err_name(err));
	else if (found.cut_bytes || found.damaged_bytes)
		cti_log(CTI_LOG_WARN, "main",
			"journal mended path=%s torn_bytes=%llu damaged_bytes=%llu", dir,
			(unsigned long long)found.cut_bytes,
			(unsigned long long)found.damaged_bytes);
	return err;
}

static int journals_up(struct daemon *d)
{
	int err;

	err = open_journal(
		d, &d->route.input, d->input_dir, d->config->journal.input_max_bytes);
	if (err)
		return err;
	err = open_journal(
		d, &d->route.record, d->record_dir, d->config->journal.record_max_bytes);
	if (err) {
		cti_journal_close(d->route.input);
		d->route.input = NULL;
	}
	return err;
}

static void journals_down(struct daemon *d)
{
	cti_journal_close(d->route.input);
	cti_journal_close(d->route.record);
}

/* ---- model, restart ---------------------------------------------------------------- */

static void model_down(struct daemon *d)
{
	cti_commands_free(d->route.commands);
	cti_source_free(d->route.source);
	cti_model_free(d->route.model);
	cti_route_fini(&d->route);
	cti_health_fini(&d->health);
}

static int make_source(struct daemon *d)
{
	const struct cti_config *c = d->config;
	const struct cti_pbx_conf **pbxs = calloc(c->npbxs + 1, sizeof(*pbxs));
	const struct cti_source_conf conf = { .pbxs = pbxs, .n = c->npbxs };
	int err;

	if (!pbxs)
		return ENOMEM;
	for (size_t i = 0; i < c->npbxs; i++)
		pbxs[i] = &c->pbxs[i];
	err = cti_source_alloc(&d->route.source, &conf, readers, d->route.model);
	free(pbxs);
	return err;
}

static int model_up(struct daemon *d)
{
	const struct cti_model_effects effects = cti_route_effects(&d->route);
	const struct cti_command_ops ops = cti_asks_command_ops(&d->route);
	struct cti_command_policy policy;
	int err;

	d->route.config = d->config;
	cti_asks_policy(d->config, &policy);
	err = cti_health_init(&d->health);
	if (!err)
		err = cti_route_init(&d->route);
	if (!err)
		err = cti_model_alloc(
			&d->route.model, cti_journal_epoch(d->route.input), &effects);
	if (!err)
		cti_model_on_pop_waits(d->route.model, cti_pop_rule, d->config);
	if (!err)
		err = make_source(d);
	if (!err)
		err = cti_commands_alloc(&d->route.commands, &ops, &policy);
	if (err)
		model_down(d);
	return err;
}

static int restart_up(struct daemon *d)
{
	struct cti_restart_found found;
	const int64_t from_us = cti_mono_us();
	const int err = cti_restart_run(&d->route, d->input_dir, d->record_dir, &found);

	cti_log(CTI_LOG_INFO, "main",
		"state rebuilt inputs=%llu fresh=%llu live=%zu lost=%llu damaged_bytes=%llu "
		"took_ms=%lld",
		(unsigned long long)found.inputs, (unsigned long long)found.fresh,
		found.live, (unsigned long long)found.lost,
		(unsigned long long)found.damaged_bytes,
		(long long)(cti_mono_us() - from_us) / 1000);
	return err;
}

/* ---- store, directory, links, hub ---------------------------------------------------- */

static int store_up(struct daemon *d)
{
	const struct cti_store_conf conf = {
		.url = d->config->database.url,
		.journal_dir = d->record_dir,
		.batch_rows = d->config->database.batch_rows,
		.batch_wait_ms = d->config->database.batch_wait_ms,
	};

	return cti_store_start(&d->route.store, &conf);
}

static void store_down(struct daemon *d)
{
	cti_store_stop(d->route.store, STORE_STOP_MS);
	d->route.store = NULL;
}

static int directory_up(struct daemon *d)
{
	const struct cti_directory_conf conf = {
		.db_url = d->config->database.url,
		.workers = d->config->directory.workers,
		.budget_ms = d->config->directory.budget_ms,
		.negative_ms = d->config->directory.negative_ms,
		.country = cti_backend_country(d->config),
		.contact_url = d->config->web.contact_url,
		.crms = d->config->crms,
		.ncrms = d->config->ncrms,
	};

	return cti_directory_start(
		&d->route.directory, &conf, cti_route_on_contacts, &d->route);
}

/* Its workers are joined: what they posted runs here, while all it touches lives. */
static void directory_down(struct daemon *d)
{
	cti_directory_stop(d->route.directory);
	d->route.directory = NULL;
	cti_loop_drain();
}

static int crms_up(struct daemon *d)
{
	const int err = cti_crmside_up(&d->crmside, d->config);

	if (err)
		return err;
	cti_directory_set_crms(d->route.directory, cti_crmside_asker(d->crmside));
	d->health.more = cti_crmside_metrics;
	d->health.more_arg = d->crmside;
	cti_route_look_up_all(&d->route);
	return 0;
}

static void crms_down(struct daemon *d)
{
	cti_directory_set_crms(d->route.directory, NULL);
	d->health.more = NULL;
	cti_crmside_halt(d->crmside);
	cti_loop_drain();
	cti_crmside_free(d->crmside);
	d->crmside = NULL;
}

static int links_up(struct daemon *d)
{
	const struct cti_pbx_sink sink = cti_route_sink(&d->route);

	return cti_links_alloc(&d->route.links, d->config, &sink);
}

static void links_down(struct daemon *d)
{
	cti_links_free(d->route.links);
	d->route.links = NULL;
}

static struct cti_hub_caps hub_caps(unsigned caps)
{
	return (struct cti_hub_caps){
		.dial = caps & CTI_PBX_CAN_DIAL,
		.answer = caps & CTI_PBX_CAN_ANSWER,
		.hangup = caps & CTI_PBX_CAN_HANGUP,
		.hold = caps & CTI_PBX_CAN_HOLD,
		.transfer = caps & CTI_PBX_CAN_TRANSFER,
		.consult = caps & CTI_PBX_CAN_CONSULT,
	};
}

static struct cti_hub_conf hub_conf(
	const struct cti_config *c, unsigned caps, unsigned could)
{
	return (struct cti_hub_conf){
		.listen_addr = c->web.listen,
		.port = (uint16_t)c->web.port,
		.tls_cert = c->web.tls_cert,
		.tls_key = c->web.tls_key,
		.web_dir = c->web.dir,
		.origins = (const char *const *)c->web.origins.v,
		.norigins = c->web.origins.n,
		.cross_site = c->web.cross_site,
		.metrics_allow = (const char *const *)c->web.metrics_allow.v,
		.nmetrics_allow = c->web.metrics_allow.n,
		.plain_ok = c->web.plain,
		.version = CTI_VERSION,
		.can = hub_caps(caps),
		.could = hub_caps(could),
		.session_s = c->web.session_s,
		.token_s = c->web.token_s,
		.ping_s = c->web.ping_s,
		.max_clients = c->web.max_clients,
		.workers = c->web.workers,
	};
}

static int hub_up(struct daemon *d)
{
	const struct cti_hub_conf conf = hub_conf(d->config,
		cti_links_caps(d->route.links), cti_links_could(d->route.links));
	const struct cti_hub_core core = cti_asks_hub(&d->route);
	struct cti_hub_backend backend;
	int err = cti_backend_init(&d->backend, d->config);

	d->backend.contacts_changed = cti_asks_contacts_changed;
	d->backend.crms = cti_crmside_asker(d->crmside);
	d->backend.arg = &d->route;
	backend = cti_backend_ops(&d->backend);
	if (!err)
		err = cti_hub_start(&d->route.hub, &conf, &backend, &core);
	if (err) {
		cti_log(CTI_LOG_ERROR, "main",
			"cannot serve browsers address=%s port=%u error=%s",
			conf.listen_addr, conf.port, cti_err_name(err));
		cti_backend_fini(&d->backend);
		return err;
	}
	cti_health_update(&d->health, &d->route);
	(void)cti_hub_set_health(
		d->route.hub, cti_health_json, cti_health_metrics, &d->health);
	cti_route_publish_all(&d->route);
	cti_log(CTI_LOG_INFO, "main", "serving address=%s port=%u tls=%s",
		conf.listen_addr, cti_hub_port(d->route.hub),
		conf.tls_cert ? "yes" : "no");
	return 0;
}

static void hub_down(struct daemon *d)
{
	struct cti_hub *hub = d->route.hub;

	d->route.hub = NULL;
	cti_hub_stop(hub, HUB_STOP_MS);
	cti_backend_fini(&d->backend);
	cti_loop_drain();
}

/* ---- life: signals, housekeeping ------------------------------------------------------ */

static void on_links_closed(void *arg)
{
	(void)arg;
	cti_loop_stop();
}

static void stop(struct daemon *d)
{
	if (d->stopping)
		return;
	d->stopping = true;
	cti_notify("STOPPING=1");
	cti_log(CTI_LOG_INFO, "main", "stopping");
	cti_links_stop(d->route.links, on_links_closed, d);
}

static void on_difference(const char *section, const char *key, bool live, void *arg)
{
	(void)arg;
	if (live)
		cti_log(CTI_LOG_INFO, "main", "setting taken over section=%s key=%s",
			section, key);
	else
		cti_log(CTI_LOG_WARN, "main",
			"this setting needs a restart section=%s key=%s", section, key);
}

/* The mistakes of a file that was read again, and what should not be left so. */
static void tell_problems(const struct cti_conf_problems *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct cti_conf_problem *one = &p->v[i];

		cti_log(one->warning ? CTI_LOG_WARN : CTI_LOG_ERROR, "main",
			"configuration file=%s line=%u key=%s what=%s remedy=%s",
			one->file, one->line, one->key ? one->key : "", one->what,
			one->remedy);
	}
}

static void reload(struct daemon *d)
{
	struct cti_conf_problems problems = { 0 };
	struct cti_config *next = NULL;
	struct cti_command_policy policy;

	cti_notify("RELOADING=1");
	if (cti_config_load(&next, d->config->path, &problems)) {
		tell_problems(&problems);
		cti_log(CTI_LOG_ERROR, "main",
			"reload refused, all settings stay as they were mistakes=%zu",
			problems.errors);
	} else {
		tell_problems(&problems);
		cti_config_compare(d->config, next, on_difference, NULL);
		cti_config_take_live(d->config, next);
		cti_log_set_level((enum cti_log_level)d->config->log.level);
		cti_asks_policy(d->config, &policy);
		cti_commands_set_policy(d->route.commands, &policy);
		(void)cti_hub_recheck(d->route.hub, NULL);
		cti_log(CTI_LOG_INFO, "main", "reloaded");
	}
	cti_config_free(next);
	cti_conf_problems_reset(&problems);
	cti_notify("READY=1");
}

static void on_signal(int flags, void *arg)
{
	struct daemon *d = arg;
	struct signalfd_siginfo info;

	(void)flags;
	while (read(d->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			reload(d);
		else
			stop(d);
	}
}

static void house(void *arg)
{
	struct daemon *d = arg;

	cti_health_update(&d->health, &d->route);
	/* Also of a process that does not live long: the next one reads what is left. */
	if (++d->houses % TRIM_EVERY == 2 || d->route.full)
		cti_route_trim(&d->route);
	if (d->houses % CLOCK_EVERY == 0) {
		const int64_t ahead_us = cti_clock_resync();

		if (ahead_us < -CLOCK_AHEAD_US && d->houses % (TRIM_EVERY * 20) == 0)
			cti_log(CTI_LOG_WARN, "main",
				"the system's clock was set back, ours goes on behind_ms=%lld",
				(long long)-ahead_us / 1000);
	}
	(void)cti_timer_start(&d->house, HOUSE_MS, house, d);
}

/* From the core's loop: what hangs is not fed. */
static void feed_watchdog(void *arg)
{
	struct daemon *d = arg;

	cti_notify("WATCHDOG=1");
	(void)cti_timer_start(&d->watchdog, d->watchdog_ms, feed_watchdog, d);
}

static void life_down(struct daemon *d)
{
	cti_timer_cancel(&d->house);
	cti_timer_cancel(&d->watchdog);
	cti_timer_cancel(&d->route.tick);
	if (d->signal_fd < 0)
		return;
	(void)cti_fd_watch(d->signal_fd, 0, NULL, NULL);
	(void)close(d->signal_fd);
	d->signal_fd = -1;
}

static int life_up(struct daemon *d)
{
	sigset_t set;
	int err;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	d->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (d->signal_fd < 0)
		return errno;
	err = cti_fd_watch(d->signal_fd, CTI_FD_READ, on_signal, d);
	if (!err)
		err = cti_timer_start(&d->house, HOUSE_MS, house, d);
	if (!err)
		err = cti_route_start_ticks(&d->route);
	if (!err)
		err = cti_links_start(d->route.links);
	d->watchdog_ms = cti_notify_watchdog_ms();
	if (!err && d->watchdog_ms)
		err = cti_timer_start(&d->watchdog, d->watchdog_ms, feed_watchdog, d);
	if (err)
		life_down(d);
	else
		cti_notify("READY=1\nSTATUS=watching");
	return err;
}

/* ---- stages ---------------------------------------------------------------------------- */

struct stage {
	const char *name;
	int (*up)(struct daemon *d);    /* 0 or errno; undoes its own half */
	void (*down)(struct daemon *d); /* NULL: nothing to do */
};

static const struct stage stages[] = {
	{ "folders", folders_up, NULL },
	{ "loop", loop_up, loop_down },
	{ "journals", journals_up, journals_down },
	{ "model", model_up, model_down },
	{ "restart", restart_up, NULL },
	{ "store", store_up, store_down },
	{ "directory", directory_up, directory_down },
	{ "crms", crms_up, crms_down },
	{ "links", links_up, links_down },
	{ "hub", hub_up, hub_down },
	{ "life", life_up, life_down },
};

enum { STAGES = sizeof(stages) / sizeof(stages[0]) };

static void stages_down(struct daemon *d, size_t n)
{
	while (n-- > 0) {
		cti_log(CTI_LOG_DEBUG, "main", "stopping stage=%s", stages[n].name);
		if (stages[n].down)
			stages[n].down(d);
	}
}

static int stages_up(struct daemon *d)
{
	for (size_t n = 0; n < STAGES; n++) {
		const int err = stages[n].up(d);

		if (!err)
			continue;
		cti_log(CTI_LOG_ERROR, "main", "cannot start stage=%s error=%s",
			stages[n].name, cti_err_name(err));
		stages_down(d, n);
		return err;
	}
	return 0;
}

/* Before any thread: they inherit it, and the signal descriptor gets them all. */
static void block_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(
		SIGXFSZ, SIG_IGN); /* a limit on a file's size is a full disk to us */
}

int cti_daemon_run(struct cti_config *config)
{
	struct daemon *d = calloc(1, sizeof(*d));
	int err = ENOMEM;

	if (!d)
		goto out;
	d->config = config;
	d->signal_fd = -1;
	block_signals();
	cti_log_set_level((enum cti_log_level)config->log.level);
	cti_log(CTI_LOG_INFO, "main", "starting version=%s pbxs=%zu", CTI_VERSION,
		config->npbxs);
	err = stages_up(d);
	if (err)
		goto out;
	err = cti_loop_run();
	stages_down(d, STAGES);
	cti_log(CTI_LOG_INFO, "main", "stopped");
out:
	free(d);
	cti_config_free(config);
	return err;
}
