/*
 * cti/crm.h -- what a CRM connector promises, and what is asked of it.
 *
 * A connector has no network. It is a generator: an ask goes in, HTTP requests come
 * out one by one, replies go back in, and at the end there is an answer. Thread,
 * libcurl, deadlines, limits and the circuit breaker are the same for all and live
 * in cti-core/crm (crms.h: how the core asks). So a connector is pure, runs against
 * recorded replies, and can be fuzzed.
 *
 *	directory, outbox --ask--> crms --step--> connector
 *	                  <-answer--     <-request--
 *	                            CRM <--HTTP--> crms
 */
#ifndef CTI_CRM_H
#define CTI_CRM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CTI_CRM_ABI 1u /* raised when this header changes meaning */

/* ---- what can go wrong ----------------------------------------------------- */

enum cti_crm_err {
	CTI_CRM_OK,
	CTI_CRM_UNSUPPORTED, /* this connector or template has no way to do it */
	CTI_CRM_UNREACHABLE, /* no address, no connection, TLS refused, cut off */
	CTI_CRM_TIMEOUT,     /* the ask's deadline has passed */
	CTI_CRM_REFUSED,     /* the credentials: 401, 403 */
	CTI_CRM_LIMITED,     /* too many requests: 429; see retry_after_s */
	CTI_CRM_FAULT,       /* the CRM is in trouble: 5xx */
	CTI_CRM_BAD_REPLY,   /* not what the protocol says, too long, cut off */
	CTI_CRM_REJECTED,    /* the CRM does not take this: other 4xx, an error object */
	CTI_CRM_GONE,        /* the record is not there (any more) */
	CTI_CRM_PAUSED,      /* failed so often that it is left alone for a while */
	CTI_CRM_BUSY,        /* too many asks are waiting for this CRM */
	CTI_CRM_CANCELLED,
	CTI_CRM_UNSAFE, /* what should be sent, or where to, is not permitted */
	CTI_CRM_NO_MEMORY,
	CTI_CRM_ERR_COUNT,
};

/* "timeout": a word for protocol, metrics and traces. Any thread. */
const char *cti_crm_err_word(enum cti_crm_err err);
/* "The CRM did not answer in time.": for people. Any thread. */
const char *cti_crm_err_text(enum cti_crm_err err);
/* Whether the same ask may succeed later: the CRM is well again, its account put right. */
bool cti_crm_err_passes(enum cti_crm_err err);

/* ---- contacts ---------------------------------------------------------------- */

struct cti_crm_number {
	char *raw;  /* as the CRM writes it */
	char *kind; /* "work", "mobile", "home", "fax", "pager", "other" */
};

/*
 * One record of a CRM. Texts are never NULL, "" is unknown; all are clean UTF-8
 * without control characters. That a CRM gave a contact for a number does not prove
 * that the number is the contact's: who needs proof compares numbers[].
 */
struct cti_crm_contact {
	char *source; /* the CRM's section name */
	char *id;     /* of the record, unique within source and type */
	char *type;   /* the CRM's word for the kind of record, "Contact", "lead" */
	char *name;   /* as shown: "安部 健" */
	char *company;
	char *title;
	char *url; /* of the record's page; http or https, or "" */
	struct cti_crm_number *numbers;
	size_t nnumbers;
	char **emails;
	size_t nemails;
	char *extra; /* opaque JSON object: kept by us, given back in cti_crm_call */
};

void cti_crm_contact_reset(struct cti_crm_contact *c); /* frees the parts */
/* These clean what they are given (cti_str_clean()). 0 or ENOMEM. */
int cti_crm_contact_set(char **field, const char *text); /* replaces */
int cti_crm_contact_number(struct cti_crm_contact *c, const char *raw, const char *kind);
int cti_crm_contact_email(struct cti_crm_contact *c, const char *email);

/* ---- calls to be written down -------------------------------------------------- */

enum cti_crm_call_type {
	CTI_CRM_CALL_INBOUND, /* answered */
	CTI_CRM_CALL_MISSED,
	CTI_CRM_CALL_OUTBOUND, /* answered */
	CTI_CRM_CALL_UNANSWERED,
};

