/*
 * rest.c -- the table of routes, log-in and log-out, tokens, sessions that end.
 *
 * Each request passes the same gates in the same order: route, Origin and header
 * of unsafe methods, body, session, role. What is left goes to the backend on a
 * worker thread.
 */
#include "rest.h"

#include "client.h"
#include "job.h"

#include <cti/clock.h>
#include <cti/log.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FRESH_US = 5000000, /* a session looked up within this is believed */
	LOGIN_BODY_MAX = 4096,
	CHECKS_MAX = 512, /* sessions a recheck looks up in one job */
	CLOSE_SESSION = 4403,
	METHODS_BYTES = 64, /* each method at most once a path */
};

enum answer_by { BY_LOGIN, BY_LOGOUT, BY_ME, BY_TOKEN, BY_HEALTH, BY_BACKEND, BY_EXPORT };

struct route {
	const char *method;
	const char *path; /* a star at the end stands for one segment */
	unsigned rank;    /* the least role: 0 agent, 1 supervisor, 2 admin */
	enum answer_by by;
};

static const struct route routes[] = {
	{ "POST", "/login", 0, BY_LOGIN },
	{ "POST", "/logout", 0, BY_LOGOUT },
	{ "GET", "/me", 0, BY_ME },
	{ "POST", "/token", 0, BY_TOKEN },
	{ "GET", "/health", 1, BY_HEALTH },
	{ "GET", "/calls", 0, BY_BACKEND },
	{ "GET", "/calls.csv", 0, BY_EXPORT },
	{ "GET", "/calls.jsonl", 0, BY_EXPORT },
	{ "GET", "/calls/*", 0, BY_BACKEND },
	{ "GET", "/contacts", 0, BY_BACKEND },
	{ "POST", "/contacts", 0, BY_BACKEND },
	{ "POST", "/contacts/choice", 0, BY_BACKEND },
	{ "GET", "/outbox", 2, BY_BACKEND },
	{ "POST", "/outbox/replay", 2, BY_BACKEND },
	{ "GET", "/reports", 0, BY_EXPORT },
	{ "GET", "/reports.csv", 0, BY_EXPORT },
	{ "GET", "/reports.jsonl", 0, BY_EXPORT },
	{ "GET", "/callbacks", 0, BY_BACKEND },
	{ "POST", "/callbacks/*", 0, BY_BACKEND },
	{ "POST", "/notes", 0, BY_BACKEND },
	{ "GET", "/settings", 0, BY_BACKEND },
	{ "POST", "/settings", 1, BY_BACKEND },
	{ "GET", "/colleagues", 0, BY_BACKEND },
	{ "GET", "/users", 2, BY_BACKEND },
	{ "POST", "/users", 2, BY_BACKEND },
	{ "POST", "/users/*", 2, BY_BACKEND },
	{ "DELETE", "/users/*", 2, BY_BACKEND },
	{ "GET", "/lines", 2, BY_BACKEND },
	{ "POST", "/lines/*", 2, BY_BACKEND },
	{ "GET", "/groups", 2, BY_BACKEND },
	{ "GET", "/audit", 2, BY_BACKEND },
	{ "GET", "/number", 2, BY_BACKEND },
};

static bool path_fits(const char *pattern, const char *path)
{
	const size_t len = strlen(pattern);

	if (pattern[len - 1] != '*')
		return !strcmp(pattern, path);
	return !strncmp(pattern, path, len - 1) && path[len - 1] &&
	       !strchr(path + len - 1, '/');
}

static const char *rest_path(const struct cti_request *req)
{
	const size_t len = strlen(CTI_REST_BASE);

	return !strncmp(req->head.path, CTI_REST_BASE, len) ? req->head.path + len : "";
}

/* others: what is allowed for this path, when the method is not. */
static const struct route *find_route(
	const struct cti_request *req, char others[METHODS_BYTES])
{
	const char *path = rest_path(req);
	size_t len = 0;

	others[0] = '\0';
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!path_fits(routes[i].path, path))
			continue;
		if (!strcmp(routes[i].method, req->head.method))
			return &routes[i];
		len += (size_t)snprintf(others + len, METHODS_BYTES - len, "%s%s",
			len ? ", " : "", routes[i].method);
	}
	return NULL;
}

/* ---- gates --------------------------------------------------------------- */

static bool is_unsafe(const struct cti_request *req)
{
	return strcmp(req->head.method, "GET") != 0 &&
	       strcmp(req->head.method, "HEAD") != 0;
}

