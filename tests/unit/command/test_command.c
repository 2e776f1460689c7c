/*
 * test_command.c -- one final answer for each request, whatever connector and clock do.
 */
#include "command.h"

#include <cti/clock.h>
#include <cti/loop.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SEEN = 4096 };

static struct cti_commands *commands;

/* What went out of it. */
static struct {
	struct {
		char id[65], state[16], why[32], phase[32];
	} answers[SEEN];
	size_t nanswers;
	char sent_id[64], sent_number[64], sent_line[16];
	enum cti_verb sent_verb;
	unsigned sent, recorded, audited;
	int send_result, record_result;
	bool inside; /* of cti_commands_request() */
	bool progress_from_send;
} seen;

static void copy(char *to, size_t size, const char *from)
{
	(void)snprintf(to, size, "%s", from ? from : "");
}

static int on_send(const struct cti_command *cmd, void *arg)
{
	(void)arg;
	seen.sent++;
	seen.sent_verb = cmd->verb;
	copy(seen.sent_id, sizeof(seen.sent_id), cmd->id);
	copy(seen.sent_number, sizeof(seen.sent_number), cmd->number);
	copy(seen.sent_line, sizeof(seen.sent_line), cmd->line);
	if (seen.progress_from_send)
		cti_commands_progress(commands,
			&(struct cti_progress){ .id = cmd->id, .phase = CTI_PHASE_DONE });
	return seen.send_result;
}

static int on_record(const char *request, const char *line, const char *number, void *arg)
{
	(void)arg;
	(void)line;
	(void)number;
	assert_true(strlen(request) <= 36);
	assert_int_equal(0, seen.sent); /* before it is sent */
	seen.recorded++;
	return seen.record_result;
}

static void on_answer(const struct cti_command_answer *a, void *arg)
{
	const size_t i = seen.nanswers++;

	(void)arg;
	assert_false(seen.inside);
	assert_true(i < SEEN);
	copy(seen.answers[i].id, sizeof(seen.answers[i].id), a->id);
	copy(seen.answers[i].state, sizeof(seen.answers[i].state), a->state);
	copy(seen.answers[i].why, sizeof(seen.answers[i].why), a->why);
	copy(seen.answers[i].phase, sizeof(seen.answers[i].phase), a->phase);
}

static const struct cti_number_plan *on_plan(const char *line, void *arg)
{
	static const struct cti_number_plan plan = { .country = "JP", .area_code = "3" };

	(void)arg;
	return line[0] == '2' ? &plan : NULL;
}

static void on_audit(const char *json, void *arg)
{
	(void)arg;
	assert_int_equal('{', json[0]);
	seen.audited++;
}

static int setup(void **state)
{
	static const struct cti_command_ops ops = { on_send, on_record, on_answer,
		on_plan, on_audit, NULL };
	static const struct cti_command_policy policy = {
		.dials_per_minute = 5,
		.allow = { 0xff, 0xff, 0xff },
		.confirm = 1 << CTI_NUMBER_INTERNATIONAL,
		.timeout_s = 1,
	};

	(void)state;
	memset(&seen, 0, sizeof(seen));
	return cti_loop_init(1024) || cti_commands_alloc(&commands, &ops, &policy);
}

static int teardown(void **state)
{
	(void)state;
	cti_commands_free(commands);
	cti_loop_fini();
	return 0;
}

static void stop(void *arg)
{
	(void)arg;
	cti_loop_stop();
}

/* Lets what is due within ms run. */
static void run_for(uint64_t ms)
{
	struct cti_timer end = { 0 };

	assert_int_equal(0, cti_timer_start(&end, ms, stop, NULL));
	assert_int_equal(0, cti_loop_run());
}

static const char *const own_lines[] = { "201", "202" };

static struct cti_command_request dial(const char *id, const char *number)
{
	return (struct cti_command_request){
		.user_id = "user",
		.lines = own_lines,
		.nlines = 2,
		.id = id,
		.verb = CTI_VERB_DIAL,
		.number = number,
	};
}

static void request(const struct cti_command_request *req)
{
	seen.inside = true;
	cti_commands_request(commands, req);
	seen.inside = false;
}

static void progress(enum cti_phase phase, const char *why)
{
	char id[64];

	copy(id, sizeof(id), seen.sent_id);
	cti_commands_progress(
		commands, &(struct cti_progress){ .id = id, .phase = phase, .why = why });
}

static void a_dial_is_recorded_sent_and_answered(void **state)
{
	const struct cti_command_request req = dial("a.1", "03-1234-5678");

	(void)state;
	request(&req);
	assert_int_equal(1, seen.recorded);
	assert_int_equal(1, seen.sent);
	assert_string_equal("0312345678", seen.sent_number);
	assert_string_equal("201", seen.sent_line);
	progress(CTI_PHASE_AGENT_RINGING, NULL);
	progress(CTI_PHASE_CONNECTED, NULL);
	progress(CTI_PHASE_DONE, NULL);
	progress(CTI_PHASE_FAILED, "congestion"); /* too late */
	run_for(1);
	assert_int_equal(3, seen.nanswers);
	assert_string_equal("agent-ringing", seen.answers[0].phase);
	assert_string_equal("connected", seen.answers[1].phase);
	assert_string_equal("done", seen.answers[2].state);
	assert_string_equal("a.1", seen.answers[2].id);
	assert_int_equal(2, seen.audited);
}

