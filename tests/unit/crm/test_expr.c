/*
 * test_expr.c -- texts with expressions: every form that published templates use, the
 * traps between them, and what must not be evaluated.
 */
#include "expr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static unsigned warnings;

static void warn(const char *what, void *arg)
{
	(void)what;
	(void)arg;
	warnings++;
}

static const struct {
	const char *name, *text;
	enum cti_origin origin;
} texts[] = {
	{ "Number", "+81312345678", CTI_ORIGIN_CALL },
	{ "Empty", "", CTI_ORIGIN_CALL },
	{ "Caller", "[Number] \"x\" {{", CTI_ORIGIN_CALL },
	{ "Greeting", "Call from [Number]", CTI_ORIGIN_TEMPLATE },
	{ "Clock", "at [[T].ToString(\"HH:mm\")]", CTI_ORIGIN_TEMPLATE },
	{ "Secret", "a[Number]b", CTI_ORIGIN_ADMIN },
	{ "CallType", "Missed", CTI_ORIGIN_LITERAL },
	{ "Flag", "True", CTI_ORIGIN_TEMPLATE },
	{ "Three", "3", CTI_ORIGIN_REPLY },
	{ "Path", "a\\b,c", CTI_ORIGIN_REPLY },
	{ "Contact::Id", "c7", CTI_ORIGIN_REPLY },
};

static bool lookup(const char *name, struct cti_value *v, void *arg)
{
	const bool local = strcmp(name, "L") == 0;

	(void)arg;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(texts[i].name, name) != 0)
			continue;
		cti_value_set_text(
			v, texts[i].text, strlen(texts[i].text), texts[i].origin);
		return true;
	}
	if (strcmp(name, "T") == 0 || local)
		*v = (struct cti_value){
			.kind = CTI_VALUE_TIME, .local = local, .us = 1772413445678000
		}; /* 2026-03-02T01:04:05.678Z */
	else if (strcmp(name, "Span") == 0)
		*v = (struct cti_value){ .kind = CTI_VALUE_SPAN, .us = 185000000 };
	else if (strcmp(name, "Page") == 0)
		*v = (struct cti_value){ .kind = CTI_VALUE_NUMBER, .number = 2 };
	else if (strcmp(name, "Unset") != 0)
		return false;
	return true;
}

static char *evaluate(const char *text, unsigned passes)
{
	struct cti_mtext out = { 0 };
	struct cti_expr x;
	char *s;

	warnings = 0;
	cti_expr_init(&x, lookup, warn, NULL);
	cti_expr_text(&x, text, passes, &out);
	assert_int_equal(out.text.err, 0);
	s = strdup(cti_mtext_str(&out));
	cti_mtext_reset(&out);
	return s;
}

