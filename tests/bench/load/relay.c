/*
 * relay.c -- the two ends of the floor that floor/relay.c is: datagrams in, and TCP
 * connections on which its frames arrive. And the same the other way round.
 *
 * A datagram is 8 hex digits of the connection ("ffffffff": all) and the text.
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
	FRAME_BYTES = 256,    /* what the relay makes of a datagram */
	DATAGRAM_BYTES = 900, /* like a NOTIFY; what is sent to all keeps its length */
};

struct end {
	struct source src; /* first */
	int fd;
	char part[FRAME_BYTES];
	size_t have;
};

static struct end *ends;
static unsigned nends;
static int udp = -1;
static struct end back = { .fd = -1 }; /* datagrams that dials became */
static struct sockaddr_in to;
static size_t all_bytes;

static void on_frame(const char *text)
{
	static const enum step steps[] = { ['a' - 'a'] = STEP_EARLY,
		['c' - 'a'] = STEP_CONFIRMED,
		['e' - 'a'] = STEP_TERMINATED };
	const char *number = strstr(text, "\"number\":\"0801");
	const char *state = strstr(text, "\"state\":\"");

	if (number && state && state[9] >= 'a' && state[9] <= 'e')
		calls_seen((uint32_t)strtoul(number + 14, NULL, 10),
			steps[state[9] - 'a'], now_ns());
}

static void on_end(struct source *src, uint32_t events)
{
	struct end *e = (struct end *)src;
	ssize_t got;

	(void)events;
	while ((got = recv(e->fd, e->part + e->have, FRAME_BYTES - e->have,
			MSG_DONTWAIT)) > 0) {
		e->have += (size_t)got;
		if (e->have < FRAME_BYTES)
			continue;
		e->part[FRAME_BYTES - 1] = '\0';
		on_frame(e->part);
		e->have = 0;
	}
	if (!got)
		die("the relay has closed a connection");
}

static void on_back(struct source *src, uint32_t events)
{
	char text[FRAME_BYTES + 1];
	ssize_t got;

	(void)src;
	(void)events;
	while ((got = recv(back.fd, text, FRAME_BYTES, MSG_DONTWAIT)) > 0) {
		text[got] = '\0';
		calls_invited((unsigned)strtoul(text, NULL, 16), now_ns());
	}
}

static int connect_one(const struct sockaddr_in *sa)
{
	const int one = 1;
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) < 0)
		die("cannot connect to the relay: %s", strerror(errno));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* udp= where datagrams go, tcp= where to connect n times, back= where dials come out;
 * bytes= of a message to all. */
void relay_open(long id, const struct args *a)
{
	const unsigned count = (unsigned)arg_int(a, "n", 0);
	struct sockaddr_in sa;

	for (unsigned i = 0; i < nends; i++)
		(void)close(ends[i].fd);
	free(ends);
	nends = 0;
	ends = calloc(count + 1, sizeof(*ends));
	if (!ends)
		die("out of memory");
	if (udp < 0)
		udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	to = arg_addr(a, "udp");
	all_bytes = (size_t)arg_int(a, "bytes", 1200);
	if (count)
		sa = arg_addr(a, "tcp");
	while (nends < count) {
		struct end *e = &ends[nends++];

		e->fd = connect_one(&sa);
		e->src.ready = on_end;
		loop_add(&e->src, e->fd, EPOLLIN);
	}
	if (arg_str(a, "back", NULL) && back.fd < 0) {
		sa = arg_addr(a, "back");
		back.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (bind(back.fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
			die("cannot bind the way back: %s", strerror(errno));
		back.src.ready = on_back;
		loop_add(&back.src, back.fd, EPOLLIN);
	}
	answer(id, "\"ok\":true");
}

void relay_datagram(uint32_t client, uint32_t call, enum step step)
{
	static const char *const states[STEPS] = { "alerting", "connected", "ended" };
	char text[4096];
	size_t len = client == UINT32_MAX ? 8 + all_bytes : DATAGRAM_BYTES;
	const int used = snprintf(text, sizeof(text),
		"%08x{\"type\":\"change\",\"state\":\"%s\",\"number\":\"0801%07u\",\"x\":\"",
		client == UINT32_MAX || !nends ? client : client % nends, states[step],
		call);

	if (len > sizeof(text))
		len = sizeof(text);
	memset(text + used, 'x', len - (size_t)used);
	(void)sendto(udp, text, len, 0, (struct sockaddr *)&to, sizeof(to));
}

void relay_dial(uint32_t client, uint32_t dial)
{
	char text[FRAME_BYTES];
	const int used = snprintf(text, sizeof(text), "%08x dial %u ", client, dial);

	memset(text + used, 'x', sizeof(text) - (size_t)used);
	if (nends)
		(void)send(ends[client % nends].fd, text, sizeof(text), MSG_NOSIGNAL);
}
