/*
 * template.h -- a 3CX server-side CRM template, read and checked.
 *
 * Thread: any; read-only after loading.
 */
#ifndef CTI_CRM_TEMPLATE_H
#define CTI_CRM_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

/* Attributes and texts are owned by the template and never NULL, unless said. */

enum cti_tmpl_post_kind { CTI_TMPL_VALUE, CTI_TMPL_OBJECT, CTI_TMPL_ARRAY };

struct cti_tmpl_value { /* a header, or a part of a body */
	enum cti_tmpl_post_kind kind;
	char *key, *text, *type, *cond_if, *cond_skip;
	unsigned passes;
	struct cti_tmpl_value *children;
	size_t nchildren;
};

enum cti_tmpl_rule_kind { CTI_TMPL_ANY, CTI_TMPL_EQUALS, CTI_TMPL_NUMBER };

struct cti_tmpl_rule {
	enum cti_tmpl_rule_kind kind;
	char *path, *ethalon;
};

struct cti_tmpl_variable {
	char *name, *path;
	struct cti_tmpl_rule *filter;
	size_t nfilter;
};

struct cti_tmpl_output {
	char *type, *value;
	unsigned passes;
};

enum cti_tmpl_format { CTI_TMPL_JSON, CTI_TMPL_XML, CTI_TMPL_TEXT };
enum cti_tmpl_encoding { CTI_TMPL_FORM, CTI_TMPL_BODY_JSON };

struct cti_tmpl_scenario {
	unsigned line;
	char *id, *entity_id, *entity_order;
	char *skip_if, *url, *message, *content_type;
	bool post;
	unsigned message_passes;
	enum cti_tmpl_encoding encoding;
	enum cti_tmpl_format response;
	struct cti_tmpl_value *headers;
	size_t nheaders;
	struct cti_tmpl_value body; /* an OBJECT */
	struct cti_tmpl_rule *rules;
	size_t nrules;
	struct cti_tmpl_variable *variables;
	size_t nvariables;
	struct cti_tmpl_output *outputs;
	size_t noutputs;
	char *next;
	size_t next_at; /* place in scenarios; SIZE_MAX: none */
	bool allow_empty;
};

struct cti_tmpl_param {
	unsigned line;
	char *name, *type, *dflt;
	char *request_url, *request_params, *response_scenario; /* OAuth */
	bool secret;                                            /* Password, OAuth */
};

enum cti_tmpl_prefix { CTI_TMPL_AS_IS, CTI_TMPL_OFF, CTI_TMPL_PLUS, CTI_TMPL_ZEROS };
enum cti_tmpl_auth { CTI_TMPL_NO_AUTH, CTI_TMPL_BASIC, CTI_TMPL_SCENARIO };

struct cti_tmpl {
	char *name;
	enum cti_tmpl_prefix prefix;
	char *max_length;
	unsigned max_requests; /* 0: not said */
	struct cti_tmpl_param *params;
	size_t nparams;
	enum cti_tmpl_auth auth;
	char *auth_value;
	size_t auth_at; /* SCENARIO: place in scenarios */
	struct cti_tmpl_scenario *scenarios;
	size_t nscenarios;
};

/* One mistake. line 0: the file. Warnings do not stop a template. */
typedef void(cti_tmpl_problem_h)(
	unsigned line, bool warning, const char *what, const char *remedy, void *arg);

/* 0 and *tp (owned), EINVAL (h has told why, all of it), ENOMEM. */
int cti_tmpl_parse(struct cti_tmpl **tp, const char *text, size_t len,
	cti_tmpl_problem_h *h, void *arg);
/* From a file of at most 1 MiB; what cannot be read is a mistake of line 0. */
int cti_tmpl_load(
	struct cti_tmpl **tp, const char *path, cti_tmpl_problem_h *h, void *arg);
void cti_tmpl_free(struct cti_tmpl *t);

/* SIZE_MAX if there is none. */
size_t cti_tmpl_find(const struct cti_tmpl *t, const char *id);
const struct cti_tmpl_param *cti_tmpl_param(const struct cti_tmpl *t, const char *name);
/* Does a scenario of this event exist? For ids that are reserved as a prefix, too. */
bool cti_tmpl_has(const struct cti_tmpl *t, const char *event);
/* Whether scenario s begins the event. */
bool cti_tmpl_belongs(
	const struct cti_tmpl *t, const struct cti_tmpl_scenario *s, const char *event);
/* Is text written anywhere in the scenarios that an event can reach? */
bool cti_tmpl_uses(const struct cti_tmpl *t, const char *event, const char *text);

#endif
