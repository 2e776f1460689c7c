/*
 * ldap.c -- people in an LDAP directory. The only file that names libldap.
 *
 * Read-only: a simple bind and one search in pages (RFC 2696). A password goes over TLS
 * alone, ldaps or StartTLS; plain to this machine's own addresses. No referral is
 * followed: it would carry the password to another host.
 */
#include "book.h"

#include "str.h"

#include <errno.h>
#include <ldap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PAGE = 500, CONNECT_S = 5, ANSWER_S = 60, LOOK_MS = 200, TEXT_BYTES = 512 };

static const char default_filter[] = "(|(telephoneNumber=*)(mobile=*)(homePhone=*))";

/* The first attribute of a column that an entry has counts. */
static const struct {
	const char *attr;
	enum cti_column column;
	const char *label; /* of numbers */
} attrs[] = {
	{ "entryUUID", CTI_COL_ID, NULL },
	{ "displayName", CTI_COL_NAME, NULL },
	{ "cn", CTI_COL_NAME, NULL },
	{ "sn", CTI_COL_LAST, NULL },
	{ "givenName", CTI_COL_FIRST, NULL },
	{ "msDS-PhoneticDisplayName", CTI_COL_KANA, NULL },
	{ "company", CTI_COL_COMPANY, NULL },
	{ "o", CTI_COL_COMPANY, NULL },
	{ "department", CTI_COL_DEPARTMENT, NULL },
	{ "ou", CTI_COL_DEPARTMENT, NULL },
	{ "title", CTI_COL_TITLE, NULL },
	{ "mail", CTI_COL_EMAIL, NULL },
	{ "labeledURI", CTI_COL_URL, NULL },
	{ "telephoneNumber", CTI_COL_NUMBER, "phone" },
	{ "otherTelephone", CTI_COL_NUMBER, "phone" },
	{ "mobile", CTI_COL_NUMBER, "mobile" },
	{ "otherMobile", CTI_COL_NUMBER, "mobile" },
	{ "homePhone", CTI_COL_NUMBER, "home" },
	{ "facsimileTelephoneNumber", CTI_COL_NUMBER, "fax" },
};
enum { ATTRS = sizeof(attrs) / sizeof(attrs[0]) };

struct reader {
	LDAP *ld;
	const struct cti_book_conf *book;
	int stop_fd;
	cti_entry_h *h;
	void *arg;
	char *why;
	uint64_t n; /* of entries, told as lines */
};

static int fail(struct reader *r, const char *what, int rc, const char *remedy)
{
	(void)snprintf(r->why, CTI_BOOK_WHY_BYTES, "%s: %.120s; %s", what,
		ldap_err2string(rc), remedy);
	return rc == LDAP_NO_MEMORY ? ENOMEM : EPROTO;
}

/* ---- the connection ----------------------------------------------------------------- */

static bool on_this_machine(const LDAPURLDesc *url)
{
	return strcmp(url->lud_scheme, "ldapi") == 0 ||
	       (url->lud_host && (strcmp(url->lud_host, "localhost") == 0 ||
					 strncmp(url->lud_host, "127.", 4) == 0 ||
					 strcmp(url->lud_host, "::1") == 0));
}

static int set_options(struct reader *r)
{
	const struct timeval connect = { .tv_sec = CONNECT_S };
	const int version = LDAP_VERSION3, demand = LDAP_OPT_X_TLS_DEMAND, client = 0;
	const int tls12 = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
	const struct {
		int option;
		const void *value;
	} options[] = {
		{ LDAP_OPT_PROTOCOL_VERSION, &version },
		{ LDAP_OPT_REFERRALS, LDAP_OPT_OFF },
		{ LDAP_OPT_NETWORK_TIMEOUT, &connect },
		{ LDAP_OPT_TIMEOUT, &connect }, /* StartTLS and bind */
		{ LDAP_OPT_X_TLS_REQUIRE_CERT, &demand },
		{ LDAP_OPT_X_TLS_PROTOCOL_MIN, &tls12 },
		{ LDAP_OPT_X_TLS_CACERTFILE, r->book->tls_ca },
		{ LDAP_OPT_X_TLS_NEWCTX, &client }, /* last: what was set counts now */
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		int rc;

		if (!options[i].value)
			continue;
		rc = ldap_set_option(r->ld, options[i].option, options[i].value);
		if (rc != LDAP_OPT_SUCCESS)
			return fail(r, "LDAP", LDAP_LOCAL_ERROR, "look at tls_ca");
	}
	return 0;
}

