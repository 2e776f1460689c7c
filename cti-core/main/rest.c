/*
 * rest.c -- a table of paths; each handler answers with JSON or an error of the form
 * { "error": { "code", "text", "where" } }.
 */
#include "rest.h"

#include "backend.h"
#include "rest_impl.h"

#include <cti/err.h>
#include <cti/log.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void cti_rest_fail(struct cti_http_call *call, int status, const char *code,
	const char *text, const char *where)
{
	struct cti_jsonw w;

	call->status = status;
	cti_buf_clear(&call->out);
	cti_jsonw_init(&w, &call->out);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_object(&w, "error");
	cti_jsonw_str(&w, "code", code);
	cti_jsonw_str(&w, "text", text);
	if (where)
		cti_jsonw_str(&w, "where", where);
	cti_jsonw_end_object(&w);
	cti_jsonw_end_object(&w);
}

void cti_rest_answer(struct cti_rest *q, int err, const char *where)
{
	struct cti_http_call *call = q->call;

	switch (err) {
	case 0:
		call->status = 200;
		return;
	case EINVAL:
		cti_rest_fail(call, 400, "bad-parameter", "this parameter cannot be read",
			where);
		return;
	case ENOENT:
		cti_rest_fail(call, 404, "not-found",
			"there is none, or it is not yours to see", NULL);
		return;
	case EEXIST:
		cti_rest_fail(call, 409, "exists", "there is one already", where);
		return;
	case EBUSY:
		cti_rest_fail(call, 409, "claimed", "somebody else has it", NULL);
		return;
	case EAGAIN:
		cti_rest_fail(call, 503, "database-away",
			"the database is away; try again soon", NULL);
		return;
	default:
		cti_log(CTI_LOG_ERROR, "rest", "query failed path=%s error=%s detail=%s",
			call->path, cti_err_name(err), cti_pg_error(q->pg));
		cti_rest_fail(
			call, 500, "internal", "the server's log has the reason", NULL);
	}
}

/* ---- who asks ----------------------------------------------------------------- */

bool cti_rest_sees_all(const struct cti_rest *q)
{
	return strcmp(q->call->user->role, "admin") == 0;
}

static bool leads(const struct cti_rest *q)
{
	return cti_rest_sees_all(q) || strcmp(q->call->user->role, "supervisor") == 0;
}

struct cti_desk_user cti_rest_user(const struct cti_rest *q)
{
	return (struct cti_desk_user){
		.id = q->call->user->id,
		.name = q->call->user->name,
		.display = q->call->user->display,
		.all_lines = cti_rest_sees_all(q),
		.leads = leads(q),
		.lines = q->lines,
		.nlines = q->nlines,
	};
}

static int collect_lines(struct cti_rest *q)
{
	const struct cti_hub_user *u = q->call->user;

	q->lines = calloc(u->nlines + u->nwatch + 1, sizeof(*q->lines));
	if (!q->lines)
		return ENOMEM;
	for (size_t i = 0; i < u->nlines; i++)
		q->lines[q->nlines++] = u->lines[i];
	if (!leads(q))
		return 0;
	for (size_t i = 0; i < u->nwatch; i++)
		q->lines[q->nlines++] = u->watch[i];
	q->lines[q->nlines++] = "";
	return 0;
}

/* ---- what is asked -------------------------------------------------------------- */

bool cti_rest_limit(struct cti_rest *q, unsigned max, unsigned *limitp)
{
	const char *text = q->call->query(q->call, "limit");
	unsigned long n = 0;
	char *end = NULL;

	if (text) {
		n = strtoul(text, &end, 10);
		if (end == text || *end || n < 1 || n > max) {
			cti_rest_answer(q, EINVAL, "limit");
			return false;
		}
	}
	*limitp = (unsigned)n;
	return true;
}

bool cti_rest_flag(struct cti_rest *q, const char *name)
{
	const char *v = q->call->query(q->call, name);

	return v &&
	       (strcmp(v, "1") == 0 || strcmp(v, "yes") == 0 || strcmp(v, "true") == 0);
}

struct cti_json *cti_rest_body(struct cti_rest *q)
{
	struct cti_json *doc = NULL;

	if (q->call->body_len &&
		!cti_json_parse(&doc, q->call->body, q->call->body_len) &&
		cti_json_is_object(cti_json_root(doc)))
		return doc;
	cti_json_free(doc);
	cti_rest_fail(q->call, 400, "bad-body", "the body has to be a JSON object", NULL);
	return NULL;
}

/* ---- paths -------------------------------------------------------------------- */

struct path {
	const char *method;
	const char *path;
	bool prefix; /* an id follows */
	void (*h)(struct cti_rest *q);
};

static const struct path paths[] = {
	{ "GET", "/calls", false, cti_rest_list_calls },
	{ "GET", "/calls.csv", false, cti_rest_export_csv },
	{ "GET", "/calls.jsonl", false, cti_rest_export_jsonl },
	{ "GET", "/calls/", true, cti_rest_get_call },
	{ "GET", "/contacts", false, cti_rest_find_contacts },
	{ "POST", "/contacts", false, cti_rest_create_contact },
	{ "POST", "/contacts/choice", false, cti_rest_choose_contact },
	{ "GET", "/outbox", false, cti_rest_list_outbox },
	{ "POST", "/outbox/replay", false, cti_rest_replay_outbox },
	{ "GET", "/reports", false, cti_rest_report },
	{ "GET", "/reports.csv", false, cti_rest_report_csv },
	{ "GET", "/reports.jsonl", false, cti_rest_report_jsonl },
	{ "GET", "/callbacks", false, cti_rest_list_callbacks },
	{ "POST", "/callbacks/", true, cti_rest_act_callback },
	{ "POST", "/notes", false, cti_rest_put_note },
	{ "GET", "/settings", false, cti_rest_get_settings },
	{ "POST", "/settings", false, cti_rest_put_settings },
	{ "GET", "/colleagues", false, cti_rest_colleagues },
	{ "GET", "/users", false, cti_rest_list_users },
	{ "POST", "/users", false, cti_rest_add_user },
	{ "POST", "/users/", true, cti_rest_change_user },
	{ "DELETE", "/users/", true, cti_rest_remove_user },
	{ "GET", "/lines", false, cti_rest_list_lines },
	{ "POST", "/lines/", true, cti_rest_label_line },
	{ "GET", "/groups", false, cti_rest_list_groups },
	{ "GET", "/audit", false, cti_rest_audit },
	{ "GET", "/number", false, cti_rest_read_number },
};

static const struct path *find_path(const char *method, const char *path)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const size_t n = strlen(paths[i].path);

		if (strcmp(paths[i].method, method) != 0)
			continue;
		if (paths[i].prefix ? strncmp(paths[i].path, path, n) == 0 && path[n]
				    : strcmp(paths[i].path, path) == 0)
			return &paths[i];
	}
	return NULL;
}

void cti_rest(void *ctx, struct cti_http_call *call, void *arg)
{
	const struct path *p = find_path(call->method, call->path);
	const struct cti_backend *b = arg;
	struct cti_rest q = { .pg = ctx, .call = call, .config = b->config, .backend = b };

	if (!p) {
		cti_rest_fail(call, 404, "not-found", "there is no such path", NULL);
	} else if (!call->user) {
		cti_rest_fail(call, 401, "not-logged-in", "log in first", NULL);
	} else if (!ctx || collect_lines(&q)) {
		cti_rest_fail(call, 503, "busy", "the server is short of memory", NULL);
	} else {
		q.rest = call->path + strlen(p->path);
		p->h(&q);
	}
	free(q.lines);
}
