/*
 * support_peer.c -- HTTP and WebSocket (RFC 6455) over plain sockets.
 */
#include "support.h"

#include <cti/clock.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in address(const char *text, uint16_t port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(port) };

	assert_int_equal(inet_pton(AF_INET, text, &sa.sin_addr), 1);
	return sa;
}

void peer_open(struct peer *p, const struct hub *t, const char *from)
{
	const struct sockaddr_in to = address(t->addr, t->port);

	memset(p, 0, sizeof(*p));
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(p->fd >= 0);
	if (from) {
		const struct sockaddr_in src = address(from, 0);

		assert_int_equal(
			bind(p->fd, (const struct sockaddr *)&src, sizeof(src)), 0);
	}
	assert_int_equal(connect(p->fd, (const struct sockaddr *)&to, sizeof(to)), 0);
}

void peer_close(struct peer *p)
{
	(void)close(p->fd);
	cti_buf_reset(&p->in);
}

void peer_send(struct peer *p, const void *data, size_t len)
{
	const char *from = data;

	while (len) {
		const ssize_t n = send(p->fd, from, len, MSG_NOSIGNAL);

		if (n <= 0)
			return; /* refused and closed: the answer tells */
		from += n;
		len -= (size_t)n;
	}
}

bool peer_fill(struct peer *p, int timeout_ms)
{
	struct pollfd pfd = { .fd = p->fd, .events = POLLIN };
	char data[65536];
	ssize_t n;

	if (p->closed || poll(&pfd, 1, timeout_ms) <= 0)
		return false;
	n = recv(p->fd, data, sizeof(data), 0);
	if (n <= 0) {
		p->closed = true;
		return false;
	}
	cti_buf_add(&p->in, data, (size_t)n);
	assert_int_equal(p->in.err, 0);
	return true;
}

static void use(struct peer *p, size_t len)
{
	memmove(p->in.data, p->in.data + len, p->in.len - len + 1);
	p->in.len -= len;
}

/* ---- HTTP ----------------------------------------------------------------- */

void response_reset(struct response *r)
{
	cti_buf_reset(&r->head);
	cti_buf_reset(&r->body);
	memset(r, 0, sizeof(*r));
}

bool response_header(const struct response *r, const char *name, char *value, size_t size)
{
	const char *line = r->head.data;
	const size_t len = strlen(name);

	while (line && (line = strstr(line, "\r\n")) != NULL) {
		line += 2;
		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		(void)snprintf(value, size, "%.*s", (int)strcspn(line + len + 2, "\r"),
			line + len + 2);
		return true;
	}
	value[0] = '\0';
	return false;
}

static bool need(struct peer *p, size_t len)
{
	while (p->in.len < len)
		if (!peer_fill(p, WAIT_MS))
			return false;
	return true;
}

static bool read_head(struct peer *p, struct response *r)
{
	const char *end;

	while (!p->in.len || !(end = strstr(p->in.data, "\r\n\r\n")))
		if (!peer_fill(p, WAIT_MS))
			return false;
	cti_buf_add(&r->head, p->in.data, (size_t)(end - p->in.data) + 2);
	use(p, (size_t)(end - p->in.data) + 4);
	return sscanf(r->head.data, "HTTP/1.1 %d", &r->status) == 1;
}

static bool read_chunks(struct peer *p, struct response *r)
{
	for (;;) {
		const char *eol;
		size_t len;

		while (!p->in.len || !(eol = strstr(p->in.data, "\r\n")))
			if (!peer_fill(p, WAIT_MS))
				return false;
		len = strtoul(p->in.data, NULL, 16);
		use(p, (size_t)(eol - p->in.data) + 2);
		if (!need(p, len + 2))
			return false;
		cti_buf_add(&r->body, p->in.data, len);
		use(p, len + 2);
		if (!len)
			return true;
	}
}

void peer_ask(struct peer *p, struct response *r, const char *request, size_t len)
{
	char value[40];

	memset(r, 0, sizeof(*r));
	if (request)
		peer_send(p, request, len);
	if (!read_head(p, r))
		return;
	if (response_header(r, "Transfer-Encoding", value, sizeof(value))) {
		r->whole = read_chunks(p, r);
		return;
	}
	if (r->status == 101 || r->status == 204 || r->status == 304 ||
		!response_header(r, "Content-Length", value, sizeof(value))) {
		r->whole = true;
		return;
	}
	len = strtoul(value, NULL, 10);
	r->whole = need(p, len);
	if (r->whole && len) {
		cti_buf_add(&r->body, p->in.data, len);
		use(p, len);
	}
}

