/*
 * client.c -- one browser: its handshake, its messages, its bounded queue.
 *
 * A slow reader gets newer pictures, never an ever longer queue: a waiting change
 * is replaced by its successor, and past the bound all changes give way to one
 * snapshot, made when the socket is writable.
 */
#include "client.h"

#include "publish.h"
#include "watchers.h"

#include <cti/clock.h>
#include <cti/log.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	QUEUE_MAX = 512,
	QUEUE_START = 8,
	PIECE_MAX = 64 * 1024, /* of a snapshot, sent as one WebSocket fragment */
	TABS_PER_USER = 64,
	STALL_S = 60,             /* something waits and nothing moves */
	CLOSE_GRACE_US = 1000000, /* for the close frame to go out, and for its answer */
	SILENT_PINGS = 3,
	BURST = 200,     /* messages at once */
	RATE_PER_S = 20, /* and on the long run */
	CLOSE_BAD = 4400,
	CLOSE_AUTH = 4401,
	CLOSE_SLOW = 4408,
	CLOSE_REPLACED = 4409,
	CLOSE_MANY = 4429,
	CLOSE_TOO_BIG = 1009, /* RFC 6455 section 7.4.1, as the next */
	CLOSE_BINARY = 1003,
};

/* ---- queue --------------------------------------------------------------- */

static struct cti_client_entry *at(struct cti_client *cl, size_t i)
{
	return &cl->queue[(cl->head + i) % cl->size];
}

static int grow(struct cti_client *cl)
{
	const size_t size = cl->size ? cl->size * 2 : QUEUE_START;
	struct cti_client_entry *queue;

	if (cl->count < cl->size)
		return 0;
	queue = calloc(size, sizeof(*queue));
	if (!queue)
		return ENOMEM;
	for (size_t i = 0; i < cl->count; i++)
		queue[i] = *at(cl, i);
	free(cl->queue);
	cl->queue = queue;
	cl->size = size;
	cl->head = 0;
	return 0;
}

/* Leaves out the entries that the test names; order stays. */
static void drop_if(struct cti_client *cl,
	bool (*test)(const struct cti_client_entry *e, const char *key), const char *key)
{
	size_t kept = 0;

	for (size_t i = 0; i < cl->count; i++) {
		struct cti_client_entry e = *at(cl, i);

		if (test(&e, key))
			cti_frame_unref(e.frame);
		else
			*at(cl, kept++) = e;
	}
	cl->count = kept;
}

/* What a snapshot brings anew. */
static bool is_picture_kind(enum cti_frame_kind kind)
{
	return kind == CTI_FRAME_CHANGE || kind == CTI_FRAME_GONE ||
	       kind == CTI_FRAME_LINE || kind == CTI_FRAME_HEALTH;
}

static bool is_picture(const struct cti_client_entry *e, const char *key)
{
	(void)key;
	return is_picture_kind(e->frame->kind);
}

static bool is_older_change(const struct cti_client_entry *e, const char *key)
{
	return e->frame->kind == CTI_FRAME_CHANGE && !e->keep &&
	       !strcmp(e->frame->key, key);
}

static bool is_older_line(const struct cti_client_entry *e, const char *key)
{
	return e->frame->kind == CTI_FRAME_LINE && !e->keep &&
	       !strcmp(e->frame->key, key);
}

static bool any(const struct cti_client_entry *e, const char *key)
{
	(void)e;
	(void)key;
	return true;
}

void cti_client_resync(struct cti_client *cl)
{
	if (cl->state != CTI_CLIENT_LIVE)
		return;
	drop_if(cl, is_picture, NULL);
	cl->resync = true;
	cti_conn_want_write(cl->conn);
}

/* Room for one more, by giving up pictures if need be. */
static bool make_room(struct cti_client *cl)
{
	if (cl->count >= QUEUE_MAX) {
		cl->hub->n.resyncs++;
		cti_client_resync(cl);
	}
	if (cl->count < QUEUE_MAX && !grow(cl))
		return true;
	cl->hub->n.slow_closed++;
	cti_client_close(cl, CLOSE_SLOW, "too-slow", "Too much is waiting to be read.");
	return false;
}

