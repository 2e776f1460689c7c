/*
 * tryton.c -- Tryton 6 by JSON-RPC: parties, their contact mechanisms, notes.
 *
 * A number is looked up by value_compact (E.164 where the server has phonenumbers) and by
 * a pattern (where it has not); what comes is compared digit by digit here.
 */
#include "rpc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the wire ------------------------------------------------------------------- */

static void path(const struct cti_rpc *c, struct cti_buf *url)
{
	cti_buf_printf(url, "/%s/", c->conf->database);
}

static void base64(struct cti_buf *out, const char *s)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const size_t len = strlen(s);

	for (size_t i = 0; i < len; i += 3) {
		const size_t n = len - i < 3 ? len - i : 3;
		unsigned bits = 0;
		char quad[4];

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (k < n ? (unsigned char)s[i + k] : 0u);
		for (size_t k = 0; k < 4; k++)
			quad[k] = k <= n ? digits[bits >> (18 - 6 * k) & 63u] : '=';
		cti_buf_add(out, quad, 4);
	}
}

/* [uid, session] becomes the header of all further requests. */
static bool take_session(struct cti_rpc *c, const struct cti_json_node *result)
{
	const char *session = cti_json_text(cti_json_at(result, 1));
	struct cti_buf plain = { 0 }, header = { 0 };
	char uid[24];

	cti_rpc_id(uid, cti_json_at(result, 0));
	if (!session || !*uid)
		return false;
	cti_buf_printf(&plain, "%s:%s:%s", c->conf->user, uid, session);
	cti_buf_str(&header, "Session ");
	if (!plain.err)
		base64(&header, plain.data);
	cti_buf_reset(&plain);
	free(c->session);
	c->session = cti_buf_take(&header);
	return c->session != NULL;
}

static bool login(struct cti_crm_task *t, const struct cti_json_node *result,
	struct cti_buf *body, bool *ok)
{
	struct cti_jsonw w;

	if (t->login_stage) {
		*ok = take_session(t->c, result);
		return false;
	}
	cti_jsonw_init(&w, body);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_int(&w, "id", 1);
	cti_jsonw_str(&w, "method", "common.db.login");
	cti_jsonw_array(&w, "params");
	cti_jsonw_str(&w, NULL, t->c->conf->user);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_str(&w, "password", t->c->conf->password);
	cti_jsonw_end_object(&w);
	cti_jsonw_end_array(&w);
	cti_jsonw_end_object(&w);
	return true;
}

static void wrap(
	struct cti_crm_task *t, const struct cti_rpc_call *call, struct cti_buf *body)
{
	(void)t;
	cti_buf_printf(body, "{\"id\":1,\"method\":\"model.%s.%s\",\"params\":[",
		call->model, call->method);
	cti_buf_add(body, call->params.data, call->params.len);
	cti_buf_str(body, ",{}]}"); /* the context is the last parameter */
}

/* ["UserError", ["text", ...]] and the like. */
static enum cti_crm_err error(const struct cti_json_node *e)
{
	const char *what = cti_json_text(cti_json_at(e, 0));

	if (!what)
		return CTI_CRM_FAULT;
	if (strcmp(what, "LoginException") == 0 || strcmp(what, "AccessError") == 0 ||
		strstr(what, "Forbidden"))
		return CTI_CRM_REFUSED;
	return strcmp(what, "ConcurrencyException") == 0 ? CTI_CRM_FAULT
							 : CTI_CRM_REJECTED;
}

/* ---- calls ------------------------------------------------------------------------ */

static const char mechanism_fields[] =
	"[\"type\",\"value\",\"party\",\"party.rec_name\",\"create_date\",\"write_date\"]";

static void search(
	struct cti_rpc_call *call, const char *model, uint32_t limit, const char *fields)
{
	call->model = model;
	call->method = "search_read";
	/* The domain is there; offset, limit, order, fields follow. */
	cti_buf_printf(&call->params, ",0,%u,[[\"id\",\"ASC\"]],%s", limit, fields);
}

