/*
 * wire.h -- HTTP requests, many at once, on one thread. wire.c alone names libcurl.
 *
 * TLS 1.2 or newer, verified. A redirect of a GET is followed to the same scheme, host
 * and port, three times; any other ends as UNSAFE. A reply is at most 1 MiB.
 *
 * Thread: one, except cti_wire_wake().
 */
#ifndef CTI_WIRE_H
#define CTI_WIRE_H

#include <cti/crm.h>

enum { CTI_WIRE_BODY_MAX_BYTES = 1 << 20 };

struct cti_wire;
struct cti_wire_call; /* one request on its way; the wire's */

struct cti_wire_reply {
	struct cti_http_reply reply;
	bool sent;       /* some of it, perhaps all, had left us */
	const char *why; /* what went wrong, in libcurl's words; "" */
	uint32_t took_ms;
};

/* From cti_wire_turn() alone; the call is gone afterwards. */
typedef void(cti_wire_h)(const struct cti_wire_reply *r, void *arg);

int cti_wire_alloc(struct cti_wire **wp);
/* Calls that are open go without a word. */
void cti_wire_free(struct cti_wire *w);

struct cti_wire_opts {
	const char *tls_ca; /* file; NULL: the system's */
	uint32_t timeout_ms;
};

/* NULL: no memory, or a URL that libcurl does not take. req is borrowed for as long as
 * the call lives. */
struct cti_wire_call *cti_wire_send(struct cti_wire *w,
	const struct cti_http_request *req, const struct cti_wire_opts *opts,
	cti_wire_h *h, void *arg);
/* No handler any more. Returns whether some of it had been sent. */
bool cti_wire_cancel(struct cti_wire_call *call);

/* Waits for the network, for a wake or for timeout_ms; calls handlers. */
void cti_wire_turn(struct cti_wire *w, uint32_t timeout_ms);
void cti_wire_wake(struct cti_wire *w); /* any thread */

#endif
