/*
 * Kamailio, and RFC 4235 as it is written: each way in which its documents lie, and the
 * rule that sees through it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "documents.h"

static void dialog(struct world *w, int ms, const char *line, const char *call_id,
	bool initiator, enum cti_dialog_state state, const char *local, const char *who)
{
	const struct cti_dialog g = { .id = call_id,
		.call_id = call_id,
		.state = state,
		.direction = initiator ? CTI_DIALOG_INITIATOR : CTI_DIALOG_RECIPIENT,
		.local = { .user = local, .host = "pbx" },
		.remote = { .user = who, .host = "pbx" } };

	report(w, ms, line, &g, 1);
}

static void kamailio_call_ids_join_the_lines(void **state)
{
	struct world *w = *state;

	none(w);
	dialog(w, 100, "201", "aa1@ua", true, CTI_DIALOG_TRYING, "201", "202");
	dialog(w, 160, "202", "aa1@ua", false, EARLY, "202", "201");
	dialog(w, 1000, "202", "aa1@ua", false, CONF, "202", "201");
	dialog(w, 1001, "201", "aa1@ua", true, CONF, "201", "202");
	dialog(w, 2000, "201", "aa1@ua", true, TERM, "201", "202");
	dialog(w, 2001, "202", "aa1@ua", false, TERM, "202", "201");
	assert_string_equal(
		"internal 201: 201 caller t1000-2000 called, 202 callee r160 t1000-2001 "
		"answered, | 2000 answered\n",
		settled(w));
}

static void kamailio_all_members_claim_the_answer(void **state)
{
	struct world *w = *state;

	none(w);
	for (size_t i = 0; i < 3; i++)
		dialog(w, 100, lines[i], "bb1@ua", false, EARLY, "0355501235",
			"0312345678");
	for (size_t i = 0; i < 3; i++)
		dialog(w, 1000, lines[i], "bb1@ua", false, CONF, "0355501235",
			"0312345678");
	for (size_t i = 0; i < 3; i++)
		dialog(w, 2000, lines[i], "bb1@ua", false, TERM, "0355501235",
			"0312345678");
	assert_string_equal(
		"inbound 0312345678: 201 callee r100 none, 202 callee r100 none, 203 "
		"callee r100 none, | 2000 answered\n",
		settled(w));
}

static void kamailio_early_can_come_before_trying(void **state)
{
	struct world *w = *state;

	none(w);
	dialog(w, 100, "201", "cc1@ua", true, EARLY, "201", "0312345678");
	dialog(w, 101, "201", "cc1@ua", true, CTI_DIALOG_TRYING, "201", "0312345678");
	dialog(w, 1000, "201", "cc1@ua", true, CONF, "201", "0312345678");
	dialog(w, 1500, "201", "cc1@ua", true, CONF, "201", "0312345678"); /* re-INVITE */
	dialog(w, 2000, "201", "cc1@ua", true, TERM, "201", "0312345678");
	assert_string_equal(
		"outbound 0312345678: 201 caller t1000-2000 called, | 2000 answered\n",
		settled(w));
}

static void kamailio_ended_dialogs_linger_and_are_no_calls(void **state)
{
	struct world *w = *state;

	dialog(w, 100, "201", "old1@ua", true, TERM, "201", "202");
	dialog(w, 110, "202", "old1@ua", false, TERM, "202", "201");
	assert_string_equal("", settled(w));
}

static void kamailio_busy_at_once_is_one_document(void **state)
{
	struct world *w = *state;

	none(w);
	dialog(w, 100, "201", "dd1@ua", true, CTI_DIALOG_TRYING, "201", "202");
	dialog(w, 103, "202", "dd1@ua", false, TERM, "202", "201");
	dialog(w, 104, "201", "dd1@ua", true, TERM, "201", "202");
	assert_string_equal(
		"internal 201: 201 caller called, 202 callee none, | 104 none\n",
		settled(w));
}

/* RFC 4235 as written: trying, then the refusal. There was a call, and nobody rang. */
static void a_refusal_without_a_ring_is_a_call(void **state)
{
	struct world *w = *state;

	none(w);
	dialog(w, 100, "201", "jj1@ua", false, CTI_DIALOG_TRYING, "0355501234",
		"0312345678");
	dialog(w, 150, "201", "jj1@ua", false, TERM, "0355501234", "0312345678");
	assert_non_null(strstr(settled(w), "inbound 0312345678: 201 callee"));
	assert_non_null(strstr(w->out, "| 150 "));
	assert_string_equal("", w->pops);
}

