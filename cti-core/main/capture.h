/*
 * capture.h -- recorded traffic of a PBX as the inputs that the core would have got:
 * a folder with notify.txt and ami.txt, or a journal.
 *
 * A folder's clock is seconds since the recording began; at_us is that plus
 * CTI_CAPTURE_EPOCH_US, so that no time is zero.
 */
#ifndef CTI_CAPTURE_H
#define CTI_CAPTURE_H

#include <cti/conf.h>
#include <cti/pbx.h>

#define CTI_CAPTURE_EPOCH_US INT64_C(1700000000000000)

enum cti_capture_source {
	CTI_CAPTURE_NOTIFY = 1 << 0,
	CTI_CAPTURE_API = 1 << 1,
};

struct cti_capture {
	char *name;                /* the folder's own name */
	int64_t epoch_us;          /* what its clock's zero is in at_us */
	struct cti_pbx_conf *pbxs; /* with the lines that were watched */
	size_t npbxs;
	struct cti_input *inputs; /* by time */
	size_t n;
	/* private */
	char **texts; /* what the inputs point into */
	size_t ntexts;
};

/* sources: bits. 0; ENOENT when there is nothing of what was asked for; EBADMSG,
 * ENOMEM, or what reading the files gave. */
int cti_capture_load(struct cti_capture **cp, const char *folder, unsigned sources);
void cti_capture_free(struct cti_capture *c);

#endif
