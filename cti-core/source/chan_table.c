/*
 * chan_table.c -- channels, bridges and calls of a PBX by their ids. Each look-up
 * costs the same whatever the PBX's size.
 */
#include "chan_impl.h"

#include "str.h"
#include "strmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BUCKETS = 256 };

/* FNV-1a. Ids come from the PBX, whose administrator is trusted not to make them
 * collide. */
static size_t hash_of(const char *id)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *id; id++)
		h = (h ^ (unsigned char)*id) * UINT64_C(0x100000001b3);
	return (size_t)(h ^ (h >> 32));
}

bool cti_chan_text(char **dst, const char *src)
{
	char *copy;

	if (!src || (*dst && !strcmp(*dst, src)))
		return true;
	copy = cti_str_dup(src);
	if (!copy)
		return false;
	free(*dst);
	*dst = copy;
	return true;
}

int cti_channels_alloc(struct cti_channels **chp, struct cti_model *m, const char *pbx,
	cti_channels_line_h *line, void *arg)
{
	struct cti_channels *ch = calloc(1, sizeof(*ch));

	if (!ch)
		return ENOMEM;
	ch->m = m;
	ch->pbx = pbx;
	ch->line = line;
	ch->line_arg = arg;
	ch->nbuckets = FIRST_BUCKETS;
	ch->chans = calloc(FIRST_BUCKETS, sizeof(*ch->chans));
	ch->bridges = calloc(FIRST_BUCKETS, sizeof(*ch->bridges));
	ch->keys = calloc(FIRST_BUCKETS, sizeof(*ch->keys));
	if (cti_strmap_alloc(&ch->lines) || !ch->chans || !ch->bridges || !ch->keys) {
		cti_channels_free(ch);
		return ENOMEM;
	}
	*chp = ch;
	return 0;
}

static void chan_free(struct cti_chan *c)
{
	free(c->id);
	free(c->device);
	free(c->line);
	free(c->number);
	free(c->number_now);
	free(c->name);
	free(c->exten);
	free(c->left_line);
	free(c);
}

/* ---- channels --------------------------------------------------------------- */

static struct cti_chan **chan_slot(const struct cti_channels *ch, const char *id)
{
	struct cti_chan **cp = &ch->chans[hash_of(id) & (ch->nbuckets - 1)];

	while (*cp && strcmp((*cp)->id, id))
		cp = &(*cp)->hash_next;
	return cp;
}

struct cti_chan *cti_chan_find(const struct cti_channels *ch, const char *id)
{
	return id ? *chan_slot(ch, id) : NULL;
}

#define REHASH(ch, table, type, name, n)                                                 \
	do {                                                                             \
		for (size_t b_ = 0; b_ < (ch)->nbuckets; b_++) {                         \
			while ((ch)->table[b_]) {                                        \
				type *x_ = (ch)->table[b_];                              \
				const size_t to_ = hash_of(x_->name) & ((n)-1);          \
				(ch)->table[b_] = x_->hash_next;                         \
				x_->hash_next = table[to_];                              \
				table[to_] = x_;                                         \
			}                                                                \
		}                                                                        \
	} while (0)

/* Out of memory only means longer chains. */
static void grow(struct cti_channels *ch)
{
	const size_t n = ch->nbuckets * 2;
	struct cti_chan **chans = calloc(n, sizeof(*chans));
	struct cti_chan_bridge **bridges = calloc(n, sizeof(*bridges));
	struct cti_chan_key **keys = calloc(n, sizeof(*keys));

	if (!chans || !bridges || !keys) {
		free(chans);
		free(bridges);
		free(keys);
		return;
	}
	REHASH(ch, chans, struct cti_chan, id, n);
	REHASH(ch, bridges, struct cti_chan_bridge, id, n);
	REHASH(ch, keys, struct cti_chan_key, key, n);
	free(ch->chans);
	free(ch->bridges);
	free(ch->keys);
	ch->chans = chans;
	ch->bridges = bridges;
	ch->keys = keys;
	ch->nbuckets = n;
}

struct cti_chan *cti_chan_new(
	struct cti_channels *ch, struct cti_chan_call *call, const char *id)
{
	struct cti_chan *c = calloc(1, sizeof(*c));
	struct cti_chan **cp;

