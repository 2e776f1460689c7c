/*
 * resolve.h -- where a server's name leads: transports and addresses in the order in
 * which they are to be tried (RFC 3263 section 4).
 *
 * Thread: core; nothing here waits.
 */
#ifndef CTI_SIP_RESOLVE_H
#define CTI_SIP_RESOLVE_H

#include "re_compat.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CTI_SIP_TARGETS = 16, CTI_SIP_HOST = 254 };

/* One of sip_servers, as it is written. */
struct cti_sip_server {
	char uri[CTI_SIP_HOST + 48]; /* "sip:host:port;transport=udp" */
	char host[CTI_SIP_HOST];
	enum sip_transp tp; /* NONE: DNS says */
	uint16_t port;      /* 0: DNS says */
	bool secure;        /* sips: nothing but TLS will do */
	bool literal;       /* host is an address */
};

struct cti_sip_target {
	enum sip_transp tp;
	struct sa addr;
};

struct cti_sip_resolve;

/*
 * Called once. v: borrowed until the call returns. err: ENOENT (no such name),
 * ENOTCONN (no name server is known), ETIMEDOUT (none answers), EPROTO (it refuses).
 */
typedef void(cti_sip_resolve_h)(
	int err, const struct cti_sip_target *v, size_t n, void *arg);

/*
 * The hosts file; else NAPTR, SRV, then A before AAAA, since a telephone system with
 * both is nearly always at the first. srv: its host is a name.
 * dnsc: borrowed; NULL: only the hosts file is asked. *rp: to be dereferenced by the
 * caller, before the answer too; the handler may be called before this returns.
 * Returns 0 or ENOMEM.
 */
int cti_sip_resolve(struct cti_sip_resolve **rp, struct dnsc *dnsc,
	const struct cti_sip_server *srv, cti_sip_resolve_h *h, void *arg);

#endif
