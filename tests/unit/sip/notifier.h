/*
 * notifier.h -- a PBX by script, on a thread and sockets of its own: it answers each
 * SUBSCRIBE by the next word of its script and keeps count of what it got.
 */
#ifndef TEST_SIP_NOTIFIER_H
#define TEST_SIP_NOTIFIER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct notifier;

/*
 * words: one for each SUBSCRIBE, the last one repeats:
 *   "200"            and a NOTIFY of an idle line behind it
 *   "200early"       the NOTIFY comes first
 *   "200mute"        no NOTIFY
 *   "200zero"        Expires: 0
 *   "200end:REASON"  NOTIFY: terminated;reason=REASON behind it
 *   "CODE"           a final answer; "CODE:Header: value" with a header more
 *   "silent"         nothing
 */
void notifier_start(struct notifier **np, const char *const *words);
void notifier_stop(struct notifier *n);
/* The same for INVITEs and REFERs, whose answers are 200 and 202 else. Before anything
 * is sent. */
void notifier_dial(
	struct notifier *n, const char *const *invites, const char *const *refers);
uint16_t notifier_port(const struct notifier *n);
unsigned notifier_subscribes(struct notifier *n);
/* REFERs and BYEs that came. */
unsigned notifier_refers(struct notifier *n);
unsigned notifier_byes(struct notifier *n);
/* A request in the dialog of the last INVITE. */
void notifier_in_dial(struct notifier *n, const char *method, const char *headers,
	const char *body);
/* Status of the last answer to a NOTIFY of ours; 0: none yet. */
unsigned notifier_answer(struct notifier *n);

/* The address that the last SUBSCRIBE came from; text of the last NOTIFY, to be
 * changed and sent again by the test, from wherever it likes. */
uint16_t notifier_watcher_port(struct notifier *n);
size_t notifier_last_notify(struct notifier *n, char *buf, size_t size);
/* From the notifier's own socket. */
void notifier_send(struct notifier *n, const void *data, size_t len);

#endif
