/*
 * lws_glue.c -- libwebsockets on a libuv loop of our own, turned into the
 * up-calls of glue.h. What the bytes mean is the business of http.c and client.c.
 *
 * The loop is ours ("foreign" to the library), because the library's own one
 * would take SIGTERM, SIGHUP and SIGSEGV for itself.
 */
#include "glue.h"

#include "frame.h"
#include "limit.h"

#include <cti/log.h>

#include <libwebsockets.h>
#include <openssl/ssl.h>
#include <uv.h>

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static_assert(CTI_FRAME_HEAD >= LWS_PRE, "no room for the WebSocket header");

enum {
	ADDR_BYTES = INET6_ADDRSTRLEN,
	HEAD_TIMEOUT_S = 10,      /* a request's head has to be there */
	KEEPALIVE_S = 15,         /* an idle connection may wait for its next request */
	HALF_OPEN_PER_ADDR = 256, /* connections that have not yet asked for anything */
	HALF_OPEN_ALL = 4096,
	FDS_SPARE = 64, /* for the database, files, the PBXs */
	HEADER_BYTES_MAX = 8192,
	CLOSE_REASON_MAX = 123, /* RFC 6455 section 5.5 */
	/* The kernel's own choice grows to megabytes: what a slow browser has not read
	 * should wait in its queue, where it can give way to newer pictures. */
	WS_SOCKET_BYTES = 64 * 1024,
};

enum conn_is { CONN_HALF_OPEN, CONN_HTTP, CONN_WS };

struct cti_conn {
	struct cti_glue *glue;
	struct lws *wsi; /* borrowed; it owns us */
	enum conn_is is;
	bool counted; /* among the half-open */
	char remote[ADDR_BYTES];
	char local[ADDR_BYTES];
	struct cti_request *req;   /* CONN_HTTP: the one going on, or NULL */
	struct cti_client *client; /* CONN_WS */
};

struct cti_glue {
	struct cti_hub *hub;     /* borrowed */
	struct lws_context *lws; /* the library clears it when it is really gone */
	uint16_t port;
	uv_loop_t loop;
	uv_timer_t timer;
	uv_async_t wake; /* the one thing of ours that other threads touch */
	bool leaving;
	bool tls;
	struct cti_counts *half_open; /* owned */
	size_t connections, connections_max;
	unsigned char out[LWS_PRE + CTI_HTTP_PIECE_MAX]; /* where HTTP is written from */
};

/* ---- connections --------------------------------------------------------- */

const char *cti_conn_remote(const struct cti_conn *c)
{
	return c->remote;
}

const char *cti_conn_local(const struct cti_conn *c)
{
	return c->local;
}

void cti_conn_want_write(struct cti_conn *c)
{
	(void)lws_callback_on_writable(c->wsi);
}

