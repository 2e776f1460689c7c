/*
 * wire.c -- see wire.h. The only file that names libcurl.
 */
#include "wire.h"

#include "str.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REDIRECTS_MAX = 3, CONNECT_MS = 5000, RETRY_AFTER_MAX_S = 3600 };

struct cti_wire {
	CURLM *multi;
	struct cti_wire_call *calls; /* a list */
};

struct cti_wire_call {
	struct cti_wire *wire;
	CURL *easy;
	struct curl_slist *headers;
	struct cti_buf body;
	bool too_long;
	unsigned redirects;
	bool get;
	char why[CURL_ERROR_SIZE];
	cti_wire_h *h;
	void *arg;
	struct cti_wire_call *prev, *next;
};

/* ---- options ------------------------------------------------------------------ */

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct cti_wire_call *c = arg;

	n *= size;
	if (c->body.len + n > CTI_WIRE_BODY_MAX_BYTES) {
		c->too_long = true;
		return 0; /* ends the transfer */
	}
	cti_buf_add(&c->body, data, n);
	return c->body.err ? 0 : n;
}

static bool add_header(struct cti_wire_call *c, const char *name, const char *value)
{
	struct cti_buf line = { 0 };
	struct curl_slist *list = NULL;

	/* "Name;" is libcurl's way to send a header without a value. */
	cti_buf_printf(&line, *value ? "%s: %s" : "%s;", name, value);
	if (!line.err)
		list = curl_slist_append(c->headers, line.data);
	if (line.data)
		explicit_bzero(line.data, line.len);
	cti_buf_reset(&line);
	if (list)
		c->headers = list;
	return list != NULL;
}

static bool set_headers(struct cti_wire_call *c, const struct cti_http_request *req)
{
	struct curl_slist *list =
		curl_slist_append(c->headers, "Expect:"); /* never ask */

	if (!list)
		return false;
	c->headers = list;
	for (size_t i = 0; i < req->nheaders; i++) {
		if (!add_header(c, req->headers[i].name, req->headers[i].value))
			return false;
	}
	return curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers) == CURLE_OK;
}

/* The request's own part. */
static bool set_request(struct cti_wire_call *c, const struct cti_http_request *req)
{
	CURL *e = c->easy;
	CURLcode code = curl_easy_setopt(e, CURLOPT_URL, req->url);

	c->get = strcmp(req->method, "GET") == 0;
	if (!code && req->body)
		code = curl_easy_setopt(
			e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body_len);
	if (!code && req->body)
		code = curl_easy_setopt(e, CURLOPT_POSTFIELDS, req->body);
	if (!code && !(req->body && strcmp(req->method, "POST") == 0) && !c->get)
		code = curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, req->method);
	if (!code && c->get)
		code = curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
	return !code && set_headers(c, req);
}

static bool set_rules(struct cti_wire_call *c, const struct cti_wire_opts *opts)
{
	const long timeout = opts->timeout_ms ? (long)opts->timeout_ms : 1;
	const struct {
		CURLoption option;
		long value;
	} longs[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_PATH_AS_IS, 1 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_TIMEOUT_MS, timeout },
		{ CURLOPT_CONNECTTIMEOUT_MS,
			timeout < CONNECT_MS ? timeout : CONNECT_MS },
	};
	CURL *e = c->easy;
	CURLcode code = CURLE_OK;

	for (size_t i = 0; i < sizeof(longs) / sizeof(longs[0]) && !code; i++)
		code = curl_easy_setopt(e, longs[i].option, longs[i].value);
	if (!code)
		code = curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	if (!code)
		code = curl_easy_setopt(e, CURLOPT_USERAGENT, "Ringbridge");
	if (!code)
		code = curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "");
	if (!code && opts->tls_ca)
		code = curl_easy_setopt(e, CURLOPT_CAINFO, opts->tls_ca);
	if (!code)
		code = curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	if (!code)
		code = curl_easy_setopt(e, CURLOPT_WRITEDATA, c);
	if (!code)
		code = curl_easy_setopt(e, CURLOPT_ERRORBUFFER, c->why);
	if (!code)
		code = curl_easy_setopt(e, CURLOPT_PRIVATE, c);
	return !code;
}

/* ---- life ---------------------------------------------------------------------- */

int cti_wire_alloc(struct cti_wire **wp)
{
	struct cti_wire *w = calloc(1, sizeof(*w));

	if (!w)
		return ENOMEM;
	/* Counted by libcurl; thread-safe since 7.84. */
	if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
		free(w);
		return ENOMEM;
	}
	w->multi = curl_multi_init();
	if (!w->multi) {
		curl_global_cleanup();
		free(w);
		return ENOMEM;
	}
	*wp = w;
	return 0;
}

static void call_free(struct cti_wire_call *c)
{
	if (c->prev)
		c->prev->next = c->next;
	else if (c->wire->calls == c)
		c->wire->calls = c->next;
	if (c->next)
		c->next->prev = c->prev;
	if (c->easy) {
		(void)curl_multi_remove_handle(c->wire->multi, c->easy);
		curl_easy_cleanup(c->easy);
	}
	for (struct curl_slist *h = c->headers; h; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(c->headers);
	cti_buf_reset(&c->body);
	free(c);
}

void cti_wire_free(struct cti_wire *w)
{
	if (!w)
		return;
	while (w->calls)
		call_free(w->calls);
	(void)curl_multi_cleanup(w->multi);
	curl_global_cleanup();
	free(w);
}

struct cti_wire_call *cti_wire_send(struct cti_wire *w,
	const struct cti_http_request *req, const struct cti_wire_opts *opts,
	cti_wire_h *h, void *arg)
{
	struct cti_wire_call *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->wire = w;
	c->h = h;
	c->arg = arg;
	c->easy = curl_easy_init();
	if (!c->easy || !set_rules(c, opts) || !set_request(c, req) ||
		curl_multi_add_handle(w->multi, c->easy)) {
		call_free(c);
		return NULL;
	}
	c->next = w->calls;
	if (c->next)
		c->next->prev = c;
	w->calls = c;
	return c;
}

static bool was_sent(CURL *easy)
{
	long bytes = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &bytes);
	return bytes > 0;
}

