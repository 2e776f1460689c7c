/*
 * fuzz_crm_rpc.c -- what an Odoo or a Tryton may answer, to the log-in and to every ask.
 */
#include <cti/conf.h>
#include <cti/crm.h>
#include <cti/log.h>

#include <stdlib.h>
#include <string.h>

static void run(const struct cti_crm_ops *ops, enum cti_crm_verb verb, const char *body,
	size_t len)
{
	enum { STEPS = 8 };
	static const struct cti_crm_conf conf = { .name = (char *)"f",
		.url = (char *)"https://x.test",
		.database = (char *)"d",
		.user = (char *)"u",
		.password = (char *)"p",
		.country = (char *)"JP" };
	static const struct cti_crm_contact party = { .id = (char *)"5",
		.type = (char *)"party.party" };
	static const struct cti_crm_contact partner = { .id = (char *)"5",
		.type = (char *)"res.partner" };
	const struct cti_crm_call call = { .key = "0190-fuzz",
		.number = "+81312345678",
		.contact = ops == &cti_crm_odoo ? &partner : &party };
	const struct cti_crm_ask ask = { .verb = verb,
		.number = "+81312345678",
		.email = "a@b",
		.text = "%",
		.call = &call };
	/* A log-in that succeeds, so that the rest is reached. */
	const char *good =
		ops == &cti_crm_odoo ? "{\"result\":7}" : "{\"result\":[1,\"s\"]}";
	struct cti_http_reply reply = {
		.status = 200, .body = good, .body_len = strlen(good)
	};
	const struct cti_http_reply *last = NULL;
	struct cti_crm_answer *a = calloc(1, sizeof(*a));
	struct cti_crm *crm = NULL;
	struct cti_crm_task *t;
	char why[CTI_CRM_WHY_BYTES];

	if (!a || ops->alloc(&crm, &conf, why))
		abort();
	crm->ops = ops;
	crm->name = conf.name;
	t = ops->begin(crm, &ask, a);
	for (int i = 0; t && i < STEPS; i++) {
		struct cti_http_request req = { 0 };
		const enum cti_crm_step step = ops->step(t, last, &req, i);

		cti_http_request_reset(&req);
		if (step != CTI_CRM_STEP_REQUEST)
			break;
		if (i > 0) {
			reply.body = body;
			reply.body_len = len;
		}
		last = &reply;
	}
	if (t)
		ops->end(t);
	ops->free(crm);
	cti_crm_answer_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *body = malloc(size + 1);

	if (!body)
		return 0;
	memcpy(body, data, size);
	body[size] = '\0';
	cti_log_set_level(CTI_LOG_ERROR);
	for (unsigned verb = 0; verb < CTI_CRM_VERB_COUNT; verb++) {
		run(&cti_crm_odoo, (enum cti_crm_verb)verb, body, size);
		run(&cti_crm_tryton, (enum cti_crm_verb)verb, body, size);
	}
	free(body);
	return 0;
}
