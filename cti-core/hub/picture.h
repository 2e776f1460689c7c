/*
 * picture.h -- the newest picture of each conversation that goes on, for snapshots, and
 * how lines stand.
 *
 * Thread: hub.
 */
#ifndef CTI_PICTURE_H
#define CTI_PICTURE_H

#include "hub.h"

struct cti_pictures;

/* A line stands otherwise than before, as in lines[].state. since_us: its time. */
typedef void(cti_pictures_line_h)(
	const char *line, const char *state, int64_t since_us, void *arg);

int cti_pictures_alloc(struct cti_pictures **pp, cti_pictures_line_h *h, void *arg);
void cti_pictures_free(struct cti_pictures *p);

/* How telling a leg's state is; 0: not, or a word that there is not. */
unsigned char cti_pictures_state(const char *word);
/* Borrowed. */
struct cti_pictures_new {
	const char *const *lines;
	const unsigned char *states; /* of lines */
	size_t nlines;
	const char *json;
};
/* Everything is copied. ENOMEM: the old picture is gone. */
int cti_pictures_put(
	struct cti_pictures *p, const char *id, const struct cti_pictures_new *n);
void cti_pictures_remove(struct cti_pictures *p, const char *id);
/* It is there, and no line has taken part in it. */
bool cti_pictures_of_nobody(const struct cti_pictures *p, const char *id);
size_t cti_pictures_count(const struct cti_pictures *p);

/* All are doubted until they are put again. */
void cti_pictures_doubt(struct cti_pictures *p);
void cti_pictures_drop_doubted(struct cti_pictures *p);

/* Members "conversations" and "lines" of an open object. */
void cti_pictures_put_visible(
	struct cti_pictures *p, struct cti_jsonw *w, const struct cti_hub_user *user);

#endif
