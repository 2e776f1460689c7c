/*
 * udp.c -- datagrams, with loss, delay, duplicates and another order.
 *
 * The server sees one peer: our second socket. The client is whoever wrote to the
 * first one last.
 */
#include "faultproxy.h"

#include <string.h>

enum { HOLD_MIN_MS = 20, HOLD_MAX_MS = 250 };

struct udp {
	struct proxy *p;
	struct udp_sock *front; /* the client's side */
	struct udp_sock *back;  /* the server's side */
	struct sa client;
	struct sa server;
	struct list held;
};

struct datagram {
	struct le le; /* in udp->held, which owns it */
	struct udp *u;
	struct sim_timer due;
	enum proxy_way way;
	struct mbuf *mb;
};

static void datagram_destructor(void *data)
{
	struct datagram *d = data;

	list_unlink(&d->le);
	sim_timer_stop(d->u->p->heap, &d->due);
	mem_deref(d->mb);
}

static void udp_destructor(void *data)
{
	struct udp *u = data;

	list_flush(&u->held);
	mem_deref(u->front);
	mem_deref(u->back);
}

static void deliver(struct udp *u, enum proxy_way way, struct mbuf *mb)
{
	mb->pos = 0;
	if (way == PROXY_OUT)
		(void)udp_send(u->back, &u->server, mb);
	else if (sa_isset(&u->client, SA_ALL))
		(void)udp_send(u->front, &u->client, mb);
}

static void on_due(void *arg)
{
	struct datagram *d = arg;

	deliver(d->u, d->way, d->mb);
	mem_deref(d);
}

static void hold(struct udp *u, enum proxy_way way, const struct mbuf *mb, uint32_t ms)
{
	struct datagram *d = mem_zalloc(sizeof(*d), datagram_destructor);

	if (!d)
		return;
	d->u = u;
	d->way = way;
	d->mb = mbuf_alloc(mb->end + 1);
	if (!d->mb || mbuf_write_mem(d->mb, mb->buf, mb->end) ||
		sim_timer_start(u->p->heap, &d->due, ms, on_due, d)) {
		mem_deref(d);
		return;
	}
	list_append(&u->held, &d->le, d);
	u->p->n.held++;
}

static void pass(struct udp *u, enum proxy_way way, struct mbuf *mb)
{
	struct proxy *p = u->p;
	uint32_t ms = proxy_between(p, p->delay_min_ms, p->delay_max_ms);

	p->n.passed[way]++;
	if (p->cut[way] || proxy_percent(p, p->loss)) {
		p->n.dropped[way]++;
		return;
	}
	if (proxy_percent(p, p->reorder))
		ms += proxy_between(p, HOLD_MIN_MS, HOLD_MAX_MS);
	if (proxy_percent(p, p->duplicate)) {
		p->n.duplicated++;
		hold(u, way, mb, ms + proxy_between(p, 0, HOLD_MAX_MS));
	}
	if (ms)
		hold(u, way, mb, ms);
	else
		deliver(u, way, mb);
}

static void from_client(const struct sa *src, struct mbuf *mb, void *arg)
{
	struct udp *u = arg;

	u->client = *src;
	pass(u, PROXY_OUT, mb);
}

static void from_server(const struct sa *src, struct mbuf *mb, void *arg)
{
	struct udp *u = arg;

	if (sa_cmp(src, &u->server, SA_ALL))
		pass(u, PROXY_IN, mb);
}

int proxy_udp_alloc(
	void **up, struct proxy *p, const struct sa *listen, const struct sa *server)
{
	struct udp *u = mem_zalloc(sizeof(*u), udp_destructor);
	struct sa any_port = *listen;
	int err;

	if (!u)
		return ENOMEM;
	u->p = p;
	u->server = *server;
	sa_set_port(&any_port, 0);
	err = udp_listen(&u->front, listen, from_client, u);
	err = err ? err : udp_listen(&u->back, &any_port, from_server, u);
	if (err) {
		mem_deref(u);
		return err;
	}
	(void)udp_sockbuf_set(u->front, 1 << 20);
	(void)udp_sockbuf_set(u->back, 1 << 20);
	*up = u;
	return 0;
}
