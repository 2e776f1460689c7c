/*
 * hub.h -- the libwebsockets thread: browsers, sessions, REST, pages, metrics.
 *
 * Everything that must wait (log-in, queries, export) is a backend function and
 * runs on a worker thread. Everything that concerns calls goes to the core as a
 * request and comes back as a publication.
 *
 * Thread: start and stop from main; publish functions from the core thread.
 */
#ifndef CTI_HUB_H
#define CTI_HUB_H

#include "json.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cti_hub;

/* ---- who is asking ------------------------------------------------------ */

struct cti_hub_user {
	char id[37];
	char name[64];
	char display[128];
	char role[16]; /* "agent", "supervisor", "admin" */
	char lang[8];
	char **lines; /* own lines */
	size_t nlines;
	char **watch; /* lines of the groups; admin: all. An agent sees their states only */
	size_t nwatch;
};

/* ---- REST --------------------------------------------------------------- */

/* One request, on a worker thread. Strings are decoded and bounded. */
struct cti_http_call {
	const char *method;
	const char *path;                /* after /api/v1, e.g. "/calls" */
	const struct cti_hub_user *user; /* NULL only for log-in */
	const char *body;
	size_t body_len;
	const char *(*query)(const struct cti_http_call *call, const char *name);
	const char *remote; /* the client's address */
	/* The answer. */
	int status;
	const char *ctype;       /* default application/json */
	const char *disposition; /* Content-Disposition, or NULL */
	struct cti_buf out;
	/* For answers of any length: hand on a piece; blocks while the client is
	 * slow; EPIPE when it has gone. status and ctype must be set before. */
	int (*stream)(struct cti_http_call *call, const char *data, size_t len);
};

/* Implemented in main/, with store/ and directory/ behind it. ctx: the worker's. */
struct cti_hub_backend {
	void *(*ctx_new)(void *arg);
	void (*ctx_free)(void *ctx);
	/* 0 and *user (zeroed before); EACCES wrong name or password; EAGAIN database
	 * away; EBUSY too many tries. */
	int (*login)(void *ctx, const char *name, const char *password,
		const char *remote, struct cti_hub_user *user, void *arg);
	/* Load a user again (role or lines changed, daemon restarted). ENOENT: gone. */
	int (*user)(void *ctx, const char *user_id, struct cti_hub_user *user, void *arg);
	/* Sessions outlive the process; hash is SHA-256 of the cookie, hex. */
	int (*session_put)(void *ctx, const char *hash, const char *user_id,
		int64_t expires_us, void *arg);
	int (*session_get)(void *ctx, const char *hash, char user_id[37],
		int64_t *expires_usp, void *arg);
	int (*session_drop)(void *ctx, const char *hash, void *arg);
	/* Everything else under /api/v1. Fills call->status and out; or streams, and
	 * sets status to 500 or more afterwards to say that what was sent is torn. */
	void (*rest)(void *ctx, struct cti_http_call *call, void *arg);
	/* The hub stops and its time is over: whatever waits for the database returns
	 * soon. From the thread that stops the hub; may be NULL. */
	void (*give_up)(void *arg);
	void *arg;
};

/* ---- to the core --------------------------------------------------------- */

/* A note as a browser sent it; the same id of the same user again replaces it. */
struct cti_hub_note {
	const char *id;
	const char *text;
	const char *disposition; /* NULL: not said */
};

/* Called on the hub thread; must copy and post. json: the client's message,
 * already checked against its type. */
struct cti_hub_core {
	void (*command)(const struct cti_hub_user *user, const struct cti_json_node *msg,
		void *arg);
	/* pop delivered / acknowledged / nobody connected: for the trace. */
	void (*trace)(const char *conversation, const char *what, const char *detail,
		void *arg);
	void (*note)(const struct cti_hub_user *user, const char *conversation,
		const struct cti_hub_note *note, void *arg);
	/* The hub lost publications: publish each live conversation again, then
	 * cti_hub_publish_resynced(). May be NULL. */
	void (*resync)(void *arg);
	void *arg;
};

