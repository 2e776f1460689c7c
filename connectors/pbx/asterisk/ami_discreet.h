/*
 * ami_discreet.h -- keeps the numbers of callers who withhold them out of what we
 * keep, the journal included.
 *
 * Asterisk's events name every caller; whether a caller wants to be named is a
 * question of its own (CALLERID(num-pres)). So from a question on messages wait, in
 * their order, until it is answered; in those of a caller who does not want to be
 * named the number and name are replaced before anybody sees them. No answer in time
 * counts as a wish not to be named.
 *
 * Thread: core.
 */
#ifndef CTI_AMI_DISCREET_H
#define CTI_AMI_DISCREET_H

#include "ami_msg.h"

#include <stdbool.h>
#include <stddef.h>

struct cti_ami_discreet;

/* As cti_ami_link_ops.message: 0, or ENOSPC: not now. link: text is about the link
 * itself, not a message. */
typedef int(cti_ami_deliver_h)(const char *text, size_t len, bool link, void *arg);

int cti_ami_discreet_alloc(
	struct cti_ami_discreet **dp, cti_ami_deliver_h *deliver, void *arg);
void cti_ami_discreet_free(struct cti_ami_discreet *d);

/* Asked about the caller of a call (its Linkedid); the answer has this ActionID. */
void cti_ami_discreet_asked(struct cti_ami_discreet *d, const char *id, const char *call,
	const char *number, const char *name);

/* A message of the PBX, delivered now or later. ENOSPC: neither; it comes again. */
int cti_ami_discreet_message(struct cti_ami_discreet *d, const char *text, size_t len,
	const struct cti_ami_msg *m);

/* Something about the link, in its place among the messages. 0 or ENOSPC. */
int cti_ami_discreet_link(struct cti_ami_discreet *d, const char *text);

/* No more answers will come: the link is gone. */
void cti_ami_discreet_lost(struct cti_ami_discreet *d);

#endif
