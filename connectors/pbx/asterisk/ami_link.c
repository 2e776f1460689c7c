/*
 * ami_link.c -- the manager session.
 *
 *	connect -> banner -> Challenge -> Login -> filters -> Status (snapshot) -> up
 *	anything wrong -> down -> back-off -> connect
 */
#include "ami_link.h"
#include "ami_reader.h"

#include "str.h"

#include <cti/loop.h>

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
	IN_SIZE = CTI_AMI_MESSAGE_MAX + 4, /* one message and its end */
	BACKOFF_FIRST_MS = 1000,
	BACKOFF_MAX_MS = 60 * 1000,
	BACKOFF_REFUSED_MS =
		30 * 1000, /* a wrong secret at every second gets us banned */
	LOGIN_MS = 10 * 1000,
	PING_MS = 15 * 1000, /* idle this long: ask. Idle twice as long: dead */
	RETRY_MS = 200,      /* the journal was full */
	SNAPSHOT_MS = 300 * 1000,
	GOODBYE_MS = 500,
};

/* What no reader of ours looks at. The event mask at login already leaves out the
 * classes of VarSet, Newexten, RTCP and CEL. */
static const char *const unwanted[] = { "!Event: DialState", "!Event: ExtensionStatus",
	"!Event: DeviceStateChange", "!Event: MusicOnHold", "!Event: ContactStatus",
	"!Event: PeerStatus", "!Event: SoftHangupRequest", "!Event: BridgeCreate",
	"!Event: BridgeDestroy", "!Event: Registry" };

enum phase { AT_REST, AT_CONNECT, AT_BANNER, AT_CHALLENGE, AT_LOGIN, AT_WORK };

struct cti_ami_link {
	struct cti_ami_sock *sock; /* owned */
	struct cti_ami_link_ops ops;
	char *user;
	char *secret;
	enum phase phase;
	bool wanted; /* started and not stopped */
	bool in_snapshot;
	bool snapshot_due; /* its beginning could not be journalled yet */
	bool heard;        /* something came since the last look */
	bool asked;        /* a Ping is out */
	uint32_t backoff_ms;
	unsigned serial;
	char snapshot_id[32];
	struct cti_timer timer;    /* back-off, log-in limit, keepalive */
	struct cti_timer retry;    /* back-pressure */
	struct cti_timer schedule; /* the next snapshot */
	struct cti_timer goodbye;
	void (*closed)(void *arg);
	void *closed_arg;
	struct cti_buf action;
	bool action_bad;
	size_t in_len;
	struct cti_ami_msg msg;
	char in[IN_SIZE];
	char copy[CTI_AMI_MESSAGE_MAX + 1];
};

static void connect_now(void *arg);
static void take_messages(struct cti_ami_link *l);

/* ---- actions -------------------------------------------------------------------------- */

void cti_ami_action(struct cti_ami_link *l, const char *action, const char *id)
{
	cti_buf_clear(&l->action);
	l->action_bad = false;
	cti_ami_field(l, "Action", action);
	cti_ami_field(l, "ActionID", id);
}

static bool is_plain(const char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	}
	return true;
}

void cti_ami_field(struct cti_ami_link *l, const char *name, const char *value)
{
	if (!is_plain(value)) {
		l->action_bad = true;
		return;
	}
	cti_buf_str(&l->action, name);
	cti_buf_str(&l->action, ": ");
	cti_buf_str(&l->action, value);
	cti_buf_str(&l->action, "\r\n");
}

int cti_ami_send(struct cti_ami_link *l)
{
	int err;

	cti_buf_str(&l->action, "\r\n");
	if (l->action_bad)
		return EINVAL;
	if (l->action.err)
		return l->action.err;
	err = cti_ami_sock_write(l->sock, l->action.data, l->action.len);
	explicit_bzero(l->action.data, l->action.len);
	return err;
}

/* ---- down and up again ------------------------------------------------------------------- */

static uint32_t jitter(uint32_t ms)
{
	uint32_t r = 0;

	(void)getrandom(&r, sizeof(r), GRND_NONBLOCK);
	return ms / 2 + r % (ms / 2 + 1);
}