void ask(const struct hub *t, struct response *r, const char *method, const char *path,
	const char *cookie, const char *extra, const char *body)
{
	struct cti_buf req = { 0 };
	struct peer p;

	cti_buf_printf(&req, "%s %s HTTP/1.1\r\nHost: %s:%u\r\n%s", method, path, t->addr,
		t->port, extra);
	if (cookie)
		cti_buf_printf(&req, "Cookie: %s\r\n", cookie);
	if (body)
		cti_buf_printf(&req,
			"Content-Type: application/json\r\nContent-Length: %zu\r\n",
			strlen(body));
	cti_buf_printf(&req, "\r\n%s", body ? body : "");
	peer_open(&p, t, NULL);
	peer_ask(&p, r, req.data, req.len);
	peer_close(&p);
	cti_buf_reset(&req);
}

void ask_page(const struct hub *t, struct response *r, const char *method,
	const char *path, const char *cookie, const char *body)
{
	char extra[200];

	(void)snprintf(
		extra, sizeof(extra), "Origin: %s\r\nX-Ringbridge: 1\r\n", t->origin);
	ask(t, r, method, path, cookie, extra, body);
}

void log_in(const struct hub *t, char cookie[COOKIE_BYTES], const char *name)
{
	char body[120];
	char value[300];
	struct response r;

	(void)snprintf(body, sizeof(body), "{\"name\":\"%s\",\"password\":\"pw-%s\"}",
		name, name);
	ask_page(t, &r, "POST", "/api/v1/login", NULL, body);
	assert_int_equal(r.status, 200);
	assert_true(response_header(&r, "Set-Cookie", value, sizeof(value)));
	(void)snprintf(cookie, COOKIE_BYTES, "%.*s", (int)strcspn(value, ";"), value);
	response_reset(&r);
}

void get_token(const struct hub *t, char token[TOKEN_BYTES], const char *cookie)
{
	struct response r;

	ask_page(t, &r, "POST", "/api/v1/token", cookie, "{}");
	assert_int_equal(r.status, 200);
	json_member(r.body.data, "token", token, TOKEN_BYTES);
	response_reset(&r);
}

/* ---- WebSocket ------------------------------------------------------------ */