void cti_conn_kill(struct cti_conn *c)
{
	lws_set_timeout(c->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
}

void cti_conn_patience_s(struct cti_conn *c, int s)
{
	lws_set_timeout(c->wsi, s ? PENDING_TIMEOUT_HTTP_CONTENT : NO_PENDING_TIMEOUT, s);
}

/* Also asks the kernel, which says no before the socket's buffer is full. */
bool cti_conn_ws_idle(const struct cti_conn *c)
{
	return !lws_send_pipe_choked(c->wsi);
}

int cti_conn_ws_send(
	struct cti_conn *c, unsigned char *text, size_t len, bool first, bool last)
{
	const int how = lws_write_ws_flags(LWS_WRITE_TEXT, first, last);

	return lws_write(c->wsi, text, len, (enum lws_write_protocol)how) < 0 ? ECONNRESET
									      : 0;
}

/*
 * Not by returning -1 from the callback: Debian 12's package of 4.1.6 is a debug
 * build, which closes a libuv connection twice in a row (service.c, "uv repeat
 * test"), and the second close drops the frame that the first one queued.
 */
void cti_conn_ws_close(struct cti_conn *c, unsigned code, const char *reason)
{
	unsigned char text[CLOSE_REASON_MAX];
	const size_t len = strnlen(reason, sizeof(text));

	memcpy(text, reason, len);
	lws_close_reason(c->wsi, (enum lws_close_status)code, text, len);
	lws_set_timeout(c->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_SYNC);
}

static int http_send(struct cti_conn *c, const void *data, size_t len, int how)
{
	struct cti_glue *g = c->glue;

	if (len > CTI_HTTP_PIECE_MAX)
		return ECONNRESET;
	memcpy(g->out + LWS_PRE, data, len);
	return lws_write(c->wsi, g->out + LWS_PRE, len, (enum lws_write_protocol)how) < 0
		       ? ECONNRESET
		       : 0;
}

int cti_conn_http_head(struct cti_conn *c, const char *text, size_t len, bool last)
{
	return http_send(c, text, len,
		LWS_WRITE_HTTP_HEADERS | (last ? LWS_WRITE_H2_STREAM_END : 0));
}

int cti_conn_http_body(struct cti_conn *c, const void *data, size_t len, bool last)
{
	return http_send(c, data, len, last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP);
}

static void addr_text(char text[ADDR_BYTES], const struct sockaddr_storage *sa)
{
	const void *addr =
		sa->ss_family == AF_INET6
			? (const void *)&((const struct sockaddr_in6 *)sa)->sin6_addr
			: (const void *)&((const struct sockaddr_in *)sa)->sin_addr;

	if (!inet_ntop(sa->ss_family, addr, text, ADDR_BYTES))
		text[0] = '\0';
	else if (!strncmp(text, "::ffff:", 7) && strchr(text, '.'))
		memmove(text, text + 7,
			strlen(text + 7) + 1); /* IPv4 on an IPv6 socket */
}

static void addresses(char remote[ADDR_BYTES], char local[ADDR_BYTES], int fd)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t len = sizeof(sa);

	remote[0] = local[0] = '\0';
	if (!getpeername(fd, (struct sockaddr *)&sa, &len))
		addr_text(remote, &sa);
	len = sizeof(sa);
	if (local != remote && !getsockname(fd, (struct sockaddr *)&sa, &len))
		addr_text(local, &sa);
}

static int conn_new(struct cti_glue *g, struct lws *wsi)
{
	struct cti_conn *c;

	/* At the limit we close at once what we accept: a descriptor that cannot
	 * be accepted would wake us again and again. */
	if (g->leaving || g->connections >= g->connections_max)
		return -1;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -1;
	c->glue = g;
	c->wsi = wsi;
	addresses(c->remote, c->local, lws_get_socket_fd(wsi));
	c->counted = cti_counts_add(g->half_open, c->remote);
	if (!c->counted) {
		free(c);
		return -1;
	}
	g->connections++;
	lws_set_opaque_user_data(wsi, c);
	return 0;
}

/* It has said what it wants. */
static void conn_settle(struct cti_conn *c, enum conn_is is)
{
	c->is = is;
	if (c->counted)
		cti_counts_remove(c->glue->half_open, c->remote);
	c->counted = false;
}

static void conn_end_request(struct cti_conn *c)
{
	struct cti_request *req = c->req;

	c->req = NULL;
	if (req)
		cti_request_closed(req);
}

static void conn_end_client(struct cti_conn *c)
{
	struct cti_client *client = c->client;

	c->client = NULL;
	if (client)
		cti_client_closed(client);
}

static void conn_free(struct cti_conn *c)
{
	conn_end_request(c);
	conn_end_client(c);
	conn_settle(c, c->is);
	c->glue->connections--;
	lws_set_opaque_user_data(c->wsi, NULL);
	free(c);
}

/* ---- a request's head ---------------------------------------------------- */

static const struct {
	enum lws_token_indexes token;
	const char *name;
} methods[] = {
	{ WSI_TOKEN_GET_URI, "GET" },
	{ WSI_TOKEN_HEAD_URI, "HEAD" },
	{ WSI_TOKEN_POST_URI, "POST" },
	{ WSI_TOKEN_PUT_URI, "PUT" },
	{ WSI_TOKEN_PATCH_URI, "PATCH" },
	{ WSI_TOKEN_DELETE_URI, "DELETE" },
	{ WSI_TOKEN_OPTIONS_URI, "OPTIONS" },
};

