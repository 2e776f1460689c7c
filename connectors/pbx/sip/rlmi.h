/*
 * rlmi.h -- RFC 4662: one NOTIFY for many lines. A multipart/related body whose
 * first part is a list of resources (application/rlmi+xml), the others their
 * documents, found by Content-ID.
 *
 * Pure. Thread: any.
 */
#ifndef CTI_RLMI_H
#define CTI_RLMI_H

#include <stdbool.h>
#include <stddef.h>

enum { CTI_RLMI_MAX_PARTS = 1024, CTI_RLMI_MAX_BYTES = 1024 * 1024 };

struct cti_rlmi_item {
	char line[64]; /* user part of the resource's URI, or its name */
	char cid[128]; /* "" when there is no document */
	bool gone;     /* instance state="terminated" */
	char reason[32];
	const char *body; /* into the message; NULL when there is no document */
	size_t len;
};

struct cti_rlmi {
	struct cti_rlmi_item *items; /* owned */
	size_t n;
	size_t size;
};

/* Is this Content-Type a list? */
bool cti_rlmi_is(const char *ctype);

/* 0; EBADMSG: no boundary, no list in it, ill-formed, over a limit; ENOMEM. What
 * was found stays in *r, which cti_rlmi_reset() frees. */
int cti_rlmi_parse(struct cti_rlmi *r, const char *ctype, const char *body, size_t len);
void cti_rlmi_reset(struct cti_rlmi *r);

#endif
