/*
 * asks.c -- see asks.h.
 */
#include "asks.h"

#include <cti/cause.h>
#include <cti/clock.h>
#include <cti/err.h>
#include <cti/log.h>
#include <cti/loop.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One request on its way from the hub's thread: its texts lie behind it. */
struct ask {
	struct cti_route *route;
	cti_loop_h *h;
	enum cti_user_role role;
	enum cti_verb verb;
	bool confirmed;
	char *texts[8]; /* owned; NULL: absent */
	struct cti_list lines;
};

/* Which text is which. */
enum { T_USER, T_ID, T_LINE, T_NUMBER, T_CONVERSATION, T_COMMAND, T_WHAT, T_DETAIL };

static void ask_free(struct ask *a)
{
	for (size_t i = 0; i < sizeof(a->texts) / sizeof(a->texts[0]); i++)
		free(a->texts[i]);
	for (size_t i = 0; i < a->lines.n; i++)
		free(a->lines.v[i]);
	free(a->lines.v);
	free(a);
}

static struct ask *ask_new(struct cti_route *r, cti_loop_h *h)
{
	struct ask *a = calloc(1, sizeof(*a));

	if (a) {
		a->route = r;
		a->h = h;
	}
	return a;
}

static bool set(struct ask *a, int which, const char *text)
{
	a->texts[which] = cti_str_dup(text);
	return a->texts[which] || !text;
}

/* The ask is moved. The core is busy when it cannot take it: told in the log. */
static void post(struct ask *a)
{
	const int err = cti_loop_post(a->h, a);

	if (!err)
		return;
	cti_log(CTI_LOG_ERROR, "route", "request dropped error=%s", cti_err_name(err));
	ask_free(a);
}

/* ---- commands ----------------------------------------------------------------- */

static bool parse_verb(const char *name, enum cti_verb *verbp)
{
	for (int v = CTI_VERB_DIAL; name && v < CTI_VERBS; v++) {
		if (strcmp(cti_verb_name((enum cti_verb)v), name) == 0) {
			*verbp = (enum cti_verb)v;
			return true;
		}
	}
	return false;
}

static enum cti_user_role parse_role(const char *name)
{
	if (strcmp(name, "admin") == 0)
		return CTI_USER_ADMIN;
	return strcmp(name, "supervisor") == 0 ? CTI_USER_SUPERVISOR : CTI_USER_AGENT;
}

static bool add_lines(struct ask *a, char *const *lines, size_t n)
{
	char **v = reallocarray(a->lines.v, a->lines.n + n + 1, sizeof(*v));

	if (!v)
		return false;
	a->lines.v = v;
	for (size_t i = 0; i < n; i++) {
		v[a->lines.n] = cti_str_dup(lines[i]);
		if (!v[a->lines.n])
			return false;
		a->lines.n++;
	}
	return true;
}

static void on_command(void *arg)
{
	struct ask *a = arg;
	const struct cti_command_request req = {
		.user_id = a->texts[T_USER],
		.role = a->role,
		.lines = (const char *const *)a->lines.v,
		.nlines = a->lines.n,
		.id = a->texts[T_ID],
		.verb = a->verb,
		.line = a->texts[T_LINE],
		.number = a->texts[T_NUMBER],
		.conversation = a->texts[T_CONVERSATION],
		.command = a->texts[T_COMMAND],
		.confirmed = a->confirmed,
	};

	cti_commands_request(a->route->commands, &req);
	ask_free(a);
}

static void hub_command(
	const struct cti_hub_user *user, const struct cti_json_node *msg, void *arg)
{
	struct ask *a = ask_new(arg, on_command);
	bool whole;

	if (!a)
		return;
	a->role = parse_role(user->role);
	a->confirmed = cti_json_bool(msg, "confirmed", false);
	whole = parse_verb(cti_json_str(msg, "verb"), &a->verb) &&
		add_lines(a, user->lines, user->nlines) && set(a, T_USER, user->id) &&
		set(a, T_ID, cti_json_str(msg, "id")) &&
		set(a, T_LINE, cti_json_str(msg, "line")) &&
		set(a, T_NUMBER, cti_json_str(msg, "number")) &&
		set(a, T_CONVERSATION, cti_json_str(msg, "conversation")) &&
		set(a, T_COMMAND, cti_json_str(msg, "command"));
	if (whole)
		post(a);
	else
		ask_free(a);
}

