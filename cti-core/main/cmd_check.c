/*
 * cmd_check.c -- ringbridge check: every mistake of the configuration in one go.
 */
#include "cmd.h"
#include "crm_kinds.h"

static int reference(void)
{
	struct cti_buf text = { 0 };
	int err = 1;

	cti_config_reference(&text);
	if (!text.err && fwrite(text.data, 1, text.len, stdout) == text.len)
		err = 0;
	cti_buf_reset(&text);
	return err;
}

static int run(int argc, char *argv[])
{
	struct cti_config *config = NULL;
	bool want_reference = false;
	const struct cti_opt opts[] = { { "reference", NULL, &want_reference },
		{ NULL, NULL, NULL } };
	struct cti_args args;
	int err = cti_args_parse(&args, argc, argv, opts, &cti_cmd_check);

	if (!err && args.nwords)
		err = cti_args_wrong(&cti_cmd_check, "no words belong to check");
	if (err)
		return err;
	if (want_reference)
		return reference();
	err = cti_cmd_config(&config, args.config, true);
	if (err)
		return err;
	err = cti_crm_check(config, true) ? 1 : 0;
	if (!err)
		(void)printf("%s is fine: %zu PBX%s, %zu CRM%s\n", args.config,
			config->npbxs, config->npbxs == 1 ? "" : "s", config->ncrms,
			config->ncrms == 1 ? "" : "s");
	cti_config_free(config);
	return err;
}

const struct cti_cmd cti_cmd_check = {
	.name = "check",
	.summary = "name every mistake in the configuration",
	.help = "usage: ringbridge check [--config FILE] [--reference]\n"
		"\n"
		"Prints file, line, key, what is wrong and what to do about it, for all mistakes at\n"
		"once, those of CRM templates too, and exits with 1 if there are any. Warnings alone are\n"
		"no failure.\n"
		"\n"
		"  --reference  print all keys with their meaning, as Markdown, and nothing else\n",
	.run = run,
};
