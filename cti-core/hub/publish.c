/*
 * publish.c -- what the core says, to those who may see it.
 *
 * A publication is made into text once, gets its number, goes into the ring and
 * is offered to the clients that the lists of watchers name. Whether one of them
 * may see it is asked of the frame itself, the same way as at a resume.
 */
#include "publish.h"

#include "hub_user.h"
#include "picture.h"
#include "pops.h"
#include "uuid.h"
#include "watchers.h"

#include <cti/clock.h>
#include <cti/log.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	RING_FRAMES = 8192,
	RING_BYTES = 32 * 1024 * 1024,
	RESUME_MAX = 256, /* more than this is a snapshot; half of a client's queue */
	DETAIL_BYTES = 256,
};

struct cti_publish {
	struct cti_hub *hub; /* borrowed */
	char epoch[CTI_UUID_BYTES];
	struct cti_frames *ring;       /* owned */
	struct cti_watchers *watchers; /* owned */
	struct cti_pictures *pictures; /* owned */
	struct cti_pops *pops;         /* owned */
	char *health;                  /* owned */
	uint64_t mark;
};

static cti_pictures_line_h on_line;

int cti_publish_alloc(struct cti_publish **pp, struct cti_hub *hub)
{
	struct cti_publish *p = calloc(1, sizeof(*p));
	int err = ENOMEM;

	if (!p)
		return err;
	p->hub = hub;
	cti_uuid_random(p->epoch, cti_now_us());
	p->health = cti_str_dup("{\"pbxs\":[],\"database\":{\"up\":false}}");
	if (!p->health)
		goto out;
	err = cti_frames_alloc(&p->ring, RING_FRAMES, RING_BYTES);
	if (!err)
		err = cti_watchers_alloc(&p->watchers);
	if (!err)
		err = cti_pictures_alloc(&p->pictures, on_line, p);
	if (!err)
		err = cti_pops_alloc(&p->pops);
	if (!err)
		*pp = p;
out:
	if (err)
		cti_publish_free(p);
	return err;
}

void cti_publish_free(struct cti_publish *p)
{
	if (!p)
		return;
	cti_pops_free(p->pops);
	cti_pictures_free(p->pictures);
	cti_watchers_free(p->watchers);
	cti_frames_free(p->ring);
	free(p->health);
	free(p);
}

const char *cti_publish_epoch(const struct cti_publish *p)
{
	return p->epoch;
}

uint64_t cti_publish_seq(const struct cti_publish *p)
{
	return cti_frames_seq(p->ring);
}

const char *cti_publish_health_json(const struct cti_publish *p)
{
	return p->health;
}

size_t cti_publish_live(const struct cti_publish *p)
{
	return cti_pictures_count(p->pictures);
}

/* ---- frames -------------------------------------------------------------- */

static uint64_t next_seq(const struct cti_publish *p)
{
	return cti_frames_seq(p->ring) + 1;
}

static int set_lines(struct cti_frame *f, const char *const *lines, size_t n)
{
	f->lines = calloc(n ? n : 1, sizeof(char *));
	if (!f->lines)
		return ENOMEM;
	for (; f->nlines < n; f->nlines++) {
		f->lines[f->nlines] = cti_str_dup(lines[f->nlines]);
		if (!f->lines[f->nlines])
			return ENOMEM;
	}
	return 0;
}

/* Everything numbered is made here. NULL: out of memory, every client gets a
 * fresh picture instead. */
static struct cti_frame *make(struct cti_publish *p, enum cti_frame_kind kind,
	struct cti_buf *text, const char *key, const char *const *lines, size_t nlines)
{
	struct cti_frame *f = NULL;
	int err = cti_frame_alloc(&f, kind, text);

	if (err)
		return NULL;
	f->seq = next_seq(p);
	f->key = cti_str_dup(key);
	err = set_lines(f, lines, nlines);
	if (err || (key && !f->key)) {
		cti_frame_unref(f);
		return NULL;
	}
	return f;
}

static void resync_all(struct cti_publish *p)
{
	for (struct cti_client *cl = p->hub->clients; cl; cl = cl->next)
		cti_client_resync(cl);
}

/* ---- conversations ------------------------------------------------------- */

/* Each client once, though it may watch several of the lines. */
static void offer_list(
	struct cti_publish *p, const struct cti_clients *list, struct cti_frame *f)
{
	/* An offer may close a client, which takes it out of the list: from the end. */
	for (size_t i = list->n; i-- > 0;) {
		struct cti_client *cl = i < list->n ? list->v[i] : NULL;

		if (!cl || cl->mark == p->mark)
			continue;
		cl->mark = p->mark;
		if (cti_frame_visible(f, &cl->user))
			cti_client_offer(cl, f, false);
	}
}

