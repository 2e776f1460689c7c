/*
 * hub_priv.h -- the hub's own state. All of it belongs to the hub thread but the
 * two queues, the pools and `stopping`.
 */
#ifndef CTI_HUB_PRIV_H
#define CTI_HUB_PRIV_H

#include "assets.h"
#include "glue.h"
#include "limit.h"
#include "origin.h"
#include "proto.h"
#include "session.h"

#include <cti/msgq.h>

#include <pthread.h>
#include <stdatomic.h>

struct cti_client;
struct cti_jobs;
struct cti_publish;
struct cti_request;

/* For /metrics. */
struct cti_hub_counters {
	uint64_t requests, logins_failed, upgrades, upgrades_refused, messages_in,
		frames_out, bytes_out, resumes, snapshots, resyncs, merged, slow_closed,
		pops, pops_unseen, inbox_lost;
};

struct cti_hub {
	struct cti_hub_conf conf; /* owned copies */
	struct cti_hub_backend backend;
	struct cti_hub_core core;
	struct cti_origins origins;
	struct cti_glue *glue;         /* owned */
	struct cti_msgq *inbox;        /* publications, owned */
	struct cti_jobs *jobs;         /* what waits, on workers; owned */
	struct cti_publish *publish;   /* owned */
	struct cti_sessions *sessions; /* owned */
	struct cti_limit *by_addr;     /* owned; log-in failures */
	struct cti_limit *by_name;     /* owned */
	struct cti_assets *assets;     /* owned; NULL: none */
	int64_t assets_stamp;
	struct cti_request *requests; /* list */
	struct cti_client *clients;   /* list */
	size_t nclients;
	cti_hub_text_h *health, *metrics;
	void *health_arg;
	struct cti_hub_counters n;
	int64_t recheck_us, sweep_us; /* monotonic: when they were last done */
	bool recheck_running, recheck_again;
	bool closing;     /* nobody new is let in */
	atomic_int stop;  /* enum cti_hub_step */
	atomic_bool lost; /* the inbox was full */
	pthread_t thread;
	bool has_thread;
};

/* CLOSING: browsers are told, answers finished; the loop ends once all have gone.
 * LEAVE_NOW: whoever is left is cut off. */
enum cti_hub_step { CTI_HUB_RUN, CTI_HUB_CLOSING, CTI_HUB_LEAVE_NOW };

/* Does the page behind this Origin belong here? Logs what it refuses. */
bool cti_hub_origin_ok(struct cti_hub *h, const struct cti_conn *c, const char *origin);
/* JSON of the backend's health, or of what we know. False: not well. */
bool cti_hub_health_text(struct cti_hub *h, struct cti_buf *out);
void cti_hub_metrics_text(struct cti_hub *h, struct cti_buf *out);

#endif