/* All borrowed; NULL is unknown. */
struct cti_crm_call {
	const char *key; /* ours, unique for this call: [0-9a-z-]{8,64}. Written into the
			  * record where the CRM has a place for it (CTI_CRM_CAN_LOG_ONCE) */
	enum cti_crm_call_type type;
	const char *number; /* the other party, E.164 or digits */
	const char *name;   /* the other party */
	const char *agent;  /* line */
	const char *agent_first, *agent_last, *agent_email;
	const char *agent_user; /* the agent's id in this CRM, where it is known */
	const char *queue;
	int64_t start_us, answered_us, end_us; /* UTC; answered_us 0: never */
	const char *outcome; /* words for people: "abandoned in queue" */
	const char *note;    /* the agent's */
	const char *recording_url;
	const char *page_url; /* of the call in our own pages */
	const char *transcript, *summary;
	bool open; /* it goes on: its end, outcome and note are to come with the same key */
	const struct cti_crm_contact *contact; /* NULL: an unknown caller */
};

/* ---- asks and answers ------------------------------------------------------------ */

enum cti_crm_verb {
	CTI_CRM_LOOKUP,       /* number, direction */
	CTI_CRM_LOOKUP_EMAIL, /* email */
	CTI_CRM_SEARCH,       /* text */
	CTI_CRM_CREATE,       /* number, email, first, last, company, text: name as shown */
	CTI_CRM_LOG_CALL,     /* call */
	CTI_CRM_SYNC,         /* cursor, limit, since_us: contacts, page by page */
	CTI_CRM_TEST,         /* are address, credentials and rights good? */
	CTI_CRM_AUTHORIZE,    /* code, redirect_uri: the end of an OAuth log-in */
	CTI_CRM_VERB_COUNT,
};

const char *cti_crm_verb_word(enum cti_crm_verb verb); /* "lookup" */

/* Borrowed for the call of cti_crms_ask(), which copies it. */
struct cti_crm_ask {
	enum cti_crm_verb verb;
	const char *number; /* E.164, or digits as dialled */
	bool outbound;
	const char *email, *text;
	const char *first, *last, *company;
	const struct cti_crm_call *call;
	const char *cursor; /* NULL: from the beginning */
	uint32_t limit;     /* contacts wanted at most; 0: the connector's choice */
	int64_t since_us;   /* SYNC: only what changed since, by the CRM's clock; 0: all */
	const char *code, *state, *redirect_uri;
	uint32_t deadline_ms; /* from now to the answer, with waiting; 0: by the verb */
};

/* Owned; cti_crm_answer_free(). */
struct cti_crm_answer {
	enum cti_crm_err err;
	/* What was wrong and what to do, for the log and for doctor: never a body, a
	 * secret or a whole number. For users: cti_crm_err_text(). */
	char detail[240];
	/* err is not OK, but the CRM may have done it: the request had been sent. */
	bool maybe_done;
	bool cut; /* there are more contacts than we take (CTI_CRM_CONTACTS_MAX) */
	uint32_t retry_after_s;
	uint32_t took_ms;
	uint32_t requests; /* made. LOG_CALL: OK and 0 when the template leaves it out */
	struct cti_crm_contact *contacts; /* none found: OK and 0 */
	size_t ncontacts;
	char *record_id; /* LOG_CALL: of the entry, where the CRM tells; or NULL */
	char *cursor;    /* SYNC: where to go on; NULL: that was all */
	int64_t newest_us; /* SYNC: the latest change of a contact, by the CRM's clock; 0: it
			    * does not tell */
	char *secret;    /* AUTHORIZE: to be kept as the parameter's value; or NULL */
};

enum { CTI_CRM_CONTACTS_MAX = 500 };

void cti_crm_answer_free(struct cti_crm_answer *a);
/* A new empty contact at the end, or NULL: no memory, or full (then a->cut). */
struct cti_crm_contact *cti_crm_answer_add(struct cti_crm_answer *a, const char *source);
/* Sets err and detail, the first time only. */
void cti_crm_answer_fail(struct cti_crm_answer *a, enum cti_crm_err err, const char *fmt,
	...) __attribute__((format(printf, 3, 4)));

