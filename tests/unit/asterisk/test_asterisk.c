/*
 * test_asterisk.c -- the wire half against a manager that does what the test says:
 * a listening socket on the same loop, scripted line by line.
 */
#include <cti/conf.h>
#include <cti/loop.h>
#include <cti/pbx.h>

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { GIVE_UP_MS = 8000, TEXT = 64 * 1024 };

/* The manager: what it says to an action, by the action's first line. */
struct answer {
	const char
		*action; /* prefix of "Action: X\r\nActionID: Y" without the "Action: " */
	const char *text; /* %s: the ActionID; NULL: silence */
};

struct world {
	int listener, peer;
	const char *banner;
	const struct answer *answers; /* ends with action NULL */
	unsigned connections;
	char got[TEXT]; /* from the connector, the part not yet answered */
	char all[TEXT]; /* everything from the connector */
	char inputs[TEXT];
	char progress[1024];
	unsigned full; /* so many inputs are refused with ENOSPC */
	unsigned refused;
	const struct step *step; /* what is waited for now */
	bool timed_out, closed;
	struct cti_pbx *pbx;
	struct cti_pbx_conf conf;
	char address[32];
	struct cti_timer limit;
	struct cti_timer soon;
};

/* What a test waits for, in inputs, progress or what the connector sent; and then does. */
struct step {
	const char *wait; /* NULL: the end */
	const char *say;
	void (*then)(void);
};

static struct world w;

static void append(char *dst, size_t size, const char *src, size_t len)
{
	const size_t n = strlen(dst);

	if (n + len + 1 > size)
		return;
	memcpy(dst + n, src, len);
	dst[n + len] = '\0';
}

/* What is said to a connection that the test just cut is lost, as it would be. */
static void say(const char *text)
{
	(void)send(w.peer, text, strlen(text), MSG_NOSIGNAL);
}

static const struct answer ordinary[] = {
	{ "Challenge",
		"Response: Success\r\nActionID: %s\r\nChallenge: 123456789\r\n\r\n" },
	{ "Login",
		"Response: Success\r\nActionID: %s\r\nMessage: Authentication accepted\r\n\r\n"
		"Event: FullyBooted\r\nUptime: 100\r\n\r\n" },
	{ "Status", "Response: Success\r\nActionID: %s\r\nEventList: start\r\n\r\n"
		    "Event: StatusComplete\r\nActionID: %s\r\nItems: 0\r\n\r\n" },
	{ "Originate", "Response: Success\r\nActionID: %s\r\n\r\n" },
	{ "Ping", NULL },
	{ "", "Response: Success\r\nActionID: %s\r\nValue: 1\r\n\r\n" },
	{ NULL, NULL },
};

static void say_with_id(const char *text, const char *aid)
{
	char out[2048] = "";

	for (const char *hole; (hole = strstr(text, "%s")) != NULL; text = hole + 2) {
		append(out, sizeof(out), text, (size_t)(hole - text));
		append(out, sizeof(out), aid, strlen(aid));
	}
	append(out, sizeof(out), text, strlen(text));
	say(out);
}

static void answer_action(const char *action)
{
	const char *id = strstr(action, "ActionID: ");
	char aid[256] = "";

	if (id)
		(void)sscanf(id + 10, "%255[^\r]", aid);
	for (const struct answer *a = w.answers; a->action; a++) {
		if (strncmp(action + strlen("Action: "), a->action, strlen(a->action)))
			continue;
		if (!a->text)
			return;
		say_with_id(a->text, aid);
		return;
	}
}

static bool came(const char *text)
{
	return strstr(w.inputs, text) || strstr(w.progress, text) ||
	       strstr(w.all, text) || (w.closed && !strcmp(text, "closed"));
}

static void advance(void *arg)
{
	(void)arg;
	while (w.step->wait && came(w.step->wait)) {
		const struct step *now = w.step++;

		if (now->then)
			now->then();
		if (now->say)
			say(now->say);
	}
	if (!w.step->wait)
		cti_loop_stop();
}

