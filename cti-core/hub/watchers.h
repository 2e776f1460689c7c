/*
 * watchers.h -- who has to be asked when a line or a user has news, so that a
 * publication costs as much as it has readers, not as much as there are browsers.
 *
 * Thread: hub.
 */
#ifndef CTI_WATCHERS_H
#define CTI_WATCHERS_H

#include "client.h"

struct cti_watchers;

/* A borrowed list of clients; n 0: nobody. */
struct cti_clients {
	struct cti_client **v;
	size_t n, size;
};

int cti_watchers_alloc(struct cti_watchers **wp);
void cti_watchers_free(struct cti_watchers *w);
/* By the client's user: own lines, watched lines, id, role. */
int cti_watchers_add(struct cti_watchers *w, struct cti_client *cl);
void cti_watchers_remove(struct cti_watchers *w, struct cti_client *cl);

const struct cti_clients *cti_watchers_line(
	const struct cti_watchers *w, const char *line);
const struct cti_clients *cti_watchers_user(const struct cti_watchers *w, const char *id);
const struct cti_clients *cti_watchers_admins(const struct cti_watchers *w);
/* Supervisors and admins. */
const struct cti_clients *cti_watchers_leads(const struct cti_watchers *w);
/* Who is shown the line's state, admins left out. */
const struct cti_clients *cti_watchers_near(
	const struct cti_watchers *w, const char *line);

#endif
