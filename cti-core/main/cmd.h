/*
 * cmd.h -- the subcommands, and what they share: --config, --help, exit codes,
 * progress on a terminal.
 *
 * Exit codes: 0 done, 1 it failed, 2 the words were wrong.
 */
#ifndef CTI_CMD_H
#define CTI_CMD_H

#include "config.h"
#include "pg.h"

struct cti_cmd {
	const char *name;
	const char *summary; /* one line */
	const char *help;    /* the whole text of --help */
	int (*run)(int argc, char *argv[]);
};

extern const struct cti_cmd cti_cmd_serve, cti_cmd_check, cti_cmd_migrate, cti_cmd_export,
	cti_cmd_import, cti_cmd_user, cti_cmd_doctor, cti_cmd_outbox;

/* ---- options: "--name value", "--name=value", flags, and words between ------------- */

struct cti_opt {
	const char *name;
	const char **value; /* NULL: a flag */
	bool *flag;
};

enum { CTI_WORDS_MAX = 8 };

struct cti_args {
	const char *config; /* --config; the default path if it is not given */
	const char *words[CTI_WORDS_MAX];
	size_t nwords;
};

/* argv[0] is the subcommand. 0; 2 and a message on stderr for what is not in opts (ended
 * by a NULL name). --help prints help and exits. */
int cti_args_parse(struct cti_args *args, int argc, char *argv[],
	const struct cti_opt *opts, const struct cti_cmd *cmd);
/* "ringbridge NAME: what; see ringbridge NAME --help"; returns 2. */
int cti_args_wrong(const struct cti_cmd *cmd, const char *what);

/* ---- what most of them need --------------------------------------------------------- */

/* Loads; prints mistakes (and warnings, if asked for) to stderr. 0 or 1. */
int cti_cmd_config(struct cti_config **cp, const char *path, bool warnings);
/* Connects; says why it cannot. 0 or 1. */
int cti_cmd_database(struct cti_pg **pgp, const struct cti_config *config);
/* Prints "cannot WHAT: reason" for an errno of the data folders; returns 1. */
int cti_cmd_failed(const char *what, int err, const struct cti_pg *pg);

/* One line that is written over on a terminal, and left out elsewhere. */
void cti_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void cti_progress_end(void);

#endif
