/*
 * csv_out.c -- see csv_out.h.
 */
#include "csv_out.h"

#include <string.h>

void cti_copy_unescape(struct cti_buf *out, const char *text, size_t len)
{
	static const char from[] = "bfnrtv\\";
	static const char to[] = "\b\f\n\r\t\v\\";

	for (size_t i = 0; i < len; i++) {
		const char *plain = memchr(text + i, '\\', len - i);
		const size_t n = plain ? (size_t)(plain - text) - i : len - i;
		const char *esc;

		cti_buf_add(out, text + i, n);
		i += n;
		if (i + 1 >= len)
			return;
		i++;
		esc = text[i] ? strchr(from, text[i]) : NULL;
		cti_buf_add(out, esc ? &to[esc - from] : &text[i], 1);
	}
}

/* "+81312345678": a sign and digits that a spreadsheet's numbers hold exactly. */
static bool is_plain_number(const char *s, size_t len)
{
	if (len < 2 || len > 16 || s[0] != '+')
		return false;
	for (size_t i = 1; i < len; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return true;
}

/* Spreadsheets look past spaces in front. */
static bool is_formula(const char *s, size_t len)
{
	size_t i = 0;

	if (is_plain_number(s, len))
		return false;
	while (i < len && s[i] == ' ')
		i++;
	return i < len && memchr("=+-@\t\r\n", s[i], 7) != NULL;
}

static void put_field(struct cti_buf *out, const char *s, size_t len, bool excel)
{
	const bool apostrophe = excel && is_formula(s, len);
	bool quote = len == 0;

	for (size_t i = 0; i < len && !quote; i++)
		quote = s[i] == ',' || s[i] == '"' || s[i] == '\r' || s[i] == '\n';
	quote |= len && (s[0] == ' ' || s[len - 1] == ' ');
	if (quote)
		cti_buf_str(out, "\"");
	if (apostrophe)
		cti_buf_str(out, "'");
	while (len) {
		const char *q = memchr(s, '"', len);
		const size_t n = q ? (size_t)(q - s) + 1 : len;

		cti_buf_add(out, s, n);
		if (q)
			cti_buf_str(out, "\"");
		s += n;
		len -= n;
	}
	if (quote)
		cti_buf_str(out, "\"");
}

void cti_csv_field(struct cti_buf *out, const char *text, bool excel)
{
	if (text)
		put_field(out, text, strlen(text), excel);
}

void cti_csv_out(struct cti_buf *out, const char *row, size_t len, bool excel)
{
	struct cti_buf field = { 0 };

	for (;;) {
		const char *tab = memchr(row, '\t', len);
		const size_t n = tab ? (size_t)(tab - row) : len;

		if (n != 2 || memcmp(row, "\\N", 2)) {
			cti_buf_clear(&field);
			cti_copy_unescape(&field, row, n);
			put_field(out, field.len ? field.data : "", field.len, excel);
		}
		if (!tab)
			break;
		cti_buf_str(out, ",");
		row += n + 1;
		len -= n + 1;
	}
	cti_buf_str(out, "\r\n");
	if (field.err)
		out->err = field.err;
	cti_buf_reset(&field);
}