static bool send_text(
	struct cti_client *cl, unsigned char *text, size_t len, bool first, bool last)
{
	cl->wrote_us = cti_mono_us();
	cl->hub->n.frames_out++;
	cl->hub->n.bytes_out += len;
	return cti_conn_ws_send(cl->conn, text, len, first, last) == 0;
}

static bool send_queued(struct cti_client *cl)
{
	struct cti_frame *f = at(cl, 0)->frame;
	const bool ok = send_text(cl, f->bytes + CTI_FRAME_HEAD, f->len, true, true);

	cl->head = (cl->head + 1) % cl->size;
	cl->count--;
	cti_frame_unref(f);
	return ok;
}

/*
 * The only one that waits goes out at once: asking the loop first whether the socket is
 * writable costs four more system calls and a turn of it, and it nearly always is.
 */
static void send_or_wait(struct cti_client *cl)
{
	const bool busy = cl->count != 1 || cl->resync || cl->snapshot.len ||
			  cl->pong_at[0] || cl->ping_due;

	if (busy || !cti_conn_ws_idle(cl->conn))
		cti_conn_want_write(cl->conn);
	else if (!send_queued(cl))
		cti_conn_kill(cl->conn);
}

void cti_client_offer(struct cti_client *cl, struct cti_frame *f, bool keep)
{
	const size_t before = cl->count;

	if (cl->state != CTI_CLIENT_LIVE)
		return;
	if (cl->resync && is_picture_kind(f->kind))
		return; /* the snapshot will have it */
	if ((f->kind == CTI_FRAME_CHANGE || f->kind == CTI_FRAME_GONE) && !keep)
		drop_if(cl, is_older_change, f->key);
	if (f->kind == CTI_FRAME_LINE && !keep)
		drop_if(cl, is_older_line, f->key);
	cl->hub->n.merged += before - cl->count;
	if (!make_room(cl))
		return;
	if (cl->resync && is_picture_kind(f->kind))
		return;
	if (!cl->count)
		cl->wrote_us = cti_mono_us(); /* from now on something waits */
	*at(cl, cl->count++) = (struct cti_client_entry){ cti_frame_ref(f), keep };
	send_or_wait(cl);
}

/* ---- handshake ----------------------------------------------------------- */

int cti_client_admit(struct cti_hub *h, struct cti_conn *c, const char *path,
	const char *origin, const char *protocols)
{
	int status = 0;

	if (strcmp(path, "/ws") != 0)
		status = 404;
	else if (!cti_hub_origin_ok(h, c, origin))
		status = 403;
	else if (strcmp(protocols, "ringbridge.v1") != 0)
		status = 400;
	else if (h->closing || h->nclients >= h->conf.max_clients)
		status = 503;
	if (status)
		h->n.upgrades_refused++;
	else
		h->n.upgrades++;
	return status;
}

struct cti_client *cti_client_open(struct cti_hub *h, struct cti_conn *c)
{
	struct cti_client *cl = calloc(1, sizeof(*cl));

	if (!cl)
		return NULL;
	cl->hub = h;
	cl->conn = c;
	cl->opened_us = cti_mono_us();
	cl->heard_us = cl->opened_us;
	cl->pinged_us = cl->opened_us;
	cl->wrote_us = cl->opened_us;
	cl->focus_us = cl->opened_us;
	cl->allowance_us = cl->opened_us;
	cl->allowance = (int64_t)BURST * 1000;
	cl->next = h->clients;
	cl->prevp = &h->clients;
	if (cl->next)
		cl->next->prevp = &cl->next;
	h->clients = cl;
	h->nclients++;
	return cl;
}

/* The socket is gone, or about to go: nothing more is offered. */
static void leave(struct cti_client *cl)
{
	if (cl->state == CTI_CLIENT_LIVE) {
		cl->state = CTI_CLIENT_CLOSING;
		cti_publish_detach(cl->hub->publish, cl);
		cti_log(CTI_LOG_INFO, "hub", "browser left user=%s tab=%s remote=%s",
			cl->user.name, cl->tab, cti_conn_remote(cl->conn));
	}
	cl->state = CTI_CLIENT_CLOSING;
}

