/*
 * ami_party.h -- who stands behind a channel: from its name the device and whether
 * it is a phone, a trunk or an inner hop; from its caller fields the number, the
 * name and whether they may be shown.
 */
#ifndef AMI_PARTY_H
#define AMI_PARTY_H

#include <cti/pbx.h>

enum { CTI_AMI_NAME_BYTES = 80, CTI_AMI_NUMBER_BYTES = 80 };

/* The watched lines, found in the time of a dictionary. */
struct cti_ami_lines {
	const char **sorted; /* owned; the strings are the configuration's */
	size_t n;
};

/* 0 or ENOMEM. lines borrowed for life. */
int cti_ami_lines_init(struct cti_ami_lines *l, const char *const *lines, size_t nlines);
void cti_ami_lines_fini(struct cti_ami_lines *l);
/* The configuration's own string for the device if it is watched, else NULL. */
const char *cti_ami_line(const struct cti_ami_lines *l, const char *device);

/* What the reader learns while it reads; owned by the reader. */
struct cti_ami_places {
	const struct cti_reader_conf *conf;
	struct cti_ami_lines lines;
	char phones[CTI_AMI_NAME_BYTES]; /* the dialplan context of the watched phones */
};

/* "PJSIP/201-0000003c" -> "201". False: no device (inner hop, announcer). */
bool cti_ami_device(char device[CTI_AMI_NAME_BYTES], const char *channel);

/* context and dialled: of the channel's Newchannel event, or NULL. */
enum cti_channel_kind cti_ami_kind(struct cti_ami_places *pl, const char *channel,
	const char *device, const char *context, const char *dialled);

/* "0 (Presentation Allowed, Not Screened)", or "prohib_passed_screen". */
enum cti_presentation cti_ami_presentation(const char *text);

/*
 * number, name: as the event has them. pres: what was said about presentation, or
 * UNKNOWN. What must not be shown is left out, unless show. The strings of *party
 * point into number and nbuf.
 */
void cti_ami_party(struct cti_channel_party *party, char nbuf[CTI_AMI_NAME_BYTES],
	const char *number, const char *name, enum cti_presentation pres, bool show);

#endif
