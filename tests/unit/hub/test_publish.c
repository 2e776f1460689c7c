/*
 * test_publish.c -- who sees what, what a browser gets that was away, and which
 * tab shows a pop.
 */
#include "support.h"

#include <cti/clock.h>

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { USERS = 4 };
static const char *const names[USERS] = { "aoki", "baba", "chie", "dan" };

/* Everything up to the pong: what the hub had said before is then known. */
static void sync_with(struct peer *p, struct cti_buf *got)
{
	char *text;

	ws_send(p, "{\"type\":\"ping\",\"at\":\"sync\"}");
	for (;;) {
		text = ws_next(p, WAIT_MS, NULL);
		assert_non_null(text);
		if (!strncmp(text, "{\"type\":\"pong\"", 14)) {
			free(text);
			return;
		}
		cti_buf_str(got, text);
		cti_buf_str(got, "\n");
		free(text);
	}
}

static const char *text_of(const struct cti_buf *b)
{
	return b->len ? b->data : "";
}

/* The health change comes last and to everybody: then the rest has been said. */
static void publish_mark(struct hub *t, struct peer *p, size_t n, struct cti_buf *got)
{
	static int mark;
	char json[80];

	(void)snprintf(json, sizeof(json),
		"{\"pbxs\":[],\"database\":{\"up\":true},\"mark\":%d}", ++mark);
	assert_int_equal(cti_hub_publish_health(t->h, cti_str_dup(json)), 0);
	for (size_t i = 0; i < n; i++) {
		char *text = NULL;

		do {
			free(text);
			text = ws_next(&p[i], WAIT_MS, NULL);
			assert_non_null(text);
			cti_buf_str(&got[i], text);
			cti_buf_str(&got[i], "\n");
		} while (strncmp(text, "{\"type\":\"health\"", 16) != 0);
		free(text);
	}
}

/* Agent: own lines. Supervisor: own and watched. Admin: all. By snapshot and live. */
static void test_rights_matrix(void **state)
{
	static const struct {
		const char *id, *line, *line2;
		bool seen[USERS];
	} convs[] = {
		{ "conv-201", "201", NULL, { true, false, true, true } },
		{ "conv-202", "202", NULL, { false, true, true, true } },
		{ "conv-210", "210", NULL, { false, false, true, true } },
		{ "conv-299", "299", NULL, { false, false, false, true } },
		{ "conv-2012", "201", "202", { true, true, true, true } },
		{ "conv-2029", "202", "299", { false, true, true, true } },
		{ "conv-20", "20", NULL, { false, false, false, true } },
		{ "conv-nobody", NULL, NULL, { false, false, true, true } },
	};
	enum { CONVS = sizeof(convs) / sizeof(convs[0]) };
	struct cti_buf got[USERS] = { 0 };
	char cookie[COOKIE_BYTES];
	struct peer p[USERS];
	char *snapshot;
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	for (int u = 0; u < USERS; u++) {
		log_in(&t, cookie, names[u]);
		ws_join(&p[u], &t, cookie, "tab", "", NULL, NULL);
	}
	for (int c = 0; c < CONVS; c++)
		hub_publish(&t, convs[c].id, c, false, convs[c].line, convs[c].line2);
	publish_mark(&t, p, USERS, got);
	for (int u = 0; u < USERS; u++) {
		for (int c = 0; c < CONVS; c++) {
			char needle[40];

			(void)snprintf(
				needle, sizeof(needle), "\"id\":\"%s\"", convs[c].id);
			assert_int_equal(
				json_has(text_of(&got[u]), needle), convs[c].seen[u]);
		}
		cti_buf_reset(&got[u]);
		peer_close(&p[u]);
	}
	for (int u = 0; u < USERS; u++) {
		log_in(&t, cookie, names[u]);
		ws_join(&p[u], &t, cookie, "fresh", "", NULL, &snapshot);
		for (int c = 0; c < CONVS; c++) {
			char needle[40];

			(void)snprintf(
				needle, sizeof(needle), "\"id\":\"%s\"", convs[c].id);
			assert_int_equal(json_has(snapshot, needle), convs[c].seen[u]);
		}
		free(snapshot);
		peer_close(&p[u]);
	}
	hub_down(&t);
}