static void offer(struct cti_publish *p, struct cti_frame *f)
{
	p->mark++;
	for (size_t i = 0; i < f->nlines; i++)
		offer_list(p, cti_watchers_line(p->watchers, f->lines[i]), f);
	offer_list(p,
		f->nlines ? cti_watchers_admins(p->watchers)
			  : cti_watchers_leads(p->watchers),
		f);
}

/* Its number, its place in the ring, and to whoever the lists name. */
static void publish(struct cti_publish *p, struct cti_frame *f)
{
	cti_frames_push(p->ring, f);
	offer(p, f);
	cti_frame_unref(f);
}

/* A line stands otherwise: who is near it hears the state, and nothing of the call. */
static void on_line(const char *line, const char *state, int64_t since_us, void *arg)
{
	struct cti_publish *p = arg;
	struct cti_buf text = { 0 };
	struct cti_frame *f;

	cti_proto_line(&text, next_seq(p), line, state, since_us);
	f = make(p, CTI_FRAME_LINE, &text, line, NULL, 0);
	if (!f) {
		resync_all(p);
		return;
	}
	cti_frames_push(p->ring, f);
	p->mark++;
	offer_list(p, cti_watchers_near(p->watchers, line), f);
	offer_list(p, cti_watchers_admins(p->watchers), f);
	cti_frame_unref(f);
}

/* A call that waited for anybody has become somebody's: who leads another group sees it
 * no longer, and who still does gets the newest picture after this. */
static void tell_gone(struct cti_publish *p, const char *id)
{
	struct cti_buf text = { 0 };
	struct cti_frame *f;

	cti_proto_gone(&text, next_seq(p), id);
	f = make(p, CTI_FRAME_GONE, &text, id, NULL, 0);
	if (f)
		publish(p, f);
	else
		resync_all(p);
}

static void withdraw_pops(struct cti_publish *p, const char *conversation,
	const char *line, const char *why);

void cti_publish_conversation(struct cti_publish *p, const char *id, bool ended,
	const struct cti_pictures_new *pic)
{
	struct cti_buf text = { 0 };
	struct cti_frame *f;
	int err;

	if (pic->nlines && cti_pictures_of_nobody(p->pictures, id))
		tell_gone(p, id);
	cti_proto_change(&text, next_seq(p), pic->json);
	f = make(p, CTI_FRAME_CHANGE, &text, id, pic->lines, pic->nlines);
	if (f)
		publish(p, f);
	err = ended ? 0 : cti_pictures_put(p->pictures, id, pic);
	if (ended)
		cti_pictures_remove(p->pictures, id);
	if (!f || err) {
		cti_log(CTI_LOG_ERROR, "hub", "out of memory, pictures are sent anew");
		resync_all(p);
	}
	if (ended)
		withdraw_pops(p, id, NULL, "ended");
}

void cti_publish_doubt(struct cti_publish *p)
{
	cti_pictures_doubt(p->pictures);
}

void cti_publish_resynced(struct cti_publish *p)
{
	cti_pictures_drop_doubted(p->pictures);
	resync_all(p);
}

/* ---- pops ---------------------------------------------------------------- */

static void trace(struct cti_publish *p, const struct cti_pop_up *pop, const char *what,
	const struct cti_client *cl)
{
	const struct cti_hub_core *core = &p->hub->core;
	char detail[DETAIL_BYTES];

	if (!core->trace)
		return;
	if (cl)
		(void)snprintf(detail, sizeof(detail), "line=%s user=%s tab=%s",
			pop->line, cl->user.name, cl->tab);
	else
		(void)snprintf(detail, sizeof(detail), "line=%s", pop->line);
	core->trace(pop->conversation, what, detail, core->arg);
}

/* The frame with "here": false, and inside it the one with true. */
static struct cti_frame *pop_frame(struct cti_publish *p, const struct cti_pop_up *pop)
{
	const struct cti_proto_pop view = cti_pop_view(pop);
	const char *const lines[] = { pop->line };
	struct cti_buf text = { 0 };
	struct cti_frame *f;

	cti_proto_pop(&text, next_seq(p), &view, false);
	f = make(p, CTI_FRAME_POP, &text, pop->id, lines, 1);
	if (!f)
		return NULL;
	cti_proto_pop(&text, f->seq, &view, true);
	f->here = make(p, CTI_FRAME_POP, &text, pop->id, lines, 1);
	if (f->here)
		return f;
	cti_frame_unref(f);
	return NULL;
}

