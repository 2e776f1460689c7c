/*
 * http.c -- requests and answers: pages, /healthz, /metrics, and the way into
 * rest.c for what stands under /api/v1.
 */
#include "http.h"

#include "job.h"
#include "rest.h"

#include <cti/clock.h>
#include <cti/log.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	BODY_TIMEOUT_S = 15,  /* for the whole body */
	WRITE_TIMEOUT_S = 30, /* for one piece of an answer */
	TYPE_BYTES = 100,
};

/* ---- answers ------------------------------------------------------------- */

static const char *reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} reasons[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 204, "No Content" },
		{ 304, "Not Modified" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 409, "Conflict" },
		{ 411, "Length Required" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Content" },
		{ 429, "Too Many Requests" },
		{ 500, "Internal Server Error" },
		{ 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "Status";
}

void cti_request_header(struct cti_request *req, const char *name, const char *value)
{
	if (strpbrk(value, "\r\n"))
		return;
	cti_buf_printf(&req->extra, "%s: %s\r\n", name, value);
}

static void put_date(struct cti_buf *out)
{
	const time_t now = (time_t)(cti_now_us() / 1000000);
	char text[40];
	struct tm tm;

	if (gmtime_r(&now, &tm) &&
		strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm))
		cti_buf_printf(out, "Date: %s\r\n", text);
}

static void put_origins(struct cti_buf *out, const struct cti_hub *h)
{
	for (size_t i = 0; i < h->origins.n; i++)
		cti_buf_printf(out, " %s", h->origins.list[i]);
}

/* Pages may be framed by the CRM hosts that the configuration names, by nobody else.
 * One of them alone runs a script of such a host: Salesforce's Open CTI is one. */
static void put_page_policy(struct cti_buf *out, const struct cti_request *req)
{
	cti_buf_str(out,
		"Content-Security-Policy: default-src 'self'; img-src 'self' data:; "
		"object-src 'none'; base-uri 'none'; form-action 'self'; ");
	if (!strcmp(req->head.path, "/salesforce")) {
		cti_buf_str(out, "script-src 'self'");
		put_origins(out, req->hub);
		cti_buf_str(out, "; ");
	}
	cti_buf_str(out, "frame-ancestors 'self'");
	put_origins(out, req->hub);
	cti_buf_str(out,
		"\r\n"
		"Permissions-Policy: camera=(), geolocation=(), microphone=()\r\n"
		"Cross-Origin-Opener-Policy: same-origin\r\n");
}

/* Pages of the listed origins may read answers, with their session (CORS). */
static void put_sharing(struct cti_buf *out, const struct cti_request *req)
{
	const char *origin = req->head.origin;
	const bool listed = cti_origin_listed(&req->hub->origins, origin);

	cti_buf_printf(out, "Vary: Origin\r\nCross-Origin-Resource-Policy: %s\r\n",
		listed ? "cross-origin" : "same-origin");
	if (listed)
		cti_buf_printf(out,
			"Access-Control-Allow-Origin: %s\r\n"
			"Access-Control-Allow-Credentials: true\r\n",
			origin);
}

static void put_security(struct cti_buf *out, const struct cti_request *req)
{
	const bool page = strncmp(req->head.path, "/api/", 5) != 0;

	cti_buf_str(out, "X-Content-Type-Options: nosniff\r\n"
			 "Referrer-Policy: same-origin\r\n");
	if (page) {
		put_page_policy(out, req);
	} else {
		cti_buf_str(out, "Content-Security-Policy: default-src 'none'; "
				 "frame-ancestors 'none'\r\n");
		put_sharing(out, req);
	}
	if (cti_glue_tls(req->hub->glue))
		cti_buf_str(out, "Strict-Transport-Security: max-age=31536000\r\n");
}

/* The head up to the lines that say how long the body is. */
static void put_head(
	struct cti_request *req, int status, const char *ctype, const char *cache)
{
	struct cti_buf *out = &req->out;

	req->status = status;
	req->state = CTI_REQ_ANSWER;
	req->close = req->close || req->head.http10;
	cti_buf_clear(out);
	cti_buf_printf(out, "HTTP/1.1 %d %s\r\n", status, reason(status));
	put_date(out);
	if (ctype)
		cti_buf_printf(out, "Content-Type: %.*s\r\n", TYPE_BYTES, ctype);
	cti_buf_printf(out, "Cache-Control: %s\r\nConnection: %s\r\n", cache,
		req->close ? "close" : "keep-alive");
	put_security(out, req);
	cti_buf_add(out, req->extra.data, req->extra.len);
}