static void by_number(struct cti_crm_task *t, struct cti_rpc_call *call)
{
	struct cti_buf pattern = { 0 };
	struct cti_jsonw w;

	cti_rpc_pattern(t->c, t->ask->number, &pattern);
	cti_jsonw_init(&w, &call->params);
	cti_jsonw_array(&w, NULL);
	cti_jsonw_str(&w, NULL, "OR");
	cti_rpc_leaf(&w, "value_compact", "=", t->ask->number);
	cti_rpc_leaf(&w, "value", "ilike", pattern.err ? "" : pattern.data);
	cti_jsonw_end_array(&w);
	search(call, "party.contact_mechanism", CTI_CRM_CONTACTS_MAX, mechanism_fields);
	cti_buf_reset(&pattern);
}

/* [[field, "ilike", value]], where the value's own wildcards are none. */
static void by_text(
	struct cti_rpc_call *call, const char *field, const char *value, bool contains)
{
	struct cti_buf pattern = { 0 };
	struct cti_jsonw w;

	cti_buf_str(&pattern, contains ? "%" : "");
	for (; *value; value++)
		cti_buf_printf(&pattern, strchr("%_\\", *value) ? "\\%c" : "%c", *value);
	cti_buf_str(&pattern, contains ? "%" : "");
	cti_jsonw_init(&w, &call->params);
	cti_jsonw_array(&w, NULL);
	cti_rpc_leaf(&w, field, "ilike", pattern.err ? "" : pattern.data);
	cti_jsonw_end_array(&w);
	cti_buf_reset(&pattern);
}

static void mechanisms_of(struct cti_crm_task *t, struct cti_rpc_call *call)
{
	cti_buf_printf(&call->params, "[[\"party\",\"in\",[%s]]]", t->ids.data);
	search(call, "party.contact_mechanism", CTI_CRM_CONTACTS_MAX * 8,
		mechanism_fields);
}

/* ---- results ------------------------------------------------------------------------- */

static void add_id(struct cti_buf *ids, const char *id)
{
	char list[26];

	(void)snprintf(list, sizeof(list), ",%s", id);
	if (!*id || (ids->len && (strcmp(ids->data, id) == 0 || strstr(ids->data, list))))
		return;
	cti_buf_printf(ids, "%s%s", ids->len ? "," : "", id);
}

/* The parties of mechanisms that really are the number or address. */
static void collect_parties(struct cti_crm_task *t)
{
	for (const struct cti_json_node *m = cti_json_child(t->result); m;
		m = cti_json_next(m)) {
		const char *value = cti_json_str(m, "value");
		char id[24];

		if (!value || (t->ask->verb == CTI_CRM_LOOKUP &&
				      !cti_rpc_same_number(t->c, value, t->ask->number)))
			continue;
		cti_rpc_id(id, cti_json_get(m, "party"));
		add_id(&t->ids, id);
	}
}

static void collect_ids(struct cti_crm_task *t)
{
	for (const struct cti_json_node *p = cti_json_child(t->result); p;
		p = cti_json_next(p)) {
		char id[24];

		cti_rpc_id(id, cti_json_get(p, "id"));
		add_id(&t->ids, id);
	}
}

static struct cti_crm_contact *contact(struct cti_crm_task *t, const char *id)
{
	struct cti_buf page = { 0 };
	struct cti_crm_contact *c = NULL;

	cti_buf_printf(&page, "/#%s/model/party.party/%s", t->c->conf->database, id);
	if (page.err)
		cti_rpc_out_of_memory(t);
	else
		c = cti_rpc_contact(t, id, page.data);
	cti_buf_reset(&page);
	return c;
}

