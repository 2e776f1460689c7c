/*
 * daemon.h -- the running daemon: its parts and their order.
 */
#ifndef CTI_DAEMON_H
#define CTI_DAEMON_H

#include "config.h"

/* Runs until SIGTERM or SIGINT. config is moved. 0, or errno of what did not start. */
int cti_daemon_run(struct cti_config *config);

#endif
