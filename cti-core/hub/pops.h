/*
 * pops.h -- the pops that are up, and for each user the tab that shows it.
 *
 * Thread: hub.
 */
#ifndef CTI_POPS_H
#define CTI_POPS_H

#include "watchers.h"

struct cti_pops;

struct cti_pop_up {
	struct cti_pop_up *next;
	char id[37];
	char *conversation; /* owned, as the next two */
	char *line;
	char *why;
	uint64_t seq;
	struct cti_pop_owner *owners; /* owned list, one a user */
};

int cti_pops_alloc(struct cti_pops **pp);
void cti_pops_free(struct cti_pops *p);

/* NULL: out of memory. Borrowed, until it is withdrawn. */
struct cti_pop_up *cti_pops_add(
	struct cti_pops *p, const char *conversation, const char *line, const char *why);
struct cti_pop_up *cti_pops_find(const struct cti_pops *p, const char *id);
/* The first that is up for this; line NULL: any line. */
struct cti_pop_up *cti_pops_of(
	const struct cti_pops *p, const char *conversation, const char *line);
void cti_pops_remove(struct cti_pops *p, struct cti_pop_up *pop);
struct cti_pop_up *cti_pops_first(const struct cti_pops *p);

struct cti_proto_pop cti_pop_view(const struct cti_pop_up *pop); /* borrowed */

/* Does this tab show it? */
bool cti_pop_is_here(const struct cti_pop_up *pop, const struct cti_client *cl);
/* The tab takes it if no connected tab of its user has it. True: it has it now. */
bool cti_pop_claim(struct cti_pop_up *pop, struct cti_client *cl);
/* Gives it to the best of the user's tabs among the clients, but not to `not`.
 * Returns that tab, or NULL. */
struct cti_client *cti_pop_assign(struct cti_pop_up *pop, const char *user_id,
	const struct cti_clients *clients, const struct cti_client * not );
/* The tab is gone or will not show it. True: it had it. */
bool cti_pop_release(struct cti_pop_up *pop, const struct cti_client *cl);

#endif
