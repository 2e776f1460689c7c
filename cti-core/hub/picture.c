/*
 * picture.c -- the newest picture of each conversation that goes on, and how each
 * line stands because of them. The JSON is not looked into.
 */
#include "picture.h"

#include "hub_user.h"
#include "strmap.h"

#include <cti/clock.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How telling a state is, lowest first; also what lines[].state may be. */
static const char *const states[] = { "idle", "initiated", "queued", "alerting", "held",
	"connected" };
enum { STATES = sizeof(states) / sizeof(states[0]) };

struct picture_line {
	char *line;     /* owned */
	unsigned state; /* index of states */
};

struct picture {
	char *json;                 /* owned */
	struct picture_line *lines; /* owned */
	size_t nlines;
	bool doubted;
};

/* How many conversations have the line in each state, and what was told of it. */
struct line {
	unsigned n[STATES];
	unsigned told;
	int64_t since_us; /* 0: as long as we know */
};

struct cti_pictures {
	struct cti_strmap *map;   /* struct picture, owned */
	struct cti_strmap *lines; /* struct line, owned; stays */
	cti_pictures_line_h *h;
	void *arg;
};

static void picture_free(void *value)
{
	struct picture *pic = value;

	if (!pic)
		return;
	for (size_t i = 0; i < pic->nlines; i++)
		free(pic->lines[i].line);
	free(pic->lines);
	free(pic->json);
	free(pic);
}

int cti_pictures_alloc(struct cti_pictures **pp, cti_pictures_line_h *h, void *arg)
{
	struct cti_pictures *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return ENOMEM;
	p->h = h;
	p->arg = arg;
	err = cti_strmap_alloc(&p->map);
	if (!err)
		err = cti_strmap_alloc(&p->lines);
	if (err)
		cti_pictures_free(p);
	else
		*pp = p;
	return err;
}

void cti_pictures_free(struct cti_pictures *p)
{
	if (!p)
		return;
	cti_strmap_free(p->map, picture_free);
	cti_strmap_free(p->lines, free);
	free(p);
}

/* ---- lines ----------------------------------------------------------------- */

static struct line *line_of(struct cti_pictures *p, const char *name)
{
	struct line *l = cti_strmap_get(p->lines, name);

	if (l)
		return l;
	l = calloc(1, sizeof(*l));
	if (l && cti_strmap_put(p->lines, name, l, NULL)) {
		free(l);
		l = NULL;
	}
	return l;
}

/* by: 1, or -1 when the picture goes. Out of memory: the line is left out, each time. */
static void count(struct cti_pictures *p, const struct picture *pic, int by)
{
	for (size_t i = 0; i < pic->nlines; i++) {
		struct line *l = line_of(p, pic->lines[i].line);
		unsigned *n = l ? &l->n[pic->lines[i].state] : NULL;

		if (n && (by > 0 || *n))
			*n += (unsigned)by;
	}
}

static void tell(struct cti_pictures *p, const struct picture *pic)
{
	for (size_t i = 0; i < pic->nlines; i++) {
		struct line *l = line_of(p, pic->lines[i].line);
		unsigned top = STATES - 1;

		while (l && top && !l->n[top])
			top--;
		if (!l || l->told == top)
			continue;
		l->told = top;
		l->since_us = cti_now_us();
		p->h(pic->lines[i].line, states[top], l->since_us, p->arg);
	}
}

/* old gives way to pic, which is counted already; old may be NULL. */
static void tell_after(
	struct cti_pictures *p, struct picture *old, const struct picture *pic)
{
	if (old)
		count(p, old, -1);
	tell(p, pic);
	if (old)
		tell(p, old);
	picture_free(old);
}

static void drop(struct cti_pictures *p, struct picture *pic)
{
	if (!pic)
		return;
	count(p, pic, -1);
	tell(p, pic);
	picture_free(pic);
}

unsigned char cti_pictures_state(const char *word)
{
	for (unsigned char i = 1; word && i < STATES; i++)
		if (!strcmp(states[i], word))
			return i;
	return 0; /* ended, failed */
}

static struct picture *picture_new(const struct cti_pictures_new *n)
{
	struct picture *pic = calloc(1, sizeof(*pic));

	if (!pic)
		return NULL;
	pic->json = cti_str_dup(n->json);
	pic->lines = calloc(n->nlines ? n->nlines : 1, sizeof(*pic->lines));
	if (!pic->json || !pic->lines)
		goto fail;
	for (; pic->nlines < n->nlines; pic->nlines++) {
		struct picture_line *l = &pic->lines[pic->nlines];

		l->line = cti_str_dup(n->lines[pic->nlines]);
		l->state = n->states[pic->nlines];
		if (!l->line)
			goto fail;
	}
	return pic;
fail:
	picture_free(pic);
	return NULL;
}