/* Copies a header. False if it is too long or came more than once. */
static bool header(struct lws *wsi, enum lws_token_indexes token, char *buf, size_t size)
{
	buf[0] = '\0';
	if (!lws_hdr_total_length(wsi, token))
		return true;
	if (lws_hdr_fragment_length(wsi, token, 1) > 0 ||
		lws_hdr_copy(wsi, buf, (int)size, token) < 0) {
		buf[0] = '\0';
		return false;
	}
	return true;
}

static bool custom(struct lws *wsi, const char *name, char *buf, size_t size)
{
	const int len = (int)strlen(name);

	buf[0] = '\0';
	return lws_hdr_custom_length(wsi, name, len) > 0 &&
	       lws_hdr_custom_copy(wsi, buf, (int)size, name, len) > 0;
}

/* rb_session=VALUE among the cookies; the first one counts (RFC 6265 section 5.4:
 * the one with the longest path). */
static void cookie(struct cti_http_head *head, struct lws *wsi)
{
	static const char name[] = "rb_session=";
	char all[4096];
	const char *p = all;

	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_COOKIE) <= 0 ||
		lws_hdr_copy(wsi, all, sizeof(all), WSI_TOKEN_HTTP_COOKIE) < 0)
		return;
	while (*p) {
		const size_t len = strcspn(p, ";");

		if (len > strlen(name) && !strncmp(p, name, strlen(name))) {
			(void)cti_str_copyn(head->cookie, sizeof(head->cookie),
				p + strlen(name), len - strlen(name));
			return;
		}
		p += len;
		p += strspn(p, "; ");
	}
}

static int64_t content_length(struct lws *wsi)
{
	char text[24];
	size_t len;

	if (!lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH))
		return -1;
	if (!header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, text, sizeof(text)))
		return -2;
	len = strlen(text);
	if (!len || len > 15 || strspn(text, "0123456789") != len)
		return -2;
	return strtoll(text, NULL, 10);
}

static void method_and_path(struct cti_http_head *head, struct lws *wsi)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		const int len = lws_hdr_total_length(wsi, methods[i].token);

		if (len <= 0)
			continue;
		(void)cti_str_copy(head->method, sizeof(head->method), methods[i].name);
		if (lws_hdr_copy(wsi, head->path, sizeof(head->path), methods[i].token) <
			0)
			head->bad = "the path is too long";
		else if (strlen(head->path) != (size_t)len)
			head->bad = "the path has a zero byte";
		return;
	}
	head->bad = "unknown method";
}

/* args: where the values are kept; 8 kB hold what HEADER_BYTES_MAX let in. */
static void arguments(
	struct cti_http_head *head, struct lws *wsi, char *args, size_t size)
{
	size_t used = 0;

	for (int i = 0; lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS) > 0; i++) {
		const int len = lws_hdr_copy_fragment(
			wsi, args + used, (int)(size - used), WSI_TOKEN_HTTP_URI_ARGS, i);

		if (len < 0)
			break;
		if (head->nargs == CTI_HTTP_PARAMS_MAX ||
			strlen(args + used) != (size_t)len) {
			head->bad = "too many parameters, or one with a zero byte";
			break;
		}
		if (!len)
			continue;
		head->args[head->nargs++] = args + used;
		used += (size_t)len + 1;
	}
}

static void read_head(
	struct cti_http_head *head, struct lws *wsi, char *args, size_t size)
{
	char text[16];

