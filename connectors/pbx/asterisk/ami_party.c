/*
 * ami_party.c -- devices, trunks and callers as Asterisk names them.
 */
#include "ami_party.h"

#include "presentation.h"
#include "str.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- devices -------------------------------------------------------------- */

/* Channel technologies behind which no person is. */
static const char *const nobody[] = { "Message", "CBAnn", "CBRec", "Announcer",
	"Recorder", "Bridge", "Surrogate", "Snoop", "MulticastRTP", "UnicastRTP",
	"Parking", "Parked" };

static bool is_nobody(const char *channel)
{
	for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++) {
		const size_t n = strlen(nobody[i]);

		if (!strncmp(channel, nobody[i], n) && channel[n] == '/')
			return true;
	}
	return false;
}

/* A redirected channel wears this in front for a moment. */
static const char *bare(const char *channel)
{
	static const char async[] = "AsyncGoto/";

	return strncmp(channel, async, sizeof(async) - 1) ? channel
							  : channel + sizeof(async) - 1;
}

bool cti_ami_device(char device[CTI_AMI_NAME_BYTES], const char *channel)
{
	const char *slash = strchr(bare(channel), '/');
	const char *dash = slash ? strrchr(slash, '-') : NULL;

	device[0] = '\0';
	if (!slash || is_nobody(channel) || !strncmp(channel, "Local/", 6))
		return false;
	if (dash)
		(void)cti_str_copyn(device, CTI_AMI_NAME_BYTES, slash + 1,
			(size_t)(dash - slash - 1));
	else
		(void)cti_str_copy(device, CTI_AMI_NAME_BYTES, slash + 1);
	return device[0] != '\0';
}

static const char *in_list(const char *const *v, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(v[i], s))
			return v[i];
	}
	return NULL;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int cti_ami_lines_init(struct cti_ami_lines *l, const char *const *lines, size_t nlines)
{
	l->n = 0;
	l->sorted = calloc(nlines + 1, sizeof(*l->sorted));
	if (!l->sorted)
		return ENOMEM;
	for (size_t i = 0; i < nlines; i++)
		l->sorted[l->n++] = lines[i];
	qsort(l->sorted, l->n, sizeof(*l->sorted), by_text);
	return 0;
}

void cti_ami_lines_fini(struct cti_ami_lines *l)
{
	free(l->sorted);
	l->sorted = NULL;
	l->n = 0;
}

const char *cti_ami_line(const struct cti_ami_lines *l, const char *device)
{
	const char **found =
		bsearch(&device, l->sorted, l->n, sizeof(*l->sorted), by_text);

	return found ? *found : NULL;
}

static bool is_extension(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s) && strlen(s) <= 6;
}

/*
 * Trunks are rarely all listed, so: an endpoint named like an extension is a phone;
 * so is one that dials a watched line by its extension, or whose context is that of
 * the watched phones. Whatever is left is the outside.
 */
static enum cti_channel_kind guess(const struct cti_ami_places *pl, const char *device,
	const char *context, const char *dialled)
{
	if (is_extension(device))
		return CTI_CHAN_LINE;
	if (dialled && cti_ami_line(&pl->lines, dialled))
		return CTI_CHAN_LINE;
	if (context && pl->phones[0] && !strcmp(context, pl->phones))
		return CTI_CHAN_LINE;
	return CTI_CHAN_TRUNK;
}

enum cti_channel_kind cti_ami_kind(struct cti_ami_places *pl, const char *channel,
	const char *device, const char *context, const char *dialled)
{
	const struct cti_reader_conf *conf = pl->conf;

	if (!strncmp(channel, "Local/", 6))
		return CTI_CHAN_LOCAL;
	if (!device[0])
		return CTI_CHAN_OTHER;
	if (conf->own && !strcmp(conf->own, device))
		return CTI_CHAN_OWN;
	if (cti_ami_line(&pl->lines, device)) {
		if (context)
			(void)cti_str_copy(pl->phones, sizeof(pl->phones), context);
		return CTI_CHAN_LINE;
	}
	if (in_list(conf->trunks, conf->ntrunks, device))
		return CTI_CHAN_TRUNK;
	return guess(pl, device, context, dialled);
}

/* ---- callers -------------------------------------------------------------- */

/* Q.931 4.5.10 octet 3a, as Asterisk writes it: bits 7 and 6. */
enum { PRES_MASK = 0x60, PRES_RESTRICTED = 0x20, PRES_UNAVAILABLE = 0x40 };

enum cti_presentation cti_ami_presentation(const char *text)
{
	long v;

	if (!text || !*text)
		return CTI_PRES_UNKNOWN;
	if (!strncasecmp(text, "allowed", 7))
		return CTI_PRES_ALLOWED;
	if (!strncasecmp(text, "prohib", 6))
		return CTI_PRES_WITHHELD;
	if (!strncasecmp(text, "unavailable", 11))
		return CTI_PRES_UNAVAILABLE;
	if (!isdigit((unsigned char)*text))
		return CTI_PRES_UNKNOWN;
	v = strtol(text, NULL, 10);
	if ((v & PRES_MASK) == PRES_RESTRICTED)
		return CTI_PRES_WITHHELD;
	return (v & PRES_MASK) == PRES_UNAVAILABLE ? CTI_PRES_UNAVAILABLE
						   : CTI_PRES_ALLOWED;
}

static bool hides(enum cti_presentation p)
{
	return p != CTI_PRES_UNKNOWN && p != CTI_PRES_ALLOWED;
}

/* The more telling of what was said: the name's word, the number's, the flag. */
static enum cti_presentation weigh(enum cti_presentation flag,
	enum cti_presentation by_number, enum cti_presentation by_name)
{
	if (by_name != CTI_PRES_UNKNOWN)
		return by_name;
	if (hides(flag))
		return flag;
	return by_number != CTI_PRES_UNKNOWN ? by_number : flag;
}

void cti_ami_party(struct cti_channel_party *party, char nbuf[CTI_AMI_NAME_BYTES],
	const char *number, const char *name, enum cti_presentation pres, bool show)
{
	const enum cti_presentation by_name = cti_presentation_of_name(name);
	const enum cti_presentation by_number = cti_presentation_of_number(number);

	*party = (struct cti_channel_party){ .presentation =
						     weigh(pres, by_number, by_name) };
	if (hides(party->presentation) && !show)
		return;
	if (by_number == CTI_PRES_UNKNOWN && number)
		party->number = number;
	if (party->number && party->presentation == CTI_PRES_UNKNOWN)
		party->presentation = CTI_PRES_ALLOWED;
	if (name && by_name == CTI_PRES_UNKNOWN &&
		cti_str_clean(nbuf, CTI_AMI_NAME_BYTES, name, strlen(name)))
		party->name = nbuf;
}