static void two_dialogs(struct world *w, int ms, enum cti_dialog_state first,
	enum cti_dialog_state second, const char *number)
{
	const struct cti_dialog g[] = {
		{ .id = "ee1@cti",
			.call_id = "ee1@cti",
			.state = first,
			.direction = CTI_DIALOG_RECIPIENT,
			.local = { .user = "201", .host = "pbx" },
			.remote = { .user = "cti", .host = "pbx" } },
		{ .id = "ee2@ua",
			.call_id = "ee2@ua",
			.state = second,
			.direction = CTI_DIALOG_INITIATOR,
			.local = { .user = "201", .host = "pbx" },
			.remote = { .user = number, .host = "pbx" } },
	};

	report(w, ms, "201", g, 2);
}

static void kamailio_the_phone_itself_calls_what_we_dialled(void **state)
{
	struct world *w = *state;

	none(w);
	cti_dialogs_dialled(w->d, AT(50), "201", "0312345678");
	dialog(w, 100, "201", "ee1@cti", false, EARLY, "201", "cti");
	dialog(w, 500, "201", "ee1@cti", false, CONF, "201", "cti");
	two_dialogs(w, 520, CONF, CTI_DIALOG_TRYING, "0312345678");
	two_dialogs(w, 800, CONF, CONF, "0312345678");
	two_dialogs(w, 820, TERM, CONF, "0312345678");
	two_dialogs(w, 3000, TERM, TERM, "0312345678");
	assert_string_equal("outbound 0312345678: 201 caller r100 t800-3000 called, "
			    "| 3000 answered\n",
		settled(w));
	assert_string_equal("", w->pops);
}

static void kamailio_another_number_is_another_call(void **state)
{
	struct world *w = *state;

	none(w);
	cti_dialogs_dialled(w->d, AT(50), "201", "0312345678");
	dialog(w, 100, "201", "ee1@cti", false, EARLY, "201", "cti");
	dialog(w, 500, "201", "ee1@cti", false, CONF, "201", "cti");
	two_dialogs(w, 520, CONF, CTI_DIALOG_TRYING, "0666666666");
	two_dialogs(w, 800, TERM, CONF, "0666666666");
	two_dialogs(w, 3000, TERM, TERM, "0666666666");
	assert_string_equal("outbound 0312345678: 201 caller r100 called, | 800 none\n"
			    "outbound 0666666666: 201 caller t800-3000 called, "
			    "| 3000 answered\n",
		settled(w));
}

/* force_single_dialog shows the most telling dialog alone. */
static void kamailio_a_dialog_left_out_may_live_on(void **state)
{
	struct world *w = *state;

	none(w);
	dialog(w, 100, "202", "ee1@ua", true, CTI_DIALOG_TRYING, "202", "201");
	dialog(w, 110, "201", "ee1@ua", false, EARLY, "201", "202");
	dialog(w, 500, "201", "ee1@ua", false, CONF, "201", "202");
	dialog(w, 501, "202", "ee1@ua", true, CONF, "202", "201");
	dialog(w, 1000, "201", "ff1@ua", false, EARLY, "0355501234", "0312345678");
	dialog(w, 2000, "202", "ee1@ua", true, TERM, "202", "201");
	dialog(w, 3000, "201", "ff1@ua", false, CONF, "0355501234", "0312345678");
	dialog(w, 4000, "201", "ff1@ua", false, TERM, "0355501234", "0312345678");
	assert_non_null(strstr(
		settled(w), "201 callee r110 t500-2000 answered, | 2000 answered"));
	assert_non_null(
		strstr(w->out, "0312345678: 201 callee r1000 t3000-4000 answered"));
}

/* Who writes partial documents lists in a full one all there is. */
static void what_a_full_list_leaves_out_is_over(void **state)
{
	struct world *w = *state;

	none(w);
	w->partial = true;
	dialog(w, 100, "201", "hh1@ua", false, EARLY, "0355501234", "0312345678");
	dialog(w, 500, "201", "hh1@ua", false, CONF, "0355501234", "0312345678");
	w->partial = false;
	dialog(w, 9000, "201", "hh2@ua", false, EARLY, "0355501234", "0399998888");
	assert_non_null(strstr(settled(w), "0312345678: 201 callee r100 t500-9000"));
}

