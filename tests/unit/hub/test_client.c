/*
 * test_client.c -- many browsers, slow ones, and those that are no browsers.
 */
#include "support.h"

#include <cti/clock.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static bool upgrades_origin(const struct hub *t, const char *origin)
{
	struct peer p;
	int status;

	peer_open(&p, t, NULL);
	status = ws_shake(&p, t, origin, "/ws", "ringbridge.v1");
	peer_close(&p);
	if (status != 101)
		assert_int_equal(status, 403);
	return status == 101;
}

#define EXTENSION "chrome-extension://abcdefghijklmnopabcdefghijklmnop"

static const char *const listed[] = { "https://crm.example", "http://crm.example:8080",
	EXTENSION };

static void with_origins(struct cti_hub_conf *conf)
{
	conf->origins = listed;
	conf->norigins = 3;
}

/* Cross-site WebSocket hijacking: every form that is not exactly ours gets 403. */
static void test_origin_matrix(void **state)
{
	static const char *const hostile[] = { "", "null", "https://evil.example",
		"https://crm.example.evil.example", "https://evilcrm.example",
		"https://crm.example.", "http://crm.example", "https://crm.example:443",
		"https://crm.example:8443", "https://crm.example/",
		"https://crm.example/path", "https://crm.example@evil.example",
		"https://user@crm.example", "https://CRM.example", "HTTPS://crm.example",
		"https://crm.example ,https://x",
		"https://crm.example https://evil.example", "https://crm.example#x",
		"https://crm.example?x", "https:/crm.example", "//crm.example",
		"crm.example", "https://", "http://crm.example:808",
		"http://crm.example:80800", "ws://crm.example", "wss://crm.example",
		"file://", "https://crm%2eexample", "https://sub.crm.example",
		"http://[::1]", "http://127.16.0.2", "https://xn--crm-example",
		"javascript://crm.example", "http://0.0.0.0", "chrome-extension://",
		"chrome-extension://abcdefghijklmnopabcdefghijklmnoa",
		"chrome-extension://crm.example", EXTENSION "/" };
	char own[100];
	struct hub t;

	(void)state;
	hub_up(&t, with_origins);
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
		if (upgrades_origin(&t, hostile[i]))
			fail_msg("let in: %s", hostile[i]);
	assert_true(upgrades_origin(&t, listed[0]));
	assert_true(upgrades_origin(&t, listed[1]));
	assert_true(upgrades_origin(&t, listed[2]));
	assert_true(upgrades_origin(&t, t.origin));
	(void)snprintf(own, sizeof(own), "http://localhost:%u", t.port);
	assert_true(upgrades_origin(&t, own));
	(void)snprintf(own, sizeof(own), "https://%s:%u", t.addr, t.port);
	assert_false(upgrades_origin(&t, own));
	(void)snprintf(own, sizeof(own), "http://%s:%u", t.addr, t.port + 1);
	assert_false(upgrades_origin(&t, own));
	(void)snprintf(own, sizeof(own), "http://%s", t.addr);
	assert_false(upgrades_origin(&t, own));
	hub_down(&t);
}

static void test_handshake_refused(void **state)
{
	static const struct {
		const char *path, *protocol;
		int status;
	} cases[] = {
		{ "/ws", "", 400 },
		{ "/ws", "ringbridge.v2", 400 },
		{ "/ws", "http", 400 },
		{ "/ws", "ringbridge.v1, http", 400 },
		{ "/ws?token=abc", "ringbridge.v1", 400 },
		{ "/", "ringbridge.v1", 404 },
		{ "/api/v1/ws", "ringbridge.v1", 404 },
	};
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct peer p;

		peer_open(&p, &t, NULL);
		assert_int_equal(
			ws_shake(&p, &t, t.origin, cases[i].path, cases[i].protocol),
			cases[i].status);
		peer_close(&p);
	}
	hub_down(&t);
}

static void few(struct cti_hub_conf *conf)
{
	conf->max_clients = 3;
}

static void test_too_many(void **state)
{
	struct peer p[4];
	struct hub t;

	(void)state;
	hub_up(&t, few);
	for (int i = 0; i < 4; i++) {
		peer_open(&p[i], &t, NULL);
		assert_int_equal(ws_shake(&p[i], &t, t.origin, "/ws", "ringbridge.v1"),
			i < 3 ? 101 : 503);
	}
	for (int i = 0; i < 4; i++)
		peer_close(&p[i]);
	hub_down(&t);
}