bool cti_wire_cancel(struct cti_wire_call *call)
{
	const bool sent = was_sent(call->easy);

	call_free(call);
	return sent;
}

void cti_wire_wake(struct cti_wire *w)
{
	(void)curl_multi_wakeup(w->multi);
}

/* ---- redirects -------------------------------------------------------------------- */

/* Do both URLs lead to the same scheme, host and port? */
static bool same_place(const char *a, const char *b)
{
	static const CURLUPart parts[] = { CURLUPART_SCHEME, CURLUPART_HOST,
		CURLUPART_PORT };
	CURLU *ua = curl_url(), *ub = curl_url();
	bool same = ua && ub && !curl_url_set(ua, CURLUPART_URL, a, 0) &&
		    !curl_url_set(ub, CURLUPART_URL, b, 0);

	for (size_t i = 0; i < 3 && same; i++) {
		char *pa = NULL, *pb = NULL;

		same = !curl_url_get(ua, parts[i], &pa, CURLU_DEFAULT_PORT) &&
		       !curl_url_get(ub, parts[i], &pb, CURLU_DEFAULT_PORT) &&
		       cti_str_ieq(pa, pb);
		curl_free(pa);
		curl_free(pb);
	}
	curl_url_cleanup(ua);
	curl_url_cleanup(ub);
	return same;
}

/* True: it is on its way again. */
static bool redirected(struct cti_wire_call *c)
{
	char *from = NULL, *to = NULL;
	char *next;
	bool again;

	(void)curl_easy_getinfo(c->easy, CURLINFO_EFFECTIVE_URL, &from);
	(void)curl_easy_getinfo(c->easy, CURLINFO_REDIRECT_URL, &to);
	if (!c->get || !from || !to || c->redirects == REDIRECTS_MAX ||
		!same_place(from, to))
		return false;
	next = cti_str_dup(to); /* to is the handle's, and goes with the next setopt */
	c->redirects++;
	cti_buf_clear(&c->body);
	(void)curl_multi_remove_handle(c->wire->multi, c->easy);
	again = next && curl_easy_setopt(c->easy, CURLOPT_URL, next) == CURLE_OK &&
		curl_multi_add_handle(c->wire->multi, c->easy) == CURLM_OK;
	free(next);
	return again;
}

/* ---- ends -------------------------------------------------------------------------- */

static enum cti_crm_err err_of(const struct cti_wire_call *c, CURLcode code)
{
	if (c->too_long)
		return CTI_CRM_BAD_REPLY;
	switch ((int)code) {
	case CURLE_OK:
		return CTI_CRM_OK;
	case CURLE_OPERATION_TIMEDOUT:
		return CTI_CRM_TIMEOUT;
	case CURLE_OUT_OF_MEMORY:
		return CTI_CRM_NO_MEMORY;
	case CURLE_PARTIAL_FILE:
	case CURLE_BAD_CONTENT_ENCODING:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_WRITE_ERROR:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return CTI_CRM_BAD_REPLY;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
		return CTI_CRM_UNSAFE;
	default:
		return CTI_CRM_UNREACHABLE;
	}
}

static uint32_t retry_after(CURL *easy)
{
	curl_off_t s = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &s);
	return s < 0 ? 0 : s > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : (uint32_t)s;
}

static void ended(struct cti_wire_call *c, CURLcode code)
{
	struct cti_wire_reply r = { .reply.err = err_of(c, code), .why = "" };
	curl_off_t us = 0;
	long status = 0;

	(void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(c->easy, CURLINFO_TOTAL_TIME_T, &us);
	if (!r.reply.err && status >= 300 && status < 400) {
		if (redirected(c))
			return;
		r.reply.err = CTI_CRM_UNSAFE;
		r.why = "redirected to another place";
	}
	if (r.reply.err && !*r.why)
		r.why = c->too_long ? "the reply is longer than 1 MiB"
			: *c->why   ? c->why
				    : curl_easy_strerror(code);
	r.reply.why = r.why;
	r.sent = was_sent(c->easy);
	r.took_ms = (uint32_t)(us / 1000);
	r.reply.status = (unsigned)status;
	r.reply.retry_after_s = retry_after(c->easy);
	r.reply.body = c->body.len ? c->body.data : "";
	r.reply.body_len = c->body.len;
	c->h(&r, c->arg);
	call_free(c);
}

void cti_wire_turn(struct cti_wire *w, uint32_t timeout_ms)
{
	CURLMsg *m;
	int left;

	/* A handle that was just added has a timer that is due, so this does not wait. */
	(void)curl_multi_poll(w->multi, NULL, 0, (int)timeout_ms, NULL);
	(void)curl_multi_perform(w->multi, &left);
	while ((m = curl_multi_info_read(w->multi, &left)) != NULL) {
		struct cti_wire_call *c = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&c);
		ended(c, m->data.result);
	}
}
