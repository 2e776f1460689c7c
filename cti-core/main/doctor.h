/*
 * doctor.h -- findings: what was looked at, how it is, and what to do about it.
 */
#ifndef CTI_DOCTOR_H
#define CTI_DOCTOR_H

#include "config.h"
#include "pg.h"

#include <cti/crm.h>

enum cti_finding { CTI_FINDING_OK, CTI_FINDING_NOTE, CTI_FINDING_WARN, CTI_FINDING_FAIL };

struct cti_doctor {
	const struct cti_config *config;
	struct cti_pg *pg; /* NULL: the database cannot be reached */
	unsigned counts[CTI_FINDING_FAIL + 1];
};

/* Prints one line, and the remedy below it unless it is NULL. */
void cti_doctor_say(struct cti_doctor *d, enum cti_finding f, const char *remedy,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* doctor_net.c */
void cti_doctor_disk(struct cti_doctor *d);
void cti_doctor_clock(struct cti_doctor *d);
void cti_doctor_web(struct cti_doctor *d);
/* 0 if `serve` answers and says that it is well. */
int cti_doctor_quick(const struct cti_config *config);

/* doctor_pbx.c: subscribes and logs in as the daemon does, for some seconds. */
void cti_doctor_pbxs(struct cti_doctor *d);

/* doctor_number.c: raw as a PBX (NULL: the first) reads and dials it. Exit code. */
int cti_doctor_number(const struct cti_config *config, const char *raw, const char *pbx);

/* doctor_crm.c: asks each CRM whether it is there. */
void cti_doctor_crms(struct cti_doctor *d);
/* Asks one and shows each request and reply, secrets masked. Exit code. */
int cti_doctor_crm(
	const struct cti_config *config, const char *name, const struct cti_crm_ask *ask);

/* Prints the page of an OAuth log-in. Exit code. */
int cti_doctor_crm_login(
	const struct cti_config *config, const char *name, const char *redirect_uri);

/* doctor_call.c: a conversation's trace. Exit code. */
int cti_doctor_call(struct cti_pg *pg, const char *id);

#endif
