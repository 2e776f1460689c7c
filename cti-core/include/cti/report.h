/*
 * cti/report.h -- what a reader says that a PBX said, in our words.
 *
 *	bytes --reader (connectors/pbx/<name>)--> report --source--> model
 *
 * Two vocabularies, since PBXs have two: RFC 4235 documents about a line, and
 * channel events (AMI, ESL). All strings are borrowed until the handler returns.
 */
#ifndef CTI_REPORT_H
#define CTI_REPORT_H

#include <cti/call.h>

/* ---- RFC 4235 ---------------------------------------------------------- */

enum cti_dialog_state { /* RFC 4235 section 3.7.1 */
	CTI_DIALOG_TRYING,
	CTI_DIALOG_PROCEEDING,
	CTI_DIALOG_EARLY,
	CTI_DIALOG_CONFIRMED,
	CTI_DIALOG_TERMINATED,
};

enum cti_dialog_event { /* RFC 4235 section 3.7.2; why it terminated */
	CTI_DIALOG_EV_NONE,
	CTI_DIALOG_EV_CANCELLED,
	CTI_DIALOG_EV_REJECTED,
	CTI_DIALOG_EV_REPLACED,
	CTI_DIALOG_EV_LOCAL_BYE,
	CTI_DIALOG_EV_REMOTE_BYE,
	CTI_DIALOG_EV_ERROR,
	CTI_DIALOG_EV_TIMEOUT,
};

enum cti_dialog_direction {
	CTI_DIALOG_DIR_NONE,
	CTI_DIALOG_INITIATOR,
	CTI_DIALOG_RECIPIENT
};
enum cti_rendering { CTI_RENDERING_NONE, CTI_RENDERING_NO, CTI_RENDERING_YES };

struct cti_dialog_party {
	const char *uri;  /* identity, as written; NULL if absent */
	const char *user; /* its user part, unescaped; NULL if absent */
	const char *host;
	const char *display;          /* NULL if absent */
	const char *target;           /* <target uri>; NULL if absent */
	enum cti_rendering rendering; /* +sip.rendering of the target, pval or pvalue */
};

struct cti_dialog {
	const char *id;
	const char *call_id; /* NULL if absent, as the next two */
	const char *local_tag;
	const char *remote_tag;
	enum cti_dialog_direction direction;
	enum cti_dialog_state state;
	enum cti_dialog_event event;
	uint16_t code; /* SIP status in <state code=>; 0 if absent */
	struct cti_dialog_party local;
	struct cti_dialog_party remote;
	const char *replaces_call_id; /* <replaces>; NULL if absent */
	const char *referred_by;      /* NULL if absent */
};

struct cti_report_dialogs {
	int64_t at_us;
	const char *line;   /* whose subscription */
	const char *entity; /* as written; NULL if absent */
	uint32_t version;
	bool full; /* as the document claims; whether it is true is the source's business */
	bool ill_formed; /* nothing else is valid: the state is what it was, ask again */
	const struct cti_dialog *dialogs;
	size_t n;
};

/* ---- channels (AMI, ESL) ----------------------------------------------- */

enum cti_channel_what {
	CTI_CH_NEW,      /* a channel was made; placed tells who began */
	CTI_CH_EXISTS,   /* a line of a snapshot: it is there, as state and bridge say */
	CTI_CH_RINGING,  /* it alerts its device */
	CTI_CH_UP,       /* answered */
	CTI_CH_IDENTITY, /* caller or connected line changed */
	CTI_CH_LOCAL_PAIR,   /* channel and other are the two ends of one inner hop */
	CTI_CH_DIAL_BEGIN,   /* channel calls other; channel NULL: the PBX itself does */
	CTI_CH_DIAL_END,     /* status: how it went */
	CTI_CH_BRIDGE_ENTER, /* bridge */
	CTI_CH_BRIDGE_LEAVE,
	CTI_CH_HOLD, /* this channel's device pressed hold */
	CTI_CH_UNHOLD,
	CTI_CH_BLIND_TRANSFER, /* channel = transferrer, other = transferee, number = target */
	CTI_CH_ATTENDED_TRANSFER, /* channel, other = the transferrer's two channels */
	CTI_CH_PICKUP,            /* channel took the call that rang at other */
	CTI_CH_PARK,              /* channel = parked, number = slot */
	CTI_CH_RETRIEVE,          /* channel = parked, other = who fetched it */
	CTI_CH_QUEUE_JOIN,        /* queue */
	CTI_CH_QUEUE_LEAVE,
	CTI_CH_QUEUE_ABANDON,
	CTI_CH_ORIGINATED,     /* how a call that the PBX was asked for went at its first
			    * phone: number = whom that phone is to reach */
	CTI_CH_HANGUP_REQUEST, /* its device wants out: gives up, refuses (cause), hangs up */
	CTI_CH_HANGUP,         /* it is gone; cause */
};

