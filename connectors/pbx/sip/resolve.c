/*
 * resolve.c -- see resolve.h. libre resolves inside each request: every SUBSCRIBE would
 * begin with the dead one of two servers again, and subscriptions of one PBX could be at
 * different nodes. So the link finds the way once, and all requests take it.
 *
 * Questions wait in a row, each answer may add more at its end: NAPTR adds SRVs in
 * order, all SRVs are asked before the first address.
 */
#include "resolve.h"

#include "str.h"

#include <cti/log.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { STEPS = 48 };

struct step {
	uint16_t type; /* DNS_TYPE_... */
	enum sip_transp tp;
	uint16_t port; /* of A and AAAA */
	char name[CTI_SIP_HOST];
};

struct cti_sip_resolve {
	struct dnsc *dnsc;    /* borrowed */
	struct dns_query *q;  /* owned */
	struct cti_sip_server srv;
	struct step steps[STEPS];
	size_t nsteps, next;
	bool addresses; /* are asked for */
	int err;        /* of the last question without an answer */
	struct cti_sip_target v[CTI_SIP_TARGETS];
	size_t n;
	cti_sip_resolve_h *h;
	void *arg;
};

static const struct {
	enum sip_transp tp;
	const char *naptr, *srv;
	bool secure;
} services[] = {
	{ SIP_TRANSP_UDP, "SIP+D2U", "_sip._udp", false },
	{ SIP_TRANSP_TCP, "SIP+D2T", "_sip._tcp", false },
	{ SIP_TRANSP_TLS, "SIPS+D2T", "_sips._tcp", true },
};

enum { SERVICES = sizeof(services) / sizeof(services[0]) };

static void step_add(struct cti_sip_resolve *r, uint16_t type, enum sip_transp tp,
	const char *name, uint16_t port)
{
	struct step *st = &r->steps[r->nsteps];

	if (r->nsteps == STEPS || !cti_str_copy(st->name, sizeof(st->name), name))
		return; /* more than anybody has, or no name that DNS could have */
	st->type = type;
	st->tp = tp;
	st->port = port;
	r->nsteps++;
}

static void addresses_add(
	struct cti_sip_resolve *r, enum sip_transp tp, const char *name, uint16_t port)
{
	r->addresses = true;
	port = sip_transp_port(tp, port);
	step_add(r, DNS_TYPE_A, tp, name, port);
	step_add(r, DNS_TYPE_AAAA, tp, name, port);
}

static void srvs_add(struct cti_sip_resolve *r)
{
	char name[CTI_SIP_HOST + 16];

	for (size_t i = 0; i < SERVICES; i++) {
		if (r->srv.tp != SIP_TRANSP_NONE ? services[i].tp != r->srv.tp
						 : r->srv.secure && !services[i].secure)
			continue;
		(void)snprintf(name, sizeof(name), "%s.%s", services[i].srv, r->srv.host);
		step_add(r, DNS_TYPE_SRV, services[i].tp, name, 0);
	}
}

/* ---- targets -------------------------------------------------------------------- */

static void target_add(
	struct cti_sip_resolve *r, enum sip_transp tp, const struct sa *addr)
{
	for (size_t i = 0; i < r->n; i++) {
		if (r->v[i].tp == tp && sa_cmp(&r->v[i].addr, addr, SA_ALL))
			return;
	}
	if (r->n < CTI_SIP_TARGETS)
		r->v[r->n++] = (struct cti_sip_target){ .tp = tp, .addr = *addr };
}

static enum sip_transp transport_default(const struct cti_sip_server *srv)
{
	if (srv->tp != SIP_TRANSP_NONE)
		return srv->tp;
	return srv->secure ? SIP_TRANSP_TLS : SIP_TRANSP_UDP;
}

/* "192.0.2.1 pbx pbx.example # the basement" */
static void host_line(struct cti_sip_resolve *r, char *line)
{
	const enum sip_transp tp = transport_default(&r->srv);
	char *save = NULL, *addr, *name;
	struct sa sa;

	line[strcspn(line, "#\r\n")] = '\0';
	addr = strtok_r(line, " \t", &save);
	if (!addr || sa_set_str(&sa, addr, sip_transp_port(tp, r->srv.port)))
		return;
	while ((name = strtok_r(NULL, " \t", &save)) != NULL) {
		if (strcasecmp(name, r->srv.host) == 0)
			target_add(r, tp, &sa);
	}
}

/* As any program does before it asks DNS: who wrote the name there has decided. */
static bool hosts_find(struct cti_sip_resolve *r)
{
	FILE *f = fopen("/etc/hosts", "re");
	char line[512];

	if (!f)
		return false;
	while (fgets(line, sizeof(line), f))
		host_line(r, line);
	(void)fclose(f);
	return r->n > 0;
}

/* ---- answers --------------------------------------------------------------------- */