static void texts_are_evaluated(void **state)
{
	static const struct {
		const char *text;
		unsigned passes;
		const char *want;
	} table[] = {
		/* names, adjacency, what nobody knows, what is not set */
		{ "", 0, "" },
		{ "plain", 0, "plain" },
		{ "[Number]", 0, "+81312345678" },
		{ "[ Number ]", 0, "+81312345678" },
		{ "[Number]-[Three]", 0, "+81312345678-3" },
		{ "[Nobody]", 0, "[Nobody]" },
		{ "a[Unset]b", 0, "ab" },
		{ "[Contact::Id]", 0, "c7" },
		{ "[number]", 0, "[number]" },
		{ "[", 0, "[" },
		{ "]", 0, "]" },
		{ "[Number", 0, "[Number" },
		{ "[]", 0, "[]" },
		{ "[[Nobody].ToString(\"x\")]", 0, "[[Nobody].ToString(\"x\")]" },
		/* passes: 0 and 1 are once */
		{ "[Greeting]", 0, "Call from [Number]" },
		{ "[Greeting]", 1, "Call from [Number]" },
		{ "[Greeting]", 2, "Call from +81312345678" },
		{ "[[Greeting]]", 2, "Call from +81312345678" },
		{ "[[Greeting]]", 4, "Call from +81312345678" },
		{ "[[Clock]]", 2, "at 01:04" },
		/* data is never evaluated, however often */
		{ "[Caller]", 1, "[Number] \"x\" {{" },
		{ "[Caller]", 2, "[Number] \"x\" {{" },
		{ "[[Caller]]", 4, "[Number] \"x\" {{" },
		{ "[Secret]", 3, "a[Number]b" },
		/* brackets and quotes in literal text */
		{ "{{ ^^a^^ }}", 0, "[ \"a\" ]" },
		{ "{ \"a\": 1 }", 0, "{ \"a\": 1 }" },
		{ "{{Number}}", 2, "[Number]" },
		{ "[\"[Number]\", {\"a\": \"[Three]\"}]", 0,
			"[\"+81312345678\", {\"a\": \"3\"}]" },
		/* methods */
		{ "[[T].ToString(\"yyyy-MM-ddTHH:mm:ssZ\")]", 0, "2026-03-02T01:04:05Z" },
		{ "[[L].ToString(\"yyyy-MM-dd HH:mm\")]", 0, "2026-03-02 10:04" },
		{ "[[T].ToString(\"yy M d h:m:s.fff tt\")]", 0, "26 3 2 1:4:5.678 AM" },
		{ "[[L].ToString(\"ddd, dd MMM yyyy zzz\")]", 0,
			"Mon, 02 Mar 2026 +09:00" },
		{ "[[T].ToString(\"t\")]", 0, "01:04" },
		{ "[[T].ToString(\"'at' HH\")]", 0, "at 01" },
		{ "[T]", 0, "2026-03-02 01:04:05" },
		{ "[[Span].get_TotalSeconds()]", 0, "185" },
		{ "[[[Span].get_TotalMinutes()].ToString(\"F0\")]", 0, "3" },
		{ "[[[Span].get_TotalMinutes()].ToString(\"F2\")]", 0, "3.08" },
		{ "[Span]", 0, "00:03:05" },
		{ "[[Number].Replace(\"+\",\"%2B\")]", 0, "%2B81312345678" },
		{ "[[Path].Replace(\"\\\",\"/\").Replace(\",\",\"\")]", 0, "a/bc" },
		{ "[[Number].Replace(\"8\",\"[Three]\")]", 0, "+31312345673" },
		{ "[[CallType].ToLower()]", 0, "missed" },
		{ "[[Unset].ToString(\"HH\")]", 0, "" }, /* an error in .NET */
		{ "[[Number].Reverse()]", 0, "[[Number].Reverse()]" },
		{ "[[Number].get_TotalSeconds()]", 0, "[[Number].get_TotalSeconds()]" },
		/* arithmetic */
		{ "[Page+1]", 0, "3" },
		{ "[[Page]*10-5]", 0, "15" },
		{ "[Page/0]", 0, "0" },
		/* IIf */
		{ "[IIf([CallType]==Missed,no,yes)]", 0, "no" },
		{ "[IIf([Empty]==\"\",none,[Empty])]", 0, "none" },
		{ "[IIf([Three]>2,\"[Number], [Three]\",x)]", 0, "+81312345678, 3" },
		{ "[IIf([Flag]==True,[[Number].Replace(\"+\",\"(\")],x)]", 0,
			"(81312345678" },
		{ "[IIf([Flag]==True&&[Empty]!=\"\",a,[IIf([Page]>=2,b,c)])]", 0, "b" },
		{ "[IIf([Flag]!=True,x,[CallType]!=Missed)]", 0, "False" },
		{ "[IIf(a,b)]", 0, "[IIf(a,b)]" },
		{ "[IIf([Three]==3,\"\",x)]", 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char *got = evaluate(table[i].text, table[i].passes);

		if (strcmp(got, table[i].want) != 0)
			fail_msg("%s (%u): %s instead of %s", table[i].text,
				table[i].passes, got, table[i].want);
		free(got);
	}
}

static void conditions_are_true_or_not(void **state)
{
	static const struct {
		const char *text;
		bool want;
	} table[] = {
		{ "True", true },
		{ "False", false },
		{ "[Flag]", true },
		{ "[Flag]==True", true },
		{ "[Flag] == True", true },
		{ "[Flag]!=True||[Empty]==\"\"", true },
		{ "[Flag]!=True||[Number]==\"\"", false },
		{ "[CallType]!=Inbound&&[CallType]!=Missed", false },
		{ "[CallType]==Inbound||[CallType]==Missed&&[Flag]==True", true },
		{ "([CallType]==Inbound||[CallType]==Missed)&&[Flag]==False", false },
		{ "[CallType]==\"Missed\"", true },
		{ "[CallType]==missed", false }, /* exact */
		{ "[Page]>0", true },
		{ "[Page] > 2", false },
		{ "[Page]<=2", true },
		{ "[Empty]>0", false }, /* nothing counts 0 */
		{ "[Span].get_TotalSeconds()>0", true },
		{ "[[Span].get_TotalSeconds()]>200", false },
		{ "[IIf([Page]>0,True,False)]", true },
		{ "[IIf([Flag]==True||[Empty]==\"\",True,[IIf([Page]==2,True,False)])]",
			true },
		{ "[Flag]!=True||[IIf([CallType]==Missed,[Flag]!=False,False)]==True",
			true },
		{ "[Caller]==\"x\"", false }, /* quotes in data end nothing */
		{ "[Unset]==\"\"", true },
	};
	struct cti_expr x;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		cti_expr_init(&x, lookup, warn, NULL);
		if (cti_expr_true(&x, table[i].text, false) != table[i].want)
			fail_msg("%s", table[i].text);
	}
	cti_expr_init(&x, lookup, warn, NULL);
	assert_true(cti_expr_true(&x, " ", true)); /* nothing: the default */
	assert_false(cti_expr_true(&x, "", false));
}

static void strange_ones_are_told(void **state)
{
	(void)state;
	free(evaluate("[[Unset].ToString(\"HH\")]", 0));
	assert_int_equal(warnings, 1);
	free(evaluate("[[Number].get_TotalSeconds()]", 0));
	assert_int_equal(warnings, 1);
}

static void work_is_bounded(void **state)
{
	enum { LONG = 20000 };
	char *text = malloc(LONG + 1);

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		static const char *const patterns[] = { "[", "[\"", "[IIf(" };

		for (size_t i = 0; i < LONG; i++)
			text[i] = patterns[k][i % strlen(patterns[k])];
		text[LONG] = '\0';
		free(evaluate(text, 2));
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_evaluated),
		cmocka_unit_test(conditions_are_true_or_not),
		cmocka_unit_test(strange_ones_are_told),
		cmocka_unit_test(work_is_bounded),
	};

	(void)setenv("TZ", "Asia/Tokyo", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
