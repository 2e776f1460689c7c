#include "world.h"

static struct cti_conv *consultation(struct world *w)
{
	struct cti_conv *c = cti_conv_new(w->m, AT(1000), "main", NULL);

	(void)cti_conv_set_direction(c, CTI_DIR_INTERNAL, CTI_PROV_DIALOG);
	(void)cti_conv_set_initiator(c, "201", CTI_PROV_DIALOG);
	(void)step(c, "201", CTI_ROLE_CALLER, 1000, CTI_EV_ANSWER);
	(void)step(c, "202", CTI_ROLE_CONSULTED, 1000, CTI_EV_ALERT);
	(void)step(c, "202", CTI_ROLE_CONSULTED, 1500, CTI_EV_ANSWER);
	return c;
}

static void a_consultation_becomes_part_of_its_main_call(void **state)
{
	struct world *w = *state;
	struct cti_conv *main_call = inbound(w, "0312345678");
	struct cti_conv *other;
	const struct cti_conversation *v = cti_conv_view(main_call);

	(void)step(main_call, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	(void)step(main_call, "201", CTI_ROLE_CALLEE, 20, CTI_EV_ANSWER);
	other = consultation(w);
	(void)told(w);
	(void)step(main_call, "201", CTI_ROLE_CALLEE, 2000, CTI_EV_END);
	(void)step(other, "201", CTI_ROLE_CALLER, 2000, CTI_EV_END);
	cti_conv_transfer(main_call, AT(2000), CTI_TRANSFER_ATTENDED, "201", "202");
	cti_conv_merge(main_call, other, AT(2000));
	assert_string_equal(
		"down 201 left; pop 202 transfer; down 202 transferred; ended", told(w));
	assert_string_equal(v->id, w->merged_into);
	assert_int_equal(1, cti_model_count(w->m));
	assert_int_equal(2, v->nlegs);
	assert_string_equal("202", v->legs[1].line);
	assert_int_equal(CTI_LEG_CONNECTED, v->legs[1].state);
	assert_int_equal(1, v->ntransfers);
	assert_int_equal(3, v->npops);
	assert_string_equal("201", v->pops[1].number);
	assert_string_equal("0312345678", v->pops[2].number);
}

static void a_line_in_both_is_busy_from_the_first_to_the_last(void **state)
{
	struct world *w = *state;
	struct cti_conv *a = inbound(w, "0312345678");
	struct cti_conv *b = cti_conv_new(w->m, AT(50), "main", NULL);
	const struct cti_conversation *v = cti_conv_view(a);

	(void)step(a, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ANSWER);
	(void)step(a, "201", CTI_ROLE_CALLEE, 100, CTI_EV_END);
	(void)step(b, "201", CTI_ROLE_CALLER, 50, CTI_EV_ANSWER);
	cti_conv_merge(a, b, AT(120));
	assert_int_equal(1, v->nlegs);
	assert_int_equal(1, v->legs[0].talked.n);
	assert_int_equal(AT(10), v->legs[0].talked.v[0].from_us);
	assert_int_equal(CTI_TIME_NONE, v->legs[0].talked.v[0].to_us);
	assert_int_equal(CTI_LEG_CONNECTED, v->legs[0].state);
}

static void a_start_that_was_not_seen_is_taken_from_who_saw_it(void **state)
{
	struct world *w = *state;
	struct cti_conv *a = inbound(w, "0312345678");
	struct cti_conv *b = inbound(w, "0312345678");
	const struct cti_conversation *v = cti_conv_view(a);

	(void)step(a, "201", CTI_ROLE_CALLEE, 100, CTI_EV_ANSWER);
	cti_part_since_unknown(cti_part_find(a, "201"));
	(void)step(b, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ANSWER);
	cti_conv_merge(a, b, AT(120));
	assert_int_equal(1, v->legs[0].talked.n);
	assert_int_equal(AT(10), v->legs[0].talked.v[0].from_us);
}

static void merging_with_itself_or_the_dead_is_nothing(void **state)
{
	struct world *w = *state;
	struct cti_conv *a = inbound(w, "0312345678");
	struct cti_conv *b = inbound(w, "0312345679");

	cti_conv_merge(a, a, AT(10));
	cti_conv_end(b, AT(10), CTI_OUTCOME_NONE);
	cti_conv_merge(a, b, AT(10));
	cti_conv_merge(b, a, AT(10));
	(void)told(w);
	assert_int_equal(1, cti_model_count(w->m));
	assert_string_equal("", w->merged_into);
}

static void the_group_s_transfer_goes_to_who_answered(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");

	cti_conv_transfer(c, AT(10), CTI_TRANSFER_BLIND, "203", "201");
	cti_conv_transfer_got(c, "202");
	assert_string_equal("202", cti_conv_view(c)->transfers[0].to);
	assert_string_equal("203", cti_conv_view(c)->transfers[0].from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(a_consultation_becomes_part_of_its_main_call),
		WORLD(a_line_in_both_is_busy_from_the_first_to_the_last),
		WORLD(a_start_that_was_not_seen_is_taken_from_who_saw_it),
		WORLD(merging_with_itself_or_the_dead_is_nothing),
		WORLD(the_group_s_transfer_goes_to_who_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
