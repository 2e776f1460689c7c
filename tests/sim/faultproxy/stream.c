/*
 * stream.c -- connections, TCP or unix: cut, gone silent, or cut off behind a COMMIT
 * of PostgreSQL's, before or after the server has answered it.
 */
#include "faultproxy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BUFFER_BYTES = 65536, BACKLOG = 64 };

/* A simple query of seven bytes (PostgreSQL, "Message Formats", Query). */
static const char commit[] = "Q\0\0\0\013COMMIT";

struct listener {
	struct proxy *p;
	int fd;
	char server[108];
};

struct stream {
	struct le le; /* in proxy->streams, which owns it */
	struct proxy *p;
	int fd[PROXY_WAYS];        /* where this way's bytes come from */
	char *waiting[PROXY_WAYS]; /* read, and not yet written on */
	size_t from[PROXY_WAYS], to[PROXY_WAYS];
	bool cut_at_answer; /* COMMIT is with the server; its answer goes nowhere */
};

/* ---- addresses ------------------------------------------------------------- */

union address {
	struct sockaddr any;
	struct sockaddr_un path;
	struct sockaddr_storage storage;
};

static int address_of(union address *a, socklen_t *lenp, const char *text)
{
	struct sa sa;
	int err;

	memset(a, 0, sizeof(*a));
	if (*text == '/') {
		a->path.sun_family = AF_UNIX;
		if (snprintf(a->path.sun_path, sizeof(a->path.sun_path), "%s", text) >=
			(int)sizeof(a->path.sun_path))
			return ENAMETOOLONG;
		*lenp = sizeof(a->path);
		return 0;
	}
	err = sa_decode(&sa, text, strlen(text));
	if (err)
		return err;
	memcpy(a, &sa.u, sa.len);
	*lenp = sa.len;
	return 0;
}

/* ---- a connection ---------------------------------------------------------- */

static void on_event(int flags, void *arg);

static void stream_destructor(void *data)
{
	struct stream *s = data;

	list_unlink(&s->le);
	for (enum proxy_way way = PROXY_OUT; way < PROXY_WAYS; way++) {
		if (s->fd[way] >= 0) {
			fd_close(s->fd[way]);
			(void)close(s->fd[way]);
		}
		mem_deref(s->waiting[way]);
	}
}

static enum proxy_way other(enum proxy_way way)
{
	return way == PROXY_OUT ? PROXY_IN : PROXY_OUT;
}

static bool is_empty(const struct stream *s, enum proxy_way way)
{
	return s->from[way] == s->to[way];
}

/* A side is read when its bytes have somewhere to go, and written when there are some. */
static int listen_on(struct stream *s)
{
	int err = 0;

	for (enum proxy_way way = PROXY_OUT; way < PROXY_WAYS && !err; way++) {
		const int flags = (is_empty(s, way) ? FD_READ : 0) |
				  (is_empty(s, other(way)) ? 0 : FD_WRITE);

		err = fd_listen(s->fd[way], flags, on_event, s);
	}
	return err;
}

static void look_for_commit(struct stream *s)
{
	const char *at = s->waiting[PROXY_OUT];

	if (!s->p->commits || !memmem(at, s->to[PROXY_OUT], commit, sizeof(commit) - 1))
		return;
	s->p->commits--;
	s->p->n.commit_cuts++;
	s->cut_at_answer = true;
}

/* False: the connection has to go. */
static bool take(struct stream *s, enum proxy_way way)
{
	ssize_t n;

	if (!is_empty(s, way))
		return true;
	n = read(s->fd[way], s->waiting[way], BUFFER_BYTES);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	s->p->n.passed[way] += (uint64_t)n;
	if (s->p->cut[way]) {
		s->p->n.dropped[way] += (uint64_t)n;
		return true;
	}
	if (way == PROXY_IN && s->cut_at_answer)
		return false;
	s->from[way] = 0;
	s->to[way] = (size_t)n;
	if (way == PROXY_OUT)
		look_for_commit(s);
	return true;
}

static bool give(struct stream *s, enum proxy_way way)
{
	ssize_t n;

	if (is_empty(s, way))
		return true;
	n = send(s->fd[other(way)], s->waiting[way] + s->from[way],
		s->to[way] - s->from[way], MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	s->from[way] += (size_t)n;
	/* Half of the cuts do not even wait: the server may or may not have committed. */
	return !(way == PROXY_OUT && s->cut_at_answer && is_empty(s, way) &&
		 proxy_percent(s->p, 50));
}

static void on_event(int flags, void *arg)
{
	struct stream *s = arg;
	bool good = true;

	(void)flags;
	for (enum proxy_way way = PROXY_OUT; way < PROXY_WAYS && good; way++)
		good = take(s, way) && give(s, way);
	if (!good || listen_on(s))
		mem_deref(s);
}

static int connect_to(int *fdp, const char *server)
{
	union address a;
	socklen_t len;
	int err = address_of(&a, &len, server);
	int fd;

	if (err)
		return err;
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	/* A server on this machine: it takes us at once or not at all. */
	if (connect(fd, &a.any, len)) {
		err = errno;
		(void)close(fd);
		return err;
	}
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	*fdp = fd;
	return 0;
}

static int stream_alloc(struct listener *l, int client)
{
	struct stream *s = mem_zalloc(sizeof(*s), stream_destructor);
	int err;

	if (!s) {
		(void)close(client);
		return ENOMEM;
	}
	s->p = l->p;
	s->fd[PROXY_OUT] = client;
	s->fd[PROXY_IN] = -1;
	list_append(&l->p->streams, &s->le, s);
	err = connect_to(&s->fd[PROXY_IN], l->server);
	for (enum proxy_way way = PROXY_OUT; way < PROXY_WAYS && !err; way++) {
		s->waiting[way] = mem_alloc(BUFFER_BYTES, NULL);
		err = s->waiting[way] ? 0 : ENOMEM;
	}
	err = err ? err : listen_on(s);
	if (err)
		mem_deref(s);
	return err;
}

/* ---- the listener ---------------------------------------------------------- */

static void on_client(int flags, void *arg)
{
	struct listener *l = arg;
	const int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)flags;
	if (fd < 0)
		return;
	l->p->n.connections++;
	(void)stream_alloc(l, fd);
}

static void listener_destructor(void *data)
{
	struct listener *l = data;

	if (l->fd < 0)
		return;
	fd_close(l->fd);
	(void)close(l->fd);
}

int proxy_stream_alloc(
	void **sp, struct proxy *p, const char *listen_at, const char *server)
{
	struct listener *l = mem_zalloc(sizeof(*l), listener_destructor);
	const int on = 1;
	union address a;
	socklen_t len;
	int err;

	if (!l)
		return ENOMEM;
	l->p = p;
	l->fd = -1;
	str_ncpy(l->server, server, sizeof(l->server));
	err = address_of(&a, &len, listen_at);
	if (err)
		goto out;
	if (*listen_at == '/')
		(void)unlink(listen_at);
	l->fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0) {
		err = errno;
		goto out;
	}
	(void)setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(l->fd, &a.any, len) || listen(l->fd, BACKLOG))
		err = errno;
	else
		err = fd_listen(l->fd, FD_READ, on_client, l);
out:
	if (err)
		mem_deref(l);
	else
		*sp = l;
	return err;
}

void proxy_stream_cut(struct proxy *p)
{
	list_flush(&p->streams);
}
