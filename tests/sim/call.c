/*
 * call.c -- life of calls and legs; see call.h.
 */
#include "call.h"

#include "cast.h"
#include "notifier.h"
#include "truth.h"

#include <string.h>

void sim_span_open(struct sim_spans *spans, uint64_t at_ms)
{
	if (spans->n < SIM_SPANS_MAX)
		spans->v[spans->n++] = (struct sim_span){ .from_ms = at_ms };
}

void sim_span_close(struct sim_spans *spans, uint64_t at_ms)
{
	if (spans->n && !spans->v[spans->n - 1].to_ms)
		spans->v[spans->n - 1].to_ms = at_ms;
}

static void call_destructor(void *data)
{
	struct sim_call *call = data;

	list_unlink(&call->le);
	sim_timer_stop(call->sim->heap, &call->timer);
	list_flush(&call->legs);
}

static void leg_destructor(void *data)
{
	struct sim_leg *leg = data;

	list_unlink(&leg->line_le);
	list_unlink(&leg->call_le);
}

int sim_call_alloc(struct sim_call **callp, struct sim *sim, const char *direction)
{
	struct sim_call *call = mem_zalloc(sizeof(*call), call_destructor);

	if (!call)
		return ENOMEM;
	call->sim = sim;
	call->id = ++sim->next_id;
	call->direction = direction;
	call->start_ms = sim_now_ms(sim);
	list_init(&call->legs);
	list_append(&sim->calls, &call->le, call);
	*callp = call;
	return 0;
}

int sim_call_add(struct sim_leg **legp, struct sim_call *call, struct sim_line *line,
	const char *role, const struct sim_party *remote)
{
	struct sim_leg *leg = mem_zalloc(sizeof(*leg), leg_destructor);
	uint32_t number = list_count(&call->legs) + 1;

	if (!leg)
		return ENOMEM;
	leg->line = line;
	leg->call = call;
	leg->initiator = !strcmp(role, "caller");
	leg->counts = true;
	leg->role = role;
	leg->result = leg->initiator ? "called" : NULL;
	leg->remote = *remote;
	(void)re_snprintf(leg->id, sizeof(leg->id), "d%u-%u", call->id, number);
	if (call->sim->opt.shared_call_id)
		(void)re_snprintf(leg->call_id, sizeof(leg->call_id), "%u@%s", call->id,
			call->sim->opt.address);
	else
		(void)re_snprintf(leg->call_id, sizeof(leg->call_id), "%u-%u-%08x@%s",
			call->id, number, sim_dice(call->sim), call->sim->opt.address);
	(void)re_snprintf(
		leg->local_tag, sizeof(leg->local_tag), "%08x", sim_dice(call->sim));
	(void)re_snprintf(
		leg->remote_tag, sizeof(leg->remote_tag), "%08x", sim_dice(call->sim));
	list_append(&line->legs, &leg->line_le, leg);
	list_append(&call->legs, &leg->call_le, leg);
	*legp = leg;
	sim_notify_leg(call->sim, leg);
	return 0;
}

void sim_leg_ring(struct sim_leg *leg)
{
	leg->state = SIM_LEG_EARLY;
	if (!leg->initiator)
		sim_span_open(&leg->rang, sim_now_ms(leg->call->sim));
	sim_notify_leg(leg->call->sim, leg);
}

void sim_leg_answer(struct sim_leg *leg, bool talks)
{
	uint64_t now = sim_now_ms(leg->call->sim);

	leg->state = SIM_LEG_CONFIRMED;
	sim_span_close(&leg->rang, now);
	if (talks)
		sim_span_open(&leg->talked, now);
	if (strcmp(leg->role, "caller"))
		leg->result = "answered";
	sim_notify_leg(leg->call->sim, leg);
}

void sim_leg_hold(struct sim_leg *leg)
{
	leg->state = SIM_LEG_HOLDS;
	sim_span_open(&leg->held, sim_now_ms(leg->call->sim));
	sim_notify_leg(leg->call->sim, leg);
}

void sim_leg_resume(struct sim_leg *leg)
{
	leg->state = SIM_LEG_CONFIRMED;
	sim_span_close(&leg->held, sim_now_ms(leg->call->sim));
	sim_notify_leg(leg->call->sim, leg);
}

void sim_leg_end(
	struct sim_leg *leg, const char *event, uint16_t code, const char *result)
{
	uint64_t now = sim_now_ms(leg->call->sim);

	if (leg->state == SIM_LEG_ENDED)
		return;
	leg->state = SIM_LEG_ENDED;
	leg->event = event;
	leg->code = code;
	if (result)
		leg->result = result;
	sim_span_close(&leg->rang, now);
	sim_span_close(&leg->talked, now);
	sim_span_close(&leg->held, now);
	list_unlink(&leg->line_le);
	sim_notify_leg(leg->call->sim, leg);
}

void sim_call_answered(struct sim_call *call)
{
	call->answer_ms = sim_now_ms(call->sim);
}

static void end_legs(struct sim_call *call, const char *ended_by)
{
	struct le *le;

	LIST_FOREACH(&call->legs, le)
	{
		struct sim_leg *leg = le->data;
		bool itself = !strcmp(leg->line->ext, ended_by);

		sim_leg_end(leg, itself ? "local-bye" : "remote-bye", 0, NULL);
	}
}

void sim_call_end(struct sim_call *call, const char *outcome, const char *ended_by)
{
	call->end_ms = sim_now_ms(call->sim);
	call->outcome = outcome;
	str_ncpy(call->ended_by, ended_by, sizeof(call->ended_by));
	end_legs(call, call->ended_by);
	sim_truth_write(call->sim->truth, call);
	sim_cast_release(&call->external, call->sim);
	mem_deref(call);
}

/* Its subscriptions are gone already, so that nobody is told. */
void sim_calls_perish(struct sim *sim)
{
	struct le *le = sim->calls.head;

	while (le) {
		struct sim_call *call = le->data;

		le = le->next;
		sim_call_end(call, "perished", "pbx");
	}
}
