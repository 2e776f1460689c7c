/*
 * origin.c -- comparing origins as text, byte by byte: browsers send them in one
 * canonical form, and whoever sends another form is no browser of ours.
 */
#include "origin.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { ORIGIN_MAX = 300 }; /* scheme, a DNS name of 253, a port */

bool cti_addr_is_loopback(const char *addr)
{
	struct in6_addr a6;
	struct in_addr a4;

	if (!addr)
		return false;
	if (!strncmp(addr, "::ffff:", 7))
		addr += 7;
	if (inet_pton(AF_INET, addr, &a4) == 1)
		return (ntohl(a4.s_addr) >> 24) == 127;
	return inet_pton(AF_INET6, addr, &a6) == 1 && IN6_IS_ADDR_LOOPBACK(&a6);
}

bool cti_origin_valid(const char *origin)
{
	static const struct {
		const char *scheme;
		const char *host; /* the characters that its host is made of */
	} kinds[] = {
		{ "https://", "abcdefghijklmnopqrstuvwxyz0123456789.-:[]" },
		{ "http://", "abcdefghijklmnopqrstuvwxyz0123456789.-:[]" },
		{ "chrome-extension://", "abcdefghijklmnop" },
		{ "moz-extension://", "abcdef0123456789-" },
	};

	if (!origin || strlen(origin) > ORIGIN_MAX)
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const size_t len = strlen(kinds[i].scheme);
		const char *host = origin + len;

		if (!strncmp(origin, kinds[i].scheme, len))
			return *host && *host != ':' &&
			       !host[strspn(host, kinds[i].host)];
	}
	return false;
}

bool cti_origin_listed(const struct cti_origins *o, const char *origin)
{
	for (size_t i = 0; i < o->n; i++)
		if (!strcmp(o->list[i], origin))
			return true;
	return false;
}

static bool is_own(const char *origin, bool tls, const char *host, uint16_t port)
{
	const bool v6 = strchr(host, ':') != NULL;
	char own[ORIGIN_MAX];
	char suffix[8] = "";

	/* A browser leaves out the port that belongs to the scheme. */
	if (port != (tls ? 443 : 80))
		(void)snprintf(suffix, sizeof(suffix), ":%u", port);
	(void)snprintf(own, sizeof(own), "%s://%s%s%s%s", tls ? "https" : "http",
		v6 ? "[" : "", host, v6 ? "]" : "", suffix);
	return !strcmp(origin, own);
}

bool cti_origin_allowed(const struct cti_origins *o, const char *origin, bool tls,
	const char *local, uint16_t port)
{
	if (!cti_origin_valid(origin))
		return false;
	if (cti_origin_listed(o, origin))
		return true;
	if (!local)
		return false;
	if (!strncmp(local, "::ffff:", 7))
		local += 7;
	if (is_own(origin, tls, local, port))
		return true;
	return cti_addr_is_loopback(local) && is_own(origin, tls, "localhost", port);
}
