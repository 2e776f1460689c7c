/*
 * test_parts.c -- the small parts without a thread: frames and ring, tabs,
 * users, sessions and tokens, limits, assets.
 */
#include "support.h"

#include "assets.h"
#include "frame.h"
#include "hub_user.h"
#include "limit.h"
#include "picture.h"
#include "session.h"
#include "tabs.h"

#include <cti/clock.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct cti_frame *frame(uint64_t seq, size_t len)
{
	struct cti_buf text = { 0 };
	struct cti_frame *f;

	for (size_t i = 0; i < len; i++)
		cti_buf_str(&text, "x");
	assert_int_equal(cti_frame_alloc(&f, CTI_FRAME_HEALTH, &text), 0);
	assert_null(text.data);
	f->seq = seq;
	return f;
}

static void test_ring(void **state)
{
	struct cti_frames *r;

	(void)state;
	assert_int_equal(cti_frames_alloc(&r, 10, 1000), 0);
	assert_true(cti_frames_reach(r, 0));
	for (uint64_t s = 1; s <= 25; s++) {
		struct cti_frame *f = frame(s, 10);

		cti_frames_push(r, f);
		cti_frame_unref(f);
	}
	assert_int_equal(cti_frames_seq(r), 25);
	assert_null(cti_frames_at(r, 15));
	assert_int_equal(cti_frames_at(r, 16)->seq, 16);
	assert_int_equal(cti_frames_at(r, 25)->seq, 25);
	assert_null(cti_frames_at(r, 26));
	assert_true(cti_frames_reach(r, 15));
	assert_false(cti_frames_reach(r, 14));
	assert_true(cti_frames_reach(r, 25));
	assert_false(cti_frames_reach(r, 26));
	/* Bytes count too. */
	for (uint64_t s = 26; s <= 28; s++) {
		struct cti_frame *f = frame(s, 400);

		cti_frames_push(r, f);
		cti_frame_unref(f);
	}
	assert_null(cti_frames_at(r, 26));
	assert_non_null(cti_frames_at(r, 27));
	cti_frames_free(r);
}

static void test_tabs(void **state)
{
	const struct cti_tab focused = { .focused = true, .focus_us = 5 };
	const struct cti_tab recent = { .focus_us = 9 };
	const struct cti_tab older = { .focus_us = 3, .opened_us = 1 };
	const struct cti_tab newer = { .focus_us = 3, .opened_us = 2 };
	const struct cti_tab dirty = { .focused = true, .dirty = true, .focus_us = 10 };

	(void)state;
	assert_true(cti_tab_better(&focused, &recent));
	assert_false(cti_tab_better(&recent, &focused));
	assert_true(cti_tab_better(&recent, &older));
	assert_true(cti_tab_better(&newer, &older));
	assert_true(cti_tab_better(&older, &dirty));
	assert_false(cti_tab_better(&dirty, &older));
	assert_false(cti_tab_better(&dirty, &dirty));
}

static void test_users(void **state)
{
	char a[] = "201";
	char b[] = "202";
	char *ab[] = { a, b };
	char *ba[] = { b, a };
	struct cti_hub_user user = {
		.id = "u", .role = "agent", .lines = ab, .nlines = 2
	};
	struct cti_hub_user other = user;
	struct cti_hub_user copy;

	(void)state;
	assert_int_equal(cti_hub_user_copy(&copy, &user), 0);
	assert_true(cti_hub_user_same(&copy, &user));
	other.lines = ba;
	assert_true(cti_hub_user_same(&copy, &other));
	other.nlines = 1;
	assert_false(cti_hub_user_same(&copy, &other));
	other = user;
	(void)snprintf(other.role, sizeof(other.role), "admin");
	assert_false(cti_hub_user_same(&copy, &other));
	assert_true(cti_hub_user_sees_line(&other, "999"));
	assert_false(cti_hub_user_has_line(&other, "999"));
	assert_false(cti_hub_user_sees_line(&copy, "20"));
	(void)snprintf(other.role, sizeof(other.role), "Admin "); /* not a role */
	assert_int_equal(cti_hub_user_rank(&other), 0);
	cti_hub_user_reset(&copy);
}

