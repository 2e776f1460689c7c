/*
 * wsbare.c -- UDP-ADDRESS:PORT TCP-ADDRESS:PORT: a WebSocket server with nothing behind
 * it, on the same library and the same event loop (libuv) as the hub. What comes as a
 * datagram (behind its first 8 bytes) is sent to every client as one text frame.
 */
#include <libwebsockets.h>
#include <uv.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { RING = 1024 };

struct message {
	size_t len;
	unsigned char bytes[]; /* LWS_PRE, then the text */
};

struct client {
	uint64_t next; /* of the messages that it has not got */
};

static struct message *ring[RING];
static uint64_t newest;
static const struct lws_protocols *protocol;
static struct lws_context *context;
static uv_udp_t udp;

static int send_next(struct lws *wsi, struct client *c)
{
	struct message *m;

	if (newest - c->next > RING)
		c->next = newest - RING; /* lost; the other end counts */
	if (c->next == newest)
		return 0;
	m = ring[c->next++ % RING];
	if (lws_write(wsi, m->bytes + LWS_PRE, m->len, LWS_WRITE_TEXT) < 0)
		return -1;
	if (c->next < newest)
		(void)lws_callback_on_writable(wsi);
	return 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
	void *in, size_t len)
{
	struct client *c = user;

	(void)in;
	(void)len;
	if (reason == LWS_CALLBACK_ESTABLISHED)
		c->next = newest;
	else if (reason == LWS_CALLBACK_SERVER_WRITEABLE)
		return send_next(wsi, c);
	return 0;
}

static const struct lws_protocols protocols[] = {
	{ .name = "http", .callback = lws_callback_http_dummy },
	{ .name = "bare",
		.callback = callback,
		.per_session_data_size = sizeof(struct client) },
	{ .name = NULL },
};

static void on_datagram(uv_udp_t *handle, ssize_t n, const uv_buf_t *buf,
	const struct sockaddr *from, unsigned flags)
{
	struct message *m;

	(void)handle;
	(void)from;
	(void)flags;
	if (n <= 8)
		return;
	m = malloc(sizeof(*m) + LWS_PRE + (size_t)n);
	if (!m)
		return;
	m->len = (size_t)n - 8;
	memcpy(m->bytes + LWS_PRE, buf->base + 8, m->len);
	free(ring[newest % RING]);
	ring[newest++ % RING] = m;
	(void)lws_callback_on_writable_all_protocol(context, protocol);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
	static char bytes[65536];

	(void)handle;
	(void)size;
	*buf = uv_buf_init(bytes, sizeof(bytes));
}

static int port_of(char *text)
{
	char *colon = strchr(text, ':');

	if (!colon)
		exit(2);
	*colon = '\0';
	return atoi(colon + 1);
}

int main(int argc, char *argv[])
{
	struct lws_context_creation_info info = { 0 };
	struct sockaddr_in sa;
	struct rlimit lim;
	uv_loop_t loop;
	void *loops[] = { &loop };
	int port;

	if (argc != 3) {
		(void)fputs("usage: wsbare UDP TCP (ADDRESS:PORT each)\n", stderr);
		return 2;
	}
	if (!getrlimit(RLIMIT_NOFILE, &lim)) {
		lim.rlim_cur = lim.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &lim);
	}
	(void)uv_loop_init(&loop);
	(void)uv_udp_init(&loop, &udp);
	port = port_of(argv[1]);
	(void)uv_ip4_addr(argv[1], port, &sa);
	if (uv_udp_bind(&udp, (const struct sockaddr *)&sa, 0) ||
		uv_udp_recv_start(&udp, on_alloc, on_datagram))
		return 1;
	lws_set_log_level(LLL_ERR, NULL);
	info.foreign_loops = loops;
	info.protocols = protocols;
	info.port = port_of(argv[2]);
	info.iface = argv[2];
	info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_DISABLE_IPV6;
	context = lws_create_context(&info);
	if (!context)
		return 1;
	protocol = lws_vhost_name_to_protocol(
		lws_get_vhost_by_name(context, "default"), "bare");
	(void)puts("ready");
	(void)fflush(stdout);
	return uv_run(&loop, UV_RUN_DEFAULT);
}
