/*
 * replay.c -- see replay.h.
 */
#include "replay.h"

#include "model.h"
#include "replay_out.h"
#include "source.h"

#include <cti/err.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"usage: ringbridge replay [--source notify|api] [--pretty] FOLDER\n"
	"\n"
	"Runs a recorded capture (notify.txt, ami.txt) or an input journal through the\n"
	"same code as the running service, on the recording's own clock, and prints the\n"
	"conversations that come out of it.\n"
	"\n"
	"  --source notify   dialog NOTIFYs alone\n"
	"  --source api      the PBX's event stream (AMI) with the NOTIFYs beside it, as\n"
	"                    far as they are there; the default\n"
	"  --pretty          a timeline for people instead of JSON\n"
	"  --help            this text\n";

/* One printed conversation and where it belongs in the order of beginnings. */
struct item {
	int64_t start_us;
	size_t order;
	char *text; /* owned */
};

struct run {
	const struct cti_capture *capture;
	bool pretty;
	struct item *items;
	size_t n;
	int err;
};

/* ---- collecting --------------------------------------------------------------------- */

static bool no_line(const struct cti_conversation *c)
{
	return !c->nlegs;
}

static void keep(struct run *r, const struct cti_conversation *c)
{
	struct cti_buf b = { 0 };
	struct cti_jsonw w;
	struct item *more = realloc(r->items, (r->n + 1) * sizeof(*r->items));

	if (!more) {
		r->err = ENOMEM;
		return;
	}
	r->items = more;
	if (r->pretty) {
		cti_replay_text(&b, c, r->capture->epoch_us);
	} else {
		cti_jsonw_init(&w, &b);
		cti_replay_json(&w, c, r->capture->epoch_us);
	}
	r->items[r->n] = (struct item){ c->start_us, r->n, cti_buf_take(&b) };
	if (r->items[r->n].text)
		r->n++;
	else
		r->err = ENOMEM;
}

static void on_ended(const struct cti_conversation *c, void *arg)
{
	if (!*c->merged_into && !no_line(c))
		keep(arg, c);
}

static int by_start(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->start_us != y->start_us)
		return x->start_us < y->start_us ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static void keep_live(const struct cti_conversation *c, void *arg)
{
	if (!no_line(c))
		keep(arg, c);
}

/* ---- running ------------------------------------------------------------------------- */

static int tick_to(struct cti_source *s, int64_t *now_usp, int64_t to_us)
{
	const int64_t step_us = 1000 * 1000, gap_us = 600 * step_us;
	int err = 0;

	if (to_us - *now_usp > gap_us) /* a journal sleeps at night */
		*now_usp = to_us - gap_us;
	while (!err && *now_usp + step_us <= to_us) {
		const struct cti_input in = { .at_us = *now_usp += step_us,
			.kind = CTI_INPUT_TICK,
			.line = "",
			.ctype = "",
			.data = "" };

		err = cti_source_apply(s, &in);
	}
	return err;
}

/* Inputs that nothing could be made of are part of life. */
static int feed(struct cti_source *s, const struct cti_capture *c)
{
	const int64_t after_us = 10 * 1000 * 1000; /* what is still waited for comes */
	int64_t now_us = c->n ? c->inputs[0].at_us : 0;
	int err = 0;

	for (size_t i = 0; i < c->n && err != ENOMEM; i++) {
		err = tick_to(s, &now_us, c->inputs[i].at_us);
		if (!err)
			err = cti_source_apply(s, &c->inputs[i]);
	}
	if (err != ENOMEM)
		err = tick_to(s, &now_us, now_us + after_us);
	return err == ENOMEM ? err : 0;
}