static void down(struct cti_ami_link *l, const char *why)
{
	cti_ami_sock_close(l->sock);
	cti_timer_cancel(&l->retry);
	cti_timer_cancel(&l->schedule);
	l->phase = AT_REST;
	l->in_len = 0;
	l->in_snapshot = l->snapshot_due = false;
	if (!l->wanted)
		return;
	(void)cti_timer_start(&l->timer, jitter(l->backoff_ms), connect_now, l);
	l->backoff_ms =
		l->backoff_ms >= BACKOFF_MAX_MS / 2 ? BACKOFF_MAX_MS : l->backoff_ms * 2;
	l->ops.state(CTI_AMI_DOWN, why, l->ops.arg);
}

static void login_late(void *arg)
{
	down(arg, "no log-in within 10 s: is this port a manager's (5038, TLS 5039)?");
}

static void connect_now(void *arg)
{
	struct cti_ami_link *l = arg;

	l->phase = AT_CONNECT;
	l->ops.state(CTI_AMI_TRYING, "connecting", l->ops.arg);
	cti_ami_sock_pause(l->sock, false);
	if (cti_ami_sock_open(l->sock))
		down(l, "cannot open a socket");
}

static void on_connected(void *arg)
{
	struct cti_ami_link *l = arg;

	l->phase = AT_BANNER;
	(void)cti_timer_start(&l->timer, LOGIN_MS, login_late, l);
}

static void on_failed(enum cti_ami_fail fail, const char *why, void *arg)
{
	char text[192];

	(void)snprintf(text, sizeof(text), "%s%s", why,
		fail == CTI_AMI_REFUSED ? "; check manager.conf: enabled, bindaddr, port"
		: fail == CTI_AMI_TLS   ? "; check ami_tls_ca and the certificate's name"
					: "");
	down(arg, text);
}

/* ---- keepalive ------------------------------------------------------------------------------ */

static void keep_alive(void *arg)
{
	struct cti_ami_link *l = arg;

	if (!l->heard && l->asked && !cti_timer_running(&l->retry)) {
		down(l, "the PBX does not answer any more");
		return;
	}
	l->asked = !l->heard;
	if (l->asked) {
		cti_ami_action(l, "Ping", "rb-ping");
		(void)cti_ami_send(l);
	}
	l->heard = false;
	(void)cti_timer_start(&l->timer, PING_MS, keep_alive, l);
}

/* ---- snapshot ---------------------------------------------------------------------------------- */

static void snapshot_now(void *arg)
{
	(void)cti_ami_link_snapshot(arg);
}

/* ENOSPC: the journal is full; the same is tried again before anything else is read. */
static int snapshot_begin(struct cti_ami_link *l)
{
	const int err = l->ops.snapshot(true, l->ops.arg);

	l->snapshot_due = err != 0;
	if (err)
		return err;
	l->in_snapshot = true;
	(void)snprintf(
		l->snapshot_id, sizeof(l->snapshot_id), "rb-snapshot-%u", ++l->serial);
	cti_ami_action(l, "Status", l->snapshot_id);
	(void)cti_ami_send(l);
	return 0;
}

int cti_ami_link_snapshot(struct cti_ami_link *l)
{
	if (l->phase != AT_WORK)
		return ENOTCONN;
	(void)cti_timer_start(&l->schedule, SNAPSHOT_MS, snapshot_now, l);
	if (!l->in_snapshot)
		(void)snapshot_begin(l);
	return 0;
}

/* Is m the end of our list? *denied: we may not ask. */
static bool ends_snapshot(
	const struct cti_ami_link *l, const struct cti_ami_msg *m, bool *denied)
{
	if (!l->in_snapshot || !cti_ami_msg_is(m, "ActionID", l->snapshot_id))
		return false;
	*denied = cti_ami_msg_is(m, "Response", "Error");
	return *denied || cti_ami_msg_is(m, "Event", "StatusComplete");
}

/* ---- log in ---------------------------------------------------------------------------------------- */

/* RFC 1321 is what Asterisk knows; the secret at least does not cross the wire. */
static bool md5_hex(char hex[33], const char *a, const char *b)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_md5(), NULL) == 1 &&
			EVP_DigestUpdate(ctx, a, strlen(a)) == 1 &&
			EVP_DigestUpdate(ctx, b, strlen(b)) == 1 &&
			EVP_DigestFinal_ex(ctx, md, &n) == 1 && n == 16;

	EVP_MD_CTX_free(ctx);
	for (unsigned i = 0; ok && i < n; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", md[i]);
	return ok;
}

