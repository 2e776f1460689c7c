/*
 * textbox.h -- one text that a thread writes and others read: the newest, whole.
 *
 * Thread: any. The lock is held for a copy.
 */
#ifndef CTI_TEXTBOX_H
#define CTI_TEXTBOX_H

#include "str.h"

struct cti_textbox;

int cti_textbox_alloc(struct cti_textbox **tp);
void cti_textbox_free(struct cti_textbox *t);

/* text is moved (malloc); NULL changes nothing. flag goes along with it. */
void cti_textbox_put(struct cti_textbox *t, char *text, bool flag);
/* Appends the newest text; returns its flag. Nothing and false before the first. */
bool cti_textbox_get(struct cti_textbox *t, struct cti_buf *out);

#endif
