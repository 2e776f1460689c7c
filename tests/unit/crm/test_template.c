/*
 * test_template.c -- mistakes of a template are named with their line and a remedy, what
 * means nothing is passed over with a word, and oddities of published ones are read.
 */
#include "template.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct found {
	char text[4096]; /* "line: what; remedy\n"... */
	unsigned errors, warnings;
};

static void on_problem(
	unsigned line, bool warning, const char *what, const char *remedy, void *arg)
{
	struct found *f = arg;
	const size_t len = strlen(f->text);

	(void)snprintf(f->text + len, sizeof(f->text) - len, "%u: %s%s; %s\n", line,
		warning ? "warning: " : "", what, remedy);
	*(warning ? &f->warnings : &f->errors) += 1;
	assert_true(strlen(what) > 5 && strlen(remedy) > 3);
}

static int parse(const char *text, struct found *f, struct cti_tmpl **tp)
{
	*f = (struct found){ 0 };
	*tp = NULL;
	return cti_tmpl_parse(tp, text, strlen(text), on_problem, f);
}

#define HEAD "<Crm Name=\"T\">\n<Authentication Type=\"No\" />\n<Scenarios>\n"
#define SCENARIO(id, more)                                                               \
	"<Scenario Id=\"" id                                                             \
	"\"><Request Url=\"https://x.test/\" RequestType=\"Get\" />" more                \
	"</Scenario>\n"
#define TAIL "</Scenarios>\n</Crm>\n"

static void mistakes_have_a_line(void **state)
{
	static const struct {
		const char *text, *want; /* a part of what is told */
	} table[] = {
		{ "", "1: this is not well-formed XML" },
		{ "<Crm>\n<a></b></Crm>", "2: this is not well-formed XML" },
		{ "<!DOCTYPE x [<!ENTITY a \"b\">]>\n<Crm>&a;</Crm>",
			"a DOCTYPE is not permitted" },
		{ "<html></html>", "1: <html> is no CRM template" },
		{ "<Crm></Crm>", "no scenario" },
		{ "<Crm></Crm>", "no <Authentication" },
		{ HEAD "<Scenario Id=\"\" />\n" TAIL,
			"4: scenario \"\" has no <Request>" },
		{ HEAD "<Scenario Id=\"\">\n<Request Url=\"https://x\" /></Scenario>" TAIL,
			"5: <Request> has no RequestType" },
		{ HEAD "<Scenario Id=\"\">\n<Request RequestType=\"Get\" /></Scenario>" TAIL,
			"5: <Request> has no Url" },
		{ HEAD "<Scenario Id=\"\" Type=\"SQLDatabase\"><Query/></Scenario>" TAIL,
			"4: Type=\"SQLDatabase\"" },
		{ HEAD SCENARIO("", "\n<Rules><Rule Type=\"Like\">a</Rule></Rules>") TAIL,
			"5: Type=\"Like\" is not known; choose from: Any Equals Number" },
		{ HEAD SCENARIO("", "<Outputs Next=\"Gone\" />") TAIL,
			"4: Next=\"Gone\" names no scenario" },
		{ HEAD SCENARIO("", "<Outputs Next=\"A\" />")
				SCENARIO("A", "<Outputs Next=\"B\" />")
					SCENARIO("B", "<Outputs Next=\"A\" />") TAIL,
			"5: scenario \"A\" comes back to itself" },
		{ "<Crm><Authentication Type=\"Scenario\"><Value>X</Value></Authentication>"
		  "<Scenarios>" SCENARIO("", "") TAIL,
			"Authentication names no scenario: \"X\"" },
		{ "<Crm><Authentication Type=\"Basic\" /><Scenarios>" SCENARIO("", "")
				TAIL,
			"Basic authentication has no <Value>" },
		{ "<Crm><Authentication Type=\"OAuth2\" /><Scenarios>" SCENARIO("", "")
				TAIL,
			"Type=\"OAuth2\" is not known" },
	};
	struct cti_tmpl *t;
	struct found f;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const int err = parse(table[i].text, &f, &t);

		if (err != EINVAL || !strstr(f.text, table[i].want))
			fail_msg("%zu: %d %s", i, err, f.text);
	}
}

