/*
 * input_codec.h -- struct cti_input to journal bytes and back.
 */
#ifndef CTI_INPUT_CODEC_H
#define CTI_INPUT_CODEC_H

#include "str.h"

#include <cti/pbx.h>

int cti_input_encode(struct cti_buf *out, const struct cti_input *in);
/* Strings point into data, which must stay. EBADMSG if it is not one. */
int cti_input_decode(struct cti_input *in, const void *data, size_t len_bytes);

#endif
