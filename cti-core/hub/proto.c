/*
 * proto.c -- JSON in and out, as schema/ws/protocol.md says.
 *
 * What a browser sends is checked here against its type: after this nobody
 * meets a missing field, an overlong string or an id with strange characters.
 */
#include "proto.h"

#include <cti/clock.h>

#include <errno.h>
#include <string.h>

/* ---- in ------------------------------------------------------------------ */

static bool is_id(const char *s)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	const size_t len = strlen(s);

	return len && len < CTI_PROTO_ID_BYTES && strspn(s, allowed) == len;
}

/* A required id. */
static bool take_id(
	char dst[CTI_PROTO_ID_BYTES], const struct cti_json_node *obj, const char *key)
{
	const char *s = cti_json_str(obj, key);

	return s && is_id(s) && cti_str_copy(dst, CTI_PROTO_ID_BYTES, s);
}

/* Absent, or a string of at most max bytes. */
static bool fits(const struct cti_json_node *obj, const char *key, size_t max)
{
	const struct cti_json_node *node = cti_json_get(obj, key);
	const char *s = cti_json_text(node);

	return !node || (s && strlen(s) <= max);
}

static bool fits_id(const struct cti_json_node *obj, const char *key)
{
	const struct cti_json_node *node = cti_json_get(obj, key);
	const char *s = cti_json_text(node);

	return !node || (s && is_id(s));
}

static const char *take_hello(struct cti_proto_msg *msg)
{
	const struct cti_json_node *resume = cti_json_get(msg->root, "resume");
	const char *token = cti_json_str(msg->root, "token");
	struct cti_proto_hello *h = &msg->hello;
	int64_t seq;

	if (!token || !*token || !cti_str_copy(h->token, sizeof(h->token), token))
		return "token is missing or too long";
	if (!take_id(h->client, msg->root, "client"))
		return "client is missing or no id";
	h->focused = cti_json_bool(msg->root, "focused", false);
	h->dirty = cti_json_bool(msg->root, "dirty", false);
	if (!cti_json_is_object(resume))
		return NULL;
	if (!take_id(h->epoch, resume, "epoch"))
		return "resume.epoch is missing or no id";
	if (!cti_json_int(resume, "seq", &seq) || seq < 0)
		return "resume.seq is missing or no number";
	h->seq = (uint64_t)seq;
	h->resume = true;
	return NULL;
}

static const char *take_pop_ack(struct cti_proto_msg *msg)
{
	msg->shown = cti_json_bool(msg->root, "shown", false);
	return take_id(msg->id, msg->root, "id") ? NULL : "id is missing or no id";
}

static const char *take_focus(struct cti_proto_msg *msg)
{
	msg->focused = cti_json_bool(msg->root, "focused", false);
	msg->dirty = cti_json_bool(msg->root, "dirty", false);
	return NULL;
}

static bool is_verb(const char *s)
{
	static const char *const verbs[] = { "dial", "cancel", "answer", "hangup", "hold",
		"resume", "transfer", "consult_transfer", "complete", "back" };

	for (size_t i = 0; s && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(verbs[i], s))
			return true;
	return false;
}

static const char *take_command(struct cti_proto_msg *msg)
{
	const char *verb = cti_json_str(msg->root, "verb");

	if (!take_id(msg->id, msg->root, "id"))
		return "id is missing or no id";
	if (!is_verb(verb))
		return "verb is missing or unknown";
	if (!fits(msg->root, "line", CTI_PROTO_ID_BYTES - 1))
		return "line is no text or too long";
	if (!fits(msg->root, "number", CTI_PROTO_NUMBER_MAX))
		return "number is no text or too long";
	if (!fits_id(msg->root, "conversation") || !fits_id(msg->root, "command"))
		return "conversation or command is no id";
	return NULL;
}

static const char *take_note(struct cti_proto_msg *msg)
{
	msg->text = cti_json_str(msg->root, "text");
	if (!take_id(msg->id, msg->root, "conversation"))
		return "conversation is missing or no id";
	if (!take_id(msg->note, msg->root, "id"))
		return "id is missing or no id";
	if (!msg->text || strlen(msg->text) > CTI_PROTO_NOTE_MAX)
		return "text is missing or too long";
	msg->disposition = cti_json_str(msg->root, "disposition");
	if (msg->disposition && !is_id(msg->disposition))
		return "disposition is no id";
	return NULL;
}

static const char *take_at(struct cti_proto_msg *msg)
{
	const char *at = cti_json_str(msg->root, "at");

	return at && cti_str_copy(msg->at, sizeof(msg->at), at)
		       ? NULL
		       : "at is missing or too long";
}

