/*
 * restart.h -- a new process goes on where the last one ended, whichever way it did.
 *
 * The record journal holds marks: every input before done_pos has all its records in
 * the journal, and all conversations that went on then can be read from oldest_pos: an
 * anchor (opens.h) from a while before the oldest of them began. At the start the inputs
 * from oldest_pos on are read again:
 *
 *	inputs before done_pos rebuild the state; their records are there already
 *	inputs behind it are new: the last process died between journal and model
 *
 * Conversations that began before oldest_pos and ended before the mark show up once
 * more as halves. They are told from whole ones by their ids, which are not among the
 * record journal's: "ghosts", which are never told to anybody. The other way round, a
 * conversation that was recorded as going on and did not come to life again is
 * recorded as lost.
 */
#ifndef CTI_RESTART_H
#define CTI_RESTART_H

#include "opens.h"

#include <stddef.h>
#include <stdint.h>

struct cti_route;
struct cti_restart;

struct cti_mark {
	uint64_t done_pos;
	uint64_t oldest_pos;
};

enum { CTI_MARK_BYTES = 48 };
size_t cti_mark_format(char text[CTI_MARK_BYTES], const struct cti_mark *mark);
int cti_mark_parse(struct cti_mark *mark, const char *text, size_t len); /* EBADMSG */

struct cti_restart_found {
	uint64_t inputs; /* read again */
	uint64_t fresh;  /* of these: not recorded by the last process */
	uint64_t damaged_bytes;
	uint64_t lost; /* conversations that did not come to life again */
	size_t live;
};

/* r is initialised and its journals are open in these folders. */
int cti_restart_run(struct cti_route *r, const char *input_dir, const char *record_dir,
	struct cti_restart_found *found);

/* During the run: e is new in r. Sets its record_pos, or that it is a ghost. */
void cti_restart_recognise(
	const struct cti_restart *s, const struct cti_route *r, struct cti_open *e);

#endif