/* The rest of the body is not read: the connection has to go. */
static void refuse(
	struct cti_request *req, int status, const char *code, const char *text)
{
	req->close = req->close || req->head.length > 0;
	cti_request_error(req, status, code, text, NULL);
}

static bool gate_route(struct cti_request *req)
{
	char others[METHODS_BYTES];

	if (find_route(req, others))
		return true;
	if (others[0]) {
		cti_request_header(req, "Allow", others);
		refuse(req, 405, "method", "Not with this method.");
	} else {
		refuse(req, 404, "not-found", "There is nothing here.");
	}
	return false;
}

/* A form of another page can send neither this header nor our Origin. */
static bool gate_unsafe(struct cti_request *req)
{
	if (!is_unsafe(req))
		return true;
	if (!req->head.marked)
		refuse(req, 403, "header-missing", "X-Ringbridge: 1 is missing.");
	else if (!cti_hub_origin_ok(req->hub, req->conn, req->head.origin))
		refuse(req, 403, "origin",
			"This Origin is not in the list (origins in the configuration).");
	else
		return true;
	return false;
}

static bool gate_body(struct cti_request *req)
{
	if (!is_unsafe(req))
		return true;
	if (req->head.length < 0)
		refuse(req, 411, "length-missing", "Content-Length is missing.");
	else if (req->head.length > CTI_HTTP_BODY_MAX)
		refuse(req, 413, "too-large", "The body is too large.");
	else if (req->head.length > 0 &&
		 strncmp(req->head.ctype, "application/json", 16) != 0)
		refuse(req, 415, "content-type", "The body has to be application/json.");
	else
		return true;
	return false;
}

/* May a page of that origin ask at all (CORS)? Its request comes next, if so. */
static bool preflight(struct cti_request *req)
{
	struct cti_buf none = { 0 };

	if (strcmp(req->head.method, "OPTIONS") != 0 ||
		!cti_origin_listed(&req->hub->origins, req->head.origin))
		return false;
	cti_request_header(
		req, "Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE");
	cti_request_header(
		req, "Access-Control-Allow-Headers", "content-type, x-ringbridge");
	cti_request_header(req, "Access-Control-Max-Age", "600");
	cti_request_answer(req, 204, NULL, &none);
	return true;
}

void cti_rest_begin(struct cti_request *req)
{
	if (preflight(req) || !gate_route(req) || !gate_unsafe(req) || !gate_body(req))
		return;
	if (is_unsafe(req))
		req->state = CTI_REQ_BODY; /* its end comes also if it is empty */
	else
		cti_rest_run(req);
}

/* ---- jobs ---------------------------------------------------------------- */

static void busy(struct cti_request *req)
{
	cti_request_header(req, "Retry-After", "2");
	cti_request_error(req, 503, "busy", "Too much to do, try again.", NULL);
}

static void post(struct cti_job *job)
{
	struct cti_request *req = job->req;

	if (cti_job_post(job)) {
		cti_job_free(job);
		busy(req);
	}
}

/* ---- log-in, log-out ------------------------------------------------------ */

static void too_often(struct cti_request *req, uint32_t wait_s)
{
	char text[12];

	(void)snprintf(text, sizeof(text), "%u", wait_s);
	cti_request_header(req, "Retry-After", text);
	cti_request_error(
		req, 429, "too-many-tries", "Too many tries, wait a little.", NULL);
}

/* False: the body is not {name, password}. */
static bool read_login(struct cti_job *job, const struct cti_buf *body)
{
	struct cti_json *doc;
	const struct cti_json_node *root;
	const char *name;
	const char *password;
	bool ok = false;

	if (!body->len || body->len > LOGIN_BODY_MAX ||
		cti_json_parse(&doc, body->data, body->len))
		return false;
	root = cti_json_root(doc);
	name = cti_json_str(root, "name");
	password = cti_json_str(root, "password");
	if (name && *name && password && *password)
		ok = cti_str_copy(job->name, sizeof(job->name), name) &&
		     cti_str_copy(job->password, sizeof(job->password), password);
	cti_json_free(doc);
	return ok;
}

