/*
 * support_hub.c -- the hub under test with its fake backend and core.
 */
#include "support.h"

#include <cti/clock.h>
#include <cti/log.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- backend -------------------------------------------------------------- */

static struct fake *fake_of(void *arg)
{
	return arg;
}

static void *ctx_new(void *arg)
{
	return arg;
}

static void ctx_free(void *ctx)
{
	(void)ctx;
}

static char **one(const char *a, const char *b)
{
	char **v = calloc(2, sizeof(*v));

	assert_non_null(v);
	v[0] = cti_str_dup(a);
	v[1] = cti_str_dup(b);
	return v;
}

static void add_user(struct fake *f, const char *name, const char *role, const char *line,
	const char *watch, const char *watch2)
{
	struct cti_hub_user *u = &f->users[f->nusers++].user;

	(void)snprintf(u->id, sizeof(u->id), "01936c1e-0000-7000-8000-00000000000%zu",
		f->nusers);
	(void)snprintf(u->name, sizeof(u->name), "%s", name);
	(void)snprintf(u->display, sizeof(u->display), "%s \u82b1\u5b50", name);
	(void)snprintf(u->role, sizeof(u->role), "%s", role);
	(void)snprintf(u->lang, sizeof(u->lang), "ja");
	u->lines = one(line, NULL);
	u->nlines = line ? 1 : 0;
	u->watch = one(watch, watch2);
	u->nwatch = watch2 ? 2 : (watch ? 1 : 0);
}

struct fake_user *fake_find(struct fake *f, const char *name)
{
	for (size_t i = 0; i < f->nusers; i++)
		if (!strcmp(f->users[i].user.name, name) ||
			!strcmp(f->users[i].user.id, name))
			return &f->users[i];
	return NULL;
}

static void hand_out(struct cti_hub_user *to, const struct cti_hub_user *from)
{
	*to = *from;
	to->lines = one(from->nlines ? from->lines[0] : NULL, NULL);
	to->watch = one(from->nwatch ? from->watch[0] : NULL,
		from->nwatch > 1 ? from->watch[1] : NULL);
}

static int fake_login(void *ctx, const char *name, const char *password,
	const char *remote, struct cti_hub_user *user, void *arg)
{
	struct fake *f = fake_of(arg);
	const struct fake_user *found;
	char right[80];
	int err = EACCES;

	(void)ctx;
	(void)remote;
	(void)snprintf(right, sizeof(right), "pw-%s", name);
	(void)pthread_mutex_lock(&f->lock);
	found = fake_find(f, name);
	if (f->away) {
		err = EAGAIN;
	} else if (found && !strcmp(password, right)) {
		hand_out(user, &found->user);
		err = 0;
	}
	(void)pthread_mutex_unlock(&f->lock);
	return err;
}

static int fake_get_user(void *ctx, const char *id, struct cti_hub_user *user, void *arg)
{
	struct fake *f = fake_of(arg);
	const struct fake_user *found;
	int err = ENOENT;

	(void)ctx;
	(void)pthread_mutex_lock(&f->lock);
	found = fake_find(f, id);
	if (f->away) {
		err = EAGAIN;
	} else if (found && !found->gone) {
		hand_out(user, &found->user);
		err = 0;
	}
	(void)pthread_mutex_unlock(&f->lock);
	return err;
}

static int session_put(
	void *ctx, const char *hash, const char *user_id, int64_t expires_us, void *arg)
{
	struct fake *f = fake_of(arg);
	struct fake_session *s;

	(void)ctx;
	(void)pthread_mutex_lock(&f->lock);
	assert_true(f->nsessions < SESSIONS_MAX);
	s = &f->sessions[f->nsessions++];
	(void)snprintf(s->hash, sizeof(s->hash), "%s", hash);
	(void)snprintf(s->user_id, sizeof(s->user_id), "%s", user_id);
	s->expires_us = expires_us;
	(void)pthread_mutex_unlock(&f->lock);
	return 0;
}

static int session_get(
	void *ctx, const char *hash, char user_id[37], int64_t *expires_usp, void *arg)
{
	struct fake *f = fake_of(arg);
	int err = ENOENT;

	(void)ctx;
	(void)pthread_mutex_lock(&f->lock);
	for (size_t i = 0; i < f->nsessions; i++) {
		if (strcmp(f->sessions[i].hash, hash) != 0)
			continue;
		(void)snprintf(user_id, 37, "%s", f->sessions[i].user_id);
		*expires_usp = f->sessions[i].expires_us;
		err = 0;
	}
	if (f->away)
		err = EAGAIN;
	(void)pthread_mutex_unlock(&f->lock);
	return err;
}