static bool owns_line(const struct cti_client *cl, const struct cti_pop_up *pop)
{
	return cti_hub_user_has_line(&cl->user, pop->line);
}

void cti_publish_pop(struct cti_publish *p, const char *conversation, const char *line,
	const char *why)
{
	const struct cti_clients *list = cti_watchers_line(p->watchers, line);
	struct cti_pop_up *pop = cti_pops_add(p->pops, conversation, line, why);
	struct cti_frame *f = pop ? pop_frame(p, pop) : NULL;
	size_t told = 0;

	if (!f) {
		cti_log(CTI_LOG_ERROR, "hub", "out of memory, pop is not shown");
		if (pop)
			cti_pops_remove(p->pops, pop);
		return;
	}
	p->hub->n.pops++;
	pop->seq = f->seq;
	cti_frames_push(p->ring, f);
	for (size_t i = 0; i < list->n; i++)
		if (owns_line(list->v[i], pop))
			(void)cti_pop_assign(pop, list->v[i]->user.id, list, NULL);
	for (size_t i = list->n; i-- > 0;) {
		struct cti_client *cl = i < list->n ? list->v[i] : NULL;
		const bool here = cl && cti_pop_is_here(pop, cl);

		if (!cl || !owns_line(cl, pop))
			continue;
		told++;
		if (here)
			trace(p, pop, "delivered", cl);
		cti_client_offer(cl, here ? f->here : f, false);
	}
	if (!told) {
		p->hub->n.pops_unseen++;
		trace(p, pop, "no-session", NULL);
	}
	cti_frame_unref(f);
}

static void withdraw(struct cti_publish *p, struct cti_pop_up *pop, const char *why)
{
	const struct cti_proto_pop view = { pop->id, pop->conversation, pop->line, why };
	const char *const lines[] = { pop->line };
	struct cti_buf text = { 0 };
	struct cti_frame *f;

	cti_proto_pop_withdrawn(&text, next_seq(p), &view);
	f = make(p, CTI_FRAME_POP, &text, pop->id, lines, 1);
	cti_pops_remove(p->pops, pop);
	if (!f) {
		resync_all(p); /* snapshot.pops no longer has it */
		return;
	}
	cti_frames_push(p->ring, f);
	offer(p, f);
	cti_frame_unref(f);
}

static void withdraw_pops(struct cti_publish *p, const char *conversation,
	const char *line, const char *why)
{
	struct cti_pop_up *pop;

	while ((pop = cti_pops_of(p->pops, conversation, line)) != NULL)
		withdraw(p, pop, why);
}

void cti_publish_withdraw(struct cti_publish *p, const char *conversation,
	const char *line, const char *why)
{
	withdraw_pops(p, conversation, line, why);
}

/* The same pop again, now for another tab. It carries the newest number and none of
 * its own: should it get lost, the tab claims the pop when it is back. */
static void move_here(
	struct cti_publish *p, struct cti_pop_up *pop, struct cti_client *cl)
{
	const struct cti_proto_pop view = cti_pop_view(pop);
	struct cti_buf text = { 0 };
	struct cti_frame *f;

	cti_proto_pop(&text, cti_frames_seq(p->ring), &view, true);
	if (cti_frame_alloc(&f, CTI_FRAME_OTHER, &text))
		return;
	trace(p, pop, "delivered", cl);
	cti_client_offer(cl, f, true);
	cti_frame_unref(f);
}

static void pass_on(
	struct cti_publish *p, struct cti_pop_up *pop, const struct cti_client *cl)
{
	const struct cti_clients *list = cti_watchers_line(p->watchers, pop->line);
	struct cti_client *next = NULL;

	if (cti_pop_release(pop, cl))
		next = cti_pop_assign(pop, cl->user.id, list, cl);
	if (next)
		move_here(p, pop, next);
}

void cti_publish_ack(
	struct cti_publish *p, struct cti_client *cl, const char *pop_id, bool shown)
{
	struct cti_pop_up *pop = cti_pops_find(p->pops, pop_id);

	if (!pop || !owns_line(cl, pop))
		return;
	trace(p, pop, shown ? "acknowledged" : "not-shown", cl);
	if (!shown)
		pass_on(p, pop, cl);
}

/* ---- results, health ------------------------------------------------------ */

