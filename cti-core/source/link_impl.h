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
	GROUP_US = 1500 * 1000,        /* members of a ring group begin to ring */
	GROUP_UNNAMED_US = 200 * 1000, /* same, of a caller without a number */
	HANDED_US = 1500 * 1000,       /* talk ends here, ring begins there: transfer */
	NEXT_AGENT_US = 2000 * 1000,   /* ring ends here, ring begins there: queue */
	EXPECT_US = 2000 * 1000,       /* the caller's own document, after the ring's */
	DIAL_US = 5000 * 1000,         /* off hook, then somebody rings for it */
	FORK_US = 300 * 1000,          /* two phones of one line begin to ring */
	/* Off hook here, then a ring stops there: Asterisk answers the picker first and
	 * waits half a second for media. */
	PICKUP_US = 600 * 1000,
	PICKUP_LATE_US = 100 * 1000, /* the same told in the other order */
	PROGRAM_US = 250 * 1000,     /* answered, then on hold */
	TOGETHER_US = 150 * 1000,    /* rings that stop at once */
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
