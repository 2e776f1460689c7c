/*
 * test_http.c -- pages, headers, hostile requests, answers of any length.
 */
#include "support.h"

#include <cti/clock.h>
#include <cti/log.h>

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void expect(const struct hub *t, const char *path, int status, const char *body)
{
	struct response r;

	ask(t, &r, "GET", path, NULL, "", NULL);
	if (r.status != status)
		fail_msg("%s: %d instead of %d", path, r.status, status);
	if (body)
		assert_true(json_has(r.body.data, body));
	response_reset(&r);
}

static void test_pages(void **state)
{
	char etag[80];
	char value[300];
	char extra[120];
	struct response r;
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	ask(&t, &r, "GET", "/", NULL, "", NULL);
	assert_int_equal(r.status, 200);
	assert_true(json_has(r.body.data, "<title>panel"));
	assert_true(response_header(&r, "Content-Type", value, sizeof(value)));
	assert_string_equal(value, "text/html; charset=utf-8");
	assert_true(response_header(&r, "Cache-Control", value, sizeof(value)));
	assert_string_equal(value, "no-store");
	assert_true(response_header(&r, "Content-Security-Policy", value, sizeof(value)));
	assert_true(json_has(value, "default-src 'self'"));
	assert_true(json_has(value, "frame-ancestors 'self'"));
	assert_false(json_has(value, "unsafe-inline"));
	assert_true(response_header(&r, "X-Content-Type-Options", value, sizeof(value)));
	assert_true(response_header(&r, "Referrer-Policy", value, sizeof(value)));
	assert_false(response_header(&r, "Server", value, sizeof(value)));
	response_reset(&r);

	expect(&t, "/calls", 200, "<title>panel"); /* a page of the application */
	expect(&t, "/calls/01936c1e", 200, "<title>panel");
	expect(&t, "/missing.js", 404, "not-found");

	ask(&t, &r, "GET", "/main-1a2b3c4d.js", NULL, "", NULL);
	assert_int_equal(r.status, 200);
	assert_true(response_header(&r, "Cache-Control", value, sizeof(value)));
	assert_true(json_has(value, "immutable"));
	assert_true(response_header(&r, "ETag", etag, sizeof(etag)));
	response_reset(&r);
	(void)snprintf(extra, sizeof(extra), "If-None-Match: %s\r\n", etag);
	ask(&t, &r, "GET", "/main-1a2b3c4d.js", NULL, extra, NULL);
	assert_int_equal(r.status, 304);
	response_reset(&r);
	ask(&t, &r, "HEAD", "/favicon.svg", NULL, "", NULL);
	assert_int_equal(r.status, 200);
	assert_true(response_header(&r, "Content-Type", value, sizeof(value)));
	assert_string_equal(value, "image/svg+xml");
	response_reset(&r);
	hub_down(&t);
}

/* Nothing outside the folder, nothing hidden, in whatever spelling. */
static void test_traversal(void **state)
{
	static const char *const paths[] = { "/../../../../etc/passwd",
		"/..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "/.secret",
		"/%2esecret", "/./.secret", "//.secret", "/..\\..\\etc\\passwd",
		"/static/../.secret", "/....//....//etc/passwd", "/etc/passwd.txt",
		"/proc/self/environ.txt", "/main-1a2b3c4d.js/../.secret",
		"/index.html%2f..%2f.secret", "/%c0%ae%c0%ae/etc/passwd.x", "/.secret%20",
		"/.secret/." };
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct response r;

		ask(&t, &r, "GET", paths[i], NULL, "", NULL);
		if (r.body.len && (json_has(r.body.data, "hidden") ||
					  json_has(r.body.data, "root:")))
			fail_msg("leaks: %s", paths[i]);
		assert_true(r.status == 404 || r.status == 403 || r.status == 400 ||
			    (r.status == 200 && json_has(r.body.data, "<title>panel")) ||
			    !r.status);
		response_reset(&r);
	}
	hub_down(&t);
}

