/*
 * proto.h -- the messages of schema/ws/protocol.md, in and out. Pure.
 *
 * In: bytes to a struct that is checked and bounded. Out: JSON text.
 */
#ifndef CTI_PROTO_H
#define CTI_PROTO_H

#include "hub.h"

enum {
	CTI_PROTO_MESSAGE_MAX = 64 * 1024,
	CTI_PROTO_ID_BYTES = 65,
	CTI_PROTO_TOKEN_BYTES = 129,
	CTI_PROTO_AT_BYTES = 65,
	CTI_PROTO_NUMBER_MAX = 128,
	CTI_PROTO_NOTE_MAX = 4 * 4000, /* bytes of 4,000 characters */
};

enum cti_proto_type {
	CTI_PROTO_HELLO,
	CTI_PROTO_POP_ACK,
	CTI_PROTO_FOCUS,
	CTI_PROTO_COMMAND,
	CTI_PROTO_NOTE,
	CTI_PROTO_PING,
	CTI_PROTO_PONG,
	CTI_PROTO_TYPES
};

struct cti_proto_hello {
	char token[CTI_PROTO_TOKEN_BYTES];
	char client[CTI_PROTO_ID_BYTES];
	bool focused;
	bool dirty;
	bool resume;
	char epoch[CTI_PROTO_ID_BYTES];
	uint64_t seq;
};

/* One message from a browser. doc is owned; the pointers are borrowed from it. */
struct cti_proto_msg {
	enum cti_proto_type type;
	struct cti_json *doc;
	const struct cti_json_node *root;
	struct cti_proto_hello hello;  /* HELLO */
	char id[CTI_PROTO_ID_BYTES];   /* POP_ACK, COMMAND; NOTE: the conversation */
	bool shown;                    /* POP_ACK */
	bool focused;                  /* FOCUS */
	bool dirty;                    /* FOCUS */
	const char *text;              /* NOTE */
	char note[CTI_PROTO_ID_BYTES]; /* NOTE: its own id */
	const char *disposition;       /* NOTE: an id, or NULL */
	char at[CTI_PROTO_AT_BYTES];   /* PING, PONG */
};

/* 0; EBADMSG not a message, *whyp says what is wrong; ENOTSUP a type unknown here. */
int cti_proto_parse(
	struct cti_proto_msg *msg, const char *text, size_t len, const char **whyp);
void cti_proto_reset(struct cti_proto_msg *msg);

struct cti_proto_pop {
	const char *id;
	const char *conversation;
	const char *line;
	const char *why;
};

/* The parts that HTTP answers share: members of an open object. */
void cti_proto_user(struct cti_jsonw *w, const struct cti_hub_user *user);
void cti_proto_server(struct cti_jsonw *w, const struct cti_hub_conf *conf);

/* Whole messages, appended to buf. */
struct cti_proto_welcome {
	const struct cti_hub_user *user;
	const struct cti_hub_conf *conf;
	const char *epoch;
	uint64_t seq;
	uint32_t ping_s;
	bool resumed;
};
void cti_proto_welcome(struct cti_buf *buf, const struct cti_proto_welcome *m);
void cti_proto_change(struct cti_buf *buf, uint64_t seq, const char *conversation_json);
void cti_proto_gone(struct cti_buf *buf, uint64_t seq, const char *conversation);
/* since_us 0: not known. */
void cti_proto_line(struct cti_buf *buf, uint64_t seq, const char *line,
	const char *state, int64_t since_us);
void cti_proto_pop(
	struct cti_buf *buf, uint64_t seq, const struct cti_proto_pop *pop, bool here);
void cti_proto_pop_item(struct cti_jsonw *w, const struct cti_proto_pop *pop, bool here);
void cti_proto_pop_withdrawn(
	struct cti_buf *buf, uint64_t seq, const struct cti_proto_pop *pop);
/* json: an object without type and seq. EBADMSG if it is none. */
int cti_proto_result(struct cti_buf *buf, uint64_t seq, const char *json);
void cti_proto_health(struct cti_buf *buf, uint64_t seq, const char *health_json);
void cti_proto_ping(struct cti_buf *buf, const char *type, const char *at);
void cti_proto_error(struct cti_buf *buf, const char *code, const char *text);

#endif