/* A call that waited for anybody is answered in another group. */
static void test_gone(void **state)
{
	static const char *const who[] = { "chie", "dan" };
	struct cti_buf got[2] = { 0 };
	char cookie[COOKIE_BYTES];
	struct peer p[2];
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	for (int u = 0; u < 2; u++) {
		log_in(&t, cookie, who[u]);
		ws_join(&p[u], &t, cookie, "tab", "", NULL, NULL);
	}
	hub_publish(&t, "conv-q", 1, false, NULL, NULL);
	publish_mark(&t, p, 2, got);
	for (int u = 0; u < 2; u++) {
		assert_true(json_has(text_of(&got[u]), "\"n\":1"));
		cti_buf_clear(&got[u]);
	}
	hub_publish(&t, "conv-q", 2, false, "299", NULL);
	publish_mark(&t, p, 2, got);
	for (int u = 0; u < 2; u++) {
		assert_true(json_has(text_of(&got[u]), "\"type\":\"gone\""));
		assert_int_equal(json_has(text_of(&got[u]), "\"n\":2"), u == 1);
		cti_buf_reset(&got[u]);
		peer_close(&p[u]);
	}
	hub_down(&t);
}

/* A watch list gives an agent states of lines, and none of their calls. */
static void test_agent_with_watch_list(void **state)
{
	struct cti_buf got = { 0 };
	char cookie[COOKIE_BYTES];
	struct cti_hub_user *u;
	struct peer p;
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	u = &fake_find(&t.fake, "baba")->user;
	u->watch[0] = cti_str_dup("201");
	u->nwatch = 1;
	log_in(&t, cookie, "baba");
	ws_join(&p, &t, cookie, "tab", "", NULL, NULL);
	hub_publish(&t, "conv-201", 1, false, "201", NULL);
	publish_mark(&t, &p, 1, &got);
	assert_false(json_has(text_of(&got), "conv-201"));
	assert_true(json_has(text_of(&got), "\"line\":\"201\",\"state\":\"alerting\""));
	cti_buf_reset(&got);
	peer_close(&p);
	hub_down(&t);
}

static void test_results_are_private(void **state)
{
	struct cti_buf got[2] = { 0 };
	char cookie[COOKIE_BYTES];
	struct peer p[2];
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	ws_join(&p[0], &t, cookie, "tab", "", NULL, NULL);
	log_in(&t, cookie, "dan");
	ws_join(&p[1], &t, cookie, "tab", "", NULL, NULL);
	hub_result(&t, "aoki", "cmd.1");
	publish_mark(&t, p, 2, got);
	assert_true(json_has(text_of(&got[0]), "cmd.1"));
	assert_false(json_has(text_of(&got[1]), "cmd.1"));
	for (int i = 0; i < 2; i++) {
		cti_buf_reset(&got[i]);
		peer_close(&p[i]);
	}
	hub_down(&t);
}

static void test_line_states(void **state)
{
	char cookie[COOKIE_BYTES];
	char *snapshot;
	struct peer p;
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	hub_publish(&t, "conv-201", 1, false, "201", NULL);
	log_in(&t, cookie, "chie");
	ws_join(&p, &t, cookie, "tab", "", NULL, &snapshot);
	assert_true(json_has(
		snapshot, "{\"line\":\"201\",\"state\":\"alerting\",\"since\":\"20"));
	assert_true(json_has(
		snapshot, "{\"line\":\"202\",\"state\":\"idle\",\"since\":null}"));
	assert_true(json_has(
		snapshot, "{\"line\":\"210\",\"state\":\"idle\",\"since\":null}"));
	free(snapshot);
	peer_close(&p);
	hub_publish(&t, "conv-201", 2, true, "201", NULL);
	ws_join(&p, &t, cookie, "tab", "", NULL, &snapshot);
	assert_true(json_has(snapshot, "\"conversations\":[]"));
	assert_true(json_has(
		snapshot, "{\"line\":\"201\",\"state\":\"idle\",\"since\":\"20"));
	free(snapshot);
	peer_close(&p);
	hub_down(&t);
}

