/*
 * text.c -- printing into XML and JSON; see text.h.
 */
#include "text.h"

static const char *xml_entity(char c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	default:
		return NULL;
	}
}

int sim_xml(struct re_printf *pf, void *str)
{
	int err = 0;

	for (const char *p = str; p && *p && !err; p++) {
		const char *entity = xml_entity(*p);

		err = entity ? re_hprintf(pf, "%s", entity) : re_hprintf(pf, "%c", *p);
	}
	return err;
}

int sim_json(struct re_printf *pf, void *str)
{
	int err;

	if (!str)
		return re_hprintf(pf, "null");
	err = re_hprintf(pf, "\"");
	for (const char *p = str; *p && !err; p++) {
		if (*p == '"' || *p == '\\')
			err = re_hprintf(pf, "\\%c", *p);
		else if ((unsigned char)*p < 0x20)
			err = re_hprintf(pf, "\\u%04x", (unsigned char)*p);
		else
			err = re_hprintf(pf, "%c", *p);
	}
	return err ? err : re_hprintf(pf, "\"");
}

int sim_seconds(struct re_printf *pf, void *ms)
{
	uint64_t t = *(const uint64_t *)ms;

	return re_hprintf(pf, "%llu.%03llu", t / 1000, t % 1000);
}
