/*
 * health.h -- how we are: JSON for /healthz and the pages, text for /metrics.
 *
 * The core makes both once a second; the hub's thread hands out the newest.
 */
#ifndef CTI_HEALTH_H
#define CTI_HEALTH_H

#include "route.h"
#include "textbox.h"

struct cti_health {
	struct cti_textbox *json;    /* owned; flag: all is well */
	struct cti_textbox *metrics; /* owned */
	int64_t started_us;
	uint64_t stall_max_us; /* longest turn of the loop so far */
	uint64_t stalls;       /* pictures whose turn was too long */
	bool alarmed;          /* the last picture had an alarm */
	/* Of parts that health.c does not know, appended to metrics; or NULL. */
	void (*more)(struct cti_buf *out, void *arg);
	void *more_arg;
};

int cti_health_init(struct cti_health *h);
void cti_health_fini(struct cti_health *h);

/* Core: takes the picture anew and tells the browsers. */
void cti_health_update(struct cti_health *h, struct cti_route *r);

/* For cti_hub_set_health(), arg: struct cti_health. Any thread. */
void cti_health_json(struct cti_buf *out, bool *okp, void *arg);
void cti_health_metrics(struct cti_buf *out, bool *okp, void *arg);

#endif
