/*
 * json.c -- the writer, and the reader over cJSON. No other file names cJSON.
 */
#include "json.h"

#include <cti/clock.h>

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 32 };

/* Whole numbers up to here are exact in a double. */
static const double INT_MAX_EXACT = 9007199254740992.0; /* 2^53 */

/* ---- out ---------------------------------------------------------------- */

/* Nearly all text needs no second look. */
static size_t plain_run(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len && s[i] >= 0x20 && s[i] < 0x7f && s[i] != '"' && s[i] != '\\')
		i++;
	return i;
}

static void put_escaped(struct cti_buf *b, const char *s)
{
	static const char *const shorts[] = {
		['"'] = "\\\"",
		['\\'] = "\\\\",
		['\b'] = "\\b",
		['\f'] = "\\f",
		['\n'] = "\\n",
		['\r'] = "\\r",
		['\t'] = "\\t",
	};
	const size_t len = strlen(s);
	size_t plain = 0; /* where the run begins that needs no escape */

	for (size_t i = plain_run(s, len), n; i < len; i += n) {
		const unsigned char c = (unsigned char)s[i];
		uint32_t cp;

		n = c >= 0x20 && c < 0x80 ? 1 : cti_utf8_next(s + i, len - i, &cp);
		if (n && c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
			continue;
		cti_buf_add(b, s + plain, i - plain);
		if (!n)
			cti_buf_str(b, "\xef\xbf\xbd"); /* ill-formed: U+FFFD */
		else if (c < sizeof(shorts) / sizeof(shorts[0]) && shorts[c])
			cti_buf_str(b, shorts[c]);
		else
			cti_buf_printf(b, "\\u%04x", c);
		n = n ? n : 1;
		plain = i + n;
	}
	cti_buf_add(b, s + plain, len - plain);
}

static void put_quoted(struct cti_buf *b, const char *s)
{
	const size_t len = strlen(s);
	char *p;

	if (plain_run(s, len) == len) {
		p = cti_buf_grow(b, len + 2);
		if (!p)
			return;
		*p = '"';
		memcpy(p + 1, s, len);
		p[len + 1] = '"';
		return;
	}
	cti_buf_add(b, "\"", 1);
	put_escaped(b, s);
	cti_buf_add(b, "\"", 1);
}

/* The comma before and the key of the next value. Keys are words of ours. */
static void begin_value(struct cti_jsonw *w, const char *key)
{
	const size_t comma = w->comma;
	const size_t len = key ? strlen(key) : 0;
	char *p = cti_buf_grow(w->buf, comma + (key ? len + 3 : 0));

	w->comma = true;
	if (!p)
		return;
	if (comma)
		*p++ = ',';
	if (!key)
		return;
	*p++ = '"';
	memcpy(p, key, len);
	p[len] = '"';
	p[len + 1] = ':';
}

void cti_jsonw_init(struct cti_jsonw *w, struct cti_buf *buf)
{
	w->buf = buf;
	w->comma = false;
}

void cti_jsonw_object(struct cti_jsonw *w, const char *key)
{
	begin_value(w, key);
	cti_buf_add(w->buf, "{", 1);
	w->comma = false;
}

void cti_jsonw_array(struct cti_jsonw *w, const char *key)
{
	begin_value(w, key);
	cti_buf_add(w->buf, "[", 1);
	w->comma = false;
}

void cti_jsonw_end_object(struct cti_jsonw *w)
{
	cti_buf_add(w->buf, "}", 1);
	w->comma = true;
}

void cti_jsonw_reopen_object(struct cti_jsonw *w)
{
	if (!w->buf->err && w->buf->len)
		w->buf->data[--w->buf->len] = '\0';
}

void cti_jsonw_end_array(struct cti_jsonw *w)
{
	cti_buf_add(w->buf, "]", 1);
	w->comma = true;
}

void cti_jsonw_str(struct cti_jsonw *w, const char *key, const char *value)
{
	if (!value) {
		cti_jsonw_null(w, key);
		return;
	}
	begin_value(w, key);
	put_quoted(w->buf, value);
}

void cti_jsonw_int(struct cti_jsonw *w, const char *key, int64_t value)
{
	begin_value(w, key);
	cti_buf_printf(w->buf, "%" PRId64, value);
}

void cti_jsonw_double(struct cti_jsonw *w, const char *key, double value)
{
	if (!isfinite(value)) { /* JSON has no word for it */
		cti_jsonw_null(w, key);
		return;
	}
	begin_value(w, key);
	cti_buf_printf(w->buf, "%.15g", value);
}

void cti_jsonw_bool(struct cti_jsonw *w, const char *key, bool value)
{
	begin_value(w, key);
	cti_buf_str(w->buf, value ? "true" : "false");
}

void cti_jsonw_null(struct cti_jsonw *w, const char *key)
{
	begin_value(w, key);
	cti_buf_str(w->buf, "null");
}

void cti_jsonw_time(struct cti_jsonw *w, const char *key, int64_t at_us)
{
	char buf[CTI_TIME_BYTES];

	cti_jsonw_str(w, key, at_us ? cti_time_iso(buf, at_us) : NULL);
}

void cti_jsonw_raw(struct cti_jsonw *w, const char *key, const char *json)
{
	begin_value(w, key);
	cti_buf_str(w->buf, json);
}

/* ---- in ----------------------------------------------------------------- */

/* struct cti_json and struct cti_json_node are cJSON's own objects by another name:
 * the document is its root. */
static const cJSON *item(const struct cti_json_node *node)
{
	return (const cJSON *)(const void *)node;
}

static const struct cti_json_node *node_of(const cJSON *it)
{
	return (const struct cti_json_node *)(const void *)it;
}

/*
 * What cJSON would accept and we do not: more than DEPTH_MAX levels (its own limit
 * is 1000, deep enough to hurt a worker's stack), and an escaped NUL, which would
 * silently cut the string that it stands in.
 */
static bool acceptable(const char *text, size_t len)
{
	unsigned depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		const char c = text[i];

		if (c == '\0')
			return false;
		if (quoted && c == '\\') {
			if (len - i >= 6 && memcmp(text + i, "\\u0000", 6) == 0)
				return false;
			i++;
		} else if (c == '"') {
			quoted = !quoted;
		} else if (!quoted && (c == '{' || c == '[')) {
			if (++depth > DEPTH_MAX)
				return false;
		} else if (!quoted && (c == '}' || c == ']') && depth > 0) {
			depth--;
		}
	}
	return true;
}

