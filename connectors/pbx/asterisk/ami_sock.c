/*
 * ami_sock.c -- non-blocking TCP and TLS on the core thread's loop.
 */
#include "ami_sock.h"

#include "str.h"
#include "worker.h"

#include <cti/err.h>
#include <cti/loop.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What we send is small; a peer that lets this much pile up does not read. */
enum { OUT_MAX = 1024 * 1024, CONNECT_MS = 10 * 1000, HOST_BYTES = 256, PORT_BYTES = 16 };

enum state { SOCK_CLOSED, SOCK_RESOLVING, SOCK_CONNECTING, SOCK_HANDSHAKE, SOCK_OPEN };

/* A look-up in flight. Owned by whichever thread holds it; sock is NULL once nobody
 * waits for it, and only the core thread touches that. */
struct lookup {
	struct cti_ami_sock *sock;
	char host[HOST_BYTES];
	char port[PORT_BYTES];
	int err;                /* EAI_* */
	struct addrinfo *found; /* owned */
};

struct cti_ami_sock {
	struct cti_ami_sock_ops ops;
	char host[HOST_BYTES];
	char port[PORT_BYTES];
	struct cti_worker *worker; /* owned; made at the first look-up */
	struct lookup *lookup;     /* borrowed, in flight */
	struct addrinfo *addrs;    /* owned */
	const struct addrinfo *next;
	SSL_CTX *ctx; /* owned; NULL: plain */
	SSL *ssl;     /* owned */
	bool verify;
	int fd;
	int watched;
	enum state state;
	bool paused;
	bool want_write; /* TLS asks for it */
	struct cti_buf out;
	size_t sent;
	struct cti_timer limit;
	struct cti_timer soon; /* a call back that must not come from inside */
	enum cti_ami_fail fail;
	char why[128];
};

/* ---- addresses ------------------------------------------------------------------ */

static int split(struct cti_ami_sock *s, const char *address, bool tls)
{
	const char *host = address;
	const char *colon = strrchr(address, ':');
	size_t n = strlen(address);

	if (*address == '[') {
		const char *end = strchr(address, ']');

		if (!end)
			return EINVAL;
		host = address + 1;
		n = (size_t)(end - host);
		colon = end[1] == ':' ? end + 1 : NULL;
	} else if (colon && strchr(address, ':') == colon) {
		n = (size_t)(colon - address);
	} else {
		colon = NULL; /* none, or a bare IPv6 address */
	}
	if (!n || !cti_str_copyn(s->host, sizeof(s->host), host, n))
		return EINVAL;
	return cti_str_copy(s->port, sizeof(s->port),
		       colon ? colon + 1
		       : tls ? "5039"
			     : "5038")
		       ? 0
		       : EINVAL;
}

/* ---- TLS ---------------------------------------------------------------------------- */

