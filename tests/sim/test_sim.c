/*
 * test_sim.c -- timers fire in order whatever is started and stopped, and documents
 * are well-formed whatever a caller is called.
 */
#include "call.h"
#include "dialoginfo.h"
#include "heap.h"
#include "line.h"

#include <expat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TIMERS = 500 };

struct alarm {
	struct sim_timer timer;
	uint64_t due_ms;
	bool fired;
};

static struct alarm alarms[TIMERS];
static uint64_t last_due_ms;
static unsigned left;

uint64_t sim_now_ms(const struct sim *sim)
{
	return tmr_jiffies() - sim->zero_ms;
}

uint32_t sim_dice(struct sim *sim)
{
	return (uint32_t)(sim->dice = sim->dice * 6364136223846793005u + 1);
}

static void alarm_fired(void *arg)
{
	struct alarm *a = arg;

	assert_false(a->fired);
	assert_true(a->due_ms >= last_due_ms);
	last_due_ms = a->due_ms;
	a->fired = true;
	if (!--left)
		re_cancel();
}

static void alarm_start(struct sim_heap *heap, struct alarm *a, uint64_t delay_ms)
{
	assert_int_equal(0, sim_timer_start(heap, &a->timer, delay_ms, alarm_fired, a));
	a->due_ms = a->timer.at_ms;
}

static void timers_fire_in_order(void **state)
{
	struct sim_heap *heap;

	(void)state;
	assert_int_equal(0, sim_heap_alloc(&heap));
	for (size_t i = 0; i < TIMERS; i++)
		alarm_start(heap, &alarms[i], (i * 7919) % 40);
	for (size_t i = 0; i < TIMERS; i += 3)
		sim_timer_stop(heap, &alarms[i].timer);
	for (size_t i = 1; i < TIMERS; i += 3)
		alarm_start(heap, &alarms[i], (i * 104729) % 60);
	for (size_t i = 0; i < TIMERS; i++)
		left += alarms[i].timer.pos != 0;
	assert_int_equal(0, re_main(NULL));
	for (size_t i = 0; i < TIMERS; i++)
		assert_int_equal(i % 3 != 0, alarms[i].fired);
	mem_deref(heap);
}

static void assert_well_formed(const struct mbuf *mb)
{
	XML_Parser parser = XML_ParserCreate(NULL);

	assert_non_null(parser);
	assert_int_equal(XML_STATUS_OK,
		XML_Parse(parser, (const char *)mb->buf, (int)mb->end, XML_TRUE));
	XML_ParserFree(parser);
}

static void documents_are_well_formed(void **state)
{
	static const char *const names[] = { "", "山田商事", "A <B> & \"C\"", "]]>",
		"'" };
	static const enum sim_leg_state states[] = { SIM_LEG_TRYING, SIM_LEG_EARLY,
		SIM_LEG_CONFIRMED, SIM_LEG_HOLDS, SIM_LEG_ENDED };
	struct sim sim = { .opt = { .realm = "pbx" } };
	struct sim_line line = { .ext = "201" };
	struct sim_call call = { .sim = &sim };
	struct sim_leg leg = { .line = &line, .call = &call };

	(void)state;
	leg.remote.presentation = "allowed";
	list_append(&line.legs, &leg.line_le, &leg);
	list_append(&call.legs, &leg.call_le, &leg);
	for (size_t i = 0; i < 2 * 5 * 5; i++) {
		struct mbuf *mb = mbuf_alloc(64);

		sim.opt.dialect = i % 2 ? SIM_DIALECT_RFC : SIM_DIALECT_ASTERISK;
		str_ncpy(leg.remote.name, names[i / 2 % 5], sizeof(leg.remote.name));
		leg.state = states[i / 10];
		assert_int_equal(
			0, sim_dialog_info(mb, &sim, &line, 7, i % 3 ? NULL : &leg));
		assert_well_formed(mb);
		mem_deref(mb);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_fire_in_order),
		cmocka_unit_test(documents_are_well_formed),
	};
	int failed;

	if (libre_init())
		return EXIT_FAILURE;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	libre_close();
	return failed;
}
