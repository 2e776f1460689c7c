/*
 * stub.h -- a CRM to be asked: an HTTP server on loopback, on a thread of its own.
 */
#ifndef TEST_CRM_STUB_H
#define TEST_CRM_STUB_H

#include <stdbool.h>
#include <stddef.h>

struct stub;

struct stub_request {
	char method[8], path[512]; /* with the query */
	const char *head, *body;   /* whole header text; terminated */
};

struct stub_reply {
	unsigned status;
	const char *headers; /* "Name: value\r\n"... or NULL */
	char *body;          /* malloc'ed; NULL: empty */
	bool hold;           /* never answer; the connection stays open */
	bool cut;            /* close after half of the body */
	bool slam;           /* close without a byte */
};

/* On the stub's thread, for each request. */
typedef void(stub_h)(const struct stub_request *req, struct stub_reply *reply, void *arg);

struct stub *stub_start(stub_h *h, void *arg);
void stub_stop(struct stub *s);
const char *stub_url(const struct stub *s); /* "http://127.25.0.1:PORT" */
/* Waits until so many requests have come. */
void stub_wait(struct stub *s, unsigned requests);
unsigned stub_requests(struct stub *s);

#endif
