/*
 * test_hub.c -- a browser's day: log-in, token, hello, heartbeat, log-out; rights
 * that change; a hub that stops.
 */
#include "support.h"

#include <cti/clock.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void quick(struct cti_hub_conf *conf)
{
	conf->ping_s = 1;
	conf->hello_ms = 300;
}

static void test_login_and_me(void **state)
{
	char cookie[COOKIE_BYTES];
	char value[300];
	struct response r;
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	ask_page(&t, &r, "POST", "/api/v1/login", NULL,
		"{\"name\":\"aoki\",\"password\":\"pw-aoki\"}");
	assert_int_equal(r.status, 200);
	assert_true(json_has(r.body.data, "\"lines\":[\"201\"]"));
	assert_true(response_header(&r, "Set-Cookie", value, sizeof(value)));
	assert_true(json_has(value, "HttpOnly"));
	assert_true(json_has(value, "SameSite=Strict"));
	assert_false(json_has(value, "Secure")); /* plain, on loopback */
	(void)snprintf(cookie, sizeof(cookie), "%.*s", (int)strcspn(value, ";"), value);
	response_reset(&r);

	/* What the backend keeps is not what the browser has. */
	assert_int_equal(t.fake.nsessions, 1);
	assert_null(strstr(cookie, t.fake.sessions[0].hash));

	ask(&t, &r, "GET", "/api/v1/me", cookie, "", NULL);
	assert_int_equal(r.status, 200);
	assert_true(json_has(r.body.data, "\"name\":\"aoki\""));
	assert_true(json_has(r.body.data, "\"dial\":true"));
	assert_true(response_header(&r, "Cache-Control", value, sizeof(value)));
	assert_string_equal(value, "no-store");
	response_reset(&r);

	ask(&t, &r, "GET", "/api/v1/me", "rb_session=wrong", "", NULL);
	assert_int_equal(r.status, 401);
	response_reset(&r);
	ask(&t, &r, "GET", "/api/v1/me", NULL, "", NULL);
	assert_int_equal(r.status, 401);
	assert_true(json_has(r.body.data, "\"code\":\"not-logged-in\""));
	response_reset(&r);
	hub_down(&t);
}

static void test_login_wrong_and_too_often(void **state)
{
	char value[20];
	struct response r;
	struct hub t;
	int refused = 0;

	(void)state;
	hub_up(&t, NULL);
	for (int i = 0; i < 8; i++) {
		ask_page(&t, &r, "POST", "/api/v1/login", NULL,
			"{\"name\":\"aoki\",\"password\":\"guess\"}");
		assert_true(r.status == 401 || r.status == 429);
		if (r.status == 429) {
			assert_true(
				response_header(&r, "Retry-After", value, sizeof(value)));
			refused++;
		}
		response_reset(&r);
	}
	assert_true(refused >= 2);
	/* The door is closed for this name, also with the right password; others enter. */
	ask_page(&t, &r, "POST", "/api/v1/login", NULL,
		"{\"name\":\"aoki\",\"password\":\"pw-aoki\"}");
	assert_int_equal(r.status, 429);
	response_reset(&r);
	ask_page(&t, &r, "POST", "/api/v1/login", NULL,
		"{\"name\":\"baba\",\"password\":\"pw-baba\"}");
	assert_int_equal(r.status, 200);
	response_reset(&r);
	hub_down(&t);
}

static void test_login_bad_bodies(void **state)
{
	static const char *const bodies[] = { "", "{}", "[]", "{\"name\":\"aoki\"}",
		"{\"name\":1,\"password\":\"x\"}", "{\"name\":\"\",\"password\":\"x\"}",
		"{" };
	struct response r;
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		ask_page(&t, &r, "POST", "/api/v1/login", NULL, bodies[i]);
		assert_int_equal(r.status, 400);
		response_reset(&r);
	}
	t.fake.away = true;
	ask_page(&t, &r, "POST", "/api/v1/login", NULL,
		"{\"name\":\"aoki\",\"password\":\"pw-aoki\"}");
	assert_int_equal(r.status, 503);
	assert_true(json_has(r.body.data, "database-away"));
	response_reset(&r);
	hub_down(&t);
}

