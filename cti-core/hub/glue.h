/*
 * glue.h -- what the rest of the hub knows of libwebsockets: connections that can
 * be written to when they say so. lws_glue.c is the only file that names it.
 *
 * Thread: hub, except cti_glue_open(), cti_glue_free() and cti_glue_wake().
 */
#ifndef CTI_GLUE_H
#define CTI_GLUE_H

#include "hub.h"

struct cti_glue; /* the listener and its loop */
struct cti_conn; /* one TCP connection; lives until its closed up-call returns */

/* Listens. 0 or errno. conf is borrowed for as long as the glue lives. */
int cti_glue_open(
	struct cti_glue **gp, const struct cti_hub_conf *conf, struct cti_hub *hub);
/* Runs until cti_glue_leave() and everything is closed. */
void cti_glue_run(struct cti_glue *g);
void cti_glue_leave(struct cti_glue *g);
/* Any thread: cti_hub_woken() follows on the hub thread. */
void cti_glue_wake(struct cti_glue *g);
void cti_glue_free(struct cti_glue *g);
uint16_t cti_glue_port(const struct cti_glue *g);
bool cti_glue_tls(const struct cti_glue *g);
size_t cti_glue_connections(const struct cti_glue *g);

const char *cti_conn_remote(const struct cti_conn *c); /* address as text, no port */
const char *cti_conn_local(const struct cti_conn *c);
/* The writable up-call of what the connection is now follows. */
void cti_conn_want_write(struct cti_conn *c);
/* Closed soon, without a farewell. */
void cti_conn_kill(struct cti_conn *c);
/* HTTP: killed unless this is called again within so many seconds; 0: no limit. */
void cti_conn_patience_s(struct cti_conn *c, int s);

/* Little is on its way out: cti_conn_ws_send() may be called outside an up-call, too. */
bool cti_conn_ws_idle(const struct cti_conn *c);
/* In a writable up-call, once. The CTI_FRAME_HEAD bytes before text are used up.
 * 0, or ECONNRESET: the up-call has to return false. */
int cti_conn_ws_send(
	struct cti_conn *c, unsigned char *text, size_t len, bool first, bool last);
/* The close frame, in a writable up-call. The connection ends with the answer, or
 * by cti_conn_kill(). */
void cti_conn_ws_close(struct cti_conn *c, unsigned code, const char *reason);
/* Head with its empty line, or a piece of body as it goes on the wire. */
int cti_conn_http_head(struct cti_conn *c, const char *text, size_t len, bool last);
int cti_conn_http_body(struct cti_conn *c, const void *data, size_t len, bool last);

enum { CTI_HTTP_PIECE_MAX = 32 * 1024 }; /* of one cti_conn_http_body() */

/* ---- up-calls ------------------------------------------------------------- */

/* hub.c */
void cti_hub_woken(struct cti_hub *h);
void cti_hub_tick(struct cti_hub *h); /* every CTI_TICK_MS */
enum { CTI_TICK_MS = 250 };

/* What a request's head says, as far as we care. Decoded, bounded. */
enum { CTI_HTTP_PARAMS_MAX = 24, CTI_HTTP_PATH_BYTES = 512, CTI_HTTP_ORIGIN_BYTES = 304 };

struct cti_http_head {
	char method[8];
	char path[CTI_HTTP_PATH_BYTES];
	const char *args[CTI_HTTP_PARAMS_MAX]; /* "name=value", borrowed */
	size_t nargs;
	char origin
		[CTI_HTTP_ORIGIN_BYTES]; /* "" if absent, "?" if sent twice or too long */
	char cookie[128];                /* value of rb_session; "" if absent */
	char etag[64];                   /* If-None-Match */
	char ctype[64];                  /* Content-Type */
	int64_t length; /* Content-Length; -1 if absent, -2 if it is no number */
	bool marked;    /* X-Ringbridge: 1 */
	bool http10;
	bool forwarded;  /* a proxy stands between */
	const char *bad; /* not NULL: refuse it with 400 and this text */
};

/* http.c */
struct cti_request;
/* NULL: out of memory, the connection is closed. */
struct cti_request *cti_request_open(
	struct cti_hub *h, struct cti_conn *c, const struct cti_http_head *head);
void cti_request_body(struct cti_request *req, const void *data, size_t len);
void cti_request_body_end(struct cti_request *req);
/* False: close. *donep: the answer is out, the connection is free for another. */
bool cti_request_writable(struct cti_request *req, bool *donep);
void cti_request_closed(struct cti_request *req);

/* client.c */
struct cti_client;
/* 0, or the HTTP status that refuses the handshake. */
int cti_client_admit(struct cti_hub *h, struct cti_conn *c, const char *path,
	const char *origin, const char *protocols);
struct cti_client *cti_client_open(struct cti_hub *h, struct cti_conn *c);
/* A piece of a message. False: close. */
bool cti_client_received(struct cti_client *cl, const void *data, size_t len, bool first,
	bool last, bool binary);
bool cti_client_writable(struct cti_client *cl);
void cti_client_closed(struct cti_client *cl);

#endif
