/*
 * crmside.h -- CRMs of the daemon: their thread, the outbox, and who may ask them.
 *
 * Thread: main, except where said.
 */
#ifndef CTI_CRMSIDE_H
#define CTI_CRMSIDE_H

#include "asker.h"
#include "config.h"
#include "outbox.h"

struct cti_crmside;

/* NULL in *sp when no CRM and no book is configured. 0 or errno. config outlives it. */
int cti_crmside_up(struct cti_crmside **sp, const struct cti_config *config);
/* First half: no row is taken any more, and what was asked is answered. What answers
 * posted to the core runs by cti_loop_drain() before the rest is gone. */
void cti_crmside_halt(struct cti_crmside *s);
void cti_crmside_free(struct cti_crmside *s);

/* Metrics of CRMs and outbox, in Prometheus' text format, appended. */
void cti_crmside_metrics(struct cti_buf *out, void *arg);

/* Borrowed; NULL for NULL. Any thread may ask. */
const struct cti_asker *cti_crmside_asker(const struct cti_crmside *s);
struct cti_outbox *cti_crmside_outbox(struct cti_crmside *s);

#endif