/* Counted as failed until it succeeds, so that many at once count too. */
static void login(struct cti_request *req)
{
	struct cti_hub *h = req->hub;
	struct cti_job *job;
	uint32_t wait_s;

	if (cti_job_alloc(&job, h, CTI_JOB_LOGIN, req)) {
		busy(req);
		return;
	}
	if (!read_login(job, &req->body)) {
		cti_job_free(job);
		cti_request_error(
			req, 400, "bad-body", "name and password are needed.", NULL);
		return;
	}
	cti_buf_reset(&req->body); /* the password is in the job, which wipes it */
	wait_s = cti_limit_wait_s(h->by_addr, req->remote);
	if (!wait_s)
		wait_s = cti_limit_wait_s(h->by_name, job->name);
	if (wait_s) {
		cti_job_free(job);
		too_often(req, wait_s);
		return;
	}
	cti_limit_failed(h->by_addr, req->remote);
	cti_limit_failed(h->by_name, job->name);
	post(job);
}

static void put_cookie(struct cti_request *req, const char *value, uint32_t age_s)
{
	const bool tls = cti_glue_tls(req->hub->glue);
	char text[200];

	(void)snprintf(text, sizeof(text),
		"rb_session=%s; Path=/; HttpOnly; Max-Age=%u; SameSite=%s", value, age_s,
		req->hub->conf.cross_site ? "None; Secure; Partitioned"
		: tls                     ? "Strict; Secure"
					  : "Strict");
	cti_request_header(req, "Set-Cookie", text);
}

static void answer_me(struct cti_request *req, const struct cti_hub_user *user)
{
	struct cti_buf body = { 0 };
	struct cti_jsonw w;

	cti_jsonw_init(&w, &body);
	cti_jsonw_object(&w, NULL);
	cti_proto_user(&w, user);
	cti_proto_server(&w, &req->hub->conf);
	cti_jsonw_end_object(&w);
	cti_request_answer(req, 200, NULL, &body);
}

static void away(struct cti_request *req)
{
	cti_request_header(req, "Retry-After", "5");
	cti_request_error(
		req, 503, "database-away", "The database is away, try again.", NULL);
}

static void login_end(struct cti_request *req, const struct cti_job *job)
{
	struct cti_hub *h = req->hub;

	switch (job->err) {
	case 0:
		cti_limit_passed(h->by_addr, job->remote);
		cti_limit_passed(h->by_name, job->name);
		cti_log(CTI_LOG_INFO, "auth", "log-in user=%s remote=%s", job->user.name,
			job->remote);
		if (cti_sessions_put(
			    h->sessions, job->hash, &job->user, job->expires_us)) {
			busy(req);
			break;
		}
		put_cookie(req, job->secret, h->conf.session_s);
		answer_me(req, &job->user);
		break;
	case EACCES:
	case ENOENT:
		h->n.logins_failed++;
		cti_log(CTI_LOG_WARN, "auth", "log-in refused name=%s remote=%s",
			job->name, job->remote);
		cti_request_error(req, 401, "wrong-credentials",
			"Name or password is wrong.", NULL);
		break;
	case EBUSY:
		too_often(req, 30);
		break;
	default:
		cti_limit_passed(h->by_addr, job->remote);
		cti_limit_passed(h->by_name, job->name);
		away(req);
		break;
	}
}

static void close_session(
	struct cti_hub *h, const char *hash, const char *error, const char *text)
{
	for (struct cti_client *cl = h->clients; cl; cl = cl->next)
		if (cl->state == CTI_CLIENT_LIVE && !strcmp(cl->session, hash))
			cti_client_close(cl, CLOSE_SESSION, error, text);
}

/* At once in this process, whatever the database says later. */
static void logout(struct cti_request *req, const struct cti_session *ses)
{
	struct cti_hub *h = req->hub;
	char hash[CTI_SECRET_HASH_BYTES];
	struct cti_job *job;

	(void)cti_str_copy(hash, sizeof(hash), ses->hash);
	cti_log(CTI_LOG_INFO, "auth", "log-out user=%s", ses->user.name);
	cti_sessions_revoke(h->sessions, hash, ses->expires_us);
	close_session(h, hash, "session-ended", "Logged out.");
	if (cti_job_alloc(&job, h, CTI_JOB_LOGOUT, req)) {
		busy(req);
		return;
	}
	(void)cti_str_copy(job->hash, sizeof(job->hash), hash);
	post(job);
}

static void logout_end(struct cti_request *req, int err)
{
	struct cti_buf none = { 0 };

	if (err && err != ENOENT) {
		away(req);
		return;
	}
	put_cookie(req, "", 0);
	cti_request_answer(req, 204, NULL, &none);
}

/* ---- answers of our own --------------------------------------------------- */