static int start_tls(struct reader *r)
{
	LDAPURLDesc *url = NULL;
	bool needed;
	int rc = ldap_url_parse(r->book->url, &url);

	if (rc != LDAP_URL_SUCCESS)
		return fail(r, "the url", LDAP_PARAM_ERROR, "write ldaps://host");
	needed = strcmp(url->lud_scheme, "ldap") == 0 && !on_this_machine(url);
	ldap_free_urldesc(url);
	if (!needed)
		return 0;
	rc = ldap_start_tls_s(r->ld, NULL, NULL);
	return rc == LDAP_SUCCESS ? 0
				  : fail(r, "no TLS with the server", rc,
					    "look at its certificate, and at tls_ca");
}

static int bind_as_user(struct reader *r)
{
	const char *password =
		r->book->user && r->book->password ? r->book->password : "";
	struct berval secret = { .bv_val = (char *)(uintptr_t)password,
		.bv_len = strlen(password) };
	const int rc = ldap_sasl_bind_s(r->ld, r->book->user ? r->book->user : "",
		LDAP_SASL_SIMPLE, &secret, NULL, NULL, NULL);

	if (rc == LDAP_SUCCESS)
		return 0;
	if (rc == LDAP_SERVER_DOWN || rc == LDAP_CONNECT_ERROR || rc == LDAP_TIMEOUT)
		return fail(r, "the server cannot be reached", rc,
			"look at url, name service, firewall and certificate");
	return fail(r, "the server refuses the account", rc, "look at user and password");
}

/* ---- entries ------------------------------------------------------------------------- */

/* Texts of one entry: of columns, then of numbers. */
struct texts {
	char field[CTI_COLUMNS][TEXT_BYTES];
	char number[CTI_ENTRY_NUMBERS_MAX][128];
};

static void take_value(
	struct cti_entry *e, struct texts *t, size_t attr, const struct berval *value)
{
	const enum cti_column column = attrs[attr].column;

	if (column == CTI_COL_NUMBER) {
		if (e->nnumbers == CTI_ENTRY_NUMBERS_MAX)
			return;
		(void)cti_str_clean(t->number[e->nnumbers], sizeof(t->number[0]),
			value->bv_val, value->bv_len);
		e->numbers[e->nnumbers].text = t->number[e->nnumbers];
		e->numbers[e->nnumbers++].label = attrs[attr].label;
	} else if (!e->fields[column]) {
		(void)cti_str_clean(
			t->field[column], TEXT_BYTES, value->bv_val, value->bv_len);
		e->fields[column] = t->field[column];
	}
}

static int take_entry(struct reader *r, LDAPMessage *m)
{
	struct cti_entry e = { .line = ++r->n };
	struct texts t;
	char *dn;
	int err;

	for (size_t i = 0; i < ATTRS; i++) {
		struct berval **v = ldap_get_values_len(r->ld, m, attrs[i].attr);

		for (size_t k = 0; v && v[k]; k++)
			take_value(&e, &t, i, v[k]);
		ldap_value_free_len(v);
	}
	dn = ldap_get_dn(r->ld, m);
	if (dn && !e.fields[CTI_COL_ID])
		e.fields[CTI_COL_ID] = dn;
	err = r->h(&e, r->arg);
	ldap_memfree(dn);
	return err;
}

/* ---- the search ------------------------------------------------------------------------ */

