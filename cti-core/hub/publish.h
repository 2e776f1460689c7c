/*
 * publish.h -- what the core says, to those who may see it: the newest picture of
 * each conversation, the numbered ring, the pops that are up.
 *
 * Thread: hub.
 */
#ifndef CTI_PUBLISH_H
#define CTI_PUBLISH_H

#include "client.h"

struct cti_clients; /* watchers.h */

int cti_publish_alloc(struct cti_publish **pp, struct cti_hub *hub);
void cti_publish_free(struct cti_publish *p);

struct cti_pictures_new; /* picture.h */
void cti_publish_conversation(struct cti_publish *p, const char *id, bool ended,
	const struct cti_pictures_new *pic);
void cti_publish_pop(struct cti_publish *p, const char *conversation, const char *line,
	const char *why);
void cti_publish_withdraw(struct cti_publish *p, const char *conversation,
	const char *line, const char *why);
void cti_publish_result(struct cti_publish *p, const char *user_id, const char *json);
void cti_publish_health(struct cti_publish *p, const char *json);

/* Publications were lost: pictures not published again until resynced are dropped. */
void cti_publish_doubt(struct cti_publish *p);
void cti_publish_resynced(struct cti_publish *p);

const char *cti_publish_epoch(const struct cti_publish *p);
uint64_t cti_publish_seq(const struct cti_publish *p);
const char *cti_publish_health_json(const struct cti_publish *p);
size_t cti_publish_live(const struct cti_publish *p);

/* Can what the client missed since (epoch, seq) be sent? */
bool cti_publish_can_resume(struct cti_publish *p, const struct cti_client *cl,
	const char *epoch, uint64_t seq);
/* From now on the client gets what it may see; it has its user and its tab. */
int cti_publish_attach(struct cti_publish *p, struct cti_client *cl);
/* The sockets of a user that are attached; borrowed, until the next one comes or goes. */
const struct cti_clients *cti_publish_clients_of(
	const struct cti_publish *p, const char *user_id);
/* Queues what was missed; after attach. */
void cti_publish_resume(struct cti_publish *p, struct cti_client *cl, uint64_t seq);
void cti_publish_detach(struct cti_publish *p, struct cti_client *cl);
/* The whole picture for one client, as a message. */
void cti_publish_snapshot(
	struct cti_publish *p, struct cti_client *cl, struct cti_buf *buf);
/* The tab says whether it shows the card. */
void cti_publish_ack(
	struct cti_publish *p, struct cti_client *cl, const char *pop_id, bool shown);

#endif
