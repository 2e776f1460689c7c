/*
 * log.c -- one write(2) a line to standard error, so that lines of several threads
 * never mix.
 *
 * A message is constant text followed by key=value words. The keys are found in
 * the format, which is ours, and never in the values, which may come from a
 * telephone network: each " key=" of the format is marked by a separator before
 * the values are filled in, and a value that holds the separator itself makes the
 * whole message plain text.
 */
#include "json.h"
#include "str.h"

#include <cti/clock.h>
#include <cti/log.h>

#include <ctype.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SEPARATOR = 0x1e, /* ASCII record separator */
	FMT_BYTES = 1024,
	TEXT_BYTES = 4096, /* longer messages are cut */
	FIELDS = 32,
};

enum style { STYLE_UNSET, STYLE_TEXT, STYLE_JSON, STYLE_JOURNAL };

struct field {
	const char *key; /* borrowed; key and value are terminated in place */
	const char *value;
};

struct message {
	char text[TEXT_BYTES]; /* the constant text; fields point behind it */
	struct field fields[FIELDS];
	size_t nfields;
};

static const struct {
	const char *name;
	int priority; /* of syslog(3), as sd-daemon(3) wants it */
} levels[] = {
	[CTI_LOG_ERROR] = { "error", 3 },
	[CTI_LOG_WARN] = { "warn", 4 },
	[CTI_LOG_INFO] = { "info", 6 },
	[CTI_LOG_DEBUG] = { "debug", 7 },
};

static _Atomic int threshold = CTI_LOG_INFO;
static _Atomic int chosen_style = STYLE_UNSET;

void cti_log_set_level(enum cti_log_level level)
{
	atomic_store(&threshold, (int)level);
}

bool cti_log_enabled(enum cti_log_level level)
{
	return (int)level <= atomic_load(&threshold);
}

/* JOURNAL_STREAM is "device:inode" of the stream that the journal reads; it is
 * inherited, so it counts only if standard error still is that stream. */
static bool is_journal(void)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody calls setenv() */
	const char *env = getenv("JOURNAL_STREAM");
	char here[64];
	struct stat st;

	if (!env || fstat(STDERR_FILENO, &st))
		return false;
	(void)snprintf(here, sizeof(here), "%llu:%llu", (unsigned long long)st.st_dev,
		(unsigned long long)st.st_ino);
	return strcmp(env, here) == 0;
}

static enum style style(void)
{
	enum style s = (enum style)atomic_load(&chosen_style);

	if (s != STYLE_UNSET)
		return s;
	s = STYLE_JSON;
	if (is_journal())
		s = STYLE_JOURNAL;
	else if (isatty(STDERR_FILENO))
		s = STYLE_TEXT;
	atomic_store(&chosen_style, (int)s);
	return s;
}

/* ---- message = text + fields -------------------------------------------- */

/* Length of "key=" at s; 0 if there is none. */
static size_t key_length(const char *s)
{
	size_t n = 0;

	while (islower((unsigned char)s[n]) || isdigit((unsigned char)s[n]) ||
		s[n] == '_')
		n++;
	return n && s[n] == '=' ? n + 1 : 0;
}

/* Copies fmt with its " key=" marked; returns how many there are. */
static size_t mark_keys(char marked[FMT_BYTES], const char *fmt)
{
	size_t n = 0;
	size_t keys = 0;

	for (; fmt[n] && n < FMT_BYTES - 1; n++) {
		const bool key = fmt[n] == ' ' && key_length(fmt + n + 1);

		marked[n] = key ? SEPARATOR : fmt[n];
		keys += key;
	}
	marked[n] = '\0';
	return keys;
}

static size_t count_separators(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s == SEPARATOR;
	return n;
}

static void split_fields(struct message *m)
{
	char *at = strchr(m->text, SEPARATOR);

	while (at && m->nfields < FIELDS) {
		struct field *f = &m->fields[m->nfields++];
		char *value = strchr(at + 1, '='); /* mark_keys() saw it */

		*at = '\0';
		*value = '\0';
		f->key = at + 1;
		f->value = value + 1;
		at = strchr(value + 1, SEPARATOR);
	}
}