static void the_same_id_dials_once_and_is_told_again(void **state)
{
	const struct cti_command_request req = dial("a.1", "0312345678");

	(void)state;
	request(&req);
	progress(CTI_PHASE_FAILED, "customer-busy");
	run_for(1);
	request(&req);
	run_for(1);
	assert_int_equal(1, seen.sent);
	assert_int_equal(2, seen.nanswers);
	for (int i = 0; i < 2; i++) {
		assert_string_equal("failed", seen.answers[i].state);
		assert_string_equal("customer-busy", seen.answers[i].why);
	}
}

static void the_same_id_of_another_user_is_another_request(void **state)
{
	struct cti_command_request req = dial("a.1", "0312345678");

	(void)state;
	request(&req);
	seen.sent = 0;
	req.user_id = "other";
	request(&req);
	assert_int_equal(1, seen.sent);
}

static void another_persons_line_is_refused(void **state)
{
	struct cti_command_request req = dial("a.1", "0312345678");

	(void)state;
	req.line = "203";
	request(&req);
	req.id = "a.2";
	req.line = NULL;
	req.nlines = 0;
	request(&req);
	run_for(1);
	assert_int_equal(0, seen.sent);
	assert_int_equal(2, seen.nanswers);
	assert_string_equal("refused", seen.answers[0].state);
	assert_string_equal("line-not-yours", seen.answers[0].why);
	assert_string_equal("line-not-yours", seen.answers[1].why);
}

static void what_needs_a_yes_is_asked_about_first(void **state)
{
	struct cti_command_request req = dial("a.1", "+442079460958");

	(void)state;
	request(&req);
	run_for(1);
	assert_int_equal(0, seen.sent);
	assert_string_equal("confirm", seen.answers[0].state);
	req.confirmed = true;
	request(&req);
	assert_int_equal(1, seen.sent);
}

/* A thousand clicks in a second: five dial, each of the others is told. */
static void the_rate_is_exact(void **state)
{
	unsigned refused = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		char id[16];
		struct cti_command_request req;

		(void)snprintf(id, sizeof(id), "a.%d", i);
		req = dial(id, "0312345678");
		seen.sent = 0;
		request(&req);
		run_for(0);
		assert_int_equal(i < 5, seen.sent);
	}
	for (size_t i = 0; i < seen.nanswers; i++)
		refused += strcmp(seen.answers[i].why, "too-many-dials") == 0;
	assert_int_equal(995, refused);
}

static void the_rate_is_each_users_own_and_comes_back(void **state)
{
	struct cti_command_request req = dial("x", "0312345678");
	const int64_t now_us = cti_mono_us();

	(void)state;
	for (int i = 0; i < 6; i++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "a.%d", i);
		req.id = id;
		seen.sent = 0;
		request(&req);
	}
	assert_int_equal(0, seen.sent);
	req.user_id = "other";
	req.id = "b";
	request(&req);
	assert_int_equal(1, seen.sent);
	cti_clock_set_fake(now_us + 61000000);
	seen.sent = 0;
	req.user_id = "user";
	req.id = "c";
	request(&req);
	assert_int_equal(1, seen.sent);
	cti_clock_set_fake(0);
}

static void a_silent_connector_is_a_time_out(void **state)
{
	const struct cti_command_request req = dial("a.1", "0312345678");

	(void)state;
	request(&req);
	run_for(1100);
	assert_int_equal(1, seen.nanswers);
	assert_string_equal("failed", seen.answers[0].state);
	assert_string_equal("timeout", seen.answers[0].why);
	assert_int_equal(CTI_VERB_CANCEL, seen.sent_verb);
	progress(CTI_PHASE_DONE, NULL);
	run_for(1);
	assert_int_equal(1, seen.nanswers);
}

