/*
 * crms.h -- asking CRMs: one thread, all CRMs, never a wait for the caller.
 *
 * The thread runs every connector (cti/crm.h) and libcurl's multi handle. A CRM has a
 * bound of requests at once and a second, a bounded line of asks that wait, and a
 * circuit breaker: after five failures in a row that say "not there" (unreachable,
 * timeout, fault) it is left alone for 5 s, then 10, up to 5 minutes, and one ask
 * tries. Replies are cut off at 1 MiB. TLS is verified. Credentials follow no
 * redirect to another host.
 *
 * Thread: any, unless said otherwise.
 */
#ifndef CTI_CRMS_H
#define CTI_CRMS_H

#include <cti/conf.h>
#include <cti/crm.h>

struct cti_crms;

/* On the thread of cti_crms, once for each accepted ask; must not wait. The answer is
 * the handler's: cti_crm_answer_free(). */
typedef void(cti_crms_done_h)(struct cti_crm_answer *answer, void *arg);

/* One request or reply, for doctor. On the thread of cti_crms; secrets are masked. */
struct cti_crms_trace {
	const char *crm;
	bool reply;
	const char *method, *url;              /* of the request, in both */
	const struct cti_http_header *headers; /* request only */
	size_t nheaders;
	unsigned status; /* reply; 0: there was none, see err */
	enum cti_crm_err err;
	const char *why;  /* err in libcurl's words; "" */
	const char *body; /* "" if none */
	uint32_t took_ms;
};

struct cti_crms_conf {
	const struct cti_crm_conf *crms; /* borrowed for as long as cti_crms lives */
	size_t ncrms;
	const struct cti_crm_ops *const *ops; /* the connectors that are built in */
	size_t nops;
	/* A CRM's connector did not come up: its asks will be UNSUPPORTED. From within
	 * start(). May be NULL: logged only. */
	void (*broken)(const char *crm, const char *why, void *arg);
	void (*trace)(const struct cti_crms_trace *t, void *arg); /* may be NULL */
	void *arg;
};

/* 0 and *cp (owned), ENOMEM, EAGAIN (no thread). */
int cti_crms_start(struct cti_crms **cp, const struct cti_crms_conf *conf);
/* Asks that are open are answered CANCELLED before this returns. */
void cti_crms_stop(struct cti_crms *c);

/*
 * 0: exactly one answer will come. ENOENT: no such CRM. ENOMEM. EAGAIN: thousands of
 * asks have not even been looked at. What a CRM or its state is the reason for is an
 * answer. *idp (may be NULL) is for cancel.
 */
int cti_crms_ask(struct cti_crms *c, const char *crm, const struct cti_crm_ask *ask,
	cti_crms_done_h *h, void *arg, uint64_t *idp);
/* The answer is CANCELLED, unless it is already on its way. */
void cti_crms_cancel(struct cti_crms *c, uint64_t id);

/* Bits 1 << enum cti_crm_verb and CTI_CRM_CAN_LOG_ONCE; 0: no such CRM, or broken. */
unsigned cti_crms_caps(const struct cti_crms *c, const char *crm);

/* Answers by their time: up to 100 ms, 300 ms, 800 ms, 3 s, 15 s, longer. */
enum { CTI_CRMS_TIMES = 6 };
extern const uint32_t cti_crms_times_ms[CTI_CRMS_TIMES - 1];

struct cti_crms_status {
	bool broken, paused;
	unsigned running, waiting; /* asks */
	uint64_t asks, failures, requests;
	uint64_t times[CTI_CRMS_TIMES]; /* asks that took so long */
	uint64_t took_ms;               /* all of them together */
	enum cti_crm_err last_err; /* of the last ask that ended */
	char detail[240];          /* for people; "" when all is well */
};

/* 0 or ENOENT. */
int cti_crms_status(struct cti_crms *c, const char *crm, struct cti_crms_status *st);

#endif
