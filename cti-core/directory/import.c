/*
 * import.c -- a list of contacts into the directory: text, records, columns, numbers.
 */
#include "csv.h"
#include "directory.h"
#include "entry.h"
#include "number.h"
#include "staging.h"
#include "text_file.h"
#include "url.h"
#include "uuid.h"
#include "vcard.h"

#include <cti/clock.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
	NUMBERS_MAX = 32,
	NUMBER_BYTES = 128,
	PIECE_BYTES = 256 * 1024,
	PROGRESS_US = 200000,
};

struct import {
	struct cti_pg *pg;
	const struct cti_import_conf *conf;
	struct cti_import_progress *result;
	struct cti_number_plan plan;
	struct cti_text_file *file; /* NULL: entries are fed */
	cti_entry_feed_h *feed;
	void *feed_arg;
	bool header; /* has been read */
	enum cti_column columns[CTI_CSV_FIELDS_MAX];
	const char *labels[CTI_CSV_FIELDS_MAX];
	size_t ncolumns;
	struct cti_buf rows;
	int64_t told_us;
	int64_t since_us; /* for ids, as the next */
	uint64_t epoch;
};

/* One row, on its way. */
struct contact {
	const char *fields[CTI_COLUMNS]; /* the first that is not empty */
	char name[512];
	char key[1200];
	char raw[NUMBERS_MAX][NUMBER_BYTES];
	char e164[NUMBERS_MAX][24];
	const char *label[NUMBERS_MAX];
	size_t n;
	size_t unreadable;
};

static void bad_row(struct import *im, uint64_t line, const char *why)
{
	im->result->bad++;
	if (im->conf->bad_row)
		im->conf->bad_row(line, why, im->conf->arg);
}

/* ---- the header ------------------------------------------------------------------ */

static int read_header(struct import *im, const struct cti_csv_record *rec)
{
	bool who = false;
	bool number = false;

	for (size_t i = 0; i < rec->n; i++) {
		im->columns[i] = cti_column_of(rec->fields[i], &im->labels[i]);
		who |= im->columns[i] == CTI_COL_NAME || im->columns[i] == CTI_COL_LAST ||
		       im->columns[i] == CTI_COL_COMPANY;
		number |= im->columns[i] == CTI_COL_NUMBER;
	}
	im->ncolumns = rec->n;
	im->header = true;
	if (who && number && !rec->bad)
		return 0;
	bad_row(im, rec->line,
		rec->bad ? rec->bad
		: who    ? "no column is a telephone number: name one \"phone\""
			 : "no column is a name or a company: name one \"name\"");
	return EINVAL;
}

/* ---- a row -------------------------------------------------------------------------- */

/* Where the numbers of a field go. */
struct field {
	struct import *im;
	struct contact *c;
	const char *label;
};

static void on_number(const char *text, void *arg)
{
	const struct field *f = arg;
	struct contact *c = f->c;
	struct cti_number num;

	if (c->n >= NUMBERS_MAX)
		return;
	cti_number_parse(&num, text, &f->im->plan);
	c->unreadable += num.cls == CTI_NUMBER_NONE || num.cls == CTI_NUMBER_INVALID;
	(void)cti_str_copy(c->raw[c->n], sizeof(c->raw[0]), text);
	(void)cti_str_copy(c->e164[c->n], sizeof(c->e164[0]), num.e164);
	c->label[c->n++] = f->label;
}

