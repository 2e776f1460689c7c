/*
 * user.c -- copies of a user and what they may see.
 */
#include "hub_user.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void list_free(char **list, size_t n)
{
	for (size_t i = 0; list && i < n; i++)
		free(list[i]);
	free(list);
}

static char **list_copy(char *const *list, size_t n)
{
	char **copy = calloc(n ? n : 1, sizeof(char *));

	for (size_t i = 0; copy && i < n; i++) {
		copy[i] = cti_str_dup(list[i]);
		if (!copy[i]) {
			list_free(copy, n);
			return NULL;
		}
	}
	return copy;
}

void cti_hub_user_reset(struct cti_hub_user *user)
{
	list_free(user->lines, user->nlines);
	list_free(user->watch, user->nwatch);
	memset(user, 0, sizeof(*user));
}

int cti_hub_user_copy(struct cti_hub_user *dst, const struct cti_hub_user *src)
{
	*dst = *src;
	dst->lines = list_copy(src->lines, src->nlines);
	dst->watch = list_copy(src->watch, src->nwatch);
	if (dst->lines && dst->watch)
		return 0;
	cti_hub_user_reset(dst);
	return ENOMEM;
}

static bool in_list(char *const *list, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i], s))
			return true;
	return false;
}

static bool list_same(char *const *a, size_t na, char *const *b, size_t nb)
{
	if (na != nb)
		return false;
	for (size_t i = 0; i < na; i++)
		if (strcmp(a[i], b[i]) != 0 &&
			(!in_list(b, nb, a[i]) || !in_list(a, na, b[i])))
			return false;
	return true;
}

bool cti_hub_user_same(const struct cti_hub_user *a, const struct cti_hub_user *b)
{
	return !strcmp(a->id, b->id) && !strcmp(a->role, b->role) &&
	       list_same(a->lines, a->nlines, b->lines, b->nlines) &&
	       list_same(a->watch, a->nwatch, b->watch, b->nwatch);
}

unsigned cti_hub_user_rank(const struct cti_hub_user *user)
{
	if (!strcmp(user->role, "admin"))
		return 2;
	return !strcmp(user->role, "supervisor") ? 1 : 0;
}

bool cti_hub_user_is_admin(const struct cti_hub_user *user)
{
	return cti_hub_user_rank(user) == 2;
}

bool cti_hub_user_has_line(const struct cti_hub_user *user, const char *line)
{
	return in_list(user->lines, user->nlines, line);
}

bool cti_hub_user_near(const struct cti_hub_user *user, const char *line)
{
	return cti_hub_user_is_admin(user) || cti_hub_user_has_line(user, line) ||
	       in_list(user->watch, user->nwatch, line);
}

bool cti_hub_user_sees(const struct cti_hub_user *user, char *const *lines, size_t nlines)
{
	if (!nlines)
		return cti_hub_user_rank(user) > 0;
	for (size_t i = 0; i < nlines; i++)
		if (cti_hub_user_sees_line(user, lines[i]))
			return true;
	return cti_hub_user_is_admin(user);
}

/* An agent's watch list is their colleagues: it shows states of lines, no calls. */
bool cti_hub_user_sees_line(const struct cti_hub_user *user, const char *line)
{
	if (cti_hub_user_is_admin(user) || cti_hub_user_has_line(user, line))
		return true;
	return cti_hub_user_rank(user) == 1 && in_list(user->watch, user->nwatch, line);
}