static void send_login(struct cti_ami_link *l, const char *challenge)
{
	char hex[33];

	l->phase = AT_LOGIN;
	cti_ami_action(l, "Login", "rb-login");
	cti_ami_field(l, "Username", l->user);
	if (challenge && md5_hex(hex, challenge, l->secret)) {
		cti_ami_field(l, "AuthType", "MD5");
		cti_ami_field(l, "Key", hex);
	} else {
		cti_ami_field(l, "Secret", l->secret);
	}
	cti_ami_field(l, "Events", "system,call,agent");
	if (cti_ami_send(l))
		down(l, "the user name or secret has characters that AMI cannot carry");
}

static void on_challenge(struct cti_ami_link *l, const struct cti_ami_msg *m)
{
	const char *challenge = cti_ami_msg_get(m, "Challenge");

	if (cti_ami_msg_is(m, "Response", "Success") && challenge)
		send_login(l, challenge);
	else if (cti_ami_sock_is_tls(l->sock))
		send_login(l, NULL);
	else
		down(l, "the PBX offers no MD5 challenge, and a secret is sent in clear "
			"over TLS only: set ami_tls");
}

static void on_login(struct cti_ami_link *l, const struct cti_ami_msg *m)
{
	if (!cti_ami_msg_is(m, "Response", "Success")) {
		if (l->backoff_ms < BACKOFF_REFUSED_MS)
			l->backoff_ms = BACKOFF_REFUSED_MS;
		down(l, "log-in refused: check ami_user, ami_secret and permit= in "
			"manager.conf");
		return;
	}
	l->phase = AT_WORK;
	l->backoff_ms = BACKOFF_FIRST_MS;
	for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++) {
		cti_ami_action(l, "Filter", "rb-filter");
		cti_ami_field(l, "Operation", "Add");
		cti_ami_field(l, "Filter", unwanted[i]);
		(void)cti_ami_send(l);
	}
	/* May we ask whether callers want to be named? */
	cti_ami_action(l, "Getvar", CTI_AMI_ASKS_ID);
	cti_ami_field(l, "Variable", "EPOCH");
	(void)cti_ami_send(l);
	l->heard = true;
	l->asked = false;
	(void)cti_timer_start(&l->timer, PING_MS, keep_alive, l);
	l->ops.state(CTI_AMI_UP, "", l->ops.arg);
	(void)cti_ami_link_snapshot(l);
}

static void on_banner(struct cti_ami_link *l)
{
	l->phase = AT_CHALLENGE;
	cti_ami_action(l, "Challenge", "rb-challenge");
	cti_ami_field(l, "AuthType", "MD5");
	(void)cti_ami_send(l);
}

/* ---- messages ------------------------------------------------------------------------------------------ */

/* 0, or ENOSPC: keep it. */
static int work(struct cti_ami_link *l, const char *text, size_t len)
{
	const struct cti_ami_msg *m = &l->msg;
	bool denied = false;
	const bool end = ends_snapshot(l, m, &denied);
	int err;

	if (end && !denied)
		err = l->ops.snapshot(false, l->ops.arg);
	else
		err = l->ops.message(text, len, m, l->ops.arg);
	if (!err && end)
		l->in_snapshot = false;
	return err;
}

static int message(struct cti_ami_link *l, const char *text, size_t len)
{
	const char *id;

	memcpy(l->copy, text, len);
	(void)cti_ami_msg_parse(&l->msg, l->copy, len);
	if (l->phase == AT_WORK)
		return work(l, text, len);
	id = cti_ami_msg_get(&l->msg, "ActionID");
	if (!id)
		return 0;
	if (l->phase == AT_CHALLENGE && !strcmp(id, "rb-challenge"))
		on_challenge(l, &l->msg);
	else if (l->phase == AT_LOGIN && !strcmp(id, "rb-login"))
		on_login(l, &l->msg);
	return 0;
}

static void drop(struct cti_ami_link *l, size_t n)
{
	memmove(l->in, l->in + n, l->in_len - n);
	l->in_len -= n;
}

/* "Asterisk Call Manager/11.0.0", the one line that no empty line follows. */
static bool take_banner(struct cti_ami_link *l)
{
	static const char want[] = "Asterisk Call Manager/";
	const char *nl = memchr(l->in, '\n', l->in_len);

	if (!nl) {
		if (l->in_len > 256)
			down(l, "not a manager's port: no banner");
		return false;
	}
	if (strncmp(l->in, want, sizeof(want) - 1)) {
		down(l, "not a manager's port: another banner");
		return false;
	}
	drop(l, (size_t)(nl - l->in) + 1);
	on_banner(l);
	return true;
}

