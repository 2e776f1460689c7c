/*
 * Asterisk: each way in which a device state lies about calls, and the rule that sees
 * through it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "documents.h"

static void asterisk_names_the_caller_only_while_it_rings(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	USE(200, "201");
	IDLE(300, "201");
	assert_string_equal(
		"inbound 0312345678: 201 callee r100 t200-300 answered, | 300 answered\n",
		settled(w));
	assert_string_equal("201:ring ", w->pops);
}

static void asterisk_marks_the_party_that_is_held(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "202", "201");
	USE(101, "201");
	USE(500, "202");
	HELD(1000, "201"); /* 202 pressed hold */
	USE(2000, "201");
	IDLE(3000, "202");
	IDLE(3001, "201");
	assert_string_equal(
		"internal 201: 202 callee r100 t500-3000 h1000-2000 answered, "
		"201 caller t500-3001 called, | 3000 answered\n",
		settled(w));
}

static void asterisk_being_held_by_an_outside_party_is_nobody_s_hold(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	USE(200, "201");
	HELD(1000, "201");
	USE(2000, "201");
	IDLE(3000, "201");
	assert_null(strchr(settled(w), 'h'));
}

static void asterisk_confirmed_may_be_no_answer(void **state)
{
	struct world *w = *state;

	all_idle(w);
	USE(100, "201"); /* calls somewhere, or hears an announcement */
	IDLE(3000, "201");
	assert_string_equal("unknown 201: 201 caller called, | 3000 none\n", settled(w));
}

static void asterisk_second_call_that_stops_with_its_caller_was_not_answered(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "205", "203");
	USE(101, "203");
	USE(500, "205");
	RING(1000, "205", "204");
	USE(1001, "204");
	USE(2000, "205"); /* the ring stopped: answered or not? */
	IDLE(2010, "204");
	IDLE(3000, "205");
	IDLE(3001, "203");
	assert_non_null(strstr(
		settled(w), "internal 204: 205 callee r1000 none, 204 caller called,"));
	assert_non_null(strstr(w->out, "t500-3000 answered"));
}

static void asterisk_second_call_whose_caller_stays_was_answered(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "205", "203");
	USE(101, "203");
	USE(500, "205");
	RING(1000, "205", "204");
	USE(1001, "204");
	USE(2000, "205");
	IDLE(4000, "204");
	assert_non_null(strstr(settled(w), "205 callee r1000 t2000-4000 answered"));
}

/* Capture swap. */
static void asterisk_second_call_from_outside_that_stops_ends_nobody_knows_when(
	void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	USE(500, "201");
	RING(2000, "201", "0699998888");
	USE(2700, "201");
	IDLE(5600, "201");
	assert_string_equal("inbound 0699998888: 201 callee r2000 none, | -1 none\n"
			    "inbound 0312345678: 201 callee r100 t500-5600 answered, "
			    "| 5600 answered\n",
		settled(w));
}

static void asterisk_a_refresh_repeats_the_version_and_means_nothing(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	w->version[0]--;
	RING(150, "201", "0312345678");
	USE(200, "201");
	w->version[0]--;
	USE(250, "201");
	IDLE(300, "201");
	assert_string_equal(
		"inbound 0312345678: 201 callee r100 t200-300 answered, | 300 answered\n",
		settled(w));
}

static void asterisk_losers_of_a_ring_group_are_not_missed(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	RING(101, "202", "0312345678");
	RING(102, "203", "0312345678");
	USE(1000, "202");
	IDLE(1004, "203");
	IDLE(1010, "201");
	IDLE(2000, "202");
	assert_string_equal(
		"inbound 0312345678: 201 callee r100 answered-elsewhere, 202 callee "
		"r101 t1000-2000 answered, 203 callee r102 answered-elsewhere, | 2000 "
		"answered\n",
		settled(w));
}

static void asterisk_a_member_that_stops_alone_has_refused(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	RING(101, "202", "0312345678");
	IDLE(900, "201");
	IDLE(2000, "202");
	assert_non_null(strstr(settled(w),
		"201 callee r100 declined, 202 callee r101 none, | 2000 none"));
}

static void blind_transfer_is_talk_here_ring_there(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	USE(500, "201");
	IDLE(1700, "201");
	RING(1760, "202", "0312345678");
	USE(2700, "202");
	IDLE(4000, "202");
	assert_string_equal(
		"inbound 0312345678: 201 callee r100 t500-1700 answered, 202 "
		"transferred-to r1760 t2700-4000 answered, blind 201>202 | 4000 answered\n",
		settled(w));
}

