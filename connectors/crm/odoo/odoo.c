/*
 * odoo.c -- Odoo 14 and later by JSON-RPC (/jsonrpc): partners, and notes in their chatter.
 *
 * Odoo's search is textual: a number is found by a pattern over its last digits, and what
 * comes is compared digit by digit here. phone_sanitized holds one number a partner and
 * would miss the others.
 */
#include "rpc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- the wire -------------------------------------------------------------------- */

static void path(const struct cti_rpc *c, struct cti_buf *url)
{
	(void)c;
	cti_buf_str(url, "/jsonrpc");
}

static void begin_call(struct cti_jsonw *w, struct cti_buf *body, const char *service,
	const char *method)
{
	cti_jsonw_init(w, body);
	cti_jsonw_object(w, NULL);
	cti_jsonw_str(w, "jsonrpc", "2.0");
	cti_jsonw_str(w, "method", "call");
	cti_jsonw_int(w, "id", 1);
	cti_jsonw_object(w, "params");
	cti_jsonw_str(w, "service", service);
	cti_jsonw_str(w, "method", method);
	cti_jsonw_array(w, "args");
}

static void end_call(struct cti_jsonw *w)
{
	cti_jsonw_end_array(w);
	cti_jsonw_end_object(w);
	cti_jsonw_end_object(w);
}

static void wrap(
	struct cti_crm_task *t, const struct cti_rpc_call *call, struct cti_buf *body)
{
	const struct cti_crm_conf *conf = t->c->conf;
	struct cti_jsonw w;

	begin_call(&w, body, "object", "execute_kw");
	cti_jsonw_str(&w, NULL, conf->database);
	cti_jsonw_int(&w, NULL, t->c->uid);
	cti_jsonw_str(&w, NULL, conf->password);
	cti_jsonw_str(&w, NULL, call->model);
	cti_jsonw_str(&w, NULL, call->method);
	cti_buf_str(body, ",[");
	cti_buf_add(body, call->params.data, call->params.len);
	cti_buf_str(body, "],{");
	cti_buf_add(body, call->options.data, call->options.len);
	cti_buf_str(body, "}");
	end_call(&w);
}

/* uid, then which of the fields this version has. */
static bool login(struct cti_crm_task *t, const struct cti_json_node *result,
	struct cti_buf *body, bool *ok)
{
	const struct cti_crm_conf *conf = t->c->conf;
	struct cti_rpc_call fields = { .model = "res.partner", .method = "fields_get" };
	struct cti_jsonw w;

	switch (t->login_stage) {
	case 0:
		begin_call(&w, body, "common", "authenticate");
		cti_jsonw_str(&w, NULL, conf->database);
		cti_jsonw_str(&w, NULL, conf->user);
		cti_jsonw_str(&w, NULL, conf->password);
		cti_jsonw_object(&w, NULL);
		cti_jsonw_end_object(&w);
		end_call(&w);
		return true;
	case 1:
		t->c->uid = (int64_t)cti_json_number(result); /* false: refused */
		*ok = t->c->uid > 0;
		if (!*ok)
			return false;
		cti_buf_str(&fields.params, "[\"phone\",\"mobile\"]");
		cti_buf_str(&fields.options, "\"attributes\":[\"type\"]");
		wrap(t, &fields, body);
		cti_buf_reset(&fields.params);
		cti_buf_reset(&fields.options);
		return true;
	default:
		t->c->has_mobile = cti_json_get(result, "mobile") != NULL;
		return false;
	}
}

/* {code, message, data: {name, ...}} */
static enum cti_crm_err error(const struct cti_json_node *e)
{
	const char *name = cti_json_str(cti_json_get(e, "data"), "name");

	if (!name)
		return CTI_CRM_FAULT;
	if (strstr(name, "AccessDenied") || strstr(name, "AccessError"))
		return CTI_CRM_REFUSED;
	if (strstr(name, "MissingError"))
		return CTI_CRM_GONE;
	if (strstr(name, "OperationalError") || strstr(name, "psycopg2"))
		return CTI_CRM_FAULT; /* its database, a conflict: later again */
	return CTI_CRM_REJECTED;
}

/* ---- calls -------------------------------------------------------------------------- */

static void search(struct cti_crm_task *t, struct cti_rpc_call *call, uint32_t limit)
{
	call->model = "res.partner";
	call->method = "search_read";
	cti_buf_printf(&call->options,
		"\"fields\":[\"name\",\"commercial_company_name\",\"is_company\","
		"\"function\",\"email\",\"phone\",\"write_date\"%s],\"limit\":%u,\"order\":\"id\"",
		t->c->has_mobile ? ",\"mobile\"" : "", limit);
}

