/*
 * picture.c -- the newest picture of each conversation that goes on.
 *
 * Of the JSON we read one thing, the state of each leg, since a snapshot also
 * says how each line stands.
 */
#include "picture.h"

#include "hub_user.h"
#include "strmap.h"

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
	bool read; /* the states, out of json */
	bool doubted;
};

struct cti_pictures {
	struct cti_strmap *map; /* struct picture, owned */
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

int cti_pictures_alloc(struct cti_pictures **pp)
{
	struct cti_pictures *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return ENOMEM;
	err = cti_strmap_alloc(&p->map);
	if (err)
		free(p);
	else
		*pp = p;
	return err;
}

void cti_pictures_free(struct cti_pictures *p)
{
	if (!p)
		return;
	cti_strmap_free(p->map, picture_free);
	free(p);
}

static unsigned state_index(const char *state)
{
	for (unsigned i = 1; state && i < STATES; i++)
		if (!strcmp(states[i], state))
			return i;
	return 0; /* ended, failed */
}

/* Most pictures give way to the next before a snapshot wants their states. */
static void read_states(struct picture *pic)
{
	struct cti_json *doc;
	const struct cti_json_node *legs;

	if (pic->read)
		return;
	pic->read = true;
	if (cti_json_parse(&doc, pic->json, strlen(pic->json)))
		return;
	legs = cti_json_get(cti_json_root(doc), "legs");
	for (size_t i = 0; i < cti_json_count(legs); i++) {
		const struct cti_json_node *leg = cti_json_at(legs, i);
		const char *line = cti_json_str(leg, "line");
		const unsigned state = state_index(cti_json_str(leg, "state"));

		for (size_t k = 0; line && k < pic->nlines; k++)
			if (!strcmp(pic->lines[k].line, line) &&
				state > pic->lines[k].state)
				pic->lines[k].state = state;
	}
	cti_json_free(doc);
}

static struct picture *picture_new(
	const char *const *lines, size_t nlines, const char *json)
{
	struct picture *pic = calloc(1, sizeof(*pic));

	if (!pic)
		return NULL;
	pic->json = cti_str_dup(json);
	pic->lines = calloc(nlines ? nlines : 1, sizeof(*pic->lines));
	if (!pic->json || !pic->lines)
		goto fail;
	for (; pic->nlines < nlines; pic->nlines++) {
		pic->lines[pic->nlines].line = cti_str_dup(lines[pic->nlines]);
		if (!pic->lines[pic->nlines].line)
			goto fail;
	}
	return pic;
fail:
	picture_free(pic);
	return NULL;
}

int cti_pictures_put(struct cti_pictures *p, const char *id, const char *const *lines,
	size_t nlines, const char *json)
{
	struct picture *pic = picture_new(lines, nlines, json);
	void *old = NULL;

	if (!pic || cti_strmap_put(p->map, id, pic, &old)) {
		picture_free(pic);
		cti_pictures_remove(p, id);
		return ENOMEM;
	}
	picture_free(old);
	return 0;
}

void cti_pictures_remove(struct cti_pictures *p, const char *id)
{
	picture_free(cti_strmap_take(p->map, id));
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
	(void)arg;
	if (!pic->doubted)
		return true;
	picture_free(value);
	return false;
}

void cti_pictures_drop_doubted(struct cti_pictures *p)
{
	cti_strmap_each(p->map, keep_sure, NULL);
}

/* ---- a snapshot ---------------------------------------------------------- */

struct seen {
	struct cti_jsonw *w;
	const struct cti_hub_user *user;
	struct cti_strmap *lines; /* line -> one of states */
};

static bool visible(const struct picture *pic, const struct cti_hub_user *user)
{
	bool seen = cti_hub_user_is_admin(user);

	for (size_t i = 0; i < pic->nlines && !seen; i++)
		seen = cti_hub_user_sees_line(user, pic->lines[i].line);
	return seen;
}

static void note_line(struct seen *s, const char *line, unsigned state)
{
	const char *const *was = cti_strmap_get(s->lines, line);

	if (!was || was < &states[state])
		(void)cti_strmap_put(
			s->lines, line, (void *)(uintptr_t)&states[state], NULL);
}

static bool put_picture(const char *key, void *value, void *arg)
{
	struct picture *pic = value;
	struct seen *s = arg;

	(void)key;
	if (!visible(pic, s->user))
		return true;
	read_states(pic);
	cti_jsonw_raw(s->w, NULL, pic->json);
	for (size_t i = 0; i < pic->nlines; i++)
		if (cti_hub_user_sees_line(s->user, pic->lines[i].line))
			note_line(s, pic->lines[i].line, pic->lines[i].state);
	return true;
}

static bool put_line(const char *key, void *value, void *arg)
{
	const char *const *state = value;
	const struct seen *s = arg;

	cti_jsonw_object(s->w, NULL);
	cti_jsonw_str(s->w, "line", key);
	cti_jsonw_str(s->w, "state", *state);
	cti_jsonw_end_object(s->w);
	return true;
}

void cti_pictures_put_visible(
	struct cti_pictures *p, struct cti_jsonw *w, const struct cti_hub_user *user)
{
	const size_t nwatch = cti_hub_user_rank(user) ? user->nwatch : 0;
	struct seen s = { w, user, NULL };

	if (cti_strmap_alloc(&s.lines)) {
		w->buf->err = ENOMEM;
		return;
	}
	for (size_t i = 0; i < user->nlines; i++)
		note_line(&s, user->lines[i], 0);
	for (size_t i = 0; i < nwatch; i++)
		note_line(&s, user->watch[i], 0);
	cti_jsonw_array(w, "conversations");
	cti_strmap_each(p->map, put_picture, &s);
	cti_jsonw_end_array(w);
	cti_jsonw_array(w, "lines");
	cti_strmap_each(s.lines, put_line, &s);
	cti_jsonw_end_array(w);
	cti_strmap_free(s.lines, NULL);
}
