/*
 * cmd_import.c -- ringbridge import contacts FILE.
 */
#include "backend.h"
#include "cmd.h"
#include "directory.h"

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

static int run(int argc, char *argv[])
{
	const char *source = NULL;
	const struct cti_opt opts[] = { { "source", &source, NULL },
		{ NULL, NULL, NULL } };
	struct cti_config *config = NULL;
	struct cti_pg *pg = NULL;
	struct cti_args args;
	int err = cti_args_parse(&args, argc, argv, opts, &cti_cmd_import);

	if (err)
		return err;
	if (args.nwords != 2 || strcmp(args.words[0], "contacts") != 0)
		return cti_args_wrong(&cti_cmd_import, "write: import contacts FILE");
	if (access(args.words[1], R_OK))
		return cti_cmd_failed("read the file", errno, NULL);
	err = cti_cmd_config(&config, args.config, false);
	if (!err)
		err = cti_cmd_database(&pg, config);
	if (!err)
		err = import(pg, config, args.words[1], source ? source : "file");
	cti_pg_free(pg);
	cti_config_free(config);
	return err;
}

const struct cti_cmd cti_cmd_import = {
	.name = "import",
	.summary = "read contacts and their numbers from a CSV file or vCards",
	.help = "usage: ringbridge import contacts FILE [--source NAME] [--config FILE]\n"
		"\n"
		"FILE is a CSV file, whose first line names the columns, or vCards (2.1, 3.0, 4.0).\n"
		"Numbers without a country code are read as those\n"
		"of the first PBX's country. Rows that cannot be read are told with their line and\n"
		"left out; the others go in together or not at all.\n"
		"\n"
		"  --source NAME  contacts of an earlier import of this name are replaced; \"file\"\n"
		"                 unless given\n",
	.run = run,
};
