/*
 * chan_impl.h -- what the files of the channel interpreter share: channels.c
 * (reports), chan_table.c (the objects), chan_talk.c (who talks with whom),
 * chan_join.c (transfers, pick-ups, calls that become one), chan_end.c (how it
 * ended), chan_link.c (the event stream itself). Nobody else includes it.
 */
#ifndef CTI_CHAN_IMPL_H
#define CTI_CHAN_IMPL_H

#include "channels.h"

#include <stddef.h>
#include <stdint.h>

struct cti_chan_bridge;
struct cti_chan_call;
struct cti_chan_leg;

/* One channel of the PBX. Owned by the table; gone with its hang-up. */
struct cti_chan {
	struct cti_chan *hash_next;
	struct cti_chan *next; /* in its call */
	struct cti_chan *next_in_bridge;
	struct cti_chan *next_of_line;
	struct cti_chan_call *call;
	struct cti_chan_bridge *bridge; /* NULL: in none */
	struct cti_chan_leg *leg;       /* NULL: not a watched line's */
	struct cti_chan *peer;          /* an inner hop's other end */
	struct cti_chan *dialler;       /* who calls it; NULL: nobody known, or gone */
	char *id;
	char *device;
	char *line;
	char *number;     /* its caller number as first told */
	char *number_now; /* as the dialplan made it since */
	char *name;
	char *exten;     /* where the dialplan was last */
	char *left_line; /* whom it was talking with when it was taken out of a bridge */
	int64_t left_us;
	int64_t alone_us; /* everybody else left its bridge then; 0: has company */
	int64_t doubt_us; /* a snapshot lacked it then; 0: did not */
	enum cti_channel_kind kind;
	enum cti_presentation presentation;
	struct cti_cause refusal;
	unsigned snapshot; /* the last one that had it */
	bool placed;
	bool up;
	bool ringing;
	bool rang;
	bool holds;
	bool talks;
	bool met;     /* answered the one who calls it; the bridge follows in a moment */
	bool refused; /* its device said no */
	bool forwarded;   /* its device sent the call on */
	bool taken;       /* somebody picked its call up */
	bool handed_over; /* its device transferred the call and is out of it */
	bool waiting;     /* its bridge is one to wait in */
	bool gave_up;     /* it began the call and wanted out before any answer */
};

struct cti_chan_bridge {
	struct cti_chan_bridge *hash_next;
	struct cti_chan *first;
	char *id;
};

/* A watched line's part in a call, over all its channels there. */
struct cti_chan_leg {
	struct cti_chan_leg *next;
	struct cti_part *part; /* NULL: out of memory, or before its role is known */
	char *line;
	enum cti_role role;
	enum cti_result result; /* the best its channels have left behind */
	struct cti_cause cause;
	int64_t talk_end_us; /* when the talk that just ended ended */
	unsigned live;       /* channels */
	bool was_up;
	bool talked;
	bool talks, holds, rings; /* set anew by each look at the call */
};

enum cti_chan_origin {
	CTI_FROM_UNKNOWN,
	CTI_FROM_LINE,
	CTI_FROM_TRUNK,
	CTI_FROM_OWN,
	CTI_FROM_PBX
};

struct cti_chan_mark {
	int64_t at_us; /* 0: none */
	char who[64];  /* a line, "external", "pbx" */
	struct cti_cause cause;
};

