/*
 * engine.h -- running a template: between http.c (the connector), run.c (scenarios),
 * body.c (requests) and records.c (answers).
 *
 * No network and no clock in it. Thread: the one that steps the task.
 */
#ifndef CTI_CRM_ENGINE_H
#define CTI_CRM_ENGINE_H

#include "builtin.h"
#include "doc.h"
#include "expr.h"
#include "template.h"
#include "value.h"

#include <cti/conf.h>
#include <cti/crm.h>

enum {
	CTI_RECORDS_MAX = 200,  /* of one scenario that has a Next */
	CTI_REQUESTS_MAX = 100, /* of one ask */
	CTI_AUTH_TRIES_MAX = 2,
	CTI_PAGE_SIZE = 100,
};

struct cti_var {
	char *name;
	struct cti_value value;
};

struct cti_vars {
	struct cti_var *v; /* owned */
	size_t n;
};

void cti_vars_reset(struct cti_vars *vars);
const struct cti_value *cti_vars_get(const struct cti_vars *vars, const char *name);
/* The value is moved into vars; what had the name goes. 0 or ENOMEM (value is freed). */
int cti_vars_put(struct cti_vars *vars, const char *name, struct cti_value *value);

/* What a log-in gave; one for all tasks of a CRM. */
struct cti_auth {
	struct cti_vars vars;    /* of the auth scenario and its chain */
	struct cti_vars headers; /* to be sent with every request */
	bool good;
	int64_t good_until_us; /* 0: until a 401 */
	unsigned generation;
	const struct cti_crm_task *fetching; /* who is at it */
};

struct cti_http_crm {
	struct cti_crm crm;
	const struct cti_crm_conf *conf;
	struct cti_tmpl *t;
	struct cti_vars params;
	struct cti_auth auth;
};

enum cti_frame_state { CTI_FRAME_READY, CTI_FRAME_SENT, CTI_FRAME_RECORDS };

/* One scenario that is being run. */
struct cti_frame {
	const struct cti_tmpl_scenario *s;
	enum cti_frame_state state;
	struct cti_frame *below; /* of the stack */
	struct cti_frame *scope; /* whose variables are ours, too: we are its Next */
	bool auth;               /* of the log-in: is sent without its result */
	bool repeated;           /* after a 401 */
	bool writes;             /* the request that the ask is about */
	unsigned generation;     /* of the log-in that was sent */
	struct cti_doc *doc;     /* NULL: nothing came */
	const struct cti_doc_node *array, *element;
	bool all; /* the document is one record */
	bool ended;
	size_t matched;
	struct cti_vars vars;    /* of the record */
	struct cti_vars outputs; /* of the record; names are types */
};

struct cti_crm_task {
	struct cti_http_crm *c;
	const struct cti_crm_ask *ask;
	struct cti_crm_answer *answer;
	struct cti_builtin builtin;
	char *number;            /* shaped */
	struct cti_vars contact; /* outputs of the call's contact, for Contact:: */
	size_t *roots;           /* scenarios of the event, in order */
	size_t nroots, root_at;
	struct cti_frame *top;
	unsigned requests, auth_tries;
	bool wrote, write_failed;
	enum cti_crm_err err; /* the first thing that failed, and what it was */
	char detail[240];
	int64_t now_us;
};

/* run.c */
void cti_task_fail(struct cti_crm_task *t, enum cti_crm_err err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* For cti_expr_init(): names as the top frame sees them. */
void cti_task_expr(struct cti_crm_task *t, struct cti_expr *x);
/* text evaluated, malloc'ed; NULL: no memory. */
char *cti_task_text(struct cti_crm_task *t, const char *text, unsigned passes);
bool cti_task_true(struct cti_crm_task *t, const char *condition, bool dflt);
enum cti_crm_step cti_task_step(struct cti_crm_task *t,
	const struct cti_http_reply *reply, struct cti_http_request *req, int64_t now_us);
void cti_task_end(struct cti_crm_task *t);

/* body.c: fills req for the top frame; on an error tells the task why. */
enum cti_crm_err cti_request_build(
	struct cti_crm_task *t, const struct cti_frame *f, struct cti_http_request *req);
/* The URL alone, for the log-in page of OAuth; malloc'ed or NULL. */
char *cti_url_encode(const struct cti_mtext *url);

/* records.c */
void cti_records_begin(struct cti_frame *f);
/* Moves to the next record that the rules let pass, and reads its variables. */
bool cti_records_next(struct cti_crm_task *t, struct cti_frame *f);
/* The first text at a path of the whole document; malloc'ed, NULL if none. */
char *cti_records_text(const struct cti_doc *doc, const char *path);

/* results.c: the outputs of the top frame's record, as a contact or log-in. */
void cti_result_outputs(struct cti_crm_task *t, struct cti_frame *f);
void cti_result_take(struct cti_crm_task *t, struct cti_frame *f);

/* http.c: the token is the value of the parameter from now on, over restarts too. */
void cti_http_keep_token(struct cti_http_crm *c, const char *param, const char *token);

/* token_file.c: a renewed secret of parameter name, kept in conf->state_dir. NULL if
 * there is none, or if the configuration has been given another value since. */
char *cti_token_load(
	const struct cti_crm_conf *conf, const char *name, const char *given);
void cti_token_keep(const struct cti_crm_conf *conf, const char *name, const char *given,
	const char *token);

#endif
