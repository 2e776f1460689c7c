#include "world.h"

static void a_lower_source_never_overrules_a_higher_one(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = cti_conv_new(w->m, AT(0), "main", NULL);
	const struct cti_conversation *v = cti_conv_view(c);

	assert_true(cti_conv_set_dialled(c, "201", CTI_PROV_API));
	assert_false(cti_conv_set_dialled(c, "202", CTI_PROV_DIALOG));
	assert_string_equal("201", v->dialled);
	assert_true(cti_conv_set_dialled(c, "203", CTI_PROV_USER));
	assert_string_equal("203", v->dialled);
}

static void nothing_known_becomes_unknown(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");
	const struct cti_conversation *v = cti_conv_view(c);

	assert_false(cti_conv_set_direction(c, CTI_DIR_UNKNOWN, CTI_PROV_USER));
	assert_false(
		cti_conv_set_external(c, NULL, NULL, CTI_PRES_UNKNOWN, CTI_PROV_USER));
	assert_false(cti_conv_set_ended_by(c, NULL, CTI_PROV_USER));
	assert_false(cti_conv_set_cause(c, (struct cti_cause){ 0 }, CTI_PROV_USER));
	assert_int_equal(CTI_DIR_INBOUND, v->direction);
	assert_string_equal("0312345678", v->external.number);
}

static void an_internal_call_has_no_outside_party(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");

	assert_true(cti_conv_set_direction(c, CTI_DIR_INTERNAL, CTI_PROV_API));
	assert_false(cti_conv_view(c)->has_external);
	assert_false(cti_conv_set_external(
		c, "0312345678", NULL, CTI_PRES_ALLOWED, CTI_PROV_API));
}

static void read(const char *pbx, const char *raw, char e164[CTI_E164_BYTES],
	char display[CTI_DISPLAY_BYTES], void *arg)
{
	(void)arg;
	(void)snprintf(e164, CTI_E164_BYTES, "+81%s", raw + 1);
	(void)snprintf(display, CTI_DISPLAY_BYTES, "%s:%s", pbx, raw);
}

static void numbers_are_read_by_the_pbx_s_plan(void **state)
{
	struct world *w = *state;
	struct cti_conv *c;

	cti_model_on_number(w->m, read, NULL);
	c = inbound(w, "0312345678");
	assert_string_equal("+81312345678", cti_conv_view(c)->external.e164);
	assert_string_equal("main:0312345678", cti_conv_view(c)->external.display);
}

static void one_change_is_told_for_many_facts(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");

	(void)cti_conv_set_dialled(c, "0355501234", CTI_PROV_API);
	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	(void)told(w);
	assert_int_equal(1, w->changes);
	assert_int_equal(1, cti_conv_view(c)->version);
	(void)told(w);
	assert_int_equal(1, w->changes);
}

static void what_the_table_refuses_changes_nothing_and_is_counted(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");

	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	assert_int_not_equal(0, step(c, "201", CTI_ROLE_CALLEE, 20, CTI_EV_HOLD));
	assert_int_equal(1, cti_model_refused(w->m));
	assert_int_equal(CTI_LEG_ALERTING, cti_conv_view(c)->legs[0].state);
	assert_string_equal(
		"refused", cti_conv_view(c)->trace[cti_conv_view(c)->ntrace - 1].what);
}

static void the_same_line_is_one_leg_until_it_has_ended(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");
	const struct cti_conversation *v = cti_conv_view(c);

	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	(void)step(c, "201", CTI_ROLE_CALLEE, 11, CTI_EV_ALERT);
	assert_int_equal(1, v->nlegs);
	(void)step(c, "201", CTI_ROLE_CALLEE, 20, CTI_EV_END);
	(void)step(c, "201", CTI_ROLE_CALLEE, 30, CTI_EV_ALERT);
	assert_int_equal(2, v->nlegs);
	assert_int_equal(CTI_LEG_ENDED, v->legs[0].state);
	assert_int_equal(CTI_LEG_ALERTING, v->legs[1].state);
}

static void no_span_ends_before_it_begins(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");
	const struct cti_conversation *v = cti_conv_view(c);

	(void)step(c, "201", CTI_ROLE_CALLEE, 500, CTI_EV_ALERT);
	(void)step(c, "201", CTI_ROLE_CALLEE, 400, CTI_EV_ANSWER);
	(void)step(c, "201", CTI_ROLE_CALLEE, 300, CTI_EV_END);
	assert_int_equal(v->legs[0].rang.from_us, v->legs[0].rang.to_us);
	assert_true(v->legs[0].talked.v[0].to_us >= v->legs[0].talked.v[0].from_us);
}

static void the_trace_is_bounded_and_says_so(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");
	const struct cti_conversation *v = cti_conv_view(c);

	for (int i = 0; i < 1000; i++)
		cti_conv_add_trace(c, AT(i), "report", "n=%d", i);
	assert_int_equal(200, v->ntrace);
	assert_string_equal("full", v->trace[199].what);
}

static void put_note(
	struct cti_conv *c, int at, const char *id, const char *user, const char *text)
{
	const struct cti_note note = {
		.at_us = AT(at), .id = id, .user = user, .text = text, .disposition = id
	};

	assert_int_equal(0, cti_conv_put_note(c, &note));
}

static void the_same_note_is_replaced_where_it_stands(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");
	const char *json;

	put_note(c, 0, "n1", "aoki", "first");
	put_note(c, 1, "n1", "baba", "of somebody else");
	put_note(c, 2, "n1", "aoki", "first and more");
	json = cti_conv_view(c)->notes_json;
	assert_null(strstr(json, "\"first\""));
	assert_non_null(strstr(json, "first and more"));
	assert_true(strstr(json, "first and more") < strstr(json, "of somebody else"));
	assert_non_null(strstr(json, "\"disposition\":\"n1\""));
}

static void notes_are_an_array_of_what_people_wrote(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");

	put_note(c, 0, NULL, "aoki", "said \"yes\"");
	put_note(c, 1, NULL, "baba", "called back");
	assert_non_null(strstr(cti_conv_view(c)->notes_json, "\\\"yes\\\""));
	assert_non_null(strstr(cti_conv_view(c)->notes_json, "},{"));
	assert_int_equal(']',
		cti_conv_view(c)->notes_json[strlen(cti_conv_view(c)->notes_json) - 1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(a_lower_source_never_overrules_a_higher_one),
		WORLD(nothing_known_becomes_unknown),
		WORLD(an_internal_call_has_no_outside_party),
		WORLD(numbers_are_read_by_the_pbx_s_plan),
		WORLD(one_change_is_told_for_many_facts),
		WORLD(what_the_table_refuses_changes_nothing_and_is_counted),
		WORLD(the_same_line_is_one_leg_until_it_has_ended),
		WORLD(no_span_ends_before_it_begins),
		WORLD(the_trace_is_bounded_and_says_so),
		WORLD(notes_are_an_array_of_what_people_wrote),
		WORLD(the_same_note_is_replaced_where_it_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
