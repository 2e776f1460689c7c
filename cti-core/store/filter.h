/*
 * filter.h -- a filter of calls.h as the parameters of a statement, and the one
 * condition that they stand in. For calls.c and export.c.
 */
#ifndef CTI_FILTER_H
#define CTI_FILTER_H

#include "calls.h"

/*
 * $1 from, $2 to, $3 line, $4 E.164 of number, $5 its digits as typed, $6 outcome,
 * $7 direction, $8 pattern of q, $9 lines that may be seen (NULL: all; an empty name among
 * them: calls that no line took part in). P is how the statement reaches its parameter
 * n: P(1) is $1, or a setting in COPY.
 */
/* clang-format off: SQL as it is read */
#define CTI_FILTER_SQL(P)                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          \
	" c.merged_into IS NULL"                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                   \
	" AND c.started_at >= coalesce(" P(1) "::timestamptz, '-infinity')"                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        \
					      " AND c.started_at < coalesce(" P(2) "::timestamptz, 'infinity')"                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    \
										   " AND (" P(3) "::text IS NULL OR c.lines @> ARRAY[" P(                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          \
											   3) "::text])"                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           \
											      " AND (" P(5) "::text IS NULL OR c.external_e164 = " P(4) "::text"                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                   \
																			"  OR c.external_number = " P(                                                                                                                                                                                                                                                                                                                                                                                                                                                                                             \
																				5) "::text OR c.dialled = " P(5) "::text)"                                                                                                                                                                                                                                                                                                                                                                                                                                                                         \
																								 " AND (" P(6) "::text IS NULL OR c.outcome = " P(6) "::text"                                                                                                                                                                                                                                                                                                                                                                                                                      \
																														     "  OR (" P(6) "::text = 'open' AND c.ended_at IS NULL AND NOT c.ended_unknown))"                                                                                                                                                                                                                                                                                                                                              \
																																   " AND (" P(7) "::text IS NULL OR c.direction = " P(7) "::text)"                                                                                                                                                                                                                                                                                                                                                 \
																																							 " AND (" P(8) "::text IS NULL OR c.external_number ILIKE " P(8) "::text"                                                                                                                                                                                                                                                                                  \
																																															 "  OR c.external_display ILIKE " P(                                                                                                                                                                                                                                                       \
																																																 8) "::text"                                                                                                                                                                                                                                                                       \
																																																    "  OR c.external_e164 ILIKE " P(                                                                                                                                                                                                                                               \
																																																	    8) "::text"                                                                                                                                                                                                                                                            \
																																																	       "  OR c.external_name ILIKE " P(8) "::text"                                                                                                                                                                                                                         \
																																																						  "  OR c.contact_name ILIKE " P(                                                                                                                                                                                                  \
																																																							  8) "::text OR c.company ILIKE " P(8) "::text"                                                                                                                                                                            \
																																																											       "  OR c.dialled ILIKE " P(8) "::text OR c.queue ILIKE " P(8) "::text"                                                                                                               \
																																																																			    "  OR EXISTS (SELECT FROM call_notes AS n WHERE n.conversation_id = c.id"                                              \
																																																																			    "   AND n.text ILIKE " P(8) "::text))"                                                                                 \
																																																																							" AND (" P(                                                                                \
																																																																								9) "::text[] IS NULL OR c.lines && " P(9) "::text[]"                               \
																																																																													  "  OR (c.lines = '{}' AND '' = ANY (" P( \
																																																																														  9) "::text[])))"
/* clang-format on */

enum { CTI_FILTER_PARAMS = 9 };

struct cti_filter_params {
	const char *v[CTI_FILTER_PARAMS]; /* into what follows and the filter */
	char e164[24];
	char digits[44];
	struct cti_buf pattern, lines;
};

/* 0; EINVAL with *wherep; ENOMEM. Times are left to cti_calls_check(). */
int cti_filter_params(struct cti_filter_params *p, const struct cti_calls_filter *f,
	const char **wherep);
void cti_filter_params_reset(struct cti_filter_params *p);

#endif
