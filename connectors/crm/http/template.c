/*
 * template.c -- a template's XML to its structs, with every mistake on the way.
 */
#include "template.h"

#include "str.h"
#include "template_priv.h"
#include "xmltree.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX_BYTES = 1 << 20 };

struct reader {
	struct cti_tmpl *t;
	struct cti_tmpl_teller to;
	bool out_of_memory;
};

void cti_tmpl_tell(struct cti_tmpl_teller *to, unsigned line, bool warning,
	const char *remedy, const char *fmt, ...)
{
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	to->errors += !warning;
	to->h(line, warning, what, remedy, to->arg);
}

/* ---- small readers ------------------------------------------------------------ */

/* A new zeroed element at the end of a list; NULL: no memory. */
static void *grow(struct reader *r, void *listp, size_t *np, size_t size)
{
	void **list = listp;
	char *v = reallocarray(*list, *np + 1, size);

	if (!v) {
		r->out_of_memory = true;
		return NULL;
	}
	*list = v;
	memset(v + *np * size, 0, size);
	return v + (*np)++ * size;
}

static char *copy(struct reader *r, const char *text)
{
	char *s = cti_str_dup(text ? text : "");

	if (!s)
		r->out_of_memory = true;
	return s;
}

static char *attr(struct reader *r, const struct cti_xml_elem *e, const char *name)
{
	return copy(r, cti_xmltree_attr(e, name));
}

/* Without white space at both ends. */
static char *trimmed(struct reader *r, const char *text)
{
	char *s = copy(r, text + strspn(text, " \t\r\n"));
	size_t n = s ? strlen(s) : 0;

	while (n && strchr(" \t\r\n", s[n - 1]))
		s[--n] = '\0';
	return s;
}

static unsigned count(struct reader *r, const struct cti_xml_elem *e, const char *name)
{
	const char *text = cti_xmltree_attr(e, name);

	if (!text || !*text)
		return 0;
	if (strspn(text, "0123456789") != strlen(text) || strlen(text) > 6) {
		cti_tmpl_tell(&r->to, e->line, true, "write digits; 0 is taken",
			"%s=\"%s\" is no number", name, text);
		return 0;
	}
	return (unsigned)strtoul(text, NULL, 10);
}

/* Place of the attribute's word in words, or dflt when it is absent or empty. */
static unsigned word(struct reader *r, const struct cti_xml_elem *e, const char *name,
	const char *const *words, unsigned dflt)
{
	const char *text = cti_xmltree_attr(e, name);
	char remedy[120] = "choose from:";

	if (!text || !*text)
		return dflt;
	for (unsigned i = 0; words[i]; i++) {
		if (cti_str_ieq(words[i], text))
			return i;
		(void)snprintf(remedy + strlen(remedy), sizeof(remedy) - strlen(remedy),
			" %s", words[i]);
	}
	cti_tmpl_tell(
		&r->to, e->line, false, remedy, "%s=\"%s\" is not known", name, text);
	return dflt;
}

/* One warning for each child element and attribute that means nothing here. */
static void only(struct reader *r, const struct cti_xml_elem *e, const char *attrs,
	const char *children)
{
	char name[64];

	for (size_t i = 0; i < e->nattrs; i++) {
		(void)snprintf(name, sizeof(name), " %.60s ", e->attrs[i].name);
		if (!strstr(attrs, name) && !strchr(e->attrs[i].name, ':') &&
			strcmp(e->attrs[i].name, "xmlns") != 0)
			cti_tmpl_tell(&r->to, e->line, true, "it is ignored",
				"<%s> has an attribute %s that means nothing", e->name,
				e->attrs[i].name);
	}
	for (const struct cti_xml_elem *c = e->child; c; c = c->next) {
		(void)snprintf(name, sizeof(name), " %.60s ", c->name);
		if (!strstr(children, name))
			cti_tmpl_tell(&r->to, c->line, true, "it is ignored",
				"<%s> means nothing in <%s>", c->name, e->name);
	}
}

/* ---- requests ------------------------------------------------------------------- */