static void go(struct cti_request *req)
{
	if (!req->conn)
		return;
	cti_conn_patience_s(req->conn, WRITE_TIMEOUT_S);
	cti_conn_want_write(req->conn);
}

void cti_request_answer(
	struct cti_request *req, int status, const char *ctype, struct cti_buf *body)
{
	const bool empty = status == 204 || status == 304;

	put_head(req, status, empty ? NULL : (ctype ? ctype : "application/json"),
		"no-store");
	if (!empty)
		cti_buf_printf(&req->out, "Content-Length: %zu\r\n", body->len);
	cti_buf_str(&req->out, "\r\n");
	if (!empty && strcmp(req->head.method, "HEAD") != 0)
		cti_buf_add(&req->out, body->data, body->len);
	if (body->err)
		req->out.err = body->err;
	cti_buf_reset(body);
	go(req);
}

void cti_request_error(struct cti_request *req, int status, const char *code,
	const char *text, const char *where)
{
	struct cti_buf body = { 0 };
	struct cti_jsonw w;

	cti_jsonw_init(&w, &body);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_object(&w, "error");
	cti_jsonw_str(&w, "code", code);
	cti_jsonw_str(&w, "text", text);
	cti_jsonw_str(&w, "where", where);
	cti_jsonw_end_object(&w);
	cti_jsonw_end_object(&w);
	cti_request_answer(req, status, NULL, &body);
}

/* A body that nobody reads would be taken for the next request. */
static void refuse(
	struct cti_request *req, int status, const char *code, const char *text)
{
	req->close = true;
	cti_request_error(req, status, code, text, NULL);
}

/* ---- streamed answers ---------------------------------------------------- */

bool cti_request_stream(
	struct cti_request *req, int status, const char *ctype, const char *disposition)
{
	/* Without chunks a torn answer would look like a whole one. */
	if (req->head.http10) {
		cti_request_error(
			req, 505, "http-version", "This answer needs HTTP/1.1.", NULL);
		return false;
	}
	if (disposition && *disposition)
		cti_request_header(req, "Content-Disposition", disposition);
	put_head(req, status, ctype, "no-store");
	cti_buf_str(&req->out, "Transfer-Encoding: chunked\r\n\r\n");
	req->streaming = true;
	go(req);
	return true;
}

void cti_request_piece(struct cti_request *req, struct cti_http_chunk *chunk)
{
	chunk->next = NULL;
	*req->lastp = chunk;
	req->lastp = &chunk->next;
	go(req);
}

void cti_request_stream_end(struct cti_request *req, bool torn)
{
	req->ended = true;
	req->torn = torn;
	go(req);
}

static struct cti_http_chunk *take_chunk(struct cti_request *req)
{
	struct cti_http_chunk *chunk = req->first;

	if (!chunk)
		return NULL;
	req->first = chunk->next;
	if (!req->first)
		req->lastp = &req->first;
	return chunk;
}

/* One chunk in its frame (RFC 9112 section 7.1). */
static bool send_chunk(struct cti_request *req)
{
	struct cti_http_chunk *chunk = take_chunk(req);
	struct cti_buf framed = { 0 };
	bool ok = true;

	if (!chunk)
		return true;
	if (chunk->len) {
		cti_buf_printf(&framed, "%zx\r\n", chunk->len);
		cti_buf_add(&framed, chunk->data, chunk->len);
		cti_buf_str(&framed, "\r\n");
		ok = !framed.err &&
		     !cti_conn_http_body(req->conn, framed.data, framed.len, false);
	}
	req->sent_bytes += chunk->len;
	free(chunk);
	cti_buf_reset(&framed);
	cti_job_credit(req->job);
	return ok;
}

static bool stream_writable(struct cti_request *req, bool *donep)
{
	static const char last[] = "0\r\n\r\n";

	if (req->first) {
		const bool ok = send_chunk(req);

		if (req->first || req->ended)
			cti_conn_want_write(req->conn);
		cti_conn_patience_s(req->conn, req->first ? WRITE_TIMEOUT_S : 0);
		return ok;
	}
	if (!req->ended) {
		cti_conn_patience_s(req->conn, 0); /* the worker's turn */
		return true;
	}
	if (req->torn)
		return false;
	*donep = true;
	return !cti_conn_http_body(req->conn, last, strlen(last), true) && !req->close;
}

