/*
 * frame.h -- a published message, made once and shared by all who get it, and
 * the ring of the last ones, from which a browser that slept is served.
 *
 * Thread: hub.
 */
#ifndef CTI_FRAME_H
#define CTI_FRAME_H

#include "hub.h"
#include "str.h"

enum { CTI_FRAME_HEAD = 32 }; /* room before the text for the WebSocket header */

enum cti_frame_kind {
	CTI_FRAME_CHANGE, /* who sees one of its lines */
	CTI_FRAME_GONE,   /* who leads: a call of nobody has become somebody's */
	CTI_FRAME_LINE,   /* who is near the line; key: the line */
	CTI_FRAME_POP,    /* who has its line as their own; also withdrawals */
	CTI_FRAME_RESULT, /* one user */
	CTI_FRAME_HEALTH, /* everybody */
	CTI_FRAME_OTHER,  /* not published: made for one browser */
};

struct cti_frame {
	unsigned refs;
	enum cti_frame_kind kind;
	uint64_t seq; /* 0 for OTHER */
	char *key;    /* owned; conversation or pop id, or NULL */
	char **lines; /* owned */
	size_t nlines;
	char *user;             /* owned; RESULT */
	struct cti_frame *here; /* owned; POP: the same with "here": true */
	size_t len;
	unsigned char bytes[]; /* CTI_FRAME_HEAD bytes of room, then len bytes of text */
};

/* Takes the text out of buf, which is empty afterwards. One reference. */
int cti_frame_alloc(struct cti_frame **fp, enum cti_frame_kind kind, struct cti_buf *buf);
struct cti_frame *cti_frame_ref(struct cti_frame *f);
void cti_frame_unref(struct cti_frame *f);

/* May this user see it? */
bool cti_frame_visible(const struct cti_frame *f, const struct cti_hub_user *user);

/* ---- the ring. Its frames have rising numbers without gaps. */
struct cti_frames;

int cti_frames_alloc(struct cti_frames **rp, size_t capacity, size_t bytes_max);
void cti_frames_free(struct cti_frames *r);
uint64_t cti_frames_seq(const struct cti_frames *r); /* the newest number; 0: none yet */
/* f->seq must be cti_frames_seq() + 1. The ring takes a reference of its own. */
void cti_frames_push(struct cti_frames *r, struct cti_frame *f);
/* Are all frames after seq still here? */
bool cti_frames_reach(const struct cti_frames *r, uint64_t seq);
struct cti_frame *cti_frames_at(const struct cti_frames *r, uint64_t seq); /* borrowed */

#endif