	memset(head, 0, sizeof(*head));
	method_and_path(head, wsi);
	arguments(head, wsi, args, size);
	if (!header(wsi, WSI_TOKEN_ORIGIN, head->origin, sizeof(head->origin)))
		(void)cti_str_copy(head->origin, sizeof(head->origin), "?");
	(void)header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, head->etag, sizeof(head->etag));
	(void)header(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, head->ctype, sizeof(head->ctype));
	cookie(head, wsi);
	head->length = content_length(wsi);
	head->marked =
		custom(wsi, "x-ringbridge:", text, sizeof(text)) && !strcmp(text, "1");
	head->http10 = !header(wsi, WSI_TOKEN_HTTP, text, sizeof(text)) ||
		       strcmp(text, "HTTP/1.1") != 0;
	head->forwarded = lws_hdr_total_length(wsi, WSI_TOKEN_X_FORWARDED_FOR) > 0 ||
			  lws_hdr_custom_length(wsi, "forwarded:", 10) > 0;
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
		head->bad = "a body needs Content-Length";
	if (head->length == -2)
		head->bad = "Content-Length is no number";
}

/* ---- HTTP ---------------------------------------------------------------- */

static int on_http(struct cti_conn *c)
{
	struct cti_http_head head;
	char args[HEADER_BYTES_MAX];

	conn_settle(c, CONN_HTTP);
	conn_end_request(c);
	read_head(&head, c->wsi, args, sizeof(args));
	c->req = cti_request_open(c->glue->hub, c, &head);
	return c->req ? 0 : -1;
}

static int on_http_writable(struct cti_conn *c)
{
	bool done = false;

	if (!c->req)
		return 0;
	if (!cti_request_writable(c->req, &done))
		return -1;
	if (!done)
		return 0;
	conn_end_request(c);
	return lws_http_transaction_completed(c->wsi) ? -1 : 0;
}

/* ---- WebSocket ----------------------------------------------------------- */

/* Before the 101. Positive: we have answered with a refusal. */
static int on_upgrade(struct cti_conn *c, const char *to)
{
	struct cti_http_head head;
	char args[HEADER_BYTES_MAX];
	char protocols[64];
	char text[128];
	int status = 400;
	int len;

	conn_settle(c, CONN_HTTP);
	read_head(&head, c->wsi, args, sizeof(args));
	if (!strcasecmp(to, "websocket") && !head.bad && !head.nargs &&
		header(c->wsi, WSI_TOKEN_PROTOCOL, protocols, sizeof(protocols)))
		status = cti_client_admit(
			c->glue->hub, c, head.path, head.origin, protocols);
	if (!status)
		return 0;
	len = snprintf(text, sizeof(text),
		"HTTP/1.1 %d Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		status);
	if (cti_conn_http_head(c, text, (size_t)len, true))
		return -1;
	return 1;
}

static int on_established(struct cti_conn *c)
{
	const int size = WS_SOCKET_BYTES;

	conn_settle(c, CONN_WS);
	(void)setsockopt(
		lws_get_socket_fd(c->wsi), SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	c->client = cti_client_open(c->glue->hub, c);
	return c->client ? 0 : -1;
}

static int on_receive(struct cti_conn *c, const void *in, size_t len)
{
	const bool last =
		lws_is_final_fragment(c->wsi) && !lws_remaining_packet_payload(c->wsi);

	if (!c->client)
		return -1;
	return cti_client_received(c->client, in, len, lws_is_first_fragment(c->wsi) != 0,
		       last, lws_frame_is_binary(c->wsi) != 0)
		       ? 0
		       : -1;
}

/* ---- the callback -------------------------------------------------------- */

static int on_conn(
	struct cti_conn *c, enum lws_callback_reasons reason, void *in, size_t len)
{
	switch ((int)reason) {
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return on_upgrade(c, in);
	case LWS_CALLBACK_ESTABLISHED:
		return on_established(c);
	case LWS_CALLBACK_RECEIVE:
		return on_receive(c, in, len);
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return c->client && cti_client_writable(c->client) ? 0 : -1;
	case LWS_CALLBACK_CLOSED:
		conn_end_client(c);
		return 0;
	case LWS_CALLBACK_HTTP:
		return on_http(c);
	case LWS_CALLBACK_HTTP_BODY:
		if (c->req && len)
			cti_request_body(c->req, in, len);
		return 0;
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		if (c->req)
			cti_request_body_end(c->req);
		return 0;
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return on_http_writable(c);
	case LWS_CALLBACK_CLOSED_HTTP:
		conn_end_request(c);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		conn_free(c);
		return 0;
	default:
		return 0;
	}
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
	void *in, size_t len)
{
	struct cti_glue *g = lws_context_user(lws_get_context(wsi));
	struct cti_conn *c = wsi ? lws_get_opaque_user_data(wsi) : NULL;

	(void)user;
	if (reason == LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED)
		return conn_new(g, wsi);
	return c ? on_conn(c, reason, in, len) : 0;
}

/* rx size 0: the library's service buffer. Messages are put together by client.c. */
static const struct lws_protocols protocols[] = {
	{ .name = "http", .callback = callback },
	{ .name = "ringbridge.v1", .callback = callback },
	{ .name = NULL },
};

/* ---- life ---------------------------------------------------------------- */

static void log_line(int level, const char *line)
{
	char text[200];

	(void)cti_str_clean(text, sizeof(text), line, strlen(line));
	cti_log(level == LLL_ERR ? CTI_LOG_WARN : CTI_LOG_DEBUG, "lws", "%s", text);
}

/* Says why listening would fail, which the library does not. port 0: any. */
static int try_listen(const char *addr, uint16_t port)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} u = { 0 };
	const bool v6 = strchr(addr, ':') != NULL;
	const int on = 1;
	int err = 0;
	int fd;

	u.sa.sa_family = v6 ? AF_INET6 : AF_INET;
	if (v6)
		u.v6.sin6_port = htons(port);
	else
		u.v4.sin_port = htons(port);
	if (inet_pton(u.sa.sa_family, addr,
		    v6 ? (void *)&u.v6.sin6_addr : (void *)&u.v4.sin_addr) != 1)
		return EINVAL;
	fd = socket(u.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &u.sa, v6 ? sizeof(u.v6) : sizeof(u.v4)) < 0 || listen(fd, 1) < 0)
		err = errno;
	(void)close(fd);
	return err;
}

