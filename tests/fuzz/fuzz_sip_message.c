/*
 * fuzz_sip_message.c -- bytes -> libre's parser -> our validation. What is taken must
 * have what the rest relies on.
 */
#include "re_compat.h"
#include "validate.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct sip_msg *msg)
{
	if (!pl_isset(&msg->callid) || !pl_isset(&msg->cseq.met) ||
		!pl_isset(&msg->via.branch))
		abort();
	if (!msg->req && (msg->scode < 100 || msg->scode > 699))
		abort();
	if (pl_isset(&msg->clen) && pl_u32(&msg->clen) > mbuf_get_left(msg->mb))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mbuf *mb = mbuf_alloc(size + 1);
	struct sip_msg *msg = NULL;

	if (!mb)
		return 0;
	(void)mbuf_write_mem(mb, data, size);
	mb->pos = 0;
	if (!sip_msg_decode(&msg, mb) && !cti_sip_validate(msg))
		check(msg);
	mem_deref(msg);
	mem_deref(mb);
	return 0;
}
