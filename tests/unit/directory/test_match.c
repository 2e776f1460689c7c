/*
 * test_match.c -- who is shown first, and why; the same list for the same facts.
 */
#include "match.h"

#include "str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct cti_match *add(struct cti_matches *m, const char *id, const char *name,
	const char *company, const char *label)
{
	struct cti_match *c = cti_matches_add(m);

	assert_non_null(c);
	(void)cti_str_copy(c->id, sizeof(c->id), id);
	(void)cti_str_copy(c->label, sizeof(c->label), label);
	c->source = cti_str_dup("list");
	c->source_key = cti_str_dup(id);
	c->name = cti_str_dup(name);
	c->company = cti_str_dup(company);
	return c;
}

static void written(struct cti_matches *m, const char *want)
{
	struct cti_buf json = { 0 };
	struct cti_jsonw w;

	cti_jsonw_init(&w, &json);
	cti_matches_write(&w, NULL, m, NULL, "+81312345678", NULL);
	if (!strstr(json.data, want))
		fail_msg("%s is not in %s", want, json.data);
	cti_buf_reset(&json);
}

static void order(struct cti_matches *m, const char *want)
{
	char ids[64] = "";

	cti_matches_rank(m);
	for (size_t i = 0; i < m->n; i++)
		(void)strcat(ids, m->v[i].id);
	assert_string_equal(ids, want);
}

static void test_order_of_reasons(void **state)
{
	struct cti_matches m = { 0 };

	(void)state;
	add(&m, "f", "Fax", "", "fax");
	add(&m, "p", "Phone", "", "phone");
	add(&m, "m", "Mobile", "", "mobile");
	add(&m, "l", "Last", "", "phone")->last_call_us = 5;
	add(&m, "c", "Crm", "", "phone")->how = CTI_MATCH_BY_CRM;
	add(&m, "t", "Tail", "", "mobile")->how = CTI_MATCH_TAIL;
	add(&m, "2", "Second", "", "phone")->order = 2;
	order(&m, "mlp2fct");
	assert_string_equal(cti_matches_status(&m), "many");
	m.v[4].chosen_us = 10; /* the fax, by somebody */
	m.v[4].chooser = cti_str_dup("Aoki");
	order(&m, "fmlp2ct");
	assert_string_equal(cti_matches_status(&m), "one");
	written(&m, "\"status\":\"one\",\"reason\":\"chosen before\"");
	written(&m, "\"chosen by Aoki 1970-01-01\"");
	m.v[3].chosen_us = 5; /* an older choice, of who takes part in the call */
	m.v[3].chooser_here = true;
	m.v[3].chooser = cti_str_dup("Baba");
	order(&m, "pfml2ct");
	cti_matches_reset(&m);
}

/* Whatever order they come in. */
static void test_rank_is_no_chance(void **state)
{
	static const char *const ids[] = { "a", "b", "c", "d" };

	(void)state;
	for (unsigned turn = 0; turn < 24; turn++) {
		struct cti_matches m = { 0 };
		unsigned left = turn;
		bool used[4] = { false };

		for (unsigned n = 4; n > 0; n--) {
			unsigned nth = left % n;
			unsigned i = 0;

			left /= n;
			while (used[i] || nth-- > 0)
				i++;
			used[i] = true;
			add(&m, ids[i], "Same", "", i == 2 ? "mobile" : "phone");
		}
		order(&m, "cabd");
		cti_matches_reset(&m);
	}
}

static void test_companies_and_households(void **state)
{
	struct cti_matches m = { 0 };

	(void)state;
	add(&m, "a", "Yamada Taro", "Yamada Shoten", "phone");
	add(&m, "b", "Suzuki Ichiro", "Yamada Shoten", "phone");
	cti_matches_rank(&m);
	written(&m,
		"\"status\":\"many\",\"reason\":\"company number\",\"shared\":\"company\"");
	cti_matches_reset(&m);
	add(&m, "a", "山田　太郎", "", "home");
	add(&m, "b", "山田　花子", "", "home");
	cti_matches_rank(&m);
	written(&m, "\"reason\":\"household number\",\"shared\":\"household\"");
	cti_matches_reset(&m);
	add(&m, "a", "Jane Doe", NULL, "home");
	add(&m, "b", "John Doe", NULL, "home");
	cti_matches_rank(&m);
	written(&m, "\"shared\":\"household\"");
	cti_matches_reset(&m);
	add(&m, "a", "Jane Doe", NULL, "home");
	add(&m, "b", "Richard Roe", NULL, "home");
	cti_matches_rank(&m);
	written(&m, "\"reason\":\"several contacts have this number\",\"shared\":null");
	cti_matches_reset(&m);
	written(&m, "\"status\":\"none\"");
}

