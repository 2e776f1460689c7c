/*
 * Asterisk: calls of which a device says no more than that it is in use, and what their
 * ends and their neighbours tell about them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "documents.h"

/* Asterisk 22: captures blind-outbound, c2d-then-transfer. */
static void a_call_out_that_is_handed_on_is_no_new_call(void **state)
{
	struct world *w = *state;

	all_idle(w);
	USE(480, "201");
	IDLE(1840, "201");
	RING(1900, "202", "0312345678");
	USE(2750, "202");
	IDLE(3760, "202");
	assert_string_equal("outbound 0312345678: 201 caller called, 202 transferred-to "
			    "r1900 t2750-3760 answered, blind 201>202 | 3760 answered\n",
		settled(w));
	assert_string_equal("202:transfer ", w->pops);
}

static void a_dial_of_a_program_may_be_handed_on_too(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(500, "201", "201");
	USE(900, "201");
	IDLE(2500, "201");
	RING(2560, "202", "0312345678");
	USE(3400, "202");
	IDLE(4500, "202");
	assert_string_equal("outbound 0312345678: 201 caller r500 called, 202 "
			    "transferred-to r2560 t3400-4500 answered, blind 201>202 "
			    "| 4500 answered\n",
		settled(w));
}

/* A group to which a call out is handed rings as one call. */
static void a_call_out_may_be_handed_to_several(void **state)
{
	struct world *w = *state;

	all_idle(w);
	USE(500, "201");
	IDLE(2500, "201");
	RING(2560, "202", "0312345678");
	RING(2580, "203", "0312345678");
	IDLE(3400, "202");
	USE(3400, "203");
	IDLE(4500, "203");
	assert_string_equal("outbound 0312345678: 201 caller called, 202 transferred-to "
			    "r2560 answered-elsewhere, 203 transferred-to r2580 "
			    "t3400-4500 answered, blind 201>203 | 4500 answered\n",
		settled(w));
}

/* A restart in the middle: whoever was in use then may have been called as well. */
static void what_is_handed_on_after_a_restart_has_no_direction(void **state)
{
	struct world *w = *state;

	USE(500, "201");
	IDLE(500, "202");
	IDLE(2500, "201");
	RING(2560, "202", "0312345678");
	USE(3400, "202");
	IDLE(4500, "202");
	assert_string_equal("unknown 0312345678: 201 unknown none, 202 transferred-to "
			    "r2560 t3400-4500 answered, blind 201>202 | 4500 answered\n",
		settled(w));
}

/* The same while it rings somebody: it calls now, and may have been called before. */
static void how_it_went_for_who_was_in_use_before_is_unknown(void **state)
{
	struct world *w = *state;

	USE(500, "201");
	RING(500, "202", "201");
	USE(1400, "202");
	IDLE(2500, "201");
	IDLE(2510, "202");
	assert_non_null(strstr(settled(w), "201 unknown t1400-2500 none"));
}

static void who_rings_a_moment_later_calls_anew(void **state)
{
	struct world *w = *state;

	all_idle(w);
	USE(500, "201");
	IDLE(2500, "201");
	RING(2700, "202", "0312345678");
	IDLE(3400, "202");
	assert_non_null(strstr(settled(w), "inbound 0312345678: 202 callee"));
}

/* Where calls end all the time, one of them ends just then by chance. */
static void in_a_busy_house_a_moment_says_nothing(void **state)
{
	struct world *w = *state;

	all_idle(w);
	USE(500, "201");
	USE(600, "203");
	IDLE(1500, "203");
	IDLE(2500, "201");
	RING(2560, "202", "0312345678");
	IDLE(3400, "202");
	assert_non_null(strstr(settled(w), "inbound 0312345678: 202 callee"));
}

