/*
 * ami_party.h -- who stands behind a channel: from its name the device and whether
 * it is a phone, a trunk or an inner hop; from its caller fields the number, the
 * name and whether they may be shown.
 */
#ifndef AMI_PARTY_H
#define AMI_PARTY_H

#include <cti/pbx.h>

enum { AMI_NAME_BYTES = 80, AMI_NUMBER_BYTES = 80 };

/* What the reader learns while it reads; owned by the reader. */
struct ami_places {
	const struct cti_reader_conf *conf;
	char phones[AMI_NAME_BYTES]; /* the dialplan context of the watched phones */
};

/* "PJSIP/201-0000003c" -> "201". False: no device (inner hop, announcer). */
bool cti_ami_device(char device[AMI_NAME_BYTES], const char *channel);

/* context and dialled: of the channel's Newchannel event, or NULL. */
enum cti_channel_kind cti_ami_kind(struct ami_places *pl, const char *channel,
	const char *device, const char *context, const char *dialled);

/* conf's own string for the device if it is watched, else NULL. */
const char *cti_ami_line(const struct cti_reader_conf *conf, const char *device);

/* "0 (Presentation Allowed, Not Screened)", or "prohib_passed_screen". */
enum cti_presentation cti_ami_presentation(const char *text);

/*
 * number, name: as the event has them. pres: what was said about presentation, or
 * UNKNOWN. What must not be shown is left out, unless show. The strings of *party
 * point into number and nbuf.
 */
void cti_ami_party(struct cti_channel_party *party, char nbuf[AMI_NAME_BYTES],
	const char *number, const char *name, enum cti_presentation pres, bool show);

#endif
