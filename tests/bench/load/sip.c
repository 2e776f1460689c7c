/*
 * sip.c -- a PBX for ten thousand watchers and more: a notifier of dialog events
 * (RFC 6665, RFC 4235) over UDP that shares no code with the daemon. It reads what
 * it needs and trusts who it talks to. One NOTIFY a subscription is on its way at a
 * time; later ones wait, as they must (RFC 6665 section 4.2.2).
 */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
	DATAGRAM_MAX = 65536,
	WAITING_MAX = 64, /* events of one subscription that wait for their turn */
	LIVE_MAX = 8,     /* calls of one line at a time that a full document can tell */
	SOCKET_BYTES = 4 << 20,
	T1_MS = 500,
	T2_MS = 4000,
	REPEATS = 11, /* RFC 3261 section 17.1.2.2: 32 s */
	ROUND_MS = 100,
};

struct event {
	uint32_t call;
	enum step step;
};

struct sub {
	char *callid, *from, *to, *contact; /* owned; of the SUBSCRIBE; NULL: nobody */
	struct sockaddr_in peer;
	uint32_t seq;     /* of the last SUBSCRIBE */
	uint32_t cseq;    /* of the last NOTIFY */
	uint32_t version; /* of the next document */
	uint32_t expires_s;
	int64_t expires_ns; /* when it runs out */
	struct event waiting[WAITING_MAX];
	uint16_t head, n;
	struct event live[LIVE_MAX]; /* as the watcher was told */
	uint8_t nlive;
	bool full_due;
	bool outstanding;
	uint8_t repeats;
	char *sent; /* owned; the NOTIFY on its way */
	size_t sent_len;
	int64_t repeat_ns;
	unsigned next; /* in a bucket, plus one */
};

static struct source sock = { 0 };
static int fd = -1;
static char self[32]; /* "address:port" */
static char host[24];
static struct sub *subs;
static unsigned nsubs, first;
static unsigned *buckets, nbuckets;
static uint32_t expires_min, expires_max = 3600;
static bool deaf; /* the PBX is away: counted, not heard */
static unsigned active;
static struct sip_counters n;
static int64_t round_ns;
static unsigned round_at; /* a slice of the subscriptions a round */

const struct sip_counters *sip_counters(void)
{
	return &n;
}

unsigned sip_first(void)
{
	return first;
}

/* ---- text ------------------------------------------------------------------------ */

struct text {
	const char *p;
	size_t len;
};

/* The value of a header; long form only, as libre and we write them. */
static struct text header(const char *msg, const char *name)
{
	const size_t len = strlen(name);
	struct text t = { 0 };

	for (const char *p = strstr(msg, "\r\n"); p && p[2] != '\r';
		p = strstr(p + 2, "\r\n")) {
		const char *line = p + 2;
		const char *end;

		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, " ");
		end = strstr(line, "\r\n");
		t.p = line;
		t.len = end ? (size_t)(end - line) : strlen(line);
		break;
	}
	return t;
}

static char *copy(struct text t)
{
	char *s = strndup(t.p ? t.p : "", t.len);

	if (!s)
		die("out of memory");
	return s;
}

/* <sip:cti@127.0.0.1:5060>;x -> sip:cti@127.0.0.1:5060 */
static struct text uri_of(struct text t)
{
	const char *open = memchr(t.p, '<', t.len);
	const char *close = open ? memchr(open, '>', (size_t)(t.p + t.len - open)) : NULL;

	if (open && close)
		return (struct text){ open + 1, (size_t)(close - open - 1) };
	return t;
}

static bool has_tag(struct text t)
{
	return memmem(t.p, t.len, ";tag=", 5) != NULL;
}

/* ---- which subscription --------------------------------------------------------------- */

static unsigned bucket_of(struct text callid)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < callid.len; i++)
		h = (h ^ (unsigned char)callid.p[i]) * 16777619u;
	return h % nbuckets;
}

static struct sub *find(struct text callid)
{
	for (unsigned i = buckets[bucket_of(callid)]; i; i = subs[i - 1].next) {
		struct sub *s = &subs[i - 1];

		if (strlen(s->callid) == callid.len &&
			!memcmp(s->callid, callid.p, callid.len))
			return s;
	}
	return NULL;
}

/* The watcher is gone; the line's calls are not. */
static void forget(struct sub *s)
{
	struct sub kept = { .nlive = s->nlive };
	unsigned *p;

	if (!s->callid)
		return;
	p = &buckets[bucket_of((struct text){ s->callid, strlen(s->callid) })];
	while (*p != (unsigned)(s - subs) + 1)
		p = &subs[*p - 1].next;
	*p = s->next;
	free(s->callid);
	free(s->from);
	free(s->to);
	free(s->contact);
	free(s->sent);
	memcpy(kept.live, s->live, sizeof(kept.live));
	*s = kept;
	active--;
}

