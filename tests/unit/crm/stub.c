/*
 * stub.c -- see stub.h. One thread, poll(), a request a connection at a time.
 */
#include "stub.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNS = 64, IN_BYTES = 1 << 20 };

struct conn {
	int fd;
	char *in;
	size_t len;
};

struct stub {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t came;
	unsigned requests;
	int listener, stop[2];
	struct conn conns[CONNS];
	size_t nconns;
	char url[64];
	stub_h *h;
	void *arg;
};

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

static void send_all(int fd, const char *data, size_t len)
{
	while (len) {
		const ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return; /* the client has gone: its right */
		data += n;
		len -= (size_t)n;
	}
}

/* False: the connection ends. */
static bool answer(int fd, const struct stub_reply *r)
{
	const char *body = r->body ? r->body : "";
	const size_t len = strlen(body);
	char head[1024];
	const int n = snprintf(head, sizeof(head),
		"HTTP/1.1 %u Stub\r\nContent-Type: application/json\r\n%s"
		"Content-Length: %zu\r\n\r\n",
		r->status, r->headers ? r->headers : "", len);

	if (r->hold)
		return true;
	if (r->slam)
		return false;
	send_all(fd, head, (size_t)n);
	send_all(fd, body, r->cut ? len / 2 : len);
	return !r->cut;
}

static size_t body_length(const char *head)
{
	const char *s = strcasestr(head, "\r\nContent-Length:");

	return s ? strtoul(s + 17, NULL, 10) : 0;
}

/* The first whole request in the buffer, answered. -1: the connection ends, 0: more is
 * needed, 1: one was answered. */
static int take_request(struct stub *s, struct conn *c)
{
	struct stub_request req = { 0 };
	struct stub_reply reply = { .status = 200 };
	char *end;
	size_t body, whole;
	char after;
	bool stays;

	c->in[c->len] = '\0';
	end = strstr(c->in, "\r\n\r\n");
	if (!end)
		return 0;
	body = body_length(c->in);
	whole = (size_t)(end - c->in) + 4 + body;
	if (c->len < whole)
		return 0;
	after = c->in[whole];
	c->in[whole] = '\0';
	must(sscanf(c->in, "%7s %511s", req.method, req.path) == 2, "request line");
	req.head = c->in;
	req.body = end + 4;
	s->h(&req, &reply, s->arg);
	(void)pthread_mutex_lock(&s->lock);
	s->requests++;
	(void)pthread_cond_broadcast(&s->came);
	(void)pthread_mutex_unlock(&s->lock);
	stays = answer(c->fd, &reply);
	free(reply.body);
	c->in[whole] = after;
	memmove(c->in, c->in + whole, c->len - whole);
	c->len -= whole;
	return stays ? 1 : -1;
}

static bool serve(struct stub *s, struct conn *c)
{
	const ssize_t n = recv(c->fd, c->in + c->len, IN_BYTES - c->len, 0);
	int more = 1;

	if (n <= 0)
		return false;
	c->len += (size_t)n;
	while (more > 0)
		more = take_request(s, c);
	return more == 0;
}

static void drop(struct stub *s, size_t i)
{
	(void)close(s->conns[i].fd);
	free(s->conns[i].in);
	s->conns[i] = s->conns[--s->nconns];
}

static void take_conn(struct stub *s)
{
	struct conn *c = &s->conns[s->nconns];

	must(s->nconns < CONNS, "too many connections");
	*c = (struct conn){ .fd = accept(s->listener, NULL, NULL),
		.in = malloc(IN_BYTES + 1) };
	must(c->fd >= 0 && c->in, "accept");
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	s->nconns++;
}

static void *run(void *arg)
{
	struct stub *s = arg;

	for (;;) {
		struct pollfd fds[CONNS + 2] = { { s->stop[0], POLLIN, 0 },
			{ s->listener, POLLIN, 0 } };

		for (size_t i = 0; i < s->nconns; i++)
			fds[i + 2] = (struct pollfd){ s->conns[i].fd, POLLIN, 0 };
		must(poll(fds, 2 + s->nconns, -1) >= 0 || errno == EINTR, "poll");
		if (fds[0].revents)
			break;
		for (size_t i = s->nconns; i-- > 0;) {
			if (fds[i + 2].revents && !serve(s, &s->conns[i]))
				drop(s, i);
		}
		if (fds[1].revents)
			take_conn(s);
	}
	while (s->nconns)
		drop(s, 0);
	return NULL;
}

struct stub *stub_start(stub_h *h, void *arg)
{
	struct stub *s = calloc(1, sizeof(*s));
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);

	must(s != NULL, "stub");
	s->h = h;
	s->arg = arg;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->came, NULL);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)inet_pton(AF_INET, "127.25.0.1", &at.sin_addr);
	must(bind(s->listener, (struct sockaddr *)&at, sizeof(at)) == 0, "bind");
	must(listen(s->listener, CONNS) == 0, "listen");
	must(getsockname(s->listener, (struct sockaddr *)&at, &len) == 0, "getsockname");
	(void)snprintf(
		s->url, sizeof(s->url), "http://127.25.0.1:%u", ntohs(at.sin_port));
	must(pipe(s->stop) == 0, "pipe");
	must(pthread_create(&s->thread, NULL, run, s) == 0, "thread");
	return s;
}

void stub_stop(struct stub *s)
{
	must(write(s->stop[1], "x", 1) == 1, "stop");
	(void)pthread_join(s->thread, NULL);
	(void)close(s->listener);
	(void)close(s->stop[0]);
	(void)close(s->stop[1]);
	(void)pthread_cond_destroy(&s->came);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

const char *stub_url(const struct stub *s)
{
	return s->url;
}

void stub_wait(struct stub *s, unsigned requests)
{
	(void)pthread_mutex_lock(&s->lock);
	while (s->requests < requests)
		(void)pthread_cond_wait(&s->came, &s->lock);
	(void)pthread_mutex_unlock(&s->lock);
}

unsigned stub_requests(struct stub *s)
{
	unsigned n;

	(void)pthread_mutex_lock(&s->lock);
	n = s->requests;
	(void)pthread_mutex_unlock(&s->lock);
	return n;
}