static void read_value(
	struct reader *r, const struct cti_xml_elem *e, struct cti_tmpl_value *v)
{
	only(r, e, " Key Passes Type If SkipIf Value ",
		strcmp(e->name, "Value") == 0 ? "" : " Value Object Array ");
	v->kind = CTI_TMPL_VALUE;
	v->key = attr(r, e, "Key");
	v->type = attr(r, e, "Type");
	v->cond_if = attr(r, e, "If");
	v->cond_skip = attr(r, e, "SkipIf");
	v->passes = count(r, e, "Passes");
	v->text = copy(r, e->text);
}

static void read_post(
	struct reader *r, const struct cti_xml_elem *e, struct cti_tmpl_value *v)
{
	for (const struct cti_xml_elem *c = e->child; c && !r->out_of_memory;
		c = c->next) {
		const bool object = strcmp(c->name, "Object") == 0;
		const bool array = strcmp(c->name, "Array") == 0;
		struct cti_tmpl_value *child;

		if (!object && !array && strcmp(c->name, "Value") != 0) {
			cti_tmpl_tell(&r->to, c->line, true, "it is ignored",
				"<%s> means nothing in a body", c->name);
			continue;
		}
		child = grow(r, &v->children, &v->nchildren, sizeof(*child));
		if (!child)
			return;
		if (!object && !array) {
			read_value(r, c, child);
			continue;
		}
		read_value(r, c, child);
		child->kind = object ? CTI_TMPL_OBJECT : CTI_TMPL_ARRAY;
		read_post(r, c, child);
	}
}

static void read_body(
	struct reader *r, const struct cti_xml_elem *e, struct cti_tmpl_scenario *s)
{
	const struct cti_xml_elem *post = cti_xmltree_child(e, "PostValues");
	struct cti_tmpl_value only_child;

	s->body.kind = CTI_TMPL_OBJECT;
	if (!post)
		return;
	only(r, post, " Key If SkipIf Passes Type ", " Value Object Array ");
	read_post(r, post, &s->body);
	/* <PostValues><Object Key="">: the object is the body itself. */
	if (s->body.nchildren == 1 && s->body.children[0].kind != CTI_TMPL_VALUE &&
		s->body.children[0].key && !*s->body.children[0].key) {
		only_child = s->body.children[0];
		free(s->body.children);
		s->body = only_child;
	}
}

static void read_request(
	struct reader *r, const struct cti_xml_elem *e, struct cti_tmpl_scenario *s)
{
	static const char *const types[] = { "Get", "Post", NULL };
	static const char *const encodings[] = { "UrlEncoded", "Json", NULL };
	static const char *const formats[] = { "Json", "Xml", "Text", NULL };
	const struct cti_xml_elem *headers = cti_xmltree_child(e, "Headers");

	only(r, e,
		" SkipIf Url MessagePasses Message RequestContentType RequestEncoding "
		"RequestType ResponseType ",
		" Headers PostValues ");
	s->skip_if = attr(r, e, "SkipIf");
	s->url = attr(r, e, "Url");
	s->message = attr(r, e, "Message");
	s->content_type = attr(r, e, "RequestContentType");
	s->message_passes = count(r, e, "MessagePasses");
	if (!cti_xmltree_attr(e, "RequestType"))
		cti_tmpl_tell(&r->to, e->line, false,
			"write RequestType=\"Get\" or \"Post\"",
			"<Request> has no RequestType");
	if (!s->url || !*s->url)
		cti_tmpl_tell(&r->to, e->line, false, "write Url=\"https://...\"",
			"<Request> has no Url");
	s->post = word(r, e, "RequestType", types, 0) == 1;
	s->encoding = (enum cti_tmpl_encoding)word(
		r, e, "RequestEncoding", encodings, CTI_TMPL_FORM);
	s->response =
		(enum cti_tmpl_format)word(r, e, "ResponseType", formats, CTI_TMPL_JSON);
	for (const struct cti_xml_elem *h = cti_xmltree_child(headers, "Value"); h;
		h = cti_xmltree_again(h)) {
		struct cti_tmpl_value *v = grow(r, &s->headers, &s->nheaders, sizeof(*v));

		if (v)
			read_value(r, h, v);
	}
	if (headers)
		only(r, headers, "", " Value ");
	read_body(r, e, s);
}

/* ---- rules, variables, outputs -------------------------------------------------------- */

static void read_rules(struct reader *r, const struct cti_xml_elem *e,
	struct cti_tmpl_rule **listp, size_t *np)
{
	static const char *const kinds[] = { "Any", "Equals", "Number", NULL };