/* What is no request is refused or cut off, and the next one is served. */
static void test_hostile(void **state)
{
	static const char *const requests[] = {
		"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /% HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /a%00b HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /api/v1/calls?number=%00 HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /api/v1/calls?a=1&a=2 HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /api/v1/calls?a%3d=%f HTTP/1.1\r\nHost: x\r\n\r\n",
		"BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
		"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
		"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
		"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /api/v1/login HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
		"PUT /index.html HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi",
		"DELETE /api/v1/calls HTTP/1.1\r\nHost: x\r\n\r\n",
		"OPTIONS /api/v1/calls HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example\r\n\r\n",
	};
	struct cti_buf big = { 0 };
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct response r;
		struct peer p;

		peer_open(&p, &t, NULL);
		/* The zero bytes of requests[8] are part of it. */
		peer_send(&p, requests[i], i == 8 ? 11 : strlen(requests[i]));
		if (i != 7 && i != 8) {
			peer_ask(&p, &r, NULL, 0);
			if (i == 9)
				assert_true(
					r.status == 200 || r.status >= 400 || !r.status);
			else if (r.status)
				assert_true(r.status >= 400);
			response_reset(&r);
		}
		peer_close(&p);
		expect(&t, "/healthz", 200, "true");
	}
	for (int i = 0; i < 2; i++) { /* a path, then a header, of 20 kB */
		struct response r;
		struct peer p;

		cti_buf_str(&big, i ? "GET / HTTP/1.1\r\nHost: x\r\nX-Big: " : "GET /");
		for (int k = 0; k < 20000; k++)
			cti_buf_str(&big, "a");
		cti_buf_str(&big, i ? "\r\n\r\n" : " HTTP/1.1\r\nHost: x\r\n\r\n");
		peer_open(&p, &t, NULL);
		peer_ask(&p, &r, big.data, big.len);
		assert_true(!r.status || r.status >= 400 || i);
		response_reset(&r);
		peer_close(&p);
		cti_buf_reset(&big);
		expect(&t, "/healthz", 200, "true");
	}
	hub_down(&t);
}

static void test_bodies(void **state)
{
	char head[300];
	struct response r;
	struct peer p;
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	/* Too long by its own word: refused before it is read. */
	(void)snprintf(head, sizeof(head),
		"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nOrigin: %s\r\nX-Ringbridge: 1\r\n"
		"Content-Type: application/json\r\nContent-Length: 10000000\r\n\r\n",
		t.origin);
	peer_open(&p, &t, NULL);
	peer_ask(&p, &r, head, strlen(head));
	assert_int_equal(r.status, 413);
	response_reset(&r);
	peer_close(&p);
	/* A form cannot say it is JSON. */
	(void)snprintf(head, sizeof(head),
		"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nOrigin: %s\r\nX-Ringbridge: 1\r\n"
		"Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
		t.origin);
	peer_open(&p, &t, NULL);
	peer_ask(&p, &r, head, strlen(head));
	assert_int_equal(r.status, 415);
	response_reset(&r);
	peer_close(&p);
	hub_down(&t);
}

/* Two requests in one packet, answered in their order on one connection. */
static void test_keep_alive(void **state)
{
	static const char first[] = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
	static const char second[] = "GET /favicon.svg HTTP/1.1\r\nHost: x\r\n\r\n";
	char request[400];
	char cookie[COOKIE_BYTES];
	struct response r;
	struct peer p;
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	peer_open(&p, &t, NULL);
	peer_ask(&p, &r, first, strlen(first));
	assert_string_equal(r.body.data, "{\"ok\":true}\n");
	response_reset(&r);
	peer_ask(&p, &r, second, strlen(second));
	assert_string_equal(r.body.data, "<svg/>");
	response_reset(&r);
	for (int i = 0; i < 20; i++) {
		(void)snprintf(request, sizeof(request),
			"GET /api/v1/calls?number=%%2B81%%203+%d HTTP/1.1\r\nHost: x\r\n"
			"Cookie: %s\r\n\r\n",
			i, cookie);
		peer_ask(&p, &r, request, strlen(request));
		assert_int_equal(r.status, 200);
		(void)snprintf(request, sizeof(request),
			"{\"path\":\"/calls\",\"user\":\"aoki\",\"number\":\"+81 3 %d\"}",
			i);
		assert_string_equal(r.body.data, request);
		response_reset(&r);
	}
	peer_close(&p);
	hub_down(&t);
}

