/*
 * faultproxy.h -- what the parts of faultproxy share: the faults that are on now, the
 * dice, and what was counted. One thread, libre's loop.
 */
#ifndef FAULTPROXY_H
#define FAULTPROXY_H

#include "../heap.h"

#include <re.h>

enum proxy_way { PROXY_OUT, PROXY_IN, PROXY_WAYS }; /* to the server; back */

struct proxy_counts {
	uint64_t passed[PROXY_WAYS]; /* datagrams or bytes that came */
	uint64_t dropped[PROXY_WAYS];
	uint64_t duplicated, held, connections, commit_cuts;
};

struct proxy {
	struct sim_heap *heap;
	uint64_t dice;
	/* Faults, in percent and milliseconds; all zero: none. */
	uint32_t loss, duplicate, reorder;
	uint32_t delay_min_ms, delay_max_ms;
	bool cut[PROXY_WAYS];
	uint32_t commits; /* that are still to be cut off */
	struct proxy_counts n;
	struct list streams;
};

/* splitmix64, as in pbxsim: low <= result <= high. */
uint32_t proxy_between(struct proxy *p, uint32_t low, uint32_t high);

/* True so often out of a hundred. */
bool proxy_percent(struct proxy *p, uint32_t percent);

/* Datagrams between whoever writes to listen and server. *up is released by mem_deref. */
int proxy_udp_alloc(
	void **up, struct proxy *p, const struct sa *listen, const struct sa *server);

/* Connections, TCP by "host:port" or unix by "/path". */
int proxy_stream_alloc(
	void **sp, struct proxy *p, const char *listen, const char *server);

/* Closes every connection at once. */
void proxy_stream_cut(struct proxy *p);

#endif
