/*
 * rest.h -- what stands under /api/v1 and needs the database: calls, figures, call-backs,
 * users. See schema/http/README.md.
 *
 * Thread: the hub's workers.
 */
#ifndef CTI_REST_H
#define CTI_REST_H

#include "hub.h"

/* As cti_hub_backend.rest: ctx is a struct cti_pg or NULL, arg a struct cti_backend. */
void cti_rest(void *ctx, struct cti_http_call *call, void *arg);

#endif
