/*
 * cmd_import.c -- ringbridge import: contacts of a file, a CRM or an address book.
 */
#include "asker.h"
#include "backend.h"
#include "book.h"
#include "cmd.h"
#include "crm_kinds.h"
#include "directory.h"
#include "sync.h"

#include <cti/err.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { BAD_ROWS_SHOWN = 50 };

static void on_progress(const struct cti_import_progress *p, void *arg)
{
	(void)arg;
	cti_progress("%llu %%, %llu rows",
		p->bytes_total
			? (unsigned long long)(p->bytes_done * 100 / p->bytes_total)
			: 0ULL,
		(unsigned long long)p->rows);
}

static void on_bad_row(uint64_t line, const char *why, void *arg)
{
	unsigned *shown = arg;

	if (++*shown > BAD_ROWS_SHOWN)
		return;
	cti_progress_end();
	(void)fprintf(stderr, "line %llu: %s\n", (unsigned long long)line, why);
}

static int import(struct cti_pg *pg, const struct cti_config *config, const char *path,
	const char *source)
{
	struct cti_import_progress result = { 0 };
	unsigned shown = 0;
	const struct cti_import_conf conf = {
		.path = path,
		.country = cti_backend_country(config),
		.source = source,
		.progress = on_progress,
		.bad_row = on_bad_row,
		.arg = &shown,
	};
	const int err = cti_import_contacts(pg, &conf, &result);

	cti_progress_end();
	if (shown > BAD_ROWS_SHOWN)
		(void)fprintf(stderr, "... and %u more\n", shown - BAD_ROWS_SHOWN);
	if (err)
		return cti_cmd_failed("import, nothing was changed", err, pg);
	(void)printf("%llu contacts imported, %llu rows left out\n",
		(unsigned long long)result.imported, (unsigned long long)result.bad);
	return result.bad && !result.imported ? 1 : 0;
}

/* ---- from a CRM ------------------------------------------------------------------------ */

static void on_page(const struct cti_sync_progress *p, void *arg)
{
	(void)arg;
	cti_progress("%llu contacts", (unsigned long long)p->contacts);
}

static int fetch(struct cti_pg *pg, const struct cti_config *config,
	const struct cti_crm_conf *crm, struct cti_crms *crms, bool whole)
{
	const struct cti_asker asker = cti_asker_of(crms);
	const struct cti_sync_conf conf = { .crms = &asker,
		.crm = crm,
		.country = cti_backend_country(config),
		.whole = whole,
		.stop_fd = -1,
		.progress = on_page };
	struct cti_sync_progress done;
	char why[320];
	const int err = cti_sync_contacts(pg, &conf, &done, why);

	cti_progress_end();
	if (err) {
		(void)fprintf(stderr, "cannot fetch the contacts of %s: %s\n", crm->name,
			*why ? why : cti_err_name(err));
		return 1;
	}
	(void)printf("%llu contacts fetched, %llu removed (%s)\n",
		(unsigned long long)done.contacts, (unsigned long long)done.removed,
		done.whole ? "all of them" : "those that changed");
	return 0;
}

static int import_crm(
	struct cti_pg *pg, const struct cti_config *config, const char *name, bool whole)
{
	const struct cti_crm_conf *crm = cti_crm_find(config, name);
	const struct cti_crms_conf conf = {
		.crms = crm, .ncrms = 1, .ops = cti_crm_kinds, .nops = cti_crm_nkinds
	};
	struct cti_crms *crms = NULL;
	int err;

	if (!crm) {
		(void)fprintf(stderr, "there is no [crm %s] in %s\n", name, config->path);
		return 1;
	}
	if (cti_crm_check(config, false))
		return 1;
	err = cti_crms_start(&crms, &conf);
	if (err)
		return cti_cmd_failed("ask the CRM", err, NULL);
	err = fetch(pg, config, crm, crms, whole);
	cti_crms_stop(crms);
	return err;
}

/* ---- from an address book -------------------------------------------------------------- */

static void on_book(const struct cti_import_progress *p, void *arg)
{
	(void)arg;
	cti_progress("%llu entries", (unsigned long long)p->rows);
}

