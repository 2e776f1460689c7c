/*
 * body.c -- a scenario's Request element to the request that is sent.
 */
#include "engine.h"

#include "json.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Evaluates text into out; false: told. */
static bool eval(
	struct cti_crm_task *t, const char *text, unsigned passes, struct cti_mtext *out)
{
	struct cti_expr x;

	cti_task_expr(t, &x);
	cti_expr_text(&x, text, passes, out);
	if (out->text.err || out->origin.err) {
		cti_task_fail(
			t, CTI_CRM_UNSAFE, "a text of the template became too long");
		return false;
	}
	return true;
}

/* ---- URL ---------------------------------------------------------------------- */

/* Made legal as .NET does it: %XX stays, and so do + & # ? = wherever they are from. */
char *cti_url_encode(const struct cti_mtext *url)
{
	const char *s = cti_mtext_str(url);
	struct cti_buf out = { 0 };

	for (size_t i = 0; i < url->text.len; i++) {
		const unsigned char c = (unsigned char)s[i];

		if (isalnum(c) || (c && strchr("-._~:/?#@!$&'()*+,;=", c)) ||
			(c == '%' && isxdigit((unsigned char)s[i + 1]) &&
				isxdigit((unsigned char)s[i + 2])))
			cti_buf_add(&out, &s[i], 1);
		else
			cti_buf_printf(&out, "%%%02X", c);
	}
	return cti_buf_take(&out);
}

/* Where the authority ends: at the path, query, fragment, or the end. */
static size_t authority_end(const char *url)
{
	const char *s = strstr(url, "://");

	if (!s || (strncasecmp(url, "https://", 8) != 0 &&
			  strncasecmp(url, "http://", 7) != 0))
		return 0;
	return (size_t)(s - url) + 3 + strcspn(s + 3, "/?#\\");
}

static bool from_outside(enum cti_origin o)
{
	return o == CTI_ORIGIN_CALL || o == CTI_ORIGIN_REPLY;
}

/* "/../" that somebody outside has a part in would lead to another resource. */
static bool climbs(const struct cti_mtext *url, size_t from)
{
	const char *s = cti_mtext_str(url);
	const size_t end = from + strcspn(s + from, "?#");

	for (size_t i = from, n; i < end; i += n + 1) {
		n = strcspn(s + i, "/?#");
		if (n > 2 || n == 0 || strspn(s + i, ".") < n)
			continue;
		for (size_t k = i; k < i + n; k++) {
			if (from_outside((enum cti_origin)url->origin.data[k]))
				return true;
		}
	}
	return false;
}

static const char *url_wrong(const struct cti_mtext *url)
{
	const char *s = cti_mtext_str(url);
	const size_t end = authority_end(s);

	if (!end)
		return "a URL must begin with https:// or http://";
	for (size_t i = 0; i < url->text.len; i++) {
		const unsigned char c = (unsigned char)s[i];

		if (c < 0x20 || c == 0x7f)
			return "there is a control character in the URL";
		if (i < end && from_outside((enum cti_origin)url->origin.data[i]))
			return "the URL's host would come from a call or a record";
	}
	return climbs(url, end) ? "a call or a record would change the URL's path" : NULL;
}

static bool build_url(
	struct cti_crm_task *t, const struct cti_frame *f, struct cti_http_request *req)
{
	struct cti_mtext url = { 0 };
	const char *wrong = NULL;

	if (eval(t, f->s->url, 1, &url)) {
		wrong = url_wrong(&url);
		if (wrong)
			cti_task_fail(t, CTI_CRM_UNSAFE, "scenario \"%s\" (line %u): %s",
				f->s->id, f->s->line, wrong);
		else
			req->url = cti_url_encode(&url);
	}
	cti_mtext_reset(&url);
	return req->url != NULL;
}

/* ---- headers -------------------------------------------------------------------- */