static void test_csrf(void **state)
{
	char cookie[COOKIE_BYTES];
	char extra[200];
	struct response r;
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	(void)snprintf(extra, sizeof(extra), "Origin: %s\r\n", t.origin);
	ask(&t, &r, "POST", "/api/v1/token", cookie, extra, "{}");
	assert_int_equal(r.status, 403);
	assert_true(json_has(r.body.data, "header-missing"));
	response_reset(&r);
	ask(&t, &r, "POST", "/api/v1/token", cookie, "X-Ringbridge: 1\r\n", "{}");
	assert_int_equal(r.status, 403);
	assert_true(json_has(r.body.data, "\"code\":\"origin\""));
	response_reset(&r);
	ask(&t, &r, "POST", "/api/v1/token", cookie,
		"X-Ringbridge: 1\r\nOrigin: https://evil.example\r\n", "{}");
	assert_int_equal(r.status, 403);
	response_reset(&r);
	hub_down(&t);
}

static void test_token_once(void **state)
{
	char cookie[COOKIE_BYTES];
	char token[TOKEN_BYTES];
	char hello[200];
	struct peer p;
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	get_token(&t, token, cookie);
	(void)snprintf(hello, sizeof(hello),
		"{\"type\":\"hello\",\"token\":\"%s\",\"client\":\"tab\"}", token);
	for (int i = 0; i < 2; i++) {
		char *text;

		peer_open(&p, &t, NULL);
		assert_int_equal(ws_shake(&p, &t, t.origin, "/ws", "ringbridge.v1"), 101);
		ws_send(&p, hello);
		text = ws_wait(&p, i ? "error" : "welcome");
		if (i) {
			assert_true(json_has(text, "token-invalid"));
			assert_int_equal(ws_wait_close(&p), 4401);
		}
		free(text);
		peer_close(&p);
	}
	hub_down(&t);
}

static void short_token(struct cti_hub_conf *conf)
{
	conf->token_s = 1;
}

static bool second_passed(void *arg)
{
	const int64_t *from = arg;

	return cti_mono_us() - *from > 1100000;
}

static void test_token_expires(void **state)
{
	char cookie[COOKIE_BYTES];
	char token[TOKEN_BYTES];
	char hello[200];
	struct peer p;
	struct hub t;
	int64_t from;

	(void)state;
	hub_up(&t, short_token);
	log_in(&t, cookie, "aoki");
	get_token(&t, token, cookie);
	from = cti_mono_us();
	wait_for(second_passed, &from);
	(void)snprintf(hello, sizeof(hello),
		"{\"type\":\"hello\",\"token\":\"%s\",\"client\":\"tab\"}", token);
	peer_open(&p, &t, NULL);
	assert_int_equal(ws_shake(&p, &t, t.origin, "/ws", "ringbridge.v1"), 101);
	ws_send(&p, hello);
	assert_int_equal(ws_wait_close(&p), 4401);
	peer_close(&p);
	hub_down(&t);
}

static void test_hello_timeout_and_order(void **state)
{
	char *text;
	struct peer p;
	struct hub t;

	(void)state;
	hub_up(&t, quick);
	peer_open(&p, &t, NULL);
	assert_int_equal(ws_shake(&p, &t, t.origin, "/ws", "ringbridge.v1"), 101);
	text = ws_wait(&p, "error");
	assert_true(json_has(text, "hello-timeout"));
	free(text);
	assert_int_equal(ws_wait_close(&p), 4401);
	peer_close(&p);

	peer_open(&p, &t, NULL);
	assert_int_equal(ws_shake(&p, &t, t.origin, "/ws", "ringbridge.v1"), 101);
	ws_send(&p, "{\"type\":\"focus\",\"focused\":true,\"dirty\":false}");
	text = ws_wait(&p, "error");
	assert_true(json_has(text, "hello-expected"));
	free(text);
	assert_int_equal(ws_wait_close(&p), 4401);
	peer_close(&p);
	hub_down(&t);
}