/* Never from inside the connector. */
static void seen(void)
{
	(void)cti_timer_start(&w.soon, 0, advance, NULL);
}

static void on_peer(int flags, void *arg)
{
	char buf[4096];
	const ssize_t n = recv(w.peer, buf, sizeof(buf), 0);
	char *end;

	(void)flags;
	(void)arg;
	if (n <= 0) {
		(void)cti_fd_watch(w.peer, 0, NULL, NULL);
		(void)close(w.peer);
		w.peer = -1;
		return;
	}
	append(w.got, sizeof(w.got), buf, (size_t)n);
	append(w.all, sizeof(w.all), buf, (size_t)n);
	while ((end = strstr(w.got, "\r\n\r\n")) != NULL) {
		*end = '\0';
		answer_action(w.got);
		if (w.peer < 0)
			return;
		memmove(w.got, end + 4, strlen(end + 4) + 1);
	}
	seen();
}

static void on_accept(int flags, void *arg)
{
	(void)flags;
	(void)arg;
	w.peer = accept4(w.listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(w.peer >= 0);
	w.connections++;
	w.got[0] = '\0';
	assert_int_equal(0, cti_fd_watch(w.peer, CTI_FD_READ, on_peer, NULL));
	if (w.banner)
		say(w.banner);
}

static int on_input(const struct cti_input *in, void *arg)
{
	(void)arg;
	if (w.full) {
		w.full--;
		w.refused++;
		return ENOSPC;
	}
	if (in->kind == CTI_INPUT_LINK)
		append(w.inputs, sizeof(w.inputs), "LINK ", 5);
	append(w.inputs, sizeof(w.inputs), in->data, in->len_bytes);
	append(w.inputs, sizeof(w.inputs), "\n--\n", 4);
	seen();
	return 0;
}

static void on_progress(const struct cti_progress *p, void *arg)
{
	char text[96];
	const int n = snprintf(text, sizeof(text), "%s:%d:%s ", p->id, (int)p->phase,
		p->why ? p->why : "");

	(void)arg;
	append(w.progress, sizeof(w.progress), text, (size_t)n);
	seen();
}

static void too_long(void *arg)
{
	(void)arg;
	w.timed_out = true;
	cti_loop_stop();
}

static char *lines[] = { "201", "202" };

static int setup(void **state)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);

	(void)state;
	memset(&w, 0, sizeof(w));
	w.peer = -1;
	w.banner = "Asterisk Call Manager/11.0.0\r\n";
	w.answers = ordinary;
	w.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (cti_loop_init(64) || bind(w.listener, (struct sockaddr *)&sa, sizeof(sa)) ||
		listen(w.listener, 4) ||
		getsockname(w.listener, (struct sockaddr *)&sa, &len))
		return -1;
	(void)snprintf(w.address, sizeof(w.address), "127.0.0.1:%u", ntohs(sa.sin_port));
	w.conf = (struct cti_pbx_conf){ .name = "main",
		.lines = { lines, 2 },
		.ami_address = w.address,
		.ami_user = "cti",
		.ami_secret = "s3cret",
		.ami_channel = "PJSIP/{line}",
		.ami_context = "from-internal" };
	return cti_fd_watch(w.listener, CTI_FD_READ, on_accept, NULL);
}

static int teardown(void **state)
{
	(void)state;
	if (w.pbx)
		w.pbx->ops->free(w.pbx);
	if (w.peer >= 0) {
		(void)cti_fd_watch(w.peer, 0, NULL, NULL);
		(void)close(w.peer);
	}
	(void)cti_fd_watch(w.listener, 0, NULL, NULL);
	(void)close(w.listener);
	cti_timer_cancel(&w.limit);
	cti_timer_cancel(&w.soon);
	cti_loop_fini();
	return 0;
}