/* The same person in our list and in a CRM is one. */
static void test_twins(void **state)
{
	struct cti_matches m = { 0 };
	struct cti_match *c;

	(void)state;
	add(&m, "a", "Yamada Taro", "Yamada Shoten", "phone");
	c = add(&m, "b", "Yamada Taro", "Yamada Shoten", "phone");
	c->source[0] = 'c';
	c->order = 1;
	cti_matches_rank(&m);
	assert_string_equal(cti_matches_status(&m), "one");
	assert_true(m.v[1].twin);
	m.v[1].source[0] = 'l'; /* of one source they are two */
	cti_matches_rank(&m);
	assert_string_equal(cti_matches_status(&m), "many");
	cti_matches_reset(&m);
}

/* One that is not sure is asked about, and never taken. */
static void test_last_digits_are_asked_about(void **state)
{
	struct cti_matches m = { 0 };
	struct cti_match *c = add(&m, "a", "Yamada", "", "phone");

	(void)state;
	c->how = CTI_MATCH_TAIL;
	c->digits = 8;
	cti_matches_rank(&m);
	assert_string_equal(cti_matches_status(&m), "many");
	written(&m,
		"\"reason\":\"last digits\",\"reasons\":[\"the last 8 digits agree\"");
	cti_matches_reset(&m);
}

static void test_merge(void **state)
{
	struct cti_matches m = { 0 };
	struct cti_matches newer = { 0 };
	struct cti_match *c = add(&m, "a", "Old name", "", "phone");

	(void)state;
	c->chooser = cti_str_dup("Aoki");
	c->chosen_us = 7;
	add(&newer, "a", "New name", "", "mobile");
	add(&newer, "b", "Another", "", "phone");
	cti_matches_merge(&m, &newer);
	order(&m, "ab");
	assert_string_equal(m.v[0].name, "New name");
	assert_string_equal(m.v[0].chooser, "Aoki");
	assert_int_equal(newer.n, 0);
	cti_matches_reset(&m);
}

/* The index and a CRM tell of one record; one of them has the number as it is now. */
static void test_exact_stays_exact(void **state)
{
	struct cti_matches m = { 0 };
	struct cti_matches newer = { 0 };
	struct cti_match *c;

	(void)state;
	add(&m, "a", "Yamada", "", "phone");
	c = add(&newer, "a", "Yamada", "", "phone");
	c->how = CTI_MATCH_TAIL;
	c->digits = 9;
	cti_matches_merge(&m, &newer);
	cti_matches_rank(&m);
	assert_string_equal(cti_matches_status(&m), "one");
	cti_matches_reset(&m);
}

static void test_digits_one_by_one(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned digits;
	} rows[] = {
		{ "+81312345678", "1234-5678", 8 },
		{ "+81312345678", "12345678", 8 },
		{ "+81312345678", "03-1234-5678", 9 },
		{ "+81312345678", "+81312345678", 11 },
		{ "+81312345678", "5678", 0 },
		{ "+81312345678", "345678", 0 },
		{ "+81312345678", "9234-5678", 0 },
		{ "+81312345678", "06-1234-5678", 0 },
		{ "+81312345678", "+81612345678", 0 },
		{ "+8150255512345", "+50255512345", 0 },
		{ "312345678", "+81312345678", 9 },
		{ "1234567", "1234567", 7 },
		{ "", "", 0 },
		{ "0000000", "0000000", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(cti_match_tail(rows[i].a, rows[i].b), rows[i].digits);
		assert_int_equal(cti_match_tail(rows[i].b, rows[i].a), rows[i].digits);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_of_reasons),
		cmocka_unit_test(test_rank_is_no_chance),
		cmocka_unit_test(test_companies_and_households),
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_last_digits_are_asked_about),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_exact_stays_exact),
		cmocka_unit_test(test_digits_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
