/*
 * view.h -- a conversation as JSON, as documented in schema/ws/protocol.md. The
 * same object goes to browsers, into the store's doc column and out by REST.
 */
#ifndef CTI_VIEW_H
#define CTI_VIEW_H

#include "json.h"

#include <cti/call.h>

void cti_view_conversation(
	struct cti_jsonw *w, const char *key, const struct cti_conversation *c);

/* Adds "trace": [{at, what, detail}] to the conversation that has just been written:
 * for the record journal. */
void cti_view_add_trace(struct cti_jsonw *w, const struct cti_conversation *c);

#endif