static void test_sessions(void **state)
{
	struct cti_hub_user user = { .id = "u1", .name = "aoki", .role = "agent" };
	const int64_t later = cti_now_us() + 60000000;
	char token[CTI_SECRET_BYTES];
	struct cti_sessions *s;
	struct cti_session *ses;
	int64_t expires;

	(void)state;
	assert_int_equal(cti_sessions_alloc(&s, 60), 0);
	assert_null(cti_sessions_get(s, "h1"));
	assert_int_equal(cti_sessions_put(s, "h1", &user, later), 0);
	assert_int_equal(cti_sessions_put(s, "old", &user, cti_now_us() - 1), 0);
	ses = cti_sessions_get(s, "h1");
	assert_non_null(ses);
	assert_null(cti_sessions_get(s, "old"));
	assert_int_equal(cti_sessions_token_new(s, token, &expires, ses), 0);
	assert_int_equal(strlen(token), 43);
	assert_null(cti_sessions_token_use(s, "something else"));
	assert_ptr_equal(cti_sessions_token_use(s, token), ses);
	assert_null(cti_sessions_token_use(s, token));
	/* A session has so many tokens, and gets new ones when they are used. */
	for (int i = 0; i < 64; i++)
		assert_int_equal(cti_sessions_token_new(s, token, &expires, ses), 0);
	assert_int_equal(cti_sessions_token_new(s, token, &expires, ses), ENOSPC);
	cti_sessions_doubt(s, "u1");
	assert_true(cti_mono_us() - ses->checked_us > 1000000000);
	/* Logged out: its tokens are worth nothing, and no late answer revives it. */
	cti_sessions_revoke(s, "h1", later);
	assert_null(cti_sessions_get(s, "h1"));
	assert_true(cti_sessions_revoked(s, "h1"));
	assert_int_equal(cti_sessions_put(s, "h1", &user, later), EACCES);
	cti_sessions_forget(s, "h1");
	assert_true(cti_sessions_revoked(s, "h1"));
	cti_sessions_sweep(s);
	assert_true(cti_sessions_revoked(s, "h1"));
	cti_sessions_free(s);
}

