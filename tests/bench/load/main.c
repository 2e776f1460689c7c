/*
 * main.c -- the load tool: a loop, and commands from standard input.
 *
 *	ID VERB KEY=VALUE ...          one command a line
 *	{"id":ID, ...}                 its answer, when it is done
 *
 * tests/bench/lib/load.mjs speaks this; see README.md for the verbs.
 */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { ARGS_MAX = 32, LINE_BYTES = 4096, EVENTS = 256 };

struct args {
	char *key[ARGS_MAX], *value[ARGS_MAX];
	size_t n;
};

static int epfd;
static struct job *jobs;
static bool leaving;

int64_t now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_S + ts.tv_nsec;
}

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)fputs("load: ", stderr);
	(void)vfprintf(stderr, fmt, ap);
	(void)fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

/* ---- loop ------------------------------------------------------------------ */

static void loop_set(int op, struct source *src, int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = src };

	if (epoll_ctl(epfd, op, fd, &ev) < 0)
		die("epoll_ctl: %s", strerror(errno));
}

void loop_add(struct source *src, int fd, uint32_t events)
{
	loop_set(EPOLL_CTL_ADD, src, fd, events);
}

void loop_change(struct source *src, int fd, uint32_t events)
{
	loop_set(EPOLL_CTL_MOD, src, fd, events);
}

void job_start(struct job *job, long id, int64_t (*run)(struct job *job, int64_t now))
{
	job->id = id;
	job->run = run;
	job->next = jobs;
	jobs = job;
}

static int64_t run_jobs(int64_t now)
{
	int64_t next = sip_run(now);
	struct job **jp = &jobs;

	while (*jp) {
		struct job *job = *jp;
		const int64_t due = job->run(job, now);

		if (!due) {
			*jp = job->next;
			free(job);
			continue;
		}
		if (due < next)
			next = due;
		jp = &job->next;
	}
	return next;
}

static void wait_until(int64_t due)
{
	struct epoll_event ev[EVENTS];
	const int64_t left = due - now_ns();
	const struct timespec ts = { left > 0 ? left / NS_S : 0,
		left > 0 ? left % NS_S : 0 };
	const int n = epoll_pwait2(epfd, ev, EVENTS, &ts, NULL);

	for (int i = 0; i < n; i++) {
		struct source *src = ev[i].data.ptr;

		src->ready(src, ev[i].events);
	}
}

/* ---- commands --------------------------------------------------------------- */

long arg_int(const struct args *a, const char *key, long otherwise)
{
	const char *text = arg_str(a, key, NULL);

	return text ? strtol(text, NULL, 10) : otherwise;
}

const char *arg_str(const struct args *a, const char *key, const char *otherwise)
{
	for (size_t i = 0; i < a->n; i++)
		if (!strcmp(a->key[i], key))
			return a->value[i];
	return otherwise;
}

struct sockaddr_in arg_addr(const struct args *a, const char *key)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	char host[32];
	unsigned port;

	if (sscanf(arg_str(a, key, ""), "%31[0-9.]:%u", host, &port) != 2 ||
		inet_pton(AF_INET, host, &sa.sin_addr) != 1)
		die("%s=ADDRESS:PORT is missing", key);
	sa.sin_port = htons((uint16_t)port);
	return sa;
}

void answer(long id, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)printf("{\"id\":%ld,", id);
	(void)vprintf(fmt, ap);
	(void)puts("}");
	(void)fflush(stdout);
	va_end(ap);
}

static void quit(long id, const struct args *a)
{
	(void)a;
	answer(id, "\"ok\":true");
	leaving = true;
}

static const struct {
	const char *name;
	void (*run)(long id, const struct args *a);
} verbs[] = {
	{ "sip", sip_open },
	{ "sip-set", sip_set },
	{ "sip-state", sip_state },
	{ "relay", relay_open },
	{ "connect", ws_connect },
	{ "churn", ws_churn },
	{ "close", ws_close },
	{ "read", ws_read },
	{ "clients", ws_state },
	{ "calls", calls_begin },
	{ "hang-up", calls_hang_up },
	{ "truth", calls_truth },
	{ "dials", dials_begin },
	{ "quit", quit },
};

static void command(char *line)
{
	struct args a = { 0 };
	char *save = NULL;
	const char *id = strtok_r(line, " ", &save);
	const char *verb = strtok_r(NULL, " ", &save);
	char *word;

	if (!id || !verb)
		return;
	while (a.n < ARGS_MAX && (word = strtok_r(NULL, " ", &save)) != NULL) {
		char *eq = strchr(word, '=');

		if (!eq)
			die("%s is no KEY=VALUE", word);
		*eq = '\0';
		a.key[a.n] = word;
		a.value[a.n++] = eq + 1;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (!strcmp(verbs[i].name, verb)) {
			verbs[i].run(strtol(id, NULL, 10), &a);
			return;
		}
	}
	die("no such verb: %s", verb);
}

static void on_input(struct source *src, uint32_t events)
{
	static char text[LINE_BYTES];
	static size_t have;
	const ssize_t n = read(STDIN_FILENO, text + have, sizeof(text) - have - 1);
	char *end;

	(void)src;
	(void)events;
	if (n <= 0) {
		leaving = true;
		return;
	}
	have += (size_t)n;
	text[have] = '\0';
	while ((end = strchr(text, '\n')) != NULL) {
		*end++ = '\0';
		command(text);
		have -= (size_t)(end - text);
		memmove(text, end, have + 1);
	}
	if (have == sizeof(text) - 1)
		die("a command is too long");
}

int main(void)
{
	static struct source input = { on_input };
	struct rlimit lim;

	(void)signal(SIGPIPE, SIG_IGN);
	if (!getrlimit(RLIMIT_NOFILE, &lim)) {
		lim.rlim_cur = lim.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &lim);
	}
	epfd = epoll_create1(EPOLL_CLOEXEC);
	if (epfd < 0)
		die("epoll_create1: %s", strerror(errno));
	loop_add(&input, STDIN_FILENO, EPOLLIN);
	while (!leaving)
		wait_until(run_jobs(now_ns()));
	return 0;
}
