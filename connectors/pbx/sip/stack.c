/*
 * stack.c -- libre's SIP stack for one PBX: transports, addresses, who the peer is.
 *
 * Names of servers are resolved by libre's DNS client for each request (NAPTR,
 * SRV, A and AAAA: RFC 3263) and never block. Several servers are tried in order.
 */
#include "sip.h"

#include "str.h"

#include <cti/err.h>
#include <cti/log.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	RCVBUF_BYTES = 4 * 1024 * 1024, /* as much as the system allows of it */
	DATAGRAM_BYTES = 65536,         /* libre alone cuts at 8192 */
	HASH_MIN = 1024,
	HASH_MAX = 65536,
};

#define SOFTWARE "ringbridge"

/* ---- servers -------------------------------------------------------------- */

static enum sip_transp transport_of(const struct uri *uri)
{
	struct pl tp;

	if (!pl_strcasecmp(&uri->scheme, "sips"))
		return SIP_TRANSP_TLS;
	if (msg_param_decode(&uri->params, "transport", &tp))
		return SIP_TRANSP_NONE;
	if (!pl_strcasecmp(&tp, "tcp"))
		return SIP_TRANSP_TCP;
	if (!pl_strcasecmp(&tp, "tls"))
		return SIP_TRANSP_TLS;
	return SIP_TRANSP_UDP;
}

/* "10.0.0.1", "pbx.example:5060", "sips:pbx.example", "sip:[::1]:5070;transport=tcp" */
static int server_read(struct cti_sip_server *srv, const char *text)
{
	char full[CTI_SIP_TEXT], host[140];
	struct uri uri;
	struct sa sa;
	struct pl pl;

	(void)snprintf(full, sizeof(full), "%s%s",
		strstr(text, "sip") == text ? "" : "sip:", text);
	pl_set_str(&pl, full);
	if (uri_decode(&uri, &pl) || !pl_isset(&uri.host))
		return EINVAL;
	(void)pl_strcpy(&uri.host, srv->host, sizeof(srv->host));
	srv->tp = transport_of(&uri);
	/* An address or a port leaves nothing for DNS to say about the transport. */
	if (srv->tp == SIP_TRANSP_NONE && (uri.port || !sa_set_str(&sa, srv->host, 0)))
		srv->tp = SIP_TRANSP_UDP;
	(void)snprintf(
		host, sizeof(host), strchr(srv->host, ':') ? "[%s]" : "%s", srv->host);
	(void)snprintf(srv->uri, sizeof(srv->uri), "sip:%s", host);
	if (uri.port)
		(void)snprintf(srv->uri + strlen(srv->uri),
			sizeof(srv->uri) - strlen(srv->uri), ":%u", uri.port);
	if (srv->tp != SIP_TRANSP_NONE)
		(void)snprintf(srv->uri + strlen(srv->uri),
			sizeof(srv->uri) - strlen(srv->uri), "%s",
			srv->tp == SIP_TRANSP_UDP ? ";transport=udp"
						  : sip_transp_param(srv->tp));
	return 0;
}

static void servers_free(void *arg)
{
	(void)arg; /* nothing but its own bytes */
}

static int servers_read(struct cti_sip *s)
{
	size_t n = s->conf->sip_servers.n;

	s->servers = mem_zalloc(n * sizeof(*s->servers), servers_free);
	if (!s->servers)
		return ENOMEM;
	for (; s->nservers < n; s->nservers++) {
		int err = server_read(
			&s->servers[s->nservers], s->conf->sip_servers.v[s->nservers]);

		if (err)
			return err;
	}
	return 0;
}

const struct cti_sip_server *cti_sip_server(const struct cti_sip *s)
{
	return &s->servers[s->server];
}

void cti_sip_aor(const struct cti_sip *s, char *buf, size_t size, const char *user)
{
	const char *host =
		s->conf->sip_domain ? s->conf->sip_domain : cti_sip_server(s)->host;
	bool v6 = strchr(host, ':') && host[0] != '[';

	(void)snprintf(buf, size, "sip:%s%s%s%s%s", user, *user ? "@" : "", v6 ? "[" : "",
		host, v6 ? "]" : "");
}

