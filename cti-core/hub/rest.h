/*
 * rest.h -- what stands under /api/v1: who may ask for what, and who answers.
 *
 * Thread: hub.
 */
#ifndef CTI_REST_H
#define CTI_REST_H

#include "http.h"

#define CTI_REST_BASE "/api/v1"

/* The head is here: refuses what can be refused; without a body, runs. */
void cti_rest_begin(struct cti_request *req);
/* The request is complete. */
void cti_rest_run(struct cti_request *req);
/* A job has ended. Takes it. */
void cti_rest_job_end(struct cti_job *job);

/* Looks up every session that has a socket, now. user_id NULL: of all users. */
void cti_rest_recheck(struct cti_hub *h, const char *user_id);
void cti_rest_tick(struct cti_hub *h, int64_t now_us);

#endif
