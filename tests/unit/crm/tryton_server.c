/*
 * tryton_server.c -- see tryton_server.h. Tryton's own SQLite backend: the CRM is what
 * is tested with, not its database.
 */
#include "tryton_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct {
	char dir[64], url[64];
	unsigned port;
	pid_t pid;
} tr;

bool tryton_there(const char **whyp)
{
	*whyp = "tryton-server and tryton-modules-party are not installed";
	return access("/usr/bin/trytond-admin", X_OK) == 0 &&
	       access("/usr/lib/python3/dist-packages/trytond/modules/party", R_OK) == 0;
}

static void write_file(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", tr.dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	(void)fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static pid_t start(char *const argv[])
{
	const pid_t parent = getpid();
	const pid_t pid = fork();
	int fd;

	assert_true(pid >= 0);
	if (pid)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || chdir(tr.dir))
		_exit(125);
	fd = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	(void)dup2(fd, 1);
	(void)dup2(fd, 2);
	(void)setenv("TRYTONPASSFILE", "password", 1);
	(void)execv(argv[0], argv);
	_exit(127);
}

static void make_database(void)
{
	char *const argv[] = { (char *)"/usr/bin/trytond-admin", (char *)"-c",
		(char *)"conf", (char *)"-d", (char *)"crm", (char *)"-u", (char *)"ir",
		(char *)"res", (char *)"party", (char *)"--activate-dependencies",
		(char *)"--email", (char *)"admin@crm.example", (char *)"--password",
		NULL };
	const pid_t pid = start(argv);
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static bool answers(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)tr.port) };
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok;

	(void)inet_pton(AF_INET, "127.25.0.3", &at.sin_addr);
	ok = connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
	(void)close(fd);
	return ok;
}

static void start_server(void)
{
	char *const argv[] = { (char *)"/usr/bin/trytond", (char *)"-c", (char *)"conf",
		(char *)"-d", (char *)"crm", NULL };

	tr.pid = start(argv);
	for (int i = 0; i < 1200 && !answers(); i++) {
		assert_int_equal(waitpid(tr.pid, NULL, WNOHANG), 0); /* it lives */
		(void)usleep(50000);
	}
	assert_true(answers());
}

/* A port that is free now; trytond cannot take 0. */
static unsigned free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)inet_pton(AF_INET, "127.25.0.3", &at.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	(void)close(fd);
	return ntohs(at.sin_port);
}

void tryton_up(void)
{
	char conf[256];

	(void)strcpy(tr.dir, "/tmp/crm-tryton-XXXXXX");
	assert_non_null(mkdtemp(tr.dir));
	tr.port = free_port();
	(void)snprintf(tr.url, sizeof(tr.url), "http://127.25.0.3:%u", tr.port);
	(void)snprintf(conf, sizeof(conf),
		"[database]\nuri = sqlite://\npath = %s\n[web]\nlisten = 127.25.0.3:%u\n",
		tr.dir, tr.port);
	write_file("conf", conf);
	write_file("password", "Sakura-42\n");
	write_file("crm.sqlite", "");
	make_database();
	start_server();
}

void tryton_down(void)
{
	char command[128];

	if (tr.pid > 0) {
		(void)kill(tr.pid, SIGKILL);
		(void)waitpid(tr.pid, NULL, 0);
	}
	(void)snprintf(command, sizeof(command), "rm -rf %s", tr.dir);
	(void)system(command);
}

const char *tryton_url(void)
{
	return tr.url;
}

void tryton_restart(void)
{
	(void)kill(tr.pid, SIGTERM);
	(void)waitpid(tr.pid, NULL, 0);
	start_server();
}

void tryton_pause(void)
{
	int status;

	(void)kill(tr.pid, SIGSTOP);
	assert_int_equal(waitpid(tr.pid, &status, WUNTRACED), tr.pid);
}

void tryton_resume(void)
{
	(void)kill(tr.pid, SIGCONT);
}
