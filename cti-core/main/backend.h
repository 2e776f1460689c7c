/*
 * backend.h -- what the hub asks of the database, on its worker threads: log-in,
 * sessions, and REST but for what the hub answers itself.
 */
#ifndef CTI_BACKEND_H
#define CTI_BACKEND_H

#include "config.h"
#include "hub.h"

struct cti_asker;

struct cti_backend {
	const struct cti_config *config; /* borrowed for life */
	int stop_fd;                     /* readable: give up what waits on the database */
	/* Set after init. A number has got another contact: any thread. */
	void (*contacts_changed)(const char *number, void *arg);
	const struct cti_asker *crms; /* borrowed; NULL: none */
	void *arg;
};

/* 0 or errno. Lives longer than the hub; cti_backend_fini() also after a failure. */
int cti_backend_init(struct cti_backend *b, const struct cti_config *config);
void cti_backend_fini(struct cti_backend *b);
struct cti_hub_backend cti_backend_ops(struct cti_backend *b);

/* The home country for numbers that people type: the first PBX's. */
const char *cti_backend_country(const struct cti_config *config);

#endif
