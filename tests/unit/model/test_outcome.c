#include "world.h"

static void end(struct world *w, struct cti_conv *c, int ms)
{
	cti_conv_end(c, AT(ms), CTI_OUTCOME_NONE);
	(void)told(w);
}

static void rang_but_another_took_it_is_not_missed(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");

	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	(void)step(c, "202", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	(void)step(c, "202", CTI_ROLE_CALLEE, 1000, CTI_EV_ANSWER);
	(void)step(c, "201", CTI_ROLE_CALLEE, 1010, CTI_EV_END);
	end(w, c, 2000);
	assert_int_equal(CTI_OUTCOME_ANSWERED, w->outcome);
	assert_int_equal(CTI_RESULT_ANSWERED_ELSEWHERE, w->results[0]);
	assert_int_equal(CTI_RESULT_ANSWERED, w->results[1]);
}

/* The queue's first agent let it ring out long before the second one answered. */
static void a_ring_that_stopped_long_before_the_answer_is_not_answered_elsewhere(
	void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");

	(void)step(c, "204", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	(void)step(c, "204", CTI_ROLE_CALLEE, 3000, CTI_EV_END);
	(void)step(c, "205", CTI_ROLE_CALLEE, 4000, CTI_EV_ALERT);
	(void)step(c, "205", CTI_ROLE_CALLEE, 5000, CTI_EV_ANSWER);
	end(w, c, 6000);
	assert_int_equal(CTI_RESULT_NONE, w->results[0]);
	assert_int_equal(CTI_OUTCOME_ANSWERED, w->outcome);
}

static void unanswered_without_a_cause_is_unknown(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");

	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	end(w, c, 2000);
	assert_int_equal(CTI_OUTCOME_NONE, w->outcome);
	assert_int_equal(CTI_RESULT_NONE, w->results[0]);
}

static void cause_says_how_it_went(void **state)
{
	static const struct {
		struct cti_cause cause;
		enum cti_result result;
		enum cti_outcome outcome;
	} rows[] = {
		{ { .sip = 486 }, CTI_RESULT_BUSY, CTI_OUTCOME_BUSY },
		{ { .sip = 603 }, CTI_RESULT_DECLINED, CTI_OUTCOME_DECLINED },
		{ { .sip = 607 }, CTI_RESULT_DECLINED, CTI_OUTCOME_BLOCKED },
		{ { .sip = 608, .q850 = 21 }, CTI_RESULT_DECLINED, CTI_OUTCOME_BLOCKED },
		{ { .sip = 404 }, CTI_RESULT_UNREACHABLE, CTI_OUTCOME_FAILED },
		{ { .q850 = 19 }, CTI_RESULT_MISSED, CTI_OUTCOME_MISSED },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct cti_conv *c = inbound(w, "0312345678");
		struct cti_part *p = cti_part_get(c, AT(0), "201", CTI_ROLE_CALLEE);

		(void)cti_part_step(p, AT(10), CTI_EV_ALERT, no_cause);
		(void)cti_part_step(p, AT(20), CTI_EV_END, rows[i].cause);
		end(w, c, 20);
		assert_int_equal(rows[i].result, w->results[0]);
		assert_int_equal(rows[i].outcome, w->outcome);
	}
}

static void one_who_simply_was_not_there_makes_it_missed(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");

	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	(void)step(c, "202", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	(void)cti_part_step(cti_part_find(c, "201"), AT(500), CTI_EV_END,
		(struct cti_cause){ .sip = 603 });
	(void)cti_part_step(cti_part_find(c, "202"), AT(900), CTI_EV_END,
		(struct cti_cause){ .sip = 487 });
	end(w, c, 900);
	assert_int_equal(CTI_OUTCOME_MISSED, w->outcome);
	assert_int_equal(CTI_RESULT_DECLINED, w->results[0]);
	assert_int_equal(CTI_RESULT_MISSED, w->results[1]);
}

static void one_refusal_and_one_open_question_leave_the_outcome_open(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");

	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	(void)step(c, "202", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	cti_part_set_result(cti_part_find(c, "201"), CTI_RESULT_DECLINED);
	end(w, c, 900);
	assert_int_equal(CTI_OUTCOME_NONE, w->outcome);
}

static void an_agent_that_does_not_take_the_click_makes_it_failed(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = cti_conv_new(w->m, AT(0), "main", NULL);

	cti_conv_set_click_to_dial(c);
	(void)step(c, "201", CTI_ROLE_CALLER, 10, CTI_EV_ALERT);
	(void)step(c, "201", CTI_ROLE_CALLER, 3000, CTI_EV_END);
	end(w, c, 3000);
	assert_int_equal(CTI_OUTCOME_FAILED, w->outcome);
	assert_int_equal(CTI_RESULT_NONE, w->results[0]);
}

static void an_agent_that_takes_it_has_called(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = cti_conv_new(w->m, AT(0), "main", NULL);

	cti_conv_set_click_to_dial(c);
	(void)step(c, "201", CTI_ROLE_CALLER, 10, CTI_EV_ALERT);
	(void)step(c, "201", CTI_ROLE_CALLER, 500, CTI_EV_QUEUE);
	(void)step(c, "201", CTI_ROLE_CALLER, 3000, CTI_EV_END);
	end(w, c, 3000);
	assert_int_equal(CTI_RESULT_CALLED, w->results[0]);
	assert_int_equal(CTI_OUTCOME_NONE, w->outcome);
}

static void lost_with_the_source_ends_nobody_knows_when(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");
	const struct cti_conversation *v = cti_conv_view(c);

	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	(void)step(c, "201", CTI_ROLE_CALLEE, 20, CTI_EV_ANSWER);
	cti_conv_end(c, CTI_TIME_UNKNOWN, CTI_OUTCOME_NONE);
	assert_int_equal(CTI_TIME_UNKNOWN, v->legs[0].ended_us);
	assert_int_equal(CTI_TIME_UNKNOWN, v->legs[0].talked.v[0].to_us);
	(void)told(w);
	assert_int_equal(CTI_OUTCOME_ANSWERED, w->outcome);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(rang_but_another_took_it_is_not_missed),
		WORLD(a_ring_that_stopped_long_before_the_answer_is_not_answered_elsewhere),
		WORLD(unanswered_without_a_cause_is_unknown),
		WORLD(cause_says_how_it_went),
		WORLD(one_who_simply_was_not_there_makes_it_missed),
		WORLD(one_refusal_and_one_open_question_leave_the_outcome_open),
		WORLD(an_agent_that_does_not_take_the_click_makes_it_failed),
		WORLD(an_agent_that_takes_it_has_called),
		WORLD(lost_with_the_source_ends_nobody_knows_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
