/*
 * script.h -- CRMs for tests: what they answer and when is said beforehand. Answers
 * come from a thread of their own, as those of real CRMs do.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "asker.h"

enum { SCRIPT_CRMS = 4 };

struct script_crm {
	const char *name;
	unsigned caps;
	bool hold;            /* answers wait for script_release() */
	enum cti_crm_err err; /* of every answer */
	bool maybe_done;
	const char *contact; /* found by a look-up; NULL: none */
	const char *number;  /* the contact's; NULL: not shown */
	/* SYNC: contacts first_id..last_id, page_size a page, the last changed at newest_us. */
	unsigned first_id, last_id, page_size;
	int64_t newest_us;
	bool no_pages; /* always the same page, as from a template that knows none */
	/* Seen; under the lock. */
	unsigned asked;
	int64_t since_us; /* of the last SYNC */
	char key[64]; /* of the last call that was logged */
	char last[256];
	unsigned logged; /* entries, one a key if CAN_LOG_ONCE */
	char keys[64][64];
};

extern struct script_crm script_crms[SCRIPT_CRMS]; /* set up before use */

void script_start(void);
void script_stop(void); /* all that is held is answered CANCELLED */
void script_release(const char *crm);
/* Waits until crm was asked n times since the start. */
void script_wait(const char *crm, unsigned n);
/* Changes what a CRM answers. */
void script_set(const char *crm, enum cti_crm_err err, bool hold);

extern const struct cti_asker script_asker;

#endif
