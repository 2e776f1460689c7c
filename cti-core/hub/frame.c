/*
 * frame.c -- shared messages, who may see them, and the ring of the last ones.
 */
#include "frame.h"

#include "hub_user.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int cti_frame_alloc(struct cti_frame **fp, enum cti_frame_kind kind, struct cti_buf *buf)
{
	struct cti_frame *f = NULL;
	int err = buf->err;

	if (err)
		goto out;
	f = calloc(1, sizeof(*f) + CTI_FRAME_HEAD + buf->len + 1);
	if (!f) {
		err = ENOMEM;
		goto out;
	}
	f->refs = 1;
	f->kind = kind;
	f->len = buf->len;
	memcpy(f->bytes + CTI_FRAME_HEAD, buf->data ? buf->data : "", buf->len);
	*fp = f;
out:
	cti_buf_reset(buf);
	return err;
}

struct cti_frame *cti_frame_ref(struct cti_frame *f)
{
	f->refs++;
	return f;
}

void cti_frame_unref(struct cti_frame *f)
{
	if (!f || --f->refs)
		return;
	cti_frame_unref(f->here);
	for (size_t i = 0; i < f->nlines; i++)
		free(f->lines[i]);
	free(f->lines);
	free(f->key);
	free(f->user);
	free(f);
}

bool cti_frame_visible(const struct cti_frame *f, const struct cti_hub_user *user)
{
	switch (f->kind) {
	case CTI_FRAME_CHANGE:
		return cti_hub_user_sees(user, f->lines, f->nlines);
	case CTI_FRAME_GONE:
		return cti_hub_user_sees(user, NULL, 0);
	case CTI_FRAME_LINE:
		return cti_hub_user_near(user, f->key);
	case CTI_FRAME_POP:
		return f->nlines && cti_hub_user_has_line(user, f->lines[0]);
	case CTI_FRAME_RESULT:
		return f->user && !strcmp(f->user, user->id);
	case CTI_FRAME_HEALTH:
		return true;
	case CTI_FRAME_OTHER:
		break;
	}
	return false;
}

/* ---- ring ---------------------------------------------------------------- */

struct cti_frames {
	struct cti_frame **slots; /* owned; the frame with number s is in s % capacity */
	size_t capacity;
	size_t bytes, bytes_max;
	uint64_t first; /* the oldest number that is here */
	uint64_t seq;   /* the newest */
};

int cti_frames_alloc(struct cti_frames **rp, size_t capacity, size_t bytes_max)
{
	struct cti_frames *r = calloc(1, sizeof(*r));

	if (!r)
		return ENOMEM;
	r->slots = calloc(capacity, sizeof(struct cti_frame *));
	if (!r->slots) {
		free(r);
		return ENOMEM;
	}
	r->capacity = capacity;
	r->bytes_max = bytes_max;
	r->first = 1;
	*rp = r;
	return 0;
}

static void drop_oldest(struct cti_frames *r)
{
	struct cti_frame **slot = &r->slots[r->first % r->capacity];

	r->bytes -= (*slot)->len;
	cti_frame_unref(*slot);
	*slot = NULL;
	r->first++;
}

void cti_frames_free(struct cti_frames *r)
{
	if (!r)
		return;
	while (r->first <= r->seq)
		drop_oldest(r);
	free(r->slots);
	free(r);
}

uint64_t cti_frames_seq(const struct cti_frames *r)
{
	return r->seq;
}

void cti_frames_push(struct cti_frames *r, struct cti_frame *f)
{
	while (r->first <= r->seq && (r->seq + 1 - r->first >= r->capacity ||
					     r->bytes + f->len > r->bytes_max))
		drop_oldest(r);
	r->seq = f->seq;
	r->bytes += f->len;
	r->slots[f->seq % r->capacity] = cti_frame_ref(f);
}

bool cti_frames_reach(const struct cti_frames *r, uint64_t seq)
{
	return seq <= r->seq && seq + 1 >= r->first;
}

struct cti_frame *cti_frames_at(const struct cti_frames *r, uint64_t seq)
{
	return seq >= r->first && seq <= r->seq ? r->slots[seq % r->capacity] : NULL;
}
