/*
 * vcard.c -- see vcard.h. Lines are unfolded (RFC 6350 section 3.2), quoted-printable of
 * version 2.1 is decoded, what is not a name, a number or the like is passed over.
 */
#include "vcard.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A property, cut where it stands: "item1.TEL;TYPE=CELL:+81 90 1234 5678". */
struct property {
	char *name;
	char *params; /* upper case, "" if none; ";"-separated */
	char *value;
};

/* ---- words ----------------------------------------------------------------- */

static const struct known {
	const char *name;
	enum cti_column column;
} known[] = {
	{ "UID", CTI_COL_ID },
	{ "FN", CTI_COL_NAME },
	{ "N", CTI_COL_LAST }, /* and the given name: see name_parts() */
	{ "ORG", CTI_COL_COMPANY },
	{ "TITLE", CTI_COL_TITLE },
	{ "EMAIL", CTI_COL_EMAIL },
	{ "URL", CTI_COL_URL },
	{ "NOTE", CTI_COL_NOTE },
	{ "X-PHONETIC-LAST-NAME", CTI_COL_KANA },
	{ "SOUND", CTI_COL_KANA },
	{ "TEL", CTI_COL_NUMBER },
};

static enum cti_column column_of(const char *name)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcasecmp(known[i].name, name))
			return known[i].column;
	return CTI_COL_OTHER;
}

/* Is word one of the parameters' words? "TYPE=CELL,VOICE" and "CELL" have CELL. */
static bool has_word(const char *params, const char *word)
{
	const size_t len = strlen(word);

	for (const char *p = params; (p = strstr(p, word)) != NULL; p += len) {
		const char before = p == params ? ';' : p[-1];
		const char after = p[len];

		if (strchr(";=,\"", before) && (!after || strchr(";,\"", after)))
			return true;
	}
	return false;
}

static const char *label_of(const char *params)
{
	static const struct {
		const char *word, *label;
	} labels[] = { { "FAX", "fax" }, { "PAGER", "pager" }, { "CELL", "mobile" },
		{ "HOME", "home" } };

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (has_word(params, labels[i].word))
			return labels[i].label;
	return "phone";
}

/* ---- values ------------------------------------------------------------------ */

static int hex(char c)
{
	return c >= '0' && c <= '9'         ? c - '0'
	       : isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10
					    : -1;
}

/* In place; what is no code stays. */
static void quoted_printable(char *s)
{
	char *to = s;

	for (; *s; s++) {
		const int high = *s == '=' ? hex(s[1]) : -1;
		const int low = high >= 0 ? hex(s[2]) : -1;

		if (low < 0) {
			*to++ = *s;
			continue;
		}
		*to++ = (char)(high << 4 | low);
		s += 2;
	}
	*to = '\0';
}

/* "\n", "\,", "\;", "\\" (RFC 6350 section 3.4); cut at the first bare ';' if so
 * wanted. Returns what follows it, or NULL. */
