/*
 * parts.c -- what stages of Odoo and Tryton are made of, see rpc.h.
 */
#include "rpc.h"

#include "number.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- records -------------------------------------------------------------------------- */

void cti_rpc_out_of_memory(struct cti_crm_task *t)
{
	cti_crm_answer_fail(t->answer, CTI_CRM_NO_MEMORY, "out of memory");
}

void cti_rpc_leaf(
	struct cti_jsonw *w, const char *field, const char *op, const char *value)
{
	cti_jsonw_array(w, NULL);
	cti_jsonw_str(w, NULL, field);
	cti_jsonw_str(w, NULL, op);
	cti_jsonw_str(w, NULL, value);
	cti_jsonw_end_array(w);
}

struct cti_crm_contact *cti_rpc_contact(
	struct cti_crm_task *t, const char *id, const char *page)
{
	struct cti_crm_answer *a = t->answer;
	struct cti_crm_contact *c;
	struct cti_buf url = { 0 };
	int err;

	for (size_t i = 0; i < a->ncontacts; i++) {
		if (strcmp(a->contacts[i].id, id) == 0)
			return &a->contacts[i];
	}
	c = cti_crm_answer_add(a, t->c->crm.name);
	if (!c)
		return NULL;
	cti_rpc_base(t->c, &url);
	cti_buf_str(&url, page);
	err = url.err ? ENOMEM : cti_crm_contact_set(&c->url, url.data);
	if (!err)
		err = cti_crm_contact_set(&c->id, id);
	if (!err)
		err = cti_crm_contact_set(&c->type, t->c->kind->record_type);
	cti_buf_reset(&url);
	if (err)
		cti_rpc_out_of_memory(t);
	return err ? NULL : c;
}

/* ---- pages and changes ---------------------------------------------------------------- */

void cti_rpc_changed(struct cti_crm_task *t, struct tm *utc)
{
	const int64_t at_us = (int64_t)timegm(utc) * 1000000;

	if (t->ask->verb == CTI_CRM_SYNC && at_us > t->answer->newest_us)
		t->answer->newest_us = at_us;
}

void cti_rpc_since(const struct cti_crm_task *t, struct tm *utc)
{
	const time_t s = (time_t)(t->ask->since_us / 1000000);

	(void)gmtime_r(&s, utc);
}

void cti_rpc_page(struct cti_crm_task *t, size_t n, const char *last)
{
	if (t->ask->verb == CTI_CRM_SYNC && n >= cti_rpc_limit(t->ask))
		t->answer->cursor = cti_str_dup(last);
}

int64_t cti_rpc_cursor(const struct cti_crm_ask *ask)
{
	return ask->cursor ? strtoll(ask->cursor, NULL, 10) : 0;
}

/* ---- calls ------------------------------------------------------------------------------ */

/* There is a record to write it to. */
static bool has_record(const struct cti_crm_task *t)
{
	const struct cti_crm_contact *record = t->ask->call->contact;

	return record && t->ask->call->key &&
	       strcmp(record->type, t->c->kind->record_type) == 0 && *record->id &&
	       strspn(record->id, "0123456789") == strlen(record->id);
}

/* The entry is there: true and a call if it was begun and the call is over. */
static bool complete(struct cti_crm_task *t, const struct cti_json_node *entry,
	struct cti_rpc_call *call)
{
	const struct cti_rpc_kind *kind = t->c->kind;
	const char *text = cti_json_str(entry, kind->entry_field);
	struct cti_buf changed = { 0 };
	bool more = false;
	char id[24];

	cti_rpc_id(id, cti_json_get(entry, "id"));
	t->answer->record_id = cti_str_dup(id);
	if (text && !t->ask->call->open &&
		cti_rpc_complete(t->c, t->ask->call, text, &changed)) {
		more = !changed.err;
		if (more)
			kind->change_entry(t, id, changed.data, call);
		else
			cti_rpc_out_of_memory(t);
	}
	cti_buf_reset(&changed);
	return more;
}

