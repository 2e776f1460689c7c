/*
 * config_check.c -- see config_check.h.
 */
#include "config_check.h"

#include "number_rule.h"
#include "str.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct check {
	cti_conf_check_h *h;
	void *arg;
};

bool cti_conf_loopback(const char *addr)
{
	struct in6_addr in6;
	struct in_addr in;

	if (inet_pton(AF_INET, addr, &in) == 1)
		return ntohl(in.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, addr, &in6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&in6);
	return strcmp(addr, "localhost") == 0;
}

static void web(const struct cti_config *c, const struct check *k)
{
	const char *url = c->web.contact_url;

	if (!c->web.tls_cert != !c->web.tls_key)
		k->h("web", "", c->web.tls_cert ? "tls_cert" : "tls_key",
			"certificate and key belong together",
			"give both tls_cert and tls_key", false, k->arg);
	if (!c->web.tls_cert && !c->web.plain && !cti_conf_loopback(c->web.listen))
		k->h("web", "", "listen",
			"without TLS others on the network can read along",
			"give tls_cert and tls_key, listen at 127.0.0.1, or write plain = yes "
			"behind a proxy that ends TLS",
			false, k->arg);
	if (url && strncasecmp(url, "https://", 8) != 0 &&
		strncasecmp(url, "http://", 7) != 0)
		k->h("web", "", "contact_url", "this is no address of a web page",
			"begin it with https://", false, k->arg);
	for (size_t i = 0; i < c->web.origins.n; i++) {
		const char *o = c->web.origins.v[i];
		const char *host = strstr(o, "://");

		if ((strncmp(o, "https://", 8) != 0 && strncmp(o, "http://", 7) != 0 &&
			    strncmp(o, "chrome-extension://", 19) != 0 &&
			    strncmp(o, "moz-extension://", 16) != 0) ||
			strchr(host + 3, '/'))
			k->h("web", "", "origins", "an origin is scheme, host and port",
				"write it as https://crm.example, without a path", false,
				k->arg);
	}
	if (c->web.cross_site && !c->web.origins.n)
		k->h("web", "", "cross_site", "there is no other site",
			"name it in origins, or leave cross_site out", false, k->arg);
}

static void dial(const struct cti_config *c, const struct check *k)
{
	enum { EMERGENCY_BIT = 1u << 2 }; /* CTI_NUMBER_EMERGENCY; see base/number.h */
	const struct {
		const char *key;
		uint32_t bits;
	} lists[] = {
		{ "agent", c->dial.agent },
		{ "supervisor", c->dial.supervisor },
		{ "admin", c->dial.admin },
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (lists[i].bits & EMERGENCY_BIT)
			k->h("dial", "", lists[i].key,
				"emergency numbers are never dialled by a click",
				"remove emergency: people dial it on their phone", false,
				k->arg);
	}
}

static void pop_twice(const struct cti_list *a, const struct cti_list *b, const char *key,
	const struct check *k)
{
	for (size_t i = 0; i < a->n; i++) {
		for (size_t n = 0; n < b->n; n++) {
			if (strcmp(a->v[i], b->v[n]) == 0)
				k->h("pop", "", key,
					"it cannot come at the ring and at the answer",
					"remove it from one of the two keys", false,
					k->arg);
		}
	}
}

static void pop(const struct cti_config *c, const struct check *k)
{
	pop_twice(&c->pop.ring_lines, &c->pop.answer_lines, "answer_lines", k);
	pop_twice(&c->pop.ring_queues, &c->pop.answer_queues, "answer_queues", k);
}

static void pbx_kind(const struct cti_pbx_conf *p, const struct check *k)
{
	static const char *const kinds[] = { "asterisk", "freeswitch", "kamailio",
		"generic" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(p->kind, kinds[i]) == 0)
			return;
	}
	k->h("pbx", p->name, "kind", "no such kind of PBX",
		"choose from: asterisk freeswitch kamailio generic", false, k->arg);
}

