/*
 * find.h -- who has a number, by the database. Blocking.
 *
 * Thread: any, on a connection of the caller's.
 */
#ifndef CTI_FIND_H
#define CTI_FIND_H

#include "match.h"
#include "pg.h"

/*
 * Adds to m who has number (E.164, or the digits as they came), ranked. lines: those
 * of the call, whose agents' choices count first. others: CRMs may know more of them, so
 * what speaks for one that stands alone here is wanted too. 0; EAGAIN: the database is away; EIO:
 * it refuses; ENOMEM.
 */
int cti_find(struct cti_pg *pg, const char *number, const char *const *lines,
	size_t nlines, bool others, struct cti_matches *m);

/* The statements themselves, for those who look at their plans. */
extern const char cti_find_exact_sql[], cti_find_tail_sql[], cti_find_facts_sql[];

#endif
