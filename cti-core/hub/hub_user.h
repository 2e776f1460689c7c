/*
 * user.h -- copies of a user and what they may see. Pure.
 */
#ifndef CTI_HUB_USER_H
#define CTI_HUB_USER_H

#include "hub.h"

/* *dst is overwritten, not freed. 0 or ENOMEM (then *dst is empty). */
int cti_hub_user_copy(struct cti_hub_user *dst, const struct cti_hub_user *src);
void cti_hub_user_reset(struct cti_hub_user *user); /* frees what it holds */
/* Same person with the same rights? Order of lines does not count. */
bool cti_hub_user_same(const struct cti_hub_user *a, const struct cti_hub_user *b);

bool cti_hub_user_is_admin(const struct cti_hub_user *user);
bool cti_hub_user_has_line(const struct cti_hub_user *user, const char *line);
/* A conversation with these lines. One that no line has taken part in waits for anybody:
 * who leads sees it. */
bool cti_hub_user_sees(
	const struct cti_hub_user *user, char *const *lines, size_t nlines);
/* The state of a line, without its calls: one's own and those of the groups. */
bool cti_hub_user_near(const struct cti_hub_user *user, const char *line);
bool cti_hub_user_sees_line(const struct cti_hub_user *user, const char *line);

/* "agent" 0, "supervisor" 1, "admin" 2; anything else counts as 0. */
unsigned cti_hub_user_rank(const struct cti_hub_user *user);

#endif
