/*
 * notify_socket.c -- the service manager's end of sd_notify(3), for tests: prints each
 * datagram that comes as one line, until it is ended.
 *
 *	notify_socket PATH
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int open_socket(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(addr.sun_path, path, strlen(path) + 1);
	return bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) ? -1 : fd;
}

int main(int argc, char **argv)
{
	char text[4096];
	ssize_t n;
	int fd;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: notify_socket PATH\n");
		return 2;
	}
	fd = open_socket(argv[1]);
	if (fd < 0) {
		perror(argv[1]);
		return 1;
	}
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	(void)printf("ready\n");
	while ((n = recv(fd, text, sizeof(text), 0)) >= 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (text[i] == '\n')
				text[i] = ' ';
		}
		(void)printf("%.*s\n", (int)n, text);
	}
	perror("recv");
	return 1;
}
