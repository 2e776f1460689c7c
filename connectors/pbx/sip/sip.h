/*
 * sip.h -- the SIP monitor's inside: one connector instance, its link to the PBX,
 * one subscription a line, and calls placed for people.
 *
 * Thread: core, all of it. Objects of libre's kind are libre memory objects.
 */
#ifndef CTI_SIP_H
#define CTI_SIP_H

#include "re_compat.h"
#include "resolve.h"
#include "sub_fsm.h"

#include "strmap.h"

#include <cti/conf.h>
#include <cti/loop.h>
#include <cti/pbx.h>

enum { CTI_SIP_PEERS = 32, CTI_SIP_TEXT = 256 };

enum cti_sip_sub_state {
	CTI_SUB_WAITING, /* for its due time, or for the link */
	CTI_SUB_QUEUED,  /* for its turn in the pacer */
	CTI_SUB_ASKED,   /* a SUBSCRIBE is on its way */
	CTI_SUB_ACTIVE,
	CTI_SUB_CLOSING, /* we said goodbye */
};

struct cti_sip_sub {
	struct le le; /* in sip->queue */
	struct cti_sip *sip;
	char *line; /* owned; "" for the list */
	enum cti_sip_sub_state state;
	struct cti_timer due;
	struct sip_dialog *dlg;  /* owned; NULL: a new subscription comes next */
	struct sip_auth *auth;   /* owned */
	struct sip_request *req; /* owned; in flight */
	uint32_t expires_s;      /* asked for; grows by 423 */
	uint32_t rseq;           /* last applied CSeq of a NOTIFY */
	bool has_rseq;
	bool asked_inside;    /* the request in flight is in a dialog */
	bool notified;        /* since the last SUBSCRIBE that made the dialog */
	bool up;              /* told the core so */
	bool missed;          /* a NOTIFY that we had no room for: to be asked for again */
	unsigned challenges;  /* of this request */
	unsigned fails;       /* in a row */
	int64_t refreshed_us; /* last refresh that was asked for from outside */
	uint16_t code;        /* of the last refusal; 0: none */
	const char *remedy;   /* static; NULL: all is well */
};

struct cti_sip_dial;

struct cti_sip {
	struct cti_pbx pbx; /* first */
	const struct cti_pbx_conf *conf;
	struct cti_sip_server *servers;  /* owned */
	size_t nservers, server;         /* the one in use */
	struct cti_sip_resolve *resolve; /* owned; in flight */
	void (*found)(struct cti_sip *s, int err);
	struct cti_sip_target targets[CTI_SIP_TARGETS]; /* of the server in use */
	size_t ntargets, target;
	struct cti_sip_target home; /* where our dialogs are */
	struct sa laddr;            /* of the transports */
	struct sip *sip;                /* owned */
	struct dnsc *dnsc;              /* owned */
	struct tls *tls;                /* owned */
	const char *tls_refused;        /* OpenSSL's words about the last certificate */
	struct udp_sock *tuned;         /* borrowed: its buffers have been set */
	int tuned_fd;

	/* Where requests went: what comes from elsewhere is not from the PBX. */
	struct sa peers[CTI_SIP_PEERS];
	size_t npeers, next_peer;
	struct sa conn_addr; /* our end of the connection, TCP and TLS */
	char realm[128];     /* of the first challenge; others get no credentials */

	/* Link. */
	bool up, told;
	struct cti_timer probe_due;
	struct sip_dialog *probe_dlg; /* owned */
	struct sip_request *probe;    /* owned; in flight */
	unsigned probe_fails;
	const struct cti_sip_server *tried; /* the last that failed, in servers */
	int unnamed;        /* errno: why the server's name leads nowhere; 0: it does */
	unsigned forgotten; /* refreshes in a row that the PBX did not know */
	size_t canary;      /* whose turn it is */

	/* Subscriptions. */
	struct cti_sip_sub **subs; /* owned */
	size_t nsubs;
	struct cti_strmap *by_call; /* Call-ID -> sub, borrowed */
	struct cti_strmap *by_line; /* line -> sub, borrowed */
	struct list queue;
	struct cti_timer pace;

	/* Click-to-dial. */
	struct list dials; /* owned */

	/* Stop. */
	struct cti_timer stopping;
	unsigned stop_polls;
	void (*closed)(void *arg);
	void *closed_arg;

	uint64_t inputs, errors, strangers;
	size_t nactive;
	size_t nasked; /* SUBSCRIBEs in flight */
};

