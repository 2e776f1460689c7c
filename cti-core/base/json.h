/*
 * json.h -- JSON out by hand, JSON in by cJSON with types and limits.
 *
 * The only header whose .c names cJSON. Numbers that are ids travel as strings:
 * cJSON's numbers are doubles.
 */
#ifndef CTI_JSON_H
#define CTI_JSON_H

#include "str.h"

#include <stdbool.h>
#include <stdint.h>

/* ---- out. The writer places commas; key is NULL inside arrays and at the top. */
struct cti_jsonw {
	struct cti_buf *buf; /* borrowed */
	bool comma;
};

void cti_jsonw_init(struct cti_jsonw *w, struct cti_buf *buf);
void cti_jsonw_object(struct cti_jsonw *w, const char *key);
void cti_jsonw_array(struct cti_jsonw *w, const char *key);
void cti_jsonw_end_object(struct cti_jsonw *w);
/* More members follow in the object that has just been ended. */
void cti_jsonw_reopen_object(struct cti_jsonw *w);
void cti_jsonw_end_array(struct cti_jsonw *w);
void cti_jsonw_str(
	struct cti_jsonw *w, const char *key, const char *value); /* NULL: null */
void cti_jsonw_int(struct cti_jsonw *w, const char *key, int64_t value);
void cti_jsonw_double(struct cti_jsonw *w, const char *key, double value);
void cti_jsonw_bool(struct cti_jsonw *w, const char *key, bool value);
void cti_jsonw_null(struct cti_jsonw *w, const char *key);
/* ISO 8601 UTC, or null for 0. */
void cti_jsonw_time(struct cti_jsonw *w, const char *key, int64_t at_us);
/* json is placed as it is; the caller vouches for it. */
void cti_jsonw_raw(struct cti_jsonw *w, const char *key, const char *json);

/* ---- in. A node is borrowed from its document; NULL nodes read as absent. */
struct cti_json;      /* the document, owned */
struct cti_json_node; /* a value in it, borrowed */

/* EBADMSG: not JSON, or deeper than 32 levels. len need not be terminated. */
int cti_json_parse(struct cti_json **docp, const char *text, size_t len);
void cti_json_free(struct cti_json *doc);
const struct cti_json_node *cti_json_root(const struct cti_json *doc);

const struct cti_json_node *cti_json_get(
	const struct cti_json_node *obj, const char *key);
const char *cti_json_str(
	const struct cti_json_node *obj, const char *key); /* NULL if none */
bool cti_json_int(const struct cti_json_node *obj, const char *key, int64_t *valuep);
bool cti_json_bool(const struct cti_json_node *obj, const char *key, bool dflt);
const char *cti_json_text(const struct cti_json_node *node); /* a string value or NULL */
size_t cti_json_count(const struct cti_json_node *array);
const struct cti_json_node *cti_json_at(const struct cti_json_node *array, size_t index);
bool cti_json_is_object(const struct cti_json_node *node);
bool cti_json_is_array(const struct cti_json_node *node);

/* For documents whose members are not known beforehand. */
enum cti_json_kind {
	CTI_JSON_NULL,
	CTI_JSON_FALSE,
	CTI_JSON_TRUE,
	CTI_JSON_NUMBER,
	CTI_JSON_STRING,
	CTI_JSON_ARRAY,
	CTI_JSON_OBJECT,
};
enum cti_json_kind cti_json_kind(const struct cti_json_node *node);
double cti_json_number(const struct cti_json_node *node); /* of NUMBER; else 0 */
/* First member or element; the one after it; its name, NULL in an array. */
const struct cti_json_node *cti_json_child(const struct cti_json_node *node);
const struct cti_json_node *cti_json_next(const struct cti_json_node *node);
const char *cti_json_name(const struct cti_json_node *node);

#endif
