/*
 * results.c -- what a record's Outputs mean: a contact, a log-in, a token.
 */
#include "engine.h"

#include "json.h"

#include <cti/log.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void cti_result_outputs(struct cti_crm_task *t, struct cti_frame *f)
{
	const enum cti_origin origin = f->auth ? CTI_ORIGIN_AUTH : CTI_ORIGIN_REPLY;
	struct cti_vars out = { 0 };
	int err = 0;

	for (size_t i = 0; i < f->s->noutputs && !err; i++) {
		const struct cti_tmpl_output *o = &f->s->outputs[i];
		char *text = cti_task_text(t, o->value, o->passes);
		struct cti_value value = { 0 };

		if (!text)
			err = ENOMEM;
		else if (*text) /* empty: not set; a later one of the type replaces */
			cti_value_set_text(&value, text, strlen(text), origin);
		if (value.kind)
			err = cti_vars_put(&out, o->type, &value);
		free(text);
	}
	cti_vars_reset(&f->outputs);
	f->outputs = out;
	if (err)
		cti_task_fail(t, CTI_CRM_NO_MEMORY, "out of memory");
}

static const char *output(const struct cti_frame *f, const char *type)
{
	const struct cti_value *v = cti_vars_get(&f->outputs, type);

	return v ? cti_mtext_str(&v->text) : "";
}

/* ---- log-in ------------------------------------------------------------------- */

/* Every variable of the log-in and its chain is known afterwards. */
static int keep_variables(struct cti_auth *auth, const struct cti_frame *f)
{
	int err = 0;

	if (f->scope)
		err = keep_variables(auth, f->scope); /* as long as the chain */
	for (size_t i = 0; i < f->vars.n && !err; i++) {
		struct cti_value copy = { 0 };

		err = cti_value_copy(&copy, &f->vars.v[i].value);
		if (!err)
			err = cti_vars_put(&auth->vars, f->vars.v[i].name, &copy);
	}
	return err;
}

static int put_header(
	struct cti_auth *auth, const char *name, const char *a, const char *b)
{
	struct cti_value v = { 0 };

	cti_value_set_text(&v, a, strlen(a), CTI_ORIGIN_AUTH);
	cti_mtext_add(&v.text, b, strlen(b), CTI_ORIGIN_AUTH);
	return cti_vars_put(&auth->headers, name, &v);
}

/* Seconds say some, minutes others: 300 and more are seconds. Renewed at 80 %. */
static int64_t good_until(const char *text, int64_t now_us)
{
	double s = strtod(text, NULL);

	if (!(s > 0))
		return 0;
	if (s < 300)
		s *= 60;
	if (s > 366.0 * 86400)
		s = 366.0 * 86400;
	return now_us + (int64_t)(s * 0.8 * 1e6);
}

static void take_login(struct cti_crm_task *t, const struct cti_frame *f)
{
	struct cti_auth *auth = &t->c->auth;
	const char *name = output(f, "HeaderName");
	int err;

	cti_vars_reset(&auth->headers);
	err = keep_variables(auth, f);
	if (!err && *output(f, "Bearer"))
		err = put_header(auth, "Authorization", "Bearer ", output(f, "Bearer"));
	if (!err && *name)
		err = put_header(auth, name, output(f, "HeaderValue"), "");
	if (err) {
		cti_task_fail(t, CTI_CRM_NO_MEMORY, "out of memory");
		return;
	}
	auth->good = true;
	auth->generation++;
	auth->good_until_us = good_until(output(f, "BearerExpiration"), t->now_us);
}

/* ---- contacts -------------------------------------------------------------------- */

static bool same_contact(const struct cti_crm_contact *c, const char *url)
{
	return *url && strcmp(c->url, url) == 0;
}

/* Han, kana, Hangul: the family name goes first. */
static bool east_asian(const char *s)
{
	uint32_t cp = 0;
	size_t n, len = strlen(s);

	for (; len; s += n, len -= n) {
		n = cti_utf8_next(s, len, &cp);
		if (!n)
			return false;
		if (cp >= 0x2e80 && cp <= 0xffdc)
			return true;
	}
	return false;
}