/* ---- server.c ---- */
int cti_sip_servers_read(struct cti_sip *s);
void cti_sip_servers_free(struct cti_sip *s);
const struct cti_sip_server *cti_sip_server(const struct cti_sip *s);
/* Where its requests go; NULL: not resolved yet. */
const struct cti_sip_target *cti_sip_target(const struct cti_sip *s);
/* found: when the server's name is known, or why not; for an address at once. */
void cti_sip_target_ask(struct cti_sip *s, void (*found)(struct cti_sip *s, int err));
/* The one in use does not answer: the next of its addresses, then the next server. */
void cti_sip_target_next(struct cti_sip *s);
/* "sip:user@domain" for From and To; user may be "". */
void cti_sip_aor(const struct cti_sip *s, char *buf, size_t size, const char *user);
/* A dialog to user, through the server in use. */
int cti_sip_dialog(const struct cti_sip *s, struct sip_dialog **dlgp, const char *user);

/* ---- stack.c ---- */
int cti_sip_stack_up(struct cti_sip *s);
void cti_sip_stack_down(struct cti_sip *s);
/* Sockets at the address from which dst is reached; *anew if it is another one than
 * before. dst is not looked at if sip_local says the address. */
int cti_sip_transports(struct cti_sip *s, const struct sa *dst, bool *anew);
/* Is a sip_send_h: notes where the request goes and writes our Contact. */
int cti_sip_contact_h(enum sip_transp tp, const struct sa *src, const struct sa *dst,
	struct mbuf *mb, struct cti_sip *s);
bool cti_sip_is_peer(const struct cti_sip *s, const struct sa *src);
/* Datagrams that did not fit into the UDP port's buffer. */
uint64_t cti_sip_dropped(const struct cti_sip *s);
/* Of every response: keeps what it tells about sockets and addresses. */
void cti_sip_learn(struct cti_sip *s, const struct sip_msg *msg);

/* ---- tls.c ---- */
int cti_sip_tls_alloc(struct tls **tlsp, struct cti_sip *s);

/* ---- auth.c ---- */
int cti_sip_auth_alloc(struct sip_auth **authp, struct cti_sip *s);
/* After a 401 or 407. 0: send again. EAUTH: give up. challenges: of this request. */
int cti_sip_auth_answer(
	struct sip_auth *auth, const struct sip_msg *msg, unsigned *challenges);

/* ---- link.c ---- */
void cti_sip_link_start(struct cti_sip *s);
void cti_sip_link_stop(struct cti_sip *s);
/* A request got no answer: find out whether the PBX is there at all. */
void cti_sip_link_doubt(struct cti_sip *s, const char *why);
/* A refresh got 481 or the like. */
void cti_sip_link_forgotten(struct cti_sip *s);
int cti_sip_link_tell(
	struct cti_sip *s, const char *line, const char *what, const char *why);

/* ---- pace.c ---- */
void cti_sip_pace(struct cti_sip_sub *sub); /* SUBSCRIBE when it is its turn */
void cti_sip_pace_stop(struct cti_sip *s);

/* ---- sub.c ---- */
int cti_sip_sub_alloc(struct cti_sip_sub **subp, struct cti_sip *s, const char *line);
void cti_sip_sub_send(struct cti_sip_sub *sub); /* the pacer's turn */
void cti_sip_sub_refresh(struct cti_sip_sub *sub);
int cti_sip_sub_tell(const struct cti_sip_sub *sub, const char *what, const char *why);
/* wait: for the answer; else it is sent once and forgotten. */
void cti_sip_sub_close(struct cti_sip_sub *sub, bool wait);
/* The link is gone: nothing is sent until it is back. renew: with new dialogs. */
void cti_sip_sub_pause(struct cti_sip_sub *sub, bool renew);
void cti_sip_sub_set_active(struct cti_sip_sub *sub, uint32_t expires_s);
/* A NOTIFY was refused for want of room. Few PBXs send it again, so a refresh asks. */
void cti_sip_sub_missed(struct cti_sip_sub *sub);
/* The subscription ended by a NOTIFY or a response. */
void cti_sip_sub_ended(struct cti_sip_sub *sub, const struct cti_sub_rule *rule,
	uint16_t code, uint32_t retry_after_s);

/* ---- notify.c ---- */
int cti_sip_notify_listen(struct cti_sip *s);

/* ---- dial.c ---- */
int cti_sip_dial(struct cti_sip *s, const struct cti_command *cmd);
int cti_sip_dial_cancel(struct cti_sip *s, const char *id);
/* True if the message is for one of ours and has been dealt with. */
bool cti_sip_dial_request(struct cti_sip *s, const struct sip_msg *msg);
bool cti_sip_dial_response(struct cti_sip *s, const struct sip_msg *msg);
void cti_sip_dial_stop(struct cti_sip *s);

#endif
