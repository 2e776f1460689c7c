/*
 * config_text.c -- see config_text.h.
 */
#include "config_text.h"

#include "str.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct text {
	struct cti_conf_cursor *cur;
	const struct cti_conf_text_ops *ops;
	const char *file;
	unsigned line;
};

static void problem(const struct text *t, const char *what, const char *remedy)
{
	t->ops->problem(t->file, t->line, what, remedy, t->ops->arg);
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static char *trim(char *s)
{
	size_t n;

	while (blank(*s))
		s++;
	n = strlen(s);
	while (n > 0 && blank(s[n - 1]))
		n--;
	s[n] = '\0';
	return s;
}

static bool is_word(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++) {
		if (!isalnum((unsigned char)*s) && *s != '_' && *s != '-' && *s != '.')
			return false;
	}
	return true;
}

/* A comment after a blank ends an unquoted value. */
static void cut_comment(char *s)
{
	for (char *c = s; *c; c++) {
		if (*c == '#' && (c == s || blank(c[-1]))) {
			*c = '\0';
			return;
		}
	}
}

/* "..." in place: *endp is what follows the closing quote. False: it is not closed. */
static bool unquote(char *s, char **endp)
{
	char *out = s;
	char *in = s + 1;

	for (; *in && *in != '"'; in++) {
		if (*in == '\\' && (in[1] == '"' || in[1] == '\\'))
			in++;
		*out++ = *in;
	}
	if (*in != '"')
		return false;
	*endp = in + 1;
	*out = '\0';
	return true;
}

static void parse_section(struct text *t, char *s)
{
	struct cti_conf_entry e = { .file = t->file, .line = t->line };
	char *label;
	char *end;

	cut_comment(s);
	s = trim(s);
	end = s + strlen(s) - 1;
	if (*end != ']') {
		problem(t, "this section's name is not closed",
			"write [section] or [section name]");
		return;
	}
	*end = '\0';
	s = trim(s + 1);
	label = s + strcspn(s, " \t");
	if (*label)
		*label++ = '\0';
	label = trim(label);
	if (!is_word(s) || (*label && !is_word(label))) {
		problem(t, "a section's name is letters, digits, '_', '-' and '.'",
			"write [section] or [section name]");
		return;
	}
	if (!cti_str_copy(t->cur->section, sizeof(t->cur->section), s) ||
		!cti_str_copy(t->cur->label, sizeof(t->cur->label), label)) {
		problem(t, "this section's name is too long",
			"use at most 63 characters");
		return;
	}
	e.section = t->cur->section;
	e.label = t->cur->label;
	t->ops->entry(&e, t->ops->arg);
}

static void parse_assignment(struct text *t, char *s)
{
	struct cti_conf_entry e = { .file = t->file, .line = t->line };
	char *value = strchr(s, '=');
	char *rest = NULL;

	if (!value) {
		problem(t, "this line is neither a section nor a key with a value",
			"write key = value, or # in front of a comment");
		return;
	}
	*value = '\0';
	e.key = trim(s);
	value = trim(value + 1);
	if (!is_word(e.key)) {
		problem(t, "a key is letters, digits, '_', '-' and '.'",
			"write key = value");
		return;
	}
	if (*value == '"') {
		if (!unquote(value, &rest)) {
			problem(t, "this value's quotes are not closed",
				"end it with \"");
			return;
		}
		cut_comment(rest);
		if (*trim(rest)) {
			problem(t, "there is text behind the closing quote",
				"write \\\" for a quote inside the value");
			return;
		}
	} else {
		cut_comment(value);
		value = trim(value);
	}
	e.section = t->cur->section;
	e.label = t->cur->label;
	e.value = value;
	t->ops->entry(&e, t->ops->arg);
}

static void parse_line(struct text *t, char *s)
{
	static const char include[] = "include";
	const size_t n = sizeof(include) - 1;

	s = trim(s);
	if (!*s || *s == '#')
		return;
	if (*s == '[') {
		parse_section(t, s);
	} else if (strncmp(s, include, n) == 0 && blank(s[n]) && *trim(s + n) != '=') {
		cut_comment(s + n);
		t->ops->include(t->file, t->line, trim(s + n), t->ops->arg);
	} else {
		parse_assignment(t, s);
	}
}

static void copy_line(struct text *t, const char *s, size_t len)
{
	char line[CTI_CONF_LINE_BYTES];

	if (len >= sizeof(line)) {
		problem(t, "this line is too long", "a line has at most 4095 bytes");
		return;
	}
	if (memchr(s, '\0', len)) {
		problem(t, "this line holds a NUL byte", "is this a text file?");
		return;
	}
	memcpy(line, s, len);
	line[len] = '\0';
	parse_line(t, line);
}

void cti_conf_text_parse(struct cti_conf_cursor *cur, const char *file, const char *text,
	size_t len, const struct cti_conf_text_ops *ops)
{
	static const char bom[] = "\xef\xbb\xbf";
	struct text t = { .cur = cur, .ops = ops, .file = file };

	if (len >= 3 && memcmp(text, bom, 3) == 0) {
		text += 3;
		len -= 3;
	}
	while (len > 0) {
		const char *nl = memchr(text, '\n', len);
		const size_t n = nl ? (size_t)(nl - text) : len;

		t.line++;
		copy_line(&t, text, n);
		text += nl ? n + 1 : n;
		len -= nl ? n + 1 : n;
	}
}
