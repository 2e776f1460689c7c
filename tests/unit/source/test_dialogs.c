/*
 * What holds for documents of every product: gaps, age, a better source.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "documents.h"

static void what_was_there_before_anybody_looked_began_nobody_knows_when(void **state)
{
	struct world *w = *state;

	RING(100, "201", "0312345678");
	USE(500, "201");
	IDLE(900, "201");
	assert_string_equal(
		"inbound 0312345678: 201 callee t500-900 answered, | 900 answered\n",
		settled(w));
}

static void what_is_gone_after_a_gap_ended_nobody_knows_when(void **state)
{
	struct world *w = *state;
	const struct cti_report_link lost = {
		.at_us = AT(600), .source = CTI_PROV_DIALOG, .what = CTI_LINK_DOWN
	};

	all_idle(w);
	RING(100, "201", "0312345678");
	USE(500, "201");
	cti_dialogs_link(w->d, &lost);
	for (size_t i = 0; i < 6; i++)
		IDLE(60000, lines[i]);
	assert_string_equal(
		"inbound 0312345678: 201 callee r100 t500--1 answered, | -1 answered\n",
		settled(w));
}

static void a_missing_version_asks_for_the_line(void **state)
{
	struct world *w = *state;

	all_idle(w);
	w->version[0] += 3;
	RING(100, "201", "0312345678");
	assert_string_equal("201", w->wanted);
}

static void a_ring_that_lasts_too_long_asks_for_the_line(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	cti_dialogs_tick(w->d, AT(30000));
	assert_string_equal("", w->wanted);
	cti_dialogs_tick(w->d, AT(70000));
	assert_string_equal("201", w->wanted);
}

static struct cti_conv *nobody(const char *line, void *arg)
{
	(void)line;
	(void)arg;
	return NULL;
}

static void in_the_shadow_of_a_better_source_nothing_is_made(void **state)
{
	struct world *w = *state;

	all_idle(w);
	cti_dialogs_shadow(w->d, AT(10), true, nobody, NULL);
	RING(100, "201", "0312345678");
	USE(500, "201");
	assert_int_equal(0, cti_model_count(w->m));
	cti_dialogs_shadow(w->d, AT(600), false, nobody, NULL); /* it is lost: adopt */
	assert_int_equal(1, cti_model_count(w->m));
	IDLE(900, "201");
	assert_non_null(strstr(settled(w), "inbound 0312345678: 201 callee"));
	assert_string_equal("", w->pops);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		W(what_was_there_before_anybody_looked_began_nobody_knows_when),
		W(what_is_gone_after_a_gap_ended_nobody_knows_when),
		W(a_missing_version_asks_for_the_line),
		W(a_ring_that_lasts_too_long_asks_for_the_line),
		W(in_the_shadow_of_a_better_source_nothing_is_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
