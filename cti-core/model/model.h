/*
 * model.h -- what is true right now: conversations and their legs.
 *
 * Pure: no I/O, no clock, no timers. Every call carries the time; the same calls
 * in the same order give the same state, the same ids, the same effects.
 *
 * The source (source/dialogs.c, source/channels.c) drives it; what follows from a
 * change goes out through the effects, all of them from inside cti_model_settle()
 * and in this order for each conversation: identified, changed, pop,
 * pop_withdrawn, ended. They must not call mutators.
 *
 * Thread: core only. Handles are borrowed. A conversation that was ended or merged
 * takes further facts (cause, who hung up) until the settle that tells its end;
 * then the handle is gone. Of a merged one the part handles are gone at once.
 */
#ifndef CTI_MODEL_H
#define CTI_MODEL_H

#include <cti/call.h>

struct cti_model;
struct cti_conv; /* a live conversation */
struct cti_part; /* a live leg of it */

struct cti_model_effects {
	/* c->version rose. Called at most once per cti_model_settle(). */
	void (*changed)(const struct cti_conversation *c, void *arg);
	/* The final picture, instead of changed; the handle is gone when this returns.
	 * merged_into set: it lives on there and is no call of its own. */
	void (*ended)(const struct cti_conversation *c, void *arg);
	/* Show c to the users of line. Once per (conversation, line, reason). */
	void (*pop)(const struct cti_conversation *c, const char *line, const char *why,
		void *arg);
	/* Take it away: "answered-elsewhere", "caller-gave-up", "ended", "transferred" ... */
	void (*pop_withdrawn)(const struct cti_conversation *c, const char *line,
		const char *why, void *arg);
	/* The external party became known or changed: ask the directory. */
	void (*identified)(const struct cti_conversation *c, void *arg);
	void *arg;
};

/* epoch goes into ids: a number made when the journal is. 0 or ENOMEM. */
int cti_model_alloc(
	struct cti_model **mp, uint64_t epoch, const struct cti_model_effects *effects);
void cti_model_free(struct cti_model *m);

/* Before each input: a number of its own, at least 256 more than the one before. Ids
 * then depend on the input that made them and not on how many came before it, so a
 * replay that begins in the middle of a journal names everything as before. */
void cti_model_set_serial(struct cti_model *m, uint64_t serial);

/* How raw numbers of a PBX are to be read: fills e164 ("" unless it is a valid public
 * number) and display. A pure function of its arguments. Without one there is no e164. */
enum { CTI_E164_BYTES = 24, CTI_DISPLAY_BYTES = 40 };
typedef void(cti_model_number_h)(const char *pbx, const char *raw,
	char e164[CTI_E164_BYTES], char display[CTI_DISPLAY_BYTES], void *arg);
void cti_model_on_number(struct cti_model *m, cti_model_number_h *h, void *arg);

/* Does the pop wait for the answer at this line, queue NULL: outside of queues? Asked when
 * it rings. Without one every pop comes at the ring. */
typedef bool(cti_model_pop_waits_h)(const char *line, const char *queue, void *arg);
void cti_model_on_pop_waits(struct cti_model *m, cti_model_pop_waits_h *h, void *arg);

/* Tell the effects of everything since the last call. After each input. */
void cti_model_settle(struct cti_model *m);

/* ---- conversations ------------------------------------------------------ */

struct cti_conv *cti_conv_new(struct cti_model *m, int64_t at_us, const char *pbx,
	const char *pbx_key); /* NULL: out of memory */
/* The picture now, segments included; borrowed until the next mutator. */
const struct cti_conversation *cti_conv_view(struct cti_conv *c);
struct cti_conv *cti_conv_find(struct cti_model *m, const char *id);

/* Setters: a fact of lower provenance never replaces a higher one; NULL or
 * UNKNOWN never replaces a value. Return true if something changed. */
bool cti_conv_set_direction(
	struct cti_conv *c, enum cti_direction v, enum cti_provenance p);
bool cti_conv_set_external(struct cti_conv *c, const char *number, const char *name,
	enum cti_presentation pres, enum cti_provenance p);
/* An internal call's beginner that is not a watched line. */
bool cti_conv_set_inside(
	struct cti_conv *c, const char *number, const char *name, enum cti_provenance p);
/* UNKNOWN: it began before anybody looked. */
void cti_conv_set_start(struct cti_conv *c, int64_t start_us);
/* Two people talk, though none of them may be a watched line. The first time counts. */
void cti_conv_set_answered(struct cti_conv *c, int64_t at_us);
/* What looked like the answer crossed the caller's giving up (RFC 3261 section 9): nobody
 * talked, and those who took the call are "cancelled". */
