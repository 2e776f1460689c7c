/*
 * cti/pbx.h -- what a PBX connector promises, and what the core promises back.
 *
 * A connector has two halves. The wire half talks to the PBX (core thread, never
 * waits) and hands on whole messages as they came. The reader half is pure: it
 * turns such a message into reports. Between the two stands the journal, so what
 * was acknowledged can be read again by a later process, or by `replay`, through
 * the same code:
 *
 *	PBX --wire half--> input --journal--> reader half --report--> source --> model
 *	PBX <--wire half-- command <-- browser
 */
#ifndef CTI_PBX_H
#define CTI_PBX_H

#include <cti/report.h>

#define CTI_PBX_ABI 1u /* raised when this header changes meaning */

/* ---- inputs: what the journal keeps ------------------------------------- */

enum cti_input_kind {
	CTI_INPUT_NOTIFY = 1, /* data: body of a NOTIFY that was accepted; may be empty */
	CTI_INPUT_AMI = 2,  /* data: one AMI message, CRLF lines, without the empty one */
	CTI_INPUT_LINK = 3, /* data: "down why", "up", "line-lost why", "line-up",
			       * "snapshot-begin", "snapshot-end" */
	CTI_INPUT_TICK = 4, /* time passed: bounded lives are looked at. No data */
	CTI_INPUT_DIAL = 5, /* we asked for a call: line; data: "REQUEST NUMBER". Its own
			       * ring is not an incoming call */
	/* What is not from a PBX but changes the picture; line: the conversation's id. */
	CTI_INPUT_CONTACTS = 6, /* data: the directory's answer, JSON */
	/* ctype: the user's name; data: {"id","text","disposition"} */
	CTI_INPUT_NOTE = 7,
	CTI_INPUT_TRACE = 8, /* ctype: what; data: detail */
	/* How links and lines stand (source.h): from here a restart can begin to read. */
	CTI_INPUT_STANDING = 9,
};

struct cti_input {
	int64_t at_us;
	enum cti_input_kind kind;
	enum cti_provenance source; /* LINK: which of a PBX's two links */
	const char *pbx;            /* section name */
	const char *line;  /* NOTIFY and LINK line-*: whose subscription; else "" */
	const char *ctype; /* NOTIFY: Content-Type; else "" */
	const char *data;
	size_t len_bytes;
};

/* ---- reader half --------------------------------------------------------- */

struct cti_reader; /* owned by the source; holds what parsing needs to remember */

struct cti_reader_conf {
	const char *pbx;
	const char *const *lines; /* watched extensions */
	size_t nlines;
	const char *const *trunks; /* names of trunk endpoints; may be empty: guess */
	size_t ntrunks;
	const char *own;    /* our own account at the PBX, or NULL: no party to a call */
	bool show_withheld; /* hand on numbers that are not to be presented */
};

struct cti_reader_ops {
	const char *name;
	unsigned kinds; /* 1 << enum cti_input_kind: which inputs it takes */
	int (*alloc)(struct cti_reader **rp, const struct cti_reader_conf *conf,
		const struct cti_report_sink *sink);
	void (*free)(struct cti_reader *r);
	/* 0; EBADMSG if nothing could be made of it (the source counts it). */
	int (*read)(struct cti_reader *r, const struct cti_input *in);
};

extern const struct cti_reader_ops cti_reader_dialog; /* connectors/pbx/sip */
extern const struct cti_reader_ops cti_reader_ami;    /* connectors/pbx/asterisk */

/* ---- commands ------------------------------------------------------------ */

enum cti_pbx_cap {
	CTI_PBX_CAN_DIAL = 1 << 0,
	CTI_PBX_CAN_ANSWER = 1 << 1,
	CTI_PBX_CAN_HANGUP = 1 << 2,
	CTI_PBX_CAN_HOLD = 1 << 3,
	CTI_PBX_CAN_TRANSFER = 1 << 4, /* blind */
	CTI_PBX_CAN_CONSULT = 1 << 5,  /* attended */
};

