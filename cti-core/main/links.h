/*
 * links.h -- the connector instances: one or two for each PBX of the configuration.
 *
 * Thread: core.
 */
#ifndef CTI_LINKS_H
#define CTI_LINKS_H

#include "config.h"

#include <cti/pbx.h>

struct cti_links;

struct cti_link_status {
	const char *pbx;  /* section name */
	const char *kind; /* of the connector: "sip", "asterisk" */
	struct cti_pbx_status st;
};

/* config and sink are borrowed for life. 0, ENOMEM or a connector's errno. */
int cti_links_alloc(struct cti_links **lp, const struct cti_config *config,
	const struct cti_pbx_sink *sink);
void cti_links_free(struct cti_links *l);

int cti_links_start(struct cti_links *l);
/* done(arg) once, when all said goodbye or after 2.5 s; never from inside. */
void cti_links_stop(struct cti_links *l, void (*done)(void *arg), void *arg);

/* The PBX that has this line; NULL: nobody watches it. */
const struct cti_pbx_conf *cti_links_pbx_of(const struct cti_links *l, const char *line);

/* To the best connector of the PBX that has cmd->line. errno as in cti_pbx_ops. */
int cti_links_command(struct cti_links *l, const struct cti_command *cmd);
/* line NULL: all of the PBX. */
void cti_links_refresh(struct cti_links *l, const char *pbx, const char *line);

/* Bits of enum cti_pbx_cap that any of them has. */
unsigned cti_links_caps(const struct cti_links *l);
unsigned cti_links_could(const struct cti_links *l); /* with other settings */
size_t cti_links_count(const struct cti_links *l);
void cti_links_status(
	const struct cti_links *l, size_t index, struct cti_link_status *st);

#endif
