/*
 * cmd_migrate.c -- ringbridge migrate: the database gets this version's schema.
 */
#include "cmd.h"
#include "migrate.h"

#include <errno.h>

static int report(int err, const struct cti_migrate_result *res, const struct cti_pg *pg)
{
	if (err == EPROTO) {
		(void)fprintf(stderr,
			"ringbridge: the database has schema %u, this version knows %u; install the "
			"newer version\n",
			res->before, cti_migrate_newest());
		return 1;
	}
	if (err && *res->failed)
		(void)fprintf(stderr,
			"ringbridge: %s was refused, nothing of it was kept\n",
			res->failed);
	if (err)
		return cti_cmd_failed("migrate", err, pg);
	if (res->before == res->after)
		(void)printf("The schema is %u, nothing to do\n", res->after);
	else
		(void)printf("The schema went from %u to %u\n", res->before, res->after);
	return 0;
}

static int show(struct cti_pg *pg)
{
	unsigned version = 0;
	const int err = cti_migrate_version(pg, &version);

	if (err)
		return cti_cmd_failed("read the schema's version", err, pg);
	(void)printf("schema %u, newest %u\n", version, cti_migrate_newest());
	return 0;
}

static int run(int argc, char *argv[])
{
	struct cti_migrate_result res = { 0 };
	struct cti_config *config = NULL;
	struct cti_pg *pg = NULL;
	bool only_show = false;
	const struct cti_opt opts[] = { { "show", NULL, &only_show },
		{ NULL, NULL, NULL } };
	struct cti_args args;
	int err = cti_args_parse(&args, argc, argv, opts, &cti_cmd_migrate);

	if (!err && args.nwords)
		err = cti_args_wrong(&cti_cmd_migrate, "no words belong to migrate");
	if (!err)
		err = cti_cmd_config(&config, args.config, false);
	if (!err)
		err = cti_cmd_database(&pg, config);
	if (!err)
		err = only_show ? show(pg) : report(cti_migrate(pg, &res), &res, pg);
	cti_pg_free(pg);
	cti_config_free(config);
	return err;
}

const struct cti_cmd cti_cmd_migrate = {
	.name = "migrate",
	.summary = "bring the database to this version's schema",
	.help = "usage: ringbridge migrate [--config FILE] [--show]\n"
		"\n"
		"Forward only, one transaction for each step; may run while ringbridge serves.\n"
		"\n"
		"  --show  print which schema the database has and which this version needs\n",
	.run = run,
};