void cti_client_closed(struct cti_client *cl)
{
	leave(cl);
	*cl->prevp = cl->next;
	if (cl->next)
		cl->next->prevp = cl->prevp;
	cl->hub->nclients--;
	drop_if(cl, any, NULL);
	free(cl->queue);
	cti_buf_reset(&cl->snapshot);
	cti_buf_reset(&cl->rx);
	cti_hub_user_reset(&cl->user);
	free(cl);
}

void cti_client_close(
	struct cti_client *cl, unsigned code, const char *error, const char *text)
{
	if (cl->state == CTI_CLIENT_CLOSING)
		return;
	leave(cl);
	cl->close_code = code;
	cl->close_error = error;
	cl->close_text = text;
	cl->closing_us = cti_mono_us();
	cti_conn_want_write(cl->conn);
}

/* ---- what it says -------------------------------------------------------- */

static void send_welcome(struct cti_client *cl, bool resumed)
{
	struct cti_hub *h = cl->hub;
	const struct cti_proto_welcome m = { .user = &cl->user,
		.conf = &h->conf,
		.epoch = cti_publish_epoch(h->publish),
		.seq = cti_publish_seq(h->publish),
		.ping_s = h->conf.ping_s,
		.resumed = resumed };
	struct cti_buf buf = { 0 };
	struct cti_frame *f;

	cti_proto_welcome(&buf, &m);
	if (cti_frame_alloc(&f, CTI_FRAME_OTHER, &buf)) {
		cti_client_close(cl, CLOSE_MANY, "too-many-clients", "Out of memory.");
		return;
	}
	cti_client_offer(cl, f, true);
	cti_frame_unref(f);
}

/* Sockets of this user; an older one of the same tab is closed. */
static size_t user_sockets(struct cti_client *cl)
{
	const struct cti_publish *pub = cl->hub->publish;
	size_t n = 0;

	/* Closing one takes it, and perhaps others, out of the list: from the end. */
	for (size_t i = cti_publish_clients_of(pub, cl->user.id)->n; i-- > 0;) {
		const struct cti_clients *list = cti_publish_clients_of(pub, cl->user.id);
		struct cti_client *o = i < list->n ? list->v[i] : NULL;

		if (!o || o == cl)
			continue;
		if (!strcmp(o->tab, cl->tab))
			cti_client_close(o, CLOSE_REPLACED, "replaced",
				"This tab has opened another socket.");
		else
			n++;
	}
	return n;
}

static void begin(struct cti_client *cl, const struct cti_proto_hello *hello)
{
	struct cti_publish *pub = cl->hub->publish;
	bool resumed;

	if (user_sockets(cl) >= TABS_PER_USER || cti_publish_attach(pub, cl)) {
		cti_client_close(cl, CLOSE_MANY, "too-many-clients",
			"Too many tabs of this user.");
		return;
	}
	cl->state = CTI_CLIENT_LIVE;
	resumed = hello->resume &&
		  cti_publish_can_resume(pub, cl, hello->epoch, hello->seq);
	send_welcome(cl, resumed);
	if (resumed) {
		cl->hub->n.resumes++;
		cti_publish_resume(pub, cl, hello->seq);
	} else {
		cti_client_resync(cl);
	}
	cti_log(CTI_LOG_INFO, "hub", "browser joined user=%s tab=%s remote=%s resumed=%d",
		cl->user.name, cl->tab, cti_conn_remote(cl->conn), resumed);
}

static void on_hello(struct cti_client *cl, const struct cti_proto_hello *hello)
{
	const struct cti_session *ses =
		cti_sessions_token_use(cl->hub->sessions, hello->token);

	if (!ses) {
		cti_log(CTI_LOG_WARN, "hub", "token refused remote=%s",
			cti_conn_remote(cl->conn));
		cti_client_close(cl, CLOSE_AUTH, "token-invalid",
			"The token is unknown, used or too old.");
		return;
	}
	if (cti_hub_user_copy(&cl->user, &ses->user)) {
		cti_client_close(cl, CLOSE_MANY, "too-many-clients", "Out of memory.");
		return;
	}
	(void)cti_str_copy(cl->session, sizeof(cl->session), ses->hash);
	(void)cti_str_copy(cl->tab, sizeof(cl->tab), hello->client);
	cl->focused = hello->focused;
	cl->dirty = hello->dirty;
	begin(cl, hello);
}