static int tls_init(struct cti_ami_sock *s, const struct cti_ami_sock_conf *conf)
{
	s->ctx = SSL_CTX_new(TLS_client_method());
	if (!s->ctx)
		return EIO;
	(void)SSL_CTX_set_min_proto_version(s->ctx, TLS1_2_VERSION);
	(void)SSL_CTX_set_mode(s->ctx,
		SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_verify(
		s->ctx, conf->tls_verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	if (conf->tls_ca)
		return SSL_CTX_load_verify_locations(s->ctx, conf->tls_ca, NULL) == 1
			       ? 0
			       : EIO;
	return SSL_CTX_set_default_verify_paths(s->ctx) == 1 ? 0 : EIO;
}

static bool is_ip(const char *host)
{
	unsigned char buf[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, buf) == 1 || inet_pton(AF_INET6, host, buf) == 1;
}

static int tls_begin(struct cti_ami_sock *s)
{
	X509_VERIFY_PARAM *param;

	s->ssl = SSL_new(s->ctx);
	if (!s->ssl || SSL_set_fd(s->ssl, s->fd) != 1)
		return EIO;
	param = SSL_get0_param(s->ssl);
	if (is_ip(s->host))
		return X509_VERIFY_PARAM_set1_ip_asc(param, s->host) == 1 ? 0 : EIO;
	(void)SSL_set_tlsext_host_name(s->ssl, s->host);
	return SSL_set1_host(s->ssl, s->host) == 1 ? 0 : EIO;
}

static void tls_why(struct cti_ami_sock *s)
{
	const long v = s->ssl ? SSL_get_verify_result(s->ssl) : X509_V_OK;
	const unsigned long e = ERR_peek_last_error();
	char text[80] = "no TLS on that port?";

	if (v != X509_V_OK)
		(void)cti_str_copy(text, sizeof(text), X509_verify_cert_error_string(v));
	else if (e)
		ERR_error_string_n(e, text, sizeof(text));
	(void)snprintf(s->why, sizeof(s->why), "TLS: %s", text);
	ERR_clear_error();
}

/* ---- life ------------------------------------------------------------------------------ */

int cti_ami_sock_alloc(struct cti_ami_sock **sp, const struct cti_ami_sock_conf *conf,
	const struct cti_ami_sock_ops *ops)
{
	struct cti_ami_sock *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return ENOMEM;
	s->fd = -1;
	s->ops = *ops;
	s->verify = conf->tls_verify;
	err = split(s, conf->address, conf->tls);
	if (!err && conf->tls)
		err = tls_init(s, conf);
	if (err)
		cti_ami_sock_free(s);
	else
		*sp = s;
	return err;
}

void cti_ami_sock_close(struct cti_ami_sock *s)
{
	cti_timer_cancel(&s->limit);
	cti_timer_cancel(&s->soon);
	if (s->lookup)
		s->lookup->sock = NULL;
	s->lookup = NULL;
	if (s->addrs)
		freeaddrinfo(s->addrs);
	s->addrs = NULL;
	if (s->ssl)
		SSL_free(s->ssl);
	s->ssl = NULL;
	if (s->fd >= 0) {
		(void)cti_fd_watch(s->fd, 0, NULL, NULL);
		(void)close(s->fd);
	}
	s->fd = -1;
	s->watched = 0;
	s->want_write = false;
	s->state = SOCK_CLOSED;
	cti_buf_clear(&s->out);
	s->sent = 0;
}

void cti_ami_sock_free(struct cti_ami_sock *s)
{
	if (!s)
		return;
	cti_ami_sock_close(s);
	cti_worker_free(s->worker);
	if (s->ctx)
		SSL_CTX_free(s->ctx);
	cti_buf_reset(&s->out);
	free(s);
}

static void tell_failed(void *arg)
{
	struct cti_ami_sock *s = arg;

	s->ops.failed(s->fail, s->why, s->ops.arg);
}

static void fail(struct cti_ami_sock *s, enum cti_ami_fail why)
{
	cti_ami_sock_close(s);
	s->fail = why;
	(void)cti_timer_start(&s->soon, 0, tell_failed, s);
}

static void fail_errno(struct cti_ami_sock *s, enum cti_ami_fail why, int err)
{
	(void)snprintf(s->why, sizeof(s->why), "%.64s:%.8s: %.40s", s->host, s->port,
		err == ETIMEDOUT      ? "no answer"
		: err == ECONNREFUSED ? "connection refused"
				      : cti_err_name(err));
	fail(s, why);
}

/* ---- the loop ----------------------------------------------------------------------------- */

static void on_fd(int flags, void *arg);

static void watch(struct cti_ami_sock *s)
{
	const bool out = s->state == SOCK_CONNECTING || s->want_write ||
			 (s->state == SOCK_OPEN && s->sent < s->out.len);
	const bool in =
		s->state == SOCK_HANDSHAKE || (s->state == SOCK_OPEN && !s->paused);
	const int flags = (in ? CTI_FD_READ : 0) | (out ? CTI_FD_WRITE : 0);

	if (s->fd < 0 || flags == s->watched)
		return;
	s->watched = flags;
	(void)cti_fd_watch(s->fd, flags, flags ? on_fd : NULL, s);
}

static void opened(struct cti_ami_sock *s)
{
	s->state = SOCK_OPEN;
	s->want_write = false;
	cti_timer_cancel(&s->limit);
	watch(s);
	s->ops.connected(s->ops.arg);
}

static void handshake(struct cti_ami_sock *s)
{
	const int r = SSL_connect(s->ssl);
	const int e = r == 1 ? SSL_ERROR_NONE : SSL_get_error(s->ssl, r);

	if (r == 1) {
		opened(s);
		return;
	}
	s->want_write = e == SSL_ERROR_WANT_WRITE;
	if (e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE) {
		watch(s);
		return;
	}
	tls_why(s);
	fail(s, CTI_AMI_TLS);
}

static void connect_next(struct cti_ami_sock *s, int err);

static void on_connected(struct cti_ami_sock *s)
{
	int err = 0;
	socklen_t len = sizeof(err);
	const int on = 1;

	(void)getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &len);
	if (err) {
		connect_next(s, err);
		return;
	}
	(void)setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (!s->ctx) {
		opened(s);
		return;
	}
	s->state = SOCK_HANDSHAKE;
	if (tls_begin(s)) {
		tls_why(s);
		fail(s, CTI_AMI_TLS);
		return;
	}
	handshake(s);
}

static void drop_fd(struct cti_ami_sock *s)
{
	if (s->fd < 0)
		return;
	(void)cti_fd_watch(s->fd, 0, NULL, NULL);
	(void)close(s->fd);
	s->fd = -1;
	s->watched = 0;
}

/* The next of the host's addresses; err: why the last one did not do. */
static void connect_next(struct cti_ami_sock *s, int err)
{
	drop_fd(s);
	for (; s->next; s->next = s->next->ai_next) {
		const struct addrinfo *a = s->next;

		s->fd = socket(
			a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (s->fd < 0) {
			err = errno;
			continue;
		}
		if (connect(s->fd, a->ai_addr, a->ai_addrlen) && errno != EINPROGRESS) {
			err = errno;
			drop_fd(s);
			continue;
		}
		s->next = a->ai_next;
		s->state = SOCK_CONNECTING;
		watch(s);
		return;
	}
	fail_errno(s, CTI_AMI_REFUSED, err ? err : EHOSTUNREACH);
}

static void flush(struct cti_ami_sock *s);

static void on_fd(int flags, void *arg)
{
	struct cti_ami_sock *s = arg;

	switch (s->state) {
	case SOCK_CONNECTING:
		on_connected(s);
		return;
	case SOCK_HANDSHAKE:
		handshake(s);
		return;
	case SOCK_OPEN:
		break;
	case SOCK_CLOSED:
	case SOCK_RESOLVING:
		return;
	}
	if (flags & CTI_FD_WRITE)
		flush(s);
	if ((flags & CTI_FD_READ) && s->state == SOCK_OPEN && !s->paused)
		s->ops.readable(s->ops.arg);
}

/* ---- names ---------------------------------------------------------------------------------- */

static void lookup_free(struct lookup *l)
{
	if (l->found)
		freeaddrinfo(l->found);
	free(l);
}

static void looked_up(void *arg)
{
	struct lookup *l = arg;
	struct cti_ami_sock *s = l->sock;

	if (!s) {
		lookup_free(l);
		return;
	}
	s->lookup = NULL;
	if (l->err) {
		(void)snprintf(s->why, sizeof(s->why), "%.64s: %.48s", s->host,
			gai_strerror(l->err));
		lookup_free(l);
		fail(s, CTI_AMI_RESOLVE);
		return;
	}
	s->addrs = l->found;
	s->next = s->addrs;
	l->found = NULL;
	lookup_free(l);
	connect_next(s, 0);
}

/* Worker thread. */
static void look_up(void *ctx, void *arg)
{
	struct lookup *l = arg;
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV };

	(void)ctx;
	l->err = getaddrinfo(l->host, l->port, &hints, &l->found);
	while (cti_loop_post(looked_up, l) == EAGAIN)
		(void)usleep(10 * 1000);
}

static void too_long(void *arg)
{
	fail_errno(arg, CTI_AMI_REFUSED, ETIMEDOUT);
}

static void begin(void *arg)
{
	connect_next(arg, 0);
}

/* A numeric address needs nobody's help. */
static int open_ip(struct cti_ami_sock *s)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | AI_NUMERICHOST };

	if (getaddrinfo(s->host, s->port, &hints, &s->addrs))
		return EINVAL;
	s->next = s->addrs;
	return cti_timer_start(&s->soon, 0, begin, s);
}