static void attended_transfer_is_leaving_two_calls_at_once(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	USE(500, "201");
	RING(2000, "202", "201"); /* 201 is in use already and says no more */
	USE(3000, "202");
	IDLE(4000, "201");
	cti_dialogs_tick(w->d, AT(5000));
	cti_model_settle(w->m);
	IDLE(6000, "202");
	assert_string_equal(
		"inbound 0312345678: 201 callee r100 t500-4000 answered, 202 consulted "
		"r2000 t3000-6000 answered, attended 201>202 | 6000 answered\n",
		settled(w));
	assert_string_equal("201:ring 202:ring 202:transfer ", w->pops);
}

static void a_consultation_that_ends_is_a_call_of_its_own(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	USE(500, "201");
	RING(2000, "202", "201");
	USE(3000, "202");
	IDLE(4000, "202");
	IDLE(6000, "201");
	assert_non_null(strstr(settled(w), "202 callee r2000 t3000-4000 answered"));
	assert_non_null(strstr(w->out, "201 callee r100 t500-6000 answered"));
}

static void who_hangs_up_soon_after_a_consultation_did_not_talk_on(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "204", "0312345678");
	USE(500, "204");
	RING(2400, "206", "204");
	USE(3300, "206");
	IDLE(3900, "206");
	IDLE(4500, "204");
	assert_non_null(strstr(settled(w),
		"internal 204: 204 caller t3300-3900 called, 206 callee r2400 "
		"t3300-3900 answered, | 3900 answered\n"));
}

static void pick_up_is_off_hook_here_when_a_ring_stops_there(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "203");
	USE(101, "203");
	USE(1500, "202");
	IDLE(1504, "201");
	IDLE(3000, "202");
	IDLE(3001, "203");
	assert_non_null(strstr(settled(w), "201 callee r100 answered-elsewhere"));
	assert_non_null(strstr(w->out, "202 picker t1504-3000 answered"));
	assert_non_null(strstr(w->out, "pickup 201>202"));
}

static void no_pick_up_when_two_went_off_hook(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "203");
	USE(101, "203");
	USE(1500, "202");
	USE(1502, "204");
	IDLE(1504, "201");
	IDLE(3000, "202");
	IDLE(3000, "204");
	IDLE(3001, "203");
	assert_null(strstr(settled(w), "pickup"));
}

/* Asterisk takes the call at once, or waits out its half second for media. */
static void no_pick_up_when_somebody_dials_in_between(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	USE(620, "202");
	IDLE(900, "201");
	IDLE(2000, "202");
	assert_string_equal("unknown 202: 202 caller called, | 2000 none\n"
			    "inbound 0312345678: 201 callee r100 none, | 900 none\n",
		settled(w));
}

static void no_pick_up_while_others_ring_on(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	RING(110, "202", "0312345678");
	USE(1000, "204");
	IDLE(1300, "201"); /* declined */
	IDLE(2500, "202");
	IDLE(4000, "204");
	assert_null(strstr(settled(w), "pickup"));
	assert_non_null(strstr(w->out, "201 callee r100 declined"));
}

static void who_picks_up_takes_from_all_that_ring(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	RING(110, "202", "0312345678");
	USE(1000, "204");
	IDLE(1500, "201");
	IDLE(1502, "202");
	IDLE(3000, "204");
	assert_non_null(strstr(settled(w), "201 callee r100 answered-elsewhere"));
	assert_non_null(strstr(w->out, "202 callee r110 answered-elsewhere"));
	assert_non_null(strstr(w->out, "204 picker t1502-3000 answered"));
	assert_non_null(strstr(w->out, "pickup ")); /* from whom of the two? */
}

static void a_phone_that_stays_in_use_has_an_end_that_nobody_knows(void **state)
{
	struct world *w = *state;

	all_idle(w);
	USE(100, "201");
	RING(101, "202", "201");
	USE(1000, "202");
	IDLE(3000, "201"); /* 202 talks on, with whom? */
	IDLE(9000, "202");
	assert_non_null(strstr(settled(w), "201 caller t1000-3000 called"));
	assert_non_null(strstr(w->out, "202 callee r101 t1000--1 answered"));
	assert_non_null(strstr(w->out, "| -1 answered"));
}

static void a_queue_that_rings_again_is_one_call(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	RING(110, "202", "0312345678");
	IDLE(5000, "201");
	IDLE(5001, "202");
	RING(6000, "201", "0312345678");
	RING(6010, "202", "0312345678");
	USE(7000, "202");
	IDLE(7004, "201");
	IDLE(9000, "202");
	assert_non_null(strstr(settled(w), "inbound 0312345678:"));
	assert_null(strstr(strchr(w->out, '\n') + 1, "inbound"));
}

static void no_pick_up_when_the_caller_is_gone_too(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "203");
	USE(101, "203");
	USE(1500, "202");
	IDLE(1503, "203");
	IDLE(1504, "201");
	IDLE(3000, "202");
	assert_null(strstr(settled(w), "pickup"));
}