/* ---- out ------------------------------------------------------------------------------ */

static void send_text(const struct sockaddr_in *to, const char *text, size_t len)
{
	while (sendto(fd, text, len, 0, (const struct sockaddr *)to, sizeof(*to)) < 0 &&
		errno == EINTR)
		continue;
}

static void reply(const char *msg, const struct sockaddr_in *to, const char *status,
	const char *more)
{
	char text[4096];
	const struct text via = header(msg, "Via"), from = header(msg, "From"),
			  dest = header(msg, "To"), id = header(msg, "Call-ID"),
			  cseq = header(msg, "CSeq");
	const int len = snprintf(text, sizeof(text),
		"SIP/2.0 %s\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: %.*s%s\r\nCall-ID: %.*s\r\n"
		"CSeq: %.*s\r\n%sContent-Length: 0\r\n\r\n",
		status, (int)via.len, via.p, (int)from.len, from.p, (int)dest.len, dest.p,
		has_tag(dest) ? "" : ";tag=bench", (int)id.len, id.p, (int)cseq.len,
		cseq.p, more);

	if (len > 0 && (size_t)len < sizeof(text))
		send_text(to, text, (size_t)len);
}

static int dialog(char *buf, size_t size, unsigned line, const struct event *e)
{
	static const char *const states[STEPS] = { "early", "confirmed", "terminated" };

	return snprintf(buf, size,
		"<dialog id=\"d%u\" call-id=\"bench-%u@pbx\" local-tag=\"l%u\""
		" remote-tag=\"r%u\" direction=\"recipient\">\n<state>%s</state>\n"
		"<local><identity>sip:%u@%s</identity><target uri=\"sip:%u@%s\"/>"
		"</local>\n<remote><identity display=\"Bench %u\">sip:0%llu@%s"
		"</identity><target uri=\"sip:0%llu@%s\"/></remote>\n</dialog>\n",
		e->call, e->call, e->call, e->call, states[e->step], line, host, line,
		host, e->call, 8010000000ull + e->call, host, 8010000000ull + e->call,
		host);
}

/* One call, or all that the line has. */
static int document(char *buf, size_t size, const struct sub *s, const struct event *e)
{
	const unsigned line = first + (unsigned)(s - subs);
	int len = snprintf(buf, size,
		"<?xml version=\"1.0\"?>\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:"
		"dialog-info\" version=\"%u\" state=\"%s\" entity=\"sip:%u@%s\">\n",
		s->version, e ? "partial" : "full", line, host);

	if (e)
		len += dialog(buf + len, size - (size_t)len, line, e);
	for (unsigned i = 0; !e && i < s->nlive; i++)
		len += dialog(buf + len, size - (size_t)len, line, &s->live[i]);
	return len + snprintf(buf + len, size - (size_t)len, "</dialog-info>\n");
}

static void note(struct sub *s, const struct event *e)
{
	unsigned i = 0;

	while (i < s->nlive && s->live[i].call != e->call)
		i++;
	if (e->step == STEP_TERMINATED && i < s->nlive)
		s->live[i] = s->live[--s->nlive];
	else if (e->step != STEP_TERMINATED && i < LIVE_MAX)
		s->live[i] = *e;
	if (e->step != STEP_TERMINATED && i == s->nlive && i < LIVE_MAX)
		s->nlive++;
}

static void transmit(struct sub *s, const struct event *e)
{
	const int64_t now = now_ns();
	const int64_t left_s = (s->expires_ns - now) / NS_S;
	char body[8192], text[10240];
	const int body_len = document(body, sizeof(body), s, e);
	const int len = snprintf(text, sizeof(text),
		"NOTIFY %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-%x-%x\r\n"
		"Max-Forwards: 70\r\nFrom: %s;tag=bench\r\nTo: %s\r\nCall-ID: %s\r\n"
		"CSeq: %u NOTIFY\r\nContact: <sip:%u@%s>\r\nEvent: dialog\r\n"
		"Subscription-State: active;expires=%lld\r\n"
		"Content-Type: application/dialog-info+xml\r\n"
		"Content-Length: %d\r\n\r\n%s",
		s->contact, self, (unsigned)(s - subs), s->cseq + 1, s->to, s->from,
		s->callid, s->cseq + 1, first + (unsigned)(s - subs), self,
		left_s > 0 ? (long long)left_s : 0LL, body_len, body);

	if (len <= 0 || (size_t)len >= sizeof(text))
		die("a NOTIFY is too long");
	s->cseq++;
	s->version++;
	s->outstanding = true;
	s->repeats = 0;
	s->repeat_ns = now + T1_MS * NS_MS;
	free(s->sent);
	s->sent = malloc((size_t)len);
	if (!s->sent)
		die("out of memory");
	memcpy(s->sent, text, (size_t)len);
	s->sent_len = (size_t)len;
	n.notifies++;
	send_text(&s->peer, text, (size_t)len);
}

