/*
 * ws.c -- browsers by the thousand: log-in cookie to token, token to WebSocket, and
 * then frames are read and looked at. Frames are masked with a key of zeros.
 */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	READ_BYTES = 512 * 1024,
	CLIENTS_MAX = 20000,
	SOURCES = 250, /* our addresses, as browsers have */
	STUCK_S = 30,  /* a handshake that takes longer has failed */
	TRIES = 10,    /* of one client; the server may say "come back" */
	OP_TEXT = 1,
	OP_CLOSE = 8,
	OP_PING = 9,
	OP_PONG = 10,
};

enum state { GONE, TOKEN, UPGRADE, HELLO, LIVE };

struct client {
	struct source src; /* first */
	enum state state;
	int fd;
	unsigned index;
	bool bare;    /* no token, no hello: the floor and the peer */
	bool counted; /* of the job that runs */
	bool paused;
	uint8_t tries;
	int64_t began;
	int64_t again_ns; /* when to try once more; 0: not */
	uint32_t top; /* calls seen: one behind the newest, and 64 bits back from it */
	uint64_t recent;
	char *rest; /* owned; of a message that is not complete */
	size_t rest_len;
	struct connecting *job;
};

struct connecting {
	struct job job; /* first */
	unsigned first, n, next, parallel, pending, live, failed, tries;
	int64_t begin, last, deadline, spacing;
	struct samples took;
	bool bare;
	int sndrcv;
};

static struct client *clients;
static struct sockaddr_in server;
static char host[32], cookie[32], protocol[64], path[32];
static char source_net[16];
static unsigned source_first;
static unsigned nlive;
static struct ws_counters n;
static unsigned char in[READ_BYTES];

const struct ws_counters *ws_counters(void)
{
	return &n;
}

unsigned ws_live(void)
{
	return nlive;
}

/* ---- one client's life ----------------------------------------------------------- */

static void on_ready(struct source *src, uint32_t events);

static void leave(struct client *c)
{
	if (c->fd >= 0)
		(void)close(c->fd);
	nlive -= c->state == LIVE;
	free(c->rest);
	c->rest = NULL;
	c->rest_len = 0;
	c->fd = -1;
	c->state = GONE;
}

static bool dial(struct client *c, int buffer)
{
	const int one = 1;
	struct sockaddr_in from = { .sin_family = AF_INET };
	char text[32];

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return false;
	(void)snprintf(text, sizeof(text), "%s.%u", source_net,
		source_first + c->index % SOURCES);
	(void)inet_pton(AF_INET, text, &from.sin_addr);
	(void)setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (buffer)
		(void)setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	if (bind(c->fd, (struct sockaddr *)&from, sizeof(from)) < 0 ||
		(connect(c->fd, (struct sockaddr *)&server, sizeof(server)) < 0 &&
			errno != EINPROGRESS)) {
		(void)close(c->fd);
		c->fd = -1;
		return false;
	}
	c->src.ready = on_ready;
	loop_add(&c->src, c->fd, EPOLLOUT | EPOLLIN);
	return true;
}

