/*
 * link.h -- what agents and CRMs add to the directory: who a caller is, new contacts,
 * contacts that a CRM told us of. All of it is found by the next look-up.
 *
 * Blocking. Thread: any, on a connection of the caller's. Results: 0; EAGAIN: the
 * database is away; EIO: it refuses; ENOMEM.
 */
#ifndef CTI_LINK_H
#define CTI_LINK_H

#include "number.h"
#include "pg.h"

#include <cti/crm.h>

struct cti_choice {
	const char *user_id;
	const char *number; /* E.164, or the digits as they came */
	const char *contact_id;
	const char
		*conversation; /* NULL, or the call it is about: linked if it is over */
};

/* The user's choice for this number from now on; calls of the number that wait for a
 * known caller go to this contact. ENOENT: no such contact or user. */
int cti_choice_put(struct cti_pg *pg, const struct cti_choice *c);

struct cti_new_contact {
	const char *name, *company; /* one of them may be NULL */
	const char *raw, *e164;     /* e164 "" if it is none */
};

/* Into our own list (source "own"). */
int cti_contact_create(struct cti_pg *pg, const struct cti_new_contact *c, char id[37]);

/* Our id of a CRM's record, before and after it is in the database. */
void cti_crm_contact_ids(const struct cti_crm_contact *c, char id[37], char key[200]);

/* Keeps a CRM's contact with its numbers, read by plan. number (may be NULL): what it
 * was found by; its own where the CRM shows none. */
int cti_mirror(struct cti_pg *pg, const struct cti_crm_contact *v, size_t n,
	const char *number, const struct cti_number_plan *plan);

#endif
