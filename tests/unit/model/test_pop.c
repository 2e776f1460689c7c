#include "world.h"

static void shown_at_ring_and_taken_at_the_end(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");

	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	assert_string_equal("pop 201 ring", told(w));
	(void)step(c, "201", CTI_ROLE_CALLEE, 20, CTI_EV_ANSWER);
	assert_string_equal("", told(w));
	cti_conv_end(c, AT(30), CTI_OUTCOME_NONE);
	assert_string_equal("down 201 left; ended", told(w));
}

static void ring_group_losers_lose_their_card_when_one_answers(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");

	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	(void)step(c, "202", CTI_ROLE_CALLEE, 11, CTI_EV_ALERT);
	(void)step(c, "203", CTI_ROLE_CALLEE, 12, CTI_EV_ALERT);
	assert_string_equal("pop 201 ring; pop 202 ring; pop 203 ring", told(w));
	(void)step(c, "202", CTI_ROLE_CALLEE, 20, CTI_EV_ANSWER);
	assert_string_equal(
		"down 201 answered-elsewhere; down 203 answered-elsewhere", told(w));
	(void)step(c, "201", CTI_ROLE_CALLEE, 21, CTI_EV_END);
	(void)step(c, "203", CTI_ROLE_CALLEE, 22, CTI_EV_END);
	assert_string_equal("", told(w));
}

