/*
 * json_eq.c -- see json_eq.h.
 */
#include "json_eq.h"

#include <math.h>
#include <string.h>

static void put_children(struct cti_jsonw *w, const struct cti_json_node *node)
{
	for (node = cti_json_child(node); node; node = cti_json_next(node))
		json_put(w, cti_json_name(node), node);
}

void json_put(struct cti_jsonw *w, const char *key, const struct cti_json_node *node)
{
	const double d = cti_json_number(node);

	switch (cti_json_kind(node)) {
	case CTI_JSON_NULL:
		cti_jsonw_null(w, key);
		break;
	case CTI_JSON_FALSE:
	case CTI_JSON_TRUE:
		cti_jsonw_bool(w, key, cti_json_kind(node) == CTI_JSON_TRUE);
		break;
	case CTI_JSON_NUMBER:
		if (floor(d) < d)
			cti_jsonw_double(w, key, d);
		else
			cti_jsonw_int(w, key, (int64_t)d);
		break;
	case CTI_JSON_STRING:
		cti_jsonw_str(w, key, cti_json_text(node));
		break;
	case CTI_JSON_ARRAY:
		cti_jsonw_array(w, key);
		put_children(w, node);
		cti_jsonw_end_array(w);
		break;
	case CTI_JSON_OBJECT:
		cti_jsonw_object(w, key);
		put_children(w, node);
		cti_jsonw_end_object(w);
		break;
	}
}

static size_t members(const struct cti_json_node *node)
{
	size_t n = 0;

	for (node = cti_json_child(node); node; node = cti_json_next(node))
		n++;
	return n;
}

static bool same_array(const struct cti_json_node *a, const struct cti_json_node *b)
{
	a = cti_json_child(a);
	b = cti_json_child(b);
	for (; a && b; a = cti_json_next(a), b = cti_json_next(b)) {
		if (!json_eq(a, b))
			return false;
	}
	return !a && !b;
}

static bool same_object(const struct cti_json_node *a, const struct cti_json_node *b)
{
	if (members(a) != members(b))
		return false;
	for (a = cti_json_child(a); a; a = cti_json_next(a)) {
		const struct cti_json_node *other = cti_json_get(b, cti_json_name(a));

		if (!other || !json_eq(a, other))
			return false;
	}
	return true;
}

bool json_eq(const struct cti_json_node *a, const struct cti_json_node *b)
{
	if (cti_json_kind(a) != cti_json_kind(b))
		return false;
	switch (cti_json_kind(a)) {
	case CTI_JSON_NUMBER:
		return fabs(cti_json_number(a) - cti_json_number(b)) < 1e-9;
	case CTI_JSON_STRING:
		return strcmp(cti_json_text(a), cti_json_text(b)) == 0;
	case CTI_JSON_ARRAY:
		return same_array(a, b);
	case CTI_JSON_OBJECT:
		return same_object(a, b);
	case CTI_JSON_NULL:
	case CTI_JSON_FALSE:
	case CTI_JSON_TRUE:
		break;
	}
	return true;
}
