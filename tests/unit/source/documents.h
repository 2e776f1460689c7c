/*
 * documents.h -- a PBX whose dialog documents are written by a test, line for line as the
 * captured products write them, and what they made as text.
 */
#ifndef CTI_TEST_DOCUMENTS_H
#define CTI_TEST_DOCUMENTS_H

#include "dialogs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T0     INT64_C(1700000000000000)
#define AT(ms) (T0 + (ms)*INT64_C(1000))

struct world {
	struct cti_model *m;
	struct cti_dialogs *d;
	struct cti_pbx_conf conf;
	uint32_t version[6];
	bool partial;   /* the next documents are */
	unsigned facts; /* of the conversation that ended last */
	char out[8192]; /* finished conversations as text */
	char pops[1024];
	char wanted[256];
};

static char *lines[] = { "201", "202", "203", "204", "205", "206" };

static inline void put_spans(char *out, size_t size, const struct cti_spans *s, char mark)
{
	for (size_t i = 0; i < s->n; i++) {
		const size_t n = strlen(out);

		(void)snprintf(out + n, size - n, " %c%lld-%lld", mark,
			(long long)(s->v[i].from_us > 0 ? (s->v[i].from_us - T0) / 1000
							: -1),
			(long long)(s->v[i].to_us > 0 ? (s->v[i].to_us - T0) / 1000
						      : -1));
	}
}

/* "inbound 0312345678: 201 callee r100 t200-300 answered | end 300 answered" */
static inline void on_ended(const struct cti_conversation *c, void *arg)
{
	struct world *w = arg;
	char *o = w->out;
	const size_t size = sizeof(w->out);

	if (*c->merged_into)
		return;
	w->facts = c->facts;
#define ADD(...) (void)snprintf(o + strlen(o), size - strlen(o), __VA_ARGS__)
	ADD("%s %s:", cti_direction_name(c->direction),
		c->has_external && c->external.number ? c->external.number
		: c->initiator                        ? c->initiator
						      : "-");
	for (size_t i = 0; i < c->nlegs; i++) {
		const struct cti_leg *l = &c->legs[i];

		ADD(" %s %s", l->line, cti_role_name(l->role));
		if (l->rang.from_us > 0)
			ADD(" r%lld", (long long)((l->rang.from_us - T0) / 1000));
		put_spans(o, size, &l->talked, 't');
		put_spans(o, size, &l->held, 'h');
		ADD(" %s,", cti_result_name(l->result));
	}
	for (size_t i = 0; i < c->ntransfers; i++)
		ADD(" %s %s>%s", cti_transfer_kind_name(c->transfers[i].kind),
			c->transfers[i].from, c->transfers[i].to);
	ADD(" | %lld %s\n", (long long)(c->end_us > 0 ? (c->end_us - T0) / 1000 : -1),
		cti_outcome_name(c->outcome));
#undef ADD
}

static inline void on_pop(
	const struct cti_conversation *c, const char *line, const char *why, void *arg)
{
	struct world *w = arg;
	const size_t n = strlen(w->pops);

	(void)c;
	(void)snprintf(w->pops + n, sizeof(w->pops) - n, "%s:%s ", line, why);
}

static inline void on_want(const char *line, void *arg)
{
	struct world *w = arg;

	(void)strncat(w->wanted, line, sizeof(w->wanted) - strlen(w->wanted) - 1);
}

static inline int up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	const struct cti_model_effects fx = {
		.ended = on_ended, .pop = on_pop, .arg = w
	};

	if (!w || cti_model_alloc(&w->m, 1, &fx))
		return -1;
	w->conf.name = lines[0];
	w->conf.lines.v = lines;
	w->conf.lines.n = 6;
	*state = w;
	return cti_dialogs_alloc(&w->d, w->m, &w->conf, on_want, w);
}

static inline int down(void **state)
{
	struct world *w = *state;

	cti_dialogs_free(w->d);
	cti_model_free(w->m);
	free(w);
	return 0;
}

static inline uint32_t *version_of(struct world *w, const char *line)
{
	return &w->version[line[2] - '1'];
}

static inline void report(
	struct world *w, int ms, const char *line, const struct cti_dialog *g, size_t n)
{
	const struct cti_report_dialogs rep = { .at_us = AT(ms),
		.line = line,
		.version = (*version_of(w, line))++,
		.full = !w->partial,
		.dialogs = g,
		.n = n };

	cti_dialogs_report(w->d, &rep);
	cti_model_settle(w->m);
}

/* Lets what is waited for happen, and gives what ended. */
static inline const char *settled(struct world *w)
{
	cti_dialogs_tick(w->d, AT(100000));
	cti_model_settle(w->m);
	return w->out;
}

/* Every line has been heard of and has no dialog. */
static inline void none(struct world *w)
{
	for (size_t i = 0; i < 6; i++)
		report(w, 0, lines[i], NULL, 0);
}

/* Asterisk: one dialog, the device state of the extension. */
static inline void device(struct world *w, int ms, const char *line,
	enum cti_dialog_state state, const char *caller, bool held)
{
	const struct cti_dialog g = { .id = line,
		.state = state,
		.direction = caller ? CTI_DIALOG_RECIPIENT : CTI_DIALOG_DIR_NONE,
		.local = { .rendering = held ? CTI_RENDERING_NO : CTI_RENDERING_NONE },
		.remote = { .user = caller, .host = caller ? "pbx" : NULL } };

	report(w, ms, line, &g, 1);
}

#define IDLE(ms, line)      device(w, ms, line, CTI_DIALOG_TERMINATED, NULL, false)
#define RING(ms, line, who) device(w, ms, line, CTI_DIALOG_EARLY, who, false)
#define USE(ms, line)       device(w, ms, line, CTI_DIALOG_CONFIRMED, NULL, false)
#define HELD(ms, line)      device(w, ms, line, CTI_DIALOG_CONFIRMED, NULL, true)

static inline void all_idle(struct world *w)
{
	for (size_t i = 0; i < 6; i++)
		IDLE(0, lines[i]);
}

#define EARLY CTI_DIALOG_EARLY
#define CONF  CTI_DIALOG_CONFIRMED
#define TERM  CTI_DIALOG_TERMINATED

#define W(f) cmocka_unit_test_setup_teardown(f, up, down)

#endif