static void by_number(struct cti_crm_task *t, struct cti_rpc_call *call)
{
	struct cti_buf pattern = { 0 };
	struct cti_jsonw w;

	cti_rpc_pattern(t->c, t->ask->number, &pattern);
	cti_jsonw_init(&w, &call->params);
	cti_jsonw_array(&w, NULL);
	if (t->c->has_mobile)
		cti_jsonw_str(&w, NULL, "|");
	cti_rpc_leaf(&w, "phone", "=ilike", pattern.err ? "" : pattern.data);
	if (t->c->has_mobile)
		cti_rpc_leaf(&w, "mobile", "=ilike", pattern.err ? "" : pattern.data);
	cti_jsonw_end_array(&w);
	search(t, call, CTI_CRM_CONTACTS_MAX);
	cti_buf_reset(&pattern);
}

static void by_text(struct cti_crm_task *t, struct cti_rpc_call *call)
{
	struct cti_jsonw w;

	cti_jsonw_init(&w, &call->params);
	cti_jsonw_array(&w, NULL);
	if (t->ask->verb == CTI_CRM_LOOKUP_EMAIL) {
		cti_rpc_leaf(&w, "email", "=ilike", t->ask->email);
	} else {
		cti_jsonw_str(&w, NULL, "|");
		cti_rpc_leaf(&w, "display_name", "ilike", t->ask->text);
		cti_rpc_leaf(&w, "email", "ilike", t->ask->text);
	}
	cti_jsonw_end_array(&w);
	search(t, call, cti_rpc_limit(t->ask));
}

/* ---- results --------------------------------------------------------------------------- */

/* An empty field is false. */
static const char *text(const struct cti_json_node *p, const char *field)
{
	const char *s = cti_json_str(p, field);

	return s ? s : "";
}

static bool is_number(struct cti_crm_task *t, const struct cti_json_node *p)
{
	return t->ask->verb != CTI_CRM_LOOKUP ||
	       cti_rpc_same_number(t->c, text(p, "phone"), t->ask->number) ||
	       cti_rpc_same_number(t->c, text(p, "mobile"), t->ask->number);
}

static int fill(struct cti_crm_contact *c, const struct cti_json_node *p)
{
	const bool company = cti_json_bool(p, "is_company", false);
	int err;

	err = cti_crm_contact_set(&c->name, company ? "" : text(p, "name"));
	if (!err)
		err = cti_crm_contact_set(&c->company,
			company ? text(p, "name") : text(p, "commercial_company_name"));
	if (!err)
		err = cti_crm_contact_set(&c->title, text(p, "function"));
	if (!err && *text(p, "phone"))
		err = cti_crm_contact_number(c, text(p, "phone"), "work");
	if (!err && *text(p, "mobile"))
		err = cti_crm_contact_number(c, text(p, "mobile"), "mobile");
	if (!err && *text(p, "email"))
		err = cti_crm_contact_email(c, text(p, "email"));
	return err;
}

/* "2026-03-01 10:15:30", UTC. */
static void changed(struct cti_crm_task *t, const char *at)
{
	struct tm tm = { 0 };

	if (strptime(at, "%Y-%m-%d %H:%M:%S", &tm))
		cti_rpc_changed(t, &tm);
}

static void take_partner(
	struct cti_crm_task *t, const char *id, const struct cti_json_node *p)
{
	struct cti_crm_contact *c;
	char page[80];

	(void)snprintf(
		page, sizeof(page), "/web#id=%s&model=res.partner&view_type=form", id);
	c = cti_rpc_contact(t, id, page);
	if (c && fill(c, p))
		cti_rpc_out_of_memory(t);
	changed(t, text(p, "write_date"));
}

static void take_partners(struct cti_crm_task *t)
{
	size_t n = 0;
	char id[24] = "";

	for (const struct cti_json_node *p = cti_json_child(t->result); p;
		p = cti_json_next(p), n++) {
		cti_rpc_id(id, cti_json_get(p, "id"));
		if (*id && is_number(t, p))
			take_partner(t, id, p);
	}
	cti_rpc_page(t, n, id);
}

/* ---- asks ----------------------------------------------------------------------------------- */

static void next_page(struct cti_crm_task *t, struct cti_rpc_call *call)
{
	char since[32];
	struct tm tm;

	cti_buf_printf(
		&call->params, "[[\"id\",\">\",%lld]", (long long)cti_rpc_cursor(t->ask));
	if (t->ask->since_us) {
		cti_rpc_since(t, &tm);
		(void)strftime(since, sizeof(since), "%Y-%m-%d %H:%M:%S", &tm);
		cti_buf_printf(&call->params, ",[\"write_date\",\">=\",\"%s\"]", since);
	}
	cti_buf_str(&call->params, "]");
	search(t, call, cti_rpc_limit(t->ask));
}