static void on_note(struct cti_client *cl, const struct cti_proto_msg *msg)
{
	const struct cti_hub_core *core = &cl->hub->core;

	if (core->note)
		core->note(&cl->user, msg->id,
			&(struct cti_hub_note){ msg->note, msg->text, msg->disposition },
			core->arg);
}

static void on_message(struct cti_client *cl, const struct cti_proto_msg *msg)
{
	const struct cti_hub_core *core = &cl->hub->core;

	switch (msg->type) {
	case CTI_PROTO_HELLO:
		cti_client_close(cl, CLOSE_BAD, "bad-message", "hello comes once.");
		break;
	case CTI_PROTO_POP_ACK:
		cti_publish_ack(cl->hub->publish, cl, msg->id, msg->shown);
		break;
	case CTI_PROTO_FOCUS:
		if (cl->focused || msg->focused)
			cl->focus_us = cti_mono_us();
		cl->focused = msg->focused;
		cl->dirty = msg->dirty;
		break;
	case CTI_PROTO_COMMAND:
		if (core->command)
			core->command(&cl->user, msg->root, core->arg);
		break;
	case CTI_PROTO_NOTE:
		on_note(cl, msg);
		break;
	case CTI_PROTO_PING:
		memcpy(cl->pong_at, msg->at, sizeof(cl->pong_at));
		cti_conn_want_write(cl->conn);
		break;
	case CTI_PROTO_PONG:
	case CTI_PROTO_TYPES:
		break;
	}
}

static bool within_rate(struct cti_client *cl)
{
	const int64_t now = cti_mono_us();

	cl->allowance += (now - cl->allowance_us) * RATE_PER_S / 1000;
	if (cl->allowance > (int64_t)BURST * 1000)
		cl->allowance = (int64_t)BURST * 1000;
	cl->allowance_us = now;
	cl->allowance -= 1000;
	return cl->allowance >= 0;
}

static void take(struct cti_client *cl, const char *text, size_t len)
{
	struct cti_proto_msg msg;
	const char *why;
	int err;

	cl->hub->n.messages_in++;
	if (!within_rate(cl)) {
		cti_client_close(cl, CLOSE_BAD, "too-many-messages",
			"More than 20 messages a second.");
		return;
	}
	err = cti_proto_parse(&msg, text, len, &why);
	if (err) {
		cti_log(CTI_LOG_DEBUG, "hub", "message refused user=%s why=%s",
			cl->user.name, why);
		cti_client_close(cl, CLOSE_BAD,
			err == ENOTSUP ? "unknown-type" : "bad-message", why);
		return;
	}
	if (cl->state == CTI_CLIENT_LIVE)
		on_message(cl, &msg);
	else if (msg.type == CTI_PROTO_HELLO)
		on_hello(cl, &msg.hello);
	else
		cti_client_close(cl, CLOSE_AUTH, "hello-expected", "hello comes first.");
	cti_proto_reset(&msg);
}

bool cti_client_received(struct cti_client *cl, const void *data, size_t len, bool first,
	bool last, bool binary)
{
	cl->heard_us = cti_mono_us();
	if (cl->state == CTI_CLIENT_CLOSING)
		return true;
	if (binary) {
		cti_client_close(cl, CLOSE_BINARY, "bad-message", "Text frames only.");
		return true;
	}
	if (first)
		cti_buf_clear(&cl->rx);
	if (cl->rx.len + len > CTI_PROTO_MESSAGE_MAX) {
		cti_client_close(cl, CLOSE_TOO_BIG, "bad-message", "More than 64 kB.");
		return true;
	}
	cti_buf_add(&cl->rx, data, len);
	if (!last)
		return true;
	take(cl, cl->rx.data ? cl->rx.data : "", cl->rx.len);
	cti_buf_reset(&cl->rx); /* most browsers are silent: keep no memory for them */
	return true;
}

/* ---- what it gets -------------------------------------------------------- */

/* A message made for this moment. */
static bool send_now(struct cti_client *cl, struct cti_buf *text)
{
	struct cti_frame *f;
	bool ok;

	if (cti_frame_alloc(&f, CTI_FRAME_OTHER, text))
		return false;
	ok = send_text(cl, f->bytes + CTI_FRAME_HEAD, f->len, true, true);
	cti_frame_unref(f);
	return ok;
}

