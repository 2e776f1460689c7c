/*
 * desk.h -- what people do with calls: call-backs to missed callers, notes after
 * the call, settings of their team, and who else is there.
 *
 * Rights as in calls.h: lines that may be seen, all_lines: no limit. JSON is that of
 * schema/http. Everywhere: EAGAIN: the database is away; EIO: it refused.
 * Thread: any; blocking, on a connection of the caller's.
 */
#ifndef CTI_DESK_H
#define CTI_DESK_H

#include "pg.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>

/* Who asks. Borrowed. */
struct cti_desk_user {
	const char *id;
	const char *name;    /* log-in name */
	const char *display; /* for notes */
	bool all_lines;
	bool leads; /* supervisor or admin: may take a claim from somebody */
	const char *const *lines;
	size_t nlines;
};

/* Callers whom nobody reached, latest first: {"items":[...],"next":...}. after: next
 * of the page before, or NULL. EINVAL: no such page. */
int cti_callbacks_list(struct cti_pg *pg, const struct cti_desk_user *u, unsigned limit,
	const char *after, struct cti_buf *json);

enum cti_callback_act { CTI_CALLBACK_CLAIM, CTI_CALLBACK_RELEASE, CTI_CALLBACK_DONE };

/* id: of the list. ENOENT: not there any more, or not to be seen; EBUSY: somebody else
 * has it. Otherwise the item as it is then is appended, or null: it is settled. */
int cti_callback_act(struct cti_pg *pg, const struct cti_desk_user *u, const char *id,
	enum cti_callback_act act, struct cti_buf *json);

struct cti_desk_note {
	const char *conversation;
	const char *id; /* the browser's own: the same note again replaces it */
	const char *text;
	const char *disposition; /* a code of dispositions, or NULL */
};
/* For a conversation that is over. ENOENT: there is none, it is not to be seen, or it
 * is not written yet; EINVAL: disposition is none. */
int cti_note_put(
	struct cti_pg *pg, const struct cti_desk_user *u, const struct cti_desk_note *n);

/* {"service_level_s":...,"dispositions":[...]...} */
int cti_settings_get(struct cti_pg *pg, struct cti_buf *json);
/* json: an object with the numbers that change. EINVAL: one is out of bounds. */
int cti_settings_set(struct cti_pg *pg, const struct cti_desk_user *u, const char *json);

/* Users in a group of u's, with lines: [{id,name,display,lines}]; admin: all. */
int cti_colleagues(
	struct cti_pg *pg, const struct cti_desk_user *u, struct cti_buf *json);

#endif
