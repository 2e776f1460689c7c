/*
 * cti/call.h -- the words of the call model (CSTA Phase III, RFC 4235) and the
 * picture of one conversation that hub, store and replay read.
 *
 * Leg (CSTA connection): one device's part in a call. Call: the legs that the
 * PBX has in one call. Conversation: what the outside party (or, inside, the
 * two people) lived through, over queues, transfers, pick-ups and parking.
 *
 * Unknown is a value. Times are microseconds UTC; see CTI_TIME_*.
 */
#ifndef CTI_CALL_H
#define CTI_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CTI_TIME_NONE 0      /* has not happened (as far as the source can tell) */
#define CTI_TIME_UNKNOWN (-1) /* has happened, nobody knows when */

enum cti_leg_state {
	CTI_LEG_INITIATED, /* off hook, dialling; or known and nothing more */
	CTI_LEG_ALERTING,
	CTI_LEG_CONNECTED,
	CTI_LEG_HELD,   /* this leg's side pressed hold */
	CTI_LEG_QUEUED, /* waits in a queue, for an announcement, parked */
	CTI_LEG_FAILED, /* could not be reached; an end follows */
	CTI_LEG_ENDED,  /* final */
	CTI_LEG_STATES
};

/* What may happen to a leg. The table of leg_fsm.c says in which state. */
enum cti_leg_event {
	CTI_EV_ALERT,
	CTI_EV_ANSWER,
	CTI_EV_HOLD,
	CTI_EV_RESUME,
	CTI_EV_QUEUE,
	CTI_EV_FAIL,
	CTI_EV_END,
	CTI_EV_LOST, /* the source went away and the leg with it: end unknown */
	CTI_LEG_EVENTS
};

enum cti_direction { CTI_DIR_UNKNOWN, CTI_DIR_INBOUND, CTI_DIR_OUTBOUND, CTI_DIR_INTERNAL };

/* Why a caller's number is (not) there; Japanese networks tell four reasons. */
enum cti_presentation {
	CTI_PRES_UNKNOWN,
	CTI_PRES_ALLOWED,
	CTI_PRES_WITHHELD,
	CTI_PRES_PAYPHONE,
	CTI_PRES_INTERACTION,
	CTI_PRES_UNAVAILABLE,
};

enum cti_outcome {
	CTI_OUTCOME_NONE, /* still going on, or nobody knows */
	CTI_OUTCOME_ANSWERED,
	CTI_OUTCOME_MISSED,
	CTI_OUTCOME_ABANDONED, /* gave up in a queue */
	CTI_OUTCOME_BUSY,
	CTI_OUTCOME_DECLINED,
	CTI_OUTCOME_FAILED,
	CTI_OUTCOME_BLOCKED,
};

enum cti_role {
	CTI_ROLE_UNKNOWN,
	CTI_ROLE_CALLER,
	CTI_ROLE_CALLEE,
	CTI_ROLE_CONSULTED,
	CTI_ROLE_TRANSFERRED_TO,
	CTI_ROLE_PICKER,
};

/* How it went for one line. */
enum cti_result {
	CTI_RESULT_NONE,
	CTI_RESULT_CALLED, /* it was the caller */
	CTI_RESULT_ANSWERED,
	CTI_RESULT_ANSWERED_ELSEWHERE,
	CTI_RESULT_MISSED,
	CTI_RESULT_BUSY,
	CTI_RESULT_DECLINED,
	CTI_RESULT_UNREACHABLE,
	CTI_RESULT_CANCELLED,
};

enum cti_transfer_kind {
	CTI_TRANSFER_BLIND,
	CTI_TRANSFER_ATTENDED,
	CTI_TRANSFER_PICKUP,
	CTI_TRANSFER_PARK,
	CTI_TRANSFER_RETRIEVE,
};

/* Which source a fact is from; a higher value overrules a lower one, never the
 * other way round. */
enum cti_provenance {
	CTI_PROV_NONE,
	CTI_PROV_GUESS,  /* concluded from time and circumstance */
	CTI_PROV_DIALOG, /* RFC 4235 NOTIFY */
	CTI_PROV_API,    /* the PBX's own event stream: AMI, ESL */
	CTI_PROV_USER,   /* a person said so */
};

/* Facts that a source may be unable to see; a clear bit means "unknown". */
enum cti_fact {
	CTI_FACT_HOLD = 1 << 0,
	CTI_FACT_ANSWER = 1 << 1,
	CTI_FACT_DIALLED = 1 << 2,
	CTI_FACT_ENDED_BY = 1 << 3,
	CTI_FACT_CAUSE = 1 << 4,
	CTI_FACT_QUEUE = 1 << 5,
	CTI_FACT_START = 1 << 6, /* clear: it may have waited before the first ring */
};

struct cti_span {
	int64_t from_us;
	int64_t to_us; /* CTI_TIME_NONE: still open. CTI_TIME_UNKNOWN: over */
};

struct cti_spans {
	struct cti_span *v; /* owned by the conversation */
	size_t n;
};