/* ---- connectors -------------------------------------------------------------------- */

struct cti_http_header {
	char *name, *value; /* owned by their request */
};

/* Made by a connector, sent by the core. Owned parts; cti_http_request_reset(). */
struct cti_http_request {
	const char *method; /* "GET", "POST", ...; a constant */
	char *url;          /* absolute, http or https, only characters of RFC 3986 */
	struct cti_http_header *headers;
	size_t nheaders;
	char *body; /* NULL: none */
	size_t body_len;
	bool changes; /* not repeated by itself; a failure sets maybe_done */
};

void cti_http_request_reset(struct cti_http_request *r);
/* 0, ENOMEM, or EINVAL: a line break in it, or a header that is the core's to set. */
int cti_http_request_header(
	struct cti_http_request *r, const char *name, const char *value);

/* Borrowed for the call of step(). */
struct cti_http_reply {
	enum cti_crm_err err; /* OK: there was a reply, whatever its status */
	const char *why;      /* err in words, for the administrator; NULL or "": none */
	unsigned status;
	const char *body; /* terminated; at most the cap of the core */
	size_t body_len;
	uint32_t retry_after_s;
};

enum cti_crm_step {
	CTI_CRM_STEP_REQUEST, /* send it and step again with the reply */
	CTI_CRM_STEP_WAIT, /* another task of this CRM gets what we need (a token); step
			    * again without a reply when one has moved */
	CTI_CRM_STEP_DONE, /* the answer is complete */
};

/* First member of an instance. */
struct cti_crm {
	const struct cti_crm_ops *ops; /* set by the core, as the name */
	char *name;                    /* of the section; borrowed */
	unsigned max_requests;         /* at once, if alloc() has a wish; 0: none */
};

struct cti_crm_task; /* one ask on its way; the connector's */
struct cti_crm_conf; /* cti/conf.h: the section, read-only */

enum { CTI_CRM_WHY_BYTES = 512 };

struct cti_crm_ops {
	unsigned abi;
	const char *kind; /* "http", "odoo", "tryton" */
	/* Reads its files; no network. why: what is wrong, with file, line and remedy,
	 * one mistake a line. 0, EINVAL, ENOMEM. */
	int (*alloc)(struct cti_crm **crmp, const struct cti_crm_conf *conf,
		char why[CTI_CRM_WHY_BYTES]);
	void (*free)(struct cti_crm *crm); /* after its last task */
	unsigned (*caps)(const struct cti_crm *crm);
	/* ask is borrowed until end(); answer is the core's, empty. NULL: no memory. */
	struct cti_crm_task *(*begin)(struct cti_crm *crm, const struct cti_crm_ask *ask,
		struct cti_crm_answer *answer);
	/* reply: of the request made last; NULL the first time and after WAIT. req: empty,
	 * to be filled for REQUEST. Never waits. now_us: cti_now_us(). */
	enum cti_crm_step (*step)(struct cti_crm_task *task,
		const struct cti_http_reply *reply, struct cti_http_request *req,
		int64_t now_us);
	void (*end)(struct cti_crm_task *task); /* at any time: also cancels */
	/* Every text that must not be shown, one call each: passwords, tokens. */
	void (*secrets)(const struct cti_crm *crm,
		void (*h)(const char *secret, void *arg), void *arg);
};

/* Beside 1 << enum cti_crm_verb. */
enum {
	/* log_call twice with one key makes one entry. */
	CTI_CRM_CAN_LOG_ONCE = 1 << CTI_CRM_VERB_COUNT,
	/* sync knows since_us. */
	CTI_CRM_CAN_SYNC_CHANGES = 1 << (CTI_CRM_VERB_COUNT + 1),
	/* log_call completes the entry that an open call has begun; what a person wrote into
	 * it meanwhile stays. */
	CTI_CRM_CAN_COMPLETE = 1 << (CTI_CRM_VERB_COUNT + 2),
};

extern const struct cti_crm_ops cti_crm_http;   /* connectors/crm/http */
extern const struct cti_crm_ops cti_crm_odoo;   /* connectors/crm/odoo */
extern const struct cti_crm_ops cti_crm_tryton; /* connectors/crm/tryton */

#endif