static void a_connector_that_cannot_says_why(void **state)
{
	static const struct {
		int err;
		const char *why;
	} rows[] = { { ENOTSUP, "not-supported" }, { ENOTCONN, "pbx-unreachable" },
		{ EBUSY, "agent-busy" }, { ENOENT, "line-not-yours" },
		{ EIO, "refused" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char id[16];
		struct cti_command_request req;

		(void)snprintf(id, sizeof(id), "a.%zu", i);
		req = dial(id, "0312345678");
		seen.sent = 0;
		seen.send_result = rows[i].err;
		request(&req);
		run_for(1);
		assert_int_equal(i + 1, seen.nanswers);
		assert_string_equal("failed", seen.answers[i].state);
		assert_string_equal(rows[i].why, seen.answers[i].why);
	}
}

static void nothing_is_sent_that_is_not_in_the_journal(void **state)
{
	const struct cti_command_request req = dial("a.1", "0312345678");

	(void)state;
	seen.record_result = ENOSPC;
	request(&req);
	run_for(1);
	assert_int_equal(0, seen.sent);
	assert_string_equal("failed", seen.answers[0].state);
}

static void an_answer_from_inside_the_call_waits(void **state)
{
	const struct cti_command_request req = dial("a.1", "0312345678");

	(void)state;
	seen.progress_from_send = true;
	request(&req);
	assert_int_equal(0, seen.nanswers);
	run_for(1);
	assert_int_equal(1, seen.nanswers);
	assert_string_equal("done", seen.answers[0].state);
}

static void a_dial_is_cancelled_by_its_id(void **state)
{
	const struct cti_command_request req = dial("a.1", "0312345678");
	struct cti_command_request cancel = dial("a.2", NULL);
	char dial_id[64];

	(void)state;
	request(&req);
	copy(dial_id, sizeof(dial_id), seen.sent_id);
	cancel.verb = CTI_VERB_CANCEL;
	cancel.command = "a.1";
	request(&cancel);
	assert_int_equal(CTI_VERB_CANCEL, seen.sent_verb);
	assert_string_equal(dial_id, seen.sent_id);
	progress(CTI_PHASE_FAILED, "cancelled");
	run_for(1);
	assert_int_equal(2, seen.nanswers);

	cancel.id = "a.3"; /* it is over; and there never was this one */
	request(&cancel);
	cancel.id = "a.4";
	cancel.command = "none";
	request(&cancel);
	run_for(1);
	assert_string_equal("not-found", seen.answers[2].why);
	assert_string_equal("not-found", seen.answers[3].why);
}

static void many_phases_leave_room_for_the_end(void **state)
{
	const struct cti_command_request req = dial("a.1", "0312345678");

	(void)state;
	request(&req);
	for (int i = 0; i < 50; i++)
		progress(CTI_PHASE_CUSTOMER_RINGING, NULL);
	progress(CTI_PHASE_FAILED, "no such word");
	run_for(1);
	assert_true(seen.nanswers <= 8);
	assert_string_equal("failed", seen.answers[seen.nanswers - 1].state);
	assert_string_equal("refused", seen.answers[seen.nanswers - 1].why);
}

static void declined_names_who_declined(void **state)
{
	const struct cti_command_request first = dial("a.1", "0312345678");
	const struct cti_command_request second = dial("a.2", "0312345678");

	(void)state;
	request(&first);
	progress(CTI_PHASE_FAILED, "declined");
	seen.sent = 0;
	request(&second);
	progress(CTI_PHASE_AGENT_ANSWERED, NULL);
	progress(CTI_PHASE_FAILED, "declined");
	run_for(1);
	assert_string_equal("agent-declined", seen.answers[0].why);
	assert_string_equal("customer-declined", seen.answers[2].why);
}

static void malformed_requests_do_nothing(void **state)
{
	struct cti_command_request req = dial("", "0312345678");
	char long_id[100];

	(void)state;
	request(&req);
	req.id = NULL;
	request(&req);
	memset(long_id, 'a', sizeof(long_id) - 1);
	long_id[sizeof(long_id) - 1] = '\0';
	req.id = long_id;
	request(&req);
	req.id = "a";
	req.verb = (enum cti_verb)99;
	request(&req);
	run_for(1);
	assert_int_equal(0, seen.nanswers);
	assert_int_equal(0, seen.sent);
}

static void other_verbs_need_their_conversation(void **state)
{
	struct cti_command_request req = dial("a.1", NULL);

	(void)state;
	req.verb = CTI_VERB_HOLD;
	request(&req);
	run_for(1);
	assert_string_equal("refused", seen.answers[0].state);
	req.id = "a.2";
	req.conversation = "c";
	request(&req);
	assert_int_equal(1, seen.sent);
	assert_int_equal(0, seen.recorded);
	req.id = "a.3";
	req.verb = CTI_VERB_TRANSFER;
	req.number = "110";
	request(&req);
	run_for(1);
	assert_string_equal("emergency-number", seen.answers[1].why);
}

int main(void)
{
#define COMMAND_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		COMMAND_TEST(a_dial_is_recorded_sent_and_answered),
		COMMAND_TEST(the_same_id_dials_once_and_is_told_again),
		COMMAND_TEST(the_same_id_of_another_user_is_another_request),
		COMMAND_TEST(another_persons_line_is_refused),
		COMMAND_TEST(what_needs_a_yes_is_asked_about_first),
		COMMAND_TEST(the_rate_is_exact),
		COMMAND_TEST(the_rate_is_each_users_own_and_comes_back),
		COMMAND_TEST(a_silent_connector_is_a_time_out),
		COMMAND_TEST(a_connector_that_cannot_says_why),
		COMMAND_TEST(nothing_is_sent_that_is_not_in_the_journal),
		COMMAND_TEST(an_answer_from_inside_the_call_waits),
		COMMAND_TEST(a_dial_is_cancelled_by_its_id),
		COMMAND_TEST(many_phases_leave_room_for_the_end),
		COMMAND_TEST(declined_names_who_declined),
		COMMAND_TEST(malformed_requests_do_nothing),
		COMMAND_TEST(other_verbs_need_their_conversation),
	};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
