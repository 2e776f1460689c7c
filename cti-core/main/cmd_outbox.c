/*
 * cmd_outbox.c -- ringbridge outbox: calls that did not get into a CRM.
 */
#include "cmd.h"
#include "json.h"
#include "outbox.h"

#include <errno.h>
#include <string.h>

static const char *or_dash(const char *s)
{
	return s && *s ? s : "-";
}

static void print_row(const struct cti_json_node *r)
{
	char clean[512];
	const char *error = cti_json_str(r, "error");

	(void)cti_str_clean(
		clean, sizeof(clean), error ? error : "", error ? strlen(error) : 0);
	(void)printf("%s  %s  %s  call %s  to %s\n      %s\n",
		or_dash(cti_json_str(r, "id")), or_dash(cti_json_str(r, "state")),
		or_dash(cti_json_str(r, "crm")), or_dash(cti_json_str(r, "conversation")),
		or_dash(cti_json_str(r, "contact")), clean);
}

static void print_counts(const struct cti_json_node *counts)
{
	static const char *const states[] = { "waiting", "sending", "begun", "unknown",
		"written", "dead" };

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		int64_t n = 0;

		(void)cti_json_int(counts, states[i], &n);
		(void)printf("%s%s %lld", i ? ", " : "", states[i], (long long)n);
	}
	(void)printf("\n");
}

static int list(struct cti_pg *pg)
{
	struct cti_buf json = { 0 };
	struct cti_json *doc = NULL;
	const struct cti_json_node *rows;
	int err = cti_outbox_list(pg, &json);

	if (!err)
		err = cti_json_parse(&doc, json.data, json.len);
	if (err) {
		cti_buf_reset(&json);
		return cti_cmd_failed("read the outbox", err, pg);
	}
	print_counts(cti_json_get(cti_json_root(doc), "counts"));
	rows = cti_json_get(cti_json_root(doc), "rows");
	for (size_t i = 0; i < cti_json_count(rows); i++)
		print_row(cti_json_at(rows, i));
	cti_json_free(doc);
	cti_buf_reset(&json);
	return 0;
}

static int replay(struct cti_pg *pg, const char *id)
{
	size_t n = 0;
	const int err = cti_outbox_replay(pg, strcmp(id, "all") ? id : NULL, &n);

	if (err == ENOENT || err == EINVAL) {
		(void)fprintf(stderr,
			"there is no dead call %s; see ringbridge outbox list\n", id);
		return 1;
	}
	if (err)
		return cti_cmd_failed("change the outbox", err, pg);
	(void)printf("%zu calls will be sent again\n", n);
	return 0;
}

static int run(int argc, char *argv[])
{
	const struct cti_opt opts[] = { { NULL, NULL, NULL } };
	struct cti_config *config = NULL;
	struct cti_pg *pg = NULL;
	struct cti_args args;
	int err = cti_args_parse(&args, argc, argv, opts, &cti_cmd_outbox);
	bool again;

	if (err)
		return err;
	again = args.nwords == 2 && strcmp(args.words[0], "replay") == 0;
	if (!again && !(args.nwords == 1 && strcmp(args.words[0], "list") == 0))
		return cti_args_wrong(&cti_cmd_outbox,
			"write: outbox list, outbox replay ID, or outbox replay all");
	err = cti_cmd_config(&config, args.config, false);
	if (!err)
		err = cti_cmd_database(&pg, config);
	if (!err)
		err = again ? replay(pg, args.words[1]) : list(pg);
	cti_pg_free(pg);
	cti_config_free(config);
	return err;
}

const struct cti_cmd cti_cmd_outbox = {
	.name = "outbox",
	.summary = "calls on their way into CRMs: list them, send dead ones again",
	.help = "usage: ringbridge outbox list [--config FILE]\n"
		"       ringbridge outbox replay ID|all [--config FILE]\n"
		"\n"
		"Calls are written into CRMs when they are over. What fails is tried again, later and\n"
		"later; what cannot succeed is dead, with its reason.\n"
		"\n"
		"  list        how many there are, and those that failed or are dead\n"
		"  replay ID   send a dead one again, when its reason is gone; all: all of them\n",
	.run = run,
};
