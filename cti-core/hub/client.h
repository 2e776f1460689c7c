/*
 * client.h -- one browser: who it is, what it still has to receive.
 *
 * Thread: hub.
 */
#ifndef CTI_CLIENT_H
#define CTI_CLIENT_H

#include "frame.h"
#include "hub_priv.h"

enum cti_client_state { CTI_CLIENT_NEW, CTI_CLIENT_LIVE, CTI_CLIENT_CLOSING };

struct cti_client_entry {
	struct cti_frame *frame; /* a reference */
	bool keep;               /* missed while away: not merged with its successor */
};

struct cti_client {
	struct cti_client *next, **prevp; /* in hub->clients */
	struct cti_hub *hub;
	struct cti_conn *conn; /* borrowed */
	enum cti_client_state state;
	struct cti_hub_user user; /* LIVE */
	char session[CTI_SECRET_HASH_BYTES];
	char tab[CTI_PROTO_ID_BYTES];
	bool focused, dirty;
	int64_t focus_us; /* when it last got or lost the focus */
	int64_t opened_us, heard_us, pinged_us, wrote_us, closing_us; /* monotonic */
	int64_t allowance; /* messages it may send now, in thousandths */
	int64_t allowance_us;
	struct cti_client_entry *queue; /* owned ring of `size` */
	size_t head, count, size;
	bool resync; /* a snapshot is due */
	bool ping_due;
	char pong_at[CTI_PROTO_AT_BYTES]; /* "": no pong due */
	struct cti_buf snapshot;          /* being sent, with room in front */
	size_t snapshot_off;
	struct cti_buf rx;
	unsigned close_code;
	bool left;               /* the close frame is out */
	const char *close_error; /* NULL once it is sent */
	const char *close_text;
	uint64_t mark; /* publish.c: the last publication it was offered */
};

/* Queues a reference of f. May mark the client for a snapshot, or for closing. */
void cti_client_offer(struct cti_client *cl, struct cti_frame *f, bool keep);
/* Sends everything anew. */
void cti_client_resync(struct cti_client *cl);
/* An error message and the close frame, soon. error and text are constants. */
void cti_client_close(
	struct cti_client *cl, unsigned code, const char *error, const char *text);
/* Time passed. */
void cti_client_tick(struct cti_client *cl, int64_t now_us);

#endif
