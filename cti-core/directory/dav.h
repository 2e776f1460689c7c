/*
 * dav.h -- the answer to an addressbook-query (RFC 6352 section 8.6): a multistatus
 * (RFC 4918 section 13) with a vCard in each address-data. In pieces of any size.
 *
 * Pure; bytes are not trusted.
 */
#ifndef CTI_DAV_H
#define CTI_DAV_H

#include "vcard.h"

struct cti_dav; /* owned */

int cti_dav_alloc(struct cti_dav **dp, cti_entry_h *h, void *arg);
void cti_dav_free(struct cti_dav *d);
/* last: there is no more. 0; EBADMSG: this is no such answer, cti_dav_why(); ENOMEM; what h
 * said. */
int cti_dav_feed(struct cti_dav *d, const char *data, size_t len, bool last);
const char *cti_dav_why(const struct cti_dav *d);

#endif
