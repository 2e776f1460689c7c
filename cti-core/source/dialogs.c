/*
 * dialogs.c -- the lines of one PBX: their subscriptions, the order of their
 * documents, and what is too old to be believed.
 */
#include "dialogs_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "str.h"

static const int64_t second_us = 1000 * 1000;

static void line_free(void *value)
{
	struct cti_line *l = value;

	while (l->tracks) {
		struct cti_track *t = l->tracks;

		l->tracks = t->next;
		cti_track_free(t);
	}
	free(l->name);
	free(l->dial_number);
	free(l);
}

struct cti_line *cti_dialogs_line(struct cti_dialogs *d, const char *name)
{
	struct cti_line *l = cti_strmap_get(d->lines, name);

	if (l)
		return l;
	l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->name = cti_str_dup(name);
	l->fresh = true;
	if (!l->name || cti_strmap_put(d->lines, name, l, NULL)) {
		line_free(l);
		return NULL;
	}
	l->next = d->line_list;
	d->line_list = l;
	return l;
}

int cti_dialogs_alloc(struct cti_dialogs **dp, struct cti_model *m,
	const struct cti_pbx_conf *conf, cti_dialogs_want_h *want, void *arg)
{
	struct cti_dialogs *d = calloc(1, sizeof(*d));

	if (!d)
		return ENOMEM;
	d->m = m;
	d->conf = conf;
	d->want = want;
	d->want_arg = arg;
	if (cti_strmap_alloc(&d->lines) || cti_strmap_alloc(&d->keys) ||
		cti_strmap_alloc(&d->whos)) {
		cti_dialogs_free(d);
		return ENOMEM;
	}
	for (size_t i = 0; i < conf->lines.n; i++) {
		if (!cti_dialogs_line(d, conf->lines.v[i])) {
			cti_dialogs_free(d);
			return ENOMEM;
		}
	}
	*dp = d;
	return 0;
}

void cti_dialogs_free(struct cti_dialogs *d)
{
	if (!d)
		return;
	while (d->calls) {
		struct cti_call *c = d->calls;

		d->calls = c->next;
		free(c->key);
		free(c->who_key);
		free(c->refs);
		free(c);
	}
	cti_due_free(&d->due);
	cti_strmap_free(d->keys, NULL);
	cti_strmap_free(d->whos, NULL);
	cti_strmap_free(d->lines, line_free);
	free(d);
}

void cti_dialogs_want(struct cti_dialogs *d, struct cti_line *l, int64_t at_us)
{
	const int64_t pause_us = 20 * second_us; /* an answer must have time to come */

	if (l->asked_us && at_us - l->asked_us < pause_us)
		return;
	l->asked_us = at_us;
	if (d->want)
		d->want(l->name, d->want_arg);
}

/* RFC 4235 section 4.2: a version was left out, so a document is missing. */
static void check_version(
	struct cti_dialogs *d, struct cti_line *l, const struct cti_report_dialogs *rep)
{
	if (l->have_version && !l->fresh && rep->version > l->version + 1)
		cti_dialogs_want(d, l, rep->at_us);
}

void cti_dialogs_report(struct cti_dialogs *d, const struct cti_report_dialogs *rep)
{
	struct cti_line *l =
		rep->line && *rep->line ? cti_dialogs_line(d, rep->line) : NULL;

	if (!l)
		return;
	cti_link_due(d, rep->at_us);
	if (rep->ill_formed) {
		cti_dialogs_want(d, l, rep->at_us);
		return;
	}
	check_version(d, l, rep);
	l->up = true;
	cti_dialect_read(d, l, rep);
	l->fresh = false;
	l->heard = true;
	l->have_version = true;
	l->version = rep->version;
	l->doc_us = rep->at_us;
}

/* ---- how it stands ------------------------------------------------------------- */

static const char *const dialects[] = {
	[CTI_DIALECT_UNKNOWN] = "unknown",
	[CTI_DIALECT_DEVICE] = "device",
	[CTI_DIALECT_CHANNEL] = "channel",
	[CTI_DIALECT_DIALOG] = "dialog",
};

/* Most lines are alike: the others are named. */
void cti_dialogs_standing(const struct cti_dialogs *d, struct cti_jsonw *w)
{
	size_t fresh = 0;
	bool most;

	for (const struct cti_line *l = d->line_list; l; l = l->next)
		fresh += l->fresh;
	most = 2 * fresh > cti_strmap_count(d->lines);
	cti_jsonw_str(w, "dialect", dialects[d->dialect]);
	cti_jsonw_bool(w, "partial", d->partial);
	cti_jsonw_bool(w, "one_key", d->one_key);
	cti_jsonw_int(w, "link_us", d->link_us);
	cti_jsonw_bool(w, "fresh", most);
	cti_jsonw_array(w, "but");
	for (const struct cti_line *l = d->line_list; l; l = l->next) {
		if (l->fresh != most)
			cti_jsonw_str(w, NULL, l->name);
	}
	cti_jsonw_end_array(w);
}

static void line_lost(struct cti_line *l)
{
	l->up = false;
	l->fresh = true;
	l->have_version = false;
}

static void line_stands(struct cti_line *l, bool fresh)
{
	if (l->fresh == fresh)
		return;
	if (fresh)
		line_lost(l);
	else
		l->up = l->heard = true;
	l->fresh = fresh;
}

static void read_dialect(struct cti_dialogs *d, const char *name)
{
	for (size_t i = 0; name && i < sizeof(dialects) / sizeof(dialects[0]); i++) {
		if (!strcmp(dialects[i], name))
			d->dialect = (enum cti_dialect)i;
	}
}

