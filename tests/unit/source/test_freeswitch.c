/*
 * FreeSWITCH: each way in which its documents lie, and the rule that sees through it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "documents.h"

static void channel(struct world *w, int ms, const char *line, const char *id,
	bool initiator, enum cti_dialog_state state, const char *who, bool held)
{
	const bool over = state == CTI_DIALOG_TERMINATED;
	const struct cti_dialog g = { .id = id,
		.state = state,
		.direction = initiator ? CTI_DIALOG_INITIATOR : CTI_DIALOG_RECIPIENT,
		.local = { .user = over ? NULL : line,
			.rendering = over   ? CTI_RENDERING_NONE
				     : held ? CTI_RENDERING_NO
					    : CTI_RENDERING_YES },
		.remote = { .user = over ? NULL : who, .host = over ? NULL : "pbx" } };

	report(w, ms, line, &g, 1);
}

#define ID_A "c073ca51-0000-4000-8000-00000000000a"
#define ID_B "c073ca51-0000-4000-8000-00000000000b"
#define ID_C "c073ca51-0000-4000-8000-00000000000c"

static void freeswitch_the_caller_is_confirmed_from_the_first_moment(void **state)
{
	struct world *w = *state;

	none(w);
	channel(w, 100, "201", ID_A, true, CONF, "0899999999", false);
	channel(w, 1500, "201", ID_A, true, CONF, "0899999999", false);
	channel(w, 3000, "201", ID_A, true, TERM, NULL, false);
	channel(w, 5000, "201", ID_B, true, CONF, "0899999999", false);
	channel(w, 6000, "201", ID_B, true, TERM, NULL, false);
	assert_string_equal(
		"outbound 0899999999: 201 caller t1500-3000 called, | 3000 answered\n"
		"outbound 0899999999: 201 caller called, | 6000 none\n",
		settled(w));
}

static void freeswitch_full_lists_are_not_full(void **state)
{
	struct world *w = *state;

	none(w);
	channel(w, 100, "201", ID_A, false, EARLY, "0899999999", false);
	channel(w, 500, "201", ID_A, false, CONF, "0899999999", false);
	channel(w, 1000, "201", ID_B, false, EARLY, "0888888888",
		false); /* A not listed */
	channel(w, 2000, "201", ID_A, false, CONF, "0899999999", true);
	channel(w, 2100, "201", ID_B, false, CONF, "0888888888", false);
	channel(w, 3000, "201", ID_B, false, EARLY, "0888888888", false); /* B is over */
	channel(w, 3500, "201", ID_A, false, CONF, "0899999999", false);
	channel(w, 4000, "201", ID_A, false, TERM, NULL, false);
	assert_non_null(strstr(
		settled(w), "0899999999: 201 callee r100 t500-4000 h2000-3500 answered"));
	assert_non_null(strstr(
		w->out, "0888888888: 201 callee r1000 t2100-3000 answered, | 3000"));
}

/* A missed second call looks answered. */
static void freeswitch_the_second_ring_s_end_is_written_as_confirmed(void **state)
{
	struct world *w = *state;

	none(w);
	channel(w, 100, "201", ID_A, false, EARLY, "0899999999", false);
	channel(w, 500, "201", ID_A, false, CONF, "0899999999", false);
	channel(w, 1000, "201", ID_B, false, EARLY, "0888888888", false);
	channel(w, 2000, "201", ID_B, false, CONF, "0888888888", false);
	channel(w, 4000, "201", ID_A, false, TERM, NULL, false);
	assert_non_null(
		strstr(settled(w), "0888888888: 201 callee r1000 none, | 2000 none"));
}

static void freeswitch_two_phones_of_a_line_are_one_leg(void **state)
{
	struct world *w = *state;

	none(w);
	channel(w, 100, "201", ID_A, false, EARLY, "0899999999", false);
	channel(w, 110, "201", ID_B, false, EARLY, "0899999999", false);
	channel(w, 1000, "201", ID_B, false, CONF, "0899999999", false);
	channel(w, 1010, "201", ID_A, false, CONF, "0899999999", false); /* A is over */
	channel(w, 3000, "201", ID_B, false, TERM, NULL, false);
	assert_string_equal(
		"inbound 0899999999: 201 callee r100 t1000-3000 answered, | 3000 answered\n",
		settled(w));
}

static void freeswitch_names_the_destination_when_it_rings_the_agent(void **state)
{
	struct world *w = *state;

	none(w);
	channel(w, 100, "201", ID_A, false, EARLY, "202", false);
	channel(w, 1500, "201", ID_A, false, CONF, "202", false);
	channel(w, 1510, "201", ID_A, false, CONF, "201", false); /* "Outbound Call" */
	channel(w, 1520, "202", ID_B, false, EARLY, "201", false);
	channel(w, 3000, "202", ID_B, false, CONF, "201", false);
	channel(w, 5000, "201", ID_A, false, TERM, NULL, false);
	channel(w, 5001, "202", ID_B, false, TERM, NULL, false);
	assert_string_equal(
		"internal pbx: 201 caller r100 t3000-5000 called, 202 callee r1520 "
		"t3000-5001 answered, | 5000 answered\n",
		settled(w));
	assert_string_equal("202:ring ", w->pops);
}

static void freeswitch_pick_up_names_the_code(void **state)
{
	struct world *w = *state;

	none(w);
	channel(w, 100, "201", ID_A, false, EARLY, "0899999999", false);
	channel(w, 1000, "202", ID_B, true, CONF, "**201", false);
	channel(w, 1040, "201", ID_A, false, TERM, NULL, false);
	channel(w, 3000, "202", ID_B, true, TERM, NULL, false);
	assert_string_equal(
		"inbound 0899999999: 201 callee r100 answered-elsewhere, 202 picker "
		"t1040-3000 answered, pickup 201>202 | 3000 answered\n",
		settled(w));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		W(freeswitch_the_caller_is_confirmed_from_the_first_moment),
		W(freeswitch_full_lists_are_not_full),
		W(freeswitch_the_second_ring_s_end_is_written_as_confirmed),
		W(freeswitch_two_phones_of_a_line_are_one_leg),
		W(freeswitch_names_the_destination_when_it_rings_the_agent),
		W(freeswitch_pick_up_names_the_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