static void start(void)
{
	const struct cti_pbx_sink sink = { on_input, on_progress, NULL };

	assert_int_equal(0, cti_pbx_asterisk.alloc(&w.pbx, &w.conf, &sink));
	assert_int_equal(0, w.pbx->ops->start(w.pbx));
}

/* Starts the connector and runs through the steps. */
static void play(const struct step *steps)
{
	w.step = steps;
	start();
	assert_int_equal(0, cti_timer_start(&w.limit, GIVE_UP_MS, too_long, NULL));
	assert_int_equal(0, cti_loop_run());
	if (w.timed_out)
		fail_msg("never came: %s\ninputs:\n%s\nprogress: %s", w.step->wait,
			w.inputs, w.progress);
}

static void play_to(const char *text)
{
	const struct step steps[] = { { text, NULL, NULL }, { NULL, NULL, NULL } };

	play(steps);
}

static const char *detail(void)
{
	static struct cti_pbx_status st;

	w.pbx->ops->status(w.pbx, &st);
	return st.detail;
}

/* ---- the session ------------------------------------------------------------------- */

static void a_session_logs_in_and_takes_a_snapshot(void **state)
{
	struct cti_pbx_status st;

	(void)state;
	play_to("LINK snapshot-end");
	assert_non_null(strstr(w.inputs, "LINK up"));
	assert_non_null(strstr(w.inputs, "Event: FullyBooted\r\nUptime: 100"));
	assert_true(strstr(w.inputs, "LINK snapshot-begin") <
		    strstr(w.inputs, "LINK snapshot-end"));
	/* MD5 of the challenge and the secret; the secret itself stays here. */
	assert_non_null(strstr(w.all, "Key: d32b5714dd0e3ae70d4a845d5e524f3f\r\n"));
	assert_null(strstr(w.all, "s3cret"));
	assert_null(strstr(w.inputs, "s3cret"));
	assert_non_null(strstr(w.all, "Filter: !Event: DialState"));
	w.pbx->ops->status(w.pbx, &st);
	assert_true(st.up);
	assert_string_equal("", st.detail);
}

static void a_wrong_secret_is_told_with_its_remedy(void **state)
{
	static const struct answer refuse[] = {
		{ "Challenge",
			"Response: Success\r\nActionID: %s\r\nChallenge: 1\r\n\r\n" },
		{ "Login",
			"Response: Error\r\nActionID: %s\r\nMessage: Authentication failed"
			"\r\n\r\n" },
		{ NULL, NULL },
	};

	(void)state;
	w.answers = refuse;
	play_to("LINK down log-in refused");
	assert_non_null(strstr(detail(), "ami_secret"));
}

static void no_secret_in_clear_without_tls(void **state)
{
	static const struct answer no_md5[] = {
		{ "Challenge", "Response: Error\r\nActionID: %s\r\n\r\n" },
		{ NULL, NULL },
	};

	(void)state;
	w.answers = no_md5;
	play_to("LINK down the PBX offers no MD5 challenge");
	assert_null(strstr(w.all, "Action: Login"));
	assert_non_null(strstr(detail(), "ami_tls"));
}

static void another_service_is_no_manager(void **state)
{
	(void)state;
	w.banner = "SSH-2.0-OpenSSH_9.2\r\n";
	play_to("LINK down not a manager's port");
}

static void a_refused_connection_is_told(void **state)
{
	(void)state;
	(void)cti_fd_watch(w.listener, 0, NULL, NULL);
	(void)close(w.listener);
	w.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	play_to("connection refused");
	assert_non_null(strstr(detail(), "manager.conf"));
}

static void a_plain_port_is_no_tls(void **state)
{
	(void)state;
	w.conf.ami_tls = w.conf.ami_tls_verify = true;
	play_to("LINK down TLS");
}

static void say_without_end(void)
{
	static char big[70 * 1024];

	memset(big, 'a', sizeof(big) - 1);
	say(big);
}

