/*
 * textbox.c -- see textbox.h.
 */
#include "textbox.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct cti_textbox {
	pthread_mutex_t lock;
	char *text; /* owned; NULL: none yet */
	bool flag;
};

int cti_textbox_alloc(struct cti_textbox **tp)
{
	struct cti_textbox *t = calloc(1, sizeof(*t));

	if (!t)
		return ENOMEM;
	(void)pthread_mutex_init(&t->lock, NULL);
	*tp = t;
	return 0;
}

void cti_textbox_free(struct cti_textbox *t)
{
	if (!t)
		return;
	(void)pthread_mutex_destroy(&t->lock);
	free(t->text);
	free(t);
}

void cti_textbox_put(struct cti_textbox *t, char *text, bool flag)
{
	char *old;

	if (!text)
		return;
	(void)pthread_mutex_lock(&t->lock);
	old = t->text;
	t->text = text;
	t->flag = flag;
	(void)pthread_mutex_unlock(&t->lock);
	free(old);
}

bool cti_textbox_get(struct cti_textbox *t, struct cti_buf *out)
{
	bool flag;

	(void)pthread_mutex_lock(&t->lock);
	if (t->text)
		cti_buf_str(out, t->text);
	flag = t->flag;
	(void)pthread_mutex_unlock(&t->lock);
	return flag;
}