/* "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353" */
static bool is_address(const char *text)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	char host[NI_MAXHOST], *port = NULL, *end;
	struct addrinfo *found = NULL;
	const char *name = host;

	if (!cti_str_copy(host, sizeof(host), text))
		return false;
	end = strrchr(host, host[0] == '[' ? ']' : ':');
	if (host[0] == '[' && end) {
		name++;
		port = end[1] == ':' ? end + 2 : NULL;
		if (end[1] && !port)
			return false;
		*end = '\0';
	} else if (end && strchr(host, ':') == end) {
		port = end + 1;
		*end = '\0';
	}
	if (getaddrinfo(name, port, &hints, &found) != 0)
		return false;
	freeaddrinfo(found);
	return true;
}

static void pbx_sip(const struct cti_pbx_conf *p, const struct check *k)
{
	for (size_t i = 0; i < p->sip_servers.n; i++) {
		const char *uri = p->sip_servers.v[i];

		if (strncasecmp(uri, "sip:", 4) != 0 && strncasecmp(uri, "sips:", 5) != 0)
			k->h("pbx", p->name, "sip_servers",
				"a server is written as a SIP address",
				"write sip:host, sip:host:port;transport=tcp or sips:host",
				false, k->arg);
	}
	for (size_t i = 0; i < p->sip_dns.n; i++) {
		if (!is_address(p->sip_dns.v[i]))
			k->h("pbx", p->name, "sip_dns",
				"a name server is written as an address",
				"write 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:53",
				false, k->arg);
	}
	if (!p->sip_tls_verify)
		k->h("pbx", p->name, "sip_tls_verify",
			"anybody on the way can pose as the PBX",
			"give sip_tls_ca instead", true, k->arg);
}

static void pbx_ami(const struct cti_pbx_conf *p, const struct check *k)
{
	if (!p->ami_user)
		k->h("pbx", p->name, "ami_user", "ami_address needs an account",
			"give ami_user and ami_secret, as in manager.conf", false,
			k->arg);
	if (!p->ami_secret)
		k->h("pbx", p->name, "ami_secret", "ami_address needs a secret",
			"give ami_secret = @/path/to/file", false, k->arg);
	if (!strstr(p->ami_channel, "{line}"))
		k->h("pbx", p->name, "ami_channel",
			"every line would have the same phone",
			"write {line} where the extension belongs", false, k->arg);
	if (!p->ami_tls && p->ami_tls_ca)
		k->h("pbx", p->name, "ami_tls_ca",
			"this does nothing without ami_tls = yes",
			"write ami_tls = yes, or remove it", true, k->arg);
}

static void pbx_rules(const struct cti_pbx_conf *p, const struct check *k)
{
	const struct {
		const char *key;
		const struct cti_list *list;
	} rules[] = {
		{ "caller_rules", &p->caller_rules },
		{ "dial_rules", &p->dial_rules },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		for (size_t n = 0; n < rules[i].list->n; n++) {
			char what[128];

			if (cti_number_rule_ok(rules[i].list->v[n]))
				continue;
			(void)snprintf(what, sizeof(what), "\"%.60s\" is no rule",
				rules[i].list->v[n]);
			k->h("pbx", p->name, rules[i].key, what,
				"write PREFIX>REPLACEMENT with digits and a + in front, "
				"such as +81>0",
				false, k->arg);
		}
	}
}

static bool one_of(const char *word, const char *const *words)
{
	while (*words && strcmp(*words, word) != 0)
		words++;
	return *words != NULL;
}

static void crm_jsonrpc(const struct cti_crm_conf *m, const struct check *k)
{
	const struct {
		const char *key, *value;
	} needed[] = { { "url", m->url }, { "database", m->database },
		{ "user", m->user }, { "password", m->password } };

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (!needed[i].value)
			k->h("crm", m->name, needed[i].key,
				"this kind of CRM cannot do without it",
				"give url, database, user and password", false, k->arg);
	}
	if (m->url && strncasecmp(m->url, "https://", 8) != 0 &&
		strncasecmp(m->url, "http://", 7) != 0)
		k->h("crm", m->name, "url", "this is no address of a server",
			"begin it with https://", false, k->arg);
}

static bool begins(const char *text, const char *const *with)
{
	while (*with && strncasecmp(text, *with, strlen(*with)) != 0)
		with++;
	return *with != NULL;
}