static int run_model(struct run *r)
{
	static const struct cti_reader_ops *const readers[] = { &cti_reader_dialog,
		&cti_reader_ami, NULL };
	const struct cti_model_effects fx = { .ended = on_ended, .arg = r };
	const struct cti_capture *c = r->capture;
	const struct cti_pbx_conf **pbxs = calloc(c->npbxs + 1, sizeof(*pbxs));
	const struct cti_source_conf conf = { pbxs, c->npbxs };
	struct cti_source *s = NULL;
	struct cti_model *m = NULL;
	int err = pbxs ? cti_model_alloc(&m, 1, &fx) : ENOMEM;

	for (size_t i = 0; !err && i < c->npbxs; i++)
		pbxs[i] = &c->pbxs[i];
	if (!err)
		err = cti_source_alloc(&s, &conf, readers, m);
	if (!err)
		err = feed(s, c);
	if (!err)
		cti_model_each(m, keep_live, r);
	cti_source_free(s);
	cti_model_free(m);
	free(pbxs);
	return err ? err : r->err;
}

static void write_json(struct cti_buf *out, const struct run *r)
{
	const struct cti_capture *c = r->capture;
	struct cti_jsonw w;

	cti_jsonw_init(&w, out);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_str(&w, "scenario", c->name);
	cti_jsonw_array(&w, "watched");
	for (size_t i = 0; i < c->npbxs; i++) {
		for (size_t k = 0; k < c->pbxs[i].lines.n; k++)
			cti_jsonw_str(&w, NULL, c->pbxs[i].lines.v[k]);
	}
	cti_jsonw_end_array(&w);
	cti_jsonw_array(&w, "conversations");
	for (size_t i = 0; i < r->n; i++)
		cti_jsonw_raw(&w, NULL, r->items[i].text);
	cti_jsonw_end_array(&w);
	cti_jsonw_end_object(&w);
	cti_buf_str(out, "\n");
}

int cti_replay_run(struct cti_buf *out, const struct cti_capture *c, bool pretty)
{
	struct run r = { .capture = c, .pretty = pretty };
	int err = run_model(&r);

	if (!err && r.n)
		qsort(r.items, r.n, sizeof(*r.items), by_start);
	if (!err && pretty) {
		for (size_t i = 0; i < r.n; i++)
			cti_buf_str(out, r.items[i].text);
	} else if (!err) {
		write_json(out, &r);
	}
	for (size_t i = 0; i < r.n; i++)
		free(r.items[i].text);
	free(r.items);
	return err ? err : out->err;
}

/* ---- the subcommand ---------------------------------------------------------------------- */

static int replay(const char *folder, unsigned sources, bool pretty)
{
	struct cti_capture *c = NULL;
	struct cti_buf out = { 0 };
	int err = cti_capture_load(&c, folder, sources);

	if (err == ENOENT) {
		(void)fprintf(stderr,
			"ringbridge: replay: %s: neither a capture (notify.txt, ami.txt) nor "
			"a journal, or without the source that was asked for\n",
			folder);
		return 1;
	}
	if (!err)
		err = cti_replay_run(&out, c, pretty);
	cti_capture_free(c);
	if (err)
		(void)fprintf(stderr, "ringbridge: replay: %s: %s\n", folder,
			cti_err_name(err));
	else if (out.len && fwrite(out.data, 1, out.len, stdout) != out.len)
		err = EIO;
	cti_buf_reset(&out);
	return err ? 1 : 0;
}

static bool read_source(const char *word, unsigned *sourcesp)
{
	if (!strcmp(word, "notify"))
		*sourcesp = CTI_CAPTURE_NOTIFY;
	else if (!strcmp(word, "api"))
		*sourcesp = CTI_CAPTURE_API | CTI_CAPTURE_NOTIFY;
	else
		return false;
	return true;
}

int cti_replay_main(int argc, char *argv[])
{
	static const struct option options[] = { { "source", required_argument, NULL,
							 's' },
		{ "pretty", no_argument, NULL, 'p' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 } };
	unsigned sources = CTI_CAPTURE_NOTIFY | CTI_CAPTURE_API;
	bool pretty = false, wrong = false;
	int opt;

	optind = 1;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'h') {
			(void)fputs(usage, stdout);
			return 0;
		}
		pretty = pretty || opt == 'p';
		wrong = wrong || opt == '?' ||
			(opt == 's' && !read_source(optarg, &sources));
	}
	if (wrong || optind != argc - 1) {
		(void)fputs(usage, stderr);
		return 2;
	}
	return replay(argv[optind], sources, pretty);
}
