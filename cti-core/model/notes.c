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

static bool is_same(const struct cti_json_node *old, const struct cti_note *note)
{
	const char *id = cti_json_str(old, "id");
	const char *user = cti_json_str(old, "user");

	return note->id && id && user && !strcmp(id, note->id) &&
	       !strcmp(user, note->user);
}

/* at: an earlier note's time as it is written there, or NULL. */
static void note_write(struct cti_jsonw *w, const struct cti_note *note, const char *at)
{
	cti_jsonw_object(w, NULL);
	if (at)
		cti_jsonw_str(w, "at", at);
	else
		cti_jsonw_time(w, "at", note->at_us);
	cti_jsonw_str(w, "user", note->user);
	cti_jsonw_str(w, "text", note->text);
	if (note->id)
		cti_jsonw_str(w, "id", note->id);
	if (note->disposition)
		cti_jsonw_str(w, "disposition", note->disposition);
	cti_jsonw_end_object(w);
}

/* Those that are there, with the new one in its place or behind them. */
static void notes_write(
	struct cti_jsonw *w, const struct cti_json_node *old, const struct cti_note *note)
{
	bool put = false;

	cti_jsonw_array(w, NULL);
	for (size_t i = 0; i < cti_json_count(old); i++) {
		const struct cti_json_node *n = cti_json_at(old, i);
		const struct cti_note same = {
			.id = cti_json_str(n, "id"),
			.user = cti_json_str(n, "user"),
			.text = cti_json_str(n, "text"),
			.disposition = cti_json_str(n, "disposition"),
		};
		const bool replaced = is_same(n, note);

		note_write(w, replaced ? note : &same, cti_json_str(n, "at"));
		put = put || replaced;
	}
	if (!put)
		note_write(w, note, NULL);
	cti_jsonw_end_array(w);
}

int cti_conv_put_note(struct cti_conv *c, const struct cti_note *note)
{
	const char *old = c->v.notes_json ? c->v.notes_json : "[]";
	struct cti_buf b = { 0 };
	struct cti_json *doc = NULL;
	struct cti_jsonw w;
	char *json;
	int err;

	if (strlen(old) > NOTES_BYTES_MAX || strlen(note->text) > NOTES_BYTES_MAX)
		return E2BIG;
	err = cti_json_parse(&doc, old, strlen(old));
	if (err)
		return err;
	cti_jsonw_init(&w, &b);
	notes_write(&w, cti_json_root(doc), note);
	cti_json_free(doc);
	json = cti_buf_take(&b);
	if (!json)
		return ENOMEM;
	free(c->v.notes_json);
	c->v.notes_json = json;
	cti_conv_touch(c);
	return 0;
}