	if (!c)
		return NULL;
	c->id = cti_str_dup(id);
	if (!c->id) {
		free(c);
		return NULL;
	}
	if (ch->nchans >= ch->nbuckets)
		grow(ch);
	ch->nchans++;
	cp = chan_slot(ch, id);
	*cp = c;
	c->call = call;
	c->next = call->chans;
	call->chans = c;
	return c;
}

static void unlink_from_call(struct cti_chan *c)
{
	struct cti_chan_call *call = c->call;
	struct cti_chan **cp = &call->chans;

	while (*cp != c)
		cp = &(*cp)->next;
	*cp = c->next;
	for (struct cti_chan *o = call->chans; o; o = o->next) {
		if (o->peer == c)
			o->peer = NULL;
		if (o->dialler == c)
			o->dialler = NULL;
	}
	if (call->root == c)
		call->root = NULL;
}

void cti_chan_set_line(struct cti_channels *ch, struct cti_chan *c, const char *line)
{
	if (!line || !cti_chan_text(&c->line, line))
		return;
	c->next_of_line = cti_strmap_get(ch->lines, line);
	if (!cti_strmap_put(ch->lines, line, c, NULL))
		return;
	c->next_of_line = NULL;
	free(c->line);
	c->line = NULL;
}

struct cti_chan *cti_chan_of_line(const struct cti_channels *ch, const char *line)
{
	return line ? cti_strmap_get(ch->lines, line) : NULL;
}

static void unlink_from_line(struct cti_channels *ch, struct cti_chan *c)
{
	struct cti_chan *o = cti_chan_of_line(ch, c->line);

	if (o == c && c->next_of_line) {
		(void)cti_strmap_put(ch->lines, c->line, c->next_of_line, NULL);
		return;
	}
	if (o == c) {
		(void)cti_strmap_take(ch->lines, c->line);
		return;
	}
	while (o && o->next_of_line != c)
		o = o->next_of_line;
	if (o)
		o->next_of_line = c->next_of_line;
}

void cti_chan_drop(struct cti_channels *ch, struct cti_chan *c)
{
	cti_chan_leave(ch, c);
	unlink_from_line(ch, c);
	unlink_from_call(c);
	if (c->peer)
		c->peer->peer = NULL;
	*chan_slot(ch, c->id) = c->hash_next;
	ch->nchans--;
	chan_free(c);
}

void cti_chan_each(
	struct cti_channels *ch, void (*h)(struct cti_chan *c, void *arg), void *arg)
{
	for (size_t i = 0; i < ch->nbuckets; i++) {
		for (struct cti_chan *c = ch->chans[i]; c; c = c->hash_next)
			h(c, arg);
	}
}

/* ---- bridges ------------------------------------------------------------------ */

static struct cti_chan_bridge **bridge_slot(const struct cti_channels *ch, const char *id)
{
	struct cti_chan_bridge **bp = &ch->bridges[hash_of(id) & (ch->nbuckets - 1)];

	while (*bp && strcmp((*bp)->id, id))
		bp = &(*bp)->hash_next;
	return bp;
}

void cti_chan_enter(struct cti_channels *ch, struct cti_chan *c, const char *id)
{
	struct cti_chan_bridge **bp = bridge_slot(ch, id);

	if (c->bridge && c->bridge == *bp)
		return;
	cti_chan_leave(ch, c);
	bp = bridge_slot(ch, id);
	if (!*bp) {
		struct cti_chan_bridge *b = calloc(1, sizeof(*b));

		if (b)
			b->id = cti_str_dup(id);
		if (!b || !b->id) {
			free(b);
			return;
		}
		*bp = b;
	}
	c->bridge = *bp;
	c->next_in_bridge = c->bridge->first;
	c->bridge->first = c;
}

/* The bridge goes with its last channel. */
void cti_chan_leave(struct cti_channels *ch, struct cti_chan *c)
{
	struct cti_chan_bridge *b = c->bridge;
	struct cti_chan **cp;

	if (!b)
		return;
	for (cp = &b->first; *cp != c; cp = &(*cp)->next_in_bridge)
		;
	*cp = c->next_in_bridge;
	c->bridge = NULL;
	if (!b->first) {
		*bridge_slot(ch, b->id) = b->hash_next;
		free(b->id);
		free(b);
	}
}

/* ---- calls -------------------------------------------------------------------- */