static void a_message_without_end_ends_the_session(void **state)
{
	static const struct step steps[] = { { "LINK snapshot-end", NULL,
						     say_without_end },
		{ "LINK down a message longer than 64 KiB", NULL, NULL },
		{ NULL, NULL, NULL } };

	(void)state;
	play(steps);
}

static void lose_the_stream(void)
{
	w.inputs[0] = '\0';
	(void)shutdown(w.peer, SHUT_RDWR);
}

static void it_comes_back_by_itself(void **state)
{
	static const struct step steps[] = { { "LINK snapshot-end", NULL,
						     lose_the_stream },
		{ "LINK down the PBX closed", NULL, NULL },
		{ "LINK snapshot-end", NULL, NULL }, { NULL, NULL, NULL } };

	(void)state;
	play(steps);
	assert_int_equal(2, w.connections);
}

static void denied_permissions_are_told(void **state)
{
	static const struct answer denied[] = {
		{ "Challenge",
			"Response: Success\r\nActionID: %s\r\nChallenge: 1\r\n\r\n" },
		{ "Login", "Response: Success\r\nActionID: %s\r\n\r\n" },
		{ "Getvar",
			"Response: Error\r\nActionID: %s\r\nMessage: Permission denied"
			"\r\n\r\n" },
		{ "Status",
			"Response: Error\r\nActionID: %s\r\nMessage: Permission denied"
			"\r\n\r\nEvent: Hold\r\nUniqueid: 1\r\n\r\n" },
		{ "", "Response: Success\r\nActionID: %s\r\n\r\n" },
		{ NULL, NULL },
	};

	(void)state;
	w.answers = denied;
	play_to("Event: Hold");
	assert_null(strstr(w.inputs, "LINK snapshot-end"));
	assert_non_null(strstr(detail(), "reporting"));
}

/* ---- inputs --------------------------------------------------------------------------- */

static void fill_the_journal(void)
{
	w.inputs[0] = '\0';
	w.full = 2;
}

static void a_full_journal_loses_nothing_and_keeps_the_order(void **state)
{
	static const struct step steps[] = {
		{ "LINK snapshot-end",
			"Event: Hold\r\nUniqueid: 1\r\n\r\nEvent: Unhold\r\nUniqueid: 1\r\n\r\n"
			"Event: Hangup\r\nUniqueid: 1\r\n\r\n",
			fill_the_journal },
		{ "Event: Hangup", NULL, NULL }, { NULL, NULL, NULL }
	};

	(void)state;
	play(steps);
	assert_int_equal(2, w.refused);
	assert_string_equal(
		"Event: Hold\r\nUniqueid: 1\n--\nEvent: Unhold\r\nUniqueid: 1\n--\n"
		"Event: Hangup\r\nUniqueid: 1\n--\n",
		w.inputs);
}

static void outside_callers_are_asked_about(void **state)
{
	static const struct step steps[] = {
		{ "LINK snapshot-end",
			"Event: Newchannel\r\nChannel: PJSIP/201-2\r\nChannelState: 4\r\n"
			"Uniqueid: 5.2\r\n\r\n"
			"Event: Newchannel\r\nChannel: PJSIP/itsp-1\r\nChannelState: 4\r\n"
			"Uniqueid: 5.1\r\n\r\n",
			NULL },
		{ "ActionID: rb-caller-5.1", NULL, NULL }, { NULL, NULL, NULL }
	};

	(void)state;
	play(steps);
	assert_non_null(
		strstr(w.all, "Channel: PJSIP/itsp-1\r\nVariable: CALLERID(num-pres)"));
	assert_null(strstr(w.all, "rb-caller-5.2"));
}

/* ---- commands ---------------------------------------------------------------------------- */

static int command(
	enum cti_verb verb, const char *id, const char *number, const char *show)
{
	const struct cti_command cmd = { .id = id,
		.verb = verb,
		.line = "201",
		.number = number,
		.show = show,
		.ring_s = 20 };

	return w.pbx->ops->command(w.pbx, &cmd);
}

static void dial_one(void)
{
	assert_int_equal(0, command(CTI_VERB_DIAL, "rq-1", "0312345678", "03-1234-5678"));
}

