/*
 * rest_impl.h -- for the files of REST: one request, its answers, and the handlers.
 *
 * Who may ask for what stands in the hub's table of routes (hub/rest.c) and nowhere
 * else; a handler only asks whose calls the user may see.
 *
 * Thread: the hub's workers.
 */
#ifndef CTI_REST_IMPL_H
#define CTI_REST_IMPL_H

#include "backend.h"
#include "config.h"
#include "desk.h"
#include "hub.h"
#include "pg.h"

struct cti_rest {
	struct cti_pg *pg;
	struct cti_http_call *call;
	const struct cti_config *config;
	const struct cti_backend *backend;
	const char *rest; /* what follows the path's prefix */
	/* Owned; what the user may see: own lines, and for who leads those of the groups
	 * and "", calls that no line took part in. */
	const char **lines;
	size_t nlines;
};

bool cti_rest_sees_all(const struct cti_rest *q);
/* The user as store/desk.h wants it; borrowed from q. */
struct cti_desk_user cti_rest_user(const struct cti_rest *q);

void cti_rest_fail(struct cti_http_call *call, int status, const char *code,
	const char *text, const char *where);
/* err of a query to an answer; 0 is 200. */
void cti_rest_answer(struct cti_rest *q, int err, const char *where);

/* Parameters. False: answered already. *limitp 0: none given. */
bool cti_rest_limit(struct cti_rest *q, unsigned max, unsigned *limitp);
bool cti_rest_flag(struct cti_rest *q, const char *name);
/* The body as an object; owned by the caller. NULL: answered already. */
struct cti_json *cti_rest_body(struct cti_rest *q);

/* Each answers. */
void cti_rest_list_calls(struct cti_rest *q);
void cti_rest_get_call(struct cti_rest *q);
void cti_rest_export_csv(struct cti_rest *q);
void cti_rest_export_jsonl(struct cti_rest *q);

void cti_rest_find_contacts(struct cti_rest *q);
void cti_rest_create_contact(struct cti_rest *q);
void cti_rest_choose_contact(struct cti_rest *q);
void cti_rest_list_outbox(struct cti_rest *q);
void cti_rest_replay_outbox(struct cti_rest *q);

void cti_rest_report(struct cti_rest *q);
void cti_rest_report_csv(struct cti_rest *q);
void cti_rest_report_jsonl(struct cti_rest *q);

void cti_rest_list_callbacks(struct cti_rest *q);
void cti_rest_act_callback(struct cti_rest *q);
void cti_rest_put_note(struct cti_rest *q);
void cti_rest_get_settings(struct cti_rest *q);
void cti_rest_put_settings(struct cti_rest *q);
void cti_rest_colleagues(struct cti_rest *q);

void cti_rest_list_users(struct cti_rest *q);
void cti_rest_add_user(struct cti_rest *q);
void cti_rest_change_user(struct cti_rest *q);
void cti_rest_remove_user(struct cti_rest *q);
void cti_rest_list_lines(struct cti_rest *q);
void cti_rest_label_line(struct cti_rest *q);
void cti_rest_list_groups(struct cti_rest *q);
void cti_rest_audit(struct cti_rest *q);
void cti_rest_read_number(struct cti_rest *q);

#endif