	if (!e)
		return;
	only(r, e, "", " Rule ");
	for (e = cti_xmltree_child(e, "Rule"); e; e = cti_xmltree_again(e)) {
		struct cti_tmpl_rule *rule = grow(r, listp, np, sizeof(*rule));

		if (!rule)
			return;
		only(r, e, " Type Ethalon ", "");
		rule->kind =
			(enum cti_tmpl_rule_kind)word(r, e, "Type", kinds, CTI_TMPL_ANY);
		rule->path = trimmed(r, e->text);
		rule->ethalon = attr(r, e, "Ethalon");
	}
}

static void read_variables(
	struct reader *r, const struct cti_xml_elem *e, struct cti_tmpl_scenario *s)
{
	if (!e)
		return;
	only(r, e, "", " Variable ");
	for (e = cti_xmltree_child(e, "Variable"); e; e = cti_xmltree_again(e)) {
		struct cti_tmpl_variable *v =
			grow(r, &s->variables, &s->nvariables, sizeof(*v));
		const char *path = cti_xmltree_attr(e, "Path");

		if (!v)
			return;
		only(r, e, " Name Path LookupValue ", " Filter ");
		v->name = attr(r, e, "Name");
		v->path = trimmed(r, path && *path ? path : e->text);
		if (v->name && !*v->name)
			cti_tmpl_tell(&r->to, e->line, false, "write Name=\"...\"",
				"<Variable> has no name");
		read_rules(r, cti_xmltree_child(e, "Filter"), &v->filter, &v->nfilter);
	}
}

static void read_outputs(
	struct reader *r, const struct cti_xml_elem *e, struct cti_tmpl_scenario *s)
{
	const char *next = e ? cti_xmltree_attr(e, "Next") : NULL;
	const char *empty = e ? cti_xmltree_attr(e, "AllowEmpty") : NULL;

	s->next = copy(r, next);
	s->allow_empty = empty && cti_str_ieq(empty, "true");
	if (!e)
		return;
	only(r, e, " Next AllowEmpty ", " Output ");
	for (e = cti_xmltree_child(e, "Output"); e; e = cti_xmltree_again(e)) {
		struct cti_tmpl_output *o =
			grow(r, &s->outputs, &s->noutputs, sizeof(*o));

		if (!o)
			return;
		only(r, e, " Type Passes Value ", "");
		o->type = attr(r, e, "Type");
		o->value = attr(r, e, "Value");
		o->passes = count(r, e, "Passes");
	}
}

static void read_scenario(struct reader *r, const struct cti_xml_elem *e)
{
	const struct cti_xml_elem *request = cti_xmltree_child(e, "Request");
	const char *type = cti_xmltree_attr(e, "Type");
	struct cti_tmpl_scenario *s =
		grow(r, &r->t->scenarios, &r->t->nscenarios, sizeof(*s));

	if (!s)
		return;
	s->line = e->line;
	s->next_at = SIZE_MAX;
	s->id = attr(r, e, "Id");
	s->entity_id = attr(r, e, "EntityId");
	s->entity_order = attr(r, e, "EntityOrder");
	if (type && *type && !cti_str_ieq(type, "REST")) {
		cti_tmpl_tell(&r->to, e->line, false,
			"only REST scenarios can be run; reach the database by a web "
			"service, or import its contacts",
			"Type=\"%s\" of scenario \"%s\" is not supported", type, s->id);
	} else if (!request) {
		cti_tmpl_tell(&r->to, e->line, false, "write <Request Url=\"...\">",
			"scenario \"%s\" has no <Request>", s->id);
	}
	only(r, e, " Id Type EntityId EntityOrder ",
		" Request Rules Variables Outputs Query Command ");
	if (request) {
		read_request(r, request, s);
	} else {
		s->skip_if = copy(r, NULL);
		s->url = copy(r, NULL);
		s->message = copy(r, NULL);
		s->content_type = copy(r, NULL);
	}
	read_rules(r, cti_xmltree_child(e, "Rules"), &s->rules, &s->nrules);
	read_variables(r, cti_xmltree_child(e, "Variables"), s);
	read_outputs(r, cti_xmltree_child(e, "Outputs"), s);
}

