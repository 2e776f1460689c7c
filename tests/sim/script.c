/*
 * script.c -- plays calls; see script.h.
 *
 * A plan is a list of steps. A call has one plan and goes through it, step by
 * step, by its timer.
 */
#include "script.h"

#include "call.h"
#include "cast.h"

#include <string.h>

enum { GROUP_MAX = 3, STEPS_MAX = 8 };

struct sim_script {
	struct sim_timer next;
	struct sim *sim;
};

typedef void(step_h)(struct sim_call *call);

struct sim_plan {
	unsigned weight;
	bool inside;    /* an extension calls another */
	unsigned lines; /* that ring */
	struct {
		step_h *run;
		uint32_t wait_low_ms; /* before it */
		uint32_t wait_high_ms;
	} steps[STEPS_MAX];
};

/* ---- steps: the last of a plan ends the call ------------------------------- */

static struct sim_leg *callee(const struct sim_call *call)
{
	struct le *le;

	LIST_FOREACH(&call->legs, le)
	{
		struct sim_leg *leg = le->data;

		if (!leg->initiator && leg->state != SIM_LEG_ENDED)
			return leg;
	}
	return NULL;
}

static struct sim_leg *caller(const struct sim_call *call)
{
	struct sim_leg *leg = list_ledata(call->legs.head);

	return leg && leg->initiator ? leg : NULL;
}

static void ring(struct sim_call *call)
{
	struct le *le;

	LIST_FOREACH(&call->legs, le)
	sim_leg_ring(le->data);
}

/* One of those that ring takes it; the others' phones fall silent. */
static void answer(struct sim_call *call)
{
	struct sim_leg *winner = callee(call);
	struct le *le;

	sim_call_answered(call);
	sim_leg_answer(winner, true);
	LIST_FOREACH(&call->legs, le)
	{
		struct sim_leg *leg = le->data;

		if (leg == winner)
			continue;
		if (leg->initiator)
			sim_leg_answer(leg, true);
		else
			sim_leg_end(leg, "cancelled", 200, "answered-elsewhere");
	}
}

static void hold(struct sim_call *call)
{
	sim_leg_hold(callee(call));
}

static void resume(struct sim_call *call)
{
	sim_leg_resume(callee(call));
}

static void callee_hangs_up(struct sim_call *call)
{
	sim_call_end(call, "answered", callee(call)->line->ext);
}

static void caller_hangs_up(struct sim_call *call)
{
	const struct sim_leg *leg = caller(call);

	sim_call_end(call, "answered", leg ? leg->line->ext : "external");
}

static void refuse(struct sim_call *call, uint16_t code, const char *result)
{
	struct sim_leg *leg = callee(call);
	const char *line = leg->line->ext;

	sim_leg_end(leg, "rejected", code, result);
	if (caller(call))
		sim_leg_end(caller(call), "rejected", code, NULL);
	sim_call_end(call, result, line);
}

static void busy(struct sim_call *call)
{
	refuse(call, 486, "busy");
}

static void decline(struct sim_call *call)
{
	refuse(call, 603, "declined");
}

static void caller_gives_up(struct sim_call *call)
{
	const struct sim_leg *from = caller(call);
	struct le *le;

	LIST_FOREACH(&call->legs, le)
	{
		struct sim_leg *leg = le->data;

		sim_leg_end(leg, "cancelled", 487, leg->initiator ? "called" : "missed");
	}
	sim_call_end(call, "missed", from ? from->line->ext : "external");
}

/* ---- plans ----------------------------------------------------------------- */

/* clang-format off */
static const struct sim_plan plans[] = {
	{ 5, false, 1, { { ring, 60, 200 }, { answer, 2000, 9000 }, { caller_hangs_up, 8000, 40000 } } },
	{ 3, false, 1, { { ring, 60, 200 }, { answer, 2000, 9000 }, { callee_hangs_up, 8000, 40000 } } },
	{ 3, false, 1, { { ring, 60, 200 }, { answer, 2000, 9000 }, { hold, 5000, 15000 },
			 { resume, 4000, 12000 }, { caller_hangs_up, 4000, 20000 } } },
	{ 2, false, 1, { { ring, 60, 200 }, { caller_gives_up, 6000, 20000 } } },
	{ 1, false, 1, { { busy, 60, 120 } } },
	{ 1, false, 1, { { ring, 60, 200 }, { decline, 2000, 6000 } } },
	{ 2, false, GROUP_MAX, { { ring, 60, 200 }, { answer, 2000, 9000 }, { caller_hangs_up, 8000, 40000 } } },
	{ 1, false, GROUP_MAX, { { ring, 60, 200 }, { caller_gives_up, 9000, 20000 } } },
	{ 2, true, 1, { { ring, 60, 200 }, { answer, 2000, 9000 }, { caller_hangs_up, 5000, 20000 } } },
	{ 1, true, 1, { { ring, 60, 200 }, { caller_gives_up, 6000, 15000 } } },
};
/* clang-format on */

enum { PLANS = sizeof(plans) / sizeof(plans[0]) };

