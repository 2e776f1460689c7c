/*
 * config_part.h -- sections that there may be several of: [pbx NAME], [crm NAME].
 *
 * Each kind is an array of structs in the configuration, whose first member is the name.
 */
#ifndef CTI_CONFIG_PART_H
#define CTI_CONFIG_PART_H

#include "config_table.h"

struct cti_conf_part {
	const char *section;
	enum cti_conf_scope scope;
	size_t size;         /* of one struct */
	size_t array, count; /* offsets in struct cti_config */
};

extern const struct cti_conf_part cti_conf_parts[];
extern const size_t cti_conf_nparts;

/* NULL if there is none. */
const struct cti_conf_part *cti_conf_part_of(const char *section);
size_t cti_conf_part_count(const struct cti_config *c, const struct cti_conf_part *part);
void *cti_conf_part_at(
	const struct cti_config *c, const struct cti_conf_part *part, size_t i);
const char *cti_conf_part_name(const void *base);
/* NULL if there is none. */
void *cti_conf_part_find(
	const struct cti_config *c, const struct cti_conf_part *part, const char *name);
/* A zeroed one of that name; NULL: no memory. */
void *cti_conf_part_add(
	struct cti_config *c, const struct cti_conf_part *part, const char *name);
void cti_conf_parts_free(struct cti_config *c);

#endif
