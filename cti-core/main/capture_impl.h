/*
 * capture_impl.h -- what capture.c and its file formats share.
 */
#ifndef CTI_CAPTURE_IMPL_H
#define CTI_CAPTURE_IMPL_H

#include "capture.h"

#include <stdio.h>

#define CTI_CAPTURE_PBX "capture"

/* A copy that lives as long as the capture; NULL: out of memory. len bytes of text. */
const char *cti_capture_keep(struct cti_capture *c, const char *text, size_t len);
int cti_capture_add(struct cti_capture *c, const struct cti_input *in);
/* The PBX's section, made when it is new. NULL: out of memory. */
struct cti_pbx_conf *cti_capture_pbx(struct cti_capture *c, const char *name);
int cti_capture_watch(struct cti_pbx_conf *conf, const char *line, size_t len);
/* The whole file, terminated; owned by the capture. ENOENT if there is none. */
int cti_capture_file(struct cti_capture *c, const char *folder, const char *name,
	const char **textp, size_t *lenp);
/* "+000.303" or "000.303" to microseconds; false if it is no time. */
bool cti_capture_time(const char *s, int64_t *at_usp);

int cti_capture_notify(struct cti_capture *c, const char *text, size_t len);
int cti_capture_ami(struct cti_capture *c, const char *text, size_t len);
int cti_capture_ami_raw(struct cti_capture *c, const char *text, size_t len);

#endif