static int send_search(struct reader *r, struct berval *cookie, int *idp)
{
	char *names[ATTRS + 1];
	LDAPControl *page = NULL;
	LDAPControl *controls[2] = { NULL, NULL };
	const char *filter = r->book->filter ? r->book->filter : default_filter;
	int rc = ldap_create_page_control(r->ld, PAGE, cookie, 0, &page);

	for (size_t i = 0; i < ATTRS; i++)
		names[i] = (char *)(uintptr_t)attrs[i].attr;
	names[ATTRS] = NULL;
	controls[0] = page;
	if (rc == LDAP_SUCCESS)
		rc = ldap_search_ext(r->ld, r->book->base, LDAP_SCOPE_SUBTREE, filter,
			names, 0, controls, NULL, NULL, LDAP_NO_LIMIT, idp);
	ldap_control_free(page);
	return rc == LDAP_SUCCESS ? 0 : fail(r, "the search", rc, "look at filter");
}

static int wait_answer(struct reader *r, int id, LDAPMessage **mp)
{
	struct pollfd stop = { .fd = r->stop_fd, .events = POLLIN };

	for (int waited_ms = 0; waited_ms < ANSWER_S * 1000; waited_ms += LOOK_MS) {
		struct timeval look = { .tv_usec = LOOK_MS * 1000 };
		const int rc = ldap_result(r->ld, id, LDAP_MSG_ALL, &look, mp);

		if (rc > 0)
			return 0;
		if (rc < 0)
			return fail(r, "the search", LDAP_SERVER_DOWN,
				"look at the server's log");
		if (poll(&stop, 1, 0) > 0)
			return ECANCELED;
	}
	return fail(r, "the search", LDAP_TIMEOUT, "is base indexed for filter?");
}

/* The result at the end of a page; cookie: of the next, empty after the last. */
static int end_page(struct reader *r, LDAPMessage *answer, struct berval *cookie)
{
	LDAPControl **controls = NULL, *page;
	int code = LDAP_SUCCESS;
	ber_int_t total;
	int rc = ldap_parse_result(r->ld, answer, &code, NULL, NULL, NULL, &controls, 0);

	ber_memfree(cookie->bv_val);
	*cookie = (struct berval){ 0 };
	page = rc == LDAP_SUCCESS
		       ? ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL)
		       : NULL;
	if (page)
		rc = ldap_parse_pageresponse_control(r->ld, page, &total, cookie);
	ldap_controls_free(controls);
	if (rc == LDAP_SUCCESS)
		rc = code;
	if (rc == LDAP_NO_SUCH_OBJECT)
		return fail(r, "the search", rc, "look at base");
	return rc == LDAP_SUCCESS
		       ? 0
		       : fail(r, "the search", rc, "look at base, filter and rights");
}

static int read_page(struct reader *r, struct berval *cookie)
{
	LDAPMessage *answer = NULL;
	int id = 0;
	int err = send_search(r, cookie, &id);

	if (!err)
		err = wait_answer(r, id, &answer);
	for (LDAPMessage *m = err ? NULL : ldap_first_entry(r->ld, answer); m && !err;
		m = ldap_next_entry(r->ld, m))
		err = take_entry(r, m);
	if (!err)
		err = end_page(r, answer, cookie);
	(void)ldap_msgfree(answer);
	return err;
}

int cti_ldap_read(const struct cti_book_conf *book, int stop_fd, cti_entry_h *h,
	void *arg, char why[CTI_BOOK_WHY_BYTES])
{
	struct reader r = {
		.book = book, .stop_fd = stop_fd, .h = h, .arg = arg, .why = why
	};
	struct berval cookie = { 0 };
	int err;
	int rc = ldap_initialize(&r.ld, book->url);

	if (rc != LDAP_SUCCESS)
		return fail(&r, "the url", rc, "write ldaps://host");
	err = set_options(&r);
	if (!err)
		err = start_tls(&r);
	if (!err)
		err = bind_as_user(&r);
	while (!err) {
		err = read_page(&r, &cookie);
		if (!cookie.bv_len)
			break;
	}
	ber_memfree(cookie.bv_val);
	(void)ldap_unbind_ext_s(r.ld, NULL, NULL);
	return err;
}
