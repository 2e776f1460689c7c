/*
 * backend.h -- what the hub asks of the database, on its worker threads: log-in,
 * sessions, and REST but for what the hub answers itself.
 */
#ifndef CTI_BACKEND_H
#define CTI_BACKEND_H

#include "config.h"
#include "hub.h"

/* config is borrowed for life. */
struct cti_hub_backend cti_backend(const struct cti_config *config);

/* The home country for numbers that people type: the first PBX's. */
const char *cti_backend_country(const struct cti_config *config);

#endif
