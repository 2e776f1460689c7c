/*
 * replay_out.h -- a conversation as replay prints it.
 */
#ifndef CTI_REPLAY_OUT_H
#define CTI_REPLAY_OUT_H

#include "json.h"

#include <cti/call.h>

/* Times as seconds since epoch_us. */
void cti_replay_json(
	struct cti_jsonw *w, const struct cti_conversation *c, int64_t epoch_us);
void cti_replay_text(
	struct cti_buf *out, const struct cti_conversation *c, int64_t epoch_us);

#endif
