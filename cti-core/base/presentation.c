/*
 * presentation.c -- see presentation.h.
 */
#include "presentation.h"

#include <stddef.h>

#include "str.h"

static const struct word {
	const char *text;
	enum cti_presentation pres;
	bool number_only; /* people may be called so */
} words[] = {
	/* RFC 3323, RFC 3325, RFC 3261 section 8.1.1.3 and what PBXs make of them. */
	{ "anonymous", CTI_PRES_WITHHELD, false },
	{ "anonymous caller", CTI_PRES_WITHHELD, false },
	{ "private", CTI_PRES_WITHHELD, false },
	{ "withheld", CTI_PRES_WITHHELD, false },
	{ "restricted", CTI_PRES_WITHHELD, false },
	{ "blocked", CTI_PRES_WITHHELD, false },
	{ "unknown", CTI_PRES_UNAVAILABLE, true },
	/* Four reasons in the display text: 3GPP TS 24.008 section 10.5.4.30 ("Cause of No
	 * CLI"), TTC JJ-90.22; Japanese trunks send exactly these. */
	{ "coin line/payphone", CTI_PRES_PAYPHONE, false },
	{ "payphone", CTI_PRES_PAYPHONE, false },
	{ "interaction with other service", CTI_PRES_INTERACTION, false },
	{ "unavailable", CTI_PRES_UNAVAILABLE, false },
	{ "out of area", CTI_PRES_UNAVAILABLE, false },
	{ "非通知", CTI_PRES_WITHHELD, false },
	{ "公衆電話", CTI_PRES_PAYPHONE, false },
	{ "表示圏外", CTI_PRES_UNAVAILABLE, false },
	{ "サービス競合", CTI_PRES_INTERACTION, false },
};

static const struct word *find(const char *text)
{
	for (size_t i = 0; text && i < sizeof(words) / sizeof(*words); i++) {
		if (cti_str_ieq(text, words[i].text))
			return &words[i];
	}
	return NULL;
}

enum cti_presentation cti_presentation_of_name(const char *text)
{
	const struct word *w = find(text);

	return w && !w->number_only ? w->pres : CTI_PRES_UNKNOWN;
}

enum cti_presentation cti_presentation_of_number(const char *text)
{
	const struct word *w = find(text);

	return w ? w->pres : CTI_PRES_UNKNOWN;
}
