/*
 * recent.h -- which CRM was asked for which number not long ago. Bounded; when it is
 * full it forgets all, which costs a question.
 *
 * Thread: an object belongs to one thread.
 */
#ifndef CTI_RECENT_H
#define CTI_RECENT_H

#include <stdbool.h>
#include <stdint.h>

struct cti_recent;

int cti_recent_alloc(struct cti_recent **rp);
void cti_recent_free(struct cti_recent *r);

/* until_us: monotonic. Out of memory: not remembered. */
void cti_recent_put(
	struct cti_recent *r, const char *crm, const char *number, int64_t until_us);
bool cti_recent_has(
	struct cti_recent *r, const char *crm, const char *number, int64_t now_us);
void cti_recent_forget(struct cti_recent *r, const char *crm, const char *number);

#endif
