/*
 * ami_link.h -- a manager session that stays: log in, say what to send, ask for the
 * whole picture, notice a dead peer, come back.
 *
 * Messages go up as they came. Nothing more is read until the one before was taken.
 */
#ifndef AMI_LINK_H
#define AMI_LINK_H

#include "ami_msg.h"
#include "ami_sock.h"

#include <stdint.h>

struct cti_ami_link;

struct cti_ami_link_conf {
	struct cti_ami_sock_conf sock;
	const char *user;
	const char *secret; /* never logged, never in a message */
};

enum cti_ami_link_state {
	CTI_AMI_DOWN, /* why says it */
	CTI_AMI_TRYING,
	CTI_AMI_UP, /* logged in; a snapshot is asked for */
};

struct cti_ami_link_ops {
	void (*state)(enum cti_ami_link_state st, const char *why, void *arg);
	/* text: without the empty line; m: the same cut up, borrowed. 0, or ENOSPC: not
	 * now, the same message comes again later. */
	int (*message)(
		const char *text, size_t len, const struct cti_ami_msg *m, void *arg);
	/* Before the first and after the last line of a snapshot. As message(). */
	int (*snapshot)(bool begin, void *arg);
	void *arg;
};

int cti_ami_link_alloc(struct cti_ami_link **lp, const struct cti_ami_link_conf *conf,
	const struct cti_ami_link_ops *ops);
void cti_ami_link_free(struct cti_ami_link *l);

int cti_ami_link_start(struct cti_ami_link *l);
/* Logs off; closed() once, within 2 s. */
void cti_ami_link_stop(struct cti_ami_link *l, void (*closed)(void *arg), void *arg);
bool cti_ami_link_is_up(const struct cti_ami_link *l);
/* Asks for the whole picture again; one at a time. ENOTCONN. */
int cti_ami_link_snapshot(struct cti_ami_link *l);

/* ---- actions: one at a time, begin to send -------------------------------------------- */

void cti_ami_action(struct cti_ami_link *l, const char *action, const char *id);
/* A value with a control character in it makes the whole action void: nobody adds
 * headers through a number or a name. */
void cti_ami_field(struct cti_ami_link *l, const char *name, const char *value);
/* 0; EINVAL: a value was refused; ENOTCONN, ENOBUFS, ENOMEM. */
int cti_ami_send(struct cti_ami_link *l);

#endif