static void two_calls_of_one_number_a_second_apart_are_two(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	RING(1100, "202", "0312345678");
	USE(2000, "202");
	IDLE(2500, "201");
	IDLE(4000, "202");
	assert_string_equal("inbound 0312345678: 201 callee r100 none, | 2500 none\n"
			    "inbound 0312345678: 202 callee r1100 t2000-4000 answered, "
			    "| 4000 answered\n",
		settled(w));
}

/* Asterisk 22: a dialplan forwards at once, a queue waits: capture queue-roundrobin. */
static void who_waited_between_two_rings_may_have_waited_before(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	IDLE(3000, "201");
	RING(4000, "202", "0312345678");
	USE(5000, "202");
	IDLE(6000, "202");
	(void)settled(w);
	assert_false(w->facts & CTI_FACT_START);
	RING(10000, "203", "0399998888");
	IDLE(13000, "203");
	RING(13050, "204", "0399998888");
	USE(14000, "204");
	IDLE(16000, "204");
	(void)settled(w);
	assert_true(w->facts & CTI_FACT_START);
}

/* Asterisk 16 and 22: capture queue-two-callers. */
static void who_rings_one_of_two_while_the_other_talks_may_have_waited(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	RING(120, "202", "0312345678");
	USE(1000, "201");
	IDLE(1000, "202");
	RING(2000, "202", "0399998888");
	USE(2500, "202");
	IDLE(4000, "202");
	cti_dialogs_tick(w->d, AT(8000));
	cti_model_settle(w->m);
	assert_non_null(strstr(w->out, "0399998888"));
	assert_false(w->facts & CTI_FACT_START);
	IDLE(9000, "201");
	RING(20000, "202", "0399998888");
	IDLE(21000, "202");
	(void)settled(w);
	assert_true(w->facts & CTI_FACT_START);
}

static void a_line_that_rings_and_names_itself_is_click_to_dial(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "201");
	USE(500, "201");
	IDLE(3000, "201");
	assert_string_equal(
		"unknown pbx: 201 caller r100 called, | 3000 none\n", settled(w));
	assert_string_equal("", w->pops);
}

static void who_is_held_at_the_moment_of_answer_was_called_by_a_program(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "999");
	USE(500, "201");
	HELD(502, "201");
	USE(1500, "201");
	IDLE(3000, "201");
	assert_string_equal(
		"unknown pbx: 201 caller r100 called, | 3000 none\n", settled(w));
}

static void our_own_dial_does_not_pop(void **state)
{
	struct world *w = *state;

	all_idle(w);
	cti_dialogs_dialled(w->d, AT(50), "201", "0399998888");
	RING(100, "201", "999");
	USE(500, "201");
	IDLE(3000, "201");
	assert_string_equal(
		"outbound 0399998888: 201 caller r100 called, | 3000 none\n", settled(w));
	assert_string_equal("", w->pops);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		W(asterisk_names_the_caller_only_while_it_rings),
		W(asterisk_marks_the_party_that_is_held),
		W(asterisk_being_held_by_an_outside_party_is_nobody_s_hold),
		W(asterisk_confirmed_may_be_no_answer),
		W(asterisk_second_call_that_stops_with_its_caller_was_not_answered),
		W(asterisk_second_call_whose_caller_stays_was_answered),
		W(asterisk_second_call_from_outside_that_stops_ends_nobody_knows_when),
		W(asterisk_a_refresh_repeats_the_version_and_means_nothing),
		W(asterisk_losers_of_a_ring_group_are_not_missed),
		W(asterisk_a_member_that_stops_alone_has_refused),
		W(blind_transfer_is_talk_here_ring_there),
		W(attended_transfer_is_leaving_two_calls_at_once),
		W(a_consultation_that_ends_is_a_call_of_its_own),
		W(who_hangs_up_soon_after_a_consultation_did_not_talk_on),
		W(pick_up_is_off_hook_here_when_a_ring_stops_there),
		W(no_pick_up_when_two_went_off_hook),
		W(no_pick_up_when_somebody_dials_in_between),
		W(no_pick_up_while_others_ring_on),
		W(two_calls_of_one_number_a_second_apart_are_two),
		W(who_waited_between_two_rings_may_have_waited_before),
		W(who_rings_one_of_two_while_the_other_talks_may_have_waited),
		W(who_picks_up_takes_from_all_that_ring),
		W(a_phone_that_stays_in_use_has_an_end_that_nobody_knows),
		W(a_queue_that_rings_again_is_one_call),
		W(no_pick_up_when_the_caller_is_gone_too),
		W(a_line_that_rings_and_names_itself_is_click_to_dial),
		W(who_is_held_at_the_moment_of_answer_was_called_by_a_program),
		W(our_own_dial_does_not_pop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