static void test_heartbeat(void **state)
{
	char cookie[COOKIE_BYTES];
	char *text;
	struct peer p;
	struct hub t;

	(void)state;
	hub_up(&t, quick);
	log_in(&t, cookie, "aoki");
	ws_join(&p, &t, cookie, "tab", "", NULL, NULL);
	ws_send(&p, "{\"type\":\"ping\",\"at\":\"my-own-mark\"}");
	text = ws_wait(&p, "pong");
	assert_true(json_has(text, "my-own-mark"));
	free(text);
	text = ws_wait(&p, "ping");
	free(text);
	/* We never answer: after three pings the hub gives up. */
	text = ws_wait(&p, "error");
	assert_true(json_has(text, "silent"));
	free(text);
	assert_int_equal(ws_wait_close(&p), 4408);
	peer_close(&p);
	hub_down(&t);
}

static void test_logout_closes_sockets(void **state)
{
	char cookie[COOKIE_BYTES];
	char other[COOKIE_BYTES];
	struct response r;
	struct peer p[3];
	struct hub t;
	char *text;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	log_in(&t, other, "aoki"); /* another browser */
	ws_join(&p[0], &t, cookie, "one", "", NULL, NULL);
	ws_join(&p[1], &t, cookie, "two", "", NULL, NULL);
	ws_join(&p[2], &t, other, "three", "", NULL, NULL);
	ask_page(&t, &r, "POST", "/api/v1/logout", cookie, "{}");
	assert_int_equal(r.status, 204);
	response_reset(&r);
	assert_int_equal(ws_wait_close(&p[0]), 4403);
	assert_int_equal(ws_wait_close(&p[1]), 4403);
	ask(&t, &r, "GET", "/api/v1/me", cookie, "", NULL);
	assert_int_equal(r.status, 401);
	response_reset(&r);
	/* The other browser goes on. */
	hub_publish(&t, "c1", 1, false, "201", NULL);
	text = ws_wait(&p[2], "change");
	free(text);
	for (int i = 0; i < 3; i++)
		peer_close(&p[i]);
	hub_down(&t);
}

static void test_rights_change_closes_sockets(void **state)
{
	char cookie[COOKIE_BYTES];
	struct response r;
	struct peer p;
	struct hub t;
	int64_t from;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "chie");
	ws_join(&p, &t, cookie, "tab", "", NULL, NULL);
	(void)pthread_mutex_lock(&t.fake.lock);
	(void)snprintf(fake_find(&t.fake, "chie")->user.role, 16, "agent");
	(void)pthread_mutex_unlock(&t.fake.lock);
	from = cti_mono_us();
	assert_int_equal(cti_hub_recheck(t.h, fake_find(&t.fake, "chie")->user.id), 0);
	assert_int_equal(ws_wait_close(&p), 4403);
	assert_true(cti_mono_us() - from < 5000000);
	peer_close(&p);
	ask(&t, &r, "GET", "/api/v1/me", cookie, "", NULL);
	assert_int_equal(r.status, 200);
	assert_true(json_has(r.body.data, "\"role\":\"agent\""));
	response_reset(&r);

	/* Nobody tells the hub that the user is gone: it looks by itself. */
	ws_join(&p, &t, cookie, "tab", "", NULL, NULL);
	(void)pthread_mutex_lock(&t.fake.lock);
	fake_find(&t.fake, "chie")->gone = true;
	(void)pthread_mutex_unlock(&t.fake.lock);
	from = cti_mono_us();
	assert_int_equal(ws_wait_close(&p), 4403);
	assert_true(cti_mono_us() - from < 5000000);
	peer_close(&p);
	hub_down(&t);
}

static bool recheck_passed(void *arg)
{
	const int64_t *from = arg;

	return cti_mono_us() - *from > 2500000;
}

/* The database is away: screens go on, tabs may come back. */
static void test_database_away(void **state)
{
	char cookie[COOKIE_BYTES];
	struct peer p;
	struct peer q;
	struct hub t;
	int64_t from;
	char *text;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	ws_join(&p, &t, cookie, "tab", "", NULL, NULL);
	(void)pthread_mutex_lock(&t.fake.lock);
	t.fake.away = true;
	(void)pthread_mutex_unlock(&t.fake.lock);
	assert_int_equal(cti_hub_recheck(t.h, NULL), 0);
	from = cti_mono_us();
	wait_for(recheck_passed, &from);
	hub_publish(&t, "c1", 1, false, "201", NULL);
	text = ws_wait(&p, "change");
	free(text);
	ws_join(&q, &t, cookie, "tab2", "", NULL, NULL);
	peer_close(&p);
	peer_close(&q);
	hub_down(&t);
}