static void a_partial_document_after_a_single_list_asks_for_all(void **state)
{
	struct world *w = *state;

	none(w);
	dialog(w, 100, "201", "ii1@ua", false, CONF, "0355501234", "0312345678");
	dialog(w, 9000, "201", "ii2@ua", false, EARLY, "0355501234", "0399998888");
	assert_string_equal("", w->wanted);
	w->partial = true;
	dialog(w, 9500, "201", "ii2@ua", false, TERM, "0355501234", "0399998888");
	assert_string_equal("201", w->wanted);
}

static void an_empty_document_after_a_restart_ends_nobody_knows_when(void **state)
{
	struct world *w = *state;

	none(w);
	dialog(w, 100, "201", "gg1@ua", false, EARLY, "0355501234", "0312345678");
	dialog(w, 500, "201", "gg1@ua", false, CONF, "0355501234", "0312345678");
	report(w, 9000, "201", NULL, 0);
	assert_non_null(strstr(settled(w), "| -1 answered"));
}

/* ---- the link was away ---------------------------------------------------------- */

static void link_down(struct world *w, int ms)
{
	const struct cti_report_link down = {
		.at_us = AT(ms), .source = CTI_PROV_DIALOG, .what = CTI_LINK_DOWN
	};

	cti_dialogs_link(w->d, &down);
}

static void no_dialogs(struct world *w, int ms, const char *first, const char *last)
{
	for (char line[] = { first[0], first[1], first[2], '\0' }; line[2] <= last[2];
		line[2]++)
		report(w, ms, line, NULL, 0);
}

/* The INVITE was on its way to 202 when the link was lost. */
static void after_a_gap_a_call_waits_for_the_legs_that_are_yet_to_be_heard_of(
	void **state)
{
	struct world *w = *state;

	none(w);
	dialog(w, 100, "201", "ga1@ua", true, CTI_DIALOG_TRYING, "201", "202");
	dialog(w, 101, "202", "ga1@ua", false, CTI_DIALOG_TRYING, "202", "201");
	link_down(w, 200);
	no_dialogs(w, 3000, "201", "201");
	no_dialogs(w, 8000, "202", "206");
	assert_string_equal(
		"internal 201: 201 caller called, 202 callee none, | -1 none\n",
		settled(w));
}

/* 203 has no phone and is never heard of. */
static void a_call_that_ended_in_a_gap_is_no_ghost_for_longer_than_a_minute(void **state)
{
	const struct cti_report_link link = {
		.at_us = AT(3000), .source = CTI_PROV_DIALOG, .what = CTI_LINK_UP
	};
	struct world *w = *state;

	none(w);
	dialog(w, 100, "201", "gg1@ua", true, EARLY, "201", "202");
	dialog(w, 101, "202", "gg1@ua", false, EARLY, "202", "201");
	dialog(w, 900, "202", "gg1@ua", false, CONF, "202", "201");
	dialog(w, 901, "201", "gg1@ua", true, CONF, "201", "202");
	link_down(w, 2000);
	cti_dialogs_link(w->d, &link);
	no_dialogs(w, 5000, "201", "202");
	no_dialogs(w, 5001, "204", "206");
	cti_dialogs_tick(w->d, AT(63000));
	cti_model_settle(w->m);
	assert_non_null(strstr(w->out, "| -1 answered\n"));
}

/* 202 is thought to talk on, since it has not been heard of; it called 203 since. */
static void no_transfer_is_concluded_from_a_gap(void **state)
{
	struct world *w = *state;

	none(w);
	dialog(w, 100, "201", "gb1@ua", true, CTI_DIALOG_TRYING, "201", "202");
	dialog(w, 160, "202", "gb1@ua", false, EARLY, "202", "201");
	dialog(w, 900, "202", "gb1@ua", false, CONF, "202", "201");
	dialog(w, 901, "201", "gb1@ua", true, CONF, "201", "202");
	link_down(w, 2000);
	no_dialogs(w, 5000, "203", "206");
	no_dialogs(w, 5001, "201", "201");
	dialog(w, 5050, "203", "gb2@ua", false, EARLY, "203", "202");
	dialog(w, 6000, "203", "gb2@ua", false, CONF, "203", "202");
	dialog(w, 7000, "202", "gb2@ua", true, CONF, "202", "203");
	dialog(w, 8000, "202", "gb2@ua", true, TERM, "202", "203");
	dialog(w, 8001, "203", "gb2@ua", false, TERM, "203", "202");
	(void)settled(w);
	assert_non_null(
		strstr(w->out, "internal 201: 201 caller t900--1 called, 202 callee "
			       "r160 t900--1 answered, | -1 answered\n"));
	assert_non_null(strstr(w->out, "internal 202:"));
	assert_null(strstr(w->out, "blind"));
}

