/*
 * main.c -- the words after "ringbridge", and nothing else.
 *
 * To learn how a call flows, read on in route.c; how the daemon lives, in daemon.c;
 * what a call is, in model/leg_fsm.c.
 */
#include "cmd.h"
#include "replay.h"

#include <stdio.h>
#include <string.h>

static int version(int argc, char *argv[])
{
	(void)argc;
	(void)argv;
	(void)puts("ringbridge " CTI_VERSION);
	return 0;
}

static const struct cti_cmd cmd_version = {
	.name = "version",
	.summary = "print the version",
	.help = "usage: ringbridge version\n\nPrints name and version.\n",
	.run = version,
};

/* Reads its own options, and answers --help itself. */
static const struct cti_cmd cmd_replay = {
	.name = "replay",
	.summary = "run a capture or a journal through the model and print the calls",
	.run = cti_replay_main,
};

static const struct cti_cmd *const commands[] = {
	&cti_cmd_serve,
	&cti_cmd_check,
	&cti_cmd_migrate,
	&cti_cmd_user,
	&cti_cmd_import,
	&cti_cmd_outbox,
	&cti_cmd_export,
	&cti_cmd_doctor,
	&cmd_replay,
	&cmd_version,
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void usage(FILE *to)
{
	(void)fputs("usage: ringbridge COMMAND [options]\n\n", to);
	for (size_t i = 0; i < COMMANDS; i++)
		(void)fprintf(to, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
	(void)fprintf(to,
		"\nringbridge COMMAND --help tells more. The configuration is %s unless\n"
		"--config FILE names another.\n",
		CTI_CONFIG_DEFAULT_PATH);
}

static const struct cti_cmd *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

static bool wants_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
	       strcmp(word, "help") == 0;
}

int main(int argc, char *argv[])
{
	const struct cti_cmd *cmd;

	if (argc < 2) {
		usage(stderr);
		return 2;
	}
	if (wants_help(argv[1])) {
		usage(stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0)
		return version(argc, argv);
	cmd = find(argv[1]);
	if (!cmd) {
		(void)fprintf(
			stderr, "ringbridge: there is no command %.60s\n\n", argv[1]);
		usage(stderr);
		return 2;
	}
	if (cmd == &cmd_version && argc > 2 && wants_help(argv[2])) {
		(void)fputs(cmd->help, stdout);
		return 0;
	}
	return cmd->run(argc - 1, argv + 1);
}
