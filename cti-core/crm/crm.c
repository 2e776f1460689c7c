/*
 * crm.c -- words and parts of cti/crm.h.
 */
#include "str.h"

#include <cti/crm.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- words ------------------------------------------------------------------- */

static const struct {
	const char *word, *text;
	bool passes;
} errs[CTI_CRM_ERR_COUNT] = {
	[CTI_CRM_OK] = { "ok", "Done.", false },
	[CTI_CRM_UNSUPPORTED] = { "unsupported", "This CRM cannot do that.", false },
	[CTI_CRM_UNREACHABLE] = { "unreachable", "The CRM cannot be reached.", true },
	[CTI_CRM_TIMEOUT] = { "timeout", "The CRM did not answer in time.", true },
	[CTI_CRM_REFUSED] = { "refused", "The CRM refuses the configured account.",
		true },
	[CTI_CRM_LIMITED] = { "limited", "The CRM accepts no more requests for now.",
		true },
	[CTI_CRM_FAULT] = { "fault", "The CRM has a fault of its own.", true },
	[CTI_CRM_BAD_REPLY] = { "bad-reply", "The CRM's answer was not understood.",
		true },
	[CTI_CRM_REJECTED] = { "rejected", "The CRM does not accept this.", false },
	[CTI_CRM_GONE] = { "gone", "The record is no longer in the CRM.", false },
	[CTI_CRM_PAUSED] = { "paused", "The CRM failed repeatedly and is tried later.",
		true },
	[CTI_CRM_BUSY] = { "busy", "Too much is waiting for the CRM.", true },
	[CTI_CRM_CANCELLED] = { "cancelled", "Cancelled.", true },
	[CTI_CRM_UNSAFE] = { "unsafe", "The request was not safe to send.", false },
	[CTI_CRM_NO_MEMORY] = { "no-memory", "Out of memory.", true },
};

const char *cti_crm_err_word(enum cti_crm_err err)
{
	return err < CTI_CRM_ERR_COUNT ? errs[err].word : "unknown";
}

const char *cti_crm_err_text(enum cti_crm_err err)
{
	return err < CTI_CRM_ERR_COUNT ? errs[err].text : "Unknown.";
}

bool cti_crm_err_passes(enum cti_crm_err err)
{
	return err < CTI_CRM_ERR_COUNT && errs[err].passes;
}

const char *cti_crm_verb_word(enum cti_crm_verb verb)
{
	static const char *const words[CTI_CRM_VERB_COUNT] = {
		[CTI_CRM_LOOKUP] = "lookup",
		[CTI_CRM_LOOKUP_EMAIL] = "lookup-email",
		[CTI_CRM_SEARCH] = "search",
		[CTI_CRM_CREATE] = "create",
		[CTI_CRM_LOG_CALL] = "log-call",
		[CTI_CRM_SYNC] = "sync",
		[CTI_CRM_TEST] = "test",
		[CTI_CRM_AUTHORIZE] = "authorize",
	};

	return verb < CTI_CRM_VERB_COUNT ? words[verb] : "unknown";
}

/* ---- contacts and answers -------------------------------------------------------- */

void cti_crm_contact_reset(struct cti_crm_contact *c)
{
	for (size_t i = 0; i < c->nnumbers; i++) {
		free(c->numbers[i].raw);
		free(c->numbers[i].kind);
	}
	for (size_t i = 0; i < c->nemails; i++)
		free(c->emails[i]);
	free(c->numbers);
	free(c->emails);
	free(c->source);
	free(c->id);
	free(c->type);
	free(c->name);
	free(c->company);
	free(c->title);
	free(c->url);
	free(c->extra);
	*c = (struct cti_crm_contact){ 0 };
}

static bool contact_texts(struct cti_crm_contact *c, const char *source)
{
	char **const texts[] = { &c->id, &c->type, &c->name, &c->company, &c->title,
		&c->url };

	c->source = cti_str_dup(source);
	c->extra = cti_str_dup("{}");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		*texts[i] = cti_str_dup("");
		if (!*texts[i])
			return false;
	}
	return c->source && c->extra;
}

struct cti_crm_contact *cti_crm_answer_add(struct cti_crm_answer *a, const char *source)
{
	struct cti_crm_contact *v, *c;

