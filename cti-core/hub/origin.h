/*
 * origin.h -- which pages may talk to us (RFC 6454). Pure.
 *
 * Ours is what the browser reached: the address of the connection itself, or
 * "localhost" for a loopback one. The Host header is never believed, since a
 * name rebound to our address would then make any page ours. A name has to be
 * written in the configuration.
 */
#ifndef CTI_ORIGIN_H
#define CTI_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cti_origins {
	const char *const *list; /* borrowed; as configured */
	size_t n;
};

/* local: our end of the connection as text, without brackets. */
bool cti_origin_allowed(const struct cti_origins *o, const char *origin, bool tls,
	const char *local, uint16_t port);

/* "http://" or "https://", a host, perhaps a port, and nothing more; or a browser
 * extension's: "chrome-extension://" or "moz-extension://" and its id. */
bool cti_origin_valid(const char *origin);

/* One of the list: what CORS answers to, since our own pages do not ask. */
bool cti_origin_listed(const struct cti_origins *o, const char *origin);

/* 127.0.0.0/8, ::1, and the first within ::ffff:0:0/96. */
bool cti_addr_is_loopback(const char *addr);

#endif