/* ---- resume --------------------------------------------------------------- */

static void resume_text(char *extra, size_t size, const char *epoch, uint64_t seq)
{
	(void)snprintf(extra, size, ",\"resume\":{\"epoch\":\"%s\",\"seq\":%llu}", epoch,
		(unsigned long long)seq);
}

/* Each change that was missed comes once, in order, with no merging, and none of
 * somebody else's. */
static void test_resume_exactly_once(void **state)
{
	enum { MISSED = 100 };
	char cookie[COOKIE_BYTES];
	char epoch[64];
	char extra[160];
	char *welcome;
	struct peer p;
	struct hub t;
	uint64_t seq;
	char *text;
	int expected = 1;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	ws_join(&p, &t, cookie, "tab", "", &welcome, NULL);
	json_member(welcome, "epoch", epoch, sizeof(epoch));
	free(welcome);
	hub_publish(&t, "conv-1", 0, false, "201", NULL);
	text = ws_wait(&p, "change");
	seq = json_seq(text);
	free(text);
	peer_close(&p);

	for (int i = 1; i <= MISSED; i++) {
		hub_publish(&t, "conv-1", i, false, "201", NULL);
		hub_publish(&t, "conv-2", i, false, "202", NULL);
	}
	resume_text(extra, sizeof(extra), epoch, seq);
	ws_join(&p, &t, cookie, "tab", extra, &welcome, NULL);
	assert_true(json_has(welcome, "\"resumed\":true"));
	free(welcome);
	hub_publish(&t, "conv-1", MISSED + 1, false, "201", NULL);
	while (expected <= MISSED + 1) {
		char needle[40];

		text = ws_wait(&p, "change");
		(void)snprintf(
			needle, sizeof(needle), "\"id\":\"conv-1\",\"n\":%d,", expected);
		if (!json_has(text, needle))
			fail_msg("expected %d, got %s", expected, text);
		assert_true(json_seq(text) > seq);
		seq = json_seq(text);
		free(text);
		expected++;
	}
	peer_close(&p);
	hub_down(&t);
}

static void test_resume_refused(void **state)
{
	char cookie[COOKIE_BYTES];
	char epoch[64];
	char extra[160];
	char *welcome;
	char *snapshot;
	struct peer p;
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	ws_join(&p, &t, cookie, "tab", "", &welcome, NULL);
	json_member(welcome, "epoch", epoch, sizeof(epoch));
	free(welcome);
	peer_close(&p);
	/* Too much for a list, a number of the future, another epoch. */
	for (int i = 0; i < 300; i++)
		hub_publish(&t, "conv-1", i, false, "201", NULL);
	resume_text(extra, sizeof(extra), epoch, 0);
	ws_join(&p, &t, cookie, "tab", extra, &welcome, &snapshot);
	assert_true(json_has(welcome, "\"resumed\":false"));
	assert_true(json_has(snapshot, "\"n\":299"));
	free(welcome);
	free(snapshot);
	peer_close(&p);
	resume_text(extra, sizeof(extra), epoch, 1000000);
	ws_join(&p, &t, cookie, "tab", extra, &welcome, NULL);
	assert_true(json_has(welcome, "\"resumed\":false"));
	free(welcome);
	peer_close(&p);
	resume_text(extra, sizeof(extra), "another", 1);
	ws_join(&p, &t, cookie, "tab", extra, &welcome, NULL);
	assert_true(json_has(welcome, "\"resumed\":false"));
	free(welcome);
	peer_close(&p);
	hub_down(&t);
}

/* ---- pops ----------------------------------------------------------------- */

/* Three tabs of aoki: the focused one shows it, the others know; baba sees nothing;
 * eri, who has the line too, sees it in her own tab. */