/* ---- traces, notes, resync ------------------------------------------------------ */

static void on_trace(void *arg)
{
	struct ask *a = arg;

	(void)cti_route_about(a->route, CTI_INPUT_TRACE, a->texts[T_CONVERSATION],
		a->texts[T_WHAT], a->texts[T_DETAIL]);
	ask_free(a);
}

static void hub_trace(
	const char *conversation, const char *what, const char *detail, void *arg)
{
	struct ask *a = ask_new(arg, on_trace);

	if (!a)
		return;
	if (set(a, T_CONVERSATION, conversation) && set(a, T_WHAT, what) &&
		set(a, T_DETAIL, detail ? detail : ""))
		post(a);
	else
		ask_free(a);
}

/* Who may see a conversation may write to it: own lines, a supervisor's group's. */
static bool takes_part(const struct ask *a)
{
	struct cti_conv *conv = cti_conv_find(a->route->model, a->texts[T_CONVERSATION]);
	const struct cti_conversation *c = conv ? cti_conv_view(conv) : NULL;

	if (!c || a->role == CTI_USER_ADMIN)
		return c != NULL;
	for (size_t i = 0; i < c->nlegs; i++) {
		for (size_t n = 0; n < a->lines.n; n++) {
			if (strcmp(c->legs[i].line, a->lines.v[n]) == 0)
				return true;
		}
	}
	return false;
}

static void on_note(void *arg)
{
	struct ask *a = arg;

	if (takes_part(a))
		(void)cti_route_about(a->route, CTI_INPUT_NOTE, a->texts[T_CONVERSATION],
			a->texts[T_USER], a->texts[T_DETAIL]);
	ask_free(a);
}

/* What the journal keeps; see CTI_INPUT_NOTE. */
static bool set_note(struct ask *a, const struct cti_hub_note *note)
{
	struct cti_buf data = { 0 };
	struct cti_jsonw w;

	cti_jsonw_init(&w, &data);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_str(&w, "id", note->id);
	cti_jsonw_str(&w, "text", note->text);
	cti_jsonw_str(&w, "disposition", note->disposition);
	cti_jsonw_end_object(&w);
	a->texts[T_DETAIL] = cti_buf_take(&data);
	return a->texts[T_DETAIL] != NULL;
}

static void hub_note(const struct cti_hub_user *user, const char *conversation,
	const struct cti_hub_note *note, void *arg)
{
	struct ask *a = ask_new(arg, on_note);
	const size_t nwatch = strcmp(user->role, "agent") ? user->nwatch : 0;

	if (!a)
		return;
	a->role = parse_role(user->role);
	if (add_lines(a, user->lines, user->nlines) &&
		add_lines(a, user->watch, nwatch) &&
		set(a, T_CONVERSATION, conversation) && set(a, T_USER, user->display) &&
		set_note(a, note))
		post(a);
	else
		ask_free(a);
}

static void on_resync(void *arg)
{
	struct cti_route *r = arg;

	cti_route_publish_all(r);
	if (r->hub)
		(void)cti_hub_publish_resynced(r->hub);
}

static void hub_resync(void *arg)
{
	(void)cti_loop_post(on_resync, arg);
}

static void on_contacts_changed(void *arg)
{
	struct ask *a = arg;

	cti_route_look_up_number(a->route, a->texts[T_NUMBER]);
	ask_free(a);
}

void cti_asks_contacts_changed(const char *number, void *arg)
{
	struct ask *a = ask_new(arg, on_contacts_changed);

	if (!a)
		return;
	if (set(a, T_NUMBER, number))
		post(a);
	else
		ask_free(a);
}

struct cti_hub_core cti_asks_hub(struct cti_route *r)
{
	return (struct cti_hub_core){
		.command = hub_command,
		.trace = hub_trace,
		.note = hub_note,
		.resync = hub_resync,
		.arg = r,
	};
}

/* ---- out of cti_commands --------------------------------------------------------- */

