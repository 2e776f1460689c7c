/*
 * rest.c -- a table of paths; each handler answers with JSON or an error of the form
 * { "error": { "code", "text", "where" } }.
 */
#include "rest.h"

#include "asks.h"
#include "backend.h"
#include "calls.h"
#include "directory.h"
#include "export.h"
#include "number.h"
#include "party.h"
#include "policy.h"
#include "user.h"

#include <cti/err.h>
#include <cti/log.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct request {
	struct cti_pg *pg;
	struct cti_http_call *call;
	const struct cti_config *config;
	const char *rest;   /* what follows the path's prefix */
	const char **lines; /* owned; all that the user may see */
	size_t nlines;
};

static void fail(struct cti_http_call *call, int status, const char *code,
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

/* err of a query to an answer; 0 is 200. */
static void answer(struct request *q, int err, const char *where)
{
	struct cti_http_call *call = q->call;

	switch (err) {
	case 0:
		call->status = 200;
		return;
	case EINVAL:
		fail(call, 400, "bad-parameter", "this parameter cannot be read", where);
		return;
	case ENOENT:
		fail(call, 404, "not-found", "there is none, or it is not yours to see",
			NULL);
		return;
	case EAGAIN:
		fail(call, 503, "database-away", "the database is away; try again soon",
			NULL);
		return;
	default:
		cti_log(CTI_LOG_ERROR, "rest", "query failed path=%s error=%s detail=%s",
			call->path, cti_err_name(err), cti_pg_error(q->pg));
		fail(call, 500, "internal", "the server's log has the reason", NULL);
	}
}

/* ---- calls ------------------------------------------------------------------- */

static bool is_admin(const struct request *q)
{
	return strcmp(q->call->user->role, "admin") == 0;
}

static int collect_lines(struct request *q)
{
	const struct cti_hub_user *u = q->call->user;

	q->lines = calloc(u->nlines + u->nwatch + 1, sizeof(*q->lines));
	if (!q->lines)
		return ENOMEM;
	for (size_t i = 0; i < u->nlines; i++)
		q->lines[q->nlines++] = u->lines[i];
	for (size_t i = 0; i < u->nwatch; i++)
		q->lines[q->nlines++] = u->watch[i];
	return 0;
}

static struct cti_calls_filter filter_of(const struct request *q)
{
	struct cti_http_call *c = q->call;

	return (struct cti_calls_filter){
		.from = c->query(c, "from"),
		.to = c->query(c, "to"),
		.line = c->query(c, "line"),
		.number = c->query(c, "number"),
		.outcome = c->query(c, "outcome"),
		.direction = c->query(c, "direction"),
		.q = c->query(c, "q"),
		.country = cti_backend_country(q->config),
		.all_lines = is_admin(q),
		.lines = q->lines,
		.nlines = q->nlines,
	};
}

static void list_calls(struct request *q)
{
	const struct cti_calls_filter f = filter_of(q);
	const char *limit = q->call->query(q->call, "limit");
	const char *where = NULL;
	unsigned long n = 0;
	char *end = NULL;

	if (limit) {
		n = strtoul(limit, &end, 10);
		if (end == limit || *end || n < 1 || n > 500) {
			answer(q, EINVAL, "limit");
			return;
		}
	}
	answer(q,
		cti_calls_list(q->pg, &f, (unsigned)n, q->call->query(q->call, "after"),
			&q->call->out, &where),
		where);
}

static void get_call(struct request *q)
{
	answer(q,
		cti_calls_get(
			q->pg, q->rest, is_admin(q), q->lines, q->nlines, &q->call->out),
		NULL);
}

/* ---- export ------------------------------------------------------------------ */

static int on_piece(const char *data, size_t len, void *arg)
{
	struct request *q = arg;

	return q->call->stream(q->call, data, len);
}

static bool flag(struct request *q, const char *name)
{
	const char *v = q->call->query(q->call, name);

	return v &&
	       (strcmp(v, "1") == 0 || strcmp(v, "yes") == 0 || strcmp(v, "true") == 0);
}

static void export_calls(struct request *q, enum cti_export_format format)
{
	const char *encoding = q->call->query(q->call, "encoding");
	struct cti_export_conf conf = {
		.filter = filter_of(q),
		.format = format,
		.excel = flag(q, "excel"),
		.raw = flag(q, "raw"),
		.write = on_piece,
		.arg = q,
	};
	const char *where = NULL;
	uint64_t rows = 0;
	int err;

	if (encoding && cti_str_ieq(encoding, "shift_jis"))
		conf.encoding = CTI_EXPORT_SHIFT_JIS;
	else if (encoding && !cti_str_ieq(encoding, "utf-8")) {
		answer(q, EINVAL, "encoding");
		return;
	}
	err = cti_calls_check(q->pg, &conf.filter, &where);
	if (err) { /* while an answer with an error can still be given */
		answer(q, err, where);
		return;
	}
	q->call->status = 200;
	q->call->ctype = format == CTI_EXPORT_JSONL ? "application/x-ndjson"
			 : conf.encoding == CTI_EXPORT_SHIFT_JIS
				 ? "text/csv; charset=shift_jis"
				 : "text/csv; charset=utf-8";
	q->call->disposition = format == CTI_EXPORT_JSONL
				       ? "attachment; filename=\"calls.jsonl\""
				       : "attachment; filename=\"calls.csv\"";
	err = cti_export(q->pg, &conf, &rows, &where);
	if (err && err != EPIPE) {
		cti_log(CTI_LOG_ERROR, "rest", "export torn error=%s detail=%s",
			cti_err_name(err), cti_pg_error(q->pg));
		q->call->status = 500;
	}
}

static void export_csv(struct request *q)
{
	export_calls(q, CTI_EXPORT_CSV);
}

static void export_jsonl(struct request *q)
{
	export_calls(q, CTI_EXPORT_JSONL);
}

/* ---- contacts, users ---------------------------------------------------------- */

static void find_contacts(struct request *q)
{
	const struct cti_number_plan plan = { .country = cti_backend_country(q->config) };
	const char *raw = q->call->query(q->call, "number");
	struct cti_number num;

	if (!raw) {
		answer(q, EINVAL, "number");
		return;
	}
	cti_number_parse(&num, raw, &plan);
	if (!num.e164[0]) {
		cti_buf_str(&q->call->out,
			"{\"status\":\"none\",\"reason\":\"no public number\","
			"\"matches\":[]}");
		q->call->status = 200;
		return;
	}
	answer(q,
		cti_directory_find(
			q->pg, num.e164, q->config->web.contact_url, &q->call->out),
		NULL);
}

/* The tables for numbers, to be tested by an administrator. */
static void read_number(struct request *q)
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
		answer(q, EINVAL, raw ? "pbx" : "number");
		return;
	}
	cti_number_plan_of(&plan, pbx);
	cti_asks_policy(q->config, &policy);
	cti_jsonw_init(&w, &q->call->out);
	cti_policy_report(&w, raw, &plan, &policy);
	answer(q, 0, NULL);
}

