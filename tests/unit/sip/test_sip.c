/*
 * test_sip.c -- the whole monitor against a PBX by script: recovery rules, forged and
 * late NOTIFYs, torture at the port, click-to-dial.
 */
#include "notifier.h"
#include "support.h"

#include <cti/clock.h>
#include <cti/conf.h>
#include <cti/loop.h>
#include <cti/pbx.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct env {
	struct notifier *n;
	struct cti_pbx *pbx;
	struct cti_timer poll;
	bool (*until)(struct env *e);
	int64_t deadline_us;
	bool reached, closed;
	int input_err;
	unsigned notifies;
	char links[512];
	unsigned want;
	enum cti_phase phase; /* of the dial, and why it failed */
	char why[32];
	struct cti_pbx_conf conf;
	char server[64];
	char *servers[1], *lines[1];
};

static int on_input(const struct cti_input *in, void *arg)
{
	struct env *e = arg;
	size_t len = strlen(e->links);

	if (in->kind == CTI_INPUT_NOTIFY) {
		if (!e->input_err)
			e->notifies++;
		return e->input_err;
	}
	(void)snprintf(e->links + len, sizeof(e->links) - len, "%.*s|",
		(int)in->len_bytes, in->data);
	return 0;
}

static void on_progress(const struct cti_progress *p, void *arg)
{
	struct env *e = arg;

	e->phase = p->phase;
	(void)snprintf(e->why, sizeof(e->why), "%s", p->why ? p->why : "");
}

static void on_poll(void *arg)
{
	struct env *e = arg;

	e->reached = e->until(e);
	if (e->reached || cti_mono_us() > e->deadline_us)
		cti_loop_stop();
	else
		assert_int_equal(cti_timer_start(&e->poll, 5, on_poll, e), 0);
}

/* Turns the loop until it is so; false after ms. */
static bool wait_until(struct env *e, bool (*until)(struct env *e), unsigned ms)
{
	e->until = until;
	e->reached = false;
	e->deadline_us = cti_mono_us() + (int64_t)ms * 1000;
	assert_int_equal(cti_timer_start(&e->poll, 1, on_poll, e), 0);
	assert_int_equal(cti_loop_run(), 0);
	return e->reached;
}

static void begin(struct env *e, const char *const *words)
{
	const struct cti_pbx_sink sink = { .input = on_input,
		.progress = on_progress,
		.arg = e };

	memset(e, 0, sizeof(*e));
	notifier_start(&e->n, words);
	(void)snprintf(
		e->server, sizeof(e->server), "sip:127.0.0.1:%u", notifier_port(e->n));
	e->servers[0] = e->server;
	e->lines[0] = (char *)(uintptr_t) "201";
	e->conf = (struct cti_pbx_conf){ .name = (char *)(uintptr_t) "main",
		.sip_servers = { e->servers, 1 },
		.lines = { e->lines, 1 },
		.sip_user = (char *)(uintptr_t) "cti",
		.sip_password = (char *)(uintptr_t) "secret",
		.sip_expires_s = 600,
		.sip_pace_per_s = 1000,
		.sip_tls_verify = true };
	assert_int_equal(cti_loop_init(0), 0);
	assert_int_equal(cti_pbx_sip.alloc(&e->pbx, &e->conf, &sink), 0);
	assert_int_equal(cti_pbx_sip.start(e->pbx), 0);
}

static void on_closed(void *arg)
{
	struct env *e = arg;

	e->closed = true;
}

static bool is_closed(struct env *e)
{
	return e->closed;
}

static void end(struct env *e)
{
	cti_pbx_sip.stop(e->pbx, on_closed, e);
	assert_true(wait_until(e, is_closed, 2000));
	cti_pbx_sip.free(e->pbx);
	cti_loop_fini();
	notifier_stop(e->n);
}

static struct cti_pbx_status status(const struct env *e)
{
	struct cti_pbx_status st;

