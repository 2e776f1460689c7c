/*
 * carddav.c -- an address book by CardDAV (RFC 6352): one addressbook-query for all its
 * cards, read as they come. libcurl's easy interface: the caller may wait.
 */
#include "book.h"

#include "dav.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { CONNECT_MS = 5000, SLOW_S = 60 };

/* All that has a name; photos stay where they are, if the server can leave them out. */
static const char query[] =
	"<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	"<C:addressbook-query xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:carddav\">"
	"<D:prop><C:address-data><C:prop name=\"VERSION\"/><C:prop name=\"UID\"/>"
	"<C:prop name=\"FN\"/><C:prop name=\"N\"/><C:prop name=\"ORG\"/><C:prop name=\"TITLE\"/>"
	"<C:prop name=\"TEL\"/><C:prop name=\"EMAIL\"/><C:prop name=\"URL\"/><C:prop name=\"NOTE\"/>"
	"<C:prop name=\"SORT-STRING\"/><C:prop name=\"X-PHONETIC-FIRST-NAME\"/>"
	"<C:prop name=\"X-PHONETIC-LAST-NAME\"/></C:address-data></D:prop>"
	"<C:filter><C:prop-filter name=\"FN\"/></C:filter></C:addressbook-query>";

struct reader {
	CURL *curl;
	struct cti_dav *dav;
	int stop_fd;
	int err; /* of the cards */
	long status;
	char text[CURL_ERROR_SIZE];
	char *why;
};

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct reader *r = arg;

	(void)curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &r->status);
	if (r->status == 207)
		r->err = cti_dav_feed(r->dav, data, size * n, false);
	return r->err ? 0 : size * n;
}

static int on_progress(void *arg, curl_off_t dltotal, curl_off_t dlnow,
	curl_off_t ultotal, curl_off_t ulnow)
{
	const struct reader *r = arg;
	struct pollfd stop = { .fd = r->stop_fd, .events = POLLIN };

	(void)dltotal;
	(void)dlnow;
	(void)ultotal;
	(void)ulnow;
	return poll(&stop, 1, 0) > 0;
}

/* The account goes to this host alone: no redirect is followed. */
static CURLcode set_options(
	struct reader *r, const struct cti_book_conf *book, struct curl_slist *headers)
{
	const struct {
		CURLoption option;
		long value;
	} longs[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_NOPROGRESS, 0 },
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS },
		{ CURLOPT_LOW_SPEED_LIMIT, 1 },
		{ CURLOPT_LOW_SPEED_TIME, SLOW_S },
		{ CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC },
		{ CURLOPT_POSTFIELDSIZE, (long)sizeof(query) - 1 },
	};
	const struct {
		CURLoption option;
		const char *value; /* NULL: not set */
	} texts[] = {
		{ CURLOPT_URL, book->url },
		{ CURLOPT_PROTOCOLS_STR, "http,https" },
		{ CURLOPT_CUSTOMREQUEST, "REPORT" },
		{ CURLOPT_POSTFIELDS, query },
		{ CURLOPT_USERNAME, book->user },
		{ CURLOPT_PASSWORD, book->password },
		{ CURLOPT_CAINFO, book->tls_ca },
		{ CURLOPT_USERAGENT, "ringbridge" },
	};
	CURL *e = r->curl;
	CURLcode code = curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);

	for (size_t i = 0; !code && i < sizeof(longs) / sizeof(longs[0]); i++)
		code = curl_easy_setopt(e, longs[i].option, longs[i].value);
	for (size_t i = 0; !code && i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].value)
			code = curl_easy_setopt(e, texts[i].option, texts[i].value);
	}
	if (!code)
		code = curl_easy_setopt(e, CURLOPT_ERRORBUFFER, r->text);
	if (!code)
		code = curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	if (!code)
		code = curl_easy_setopt(e, CURLOPT_WRITEDATA, r);
	if (!code)
		code = curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, on_progress);
	if (!code)
		code = curl_easy_setopt(e, CURLOPT_XFERINFODATA, r);
	return code;
}

static int say(struct reader *r, const char *what)
{
	(void)snprintf(r->why, CTI_BOOK_WHY_BYTES, "%s", what);
	return EPROTO;
}

static int judge(struct reader *r, CURLcode code)
{
	if (r->err == EBADMSG) {
		(void)snprintf(r->why, CTI_BOOK_WHY_BYTES,
			"the answer cannot be read: %s; is url that of an address book?",
			cti_dav_why(r->dav));
		return EPROTO;
	}
	if (r->err)
		return r->err;
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return ECANCELED;
	if (code) {
		(void)snprintf(r->why, CTI_BOOK_WHY_BYTES,
			"%.200s; look at url, name service, firewall and certificate",
			*r->text ? r->text : curl_easy_strerror(code));
		return code == CURLE_OUT_OF_MEMORY ? ENOMEM : EPROTO;
	}
	if (r->status == 401 || r->status == 403)
		return say(
			r, "the server refuses the account; look at user and password");
	if (r->status == 404 || r->status == 405)
		return say(r, "there is no address book at url; write the address of the "
			      "collection itself");
	if (r->status >= 300 && r->status < 400)
		return say(
			r, "the address book is elsewhere; write its new address as url");
	(void)snprintf(r->why, CTI_BOOK_WHY_BYTES,
		"HTTP status %ld; see the server's log", r->status);
	return EPROTO;
}

static int fetch(struct reader *r)
{
	const CURLcode code = curl_easy_perform(r->curl);

	(void)curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &r->status);
	if (!code && r->status == 207)
		r->err = cti_dav_feed(r->dav, "", 0, true);
	return !code && r->status == 207 && !r->err ? 0 : judge(r, code);
}

int cti_carddav_read(const struct cti_book_conf *book, int stop_fd, cti_entry_h *h,
	void *arg, char why[CTI_BOOK_WHY_BYTES])
{
	static const char *const lines[] = {
		"Content-Type: application/xml; charset=utf-8", "Depth: 1", "Expect:"
	};
	struct reader r = { .stop_fd = stop_fd, .why = why };
	struct curl_slist *headers = NULL;
	int err = cti_dav_alloc(&r.dav, h, arg);

	for (size_t i = 0; !err && i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct curl_slist *more = curl_slist_append(headers, lines[i]);

		err = more ? 0 : ENOMEM;
		headers = more ? more : headers;
	}
	r.curl = err ? NULL : curl_easy_init();
	if (!err && (!r.curl || set_options(&r, book, headers)))
		err = ENOMEM;
	if (!err)
		err = fetch(&r);
	curl_easy_cleanup(r.curl);
	curl_slist_free_all(headers);
	cti_dav_free(r.dav);
	return err;
}