static void retry(void *arg)
{
	struct cti_ami_link *l = arg;

	if (l->snapshot_due && snapshot_begin(l)) {
		(void)cti_timer_start(&l->retry, RETRY_MS, retry, l);
		return;
	}
	take_messages(l);
	if (!cti_timer_running(&l->retry) && cti_ami_sock_is_open(l->sock))
		cti_ami_sock_pause(l->sock, false);
}

static void hold_back(struct cti_ami_link *l)
{
	cti_ami_sock_pause(l->sock, true);
	(void)cti_timer_start(&l->retry, RETRY_MS, retry, l);
}

static void take_messages(struct cti_ami_link *l)
{
	size_t done = 0;

	if (l->phase == AT_BANNER && !take_banner(l))
		return;
	while (l->phase > AT_BANNER && done < l->in_len) {
		const char *at = l->in + done;
		const char *end = memmem(at, l->in_len - done, "\r\n\r\n", 4);

		if (!end)
			break;
		if (end > at && message(l, at, (size_t)(end - at))) {
			hold_back(l);
			break;
		}
		if (l->phase == AT_REST)
			return; /* went down over it; the buffer is empty */
		done = (size_t)(end - l->in) + 4;
		if (l->snapshot_due) {
			hold_back(l);
			break;
		}
	}
	drop(l, done);
	if (l->in_len == IN_SIZE && !cti_timer_running(&l->retry))
		down(l, "a message longer than 64 KiB: not a manager's");
}

static void on_readable(void *arg)
{
	struct cti_ami_link *l = arg;

	while (l->phase > AT_CONNECT && !cti_timer_running(&l->retry)) {
		const ssize_t n = cti_ami_sock_read(
			l->sock, l->in + l->in_len, IN_SIZE - l->in_len);

		if (n < 0) {
			down(l, "the PBX closed the connection");
			return;
		}
		if (!n)
			return;
		l->heard = true;
		l->in_len += (size_t)n;
		take_messages(l);
	}
}

/* ---- life -------------------------------------------------------------------------------------------------- */

int cti_ami_link_alloc(struct cti_ami_link **lp, const struct cti_ami_link_conf *conf,
	const struct cti_ami_link_ops *ops)
{
	struct cti_ami_link *l = calloc(1, sizeof(*l));
	const struct cti_ami_sock_ops sock = { on_connected, on_readable, on_failed, l };
	int err = ENOMEM;

	if (!l)
		return ENOMEM;
	l->ops = *ops;
	l->backoff_ms = BACKOFF_FIRST_MS;
	l->user = cti_str_dup(conf->user);
	l->secret = cti_str_dup(conf->secret);
	if (l->user && l->secret)
		err = cti_ami_sock_alloc(&l->sock, &conf->sock, &sock);
	if (err)
		cti_ami_link_free(l);
	else
		*lp = l;
	return err;
}

void cti_ami_link_free(struct cti_ami_link *l)
{
	if (!l)
		return;
	cti_timer_cancel(&l->timer);
	cti_timer_cancel(&l->retry);
	cti_timer_cancel(&l->schedule);
	cti_timer_cancel(&l->goodbye);
	cti_ami_sock_free(l->sock);
	cti_buf_reset(&l->action);
	free(l->user);
	if (l->secret)
		explicit_bzero(l->secret, strlen(l->secret));
	free(l->secret);
	free(l);
}

int cti_ami_link_start(struct cti_ami_link *l)
{
	l->wanted = true;
	return cti_timer_start(&l->timer, 0, connect_now, l);
}

static void say_closed(void *arg)
{
	struct cti_ami_link *l = arg;

	cti_ami_sock_close(l->sock);
	l->phase = AT_REST;
	if (l->closed)
		l->closed(l->closed_arg);
}

void cti_ami_link_stop(struct cti_ami_link *l, void (*closed)(void *arg), void *arg)
{
	const bool up = l->phase == AT_WORK;

	l->wanted = false;
	l->closed = closed;
	l->closed_arg = arg;
	cti_timer_cancel(&l->timer);
	cti_timer_cancel(&l->schedule);
	if (up) {
		cti_ami_action(l, "Logoff", "rb-bye");
		(void)cti_ami_send(l);
	}
	(void)cti_timer_start(&l->goodbye, up ? GOODBYE_MS : 0, say_closed, l);
}

bool cti_ami_link_is_up(const struct cti_ami_link *l)
{
	return l->phase == AT_WORK;
}