static struct cti_chan_key **key_slot(const struct cti_channels *ch, const char *key)
{
	struct cti_chan_key **kp = &ch->keys[hash_of(key) & (ch->nbuckets - 1)];

	while (*kp && strcmp((*kp)->key, key))
		kp = &(*kp)->hash_next;
	return kp;
}

struct cti_chan_call *cti_chan_call_find(const struct cti_channels *ch, const char *key)
{
	struct cti_chan_key *k = key ? *key_slot(ch, key) : NULL;

	return k ? k->call : NULL;
}

static struct cti_chan_key *key_new(const char *key)
{
	struct cti_chan_key *k = calloc(1, sizeof(*k));

	if (k)
		k->key = cti_str_dup(key);
	if (k && !k->key) {
		free(k);
		k = NULL;
	}
	return k;
}

struct cti_chan_call *cti_chan_call_get(
	struct cti_channels *ch, int64_t at_us, const char *key)
{
	struct cti_chan_call *call = cti_chan_call_find(ch, key);
	struct cti_chan_key *k;

	if (call)
		return call;
	call = calloc(1, sizeof(*call));
	k = key_new(key);
	if (call)
		call->key = cti_str_dup(key);
	if (!call || !call->key || !k) {
		free(call ? call->key : NULL);
		free(call);
		free(k ? k->key : NULL);
		free(k);
		return NULL;
	}
	call->start_us = at_us;
	call->nkeys = 1;
	k->call = call;
	*key_slot(ch, key) = k;
	return call;
}

/* Merges are rare: a walk over all keys is no matter. */
void cti_chan_keys_move(
	struct cti_channels *ch, struct cti_chan_call *into, struct cti_chan_call *from)
{
	for (size_t i = 0; i < ch->nbuckets && from->nkeys; i++) {
		for (struct cti_chan_key *k = ch->keys[i]; k; k = k->hash_next) {
			if (k->call != from)
				continue;
			k->call = into;
			into->nkeys++;
			from->nkeys--;
		}
	}
}

static void key_drop(struct cti_chan_key **kp)
{
	struct cti_chan_key *k = *kp;

	*kp = k->hash_next;
	free(k->key);
	free(k);
}

static void keys_drop(struct cti_channels *ch, struct cti_chan_call *call)
{
	struct cti_chan_key **kp = key_slot(ch, call->key);

	if (*kp && (*kp)->call == call) {
		key_drop(kp);
		call->nkeys--;
	}
	for (size_t i = 0; i < ch->nbuckets && call->nkeys; i++) {
		for (kp = &ch->keys[i]; *kp;) {
			if ((*kp)->call == call) {
				key_drop(kp);
				call->nkeys--;
			} else {
				kp = &(*kp)->hash_next;
			}
		}
	}
}

static void unwatch(struct cti_channels *ch, struct cti_chan_call *call)
{
	for (struct cti_chan_call **cp = &ch->watched; *cp; cp = &(*cp)->next_watched) {
		if (*cp == call) {
			*cp = call->next_watched;
			return;
		}
	}
}

void cti_chan_watch(struct cti_channels *ch, struct cti_chan_call *call)
{
	if (call->is_watched)
		return;
	call->is_watched = true;
	call->next_watched = ch->watched;
	ch->watched = call;
}

static void leg_free(struct cti_chan_leg *leg)
{
	free(leg->line);
	free(leg);
}

void cti_chan_call_drop(struct cti_channels *ch, struct cti_chan_call *call)
{
	while (call->chans)
		cti_chan_drop(ch, call->chans);
	while (call->legs) {
		struct cti_chan_leg *leg = call->legs;

		call->legs = leg->next;
		leg_free(leg);
	}
	if (call->is_watched)
		unwatch(ch, call);
	keys_drop(ch, call);
	free(call->key);
	free(call->dialled);
	free(call->target);
	free(call);
}

void cti_channels_free(struct cti_channels *ch)
{
	if (!ch)
		return;
	for (size_t i = 0; ch->keys && i < ch->nbuckets; i++) {
		while (ch->keys[i])
			cti_chan_call_drop(ch, ch->keys[i]->call);
	}
	cti_strmap_free(ch->lines, NULL);
	free(ch->chans);
	free(ch->bridges);
	free(ch->keys);
	free(ch);
}