static void on_bad_entry(uint64_t line, const char *why, void *arg)
{
	(void)arg;
	cti_progress_end();
	(void)fprintf(stderr, "entry %llu: %s\n", (unsigned long long)line, why);
}

static int import_book(
	struct cti_pg *pg, const struct cti_config *config, const char *name)
{
	struct cti_book_job job = { .country = cti_backend_country(config),
		.stop_fd = -1,
		.progress = on_book,
		.bad_row = on_bad_entry };
	struct cti_import_progress done;
	char why[CTI_BOOK_WHY_BYTES];
	int err;

	for (size_t i = 0; i < config->nbooks; i++) {
		if (strcmp(config->books[i].name, name) == 0)
			job.book = &config->books[i];
	}
	if (!job.book) {
		(void)fprintf(
			stderr, "there is no [book %s] in %s\n", name, config->path);
		return 1;
	}
	err = cti_book_fetch(pg, &job, &done, why);
	cti_progress_end();
	if (err) {
		(void)fprintf(stderr, "cannot fetch %s, nothing was changed: %s\n", name,
			*why ? why : cti_err_name(err));
		return 1;
	}
	(void)printf("%llu contacts imported, %llu entries left out\n",
		(unsigned long long)done.imported, (unsigned long long)done.bad);
	return 0;
}

/* ---- the command ----------------------------------------------------------------------- */

static int import_from(struct cti_pg *pg, const struct cti_config *config,
	const char *const *words, const char *source, bool whole)
{
	if (strcmp(words[0], "crm") == 0)
		return import_crm(pg, config, words[1], whole);
	if (strcmp(words[0], "book") == 0)
		return import_book(pg, config, words[1]);
	return import(pg, config, words[1], source ? source : "file");
}

static int run(int argc, char *argv[])
{
	static const char *const kinds[] = { "contacts", "crm", "book" };
	const char *source = NULL;
	bool whole = false, known = false;
	const struct cti_opt opts[] = { { "source", &source, NULL },
		{ "all", NULL, &whole }, { NULL, NULL, NULL } };
	struct cti_config *config = NULL;
	struct cti_pg *pg = NULL;
	struct cti_args args;
	int err = cti_args_parse(&args, argc, argv, opts, &cti_cmd_import);

	if (err)
		return err;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		known = known || (args.nwords == 2 && !strcmp(args.words[0], kinds[i]));
	if (!known)
		return cti_args_wrong(&cti_cmd_import,
			"write: import contacts FILE, import crm NAME, or import book NAME");
	if (!strcmp(args.words[0], "contacts") && access(args.words[1], R_OK))
		return cti_cmd_failed("read the file", errno, NULL);
	err = cti_cmd_config(&config, args.config, false);
	if (!err)
		err = cti_cmd_database(&pg, config);
	if (!err)
		err = import_from(pg, config, args.words, source, whole);
	cti_pg_free(pg);
	cti_config_free(config);
	return err;
}

const struct cti_cmd cti_cmd_import = {
	.name = "import",
	.summary =
		"read contacts and their numbers from a file, a CRM or an address book",
	.help = "usage: ringbridge import contacts FILE [--source NAME] [--config FILE]\n"
		"       ringbridge import crm NAME [--all] [--config FILE]\n"
		"       ringbridge import book NAME [--config FILE]\n"
		"\n"
		"FILE is a CSV file, whose first line names the columns, or vCards (2.1, 3.0, 4.0).\n"
		"Numbers without a country code are read as those\n"
		"of the first PBX's country. Rows that cannot be read are told with their line and\n"
		"left out; the others go in together or not at all.\n"
		"\n"
		"  --source NAME  contacts of an earlier import of this name are replaced; \"file\"\n"
		"                 unless given\n"
		"\n"
		"crm NAME fetches the contacts of the CRM in [crm NAME]: those that changed since the\n"
		"last time, where it can tell, and once a day all of them. After a whole run those\n"
		"that it no longer has are removed. What came before a failure stays.\n"
		"\n"
		"  --all          all of them, not only what changed\n"
		"\n"
		"book NAME fetches the LDAP directory or CardDAV address book in [book NAME]. It takes\n"
		"the place of what it gave before.\n",
	.run = run,
};