	if (a->ncontacts >= CTI_CRM_CONTACTS_MAX) {
		a->cut = true;
		return NULL;
	}
	v = reallocarray(a->contacts, a->ncontacts + 1, sizeof(*v));
	if (!v)
		return NULL;
	a->contacts = v;
	c = &v[a->ncontacts];
	*c = (struct cti_crm_contact){ 0 };
	if (!contact_texts(c, source)) {
		cti_crm_contact_reset(c);
		return NULL;
	}
	a->ncontacts++;
	return c;
}

int cti_crm_contact_set(char **field, const char *text)
{
	const size_t len = strlen(text);
	char *clean = malloc(len * 3 + 1); /* an ill-formed byte becomes three */

	if (!clean)
		return ENOMEM;
	(void)cti_str_clean(clean, len * 3 + 1, text, len);
	free(*field);
	*field = clean;
	return 0;
}

int cti_crm_contact_number(struct cti_crm_contact *c, const char *raw, const char *kind)
{
	struct cti_crm_number *v = reallocarray(c->numbers, c->nnumbers + 1, sizeof(*v));
	struct cti_crm_number n = { 0 };

	if (!v)
		return ENOMEM;
	c->numbers = v;
	if (cti_crm_contact_set(&n.raw, raw) || cti_crm_contact_set(&n.kind, kind)) {
		free(n.raw);
		free(n.kind);
		return ENOMEM;
	}
	v[c->nnumbers++] = n;
	return 0;
}

int cti_crm_contact_email(struct cti_crm_contact *c, const char *email)
{
	char **v = reallocarray(c->emails, c->nemails + 1, sizeof(*v));
	char *clean = NULL;

	if (!v)
		return ENOMEM;
	c->emails = v;
	if (cti_crm_contact_set(&clean, email))
		return ENOMEM;
	v[c->nemails++] = clean;
	return 0;
}

void cti_crm_answer_fail(
	struct cti_crm_answer *a, enum cti_crm_err err, const char *fmt, ...)
{
	char text[sizeof(a->detail)];
	va_list ap;

	if (a->err)
		return;
	a->err = err;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)cti_str_clean(a->detail, sizeof(a->detail), text, strlen(text));
}

void cti_crm_answer_free(struct cti_crm_answer *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->ncontacts; i++)
		cti_crm_contact_reset(&a->contacts[i]);
	free(a->contacts);
	free(a->record_id);
	free(a->cursor);
	if (a->secret)
		explicit_bzero(a->secret, strlen(a->secret));
	free(a->secret);
	free(a);
}

/* ---- requests ---------------------------------------------------------------------- */

static bool header_is_ours(const char *name)
{
	static const char *const ours[] = { "Host", "Content-Length", "Transfer-Encoding",
		"Connection", "Upgrade", "TE", "Trailer", "Expect" };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (strcasecmp(name, ours[i]) == 0)
			return true;
	}
	return false;
}

/* RFC 9110 section 5.1: a token. */
static bool header_name_ok(const char *name)
{
	return *name &&
	       strspn(name, "!#$%&'*+-.^_`|~0123456789"
			    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") ==
		       strlen(name);
}

int cti_http_request_header(
	struct cti_http_request *r, const char *name, const char *value)
{
	struct cti_http_header h, *v;

	if (!header_name_ok(name) || header_is_ours(name) || strpbrk(value, "\r\n"))
		return EINVAL;
	v = reallocarray(r->headers, r->nheaders + 1, sizeof(*v));
	if (!v)
		return ENOMEM;
	r->headers = v;
	h = (struct cti_http_header){ cti_str_dup(name), cti_str_dup(value) };
	if (!h.name || !h.value) {
		free(h.name);
		free(h.value);
		return ENOMEM;
	}
	v[r->nheaders++] = h;
	return 0;
}

void cti_http_request_reset(struct cti_http_request *r)
{
	for (size_t i = 0; i < r->nheaders; i++) {
		explicit_bzero(r->headers[i].value, strlen(r->headers[i].value));
		free(r->headers[i].name);
		free(r->headers[i].value);
	}
	if (r->body)
		explicit_bzero(r->body, r->body_len);
	free(r->headers);
	free(r->url);
	free(r->body);
	*r = (struct cti_http_request){ 0 };
}
