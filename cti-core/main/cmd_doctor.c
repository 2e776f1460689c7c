/*
 * cmd_doctor.c -- ringbridge doctor: why does it not work?
 */
#include "cmd.h"
#include "doctor.h"
#include "migrate.h"

#include <cti/log.h>

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONNECT_MS = 5000, POSTGRES_OLDEST = 150000 };

/* ---- findings -------------------------------------------------------------------------- */

void cti_doctor_say(struct cti_doctor *d, enum cti_finding f, const char *remedy,
	const char *fmt, ...)
{
	static const struct {
		const char *word, *colour;
	} looks[] = { { "ok", "32" }, { "note", "36" }, { "warn", "33" },
		{ "FAIL", "31" } };
	char text[512];
	char clean[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)cti_str_clean(
		clean, sizeof(clean), text, strlen(text)); /* PBXs' words are in it */
	if (isatty(STDOUT_FILENO))
		(void)printf("\033[%sm%-4s\033[0m  %s\n", looks[f].colour, looks[f].word,
			clean);
	else
		(void)printf("%-4s  %s\n", looks[f].word, clean);
	if (remedy)
		(void)printf("      -> %s\n", remedy);
	(void)fflush(stdout);
	d->counts[f]++;
}

/* ---- configuration, database -------------------------------------------------------------- */

static int configuration(struct cti_doctor *d, struct cti_config **cp, const char *path)
{
	struct cti_conf_problems p = { 0 };
	const int err = cti_config_load(cp, path, &p);

	for (size_t i = 0; i < p.n; i++)
		cti_doctor_say(d, p.v[i].warning ? CTI_FINDING_WARN : CTI_FINDING_FAIL,
			p.v[i].remedy, "configuration %s:%u %s: %s", p.v[i].file,
			p.v[i].line, p.v[i].key ? p.v[i].key : "", p.v[i].what);
	if (!err && !p.n)
		cti_doctor_say(d, CTI_FINDING_OK, NULL, "configuration %s", path);
	cti_conf_problems_reset(&p);
	return err;
}

static void database_version(struct cti_doctor *d)
{
	struct cti_pg_result *res = NULL;
	long version;

	if (cti_pg_exec(d->pg, &res, "SELECT current_setting('server_version_num')", 0,
		    NULL) != CTI_PG_OK ||
		!cti_pg_rows(res)) {
		cti_doctor_say(d, CTI_FINDING_FAIL, "see PostgreSQL's log",
			"database: %s", cti_pg_error(d->pg));
		return;
	}
	version = strtol(cti_pg_value(res, 0, 0), NULL, 10);
	cti_pg_result_free(res);
	if (version < POSTGRES_OLDEST)
		cti_doctor_say(d, CTI_FINDING_FAIL, "upgrade PostgreSQL to 15 or later",
			"database: PostgreSQL %ld is too old", version / 10000);
	else
		cti_doctor_say(d, CTI_FINDING_OK, NULL, "database: PostgreSQL %ld",
			version / 10000);
}

static void database_schema(struct cti_doctor *d)
{
	unsigned version = 0;

	if (cti_migrate_version(d->pg, &version))
		cti_doctor_say(d, CTI_FINDING_FAIL, "run ringbridge migrate",
			"schema: %s", cti_pg_error(d->pg));
	else if (version < cti_migrate_newest())
		cti_doctor_say(d, CTI_FINDING_FAIL, "run ringbridge migrate",
			"schema: %u, this version needs %u", version,
			cti_migrate_newest());
	else if (version > cti_migrate_newest())
		cti_doctor_say(d, CTI_FINDING_WARN,
			"install the newer version of ringbridge",
			"schema: %u, this version knows %u", version,
			cti_migrate_newest());
	else
		cti_doctor_say(d, CTI_FINDING_OK, NULL, "schema: %u", version);
}

static void database_rights(struct cti_doctor *d)
{
	struct cti_pg_result *res = NULL;
	static const char sql[] =
		"SELECT coalesce(bool_and(has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE')),"
		" false) FROM pg_class c WHERE c.relname = 'conversations' AND c.relkind IN ('r', 'p')";
	bool may;

	if (cti_pg_exec(d->pg, &res, sql, 0, NULL) != CTI_PG_OK)
		return; /* told by the schema's finding */
	may = cti_pg_rows(res) && strcmp(cti_pg_value(res, 0, 0), "t") == 0;
	cti_pg_result_free(res);
	if (may)
		cti_doctor_say(
			d, CTI_FINDING_OK, NULL, "database: rights to write calls");
	else
		cti_doctor_say(d, CTI_FINDING_FAIL,
			"run ringbridge migrate as the user of database.url, or grant it the tables",
			"database: no right to write calls");
}

static void database(struct cti_doctor *d)
{
	if (cti_pg_alloc(&d->pg, d->config->database.url, "ringbridge doctor"))
		return;
	if (cti_pg_connect(d->pg, CONNECT_MS) != CTI_PG_OK) {
		cti_doctor_say(d, CTI_FINDING_FAIL,
			"start PostgreSQL, and look at url in [database]; until then calls are kept in "
			"the journal",
			"database: %s", cti_pg_error(d->pg));
		cti_pg_free(d->pg);
		d->pg = NULL;
		return;
	}
	database_version(d);
	database_schema(d);
	database_rights(d);
}