static int session_drop(void *ctx, const char *hash, void *arg)
{
	struct fake *f = fake_of(arg);
	int err = ENOENT;

	(void)ctx;
	(void)pthread_mutex_lock(&f->lock);
	for (size_t i = 0; i < f->nsessions; i++) {
		if (strcmp(f->sessions[i].hash, hash) != 0)
			continue;
		f->sessions[i].hash[0] = '\0';
		err = 0;
	}
	(void)pthread_mutex_unlock(&f->lock);
	return err;
}

/* Rows of 100 bytes, as many megabytes as asked for. */
static void export_rows(struct fake *f, struct cti_http_call *call)
{
	const char *mb = call->query(call, "mb");
	const long rows = (mb ? strtol(mb, NULL, 10) : 1) * 10000;
	const int fail = atomic_load(&f->stream_fail_after);
	char row[101];
	int err = 0;

	call->status = 200;
	call->ctype = "text/csv; charset=utf-8";
	call->disposition = "attachment; filename=\"calls.csv\"";
	atomic_fetch_add(&f->streaming, 1);
	for (long i = 0; i < rows && !err; i++) {
		(void)snprintf(row, sizeof(row), "%-98ld\r\n", i);
		if (fail && i == (long)fail * 10000)
			break;
		err = call->stream(call, row, 100);
		if (!err)
			atomic_fetch_add(&f->streamed, 100);
	}
	if (err || fail)
		call->status = 500;
	atomic_store(&f->stream_err, err);
	atomic_fetch_sub(&f->streaming, 1);
}

static void rest(void *ctx, struct cti_http_call *call, void *arg)
{
	const char *number = call->query(call, "number");
	struct cti_jsonw w;

	(void)ctx;
	if (!strcmp(call->path, "/calls.csv")) {
		export_rows(fake_of(arg), call);
		return;
	}
	call->status = 200;
	cti_jsonw_init(&w, &call->out);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_str(&w, "path", call->path);
	cti_jsonw_str(&w, "user", call->user->name);
	cti_jsonw_str(&w, "number", number);
	cti_jsonw_end_object(&w);
}

/* ---- core ----------------------------------------------------------------- */

static void command(
	const struct cti_hub_user *user, const struct cti_json_node *msg, void *arg)
{
	struct fake *f = fake_of(arg);
	const char *number = cti_json_str(msg, "number");

	(void)pthread_mutex_lock(&f->lock);
	if (f->ncommands < 64)
		(void)snprintf(f->commands[f->ncommands++], sizeof(f->commands[0]),
			"%s %s %s %s", user->name, cti_json_str(msg, "verb"),
			cti_json_str(msg, "id"), number ? number : "-");
	(void)pthread_mutex_unlock(&f->lock);
}

static void trace(
	const char *conversation, const char *what, const char *detail, void *arg)
{
	struct fake *f = fake_of(arg);

	(void)pthread_mutex_lock(&f->lock);
	if (f->ntraces < TRACES_MAX)
		(void)snprintf(f->traces[f->ntraces++], sizeof(f->traces[0]), "%s %s %s",
			conversation, what, detail);
	(void)pthread_mutex_unlock(&f->lock);
}

static void note(const struct cti_hub_user *user, const char *conversation,
	const struct cti_hub_note *n, void *arg)
{
	struct fake *f = fake_of(arg);

	(void)pthread_mutex_lock(&f->lock);
	(void)snprintf(f->note, sizeof(f->note), "%s %s %s %s", user->name, conversation,
		n->id, n->text);
	(void)pthread_mutex_unlock(&f->lock);
}

static void resync(void *arg)
{
	atomic_fetch_add(&fake_of(arg)->resyncs, 1);
}

bool fake_traced(struct fake *f, const char *text)
{
	bool found = false;

	(void)pthread_mutex_lock(&f->lock);
	for (size_t i = 0; i < f->ntraces && !found; i++)
		found = strstr(f->traces[i], text) != NULL;
	(void)pthread_mutex_unlock(&f->lock);
	return found;
}

