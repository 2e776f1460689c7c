/*
 * pop_rule.h -- [pop]: at the ring or at the answer. Pure.
 */
#ifndef CTI_POP_RULE_H
#define CTI_POP_RULE_H

#include "config.h"

#include <stdbool.h>

/* A cti_model_pop_waits_h; arg: the configuration. */
bool cti_pop_rule(const char *line, const char *queue, void *arg);

#endif
