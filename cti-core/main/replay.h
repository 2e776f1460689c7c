/*
 * replay.h -- `ringbridge replay`: a capture or a journal through the same source and
 * model as serve, on its own clock, and what was made of it.
 */
#ifndef CTI_REPLAY_H
#define CTI_REPLAY_H

#include "capture.h"
#include "str.h"

/* The subcommand; argv[0] is its name. Exit code. */
int cti_replay_main(int argc, char *argv[]);

/* The same without files for output: adds JSON, or text for people, to out. 0 or errno. */
int cti_replay_run(struct cti_buf *out, const struct cti_capture *c, bool pretty);

#endif