/* ---- writing ------------------------------------------------------------- */

static size_t piece(size_t left)
{
	return left < CTI_HTTP_PIECE_MAX ? left : CTI_HTTP_PIECE_MAX;
}

bool cti_request_writable(struct cti_request *req, bool *donep)
{
	const size_t out_left = req->out.len - req->off;
	const size_t data_left = req->data ? req->len - req->data_off : 0;
	int err;

	if (req->state != CTI_REQ_ANSWER)
		return true;
	if (req->out.err)
		return false;
	if (out_left) {
		err = cti_conn_http_head(
			req->conn, req->out.data + req->off, piece(out_left), false);
		req->off += piece(out_left);
		req->sent_bytes += piece(out_left);
	} else if (data_left) {
		err = cti_conn_http_body(req->conn, req->data + req->data_off,
			piece(data_left), data_left <= CTI_HTTP_PIECE_MAX);
		req->data_off += piece(data_left);
		req->sent_bytes += piece(data_left);
	} else {
		return req->streaming ? stream_writable(req, donep) : false;
	}
	if (err)
		return false;
	if (!req->streaming && req->off == req->out.len &&
		(!req->data || req->data_off == req->len)) {
		*donep = true;
		return !req->close;
	}
	cti_conn_patience_s(req->conn, WRITE_TIMEOUT_S);
	cti_conn_want_write(req->conn);
	return true;
}

/* ---- pages, health, metrics ---------------------------------------------- */

static bool is_read(const struct cti_request *req)
{
	return !strcmp(req->head.method, "GET") || !strcmp(req->head.method, "HEAD");
}

static void page(struct cti_request *req)
{
	const struct cti_asset *asset =
		req->hub->assets ? cti_assets_find(req->hub->assets, req->head.path)
				 : NULL;
	struct cti_buf none = { 0 };

	if (!asset) {
		cti_request_error(req, 404, "not-found", "There is nothing here.", NULL);
		return;
	}
	req->quiet = true;
	cti_request_header(req, "ETag", asset->etag);
	if (!strcmp(asset->etag, req->head.etag)) {
		cti_request_answer(req, 304, NULL, &none);
		return;
	}
	req->assets = cti_assets_ref(req->hub->assets);
	req->data = asset->data;
	req->len = asset->len;
	put_head(req, 200, asset->ctype, asset->cache);
	cti_buf_printf(&req->out, "Content-Length: %zu\r\n\r\n", asset->len);
	if (!strcmp(req->head.method, "HEAD"))
		req->len = 0;
	go(req);
}

/* A stranger learns whether we are well, and nothing else. */
static void healthz(struct cti_request *req)
{
	struct cti_buf detail = { 0 };
	struct cti_buf body = { 0 };
	const bool ok = cti_hub_health_text(req->hub, &detail);

	cti_buf_reset(&detail);
	cti_buf_printf(&body, "{\"ok\":%s}\n", ok ? "true" : "false");
	req->quiet = true;
	cti_request_answer(req, ok ? 200 : 503, NULL, &body);
}

/* Behind a proxy everybody comes from loopback: then nobody may. */
static bool may_see_metrics(const struct cti_request *req)
{
	const struct cti_hub_conf *conf = &req->hub->conf;

	if (req->head.forwarded)
		return false;
	for (size_t i = 0; i < conf->nmetrics_allow; i++)
		if (!strcmp(conf->metrics_allow[i], req->remote))
			return true;
	return cti_addr_is_loopback(req->remote);
}

static void metrics(struct cti_request *req)
{
	struct cti_buf body = { 0 };

	if (!may_see_metrics(req)) {
		cti_request_error(
			req, 403, "not-allowed", "Not from this address.", NULL);
		return;
	}
	cti_hub_metrics_text(req->hub, &body);
	req->quiet = true;
	cti_request_answer(req, 200, "text/plain; version=0.0.4; charset=utf-8", &body);
}

static void serve(struct cti_request *req)
{
	if (!strncmp(req->head.path, "/api/", 5)) {
		cti_rest_begin(req);
		return;
	}
	if (!is_read(req)) {
		cti_request_header(req, "Allow", "GET, HEAD");
		refuse(req, 405, "method", "Only GET and HEAD.");
	} else if (!strcmp(req->head.path, "/healthz")) {
		healthz(req);
	} else if (!strcmp(req->head.path, "/metrics")) {
		metrics(req);
	} else {
		page(req);
	}
}

