/*
 * cti/log.h -- one line per fact: constant text, then key=value.
 *
 * Text on a terminal, JSON lines otherwise, journald priorities when systemd
 * reads us. Control characters in values are escaped, so one event is one line
 * whatever a telephone network put into it. Secrets are never passed here.
 *
 * Thread: any.
 */
#ifndef CTI_LOG_H
#define CTI_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum cti_log_level { CTI_LOG_ERROR, CTI_LOG_WARN, CTI_LOG_INFO, CTI_LOG_DEBUG };

/* error: somebody must act. warn: we coped. info: for the record. debug: for us. */
void cti_log(enum cti_log_level level, const char *module, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

void cti_log_set_level(enum cti_log_level level);
bool cti_log_enabled(enum cti_log_level level);

/*
 * A telephone number as it may stand in the log: "+8190****5678" at info and
 * above, whole at debug. buf is filled, terminated and returned.
 */
enum { CTI_LOG_NUMBER_BYTES = 40 };
const char *cti_log_number(char buf[CTI_LOG_NUMBER_BYTES], const char *number);

#endif