static void a_queue_shows_the_agent_that_rings_alone(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");

	(void)cti_conv_set_queue(c, "sales", CTI_PROV_API);
	(void)step(c, "204", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	assert_string_equal("pop 204 queue", told(w));
	(void)step(c, "204", CTI_ROLE_CALLEE, 3000, CTI_EV_END);
	assert_string_equal("down 204 stopped-ringing", told(w));
	(void)step(c, "205", CTI_ROLE_CALLEE, 4000, CTI_EV_ALERT);
	assert_string_equal("pop 205 queue", told(w));
}

static bool waits_at_201_and_in_sales(const char *line, const char *queue, void *arg)
{
	(void)arg;
	return !strcmp(line, "201") || (queue && !strcmp(queue, "sales"));
}

static void where_it_waits_for_the_answer_it_comes_then(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");
	const struct cti_conversation *v;

	cti_model_on_pop_waits(w->m, waits_at_201_and_in_sales, NULL);
	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	assert_string_equal("", told(w));
	v = cti_conv_view(c);
	assert_string_equal("no-pop", v->trace[v->ntrace - 1].what);
	assert_string_equal(
		"line=201 why=waits-for-answer", v->trace[v->ntrace - 1].detail);
	(void)step(c, "202", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	assert_string_equal("pop 202 ring", told(w));
	(void)step(c, "201", CTI_ROLE_CALLEE, 20, CTI_EV_ANSWER);
	assert_string_equal("down 202 answered-elsewhere; pop 201 answered", told(w));
	assert_string_equal("0312345678", v->pops[1].number);
	cti_conv_end(c, AT(30), CTI_OUTCOME_NONE);
	assert_string_equal("down 201 left; ended", told(w));
	c = inbound(w, "0399990000");
	(void)cti_conv_set_queue(c, "sales", CTI_PROV_API);
	(void)step(c, "204", CTI_ROLE_CALLEE, 40, CTI_EV_ALERT);
	(void)step(c, "204", CTI_ROLE_CALLEE, 50, CTI_EV_END);
	assert_string_equal("", told(w));
}

static void the_own_ring_of_click_to_dial_is_not_shown(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = cti_conv_new(w->m, AT(0), "main", NULL);
	const struct cti_conversation *v;

	cti_conv_set_click_to_dial(c);
	(void)step(c, "201", CTI_ROLE_CALLER, 10, CTI_EV_ALERT);
	assert_string_equal("", told(w));
	v = cti_conv_view(c);
	assert_string_equal("no-pop", v->trace[v->ntrace - 1].what);
}

static void a_ring_that_turns_out_to_be_the_own_one_takes_its_card_back(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");
	const struct cti_conversation *v = cti_conv_view(c);

	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	(void)step(c, "201", CTI_ROLE_CALLEE, 500, CTI_EV_ANSWER);
	assert_string_equal("pop 201 ring", told(w));
	cti_conv_own_ring(c, AT(510), "201");
	assert_string_equal("down 201 own-ring", told(w));
	assert_int_equal(CTI_DIR_UNKNOWN, v->direction);
	assert_false(v->has_external);
	assert_int_equal(CTI_TIME_NONE, v->answer_us);
	assert_int_equal(0, v->legs[0].talked.n);
	assert_int_equal(CTI_LEG_QUEUED, v->legs[0].state);
	assert_int_equal(CTI_ROLE_CALLER, v->legs[0].role);
}

static void what_was_taken_for_the_own_ring_can_be_a_call_after_all(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = cti_conv_new(w->m, AT(0), "main", NULL);

	(void)step(c, "302", CTI_ROLE_CALLER, 10, CTI_EV_ALERT);
	assert_string_equal("", told(w));
	cti_part_set_role(cti_part_find(c, "302"), CTI_ROLE_CALLEE);
	assert_string_equal("pop 302 ring", told(w));
}

static void transfer_target_sees_the_outside_party(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");
	const struct cti_conversation *v = cti_conv_view(c);

	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	(void)step(c, "201", CTI_ROLE_CALLEE, 20, CTI_EV_ANSWER);
	(void)told(w);
	cti_conv_transfer(c, AT(30), CTI_TRANSFER_BLIND, "201", "202");
	(void)step(c, "201", CTI_ROLE_CALLEE, 30, CTI_EV_END);
	(void)step(c, "202", CTI_ROLE_TRANSFERRED_TO, 40, CTI_EV_ALERT);
	assert_string_equal("down 201 left; pop 202 transfer", told(w));
	assert_string_equal("0312345678", v->pops[1].number);
}

static void a_picker_is_shown_when_connected(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");

	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	(void)told(w);
	(void)step(c, "202", CTI_ROLE_PICKER, 20, CTI_EV_ANSWER);
	assert_string_equal("down 201 answered-elsewhere; pop 202 picked-up", told(w));
}

static void a_number_that_comes_late_completes_the_card(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = cti_conv_new(w->m, AT(0), "main", NULL);
	const struct cti_conversation *v = cti_conv_view(c);

	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	assert_null(v->pops[0].number);
	(void)cti_conv_set_external(
		c, "0312345678", NULL, CTI_PRES_ALLOWED, CTI_PROV_API);
	assert_string_equal("0312345678", v->pops[0].number);
	(void)told(w);
}

static void a_withheld_number_is_on_no_card(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");
	const struct cti_conversation *v = cti_conv_view(c);

	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	(void)cti_conv_set_external(c, NULL, NULL, CTI_PRES_WITHHELD, CTI_PROV_DIALOG);
	assert_null(v->external.number);
	assert_null(v->external.e164);
	assert_null(v->pops[0].number);
	(void)told(w);
}

static void inside_the_caller_is_the_extension(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = cti_conv_new(w->m, AT(0), "main", NULL);
	const struct cti_conversation *v = cti_conv_view(c);

	(void)cti_conv_set_direction(c, CTI_DIR_INTERNAL, CTI_PROV_DIALOG);
	(void)cti_conv_set_initiator(c, "201", CTI_PROV_DIALOG);
	(void)step(c, "202", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	assert_string_equal("201", v->pops[0].number);
	(void)told(w);
}

static void what_comes_and_goes_within_one_input_is_not_told(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");

	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_END);
	assert_string_equal("", told(w));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(shown_at_ring_and_taken_at_the_end),
		WORLD(ring_group_losers_lose_their_card_when_one_answers),
		WORLD(a_queue_shows_the_agent_that_rings_alone),
		WORLD(where_it_waits_for_the_answer_it_comes_then),
		WORLD(the_own_ring_of_click_to_dial_is_not_shown),
		WORLD(a_ring_that_turns_out_to_be_the_own_one_takes_its_card_back),
		WORLD(what_was_taken_for_the_own_ring_can_be_a_call_after_all),
		WORLD(transfer_target_sees_the_outside_party),
		WORLD(a_picker_is_shown_when_connected),
		WORLD(a_number_that_comes_late_completes_the_card),
		WORLD(a_withheld_number_is_on_no_card),
		WORLD(inside_the_caller_is_the_extension),
		WORLD(what_comes_and_goes_within_one_input_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