static void book(
	const struct cti_config *c, const struct cti_book_conf *b, const struct check *k)
{
	static const char *const kinds[] = { "ldap", "carddav", NULL };
	static const char *const ldap[] = { "ldap://", "ldaps://", "ldapi://", NULL };
	static const char *const dav[] = { "https://", "http://", NULL };
	const bool is_ldap = strcmp(b->kind, "ldap") == 0;

	if (!one_of(b->kind, kinds))
		k->h("book", b->name, "kind", "no such kind of address book",
			"choose from: ldap carddav", false, k->arg);
	else if (!b->url || !begins(b->url, is_ldap ? ldap : dav))
		k->h("book", b->name, "url", "this is no address of such a server",
			is_ldap ? "begin it with ldaps://" : "begin it with https://",
			false, k->arg);
	if (is_ldap && !b->base)
		k->h("book", b->name, "base", "a search needs a place to begin",
			"give base = ou=people,dc=firm,dc=example", false, k->arg);
	for (size_t i = 0; i < c->ncrms; i++) {
		if (strcmp(c->crms[i].name, b->name) == 0)
			k->h("book", b->name, NULL, "a CRM has this name",
				"choose another: it is the source of contacts", false,
				k->arg);
	}
	if (strcmp(b->name, "own") == 0 || strcmp(b->name, "file") == 0)
		k->h("book", b->name, NULL, "this name is taken by our own contacts",
			"choose another", false, k->arg);
}

static void crm(const struct cti_crm_conf *m, const struct check *k)
{
	static const char *const kinds[] = { "http", "odoo", "tryton", NULL };

	if (!one_of(m->kind, kinds))
		k->h("crm", m->name, "kind", "no such kind of CRM",
			"choose from: http odoo tryton", false, k->arg);
	else if (strcmp(m->kind, "http") != 0)
		crm_jsonrpc(m, k);
	else if (!m->template)
		k->h("crm", m->name, "template", "kind = http runs a template",
			"give template = /path/to/file.xml", false, k->arg);
	if (m->log_unknown && !m->log_calls)
		k->h("crm", m->name, "log_unknown",
			"this does nothing without log_calls = yes",
			"write log_calls = yes, or remove it", true, k->arg);
}

static void pbx_lines(const struct cti_config *c, size_t at, const struct check *k)
{
	const struct cti_pbx_conf *p = &c->pbxs[at];

	for (size_t i = 0; i < at; i++) {
		for (size_t n = 0; n < p->lines.n; n++) {
			for (size_t m = 0; m < c->pbxs[i].lines.n; m++) {
				if (strcmp(p->lines.v[n], c->pbxs[i].lines.v[m]) != 0)
					continue;
				k->h("pbx", p->name, "lines",
					"another PBX has one of these lines",
					"a line belongs to one PBX", false, k->arg);
				return;
			}
		}
	}
}

void cti_conf_check(const struct cti_config *c, cti_conf_check_h *h, void *arg)
{
	const struct check k = { h, arg };

	web(c, &k);
	pop(c, &k);
	dial(c, &k);
	if (c->journal.segment_bytes * 4 > c->journal.input_max_bytes ||
		c->journal.segment_bytes * 4 > c->journal.record_max_bytes)
		h("journal", "", "segment_size",
			"a journal must have room for four files",
			"make it smaller, or input_max and record_max larger", false,
			arg);
	for (size_t i = 0; i < c->ncrms; i++)
		crm(&c->crms[i], &k);
	for (size_t i = 0; i < c->nbooks; i++)
		book(c, &c->books[i], &k);
	if (!c->npbxs)
		h("pbx", "", NULL, "no PBX is configured", "add a section [pbx NAME]",
			true, arg);
	for (size_t i = 0; i < c->npbxs; i++) {
		const struct cti_pbx_conf *p = &c->pbxs[i];

		pbx_kind(p, &k);
		pbx_rules(p, &k);
		if (p->sip_servers.n)
			pbx_sip(p, &k);
		if (p->ami_address)
			pbx_ami(p, &k);
		if (!p->sip_servers.n && !p->ami_address)
			h("pbx", p->name, NULL, "there is no way to this PBX",
				"give sip_servers, ami_address or both", false, arg);
		pbx_lines(c, i, &k);
	}
}
