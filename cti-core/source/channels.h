/*
 * channels.h -- what the channels of a PBX (AMI; later ESL) mean: who calls whom,
 * who talks with whom, who handed the call on. One object for each PBX.
 *
 * It keeps the PBX's own picture (channels, bridges, inner hops) and derives each
 * line's leg from it: whatever the order of reports, a line talks when a way
 * through bridges leads from its channel to another person's.
 *
 * Thread: core only. Pure over its inputs, as the rest of the source.
 */
#ifndef CTI_CHANNELS_H
#define CTI_CHANNELS_H

#include "json.h"
#include "model.h"

#include <cti/report.h>

struct cti_channels;

/* The watched line that has this extension, or NULL. */
typedef const char *(cti_channels_line_h)(const char *exten, void *arg);

/* pbx: the section's name, borrowed for life. 0 or ENOMEM. */
int cti_channels_alloc(struct cti_channels **chp, struct cti_model *m, const char *pbx,
	cti_channels_line_h *line, void *arg);
void cti_channels_free(struct cti_channels *ch);

/* None of these settles the model. */
void cti_channels_report(struct cti_channels *ch, const struct cti_report_channel *rep);
void cti_channels_link(struct cti_channels *ch, const struct cti_report_link *rep);
/* We asked for a call from line to number; request: its channel's id, if the PBX
 * took it from us. */
void cti_channels_dial(struct cti_channels *ch, int64_t at_us, const char *line,
	const char *request, const char *number);
void cti_channels_tick(struct cti_channels *ch, int64_t at_us);

/* How the link stands: see dialogs.h. */
void cti_channels_standing(const struct cti_channels *ch, struct cti_jsonw *w);
void cti_channels_stand(struct cti_channels *ch, const struct cti_json_node *standing);

/* The event stream is there and has told everything: it decides, and dialog
 * documents of the same PBX do no more than confirm. */
bool cti_channels_up(const struct cti_channels *ch);

/* A dialog document shows a caller of line who is not to be named. Streams may hold
 * the number all the same (Asterisk's AMI does): forget it. */
void cti_channels_withheld(
	struct cti_channels *ch, const char *line, enum cti_presentation pres);

/* The conversation that line is in, as far as the event stream knows; NULL: none.
 * busiest first: one that it talks in, then one that rings. */
struct cti_conv *cti_channels_conv(const struct cti_channels *ch, const char *line);

#endif