static void token(struct cti_request *req, struct cti_session *ses)
{
	char text[CTI_SECRET_BYTES];
	struct cti_buf body = { 0 };
	struct cti_jsonw w;
	int64_t expires_us;

	if (cti_sessions_token_new(req->hub->sessions, text, &expires_us, ses)) {
		too_often(req, 10);
		return;
	}
	cti_jsonw_init(&w, &body);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_str(&w, "token", text);
	cti_jsonw_time(&w, "expires_at", expires_us);
	cti_jsonw_end_object(&w);
	cti_request_answer(req, 200, NULL, &body);
}

static void health(struct cti_request *req)
{
	struct cti_buf body = { 0 };

	(void)cti_hub_health_text(req->hub, &body);
	cti_request_answer(req, 200, NULL, &body);
}

static void backend(
	struct cti_request *req, const struct cti_session *ses, enum cti_job_kind kind)
{
	struct cti_job *job;

	if (cti_job_alloc(&job, req->hub, kind, req)) {
		busy(req);
		return;
	}
	if (cti_hub_user_copy(&job->user, &ses->user)) {
		cti_job_free(job);
		busy(req);
		return;
	}
	post(job);
}

static void backend_end(struct cti_request *req, struct cti_job *job)
{
	struct cti_http_call *call = &job->call;

	if (job->streamed) {
		cti_request_stream_end(req, call->status >= 500);
		return;
	}
	if (call->disposition)
		cti_request_header(req, "Content-Disposition", call->disposition);
	if (!call->status || call->out.err)
		cti_request_error(
			req, 500, "internal", "Something went wrong here.", NULL);
	else
		cti_request_answer(req, call->status, call->ctype, &call->out);
}

/* ---- sessions ------------------------------------------------------------- */

static void no_session(struct cti_request *req)
{
	cti_request_error(req, 401, "not-logged-in", "Log in first.", NULL);
}

static void answer(struct cti_request *req, struct cti_session *ses)
{
	char others[METHODS_BYTES];
	const struct route *route = find_route(req, others);

	if (cti_hub_user_rank(&ses->user) < route->rank) {
		cti_log(CTI_LOG_WARN, "auth", "refused user=%s path=%s", ses->user.name,
			req->head.path);
		cti_request_error(req, 403, "not-allowed", "Your role may not.", NULL);
		return;
	}
	switch (route->by) {
	case BY_LOGIN:
		break; /* needs no session */
	case BY_LOGOUT:
		logout(req, ses);
		break;
	case BY_ME:
		answer_me(req, &ses->user);
		break;
	case BY_TOKEN:
		token(req, ses);
		break;
	case BY_HEALTH:
		health(req);
		break;
	case BY_BACKEND:
		backend(req, ses, CTI_JOB_BACKEND);
		break;
	case BY_EXPORT:
		backend(req, ses, CTI_JOB_EXPORT);
		break;
	}
}

static void resolve(struct cti_request *req, const char *hash)
{
	struct cti_job *job;

	if (cti_job_alloc(&job, req->hub, CTI_JOB_RESOLVE, req)) {
		busy(req);
		return;
	}
	(void)cti_str_copy(job->hash, sizeof(job->hash), hash);
	post(job);
}

void cti_rest_run(struct cti_request *req)
{
	struct cti_hub *h = req->hub;
	char hash[CTI_SECRET_HASH_BYTES];
	struct cti_session *ses;
	char others[METHODS_BYTES];

	if (req->body.err) {
		busy(req);
		return;
	}
	if (find_route(req, others)->by == BY_LOGIN) {
		login(req);
		return;
	}
	if (!req->head.cookie[0]) {
		no_session(req);
		return;
	}
	cti_secret_hash(hash, req->head.cookie);
	ses = cti_sessions_get(h->sessions, hash);
	if (ses && cti_mono_us() - ses->checked_us < FRESH_US)
		answer(req, ses);
	else if (cti_sessions_revoked(h->sessions, hash))
		no_session(req);
	else
		resolve(req, hash);
}

/* The backend is away: what we know of the session has to do. */
static void resolve_end(struct cti_request *req, const struct cti_job *job)
{
	struct cti_sessions *s = req->hub->sessions;
	struct cti_session *ses;

	if (!job->err)
		(void)cti_sessions_put(s, job->hash, &job->user, job->expires_us);
	else if (job->err == ENOENT || job->err == EACCES)
		cti_sessions_forget(s, job->hash);
	ses = cti_sessions_get(s, job->hash);
	if (ses)
		answer(req, ses);
	else if (job->err && job->err != ENOENT && job->err != EACCES)
		away(req);
	else
		no_session(req);
}

/* ---- recheck -------------------------------------------------------------- */