int cti_sip_dialog(const struct cti_sip *s, struct sip_dialog **dlgp, const char *user)
{
	const struct cti_sip_server *srv = cti_sip_server(s);
	const char *route[1] = { srv->uri };
	char to[CTI_SIP_TEXT], from[CTI_SIP_TEXT], uri[2 * CTI_SIP_TEXT];

	cti_sip_aor(s, to, sizeof(to), user);
	cti_sip_aor(s, from, sizeof(from), s->conf->sip_user ? s->conf->sip_user : "");
	if (s->conf->sip_domain) /* another name than where the packets go */
		return sip_dialog_alloc(dlgp, to, to, NULL, from, route, 1);
	(void)snprintf(
		uri, sizeof(uri), "sip:%s%s%s", user, *user ? "@" : "", srv->uri + 4);
	return sip_dialog_alloc(dlgp, uri, to, NULL, from, NULL, 0);
}

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

void cti_sip_learn(struct cti_sip *s, const struct sip_msg *msg)
{
	if (msg->tp == SIP_TRANSP_TCP || msg->tp == SIP_TRANSP_TLS) {
		if (!msg->req)
			s->conn_addr = msg->dst;
		return;
	}
	if (msg->tp != SIP_TRANSP_UDP || msg->sock == s->tuned)
		return;
	s->tuned = msg->sock;
	udp_rxsz_set(s->tuned, DATAGRAM_BYTES);
	(void)udp_sockbuf_set(s->tuned, RCVBUF_BYTES);
}

/* ---- transports ---------------------------------------------------------------- */

/* The address that a packet to the server would leave from; by a socket that sends
 * nothing. */
static int local_addr(const struct cti_sip *s, struct sa *laddr)
{
	struct udp_sock *us = NULL;
	struct sa dst;
	int err;

	if (s->conf->sip_local) {
		err = sa_set_str(laddr, s->conf->sip_local, 0);
		return err ? sa_decode(laddr, s->conf->sip_local,
				     strlen(s->conf->sip_local))
			   : 0;
	}
	if (sa_set_str(&dst, cti_sip_server(s)->host, SIP_PORT))
		return net_default_source_addr_get(AF_INET, laddr);
	sa_init(laddr, sa_af(&dst));
	err = udp_listen(&us, laddr, NULL, NULL);
	if (!err)
		err = udp_connect(us, &dst);
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

static int transports_add(struct cti_sip *s)
{
	static const enum sip_transp tps[] = { SIP_TRANSP_UDP, SIP_TRANSP_TCP,
		SIP_TRANSP_TLS };
	struct sa laddr;
	int err = local_addr(s, &laddr);

	if (!err && wants(s, SIP_TRANSP_TLS))
		err = cti_sip_tls_alloc(&s->tls, s);
	for (size_t i = 0; i < sizeof(tps) / sizeof(tps[0]) && !err; i++) {
		if (wants(s, tps[i]))
			err = sip_transp_add(s->sip, tps[i], &laddr, s->tls);
	}
	return err;
}

static int dns_up(struct cti_sip *s)
{
	struct sa srv[8];
	uint32_t n = sizeof(srv) / sizeof(srv[0]);

	if (dns_srv_get(NULL, 0, srv, &n) || !n)
		return 0; /* none: addresses only */
	return dnsc_alloc(&s->dnsc, NULL, srv, n);
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
	int err = servers_read(s);

	if (!err)
		err = dns_up(s);
	if (!err)
		err = sip_alloc(&s->sip, s->dnsc, size, size, 64, SOFTWARE, NULL, s);
	if (!err)
		err = transports_add(s);
	return err;
}

void cti_sip_stack_down(struct cti_sip *s)
{
	if (s->sip)
		sip_close(s->sip, true);
	s->sip = mem_deref(s->sip);
	s->tls = mem_deref(s->tls);
	s->dnsc = mem_deref(s->dnsc);
	s->servers = mem_deref(s->servers);
}