static void dial_two(void)
{
	assert_int_equal(0, command(CTI_VERB_DIAL, "rq-2", "0312345678", NULL));
}

static void cancel_one(void)
{
	assert_int_equal(0, command(CTI_VERB_CANCEL, "rq-1", "", NULL));
}

static void a_dial_is_told_phase_by_phase(void **state)
{
	static const struct step steps[] = {
		{ "LINK snapshot-end",
			"Event: Newchannel\r\nChannel: PJSIP/201-1\r\nUniqueid: rq-1\r\n"
			"Linkedid: rq-1\r\n\r\n"
			"Event: Newstate\r\nChannelState: 5\r\nUniqueid: rq-1\r\n"
			"Linkedid: rq-1\r\n\r\n"
			"Event: Newstate\r\nChannelState: 6\r\nUniqueid: rq-1\r\n"
			"Linkedid: rq-1\r\n\r\n"
			"Event: DialBegin\r\nUniqueid: rq-1\r\nDestUniqueid: 7\r\n\r\n"
			"Event: Newstate\r\nChannelState: 5\r\nUniqueid: 7\r\n"
			"Linkedid: rq-1\r\n\r\n"
			"Event: DialEnd\r\nUniqueid: rq-1\r\nDestUniqueid: 7\r\n"
			"DialStatus: ANSWER\r\n\r\n",
			dial_one },
		{ "rq-1:5", NULL, NULL }, { "answer-after=0", NULL, NULL },
		{ NULL, NULL, NULL }
	};

	(void)state;
	w.conf.auto_answer = true;
	play(steps);
	assert_string_equal("rq-1:1: rq-1:2: rq-1:3: rq-1:4: rq-1:5: ", w.progress);
	assert_non_null(
		strstr(w.all, "ChannelId: rq-1\r\nChannel: PJSIP/201\r\n"
			      "Context: from-internal\r\nExten: 0312345678\r\n"
			      "Priority: 1\r\nCallerID: \"03-1234-5678\" <201>\r\n"
			      "Timeout: 20000\r\nAsync: true\r\n"));
}

static void a_busy_agent_and_a_busy_customer_differ(void **state)
{
	static const struct step steps[] = {
		{ "LINK snapshot-end",
			"Event: Newchannel\r\nChannel: PJSIP/201-1\r\nUniqueid: rq-1\r\n\r\n"
			"Event: Hangup\r\nUniqueid: rq-1\r\nCause: 17\r\n\r\n",
			dial_one },
		{ "rq-1:6:agent-busy",
			"Event: Newchannel\r\nChannel: PJSIP/201-2\r\nUniqueid: rq-2\r\n\r\n"
			"Event: Newstate\r\nChannelState: 6\r\nUniqueid: rq-2\r\n\r\n"
			"Event: DialBegin\r\nUniqueid: rq-2\r\nDestUniqueid: 7\r\n\r\n"
			"Event: DialEnd\r\nUniqueid: rq-2\r\nDestUniqueid: 7\r\n"
			"DialStatus: BUSY\r\n\r\n"
			"Event: Hangup\r\nUniqueid: rq-2\r\nCause: 17\r\n\r\n",
			dial_two },
		{ "rq-2:6:customer-busy", NULL, NULL }, { NULL, NULL, NULL }
	};

	(void)state;
	play(steps);
}

static void a_cancelled_dial_hangs_up_its_channel(void **state)
{
	static const struct step steps[] = {
		{ "LINK snapshot-end",
			"Event: Newchannel\r\nChannel: PJSIP/201-1\r\nUniqueid: rq-1\r\n\r\n"
			"Event: Newstate\r\nChannelState: 5\r\nUniqueid: rq-1\r\n\r\n",
			dial_one },
		{ "rq-1:1", NULL, cancel_one },
		{ "Action: Hangup\r\nActionID: rb-do-cancel\r\nChannel: rq-1\r\n",
			"Event: Hangup\r\nUniqueid: rq-1\r\nCause: 16\r\n\r\n", NULL },
		{ "rq-1:6:cancelled", NULL, NULL }, { NULL, NULL, NULL }
	};

	(void)state;
	play(steps);
}