enum cti_verb {
	CTI_VERB_DIAL,
	CTI_VERB_CANCEL, /* a dial of ours that is not through yet */
	CTI_VERB_ANSWER,
	CTI_VERB_HANGUP,
	CTI_VERB_HOLD,
	CTI_VERB_RESUME,
	CTI_VERB_TRANSFER,         /* blind, to number */
	CTI_VERB_CONSULT_TRANSFER, /* attended: number is called while the caller waits */
	CTI_VERB_COMPLETE,         /* the consultation becomes the transfer */
	CTI_VERB_BACK,             /* it does not: back to the caller */
	CTI_VERBS
};

struct cti_command {
	const char *id; /* ours, unique, safe as a PBX channel id: [0-9a-z-]{1,36} */
	enum cti_verb verb;
	const char *line;         /* whose phone */
	const char *number;       /* the PBX's dial string, already by policy and plan */
	const char *show;         /* what the agent's phone should show; may be NULL */
	const char *conversation; /* id, for what is not DIAL */
	const char *pbx_key;      /* the conversation's pbx_key, for what is not DIAL */
	uint32_t ring_s;          /* how long the agent's phone may ring */
};

enum cti_phase {
	CTI_PHASE_SENT,
	CTI_PHASE_AGENT_RINGING,
	CTI_PHASE_AGENT_ANSWERED,
	CTI_PHASE_CUSTOMER_RINGING,
	CTI_PHASE_CONNECTED,
	CTI_PHASE_DONE,   /* final: as asked */
	CTI_PHASE_FAILED, /* final: cause */
};

struct cti_progress {
	const char *id;
	enum cti_phase phase;
	struct cti_cause cause;
	const char
		*why; /* a word of schema/ws/protocol.md: "agent-no-answer", "agent-busy",
			  * "agent-declined", "agent-unreachable", "customer-busy",
			  * "customer-no-answer", "customer-declined", "not-found",
			  * "congestion", "cancelled", "pbx-unreachable",
			  * "not-supported", "timeout", "refused" */
};

/* ---- wire half ----------------------------------------------------------- */

/* Core side. Copied by alloc(); valid for as long as the connector lives. */
struct cti_pbx_sink {
	/* Appends to the journal, then reads and applies. Only after it returned 0
	 * may the connector acknowledge. ENOSPC: journal full, do not acknowledge. */
	int (*input)(const struct cti_input *in, void *arg);
	/* Progress of commands; after DONE or FAILED nothing more for that id. */
	void (*progress)(const struct cti_progress *p, void *arg);
	void *arg;
};

struct cti_pbx_conf; /* cti/conf.h: the section, read-only */

/* First member of every connector's instance. */
struct cti_pbx {
	const struct cti_pbx_ops *ops;
	struct cti_pbx_sink sink;
};

/* A connector's health, for /healthz, metrics and doctor. */
struct cti_pbx_status {
	bool up;
	unsigned lines_watched;
	unsigned lines_active;
	uint64_t inputs;
	uint64_t errors;
	uint64_t dropped; /* datagrams for which the port's buffer had no room */
	char detail[160]; /* for people, names the remedy when not up */
};

struct cti_pbx_ops {
	unsigned abi;
	const char *name;
	enum cti_provenance source; /* DIALOG or API */
	/* Make an instance; no network yet. *pbxp is owned by the caller. */
	int (*alloc)(struct cti_pbx **pbxp, const struct cti_pbx_conf *conf,
		const struct cti_pbx_sink *sink);
	/* Begin to connect. Retries are the connector's own business. */
	int (*start)(struct cti_pbx *pbx);
	/* Say goodbye on the wire; closed() is called within 2 s, once. */
	void (*stop)(struct cti_pbx *pbx, void (*closed)(void *arg), void *arg);
	void (*free)(struct cti_pbx *pbx);
	unsigned (*caps)(const struct cti_pbx *pbx);
	unsigned could; /* what caps() may hold with other settings */
	/* 0: progress will come. ENOTSUP, ENOTCONN, EBUSY: nothing will. cmd borrowed. */
	int (*command)(struct cti_pbx *pbx, const struct cti_command *cmd);
	/* Ask for the whole truth again (reconcile): all lines, or one. */
	int (*refresh)(struct cti_pbx *pbx, const char *line);
	void (*status)(const struct cti_pbx *pbx, struct cti_pbx_status *st);
};

extern const struct cti_pbx_ops cti_pbx_sip;
extern const struct cti_pbx_ops cti_pbx_asterisk;

const char *cti_verb_name(enum cti_verb v);
const char *cti_phase_name(enum cti_phase v);

#endif
