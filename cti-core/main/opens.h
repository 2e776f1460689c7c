/*
 * opens.h -- which conversations go on, and from where in the journals a restart
 * would have to read to build them again.
 *
 * Thread: core.
 */
#ifndef CTI_OPENS_H
#define CTI_OPENS_H

#include "uuid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cti_open {
	char id[CTI_UUID_BYTES];
	uint64_t input_pos;  /* of the input that began it */
	uint64_t record_pos; /* its records are all behind this */
	bool ghost; /* half of an old conversation, met in a replay: not ours to tell */
	struct cti_open *prev, *next;
};

struct cti_opens;

int cti_opens_alloc(struct cti_opens **op);
void cti_opens_free(struct cti_opens *o);

struct cti_open *cti_opens_find(const struct cti_opens *o, const char *id);
/* NULL: out of memory. Positions must not fall from one to the next. */
struct cti_open *cti_opens_add(
	struct cti_opens *o, const char *id, uint64_t input_pos, uint64_t record_pos);
void cti_opens_remove(struct cti_opens *o, struct cti_open *e);

/* The one that began first, or NULL; ghosts are in the list too. */
struct cti_open *cti_opens_first(const struct cti_opens *o);
size_t cti_opens_count(const struct cti_opens *o);

#endif
