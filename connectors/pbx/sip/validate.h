/*
 * validate.h -- what libre's parser lets through and must not be believed: see
 * RFC 4475. Called before anything else is done with a message.
 *
 * Pure. Thread: core.
 */
#ifndef CTI_VALIDATE_H
#define CTI_VALIDATE_H

struct sip_msg;

/*
 * NULL if the message may be used; else why not, for a log. A message that is
 * refused changes nothing. Cut datagrams show by a Content-Length that is larger
 * than what is there.
 */
const char *cti_sip_validate(const struct sip_msg *msg);

#endif
