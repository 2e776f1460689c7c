/*
 * command.h -- what users ask for: rights, rate, number plan, routing to the
 * connector, and exactly one final answer each.
 *
 * A command never changes the model; the PBX's next report does.
 *
 * Thread: core only.
 */
#ifndef CTI_COMMAND_H
#define CTI_COMMAND_H

#include "number.h"

#include <cti/pbx.h>

struct cti_commands;

enum cti_user_role { CTI_USER_AGENT, CTI_USER_SUPERVISOR, CTI_USER_ADMIN };

/* A request as it came from the hub; all borrowed. */
struct cti_command_request {
	const char *user_id;
	enum cti_user_role role;
	const char *const *lines; /* the user's own */
	size_t nlines;
	const char *id; /* the client's, idempotent per user */
	enum cti_verb verb;
	const char *line;         /* NULL: the user's first */
	const char *number;       /* DIAL, TRANSFER: anything pasted */
	const char *conversation; /* else */
	const char *command;      /* CANCEL: the id of the dial */
	bool confirmed; /* the user said yes to the question about this number */
};

/*
 * Progress and the one final answer. state: "progress", "done", "failed",
 * "refused" or "confirm" (ask the user). why: a word from the list in
 * schema/ws/protocol.md. Never called from inside cti_command_request().
 */
struct cti_command_answer {
	const char *user_id;
	const char *id;
	const char *state;
	const char *phase; /* or NULL */
	const char *why;   /* or NULL */
	struct cti_cause cause;
	const char *conversation; /* or NULL */
};

struct cti_command_ops {
	/* The connector call; line tells the PBX, which tells ring_s. 0 or errno as in cti_pbx_ops; ENOENT
	 * when the line has no part in cmd->conversation. */
	int (*send)(const struct cti_command *cmd, void *arg);
	/* Into the journal before it is sent (CTI_INPUT_DIAL). */
	int (*record_dial)(
		const char *request, const char *line, const char *number, void *arg);
	void (*answer)(const struct cti_command_answer *a, void *arg);
	/* Plan of the PBX that has this line; NULL: nobody watches it. */
	const struct cti_number_plan *(*plan)(const char *line, void *arg);
	/* JSON for the audit log: at, who, what, and the details. */
	void (*audit)(const char *json, void *arg);
	void *arg;
};

struct cti_command_policy {
	uint32_t dials_per_minute; /* per user */
	/* Classes that each role may dial, bits 1 << enum cti_number_class. */
	unsigned allow[CTI_USER_ADMIN + 1];
	unsigned confirm;   /* classes that are asked about first */
	uint32_t timeout_s; /* a final answer comes within this */
};

int cti_commands_alloc(struct cti_commands **cp, const struct cti_command_ops *ops,
	const struct cti_command_policy *policy);
void cti_commands_free(struct cti_commands *c);
void cti_commands_set_policy(
	struct cti_commands *c, const struct cti_command_policy *policy);

/* Answers come through ops->answer, later. A repeated id gets the same answer again. */
void cti_commands_request(struct cti_commands *c, const struct cti_command_request *req);
/* why as a static word of the protocol's list; "refused" for any other. */
const char *cti_command_why(const char *why);
void cti_commands_progress(struct cti_commands *c, const struct cti_progress *p);

#endif