static void apply_check(struct cti_hub *h, const struct cti_job_check *check)
{
	const struct cti_session *ses = cti_sessions_get(h->sessions, check->hash);

	if (check->err == ENOENT || check->err == EACCES) {
		cti_sessions_forget(h->sessions, check->hash);
		close_session(h, check->hash, "session-ended", "The session has ended.");
		return;
	}
	if (check->err)
		return; /* the database is away: calls go on, and so do screens */
	if (!ses || !cti_hub_user_same(&ses->user, &check->user))
		close_session(
			h, check->hash, "rights-changed", "Your rights have changed.");
	(void)cti_sessions_put(h->sessions, check->hash, &check->user, check->expires_us);
}

static void recheck_end(struct cti_hub *h, const struct cti_job *job)
{
	for (size_t i = 0; i < job->nchecks; i++)
		apply_check(h, &job->checks[i]);
	h->recheck_running = false;
	h->recheck_us = cti_mono_us();
}

/* A session that a request looked up within half the interval is skipped, so with
 * more sessions than fit all get their turn. */
static void collect(struct cti_job *job, struct cti_hub *h)
{
	const int64_t now = cti_mono_us();
	const int64_t recent_us = (int64_t)h->conf.recheck_s * 500000;

	for (const struct cti_client *cl = h->clients; cl && job->nchecks < CHECKS_MAX;
		cl = cl->next) {
		struct cti_session *ses;

		if (cl->state != CTI_CLIENT_LIVE)
			continue;
		ses = cti_sessions_get(h->sessions, cl->session);
		if (ses && (ses->asked_us == now || now - ses->checked_us < recent_us))
			continue;
		if (ses)
			ses->asked_us = now;
		(void)cti_str_copy(job->checks[job->nchecks++].hash,
			CTI_SECRET_HASH_BYTES, cl->session);
	}
}

static void start_recheck(struct cti_hub *h)
{
	struct cti_job *job;

	h->recheck_us = cti_mono_us();
	h->recheck_again = false;
	if (!h->nclients || cti_job_alloc(&job, h, CTI_JOB_RECHECK, NULL))
		return;
	job->checks = calloc(CHECKS_MAX, sizeof(*job->checks));
	if (job->checks)
		collect(job, h);
	if (!job->nchecks || cti_job_post(job)) {
		cti_job_free(job);
		return;
	}
	h->recheck_again = job->nchecks == CHECKS_MAX;
	h->recheck_running = true;
}

void cti_rest_recheck(struct cti_hub *h, const char *user_id)
{
	cti_sessions_doubt(h->sessions, user_id);
	h->recheck_again = true;
}

void cti_rest_tick(struct cti_hub *h, int64_t now_us)
{
	const int64_t due = h->recheck_us + (int64_t)h->conf.recheck_s * 1000000;

	if (!h->recheck_running && !h->closing && (h->recheck_again || now_us >= due))
		start_recheck(h);
}

/* ---- ends of jobs --------------------------------------------------------- */

static void assets_end(struct cti_hub *h, struct cti_job *job)
{
	if (job->err) {
		cti_log(CTI_LOG_WARN, "hub", "web files cannot be read error=%d",
			job->err);
		return;
	}
	cti_assets_unref(h->assets);
	h->assets = job->assets;
	job->assets = NULL;
	cti_log(CTI_LOG_INFO, "hub", "web files read anew files=%zu",
		cti_assets_count(h->assets));
}

static void request_end(struct cti_request *req, struct cti_job *job)
{
	if (req->hub->closing && !job->streamed) {
		req->close = true;
		busy(req);
		return;
	}
	switch (job->kind) {
	case CTI_JOB_LOGIN:
		login_end(req, job);
		break;
	case CTI_JOB_LOGOUT:
		logout_end(req, job->err);
		break;
	case CTI_JOB_RESOLVE:
		resolve_end(req, job);
		break;
	case CTI_JOB_BACKEND:
	case CTI_JOB_EXPORT:
		backend_end(req, job);
		break;
	case CTI_JOB_RECHECK:
	case CTI_JOB_ASSETS:
		break;
	}
}

void cti_rest_job_end(struct cti_job *job)
{
	struct cti_request *req = job->req;

	if (job->kind == CTI_JOB_RECHECK)
		recheck_end(job->hub, job);
	else if (job->kind == CTI_JOB_ASSETS)
		assets_end(job->hub, job);
	if (req) {
		req->job = NULL;
		if (req->conn)
			request_end(req, job);
		else
			cti_request_job_over(req);
	}
	cti_job_free(job);
}