static void naptrs_read(struct cti_sip_resolve *r, struct list *ansl)
{
	const size_t before = r->nsteps;

	if (ansl)
		dns_rrlist_sort(ansl, DNS_TYPE_NAPTR, (size_t)rand_u32());
	for (struct le *le = list_head(ansl); le; le = le->next) {
		const struct dnsrr *rr = le->data;

		if (rr->type != DNS_TYPE_NAPTR ||
			strcasecmp(rr->rdata.naptr.flags, "s") != 0)
			continue;
		for (size_t i = 0; i < SERVICES; i++) {
			if (strcasecmp(rr->rdata.naptr.services, services[i].naptr) !=
					0 ||
				(r->srv.secure && !services[i].secure))
				continue;
			step_add(r, DNS_TYPE_SRV, services[i].tp,
				rr->rdata.naptr.replace, 0);
		}
	}
	if (r->nsteps == before)
		srvs_add(r);
}

static void srvs_read(
	struct cti_sip_resolve *r, const struct step *st, struct list *ansl)
{
	dns_rrlist_sort(ansl, DNS_TYPE_SRV, (size_t)rand_u32());
	for (struct le *le = list_head(ansl); le; le = le->next) {
		const struct dnsrr *rr = le->data;

		/* "." (libre: "") says that there is no such service. */
		if (rr->type == DNS_TYPE_SRV && rr->rdata.srv.target[0] &&
			strcmp(rr->rdata.srv.target, ".") != 0)
			addresses_add(r, st->tp, rr->rdata.srv.target,
				rr->rdata.srv.port);
	}
}

static void addresses_read(
	struct cti_sip_resolve *r, const struct step *st, struct list *ansl)
{
	for (struct le *le = list_head(ansl); le; le = le->next) {
		const struct dnsrr *rr = le->data;
		struct sa sa;

		if (rr->type != st->type)
			continue; /* a CNAME on the way */
		if (rr->type == DNS_TYPE_A)
			sa_set_in(&sa, rr->rdata.a.addr, st->port);
		else
			sa_set_in6(&sa, rr->rdata.aaaa.addr, st->port);
		target_add(r, st->tp, &sa);
	}
}

static void finish(struct cti_sip_resolve *r)
{
	cti_sip_resolve_h *h = r->h;
	int err = 0;

	if (!r->n)
		err = r->err ? r->err : ENOENT;
	r->h = NULL;
	h(err, r->v, r->n, r->arg);
}

static void go_on(struct cti_sip_resolve *r);

static void on_answer(int err, const struct dnshdr *hdr, struct list *ansl,
	struct list *authl, struct list *addl, void *arg)
{
	struct cti_sip_resolve *r = arg;
	const struct step st = r->steps[r->next++];

	(void)authl;
	(void)addl;
	if (!err && hdr->rcode != DNS_RCODE_OK && hdr->rcode != DNS_RCODE_NAME_ERR)
		err = EPROTO;
	if (err)
		r->err = err;
	if (err == ETIMEDOUT) { /* the other questions would wait as long */
		finish(r);
		return;
	}
	if (st.type == DNS_TYPE_NAPTR)
		naptrs_read(r, err ? NULL : ansl);
	else if (!err && st.type == DNS_TYPE_SRV)
		srvs_read(r, &st, ansl);
	else if (!err)
		addresses_read(r, &st, ansl);
	go_on(r);
}

/* ---- questions -------------------------------------------------------------------- */

/* True if an answer will come. */
static bool ask(struct cti_sip_resolve *r)
{
	const struct step *st = &r->steps[r->next];
	int err = ENOTCONN;

	if (r->dnsc)
		err = dnsc_query(&r->q, r->dnsc, st->name, st->type, DNS_CLASS_IN, true,
			on_answer, r);
	if (err)
		r->err = err;
	return !err;
}

static void go_on(struct cti_sip_resolve *r)
{
	for (;;) {
		if (r->next == r->nsteps && !r->addresses) /* RFC 3263 section 4.2 */
			addresses_add(r, transport_default(&r->srv), r->srv.host,
				r->srv.port);
		if (r->next == r->nsteps || r->n == CTI_SIP_TARGETS) {
			finish(r);
			return;
		}
		if (ask(r))
			return;
		r->next++;
	}
}

static void destructor(void *arg)
{
	struct cti_sip_resolve *r = arg;

	mem_deref(r->q);
}

int cti_sip_resolve(struct cti_sip_resolve **rp, struct dnsc *dnsc,
	const struct cti_sip_server *srv, cti_sip_resolve_h *h, void *arg)
{
	struct cti_sip_resolve *r = mem_zalloc(sizeof(*r), destructor);

	if (!r)
		return ENOMEM;
	r->dnsc = dnsc;
	r->srv = *srv;
	r->h = h;
	r->arg = arg;
	*rp = r;
	if (hosts_find(r)) {
		finish(r);
		return 0;
	}
	if (!srv->port && srv->tp == SIP_TRANSP_NONE)
		step_add(r, DNS_TYPE_NAPTR, SIP_TRANSP_NONE, srv->host, 0);
	else if (!srv->port)
		srvs_add(r);
	go_on(r);
	return 0;
}
