/*
 * syncer.h -- a thread that brings a journal's files to the disk's platter every
 * so often, so that the core thread never waits for it.
 */
#ifndef CTI_SYNCER_H
#define CTI_SYNCER_H

#include <stdint.h>

struct cti_syncer;

/* dir_fd is borrowed. */
int cti_syncer_start(struct cti_syncer **sp, int dir_fd, uint32_t interval_ms);
/* Syncs what is left, joins, frees. */
void cti_syncer_stop(struct cti_syncer *s);

/* fd (borrowed) has new bytes. */
void cti_syncer_dirty(struct cti_syncer *s, int fd);
/* fd will get no more bytes: it is moved, synced and closed. */
void cti_syncer_retire(struct cti_syncer *s, int fd);
/* How often the disk refused. Any thread. */
uint64_t cti_syncer_errors(const struct cti_syncer *s);

#endif
