/*
 * crmside.c -- see crmside.h.
 */
#include "crmside.h"

#include "backend.h"
#include "crm_kinds.h"
#include "crm_metrics.h"
#include "fetcher.h"

#include <cti/err.h>
#include <cti/log.h>

#include <errno.h>
#include <stdlib.h>

struct cti_crmside {
	const struct cti_config *config; /* borrowed */
	struct cti_crms *crms;           /* owned */
	struct cti_outbox *outbox;       /* owned */
	struct cti_fetcher *fetcher;     /* owned; NULL: no CRM's contacts are fetched */
	struct cti_asker asker;
};

static void on_broken(const char *crm, const char *why, void *arg)
{
	(void)arg;
	cti_log(CTI_LOG_ERROR, "crm", "a CRM does not come up crm=%s why=\"%s\"", crm,
		why);
}

static int start_fetcher(struct cti_crmside *s, const struct cti_config *config)
{
	const struct cti_fetcher_conf conf = { .db_url = config->database.url,
		.crms = config->crms,
		.ncrms = config->ncrms,
		.books = config->books,
		.nbooks = config->nbooks,
		.country = cti_backend_country(config) };
	bool any = false;

	for (size_t i = 0; i < config->ncrms; i++)
		any = any || config->crms[i].sync_s;
	for (size_t i = 0; i < config->nbooks; i++)
		any = any || config->books[i].sync_s;
	return any ? cti_fetcher_start(&s->fetcher, &conf, &s->asker) : 0;
}

int cti_crmside_up(struct cti_crmside **sp, const struct cti_config *config)
{
	const struct cti_crms_conf crms = { .crms = config->crms,
		.ncrms = config->ncrms,
		.ops = cti_crm_kinds,
		.nops = cti_crm_nkinds,
		.broken = on_broken };
	const struct cti_outbox_conf outbox = { .db_url = config->database.url,
		.crms = config->crms,
		.ncrms = config->ncrms,
		.page_url = config->web.call_url,
		.keep_s = config->directory.outbox_keep_s };
	struct cti_crmside *s;
	int err;

	*sp = NULL;
	if (!config->ncrms && !config->nbooks)
		return 0;
	s = calloc(1, sizeof(*s));
	if (!s)
		return ENOMEM;
	s->config = config;
	err = cti_crms_start(&s->crms, &crms);
	s->asker = cti_asker_of(s->crms);
	if (!err)
		err = cti_outbox_start(&s->outbox, &outbox, &s->asker);
	if (!err)
		err = start_fetcher(s, config);
	if (err) {
		cti_log(CTI_LOG_ERROR, "crm", "cannot start error=%s", cti_err_name(err));
		cti_crmside_halt(s);
		cti_crmside_free(s);
		return err;
	}
	*sp = s;
	return 0;
}

void cti_crmside_halt(struct cti_crmside *s)
{
	if (!s)
		return;
	cti_fetcher_stop(s->fetcher);
	s->fetcher = NULL;
	cti_outbox_halt(s->outbox);
	if (s->crms)
		cti_crms_stop(s->crms);
	s->crms = NULL;
}

void cti_crmside_free(struct cti_crmside *s)
{
	if (!s)
		return;
	cti_outbox_free(s->outbox);
	free(s);
}

void cti_crmside_metrics(struct cti_buf *out, void *arg)
{
	struct cti_crmside *s = arg;
	struct cti_outbox_status st;

	if (!s || !s->crms)
		return;
	cti_crm_metrics(out, s->crms, s->config->crms, s->config->ncrms);
	cti_outbox_status(s->outbox, &st);
	cti_outbox_metrics(out, &st);
}

const struct cti_asker *cti_crmside_asker(const struct cti_crmside *s)
{
	return s ? &s->asker : NULL;
}

struct cti_outbox *cti_crmside_outbox(struct cti_crmside *s)
{
	return s ? s->outbox : NULL;
}
