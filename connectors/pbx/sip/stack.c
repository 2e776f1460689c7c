/*
 * stack.c -- libre's SIP stack for one PBX: transports, and who the peer is.
 */
#include "sip.h"

#include "str.h"

#include <cti/err.h>
#include <cti/log.h>

#include <errno.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
	RCVBUF_BYTES = 4 * 1024 * 1024,
	DATAGRAM_BYTES = 65536, /* libre alone cuts at 8192 */
	HASH_MIN = 1024,
	HASH_MAX = 65536,
};

#define SOFTWARE "ringbridge"

/* ---- peers ------------------------------------------------------------------ */

bool cti_sip_is_peer(const struct cti_sip *s, const struct sa *src)
{
	for (size_t i = 0; i < s->npeers; i++) {
		if (sa_cmp(&s->peers[i], src, SA_ADDR))
			return true;
	}
	return false;
}

static void peer_add(struct cti_sip *s, const struct sa *dst)
{
	if (cti_sip_is_peer(s, dst))
		return;
	s->peers[s->next_peer] = *dst;
	s->next_peer = (s->next_peer + 1) % CTI_SIP_PEERS;
	if (s->npeers < CTI_SIP_PEERS)
		s->npeers++;
}

int cti_sip_contact_h(enum sip_transp tp, const struct sa *src, const struct sa *dst,
	struct mbuf *mb, struct cti_sip *s)
{
	const struct sa *addr = src;

	peer_add(s, dst);
	/* Over a connection, requests come back on it if Contact names our end. */
	if (tp != SIP_TRANSP_UDP && sa_isset(&s->conn_addr, SA_ALL))
		addr = &s->conn_addr;
	return mbuf_printf(mb, "Contact: <sip:%s%s%J%s>\r\n",
		s->conf->sip_user ? s->conf->sip_user : "", s->conf->sip_user ? "@" : "",
		addr, sip_transp_param(tp));
}

/* The kernel gives twice of what was asked for, for its own needs, or less. */
static void tune(struct cti_sip *s, struct udp_sock *sock)
{
	const int wanted = s->conf->sip_receive_buffer_bytes
				   ? (int)s->conf->sip_receive_buffer_bytes
				   : RCVBUF_BYTES;
	int got = 0;
	socklen_t len = sizeof(got);

	s->tuned = sock;
	udp_rxsz_set(sock, DATAGRAM_BYTES);
	(void)udp_sockbuf_set(sock, wanted);
	s->tuned_fd = udp_sock_fd(sock, sa_af(&s->laddr));
	if (getsockopt(s->tuned_fd, SOL_SOCKET, SO_RCVBUF, &got, &len) ||
		got / 2 >= wanted)
		return;
	cti_log(CTI_LOG_WARN, "sip",
		"the system gives the port a smaller buffer, raise net.core.rmem_max "
		"pbx=%s wanted=%d given=%d",
		s->conf->name, wanted, got / 2);
}

uint64_t cti_sip_dropped(const struct cti_sip *s)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof(info);

	if (!s->tuned || getsockopt(s->tuned_fd, SOL_SOCKET, SO_MEMINFO, info, &len))
		return 0;
	return info[SK_MEMINFO_DROPS];
}

void cti_sip_learn(struct cti_sip *s, const struct sip_msg *msg)
{
	if (msg->tp == SIP_TRANSP_TCP || msg->tp == SIP_TRANSP_TLS) {
		if (!msg->req)
			s->conn_addr = msg->dst;
		return;
	}
	if (msg->tp == SIP_TRANSP_UDP && msg->sock != s->tuned)
		tune(s, msg->sock);
}

/* ---- transports ---------------------------------------------------------------- */

/* The address that a packet to dst would leave from; by a socket that sends nothing. */
static int local_addr(const struct cti_sip *s, const struct sa *dst, struct sa *laddr)
{
	struct udp_sock *us = NULL;
	int err;

	if (s->conf->sip_local) {
		err = sa_set_str(laddr, s->conf->sip_local, 0);
		return err ? sa_decode(laddr, s->conf->sip_local,
				     strlen(s->conf->sip_local))
			   : 0;
	}
	sa_init(laddr, sa_af(dst));
	err = udp_listen(&us, laddr, NULL, NULL);
	if (!err)
		err = udp_connect(us, dst);
	if (!err)
		err = udp_local_get(us, laddr);
	mem_deref(us);
	sa_set_port(laddr, 0);
	return err;
}

static bool wants(const struct cti_sip *s, enum sip_transp tp)
{
	for (size_t i = 0; i < s->nservers; i++) {
		if (s->servers[i].tp == tp)
			return true;
		/* DNS may choose TLS only where we can check the name. */
		if (s->servers[i].tp == SIP_TRANSP_NONE)
			return true;
	}
	return false;
}

int cti_sip_transports(struct cti_sip *s, const struct sa *dst, bool *anew)
{
	static const enum sip_transp tps[] = { SIP_TRANSP_UDP, SIP_TRANSP_TCP,
		SIP_TRANSP_TLS };
	struct sa laddr;
	int err = local_addr(s, dst, &laddr);

	*anew = false;
	if (err || sa_cmp(&laddr, &s->laddr, SA_ALL))
		return err;
	sip_transp_flush(s->sip);
	s->tuned = NULL;
	for (size_t i = 0; i < sizeof(tps) / sizeof(tps[0]) && !err; i++) {
		if (wants(s, tps[i]))
			err = sip_transp_add(s->sip, tps[i], &laddr, s->tls);
	}
	*anew = true;
	if (err)
		sa_init(&s->laddr, AF_UNSPEC);
	else
		s->laddr = laddr;
	return err;
}

static uint32_t hash_size(size_t n)
{
	uint32_t size = HASH_MIN;

	while (size < n && size < HASH_MAX)
		size *= 2;
	return size;
}

int cti_sip_stack_up(struct cti_sip *s)
{
	uint32_t size = hash_size(s->conf->lines.n);
	bool anew;
	int err = cti_sip_servers_read(s);

	if (!err && wants(s, SIP_TRANSP_TLS))
		err = cti_sip_tls_alloc(&s->tls, s);
	if (!err)
		err = sip_alloc(&s->sip, NULL, size, size, 64, SOFTWARE, NULL, s);
	if (!err && s->conf->sip_local) /* a wrong one is said at once */
		err = cti_sip_transports(s, NULL, &anew);
	return err;
}

void cti_sip_stack_down(struct cti_sip *s)
{
	if (s->sip)
		sip_close(s->sip, true);
	s->sip = mem_deref(s->sip);
	s->tls = mem_deref(s->tls);
	cti_sip_servers_free(s);
}