static bool stage_find(struct cti_crm_task *t, struct cti_rpc_call *call)
{
	if (t->stage) {
		take_partners(t);
		return false;
	}
	if (t->ask->verb == CTI_CRM_LOOKUP) {
		by_number(t, call);
	} else if (t->ask->verb == CTI_CRM_SYNC) {
		next_page(t, call);
	} else {
		by_text(t, call);
	}
	return true;
}

static void optional(struct cti_jsonw *w, const char *field, const char *value)
{
	if (value && *value)
		cti_jsonw_str(w, field, value);
}

static bool stage_create(struct cti_crm_task *t, struct cti_rpc_call *call)
{
	struct cti_buf name = { 0 };
	struct cti_jsonw w;
	char id[24];

	if (t->stage == 1) {
		cti_rpc_id(id, t->result);
		if (!*id)
			return false;
		cti_buf_printf(&call->params, "[[\"id\",\"=\",%s]]", id);
		search(t, call, 1);
		return true;
	}
	if (t->stage > 1) {
		take_partners(t);
		return false;
	}
	cti_rpc_name(t->ask, &name);
	cti_jsonw_init(&w, &call->params);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_str(&w, "name", name.err ? "" : name.data);
	optional(&w, "phone", t->ask->number);
	optional(&w, "email", t->ask->email);
	optional(&w, "company_name", t->ask->company);
	cti_jsonw_end_object(&w);
	cti_buf_reset(&name);
	call->model = "res.partner";
	call->method = "create";
	call->changes = true;
	return true;
}

static void find_note(struct cti_crm_task *t, const char *id, struct cti_rpc_call *call)
{
	struct cti_jsonw w;

	cti_buf_printf(&call->params,
		"[[\"model\",\"=\",\"res.partner\"],[\"res_id\",\"=\",%s],", id);
	cti_jsonw_init(&w, &call->params);
	cti_rpc_leaf(&w, "body", "ilike", t->ask->call->key);
	cti_buf_str(&call->params, "]");
	cti_buf_str(&call->options, "\"fields\":[\"id\",\"body\"],\"limit\":1");
	call->model = "mail.message";
	call->method = "search_read";
}

static void post_note(struct cti_crm_task *t, const char *id, struct cti_rpc_call *call)
{
	struct cti_buf note = { 0 };
	struct cti_jsonw w;

	cti_rpc_note(t->c, t->ask->call, &note);
	cti_buf_printf(&call->params, "[%s]", id);
	cti_jsonw_init(&w, &call->options);
	cti_jsonw_str(&w, "body", note.err ? "" : note.data);
	cti_jsonw_str(&w, "message_type", "comment");
	cti_jsonw_str(&w, "subtype_xmlid", "mail.mt_note");
	cti_buf_reset(&note);
	call->model = "res.partner";
	call->method = "message_post";
	call->changes = true;
}

static void change_note(struct cti_crm_task *t, const char *id, const char *text,
	struct cti_rpc_call *call)
{
	struct cti_jsonw w;

	(void)t;
	cti_buf_printf(&call->params, "[%s],", id);
	cti_jsonw_init(&w, &call->params);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_str(&w, "body", text);
	cti_jsonw_end_object(&w);
	call->model = "mail.message";
	call->method = "write";
	call->changes = true;
}

static bool stage_test(struct cti_crm_task *t, struct cti_rpc_call *call)
{
	if (t->stage)
		return false;
	cti_buf_str(&call->params, "[]");
	search(t, call, 1);
	return true;
}

static const struct cti_rpc_kind odoo = {
	.login = login,
	.wrap = wrap,
	.path = path,
	.error = error,
	.stages = {
		[CTI_CRM_LOOKUP] = stage_find,
		[CTI_CRM_LOOKUP_EMAIL] = stage_find,
		[CTI_CRM_SEARCH] = stage_find,
		[CTI_CRM_SYNC] = stage_find,
		[CTI_CRM_CREATE] = stage_create,
		[CTI_CRM_LOG_CALL] = cti_rpc_log,
		[CTI_CRM_TEST] = stage_test,
	},
	.record_type = "res.partner",
	.entry_field = "body",
	.find_entry = find_note,
	.write_entry = post_note,
	.change_entry = change_note,
	.line_end = " / ",
	.plain = true, /* HTML before Odoo 17 and text since */
};

static int odoo_alloc(struct cti_crm **crmp, const struct cti_crm_conf *conf,
	char why[CTI_CRM_WHY_BYTES])
{
	return cti_rpc_alloc(crmp, conf, &odoo, why);
}

const struct cti_crm_ops cti_crm_odoo = {
	.abi = CTI_CRM_ABI,
	.kind = "odoo",
	.alloc = odoo_alloc,
	.free = cti_rpc_free,
	.caps = cti_rpc_caps,
	.begin = cti_rpc_begin,
	.step = cti_rpc_step,
	.end = cti_rpc_end,
	.secrets = cti_rpc_secrets,
};
