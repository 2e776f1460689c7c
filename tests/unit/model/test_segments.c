#include "world.h"

static void expect(const struct cti_conversation *v, size_t i, enum cti_segment_kind kind,
	const char *line, int from_ms, int to_ms)
{
	assert_true(i < v->nsegments);
	assert_int_equal(kind, v->segments[i].kind);
	if (line)
		assert_string_equal(line, v->segments[i].line);
	else
		assert_null(v->segments[i].line);
	assert_int_equal(AT(from_ms), v->segments[i].span.from_us);
	assert_int_equal(AT(to_ms), v->segments[i].span.to_us);
}

static void queue_ring_talk_hold_and_the_waits_between(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");
	const struct cti_conversation *v;

	(void)cti_conv_set_queue(c, "sales", CTI_PROV_API);
	(void)step(c, "204", CTI_ROLE_CALLEE, 1000, CTI_EV_ALERT);
	(void)step(c, "204", CTI_ROLE_CALLEE, 4000, CTI_EV_END);
	(void)step(c, "205", CTI_ROLE_CALLEE, 5000, CTI_EV_ALERT);
	(void)step(c, "205", CTI_ROLE_CALLEE, 6000, CTI_EV_ANSWER);
	(void)step(c, "205", CTI_ROLE_CALLEE, 7000, CTI_EV_HOLD);
	(void)step(c, "205", CTI_ROLE_CALLEE, 8000, CTI_EV_RESUME);
	(void)step(c, "205", CTI_ROLE_CALLEE, 9000, CTI_EV_END);
	cti_conv_end(c, AT(9000), CTI_OUTCOME_NONE);
	v = cti_conv_view(c);
	assert_int_equal(6, v->nsegments);
	expect(v, 0, CTI_SEG_QUEUE, NULL, 0, 1000);
	expect(v, 1, CTI_SEG_RANG, "204", 1000, 4000);
	expect(v, 2, CTI_SEG_QUEUE, NULL, 4000, 5000);
	expect(v, 3, CTI_SEG_RANG, "205", 5000, 6000);
	expect(v, 4, CTI_SEG_TALKED, "205", 6000, 9000);
	expect(v, 5, CTI_SEG_HELD, "205", 7000, 8000);
}

static void an_announcement_before_the_ring(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");

	(void)step(c, "202", CTI_ROLE_CALLEE, 1500, CTI_EV_ALERT);
	assert_int_equal(2, cti_conv_view(c)->nsegments);
	expect(cti_conv_view(c), 0, CTI_SEG_ANNOUNCEMENT, NULL, 0, 1500);
}

static void parked_between_two_talks(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");

	(void)step(c, "201", CTI_ROLE_CALLEE, 100, CTI_EV_ANSWER);
	cti_conv_transfer(c, AT(1000), CTI_TRANSFER_PARK, "201", NULL);
	(void)step(c, "201", CTI_ROLE_CALLEE, 1000, CTI_EV_END);
	(void)step(c, "202", CTI_ROLE_PICKER, 5000, CTI_EV_ANSWER);
	expect(cti_conv_view(c), 1, CTI_SEG_PARKED, NULL, 1000, 5000);
}

static void the_pbx_s_own_delay_is_no_wait(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");

	(void)step(c, "201", CTI_ROLE_CALLEE, 60, CTI_EV_ALERT);
	assert_int_equal(1, cti_conv_view(c)->nsegments);
	assert_int_equal(CTI_SEG_RANG, cti_conv_view(c)->segments[0].kind);
}

static void an_internal_talk_is_one_stretch(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = cti_conv_new(w->m, AT(0), "main", NULL);

	(void)cti_conv_set_direction(c, CTI_DIR_INTERNAL, CTI_PROV_DIALOG);
	(void)step(c, "201", CTI_ROLE_CALLER, 100, CTI_EV_ANSWER);
	(void)step(c, "202", CTI_ROLE_CALLEE, 100, CTI_EV_ANSWER);
	assert_int_equal(1, cti_conv_view(c)->nsegments);
	assert_string_equal("202", cti_conv_view(c)->segments[0].line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(queue_ring_talk_hold_and_the_waits_between),
		WORLD(an_announcement_before_the_ring),
		WORLD(parked_between_two_talks),
		WORLD(the_pbx_s_own_delay_is_no_wait),
		WORLD(an_internal_talk_is_one_stretch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
