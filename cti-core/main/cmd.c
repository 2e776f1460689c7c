/*
 * cmd.c -- see cmd.h.
 */
#include "cmd.h"

#include <cti/err.h>

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONNECT_MS = 5000 };

/* ---- options ------------------------------------------------------------------------ */

int cti_args_wrong(const struct cti_cmd *cmd, const char *what)
{
	(void)fprintf(stderr, "ringbridge %s: %s; see ringbridge %s --help\n", cmd->name,
		what, cmd->name);
	return 2;
}

static int wrong_option(const struct cti_cmd *cmd, const char *what, const char *option)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "%s %.80s", what, option);
	return cti_args_wrong(cmd, text);
}

static const struct cti_opt *find_opt(
	const struct cti_opt *opts, const char *name, size_t len)
{
	for (; opts && opts->name; opts++) {
		if (strlen(opts->name) == len && strncmp(opts->name, name, len) == 0)
			return opts;
	}
	return NULL;
}

/* One "--..." at argv[*ip]; moves *ip over its value. */
static int take_option(int argc, char *argv[], int *ip, const struct cti_opt *opts,
	const struct cti_cmd *cmd)
{
	const char *name = argv[*ip] + 2;
	const size_t len = strcspn(name, "=");
	const struct cti_opt *o = find_opt(opts, name, len);

	if (!o)
		return wrong_option(cmd, "there is no option", argv[*ip]);
	if (!o->value) {
		*o->flag = true;
		return name[len] ? wrong_option(cmd, "no value belongs to", argv[*ip])
				 : 0;
	}
	if (name[len])
		*o->value = name + len + 1;
	else if (*ip + 1 < argc)
		*o->value = argv[++*ip];
	else
		return wrong_option(cmd, "a value must follow", argv[*ip]);
	return 0;
}

int cti_args_parse(struct cti_args *args, int argc, char *argv[],
	const struct cti_opt *opts, const struct cti_cmd *cmd)
{
	const struct cti_opt config[] = { { "config", &args->config, NULL },
		{ NULL, NULL, NULL } };
	bool only_words = false;

	*args = (struct cti_args){ .config = CTI_CONFIG_DEFAULT_PATH };
	for (int i = 1; i < argc; i++) {
		int err = 0;

		if (!only_words && strcmp(argv[i], "--") == 0) {
			only_words = true;
		} else if (!only_words && (strcmp(argv[i], "--help") == 0 ||
						  strcmp(argv[i], "-h") == 0)) {
			(void)fputs(cmd->help, stdout);
			exit(0);
		} else if (!only_words && strncmp(argv[i], "--", 2) == 0) {
			const bool ours = find_opt(config, argv[i] + 2,
						  strcspn(argv[i] + 2, "=")) != NULL;

			err = take_option(argc, argv, &i, ours ? config : opts, cmd);
		} else if (args->nwords < CTI_WORDS_MAX) {
			args->words[args->nwords++] = argv[i];
		} else {
			err = cti_args_wrong(cmd, "there are too many words");
		}
		if (err)
			return err;
	}
	return 0;
}

/* ---- configuration and database -------------------------------------------------------- */

int cti_cmd_config(struct cti_config **cp, const char *path, bool warnings)
{
	struct cti_conf_problems problems = { 0 };
	const int err = cti_config_load(cp, path, &problems);

	if (err == ENOMEM)
		(void)fputs("ringbridge: out of memory\n", stderr);
	if (err || warnings)
		cti_conf_problems_print(&problems, stderr);
	cti_conf_problems_reset(&problems);
	return err ? 1 : 0;
}

int cti_cmd_database(struct cti_pg **pgp, const struct cti_config *config)
{
	struct cti_pg *pg = NULL;

	if (cti_pg_alloc(&pg, config->database.url, "ringbridge")) {
		(void)fputs("ringbridge: out of memory\n", stderr);
		return 1;
	}
	if (cti_pg_connect(pg, CONNECT_MS) != CTI_PG_OK) {
		(void)fprintf(stderr,
			"ringbridge: cannot reach the database: %s\n"
			"Look at url in [database] of %s, and whether PostgreSQL runs.\n",
			cti_pg_error(pg), config->path);
		cti_pg_free(pg);
		return 1;
	}
	*pgp = pg;
	return 0;
}

int cti_cmd_failed(const char *what, int err, const struct cti_pg *pg)
{
	const char *why = cti_err_name(err);

	if (err == EAGAIN)
		why = "the database went away; try again";
	else if (err == EIO && pg)
		why = cti_pg_error(pg);
	(void)fprintf(stderr, "ringbridge: cannot %s: %s\n", what, why);
	return 1;
}

/* ---- progress --------------------------------------------------------------------------- */

static bool progress_shown;

void cti_progress(const char *fmt, ...)
{
	va_list ap;

	if (!isatty(STDERR_FILENO))
		return;
	(void)fputs("\r\033[K", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fflush(stderr);
	progress_shown = true;
}

void cti_progress_end(void)
{
	if (progress_shown)
		(void)fputs("\r\033[K", stderr);
	progress_shown = false;
}
