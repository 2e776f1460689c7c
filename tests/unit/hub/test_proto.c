/*
 * test_proto.c -- the examples of schema/ws, read and made; messages that are none.
 *
 * The TypeScript tests read the same files.
 */
#include "support.h"

#include "proto.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct cti_json *example(const char *name)
{
	static char text[65536];
	char path[300];
	struct cti_json *doc;
	size_t len;
	FILE *f;

	(void)snprintf(path, sizeof(path), CTI_SCHEMA_DIR "/ws/examples/%s.json", name);
	f = fopen(path, "r");
	assert_non_null(f);
	len = fread(text, 1, sizeof(text), f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(cti_json_parse(&doc, text, len), 0);
	return doc;
}

/* Same members with the same values, whatever their order. Numbers of our messages
 * are whole. */
static void same(const struct cti_json_node *a, const struct cti_json_node *b,
	const char *const *keys, const char *where)
{
	for (; *keys; keys++) {
		const struct cti_json_node *x = cti_json_get(a, *keys);
		const struct cti_json_node *y = cti_json_get(b, *keys);
		int64_t nx = 0;
		int64_t ny = 0;

		if (!x || !y)
			fail_msg("%s: %s is missing", where, *keys);
		if (cti_json_text(x))
			assert_string_equal(cti_json_text(x), cti_json_text(y));
		else if (cti_json_int(a, *keys, &nx))
			assert_true(cti_json_int(b, *keys, &ny) && nx == ny);
		else if (!cti_json_is_object(x) && !cti_json_is_array(x))
			assert_int_equal(cti_json_bool(a, *keys, false),
				cti_json_bool(b, *keys, false));
		else
			assert_int_equal(cti_json_count(x), cti_json_count(y));
	}
}

static void test_browser_examples(void **state)
{
	static const struct {
		const char *name;
		enum cti_proto_type type;
	} cases[] = {
		{ "hello", CTI_PROTO_HELLO },
		{ "hello_resume", CTI_PROTO_HELLO },
		{ "pop_ack", CTI_PROTO_POP_ACK },
		{ "focus", CTI_PROTO_FOCUS },
		{ "command", CTI_PROTO_COMMAND },
		{ "command_cancel", CTI_PROTO_COMMAND },
		{ "command_transfer", CTI_PROTO_COMMAND },
		{ "note", CTI_PROTO_NOTE },
		{ "ping", CTI_PROTO_PING },
		{ "pong", CTI_PROTO_PONG },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[300];
		char text[4096];
		struct cti_proto_msg msg;
		const char *why;
		size_t len;
		FILE *f;

		(void)snprintf(path, sizeof(path), CTI_SCHEMA_DIR "/ws/examples/%s.json",
			cases[i].name);
		f = fopen(path, "r");
		assert_non_null(f);
		len = fread(text, 1, sizeof(text), f);
		assert_int_equal(fclose(f), 0);
		if (cti_proto_parse(&msg, text, len, &why))
			fail_msg("%s: %s", cases[i].name, why);
		assert_int_equal(msg.type, cases[i].type);
		if (!strcmp(cases[i].name, "hello_resume")) {
			assert_true(msg.hello.resume);
			assert_true(msg.hello.dirty);
			assert_int_equal(msg.hello.seq, 4711);
		}
		cti_proto_reset(&msg);
	}
}

static struct cti_json *made(struct cti_buf *buf)
{
	struct cti_json *doc;

	assert_int_equal(buf->err, 0);
	assert_int_equal(cti_json_parse(&doc, buf->data, buf->len), 0);
	cti_buf_reset(buf);
	return doc;
}

static void check(const char *name, struct cti_buf *buf, const char *const *keys)
{
	struct cti_json *want = example(name);
	struct cti_json *have = made(buf);

	same(cti_json_root(want), cti_json_root(have), keys, name);
	cti_json_free(want);
	cti_json_free(have);
}

static void test_welcome(void **state)
{
	static const char *const keys[] = { "type", "epoch", "seq", "resumed", "ping_s",
		"user", "capabilities", "server", NULL };
	static const char *const user_keys[] = { "id", "name", "display", "role", "lang",
		"lines", "watch", NULL };
	static const char *const cap_keys[] = { "dial", "answer", "hangup", "hold",
		"transfer", "consult", NULL };
	char line[] = "201";
	char *lines[] = { line };
	struct cti_hub_user user = { .id = "01936c1e-0000-7000-8000-0000000000aa",
		.name = "aoki",
		.display = "青木 花子",
		.role = "agent",
		.lang = "ja",
		.lines = lines,
		.nlines = 1 };
	const struct cti_hub_conf conf = { .version = "0.1.0",
		.can = { .dial = true, .hangup = true, .transfer = true },
		.could = { .dial = true, .answer = true, .hold = true } };
	const struct cti_proto_welcome m = { .user = &user,
		.conf = &conf,
		.epoch = "01936c1e-0000-7000-8000-0000000000ee",
		.seq = 4711,
		.ping_s = 25 };
	struct cti_json *want = example("welcome");
	struct cti_buf buf = { 0 };
	struct cti_json *have;

	(void)state;
	cti_proto_welcome(&buf, &m);
	have = made(&buf);
	same(cti_json_root(want), cti_json_root(have), keys, "welcome");
	same(cti_json_get(cti_json_root(want), "user"),
		cti_json_get(cti_json_root(have), "user"), user_keys, "user");
	same(cti_json_get(cti_json_root(want), "capabilities"),
		cti_json_get(cti_json_root(have), "capabilities"), cap_keys,
		"capabilities");
	cti_json_free(want);
	cti_json_free(have);
}

static void test_hub_examples(void **state)
{
	static const char *const pop_keys[] = { "type", "seq", "id", "conversation",
		"line", "why", "here", NULL };
	static const char *const change_keys[] = { "type", "seq", "conversation", NULL };
	static const char *const gone_keys[] = { "type", "seq", "conversation", NULL };
	static const char *const line_keys[] = { "type", "seq", "line", "state", "since",
		NULL };
	static const char *const result_keys[] = { "type", "seq", "id", "state", "phase",
		NULL };
	static const char *const health_keys[] = { "type", "seq", "health", NULL };
	static const char *const ping_keys[] = { "type", "at", NULL };
	static const char *const error_keys[] = { "type", "code", "text", NULL };
	struct cti_proto_pop pop = { "01936c1e-7a10-7000-8000-000000000003",
		"01936c1e-7a00-7000-8000-000000000001", "201", "ringing" };
	struct cti_buf buf = { 0 };

	(void)state;
	cti_proto_pop(&buf, 4713, &pop, true);
	check("pop", &buf, pop_keys);
	pop.why = "answered-elsewhere";
	cti_proto_pop_withdrawn(&buf, 4720, &pop);
	assert_null(strstr(buf.data, "\"here\""));
	{
		static const char *const keys[] = { "type", "seq", "id", "conversation",
			"line", "why", NULL };

		check("pop_withdrawn", &buf, keys);
	}
	cti_proto_change(&buf, 4712, "{\"id\":\"x\"}");
	{
		struct cti_json *want = example("change");
		struct cti_json *have = made(&buf);

		assert_string_equal(cti_json_str(cti_json_root(have), "type"), "change");
		for (const char *const *k = change_keys; *k; k++)
			assert_non_null(cti_json_get(cti_json_root(want), *k));
		cti_json_free(want);
		cti_json_free(have);
	}
	cti_proto_gone(&buf, 4718, "01936c1e-7a00-7000-8000-000000000001");
	check("gone", &buf, gone_keys);
	cti_proto_line(&buf, 4719, "202", "connected", 1795509667000000);
	check("line", &buf, line_keys);
	assert_int_equal(cti_proto_result(&buf, 4714,
				 "{\"id\":\"tab-5f0c2a.1\",\"state\":\"progress\","
				 "\"phase\":\"agent-ringing\"}"),
		0);
	check("result_progress", &buf, result_keys);
	assert_int_equal(cti_proto_result(&buf, 1, "[]"), EBADMSG);
	assert_int_equal(cti_proto_result(&buf, 1, "{}"), EBADMSG);
	cti_proto_health(&buf, 4717,
		"{\"pbxs\":[{\"name\":\"main\",\"up\":false}],\"database\":{\"up\":true}}");
	check("health", &buf, health_keys);
	cti_proto_ping(&buf, "ping", "2026-11-24T08:41:25.000000Z");
	check("ping", &buf, ping_keys);
	cti_proto_error(&buf, "token-invalid", "The token is unknown, used or too old.");
	check("error", &buf, error_keys);
}

/* All of them are JSON with a type. */
static void test_every_example(void **state)
{
	DIR *dir = opendir(CTI_SCHEMA_DIR "/ws/examples");
	const struct dirent *e;
	unsigned n = 0;

	(void)state;
	assert_non_null(dir);
	while ((e = readdir(dir)) != NULL) {
		char name[100];
		struct cti_json *doc;

		if (!strstr(e->d_name, ".json"))
			continue;
		(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(e->d_name, "."),
			e->d_name);
		doc = example(name);
		assert_non_null(cti_json_str(cti_json_root(doc), "type"));
		cti_json_free(doc);
		n++;
	}
	assert_int_equal(closedir(dir), 0);
	assert_true(n >= 20);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		int err;
	} cases[] = {
		{ "", EBADMSG },
		{ "null", EBADMSG },
		{ "\"hello\"", EBADMSG },
		{ "{}", EBADMSG },
		{ "{\"type\":7}", EBADMSG },
		{ "{\"type\":\"welcome\"}", ENOTSUP },
		{ "{\"type\":\"HELLO\"}", ENOTSUP },
		{ "{\"type\":\"hello\",\"client\":\"a\"}", EBADMSG },
		{ "{\"type\":\"hello\",\"token\":\"t\",\"client\":\"\"}", EBADMSG },
		{ "{\"type\":\"hello\",\"token\":\"t\",\"client\":\"a/b\"}", EBADMSG },
		{ "{\"type\":\"hello\",\"token\":\"t\",\"client\":\"a\",\"resume\":{\"epoch\":\"e\"}}",
			EBADMSG },
		{ "{\"type\":\"hello\",\"token\":\"t\",\"client\":\"a\","
		  "\"resume\":{\"epoch\":\"e\",\"seq\":-1}}",
			EBADMSG },
		{ "{\"type\":\"command\",\"id\":\"a\",\"verb\":\"dial\",\"number\":17}",
			EBADMSG },
		{ "{\"type\":\"command\",\"id\":\"a\",\"verb\":\"dial\",\"line\":{}}",
			EBADMSG },
		{ "{\"type\":\"command\",\"id\":\"a\",\"verb\":\"cancel\",\"command\":\"' OR 1\"}",
			EBADMSG },
		{ "{\"type\":\"note\",\"conversation\":\"c\",\"text\":\"x\"}", EBADMSG },
		{ "{\"type\":\"note\",\"conversation\":\"c\",\"id\":\"n\",\"text\":\"x\","
		  "\"disposition\":\"a b\"}",
			EBADMSG },
		{ "{\"type\":\"ping\"}", EBADMSG },
		{ "{\"type\":\"ping\",\"at\":\"0123456789012345678901234567890123456789"
		  "0123456789012345678901234567890123456789\"}",
			EBADMSG },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cti_proto_msg msg;
		const char *why = NULL;

		assert_int_equal(
			cti_proto_parse(&msg, cases[i].text, strlen(cases[i].text), &why),
			cases[i].err);
		assert_non_null(why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_browser_examples),
		cmocka_unit_test(test_welcome),
		cmocka_unit_test(test_hub_examples),
		cmocka_unit_test(test_every_example),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