/* ---- the document -------------------------------------------------------------------------- */

static void read_params(struct reader *r, const struct cti_xml_elem *e)
{
	for (e = cti_xmltree_child(e, "Parameter"); e; e = cti_xmltree_again(e)) {
		struct cti_tmpl_param *p =
			grow(r, &r->t->params, &r->t->nparams, sizeof(*p));

		if (!p)
			return;
		only(r, e,
			" Name Type Parent Editor Title Default ListValues Validation "
			"RequestUrl RequestUrlParameters ResponseScenario ",
			"");
		p->line = e->line;
		p->name = attr(r, e, "Name");
		p->type = attr(r, e, "Type");
		p->dflt = attr(r, e, "Default");
		p->request_url = attr(r, e, "RequestUrl");
		p->request_params = attr(r, e, "RequestUrlParameters");
		p->response_scenario = attr(r, e, "ResponseScenario");
		if (r->out_of_memory)
			return;
		p->secret =
			cti_str_ieq(p->type, "Password") || cti_str_ieq(p->type, "OAuth");
		if (cti_str_ieq(p->type, "Boolean") && !*p->dflt) {
			free(p->dflt);
			p->dflt = copy(r, "False");
		}
		if (!*p->name)
			cti_tmpl_tell(&r->to, e->line, false, "write Name=\"...\"",
				"<Parameter> has no name");
	}
}

static void read_auth(struct reader *r, const struct cti_xml_elem *e)
{
	static const char *const types[] = { "No", "Basic", "Scenario", NULL };
	const struct cti_xml_elem *value = cti_xmltree_child(e, "Value");

	r->t->auth_at = SIZE_MAX;
	if (e)
		only(r, e, " Type ", " Value ");
	if (!e || !cti_xmltree_attr(e, "Type"))
		cti_tmpl_tell(&r->to, e ? e->line : 1, false,
			"write <Authentication Type=\"No\" />, or Basic, or Scenario",
			"there is no <Authentication Type=...>");
	else
		r->t->auth =
			(enum cti_tmpl_auth)word(r, e, "Type", types, CTI_TMPL_NO_AUTH);
	r->t->auth_value = r->t->auth == CTI_TMPL_SCENARIO
				   ? trimmed(r, value ? value->text : "")
				   : copy(r, value ? value->text : "");
	if (r->t->auth == CTI_TMPL_BASIC && r->t->auth_value && !*r->t->auth_value)
		cti_tmpl_tell(&r->to, e->line, false,
			"write <Value>[user]:[password]</Value>",
			"Basic authentication has no <Value>");
}

static void read_number(struct reader *r, const struct cti_xml_elem *e)
{
	static const char *const prefixes[] = { "AsIs", "Off", "Plus", "Zeros", NULL };

	if (!e) {
		r->t->max_length = copy(r, NULL);
		return;
	}
	only(r, e, " Prefix MaxLength ", "");
	r->t->prefix =
		(enum cti_tmpl_prefix)word(r, e, "Prefix", prefixes, CTI_TMPL_AS_IS);
	r->t->max_length = attr(r, e, "MaxLength");
}

static void read_document(struct reader *r, const struct cti_xml_elem *root)
{
	const struct cti_xml_elem *e;

	if (strcmp(root->name, "Crm") != 0) {
		cti_tmpl_tell(&r->to, root->line, false,
			"a template's outermost element is <Crm>",
			"<%s> is no CRM template", root->name);
		return;
	}
	only(r, root,
		" Name Version Country SupportsEmojis SupportsTranscription ListPageSize ",
		" Number Connection Parameters Authentication Scenarios ");
	r->t->name = attr(r, root, "Name");
	read_number(r, cti_xmltree_child(root, "Number"));
	e = cti_xmltree_child(root, "Connection");
	if (e)
		r->t->max_requests = count(r, e, "MaxConcurrentRequests");
	read_params(r, cti_xmltree_child(root, "Parameters"));
	read_auth(r, cti_xmltree_child(root, "Authentication"));
	for (e = cti_xmltree_child(root, "Scenarios"); e; e = cti_xmltree_again(e)) {
		only(r, e, "", " Scenario ");
		for (const struct cti_xml_elem *s = cti_xmltree_child(e, "Scenario"); s;
			s = cti_xmltree_again(s))
			read_scenario(r, s);
	}
	if (!r->t->nscenarios)
		cti_tmpl_tell(&r->to, root->line, false,
			"write <Scenarios> with at least one <Scenario>",
			"the template does nothing: it has no scenario");
}