static bool only_space(const char *s, const char *end)
{
	while (s < end && (*s == ' ' || *s == '\t' || *s == '\r' || *s == '\n'))
		s++;
	return s == end;
}

int cti_json_parse(struct cti_json **docp, const char *text, size_t len)
{
	const char *end = NULL;
	cJSON *root;

	if (!docp || !text)
		return EINVAL;
	if (!acceptable(text, len))
		return EBADMSG;
	root = cJSON_ParseWithLengthOpts(text, len, &end, 0);
	if (!root)
		return EBADMSG;
	if (!only_space(end, text + len)) {
		cJSON_Delete(root);
		return EBADMSG;
	}
	*docp = (struct cti_json *)(void *)root;
	return 0;
}

void cti_json_free(struct cti_json *doc)
{
	cJSON_Delete((cJSON *)(void *)doc);
}

const struct cti_json_node *cti_json_root(const struct cti_json *doc)
{
	return (const struct cti_json_node *)(const void *)doc;
}

const struct cti_json_node *cti_json_get(const struct cti_json_node *obj, const char *key)
{
	return cJSON_IsObject(item(obj))
		       ? node_of(cJSON_GetObjectItemCaseSensitive(item(obj), key))
		       : NULL;
}

const char *cti_json_text(const struct cti_json_node *node)
{
	return cJSON_IsString(item(node)) ? item(node)->valuestring : NULL;
}

const char *cti_json_str(const struct cti_json_node *obj, const char *key)
{
	return cti_json_text(cti_json_get(obj, key));
}

bool cti_json_int(const struct cti_json_node *obj, const char *key, int64_t *valuep)
{
	const cJSON *it = item(cti_json_get(obj, key));
	double v;

	if (!cJSON_IsNumber(it))
		return false;
	v = it->valuedouble;
	if (!(v >= -INT_MAX_EXACT && v <= INT_MAX_EXACT) || floor(v) < v)
		return false;
	*valuep = (int64_t)v;
	return true;
}

bool cti_json_bool(const struct cti_json_node *obj, const char *key, bool dflt)
{
	const cJSON *it = item(cti_json_get(obj, key));

	return cJSON_IsBool(it) ? cJSON_IsTrue(it) != 0 : dflt;
}

size_t cti_json_count(const struct cti_json_node *array)
{
	size_t n = 0;

	if (!cti_json_is_array(array))
		return 0;
	for (const cJSON *it = item(array)->child; it; it = it->next)
		n++;
	return n;
}

const struct cti_json_node *cti_json_at(const struct cti_json_node *array, size_t index)
{
	const cJSON *it;

	if (!cti_json_is_array(array))
		return NULL;
	for (it = item(array)->child; it && index > 0; it = it->next)
		index--;
	return node_of(it);
}

bool cti_json_is_object(const struct cti_json_node *node)
{
	return cJSON_IsObject(item(node)) != 0;
}

bool cti_json_is_array(const struct cti_json_node *node)
{
	return cJSON_IsArray(item(node)) != 0;
}

enum cti_json_kind cti_json_kind(const struct cti_json_node *node)
{
	static const struct {
		int type;
		enum cti_json_kind kind;
	} kinds[] = { { cJSON_False, CTI_JSON_FALSE }, { cJSON_True, CTI_JSON_TRUE },
		{ cJSON_Number, CTI_JSON_NUMBER }, { cJSON_String, CTI_JSON_STRING },
		{ cJSON_Array, CTI_JSON_ARRAY }, { cJSON_Object, CTI_JSON_OBJECT } };

	for (size_t i = 0; node && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if ((item(node)->type & 0xff) == kinds[i].type)
			return kinds[i].kind;
	}
	return CTI_JSON_NULL;
}

double cti_json_number(const struct cti_json_node *node)
{
	return cJSON_IsNumber(item(node)) ? item(node)->valuedouble : 0;
}

const struct cti_json_node *cti_json_child(const struct cti_json_node *node)
{
	return node ? node_of(item(node)->child) : NULL;
}

const struct cti_json_node *cti_json_next(const struct cti_json_node *node)
{
	return node ? node_of(item(node)->next) : NULL;
}

const char *cti_json_name(const struct cti_json_node *node)
{
	return node ? item(node)->string : NULL;
}