/* ---- life ---------------------------------------------------------------- */

/* "name=value" each; a name twice is refused, as nobody knows which one counts. */
static const char *take_params(struct cti_request *req, const struct cti_http_head *head)
{
	for (size_t i = 0; i < head->nargs; i++) {
		struct cti_http_param *param = &req->params[req->nparams];
		char *eq;

		param->name = cti_str_dup(head->args[i]);
		if (!param->name)
			return "out of memory";
		req->nparams++;
		eq = strchr(param->name, '=');
		if (!eq) {
			param->value = "";
			continue;
		}
		*eq = '\0';
		param->value = eq + 1;
		for (size_t k = 0; k + 1 < req->nparams; k++)
			if (!strcmp(req->params[k].name, param->name))
				return "a parameter comes twice";
	}
	return NULL;
}

const char *cti_request_param(const struct cti_request *req, const char *name)
{
	for (size_t i = 0; i < req->nparams; i++)
		if (!strcmp(req->params[i].name, name))
			return req->params[i].value;
	return NULL;
}

static bool has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

static const char *fault(struct cti_request *req, const struct cti_http_head *head)
{
	if (head->bad)
		return head->bad;
	if (has_control(head->path))
		return "the path has control characters";
	if (is_read(req) && head->length > 0)
		return "no body with GET";
	return take_params(req, head);
}

struct cti_request *cti_request_open(
	struct cti_hub *h, struct cti_conn *c, const struct cti_http_head *head)
{
	struct cti_request *req = calloc(1, sizeof(*req));
	const char *bad;

	if (!req)
		return NULL;
	h->n.requests++;
	req->hub = h;
	req->conn = c;
	req->head = *head;
	req->lastp = &req->first;
	req->opened_us = cti_mono_us();
	(void)cti_str_copy(req->remote, sizeof(req->remote), cti_conn_remote(c));
	req->next = h->requests;
	req->prevp = &h->requests;
	if (req->next)
		req->next->prevp = &req->next;
	h->requests = req;
	bad = fault(req, head);
	if (bad)
		refuse(req, 400, "bad-request", bad);
	else if (h->closing)
		refuse(req, 503, "shutting-down", "The server is going down.");
	else
		serve(req);
	return req;
}

void cti_request_body(struct cti_request *req, const void *data, size_t len)
{
	if (req->state != CTI_REQ_BODY)
		return;
	if (req->body.len + len > CTI_HTTP_BODY_MAX)
		refuse(req, 413, "too-large", "The body is too large.");
	else
		cti_buf_add(&req->body, data, len);
}

void cti_request_body_end(struct cti_request *req)
{
	if (req->state == CTI_REQ_BODY)
		cti_rest_run(req);
}

static void request_free(struct cti_request *req)
{
	struct cti_http_chunk *chunk;

	*req->prevp = req->next;
	if (req->next)
		req->next->prevp = req->prevp;
	while ((chunk = take_chunk(req)) != NULL)
		free(chunk);
	for (size_t i = 0; i < req->nparams; i++)
		free(req->params[i].name);
	cti_assets_unref(req->assets);
	cti_buf_reset(&req->body);
	cti_buf_reset(&req->out);
	cti_buf_reset(&req->extra);
	free(req);
}

/* No query and no header: both may hold numbers or secrets. */
static void log_access(const struct cti_request *req)
{
	cti_log(req->quiet ? CTI_LOG_DEBUG : CTI_LOG_INFO, "http",
		"request method=%s path=%s status=%d bytes=%llu ms=%lld remote=%s",
		req->head.method, req->head.path, req->status,
		(unsigned long long)req->sent_bytes,
		(long long)((cti_mono_us() - req->opened_us) / 1000), req->remote);
}

void cti_request_closed(struct cti_request *req)
{
	log_access(req);
	req->conn = NULL;
	if (req->job)
		cti_job_gone(req->job);
	else
		request_free(req);
}

void cti_request_job_over(struct cti_request *req)
{
	req->job = NULL;
	if (!req->conn)
		request_free(req);
}

void cti_http_tick(struct cti_hub *h, int64_t now_us)
{
	for (struct cti_request *req = h->requests; req; req = req->next)
		if (req->conn && req->state == CTI_REQ_BODY &&
			now_us - req->opened_us > (int64_t)BODY_TIMEOUT_S * 1000000)
			cti_conn_kill(req->conn);
}
