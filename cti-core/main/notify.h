/*
 * notify.h -- sd_notify(3) without its library: state, watchdog, status.
 *
 * Thread: any.
 */
#ifndef CTI_NOTIFY_H
#define CTI_NOTIFY_H

#include <stdint.h>

/* "READY=1", "STOPPING=1", "STATUS=...". Does nothing without a service manager. */
void cti_notify(const char *state);

/* How often "WATCHDOG=1" is expected, halved; 0: not at all. */
uint64_t cti_notify_watchdog_ms(void);

#endif
