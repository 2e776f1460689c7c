/*
 * http.h -- one HTTP request and its answer.
 *
 * Thread: hub; while a job works for it, its path, parameters and body stand
 * still and may be read by the worker.
 */
#ifndef CTI_HTTP_H
#define CTI_HTTP_H

#include "hub_priv.h"

struct cti_job;

enum {
	CTI_HTTP_BODY_MAX = 64 * 1024,
	CTI_HTTP_STREAM_PIECE = CTI_HTTP_PIECE_MAX - 32, /* leaves room for the framing */
};

struct cti_http_param {
	char *name; /* owned, with the value behind it */
	const char *value;
};

/* A piece of a streamed answer, moved here by its job. */
struct cti_http_chunk {
	struct cti_http_chunk *next;
	size_t len;
	unsigned char data[];
};

enum cti_request_state {
	CTI_REQ_BODY,   /* the body comes in */
	CTI_REQ_JOB,    /* a job works for it */
	CTI_REQ_ANSWER, /* the answer goes out, or is being made in pieces */
};

struct cti_request {
	struct cti_request *next, **prevp; /* in hub->requests */
	struct cti_hub *hub;
	struct cti_conn *conn; /* NULL: the client has gone, only the job is left */
	struct cti_job *job;   /* owned by the worker while it runs; NULL: none */
	enum cti_request_state state;
	struct cti_http_head head; /* args are not valid, see params */
	struct cti_http_param params[CTI_HTTP_PARAMS_MAX];
	size_t nparams;
	struct cti_buf body;
	char remote[64];
	int64_t opened_us;
	/* The answer. */
	int status;
	struct cti_buf out;        /* head, and body unless data is set */
	size_t off;                /* of out */
	struct cti_assets *assets; /* a reference, while data is in them */
	const unsigned char *data; /* borrowed */
	size_t len, data_off;
	struct cti_buf extra; /* header lines */
	bool streaming;       /* pieces come from the job until ended */
	bool ended, torn;     /* torn: the answer is cut off, the client has to see it */
	struct cti_http_chunk *first, **lastp;
	uint64_t sent_bytes;
	bool close;
	bool quiet; /* not worth a line in the log */
};

/* A header line of the answer. */
void cti_request_header(struct cti_request *req, const char *name, const char *value);
/* body is emptied. ctype NULL: JSON. */
void cti_request_answer(
	struct cti_request *req, int status, const char *ctype, struct cti_buf *body);
/* {"error":{code,text,where}}; where may be NULL. */
void cti_request_error(struct cti_request *req, int status, const char *code,
	const char *text, const char *where);
/* A streamed answer begins; pieces and the end follow. False: the client cannot. */
bool cti_request_stream(
	struct cti_request *req, int status, const char *ctype, const char *disposition);
void cti_request_piece(struct cti_request *req, struct cti_http_chunk *chunk); /* moved */
void cti_request_stream_end(struct cti_request *req, bool torn);
/* The job has ended; frees the request if the client has gone too. */
void cti_request_job_over(struct cti_request *req);
const char *cti_request_param(const struct cti_request *req, const char *name);

void cti_http_tick(struct cti_hub *h, int64_t now_us);

#endif
