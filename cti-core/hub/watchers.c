/*
 * watchers.c -- lists of clients by line and by user.
 */
#include "watchers.h"

#include "hub_user.h"
#include "strmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct cti_watchers {
	struct cti_strmap *lines; /* struct cti_clients, owned */
	struct cti_strmap *near;  /* struct cti_clients, owned */
	struct cti_strmap *users; /* struct cti_clients, owned */
	struct cti_clients admins, leads;
};

static void clients_free(void *value)
{
	struct cti_clients *list = value;

	if (list)
		free(list->v);
	free(list);
}

int cti_watchers_alloc(struct cti_watchers **wp)
{
	struct cti_watchers *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return ENOMEM;
	err = cti_strmap_alloc(&w->lines);
	if (!err)
		err = cti_strmap_alloc(&w->near);
	if (!err)
		err = cti_strmap_alloc(&w->users);
	if (err)
		cti_watchers_free(w);
	else
		*wp = w;
	return err;
}

void cti_watchers_free(struct cti_watchers *w)
{
	if (!w)
		return;
	cti_strmap_free(w->lines, clients_free);
	cti_strmap_free(w->near, clients_free);
	cti_strmap_free(w->users, clients_free);
	free(w->admins.v);
	free(w->leads.v);
	free(w);
}

static int append(struct cti_clients *list, struct cti_client *cl)
{
	if (list->n == list->size) {
		const size_t size = list->size ? list->size * 2 : 4;
		struct cti_client **v =
			realloc(list->v, size * sizeof(struct cti_client *));

		if (!v)
			return ENOMEM;
		list->v = v;
		list->size = size;
	}
	list->v[list->n++] = cl;
	return 0;
}

static void take_out(struct cti_clients *list, const struct cti_client *cl)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->v[i] == cl) {
			list->v[i] = list->v[--list->n];
			return;
		}
	}
}

static int add_to(struct cti_strmap *map, const char *key, struct cti_client *cl)
{
	struct cti_clients *list = cti_strmap_get(map, key);
	int err = 0;

	if (!list) {
		list = calloc(1, sizeof(*list));
		if (!list)
			return ENOMEM;
		err = cti_strmap_put(map, key, list, NULL);
		if (err) {
			free(list);
			return err;
		}
	}
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i] == cl)
			return 0; /* a line both own and watched */
	return append(list, cl);
}

static void remove_from(
	struct cti_strmap *map, const char *key, const struct cti_client *cl)
{
	struct cti_clients *list = cti_strmap_get(map, key);

	if (!list)
		return;
	take_out(list, cl);
	if (!list->n)
		clients_free(cti_strmap_take(map, key));
}

int cti_watchers_add(struct cti_watchers *w, struct cti_client *cl)
{
	const struct cti_hub_user *user = &cl->user;
	const unsigned rank = cti_hub_user_rank(user);
	const size_t nnear = rank == 2 ? 0 : user->nwatch; /* admins are asked anyway */
	const size_t nwatch = rank == 1 ? user->nwatch : 0;
	int err = add_to(w->users, user->id, cl);

	for (size_t i = 0; !err && i < user->nlines; i++) {
		err = add_to(w->lines, user->lines[i], cl);
		if (!err)
			err = add_to(w->near, user->lines[i], cl);
	}
	for (size_t i = 0; !err && i < nwatch; i++)
		err = add_to(w->lines, user->watch[i], cl);
	for (size_t i = 0; !err && i < nnear; i++)
		err = add_to(w->near, user->watch[i], cl);
	if (!err && rank == 2)
		err = append(&w->admins, cl);
	if (!err && rank > 0)
		err = append(&w->leads, cl);
	if (err)
		cti_watchers_remove(w, cl);
	return err;
}

void cti_watchers_remove(struct cti_watchers *w, struct cti_client *cl)
{
	const struct cti_hub_user *user = &cl->user;

	remove_from(w->users, user->id, cl);
	for (size_t i = 0; i < user->nlines; i++) {
		remove_from(w->lines, user->lines[i], cl);
		remove_from(w->near, user->lines[i], cl);
	}
	for (size_t i = 0; i < user->nwatch; i++) {
		remove_from(w->lines, user->watch[i], cl);
		remove_from(w->near, user->watch[i], cl);
	}
	take_out(&w->admins, cl);
	take_out(&w->leads, cl);
}

static const struct cti_clients nobody;

static const struct cti_clients *list_of(const struct cti_strmap *map, const char *key)
{
	const struct cti_clients *list = cti_strmap_get(map, key);

	return list ? list : &nobody;
}

const struct cti_clients *cti_watchers_line(
	const struct cti_watchers *w, const char *line)
{
	return list_of(w->lines, line);
}

const struct cti_clients *cti_watchers_near(
	const struct cti_watchers *w, const char *line)
{
	return list_of(w->near, line);
}

const struct cti_clients *cti_watchers_user(const struct cti_watchers *w, const char *id)
{
	return list_of(w->users, id);
}

const struct cti_clients *cti_watchers_admins(const struct cti_watchers *w)
{
	return &w->admins;
}

const struct cti_clients *cti_watchers_leads(const struct cti_watchers *w)
{
	return &w->leads;
}