/* Asterisk 22: capture attended-by-caller. */
static void who_stays_when_the_caller_leaves_was_given_the_party(void **state)
{
	struct world *w = *state;

	all_idle(w);
	USE(550, "201");
	RING(2390, "202", "201");
	USE(2940, "202");
	IDLE(3970, "201");
	IDLE(5380, "202");
	assert_string_equal("unknown 201: 201 caller t-1-3970 called, 202 consulted "
			    "r2390 t2940-5380 answered, attended 201>202 "
			    "| 5380 answered\n",
		settled(w));
}

static void who_is_left_ringing_was_given_the_party_too(void **state)
{
	struct world *w = *state;

	all_idle(w);
	USE(550, "201");
	RING(2390, "202", "201");
	IDLE(3000, "201");
	USE(3900, "202");
	IDLE(5380, "202");
	assert_string_equal("unknown 201: 201 caller called, 202 consulted r2390 "
			    "t3900-5380 answered, attended 201>202 | 5380 answered\n",
		settled(w));
}

static void a_consultation_of_a_caller_that_ends_is_a_call_of_its_own(void **state)
{
	struct world *w = *state;

	all_idle(w);
	USE(550, "201");
	RING(2390, "202", "201");
	USE(2940, "202");
	IDLE(3970, "202");
	IDLE(6000, "201");
	assert_string_equal("internal 201: 201 caller t2940-3970 called, 202 callee "
			    "r2390 t2940-3970 answered, | 3970 answered\n"
			    "unknown 201: 201 caller called, | 6000 none\n",
		settled(w));
}

/* A queue or a menu rang the other line late. */
static void all_that_leave_together_were_in_one_call(void **state)
{
	struct world *w = *state;

	all_idle(w);
	USE(550, "201");
	RING(2390, "202", "201");
	USE(2940, "202");
	IDLE(3970, "202");
	IDLE(3980, "201");
	assert_string_equal("internal 201: 201 caller t2940-3970 called, 202 callee "
			    "r2390 t2940-3970 answered, | 3970 answered\n",
		settled(w));
}

/* Asterisk 16 and 22: captures cancel-crosses-answer, crossing. */
static void a_talk_of_no_length_may_be_an_answer_that_crossed_the_end(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(540, "201", "0312345678");
	USE(1280, "201");
	IDLE(1300, "201");
	assert_string_equal(
		"inbound 0312345678: 201 callee r540 none, | 1300 none\n", settled(w));
}

/* Asterisk 22: capture c2d-while-talking. */
static void a_ring_of_the_agents_own_beside_a_talk_is_taken_if_it_calls_on(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(500, "201", "0312345678");
	USE(950, "201");
	RING(1850, "201", "201");
	USE(2190, "201");
	RING(2260, "202", "201");
	USE(2800, "202");
	IDLE(3840, "202");
	IDLE(5050, "201");
	assert_non_null(strstr(settled(w),
		"internal pbx: 201 caller r1850 t2800-3840 called, 202 callee r2260 "
		"t2800-3840 answered, | 3840 answered\n"));
	assert_non_null(strstr(w->out, "inbound 0312345678: 201 callee r500 t950-5050"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		W(a_call_out_that_is_handed_on_is_no_new_call),
		W(a_dial_of_a_program_may_be_handed_on_too),
		W(a_call_out_may_be_handed_to_several),
		W(what_is_handed_on_after_a_restart_has_no_direction),
		W(how_it_went_for_who_was_in_use_before_is_unknown),
		W(who_rings_a_moment_later_calls_anew),
		W(in_a_busy_house_a_moment_says_nothing),
		W(who_stays_when_the_caller_leaves_was_given_the_party),
		W(who_is_left_ringing_was_given_the_party_too),
		W(a_consultation_of_a_caller_that_ends_is_a_call_of_its_own),
		W(all_that_leave_together_were_in_one_call),
		W(a_talk_of_no_length_may_be_an_answer_that_crossed_the_end),
		W(a_ring_of_the_agents_own_beside_a_talk_is_taken_if_it_calls_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