/* The channels that the PBX has in one call, and its conversation. */
struct cti_chan_call {
	struct cti_chan_call *next_watched; /* in ch->watched: time alone may change it */
	struct cti_chan *chans;
	struct cti_chan_leg *legs;
	struct cti_conv *conv; /* NULL: no watched line or trunk in it yet */
	struct cti_chan *root; /* the channel that began it; NULL: gone */
	char *key;             /* the first of its keys */
	char *dialled;
	char *target; /* click-to-dial: whom the agent is to reach */
	int64_t start_us;
	enum cti_chan_origin origin;
	enum cti_direction direction;
	unsigned nkeys;
	unsigned tally;   /* 1 << enum cti_result, of all who were called */
	unsigned adopted; /* the snapshot that it is known from; 0: seen from its start */
	struct cti_chan_mark ender;   /* who asked for the end first */
	struct cti_chan_mark refusal; /* who refused last */
	int64_t first_gone_us;
	int64_t over_us; /* its channels are gone; what was asked for may still be told */
	struct cti_cause root_cause;
	bool is_watched;
	bool dialled_any;
	bool pbx_up; /* the PBX answered the beginner */
	bool talked;
	bool agent_up;    /* click-to-dial: the agent took it */
	bool transferred; /* who is called now is a transfer's target */
	bool in_queue;
	bool abandoned;
	bool crossed;      /* the caller had given up when it was answered */
	int64_t parked_us; /* when it was parked; 0: not, or fetched again */
	/* A blind transfer that may still turn out to be a parking. */
	struct {
		int64_t at_us; /* 0: none */
		char from[64];
		char to[64];
		struct cti_chan *transferee; /* compared, never followed */
	} blind;
	bool to_code; /* handed to a queue or a group: who takes it will be told */
};

/* A PBX's key for a call; after a merge several lead to the same. */
struct cti_chan_key {
	struct cti_chan_key *hash_next;
	struct cti_chan_call *call;
	char *key;
};

struct cti_chan_dial {
	int64_t at_us; /* 0: free */
	char request[64];
	char line[64];
	char number[64];
};

enum { CTI_CHAN_DIALS = 64 };

struct cti_channels {
	struct cti_model *m;
	const char *pbx;
	cti_channels_line_h *line;
	void *line_arg;
	struct cti_chan **chans;
	struct cti_chan_bridge **bridges;
	struct cti_chan_key **keys;
	struct cti_strmap *lines; /* the channels of a line: struct cti_chan, chained */
	size_t nbuckets;          /* of each of the three; a power of two */
	size_t nchans;
	struct cti_chan_call *watched;
	struct cti_chan_dial dials[CTI_CHAN_DIALS];
	size_t next_dial;
	int64_t down_us; /* the stream was lost then; 0: it was not */
	unsigned snapshot;
	bool doubts; /* some channels have doubt_us */
	bool linked; /* link reports come: only a snapshot makes the stream whole */
	bool whole;
};

/* chan_table.c */
struct cti_chan *cti_chan_find(const struct cti_channels *ch, const char *id);
/* Finds the call of key or makes it. NULL: out of memory. */
struct cti_chan_call *cti_chan_call_get(
	struct cti_channels *ch, int64_t at_us, const char *key);
struct cti_chan_call *cti_chan_call_find(const struct cti_channels *ch, const char *key);
/* All keys of from lead to into. */
void cti_chan_keys_move(
	struct cti_channels *ch, struct cti_chan_call *into, struct cti_chan_call *from);
struct cti_chan *cti_chan_new(
	struct cti_channels *ch, struct cti_chan_call *call, const char *id);
/* Once, before anybody asks for the line. Out of memory: it has none. */
void cti_chan_set_line(struct cti_channels *ch, struct cti_chan *c, const char *line);
struct cti_chan *cti_chan_of_line(const struct cti_channels *ch, const char *line);
/* Out of its bridge, its call, every pointer; freed. */
void cti_chan_drop(struct cti_channels *ch, struct cti_chan *c);
void cti_chan_call_drop(struct cti_channels *ch, struct cti_chan_call *call);
void cti_chan_enter(struct cti_channels *ch, struct cti_chan *c, const char *bridge);
void cti_chan_leave(struct cti_channels *ch, struct cti_chan *c);
/* Calls h for each channel; h drops none. */
void cti_chan_each(
	struct cti_channels *ch, void (*h)(struct cti_chan *c, void *arg), void *arg);
bool cti_chan_text(char **dst, const char *src);
void cti_chan_watch(struct cti_channels *ch, struct cti_chan_call *call);