static void next_event(struct sub *s)
{
	struct event e;

	if (s->outstanding || !s->callid)
		return;
	if (s->full_due) {
		s->full_due = false;
		transmit(s, NULL);
		return;
	}
	if (!s->n)
		return;
	e = s->waiting[s->head];
	s->head = (uint16_t)((s->head + 1) % WAITING_MAX);
	s->n--;
	note(s, &e);
	transmit(s, &e);
}

bool sip_notify(unsigned line, enum step step, uint32_t call)
{
	struct sub *s = line < nsubs ? &subs[line] : NULL;

	if (!s || !s->callid || s->n == WAITING_MAX)
		return false;
	s->waiting[(s->head + s->n++) % WAITING_MAX] = (struct event){ call, step };
	next_event(s);
	return true;
}

/* ---- in ---------------------------------------------------------------------------------- */

static void take_subscriber(
	struct sub *s, const char *msg, const struct sockaddr_in *from)
{
	unsigned *bucket;

	forget(s);
	s->callid = copy(header(msg, "Call-ID"));
	s->from = copy(header(msg, "From"));
	s->to = copy(header(msg, "To"));
	s->contact = copy(uri_of(header(msg, "Contact")));
	s->peer = *from;
	bucket = &buckets[bucket_of((struct text){ s->callid, strlen(s->callid) })];
	s->next = *bucket;
	*bucket = (unsigned)(s - subs) + 1;
	active++;
}

/* "SUBSCRIBE sip:10017@..." */
static struct sub *line_of(const char *msg)
{
	const char *p = strstr(msg, "sip:");
	const unsigned long line = p ? strtoul(p + 4, NULL, 10) : 0;

	return line >= first && line - first < nsubs ? &subs[line - first] : NULL;
}

static void subscribe(const char *msg, const struct sockaddr_in *from)
{
	const bool inside = has_tag(header(msg, "To"));
	const struct text id = header(msg, "Call-ID");
	struct sub *s = find(id);
	const uint32_t seq = (uint32_t)strtoul(header(msg, "CSeq").p, NULL, 10);
	const struct text expires = header(msg, "Expires");
	uint32_t expires_s = expires.p ? (uint32_t)strtoul(expires.p, NULL, 10) : 3600;
	const bool again = s && s->seq == seq;
	char more[160];

	if (!inside && !s)
		s = line_of(msg);
	if (!s) {
		n.refused++;
		reply(msg, from, inside ? "481 No Such Subscription" : "404 Not Found",
			"");
		return;
	}
	if (expires_s && expires_s < expires_min)
		expires_s = expires_min;
	if (expires_s > expires_max)
		expires_s = expires_max;
	if (!inside && !again)
		take_subscriber(s, msg, from);
	(void)snprintf(more, sizeof(more), "Contact: <sip:%u@%s>\r\nExpires: %u\r\n",
		first + (unsigned)(s - subs), self, expires_s);
	reply(msg, from, "200 OK", more);
	if (again)
		return;
	n.subscribes += !inside;
	n.refreshes += inside;
	s->seq = seq;
	s->expires_s = expires_s;
	s->expires_ns = now_ns() + expires_s * NS_S;
	if (!expires_s) {
		forget(s);
		return;
	}
	s->full_due = true;
	next_event(s);
}

/* The branch says which one it answers. */
static void answered(const char *msg)
{
	const char *p = strstr(msg, "branch=z9hG4bK-");
	unsigned i, cseq;

	if (!p || sscanf(p, "branch=z9hG4bK-%x-%x", &i, &cseq) != 2 || i >= nsubs ||
		!subs[i].outstanding || subs[i].cseq != cseq)
		return;
	subs[i].outstanding = false;
	if (strncmp(msg, "SIP/2.0 200", 11) != 0) {
		n.refused++;
		forget(&subs[i]);
		return;
	}
	n.answered++;
	next_event(&subs[i]);
}

static void invite(const char *msg, const struct sockaddr_in *from)
{
	const char *p = strstr(msg, "sip:");

	n.invites++;
	if (p)
		calls_invited((unsigned)strtoul(p + 4, NULL, 10) - first, now_ns());
	reply(msg, from, "486 Busy Here", "");
}

