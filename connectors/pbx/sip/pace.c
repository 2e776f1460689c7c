/*
 * pace.c -- SUBSCRIBEs leave at sip_pace_per_s a second, in the order in which they
 * were asked for: at the start, after an outage, for refreshes and retries alike. Never
 * more than a window of them is in flight, so a PBX (or a machine) that is slower than
 * the pace is not buried under repetitions.
 */
#include "sip.h"

enum { TICK_MS = 20, WINDOW = 64 };

static void on_tick(void *arg)
{
	struct cti_sip *s = arg;
	const uint64_t rate = s->conf->sip_pace_per_s ? s->conf->sip_pace_per_s : 100;
	const bool slow = rate < 1000 / TICK_MS;
	const uint64_t n = slow ? 1 : rate * TICK_MS / 1000;

	for (uint64_t i = 0; i < n && s->queue.head && s->nasked < WINDOW; i++) {
		struct cti_sip_sub *sub = list_ledata(s->queue.head);

		list_unlink(&sub->le);
		cti_sip_sub_send(sub);
	}
	if (s->queue.head)
		(void)cti_timer_start(&s->pace, slow ? 1000 / rate : TICK_MS, on_tick, s);
}

void cti_sip_pace(struct cti_sip_sub *sub)
{
	struct cti_sip *s = sub->sip;

	if (sub->le.list)
		return;
	list_append(&s->queue, &sub->le, sub);
	if (!cti_timer_running(&s->pace))
		(void)cti_timer_start(&s->pace, TICK_MS, on_tick, s);
}

void cti_sip_pace_stop(struct cti_sip *s)
{
	list_clear(&s->queue);
	cti_timer_cancel(&s->pace);
}