/* ---- all -------------------------------------------------------------------------------- */

static void (*const checks[])(struct cti_doctor *d) = {
	database,
	cti_doctor_disk,
	cti_doctor_clock,
	cti_doctor_web,
	cti_doctor_pbxs,
	cti_doctor_crms,
};

static int examine(const char *path)
{
	struct cti_doctor d = { 0 };
	struct cti_config *config = NULL;

	if (configuration(&d, &config, path))
		return 1;
	d.config = config;
	cti_log_set_level(CTI_LOG_ERROR);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](&d);
	(void)printf("\n%u ok, %u warnings, %u failures\n", d.counts[CTI_FINDING_OK],
		d.counts[CTI_FINDING_WARN], d.counts[CTI_FINDING_FAIL]);
	cti_pg_free(d.pg);
	cti_config_free(config);
	return d.counts[CTI_FINDING_FAIL] ? 1 : 0;
}

static int quick(const char *path)
{
	struct cti_config *config = NULL;
	int err = cti_cmd_config(&config, path, false);

	if (!err)
		err = cti_doctor_quick(config);
	cti_config_free(config);
	return err;
}

static int call(const char *path, const char *id)
{
	struct cti_config *config = NULL;
	struct cti_pg *pg = NULL;
	int err = cti_cmd_config(&config, path, false);

	if (!err)
		err = cti_cmd_database(&pg, config);
	if (!err)
		err = cti_doctor_call(pg, id);
	cti_pg_free(pg);
	cti_config_free(config);
	return err;
}

static int number(const char *path, const char *raw, const char *pbx)
{
	struct cti_config *config = NULL;
	int err = cti_cmd_config(&config, path, false);

	if (!err)
		err = cti_doctor_number(config, raw, pbx);
	cti_config_free(config);
	return err;
}

static int crm(const char *path, const char *name, struct cti_crm_ask *ask)
{
	struct cti_config *config = NULL;
	int err = cti_cmd_config(&config, path, false);

	ask->verb = ask->number  ? CTI_CRM_LOOKUP
		    : ask->email ? CTI_CRM_LOOKUP_EMAIL
		    : ask->text  ? CTI_CRM_SEARCH
		    : ask->code  ? CTI_CRM_AUTHORIZE
				 : CTI_CRM_TEST;
	cti_log_set_level(CTI_LOG_ERROR);
	if (!err && ask->redirect_uri && !ask->code)
		err = cti_doctor_crm_login(config, name, ask->redirect_uri);
	else if (!err)
		err = cti_doctor_crm(config, name, ask);
	cti_config_free(config);
	return err;
}

static int run(int argc, char *argv[])
{
	bool want_quick = false;
	const char *pbx = NULL;
	struct cti_crm_ask ask = { 0 };
	const struct cti_opt opts[] = { { "quick", NULL, &want_quick },
		{ "pbx", &pbx, NULL }, { "number", &ask.number, NULL },
		{ "email", &ask.email, NULL }, { "text", &ask.text, NULL },
		{ "redirect", &ask.redirect_uri, NULL }, { "code", &ask.code, NULL },
		{ NULL, NULL, NULL } };
	struct cti_args args;
	const int err = cti_args_parse(&args, argc, argv, opts, &cti_cmd_doctor);

	if (err)
		return err;
	if (args.nwords == 2 && strcmp(args.words[0], "call") == 0)
		return call(args.config, args.words[1]);
	if (args.nwords == 2 && strcmp(args.words[0], "number") == 0)
		return number(args.config, args.words[1], pbx);
	if (args.nwords == 2 && strcmp(args.words[0], "crm") == 0)
		return crm(args.config, args.words[1], &ask);
	if (args.nwords)
		return cti_args_wrong(&cti_cmd_doctor,
			"write: doctor, doctor call ID, doctor number NUMBER, or doctor crm NAME");
	return want_quick ? quick(args.config) : examine(args.config);
}

const struct cti_cmd cti_cmd_doctor = {
	.name = "doctor",
	.summary = "find out why something does not work, and what to do",
	.help = "usage: ringbridge doctor [--config FILE] [--quick]\n"
		"       ringbridge doctor call ID [--config FILE]\n"
		"       ringbridge doctor number NUMBER [--pbx NAME] [--config FILE]\n"
		"       ringbridge doctor crm NAME [--number N | --email E | --text T] [--config FILE]\n"
		"\n"
		"Looks at the configuration, the database, disk, clock, web port and certificates, and\n"
		"asks every PBX and CRM as the daemon would: is it there, are the credentials right,\n"
		"does it serve the lines. Each finding that is not ok comes with a remedy. Exits with 1 if\n"
		"there is a failure. May run beside ringbridge serve.\n"
		"\n"
		"  --quick  only: does ringbridge serve answer, and is it well?\n"
		"  call ID  why did this call (not) pop: what was decided about it, and when\n"
		"  number NUMBER\n"
		"           what a number is read as and what would be dialled, by the rules of\n"
		"           the PBX (--pbx; else the first) and for each role\n"
		"  crm NAME asks a CRM whose number, mail address or text it is, and shows each request\n"
		"           and reply, secrets masked; without a question: is it there?\n"
		"  crm NAME --redirect URI [--code CODE]\n"
		"           logs in to a CRM with OAuth: the page to open, then the code that it gave\n",
	.run = run,
};