static void test_pop_to_one_tab(void **state)
{
	struct cti_buf got[5] = { 0 };
	char cookie[COOKIE_BYTES];
	struct peer p[5];
	struct hub t;
	int here = 0;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	ws_join(&p[0], &t, cookie, "one", "", NULL, NULL);
	ws_join(&p[1], &t, cookie, "two", ",\"focused\":true", NULL, NULL);
	ws_join(&p[2], &t, cookie, "three", "", NULL, NULL);
	log_in(&t, cookie, "eri");
	ws_join(&p[3], &t, cookie, "eris", "", NULL, NULL);
	log_in(&t, cookie, "baba");
	ws_join(&p[4], &t, cookie, "babas", "", NULL, NULL);
	hub_publish(&t, "conv-1", 1, false, "201", NULL);
	assert_int_equal(cti_hub_publish_pop(t.h, "conv-1", "201", "ringing", false), 0);
	publish_mark(&t, p, 5, got);
	for (int i = 0; i < 3; i++) {
		assert_true(json_has(text_of(&got[i]), "{\"type\":\"pop\""));
		here += json_has(text_of(&got[i]), "\"here\":true");
	}
	assert_int_equal(here, 1);
	assert_true(json_has(text_of(&got[1]), "\"here\":true"));
	assert_true(json_has(text_of(&got[3]), "\"here\":true"));
	assert_false(json_has(text_of(&got[4]), "\"type\":\"pop\""));
	assert_true(fake_traced(&t.fake, "conv-1 delivered line=201 user=aoki tab=two"));
	for (int i = 0; i < 5; i++)
		cti_buf_reset(&got[i]);

	assert_int_equal(
		cti_hub_publish_pop(t.h, "conv-1", "201", "answered-elsewhere", true), 0);
	publish_mark(&t, p, 5, got);
	for (int i = 0; i < 4; i++)
		assert_true(json_has(text_of(&got[i]), "answered-elsewhere"));
	assert_false(json_has(text_of(&got[4]), "pop_withdrawn"));
	for (int i = 0; i < 5; i++) {
		cti_buf_reset(&got[i]);
		peer_close(&p[i]);
	}
	hub_down(&t);
}

static void test_dirty_tab_is_spared(void **state)
{
	struct cti_buf got[2] = { 0 };
	char cookie[COOKIE_BYTES];
	struct peer p[2];
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	ws_join(&p[0], &t, cookie, "typing", ",\"focused\":true", NULL, NULL);
	ws_join(&p[1], &t, cookie, "idle", "", NULL, NULL);
	ws_send(&p[0], "{\"type\":\"focus\",\"focused\":true,\"dirty\":true}");
	sync_with(&p[0], &got[0]);
	hub_publish(&t, "conv-1", 1, false, "201", NULL);
	assert_int_equal(cti_hub_publish_pop(t.h, "conv-1", "201", "ringing", false), 0);
	publish_mark(&t, p, 2, got);
	assert_true(json_has(text_of(&got[0]), "\"here\":false"));
	assert_true(json_has(text_of(&got[1]), "\"here\":true"));
	for (int i = 0; i < 2; i++) {
		cti_buf_reset(&got[i]);
		peer_close(&p[i]);
	}
	hub_down(&t);
}