int ws_shake(struct peer *p, const struct hub *t, const char *origin, const char *path,
	const char *protocol)
{
	struct cti_buf req = { 0 };
	struct response r;
	int status;

	cti_buf_printf(&req,
		"GET %s HTTP/1.1\r\nHost: %s:%u\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
		path, t->addr, t->port);
	if (*protocol)
		cti_buf_printf(&req, "Sec-WebSocket-Protocol: %s\r\n", protocol);
	if (*origin)
		cti_buf_printf(&req, "Origin: %s\r\n", origin);
	cti_buf_str(&req, "\r\n");
	peer_ask(p, &r, req.data, req.len);
	status = r.status;
	/* The key and its answer are the example of RFC 6455 section 1.3. */
	if (status == 101)
		assert_non_null(strstr(r.head.data, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
	response_reset(&r);
	cti_buf_reset(&req);
	return status;
}

void ws_send_frame(struct peer *p, unsigned first_byte, const void *data, size_t len)
{
	static const unsigned char mask[4] = { 0x12, 0x34, 0x56, 0x78 };
	unsigned char head[14] = { (unsigned char)first_byte };
	unsigned char *masked = malloc(len + 1);
	size_t n = 2;

	assert_non_null(masked);
	if (len < 126) {
		head[1] = (unsigned char)(0x80 | len);
	} else if (len < 65536) {
		head[1] = 0x80 | 126;
		head[2] = (unsigned char)(len >> 8);
		head[3] = (unsigned char)len;
		n = 4;
	} else {
		head[1] = 0x80 | 127;
		for (unsigned i = 0; i < 8; i++)
			head[2 + i] = (unsigned char)((uint64_t)len >> (56 - 8 * i));
		n = 10;
	}
	memcpy(head + n, mask, 4);
	for (size_t i = 0; i < len; i++)
		masked[i] = ((const unsigned char *)data)[i] ^ mask[i % 4];
	peer_send(p, head, n + 4);
	peer_send(p, masked, len);
	free(masked);
}

void ws_send(struct peer *p, const char *text)
{
	ws_send_frame(p, 0x81, text, strlen(text));
}

/* One frame: its first byte, its payload moved to *datap (malloc). -1: none. */
static int frame(struct peer *p, int timeout_ms, char **datap, size_t *lenp)
{
	const int64_t until = cti_mono_us() + (int64_t)timeout_ms * 1000;

	for (;;) {
		const unsigned char *d = (const unsigned char *)p->in.data;
		size_t head = 2;
		uint64_t len = 0;
		int64_t left;

		if (p->in.len >= 2) {
			len = d[1] & 0x7f;
			head = len == 126 ? 4 : (len == 127 ? 10 : 2);
		}
		if (p->in.len >= head && head > 2) {
			len = 0;
			for (size_t i = 2; i < head; i++)
				len = len << 8 | d[i];
		}
		if (p->in.len >= 2 && p->in.len >= head + len) {
			const int first = d[0];

			*datap = calloc(1, (size_t)len + 1);
			assert_non_null(*datap);
			memcpy(*datap, d + head, (size_t)len);
			*lenp = (size_t)len;
			use(p, head + (size_t)len);
			return first;
		}
		left = (until - cti_mono_us()) / 1000;
		if (!peer_fill(p, left > 0 ? (int)left : 0))
			return -1;
	}
}

char *ws_next(struct peer *p, int timeout_ms, unsigned *codep)
{
	struct cti_buf whole = { 0 };

	if (codep)
		*codep = 0;
	for (;;) {
		char *data;
		size_t len;
		const int first = frame(p, timeout_ms, &data, &len);

		if (first < 0)
			break;
		if ((first & 0x0f) == 8) {
			if (codep && len >= 2)
				*codep = (unsigned)((unsigned char)data[0] << 8 |
						    (unsigned char)data[1]);
			free(data);
			break;
		}
		if ((first & 0x0f) <= 1)
			cti_buf_add(&whole, data, len);
		free(data);
		if ((first & 0x0f) <= 1 && first & 0x80)
			return cti_buf_take(&whole);
	}
	cti_buf_reset(&whole);
	return NULL;
}

char *ws_wait(struct peer *p, const char *type)
{
	char needle[40];

	(void)snprintf(needle, sizeof(needle), "{\"type\":\"%s\"", type);
	for (;;) {
		char *text = ws_next(p, WAIT_MS, NULL);

		if (!text)
			fail_msg("no message of type %s", type);
		if (!strncmp(text, needle, strlen(needle)))
			return text;
		free(text);
	}
}

unsigned ws_wait_close(struct peer *p)
{
	unsigned code = 0;
	char *text;

	while ((text = ws_next(p, WAIT_MS, &code)) != NULL)
		free(text);
	return code;
}

void ws_join(struct peer *p, const struct hub *t, const char *cookie, const char *tab,
	const char *extra, char **welcomep, char **snapshotp)
{
	char token[TOKEN_BYTES];
	char hello[400];
	char *text;
	bool resumed;

	get_token(t, token, cookie);
	peer_open(p, t, NULL);
	assert_int_equal(ws_shake(p, t, t->origin, "/ws", "ringbridge.v1"), 101);
	(void)snprintf(hello, sizeof(hello),
		"{\"type\":\"hello\",\"token\":\"%s\",\"client\":\"%s\"%s}", token, tab,
		extra);
	ws_send(p, hello);
	text = ws_wait(p, "welcome");
	resumed = json_has(text, "\"resumed\":true");
	if (welcomep)
		*welcomep = text;
	else
		free(text);
	if (resumed)
		return;
	text = ws_wait(p, "snapshot");
	if (snapshotp)
		*snapshotp = text;
	else
		free(text);
}

/* ---- messages ------------------------------------------------------------- */

uint64_t json_seq(const char *text)
{
	struct cti_json *doc;
	int64_t seq = 0;

	assert_int_equal(cti_json_parse(&doc, text, strlen(text)), 0);
	assert_true(cti_json_int(cti_json_root(doc), "seq", &seq));
	cti_json_free(doc);
	return (uint64_t)seq;
}

bool json_has(const char *text, const char *needle)
{
	return strstr(text, needle) != NULL;
}

void json_member(const char *text, const char *key, char *value, size_t size)
{
	struct cti_json *doc;
	const char *s;

	assert_int_equal(cti_json_parse(&doc, text, strlen(text)), 0);
	s = cti_json_str(cti_json_root(doc), key);
	if (!s)
		fail_msg("no %s in %s", key, text);
	(void)snprintf(value, size, "%s", s);
	cti_json_free(doc);
}
