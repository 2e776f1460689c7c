/*
 * rest_admin.c -- what administrators do: users, lines, groups, the audit log, and the
 * tables for numbers. Every change is in the audit log, passwords never are.
 */
#include "rest_impl.h"

#include "admin.h"
#include "asks.h"
#include "party.h"
#include "policy.h"
#include "user.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 64 };

/* {"key":<what ask appends>} */
static void put_list(struct cti_rest *q, const char *key,
	int (*ask)(struct cti_pg *pg, struct cti_buf *json))
{
	cti_buf_printf(&q->call->out, "{\"%s\":", key);
	cti_rest_answer(q, ask(q->pg, &q->call->out), NULL);
	if (q->call->status == 200)
		cti_buf_str(&q->call->out, "}");
}

/* ---- users ---------------------------------------------------------------------- */

void cti_rest_list_users(struct cti_rest *q)
{
	put_list(q, "users", cti_user_list);
}

struct words {
	const char *v[WORDS_MAX]; /* borrowed from the body */
	size_t n;
	bool there;
};

/* False: it is there and no list of texts. */
static bool read_words(struct words *w, const struct cti_json_node *root, const char *key)
{
	const struct cti_json_node *list = cti_json_get(root, key);

	*w = (struct words){ .there = list != NULL };
	if (list && (!cti_json_is_array(list) || cti_json_count(list) > WORDS_MAX))
		return false;
	for (; list && w->n < cti_json_count(list); w->n++) {
		w->v[w->n] = cti_json_text(cti_json_at(list, w->n));
		if (!w->v[w->n])
			return false;
	}
	return true;
}

/* What was changed for whom, by the names of the fields. */
static int audit_user(struct cti_rest *q, const char *what, const char *name,
	const struct cti_json_node *root)
{
	static const char *const fields[] = { "display", "role", "lang", "password",
		"lines", "groups" };
	struct cti_buf detail = { 0 };
	struct cti_jsonw w;
	int err;

	cti_jsonw_init(&w, &detail);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_str(&w, "user", name);
	cti_jsonw_array(&w, "fields");
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (cti_json_get(root, fields[i]))
			cti_jsonw_str(&w, NULL, fields[i]);
	}
	cti_jsonw_end_array(&w);
	if (cti_json_str(root, "role"))
		cti_jsonw_str(&w, "role", cti_json_str(root, "role"));
	cti_jsonw_end_object(&w);
	err = detail.err ? detail.err
			 : cti_audit_put(q->pg, q->call->user->name, what, detail.data);
	cti_buf_reset(&detail);
	return err;
}

/* The one that is no list of words; NULL: both are well. */
static const char *read_lists(
	struct words *lines, struct words *groups, const struct cti_json_node *root)
{
	if (!read_words(lines, root, "lines"))
		return "lines";
	return read_words(groups, root, "groups") ? NULL : "groups";
}

static void saved(struct cti_rest *q, int err, const char *where)
{
	cti_rest_answer(q, err, where);
	if (!err)
		cti_buf_str(&q->call->out, "{\"saved\":true}");
}

void cti_rest_add_user(struct cti_rest *q)
{
	struct cti_json *doc = cti_rest_body(q);
	const struct cti_json_node *root;
	struct words lines, groups;
	const char *where;
	int err = EINVAL;

	if (!doc)
		return;
	root = cti_json_root(doc);
	where = read_lists(&lines, &groups, root);
	if (!where) {
		const struct cti_user_new n = {
			.name = cti_json_str(root, "name"),
			.display = cti_json_str(root, "display"),
			.role = cti_json_str(root, "role"),
			.lang = cti_json_str(root, "lang"),
			.password = cti_json_str(root, "password"),
			.lines = lines.v,
			.nlines = lines.n,
			.groups = groups.v,
			.ngroups = groups.n,
		};

		where = "name";
		err = n.name ? cti_user_add(q->pg, &n, &where) : EINVAL;
		if (!err)
			err = audit_user(q, "user-add", n.name, root);
	}
	saved(q, err, where);
	cti_json_free(doc);
}