/* The library would say nothing, and leave half of a context behind. */
static int try_tls(const struct cti_hub_conf *conf)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	const bool ok =
		ctx && SSL_CTX_use_certificate_chain_file(ctx, conf->tls_cert) == 1 &&
		SSL_CTX_use_PrivateKey_file(ctx, conf->tls_key, SSL_FILETYPE_PEM) == 1 &&
		SSL_CTX_check_private_key(ctx) == 1;

	SSL_CTX_free(ctx);
	return ok ? 0 : EBADMSG;
}

static void fill_info(struct lws_context_creation_info *info, struct cti_glue *g,
	const struct cti_hub_conf *conf, void **loops)
{
	memset(info, 0, sizeof(*info));
	loops[0] = &g->loop;
	info->foreign_loops = loops;
	info->user = g;
	info->pcontext = &g->lws;
	info->protocols = protocols;
	info->port = conf->port;
	info->timeout_secs = HEAD_TIMEOUT_S;
	info->timeout_secs_ah_idle = HEAD_TIMEOUT_S;
	info->keepalive_timeout = KEEPALIVE_S;
	info->max_http_header_data = HEADER_BYTES_MAX;
	info->options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_VALIDATE_UTF8;
	if (strcmp(conf->listen_addr, "0.0.0.0") != 0 &&
		strcmp(conf->listen_addr, "::") != 0)
		info->iface = conf->listen_addr;
	if (!strchr(conf->listen_addr, ':'))
		info->options |= LWS_SERVER_OPTION_DISABLE_IPV6;
	if (!g->tls)
		return;
	info->options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	info->ssl_cert_filepath = conf->tls_cert;
	info->ssl_private_key_filepath = conf->tls_key;
	info->ssl_options_set = SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 |
				SSL_OP_NO_RENEGOTIATION;
	info->alpn = "http/1.1";
}

static size_t descriptors_for_us(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0 || lim.rlim_cur == RLIM_INFINITY)
		return SIZE_MAX;
	return lim.rlim_cur > 2 * FDS_SPARE ? (size_t)lim.rlim_cur - FDS_SPARE
					    : FDS_SPARE;
}

