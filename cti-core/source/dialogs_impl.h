/*
 * dialogs_impl.h -- what dialogs.c, dialect.c and link.c share. Nobody else.
 */
#ifndef CTI_DIALOGS_IMPL_H
#define CTI_DIALOGS_IMPL_H

#include "dialogs.h"
#include "due.h"
#include "party.h"
#include "strmap.h"

/* Who writes the documents. */
enum cti_dialect {
	CTI_DIALECT_UNKNOWN,
	CTI_DIALECT_DEVICE,  /* Asterisk: one dialog, the extension's device state */
	CTI_DIALECT_CHANNEL, /* FreeSWITCH: one dialog a channel, named by UUID */
	CTI_DIALECT_DIALOG,  /* Kamailio and RFC 4235 as written */
};

enum cti_phase_of_track {
	CTI_TRACK_DIALLING, /* began a call; not known to be answered */
	CTI_TRACK_RINGING,
	CTI_TRACK_UNSURE, /* rang beside a talk, and stopped: answered or not? */
	CTI_TRACK_GROUP,  /* one of several that all claim to have answered */
	CTI_TRACK_TALKING,
	CTI_TRACK_REFUSED, /* it was offered a call and is about to be over */
	CTI_TRACK_OVER,
};

struct cti_call;

struct cti_track {
	struct cti_track *next;      /* of its line */
	struct cti_track *call_next; /* of its call */
	struct cti_line *line;
	struct cti_call *call; /* NULL: belongs to no conversation */
	char *id;
	char *key; /* the same on every line that takes part; NULL: none */
	enum cti_phase_of_track phase;
	bool initiator;  /* the document said so */
	bool adopted;    /* it was there before anybody looked */
	bool held;       /* this line put the other side on hold */
	bool being_held; /* the other side put this line on hold */
	bool shown;      /* in the document that is being read */
	bool offered;    /* an INVITE is on its way to it; no part of any call yet */
	bool suspect;    /* the PBX itself may be the caller; see special.c */
	bool vague;      /* over, or answered: a document could not tell */
	bool hidden;     /* left out of a list that shows the most telling dialog only */
	struct cti_who remote;
	char *dialled; /* what the caller dialled, if the documents tell; NULL */
	int64_t since_us;
	int64_t answered_us;
	int64_t over_us; /* or UNKNOWN */
	enum cti_dialog_event end_event;
	uint16_t end_code;
};

struct cti_line {
	struct cti_line *next;
	char *name;
	bool up;    /* its subscription is there, as far as known */
	bool fresh; /* the next document is the first one: adopt what it shows */
	bool heard; /* there was a document */
	bool have_version;
	uint32_t version;
	int64_t doc_us;
	int64_t asked_us; /* last time it was wanted */
	struct cti_track *tracks;
	/* The call in which the line takes part without a dialog of its own: it is named
	 * as the caller, and its document has not come or cannot tell two calls apart. */
	struct cti_call *virt;
	/* The calls that this line left last, talking, the latest first: for transfers. */
	struct {
		struct cti_call *call;
		int64_t at_us;
	} left[2];
	/* Click-to-dial of ours: until when its next ring is its own. */
	int64_t dial_until_us;
	char *dial_number;
};

/* A conversation that the documents made. */
struct cti_call {
	struct cti_due due; /* first: the heap gives it back */
	struct cti_conv *conv;
	struct cti_track *tracks;
	struct cti_call *who_next; /* others with the same outside party */
	char *key;
	char *who_key;
	struct cti_line *caller; /* watched line that began it, or NULL */
	struct cti_line *leaver; /* who went while others stayed */
	struct cti_call *prev, *next;
	struct cti_line **refs; /* lines that point here with virt or left */
	size_t nrefs;
	int64_t began_us;
	int64_t over_us; /* if it is over: since then. NONE: goes on */
	bool own_ring;   /* click-to-dial */
	bool answered;
	bool handed;   /* it was handed on, and nobody has answered since */
	bool expected; /* its caller is a line that was idle when the ring began */
	bool waited;   /* it may have waited in a queue for this line to be free */
	bool outward;  /* a call out that was handed on: its outside party was called */
	/* Of a lone call (outgoing.c) the one in which its caller rings somebody now, and
	 * the other way round. */
	struct cti_call *beside;
};

enum { CTI_RECENT = 4 };

struct cti_dialogs {
	struct cti_model *m;
	const struct cti_pbx_conf *conf;
	cti_dialogs_want_h *want;
	void *want_arg;
	enum cti_dialect dialect;
	bool partial; /* it writes partial documents, so its full ones are full */
	bool one_key; /* it gives all legs of a call one Call-ID */
	int64_t link_us; /* when the link to the PBX came or went last; 0: never */
	bool shadow;
	struct cti_strmap *lines; /* struct cti_line */
	struct cti_strmap *keys;  /* struct cti_call by call-id */
	struct cti_strmap *whos;  /* struct cti_call by outside party; chained */
	struct cti_line *line_list;
	struct cti_call *calls;
	struct cti_due_heap due;
	struct cti_line *round; /* whose age is looked at next */
	/* For pick-ups: who went off hook, and whose ring stopped, just now. */
	struct cti_track *off_hook[CTI_RECENT];
	struct {
		struct cti_line *line;
		struct cti_call *call;
		int64_t at_us;
	} stopped[CTI_RECENT];
	unsigned off_hook_n, stopped_n;
	/* Lone calls that ended last. */
	struct {
		struct cti_call *call; /* NULL: told already */
		int64_t at_us;
	} lone[CTI_RECENT];
	unsigned lone_n;
};

struct cti_line *cti_dialogs_line(struct cti_dialogs *d, const char *name);
void cti_dialogs_want(struct cti_dialogs *d, struct cti_line *l, int64_t at_us);

/* dialect.c */
void cti_dialect_read(
	struct cti_dialogs *d, struct cti_line *l, const struct cti_report_dialogs *rep);
struct cti_track *cti_track_new(struct cti_line *l, const char *id, int64_t at_us);
void cti_track_free(struct cti_track *t);

/* link.c: what happened to a track. */
void cti_link_new(struct cti_dialogs *d, struct cti_track *t, int64_t at_us);
void cti_link_answered(struct cti_dialogs *d, struct cti_track *t, int64_t at_us);
void cti_link_unsure(struct cti_dialogs *d, struct cti_track *t, int64_t at_us);
void cti_link_hold(struct cti_dialogs *d, struct cti_track *t, int64_t at_us);
void cti_link_over(struct cti_dialogs *d, struct cti_track *t, int64_t at_us);
void cti_link_own_ring(struct cti_dialogs *d, struct cti_track *t, int64_t at_us);
/* A dialog that was over when it was first seen, of a call that lives on elsewhere. */
void cti_link_brief(struct cti_dialogs *d, struct cti_line *l, const char *key,
	const struct cti_who *remote, const char *dialled, const struct cti_dialog *dlg,
	int64_t at_us);
void cti_link_due(struct cti_dialogs *d, int64_t now_us);
/* Its conversation is somebody else's business now; its tracks belong to none. */
void cti_call_drop(struct cti_dialogs *d, struct cti_call *c);

#endif
