/*
 * dialogs.h -- RFC 4235 documents of one PBX become conversations.
 *
 *	document --dialect.c--> tracks of a line --link.c--> conversations
 *
 * A track is one dialog of one line, as far as the documents can be believed. What
 * product writes which documents is concluded from the documents themselves.
 *
 * Everything is a function of the inputs and their times: what has to be waited for
 * is looked at when the next input brings a later time (TICK if nothing else does).
 */
#ifndef CTI_DIALOGS_H
#define CTI_DIALOGS_H

#include "json.h"
#include "model.h"

#include <cti/conf.h>
#include <cti/report.h>

struct cti_dialogs;

/* A line's true state should be asked for again. */
typedef void(cti_dialogs_want_h)(const char *line, void *arg);

/* conf must outlive it. 0 or ENOMEM. */
int cti_dialogs_alloc(struct cti_dialogs **dp, struct cti_model *m,
	const struct cti_pbx_conf *conf, cti_dialogs_want_h *want, void *arg);
void cti_dialogs_free(struct cti_dialogs *d);

bool cti_dialogs_is_line(const struct cti_dialogs *d, const char *number);

void cti_dialogs_report(struct cti_dialogs *d, const struct cti_report_dialogs *rep);
void cti_dialogs_link(struct cti_dialogs *d, const struct cti_report_link *rep);
void cti_dialogs_tick(struct cti_dialogs *d, int64_t now_us);

/* We asked for a call from line to number: the line's next ring is its own. */
void cti_dialogs_dialled(
	struct cti_dialogs *d, int64_t now_us, const char *line, const char *number);

/*
 * How it stands, apart from calls: what the product is like, and which lines' next
 * document is their first. A reader that begins in the middle of the inputs is told so
 * what it cannot have seen; for one that was there nothing changes.
 */
void cti_dialogs_standing(const struct cti_dialogs *d, struct cti_jsonw *w);
void cti_dialogs_stand(struct cti_dialogs *d, const struct cti_json_node *standing);

/* The conversation in which a better source has the line; NULL: none. */
typedef struct cti_conv *(cti_dialogs_better_h)(const char *line, void *arg);

/*
 * While a better source tells of the same calls (shadow), documents are followed but
 * make no conversations; those that they had made go over into the better source's. When
 * it is lost, what is known of each line becomes a conversation, adopted silently, but
 * for lines whose call it knew: that one is still its own.
 */
void cti_dialogs_shadow(struct cti_dialogs *d, int64_t now_us, bool shadow,
	cti_dialogs_better_h *better, void *arg);

#endif