static char *unescape(char *s, bool parts)
{
	char *to = s;
	char *rest = NULL;

	for (; *s; s++) {
		if (*s == ';' && parts) {
			rest = s + 1;
			break;
		}
		if (*s == '\\' && s[1]) {
			s++;
			*to++ = *s == 'n' || *s == 'N' ? ' ' : *s;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
	return rest;
}

/* Shift_JIS in quoted-printable, as Japanese telephones export. */
static void from_shift_jis(struct cti_buf *out, char *value)
{
	const iconv_t cd = iconv_open("UTF-8", "CP932");
	size_t left = strlen(value);

	if (cd == (iconv_t)-1) {
		cti_buf_str(out, value);
		return;
	}
	while (left) {
		char piece[256];
		char *to = piece;
		size_t room = sizeof(piece);
		const size_t n = iconv(cd, &value, &left, &to, &room);

		cti_buf_add(out, piece, sizeof(piece) - room);
		if (n == (size_t)-1 && errno != E2BIG && left) {
			cti_buf_str(out, "\xef\xbf\xbd");
			value++;
			left--;
		}
	}
	(void)iconv_close(cd);
}

/* ---- a card -------------------------------------------------------------------- */

/* A value's place in text, plus one. 0: too much of it. */
static size_t keep(struct cti_vcard *v, const char *value, const char *params)
{
	const size_t at = v->text.len;

	if (at + strlen(value) + 1 > CTI_VCARD_BYTES_MAX) {
		v->bad = "the card is too long";
		return 0;
	}
	if (strstr(params, "CHARSET=SHIFT_JIS") || strstr(params, "CHARSET=CP932"))
		from_shift_jis(&v->text, (char *)(uintptr_t)value);
	else
		cti_buf_str(&v->text, value);
	cti_buf_add(&v->text, "", 1);
	return at + 1;
}

static void keep_first(
	struct cti_vcard *v, enum cti_column col, const char *value, const char *params)
{
	if (*value && !v->fields[col])
		v->fields[col] = keep(v, value, params);
}

static void keep_number(struct cti_vcard *v, const char *value, const char *params)
{
	if (!strncasecmp(value, "tel:", 4))
		value += 4;
	if (!*value || v->nnumbers >= CTI_ENTRY_NUMBERS_MAX)
		return;
	v->numbers[v->nnumbers].at = keep(v, value, params);
	if (v->numbers[v->nnumbers].at)
		v->numbers[v->nnumbers++].label = label_of(params);
}

/* Family name, given name; ORG: company, department. */
static void keep_parts(struct cti_vcard *v, enum cti_column first, enum cti_column second,
	struct property *p)
{
	char *rest = unescape(p->value, true);

	keep_first(v, first, p->value, p->params);
	if (!rest)
		return;
	(void)unescape(rest, true);
	keep_first(v, second, rest, p->params);
}

static void take(struct cti_vcard *v, struct property *p)
{
	const enum cti_column col = column_of(p->name);

	if (col == CTI_COL_OTHER)
		return;
	if (strstr(p->params, "QUOTED-PRINTABLE"))
		quoted_printable(p->value);
	if (col == CTI_COL_LAST || col == CTI_COL_COMPANY) {
		keep_parts(v, col,
			col == CTI_COL_LAST ? CTI_COL_FIRST : CTI_COL_DEPARTMENT, p);
		return;
	}
	(void)unescape(p->value, false);
	if (col == CTI_COL_NUMBER)
		keep_number(v, p->value, p->params);
	else if (!(col == CTI_COL_KANA && strstr(p->params, "ENCODING=B")))
		keep_first(v, col, p->value, p->params);
}

static int card_end(struct cti_vcard *v)
{
	struct cti_entry e = { .line = v->first_line, .bad = v->bad };

	v->inside = false;
	if (v->text.err)
		return v->text.err;
	for (size_t i = 0; i < CTI_COLUMNS; i++)
		e.fields[i] = v->fields[i] ? v->text.data + v->fields[i] - 1 : NULL;
	for (size_t i = 0; i < v->nnumbers; i++) {
		e.numbers[i].text = v->text.data + v->numbers[i].at - 1;
		e.numbers[i].label = v->numbers[i].label;
	}
	e.nnumbers = v->nnumbers;
	return v->h(&e, v->arg);
}

static int card_begin(struct cti_vcard *v)
{
	int err = 0;

	if (v->inside) {
		v->bad = "the card before it has no END:VCARD";
		err = card_end(v);
	}
	cti_buf_clear(&v->text);
	memset(v->fields, 0, sizeof(v->fields));
	v->nnumbers = 0;
	v->bad = NULL;
	v->inside = true;
	v->first_line = v->begun;
	return err;
}

/* ---- lines ------------------------------------------------------------------------ */

/* The colon that ends the parameters: none in quotes (RFC 6350 section 3.3). */
static char *find_colon(char *s)
{
	bool quoted = false;

	for (; *s; s++) {
		if (*s == '"')
			quoted = !quoted;
		else if (*s == ':' && !quoted)
			return s;
	}
	return NULL;
}

static bool cut(struct property *p, char *line)
{
	char *colon = find_colon(line);
	char *dot;

	if (!colon)
		return false;
	*colon = '\0';
	p->value = colon + 1;
	p->name = line;
	p->params = strchr(line, ';');
	if (p->params)
		*p->params++ = '\0';
	else
		p->params = colon; /* "" */
	for (char *s = p->params; *s; s++)
		*s = (char)toupper((unsigned char)*s);
	dot = strrchr(p->name, '.');
	if (dot)
		p->name = dot + 1;
	return true;
}

static int logical_line(struct cti_vcard *v)
{
	struct property p;
	int err = v->logical.err;

	if (!v->logical.len || err)
		return err;
	if (cut(&p, v->logical.data)) {
		if (!strcasecmp(p.name, "BEGIN"))
			err = card_begin(v);
		else if (!strcasecmp(p.name, "END") && v->inside)
			err = card_end(v);
		else if (v->inside)
			take(v, &p);
	}
	cti_buf_clear(&v->logical);
	return err;
}

/* A soft line break of quoted-printable: "=" at the end. */
static bool goes_on(const struct cti_buf *logical)
{
	return logical->len && logical->data[logical->len - 1] == '=' &&
	       strcasestr(logical->data, "QUOTED-PRINTABLE");
}

/* What is longer than a line may be is a picture: its rest is not looked at. */
static void append(struct cti_buf *logical, const char *data, size_t len)
{
	if (logical->len + len <= CTI_VCARD_LINE_BYTES_MAX)
		cti_buf_add(logical, data, len);
}

static int raw_line(struct cti_vcard *v)
{
	char *s = v->raw.data;
	size_t len = v->raw.len;
	int err = v->raw.err;

	v->line++;
	if (len && s[len - 1] == '\r')
		len--;
	if (!len || err) {
		cti_buf_clear(&v->raw);
		return err;
	}
	if (memchr(s, '\0', len))
		len = strlen(s);
	if (goes_on(&v->logical)) {
		v->logical.data[--v->logical.len] = '\0';
		append(&v->logical, s, len);
	} else if (v->logical.len && (*s == ' ' || *s == '\t')) {
		append(&v->logical, s + 1, len - 1);
	} else {
		err = logical_line(v);
		v->begun = v->line;
		append(&v->logical, s, len);
	}
	cti_buf_clear(&v->raw);
	return err;
}

int cti_vcard_feed(struct cti_vcard *v, const char *data, size_t len)
{
	int err = 0;

	while (!err && len) {
		const char *end = memchr(data, '\n', len);
		const size_t n = end ? (size_t)(end - data) : len;

		const size_t room = CTI_VCARD_LINE_BYTES_MAX - v->raw.len;

		cti_buf_add(&v->raw, data, n < room ? n : room);
		if (end)
			err = raw_line(v);
		data += end ? n + 1 : n;
		len -= end ? n + 1 : n;
	}
	return err;
}

int cti_vcard_end(struct cti_vcard *v)
{
	int err = raw_line(v);

	if (!err)
		err = logical_line(v);
	if (!err && v->inside) {
		v->bad = "the card has no END:VCARD";
		err = card_end(v);
	}
	return err;
}

void cti_vcard_init(struct cti_vcard *v, cti_entry_h *h, void *arg)
{
	*v = (struct cti_vcard){ .h = h, .arg = arg };
}

void cti_vcard_fini(struct cti_vcard *v)
{
	cti_buf_reset(&v->raw);
	cti_buf_reset(&v->logical);
	cti_buf_reset(&v->text);
}

bool cti_vcard_is(const char *data, size_t len)
{
	static const char begin[] = "BEGIN:VCARD";

	while (len && isspace((unsigned char)*data)) {
		data++;
		len--;
	}
	return len >= sizeof(begin) - 1 && !strncasecmp(data, begin, sizeof(begin) - 1);
}