static int open_name(struct cti_ami_sock *s)
{
	struct lookup *l = calloc(1, sizeof(*l));
	int err = l ? 0 : ENOMEM;

	if (!err && !s->worker)
		err = cti_worker_alloc(&s->worker, "ami-dns", 1, 4, NULL, NULL, NULL);
	if (err)
		goto out;
	l->sock = s;
	memcpy(l->host, s->host, sizeof(l->host));
	memcpy(l->port, s->port, sizeof(l->port));
	err = cti_worker_post(s->worker, look_up, l);
	if (!err)
		s->lookup = l;
out:
	if (err)
		free(l);
	return err;
}

int cti_ami_sock_open(struct cti_ami_sock *s)
{
	int err;

	cti_ami_sock_close(s);
	s->state = SOCK_RESOLVING;
	err = is_ip(s->host) ? open_ip(s) : open_name(s);
	if (!err)
		err = cti_timer_start(&s->limit, CONNECT_MS, too_long, s);
	if (err)
		cti_ami_sock_close(s);
	return err;
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static ssize_t read_tls(struct cti_ami_sock *s, void *buf, size_t size)
{
	const int r = SSL_read(s->ssl, buf, size > INT32_MAX ? INT32_MAX : (int)size);
	const int e = r > 0 ? SSL_ERROR_NONE : SSL_get_error(s->ssl, r);

	s->want_write = e == SSL_ERROR_WANT_WRITE;
	watch(s);
	if (r > 0)
		return r;
	ERR_clear_error();
	return e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

ssize_t cti_ami_sock_read(struct cti_ami_sock *s, void *buf, size_t size)
{
	ssize_t r;

	if (s->state != SOCK_OPEN)
		return -1;
	if (s->ssl)
		return read_tls(s, buf, size);
	r = recv(s->fd, buf, size, 0);
	if (r > 0)
		return r;
	return r < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

/* Bytes taken; 0: none now; -1: broken. */
static ssize_t write_some(struct cti_ami_sock *s, const char *data, size_t len)
{
	ssize_t r;
	int e;

	if (!s->ssl) {
		r = send(s->fd, data, len, MSG_NOSIGNAL);
		return r < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : r;
	}
	r = SSL_write(s->ssl, data, (int)len);
	e = r > 0 ? SSL_ERROR_NONE : SSL_get_error(s->ssl, (int)r);
	if (r > 0)
		return r;
	ERR_clear_error();
	return e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static void flush(struct cti_ami_sock *s)
{
	while (s->sent < s->out.len) {
		const ssize_t r =
			write_some(s, s->out.data + s->sent, s->out.len - s->sent);

		if (r < 0) {
			fail_errno(s, CTI_AMI_LOST, errno ? errno : EPIPE);
			return;
		}
		if (!r)
			break;
		s->sent += (size_t)r;
	}
	if (s->sent == s->out.len) {
		cti_buf_clear(&s->out);
		s->sent = 0;
	}
	watch(s);
}

int cti_ami_sock_write(struct cti_ami_sock *s, const void *data, size_t len)
{
	if (s->state != SOCK_OPEN)
		return ENOTCONN;
	if (s->out.len - s->sent + len > OUT_MAX)
		return ENOBUFS;
	cti_buf_add(&s->out, data, len);
	if (s->out.err)
		return ENOMEM;
	flush(s);
	return 0;
}

static void resumed(void *arg)
{
	struct cti_ami_sock *s = arg;

	if (s->state == SOCK_OPEN && !s->paused)
		s->ops.readable(s->ops.arg);
}

void cti_ami_sock_pause(struct cti_ami_sock *s, bool on)
{
	if (s->paused == on)
		return;
	s->paused = on;
	watch(s);
	if (!on && s->state == SOCK_OPEN) /* TLS may hold bytes that poll does not see */
		(void)cti_timer_start(&s->soon, 0, resumed, s);
}

bool cti_ami_sock_is_open(const struct cti_ami_sock *s)
{
	return s->state == SOCK_OPEN;
}

bool cti_ami_sock_is_tls(const struct cti_ami_sock *s)
{
	return s->ssl != NULL;
}