/* {"__class__": "datetime", "year": 2026, ...}, UTC; null when it was never written. */
static void changed(struct cti_crm_task *t, const struct cti_json_node *at)
{
	static const char *const names[] = { "year", "month", "day", "hour", "minute",
		"second" };
	int64_t v[6] = { 0 };
	struct tm tm;

	for (size_t i = 0; i < 6; i++) {
		if (!cti_json_int(at, names[i], &v[i]) || v[i] < 0 || v[i] > 9999)
			return;
	}
	tm = (struct tm){ .tm_year = (int)v[0] - 1900,
		.tm_mon = (int)v[1] - 1,
		.tm_mday = (int)v[2],
		.tm_hour = (int)v[3],
		.tm_min = (int)v[4],
		.tm_sec = (int)v[5] };
	cti_rpc_changed(t, &tm);
}

static void dates(struct cti_crm_task *t, const struct cti_json_node *record)
{
	changed(t, cti_json_get(record, "create_date"));
	changed(t, cti_json_get(record, "write_date"));
}

static const char *kind_of(const char *type)
{
	return strcmp(type, "mobile") == 0 ? "mobile"
	       : strcmp(type, "fax") == 0  ? "fax"
					   : "work";
}

static int add_mechanism(struct cti_crm_contact *c, const struct cti_json_node *m)
{
	const char *type = cti_json_str(m, "type"), *value = cti_json_str(m, "value");
	const char *name = cti_json_str(cti_json_get(m, "party."), "rec_name");
	int err = name && !*c->name ? cti_crm_contact_set(&c->name, name) : 0;

	if (err || !type || !value)
		return err;
	if (strcmp(type, "email") == 0)
		return cti_crm_contact_email(c, value);
	if (strcmp(type, "phone") == 0 || strcmp(type, "mobile") == 0 ||
		strcmp(type, "fax") == 0)
		return cti_crm_contact_number(c, value, kind_of(type));
	return 0;
}

static void take_mechanisms(struct cti_crm_task *t)
{
	for (const struct cti_json_node *m = cti_json_child(t->result); m;
		m = cti_json_next(m)) {
		struct cti_crm_contact *c;
		char id[24];

		cti_rpc_id(id, cti_json_get(m, "party"));
		c = *id ? contact(t, id) : NULL;
		if (c && add_mechanism(c, m))
			cti_rpc_out_of_memory(t);
		dates(t, m);
	}
}

static void take_parties(struct cti_crm_task *t)
{
	for (const struct cti_json_node *p = cti_json_child(t->result); p;
		p = cti_json_next(p)) {
		const char *name = cti_json_str(p, "rec_name");
		struct cti_crm_contact *c;
		char id[24];

		cti_rpc_id(id, cti_json_get(p, "id"));
		c = *id ? contact(t, id) : NULL;
		if (c && name && cti_crm_contact_set(&c->name, name))
			cti_rpc_out_of_memory(t);
		dates(t, p);
	}
}

/* ---- asks ------------------------------------------------------------------------------ */

/* Mechanisms that fit, then all of their parties. */
static bool stage_lookup(struct cti_crm_task *t, struct cti_rpc_call *call)
{
	switch (t->stage) {
	case 0:
		if (t->ask->verb == CTI_CRM_LOOKUP) {
			by_number(t, call);
		} else {
			by_text(call, "value", t->ask->email, false);
			search(call, "party.contact_mechanism", CTI_CRM_CONTACTS_MAX,
				mechanism_fields);
		}
		return true;
	case 1:
		collect_parties(t);
		if (!t->ids.len)
			return false;
		mechanisms_of(t, call);
		return true;
	default:
		take_mechanisms(t);
		return false;
	}
}

