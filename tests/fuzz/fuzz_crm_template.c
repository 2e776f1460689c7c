/*
 * fuzz_crm_template.c -- a template from a file that anybody may have written: read it,
 * and run each of its events against a CRM that answers with the rest of the input.
 */
#include "engine.h"

#include <cti/log.h>

#include <stdlib.h>
#include <string.h>

/* All parameters have their defaults; the number and the texts are hostile, too. */
static struct cti_crm_call call = { .key = "0190-fuzz",
	.number = "+81312345678",
	.name = "[Number] \"x\" {{",
	.agent = "201",
	.start_us = 1772413445000000,
	.end_us = 1772413465000000,
	.note = "]]\n[[",
	.transcript = "^^" };

static void run(
	struct cti_http_crm *c, enum cti_crm_verb verb, const char *body, size_t len)
{
	enum { STEPS = 20 };
	const struct cti_crm_ask ask = { .verb = verb,
		.number = "0312345678",
		.email = "a+b@c.example",
		.text = "[x",
		.first = "\"",
		.last = "\\",
		.call = verb == CTI_CRM_LOG_CALL ? &call : NULL,
		.code = "c" };
	struct cti_crm_answer *a = calloc(1, sizeof(*a));
	const struct cti_http_reply reply = {
		.status = 200, .body = body, .body_len = len
	};
	const struct cti_http_reply *last = NULL;
	struct cti_crm_task *t = a ? cti_crm_http.begin(&c->crm, &ask, a) : NULL;

	for (int i = 0; t && i < STEPS; i++) {
		struct cti_http_request req = { 0 };
		const enum cti_crm_step step =
			cti_crm_http.step(t, last, &req, 1772413445000000 + i);

		cti_http_request_reset(&req);
		if (step != CTI_CRM_STEP_REQUEST)
			break;
		last = &reply;
	}
	if (t)
		cti_crm_http.end(t);
	cti_crm_answer_free(a);
}

static void ignore(
	unsigned line, bool warning, const char *what, const char *remedy, void *arg)
{
	(void)line;
	(void)warning;
	(void)what;
	(void)remedy;
	(void)arg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char end[] = "</Crm>";
	const struct cti_crm_conf conf = { .name = (char *)"fuzz",
		.country = (char *)"JP" };
	struct cti_http_crm c = { .crm = { .ops = &cti_crm_http, .name = (char *)"fuzz" },
		.conf = &conf };
	const char *split = memmem(data, size, end, sizeof(end) - 1);
	size_t len =
		split ? (size_t)(split - (const char *)data) + sizeof(end) - 1 : size;
	char *body;

	cti_log_set_level(CTI_LOG_ERROR);
	if (cti_tmpl_parse(&c.t, (const char *)data, len, ignore, NULL))
		return 0;
	body = malloc(size - len + 1);
	if (body) {
		memcpy(body, data + len, size - len);
		body[size - len] = '\0';
		for (unsigned verb = 0; verb < CTI_CRM_VERB_COUNT; verb++)
			run(&c, (enum cti_crm_verb)verb, body, size - len);
	}
	free(body);
	cti_vars_reset(&c.params);
	cti_vars_reset(&c.auth.vars);
	cti_vars_reset(&c.auth.headers);
	cti_tmpl_free(c.t);
	return 0;
}
