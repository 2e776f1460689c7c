/*
 * ami_dial.h -- calls that we asked Asterisk for, and what we do to calls of others.
 *
 * A dial is an Originate whose channel has our request's id, so every event of it
 * is known as ours; what became of it is read from those events alone.
 */
#ifndef AMI_DIAL_H
#define AMI_DIAL_H

#include "ami_link.h"
#include "ami_party.h"

#include <cti/conf.h>
#include <cti/pbx.h>

struct cti_ami_dial;

/* All borrowed for life. */
int cti_ami_dial_alloc(struct cti_ami_dial **dp, const struct cti_pbx_conf *conf,
	const struct cti_ami_lines *lines, struct cti_ami_link *link,
	const struct cti_pbx_sink *sink);
void cti_ami_dial_free(struct cti_ami_dial *d);

/* As cti_pbx_ops.command(). */
int cti_ami_dial_command(struct cti_ami_dial *d, const struct cti_command *cmd);
/* Each message of the stream. */
void cti_ami_dial_message(struct cti_ami_dial *d, const struct cti_ami_msg *m);
/* The stream is gone: nobody will tell how they went. */
void cti_ami_dial_lost(struct cti_ami_dial *d);
/* A permission that the account lacks, in words for doctor; NULL: none known. */
const char *cti_ami_dial_complaint(const struct cti_ami_dial *d);

#endif
