/*
 * ami_msg.h -- one message of Asterisk's manager interface as a list of fields.
 *
 * Used by both halves: the wire half looks for answers to its own actions, the
 * reader half makes reports. Pure; the text is cut up in place.
 */
#ifndef AMI_MSG_H
#define AMI_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest event of Asterisk 22 (AttendedTransfer) has 90 fields in 4 KiB; what
 * channel variables add stays far below these. Fields past the limit are dropped. */
enum { CTI_AMI_FIELDS_MAX = 256, CTI_AMI_MESSAGE_MAX = 64 * 1024 };

struct cti_ami_field {
	const char *name;
	const char *value; /* leading blanks removed; may be "" */
};

struct cti_ami_msg {
	struct cti_ami_field fields[CTI_AMI_FIELDS_MAX];
	size_t n;
};

/* text[len] must be writable: it becomes the last terminator. Lines end in CR LF or
 * LF. Returns the number of fields; NUL bytes inside end their line early. */
size_t cti_ami_msg_parse(struct cti_ami_msg *m, char *text, size_t len);

/* The first field of that name (names are compared without case), or NULL. */
const char *cti_ami_msg_raw(const struct cti_ami_msg *m, const char *name);
/* As above, and NULL for what Asterisk writes when it knows nothing. */
const char *cti_ami_msg_get(const struct cti_ami_msg *m, const char *name);
/* Field prefix+name: "Dest" "Uniqueid". */
const char *cti_ami_msg_get2(
	const struct cti_ami_msg *m, const char *prefix, const char *name);
/* A number from 0 to max, or 0. */
uint32_t cti_ami_msg_u32(const struct cti_ami_msg *m, const char *name, uint32_t max);
bool cti_ami_msg_is(const struct cti_ami_msg *m, const char *name, const char *value);

#endif