/* Messages that are none end the connection and nothing else. */
static void test_bad_messages(void **state)
{
	static const struct {
		const char *text;
		unsigned code;
	} cases[] = {
		{ "not json", 4400 },
		{ "[]", 4400 },
		{ "{\"type\":\"shutdown\"}", 4400 },
		{ "{\"type\":\"command\",\"id\":\"\",\"verb\":\"dial\"}", 4400 },
		{ "{\"type\":\"command\",\"id\":\"a b\",\"verb\":\"dial\"}", 4400 },
		{ "{\"type\":\"command\",\"id\":\"a\",\"verb\":\"rm -rf\"}", 4400 },
		{ "{\"type\":\"note\",\"conversation\":\"c\"}", 4400 },
		{ "{\"type\":\"pop_ack\",\"id\":17}", 4400 },
		{ "{\"type\":\"hello\",\"token\":\"x\",\"client\":\"tab\"}", 4400 },
	};
	char cookie[COOKIE_BYTES];
	struct peer p;
	struct hub t;
	char *big;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ws_join(&p, &t, cookie, "tab", "", NULL, NULL);
		ws_send(&p, cases[i].text);
		assert_int_equal(ws_wait_close(&p), cases[i].code);
		peer_close(&p);
	}
	ws_join(&p, &t, cookie, "tab", "", NULL, NULL);
	ws_send_frame(&p, 0x82, "{}", 2);
	assert_int_equal(ws_wait_close(&p), 1003);
	peer_close(&p);

	big = calloc(1, 70000);
	assert_non_null(big);
	memset(big, ' ', 69999);
	ws_join(&p, &t, cookie, "tab", "", NULL, NULL);
	ws_send(&p, big);
	assert_int_equal(ws_wait_close(&p), 1009);
	peer_close(&p);
	/* In pieces, too. */
	ws_join(&p, &t, cookie, "tab", "", NULL, NULL);
	ws_send_frame(&p, 0x01, big, 40000);
	ws_send_frame(&p, 0x80, big, 40000);
	assert_int_equal(ws_wait_close(&p), 1009);
	peer_close(&p);
	free(big);
	hub_down(&t);
}

static void test_flood(void **state)
{
	char cookie[COOKIE_BYTES];
	struct peer p;
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	ws_join(&p, &t, cookie, "tab", "", NULL, NULL);
	for (int i = 0; i < 400; i++)
		ws_send(&p, "{\"type\":\"focus\",\"focused\":true,\"dirty\":false}");
	assert_int_equal(ws_wait_close(&p), 4400);
	peer_close(&p);
	hub_down(&t);
}

/* A message in fragments of one byte is a message. */
static void test_fragments(void **state)
{
	static const char text[] = "{\"type\":\"ping\",\"at\":\"piece by piece\"}";
	char cookie[COOKIE_BYTES];
	struct peer p;
	struct hub t;
	char *pong;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	ws_join(&p, &t, cookie, "tab", "", NULL, NULL);
	for (size_t i = 0; i < strlen(text); i++)
		ws_send_frame(&p, (i ? 0u : 0x01u) | (i + 1 == strlen(text) ? 0x80u : 0u),
			&text[i], 1);
	pong = ws_wait(&p, "pong");
	assert_true(json_has(pong, "piece by piece"));
	free(pong);
	peer_close(&p);
	hub_down(&t);
}

static uint64_t metric(const struct hub *t, const char *name)
{
	struct response r;
	char line[80];
	const char *at;
	uint64_t v;

	ask(t, &r, "GET", "/metrics", NULL, "", NULL);
	assert_int_equal(r.status, 200);
	(void)snprintf(line, sizeof(line), "\nringbridge_hub_%s ", name);
	at = strstr(r.body.data, line);
	assert_non_null(at);
	v = strtoull(at + strlen(line), NULL, 10);
	response_reset(&r);
	return v;
}

/* chie reads nothing while 40,000 changes are published: the others get theirs, hers
 * are merged, and when she reads again she has the newest picture of each. */