/* What can be asked of the PBXs. */
struct cti_hub_caps {
	bool dial, answer, hangup, hold, transfer, consult;
};

/* ---- life ---------------------------------------------------------------- */

struct cti_hub_conf {
	const char *listen_addr; /* "127.0.0.1", "::1" ... */
	uint16_t port;
	const char *tls_cert, *tls_key; /* NULL: plain, loopback only unless allowed */
	const char *web_dir;            /* static files */
	const char *const *origins;     /* allowed besides our own */
	size_t norigins;
	bool cross_site; /* they are on other sites: the cookie goes there too, by TLS */
	const char *const *metrics_allow; /* addresses besides loopback */
	size_t nmetrics_allow;
	bool plain_ok;       /* plain HTTP beyond loopback: somebody else does TLS */
	const char *version; /* of the program, for pages */
	struct cti_hub_caps can, could; /* could: with other settings */
	/* 0 takes the default. */
	uint32_t session_s;   /* 12 h */
	uint32_t token_s;     /* 60 */
	uint32_t ping_s;      /* 25 */
	uint32_t hello_ms;    /* 10,000 */
	uint32_t recheck_s;   /* 4: sessions in use are looked up this often */
	uint32_t max_clients; /* 5,000; never more than descriptors allow */
	unsigned workers;     /* 4, and half as many for exports */
};

/*
 * Everything is copied. EACCES: plain HTTP beyond loopback without plain_ok;
 * EADDRINUSE and its like: cannot listen; EBADMSG: certificate or key is not one,
 * or they do not belong together; EINVAL: an origin that is none.
 */
int cti_hub_start(struct cti_hub **hp, const struct cti_hub_conf *conf,
	const struct cti_hub_backend *backend, const struct cti_hub_core *core);
/* Tells the browsers, waits for the thread and its workers, frees. */
void cti_hub_stop(struct cti_hub *h, uint32_t deadline_ms);
uint16_t cti_hub_port(const struct cti_hub *h); /* when conf said 0 */

/* ---- from the core ------------------------------------------------------- */

/*
 * All of them: 0, ENOMEM, or EAGAIN when the inbox is full; then the hub asks for
 * everything anew by core->resync(). json is moved in every case.
 */

/* A line's part in a conversation. Borrowed; state: a word of schema/ws. */
struct cti_hub_leg {
	const char *line, *state;
};
/* legs: whose watchers may see it, and how the lines stand in it. json: the object of
 * model/view.h, malloc'ed. The hub numbers it and keeps it for resume. */
int cti_hub_publish_conversation(struct cti_hub *h, const char *id, bool ended,
	const struct cti_hub_leg *legs, size_t nlegs, char *json);
/* pop or its withdrawal: to one session of each user who has line. */
int cti_hub_publish_pop(struct cti_hub *h, const char *conversation, const char *line,
	const char *why, bool withdrawn);
/* A command's progress or final answer, to all sessions of the user. moved: json. */
int cti_hub_publish_result(struct cti_hub *h, const char *user_id, char *json);
/* Health of links, alarms: to everybody. moved: json. */
int cti_hub_publish_health(struct cti_hub *h, char *json);
/* Everything that core->resync() asked for has been published. */
int cti_hub_publish_resynced(struct cti_hub *h);
/* A user's rights changed or ended: sockets re-checked within 5 s. NULL: all. */
int cti_hub_recheck(struct cti_hub *h, const char *user_id);

/* Text of /metrics and the JSON object of GET /api/v1/health are asked for on the
 * hub thread; *okp (true before) decides between 200 and 503 of /healthz. Before
 * there are requests, or from the core thread: it takes effect soon. */
typedef void(cti_hub_text_h)(struct cti_buf *out, bool *okp, void *arg);
int cti_hub_set_health(
	struct cti_hub *h, cti_hub_text_h *health, cti_hub_text_h *metrics, void *arg);

#endif
