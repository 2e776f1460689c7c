/*
 * config_table.h -- the table of keys, for parser, comparison and reference.
 */
#ifndef CTI_CONFIG_TABLE_H
#define CTI_CONFIG_TABLE_H

#include "config.h"

enum cti_conf_type {
	CTI_CONF_TEXT,
	CTI_CONF_SECRET, /* text, @file or $NAME */
	CTI_CONF_U32,
	CTI_CONF_SIZE, /* uint64_t bytes: 64M, 1G */
	CTI_CONF_MS,   /* uint32_t: 200ms, 2s */
	CTI_CONF_S,    /* uint32_t: 30s, 12h */
	CTI_CONF_BOOL,
	CTI_CONF_LIST,  /* commas between */
	CTI_CONF_RANGE, /* a list where 201-206 are six */
	CTI_CONF_WORD,  /* uint32_t: place in words[] */
	CTI_CONF_WORDS, /* uint32_t: bits of words[] */
	CTI_CONF_PAIRS, /* struct cti_pairs: any key that begins with name up to its '*' */
};

/* Which struct the offset is of. */
enum cti_conf_scope { CTI_CONF_GLOBAL, CTI_CONF_PBX, CTI_CONF_CRM, CTI_CONF_BOOK };

struct cti_conf_key {
	const char *section;
	const char *name;
	enum cti_conf_scope scope;
	enum cti_conf_type type;
	size_t offset;
	const char *dflt;  /* as it would be written; NULL: none, "!": must be given */
	uint64_t min, max; /* of numbers, in the unit of the field; of texts: bytes */
	const char *const *words;
	const char *unit; /* for people; "" if none */
	bool live;        /* SIGHUP is enough; only numbers and words of GLOBAL can be */
	const char *help;
};

extern const struct cti_conf_key cti_conf_keys[];
extern const size_t cti_conf_nkeys;

struct cti_conf_section {
	const char *name;
	bool labelled; /* [pbx NAME] */
	const char *help;
};

extern const struct cti_conf_section cti_conf_sections[];
extern const size_t cti_conf_nsections;

/* NULL if there is none. */
const struct cti_conf_section *cti_conf_section_find(const char *name);
const struct cti_conf_key *cti_conf_key_find(const char *section, const char *name);

#endif
