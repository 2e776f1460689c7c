/*
 * pops.c -- the pops that are up. There are as many as phones ring: a list.
 */
#include "pops.h"

#include "hub_user.h"
#include "tabs.h"
#include "uuid.h"

#include <cti/clock.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct cti_pop_owner {
	struct cti_pop_owner *next;
	char user[37];
	char tab[CTI_PROTO_ID_BYTES]; /* stays when the tab is away, for when it is back */
	const struct cti_client *client; /* NULL: away */
};

struct cti_pops {
	struct cti_pop_up *first; /* owned list */
};

int cti_pops_alloc(struct cti_pops **pp)
{
	*pp = calloc(1, sizeof(**pp));
	return *pp ? 0 : ENOMEM;
}

static void pop_free(struct cti_pop_up *pop)
{
	while (pop->owners) {
		struct cti_pop_owner *o = pop->owners;

		pop->owners = o->next;
		free(o);
	}
	free(pop->conversation);
	free(pop->line);
	free(pop->why);
	free(pop);
}

void cti_pops_free(struct cti_pops *p)
{
	if (!p)
		return;
	while (p->first)
		cti_pops_remove(p, p->first);
	free(p);
}

struct cti_pop_up *cti_pops_add(
	struct cti_pops *p, const char *conversation, const char *line, const char *why)
{
	struct cti_pop_up *pop = calloc(1, sizeof(*pop));

	if (!pop)
		return NULL;
	cti_uuid_random(pop->id, cti_now_us());
	pop->conversation = cti_str_dup(conversation);
	pop->line = cti_str_dup(line);
	pop->why = cti_str_dup(why);
	if (!pop->conversation || !pop->line || !pop->why) {
		pop_free(pop);
		return NULL;
	}
	pop->next = p->first;
	p->first = pop;
	return pop;
}

struct cti_pop_up *cti_pops_first(const struct cti_pops *p)
{
	return p->first;
}

struct cti_pop_up *cti_pops_find(const struct cti_pops *p, const char *id)
{
	struct cti_pop_up *pop = p->first;

	while (pop && strcmp(pop->id, id) != 0)
		pop = pop->next;
	return pop;
}

struct cti_pop_up *cti_pops_of(
	const struct cti_pops *p, const char *conversation, const char *line)
{
	for (struct cti_pop_up *pop = p->first; pop; pop = pop->next)
		if (!strcmp(pop->conversation, conversation) &&
			(!line || !strcmp(pop->line, line)))
			return pop;
	return NULL;
}

void cti_pops_remove(struct cti_pops *p, struct cti_pop_up *pop)
{
	struct cti_pop_up **pp = &p->first;

	while (*pp != pop)
		pp = &(*pp)->next;
	*pp = pop->next;
	pop_free(pop);
}

struct cti_proto_pop cti_pop_view(const struct cti_pop_up *pop)
{
	return (struct cti_proto_pop){ pop->id, pop->conversation, pop->line, pop->why };
}

static struct cti_pop_owner *owner_of(const struct cti_pop_up *pop, const char *user_id)
{
	struct cti_pop_owner *o = pop->owners;

	while (o && strcmp(o->user, user_id) != 0)
		o = o->next;
	return o;
}

static bool give(struct cti_pop_up *pop, const struct cti_client *cl)
{
	struct cti_pop_owner *o = owner_of(pop, cl->user.id);

	if (!o) {
		o = calloc(1, sizeof(*o));
		if (!o)
			return false;
		(void)cti_str_copy(o->user, sizeof(o->user), cl->user.id);
		o->next = pop->owners;
		pop->owners = o;
	}
	(void)cti_str_copy(o->tab, sizeof(o->tab), cl->tab);
	o->client = cl;
	return true;
}

bool cti_pop_is_here(const struct cti_pop_up *pop, const struct cti_client *cl)
{
	const struct cti_pop_owner *o = owner_of(pop, cl->user.id);

	return o && o->client == cl;
}

bool cti_pop_claim(struct cti_pop_up *pop, struct cti_client *cl)
{
	const struct cti_pop_owner *o = owner_of(pop, cl->user.id);

	if (o && o->client)
		return o->client == cl;
	return give(pop, cl);
}

static struct cti_tab tab_of(const struct cti_client *cl)
{
	return (struct cti_tab){ cl->focused, cl->dirty, cl->focus_us, cl->opened_us };
}

struct cti_client *cti_pop_assign(struct cti_pop_up *pop, const char *user_id,
	const struct cti_clients *clients, const struct cti_client * not )
{
	struct cti_client *best = NULL;
	struct cti_tab best_tab = { 0 };

	for (size_t i = 0; i < clients->n; i++) {
		struct cti_client *cl = clients->v[i];
		const struct cti_tab tab = tab_of(cl);

		if (cl == not || strcmp(cl->user.id, user_id) != 0)
			continue;
		if (best && !cti_tab_better(&tab, &best_tab))
			continue;
		best = cl;
		best_tab = tab;
	}
	return best && give(pop, best) ? best : NULL;
}

bool cti_pop_release(struct cti_pop_up *pop, const struct cti_client *cl)
{
	struct cti_pop_owner *o = owner_of(pop, cl->user.id);

	if (!o || o->client != cl)
		return false;
	o->client = NULL;
	return true;
}
