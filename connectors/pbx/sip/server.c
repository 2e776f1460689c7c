/*
 * server.c -- sip_servers: read, resolved, and tried in order, each at all addresses that
 * DNS gives for it; and dialogs through the one in use.
 */
#include "sip.h"

#include <cti/err.h>
#include <cti/log.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

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

static const char *param_of(enum sip_transp tp)
{
	return tp == SIP_TRANSP_UDP ? ";transport=udp" : sip_transp_param(tp);
}

/* "sip:10.0.0.1", "sip:pbx.example:5060", "sips:pbx.example", "sip:[::1];transport=tcp" */
static int server_read(struct cti_sip_server *srv, const char *text)
{
	char host[CTI_SIP_HOST + 2], port[8] = "";
	struct uri uri;
	struct sa sa;
	struct pl pl;

	pl_set_str(&pl, text);
	if (uri_decode(&uri, &pl) || !pl_isset(&uri.host) ||
		pl_strcpy(&uri.host, srv->host, sizeof(srv->host)))
		return EINVAL;
	srv->port = uri.port;
	srv->tp = transport_of(&uri);
	srv->secure = srv->tp == SIP_TRANSP_TLS;
	srv->literal = !sa_set_str(&sa, srv->host, 0);
	/* An address or a port leaves nothing for DNS to say about the transport. */
	if (srv->tp == SIP_TRANSP_NONE && (uri.port || srv->literal))
		srv->tp = SIP_TRANSP_UDP;
	(void)snprintf(
		host, sizeof(host), strchr(srv->host, ':') ? "[%s]" : "%s", srv->host);
	if (uri.port)
		(void)snprintf(port, sizeof(port), ":%u", uri.port);
	(void)snprintf(
		srv->uri, sizeof(srv->uri), "sip:%s%s%s", host, port, param_of(srv->tp));
	return 0;
}

int cti_sip_servers_read(struct cti_sip *s)
{
	size_t n = s->conf->sip_servers.n;

	s->servers = mem_zalloc(n * sizeof(*s->servers), NULL);
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

void cti_sip_servers_free(struct cti_sip *s)
{
	s->resolve = mem_deref(s->resolve);
	s->dnsc = mem_deref(s->dnsc);
	s->servers = mem_deref(s->servers);
}

/* ---- targets --------------------------------------------------------------------- */

const struct cti_sip_target *cti_sip_target(const struct cti_sip *s)
{
	return s->target < s->ntargets ? &s->targets[s->target] : NULL;
}

/* The system's name servers may be others than the last time. */
static int dns_up(struct cti_sip *s)
{
	const struct cti_list *own = &s->conf->sip_dns;
	struct sa srv[8];
	uint32_t n = sizeof(srv) / sizeof(srv[0]);

	if (!own->n) {
		if (dns_srv_get(NULL, 0, srv, &n))
			n = 0;
	} else {
		for (n = 0; n < own->n && n < sizeof(srv) / sizeof(srv[0]); n++) {
			if (sa_set_str(&srv[n], own->v[n], DNS_PORT) &&
				sa_decode(&srv[n], own->v[n], strlen(own->v[n])))
				return EINVAL;
		}
	}
	if (!n)
		return 0; /* the hosts file alone */
	return s->dnsc ? dnsc_srv_set(s->dnsc, srv, n)
		       : dnsc_alloc(&s->dnsc, NULL, srv, n);
}

static void on_targets(int err, const struct cti_sip_target *v, size_t n, void *arg)
{
	struct cti_sip *s = arg;
	char addr[64];

	s->target = 0;
	s->ntargets = n;
	for (size_t i = 0; i < n; i++) {
		s->targets[i] = v[i];
		(void)re_snprintf(addr, sizeof(addr), "%J", &v[i].addr);
		cti_log(CTI_LOG_DEBUG, "sip",
			"server leads to pbx=%s name=%s transport=%s address=%s",
			s->conf->name, cti_sip_server(s)->host, sip_transp_name(v[i].tp),
			addr);
	}
	s->resolve = mem_deref(s->resolve); /* v was in it */
	s->found(s, err);
}

void cti_sip_target_ask(struct cti_sip *s, void (*found)(struct cti_sip *s, int err))
{
	const struct cti_sip_server *srv = cti_sip_server(s);
	struct cti_sip_target one = { .tp = srv->tp };
	int err;

	s->found = found;
	if (srv->literal) {
		err = sa_set_str(
			&one.addr, srv->host, sip_transp_port(srv->tp, srv->port));
		on_targets(err, &one, err ? 0 : 1, s);
		return;
	}
	err = dns_up(s);
	if (!err)
		err = cti_sip_resolve(&s->resolve, s->dnsc, srv, on_targets, s);
	if (err)
		on_targets(err, NULL, 0, s);
}

void cti_sip_target_next(struct cti_sip *s)
{
	if (++s->target < s->ntargets)
		return;
	s->ntargets = 0; /* names are asked for anew */
	s->server = (s->server + 1) % s->nservers;
}

/* ---- addresses in requests ---------------------------------------------------------- */

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
	const struct cti_sip_target *target = cti_sip_target(s);
	char to[2 * CTI_SIP_TEXT], from[2 * CTI_SIP_TEXT], uri[3 * CTI_SIP_TEXT];
	char next[CTI_SIP_TEXT];
	const char *route[1] = { next };

	if (!target)
		return ENOTCONN;
	cti_sip_aor(s, to, sizeof(to), user);
	cti_sip_aor(s, from, sizeof(from), s->conf->sip_user ? s->conf->sip_user : "");
	(void)re_snprintf(
		next, sizeof(next), "sip:%J%s", &target->addr, param_of(target->tp));
	if (s->conf->sip_domain)
		(void)snprintf(uri, sizeof(uri), "%s", to);
	else
		(void)snprintf(uri, sizeof(uri), "sip:%s%s%s", user, *user ? "@" : "",
			srv->uri + 4);
	/* A name says whom, not where: that is in the route (RFC 3261 section 8.1.2). */
	return sip_dialog_alloc(dlgp, uri, to, NULL, from, route,
		s->conf->sip_domain || !srv->literal);
}