/* Field by field: the first that is refused is named, those before it stay. */
static int change(struct cti_rest *q, const struct cti_json_node *root,
	const struct words *lines, const struct words *groups, const char **wherep)
{
	const char *display = cti_json_str(root, "display");
	const char *lang = cti_json_str(root, "lang");
	const char *role = cti_json_str(root, "role");
	const char *password = cti_json_str(root, "password");
	int err = 0;

	*wherep = "display";
	if (display || lang)
		err = cti_user_set_words(q->pg, q->rest, display, lang);
	if (!err && role) {
		*wherep = "role";
		err = cti_user_set_role(q->pg, q->rest, role);
	}
	if (!err && lines->there) {
		*wherep = "lines";
		err = cti_user_set_lines(q->pg, q->rest, lines->v, lines->n);
	}
	if (!err && groups->there) {
		*wherep = "groups";
		err = cti_user_set_groups(q->pg, q->rest, groups->v, groups->n);
	}
	if (!err && password) {
		*wherep = "password";
		err = cti_user_passwd(q->pg, q->rest, password);
	}
	return err;
}

static bool is_self(const struct cti_rest *q)
{
	return strcmp(q->rest, q->call->user->name) == 0;
}

static void not_yourself(struct cti_rest *q)
{
	cti_rest_fail(q->call, 409, "yourself",
		"ask another administrator to take your own rights away", NULL);
}

void cti_rest_change_user(struct cti_rest *q)
{
	struct cti_json *doc = cti_rest_body(q);
	const struct cti_json_node *root;
	struct words lines, groups;
	const char *where;
	int err = EINVAL;

	if (!doc)
		return;
	root = cti_json_root(doc);
	if (is_self(q) && cti_json_str(root, "role") &&
		strcmp(cti_json_str(root, "role"), "admin") != 0) {
		not_yourself(q);
		cti_json_free(doc);
		return;
	}
	where = read_lists(&lines, &groups, root);
	if (!where)
		err = change(q, root, &lines, &groups, &where);
	if (!err)
		err = audit_user(q, "user-change", q->rest, root);
	saved(q, err, where);
	cti_json_free(doc);
}

void cti_rest_remove_user(struct cti_rest *q)
{
	int err;

	if (is_self(q)) {
		not_yourself(q);
		return;
	}
	err = cti_user_remove(q->pg, q->rest);
	if (!err)
		err = audit_user(q, "user-remove", q->rest, NULL);
	saved(q, err, NULL);
}

/* ---- lines, groups, audit --------------------------------------------------------- */

void cti_rest_list_lines(struct cti_rest *q)
{
	put_list(q, "lines", cti_lines_list);
}

void cti_rest_label_line(struct cti_rest *q)
{
	struct cti_json *doc = cti_rest_body(q);
	const char *label;

	if (!doc)
		return;
	label = cti_json_str(cti_json_root(doc), "label");
	saved(q, label ? cti_line_label(q->pg, q->rest, label) : EINVAL, "label");
	cti_json_free(doc);
}

void cti_rest_list_groups(struct cti_rest *q)
{
	put_list(q, "groups", cti_groups_list);
}

void cti_rest_audit(struct cti_rest *q)
{
	unsigned limit;

	if (!cti_rest_limit(q, 500, &limit))
		return;
	cti_rest_answer(q,
		cti_audit_list(
			q->pg, limit, q->call->query(q->call, "after"), &q->call->out),
		"after");
}

/* The tables for numbers, to be tested by an administrator. */
void cti_rest_read_number(struct cti_rest *q)
{
	const char *raw = q->call->query(q->call, "number");
	const char *name = q->call->query(q->call, "pbx");
	const struct cti_pbx_conf *pbx = NULL;
	struct cti_command_policy policy;
	struct cti_number_plan plan;
	struct cti_jsonw w;

	for (size_t i = 0; i < q->config->npbxs && !pbx; i++) {
		if (!name || strcmp(q->config->pbxs[i].name, name) == 0)
			pbx = &q->config->pbxs[i];
	}
	if (!raw || !pbx) {
		cti_rest_answer(q, EINVAL, raw ? "pbx" : "number");
		return;
	}
	cti_number_plan_of(&plan, pbx);
	cti_asks_policy(q->config, &policy);
	cti_jsonw_init(&w, &q->call->out);
	cti_policy_report(&w, raw, &plan, &policy);
	cti_rest_answer(q, 0, NULL);
}
