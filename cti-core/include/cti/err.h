/*
 * cti/err.h -- names for errno values.
 *
 * Functions return 0 or a positive errno value. strerror() is not thread-safe
 * and its text is for people who know C; these names go into logs.
 */
#ifndef CTI_ERR_H
#define CTI_ERR_H

/* "ETIMEDOUT" for ETIMEDOUT, "E?" for what is not in the table. Any thread. */
const char *cti_err_name(int err);

#endif
