/*
 * model_impl.h -- what the files of this folder share. Nobody else includes it.
 */
#ifndef CTI_MODEL_IMPL_H
#define CTI_MODEL_IMPL_H

#include "model.h"

/* Facts whose provenance is kept: one byte each. */
enum cti_fact_slot {
	CTI_SLOT_DIRECTION,
	CTI_SLOT_NUMBER,
	CTI_SLOT_NAME,
	CTI_SLOT_PRESENTATION,
	CTI_SLOT_DIALLED,
	CTI_SLOT_INITIATOR,
	CTI_SLOT_QUEUE,
	CTI_SLOT_ENDED_BY,
	CTI_SLOT_CAUSE,
	CTI_SLOT_INSIDE,
	CTI_SLOTS
};

/* A pop and what the effects have been told of it. why words are static. */
struct cti_pop_state {
	const char *why;
	bool up_told;
	bool down_told;
};

struct cti_part {
	struct cti_conv *conv;
	size_t index; /* in conv->v.legs */
};

struct cti_conv {
	struct cti_conversation v;
	struct cti_model *m;
	struct cti_conv *hash_next;
	struct cti_conv *dirty_next;
	bool dirty;
	bool over;       /* ended or merged; dropped by the next settle */
	bool identified; /* the external party changed since the last settle */
	bool stale_segments;
	uint8_t prov[CTI_SLOTS];
	struct cti_part **parts;    /* one for each of v.legs */
	struct cti_pop_state *pops; /* one for each of v.pops */
};

struct cti_model {
	struct cti_model_effects effects;
	cti_model_number_h *number;
	void *number_arg;
	cti_model_pop_waits_h *pop_waits;
	void *pop_waits_arg;
	uint64_t epoch;
	uint64_t serial;
	uint64_t refused;
	struct cti_conv **buckets;
	size_t nbuckets; /* a power of two */
	size_t count;
	struct cti_conv *dirty_first;
	struct cti_conv **dirty_lastp;
};

enum { CTI_TRACE_MAX = 200 }; /* per conversation; the last one says that it is full */

/* Makes room for one more element; false: out of memory. Grows by doubling. */
bool cti_grow(void *vp, size_t n, size_t size);
/* *dst = copy of src; false (and unchanged) when it is the same or memory is short. */
bool cti_text_set(char **dst, const char *src);

void cti_conv_touch(struct cti_conv *c);
void cti_conv_destroy(struct cti_conv *c);
/* May a fact of provenance p be written into the slot? Notes it if so. */
bool cti_conv_may(struct cti_conv *c, enum cti_fact_slot slot, enum cti_provenance p);

bool cti_spans_open(struct cti_spans *s, int64_t at_us);
void cti_span_close(struct cti_span *s, int64_t at_us);
void cti_spans_close(struct cti_spans *s, int64_t at_us);

/* pop.c: who is shown what, and when it is taken away. */
void cti_pop_ringing(struct cti_conv *c, size_t leg, int64_t at_us);
void cti_pop_answered(struct cti_conv *c, size_t leg, int64_t at_us);
void cti_pop_leg_over(struct cti_conv *c, size_t leg, int64_t at_us);
void cti_pop_own_ring(struct cti_conv *c, const char *line, int64_t at_us);
void cti_pop_transferred(struct cti_conv *c, const char *line, int64_t at_us);
void cti_pop_identified(struct cti_conv *c);
void cti_pop_conv_over(struct cti_conv *c, int64_t at_us, const char *why);
void cti_pop_tell(struct cti_conv *c);

/* outcome.c: what the end means. */
void cti_outcome_conclude(struct cti_conv *c);

/* segments.c: the story as stretches, from legs and transfers. */
void cti_segments_build(struct cti_conv *c);
void cti_segments_free(struct cti_conv *c);

#endif
