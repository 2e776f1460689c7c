/*
 * world.h -- a model whose effects are written down as words, for the tests of this
 * folder: "pop 201 ring", "down 201 answered-elsewhere", "changed", "ended".
 */
#ifndef TEST_WORLD_H
#define TEST_WORLD_H

#include "model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define T0     INT64_C(1700000000000000)
#define AT(ms) (T0 + (ms)*INT64_C(1000))

static const struct cti_cause no_cause;

struct world {
	struct cti_model *m;
	char log[4096];
	/* Of the conversation that ended last. */
	enum cti_outcome outcome;
	enum cti_result results[8];
	size_t nresults;
	char merged_into[37];
	unsigned changes;
};

static inline void say(
	struct world *w, const char *what, const char *line, const char *why)
{
	const size_t n = strlen(w->log);

	(void)snprintf(w->log + n, sizeof(w->log) - n, "%s%s%s%s%s", n ? "; " : "", what,
		line ? " " : "", line ? line : "", why ? " " : "");
	if (why)
		(void)strncat(w->log, why, sizeof(w->log) - strlen(w->log) - 1);
}

static inline void on_changed(const struct cti_conversation *c, void *arg)
{
	(void)c;
	((struct world *)arg)->changes++;
}

static inline void on_ended(const struct cti_conversation *c, void *arg)
{
	struct world *w = arg;

	say(w, "ended", NULL, NULL);
	w->outcome = c->outcome;
	(void)snprintf(w->merged_into, sizeof(w->merged_into), "%s", c->merged_into);
	w->nresults = 0;
	for (size_t i = 0; i < c->nlegs && i < 8; i++)
		w->results[w->nresults++] = c->legs[i].result;
}

static inline void on_pop(
	const struct cti_conversation *c, const char *line, const char *why, void *arg)
{
	(void)c;
	say(arg, "pop", line, why);
}

static inline void on_down(
	const struct cti_conversation *c, const char *line, const char *why, void *arg)
{
	(void)c;
	say(arg, "down", line, why);
}

static inline int world_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	const struct cti_model_effects fx = { .changed = on_changed,
		.ended = on_ended,
		.pop = on_pop,
		.pop_withdrawn = on_down,
		.arg = w };

	if (!w || cti_model_alloc(&w->m, 7, &fx))
		return -1;
	*state = w;
	return 0;
}

static inline int world_down(void **state)
{
	struct world *w = *state;

	cti_model_free(w->m);
	free(w);
	return 0;
}

/* Settles and gives what was told since the last time. */
static inline const char *told(struct world *w)
{
	static char last[4096];

	w->log[0] = '\0';
	cti_model_settle(w->m);
	memcpy(last, w->log, sizeof(last));
	return last;
}

static inline struct cti_conv *inbound(struct world *w, const char *number)
{
	struct cti_conv *c = cti_conv_new(w->m, AT(0), "main", NULL);

	assert_non_null(c);
	(void)cti_conv_set_direction(c, CTI_DIR_INBOUND, CTI_PROV_DIALOG);
	(void)cti_conv_set_external(c, number, NULL,
		number ? CTI_PRES_ALLOWED : CTI_PRES_WITHHELD, CTI_PROV_DIALOG);
	return c;
}

static inline int step(struct cti_conv *c, const char *line, enum cti_role role, int ms,
	enum cti_leg_event ev)
{
	struct cti_part *p = cti_part_get(c, AT(ms), line, role);

	assert_non_null(p);
	return cti_part_step(p, AT(ms), ev, no_cause);
}

#define WORLD(f) cmocka_unit_test_setup_teardown(f, world_up, world_down)

#endif