int cti_pictures_put(
	struct cti_pictures *p, const char *id, const struct cti_pictures_new *n)
{
	struct picture *pic = picture_new(n);
	void *old = NULL;

	if (!pic || cti_strmap_put(p->map, id, pic, &old)) {
		picture_free(pic);
		cti_pictures_remove(p, id);
		return ENOMEM;
	}
	count(p, pic, 1); /* before the old one goes: nothing is told in between */
	tell_after(p, old, pic);
	return 0;
}

void cti_pictures_remove(struct cti_pictures *p, const char *id)
{
	drop(p, cti_strmap_take(p->map, id));
}

bool cti_pictures_of_nobody(const struct cti_pictures *p, const char *id)
{
	const struct picture *pic = cti_strmap_get(p->map, id);

	return pic && !pic->nlines;
}

size_t cti_pictures_count(const struct cti_pictures *p)
{
	return cti_strmap_count(p->map);
}

static bool doubt_one(const char *key, void *value, void *arg)
{
	struct picture *pic = value;

	(void)key;
	(void)arg;
	pic->doubted = true;
	return true;
}

void cti_pictures_doubt(struct cti_pictures *p)
{
	cti_strmap_each(p->map, doubt_one, NULL);
}

static bool keep_sure(const char *key, void *value, void *arg)
{
	const struct picture *pic = value;

	(void)key;
	if (!pic->doubted)
		return true;
	drop(arg, value);
	return false;
}

void cti_pictures_drop_doubted(struct cti_pictures *p)
{
	cti_strmap_each(p->map, keep_sure, p);
}

/* ---- a snapshot ---------------------------------------------------------- */

struct seen {
	struct cti_jsonw *w;
	const struct cti_hub_user *user;
	const struct cti_pictures *p;
};

static bool visible(const struct picture *pic, const struct cti_hub_user *user)
{
	bool seen = pic->nlines ? cti_hub_user_is_admin(user)
				: cti_hub_user_sees(user, NULL, 0);

	for (size_t i = 0; i < pic->nlines && !seen; i++)
		seen = cti_hub_user_sees_line(user, pic->lines[i].line);
	return seen;
}

static bool put_picture(const char *key, void *value, void *arg)
{
	const struct picture *pic = value;
	const struct seen *s = arg;

	(void)key;
	if (visible(pic, s->user))
		cti_jsonw_raw(s->w, NULL, pic->json);
	return true;
}

static bool put_line(const char *key, void *value, void *arg)
{
	const struct seen *s = arg;
	const struct line *l = cti_strmap_get(s->p->lines, key);

	(void)value;
	cti_jsonw_object(s->w, NULL);
	cti_jsonw_str(s->w, "line", key);
	cti_jsonw_str(s->w, "state", states[l ? l->told : 0]);
	cti_jsonw_time(s->w, "since", l ? l->since_us : 0);
	cti_jsonw_end_object(s->w);
	return true;
}

static bool add_line(const char *key, void *value, void *arg)
{
	struct cti_strmap *lines = arg;

	(void)cti_strmap_put(lines, key, value, NULL);
	return true;
}

/* A line both own and watched is one; an admin is also near lines that only calls name. */
static void put_lines(struct seen *s, struct cti_strmap *lines)
{
	static const char here;
	void *mark = (void *)(uintptr_t)&here;

	for (size_t i = 0; i < s->user->nlines; i++)
		(void)add_line(s->user->lines[i], mark, lines);
	for (size_t i = 0; i < s->user->nwatch; i++)
		(void)add_line(s->user->watch[i], mark, lines);
	if (cti_hub_user_is_admin(s->user))
		cti_strmap_each(s->p->lines, add_line, lines);
	cti_strmap_each(lines, put_line, s);
}

void cti_pictures_put_visible(
	struct cti_pictures *p, struct cti_jsonw *w, const struct cti_hub_user *user)
{
	struct cti_strmap *lines;
	struct seen s = { w, user, p };

	if (cti_strmap_alloc(&lines)) {
		w->buf->err = ENOMEM;
		return;
	}
	cti_jsonw_array(w, "conversations");
	cti_strmap_each(p->map, put_picture, &s);
	cti_jsonw_end_array(w);
	cti_jsonw_array(w, "lines");
	put_lines(&s, lines);
	cti_jsonw_end_array(w);
	cti_strmap_free(lines, NULL);
}