static void warnings_stop_nothing(void **state)
{
	static const struct {
		const char *text, *want;
	} table[] = {
		{ HEAD SCENARIO("", "<QueryParams />") TAIL,
			"<QueryParams> means nothing" },
		{ HEAD SCENARIO("OnRinging", "") TAIL,
			"4: warning: scenario \"OnRinging\" is never run" },
		{ HEAD SCENARIO("",
			  "<Outputs><Output Type=\"LastName\" Value=\"[Nobody]\" /></Outputs>")
				TAIL,
			"nothing is called [Nobody]" },
		{ HEAD SCENARIO("",
			  "<Outputs><Output Type=\"LastName\" Value=\"[Open\" /></Outputs>")
				TAIL,
			"never closed" },
		{ "<Crm Mood=\"good\"><Authentication Type=\"No\" /><Scenarios>" SCENARIO(
			  "", "") TAIL,
			"attribute Mood" },
	};
	struct cti_tmpl *t;
	struct found f;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(parse(table[i].text, &f, &t), 0);
		if (f.errors || f.warnings != 1 || !strstr(f.text, table[i].want))
			fail_msg("%zu: %s", i, f.text);
		cti_tmpl_free(t);
	}
}

static void oddities_are_read(void **state)
{
	/* A comment before the root, no declaration, any case of words, two <Scenarios>, no
	 * Id, a path as text, stray text beside a Path, unused namespaces. */
	static const char text[] =
		"<!-- x -->\n<Crm xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instancee\" Name=\"T\">"
		"<Number Prefix=\"plus\" MaxLength=\"9\" /><Connection MaxConcurrentRequests=\"16\" />"
		"<Parameters><Parameter Name=\"B\" Type=\"Boolean\" /><Parameter Name=\"P\" Type=\"Password\" /></Parameters>"
		"<Authentication Type=\"no\" /><Scenarios><Scenario Type=\"rest\">"
		"<Request Url=\"https://x.test/\" RequestType=\"POST\" RequestEncoding=\"json\" ResponseType=\"json\">"
		"<PostValues><Object Key=\"\"><Value Key=\"a\">1</Value></Object></PostValues></Request>"
		"<Variables><Variable Name=\"U\"> a.b <Filter /></Variable>"
		"<Variable Name=\"V\" Path=\"c\">stray<Filter /></Variable></Variables>"
		"<Outputs AllowEmpty=\"TRUE\" /></Scenario></Scenarios>"
		"<Scenarios><Scenario Id=\"ReportCall\"><Request Url=\"https://x.test/[B]\" RequestType=\"Get\" /></Scenario></Scenarios></Crm>";
	struct cti_tmpl *t;
	struct found f;

	(void)state;
	assert_int_equal(parse(text, &f, &t), 0);
	assert_string_equal(f.text, "");
	assert_int_equal(t->nscenarios, 2);
	assert_int_equal(t->prefix, CTI_TMPL_PLUS);
	assert_int_equal(t->max_requests, 16);
	assert_string_equal(t->scenarios[0].id, "");
	assert_true(t->scenarios[0].post);
	assert_true(t->scenarios[0].allow_empty);
	assert_int_equal(t->scenarios[0].encoding, CTI_TMPL_BODY_JSON);
	assert_string_equal(t->scenarios[0].variables[0].path, "a.b");
	assert_string_equal(t->scenarios[0].variables[1].path, "c");
	assert_int_equal(t->scenarios[0].body.nchildren, 1); /* the Object is the body */
	assert_string_equal(t->params[0].dflt, "False");
	assert_true(t->params[1].secret);
	assert_true(cti_tmpl_has(t, "ReportCall"));
	assert_false(cti_tmpl_has(t, "SearchContacts"));
	cti_tmpl_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_have_a_line),
		cmocka_unit_test(warnings_stop_nothing),
		cmocka_unit_test(oddities_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