bool cti_rpc_log(struct cti_crm_task *t, struct cti_rpc_call *call)
{
	const struct cti_json_node *first = cti_json_child(t->result);
	char id[24];

	if (!has_record(t))
		return false;
	if (t->stage == 0) {
		t->c->kind->find_entry(t, t->ask->call->contact->id, call);
		return true;
	}
	if (t->stage == 1 && first)
		return complete(t, first, call);
	if (t->stage == 1) {
		t->c->kind->write_entry(t, t->ask->call->contact->id, call);
		return true;
	}
	if (!t->answer->record_id) { /* written: its id, or a list of one */
		cti_rpc_id(id, first ? first : t->result);
		t->answer->record_id = cti_str_dup(id);
	}
	return false;
}

/* ---- numbers --------------------------------------------------------------------------- */

static void parse(const struct cti_rpc *c, const char *raw, struct cti_number *n)
{
	const struct cti_number_plan plan = { .country = c->conf->country };

	cti_number_parse(n, raw, &plan);
}

void cti_rpc_pattern(const struct cti_rpc *c, const char *number, struct cti_buf *out)
{
	enum { SIGNIFICANT = 9 };
	struct cti_number n;
	char digits[40];
	size_t len = 0;

	parse(c, number, &n);
	for (const char *s = *n.e164 ? n.e164 : number; *s && len < sizeof(digits) - 1;
		s++) {
		if (*s >= '0' && *s <= '9')
			digits[len++] = *s;
	}
	/* The country code and the national zero are written by some, not by others. */
	for (size_t i = len > SIGNIFICANT ? len - SIGNIFICANT : 0; i < len; i++)
		cti_buf_printf(out, "%%%c", digits[i]);
	cti_buf_str(out, "%");
}

bool cti_rpc_same_number(const struct cti_rpc *c, const char *raw, const char *number)
{
	struct cti_number a, b;

	parse(c, raw, &a);
	parse(c, number, &b);
	return *a.e164 ? strcmp(a.e164, b.e164) == 0 : strcmp(raw, number) == 0;
}

/* ---- texts ------------------------------------------------------------------------------- */

struct words {
	const char *type[4];
	const char *agent, *talked, *queue, *open;
};

static const struct words english = { { "Inbound call", "Missed call", "Outbound call",
					      "Outbound call, no answer" },
	"Agent", "Talked", "Queue", "in progress" };
static const struct words japanese = { { "着信", "不在着信", "発信", "発信（応答なし）" },
	"担当", "通話", "キュー", "通話中" };

static const struct words *words_of(const struct cti_rpc *c)
{
	return strcmp(c->conf->country ? c->conf->country : "", "JP") == 0 ? &japanese
									   : &english;
}

static void line(
	struct cti_buf *out, const char *sep, const char *label, const char *text)
{
	if (text && *text)
		cti_buf_printf(out, "%s%s%s%s", sep, label, *label ? ": " : "", text);
}

/* Which way it went, when, who. What became of an open one is not known yet. */
static void put_head(
	const struct cti_rpc *c, const struct cti_crm_call *call, struct cti_buf *out)
{
	const bool outbound = call->type == CTI_CRM_CALL_OUTBOUND ||
			      call->type == CTI_CRM_CALL_UNANSWERED;
	const enum cti_crm_call_type type = !call->open ? call->type
					    : outbound  ? CTI_CRM_CALL_OUTBOUND
							: CTI_CRM_CALL_INBOUND;
	const time_t start = (time_t)(call->start_us / 1000000);
	struct tm tm = { 0 };
	char text[40];

	(void)localtime_r(&start, &tm);
	(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm);
	cti_buf_printf(out, "%s %s %s", words_of(c)->type[type], text,
		call->number ? call->number : "");
	line(out, c->kind->line_end, "", call->name);
}