static const char *skip_space(const char *s)
{
	while (*s == ' ' || *s == '\t')
		s++;
	return *s ? s : NULL;
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

/* A name in one column, or family name first as in Japan. */
static void make_name(struct contact *c)
{
	const char *last = c->fields[CTI_COL_LAST];
	const char *first = c->fields[CTI_COL_FIRST];

	if (c->fields[CTI_COL_NAME])
		(void)cti_str_copy(c->name, sizeof(c->name), c->fields[CTI_COL_NAME]);
	else
		(void)snprintf(c->name, sizeof(c->name), "%s%s%s", or_empty(last),
			last && first ? " " : "", or_empty(first));
}

/* Without an id of the source: the same text is the same contact next time. */
static void make_key(struct contact *c)
{
	if (c->fields[CTI_COL_ID])
		(void)cti_str_copy(c->key, sizeof(c->key), c->fields[CTI_COL_ID]);
	else
		(void)snprintf(c->key, sizeof(c->key), "%.500s|%.500s|%.120s", c->name,
			or_empty(c->fields[CTI_COL_COMPANY]),
			c->n == 0       ? ""
			: c->e164[0][0] ? c->e164[0]
					: c->raw[0]);
}

static const char *check(const struct contact *c, const struct cti_entry *e)
{
	const char *url = c->fields[CTI_COL_URL];

	if (e->bad)
		return e->bad;
	if (!*c->name && !c->fields[CTI_COL_COMPANY])
		return "it has neither a name nor a company";
	if (c->n && c->unreadable == c->n)
		return "none of its numbers can be read";
	if (url && !cti_url_ok(url))
		return "its URL is not http:// or https:// with a host";
	return NULL;
}

static void stage(struct import *im, struct contact *c, uint64_t line)
{
	const char *raw[NUMBERS_MAX];
	const char *e164[NUMBERS_MAX];
	char id[CTI_UUID_BYTES];
	const struct cti_staged row = {
		.line = line,
		.id = id,
		.key = c->key,
		.name = c->name,
		.kana = c->fields[CTI_COL_KANA],
		.company = c->fields[CTI_COL_COMPANY],
		.department = c->fields[CTI_COL_DEPARTMENT],
		.title = c->fields[CTI_COL_TITLE],
		.email = c->fields[CTI_COL_EMAIL],
		.url = c->fields[CTI_COL_URL],
		.note = c->fields[CTI_COL_NOTE],
		.raw = raw,
		.e164 = e164,
		.label = c->label,
		.n = c->n,
	};

	for (size_t i = 0; i < c->n; i++) {
		raw[i] = c->raw[i];
		e164[i] = c->e164[i];
	}
	cti_uuid_make(id, im->since_us + (int64_t)im->result->rows, im->epoch,
		im->result->rows);
	cti_staging_row(&im->rows, &row);
}

static int put_rows(struct import *im)
{
	enum cti_pg_status st = CTI_PG_OK;

	if (im->rows.err)
		return im->rows.err;
	if (im->rows.len)
		st = cti_pg_copy_put(im->pg, im->rows.data, im->rows.len);
	cti_buf_clear(&im->rows);
	return cti_pg_errno(st);
}

static int on_entry(const struct cti_entry *e, void *arg)
{
	struct import *im = arg;
	struct contact c = { .n = 0 };
	const char *why;

	im->result->rows++;
	for (size_t i = 0; !e->bad && i < CTI_COLUMNS; i++)
		c.fields[i] = e->fields[i] ? skip_space(e->fields[i]) : NULL;
	for (size_t i = 0; !e->bad && i < e->nnumbers; i++) {
		struct field f = { im, &c, e->numbers[i].label };

		(void)cti_number_split(e->numbers[i].text, on_number, &f);
	}
	make_name(&c);
	make_key(&c);
	why = check(&c, e);
	if (why) {
		bad_row(im, e->line, why);
		return 0;
	}
	stage(im, &c, e->line);
	return im->rows.len >= PIECE_BYTES ? put_rows(im) : im->rows.err;
}

/* ---- CSV ---------------------------------------------------------------------------- */

static int on_record(const struct cti_csv_record *rec, void *arg)
{
	struct import *im = arg;
	struct cti_entry e = { .line = rec->line, .bad = rec->bad };

	if (!im->header)
		return read_header(im, rec);
	if (!e.bad && rec->n > im->ncolumns)
		e.bad = "it has more fields than the header line";
	for (size_t i = 0; !e.bad && i < rec->n; i++) {
		const enum cti_column col = im->columns[i];
		const char *text = skip_space(rec->fields[i]);

		if (!text || col == CTI_COL_OTHER)
			continue;
		if (col != CTI_COL_NUMBER) {
			e.fields[col] = e.fields[col] ? e.fields[col] : text;
		} else if (e.nnumbers < CTI_ENTRY_NUMBERS_MAX) {
			e.numbers[e.nnumbers].text = text;
			e.numbers[e.nnumbers++].label = im->labels[i];
		}
	}
	return on_entry(&e, im);
}

/* ---- the file ------------------------------------------------------------------------ */

static void tell(struct import *im, bool end)
{
	const int64_t now_us = cti_mono_us();

	if (im->file)
		im->result->bytes_done = cti_text_file_done(im->file);
	if (!im->conf->progress || (!end && now_us - im->told_us < PROGRESS_US))
		return;
	im->told_us = now_us;
	im->conf->progress(im->result, im->conf->arg);
}

/* data, len: the first piece, and the piece that is read. */
static int read_csv(struct import *im, const char *data, size_t len)
{
	struct cti_csv csv;
	int err = 0;

	cti_csv_init(&csv, cti_csv_guess_separator(data, len), on_record, im);
	while (!err && len) {
		err = cti_csv_feed(&csv, data, len);
		tell(im, false);
		if (!err)
			err = cti_text_file_read(im->file, &data, &len);
	}
	if (!err)
		err = cti_csv_end(&csv);
	cti_csv_fini(&csv);
	return err;
}

static int read_vcards(struct import *im, const char *data, size_t len)
{
	struct cti_vcard v;
	int err = 0;

	cti_vcard_init(&v, on_entry, im);
	while (!err && len) {
		err = cti_vcard_feed(&v, data, len);
		tell(im, false);
		if (!err)
			err = cti_text_file_read(im->file, &data, &len);
	}
	if (!err)
		err = cti_vcard_end(&v);
	cti_vcard_fini(&v);
	return err;
}

static int read_all(struct import *im)
{
	const char *data;
	size_t len;
	int err = cti_text_file_read(im->file, &data, &len);

	if (!err && !len) {
		bad_row(im, 1, "the file is empty");
		return EINVAL;
	}
	if (!err)
		err = cti_vcard_is(data, len) ? read_vcards(im, data, len)
					      : read_csv(im, data, len);
	return err;
}

static void on_twice(uint64_t line, uint64_t first, void *arg)
{
	char why[80];

	(void)snprintf(why, sizeof(why), "the same contact as in line %llu",
		(unsigned long long)first);
	bad_row(arg, line, why);
}

/* One transaction around what read brings. */
static int import_rows(struct import *im, int (*read)(struct import *im))
{
	int err = cti_pg_errno(cti_staging_begin(im->pg));

	if (err)
		return err;
	err = read(im);
	if (!err)
		err = put_rows(im);
	if (!err)
		err = cti_pg_errno(cti_pg_copy_end(im->pg));
	if (!err)
		err = cti_pg_errno(cti_staging_finish(
			im->pg, im->conf->source, on_twice, im, &im->result->imported));
	return err;
}

static int import_alloc(struct import **imp, struct cti_pg *pg,
	const struct cti_import_conf *conf, struct cti_import_progress *result)
{
	struct import *im;

	if (!pg || !conf || !conf->source || !*conf->source || !result)
		return EINVAL;
	im = calloc(1, sizeof(*im));
	if (!im)
		return ENOMEM;
	*result = (struct cti_import_progress){ 0 };
	im->pg = pg;
	im->since_us = cti_now_us();
	if (getrandom(&im->epoch, sizeof(im->epoch), 0) < 0)
		im->epoch = (uint64_t)im->since_us;
	im->conf = conf;
	im->result = result;
	im->plan =
		(struct cti_number_plan){ .country = conf->country, .lost_zero = true };
	*imp = im;
	return 0;
}

static int import_end(struct import *im, int err)
{
	if (!err)
		tell(im, true);
	else
		cti_pg_rollback(im->pg);
	cti_text_file_close(im->file);
	cti_buf_reset(&im->rows);
	free(im);
	return err;
}

int cti_import_contacts(struct cti_pg *pg, const struct cti_import_conf *conf,
	struct cti_import_progress *result)
{
	struct import *im = NULL;
	int err = import_alloc(&im, pg, conf, result);

	if (err)
		return err;
	err = conf->path ? cti_text_file_open(&im->file, conf->path) : EINVAL;
	if (!err) {
		result->bytes_total = cti_text_file_size(im->file);
		err = import_rows(im, read_all);
	}
	return import_end(im, err);
}

/* ---- other lists ---------------------------------------------------------------------- */

static int on_fed(const struct cti_entry *e, void *arg)
{
	const int err = on_entry(e, arg);

	tell(arg, false);
	return err;
}

static int read_feed(struct import *im)
{
	const int err = im->feed(on_fed, im, im->feed_arg);

	return err ? err : im->result->rows > im->result->bad ? 0 : ENODATA;
}

int cti_import_entries(struct cti_pg *pg, const struct cti_import_conf *conf,
	cti_entry_feed_h *feed, void *arg, struct cti_import_progress *result)
{
	struct import *im = NULL;
	int err = import_alloc(&im, pg, conf, result);

	if (err)
		return err;
	im->feed = feed;
	im->feed_arg = arg;
	return import_end(im, import_rows(im, read_feed));
}