static void test_slow_reader(void **state)
{
	enum { CHANGES = 40000, CONVS = 600 };
	char cookie[COOKIE_BYTES];
	const int small = 4096;
	struct peer slow;
	struct peer good;
	bool newest = false;
	struct hub t;
	char id[20];
	char *text;
	int last = -1;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "chie");
	ws_join(&slow, &t, cookie, "slow", "", NULL, NULL);
	(void)setsockopt(slow.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	log_in(&t, cookie, "aoki");
	ws_join(&good, &t, cookie, "good", "", NULL, NULL);
	for (int i = 0; i < CHANGES; i++) {
		(void)snprintf(id, sizeof(id), "conv-%d", i % CONVS);
		hub_publish(&t, id, i, false, i % CONVS ? "202" : "201", NULL);
		if (i % 2000 == 1999) { /* the reader who reads is never kept waiting */
			char needle[40];

			hub_publish(&t, "conv-0", i, false, "201", NULL);
			(void)snprintf(needle, sizeof(needle), "\"n\":%d,", i);
			do {
				text = ws_wait(&good, "change");
				last = json_has(text, needle) ? i : last;
				free(text);
			} while (last != i);
		}
	}
	assert_true(metric(&t, "resyncs_total") >= 1);
	assert_int_equal(metric(&t, "slow_closed_total"), 0);
	/* Now she reads: at most what fitted in the sockets, then one snapshot. */
	for (int n = 0; !newest; n++) {
		assert_true(n < 20000);
		text = ws_next(&slow, WAIT_MS, NULL);
		assert_non_null(text);
		newest = !strncmp(text, "{\"type\":\"snapshot\"", 18) &&
			 json_has(text, "\"n\":39999,");
		free(text);
	}
	peer_close(&slow);
	peer_close(&good);
	hub_down(&t);
}

static void test_two_hundred(void **state)
{
	enum { MANY = 200 };
	struct peer *p = calloc(MANY, sizeof(*p));
	char cookie[COOKIE_BYTES];
	struct hub t;
	char tab[20];
	char *text;

	(void)state;
	assert_non_null(p);
	hub_up(&t, NULL);
	for (int i = 0; i < MANY; i++) {
		if (i % 50 == 0) /* at most 64 tabs of a user: four users */
			log_in(&t, cookie,
				i < 50 ? "aoki"
				       : (i < 100 ? "eri" : (i < 150 ? "chie" : "dan")));
		(void)snprintf(tab, sizeof(tab), "tab-%d", i);
		ws_join(&p[i], &t, cookie, tab, "", NULL, NULL);
	}
	assert_int_equal(metric(&t, "browsers"), MANY);
	for (int n = 0; n < 20; n++)
		hub_publish(&t, "conv-1", n, n == 19, "201", NULL);
	for (int i = 0; i < MANY; i++) {
		do
			text = ws_wait(&p[i], "change");
		while (!json_has(text, "\"n\":19,") && (free(text), true));
		free(text);
		peer_close(&p[i]);
	}
	free(p);
	hub_down(&t);
}

/* In a process of its own, which has descriptors enough: opens STORM connections and
 * gives back how many the hub closed at once; then lets go of them. */
enum { STORM = 200, NOFILE = 200 };

static void storm(int port_fd, int cut_fd)
{
	static struct peer p[STORM];
	struct hub t = { 0 };
	int cut = 0;

	if (read(port_fd, &t.port, sizeof(t.port)) != sizeof(t.port))
		_exit(1);
	(void)snprintf(t.addr, sizeof(t.addr), "127.16.0.1");
	for (int i = 0; i < STORM; i++)
		peer_open(&p[i], &t, NULL);
	for (int i = STORM - 1; i >= 0; i--) { /* they are accepted in their order */
		(void)peer_fill(&p[i], i == STORM - 1 ? WAIT_MS : 0);
		cut += p[i].closed;
	}
	for (int i = 0; i < STORM; i++)
		peer_close(&p[i]);
	_exit(write(cut_fd, &cut, sizeof(cut)) == sizeof(cut) ? 0 : 1);
}

/* Below the limit of descriptors the hub closes what it accepts; the rest of the
 * process keeps its spare ones, and afterwards all is as before. */
static void test_descriptors(void **state)
{
	struct rlimit old;
	struct rlimit lim;
	struct response r;
	int port_fds[2];
	int cut_fds[2];
	struct hub t;
	int status;
	pid_t pid;
	int cut;
	int fd;

	(void)state;
	assert_int_equal(pipe(port_fds), 0);
	assert_int_equal(pipe(cut_fds), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		storm(port_fds[0], cut_fds[1]);
	lim = old;
	lim.rlim_cur = NOFILE;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &lim), 0);
	hub_up(&t, NULL);
	assert_int_equal(write(port_fds[1], &t.port, sizeof(t.port)), sizeof(t.port));
	assert_int_equal(read(cut_fds[0], &cut, sizeof(cut)), sizeof(cut));
	assert_true(cut >= STORM - NOFILE + 64 && cut < STORM);
	fd = dup(0); /* one is free for us */
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	ask(&t, &r, "GET", "/healthz", NULL, "", NULL);
	assert_int_equal(r.status, 200);
	response_reset(&r);
	hub_down(&t);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	for (int i = 0; i < 2; i++) {
		(void)close(port_fds[i]);
		(void)close(cut_fds[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_origin_matrix),
		cmocka_unit_test(test_handshake_refused),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_bad_messages),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_two_hundred),
		cmocka_unit_test(test_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
