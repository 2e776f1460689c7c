/*
 * config.h -- the whole configuration, made by one table of keys.
 *
 * The table (config_table.c) says name, type, default, limits, unit and help of each
 * key; the parser, `ringbridge check` and doc/configuration.md come from it. What
 * connectors read is struct cti_pbx_conf in cti/conf.h.
 */
#ifndef CTI_CONFIG_H
#define CTI_CONFIG_H

#include "str.h"

#include <cti/conf.h>
#include <cti/log.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CTI_CONFIG_DEFAULT_PATH "/etc/ringbridge/ringbridge.conf"

enum cti_pop_at { CTI_POP_AT_RING, CTI_POP_AT_ANSWER };

struct cti_config {
	char *path; /* of the file it is from */
	struct {
		uint32_t level; /* enum cti_log_level */
	} log;
	struct {
		char *dir; /* of all that we keep; journals are folders in it */
		uint64_t segment_bytes;
		uint64_t input_max_bytes;
		uint64_t record_max_bytes;
		uint32_t fsync; /* enum cti_fsync */
		uint32_t fsync_interval_ms;
	} journal;
	struct {
		char *url;
		uint32_t batch_rows;
		uint32_t batch_wait_ms;
	} database;
	struct {
		char *listen;
		uint32_t port;
		char *tls_cert;
		char *tls_key;
		bool plain;
		char *dir;
		struct cti_list origins;
		bool cross_site;
		struct cti_list metrics_allow;
		char *contact_url;
		char *call_url;
		uint32_t session_s;
		uint32_t token_s;
		uint32_t ping_s;
		uint32_t max_clients;
		uint32_t workers;
	} web;
	struct {
		uint32_t workers;
		uint32_t budget_ms;
		uint32_t negative_ms;
		uint32_t outbox_keep_s;
	} directory;
	struct {
		uint32_t per_minute;
		uint32_t timeout_s;
		uint32_t agent; /* bits 1 << enum cti_number_class */
		uint32_t supervisor;
		uint32_t admin;
		uint32_t confirm;
	} dial;
	struct {
		uint32_t at; /* enum cti_pop_at: for all that are not named below */
		struct cti_list ring_lines, answer_lines;
		struct cti_list ring_queues, answer_queues;
	} pop;
	struct cti_pbx_conf *pbxs; /* owned */
	size_t npbxs;
	struct cti_crm_conf *crms; /* owned */
	size_t ncrms;
	struct cti_book_conf *books; /* owned */
	size_t nbooks;
};

/* A mistake: where, what, and what to do about it. */
struct cti_conf_problem {
	char *file;
	unsigned line; /* 0: the file as a whole */
	char *key;     /* NULL: none */
	char *what;
	char *remedy;
	bool warning; /* works, but should not be left so */
};

struct cti_conf_problems {
	struct cti_conf_problem *v; /* owned */
	size_t n;
	size_t errors; /* those that are no warnings */
};

void cti_conf_problems_reset(struct cti_conf_problems *p);
/* "file:line: key: what; remedy", one a line. */
void cti_conf_problems_print(const struct cti_conf_problems *p, FILE *to);

/*
 * 0 and *cp (owned); EINVAL: p says why; ENOMEM. All mistakes are found, not the
 * first. p is filled in any case and is the caller's to reset.
 */
int cti_config_load(
	struct cti_config **cp, const char *path, struct cti_conf_problems *p);
/* The same from memory; include is refused. name stands for the file. */
int cti_config_parse(struct cti_config **cp, const char *name, const char *text,
	size_t len, struct cti_conf_problems *p);
void cti_config_free(struct cti_config *c);

/* doc/configuration.md. */
void cti_config_reference(struct cti_buf *out);

/*
 * Calls h for each key that differs; live: it can be changed in a running process.
 * A PBX or CRM that came or went is told as "pbx NAME", "crm NAME".
 */
void cti_config_compare(const struct cti_config *a, const struct cti_config *b,
	void (*h)(const char *section, const char *key, bool live, void *arg), void *arg);
/* Copies what can be changed in a running process from next. */
void cti_config_take_live(struct cti_config *c, const struct cti_config *next);

#endif