/* The tab that shows it goes away: the next one takes it, the same pop. */
static void test_pop_moves_on(void **state)
{
	char cookie[COOKIE_BYTES];
	char ack[120];
	char id[40];
	char again[40];
	struct peer p[2];
	struct hub t;
	char *text;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	ws_join(&p[0], &t, cookie, "one", ",\"focused\":true", NULL, NULL);
	ws_join(&p[1], &t, cookie, "two", "", NULL, NULL);
	hub_publish(&t, "conv-1", 1, false, "201", NULL);
	assert_int_equal(cti_hub_publish_pop(t.h, "conv-1", "201", "ringing", false), 0);
	text = ws_wait(&p[1], "pop");
	assert_true(json_has(text, "\"here\":false"));
	json_member(text, "id", id, sizeof(id));
	free(text);
	peer_close(&p[0]);
	text = ws_wait(&p[1], "pop");
	assert_true(json_has(text, "\"here\":true"));
	json_member(text, "id", again, sizeof(again));
	assert_string_equal(id, again);
	free(text);
	/* It will not show it, and a third one will. */
	ws_join(&p[0], &t, cookie, "three", "", NULL, &text);
	assert_true(json_has(text, "\"here\":false"));
	free(text);
	(void)snprintf(ack, sizeof(ack),
		"{\"type\":\"pop_ack\",\"id\":\"%s\",\"shown\":false}", id);
	ws_send(&p[1], ack);
	text = ws_wait(&p[0], "pop");
	assert_true(json_has(text, "\"here\":true"));
	free(text);
	(void)snprintf(ack, sizeof(ack),
		"{\"type\":\"pop_ack\",\"id\":\"%s\",\"shown\":true}", id);
	ws_send(&p[0], ack);
	ws_send(&p[0], "{\"type\":\"ping\",\"at\":\"x\"}");
	free(ws_wait(&p[0], "pong"));
	assert_true(fake_traced(&t.fake, "conv-1 not-shown line=201 user=aoki tab=two"));
	assert_true(
		fake_traced(&t.fake, "conv-1 acknowledged line=201 user=aoki tab=three"));
	peer_close(&p[0]);
	peer_close(&p[1]);
	hub_down(&t);
}

static bool traced_no_session(void *arg)
{
	return fake_traced(arg, "conv-1 no-session line=201");
}

/* Nobody is there: it is traced, and who comes while it rings gets it. */
static void test_pop_without_session(void **state)
{
	char cookie[COOKIE_BYTES];
	char *snapshot;
	struct peer p;
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	hub_publish(&t, "conv-1", 1, false, "201", NULL);
	assert_int_equal(cti_hub_publish_pop(t.h, "conv-1", "201", "ringing", false), 0);
	wait_for(traced_no_session, &t.fake);
	log_in(&t, cookie, "aoki");
	ws_join(&p, &t, cookie, "late", "", NULL, &snapshot);
	assert_true(
		json_has(snapshot, "\"line\":\"201\",\"why\":\"ringing\",\"here\":true"));
	free(snapshot);
	/* The end of the conversation takes it away, though nobody withdrew it. */
	hub_publish(&t, "conv-1", 2, true, "201", NULL);
	free(ws_wait(&p, "pop_withdrawn"));
	peer_close(&p);
	hub_down(&t);
}

/* Asleep while it rang: at the resume it comes once, and shows if it is still up. */
static void test_pop_after_sleep(void **state)
{
	struct cti_buf got = { 0 };
	char cookie[COOKIE_BYTES];
	char epoch[64];
	char extra[160];
	char *welcome;
	struct peer p;
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	ws_join(&p, &t, cookie, "tab", "", &welcome, NULL);
	json_member(welcome, "epoch", epoch, sizeof(epoch));
	free(welcome);
	peer_close(&p);
	hub_publish(&t, "conv-1", 1, false, "201", NULL);
	assert_int_equal(cti_hub_publish_pop(t.h, "conv-1", "201", "first", false), 0);
	assert_int_equal(cti_hub_publish_pop(t.h, "conv-1", "201", "over", true), 0);
	assert_int_equal(cti_hub_publish_pop(t.h, "conv-1", "201", "second", false), 0);
	resume_text(extra, sizeof(extra), epoch, 0);
	ws_join(&p, &t, cookie, "tab", extra, &welcome, NULL);
	assert_true(json_has(welcome, "\"resumed\":true"));
	free(welcome);
	publish_mark(&t, &p, 1, &got);
	assert_true(json_has(text_of(&got), "\"why\":\"first\",\"here\":false"));
	assert_true(json_has(text_of(&got), "\"why\":\"over\""));
	assert_true(json_has(text_of(&got), "\"why\":\"second\",\"here\":true"));
	cti_buf_reset(&got);
	peer_close(&p);
	hub_down(&t);
}

