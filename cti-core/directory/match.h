/*
 * match.h -- contacts that may be the caller: ranked, with reasons, as JSON. Pure.
 *
 * Nothing here decides by chance: equal lists are ranked equally, whatever order they
 * came in.
 */
#ifndef CTI_MATCH_H
#define CTI_MATCH_H

#include "json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CTI_MATCHES_SHOWN = 20, CTI_MATCH_TAIL_DIGITS = 7 };

/* How sure it is that the number is theirs, the surest first. */
enum cti_match_how {
	CTI_MATCH_EXACT,
	CTI_MATCH_BY_CRM, /* the CRM says so and does not show the number */
	CTI_MATCH_TAIL,   /* digits at the end agree: to be asked about */
};

struct cti_match {
	char id[37];
	char *source, *source_key, *name, *company, *url; /* owned; NULL: unknown */
	char label[16];                                   /* "mobile", "fax"; "" */
	enum cti_match_how how;
	unsigned digits;   /* TAIL: how many agree */
	char *chooser;     /* owned; who chose it for this number; NULL: nobody */
	bool chooser_here; /* ... and takes part in this call */
	int64_t chosen_us;
	int64_t last_call_us; /* 0: never */
	unsigned order;       /* of its source: 0 our own lists, then CRMs */
	bool twin;            /* the same person as one before it, from another source */
};

struct cti_matches {
	struct cti_match *v; /* owned */
	size_t n, size;
	int err; /* ENOMEM: some are missing */
};

void cti_matches_reset(struct cti_matches *m);
/* A new one at the end, or NULL (see err). The caller fills it; texts are moved. */
struct cti_match *cti_matches_add(struct cti_matches *m);
/* Takes all of from; those with an id that is there already replace it. */
void cti_matches_merge(struct cti_matches *m, struct cti_matches *from);
/* Best first; finds twins. */
void cti_matches_rank(struct cti_matches *m);

/* "none", "one", "many"; after rank. MANY also for one that is not sure. */
const char *cti_matches_status(const struct cti_matches *m);

/*
 * The contacts object of schema/ws. status NULL: as above. number: E.164 or digits,
 * for contact_url (may be NULL), the template for those without a page of their own.
 */
void cti_matches_write(struct cti_jsonw *w, const char *key, const struct cti_matches *m,
	const char *status, const char *number, const char *contact_url);

/*
 * How many digits at the end of a (the caller) and b (a contact's number) agree,
 * compared one by one; 0 unless the shorter agrees in whole, without the zeros in
 * front of it, and at least seven do.
 */
unsigned cti_match_tail(const char *a, const char *b);

#endif