/* chan_talk.c */
/* A phone or the outside: somebody who can talk. */
static inline bool cti_chan_is_person(const struct cti_chan *c)
{
	return c->kind == CTI_CHAN_LINE || c->kind == CTI_CHAN_TRUNK;
}

/* Brings the legs of the call in line with its channels. */
void cti_chan_look(struct cti_channels *ch, struct cti_chan_call *call, int64_t at_us);
struct cti_chan_leg *cti_chan_leg_find(
	const struct cti_chan_call *call, const char *line);
/* The channel's leg, made if it is a watched line's; the conversation too. */
void cti_chan_take_part(struct cti_channels *ch, struct cti_chan *c, int64_t at_us);
/* Made now if it is not there. NULL: out of memory. */
struct cti_conv *cti_chan_conv(struct cti_channels *ch, struct cti_chan_call *call);
bool cti_chan_is_c2d(const struct cti_chan_call *call);
/* The agent's own phone in a click-to-dial. */
bool cti_chan_is_agent(const struct cti_chan *c);
/* Who is at the far end of the call's beginning: an outside number was dialled. */
void cti_chan_outbound(struct cti_chan_call *call, const char *trunk_number);
void cti_chan_internal(struct cti_chan_call *call);
/* Nobody was called: what was dialled has to tell. */
void cti_chan_conclude(struct cti_chan_call *call);
void cti_chan_target(
	struct cti_channels *ch, struct cti_chan_call *call, const char *number);
/* Longer than any extension: the outside is meant, even if no trunk was tried yet. */
bool cti_chan_is_outside(const char *number);
/* The same but for what a dialplan puts in front. */
bool cti_chan_same_number(const char *a, const char *b);

/* chan_join.c */
void cti_chan_merge(struct cti_channels *ch, struct cti_chan_call *into,
	struct cti_chan_call *from, int64_t at_us);
void cti_chan_blind(struct cti_channels *ch, const struct cti_report_channel *rep);
void cti_chan_blind_settle(struct cti_chan_call *call);
void cti_chan_attended(struct cti_channels *ch, const struct cti_report_channel *rep);
void cti_chan_pickup(struct cti_channels *ch, const struct cti_report_channel *rep);
void cti_chan_park(struct cti_channels *ch, const struct cti_report_channel *rep);
void cti_chan_retrieve(struct cti_channels *ch, const struct cti_report_channel *rep);
/* c begins to call other: was it taken from a line for that? */
void cti_chan_redirected(struct cti_chan *c, const struct cti_chan *other,
	const struct cti_report_channel *rep);

/* chan_end.c */
void cti_chan_hangup_request(struct cti_channels *ch, struct cti_chan *c,
	const struct cti_report_channel *rep);
/* The answer crossed the caller's giving up: nobody talked. */
void cti_chan_cross(struct cti_chan_call *call, int64_t at_us);
/* c goes; its call too when it was the last. lost: nobody saw how. */
void cti_chan_gone(struct cti_channels *ch, struct cti_chan *c, int64_t at_us,
	struct cti_cause cause, bool lost);
/* Nothing lives in it and nothing more was told of it in time. */
void cti_chan_over(struct cti_channels *ch, struct cti_chan_call *call);
/* Something new happens: whoever seemed to end the call did not. */
void cti_chan_goes_on(struct cti_chan_call *call);
/* The PBX died at at_us (UNKNOWN: some time), and the call with it. */
void cti_chan_kill(struct cti_channels *ch, struct cti_chan_call *call, int64_t at_us);
/* What the leg's state says of how it went, before its end. */
void cti_chan_leg_over(
	struct cti_chan_call *call, struct cti_chan_leg *leg, int64_t at_us, bool lost);

/* Is c what we asked for? Then we know whom the agent is to reach. */
void cti_chan_our_dial(struct cti_channels *ch, struct cti_chan *c, int64_t at_us);
/* Channels that a snapshot lacked and no event told gone. */
void cti_chan_sweep(struct cti_channels *ch, int64_t at_us);

/* "201", "external", "pbx": whose channel that is, for ended_by. */
const char *cti_chan_who(const struct cti_chan *c);

#endif
