/*
 * config_value.h -- one value of the configuration from text to its field.
 */
#ifndef CTI_CONFIG_VALUE_H
#define CTI_CONFIG_VALUE_H

#include "config_table.h"

/* What is wrong with a value, and what to write. */
struct cti_conf_complaint {
	char what[256];
	char remedy[256];
	bool warning;
};

/*
 * Parses value into the field of key in base (the struct that key->scope names); what
 * was there is freed. 0; EINVAL: c says why, the field is untouched; ENOMEM. *literalp
 * (may be NULL) becomes true when a secret stands in the text itself.
 */
int cti_conf_value_set(void *base, const struct cti_conf_key *key, const char *value,
	struct cti_conf_complaint *c, bool *literalp);

/* The same for one pair of a PAIRS key: name is the whole key, "param.Host". */
int cti_conf_pair_set(void *base, const struct cti_conf_key *key, const char *name,
	const char *value, struct cti_conf_complaint *c);

void cti_conf_value_free(void *base, const struct cti_conf_key *key);
bool cti_conf_value_equal(const void *a, const void *b, const struct cti_conf_key *key);

/* How a type is written, for the reference: "time: `200ms`, `2s`, `5m`, `12h`". */
const char *cti_conf_type_help(enum cti_conf_type type);

#endif
