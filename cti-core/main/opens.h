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
	uint64_t input_pos;  /* reading from here builds it again: see anchors */
	uint64_t record_pos; /* its records are all behind this */
	bool ghost; /* half of an old conversation, met in a replay: not ours to tell */
	struct cti_open *prev, *next;
};

struct cti_opens;

/*
 * Anchors: inputs that say how things stand, from which a restart can begin to read. A
 * conversation needs one from a while before it began, since what lines did shortly
 * before decides what it is taken for.
 */
enum { CTI_OPENS_BEFORE_S = 10 };

int cti_opens_alloc(struct cti_opens **op);
void cti_opens_free(struct cti_opens *o);

struct cti_open *cti_opens_find(const struct cti_opens *o, const char *id);
/* NULL: out of memory. Times and positions must not fall from one to the next. */
struct cti_open *cti_opens_add(
	struct cti_opens *o, const char *id, int64_t at_us, uint64_t record_pos);
void cti_opens_remove(struct cti_opens *o, struct cti_open *e);

/* This process has read the inputs from pos on. */
void cti_opens_begin(struct cti_opens *o, uint64_t pos);
/* At at_us the input at pos said how things stand. */
void cti_opens_anchor(struct cti_opens *o, uint64_t pos, int64_t at_us);
/* From where all that goes on at at_us, or begins then, can be read; ghosts apart. */
uint64_t cti_opens_from(const struct cti_opens *o, int64_t at_us);

/* The one that began first, or NULL; ghosts are in the list too. */
struct cti_open *cti_opens_first(const struct cti_opens *o);
/* The same without ghosts. */
struct cti_open *cti_opens_oldest(const struct cti_opens *o);
size_t cti_opens_count(const struct cti_opens *o);

#endif