/* ---- life ----------------------------------------------------------------- */

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[200];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void make_web(struct hub *t)
{
	(void)snprintf(t->web, sizeof(t->web), "/tmp/rbhubXXXXXX");
	assert_non_null(mkdtemp(t->web));
	write_file(t->web, "index.html", "<!doctype html><title>panel</title>");
	write_file(t->web, "main-1a2b3c4d.js", "export {};");
	write_file(t->web, "favicon.svg", "<svg/>");
	write_file(t->web, ".secret", "hidden");
}

static void remove_web(struct hub *t)
{
	static const char *const names[] = { "index.html", "main-1a2b3c4d.js",
		"favicon.svg", ".secret" };
	char path[200];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", t->web, names[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(t->web), 0);
}

static void make_users(struct fake *f)
{
	add_user(f, "aoki", "agent", "201", NULL, NULL);
	add_user(f, "baba", "agent", "202", NULL, NULL);
	add_user(f, "chie", "supervisor", "210", "201", "202");
	add_user(f, "dan", "admin", NULL, NULL, NULL);
	add_user(f, "eri", "agent", "201", NULL, NULL);
}

void hub_up(struct hub *t, void (*change)(struct cti_hub_conf *conf))
{
	const struct cti_hub_backend backend = { .ctx_new = ctx_new,
		.ctx_free = ctx_free,
		.login = fake_login,
		.user = fake_get_user,
		.session_put = session_put,
		.session_get = session_get,
		.session_drop = session_drop,
		.rest = rest,
		.arg = &t->fake };
	const struct cti_hub_core core = { .command = command,
		.trace = trace,
		.note = note,
		.resync = resync,
		.arg = &t->fake };

	memset(t, 0, sizeof(*t));
	cti_log_set_level(CTI_LOG_ERROR);
	(void)pthread_mutex_init(&t->fake.lock, NULL);
	make_users(&t->fake);
	make_web(t);
	(void)snprintf(t->addr, sizeof(t->addr), "127.16.0.1");
	t->conf.listen_addr = t->addr;
	t->conf.web_dir = t->web;
	t->conf.version = "0.1.0";
	t->conf.can.dial = true;
	t->conf.recheck_s = 1;
	if (change)
		change(&t->conf);
	assert_int_equal(cti_hub_start(&t->h, &t->conf, &backend, &core), 0);
	t->port = cti_hub_port(t->h);
	(void)snprintf(t->origin, sizeof(t->origin), "http://%s:%u", t->addr, t->port);
}

void hub_down(struct hub *t)
{
	cti_hub_stop(t->h, 3000);
	for (size_t i = 0; i < t->fake.nusers; i++) {
		struct cti_hub_user *u = &t->fake.users[i].user;

		free(u->lines[0]);
		free(u->lines);
		free(u->watch[0]);
		free(u->watch[1]);
		free(u->watch);
	}
	(void)pthread_mutex_destroy(&t->fake.lock);
	remove_web(t);
}

void hub_publish(struct hub *t, const char *id, int n, bool ended, const char *line,
	const char *line2)
{
	const char *state = ended ? "ended" : "alerting";
	const struct cti_hub_leg legs[] = { { line, state }, { line2, NULL } };
	struct cti_buf json = { 0 };

	cti_buf_printf(&json, "{\"id\":\"%s\",\"n\":%d,\"legs\":[", id, n);
	if (line)
		cti_buf_printf(&json, "{\"line\":\"%s\",\"state\":\"%s\"}", line, state);
	cti_buf_str(&json, "]}");
	assert_int_equal(cti_hub_publish_conversation(t->h, id, ended, legs,
				 !line   ? 0
				 : line2 ? 2
					 : 1,
				 cti_buf_take(&json)),
		0);
}

void hub_result(struct hub *t, const char *user, const char *id)
{
	const struct fake_user *u = fake_find(&t->fake, user);
	struct cti_buf json = { 0 };

	assert_non_null(u);
	cti_buf_printf(&json, "{\"id\":\"%s\",\"state\":\"done\"}", id);
	assert_int_equal(
		cti_hub_publish_result(t->h, u->user.id, cti_buf_take(&json)), 0);
}

void wait_for(bool (*test)(void *arg), void *arg)
{
	const int64_t until = cti_mono_us() + (int64_t)WAIT_MS * 1000;

	while (!test(arg)) {
		if (cti_mono_us() > until)
			fail_msg("waited too long");
		(void)usleep(2000);
	}
}
