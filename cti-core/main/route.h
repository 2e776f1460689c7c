/*
 * route.h -- the only place that joins the folders:
 *
 *	connector -> input journal -> source -> model -> record journal, hub, directory
 *	hub -> command -> connector -> hub
 *
 * Whatever changes the model goes through cti_route_input(), so that it is in the
 * journal first: PBXs' messages, the directory's answers, notes, traces, time.
 *
 * Thread: core.
 */
#ifndef CTI_ROUTE_H
#define CTI_ROUTE_H

#include "command.h"
#include "config.h"
#include "directory.h"
#include "hub.h"
#include "journal.h"
#include "links.h"
#include "model.h"
#include "opens.h"
#include "source.h"
#include "store.h"

#include <cti/loop.h>

struct cti_restart;

struct cti_route_counters {
	uint64_t inputs;       /* journalled and applied */
	uint64_t refused;      /* not acknowledged: a journal is full */
	uint64_t bad;          /* nothing could be made of it */
	uint64_t records;      /* appended for the store */
	uint64_t lost_records; /* could not be appended: made anew at the next start */
	uint64_t lookups, lookups_refused;
};

struct cti_route {
	const struct cti_config *config; /* borrowed, as all that has no other word */
	struct cti_journal *input;
	struct cti_journal *record;
	struct cti_model *model;
	struct cti_source *source;
	struct cti_commands *commands;
	struct cti_links *links;
	struct cti_directory *directory; /* NULL: not running */
	struct cti_store *store;         /* NULL: not running */
	struct cti_hub *hub;             /* NULL: not running */

	struct cti_opens *opens;
	struct cti_number_plan
		*plans;              /* owned; one a PBX, in the configuration's order */
	struct cti_restart *restart; /* while old inputs are read: nothing goes out */
	bool full;                   /* the last input was refused */
	bool unrecorded; /* a record could not be kept: marks and trimming wait */
	uint64_t input_pos;          /* of the input that is being applied */
	int64_t input_at_us;         /* its time */
	bool stirred;                /* something happened since the last anchor */
	int64_t anchor_us;           /* when that was */
	uint64_t marked_pos; /* inputs before it have all their records in the journal */
	unsigned records_in_turn;
	struct cti_buf encoded; /* owned, reused, as those until tick */
	struct cti_buf json;
	const char **lines;
	size_t lines_size;
	struct cti_hub_leg *legs;
	size_t legs_size;
	uint64_t disk_free; /* when it was looked at */
	int64_t disk_looked_us;
	struct cti_timer tick;
	struct cti_route_counters n;
};

/* What it joins must be in place; hub, directory and store may come later. */
int cti_route_init(struct cti_route *r);
void cti_route_fini(struct cti_route *r);

struct cti_model_effects cti_route_effects(struct cti_route *r);
struct cti_pbx_sink cti_route_sink(struct cti_route *r);
cti_directory_h cti_route_on_contacts;

/* 0: it is in the journal and in the model. ENOSPC: do not acknowledge. */
int cti_route_input(struct cti_route *r, const struct cti_input *in);

/* The same for what is not from a PBX: CONTACTS, NOTE (ctype: the user's name), TRACE
 * (ctype: what). ENOENT: there is no such conversation any more. */
int cti_route_about(struct cti_route *r, enum cti_input_kind kind, const char *id,
	const char *ctype, const char *data);

/* An input that says how things stand, so that a restart can begin to read there. */
int cti_route_anchor(struct cti_route *r);

/* Time has passed. */
void cti_route_tick(struct cti_route *r);
/* The same again and again, from now on. */
int cti_route_start_ticks(struct cti_route *r);

/* Everything that goes on to the hub: at the start, and when it lost some. */
void cti_route_publish_all(struct cti_route *r);

/* Look-ups whose answer the process before this one did not live to see. */
void cti_route_look_up_all(struct cti_route *r);
/* Calls with this number (E.164, or the digits as they came) are looked up anew, and
 * nothing that CRMs did not know counts any more. */
void cti_route_look_up_number(struct cti_route *r, const char *number);

/* Removes what no restart will need. */
void cti_route_trim(struct cti_route *r);

/* ---- for restart.c ---------------------------------------------------------- */

/* An input that stands in the journal at pos. */
void cti_route_apply(struct cti_route *r, uint64_t pos, const struct cti_input *in);
int cti_route_append_record(
	struct cti_route *r, uint16_t type, const char *data, size_t len);

#endif
