/*
 * config_text.h -- the configuration's text: lines to entries, with where they stand.
 *
 *	# comment              to the end of the line; inside a value after a blank
 *	include conf.d/x.conf  (a file or a glob) as if it stood here
 *	[section] [section name]
 *	key = value            "quotes" keep blanks and #; \" and \\ inside
 *
 * Knows no keys. Reads from memory, so it can be fuzzed; opening included files is
 * its caller's.
 */
#ifndef CTI_CONFIG_TEXT_H
#define CTI_CONFIG_TEXT_H

#include <stddef.h>

enum { CTI_CONF_LINE_BYTES = 4096 };

/* Borrowed until the handler returns. */
struct cti_conf_entry {
	const char *file;
	unsigned line;
	const char *section; /* "" before the first */
	const char *label;   /* [section label]; "" if none */
	const char *key;     /* NULL: a section begins here */
	const char *value;
};

struct cti_conf_text_ops {
	void (*entry)(const struct cti_conf_entry *e, void *arg);
	/* pattern as written. */
	void (*include)(const char *file, unsigned line, const char *pattern, void *arg);
	void (*problem)(const char *file, unsigned line, const char *what,
		const char *remedy, void *arg);
	void *arg;
};

/* Where sections continue over included files. Zero at the start. */
struct cti_conf_cursor {
	char section[64];
	char label[64];
};

void cti_conf_text_parse(struct cti_conf_cursor *cur, const char *file, const char *text,
	size_t len, const struct cti_conf_text_ops *ops);

#endif
