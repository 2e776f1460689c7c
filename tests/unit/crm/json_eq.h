/*
 * json_eq.h -- JSON of a test case: as text, and compared with what was sent.
 */
#ifndef TEST_CRM_JSON_EQ_H
#define TEST_CRM_JSON_EQ_H

#include "json.h"

/* node as JSON text, appended. */
void json_put(struct cti_jsonw *w, const char *key, const struct cti_json_node *node);
/* The same value: members in any order, numbers as numbers. */
bool json_eq(const struct cti_json_node *a, const struct cti_json_node *b);

#endif
