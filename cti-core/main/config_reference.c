/*
 * config_reference.c -- doc/configuration.md, from the table.
 */
#include "config_value.h"

#include <inttypes.h>
#include <string.h>

static const char head[] =
	"# Configuration\n"
	"\n"
	"Made by `ringbridge check --reference` from the table in `cti-core/main/config_table.c`; "
	"a test fails when it is stale.\n"
	"\n"
	"One file, `/etc/ringbridge/ringbridge.conf` unless `--config` names another. "
	"`ringbridge check` names file, line, key and remedy of every\n"
	"mistake in one go.\n"
	"\n"
	"    # a comment, also behind a value after a blank\n"
	"    include conf.d/*.conf        # a file or a glob, from this file's folder on\n"
	"    [section]                    # or [pbx NAME]\n"
	"    key = value\n"
	"    key = \"a value with # or blanks at its ends\"\n"
	"\n"
	"Keys marked *live* are taken over by SIGHUP; for the others the log says that a restart is needed.\n";

static void put_words(struct cti_buf *out, const struct cti_conf_key *k)
{
	for (size_t i = 0; k->words[i]; i++)
		cti_buf_printf(out, "%s`%s`", i ? ", " : " ", k->words[i]);
}

static void put_key(struct cti_buf *out, const struct cti_conf_key *k)
{
	cti_buf_printf(out, "| `%s` | %s", k->name, cti_conf_type_help(k->type));
	if (k->words)
		put_words(out, k);
	cti_buf_str(out, " | ");
	if (k->dflt && strcmp(k->dflt, "!") == 0)
		cti_buf_str(out, "must be given");
	else if (k->dflt && *k->dflt)
		cti_buf_printf(out, "`%s`", k->dflt);
	cti_buf_str(out, " | ");
	if (k->type == CTI_CONF_U32)
		cti_buf_printf(out, "%" PRIu64 " to %" PRIu64 "%s%s", k->min, k->max,
			*k->unit ? " " : "", k->unit);
	cti_buf_printf(out, " | %s%s |\n", k->live ? "*live.* " : "", k->help);
}

void cti_config_reference(struct cti_buf *out)
{
	cti_buf_str(out, head);
	for (size_t s = 0; s < cti_conf_nsections; s++) {
		const struct cti_conf_section *sec = &cti_conf_sections[s];

		cti_buf_printf(out, "\n## [%s%s]\n\n%s\n\n", sec->name,
			sec->labelled ? " NAME" : "", sec->help);
		cti_buf_str(out,
			"| key | value | default | limits | |\n|---|---|---|---|---|\n");
		for (size_t i = 0; i < cti_conf_nkeys; i++) {
			if (strcmp(cti_conf_keys[i].section, sec->name) == 0)
				put_key(out, &cti_conf_keys[i]);
		}
	}
}