void cti_dialogs_stand(struct cti_dialogs *d, const struct cti_json_node *standing)
{
	const bool most = cti_json_bool(standing, "fresh", false);
	const struct cti_json_node *but = cti_json_get(standing, "but");
	struct cti_strmap *named = NULL;

	(void)cti_json_int(standing, "link_us", &d->link_us);
	read_dialect(d, cti_json_str(standing, "dialect"));
	d->partial = cti_json_bool(standing, "partial", d->partial);
	d->one_key = cti_json_bool(standing, "one_key", d->one_key);
	if (cti_strmap_alloc(&named))
		return;
	for (but = cti_json_child(but); but; but = cti_json_next(but)) {
		if (cti_json_text(but))
			(void)cti_strmap_put(named, cti_json_text(but), d, NULL);
	}
	for (struct cti_line *l = d->line_list; l; l = l->next)
		line_stands(l, cti_strmap_get(named, l->name) ? !most : most);
	cti_strmap_free(named, NULL);
}

/* ---- links ---------------------------------------------------------------------- */

void cti_dialogs_link(struct cti_dialogs *d, const struct cti_report_link *rep)
{
	struct cti_line *l;

	cti_link_due(d, rep->at_us);
	switch (rep->what) {
	case CTI_LINK_DOWN:
		d->link_us = rep->at_us;
		for (l = d->line_list; l; l = l->next)
			line_lost(l);
		break;
	case CTI_LINK_LINE_LOST:
	case CTI_LINK_LINE_UP:
		l = rep->line ? cti_dialogs_line(d, rep->line) : NULL;
		if (l)
			line_lost(l);
		break;
	case CTI_LINK_UP:
		d->link_us = rep->at_us;
		break;
	case CTI_LINK_SNAPSHOT_BEGIN:
	case CTI_LINK_SNAPSHOT_END:
	case CTI_LINK_BOOTED:
	case CTI_LINK_SHUTDOWN:
		break;
	}
}

/* How long a state is believed without a document about the line. */
static int64_t life_of(const struct cti_line *l)
{
	int64_t life_us = 0;

	for (const struct cti_track *t = l->tracks; t; t = t->next) {
		const int64_t of_us = t->phase == CTI_TRACK_OVER      ? 0
				      : t->phase == CTI_TRACK_TALKING ? 600 * second_us
								      : 60 * second_us;

		if (of_us && (!life_us || of_us < life_us))
			life_us = of_us;
	}
	return life_us;
}

/* A few lines each time: the cost of a tick does not rise with their number. */
static void check_ages(struct cti_dialogs *d, int64_t now_us)
{
	enum { LINES_A_TICK = 64 };

	for (int i = 0; i < LINES_A_TICK && d->line_list; i++) {
		struct cti_line *l = d->round ? d->round : d->line_list;
		const int64_t life_us = life_of(l);

		d->round = l->next;
		if (life_us && now_us - l->doc_us > life_us)
			cti_dialogs_want(d, l, now_us);
		if (!d->round)
			break;
	}
}

void cti_dialogs_tick(struct cti_dialogs *d, int64_t now_us)
{
	cti_link_due(d, now_us);
	check_ages(d, now_us);
}

void cti_dialogs_dialled(
	struct cti_dialogs *d, int64_t now_us, const char *line, const char *number)
{
	const int64_t patience_us = 10 * second_us; /* from the request to the ring */
	struct cti_line *l = cti_dialogs_line(d, line);

	if (!l)
		return;
	l->dial_until_us = now_us + patience_us;
	free(l->dial_number);
	l->dial_number = cti_str_dup(number);
}

bool cti_dialogs_is_line(const struct cti_dialogs *d, const char *number)
{
	return number && cti_strmap_get(d->lines, number);
}

static void adopt_tracks(struct cti_dialogs *d, struct cti_line *l, int64_t now_us)
{
	for (struct cti_track *t = l->tracks; t; t = t->next) {
		if (t->phase == CTI_TRACK_OVER || t->call)
			continue;
		t->adopted = true;
		t->since_us = CTI_TIME_UNKNOWN;
		cti_link_new(d, t, now_us);
	}
}

/* Into the first conversation that the better source has with one of its lines; if it
 * has none, the documents follow the call to its end. */
static void hand_over(struct cti_dialogs *d, struct cti_call *c, int64_t now_us,
	cti_dialogs_better_h *better, void *arg)
{
	for (const struct cti_track *t = c->tracks; t; t = t->call_next) {
		struct cti_conv *to =
			t->phase == CTI_TRACK_OVER ? NULL : better(t->line->name, arg);

		if (!to || to == c->conv)
			continue;
		cti_conv_set_start(to, cti_conv_view(c->conv)->start_us);
		cti_conv_merge(to, c->conv, now_us);
		cti_call_drop(d, c);
		return;
	}
}

void cti_dialogs_shadow(struct cti_dialogs *d, int64_t now_us, bool shadow,
	cti_dialogs_better_h *better, void *arg)
{
	struct cti_call *next;

	if (d->shadow == shadow)
		return;
	cti_link_due(d, now_us);
	d->shadow = shadow;
	for (struct cti_call *c = d->calls; c && shadow; c = next) {
		next = c->next;
		hand_over(d, c, now_us, better, arg);
	}
	for (struct cti_line *l = d->line_list; l && !shadow; l = l->next) {
		if (!better(l->name, arg))
			adopt_tracks(d, l, now_us);
	}
}