struct cti_party {
	char *number;  /* as received or dialled; NULL when none or withheld */
	char *e164;    /* NULL unless a valid public number */
	char *display; /* as people write it; NULL if number is NULL */
	char *name;    /* from the network, cleaned; NULL if none */
	enum cti_presentation presentation;
	enum cti_provenance prov;
};

/* Cause of an end: at most one of each; 0 is unknown. */
struct cti_cause {
	uint16_t sip;  /* RFC 3261 section 21 and later codes */
	uint16_t q850; /* ITU-T Q.850 */
};

/* One line's part in a conversation, over all its devices. */
struct cti_leg {
	char id[37];
	char *line;
	enum cti_role role;
	enum cti_leg_state state;
	enum cti_result result; /* NONE until it is over or known */
	struct cti_span rang;   /* from_us NONE: it never rang */
	struct cti_spans talked;
	struct cti_spans held;
	int64_t joined_us;
	int64_t ended_us;
	struct cti_cause cause;
};

struct cti_transfer {
	int64_t at_us;
	enum cti_transfer_kind kind;
	char *from; /* line; NULL for a retrieval */
	char *to;   /* line or number; NULL for parking */
	char *note; /* what the transferrer wrote for the next agent; NULL if none */
};

/* One stretch of the story: who, what, how long. Derived when it is asked for. */
enum cti_segment_kind {
	CTI_SEG_ANNOUNCEMENT,
	CTI_SEG_QUEUE,
	CTI_SEG_RANG,
	CTI_SEG_TALKED,
	CTI_SEG_HELD,
	CTI_SEG_PARKED,
};

struct cti_segment {
	enum cti_segment_kind kind;
	char *line; /* NULL: none, e.g. in a queue */
	struct cti_span span;
};

/* Why a card was taken away: it should not have been shown, for the ring turned out
 * to be the agent's own. */
#define CTI_POP_OWN_RING "own-ring"

/* A screen pop that the model decided on. */
struct cti_pop {
	char *line;
	char *number; /* what was shown; NULL if withheld or unknown */
	int64_t at_us;
	int64_t withdrawn_us;      /* NONE: still up */
	const char *withdrawn_why; /* a word, static; NULL: still up */
};

/* One decision, for "why did it not pop". text is a word from a fixed list. */
struct cti_trace {
	int64_t at_us;
	char *what;   /* "report", "matched", "pop", "no-pop", "lookup", "delivered" ... */
	char *detail; /* key=value words; numbers masked by the reader's rights */
};

struct cti_conversation {
	char id[37];
	char merged_into[37]; /* became a part of that one; empty: did not. Its final
			       * picture is no row of the log */
	char *pbx;        /* the name of its section in the configuration */
	char *pbx_key;    /* the PBX's own id (Linkedid, Call-ID); NULL if none */
	uint32_t version; /* rises with every change */
	enum cti_direction direction;
	bool has_external;
	struct cti_party external; /* valid if has_external */
	struct cti_party inside;   /* an internal call's beginner, if not a watched line */
	char *dialled;             /* what the beginner dialled */
	char *queue;
	char *initiator; /* a line, "pbx" or NULL */
	bool click_to_dial;
	int64_t start_us;
	int64_t answer_us; /* first person-to-person answer */
	int64_t end_us;    /* NONE: goes on. UNKNOWN: over */
	enum cti_outcome outcome;
	struct cti_cause cause;
	char *ended_by; /* a line, "external", "pbx" or NULL */
	unsigned facts; /* bits of enum cti_fact that its sources can see */
	struct cti_leg *legs;
	size_t nlegs;
	struct cti_transfer *transfers;
	size_t ntransfers;
	struct cti_segment *segments;
	size_t nsegments;
	struct cti_pop *pops;
	size_t npops;
	struct cti_trace *trace;
	size_t ntrace;
	char *contacts_json; /* what the directory said, as in schema/ws; NULL: not asked */
	char *notes_json;    /* array of notes; NULL: none */
};

const char *cti_leg_state_name(enum cti_leg_state v);
const char *cti_leg_event_name(enum cti_leg_event v);
const char *cti_direction_name(enum cti_direction v);
const char *cti_presentation_name(enum cti_presentation v);
const char *cti_outcome_name(enum cti_outcome v);
const char *cti_role_name(enum cti_role v);
const char *cti_result_name(enum cti_result v);
const char *cti_transfer_kind_name(enum cti_transfer_kind v);
const char *cti_segment_kind_name(enum cti_segment_kind v);

/* The decision for one (state, event) pair; see leg_fsm.c. */
enum cti_leg_effect {
	CTI_FX_PUBLISH = 1 << 0,
	CTI_FX_MARK_RANG = 1 << 1,
	CTI_FX_MARK_ANSWERED = 1 << 2,
	CTI_FX_MARK_ENDED = 1 << 3,
	CTI_FX_UNCERTAIN = 1 << 4, /* the end was not observed */
};

struct cti_leg_step {
	enum cti_leg_state next;
	unsigned effects;
};

/* 0 and *step; EPROTO for a pair the table refuses; EINVAL outside the enums. */
int cti_leg_fsm_step(
	enum cti_leg_state state, enum cti_leg_event event, struct cti_leg_step *step);

#endif