static void test_secrets(void **state)
{
	char a[CTI_SECRET_BYTES];
	char b[CTI_SECRET_BYTES];
	char hash[CTI_SECRET_HASH_BYTES];

	(void)state;
	cti_secret_make(a);
	cti_secret_make(b);
	assert_string_not_equal(a, b);
	/* FIPS 180-2, appendix B.1. */
	cti_secret_hash(hash, "abc");
	assert_string_equal(
		hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void test_limits(void **state)
{
	struct cti_counts *c;
	struct cti_limit *l;
	uint32_t last = 0;

	(void)state;
	assert_int_equal(cti_limit_alloc(&l, 3, 8), 0);
	for (int i = 0; i < 3; i++) {
		cti_limit_failed(l, "a");
		assert_int_equal(cti_limit_wait_s(l, "a"), 0);
	}
	for (int i = 0; i < 40; i++) {
		cti_limit_failed(l, "a");
		assert_true(cti_limit_wait_s(l, "a") >= last);
		last = cti_limit_wait_s(l, "a");
	}
	assert_true(last == 8);
	assert_int_equal(cti_limit_wait_s(l, "b"), 0);
	cti_limit_passed(l, "a");
	assert_int_equal(cti_limit_wait_s(l, "a"), 0);
	cti_limit_free(l);

	assert_int_equal(cti_counts_alloc(&c, 2, 3), 0);
	assert_true(cti_counts_add(c, "a"));
	assert_true(cti_counts_add(c, "a"));
	assert_false(cti_counts_add(c, "a"));
	assert_true(cti_counts_add(c, "b"));
	assert_false(cti_counts_add(c, "c"));
	cti_counts_remove(c, "a");
	assert_true(cti_counts_add(c, "c"));
	cti_counts_remove(c, "nobody");
	cti_counts_free(c);
}

static void put_file(const char *dir, const char *name)
{
	char path[200];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(name, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void test_assets(void **state)
{
	char dir[] = "/tmp/rbassetsXXXXXX";
	char path[200];
	struct cti_assets *a;
	const struct cti_asset *found;

	(void)state;
	assert_non_null(mkdtemp(dir));
	put_file(dir, "index.html");
	put_file(dir, "app.9f8e7d6c.css");
	put_file(dir, "index-settings.js");
	put_file(dir, ".hidden");
	(void)snprintf(path, sizeof(path), "%s/sub", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	put_file(path, "x.svg");
	(void)snprintf(path, sizeof(path), "%s/link.txt", dir);
	assert_int_equal(symlink("/etc/hostname", path), 0);

	assert_int_equal(cti_assets_load(&a, dir), 0);
	assert_int_equal(cti_assets_count(a), 4);
	found = cti_assets_find(a, "/app.9f8e7d6c.css");
	assert_non_null(found);
	assert_string_equal(found->ctype, "text/css; charset=utf-8");
	assert_non_null(strstr(found->cache, "immutable"));
	assert_int_equal(found->len, strlen("app.9f8e7d6c.css"));
	assert_string_equal(cti_assets_find(a, "/index-settings.js")->cache, "no-cache");
	assert_non_null(cti_assets_find(a, "/sub/x.svg"));
	assert_null(cti_assets_find(a, "/.hidden"));
	assert_null(cti_assets_find(a, "/link.txt"));
	assert_string_equal(cti_assets_find(a, "/any/page")->path, "/index.html");
	cti_assets_unref(a);
	assert_int_equal(cti_assets_load(&a, "/nonexistent"), ENOENT);

	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/sub/x.svg", dir);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/sub", dir);
	(void)rmdir(path);
	for (size_t i = 0; i < 4; i++) {
		static const char *const names[] = { "index.html", "app.9f8e7d6c.css",
			"index-settings.js", ".hidden" };

		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(dir), 0);
}

static void no_line(const char *line, const char *state, int64_t since_us, void *arg)
{
	(void)line;
	(void)state;
	(void)since_us;
	(void)arg;
}

static void line_said(const char *line, const char *state, int64_t since_us, void *arg)
{
	struct cti_buf *said = arg;

	assert_true(since_us > 0);
	cti_buf_printf(said, "%s=%s ", line, state);
}

/* A picture of lines 201 and 202, of n of them; states NULL: they stand in nothing. */
static int put(
	struct cti_pictures *p, const char *id, size_t n, const char *const *states)
{
	static const char *const lines[] = { "201", "202" };
	unsigned char numbers[2] = { 0 };

	for (size_t i = 0; states && i < n; i++)
		numbers[i] = cti_pictures_state(states[i]);
	return cti_pictures_put(
		p, id, &(struct cti_pictures_new){ lines, numbers, n, "{}" });
}

/* A line with two calls stands as the more telling of them; what stays is not said. */
static void test_lines_stand_by_their_calls(void **state)
{
	static const char *const connected[] = { "connected" };
	static const char *const alerting[] = { "alerting", "alerting" };
	static const char *const over[] = { "ended", "no word of ours" };
	struct cti_buf said = { 0 };
	struct cti_pictures *p;

	(void)state;
	assert_int_equal(cti_pictures_alloc(&p, line_said, &said), 0);
	assert_int_equal(put(p, "q", 0, NULL), 0);
	assert_true(cti_pictures_of_nobody(p, "q"));
	assert_int_equal(put(p, "a", 1, connected), 0);
	assert_int_equal(put(p, "b", 2, alerting), 0);
	assert_false(cti_pictures_of_nobody(p, "b"));
	cti_pictures_remove(p, "a");
	assert_int_equal(put(p, "b", 2, over), 0);
	cti_pictures_remove(p, "b");
	assert_string_equal(
		said.data, "201=connected 202=alerting 201=alerting 201=idle 202=idle ");
	cti_buf_reset(&said);
	cti_pictures_free(p);
}

/* After a loss only what was published again is believed. */
static void test_pictures_doubted(void **state)
{
	struct cti_pictures *p;

	(void)state;
	assert_int_equal(cti_pictures_alloc(&p, no_line, NULL), 0);
	assert_int_equal(put(p, "a", 1, NULL), 0);
	assert_int_equal(put(p, "b", 1, NULL), 0);
	cti_pictures_doubt(p);
	assert_int_equal(put(p, "b", 1, NULL), 0);
	cti_pictures_drop_doubted(p);
	assert_int_equal(cti_pictures_count(p), 1);
	cti_pictures_remove(p, "b");
	cti_pictures_remove(p, "b");
	assert_int_equal(cti_pictures_count(p), 0);
	cti_pictures_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring),
		cmocka_unit_test(test_tabs),
		cmocka_unit_test(test_users),
		cmocka_unit_test(test_sessions),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_assets),
		cmocka_unit_test(test_lines_stand_by_their_calls),
		cmocka_unit_test(test_pictures_doubted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