static void try_to_inject(void)
{
	assert_int_equal(
		EINVAL, command(CTI_VERB_DIAL, "rq-1", "1\r\nApplication: System", NULL));
	assert_int_equal(
		EINVAL, command(CTI_VERB_DIAL, "rq-2", "1", "x\r\nVariable: A=1"));
	assert_int_equal(0, command(CTI_VERB_DIAL, "rq-3", "1", "a\" <666> \"b"));
}

static void no_header_comes_in_through_a_number_or_a_name(void **state)
{
	static const struct step steps[] = { { "LINK snapshot-end", NULL, try_to_inject },
		{ "CallerID: \"a 666 b\" <201>", NULL, NULL }, { NULL, NULL, NULL } };

	(void)state;
	play(steps);
	assert_null(strstr(w.all, "System"));
	assert_null(strstr(w.all, "A=1"));
}

static void dial_and_lose(void)
{
	dial_one();
	lose_the_stream();
}

static void dial_while_away(void)
{
	assert_int_equal(ENOTCONN, command(CTI_VERB_DIAL, "rq-2", "1", NULL));
}

static void a_lost_stream_fails_what_was_asked(void **state)
{
	static const struct step steps[] = { { "LINK snapshot-end", NULL, dial_and_lose },
		{ "rq-1:6:pbx-unreachable", NULL, dial_while_away },
		{ NULL, NULL, NULL } };

	(void)state;
	play(steps);
}

static void ask_too_much(void)
{
	assert_int_equal(ENOTSUP, command(CTI_VERB_HOLD, "rq-1", "", NULL));
	assert_int_equal(ENOTSUP, command(CTI_VERB_ANSWER, "rq-2", "", NULL));
	assert_int_equal(ENOENT, command(CTI_VERB_HANGUP, "rq-3", "", NULL));
	assert_int_equal(CTI_PBX_CAN_DIAL | CTI_PBX_CAN_HANGUP | CTI_PBX_CAN_TRANSFER,
		w.pbx->ops->caps(w.pbx));
}

static void what_a_manager_cannot_do_is_not_promised(void **state)
{
	static const struct step steps[] = { { "LINK snapshot-end", NULL, ask_too_much },
		{ NULL, NULL, NULL } };

	(void)state;
	play(steps);
}

static void on_closed(void *arg)
{
	(void)arg;
	w.closed = true;
	seen();
}

static void stop(void)
{
	w.pbx->ops->stop(w.pbx, on_closed, NULL);
}

static void stopping_says_goodbye(void **state)
{
	static const struct step steps[] = { { "LINK snapshot-end", NULL, stop },
		{ "Action: Logoff", NULL, NULL }, { "closed", NULL, NULL },
		{ NULL, NULL, NULL } };

	(void)state;
	play(steps);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_session_logs_in_and_takes_a_snapshot),
		T(a_wrong_secret_is_told_with_its_remedy),
		T(no_secret_in_clear_without_tls),
		T(another_service_is_no_manager),
		T(a_refused_connection_is_told),
		T(a_plain_port_is_no_tls),
		T(a_message_without_end_ends_the_session),
		T(it_comes_back_by_itself),
		T(denied_permissions_are_told),
		T(a_full_journal_loses_nothing_and_keeps_the_order),
		T(outside_callers_are_asked_about),
		T(a_dial_is_told_phase_by_phase),
		T(a_busy_agent_and_a_busy_customer_differ),
		T(a_cancelled_dial_hangs_up_its_channel),
		T(no_header_comes_in_through_a_number_or_a_name),
		T(a_lost_stream_fails_what_was_asked),
		T(what_a_manager_cannot_do_is_not_promised),
		T(stopping_says_goodbye),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