	cti_pbx_sip.status(e->pbx, &st);
	return st;
}

static bool is_active(struct env *e)
{
	return e->notifies > 0 && status(e).lines_active == 1;
}

static bool has_asked(struct env *e)
{
	return notifier_subscribes(e->n) >= e->want;
}

static bool is_refused(struct env *e)
{
	return status(e).detail[0] != '\0' && status(e).up;
}

static bool never(struct env *e)
{
	(void)e;
	return false;
}

/* What each answer leads to. */
static const struct {
	const char *words[4];
	bool active;    /* in the end; else it stays refused and says detail */
	unsigned asked; /* SUBSCRIBEs until then */
	const char *detail;
} rows[] = {
	{ { "200" }, true, 1, NULL },
	{ { "200early" }, true, 1, NULL },
	{ { "401:WWW-Authenticate: Digest realm=\"pbx\", nonce=\"1\"", "200" }, true, 2,
		NULL },
	{ { "407:Proxy-Authenticate: Digest realm=\"pbx\", nonce=\"1\", qop=\"auth\"",
		  "200" },
		true, 2, NULL },
	{ { "401:WWW-Authenticate: Digest realm=\"pbx\", nonce=\"1\"",
		  "401:WWW-Authenticate: Digest realm=\"pbx\", nonce=\"2\", stale=true",
		  "200" },
		true, 3, NULL },
	{ { "401:WWW-Authenticate: Digest realm=\"pbx\", nonce=\"1\"" }, false, 2,
		"401: user or password" },
	{ { "401:WWW-Authenticate: Digest realm=\"pbx\", nonce=\"1\", stale=true" },
		false, 4, "401: user or password" },
	{ { "401:WWW-Authenticate: Digest realm=\"pbx\", nonce=\"1\"",
		  "401:WWW-Authenticate: Digest realm=\"evil\", nonce=\"1\"" },
		false, 2, "401: user or password" },
	{ { "423:Min-Expires: 1200", "200" }, true, 2, NULL },
	{ { "423:Min-Expires: 1" }, false, 1, "423: " },
	{ { "302:Contact: <sip:127.0.0.1:9>" }, false, 1, "302: the PBX names another" },
	{ { "403" }, false, 1, "403: " },
	{ { "404" }, false, 1, "hint" },
	{ { "489" }, false, 1, "event package" },
	{ { "603" }, false, 1, "allow_subscribe" },
	{ { "500" }, false, 1, "500: " },
	{ { "503:Retry-After: 60" }, false, 1, "503: " },
	{ { "503:Retry-After: 1", "200" }, true, 2, NULL },
	{ { "481", "200" }, true, 2, NULL },
	{ { "200zero" }, false, 1, "0 seconds" },
	{ { "200end:deactivated", "200" }, true, 2, NULL },
	{ { "200end:timeout", "200" }, true, 2, NULL },
	{ { "200end:", "200" }, true, 2, NULL },
	{ { "200end:unheard-of", "200" }, true, 2, NULL },
	{ { "200end:probation" }, false, 1, "wait" },
	{ { "200end:giveup" }, false, 1, "whether we may" },
	{ { "200end:rejected" }, false, 1, "withdrew" },
	{ { "200end:noresource" }, false, 1, "no longer" },
	{ { "200end:invariant" }, false, 1, "never changes" },
};

static void recovery_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct env e;
		unsigned asked;

		begin(&e, rows[i].words);
		e.want = rows[i].asked;
		if (!wait_until(&e, has_asked, 8000) ||
			!wait_until(&e, rows[i].active ? is_active : is_refused, 8000))
			fail_msg("row %zu (%s): asked %u, %s", i, rows[i].words[0],
				notifier_subscribes(e.n), status(&e).detail);
		/* And then there is quiet. */
		(void)wait_until(&e, never, 250);
		asked = notifier_subscribes(e.n);
		if (asked != rows[i].asked ||
			(rows[i].detail && !strstr(status(&e).detail, rows[i].detail)))
			fail_msg("row %zu (%s): asked %u, says %s", i, rows[i].words[0],
				asked, status(&e).detail);
		end(&e);
	}
}