static void since(struct cti_jsonw *w, const char *field, const struct tm *tm)
{
	cti_jsonw_array(w, NULL);
	cti_jsonw_str(w, NULL, field);
	cti_jsonw_str(w, NULL, ">=");
	cti_jsonw_object(w, NULL);
	cti_jsonw_str(w, "__class__", "datetime");
	cti_jsonw_int(w, "year", tm->tm_year + 1900);
	cti_jsonw_int(w, "month", tm->tm_mon + 1);
	cti_jsonw_int(w, "day", tm->tm_mday);
	cti_jsonw_int(w, "hour", tm->tm_hour);
	cti_jsonw_int(w, "minute", tm->tm_min);
	cti_jsonw_int(w, "second", tm->tm_sec);
	cti_jsonw_int(w, "microsecond", 0);
	cti_jsonw_end_object(w);
	cti_jsonw_end_array(w);
}

/* Parties after the cursor; of them those that changed, or whose numbers did. */
static void next_page(struct cti_crm_task *t, struct cti_rpc_call *call)
{
	struct cti_jsonw w;
	struct tm tm;

	cti_jsonw_init(&w, &call->params);
	cti_jsonw_array(&w, NULL);
	cti_jsonw_array(&w, NULL);
	cti_jsonw_str(&w, NULL, "id");
	cti_jsonw_str(&w, NULL, ">");
	cti_jsonw_int(&w, NULL, cti_rpc_cursor(t->ask));
	cti_jsonw_end_array(&w);
	if (t->ask->since_us) {
		cti_rpc_since(t, &tm);
		cti_jsonw_array(&w, NULL);
		cti_jsonw_str(&w, NULL, "OR");
		since(&w, "create_date", &tm);
		since(&w, "write_date", &tm);
		since(&w, "contact_mechanisms.create_date", &tm);
		since(&w, "contact_mechanisms.write_date", &tm);
		cti_jsonw_end_array(&w);
	}
	cti_jsonw_end_array(&w);
}

/* Parties, then their mechanisms. */
static bool stage_list(struct cti_crm_task *t, struct cti_rpc_call *call)
{
	switch (t->stage) {
	case 0:
		if (t->ask->verb == CTI_CRM_SEARCH)
			by_text(call, "rec_name", t->ask->text, true);
		else
			next_page(t, call);
		search(call, "party.party", cti_rpc_limit(t->ask),
			"[\"rec_name\",\"create_date\",\"write_date\"]");
		return true;
	case 1:
		take_parties(t);
		cti_rpc_page(t, t->answer->ncontacts,
			t->answer->ncontacts
				? t->answer->contacts[t->answer->ncontacts - 1].id
				: "");
		collect_ids(t);
		if (!t->ids.len)
			return false;
		mechanisms_of(t, call);
		return true;
	default:
		take_mechanisms(t);
		return false;
	}
}

static void mechanism(struct cti_jsonw *w, const char *type, const char *value)
{
	if (!value || !*value)
		return;
	cti_jsonw_object(w, NULL);
	cti_jsonw_str(w, "type", type);
	cti_jsonw_str(w, "value", value);
	cti_jsonw_end_object(w);
}

static bool stage_create(struct cti_crm_task *t, struct cti_rpc_call *call)
{
	struct cti_buf name = { 0 };
	struct cti_jsonw w;
	char id[24];

	if (t->stage == 1) {
		cti_rpc_id(id, cti_json_at(t->result, 0));
		add_id(&t->ids, id);
		if (!t->ids.len)
			return false;
		mechanisms_of(t, call);
		return true;
	}
	if (t->stage > 1) {
		take_mechanisms(t);
		return false;
	}
	cti_rpc_name(t->ask, &name);
	cti_jsonw_init(&w, &call->params);
	cti_jsonw_array(&w, NULL);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_str(&w, "name", name.err ? "" : name.data);
	cti_jsonw_array(&w, "contact_mechanisms");
	cti_jsonw_array(&w, NULL);
	cti_jsonw_str(&w, NULL, "create");
	cti_jsonw_array(&w, NULL);
	mechanism(&w, "phone", t->ask->number);
	mechanism(&w, "email", t->ask->email);
	cti_jsonw_end_array(&w);
	cti_jsonw_end_array(&w);
	cti_jsonw_end_array(&w);
	cti_jsonw_end_object(&w);
	cti_jsonw_end_array(&w);
	cti_buf_reset(&name);
	call->model = "party.party";
	call->method = "create";
	call->changes = true;
	return true;
}