static const struct {
	const char *name;
	const char *(*take)(struct cti_proto_msg *msg); /* NULL, or what is wrong */
} types[CTI_PROTO_TYPES] = {
	[CTI_PROTO_HELLO] = { "hello", take_hello },
	[CTI_PROTO_POP_ACK] = { "pop_ack", take_pop_ack },
	[CTI_PROTO_FOCUS] = { "focus", take_focus },
	[CTI_PROTO_COMMAND] = { "command", take_command },
	[CTI_PROTO_NOTE] = { "note", take_note },
	[CTI_PROTO_PING] = { "ping", take_at },
	[CTI_PROTO_PONG] = { "pong", take_at },
};

static int take(struct cti_proto_msg *msg, const char **whyp)
{
	const char *type = cti_json_str(msg->root, "type");

	if (!cti_json_is_object(msg->root) || !type) {
		*whyp = "not an object with a type";
		return EBADMSG;
	}
	for (unsigned i = 0; i < CTI_PROTO_TYPES; i++) {
		if (strcmp(types[i].name, type) != 0)
			continue;
		msg->type = (enum cti_proto_type)i;
		*whyp = types[i].take(msg);
		return *whyp ? EBADMSG : 0;
	}
	*whyp = "type is unknown";
	return ENOTSUP;
}

int cti_proto_parse(
	struct cti_proto_msg *msg, const char *text, size_t len, const char **whyp)
{
	int err;

	memset(msg, 0, sizeof(*msg));
	*whyp = "not JSON";
	if (!len || len > CTI_PROTO_MESSAGE_MAX)
		return EBADMSG;
	err = cti_json_parse(&msg->doc, text, len);
	if (err)
		return err;
	msg->root = cti_json_root(msg->doc);
	err = take(msg, whyp);
	if (err)
		cti_proto_reset(msg);
	return err;
}

void cti_proto_reset(struct cti_proto_msg *msg)
{
	cti_json_free(msg->doc);
	msg->doc = NULL;
	msg->root = NULL;
	msg->text = NULL;
}

/* ---- out ----------------------------------------------------------------- */

static void begin(struct cti_jsonw *w, struct cti_buf *buf, const char *type)
{
	cti_jsonw_init(w, buf);
	cti_jsonw_object(w, NULL);
	cti_jsonw_str(w, "type", type);
}

static void begin_seq(
	struct cti_jsonw *w, struct cti_buf *buf, const char *type, uint64_t seq)
{
	begin(w, buf, type);
	cti_jsonw_int(w, "seq", (int64_t)seq);
}

static void put_list(struct cti_jsonw *w, const char *key, char *const *list, size_t n)
{
	cti_jsonw_array(w, key);
	for (size_t i = 0; i < n; i++)
		cti_jsonw_str(w, NULL, list[i]);
	cti_jsonw_end_array(w);
}

void cti_proto_user(struct cti_jsonw *w, const struct cti_hub_user *user)
{
	cti_jsonw_object(w, "user");
	cti_jsonw_str(w, "id", user->id);
	cti_jsonw_str(w, "name", user->name);
	cti_jsonw_str(w, "display", user->display);
	cti_jsonw_str(w, "role", user->role);
	cti_jsonw_str(w, "lang", user->lang);
	put_list(w, "lines", user->lines, user->nlines);
	put_list(w, "watch", user->watch, user->nwatch);
	cti_jsonw_end_object(w);
}

static const struct {
	const char *name;
	size_t at; /* in struct cti_hub_caps */
} caps[] = {
	{ "dial", offsetof(struct cti_hub_caps, dial) },
	{ "answer", offsetof(struct cti_hub_caps, answer) },
	{ "hangup", offsetof(struct cti_hub_caps, hangup) },
	{ "hold", offsetof(struct cti_hub_caps, hold) },
	{ "transfer", offsetof(struct cti_hub_caps, transfer) },
	{ "consult", offsetof(struct cti_hub_caps, consult) },
};

static bool has_cap(const struct cti_hub_caps *c, size_t i)
{
	return *(const bool *)((const char *)c + caps[i].at);
}

void cti_proto_server(struct cti_jsonw *w, const struct cti_hub_conf *conf)
{
	const size_t n = sizeof(caps) / sizeof(caps[0]);

	cti_jsonw_object(w, "capabilities");
	for (size_t i = 0; i < n; i++)
		cti_jsonw_bool(w, caps[i].name, has_cap(&conf->can, i));
	cti_jsonw_end_object(w);
	cti_jsonw_array(w, "settable");
	for (size_t i = 0; i < n; i++)
		if (has_cap(&conf->could, i) && !has_cap(&conf->can, i))
			cti_jsonw_str(w, NULL, caps[i].name);
	cti_jsonw_end_array(w);
	cti_jsonw_object(w, "server");
	cti_jsonw_str(w, "version", conf->version);
	cti_jsonw_time(w, "time", cti_now_us());
	cti_jsonw_end_object(w);
}

