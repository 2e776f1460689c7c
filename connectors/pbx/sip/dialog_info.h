/*
 * dialog_info.h -- RFC 4235 documents (application/dialog-info+xml) to structs.
 *
 * Pure and bounded: bytes in, a document out, no globals, no logging. It reads
 * every dialect that was met (research is in README.md): elements in any order,
 * states in any case, pval and pvalue, missing ids and identities. It refuses
 * what is dangerous: any DOCTYPE, more than 64 kB, more than 32 levels.
 *
 * Thread: any.
 */
#ifndef CTI_DIALOG_INFO_H
#define CTI_DIALOG_INFO_H

#include <cti/report.h>

enum {
	CTI_DIALOG_INFO_MAX_BYTES = 64 * 1024,
	CTI_DIALOG_INFO_MAX_DIALOGS = 256,
	CTI_DIALOG_INFO_MAX_TEXT_BYTES = 512, /* longer identities and ids are cut */
};

/* All strings live in the document and are valid UTF-8 without control characters. */
struct cti_dialog_info {
	const char *entity; /* NULL if absent */
	uint32_t version;   /* 0 if absent */
	bool full;          /* also when the document does not say */
	struct cti_dialog *dialogs;
	size_t n;
	size_t size;
	char *text; /* owned; all the strings */
	size_t text_used_bytes;
	size_t text_size_bytes;
};

/*
 * 0: *dip is owned. EBADMSG: ill-formed, not a dialog-info document, a DOCTYPE,
 * a dialog without a state, or over a limit. ENOMEM.
 */
int cti_dialog_info_parse(
	struct cti_dialog_info **dip, const char *body, size_t len_bytes);
void cti_dialog_info_free(struct cti_dialog_info *di);

#endif
