/*
 * reader.c -- the reader half (cti/pbx.h): bodies of NOTIFYs become reports. Pure over its inputs; it remembers nothing but
 * the lines.
 *
 * Thread: core.
 */
#include "dialog_info.h"
#include "rlmi.h"
#include "str.h"

#include <cti/pbx.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct cti_reader {
	struct cti_report_sink sink;
	char **lines; /* owned, sorted */
	size_t nlines;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void reader_free(struct cti_reader *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->nlines; i++)
		free(r->lines[i]);
	free(r->lines);
	free(r);
}

static int reader_alloc(struct cti_reader **rp, const struct cti_reader_conf *conf,
	const struct cti_report_sink *sink)
{
	struct cti_reader *r = calloc(1, sizeof(*r));
	int err = ENOMEM;

	if (!r)
		return ENOMEM;
	r->sink = *sink;
	r->lines = calloc(conf->nlines + 1, sizeof(*r->lines));
	if (!r->lines)
		goto out;
	for (; r->nlines < conf->nlines; r->nlines++) {
		r->lines[r->nlines] = cti_str_dup(conf->lines[r->nlines]);
		if (!r->lines[r->nlines])
			goto out;
	}
	qsort(r->lines, r->nlines, sizeof(*r->lines), by_name);
	*rp = r;
	err = 0;
out:
	if (err)
		reader_free(r);
	return err;
}

/* A list may hold more than what we were told to watch. */
static bool is_watched(const struct cti_reader *r, const char *line)
{
	return bsearch(&line, r->lines, r->nlines, sizeof(*r->lines), by_name) != NULL;
}

/* ---- NOTIFY ------------------------------------------------------------------ */

static int document(struct cti_reader *r, const struct cti_input *in, const char *line,
	const char *body, size_t len)
{
	struct cti_report_dialogs rep = { .at_us = in->at_us, .line = line };
	struct cti_dialog_info *di = NULL;
	int err = cti_dialog_info_parse(&di, body, len);

	if (err == ENOMEM)
		return err;
	if (err) {
		rep.ill_formed = true;
	} else {
		rep.entity = di->entity;
		rep.version = di->version;
		rep.full = di->full;
		rep.dialogs = di->dialogs;
		rep.n = di->n;
	}
	r->sink.dialogs(&rep, r->sink.arg);
	cti_dialog_info_free(di);
	return err;
}

static void link_report(struct cti_reader *r, const struct cti_input *in,
	enum cti_link_what what, const char *line, const char *why)
{
	struct cti_report_link rep = {
		.at_us = in->at_us,
		.source = CTI_PROV_DIALOG,
		.what = what,
		.line = line,
		.why = why,
	};

	r->sink.link(&rep, r->sink.arg);
}

/* One report a resource. A bad document spoils its own line alone. */
static int list(struct cti_reader *r, const struct cti_input *in)
{
	struct cti_rlmi rlmi = { 0 };
	int err = cti_rlmi_parse(&rlmi, in->ctype, in->data, in->len_bytes);

	for (size_t i = 0; !err && i < rlmi.n; i++) {
		const struct cti_rlmi_item *it = &rlmi.items[i];

		if (!is_watched(r, it->line))
			continue;
		if (it->body && document(r, in, it->line, it->body, it->len) == ENOMEM)
			err = ENOMEM;
		if (it->gone)
			link_report(r, in, CTI_LINK_LINE_LOST, it->line,
				it->reason[0] ? it->reason : NULL);
	}
	cti_rlmi_reset(&rlmi);
	return err;
}

/*
 * No body at all is how some notifiers say that nothing goes on (RFC 6665
 * section 4.2.2 leaves it to them): a full document without a dialog.
 */
static void nothing(struct cti_reader *r, const struct cti_input *in)
{
	struct cti_report_dialogs rep = {
		.at_us = in->at_us, .line = in->line, .full = true
	};

	r->sink.dialogs(&rep, r->sink.arg);
}

static int notify(struct cti_reader *r, const struct cti_input *in)
{
	static const char type[] = "application/dialog-info+xml";

	if (cti_rlmi_is(in->ctype))
		return list(r, in);
	if (!in->len_bytes) {
		nothing(r, in);
		return 0;
	}
	if (in->ctype[0] && strncasecmp(in->ctype, type, sizeof(type) - 1) != 0)
		return EBADMSG;
	return document(r, in, in->line, in->data, in->len_bytes);
}

/* An ill-formed body is told to the sink and is EBADMSG as well. */
static int reader_read(struct cti_reader *r, const struct cti_input *in)
{
	return notify(r, in);
}

const struct cti_reader_ops cti_reader_dialog = {
	.name = "dialog",
	.kinds = 1u << CTI_INPUT_NOTIFY,
	.alloc = reader_alloc,
	.free = reader_free,
	.read = reader_read,
};