static bool is_answered(struct env *e)
{
	unsigned code = notifier_answer(e->n);

	if (code)
		e->want = code;
	return code != 0;
}

static void replace(char *text, const char *from, const char *to)
{
	char *p = strstr(text, from);

	assert_non_null(p);
	assert_int_equal(strlen(from), strlen(to));
	memcpy(p, to, strlen(to));
}

static void sends(struct env *e, const char *text, unsigned code)
{
	(void)notifier_answer(e->n);
	notifier_send(e->n, text, strlen(text));
	assert_true(wait_until(e, is_answered, 3000));
	assert_int_equal(e->want, code);
}

static void only_the_subscription_s_notifies_count(void **state)
{
	static const char *const words[] = { "200", NULL };
	char text[4096], good[4096];
	struct env e;

	(void)state;
	begin(&e, words);
	assert_true(wait_until(&e, is_active, 5000));
	assert_true(wait_until(&e, is_answered, 3000));
	assert_int_equal(e.want, 200);
	assert_string_equal(e.links, "up|line-up|");
	(void)notifier_last_notify(e.n, good, sizeof(good));

	(void)snprintf(
		text, sizeof(text), "%s", good); /* repeated: answered, not applied */
	sends(&e, text, 200);
	assert_int_equal(e.notifies, 1);
	replace(text, "CSeq: 100 ", "CSeq:  99 "); /* late */
	sends(&e, text, 200);
	assert_int_equal(e.notifies, 1);
	replace(text, "CSeq:  99 ", "CSeq: 105 "); /* a gap is no fault */
	sends(&e, text, 200);
	assert_int_equal(e.notifies, 2);
	replace(text, "CSeq: 105 ", "CSeq: 106 ");
	replace(text, "tag=notifier", "tag=notifieR"); /* another's dialog */
	sends(&e, text, 481);
	replace(text, "tag=notifieR", "tag=notifier");
	replace(text, "Event: dialog", "Event: dialox");
	sends(&e, text, 489);
	replace(text, "Event: dialox", "Event: dialog");
	replace(text, "State: active", "State: 123456");
	sends(&e, text, 400);
	assert_int_equal(e.notifies, 2);
	replace(text, "State: 123456", "State: active");
	e.input_err = ENOSPC; /* the journal is full: not acknowledged, and taken again */
	sends(&e, text, 503);
	e.input_err = 0;
	sends(&e, text, 200);
	assert_int_equal(e.notifies, 3);
	end(&e);
}

static bool is_refused_by_us(struct env *e)
{
	return notifier_answer(e->n) == 503;
}

/* The journal is full when the first picture comes, and the PBX does not send it again. */
static void what_there_was_no_room_for_is_asked_for_again(void **state)
{
	static const char *const words[] = { "200", NULL };
	struct env e;

	(void)state;
	begin(&e, words);
	e.input_err = ENOSPC;
	assert_true(wait_until(&e, is_refused_by_us, 5000));
	assert_false(is_active(&e));
	e.input_err = 0;
	assert_true(wait_until(&e, is_active, 8000));
	assert_int_equal(notifier_subscribes(e.n), 2);
	end(&e);
}

