#include "world.h"

static void ids_are_the_same_in_every_run(void **state)
{
	struct world *w = *state;
	struct cti_model *again = NULL;
	struct cti_conv *a, *b;

	assert_int_equal(0, cti_model_alloc(&again, 7, NULL));
	a = cti_conv_new(w->m, AT(0), "main", NULL);
	b = cti_conv_new(again, AT(0), "main", NULL);
	assert_string_equal(cti_conv_view(a)->id, cti_conv_view(b)->id);
	assert_string_not_equal(cti_conv_view(a)->id,
		cti_conv_view(cti_conv_new(w->m, AT(0), "main", NULL))->id);
	cti_model_free(again);
}

static void many_are_found_by_id_until_they_end(void **state)
{
	enum { N = 1000 };
	struct world *w = *state;
	static char ids[N][37];

	for (int i = 0; i < N; i++)
		memcpy(ids[i], cti_conv_view(cti_conv_new(w->m, AT(i), "main", NULL))->id,
			37);
	assert_int_equal(N, cti_model_count(w->m));
	for (int i = 0; i < N; i++)
		assert_string_equal(
			ids[i], cti_conv_view(cti_conv_find(w->m, ids[i]))->id);
	for (int i = 0; i < N; i += 2)
		cti_conv_end(cti_conv_find(w->m, ids[i]), AT(N), CTI_OUTCOME_NONE);
	cti_model_settle(w->m);
	assert_int_equal(N / 2, cti_model_count(w->m));
	assert_null(cti_conv_find(w->m, ids[0]));
	assert_non_null(cti_conv_find(w->m, ids[1]));
	assert_null(cti_conv_find(w->m, NULL));
}

static void an_ended_call_takes_facts_until_it_is_told(void **state)
{
	struct world *w = *state;
	struct cti_conv *c = inbound(w, "0312345678");

	cti_conv_end(c, AT(10), CTI_OUTCOME_NONE);
	assert_true(cti_conv_set_ended_by(c, "external", CTI_PROV_API));
	cti_conv_end(c, AT(99), CTI_OUTCOME_MISSED); /* the first end counts */
	assert_int_equal(AT(10), cti_conv_view(c)->end_us);
	assert_string_equal("ended", told(w));
	assert_int_equal(0, cti_model_count(w->m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(ids_are_the_same_in_every_run),
		WORLD(many_are_found_by_id_until_they_end),
		WORLD(an_ended_call_takes_facts_until_it_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