static void with_crm(struct cti_hub_conf *conf)
{
	static const char *const listed[] = { "https://crm.example" };

	conf->origins = listed;
	conf->norigins = 1;
	conf->cross_site = true;
}

/* A page of a listed origin may ask and read (CORS), of no other. */
static void test_sharing(void **state)
{
	char cookie[COOKIE_BYTES];
	char value[300];
	struct response r;
	struct hub t;

	(void)state;
	hub_up(&t, with_crm);
	ask(&t, &r, "OPTIONS", "/api/v1/token", NULL,
		"Origin: https://crm.example\r\nAccess-Control-Request-Method: POST\r\n",
		NULL);
	assert_int_equal(r.status, 204);
	assert_true(response_header(
		&r, "Access-Control-Allow-Headers", value, sizeof(value)));
	assert_string_equal(value, "content-type, x-ringbridge");
	response_reset(&r);
	ask(&t, &r, "OPTIONS", "/api/v1/token", NULL, "Origin: https://evil.example\r\n",
		NULL);
	assert_int_equal(r.status, 405);
	assert_false(
		response_header(&r, "Access-Control-Allow-Origin", value, sizeof(value)));
	response_reset(&r);
	/* Scripts of a host run in the one page that is made for it. */
	ask(&t, &r, "GET", "/", NULL, "", NULL);
	assert_true(response_header(&r, "Content-Security-Policy", value, sizeof(value)));
	assert_true(json_has(value, "frame-ancestors 'self' https://crm.example"));
	assert_false(json_has(value, "script-src"));
	response_reset(&r);
	ask(&t, &r, "GET", "/salesforce", NULL, "", NULL);
	assert_true(response_header(&r, "Content-Security-Policy", value, sizeof(value)));
	assert_true(json_has(value, "script-src 'self' https://crm.example;"));
	response_reset(&r);
	log_in(&t, cookie, "aoki");
	ask(&t, &r, "GET", "/api/v1/me", cookie, "Origin: https://crm.example\r\n", NULL);
	assert_int_equal(r.status, 200);
	assert_true(
		response_header(&r, "Access-Control-Allow-Origin", value, sizeof(value)));
	assert_string_equal(value, "https://crm.example");
	assert_true(response_header(
		&r, "Access-Control-Allow-Credentials", value, sizeof(value)));
	assert_true(response_header(&r, "Vary", value, sizeof(value)));
	response_reset(&r);
	ask(&t, &r, "GET", "/api/v1/me", cookie, "Origin: https://evil.example\r\n",
		NULL);
	assert_false(
		response_header(&r, "Access-Control-Allow-Origin", value, sizeof(value)));
	assert_true(response_header(
		&r, "Cross-Origin-Resource-Policy", value, sizeof(value)));
	assert_string_equal(value, "same-origin");
	response_reset(&r);
	ask_page(&t, &r, "POST", "/api/v1/login", NULL,
		"{\"name\":\"aoki\",\"password\":\"pw-aoki\"}");
	assert_true(response_header(&r, "Set-Cookie", value, sizeof(value)));
	assert_true(json_has(value, "SameSite=None; Secure; Partitioned"));
	response_reset(&r);
	hub_down(&t);
}

