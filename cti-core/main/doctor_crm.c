/*
 * doctor_crm.c -- is a CRM there, and what does it say about a number?
 */
#include "asker.h"
#include "crm_kinds.h"
#include "doctor.h"

#include <stdlib.h>
#include <string.h>

enum { BODY_SHOWN_BYTES = 2000, TEST_MS = 10000 };

/* NULL: it could not even be asked. */
static struct cti_crm_answer *ask(
	struct cti_crms *crms, const char *name, const struct cti_crm_ask *a)
{
	const struct cti_asker asker = cti_asker_of(crms);
	struct cti_crm_answer *answer = NULL;

	return cti_asker_wait(&asker, name, a, -1, &answer) ? NULL : answer;
}

static void print_clean(const char *text, size_t most)
{
	char *clean = malloc(most * 3 + 1);
	const size_t len = strlen(text);

	if (!clean)
		return;
	(void)cti_str_clean(clean, most * 3 + 1, text, len < most ? len : most);
	(void)printf("%s%s", clean, len > most ? " ..." : "");
	free(clean);
}

static void on_trace(const struct cti_crms_trace *t, void *arg)
{
	(void)arg;
	if (!t->reply) {
		(void)printf("\n> %s ", t->method);
		print_clean(t->url, BODY_SHOWN_BYTES);
		(void)printf("\n");
		for (size_t i = 0; i < t->nheaders; i++) {
			(void)printf("> %s: ", t->headers[i].name);
			print_clean(t->headers[i].value, BODY_SHOWN_BYTES);
			(void)printf("\n");
		}
	} else if (t->err) {
		(void)printf("< nothing: %s after %u ms (%s)\n", cti_crm_err_word(t->err),
			t->took_ms, t->why);
	} else {
		(void)printf("< status %u after %u ms\n", t->status, t->took_ms);
	}
	if (*t->body) {
		(void)printf("%c ", t->reply ? '<' : '>');
		print_clean(t->body, BODY_SHOWN_BYTES);
		(void)printf("\n");
	}
}

static void print_contact(const struct cti_crm_contact *c)
{
	(void)printf("  %s%s%s\n", c->name, *c->company ? ", " : "", c->company);
	(void)printf("    record %s %s\n", c->type, c->id);
	for (size_t i = 0; i < c->nnumbers; i++)
		(void)printf("    %s %s\n", c->numbers[i].kind, c->numbers[i].raw);
	for (size_t i = 0; i < c->nemails; i++)
		(void)printf("    mail %s\n", c->emails[i]);
	if (*c->url)
		(void)printf("    %s\n", c->url);
}

static int print_answer(const struct cti_crm_answer *a)
{
	(void)printf("\n%s: %zu contact%s, %u request%s, %u ms\n",
		cti_crm_err_word(a->err), a->ncontacts, a->ncontacts == 1 ? "" : "s",
		a->requests, a->requests == 1 ? "" : "s", a->took_ms);
	if (a->err)
		(void)printf("  %s %s\n", cti_crm_err_text(a->err), a->detail);
	if (!a->err && a->secret)
		(void)printf("  logged in; the token is kept in token_dir\n");
	for (size_t i = 0; i < a->ncontacts; i++)
		print_contact(&a->contacts[i]);
	return a->err ? 1 : 0;
}

int cti_doctor_crm_login(
	const struct cti_config *config, const char *name, const char *redirect_uri)
{
	const struct cti_crm_conf *crm = cti_crm_find(config, name);
	char *url = crm ? cti_crm_login_url(crm, redirect_uri) : NULL;

	if (!url) {
		(void)fprintf(stderr,
			"[crm %s] has no log-in page; is its template one with OAuth? see "
			"ringbridge check\n",
			name);
		return 1;
	}
	(void)printf(
		"Open this page, log in, and give the code of the page that follows to\n"
		"ringbridge doctor crm %s --redirect %s --code CODE\n\n%s\n",
		name, redirect_uri, url);
	free(url);
	return 0;
}

int cti_doctor_crm(
	const struct cti_config *config, const char *name, const struct cti_crm_ask *a)
{
	const struct cti_crm_conf *crm = cti_crm_find(config, name);
	const struct cti_crms_conf conf = { .crms = crm,
		.ncrms = 1,
		.ops = cti_crm_kinds,
		.nops = cti_crm_nkinds,
		.trace = on_trace };
	struct cti_crms *crms = NULL;
	struct cti_crm_answer *answer = NULL;
	int err = 1;

	if (!crm) {
		(void)fprintf(stderr, "there is no [crm %s] in %s\n", name, config->path);
		return 1;
	}
	if (cti_crm_check(config, false) || cti_crms_start(&crms, &conf))
		return 1;
	answer = ask(crms, name, a);
	cti_crms_stop(crms);
	if (answer)
		err = print_answer(answer);
	cti_crm_answer_free(answer);
	return err;
}

static const char *remedy(enum cti_crm_err err)
{
	switch ((int)err) {
	case CTI_CRM_REFUSED:
		return "look at the account and its secrets in the CRM's section, and at its "
		       "rights in the CRM";
	case CTI_CRM_UNREACHABLE:
	case CTI_CRM_TIMEOUT:
		return "look at the address, at name service, proxy and firewall";
	case CTI_CRM_UNSUPPORTED:
		return "run ringbridge check: it names the mistake";
	default:
		return "run ringbridge doctor crm NAME --number NUMBER: it shows each request "
		       "and reply";
	}
}

void cti_doctor_crms(struct cti_doctor *d)
{
	const struct cti_crms_conf conf = { .crms = d->config->crms,
		.ncrms = d->config->ncrms,
		.ops = cti_crm_kinds,
		.nops = cti_crm_nkinds };
	const struct cti_crm_ask test = { .verb = CTI_CRM_TEST, .deadline_ms = TEST_MS };
	struct cti_crms *crms = NULL;

	if (!d->config->ncrms || cti_crms_start(&crms, &conf))
		return;
	for (size_t i = 0; i < d->config->ncrms; i++) {
		const char *name = d->config->crms[i].name;
		struct cti_crm_answer *a = ask(crms, name, &test);

		if (a && !a->err)
			cti_doctor_say(d, CTI_FINDING_OK, NULL, "CRM %s answers (%u ms)",
				name, a->took_ms);
		else if (a && a->err == CTI_CRM_GONE)
			cti_doctor_say(d, CTI_FINDING_WARN,
				"many CRMs say so of a number that nobody has; else look at the "
				"address",
				"CRM %s: status 404 to a look-up", name);
		else if (a)
			cti_doctor_say(d, CTI_FINDING_FAIL, remedy(a->err),
				"CRM %s: %s %s", name, cti_crm_err_text(a->err),
				a->detail);
		cti_crm_answer_free(a);
	}
	cti_crms_stop(crms);
}
