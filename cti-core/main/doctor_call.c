/*
 * doctor_call.c -- ringbridge doctor call ID: the decisions about one conversation.
 */
#include "doctor.h"

#include "calls.h"
#include "cmd.h"
#include "json.h"

#include <errno.h>
#include <string.h>

static const char *text_or(
	const struct cti_json_node *obj, const char *key, const char *other)
{
	const char *text = cti_json_str(obj, key);

	return text ? text : other;
}

static void print_head(const struct cti_json_node *call)
{
	const struct cti_json_node *external = cti_json_get(call, "external");

	(void)printf("%s  %s  %s  PBX %s\n", text_or(call, "started_at", "unknown"),
		text_or(call, "direction", "unknown"),
		text_or(call, "outcome", "no outcome yet"), text_or(call, "pbx", "?"));
	(void)printf("with %s, dialled %s\n\n",
		external ? text_or(external, "display",
				   text_or(external, "presentation", "?"))
			 : "nobody outside",
		text_or(call, "dialled", "unknown"));
}

static void print_trace(const struct cti_json_node *trace)
{
	for (size_t i = 0; i < cti_json_count(trace); i++) {
		const struct cti_json_node *t = cti_json_at(trace, i);
		char detail[512];
		const char *raw = text_or(t, "detail", "");

		(void)cti_str_clean(detail, sizeof(detail), raw, strlen(raw));
		(void)printf("%s  %-12s %s\n", text_or(t, "at", "?"),
			text_or(t, "what", "?"), detail);
	}
	if (!cti_json_count(trace))
		(void)puts("There is no trace of this call.");
}

int cti_doctor_call(struct cti_pg *pg, const char *id)
{
	struct cti_json *doc = NULL;
	struct cti_buf json = { 0 };
	int err = cti_calls_get(pg, id, true, NULL, 0, &json);

	if (!err)
		err = cti_json_parse(&doc, json.data, json.len);
	if (!err) {
		print_head(cti_json_root(doc));
		print_trace(cti_json_get(cti_json_root(doc), "trace"));
	}
	cti_json_free(doc);
	cti_buf_reset(&json);
	if (err == ENOENT || err == EINVAL) {
		(void)fprintf(stderr,
			"ringbridge: there is no call %.60s in the database\n", id);
		return 1;
	}
	return err ? cti_cmd_failed("read the call", err, pg) : 0;
}
