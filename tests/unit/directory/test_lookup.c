/*
 * test_lookup.c -- the index, CRMs and the budget together: what is told, in which
 * order, and what a slow or dead CRM changes about it: nothing.
 */
#include "directory.h"
#include "pg_migrated.h"
#include "script.h"

#include <cti/loop.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LOOKUP = 1u << CTI_CRM_LOOKUP, HOUR_MS = 3600000 };

static struct {
	char contacts[8][4096]; /* as they were told */
	unsigned n, wanted;
	char traces[4096];
	const char *until; /* a trace that ends the waiting */
} told;

static const struct cti_crm_conf confs[] = {
	{ .name = "first", .country = (char *)(uintptr_t) "JP" },
	{ .name = "second", .country = (char *)(uintptr_t) "JP" },
};

static int up(void **state)
{
	struct cti_pg *pg = NULL;
	int err = pg_migrated_up(state, "dir", &pg);

	cti_pg_free(pg);
	return err ? err : cti_loop_init(256);
}

static int down(void **state)
{
	cti_loop_fini();
	return pg_fixture_down(state);
}

static void on_news(const struct cti_directory_news *news, void *arg)
{
	const size_t len = strlen(told.traces);

	(void)arg;
	if (news->trace) {
		(void)snprintf(told.traces + len, sizeof(told.traces) - len, "[%s]",
			news->trace);
		if (told.until && strstr(told.traces, told.until))
			cti_loop_stop();
	}
	if (news->contacts_json && told.n < 8)
		(void)snprintf(told.contacts[told.n++], sizeof(told.contacts[0]), "%s",
			news->contacts_json);
	if (news->contacts_json && told.n == told.wanted)
		cti_loop_stop();
}

static struct cti_directory *again(uint32_t budget_ms)
{
	const struct cti_directory_conf conf = { .db_url = pg_fixture_url("dir"),
		.workers = 2,
		.budget_ms = budget_ms,
		.negative_ms = HOUR_MS,
		.crms = confs,
		.ncrms = 2,
		.country = "JP" };
	struct cti_directory *d = NULL;

	memset(script_crms, 0, sizeof(script_crms));
	script_crms[0] = (struct script_crm){ .name = "first", .caps = LOOKUP };
	script_crms[1] = (struct script_crm){ .name = "second", .caps = LOOKUP };
	script_start();
	assert_int_equal(cti_directory_start(&d, &conf, on_news, NULL), 0);
	cti_directory_set_crms(d, &script_asker);
	return d;
}

/* With an empty index. */
static struct cti_directory *start(uint32_t budget_ms)
{
	(void)pg_fixture_value("dir", "DELETE FROM contacts; DELETE FROM crms");
	return again(budget_ms);
}

static void stop(struct cti_directory *d)
{
	script_stop();
	cti_directory_set_crms(d, NULL);
	cti_loop_drain();
	cti_directory_stop(d);
	cti_loop_drain();
}

static void ask(struct cti_directory *d, const char *conversation, const char *number)
{
	const struct cti_directory_ask a = { .conversation = conversation,
		.number = number };

	assert_int_equal(cti_directory_lookup(d, &a), 0);
}

/* Until n pictures were told, or a trace; counted anew. */
static void wait_told(unsigned n, const char *trace)
{
	told.wanted = n;
	told.until = trace;
	if (trace && strstr(told.traces, trace))
		return;
	assert_int_equal(cti_loop_run(), 0);
}

static void look_up(struct cti_directory *d, const char *number, unsigned n)
{
	memset(&told, 0, sizeof(told));
	ask(d, "call", number);
	wait_told(n, NULL);
}

static void has(unsigned i, const char *want)
{
	if (!strstr(told.contacts[i], want))
		fail_msg("%s is not in %s", want, told.contacts[i]);
}

static void test_a_crm_knows_them(void **state)
{
	struct cti_directory *d = start(HOUR_MS);

	(void)state;
	script_crms[0].contact = "Yamada";
	script_crms[0].number = "03-1234-5678";
	look_up(d, "+81312345678", 1);
	has(0, "\"status\":\"one\"");
	has(0, "\"name\":\"Yamada\"");
	has(0, "\"source\":\"first\"");
	has(0, "\"url\":\"https://crm.example/17\"");
	has(0, "\"label\":\"mobile\"");
	wait_told(99, "source=first kept in the index");
	stop(d);
	d = again(HOUR_MS);
	script_crms[0].hold = true;
	look_up(d, "+81312345678", 1);
	has(0, "\"name\":\"Yamada\"");
	has(0, "\"url\":\"https://crm.example/17\"");
	assert_non_null(strstr(told.traces, "source=index result=one"));
	stop(d);
}

static void test_late_answers_are_told(void **state)
{
	struct cti_directory *d = start(1000);

	(void)state;
	script_crms[0].hold = true;
	script_crms[0].contact = "Yamada";
	look_up(d, "+81312345678", 1);
	has(0, "\"status\":\"none\"");
	assert_non_null(strstr(told.traces, "budget is over pending=1"));
	script_release("first");
	wait_told(2, NULL);
	has(1, "\"status\":\"one\"");
	has(1, "\"reason\":\"found by the CRM\"");
	stop(d);
}

