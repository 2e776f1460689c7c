/*
 * link_impl.h -- what link.c, calls.c and special.c share: windows of time, and the
 * life of a struct cti_call.
 */
#ifndef CTI_LINK_IMPL_H
#define CTI_LINK_IMPL_H

#include "dialogs_impl.h"

/* How far apart two reports may be and still tell of one thing; microseconds. All
 * were measured on the captured products, with room to spare. */
enum {
	SETTLE_US = 500 * 1000,        /* the PBX's own reports of one event */
	GROUP_US = 700 * 1000,         /* members of a ring group begin to ring */
	GROUP_UNNAMED_US = 200 * 1000, /* same, of a caller without a number */
	HANDED_US = 1500 * 1000,       /* talk ends here, ring begins there: transfer */
	NEXT_AGENT_US = 2000 * 1000,   /* ring ends here, ring begins there: queue */
	EXPECT_US = 2000 * 1000,       /* the caller's own document, after the ring's */
	DIAL_US = 1000 * 1000,         /* off hook, then somebody rings for it */
	FORK_US = 300 * 1000,          /* two phones of one line begin to ring */
	/* Off hook here, then a ring stops there: Asterisk 16 and 22 take the call at once,
	 * or answer the picker first and wait half a second for media that does not come
	 * (measured: 0 to 20 ms, 458 to 526 ms). Between the two somebody else dials. */
	PICKUP_US = 150 * 1000,
	PICKUP_MEDIA_US = 440 * 1000,
	PICKUP_MEDIA_END_US = 580 * 1000,
	PICKUP_LATE_US = 100 * 1000, /* the same told in the other order */
	PROGRAM_US = 250 * 1000,     /* answered, then on hold */
	TOGETHER_US = 150 * 1000,    /* rings that stop at once */
	CROSSED_US = 80 * 1000,      /* an answer and an end that crossed it */
	QUIET_US = 5000 * 1000,      /* nobody else did the like: no coincidence */
	GAP_US = 55 * 1000 * 1000,   /* lines are heard of after the link is back; no ghost
				      * outlives that by more than 5 s */
};

const char *cti_link_phase_name(enum cti_phase_of_track phase);

/* calls.c */
/* What tells one outside party from others: the number; those who withhold it are all
 * alike. NULL: nothing. */
const char *cti_who_key(const struct cti_who *who);
struct cti_call *cti_call_new(struct cti_dialogs *d, struct cti_track *t, int64_t now_us);
/* l->virt or l->left points to c: it is cleared when c is gone. false: no memory. */
bool cti_call_ref(struct cti_call *c, struct cti_line *l);
void cti_call_set_key(struct cti_dialogs *d, struct cti_call *c, const char *key);
/* So that others of the same outside party find it. */
void cti_call_list_who(
	struct cti_dialogs *d, struct cti_call *c, const struct cti_who *who);
void cti_call_finish(struct cti_dialogs *d, struct cti_call *c, int64_t end_us);
void cti_call_merge(struct cti_dialogs *d, struct cti_call *into, struct cti_call *from,
	int64_t at_us);
bool cti_call_any_live(const struct cti_call *c);
bool cti_call_any_phase_but(const struct cti_call *c, enum cti_phase_of_track phase,
	const struct cti_track *but);
bool cti_call_was_rung(const struct cti_call *c);

/* link.c */
void cti_link_left(struct cti_dialogs *d, struct cti_call *c, struct cti_line *l,
	bool talked, int64_t at_us, int64_t now_us);

/* outgoing.c: calls of which a device says no more than that it is in use. */
bool cti_lone_is(const struct cti_dialogs *d, const struct cti_call *c);
void cti_lone_ended(struct cti_dialogs *d, struct cti_call *c, int64_t at_us);
/* The lone call whose other side rings at t now; NULL: none, or nobody can say. */
struct cti_call *cti_lone_handed_on(
	const struct cti_dialogs *d, const struct cti_track *t, int64_t now_us);
void cti_lone_hand_on(struct cti_dialogs *d, struct cti_call *c,
	const struct cti_track *t, int64_t now_us);
void cti_lone_beside(struct cti_dialogs *d, struct cti_call *c, struct cti_line *from);
/* c or the call beside it is over: true if they are one and c is no more. */
bool cti_lone_settle(struct cti_dialogs *d, struct cti_call *c, int64_t now_us);
void cti_lone_forget(struct cti_dialogs *d, const struct cti_call *c);

/* special.c: expected callers, click-to-dial, pick-up. */
void cti_link_expect(
	struct cti_dialogs *d, struct cti_call *c, struct cti_line *from, int64_t now_us);
void cti_link_own_dial(
	struct cti_dialogs *d, struct cti_call *c, struct cti_track *t, int64_t now_us);
bool cti_link_is_own_ring(
	const struct cti_dialogs *d, const struct cti_call *c, int64_t now_us);
/* The dial of ours with which the new dialog goes on; NULL: none. */
struct cti_call *cti_link_dial_of(const struct cti_track *t);
void cti_pickup_check(struct cti_dialogs *d, struct cti_track *t, int64_t now_us);
void cti_pickup_stopped(struct cti_dialogs *d, struct cti_track *t, int64_t now_us);
void cti_pickup_forget(struct cti_dialogs *d, const struct cti_call *c);

#endif
