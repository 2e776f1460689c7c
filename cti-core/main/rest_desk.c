/*
 * rest_desk.c -- call-backs, notes after the call, settings of the team, colleagues.
 */
#include "rest_impl.h"

#include "proto.h"

#include <errno.h>
#include <string.h>

void cti_rest_list_callbacks(struct cti_rest *q)
{
	const struct cti_desk_user user = cti_rest_user(q);
	unsigned limit;

	if (!cti_rest_limit(q, 200, &limit))
		return;
	cti_rest_answer(q,
		cti_callbacks_list(q->pg, &user, limit, q->call->query(q->call, "after"),
			&q->call->out),
		"after");
}

static bool read_act(const char *word, enum cti_callback_act *actp)
{
	static const char *const words[] = { "claim", "release", "done" };

	for (int i = 0; word && i < 3; i++) {
		if (strcmp(words[i], word) == 0) {
			*actp = (enum cti_callback_act)i;
			return true;
		}
	}
	return false;
}

void cti_rest_act_callback(struct cti_rest *q)
{
	const struct cti_desk_user user = cti_rest_user(q);
	struct cti_json *doc = cti_rest_body(q);
	enum cti_callback_act act;
	struct cti_buf item = { 0 };
	int err;

	if (!doc)
		return;
	if (!read_act(cti_json_str(cti_json_root(doc), "act"), &act)) {
		cti_rest_answer(q, EINVAL, "act");
		goto out;
	}
	err = cti_callback_act(q->pg, &user, q->rest, act, &item);
	if (!err)
		cti_buf_printf(&q->call->out, "{\"item\":%s}", item.data);
	cti_rest_answer(q, err, NULL);
out:
	cti_buf_reset(&item);
	cti_json_free(doc);
}

void cti_rest_put_note(struct cti_rest *q)
{
	const struct cti_desk_user user = cti_rest_user(q);
	struct cti_json *doc = cti_rest_body(q);
	const struct cti_json_node *root;
	struct cti_desk_note note;
	const char *where = NULL;

	if (!doc)
		return;
	root = cti_json_root(doc);
	note = (struct cti_desk_note){
		.conversation = cti_json_str(root, "conversation"),
		.id = cti_json_str(root, "id"),
		.text = cti_json_str(root, "text"),
		.disposition = cti_json_str(root, "disposition"),
	};
	if (!note.conversation)
		where = "conversation";
	else if (!note.id || !*note.id || strlen(note.id) >= CTI_PROTO_ID_BYTES)
		where = "id";
	else if (!note.text || strlen(note.text) > CTI_PROTO_NOTE_MAX)
		where = "text";
	if (where) {
		cti_rest_answer(q, EINVAL, where);
	} else {
		cti_rest_answer(q, cti_note_put(q->pg, &user, &note), "disposition");
		if (q->call->status == 200)
			cti_buf_str(&q->call->out, "{\"saved\":true}");
	}
	cti_json_free(doc);
}

void cti_rest_get_settings(struct cti_rest *q)
{
	cti_rest_answer(q, cti_settings_get(q->pg, &q->call->out), NULL);
}

void cti_rest_put_settings(struct cti_rest *q)
{
	const struct cti_desk_user user = cti_rest_user(q);
	struct cti_json *doc = cti_rest_body(q);
	int err;

	if (!doc)
		return;
	cti_json_free(doc);
	err = cti_settings_set(q->pg, &user, q->call->body);
	if (!err)
		err = cti_settings_get(q->pg, &q->call->out);
	cti_rest_answer(q, err, "body");
}

void cti_rest_colleagues(struct cti_rest *q)
{
	const struct cti_desk_user user = cti_rest_user(q);

	cti_buf_str(&q->call->out, "{\"colleagues\":");
	cti_rest_answer(q, cti_colleagues(q->pg, &user, &q->call->out), NULL);
	if (q->call->status == 200)
		cti_buf_str(&q->call->out, "}");
}
