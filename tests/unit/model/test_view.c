#include "world.h"

#include "json.h"
#include "view.h"

static struct cti_json *render(struct cti_conv *c)
{
	struct cti_buf b = { 0 };
	struct cti_jsonw w;
	struct cti_json *doc = NULL;

	cti_jsonw_init(&w, &b);
	cti_view_conversation(&w, NULL, cti_conv_view(c));
	cti_view_add_trace(&w, cti_conv_view(c));
	assert_int_equal(0, b.err);
	assert_int_equal(0, cti_json_parse(&doc, b.data, b.len));
	cti_buf_reset(&b);
	return doc;
}

static void a_ringing_call_reads_as_documented(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");
	const struct cti_json_node *o, *leg;
	struct cti_json *doc;

	cti_conv_add_facts(c, CTI_FACT_ANSWER);
	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	(void)told(w);
	doc = render(c);
	o = cti_json_root(doc);
	assert_string_equal("inbound", cti_json_str(o, "direction"));
	assert_string_equal("alerting", cti_json_str(o, "state"));
	assert_string_equal("2023-11-14T22:13:20.000000Z", cti_json_str(o, "started_at"));
	assert_null(cti_json_str(o, "ended_at"));
	assert_null(cti_json_str(o, "outcome"));
	assert_string_equal(
		"0312345678", cti_json_str(cti_json_get(o, "external"), "number"));
	assert_string_equal(
		"dialog", cti_json_str(cti_json_get(o, "external"), "source"));
	leg = cti_json_at(cti_json_get(o, "legs"), 0);
	assert_string_equal("alerting", cti_json_str(leg, "state"));
	assert_int_equal(2, cti_json_count(cti_json_get(leg, "rang")));
	assert_null(cti_json_text(cti_json_at(cti_json_get(leg, "rang"), 1)));
	assert_int_equal(6, cti_json_count(cti_json_get(o, "unknown")));
	assert_true(cti_json_count(cti_json_get(o, "trace")) > 0);
	cti_json_free(doc);
}

static void a_lost_call_ends_unknown(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, NULL);
	struct cti_json *doc;

	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ANSWER);
	cti_conv_end(c, CTI_TIME_UNKNOWN, CTI_OUTCOME_NONE);
	doc = render(c);
	assert_string_equal("unknown", cti_json_str(cti_json_root(doc), "ended_at"));
	assert_string_equal("ended", cti_json_str(cti_json_root(doc), "state"));
	assert_null(cti_json_str(cti_json_get(cti_json_root(doc), "external"), "number"));
	assert_string_equal(
		"withheld", cti_json_str(cti_json_get(cti_json_root(doc), "external"),
				    "presentation"));
	cti_json_free(doc);
	(void)told(w);
}

static void a_cause_has_its_texts(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");
	struct cti_json *doc;
	const struct cti_json_node *cause;
	int64_t code = 0;

	(void)cti_conv_set_cause(c, (struct cti_cause){ .sip = 486 }, CTI_PROV_API);
	doc = render(c);
	cause = cti_json_get(cti_json_root(doc), "cause");
	assert_true(cti_json_int(cause, "sip", &code));
	assert_int_equal(486, code);
	assert_string_equal("話し中", cti_json_str(cti_json_get(cause, "text"), "ja"));
	cti_json_free(doc);
}

static void the_most_telling_state_is_the_call_s(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");
	struct cti_json *doc;

	(void)step(c, "201", CTI_ROLE_CALLEE, 10, CTI_EV_ALERT);
	(void)step(c, "202", CTI_ROLE_CALLEE, 10, CTI_EV_ANSWER);
	doc = render(c);
	assert_string_equal("connected", cti_json_str(cti_json_root(doc), "state"));
	cti_json_free(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(a_ringing_call_reads_as_documented),
		WORLD(a_lost_call_ends_unknown),
		WORLD(a_cause_has_its_texts),
		WORLD(the_most_telling_state_is_the_call_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
