/*
 * ami_sock.h -- a stream to one host and port, plain or TLS, that never waits: name
 * look-up on a thread of its own, all else on the core thread's loop.
 */
#ifndef AMI_SOCK_H
#define AMI_SOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct cti_ami_sock;

struct cti_ami_sock_conf {
	const char *address; /* "host:port", "[::1]:5038", "host" (5038, TLS 5039) */
	bool tls;
	bool tls_verify;    /* certificate and name */
	const char *tls_ca; /* file; NULL: the system's */
};

enum cti_ami_fail { CTI_AMI_RESOLVE, CTI_AMI_REFUSED, CTI_AMI_TLS, CTI_AMI_LOST };

/* From the loop, never from inside a call into this file. */
struct cti_ami_sock_ops {
	void (*connected)(void *arg);
	void (*readable)(void *arg);
	/* Closed already; why: for people. */
	void (*failed)(enum cti_ami_fail fail, const char *why, void *arg);
	void *arg;
};

/* 0, EINVAL (address), ENOMEM, EIO (no TLS, or the CA file is unreadable). */
int cti_ami_sock_alloc(struct cti_ami_sock **sp, const struct cti_ami_sock_conf *conf,
	const struct cti_ami_sock_ops *ops);
void cti_ami_sock_free(struct cti_ami_sock *s);

/* Begins; connected() or failed() follows. Closes what was open. */
int cti_ami_sock_open(struct cti_ami_sock *s);
void cti_ami_sock_close(struct cti_ami_sock *s);

/* Bytes read; 0: none now; -1: the other side closed or broke, failed() will not come. */
ssize_t cti_ami_sock_read(struct cti_ami_sock *s, void *buf, size_t size);
/* Queues all of it. ENOBUFS: the PBX takes nothing any more; ENOTCONN. */
int cti_ami_sock_write(struct cti_ami_sock *s, const void *data, size_t len);
/* While paused nothing is read, so the PBX's own buffers fill. */
void cti_ami_sock_pause(struct cti_ami_sock *s, bool on);
bool cti_ami_sock_is_open(const struct cti_ami_sock *s);
/* Encrypted towards a verified peer or at least encrypted? */
bool cti_ami_sock_is_tls(const struct cti_ami_sock *s);

#endif