/* All that is known at the end alone. Each line ends with sep. */
static void put_rest(
	const struct cti_rpc *c, const struct cti_crm_call *call, struct cti_buf *out)
{
	const struct words *w = words_of(c);
	const char *sep = c->kind->line_end;
	char text[160];

	(void)snprintf(text, sizeof(text), "%s %s %s", call->agent ? call->agent : "",
		call->agent_first ? call->agent_first : "",
		call->agent_last ? call->agent_last : "");
	if (call->agent)
		line(out, sep, w->agent, text);
	line(out, sep, w->queue, call->queue);
	if (call->answered_us && call->end_us > call->answered_us) {
		const long long s = (call->end_us - call->answered_us) / 1000000;

		(void)snprintf(text, sizeof(text), "%lld:%02lld", s / 60, s % 60);
		line(out, sep, w->talked, text);
	}
	line(out, sep, "", call->outcome);
	line(out, sep, "", call->note);
	line(out, sep, "", call->recording_url);
}

static void harmless(const struct cti_rpc *c, struct cti_buf *text)
{
	for (size_t i = 0; c->kind->plain && i < text->len; i++) {
		char *at = &text->data[i];

		*at = *at == '<' ? '(' : *at == '>' ? ')' : *at == '&' ? '+' : *at;
	}
}

void cti_rpc_note(
	const struct cti_rpc *c, const struct cti_crm_call *call, struct cti_buf *out)
{
	const char *sep = c->kind->line_end;

	put_head(c, call, out);
	if (!call->open)
		put_rest(c, call, out);
	line(out, sep, "", call->page_url);
	cti_buf_printf(out, "%s[%s%s%s]", sep, call->key ? call->key : "",
		call->open ? ": " : "", call->open ? words_of(c)->open : "");
	harmless(c, out);
}

bool cti_rpc_complete(const struct cti_rpc *c, const struct cti_crm_call *call,
	const char *text, struct cti_buf *out)
{
	struct cti_buf rest = { 0 };
	const char *mark, *end;
	char begin[80];
	size_t skip;

	(void)snprintf(begin, sizeof(begin), "[%.64s:", call->key);
	mark = strstr(text, begin);
	end = mark ? strchr(mark, ']') : NULL;
	if (!end)
		return false;
	put_rest(c, call, &rest);
	harmless(c, &rest);
	skip = rest.len ? strlen(c->kind->line_end) : 0; /* the mark's line is there */
	cti_buf_add(out, text, (size_t)(mark - text));
	if (rest.len)
		cti_buf_add(out, rest.data + skip, rest.len - skip);
	cti_buf_printf(
		out, "%s[%s]%s", rest.len ? c->kind->line_end : "", call->key, end + 1);
	if (rest.err)
		out->err = rest.err;
	cti_buf_reset(&rest);
	return true;
}

void cti_rpc_name(const struct cti_crm_ask *ask, struct cti_buf *out)
{
	const char *first = ask->first ? ask->first : "";
	const char *last = ask->last ? ask->last : "";

	if (*first || *last)
		cti_buf_printf(out, "%s%s%s", last, *first && *last ? " " : "", first);
	else if (ask->company && *ask->company)
		cti_buf_str(out, ask->company);
	else
		cti_buf_str(out, ask->number ? ask->number : "?");
}

void cti_rpc_id(char buf[24], const struct cti_json_node *node)
{
	buf[0] = '\0';
	if (cti_json_kind(node) == CTI_JSON_NUMBER)
		(void)snprintf(buf, 24, "%.0f", cti_json_number(node));
}

uint32_t cti_rpc_limit(const struct cti_crm_ask *ask)
{
	enum { PAGE = 100, LIST = 20 };

	if (ask->limit)
		return ask->limit < CTI_CRM_CONTACTS_MAX ? ask->limit
							 : CTI_CRM_CONTACTS_MAX;
	return ask->verb == CTI_CRM_SYNC ? PAGE : LIST;
}