/* Every route and every role. */
static void test_roles(void **state)
{
	static const struct {
		const char *method;
		const char *path;
		int status[4]; /* nobody, agent, supervisor, admin */
	} cells[] = {
		{ "GET", "/api/v1/me", { 401, 200, 200, 200 } },
		{ "GET", "/api/v1/calls", { 401, 200, 200, 200 } },
		{ "GET", "/api/v1/calls/c1", { 401, 200, 200, 200 } },
		{ "GET", "/api/v1/calls.csv", { 401, 200, 200, 200 } },
		{ "GET", "/api/v1/calls.jsonl", { 401, 200, 200, 200 } },
		{ "GET", "/api/v1/contacts?number=1", { 401, 200, 200, 200 } },
		{ "GET", "/api/v1/reports", { 401, 200, 200, 200 } },
		{ "GET", "/api/v1/reports.csv", { 401, 200, 200, 200 } },
		{ "GET", "/api/v1/reports.jsonl", { 401, 200, 200, 200 } },
		{ "GET", "/api/v1/callbacks", { 401, 200, 200, 200 } },
		{ "POST", "/api/v1/callbacks/c1", { 401, 200, 200, 200 } },
		{ "POST", "/api/v1/notes", { 401, 200, 200, 200 } },
		{ "GET", "/api/v1/settings", { 401, 200, 200, 200 } },
		{ "POST", "/api/v1/settings", { 401, 403, 200, 200 } },
		{ "GET", "/api/v1/colleagues", { 401, 200, 200, 200 } },
		{ "GET", "/api/v1/health", { 401, 403, 200, 200 } },
		{ "GET", "/api/v1/users", { 401, 403, 403, 200 } },
		{ "POST", "/api/v1/users", { 401, 403, 403, 200 } },
		{ "POST", "/api/v1/users/1", { 401, 403, 403, 200 } },
		{ "DELETE", "/api/v1/users/1", { 401, 403, 403, 200 } },
		{ "GET", "/api/v1/lines", { 401, 403, 403, 200 } },
		{ "POST", "/api/v1/lines/201", { 401, 403, 403, 200 } },
		{ "GET", "/api/v1/groups", { 401, 403, 403, 200 } },
		{ "GET", "/api/v1/audit", { 401, 403, 403, 200 } },
		{ "GET", "/api/v1/number?number=1", { 401, 403, 403, 200 } },
		{ "GET", "/api/v1/users/1", { 405, 405, 405, 405 } },
		{ "GET", "/api/v1/users/1/2", { 404, 404, 404, 404 } },
		{ "GET", "/api/v1/calls/a/b", { 404, 404, 404, 404 } },
		{ "GET", "/api/v1/", { 404, 404, 404, 404 } },
		{ "GET", "/api/v2/calls", { 404, 404, 404, 404 } },
		{ "GET", "/api/v1/login", { 405, 405, 405, 405 } },
		{ "GET", "/api/v1/token", { 405, 405, 405, 405 } },
	};
	static const char *const who[4] = { NULL, "aoki", "chie", "dan" };
	char cookie[4][COOKIE_BYTES];
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	for (int w = 1; w < 4; w++)
		log_in(&t, cookie[w], who[w]);
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		for (int w = 0; w < 4; w++) {
			struct response r;

			ask_page(&t, &r, cells[i].method, cells[i].path,
				w ? cookie[w] : NULL,
				strcmp(cells[i].method, "GET") ? "{}" : NULL);
			if (r.status != cells[i].status[w])
				fail_msg("%s %s as %s: %d", cells[i].method,
					cells[i].path, w ? who[w] : "nobody", r.status);
			response_reset(&r);
		}
	}
	hub_down(&t);
}

/* ---- streamed answers ----------------------------------------------------- */