static int set_name(struct cti_crm_contact *c, const char *first, const char *last)
{
	const bool family_first = east_asian(first) || east_asian(last);
	struct cti_buf name = { 0 };
	int err;

	cti_buf_str(&name, family_first ? last : first);
	if (*first && *last)
		cti_buf_str(&name, " ");
	cti_buf_str(&name, family_first ? first : last);
	err = name.err ? name.err : cti_crm_contact_set(&c->name, name.data);
	cti_buf_reset(&name);
	return err;
}

static int set_url(struct cti_crm_contact *c, const char *url)
{
	if (strncasecmp(url, "https://", 8) != 0 && strncasecmp(url, "http://", 7) != 0)
		return 0;
	return cti_crm_contact_set(&c->url, url);
}

/* PhoneBusiness2 is another number for work. */
static int set_listed(struct cti_crm_contact *c, const char *type, const char *text)
{
	static const struct {
		const char *type, *kind;
	} phones[] = { { "PhoneBusiness", "work" }, { "PhoneMobile", "mobile" },
		{ "PhoneHome", "home" }, { "PhoneOther", "other" },
		{ "FaxBusiness", "fax" }, { "FaxHome", "fax" }, { "Pager", "pager" } };
	const size_t len = strcspn(type, "0123456789");

	for (size_t i = 0; i < sizeof(phones) / sizeof(phones[0]); i++) {
		if (strlen(phones[i].type) == len &&
			strncmp(phones[i].type, type, len) == 0)
			return cti_crm_contact_number(c, text, phones[i].kind);
	}
	return len == 5 && strncmp(type, "Email", 5) == 0 ? cti_crm_contact_email(c, text)
							  : 0;
}

static int set_extra(struct cti_crm_contact *c, const struct cti_vars *outputs)
{
	struct cti_buf json = { 0 };
	struct cti_jsonw w;

	cti_jsonw_init(&w, &json);
	cti_jsonw_object(&w, NULL);
	for (size_t i = 0; i < outputs->n; i++)
		cti_jsonw_str(
			&w, outputs->v[i].name, cti_mtext_str(&outputs->v[i].value.text));
	cti_jsonw_end_object(&w);
	if (json.err)
		return ENOMEM;
	free(c->extra);
	c->extra = cti_buf_take(&json);
	return c->extra ? 0 : ENOMEM;
}

static int fill_contact(struct cti_crm_contact *c, const struct cti_frame *f)
{
	const char *id =
		*output(f, "EntityId") ? output(f, "EntityId") : output(f, "ContactID");
	int err = set_name(c, output(f, "FirstName"), output(f, "LastName"));

	if (!err)
		err = cti_crm_contact_set(&c->id, *id ? id : output(f, "ContactUrl"));
	if (!err)
		err = cti_crm_contact_set(&c->type, output(f, "EntityType"));
	if (!err)
		err = cti_crm_contact_set(&c->company, output(f, "CompanyName"));
	if (!err)
		err = cti_crm_contact_set(&c->title, output(f, "Title"));
	if (!err)
		err = set_url(c, output(f, "ContactUrl"));
	for (size_t i = 0; i < f->outputs.n && !err; i++)
		err = set_listed(c, f->outputs.v[i].name,
			cti_mtext_str(&f->outputs.v[i].value.text));
	return err ? err : set_extra(c, &f->outputs);
}

static void take_contact(struct cti_crm_task *t, const struct cti_frame *f)
{
	struct cti_crm_answer *a = t->answer;
	struct cti_crm_contact *c;

	if (!f->outputs.n)
		return;
	for (size_t i = 0; i < a->ncontacts; i++) {
		if (same_contact(&a->contacts[i], output(f, "ContactUrl")))
			return;
	}
	c = cti_crm_answer_add(a, t->c->crm.name);
	if (!c && a->cut)
		return;
	if (!c || fill_contact(c, f))
		cti_task_fail(t, CTI_CRM_NO_MEMORY, "out of memory");
}

static void keep_text(char **field, const char *text)
{
	if (!*text)
		return;
	free(*field);
	*field = cti_str_dup(text);
}

void cti_result_take(struct cti_crm_task *t, struct cti_frame *f)
{
	if (t->ask->verb == CTI_CRM_AUTHORIZE)
		keep_text(&t->answer->secret, output(f, "Result"));
	else if (f->auth)
		take_login(t, f);
	else if (t->ask->verb == CTI_CRM_LOG_CALL)
		keep_text(&t->answer->record_id, output(f, "EntityId"));
	else
		take_contact(t, f);
}