void cti_conv_unanswer(struct cti_conv *c, int64_t at_us);
/* What looked like an answer may have been none: nobody knows whether anybody talked. */
void cti_conv_doubt_answer(struct cti_conv *c, int64_t at_us);
bool cti_conv_set_dialled(struct cti_conv *c, const char *v, enum cti_provenance p);
bool cti_conv_set_initiator(struct cti_conv *c, const char *v, enum cti_provenance p);
bool cti_conv_set_queue(struct cti_conv *c, const char *v, enum cti_provenance p);
bool cti_conv_set_ended_by(struct cti_conv *c, const char *v, enum cti_provenance p);
bool cti_conv_set_cause(struct cti_conv *c, struct cti_cause v, enum cti_provenance p);
void cti_conv_add_facts(struct cti_conv *c, unsigned facts);
void cti_conv_set_click_to_dial(struct cti_conv *c);
/* The ring at line was the agent's own (click-to-dial), as is now known: the line is
 * the caller, its card is taken away, and what was taken for a caller, for an answer
 * and for talk is forgotten. Who knows better sets it afterwards. */
void cti_conv_own_ring(struct cti_conv *c, int64_t at_us, const char *line);
void cti_conv_add_trace(struct cti_conv *c, int64_t at_us, const char *what,
	const char *detail_fmt, ...) __attribute__((format(printf, 4, 5)));

/* ---- legs --------------------------------------------------------------- */

/* A line's leg; the same line has one leg a conversation, however many phones. A line
 * whose leg has ended and that comes back (a queue rings it again) gets another one.
 * NULL: out of memory. */
struct cti_part *cti_part_get(
	struct cti_conv *c, int64_t at_us, const char *line, enum cti_role role);
/* The line's latest leg, or NULL. */
struct cti_part *cti_part_find(struct cti_conv *c, const char *line);
const struct cti_leg *cti_part_view(const struct cti_part *p);
struct cti_conv *cti_part_conv(const struct cti_part *p);
/* By the table; EPROTO when it refuses (counted, traced, nothing changes). at_us
 * UNKNOWN: it has happened, nobody knows when. The first ANSWER of a conversation is
 * its answer; a phone that was picked up for click-to-dial and still waits for the
 * other side gets QUEUE instead. */
int cti_part_step(
	struct cti_part *p, int64_t at_us, enum cti_leg_event ev, struct cti_cause cause);
/* What the leg does now it did before anybody looked: its joining and its last span
 * began nobody knows when. */
void cti_part_since_unknown(struct cti_part *p);
void cti_part_set_result(struct cti_part *p, enum cti_result r);
void cti_part_set_role(struct cti_part *p, enum cti_role r);

/* ---- joining ------------------------------------------------------------ */

void cti_conv_transfer(struct cti_conv *c, int64_t at_us, enum cti_transfer_kind kind,
	const char *from, const char *to);
/* The latest transfer went to several lines, and this one took the call. */
void cti_conv_transfer_got(struct cti_conv *c, const char *to);
/* The consultation (or the other loose end) becomes part of into. from is gone. Pops:
 * a consulted line is now shown the outside party. */
void cti_conv_merge(struct cti_conv *into, struct cti_conv *from, int64_t at_us);
/* It is over, and with it every leg that still lives. outcome NONE: concluded from its
 * legs (outcome.c). end_us may be UNKNOWN. */
void cti_conv_end(struct cti_conv *c, int64_t end_us, enum cti_outcome outcome);

/* ---- what others add ----------------------------------------------------- */

void cti_conv_set_contacts(struct cti_conv *c, const char *json);

struct cti_note {
	int64_t at_us;
	const char *id; /* of the writer's own, or NULL */
	const char *user;
	const char *text;
	const char *disposition; /* NULL: not said */
};
/* A note of the same user with the same id is replaced, its time stays. E2BIG: the
 * conversation's notes together are too long. */
int cti_conv_put_note(struct cti_conv *c, const struct cti_note *note);

/* Every live conversation, in no order that means anything. h must not call mutators. */
void cti_model_each(struct cti_model *m,
	void (*h)(const struct cti_conversation *c, void *arg), void *arg);
size_t cti_model_count(const struct cti_model *m);
uint64_t cti_model_refused(const struct cti_model *m);

#endif