static bool send_heartbeat(struct cti_client *cl)
{
	struct cti_buf buf = { 0 };
	char now[CTI_TIME_BYTES];

	if (cl->pong_at[0]) {
		cti_proto_ping(&buf, "pong", cl->pong_at);
		cl->pong_at[0] = '\0';
	} else {
		cti_proto_ping(&buf, "ping", cti_time_iso(now, cti_now_us()));
		cl->ping_due = false;
	}
	return send_now(cl, &buf);
}

/* Its pieces may be overwritten by the headers of the next ones: it is ours alone. */
static bool send_snapshot(struct cti_client *cl)
{
	static const char room[CTI_FRAME_HEAD];
	const bool first = !cl->snapshot.len;
	size_t left;
	bool ok;

	if (first) {
		cl->resync = false;
		cl->snapshot_off = CTI_FRAME_HEAD;
		cti_buf_add(&cl->snapshot, room, sizeof(room));
		cti_publish_snapshot(cl->hub->publish, cl, &cl->snapshot);
		cl->hub->n.snapshots++;
		if (cl->snapshot.err)
			return false;
	}
	left = cl->snapshot.len - cl->snapshot_off;
	if (left > PIECE_MAX)
		left = PIECE_MAX;
	ok = send_text(cl, (unsigned char *)cl->snapshot.data + cl->snapshot_off, left,
		first, cl->snapshot_off + left == cl->snapshot.len);
	cl->snapshot_off += left;
	if (cl->snapshot_off == cl->snapshot.len)
		cti_buf_reset(&cl->snapshot);
	return ok;
}

/* Error message first, then the close frame; then the browser closes, or the tick. */
static bool send_farewell(struct cti_client *cl)
{
	struct cti_buf buf = { 0 };
	const char *error = cl->close_error;

	if (cl->left)
		return true;
	if (error && !cl->snapshot.len) { /* not into the middle of a message */
		cl->close_error = NULL;
		cti_proto_error(&buf, error, cl->close_text);
		cti_conn_want_write(cl->conn);
		return send_now(cl, &buf);
	}
	cl->left = true;
	cl->closing_us = cti_mono_us();
	cti_conn_ws_close(cl->conn, cl->close_code, error ? error : "");
	return true;
}

bool cti_client_writable(struct cti_client *cl)
{
	bool ok = true;

	if (cl->state == CTI_CLIENT_CLOSING)
		return send_farewell(cl);
	if (cl->snapshot.len)
		ok = send_snapshot(cl);
	else if (cl->pong_at[0] || cl->ping_due)
		ok = send_heartbeat(cl);
	else if (cl->count)
		ok = send_queued(cl);
	else if (cl->resync)
		ok = send_snapshot(cl);
	if (ok && (cl->count || cl->resync || cl->snapshot.len || cl->pong_at[0] ||
			  cl->ping_due))
		cti_conn_want_write(cl->conn);
	return ok;
}

void cti_client_tick(struct cti_client *cl, int64_t now_us)
{
	const struct cti_hub_conf *conf = &cl->hub->conf;
	const int64_t ping_us = (int64_t)conf->ping_s * 1000000;
	const bool waiting = cl->count || cl->resync || cl->snapshot.len;

	if (cl->state == CTI_CLIENT_CLOSING) {
		if (now_us - cl->closing_us > CLOSE_GRACE_US)
			cti_conn_kill(cl->conn);
	} else if (cl->state == CTI_CLIENT_NEW) {
		if (now_us - cl->opened_us > (int64_t)conf->hello_ms * 1000)
			cti_client_close(
				cl, CLOSE_AUTH, "hello-timeout", "No hello in time.");
	} else if (waiting && now_us - cl->wrote_us > (int64_t)STALL_S * 1000000) {
		cl->hub->n.slow_closed++;
		cti_client_close(
			cl, CLOSE_SLOW, "too-slow", "Nothing was read for a minute.");
	} else if (now_us - cl->heard_us > SILENT_PINGS * ping_us) {
		cti_client_close(cl, CLOSE_SLOW, "silent", "No sign of life.");
	} else if (now_us - cl->pinged_us >= ping_us) {
		cl->pinged_us = now_us;
		cl->ping_due = true;
		cti_conn_want_write(cl->conn);
	}
}
