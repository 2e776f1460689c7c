/*
 * support.h -- a real hub on a loopback port, with a backend and a core that
 * remember what they were asked, and a client made of plain sockets, so that the
 * other end of each test is not the library under test.
 */
#ifndef HUB_TEST_SUPPORT_H
#define HUB_TEST_SUPPORT_H

#include "hub.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

enum { WAIT_MS = 60000, TRACES_MAX = 256, SESSIONS_MAX = 512 };

struct fake_user {
	struct cti_hub_user user;
	bool gone;
};

struct fake_session {
	char hash[65];
	char user_id[37];
	int64_t expires_us;
};

struct fake {
	pthread_mutex_t lock;
	struct fake_user users[8];
	size_t nusers;
	struct fake_session sessions[SESSIONS_MAX];
	size_t nsessions;
	bool away;                    /* the database */
	char traces[TRACES_MAX][200]; /* "conversation what detail" */
	size_t ntraces;
	char commands[64][100]; /* "user verb id number" */
	size_t ncommands;
	char note[200];
	atomic_int streaming;   /* exports going on */
	atomic_int stream_err;  /* what the last one's stream() returned at its end */
	atomic_ullong streamed; /* bytes handed to stream() so far */
	atomic_int stream_fail_after; /* MB after which the export fails; 0: never */
	atomic_int resyncs;
};

struct hub {
	struct cti_hub *h;
	struct cti_hub_conf conf;
	struct fake fake;
	char addr[40];
	uint16_t port;
	char origin[80]; /* our own */
	char web[64];    /* a folder of web files, removed at the end */
};

/* Users: aoki (agent, line 201), baba (agent, 202), chie (supervisor, 210, watches
 * 201 and 202), dan (admin, no line), eri (agent, 201 too). The password is
 * "pw-" and the name. change may alter the configuration before the start. */
void hub_up(struct hub *t, void (*change)(struct cti_hub_conf *conf));
void hub_down(struct hub *t);
struct fake_user *fake_find(struct fake *f, const char *name);
/* Publishes a conversation {"id":id,"n":n,"legs":[...]} with these lines. */
void hub_publish(struct hub *t, const char *id, int n, bool ended, const char *line,
	const char *line2);
void hub_result(struct hub *t, const char *user, const char *id);
bool fake_traced(struct fake *f, const char *text); /* a trace that contains it */

/* Waits until test(arg) holds; fails the test after WAIT_MS. */
void wait_for(bool (*test)(void *arg), void *arg);

/* ---- plain sockets -------------------------------------------------------- */

struct peer {
	int fd;
	struct cti_buf in; /* read and not yet used */
	bool closed;       /* by the other side */
};

/* from: source address, or NULL. */
void peer_open(struct peer *p, const struct hub *t, const char *from);
void peer_close(struct peer *p);
void peer_send(struct peer *p, const void *data, size_t len);
/* False: closed or nothing within timeout_ms. */
bool peer_fill(struct peer *p, int timeout_ms);

struct response {
	int status;
	struct cti_buf head;
	struct cti_buf body;
	bool whole; /* the body ended as it should */
};

/* Sends request (may be NULL) and reads one answer. status 0: none came. */
void peer_ask(struct peer *p, struct response *r, const char *request, size_t len);
void response_reset(struct response *r);
bool response_header(
	const struct response *r, const char *name, char *value, size_t size);

/* One request on a connection of its own. extra: header lines, or "". body may be
 * NULL. cookie may be NULL. */
void ask(const struct hub *t, struct response *r, const char *method, const char *path,
	const char *cookie, const char *extra, const char *body);
/* The same, with Origin and X-Ringbridge as a page of ours sends them. */
void ask_page(const struct hub *t, struct response *r, const char *method,
	const char *path, const char *cookie, const char *body);

enum { COOKIE_BYTES = 128, TOKEN_BYTES = 64 };
/* Fails the test when it does not work. cookie: "rb_session=..." */
void log_in(const struct hub *t, char cookie[COOKIE_BYTES], const char *name);
void get_token(const struct hub *t, char token[TOKEN_BYTES], const char *cookie);

/* ---- WebSocket ------------------------------------------------------------ */

/* The handshake. Returns the status; 101: open. origin "": no header. */
int ws_shake(struct peer *p, const struct hub *t, const char *origin, const char *path,
	const char *protocol);
void ws_send(struct peer *p, const char *text);
void ws_send_frame(struct peer *p, unsigned first_byte, const void *data, size_t len);
/* The next message, malloc'ed; NULL: none within timeout_ms, or closed. *codep (may
 * be NULL): the close code, 0 if there was none. */
char *ws_next(struct peer *p, int timeout_ms, unsigned *codep);
/* Skips messages until one of this type; fails the test if none comes. */
char *ws_wait(struct peer *p, const char *type);
/* Reads to the end: the close code. */
unsigned ws_wait_close(struct peer *p);
/* Connects and says hello; extra: more members, e.g. ",\"focused\":true". The
 * welcome and (unless resuming) the snapshot are returned if wanted, else freed. */
void ws_join(struct peer *p, const struct hub *t, const char *cookie, const char *tab,
	const char *extra, char **welcomep, char **snapshotp);

uint64_t json_seq(const char *text);
bool json_has(const char *text, const char *needle);
/* A string member at the top of a message; fails the test if it is not there. */
void json_member(const char *text, const char *key, char *value, size_t size);

#endif