static void on_timer(uv_timer_t *t)
{
	struct cti_glue *g = t->data;

	if (!g->leaving) {
		cti_hub_tick(g->hub);
		return;
	}
	/* From here, not from a callback of the library: it frees what called us. */
	(void)uv_timer_stop(t);
	uv_close((uv_handle_t *)t, NULL);
	lws_context_destroy(g->lws);
}

static void on_wake(uv_async_t *wake)
{
	const struct cti_glue *g = wake->data;

	cti_hub_woken(g->hub);
}

static int open_loop(struct cti_glue *g)
{
	const int rc = uv_loop_init(&g->loop);

	if (rc < 0)
		return -rc;
	(void)uv_timer_init(&g->loop, &g->timer);
	g->timer.data = g;
	(void)uv_async_init(&g->loop, &g->wake, on_wake);
	g->wake.data = g;
	uv_unref((uv_handle_t *)&g->wake); /* it does not keep the loop alive */
	return -uv_timer_start(&g->timer, on_timer, CTI_TICK_MS, CTI_TICK_MS);
}

static void close_loop(struct cti_glue *g)
{
	if (!uv_is_closing((uv_handle_t *)&g->timer))
		uv_close((uv_handle_t *)&g->timer, NULL); /* the loop never ran */
	uv_close((uv_handle_t *)&g->wake, NULL);
	(void)uv_run(&g->loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&g->loop);
}

static int open_context(struct cti_glue *g, const struct cti_hub_conf *conf)
{
	struct lws_context_creation_info info;
	struct lws_vhost *vhost;
	void *loops[1];

	lws_set_log_level(LLL_ERR | LLL_WARN, log_line);
	fill_info(&info, g, conf, loops);
	g->lws = lws_create_context(&info);
	vhost = g->lws ? lws_get_vhost_by_name(g->lws, "default") : NULL;
	if (!vhost)
		return EIO;
	g->port = (uint16_t)lws_get_vhost_listen_port(vhost);
	return 0;
}

int cti_glue_open(
	struct cti_glue **gp, const struct cti_hub_conf *conf, struct cti_hub *hub)
{
	struct cti_glue *g;
	int err = try_listen(conf->listen_addr, conf->port);

	if (!err && conf->tls_cert)
		err = try_tls(conf);
	if (err)
		return err;
	g = calloc(1, sizeof(*g));
	if (!g)
		return ENOMEM;
	g->hub = hub;
	g->tls = conf->tls_cert != NULL;
	g->connections_max = descriptors_for_us();
	err = cti_counts_alloc(&g->half_open, HALF_OPEN_PER_ADDR, HALF_OPEN_ALL);
	if (err)
		goto out;
	err = open_loop(g);
	if (err)
		goto out;
	err = open_context(g, conf);
	if (err) {
		close_loop(g);
		goto out;
	}
	*gp = g;
out:
	if (err) {
		cti_counts_free(g->half_open);
		free(g);
	}
	return err;
}

void cti_glue_run(struct cti_glue *g)
{
	(void)uv_run(&g->loop, UV_RUN_DEFAULT);
}

void cti_glue_leave(struct cti_glue *g)
{
	g->leaving = true;
	(void)uv_timer_start(&g->timer, on_timer, 0, 0);
}

void cti_glue_wake(struct cti_glue *g)
{
	(void)uv_async_send(&g->wake);
}

void cti_glue_free(struct cti_glue *g)
{
	if (!g)
		return;
	if (g->lws)
		lws_context_destroy(g->lws); /* the second half, or all of it */
	close_loop(g);
	cti_counts_free(g->half_open);
	free(g);
}

uint16_t cti_glue_port(const struct cti_glue *g)
{
	return g->port;
}

bool cti_glue_tls(const struct cti_glue *g)
{
	return g->tls;
}

size_t cti_glue_connections(const struct cti_glue *g)
{
	return g->connections;
}