/* A command about a conversation is for who takes part in it. */
static int command_send(const struct cti_command *cmd, void *arg)
{
	struct cti_route *r = arg;
	struct cti_command full = *cmd;
	const struct cti_pbx_conf *pbx;
	struct cti_conv *conv;
	bool part = false;

	if (cmd->conversation) {
		conv = cti_conv_find(r->model, cmd->conversation);
		if (!conv)
			return ENOENT;
		full.pbx_key = cti_conv_view(conv)->pbx_key;
		for (size_t i = 0; i < cti_conv_view(conv)->nlegs && !part; i++)
			part = strcmp(cti_conv_view(conv)->legs[i].line, cmd->line) == 0;
		if (!part)
			return ENOENT;
	}
	pbx = cti_links_pbx_of(r->links, cmd->line);
	if (pbx)
		full.ring_s = pbx->ring_s;
	return cti_links_command(r->links, &full);
}

static int command_record(
	const char *request, const char *line, const char *number, void *arg)
{
	struct cti_route *r = arg;
	const struct cti_pbx_conf *pbx = cti_links_pbx_of(r->links, line);
	struct cti_buf data = { 0 };
	struct cti_input in = { .at_us = cti_now_us(),
		.kind = CTI_INPUT_DIAL,
		.source = CTI_PROV_USER,
		.pbx = pbx ? pbx->name : "",
		.line = line };
	int err;

	cti_buf_printf(&data, "%s %s", request, number);
	in.data = data.data;
	in.len_bytes = data.len;
	err = data.err ? data.err : cti_route_input(r, &in);
	cti_buf_reset(&data);
	return err;
}

static void put_cause(struct cti_jsonw *w, const struct cti_cause *cause)
{
	const struct cti_cause_text *text = cti_cause_text(cause);

	if (!cause->sip && !cause->q850)
		return;
	cti_jsonw_object(w, "cause");
	cti_jsonw_int(w, "sip", cause->sip);
	cti_jsonw_int(w, "q850", cause->q850);
	cti_jsonw_object(w, "text");
	cti_jsonw_str(w, "en", text->en);
	cti_jsonw_str(w, "ja", text->ja);
	cti_jsonw_end_object(w);
	cti_jsonw_end_object(w);
}

static void command_answer(const struct cti_command_answer *a, void *arg)
{
	struct cti_route *r = arg;
	struct cti_buf buf = { 0 };
	struct cti_jsonw w;
	char *json;

	cti_jsonw_init(&w, &buf);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_str(&w, "id", a->id);
	cti_jsonw_str(&w, "state", a->state);
	if (a->phase)
		cti_jsonw_str(&w, "phase", a->phase);
	if (a->why)
		cti_jsonw_str(&w, "why", a->why);
	put_cause(&w, &a->cause);
	if (a->conversation)
		cti_jsonw_str(&w, "conversation", a->conversation);
	cti_jsonw_end_object(&w);
	json = cti_buf_take(&buf);
	if (json && r->hub)
		(void)cti_hub_publish_result(r->hub, a->user_id, json);
	else
		free(json);
}

static const struct cti_number_plan *command_plan(const char *line, void *arg)
{
	const struct cti_route *r = arg;
	const struct cti_pbx_conf *pbx = cti_links_pbx_of(r->links, line);

	return pbx ? &r->plans[pbx - r->config->pbxs] : NULL;
}

static void command_audit(const char *json, void *arg)
{
	struct cti_route *r = arg;

	(void)cti_route_append_record(r, CTI_REC_AUDIT, json, strlen(json));
	if (r->store)
		cti_store_poke(r->store);
}

struct cti_command_ops cti_asks_command_ops(struct cti_route *r)
{
	return (struct cti_command_ops){
		.send = command_send,
		.record_dial = command_record,
		.answer = command_answer,
		.plan = command_plan,
		.audit = command_audit,
		.arg = r,
	};
}

void cti_asks_policy(const struct cti_config *c, struct cti_command_policy *policy)
{
	*policy = (struct cti_command_policy){
		.dials_per_minute = c->dial.per_minute,
		.allow = {
			[CTI_USER_AGENT] = c->dial.agent,
			[CTI_USER_SUPERVISOR] = c->dial.supervisor,
			[CTI_USER_ADMIN] = c->dial.admin,
		},
		.confirm = c->dial.confirm,
		.timeout_s = c->dial.timeout_s,
	};
}
