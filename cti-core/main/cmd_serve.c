/*
 * cmd_serve.c -- ringbridge serve.
 */
#include "cmd.h"
#include "daemon.h"

static int run(int argc, char *argv[])
{
	struct cti_config *config = NULL;
	struct cti_args args;
	int err = cti_args_parse(&args, argc, argv, NULL, &cti_cmd_serve);

	if (!err && args.nwords)
		err = cti_args_wrong(&cti_cmd_serve, "no words belong to serve");
	if (!err)
		err = cti_cmd_config(&config, args.config, true);
	if (err)
		return err;
	return cti_daemon_run(config) ? 1 : 0;
}

const struct cti_cmd cti_cmd_serve = {
	.name = "serve",
	.summary = "watch PBXs, serve browsers, keep the call log",
	.help = "usage: ringbridge serve [--config FILE]\n"
		"\n"
		"Runs in the foreground and logs to standard error: text on a terminal, JSON lines\n"
		"otherwise, journald levels under systemd. The database may be away.\n"
		"\n"
		"  SIGHUP   takes over settings that can change in a running process, and names\n"
		"           those that need a restart\n"
		"  SIGTERM  says goodbye to PBXs and browsers, writes what is left, ends within 5 s\n",
	.run = run,
};