/* From 127.0.0.2 the very same bytes are a stranger's. */
static void a_forged_source_is_refused(void **state)
{
	static const char *const words[] = { "200", NULL };
	struct sockaddr_in from = { .sin_family = AF_INET },
			   to = { .sin_family = AF_INET };
	char text[4096], old[32], seq[32];
	struct env e;
	int fd;

	(void)state;
	begin(&e, words);
	assert_true(wait_until(&e, is_active, 5000));
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_true(fd >= 0);
	assert_int_equal(inet_pton(AF_INET, "127.0.0.2", &from.sin_addr), 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons(notifier_watcher_port(e.n));
	(void)notifier_last_notify(e.n, text, sizeof(text));
	for (unsigned i = 101; i < 999; i++) {
		(void)snprintf(old, sizeof(old), "CSeq: %u ", i - 1);
		(void)snprintf(seq, sizeof(seq), "CSeq: %u ", i);
		replace(text, old, seq);
		(void)sendto(
			fd, text, strlen(text), 0, (struct sockaddr *)&to, sizeof(to));
	}
	(void)wait_until(&e, never, 300);
	assert_int_equal(e.notifies, 1);
	(void)close(fd);
	end(&e);
}

/* All of RFC 4475 and 5118 from the PBX's own address: nothing is taken for ours. */
static void torture_at_the_port(void **state)
{
	static const char *const words[] = { "200", NULL };
	char text[4096], path[600];
	const struct dirent *d;
	unsigned n = 0;
	struct env e;
	DIR *dir;

	(void)state;
	begin(&e, words);
	assert_true(wait_until(&e, is_active, 5000));
	dir = opendir(CTI_TEST_DATA "/sip-torture");
	assert_non_null(dir);
	while ((d = readdir(dir)) != NULL) {
		size_t len;
		char *data;

		if (!strstr(d->d_name, ".dat"))
			continue;
		(void)snprintf(path, sizeof(path), "data/sip-torture/%s", d->d_name);
		data = test_file(path, &len);
		for (size_t part = 1; part <= 4; part++) /* whole, and cut */
			notifier_send(e.n, data, len * part / 4);
		(void)wait_until(&e, never, 5);
		free(data);
		n += 4;
	}
	(void)closedir(dir);
	assert_true(n >= 200);
	assert_int_equal(e.notifies, 1);
	(void)notifier_last_notify(e.n, text, sizeof(text)); /* and it still works */
	replace(text, "CSeq: 100 ", "CSeq: 101 ");
	(void)notifier_answer(e.n);
	notifier_send(e.n, text, strlen(text));
	e.want = 2;
	for (unsigned i = 0; i < 100 && e.notifies < 2; i++)
		(void)wait_until(&e, never, 20);
	assert_int_equal(e.notifies, 2);
	end(&e);
}

/* A PBX that is away gets one question at a time, and is told to be down. */
static bool is_down(struct env *e)
{
	return strstr(e->links, "down") != NULL;
}

static void a_silent_pbx_is_down(void **state)
{
	static const char *const words[] = { "200", NULL };
	struct env e;

	(void)state;
	begin(&e, words);
	notifier_stop(e.n);
	assert_true(wait_until(&e, is_down, 9000));
	assert_false(status(&e).up);
	assert_non_null(strstr(status(&e).detail, "no answer"));
	notifier_start(&e.n, words);
	end(&e);
}

/* ---- click-to-dial ----------------------------------------------------------- */

static bool has_referred(struct env *e)
{
	return notifier_refers(e->n) >= e->want;
}

static bool is_final(struct env *e)
{
	return e->phase >= CTI_PHASE_DONE;
}

static bool has_left(struct env *e)
{
	return notifier_byes(e->n) >= 1;
}

static void dial(struct env *e, const char *const *invites, const char *const *refers)
{
	static const char *const words[] = { "200", NULL };
	static const struct cti_command cmd = {
		.id = "dial-1", .verb = CTI_VERB_DIAL, .line = "201", .number = "0312345678"
	};

	begin(e, words);
	notifier_dial(e->n, invites, refers);
	assert_true(wait_until(e, is_active, 5000));
	assert_int_equal(cti_pbx_sip.command(e->pbx, &cmd), 0);
}

static void report(struct env *e, const char *status_line)
{
	notifier_in_dial(e->n, "NOTIFY",
		"Event: refer\r\nSubscription-State: terminated;reason=noresource\r\n"
		"Content-Type: message/sipfrag\r\n",
		status_line);
}

/* Asterisk answers the call first and joins its two channels a moment later. */
static void a_refer_that_came_too_early_is_sent_again(void **state)
{
	static const char *const refers[] = { "400", "491", "202", NULL };
	struct env e;

	(void)state;
	dial(&e, NULL, refers);
	for (e.want = 3; e.want < 5; e.want++) {
		assert_true(wait_until(&e, has_referred, 5000));
		report(&e, "SIP/2.0 400 Bad Request\r\n");
	}
	assert_true(wait_until(&e, has_referred, 5000));
	report(&e, "SIP/2.0 200 OK\r\n");
	assert_true(wait_until(&e, is_final, 5000));
	assert_int_equal(e.phase, CTI_PHASE_DONE);
	assert_true(wait_until(&e, has_left, 5000));
	end(&e);
}

/* Who hangs up in between has given up. */
static void an_agent_who_leaves_before_the_next_refer(void **state)
{
	struct env e;

	(void)state;
	dial(&e, NULL, NULL);
	e.want = 1;
	assert_true(wait_until(&e, has_referred, 5000));
	report(&e, "SIP/2.0 400 Bad Request\r\n");
	notifier_in_dial(e.n, "BYE", "Reason: Q.850;cause=16\r\n", "");
	assert_true(wait_until(&e, is_final, 5000));
	assert_string_equal(e.why, "cancelled");
	(void)wait_until(&e, never, 300);
	assert_int_equal(notifier_refers(e.n), 1);
	end(&e);
}

static void a_refused_refer_is_not(void **state)
{
	static const char *const forbidden[] = { "403", NULL };
	static const char *const unable[] = { "501", NULL };
	struct env e;

	(void)state;
	dial(&e, NULL, forbidden);
	assert_true(wait_until(&e, is_final, 5000));
	assert_string_equal(e.why, "refused");
	assert_int_equal(notifier_refers(e.n), 1);
	assert_true(wait_until(&e, has_left, 5000));
	end(&e);
	dial(&e, NULL, unable);
	assert_true(wait_until(&e, is_final, 5000));
	assert_string_equal(e.why, "not-supported");
	end(&e);
}

static void nor_for_ever(void **state)
{
	static const char *const refers[] = { "400", NULL };
	struct env e;

	(void)state;
	dial(&e, NULL, refers);
	assert_true(wait_until(&e, is_final, 8000));
	assert_int_equal(e.phase, CTI_PHASE_FAILED);
	assert_string_equal(e.why, "refused");
	assert_int_equal(notifier_refers(e.n), 6);
	assert_true(wait_until(&e, has_left, 5000));
	end(&e);
}

static void who_declined_is_told(void **state)
{
	static const char *const cause[] = { "403:Reason: Q.850;cause=21", NULL };
	static const char *const bare[] = { "403", NULL };
	static const char *const busy[] = { "486", NULL };
	static const struct {
		const char *const *invites;
		const char *why;
	} answers[] = { { cause, "agent-declined" }, { bare, "refused" },
		{ busy, "agent-busy" } };

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct env e;

		dial(&e, answers[i].invites, NULL);
		assert_true(wait_until(&e, is_final, 5000));
		assert_string_equal(e.why, answers[i].why);
		assert_int_equal(notifier_refers(e.n), 0);
		end(&e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recovery_rules),
		cmocka_unit_test(only_the_subscription_s_notifies_count),
		cmocka_unit_test(what_there_was_no_room_for_is_asked_for_again),
		cmocka_unit_test(a_forged_source_is_refused),
		cmocka_unit_test(torture_at_the_port),
		cmocka_unit_test(a_silent_pbx_is_down),
		cmocka_unit_test(a_refer_that_came_too_early_is_sent_again),
		cmocka_unit_test(an_agent_who_leaves_before_the_next_refer),
		cmocka_unit_test(a_refused_refer_is_not),
		cmocka_unit_test(nor_for_ever),
		cmocka_unit_test(who_declined_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
