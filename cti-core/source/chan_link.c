/*
 * chan_link.c -- the event stream as a whole: lost, back, compared with a snapshot;
 * the PBX started anew.
 */
#include "chan_impl.h"

#include <stdlib.h>
#include <string.h>

#include "str.h"

/* The list of a snapshot and the events around it cross: a channel that a list lacks
 * while the stream is up is given this long to be told gone by its own event. */
static const int64_t doubt_us = 2 * 1000 * 1000;
/* Uptime is told in whole seconds, and some pass until a PBX that died is missed. */
static const int64_t boot_slack_us = 3 * 1000 * 1000;
/* A request of ours becomes a channel within milliseconds, or never. */
static const int64_t dial_life_us = 30 * 1000 * 1000;

bool cti_channels_up(const struct cti_channels *ch)
{
	return ch->whole;
}

void cti_channels_standing(const struct cti_channels *ch, struct cti_jsonw *w)
{
	cti_jsonw_bool(w, "linked", ch->linked);
	cti_jsonw_bool(w, "whole", ch->whole);
}

void cti_channels_stand(struct cti_channels *ch, const struct cti_json_node *standing)
{
	ch->linked = cti_json_bool(standing, "linked", ch->linked);
	ch->whole = cti_json_bool(standing, "whole", ch->whole);
}

/* ---- our own requests ---------------------------------------------------------------- */

void cti_channels_dial(struct cti_channels *ch, int64_t at_us, const char *line,
	const char *request, const char *number)
{
	struct cti_chan_dial *d = &ch->dials[ch->next_dial++ % CTI_CHAN_DIALS];

	d->at_us = at_us;
	(void)cti_str_copy(d->line, sizeof(d->line), line ? line : "");
	(void)cti_str_copy(d->request, sizeof(d->request), request ? request : "");
	(void)cti_str_copy(d->number, sizeof(d->number), number ? number : "");
}

void cti_chan_our_dial(struct cti_channels *ch, struct cti_chan *c, int64_t at_us)
{
	for (size_t i = 0; i < CTI_CHAN_DIALS; i++) {
		struct cti_chan_dial *d = &ch->dials[i];
		const bool ours = !strcmp(d->request, c->id) ||
				  (c->call->origin == CTI_FROM_OWN && c->line &&
					  !strcmp(d->line, c->line));

		if (!d->at_us || at_us - d->at_us > dial_life_us || !ours)
			continue;
		d->at_us = 0;
		cti_chan_target(ch, c->call, d->number);
		return;
	}
}

/* ---- snapshots ------------------------------------------------------------------------ */

struct sweep {
	struct cti_channels *ch;
	int64_t at_us;
	bool at_once;
	unsigned left;          /* in doubt, not yet due */
	struct cti_chan *found; /* the next that is gone */
};

static void note_missing(struct cti_chan *c, void *arg)
{
	struct sweep *s = arg;

	if (c->snapshot == s->ch->snapshot)
		c->doubt_us = 0;
	else if (!c->doubt_us)
		c->doubt_us = s->at_us;
}

static void find_gone(struct cti_chan *c, void *arg)
{
	struct sweep *s = arg;

	if (!c->doubt_us)
		return;
	if (s->at_once || s->at_us - c->doubt_us >= doubt_us)
		s->found = c;
	else
		s->left++;
}

/* One by one, for a channel may take its call along. */
static void sweep(struct sweep *s)
{
	do {
		s->found = NULL;
		s->left = 0;
		cti_chan_each(s->ch, find_gone, s);
		if (s->found)
			cti_chan_gone(
				s->ch, s->found, s->at_us, (struct cti_cause){ 0 }, true);
	} while (s->found);
	s->ch->doubts = s->left > 0;
}

void cti_chan_sweep(struct cti_channels *ch, int64_t at_us)
{
	struct sweep s = { .ch = ch, .at_us = at_us };

	if (ch->doubts)
		sweep(&s);
}

static void look_at_adopted(struct cti_chan *c, void *arg)
{
	const struct sweep *s = arg;

	if (c->call->adopted == s->ch->snapshot && c == c->call->chans)
		cti_chan_look(s->ch, c->call, s->at_us);
}

static void clear_adopted(struct cti_chan *c, void *arg)
{
	(void)arg;
	c->call->adopted = 0;
}

static void snapshot_end(struct cti_channels *ch, int64_t at_us)
{
	struct sweep s = { .ch = ch, .at_us = at_us, .at_once = !ch->whole };

	cti_chan_each(ch, note_missing, &s);
	sweep(&s);
	cti_chan_each(ch, look_at_adopted, &s);
	cti_chan_each(ch, clear_adopted, &s);
	ch->whole = true;
	ch->down_us = 0;
}

/* ---- the PBX itself -------------------------------------------------------------------- */

struct death {
	int64_t before_us; /* calls begun earlier are meant */
	int64_t at_us;
	struct cti_chan_call *found;
};

static void find_dead(struct cti_chan *c, void *arg)
{
	struct death *d = arg;

	if (c->call->start_us < d->before_us)
		d->found = c->call;
}

/* Rare, and the PBX's calls are all gone after it: a search for each is no matter. */
static void kill_calls(struct cti_channels *ch, struct death *d)
{
	for (;;) {
		d->found = NULL;
		cti_chan_each(ch, find_dead, d);
		if (!d->found)
			return;
		cti_chan_kill(ch, d->found, d->at_us);
	}
}

/* The stream broke when the process died, so that is when its calls ended. */
static void booted(struct cti_channels *ch, const struct cti_report_link *rep)
{
	const int64_t boot_us = rep->at_us - (int64_t)rep->up_s * 1000000;
	struct death d = { .before_us = boot_us - boot_slack_us,
		.at_us = CTI_TIME_UNKNOWN };

	if (ch->down_us && boot_us > ch->down_us - boot_slack_us) {
		d.before_us = ch->down_us;
		d.at_us = ch->down_us;
	}
	kill_calls(ch, &d);
}

void cti_channels_link(struct cti_channels *ch, const struct cti_report_link *rep)
{
	struct death all = { .before_us = INT64_MAX, .at_us = rep->at_us };

	switch (rep->what) {
	case CTI_LINK_UP:
		ch->linked = true;
		break;
	case CTI_LINK_DOWN:
		ch->linked = true;
		ch->whole = false;
		ch->down_us = ch->down_us ? ch->down_us : rep->at_us;
		break;
	case CTI_LINK_SNAPSHOT_BEGIN:
		ch->snapshot++;
		break;
	case CTI_LINK_SNAPSHOT_END:
		snapshot_end(ch, rep->at_us);
		break;
	case CTI_LINK_BOOTED:
		booted(ch, rep);
		break;
	case CTI_LINK_SHUTDOWN:
		kill_calls(ch, &all);
		break;
	case CTI_LINK_LINE_LOST:
	case CTI_LINK_LINE_UP:
		break;
	}
}