static const struct sim_plan *plan_by_dice(struct sim *sim)
{
	unsigned total = 0;
	unsigned n;

	for (size_t i = 0; i < PLANS; i++)
		total += plans[i].weight;
	n = sim_dice(sim) % total;
	for (size_t i = 0; i < PLANS; i++) {
		if (n < plans[i].weight)
			return &plans[i];
		n -= plans[i].weight;
	}
	return &plans[0];
}

uint64_t sim_script_wait_ms(struct sim *sim, uint32_t low, uint32_t high)
{
	return 100ull * sim_between(sim, low, high) / sim->opt.speed_percent;
}

static void call_step(void *arg);

/* Waits for the plan's next step; without memory for a timer the call ends. */
static void call_wait(struct sim_call *call)
{
	uint32_t low = call->plan->steps[call->step].wait_low_ms;
	uint32_t high = call->plan->steps[call->step].wait_high_ms;

	if (sim_timer_start(call->sim->heap, &call->timer,
		    sim_script_wait_ms(call->sim, low, high), call_step, call))
		sim_call_end(call, "failed", "pbx");
}

static void call_step(void *arg)
{
	struct sim_call *call = arg;
	step_h *run = call->plan->steps[call->step++].run;
	bool last = call->step == STEPS_MAX || !call->plan->steps[call->step].run;

	run(call);
	if (!last)
		call_wait(call);
}

/* ---- beginning ------------------------------------------------------------- */

/* Whom it calls is in its first document already. */
static int add_inside_caller(
	struct sim_call *call, struct sim_party *party, const struct sim_line *callee)
{
	struct sim_line *from = sim_line_idle_but(call->sim, callee);
	struct sim_party to = { .presentation = "" };
	struct sim_leg *leg;
	int err;

	if (!from || !callee)
		return ENOENT;
	str_ncpy(to.number, callee->ext, sizeof(to.number));
	str_ncpy(call->dialled, callee->ext, sizeof(call->dialled));
	err = sim_call_add(&leg, call, from, "caller", &to);
	if (err)
		return err;
	str_ncpy(call->initiator, from->ext, sizeof(call->initiator));
	str_ncpy(party->number, from->ext, sizeof(party->number));
	party->presentation = "";
	return 0;
}

static int add_callees(
	struct sim_call *call, const struct sim_party *party, struct sim_line *first)
{
	struct sim_line *line = first;
	int err = 0;

	for (unsigned i = 0; i < call->plan->lines && line && !err; i++) {
		struct sim_leg *leg;

		err = sim_call_add(&leg, call, line, "callee", party);
		line = sim_line_idle_but(call->sim, NULL);
	}
	return err;
}

static void call_begin(struct sim *sim)
{
	const struct sim_plan *plan = plan_by_dice(sim);
	struct sim_party party = { .presentation = "" };
	struct sim_line *callee;
	struct sim_call *call;
	int err;

	if (!sim_lines_idle(sim, 2) ||
		sim_call_alloc(&call, sim, plan->inside ? "internal" : "inbound"))
		return;
	call->plan = plan;
	call->external.presentation = "";
	callee = sim_line_idle_but(sim, NULL);
	if (plan->inside) {
		err = add_inside_caller(call, &party, callee);
	} else {
		sim_cast_caller(&party, sim);
		call->external = party;
		str_ncpy(call->dialled, sim_cast_did(sim), sizeof(call->dialled));
		err = 0;
	}
	err = err ? err : add_callees(call, &party, callee);
	if (err)
		sim_call_end(call, "failed", "pbx");
	else
		call_wait(call);
}

static int script_wait(struct sim_script *script, uint64_t delay_ms);

static uint64_t mean_gap_ms(const struct sim *sim)
{
	return (uint64_t)(60000.0 / sim->opt.calls_per_minute);
}

static void script_next(void *arg)
{
	struct sim_script *script = arg;
	uint32_t mean = (uint32_t)mean_gap_ms(script->sim);

	call_begin(script->sim);
	(void)script_wait(script, sim_between(script->sim, mean / 2, mean + mean / 2));
}

static int script_wait(struct sim_script *script, uint64_t delay_ms)
{
	return sim_timer_start(
		script->sim->heap, &script->next, delay_ms, script_next, script);
}

static void script_destructor(void *data)
{
	struct sim_script *script = data;

	sim_timer_stop(script->sim->heap, &script->next);
}

/* The first call comes soon: somebody is looking on. */
int sim_script_start(struct sim *sim)
{
	struct sim_script *script;
	uint64_t first_ms;

	script = mem_zalloc(sizeof(*script), script_destructor);
	if (!script)
		return ENOMEM;
	script->sim = sim;
	sim->script = script;
	if (sim->opt.calls_per_minute <= 0)
		return 0;
	first_ms = mean_gap_ms(sim) < 3000 ? mean_gap_ms(sim) : 3000;
	return script_wait(script, first_ms);
}

int sim_script_set_rate(struct sim *sim, double calls_per_minute)
{
	sim->opt.calls_per_minute = calls_per_minute;
	sim_timer_stop(sim->heap, &sim->script->next);
	return calls_per_minute > 0 ? script_wait(sim->script, mean_gap_ms(sim)) : 0;
}