static void resource_of(char resource[64], const char *party)
{
	(void)snprintf(resource, 64, "party.party,%.40s", party);
}

static void new_note(struct cti_crm_task *t, const char *party, struct cti_rpc_call *call)
{
	struct cti_buf text = { 0 };
	struct cti_jsonw w;
	char resource[64];

	resource_of(resource, party);
	cti_rpc_note(t->c, t->ask->call, &text);
	cti_jsonw_init(&w, &call->params);
	cti_jsonw_array(&w, NULL);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_str(&w, "resource", resource);
	cti_jsonw_str(&w, "message", text.err ? "" : text.data);
	cti_jsonw_end_object(&w);
	cti_jsonw_end_array(&w);
	cti_buf_reset(&text);
	call->model = "ir.note";
	call->method = "create";
	call->changes = true;
}

static void find_note(
	struct cti_crm_task *t, const char *party, struct cti_rpc_call *call)
{
	struct cti_jsonw w;
	char pattern[80], resource[64];

	resource_of(resource, party);
	(void)snprintf(pattern, sizeof(pattern), "%%[%.64s%%", t->ask->call->key);
	cti_jsonw_init(&w, &call->params);
	cti_jsonw_array(&w, NULL);
	cti_rpc_leaf(&w, "resource", "=", resource);
	cti_rpc_leaf(&w, "message", "like", pattern);
	cti_jsonw_end_array(&w);
	search(call, "ir.note", 1, "[\"id\",\"message\"]");
}

static void change_note(struct cti_crm_task *t, const char *id, const char *text,
	struct cti_rpc_call *call)
{
	struct cti_jsonw w;

	(void)t;
	cti_buf_printf(&call->params, "[%s],", id);
	cti_jsonw_init(&w, &call->params);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_str(&w, "message", text);
	cti_jsonw_end_object(&w);
	call->model = "ir.note";
	call->method = "write";
	call->changes = true;
}

static bool stage_test(struct cti_crm_task *t, struct cti_rpc_call *call)
{
	if (t->stage)
		return false;
	cti_buf_str(&call->params, "[]");
	search(call, "party.party", 1, "[\"id\"]");
	return true;
}

static const struct cti_rpc_kind tryton = {
	.login = login,
	.wrap = wrap,
	.path = path,
	.error = error,
	.stages = {
		[CTI_CRM_LOOKUP] = stage_lookup,
		[CTI_CRM_LOOKUP_EMAIL] = stage_lookup,
		[CTI_CRM_SEARCH] = stage_list,
		[CTI_CRM_SYNC] = stage_list,
		[CTI_CRM_CREATE] = stage_create,
		[CTI_CRM_LOG_CALL] = cti_rpc_log,
		[CTI_CRM_TEST] = stage_test,
	},
	.record_type = "party.party",
	.entry_field = "message",
	.find_entry = find_note,
	.write_entry = new_note,
	.change_entry = change_note,
	.line_end = "\n",
};

static int tryton_alloc(struct cti_crm **crmp, const struct cti_crm_conf *conf,
	char why[CTI_CRM_WHY_BYTES])
{
	return cti_rpc_alloc(crmp, conf, &tryton, why);
}

const struct cti_crm_ops cti_crm_tryton = {
	.abi = CTI_CRM_ABI,
	.kind = "tryton",
	.alloc = tryton_alloc,
	.free = cti_rpc_free,
	.caps = cti_rpc_caps,
	.begin = cti_rpc_begin,
	.step = cti_rpc_step,
	.end = cti_rpc_end,
	.secrets = cti_rpc_secrets,
};