static void format_message(struct message *m, const char *fmt, va_list ap)
{
	char marked[FMT_BYTES];
	const size_t keys = mark_keys(marked, fmt);

	m->nfields = 0;
	/* Only the spaces before keys differ from fmt, which the compiler checked. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)vsnprintf(m->text, sizeof(m->text), marked, ap);
#pragma GCC diagnostic pop
	if (count_separators(m->text) == keys && keys <= FIELDS)
		split_fields(m);
}

/* ---- lines -------------------------------------------------------------- */

/* For a terminal: control characters and ill-formed bytes as \xNN. */
static void put_visible(struct cti_buf *b, const char *s)
{
	const size_t len = strlen(s);

	for (size_t i = 0, n; i < len; i += n) {
		uint32_t cp;

		n = cti_utf8_next(s + i, len - i, &cp);
		if (n && cp >= 0x20 && (cp < 0x7f || cp > 0x9f)) {
			cti_buf_add(b, s + i, n);
			continue;
		}
		n = 1;
		cti_buf_printf(b, "\\x%02x", (unsigned char)s[i]);
	}
}

static void put_text(struct cti_buf *b, const struct message *m)
{
	put_visible(b, m->text);
	for (size_t i = 0; i < m->nfields; i++) {
		const struct field *f = &m->fields[i];
		const char *quote = *f->value && !strpbrk(f->value, " \"=") ? "" : "\"";

		cti_buf_printf(b, " %s=%s", f->key, quote);
		put_visible(b, f->value);
		cti_buf_str(b, quote);
	}
}

static void put_json(
	struct cti_buf *b, const struct message *m, const char *level, const char *module)
{
	struct cti_jsonw w;

	cti_jsonw_init(&w, b);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_time(&w, "time", cti_now_us());
	cti_jsonw_str(&w, "level", level);
	cti_jsonw_str(&w, "module", module);
	cti_jsonw_str(&w, "msg", m->text);
	for (size_t i = 0; i < m->nfields; i++)
		cti_jsonw_str(&w, m->fields[i].key, m->fields[i].value);
	cti_jsonw_end_object(&w);
}

static void put_line(struct cti_buf *b, const struct message *m, enum cti_log_level level,
	const char *module)
{
	char at[CTI_TIME_BYTES];

	switch (style()) {
	case STYLE_JOURNAL:
		cti_buf_printf(b, "<%d>%s: ", levels[level].priority, module);
		put_text(b, m);
		break;
	case STYLE_TEXT:
		cti_buf_printf(b, "%s %-5s %-9s ", cti_time_iso(at, cti_now_us()),
			levels[level].name, module);
		put_text(b, m);
		break;
	case STYLE_UNSET:
	case STYLE_JSON:
		put_json(b, m, levels[level].name, module);
		break;
	}
	cti_buf_add(b, "\n", 1);
}

void cti_log(enum cti_log_level level, const char *module, const char *fmt, ...)
{
	struct cti_buf line = { 0 };
	struct message m;
	va_list ap;

	if (!cti_log_enabled(level))
		return;
	va_start(ap, fmt);
	format_message(&m, fmt, ap);
	va_end(ap);
	put_line(&line, &m, level, module);
	/* Nobody can be told that the log cannot be written. */
	if (!line.err && write(STDERR_FILENO, line.data, line.len) < 0)
		line.err = 0;
	cti_buf_reset(&line);
}

/* ---- numbers ------------------------------------------------------------ */

const char *cti_log_number(char buf[CTI_LOG_NUMBER_BYTES], const char *number)
{
	enum { KEEP_HEAD = 5, KEEP_TAIL = 4, SHOWN_WHOLE = 6 };
	size_t len;

	(void)cti_str_copy(buf, CTI_LOG_NUMBER_BYTES, number ? number : "");
	len = strlen(buf);
	/* Extensions and service codes name no person outside. */
	if (cti_log_enabled(CTI_LOG_DEBUG) || len <= SHOWN_WHOLE)
		return buf;
	for (size_t i = len > KEEP_HEAD + KEEP_TAIL ? KEEP_HEAD : 0; i < len - KEEP_TAIL;
		i++)
		buf[i] = '*';
	return buf;
}
