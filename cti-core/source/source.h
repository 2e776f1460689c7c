/*
 * source.h -- inputs in, model out: readers, the two interpreters (dialogs,
 * channels), link state, reconciliation, bounded lives.
 *
 * cti_source_apply() is pure over its inputs: serve, restart and replay all go
 * through it. Numbers are normalised here, by the plan of the PBX's section.
 *
 * Thread: core only.
 */
#ifndef CTI_SOURCE_H
#define CTI_SOURCE_H

#include "json.h"
#include "model.h"

#include <cti/pbx.h>

struct cti_source;

struct cti_source_conf {
	const struct cti_pbx_conf *const *pbxs;
	size_t n;
};

/* readers: NULL-terminated, the ones built in. 0, EINVAL or ENOMEM. */
int cti_source_alloc(struct cti_source **sp, const struct cti_source_conf *conf,
	const struct cti_reader_ops *const *readers, struct cti_model *m);
void cti_source_free(struct cti_source *s);

/* Read one input and bring the model up to date; settles the model. EBADMSG when
 * nothing could be made of it, ENOENT for a PBX that is not configured. */
int cti_source_apply(struct cti_source *s, const struct cti_input *in);

/* How links and lines stand, as data of a CTI_INPUT_STANDING. */
void cti_source_standing(const struct cti_source *s, struct cti_buf *json);

/* Lines whose true state should be asked for again (gaps, doubts, old states).
 * Calls h for each and forgets it. */
void cti_source_wants(struct cti_source *s,
	void (*h)(const char *pbx, const char *line, void *arg), void *arg);

struct cti_source_stats {
	uint64_t inputs, bad, gaps, refused;
};
void cti_source_stats(const struct cti_source *s, struct cti_source_stats *st);

#endif
