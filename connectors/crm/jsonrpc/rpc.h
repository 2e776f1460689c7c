/*
 * rpc.h -- what Odoo and Tryton have in common: JSON-RPC, a log-in that all tasks share,
 * asks that are a few calls one after the other.
 *
 * No network in it (cti/crm.h). Thread: the one that steps.
 */
#ifndef CTI_CRM_RPC_H
#define CTI_CRM_RPC_H

#include "json.h"
#include "str.h"

#include <cti/conf.h>
#include <cti/crm.h>

#include <time.h>

struct cti_rpc {
	struct cti_crm crm;
	const struct cti_crm_conf *conf;
	const struct cti_rpc_kind *kind;
	bool logged_in;
	unsigned generation;
	const struct cti_crm_task *fetching; /* who logs in */
	char *session;                       /* Tryton's header value; owned */
	int64_t uid;
	bool has_mobile; /* Odoo: the field is there (gone since 19) */
};

/* A call that a stage wants. */
struct cti_rpc_call {
	const char *model, *method; /* "party.party", "search_read" */
	struct cti_buf params;      /* JSON: the positional arguments, without brackets */
	struct cti_buf options;     /* JSON: keyword arguments of Odoo, without braces */
	bool changes;
};

struct cti_crm_task {
	struct cti_rpc *c;
	const struct cti_crm_ask *ask;
	struct cti_crm_answer *answer;
	unsigned stage;
	unsigned login_stage;
	bool sent, login_sent, again; /* on the wire; the log-in is; after a 401 */
	unsigned generation;
	struct cti_json *doc; /* of the last reply */
	const struct cti_json_node *result;
	struct cti_buf ids; /* JSON list of records, between stages */
};

/* One step of an ask: t->stage, with t->result of the call before: true and a call, or
 * false: done. */
typedef bool(cti_rpc_stage_h)(struct cti_crm_task *t, struct cti_rpc_call *call);

struct cti_rpc_kind {
	/* The log-in's next request; true while there is one. result: of the one before. */
	bool (*login)(struct cti_crm_task *t, const struct cti_json_node *result,
		struct cti_buf *body, bool *ok);
	void (*wrap)(struct cti_crm_task *t, const struct cti_rpc_call *call,
		struct cti_buf *body);
	/* Where requests go, appended. */
	void (*path)(const struct cti_rpc *c, struct cti_buf *url);
	/* What the error member of a reply means. */
	enum cti_crm_err (*error)(const struct cti_json_node *error);
	cti_rpc_stage_h *stages[CTI_CRM_VERB_COUNT]; /* NULL: it has no way to do it */
	/* Records that callers are, and entries for calls at record; see cti_rpc_log(). */
	const char *record_type;
	const char *entry_field; /* of what find_entry gives: its text */
	void (*find_entry)(
		struct cti_crm_task *t, const char *record, struct cti_rpc_call *call);
	void (*write_entry)(
		struct cti_crm_task *t, const char *record, struct cti_rpc_call *call);
	void (*change_entry)(struct cti_crm_task *t, const char *entry, const char *text,
		struct cti_rpc_call *call);
	const char *line_end; /* between lines of an entry */
	bool plain; /* entries are HTML: nothing in a text may mean anything there */
};

/* These are the ops of a connector but for alloc, which gives its kind. */
int cti_rpc_alloc(struct cti_crm **crmp, const struct cti_crm_conf *conf,
	const struct cti_rpc_kind *kind, char why[CTI_CRM_WHY_BYTES]);
void cti_rpc_free(struct cti_crm *crm);
unsigned cti_rpc_caps(const struct cti_crm *crm);
struct cti_crm_task *cti_rpc_begin(struct cti_crm *crm, const struct cti_crm_ask *ask,
	struct cti_crm_answer *answer);
enum cti_crm_step cti_rpc_step(struct cti_crm_task *t, const struct cti_http_reply *reply,
	struct cti_http_request *req, int64_t now_us);
void cti_rpc_end(struct cti_crm_task *t);
void cti_rpc_secrets(
	const struct cti_crm *crm, void (*h)(const char *secret, void *arg), void *arg);

/* ---- for stages ------------------------------------------------------------------- */

/* LOG_CALL: is the entry there already? Only else it is written. One that was begun is
 * completed: our mark in it gives way to the rest, all else is left as it is. */
cti_rpc_stage_h cti_rpc_log;

/* ["field", "op", "value"], the condition that both have. */
void cti_rpc_leaf(
	struct cti_jsonw *w, const char *field, const char *op, const char *value);
/* The record with its id, type and page (appended to the server's address); the one that
 * is there, if any. NULL: no memory, which the answer says then, or too many. */
struct cti_crm_contact *cti_rpc_contact(
	struct cti_crm_task *t, const char *id, const char *page);
void cti_rpc_out_of_memory(struct cti_crm_task *t);
/* The moment of a change, UTC; the answer keeps the latest. */
void cti_rpc_changed(struct cti_crm_task *t, struct tm *utc);
void cti_rpc_since(const struct cti_crm_task *t, struct tm *utc); /* of the ask */
/* SYNC: last, the id of a full page's last record, is where to go on. */
void cti_rpc_page(struct cti_crm_task *t, size_t n, const char *last);
int64_t cti_rpc_cursor(const struct cti_crm_ask *ask);

/* "%3%1%2%3%4": finds the number however it is written, and others, too. Appended. */
void cti_rpc_pattern(const struct cti_rpc *c, const char *number, struct cti_buf *out);
/* Is raw, as the CRM writes it, this number? */
bool cti_rpc_same_number(const struct cti_rpc *c, const char *raw, const char *number);
/* The server's address without a slash at its end, appended. */
void cti_rpc_base(const struct cti_rpc *c, struct cti_buf *out);
/* The call in a few lines for people, the key at the end; of an open one the beginning,
 * with a mark. In Japanese for a CRM in Japan. */
void cti_rpc_note(
	const struct cti_rpc *c, const struct cti_crm_call *call, struct cti_buf *out);
/* text with the rest in the place of the mark; false: there is no mark of this call. */
bool cti_rpc_complete(const struct cti_rpc *c, const struct cti_crm_call *call,
	const char *text, struct cti_buf *out);
/* "安部 健" of first and last, company, or the number. */
void cti_rpc_name(const struct cti_crm_ask *ask, struct cti_buf *out);
/* Ids travel as JSON numbers: member or node as text; "" if it is none. */
void cti_rpc_id(char buf[24], const struct cti_json_node *node);
uint32_t cti_rpc_limit(const struct cti_crm_ask *ask);

#endif