static size_t in_use(void)
{
	const struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* 50 MB through a reader that takes its time: never more than a little in memory. */
static void test_export_constant_memory(void **state)
{
	char request[400];
	char cookie[COOKIE_BYTES];
	size_t before;
	size_t most = 0;
	size_t total = 0;
	struct peer p;
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	(void)snprintf(request, sizeof(request),
		"GET /api/v1/calls.csv?mb=50 HTTP/1.1\r\nHost: x\r\nCookie: %s\r\n\r\n",
		cookie);
	before = in_use();
	peer_open(&p, &t, NULL);
	peer_send(&p, request, strlen(request));
	while (!strstr(p.in.len >= 5 ? p.in.data + p.in.len - 5 : "", "0\r\n\r\n")) {
		assert_true(peer_fill(&p, WAIT_MS));
		total += p.in.len > 5 ? p.in.len - 5 : 0;
		if (p.in.len > 5) { /* keep the end only */
			memmove(p.in.data, p.in.data + p.in.len - 5, 6);
			p.in.len = 5;
		}
		most = in_use() > most ? in_use() : most;
	}
	assert_true(total > 50 * 1000 * 1000);
	assert_true(most < before + 4 * 1000 * 1000);
	peer_close(&p);
	hub_down(&t);
}

static void test_export_whole(void **state)
{
	char cookie[COOKIE_BYTES];
	char value[120];
	struct response r;
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	ask(&t, &r, "GET", "/api/v1/calls.csv?mb=3", cookie, "", NULL);
	assert_int_equal(r.status, 200);
	assert_true(r.whole);
	assert_int_equal(r.body.len, 3000000);
	assert_true(response_header(&r, "Content-Type", value, sizeof(value)));
	assert_string_equal(value, "text/csv; charset=utf-8");
	assert_true(response_header(&r, "Content-Disposition", value, sizeof(value)));
	for (long i = 0; i < 30000; i++)
		if (strtol(r.body.data + i * 100, NULL, 10) != i)
			fail_msg("row %ld is not where it should be", i);
	response_reset(&r);
	/* Half-way the database goes: the client must see that it is not whole. */
	atomic_store(&t.fake.stream_fail_after, 1);
	ask(&t, &r, "GET", "/api/v1/calls.csv?mb=3", cookie, "", NULL);
	assert_int_equal(r.status, 200);
	assert_false(r.whole);
	response_reset(&r);
	hub_down(&t);
}

static bool nothing_streams(void *arg)
{
	struct fake *f = arg;

	return atomic_load(&f->streaming) == 0 && atomic_load(&f->stream_err) != 0;
}

static bool stands_still(void *arg)
{
	static unsigned long long last;
	static int64_t since;
	struct fake *f = arg;
	const unsigned long long now = atomic_load(&f->streamed);

	if (now != last || !now) {
		last = now;
		since = cti_mono_us();
	}
	return now && cti_mono_us() - since > 300000;
}

/* Who does not read stops the worker, not the hub; who goes away frees it. */
static void test_export_client_gone(void **state)
{
	char request[400];
	char cookie[COOKIE_BYTES];
	struct peer p;
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	(void)snprintf(request, sizeof(request),
		"GET /api/v1/calls.csv?mb=500 HTTP/1.1\r\nHost: x\r\nCookie: %s\r\n\r\n",
		cookie);
	peer_open(&p, &t, NULL);
	peer_send(&p, request, strlen(request));
	wait_for(stands_still, &t.fake);
	assert_true(atomic_load(&t.fake.streamed) < 20 * 1000 * 1000);
	expect(&t, "/healthz", 200, "true");
	peer_close(&p);
	wait_for(nothing_streams, &t.fake);
	hub_down(&t);
}

/* The hub stops though an export hangs on a client that does not read. */
static void test_stop_during_export(void **state)
{
	char request[400];
	char cookie[COOKIE_BYTES];
	struct peer p;
	struct hub t;
	int64_t from;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	(void)snprintf(request, sizeof(request),
		"GET /api/v1/calls.csv?mb=500 HTTP/1.1\r\nHost: x\r\nCookie: %s\r\n\r\n",
		cookie);
	peer_open(&p, &t, NULL);
	peer_send(&p, request, strlen(request));
	wait_for(stands_still, &t.fake);
	from = cti_mono_us();
	hub_down(&t);
	assert_true(cti_mono_us() - from < 5000000);
	peer_close(&p);
}

static void test_half_open(void **state)
{
	enum { MANY = 300 };
	static const char request[] = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
	struct peer *p = calloc(MANY, sizeof(*p));
	struct response r;
	struct peer other;
	struct hub t;
	int cut = 0;

	(void)state;
	assert_non_null(p);
	hub_up(&t, NULL);
	for (int i = 0; i < MANY; i++) {
		peer_open(&p[i], &t, "127.16.0.9");
		peer_send(&p[i], "GET /", 5);
	}
	for (int i = 0; i < MANY; i++) {
		(void)peer_fill(&p[i], i == MANY - 1 ? 1000 : 0);
		cut += p[i].closed;
	}
	assert_true(cut > 0 && cut < MANY);
	/* Another address is not affected. */
	peer_open(&other, &t, "127.16.0.10");
	peer_ask(&other, &r, request, strlen(request));
	assert_int_equal(r.status, 200);
	response_reset(&r);
	peer_close(&other);
	for (int i = 0; i < MANY; i++)
		peer_close(&p[i]);
	free(p);
	hub_down(&t);
}

static void sick(struct cti_buf *out, bool *okp, void *arg)
{
	(void)arg;
	cti_buf_str(out, "{\"disk\":\"full\"}");
	*okp = false;
}

static void numbers(struct cti_buf *out, bool *okp, void *arg)
{
	(void)arg;
	(void)okp;
	cti_buf_str(out, "ringbridge_calls_total 7\n");
}

static bool is_sick(void *arg)
{
	struct response r;
	bool sick_now;

	ask(arg, &r, "GET", "/healthz", NULL, "", NULL);
	sick_now = r.status == 503;
	response_reset(&r);
	return sick_now;
}

static void test_health_and_metrics(void **state)
{
	char cookie[COOKIE_BYTES];
	struct response r;
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	expect(&t, "/healthz", 200, "true");
	assert_int_equal(cti_hub_set_health(t.h, sick, numbers, NULL), 0);
	wait_for(is_sick, &t);
	ask(&t, &r, "GET", "/healthz", NULL, "", NULL);
	assert_false(json_has(r.body.data, "disk")); /* little for strangers */
	response_reset(&r);
	log_in(&t, cookie, "chie");
	ask(&t, &r, "GET", "/api/v1/health", cookie, "", NULL);
	assert_string_equal(r.body.data, "{\"disk\":\"full\"}");
	response_reset(&r);
	ask(&t, &r, "GET", "/metrics", NULL, "", NULL);
	assert_true(json_has(r.body.data, "ringbridge_calls_total 7"));
	assert_true(json_has(r.body.data, "ringbridge_hub_requests_total "));
	response_reset(&r);
	/* Through a proxy everybody looks like loopback. */
	ask(&t, &r, "GET", "/metrics", NULL, "X-Forwarded-For: 203.0.113.5\r\n", NULL);
	assert_int_equal(r.status, 403);
	response_reset(&r);
	hub_down(&t);
}

/* What the log says of requests: no query, no cookie, no token, no password; and a
 * path with an escape sequence in it stays one line. */
static void test_log_keeps_secrets(void **state)
{
	char path[] = "/tmp/rblogXXXXXX";
	char cookie[COOKIE_BYTES];
	char token[TOKEN_BYTES];
	static char text[65536];
	const int fd = mkstemp(path);
	const int saved = dup(STDERR_FILENO);
	struct response r;
	struct hub t;
	ssize_t len;

	(void)state;
	assert_true(fd >= 0 && saved >= 0);
	assert_true(dup2(fd, STDERR_FILENO) >= 0);
	hub_up(&t, NULL);
	cti_log_set_level(CTI_LOG_INFO);
	log_in(&t, cookie, "aoki");
	get_token(&t, token, cookie);
	ask(&t, &r, "GET", "/api/v1/calls?number=0312345678&q=secret", cookie, "", NULL);
	response_reset(&r);
	ask(&t, &r, "GET", "/api/v1/%1b%5b31mred", cookie, "", NULL);
	assert_int_equal(r.status, 400);
	response_reset(&r);
	ask_page(&t, &r, "POST", "/api/v1/login", NULL,
		"{\"name\":\"baba\",\"password\":\"wrong-secret\"}");
	response_reset(&r);
	hub_down(&t);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	(void)close(saved);
	len = pread(fd, text, sizeof(text) - 1, 0);
	assert_true(len > 0);
	text[len] = '\0';
	assert_true(json_has(text, "path=/api/v1/calls ") ||
		    json_has(text, "/api/v1/calls\""));
	assert_false(json_has(text, "0312345678"));
	assert_false(json_has(text, "secret"));
	assert_false(json_has(text, "pw-aoki"));
	assert_false(json_has(text, strchr(cookie, '=') + 1));
	assert_false(json_has(text, token));
	assert_false(json_has(text, "\x1b"));
	(void)close(fd);
	(void)unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_traversal),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_sharing),
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_export_constant_memory),
		cmocka_unit_test(test_export_whole),
		cmocka_unit_test(test_export_client_gone),
		cmocka_unit_test(test_stop_during_export),
		cmocka_unit_test(test_half_open),
		cmocka_unit_test(test_health_and_metrics),
		cmocka_unit_test(test_log_keeps_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
