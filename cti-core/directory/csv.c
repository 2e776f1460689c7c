/*
 * csv.c -- see csv.h. A state a byte; nothing looks ahead, so pieces may be cut
 * anywhere.
 */
#include "csv.h"

#include <errno.h>
#include <string.h>

void cti_csv_init(struct cti_csv *csv, char separator, cti_csv_record_h *h, void *arg)
{
	*csv = (struct cti_csv){
		.separator = separator, .h = h, .arg = arg, .line = 1, .first_line = 1
	};
}

void cti_csv_fini(struct cti_csv *csv)
{
	cti_buf_reset(&csv->text);
}

static void add(struct cti_csv *csv, char c)
{
	csv->any = true;
	if (csv->text.len >= CTI_CSV_RECORD_BYTES_MAX) {
		csv->bad = "the record is too long";
		return;
	}
	if (!c)
		csv->bad = "there is a zero byte in it";
	else
		cti_buf_add(&csv->text, &c, 1);
}

static void end_field(struct cti_csv *csv)
{
	csv->any = true;
	csv->state = CTI_CSV_START;
	cti_buf_add(&csv->text, "", 1);
	if (csv->n + 1 >= CTI_CSV_FIELDS_MAX)
		csv->bad = "there are too many fields";
	else
		csv->starts[++csv->n] = csv->text.len;
}

static int end_record(struct cti_csv *csv)
{
	const char *fields[CTI_CSV_FIELDS_MAX];
	struct cti_csv_record rec = {
		.line = csv->first_line, .fields = fields, .bad = csv->bad
	};
	int err = 0;

	if (csv->any) {
		end_field(csv);
		rec.bad = csv->bad;
		rec.n = csv->n;
		if (csv->text.err)
			return csv->text.err;
		for (size_t i = 0; i < rec.n; i++)
			fields[i] = csv->text.data + csv->starts[i];
		err = csv->h(&rec, csv->arg);
	}
	cti_buf_clear(&csv->text);
	csv->n = 0;
	csv->any = false;
	csv->bad = NULL;
	csv->state = CTI_CSV_START;
	return err;
}

/* Outside quotes. */
static int plain(struct cti_csv *csv, char c)
{
	if (c == csv->separator) {
		end_field(csv);
	} else if (c == '\n' || c == '\r') {
		const int err = end_record(csv);

		csv->first_line = csv->line + 1;
		return err;
	} else if (c == '"' && csv->state == CTI_CSV_START) {
		csv->any = true;
		csv->state = CTI_CSV_QUOTED;
	} else { /* a quote inside a plain field is met, and is a quote */
		add(csv, c);
		csv->state = CTI_CSV_PLAIN;
	}
	return 0;
}

static int step(struct cti_csv *csv, char c)
{
	switch (csv->state) {
	case CTI_CSV_QUOTED:
		if (c == '"')
			csv->state = CTI_CSV_QUOTE;
		else
			add(csv, c);
		return 0;
	case CTI_CSV_QUOTE: /* the end of the quotes, or one half of "" */
		if (c == '"') {
			add(csv, c);
			csv->state = CTI_CSV_QUOTED;
			return 0;
		}
		csv->state = CTI_CSV_PLAIN;
		return plain(csv, c);
	case CTI_CSV_START:
	case CTI_CSV_PLAIN:
		break;
	}
	return plain(csv, c);
}

int cti_csv_feed(struct cti_csv *csv, const char *data, size_t len)
{
	int err = 0;

	for (size_t i = 0; !err && i < len; i++) {
		const char c = data[i];
		const bool second = c == '\n' && csv->cr;

		csv->cr = c == '\r';
		if (second && csv->state != CTI_CSV_QUOTED) {
			csv->first_line = ++csv->line;
			continue;
		}
		err = step(csv, c);
		if (c == '\n')
			csv->line++;
		else if (csv->cr && csv->state != CTI_CSV_QUOTED)
			csv->first_line = csv->line; /* its LF will count */
	}
	return err ? err : csv->text.err;
}

int cti_csv_end(struct cti_csv *csv)
{
	if (csv->state == CTI_CSV_QUOTED)
		csv->bad = "a quote is not closed";
	return end_record(csv);
}

char cti_csv_guess_separator(const char *data, size_t len)
{
	static const char kinds[] = ",;\t";
	size_t count[3] = { 0 };
	bool quoted = false;
	size_t best = 0;

	for (size_t i = 0; i < len && (quoted || (data[i] != '\n' && data[i] != '\r'));
		i++) {
		const char *kind = data[i] ? strchr(kinds, data[i]) : NULL;

		if (data[i] == '"')
			quoted = !quoted;
		else if (kind && !quoted)
			count[kind - kinds]++;
	}
	for (size_t i = 1; i < 3; i++)
		if (count[i] > count[best])
			best = i;
	return kinds[best];
}