static void message(char *msg, const struct sockaddr_in *from)
{
	if (!strncmp(msg, "SIP/2.0 ", 8)) {
		answered(msg);
	} else if (!strncmp(msg, "SUBSCRIBE ", 10)) {
		subscribe(msg, from);
	} else if (!strncmp(msg, "OPTIONS ", 8)) {
		n.options++;
		reply(msg, from, "200 OK", "");
	} else if (!strncmp(msg, "INVITE ", 7)) {
		invite(msg, from);
	} else if (strncmp(msg, "ACK ", 4) != 0) {
		reply(msg, from, "200 OK", "");
	}
}

static void on_datagram(struct source *src, uint32_t events)
{
	static char msg[DATAGRAM_MAX + 1];

	(void)src;
	(void)events;
	for (int i = 0; i < 64; i++) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		const ssize_t got = recvfrom(fd, msg, DATAGRAM_MAX, MSG_DONTWAIT,
			(struct sockaddr *)&from, &len);

		if (got <= 0)
			return;
		msg[got] = '\0';
		n.datagrams++;
		n.bytes += (uint64_t)got;
		if (!deaf)
			message(msg, &from);
	}
}

/* ---- time -------------------------------------------------------------------------------- */

static void repeat(struct sub *s, int64_t now)
{
	int64_t wait_ms = T1_MS;

	if (now < s->repeat_ns)
		return;
	if (++s->repeats >= REPEATS) {
		n.given_up++;
		forget(s);
		return;
	}
	for (unsigned i = 0; i < s->repeats && wait_ms < T2_MS; i++)
		wait_ms *= 2;
	s->repeat_ns = now + (wait_ms < T2_MS ? wait_ms : T2_MS) * NS_MS;
	n.repeated++;
	send_text(&s->peer, s->sent, s->sent_len);
}

static void look(struct sub *s, int64_t now)
{
	if (!s->callid)
		return;
	if (s->outstanding) {
		repeat(s, now);
	} else if (now > s->expires_ns) {
		n.expired++;
		forget(s);
	}
}

/* A tenth of them each time: every one is looked at twice in T1. */
int64_t sip_run(int64_t now)
{
	const unsigned slice = nsubs / 5 + 1;

	if (fd < 0)
		return now + NS_S;
	if (now < round_ns)
		return round_ns;
	round_ns = now + ROUND_MS * NS_MS / 2;
	if (deaf)
		return round_ns;
	for (unsigned i = 0; i < slice; i++)
		look(&subs[round_at++ % nsubs], now);
	return round_ns;
}

/* ---- commands ------------------------------------------------------------------------------ */

static void set_limits(const struct args *a)
{
	expires_min = (uint32_t)arg_int(a, "expires_min", expires_min);
	expires_max = (uint32_t)arg_int(a, "expires_max", expires_max);
	deaf = arg_int(a, "deaf", deaf);
}

void sip_open(long id, const struct args *a)
{
	const struct sockaddr_in sa = arg_addr(a, "at");
	const int bytes = SOCKET_BYTES;

	nsubs = (unsigned)arg_int(a, "lines", 0);
	first = (unsigned)arg_int(a, "first", 10000);
	if (!nsubs)
		die("lines=N is missing");
	set_limits(a);
	subs = calloc(nsubs, sizeof(*subs));
	nbuckets = 2 * nsubs + 1;
	buckets = calloc(nbuckets, sizeof(*buckets));
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (!subs || !buckets || fd < 0)
		die("cannot make the PBX");
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	if (bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0)
		die("cannot bind the PBX: %s", strerror(errno));
	(void)inet_ntop(AF_INET, &sa.sin_addr, host, sizeof(host));
	(void)snprintf(self, sizeof(self), "%s:%u", host, ntohs(sa.sin_port));
	sock.ready = on_datagram;
	loop_add(&sock, fd, EPOLLIN);
	answer(id, "\"ok\":true");
}

void sip_set(long id, const struct args *a)
{
	set_limits(a);
	answer(id, "\"ok\":true");
}

void sip_state(long id, const struct args *a)
{
	unsigned waiting = 0;

	(void)a;
	for (unsigned i = 0; i < nsubs; i++)
		waiting += (unsigned)(subs[i].n + subs[i].outstanding + subs[i].full_due);
	answer(id,
		"\"active\":%u,\"waiting\":%u,\"datagrams\":%lu,\"bytes\":%lu,"
		"\"subscribes\":%lu,\"refreshes\":%lu,\"notifies\":%lu,\"answered\":%lu,"
		"\"repeated\":%lu,\"refused\":%lu,\"given_up\":%lu,\"options\":%lu,"
		"\"invites\":%lu,\"expired\":%lu",
		active, waiting, n.datagrams, n.bytes, n.subscribes, n.refreshes,
		n.notifies, n.answered, n.repeated, n.refused, n.given_up, n.options,
		n.invites, n.expired);
}