void cti_proto_welcome(struct cti_buf *buf, const struct cti_proto_welcome *m)
{
	struct cti_jsonw w;

	begin(&w, buf, "welcome");
	cti_proto_user(&w, m->user);
	cti_jsonw_str(&w, "epoch", m->epoch);
	cti_jsonw_int(&w, "seq", (int64_t)m->seq);
	cti_jsonw_bool(&w, "resumed", m->resumed);
	cti_jsonw_int(&w, "ping_s", m->ping_s);
	cti_proto_server(&w, m->conf);
	cti_jsonw_end_object(&w);
}

void cti_proto_change(struct cti_buf *buf, uint64_t seq, const char *conversation_json)
{
	struct cti_jsonw w;

	begin_seq(&w, buf, "change", seq);
	cti_jsonw_raw(&w, "conversation", conversation_json);
	cti_jsonw_end_object(&w);
}

void cti_proto_gone(struct cti_buf *buf, uint64_t seq, const char *conversation)
{
	struct cti_jsonw w;

	begin_seq(&w, buf, "gone", seq);
	cti_jsonw_str(&w, "conversation", conversation);
	cti_jsonw_end_object(&w);
}

void cti_proto_line(struct cti_buf *buf, uint64_t seq, const char *line,
	const char *state, int64_t since_us)
{
	struct cti_jsonw w;

	begin_seq(&w, buf, "line", seq);
	cti_jsonw_str(&w, "line", line);
	cti_jsonw_str(&w, "state", state);
	cti_jsonw_time(&w, "since", since_us);
	cti_jsonw_end_object(&w);
}

static void put_pop(struct cti_jsonw *w, const struct cti_proto_pop *pop)
{
	cti_jsonw_str(w, "id", pop->id);
	cti_jsonw_str(w, "conversation", pop->conversation);
	cti_jsonw_str(w, "line", pop->line);
	cti_jsonw_str(w, "why", pop->why);
}

void cti_proto_pop(
	struct cti_buf *buf, uint64_t seq, const struct cti_proto_pop *pop, bool here)
{
	struct cti_jsonw w;

	begin_seq(&w, buf, "pop", seq);
	put_pop(&w, pop);
	cti_jsonw_bool(&w, "here", here);
	cti_jsonw_end_object(&w);
}

void cti_proto_pop_item(struct cti_jsonw *w, const struct cti_proto_pop *pop, bool here)
{
	cti_jsonw_object(w, NULL);
	put_pop(w, pop);
	cti_jsonw_bool(w, "here", here);
	cti_jsonw_end_object(w);
}

void cti_proto_pop_withdrawn(
	struct cti_buf *buf, uint64_t seq, const struct cti_proto_pop *pop)
{
	struct cti_jsonw w;

	begin_seq(&w, buf, "pop_withdrawn", seq);
	put_pop(&w, pop);
	cti_jsonw_end_object(&w);
}

int cti_proto_result(struct cti_buf *buf, uint64_t seq, const char *json)
{
	const size_t len = strlen(json);

	if (len < 3 || json[0] != '{' || json[len - 1] != '}')
		return EBADMSG;
	cti_buf_printf(
		buf, "{\"type\":\"result\",\"seq\":%llu,", (unsigned long long)seq);
	cti_buf_add(buf, json + 1, len - 1);
	return 0;
}

void cti_proto_health(struct cti_buf *buf, uint64_t seq, const char *health_json)
{
	struct cti_jsonw w;

	begin_seq(&w, buf, "health", seq);
	cti_jsonw_raw(&w, "health", health_json);
	cti_jsonw_end_object(&w);
}

void cti_proto_ping(struct cti_buf *buf, const char *type, const char *at)
{
	struct cti_jsonw w;

	begin(&w, buf, type);
	cti_jsonw_str(&w, "at", at);
	cti_jsonw_end_object(&w);
}

void cti_proto_error(struct cti_buf *buf, const char *code, const char *text)
{
	struct cti_jsonw w;

	begin(&w, buf, "error");
	cti_jsonw_str(&w, "code", code);
	cti_jsonw_str(&w, "text", text);
	cti_jsonw_end_object(&w);
}
