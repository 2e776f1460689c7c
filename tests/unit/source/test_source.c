/*
 * The two sources of one PBX: its event stream decides while it is there, the documents
 * when it is not; and no call outlives the return of the source that it came from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "raw_pbx.h"

#include <errno.h>

static void words_of_a_link_are_known_and_others_are_not(void **state)
{
	static const char *const good[] = { "up", "snapshot-begin", "snapshot-end",
		"line-up", "line-lost 403", "down no answer" };
	struct world w;

	(void)state;
	setup(&w);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(link_sip(&w, 1, good[i], "201"), 0);
		assert_int_equal(link_api(&w, 1, good[i]), 0);
	}
	assert_int_equal(link_api(&w, 2, "nonsense"), EBADMSG);
	assert_int_equal(link_api(&w, 2, ""), EBADMSG);
	teardown(&w);
}

/* Documents and events of one moment come in either order. */
static void with_the_stream_there_documents_make_no_call(void **state)
{
	struct world w;

	(void)state;
	setup(&w);
	stream_is_up(&w, 0);
	device(&w, 10, "201", 0, "terminated", NULL);
	device(&w, 1040, "201", 1, "early", "0312345678");
	assert_int_equal(cti_model_count(w.m), 0);
	stream_rings(&w, 1000);
	assert_int_equal(cti_model_count(w.m), 1);
	teardown(&w);
}

static void without_the_stream_documents_decide(void **state)
{
	struct world w;

	(void)state;
	setup(&w);
	stream_is_up(&w, 0);
	device(&w, 10, "201", 0, "terminated", NULL);
	assert_int_equal(link_api(&w, 500, "down connection reset"), 0);
	device(&w, 1040, "201", 1, "early", "0312345678");
	assert_int_equal(cti_model_count(w.m), 1);
	device(&w, 3000, "201", 2, "terminated", NULL);
	tick(&w, 9000);
	assert_string_equal(w.ended, "inbound none known; ");
	teardown(&w);
}

/* The stream broke in a call, and the call ended meanwhile. */
static void no_call_survives_the_return_of_its_stream(void **state)
{
	struct world w;

	(void)state;
	setup(&w);
	stream_is_up(&w, 0);
	stream_rings(&w, 1000);
	assert_int_equal(link_api(&w, 2000, "down connection reset"), 0);
	stream_is_up(&w, 30000);
	tick(&w, 33000);
	assert_string_equal(w.ended, "inbound none unknown; ");
	assert_int_equal(cti_model_count(w.m), 0);
	teardown(&w);
}

static void no_call_survives_the_return_of_its_subscription(void **state)
{
	struct world w;

	(void)state;
	setup(&w);
	device(&w, 10, "201", 0, "terminated", NULL);
	device(&w, 1000, "201", 1, "early", "0312345678");
	device(&w, 2000, "201", 2, "confirmed", NULL);
	assert_int_equal(link_sip(&w, 3000, "line-lost timeout", "201"), 0);
	assert_int_equal(link_sip(&w, 30000, "line-up", "201"), 0);
	device(&w, 30100, "201", 0, "terminated", NULL);
	tick(&w, 40000);
	assert_string_equal(w.ended, "inbound answered unknown; ");
	assert_int_equal(cti_model_count(w.m), 0);
	teardown(&w);
}

static void on_want(const char *pbx, const char *line, void *arg)
{
	struct world *w = arg;
	const size_t n = strlen(w->wanted);

	assert_string_equal(pbx, "main");
	(void)snprintf(w->wanted + n, sizeof(w->wanted) - n, "%s ", line);
}

/* The document that told the end was lost, and the line never said another word. */
static void a_state_that_grew_old_is_asked_for_within_a_minute(void **state)
{
	struct world w;

	(void)state;
	setup(&w);
	device(&w, 10, "201", 0, "terminated", NULL);
	device(&w, 1000, "201", 1, "early", "0312345678");
	for (int64_t ms = 2000; ms <= 62000; ms += 1000)
		tick(&w, ms);
	cti_source_wants(w.s, on_want, &w);
	assert_string_equal(w.wanted, "201 ");
	device(&w, 62100, "201", 2, "terminated", NULL);
	tick(&w, 70000);
	assert_int_equal(cti_model_count(w.m), 0);
	teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_a_link_are_known_and_others_are_not),
		cmocka_unit_test(with_the_stream_there_documents_make_no_call),
		cmocka_unit_test(without_the_stream_documents_decide),
		cmocka_unit_test(no_call_survives_the_return_of_its_stream),
		cmocka_unit_test(no_call_survives_the_return_of_its_subscription),
		cmocka_unit_test(a_state_that_grew_old_is_asked_for_within_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
