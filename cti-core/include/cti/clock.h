/*
 * cti/clock.h -- the time, in microseconds.
 *
 * cti_now_us() is UTC since 1970 but steady: it is the wall clock at the start
 * of the process plus what the monotonic clock has counted since, so a
 * difference of two of its values is a true duration even when somebody sets
 * the clock. cti_clock_resync() follows a wall clock that was set, never
 * backwards; the caller decides when.
 *
 * Thread: any; set_fake() before threads exist (tests).
 */
#ifndef CTI_CLOCK_H
#define CTI_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t cti_now_us(void);
int64_t cti_mono_us(void);

/* Returns by how much the wall clock is ahead of ours, after the adjustment. */
int64_t cti_clock_resync(void);

/* From now on both clocks stand at at_us until set again; 0 gives them back. */
void cti_clock_set_fake(int64_t at_us);

/* "2026-11-24T08:41:00.123456Z"; buf is filled, terminated and returned. */
enum { CTI_TIME_BYTES = 32 };
const char *cti_time_iso(char buf[CTI_TIME_BYTES], int64_t at_us);

#endif
