/*
 * config_part.c -- see config_part.h.
 */
#include "config_part.h"

#include "config_value.h"

#include <stdlib.h>
#include <string.h>

const struct cti_conf_part cti_conf_parts[] = {
	{ "pbx", CTI_CONF_PBX, sizeof(struct cti_pbx_conf),
		offsetof(struct cti_config, pbxs), offsetof(struct cti_config, npbxs) },
	{ "crm", CTI_CONF_CRM, sizeof(struct cti_crm_conf),
		offsetof(struct cti_config, crms), offsetof(struct cti_config, ncrms) },
	{ "book", CTI_CONF_BOOK, sizeof(struct cti_book_conf),
		offsetof(struct cti_config, books), offsetof(struct cti_config, nbooks) },
};
const size_t cti_conf_nparts = sizeof(cti_conf_parts) / sizeof(cti_conf_parts[0]);

_Static_assert(offsetof(struct cti_pbx_conf, name) == 0, "the name comes first");
_Static_assert(offsetof(struct cti_crm_conf, name) == 0, "the name comes first");
_Static_assert(offsetof(struct cti_book_conf, name) == 0, "the name comes first");

const struct cti_conf_part *cti_conf_part_of(const char *section)
{
	for (size_t i = 0; i < cti_conf_nparts; i++) {
		if (strcmp(cti_conf_parts[i].section, section) == 0)
			return &cti_conf_parts[i];
	}
	return NULL;
}

/* The array's pointer, whatever it points at. */
static char *array_of(const struct cti_config *c, const struct cti_conf_part *part)
{
	char *v;

	memcpy(&v, (const char *)c + part->array, sizeof(v));
	return v;
}

size_t cti_conf_part_count(const struct cti_config *c, const struct cti_conf_part *part)
{
	size_t n;

	memcpy(&n, (const char *)c + part->count, sizeof(n));
	return n;
}

void *cti_conf_part_at(
	const struct cti_config *c, const struct cti_conf_part *part, size_t i)
{
	return array_of(c, part) + i * part->size;
}

const char *cti_conf_part_name(const void *base)
{
	const char *name;

	memcpy(&name, base, sizeof(name));
	return name;
}

void *cti_conf_part_find(
	const struct cti_config *c, const struct cti_conf_part *part, const char *name)
{
	for (size_t i = 0; i < cti_conf_part_count(c, part); i++) {
		void *base = cti_conf_part_at(c, part, i);

		if (strcmp(cti_conf_part_name(base), name) == 0)
			return base;
	}
	return NULL;
}

void *cti_conf_part_add(
	struct cti_config *c, const struct cti_conf_part *part, const char *name)
{
	const size_t n = cti_conf_part_count(c, part), more = n + 1;
	char *v = reallocarray(array_of(c, part), more, part->size);
	char *copy = v ? cti_str_dup(name) : NULL;

	if (v)
		memcpy((char *)c + part->array, &v, sizeof(v));
	if (!copy)
		return NULL;
	v += n * part->size;
	memset(v, 0, part->size);
	memcpy(v, &copy, sizeof(copy));
	memcpy((char *)c + part->count, &more, sizeof(more));
	return v;
}

static void free_one(void *base, const struct cti_conf_part *part)
{
	char *name;

	memcpy(&name, base, sizeof(name));
	free(name);
	for (size_t i = 0; i < cti_conf_nkeys; i++) {
		if (cti_conf_keys[i].scope == part->scope)
			cti_conf_value_free(base, &cti_conf_keys[i]);
	}
}

void cti_conf_parts_free(struct cti_config *c)
{
	for (size_t p = 0; p < cti_conf_nparts; p++) {
		const struct cti_conf_part *part = &cti_conf_parts[p];

		for (size_t i = 0; i < cti_conf_part_count(c, part); i++)
			free_one(cti_conf_part_at(c, part, i), part);
		free(array_of(c, part));
	}
}
