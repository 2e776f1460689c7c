/*
 * relay.c -- UDP-ADDRESS:PORT TCP-ADDRESS:PORT BACK-ADDRESS:PORT: the least that can
 * stand between a PBX and a browser. A datagram is read, its first 8 hex digits name a
 * connection, and 256 bytes of the rest are written to it. What comes on a connection
 * (256 bytes) leaves as a datagram to BACK.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 20000, FRAME = 256, EVENTS = 64, UDP = -1, TCP = -2 };

static int conns[CONNECTIONS];
static int nconns;
static struct sockaddr_in back;

static struct sockaddr_in address(const char *text)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	char host[32];
	unsigned port;

	if (sscanf(text, "%31[0-9.]:%u", host, &port) != 2 ||
		inet_pton(AF_INET, host, &sa.sin_addr) != 1) {
		(void)fprintf(stderr, "relay: %s is no ADDRESS:PORT\n", text);
		exit(2);
	}
	sa.sin_port = htons((unsigned short)port);
	return sa;
}

static int bound(int type, const char *text)
{
	const struct sockaddr_in sa = address(text);
	const int one = 1, bytes = 4 << 20;
	const int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0 ||
		(type == SOCK_STREAM && listen(fd, 4096) < 0)) {
		(void)fprintf(stderr, "relay: %s: %s\n", text, strerror(errno));
		exit(1);
	}
	return fd;
}

static void watch(int ep, int fd, int what)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = what };

	(void)epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
}

static void forward(int udp)
{
	char text[65536];
	ssize_t len;

	while ((len = recv(udp, text, sizeof(text) - 1, 0)) > 8) {
		char digits[9] = "";
		unsigned long to;

		memcpy(digits, text, 8);
		to = strtoul(digits, NULL, 16);
		if (to < (unsigned long)nconns && len >= 8 + FRAME)
			(void)send(conns[to], text + 8, FRAME, MSG_NOSIGNAL);
	}
}

static void accept_all(int ep, int tcp)
{
	const int one = 1;
	int fd;

	while (nconns < CONNECTIONS &&
		(fd = accept4(tcp, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		watch(ep, fd, fd);
		conns[nconns++] = fd;
	}
}

static void turn_back(int udp, int fd)
{
	char text[FRAME];
	const ssize_t len = recv(fd, text, sizeof(text), MSG_WAITALL);

	if (len == FRAME)
		(void)sendto(udp, text, sizeof(text), 0, (const struct sockaddr *)&back,
			sizeof(back));
	else if (!len)
		(void)close(fd);
}

int main(int argc, char *argv[])
{
	int ep, udp, tcp;

	if (argc != 4) {
		(void)fputs("usage: relay UDP TCP BACK (ADDRESS:PORT each)\n", stderr);
		return 2;
	}
	ep = epoll_create1(EPOLL_CLOEXEC);
	udp = bound(SOCK_DGRAM, argv[1]);
	tcp = bound(SOCK_STREAM, argv[2]);
	back = address(argv[3]);
	watch(ep, udp, UDP);
	watch(ep, tcp, TCP);
	(void)puts("ready");
	(void)fflush(stdout);
	for (;;) {
		struct epoll_event ev[EVENTS];
		const int n = epoll_wait(ep, ev, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			if (ev[i].data.fd == UDP)
				forward(udp);
			else if (ev[i].data.fd == TCP)
				accept_all(ep, tcp);
			else
				turn_back(udp, ev[i].data.fd);
		}
	}
}
