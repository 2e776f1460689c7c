/*
 * cmd_export.c -- ringbridge export: the call log to standard output or a file.
 */
#include "backend.h"
#include "cmd.h"
#include "export.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct options {
	const char *from, *to, *line, *number, *outcome, *direction, *q;
	const char *format, *encoding, *output;
	bool excel, raw;
};

static int on_piece(const char *data, size_t len, void *arg)
{
	return fwrite(data, 1, len, arg) == len ? 0 : EIO;
}

static void on_progress(uint64_t rows, uint64_t total, void *arg)
{
	(void)arg;
	if (total > rows)
		cti_progress("%llu of about %llu calls", (unsigned long long)rows,
			(unsigned long long)total);
	else
		cti_progress("%llu calls", (unsigned long long)rows);
}

/* 0 or 2. */
static int read_formats(struct cti_export_conf *conf, const struct options *o)
{
	if (!o->format || strcmp(o->format, "csv") == 0)
		conf->format = CTI_EXPORT_CSV;
	else if (strcmp(o->format, "jsonl") == 0)
		conf->format = CTI_EXPORT_JSONL;
	else
		return cti_args_wrong(&cti_cmd_export, "--format is csv or jsonl");
	if (!o->encoding || strcmp(o->encoding, "utf-8") == 0)
		conf->encoding = CTI_EXPORT_UTF8;
	else if (strcmp(o->encoding, "shift_jis") == 0)
		conf->encoding = CTI_EXPORT_SHIFT_JIS;
	else
		return cti_args_wrong(
			&cti_cmd_export, "--encoding is utf-8 or shift_jis");
	conf->excel = o->excel;
	conf->raw = o->raw;
	return 0;
}

static int write_all(struct cti_pg *pg, struct cti_export_conf *conf, FILE *to)
{
	const char *where = NULL;
	uint64_t rows = 0;
	int err;

	conf->write = on_piece;
	conf->arg = to;
	conf->progress = on_progress;
	err = cti_export(pg, conf, &rows, &where);
	cti_progress_end();
	if (fflush(to) && !err)
		err = errno;
	if (err == EINVAL) {
		char what[96];

		(void)snprintf(what, sizeof(what), "--%.60s cannot be read",
			where ? where : "?");
		return cti_args_wrong(&cti_cmd_export, what);
	}
	if (err)
		return cti_cmd_failed("export", err, pg);
	(void)fprintf(stderr, "%llu calls\n", (unsigned long long)rows);
	return 0;
}

static int export_to(struct cti_pg *pg, struct cti_export_conf *conf, const char *path)
{
	FILE *to = stdout;
	int err;

	if (path && strcmp(path, "-") != 0) {
		to = fopen(path, "wex");
		if (!to)
			return cti_cmd_failed("make the output file", errno, NULL);
	}
	err = write_all(pg, conf, to);
	if (to != stdout && fclose(to) && !err)
		err = cti_cmd_failed("write the output file", errno, NULL);
	if (err && to != stdout)
		(void)unlink(path); /* half an export looks like a whole one */
	return err;
}

static int run(int argc, char *argv[])
{
	struct options o = { 0 };
	const struct cti_opt opts[] = { { "from", &o.from, NULL }, { "to", &o.to, NULL },
		{ "line", &o.line, NULL }, { "number", &o.number, NULL },
		{ "outcome", &o.outcome, NULL }, { "direction", &o.direction, NULL },
		{ "search", &o.q, NULL }, { "format", &o.format, NULL },
		{ "encoding", &o.encoding, NULL }, { "output", &o.output, NULL },
		{ "excel", NULL, &o.excel }, { "raw", NULL, &o.raw },
		{ NULL, NULL, NULL } };
	struct cti_export_conf conf = { 0 };
	struct cti_config *config = NULL;
	struct cti_pg *pg = NULL;
	struct cti_args args;
	int err = cti_args_parse(&args, argc, argv, opts, &cti_cmd_export);

	if (!err && args.nwords)
		err = cti_args_wrong(&cti_cmd_export, "no words belong to export");
	if (!err)
		err = read_formats(&conf, &o);
	if (!err)
		err = cti_cmd_config(&config, args.config, false);
	if (!err)
		err = cti_cmd_database(&pg, config);
	if (!err) {
		conf.filter = (struct cti_calls_filter){ .from = o.from,
			.to = o.to,
			.line = o.line,
			.number = o.number,
			.outcome = o.outcome,
			.direction = o.direction,
			.q = o.q,
			.country = cti_backend_country(config),
			.all_lines = true };
		err = export_to(pg, &conf, o.output);
	}
	cti_pg_free(pg);
	cti_config_free(config);
	return err;
}

const struct cti_cmd cti_cmd_export = {
	.name = "export",
	.summary = "write the call log as CSV or JSON lines",
	.help = "usage: ringbridge export [--from TIME] [--to TIME] [options] [--config FILE]\n"
		"\n"
		"Times are ISO 8601, such as 2026-11-24 or 2026-11-24T09:00:00+09:00; without a zone\n"
		"they are UTC. --from is included, --to is not.\n"
		"\n"
		"  --format csv|jsonl          csv unless given\n"
		"  --output FILE               standard output unless given; must not exist\n"
		"  --line EXT --number NUMBER --outcome WORD --direction WORD --search TEXT\n"
		"  --excel                     byte order mark, times and texts as a spreadsheet\n"
		"                              wants them, formulas made harmless\n"
		"  --encoding utf-8|shift_jis\n"
		"  --raw                       every byte as it came\n",
	.run = run,
};
