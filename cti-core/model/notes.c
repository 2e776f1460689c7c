/*
 * notes.c -- what people and the directory add to a conversation. Both are kept
 * as JSON text, since nobody in the core looks into them.
 */
#include "model_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

enum { NOTES_BYTES_MAX = 64 * 1024 }; /* one conversation's notes together */

void cti_conv_set_contacts(struct cti_conv *c, const char *json)
{
	if (cti_text_set(&c->v.contacts_json, json))
		cti_conv_touch(c);
}

static void note_write(
	struct cti_buf *b, int64_t at_us, const char *user, const char *text)
{
	struct cti_jsonw w;

	cti_jsonw_init(&w, b);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_time(&w, "at", at_us);
	cti_jsonw_str(&w, "user", user);
	cti_jsonw_str(&w, "text", text);
	cti_jsonw_end_object(&w);
}

int cti_conv_add_note(
	struct cti_conv *c, int64_t at_us, const char *user, const char *text)
{
	const size_t old = c->v.notes_json ? strlen(c->v.notes_json) : 0;
	struct cti_buf b = { 0 };
	char *json;

	if (old > NOTES_BYTES_MAX || strlen(text) > NOTES_BYTES_MAX)
		return E2BIG;
	if (old) {
		cti_buf_add(&b, c->v.notes_json, old - 1); /* without the last bracket */
		cti_buf_str(&b, ",");
	} else {
		cti_buf_str(&b, "[");
	}
	note_write(&b, at_us, user, text);
	cti_buf_str(&b, "]");
	json = cti_buf_take(&b);
	if (!json)
		return ENOMEM;
	free(c->v.notes_json);
	c->v.notes_json = json;
	cti_conv_touch(c);
	return 0;
}
