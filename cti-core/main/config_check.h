/*
 * config_check.h -- what one key alone cannot tell: keys that need each other, names
 * that exclude each other.
 */
#ifndef CTI_CONFIG_CHECK_H
#define CTI_CONFIG_CHECK_H

#include "config.h"

/* section, label and key say where; the caller knows the lines. */
typedef void(cti_conf_check_h)(const char *section, const char *label, const char *key,
	const char *what, const char *remedy, bool warning, void *arg);

void cti_conf_check(const struct cti_config *c, cti_conf_check_h *h, void *arg);

/* An address on which nobody else can listen or connect: 127.0.0.0/8, ::1, localhost. */
bool cti_conf_loopback(const char *addr);

#endif
