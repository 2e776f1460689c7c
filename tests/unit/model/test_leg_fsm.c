/*
 * Properties of the leg table: they hold for rows that somebody adds next year.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cti/call.h>

#include <errno.h>

static void every_live_state_can_end(void **state)
{
	static const enum cti_leg_event last[] = { CTI_EV_END, CTI_EV_LOST };

	(void)state;
	for (int s = 0; s < CTI_LEG_ENDED; s++) {
		for (size_t i = 0; i < 2; i++) {
			struct cti_leg_step step;

			assert_int_equal(0,
				cti_leg_fsm_step((enum cti_leg_state)s, last[i], &step));
			assert_int_equal(CTI_LEG_ENDED, step.next);
			assert_true(step.effects & CTI_FX_MARK_ENDED);
			assert_int_equal(last[i] == CTI_EV_LOST,
				(step.effects & CTI_FX_UNCERTAIN) != 0);
		}
	}
}

static void ended_is_final(void **state)
{
	(void)state;
	for (int e = 0; e < CTI_LEG_EVENTS; e++) {
		struct cti_leg_step step;

		if (cti_leg_fsm_step(CTI_LEG_ENDED, (enum cti_leg_event)e, &step))
			continue; /* refused: fine */
		assert_int_equal(CTI_LEG_ENDED, step.next);
		assert_int_equal(0, step.effects);
	}
}

static void every_move_is_published_and_nothing_else(void **state)
{
	(void)state;
	for (int s = 0; s < CTI_LEG_STATES; s++) {
		for (int e = 0; e < CTI_LEG_EVENTS; e++) {
			struct cti_leg_step step;

			if (cti_leg_fsm_step(
				    (enum cti_leg_state)s, (enum cti_leg_event)e, &step))
				continue;
			assert_int_equal(step.next != (enum cti_leg_state)s,
				(step.effects & CTI_FX_PUBLISH) != 0);
			assert_int_equal(step.effects & CTI_FX_MARK_ANSWERED ? 1 : 0,
				step.next == CTI_LEG_CONNECTED && e == CTI_EV_ANSWER &&
					s != CTI_LEG_CONNECTED);
		}
	}
}

static void only_who_talks_can_hold(void **state)
{
	(void)state;
	for (int s = 0; s < CTI_LEG_STATES; s++) {
		struct cti_leg_step step;

		if (cti_leg_fsm_step((enum cti_leg_state)s, CTI_EV_HOLD, &step))
			continue;
		if (step.next == CTI_LEG_HELD)
			assert_true(s == CTI_LEG_CONNECTED || s == CTI_LEG_HELD);
	}
}

static void hold_before_answer_is_impossible(void **state)
{
	struct cti_leg_step step;

	(void)state;
	assert_int_equal(EPROTO, cti_leg_fsm_step(CTI_LEG_INITIATED, CTI_EV_HOLD, &step));
	assert_int_equal(EPROTO, cti_leg_fsm_step(CTI_LEG_ALERTING, CTI_EV_HOLD, &step));
	assert_int_equal(
		EPROTO, cti_leg_fsm_step(CTI_LEG_ALERTING, CTI_EV_RESUME, &step));
}

static void a_failed_leg_never_talks(void **state)
{
	struct cti_leg_step step;

	(void)state;
	assert_int_equal(EPROTO, cti_leg_fsm_step(CTI_LEG_FAILED, CTI_EV_ANSWER, &step));
	assert_int_equal(EPROTO, cti_leg_fsm_step(CTI_LEG_CONNECTED, CTI_EV_FAIL, &step));
}

/* A leg that has talked does not ring again. */
static void ringing_is_never_reached_from_talk(void **state)
{
	(void)state;
	for (int e = 0; e < CTI_LEG_EVENTS; e++) {
		struct cti_leg_step step;

		if (!cti_leg_fsm_step(CTI_LEG_CONNECTED, (enum cti_leg_event)e, &step))
			assert_int_not_equal(CTI_LEG_ALERTING, step.next);
		if (!cti_leg_fsm_step(CTI_LEG_HELD, (enum cti_leg_event)e, &step))
			assert_int_not_equal(CTI_LEG_ALERTING, step.next);
	}
}

static void values_outside_are_refused(void **state)
{
	struct cti_leg_step step;

	(void)state;
	assert_int_equal(EINVAL, cti_leg_fsm_step(CTI_LEG_STATES, CTI_EV_END, &step));
	assert_int_equal(
		EINVAL, cti_leg_fsm_step(CTI_LEG_ALERTING, CTI_LEG_EVENTS, &step));
	assert_int_equal(EINVAL, cti_leg_fsm_step(CTI_LEG_ALERTING, CTI_EV_END, NULL));
}

static void every_value_has_a_name(void **state)
{
	(void)state;
	for (int s = 0; s < CTI_LEG_STATES; s++)
		assert_string_not_equal("?", cti_leg_state_name((enum cti_leg_state)s));
	for (int e = 0; e < CTI_LEG_EVENTS; e++)
		assert_string_not_equal("?", cti_leg_event_name((enum cti_leg_event)e));
	assert_string_equal("?", cti_leg_state_name(CTI_LEG_STATES));
	assert_string_equal(
		"answered-elsewhere", cti_result_name(CTI_RESULT_ANSWERED_ELSEWHERE));
	assert_string_equal("transferred-to", cti_role_name(CTI_ROLE_TRANSFERRED_TO));
	assert_string_equal("interaction", cti_presentation_name(CTI_PRES_INTERACTION));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_live_state_can_end),
		cmocka_unit_test(ended_is_final),
		cmocka_unit_test(every_move_is_published_and_nothing_else),
		cmocka_unit_test(only_who_talks_can_hold),
		cmocka_unit_test(hold_before_answer_is_impossible),
		cmocka_unit_test(a_failed_leg_never_talks),
		cmocka_unit_test(ringing_is_never_reached_from_talk),
		cmocka_unit_test(values_outside_are_refused),
		cmocka_unit_test(every_value_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