/* 201 dialled 202 before the gap and has not been heard of since. */
static void what_a_line_dialled_before_a_gap_says_nothing_of_a_ring_behind_it(
	void **state)
{
	struct world *w = *state;

	none(w);
	dialog(w, 100, "201", "gc1@ua", true, CTI_DIALOG_TRYING, "201", "202");
	dialog(w, 160, "202", "gc1@ua", false, EARLY, "202", "201");
	link_down(w, 500);
	dialog(w, 5000, "203", "gc2@ua", false, EARLY, "203", "201");
	dialog(w, 5100, "201", "gc2@ua", true, EARLY, "201", "203");
	no_dialogs(w, 5200, "202", "202");
	no_dialogs(w, 5200, "204", "206");
	dialog(w, 6000, "201", "gc2@ua", true, TERM, "201", "203");
	dialog(w, 6001, "203", "gc2@ua", false, TERM, "203", "201");
	assert_string_equal(
		"internal 201: 201 caller called, 202 callee r160 none, | -1 none\n"
		"internal 201: 201 caller called, 203 callee none, | 6000 none\n",
		settled(w));
}

/* Others of the group are yet to be heard of: one of them may have answered. */
static void rings_that_stop_in_a_gap_were_not_missed_for_certain(void **state)
{
	struct world *w = *state;

	none(w);
	link_down(w, 500);
	for (size_t i = 0; i < 2; i++)
		dialog(w, 5000, lines[i], "gd1@ua", false, EARLY, "0355501235",
			"0312345678");
	for (size_t i = 0; i < 2; i++)
		dialog(w, 6000, lines[i], "gd1@ua", false, TERM, "0355501235",
			"0312345678");
	assert_string_equal(
		"inbound 0312345678: 201 callee none, 202 callee none, | 6000 "
		"none\n",
		settled(w));
}

/* Caller and called have one Call-ID here, so another Call-ID is another call. */
static void where_calls_have_one_call_id_another_one_is_another_call(void **state)
{
	struct world *w = *state;

	none(w);
	dialog(w, 100, "201", "ge1@ua", true, CTI_DIALOG_TRYING, "201", "202");
	dialog(w, 160, "202", "ge1@ua", false, EARLY, "202", "201");
	/* Its end is not told, nor the beginning of the next. */
	dialog(w, 3000, "203", "ge2@ua", false, EARLY, "203", "201");
	dialog(w, 4000, "203", "ge2@ua", false, TERM, "203", "201");
	no_dialogs(w, 5000, "201", "202");
	(void)settled(w);
	assert_non_null(strstr(w->out, "203 callee"));
	assert_null(strstr(w->out, "202 callee r160 none, 203"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		W(kamailio_call_ids_join_the_lines),
		W(kamailio_all_members_claim_the_answer),
		W(kamailio_early_can_come_before_trying),
		W(kamailio_ended_dialogs_linger_and_are_no_calls),
		W(kamailio_busy_at_once_is_one_document),
		W(kamailio_the_phone_itself_calls_what_we_dialled),
		W(kamailio_another_number_is_another_call),
		W(kamailio_a_dialog_left_out_may_live_on),
		W(a_refusal_without_a_ring_is_a_call),
		W(what_a_full_list_leaves_out_is_over),
		W(a_partial_document_after_a_single_list_asks_for_all),
		W(an_empty_document_after_a_restart_ends_nobody_knows_when),
		W(after_a_gap_a_call_waits_for_the_legs_that_are_yet_to_be_heard_of),
		W(a_call_that_ended_in_a_gap_is_no_ghost_for_longer_than_a_minute),
		W(no_transfer_is_concluded_from_a_gap),
		W(what_a_line_dialled_before_a_gap_says_nothing_of_a_ring_behind_it),
		W(rings_that_stop_in_a_gap_were_not_missed_for_certain),
		W(where_calls_have_one_call_id_another_one_is_another_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
