/*
 * fuzz_dialog_info.c -- body of a NOTIFY -> document. Besides not crashing, each
 * string must be terminated text without control characters.
 */
#include "dialog_info.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *s)
{
	if (!s)
		return;
	if (strlen(s) >= CTI_DIALOG_INFO_MAX_TEXT_BYTES)
		abort();
	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			abort();
	}
}

static void check_party(const struct cti_dialog_party *p)
{
	check(p->uri);
	check(p->user);
	check(p->host);
	check(p->display);
	check(p->target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cti_dialog_info *di = NULL;

	if (cti_dialog_info_parse(&di, (const char *)data, size))
		return 0;
	check(di->entity);
	for (size_t i = 0; i < di->n; i++) {
		const struct cti_dialog *d = &di->dialogs[i];

		if (!d->id)
			abort();
		check(d->id);
		check(d->call_id);
		check(d->local_tag);
		check(d->remote_tag);
		check(d->replaces_call_id);
		check(d->referred_by);
		check_party(&d->local);
		check_party(&d->remote);
	}
	cti_dialog_info_free(di);
	return 0;
}