int cti_tmpl_parse(struct cti_tmpl **tp, const char *text, size_t len,
	cti_tmpl_problem_h *h, void *arg)
{
	struct reader r = { .to = { h, arg, 0 } };
	struct cti_xml_elem *root = NULL;
	char why[CTI_XMLTREE_WHY_BYTES];
	unsigned line;
	int err = cti_xmltree_parse(&root, text, len, &line, why);

	if (err == EBADMSG) {
		cti_tmpl_tell(&r.to, line, false,
			"is the whole file there? open it in an "
			"XML editor",
			"this is not well-formed XML: %s", why);
		return EINVAL;
	}
	if (err)
		return err;
	r.t = calloc(1, sizeof(*r.t));
	if (r.t) {
		read_document(&r, root);
		if (!r.out_of_memory && r.t->nscenarios && r.t->auth_value)
			cti_tmpl_check(r.t, &r.to);
	}
	cti_xmltree_free(root);
	if (!r.t || r.out_of_memory)
		err = ENOMEM;
	else if (r.to.errors)
		err = EINVAL;
	if (err)
		cti_tmpl_free(r.t);
	else
		*tp = r.t;
	return err;
}

int cti_tmpl_load(
	struct cti_tmpl **tp, const char *path, cti_tmpl_problem_h *h, void *arg)
{
	FILE *f = fopen(path, "re");
	char *text = f ? malloc(FILE_MAX_BYTES + 1) : NULL;
	size_t len;
	int err = EINVAL;

	if (!f) {
		h(0, false, "the file cannot be opened",
			"is the path right, and may ringbridge's user read it?", arg);
		return EINVAL;
	}
	if (!text) {
		(void)fclose(f);
		return ENOMEM;
	}
	len = fread(text, 1, FILE_MAX_BYTES + 1, f);
	if (ferror(f))
		h(0, false, "the file cannot be read", "is it a file?", arg);
	else if (len > FILE_MAX_BYTES)
		h(0, false, "the file is too long", "a template has at most 1 MiB", arg);
	else
		err = cti_tmpl_parse(tp, text, len, h, arg);
	(void)fclose(f);
	free(text);
	return err;
}

/* ---- end ------------------------------------------------------------------------------------- */

static void free_value(struct cti_tmpl_value *v)
{
	for (size_t i = 0; i < v->nchildren; i++)
		free_value(&v->children[i]); /* as deep as XML may be */
	free(v->children);
	free(v->key);
	free(v->text);
	free(v->type);
	free(v->cond_if);
	free(v->cond_skip);
}

static void free_rules(struct cti_tmpl_rule *rules, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(rules[i].path);
		free(rules[i].ethalon);
	}
	free(rules);
}

static void free_scenario(struct cti_tmpl_scenario *s)
{
	char *const texts[] = { s->id, s->entity_id, s->entity_order, s->skip_if, s->url,
		s->message, s->content_type, s->next };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	for (size_t i = 0; i < s->nheaders; i++)
		free_value(&s->headers[i]);
	free(s->headers);
	free_value(&s->body);
	free_rules(s->rules, s->nrules);
	for (size_t i = 0; i < s->nvariables; i++) {
		free(s->variables[i].name);
		free(s->variables[i].path);
		free_rules(s->variables[i].filter, s->variables[i].nfilter);
	}
	free(s->variables);
	for (size_t i = 0; i < s->noutputs; i++) {
		free(s->outputs[i].type);
		free(s->outputs[i].value);
	}
	free(s->outputs);
}

void cti_tmpl_free(struct cti_tmpl *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->nparams; i++) {
		struct cti_tmpl_param *p = &t->params[i];

		free(p->name);
		free(p->type);
		free(p->dflt);
		free(p->request_url);
		free(p->request_params);
		free(p->response_scenario);
	}
	for (size_t i = 0; i < t->nscenarios; i++)
		free_scenario(&t->scenarios[i]);
	free(t->params);
	free(t->scenarios);
	free(t->name);
	free(t->max_length);
	free(t->auth_value);
	free(t);
}