enum cti_channel_state { CTI_CHAN_DOWN, CTI_CHAN_RINGING, CTI_CHAN_UP };

enum cti_dial_status {
	CTI_DIAL_NONE,
	CTI_DIAL_ANSWER,
	CTI_DIAL_BUSY,
	CTI_DIAL_CANCEL,
	CTI_DIAL_NOANSWER,
	CTI_DIAL_CHANUNAVAIL,
	CTI_DIAL_CONGESTION,
	CTI_DIAL_OTHER,
};

enum cti_channel_kind {
	CTI_CHAN_LINE,  /* a phone inside; line is NULL if it is not watched */
	CTI_CHAN_TRUNK, /* the outside */
	CTI_CHAN_LOCAL, /* an inner hop of the PBX, nobody's phone */
	CTI_CHAN_OWN,   /* our own account at the PBX */
	CTI_CHAN_OTHER, /* announcers, recorders and the like: no party */
};

/* A number that is not to be presented is not here: NULL, as is the name. */
struct cti_channel_party {
	const char *number; /* NULL if unknown */
	const char *name;
	enum cti_presentation presentation;
};

struct cti_report_channel {
	int64_t at_us;
	enum cti_channel_what what;
	const char *channel; /* unique id, stable for the channel's life */
	const char *other;   /* unique id of the second channel; NULL if none */
	const char *call;    /* the PBX's call key (Linkedid) now; NULL if not told */
	enum cti_channel_kind kind; /* NEW and EXISTS only, as the next five */
	const char *device;         /* endpoint: "201", "itsp" */
	const char *line;           /* a watched line, or NULL */
	const char *dialled;        /* what its device dialled; NULL unless placed */
	bool placed; /* its device began the call; else the PBX calls the device */
	enum cti_channel_state state;       /* EXISTS */
	uint32_t age_s;                     /* EXISTS: since it was made */
	struct cti_channel_party caller;    /* NEW, EXISTS, IDENTITY */
	struct cti_channel_party connected; /* IDENTITY */
	const char *exten; /* where the dialplan is now; NULL if not told */
	const char *number;
	const char *bridge; /* BRIDGE_*; EXISTS: where it is, or NULL */
	bool waiting;       /* BRIDGE_ENTER: a bridge to wait in (parking), no talk */
	const char *queue;
	enum cti_dial_status status;
	struct cti_cause cause;
};

/* ---- the link itself ---------------------------------------------------- */

enum cti_link_what {
	CTI_LINK_DOWN,
	CTI_LINK_UP,
	CTI_LINK_LINE_LOST,      /* the subscription of one line ended */
	CTI_LINK_LINE_UP,        /* ... is back; a true list follows */
	CTI_LINK_SNAPSHOT_BEGIN, /* what follows is the whole truth ... */
	CTI_LINK_SNAPSHOT_END,   /* ... and what was not in it is gone */
	CTI_LINK_BOOTED,         /* API: the PBX runs since up_s; calls older than that
				  * died with it */
	CTI_LINK_SHUTDOWN,       /* API: the PBX says that it ends now */
};

struct cti_report_link {
	int64_t at_us;
	enum cti_provenance source; /* DIALOG or API */
	enum cti_link_what what;
	const char *line; /* LINE_* only */
	const char *why;  /* for people; may be NULL */
	uint32_t up_s;    /* BOOTED */
};

struct cti_report_sink {
	void (*dialogs)(const struct cti_report_dialogs *rep, void *arg);
	void (*channel)(const struct cti_report_channel *rep, void *arg);
	void (*link)(const struct cti_report_link *rep, void *arg);
	void *arg;
};

#endif