static bool has_header(const struct cti_http_request *req, const char *name)
{
	for (size_t i = 0; i < req->nheaders; i++) {
		if (strcasecmp(req->headers[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool add_header(struct cti_crm_task *t, struct cti_http_request *req,
	const char *name, const char *value)
{
	const int err = cti_http_request_header(req, name, value);

	if (err == EINVAL)
		cti_task_fail(t, CTI_CRM_UNSAFE,
			"the header %.40s cannot be sent: reserved, or a line break is in it",
			name);
	else if (err)
		cti_task_fail(t, CTI_CRM_NO_MEMORY, "out of memory");
	return !err;
}

static bool wanted(struct cti_crm_task *t, const struct cti_tmpl_value *v)
{
	return cti_task_true(t, v->cond_if, true) &&
	       !cti_task_true(t, v->cond_skip, false);
}

static bool own_headers(
	struct cti_crm_task *t, const struct cti_frame *f, struct cti_http_request *req)
{
	for (size_t i = 0; i < f->s->nheaders; i++) {
		const struct cti_tmpl_value *h = &f->s->headers[i];
		char *value;
		bool ok;

		if (!wanted(t, h))
			continue;
		value = cti_task_text(t, h->text, h->passes);
		ok = value && add_header(t, req, h->key, value);
		free(value);
		if (!ok)
			return false;
	}
	return true;
}

static void base64(struct cti_buf *out, const char *s, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		const size_t n = len - i < 3 ? len - i : 3;
		unsigned bits = 0;
		char quad[4];

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (k < n ? (unsigned char)s[i + k] : 0u);
		for (size_t k = 0; k < 4; k++)
			quad[k] = k <= n ? digits[bits >> (18 - 6 * k) & 63u] : '=';
		cti_buf_add(out, quad, 4);
	}
}

static bool basic(struct cti_crm_task *t, struct cti_http_request *req)
{
	char *plain = cti_task_text(t, t->c->t->auth_value, 1);
	struct cti_buf value = { 0 };
	bool ok = false;

	if (!plain)
		return false;
	cti_buf_str(&value, "Basic ");
	base64(&value, plain, strlen(plain));
	if (!value.err)
		ok = add_header(t, req, "Authorization", value.data);
	explicit_bzero(plain, strlen(plain));
	free(plain);
	cti_buf_reset(&value);
	return ok;
}

/* What the log-in says, unless the request has a header of its own. */
static bool auth_headers(
	struct cti_crm_task *t, const struct cti_frame *f, struct cti_http_request *req)
{
	const struct cti_vars *headers = &t->c->auth.headers;

	if (t->c->t->auth == CTI_TMPL_BASIC && !has_header(req, "Authorization"))
		return basic(t, req);
	if (t->c->t->auth != CTI_TMPL_SCENARIO || f->auth)
		return true;
	for (size_t i = 0; i < headers->n; i++) {
		if (!has_header(req, headers->v[i].name) &&
			!add_header(t, req, headers->v[i].name,
				cti_mtext_str(&headers->v[i].value.text)))
			return false;
	}
	return true;
}

/* ---- JSON body -------------------------------------------------------------------- */

static void json_value(struct cti_crm_task *t, struct cti_jsonw *w, const char *key,
	const struct cti_tmpl_value *v);

/* An Integer without digits and a Double that is none are left out. */
static void json_leaf(struct cti_crm_task *t, struct cti_jsonw *w, const char *key,
	const struct cti_tmpl_value *v)
{
	char *text = cti_task_text(t, v->text, v->passes);
	char *end = text;

	if (!text)
		return;
	if (cti_str_ieq(v->type, "Integer")) {
		const double d = strtod(text, &end);

		if (end != text && d > -9e15 && d < 9e15)
			cti_jsonw_int(w, key, (int64_t)d);
	} else if (cti_str_ieq(v->type, "Double")) {
		const double d = strtod(text, &end);

		if (end != text)
			cti_jsonw_double(w, key, d);
	} else if (cti_str_ieq(v->type, "Boolean")) {
		cti_jsonw_bool(
			w, key, cti_str_ieq(text, "true") || strcmp(text, "1") == 0);
	} else {
		cti_jsonw_str(w, key, text);
	}
	free(text);
}

/* Later ones of the same key replace: does one of those behind i count? */
static bool replaced(
	struct cti_crm_task *t, const struct cti_tmpl_value *parent, size_t i)
{
	const char *key = parent->children[i].key;

	for (size_t k = i + 1; *key && k < parent->nchildren; k++) {
		if (strcmp(parent->children[k].key, key) == 0 &&
			wanted(t, &parent->children[k]))
			return true;
	}
	return false;
}

static void json_children(
	struct cti_crm_task *t, struct cti_jsonw *w, const struct cti_tmpl_value *parent)
{
	for (size_t i = 0; i < parent->nchildren; i++) {
		const struct cti_tmpl_value *v = &parent->children[i];
		const bool in_array = parent->kind == CTI_TMPL_ARRAY;

		if (wanted(t, v) && (in_array || !replaced(t, parent, i)))
			json_value(t, w, in_array ? NULL : v->key, v);
	}
}

static void json_value(struct cti_crm_task *t, struct cti_jsonw *w, const char *key,
	const struct cti_tmpl_value *v)
{
	switch (v->kind) {
	case CTI_TMPL_VALUE:
		json_leaf(t, w, key, v);
		break;
	case CTI_TMPL_OBJECT:
		cti_jsonw_object(w, key);
		json_children(t, w, v);
		cti_jsonw_end_object(w);
		break;
	case CTI_TMPL_ARRAY:
		cti_jsonw_array(w, key);
		json_children(t, w, v);
		cti_jsonw_end_array(w);
		break;
	}
}

/* ---- other bodies -------------------------------------------------------------------- */

static void form_body(
	struct cti_crm_task *t, struct cti_buf *out, const struct cti_tmpl_value *body)
{
	for (size_t i = 0; i < body->nchildren; i++) {
		const struct cti_tmpl_value *v = &body->children[i];
		char *text;

		if (v->kind != CTI_TMPL_VALUE || !wanted(t, v))
			continue;
		text = cti_task_text(t, v->text, v->passes);
		if (!text)
			return;
		if (out->len)
			cti_buf_str(out, "&");
		cti_percent(out, v->key, strlen(v->key));
		cti_buf_str(out, "=");
		cti_percent(out, text, strlen(text));
		free(text);
	}
}

enum hand { HAND_PLAIN, HAND_JSON, HAND_XML };

static void json_escape(struct cti_buf *out, unsigned char c)
{
	if (c == '"' || c == '\\')
		cti_buf_printf(out, "\\%c", c);
	else if (c < 0x20)
		cti_buf_printf(out, "\\u%04x", c);
	else
		cti_buf_add(out, &c, 1);
}

static void xml_escape(struct cti_buf *out, unsigned char c)
{
	if (c == '&' || c == '<' || c == '>' || c == '"')
		cti_buf_printf(out, "&#%u;", c);
	else
		cti_buf_add(out, &c, 1);
}

/* JSON or XML that was written by hand: what is put into it must not break out. */
static void message_body(
	struct cti_buf *out, const struct cti_mtext *text, enum hand hand)
{
	const char *s = cti_mtext_str(text);

	for (size_t i = 0; i < text->text.len; i++) {
		const bool data = text->origin.data[i] >= CTI_ORIGIN_ADMIN;

		if (data && hand == HAND_JSON)
			json_escape(out, (unsigned char)s[i]);
		else if (data && hand == HAND_XML)
			xml_escape(out, (unsigned char)s[i]);
		else
			cti_buf_add(out, &s[i], 1);
	}
}

static enum hand hand_of(const char *content_type)
{
	if (strcasestr(content_type, "json"))
		return HAND_JSON;
	return strcasestr(content_type, "xml") ? HAND_XML : HAND_PLAIN;
}

static bool build_body(
	struct cti_crm_task *t, const struct cti_frame *f, struct cti_http_request *req)
{
	const bool json = f->s->encoding == CTI_TMPL_BODY_JSON;
	const char *type = *f->s->content_type ? f->s->content_type
			   : json              ? "application/json"
					       : "application/x-www-form-urlencoded";
	struct cti_mtext message = { 0 };
	struct cti_buf out = { 0 };
	struct cti_jsonw w;

	if (*f->s->message) {
		if (!eval(t, f->s->message, f->s->message_passes, &message)) {
			cti_mtext_reset(&message);
			return false;
		}
		message_body(&out, &message, hand_of(type));
		cti_mtext_reset(&message);
	} else if (f->s->body.nchildren && json) {
		cti_jsonw_init(&w, &out);
		json_value(t, &w, NULL, &f->s->body);
	} else if (f->s->body.nchildren) {
		form_body(t, &out, &f->s->body);
	}
	req->body_len = out.len;
	req->body = cti_buf_take(&out);
	if (!req->body)
		cti_task_fail(t, CTI_CRM_NO_MEMORY, "out of memory");
	return req->body && (has_header(req, "Content-Type") ||
				    add_header(t, req, "Content-Type", type));
}

enum cti_crm_err cti_request_build(
	struct cti_crm_task *t, const struct cti_frame *f, struct cti_http_request *req)
{
	req->method = f->s->post ? "POST" : "GET";
	req->changes = f->writes;
	if (build_url(t, f, req) && own_headers(t, f, req) && auth_headers(t, f, req) &&
		(!f->s->post || build_body(t, f, req)))
		return CTI_CRM_OK;
	cti_task_fail(t, CTI_CRM_NO_MEMORY, "out of memory"); /* unless told already */
	cti_http_request_reset(req);
	return t->err;
}