static void test_the_index_does_not_wait_for_a_crm(void **state)
{
	struct cti_directory *d = start(HOUR_MS);

	(void)state;
	(void)pg_fixture_value("dir",
		"INSERT INTO contacts (id, source, source_key, name)"
		" VALUES (gen_random_uuid(), 's', 'k', 'Suzuki');"
		"INSERT INTO contact_numbers (contact_id, position, raw, e164)"
		" SELECT id, 1, '0312345678', '+81312345678' FROM contacts");
	script_crms[0].hold = true;
	script_crms[1].hold = true;
	look_up(d, "+81312345678", 1);
	has(0, "\"name\":\"Suzuki\"");
	stop(d);
}

static void test_a_dead_crm_is_a_trace(void **state)
{
	struct cti_directory *d = start(HOUR_MS);

	(void)state;
	script_crms[0].err = CTI_CRM_UNREACHABLE;
	script_crms[1].contact = "Sato";
	look_up(d, "+81312345678", 1);
	wait_told(99, "source=first result=unreachable");
	has(0, "\"name\":\"Sato\"");
	stop(d);
}

/* The order of the configuration is the order of preference; both are shown. */
static void test_order_of_crms(void **state)
{
	struct cti_directory *d = start(HOUR_MS);

	(void)state;
	script_crms[0].contact = "Sato";
	script_crms[0].hold = true;
	script_crms[1].contact = "Aoki";
	look_up(d, "+81312345678", 1);
	has(0, "\"name\":\"Aoki\"");
	script_release("first");
	wait_told(2, NULL);
	has(1, "\"status\":\"many\"");
	assert_true(strstr(told.contacts[1], "Sato") < strstr(told.contacts[1], "Aoki"));
	stop(d);
}

static void test_what_is_only_alike_is_passed_over(void **state)
{
	struct cti_directory *d = start(HOUR_MS);

	(void)state;
	script_crms[0].contact = "Another";
	script_crms[0].number = "03-9234-5678";
	look_up(d, "+81312345678", 1);
	has(0, "\"status\":\"none\"");
	assert_non_null(
		strstr(told.traces, "source=first result=none found=0 passed_over=1"));
	stop(d);
}

static void test_nobody_is_remembered_until_we_write(void **state)
{
	struct cti_directory *d = start(HOUR_MS);

	(void)state;
	look_up(d, "+81312345678", 1);
	look_up(d, "+81312345678", 1);
	assert_non_null(strstr(told.traces, "source=first result=asked a moment ago"));
	assert_int_equal(script_crms[0].asked, 1);
	cti_directory_forget(d, "+81312345678");
	script_crms[1].contact = "Sato";
	look_up(d, "+81312345678", 1);
	has(0, "\"name\":\"Sato\"");
	assert_int_equal(script_crms[0].asked, 2);
	stop(d);
}

static void test_digits_that_are_no_number_go_to_no_crm(void **state)
{
	struct cti_directory *d = start(HOUR_MS);

	(void)state;
	look_up(d, "312345678", 1);
	has(0, "\"status\":\"none\"");
	assert_int_equal(script_crms[0].asked, 0);
	stop(d);
}

/* A look-up that another took the place of tells no more. */
static void test_the_second_replaces_the_first(void **state)
{
	struct cti_directory *d = start(HOUR_MS);

	(void)state;
	script_crms[0].hold = true;
	script_crms[0].contact = "Yamada";
	memset(&told, 0, sizeof(told));
	ask(d, "call", "+81312345678");
	ask(d, "call", "+81399999999");
	script_wait("first", 2);
	script_release("first");
	wait_told(1, NULL);
	cti_loop_drain();
	assert_null(strstr(told.traces, "source=first result=one took"));
	assert_int_equal(told.n, 1);
	stop(d);
}

static void test_a_crm_that_never_answers_holds_no_stop(void **state)
{
	struct cti_directory *d = start(1000);

	(void)state;
	script_crms[0].hold = true;
	look_up(d, "+81312345678", 1);
	has(0, "\"status\":\"none\"");
	stop(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_crm_knows_them),
		cmocka_unit_test(test_late_answers_are_told),
		cmocka_unit_test(test_the_index_does_not_wait_for_a_crm),
		cmocka_unit_test(test_a_dead_crm_is_a_trace),
		cmocka_unit_test(test_order_of_crms),
		cmocka_unit_test(test_what_is_only_alike_is_passed_over),
		cmocka_unit_test(test_nobody_is_remembered_until_we_write),
		cmocka_unit_test(test_digits_that_are_no_number_go_to_no_crm),
		cmocka_unit_test(test_the_second_replaces_the_first),
		cmocka_unit_test(test_a_crm_that_never_answers_holds_no_stop),
	};

	return cmocka_run_group_tests(tests, up, down);
}