void cti_publish_result(struct cti_publish *p, const char *user_id, const char *json)
{
	const struct cti_clients *list = cti_watchers_user(p->watchers, user_id);
	struct cti_buf text = { 0 };
	struct cti_frame *f;

	if (cti_proto_result(&text, next_seq(p), json))
		return;
	f = make(p, CTI_FRAME_RESULT, &text, NULL, NULL, 0);
	if (!f)
		return;
	f->user = cti_str_dup(user_id);
	cti_frames_push(p->ring, f);
	for (size_t i = list->n; i-- > 0;)
		if (i < list->n)
			cti_client_offer(list->v[i], f, false);
	cti_frame_unref(f);
}

void cti_publish_health(struct cti_publish *p, const char *json)
{
	char *copy = cti_str_dup(json);
	struct cti_buf text = { 0 };
	struct cti_frame *f;

	if (!copy || !strcmp(copy, p->health)) {
		free(copy);
		return;
	}
	free(p->health);
	p->health = copy;
	cti_proto_health(&text, next_seq(p), json);
	f = make(p, CTI_FRAME_HEALTH, &text, NULL, NULL, 0);
	if (!f)
		return;
	cti_frames_push(p->ring, f);
	for (struct cti_client *cl = p->hub->clients; cl; cl = cl->next)
		cti_client_offer(cl, f, false);
	cti_frame_unref(f);
}

/* ---- one client ---------------------------------------------------------- */

const struct cti_clients *cti_publish_clients_of(
	const struct cti_publish *p, const char *user_id)
{
	return cti_watchers_user(p->watchers, user_id);
}

int cti_publish_attach(struct cti_publish *p, struct cti_client *cl)
{
	const int err = cti_watchers_add(p->watchers, cl);

	if (err)
		return err;
	for (struct cti_pop_up *pop = cti_pops_first(p->pops); pop; pop = pop->next)
		if (owns_line(cl, pop) && cti_pop_claim(pop, cl))
			trace(p, pop, "delivered", cl);
	return 0;
}

void cti_publish_detach(struct cti_publish *p, struct cti_client *cl)
{
	cti_watchers_remove(p->watchers, cl);
	for (struct cti_pop_up *pop = cti_pops_first(p->pops); pop; pop = pop->next)
		pass_on(p, pop, cl);
}

bool cti_publish_can_resume(struct cti_publish *p, const struct cti_client *cl,
	const char *epoch, uint64_t seq)
{
	size_t missed = 0;

	if (strcmp(epoch, p->epoch) != 0 || !cti_frames_reach(p->ring, seq))
		return false;
	for (uint64_t s = seq + 1; s <= cti_frames_seq(p->ring) && missed <= RESUME_MAX;
		s++)
		missed += cti_frame_visible(cti_frames_at(p->ring, s), &cl->user);
	return missed <= RESUME_MAX;
}

void cti_publish_resume(struct cti_publish *p, struct cti_client *cl, uint64_t seq)
{
	for (uint64_t s = seq + 1; s <= cti_frames_seq(p->ring); s++) {
		struct cti_frame *f = cti_frames_at(p->ring, s);
		const struct cti_pop_up *pop =
			f->here ? cti_pops_find(p->pops, f->key) : NULL;

		if (cti_frame_visible(f, &cl->user))
			cti_client_offer(
				cl, pop && cti_pop_is_here(pop, cl) ? f->here : f, true);
	}
	/* What it knew from before and now has to show. */
	for (struct cti_pop_up *pop = cti_pops_first(p->pops); pop; pop = pop->next)
		if (pop->seq <= seq && cti_pop_is_here(pop, cl))
			move_here(p, pop, cl);
}

static void put_pops(struct cti_publish *p, struct cti_jsonw *w, struct cti_client *cl)
{
	cti_jsonw_array(w, "pops");
	for (struct cti_pop_up *pop = cti_pops_first(p->pops); pop; pop = pop->next) {
		const struct cti_proto_pop view = cti_pop_view(pop);

		if (owns_line(cl, pop))
			cti_proto_pop_item(w, &view, cti_pop_is_here(pop, cl));
	}
	cti_jsonw_end_array(w);
}

void cti_publish_snapshot(
	struct cti_publish *p, struct cti_client *cl, struct cti_buf *buf)
{
	struct cti_jsonw w;

	cti_jsonw_init(&w, buf);
	cti_jsonw_object(&w, NULL);
	cti_jsonw_str(&w, "type", "snapshot");
	cti_jsonw_int(&w, "seq", (int64_t)cti_frames_seq(p->ring));
	cti_pictures_put_visible(p->pictures, &w, &cl->user);
	put_pops(p, &w, cl);
	cti_jsonw_raw(&w, "health", p->health);
	cti_jsonw_end_object(&w);
}