static void list_users(struct request *q)
{
	cti_buf_str(&q->call->out, "{\"users\":");
	answer(q, cti_user_list(q->pg, &q->call->out), NULL);
	if (q->call->status == 200)
		cti_buf_str(&q->call->out, "}");
}

/* ---- paths -------------------------------------------------------------------- */

struct path {
	const char *path;
	bool prefix; /* an id follows */
	bool admin;
	void (*h)(struct request *q);
};

static const struct path paths[] = {
	{ "/calls", false, false, list_calls },
	{ "/calls.csv", false, false, export_csv },
	{ "/calls.jsonl", false, false, export_jsonl },
	{ "/calls/", true, false, get_call },
	{ "/contacts", false, false, find_contacts },
	{ "/number", false, true, read_number },
	{ "/users", false, true, list_users },
};

static const struct path *find_path(const char *path)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const size_t n = strlen(paths[i].path);

		if (paths[i].prefix ? strncmp(paths[i].path, path, n) == 0 && path[n]
				    : strcmp(paths[i].path, path) == 0)
			return &paths[i];
	}
	return NULL;
}

void cti_rest(void *ctx, struct cti_http_call *call, void *arg)
{
	const struct path *p = find_path(call->path);
	const struct cti_backend *b = arg;
	struct request q = { .pg = ctx, .call = call, .config = b->config };

	if (!p) {
		fail(call, 404, "not-found", "there is no such path", NULL);
	} else if (strcmp(call->method, "GET") != 0) {
		fail(call, 405, "method", "this path is read by GET", NULL);
	} else if (!call->user) {
		fail(call, 401, "not-logged-in", "log in first", NULL);
	} else if (p->admin && !is_admin(&q)) {
		fail(call, 403, "not-allowed", "this is for admins", NULL);
	} else if (!ctx || collect_lines(&q)) {
		fail(call, 503, "busy", "the server is short of memory", NULL);
	} else {
		q.rest = call->path + strlen(p->path);
		p->h(&q);
	}
	free(q.lines);
}