static void test_same_tab_twice(void **state)
{
	char cookie[COOKIE_BYTES];
	struct peer p[2];
	struct hub t;

	(void)state;
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	ws_join(&p[0], &t, cookie, "tab", "", NULL, NULL);
	ws_join(&p[1], &t, cookie, "tab", "", NULL, NULL);
	assert_int_equal(ws_wait_close(&p[0]), 4409);
	hub_publish(&t, "conv-1", 1, false, "201", NULL);
	free(ws_wait(&p[1], "change"));
	peer_close(&p[0]);
	peer_close(&p[1]);
	hub_down(&t);
}

/* ---- the inbox overflows -------------------------------------------------- */

static sem_t entered;
static sem_t leave;

/* Runs on the hub thread and keeps it, as a bug or a swapping machine would. */
static void stuck(struct cti_buf *out, bool *okp, void *arg)
{
	(void)okp;
	(void)arg;
	cti_buf_str(out, "{}");
	(void)sem_post(&entered);
	(void)sem_wait(&leave);
}

static bool asked_anew(void *arg)
{
	struct fake *f = arg;

	return atomic_load(&f->resyncs) > 0;
}

/* What is lost may be an end: afterwards only what is published again is shown. */
static void test_inbox_overflows(void **state)
{
	static const char healthz[] = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
	static const struct cti_hub_leg legs[] = { { "201", "alerting" } };
	char cookie[COOKIE_BYTES];
	struct peer p;
	struct peer q;
	struct hub t;
	char *text;
	int err = 0;
	int n = 0;

	(void)state;
	(void)sem_init(&entered, 0, 0);
	(void)sem_init(&leave, 0, 0);
	hub_up(&t, NULL);
	log_in(&t, cookie, "aoki");
	ws_join(&p, &t, cookie, "tab", "", NULL, NULL);
	hub_publish(&t, "ghost", 1, false, "201", NULL);
	hub_publish(&t, "alive", 1, false, "201", NULL);
	free(ws_wait(&p, "change"));
	assert_int_equal(cti_hub_set_health(t.h, stuck, NULL, NULL), 0);
	peer_open(&q, &t, NULL);
	do { /* the handler takes effect soon */
		struct response r;

		(void)sem_post(&leave);
		peer_ask(&q, &r, healthz, strlen(healthz));
		response_reset(&r);
	} while (sem_trywait(&entered));
	while (!sem_trywait(&leave))
		continue;
	peer_send(&q, healthz, strlen(healthz));
	assert_int_equal(sem_wait(&entered), 0);
	while (!err && n < 200000)
		err = cti_hub_publish_conversation(t.h, "ghost", ++n % 2, legs, 1,
			cti_str_dup("{\"id\":\"ghost\",\"legs\":[]}"));
	assert_int_equal(err, EAGAIN);
	(void)sem_post(&leave);
	wait_for(asked_anew, &t.fake);
	hub_publish(&t, "alive", 2, false, "201", NULL);
	assert_int_equal(cti_hub_publish_resynced(t.h), 0);
	do {
		text = ws_wait(&p, "snapshot");
	} while (json_has(text, "ghost") && (free(text), true));
	assert_true(json_has(text, "\"id\":\"alive\",\"n\":2"));
	free(text);
	peer_close(&p);
	peer_close(&q);
	assert_int_equal(cti_hub_set_health(t.h, NULL, NULL, NULL), 0);
	hub_down(&t);
	(void)sem_destroy(&entered);
	(void)sem_destroy(&leave);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rights_matrix),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_agent_with_watch_list),
		cmocka_unit_test(test_results_are_private),
		cmocka_unit_test(test_line_states),
		cmocka_unit_test(test_resume_exactly_once),
		cmocka_unit_test(test_resume_refused),
		cmocka_unit_test(test_pop_to_one_tab),
		cmocka_unit_test(test_dirty_tab_is_spared),
		cmocka_unit_test(test_pop_moves_on),
		cmocka_unit_test(test_pop_without_session),
		cmocka_unit_test(test_pop_after_sleep),
		cmocka_unit_test(test_same_tab_twice),
		cmocka_unit_test(test_inbox_overflows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