/* Small messages on a fresh or idle connection: they fit, or the client is broken. */
static bool put(struct client *c, const char *text, size_t len)
{
	return send(c->fd, text, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool ask_token(struct client *c)
{
	char text[512];
	const int len = snprintf(text, sizeof(text),
		"POST /api/v1/token HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\n"
		"X-Ringbridge: 1\r\nCookie: rb_session=%s%u\r\nContent-Length: 0\r\n\r\n",
		host, host, cookie, c->index);

	return put(c, text, (size_t)len);
}

static bool ask_upgrade(struct client *c)
{
	char text[512];
	const int len = snprintf(text, sizeof(text),
		"GET %s HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: %s\r\n\r\n",
		path, host, host, protocol);

	return put(c, text, (size_t)len);
}

static bool put_frame(struct client *c, unsigned op, const char *text, size_t len)
{
	unsigned char frame[2048 + 8] = { 0x80 | (unsigned char)op };
	size_t head = 6; /* two bytes, and a mask of four zeros */

	if (len > 2048)
		return false;
	frame[1] = (unsigned char)(0x80 | (len < 126 ? len : 126));
	if (len >= 126) {
		frame[2] = (unsigned char)(len >> 8);
		frame[3] = (unsigned char)len;
		head = 8;
	}
	memcpy(frame + head, text, len);
	return send(c->fd, frame, head + len, MSG_NOSIGNAL) == (ssize_t)(head + len);
}

bool ws_send(unsigned i, const char *text, size_t len)
{
	struct client *c = clients && i < CLIENTS_MAX ? &clients[i] : NULL;

	return c && c->state == LIVE && put_frame(c, OP_TEXT, text, len);
}

static bool say_hello(struct client *c, const char *token, size_t len)
{
	char text[512];
	const int n_text = snprintf(text, sizeof(text),
		"{\"type\":\"hello\",\"token\":\"%.*s\",\"client\":\"tab-%u\","
		"\"focused\":true,\"dirty\":false}",
		(int)len, token, c->index);

	return put_frame(c, OP_TEXT, text, (size_t)n_text);
}

/* ---- outcomes of a connect job ------------------------------------------------------ */

static void settled(struct client *c, bool ok)
{
	struct connecting *j = c->job;

	c->job = NULL;
	if (!j)
		return;
	j->pending--;
	j->live += ok;
	j->failed += !ok;
	j->last = now_ns();
	if (ok)
		samples_add(&j->took, j->last - c->began);
}

static void failed(struct client *c, int64_t again_ms)
{
	struct connecting *j = c->job;

	leave(c);
	if (!j) {
		n.closed_by_server++;
		return;
	}
	j->tries++;
	if (++c->tries >= TRIES) {
		settled(c, false);
		return;
	}
	c->again_ns = now_ns() + again_ms * NS_MS;
}

static void live(struct client *c)
{
	c->state = LIVE;
	nlive++;
	settled(c, true);
}

/* ---- reading --------------------------------------------------------------------------- */

static const char *find(const char *text, size_t len, const char *what)
{
	return memmem(text, len, what, strlen(what));
}

/* Not of this client's earlier frames about the call. */
static bool is_first(struct client *c, uint32_t call)
{
	uint32_t back;

	if (call >= c->top) {
		const uint32_t by = call - c->top + 1;

		c->recent = by >= 64 ? 0 : c->recent << by;
		c->recent |= 1;
		c->top = call + 1;
		return true;
	}
	back = c->top - 1 - call;
	if (back >= 64 || (c->recent >> back & 1))
		return false;
	c->recent |= UINT64_C(1) << back;
	return true;
}

/* {"type":"change","seq":..,"conversation":{..."state":"alerting","external":{"number":
 * "08010000017",... */
static void changed(struct client *c, const char *text, size_t len)
{
	static const char number[] = "\"number\":\"0801";
	static const char state[] = "\"state\":\"";
	const int64_t at = now_ns();
	const char *s = find(text, len, state);
	const char *p = find(text, len, number);
	uint32_t call;

	if (!s || !p || (size_t)(p - text) + sizeof(number) + 7 > len)
		return;
	call = (uint32_t)strtoul(p + sizeof(number) - 1, NULL, 10);
	s += sizeof(state) - 1;
	if (*s == 'a' && is_first(c, call))
		calls_seen(call, STEP_EARLY, at);
	else if (*s == 'c')
		calls_seen(call, STEP_CONFIRMED, at);
	else if (*s == 'i' || *s == 'e') /* the last leg is over, or all is */
		calls_seen(call, STEP_TERMINATED, at);
	if (find(text, len, "\"status\":\"one\""))
		calls_seen(call, MARK_CONTACT, at);
}

static void pong(struct client *c, const char *text, size_t len)
{
	const char *at = find(text, len, "\"at\":");
	char out[128];
	int out_len;

	if (!at)
		return;
	out_len = snprintf(
		out, sizeof(out), "{\"type\":\"pong\",%.*s", (int)(text + len - at), at);
	(void)put_frame(c, OP_TEXT, out, (size_t)out_len);
}

static void message(struct client *c, const char *text, size_t len)
{
	n.frames++;
	n.bytes += len;
	if (c->bare || !strncmp(text, "{\"type\":\"change\"", 16))
		changed(c, text, len);
	else if (!strncmp(text, "{\"type\":\"snapshot\"", 18))
		n.snapshots++;
	else if (!strncmp(text, "{\"type\":\"ping\"", 14))
		pong(c, text, len);
	else if (!strncmp(text, "{\"type\":\"error\"", 15))
		n.resets++;
	if (c->state == HELLO && !strncmp(text, "{\"type\":\"snapshot\"", 18))
		live(c);
}

/* One frame; 0: not complete. A snapshot's continuations count as its text. */
static size_t frame(struct client *c, const unsigned char *p, size_t len)
{
	size_t head = 2, body;

	if (len < 2)
		return 0;
	body = p[1] & 0x7f;
	if (body == 126 && len >= 4) {
		body = (size_t)p[2] << 8 | p[3];
		head = 4;
	} else if (body == 127 && len >= 10) {
		body = 0;
		for (int i = 2; i < 10; i++)
			body = body << 8 | p[i];
		head = 10;
	} else if (body >= 126) {
		return 0;
	}
	if (len < head + body)
		return 0;
	if ((p[0] & 15) == OP_TEXT)
		message(c, (const char *)p + head, body);
	else if ((p[0] & 15) == OP_PING)
		(void)put_frame(c, OP_PONG, (const char *)p + head, body);
	return head + body;
}

static void keep(struct client *c, const unsigned char *p, size_t len)
{
	free(c->rest);
	c->rest = NULL;
	c->rest_len = len;
	if (!len)
		return;
	c->rest = malloc(len);
	if (!c->rest)
		die("out of memory");
	memcpy(c->rest, p, len);
}

/* What came before and what came now, in `in`. 0: nothing; the client may be gone. */
static size_t fill(struct client *c)
{
	const size_t had = c->rest_len;
	ssize_t got;

	if (had > sizeof(in) / 2) {
		failed(c, 1000);
		return 0;
	}
	if (had)
		memcpy(in, c->rest, had);
	got = recv(c->fd, in + had, sizeof(in) - had - 1, MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got <= 0) {
		failed(c, 500);
		return 0;
	}
	in[had + (size_t)got] = '\0';
	return had + (size_t)got;
}

static void read_token(struct client *c, size_t len)
{
	const char *text = (const char *)in;
	const char *body = strstr(text, "\r\n\r\n");
	const char *token = body ? strstr(body, "\"token\":\"") : NULL;

	if (strncmp(text, "HTTP/1.1 200", 12) != 0) {
		failed(c, 1000 + rand() % 1000); /* busy: as Retry-After asks */
		return;
	}
	if (!token || !strchr(token + 9, '"')) {
		keep(c, in, len);
		return;
	}
	token += 9;
	leave(c);
	c->rest_len = strcspn(token, "\"");
	c->rest = strndup(token, c->rest_len);
	c->state = UPGRADE;
	if (!c->rest || !dial(c, c->job ? c->job->sndrcv : 0))
		failed(c, 500);
}

static void read_upgrade(struct client *c, size_t len, char *token, size_t token_len)
{
	const char *end = strstr((const char *)in, "\r\n\r\n");

	if (!end)
		die("a handshake in two pieces");
	if (strncmp((const char *)in, "HTTP/1.1 101", 12) != 0) {
		failed(c, 1000);
		return;
	}
	if (c->bare) {
		live(c);
	} else {
		c->state = HELLO;
		if (!say_hello(c, token, token_len)) {
			failed(c, 500);
			return;
		}
	}
	end += 4;
	keep(c, (const unsigned char *)end, len - (size_t)(end - (const char *)in));
}

static void read_frames(struct client *c, size_t len)
{
	size_t at = 0, used;

	while ((used = frame(c, in + at, len - at)) > 0)
		at += used;
	if (c->fd >= 0)
		keep(c, in + at, len - at);
}

static void on_readable(struct client *c)
{
	char *token = NULL;
	size_t token_len = 0, len;

	if (c->state == UPGRADE) { /* the rest is the token, until it is used */
		token = c->rest;
		token_len = c->rest_len;
		c->rest = NULL;
		c->rest_len = 0;
	}
	len = fill(c);
	if (len && c->state == TOKEN)
		read_token(c, len);
	else if (len && c->state == UPGRADE)
		read_upgrade(c, len, token, token_len);
	else if (len)
		read_frames(c, len);
	free(token);
}

static void on_ready(struct source *src, uint32_t events)
{
	struct client *c = (struct client *)src;

	if (c->fd < 0)
		return;
	if (events & (EPOLLERR | EPOLLHUP) && !(events & EPOLLIN)) {
		failed(c, 500);
		return;
	}
	if (events & EPOLLOUT) {
		loop_change(&c->src, c->fd, EPOLLIN);
		if (c->state == TOKEN ? !ask_token(c) : !ask_upgrade(c)) {
			failed(c, 500);
			return;
		}
	}
	if (events & EPOLLIN)
		on_readable(c);
}

/* ---- connecting many ----------------------------------------------------------------- */

static void begin(struct client *c, struct connecting *j)
{
	if (!c->began)
		c->began = now_ns();
	c->again_ns = 0;
	c->job = j;
	c->bare = j->bare;
	c->state = j->bare ? UPGRADE : TOKEN;
	if (!dial(c, j->sndrcv))
		failed(c, 500);
}

static void begin_next(struct connecting *j)
{
	struct client *c = &clients[j->first + j->next++];

	leave(c);
	c->index = j->first + j->next - 1;
	c->tries = 0;
	c->began = 0;
	c->top = 0;
	c->recent = 0;
	j->pending++;
	begin(c, j);
}

/* Those that were told to come back, and those that nothing is heard of. */
static void look_after(struct connecting *j, int64_t now)
{
	for (unsigned i = 0; i < j->next; i++) {
		struct client *c = &clients[j->first + i];

		if (c->job != j)
			continue;
		if (c->again_ns && now >= c->again_ns)
			begin(c, j);
		else if (!c->again_ns && c->fd >= 0 && now - c->began > STUCK_S * NS_S) {
			c->tries = TRIES;
			failed(c, 0);
		}
	}
}

static void answer_connect(struct connecting *j)
{
	char took[160];

	answer(j->job.id,
		"\"live\":%u,\"failed\":%u,\"again\":%u,\"seconds\":%.6f,\"took\":%s",
		j->live, j->failed, j->tries, (double)(j->last - j->begin) / 1e9,
		samples_json(&j->took, took));
	samples_free(&j->took);
}

static int64_t run_connect(struct job *job, int64_t now)
{
	struct connecting *j = (struct connecting *)job;

	while (j->next < j->n && j->pending < j->parallel &&
		now >= j->begin + j->next * j->spacing)
		begin_next(j);
	if (now >= j->deadline) {
		j->deadline = now + 50 * NS_MS;
		look_after(j, now);
	}
	if (j->next < j->n || j->pending)
		return now + NS_MS;
	answer_connect(j);
	return 0;
}

static void take_server(const struct args *a)
{
	if (!clients)
		clients = calloc(CLIENTS_MAX, sizeof(*clients));
	if (!clients)
		die("out of memory");
	for (unsigned i = 0; !*host && i < CLIENTS_MAX; i++)
		clients[i].fd = -1;
	server = arg_addr(a, "to");
	(void)snprintf(host, sizeof(host), "%s", arg_str(a, "to", ""));
	(void)snprintf(cookie, sizeof(cookie), "%s", arg_str(a, "cookie", "bench-"));
	(void)snprintf(path, sizeof(path), "%s", arg_str(a, "path", "/ws"));
	(void)snprintf(protocol, sizeof(protocol), "%s",
		arg_str(a, "protocol", "ringbridge.v1"));
	(void)snprintf(
		source_net, sizeof(source_net), "%s", arg_str(a, "net", "127.28.3"));
	source_first = (unsigned)arg_int(a, "net_first", 1);
}

static struct connecting *connecting_alloc(const struct args *a)
{
	struct connecting *j = calloc(1, sizeof(*j));
	const long rate = arg_int(a, "rate", 0);

	if (!j)
		die("out of memory");
	take_server(a);
	j->first = (unsigned)arg_int(a, "first", 0);
	j->n = (unsigned)arg_int(a, "n", 1);
	j->parallel = (unsigned)arg_int(a, "parallel", 64);
	j->bare = arg_int(a, "bare", 0);
	j->sndrcv = (int)arg_int(a, "rcvbuf", 0);
	j->spacing = rate ? NS_S / rate : 0;
	j->begin = now_ns();
	j->last = j->begin;
	if (j->first + j->n > CLIENTS_MAX)
		die("too many clients");
	return j;
}

void ws_connect(long id, const struct args *a)
{
	struct connecting *j = connecting_alloc(a);

	job_start(&j->job, id, run_connect);
}

/* The same clients go and come back, at a rate; n of them in all. */
void ws_churn(long id, const struct args *a)
{
	struct connecting *j = connecting_alloc(a);

	if (!j->spacing)
		j->spacing = NS_S / 100;
	job_start(&j->job, id, run_connect);
}

void ws_close(long id, const struct args *a)
{
	const unsigned first = (unsigned)arg_int(a, "first", 0);
	const unsigned count = (unsigned)arg_int(a, "n", CLIENTS_MAX - first);

	for (unsigned i = first; clients && i < first + count && i < CLIENTS_MAX; i++)
		leave(&clients[i]);
	answer(id, "\"live\":%u", nlive);
}

/* on=0: client first stops reading; on=1: it reads again. */
void ws_read(long id, const struct args *a)
{
	struct client *c = &clients[arg_int(a, "first", 0)];

	c->paused = !arg_int(a, "on", 1);
	if (c->fd >= 0)
		loop_change(&c->src, c->fd, c->paused ? 0 : EPOLLIN);
	answer(id, "\"live\":%u", nlive);
}

void ws_state(long id, const struct args *a)
{
	(void)a;
	answer(id,
		"\"live\":%u,\"frames\":%lu,\"bytes\":%lu,\"snapshots\":%lu,\"errors\":%lu,"
		"\"closed_by_server\":%lu",
		nlive, n.frames, n.bytes, n.snapshots, n.resets, n.closed_by_server);
}