static void test_session_survives_restart(void **state)
{
	char cookie[COOKIE_BYTES];
	struct fake_session kept;
	struct response r;
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	kept = t.fake.sessions[0];
	hub_down(&t);

	hub_up(&t, NULL);
	t.fake.sessions[t.fake.nsessions++] = kept;
	ask(&t, &r, "GET", "/api/v1/me", cookie, "", NULL);
	assert_int_equal(r.status, 200);
	response_reset(&r);
	hub_down(&t);
}

static void test_stop_tells_browsers(void **state)
{
	char cookie[COOKIE_BYTES];
	struct peer p;
	struct hub t;
	char *text;
	int64_t from;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	ws_join(&p, &t, cookie, "tab", "", NULL, NULL);
	from = cti_mono_us();
	hub_down(&t);
	assert_true(cti_mono_us() - from < 4000000);
	text = ws_wait(&p, "error");
	assert_true(json_has(text, "shutting-down"));
	free(text);
	assert_int_equal(ws_wait_close(&p), 1001);
	peer_close(&p);
}

static void test_commands_and_notes(void **state)
{
	char cookie[COOKIE_BYTES];
	struct peer p;
	struct hub t;
	char *text;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	ws_join(&p, &t, cookie, "tab", "", NULL, NULL);
	ws_send(&p,
		"{\"type\":\"command\",\"id\":\"tab.1\",\"verb\":\"dial\",\"number\":\"03-1234-5678\"}");
	ws_send(&p,
		"{\"type\":\"note\",\"conversation\":\"c1\",\"id\":\"n1\",\"text\":\"call back\"}");
	ws_send(&p, "{\"type\":\"ping\",\"at\":\"done\"}");
	text = ws_wait(&p, "pong"); /* in order: what came before has been handled */
	free(text);
	assert_int_equal(t.fake.ncommands, 1);
	assert_string_equal(t.fake.commands[0], "aoki dial tab.1 03-1234-5678");
	assert_string_equal(t.fake.note, "aoki c1 n1 call back");
	hub_result(&t, "aoki", "tab.1");
	text = ws_wait(&p, "result");
	assert_true(json_has(text, "\"id\":\"tab.1\",\"state\":\"done\""));
	free(text);
	peer_close(&p);
	hub_down(&t);
}

static void test_conf_refused(void **state)
{
	static const char *const bad[] = { "https://crm.example/path" };
	const struct cti_hub_backend backend = { 0 };
	const struct cti_hub_core core = { 0 };
	struct cti_hub_conf conf = { .listen_addr = "0.0.0.0" };
	struct cti_hub *h;

	(void)state;
	assert_int_equal(cti_hub_start(&h, &conf, &backend, &core), EACCES);
	conf.listen_addr = "127.16.0.1";
	conf.origins = bad;
	conf.norigins = 1;
	assert_int_equal(cti_hub_start(&h, &conf, &backend, &core), EINVAL);
	conf.norigins = 0;
	conf.listen_addr = "192.0.2.1"; /* not an address of ours */
	conf.plain_ok = true;
	assert_int_equal(cti_hub_start(&h, &conf, &backend, &core), EADDRNOTAVAIL);
	conf.listen_addr = "127.16.0.1";
	conf.tls_cert = conf.tls_key = "/nonexistent.pem";
	assert_int_equal(cti_hub_start(&h, &conf, &backend, &core), EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_login_and_me),
		cmocka_unit_test(test_login_wrong_and_too_often),
		cmocka_unit_test(test_login_bad_bodies),
		cmocka_unit_test(test_csrf),
		cmocka_unit_test(test_token_once),
		cmocka_unit_test(test_token_expires),
		cmocka_unit_test(test_hello_timeout_and_order),
		cmocka_unit_test(test_heartbeat),
		cmocka_unit_test(test_logout_closes_sockets),
		cmocka_unit_test(test_rights_change_closes_sockets),
		cmocka_unit_test(test_database_away),
		cmocka_unit_test(test_session_survives_restart),
		cmocka_unit_test(test_stop_tells_browsers),
		cmocka_unit_test(test_commands_and_notes),
		cmocka_unit_test(test_conf_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
