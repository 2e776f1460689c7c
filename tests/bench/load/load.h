/*
 * load.h -- the load tool's inside: one thread, one epoll, a clock in nanoseconds.
 *
 * It is the PBX and the browsers at once, so that a call has one clock from the time
 * at which its NOTIFY was due to the time at which a browser's socket had the frame.
 * What is due is sent when it is due, whether or not earlier things were answered
 * (open loop), and latency counts from the due time.
 */
#ifndef LOAD_H
#define LOAD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NS_S  INT64_C(1000000000)
#define NS_MS INT64_C(1000000)

/* CLOCK_MONOTONIC. */
int64_t now_ns(void);

/* ---- main.c: descriptors and commands ---------------------------------------- */

/* What an epoll event names. */
struct source {
	void (*ready)(struct source *src, uint32_t events);
};

void loop_add(struct source *src, int fd, uint32_t events);
void loop_change(struct source *src, int fd, uint32_t events);

struct args;
long arg_int(const struct args *a, const char *key, long otherwise);
const char *arg_str(const struct args *a, const char *key, const char *otherwise);
/* "127.0.0.1:5060"; ends the program if it is none. */
struct sockaddr_in arg_addr(const struct args *a, const char *key);

/* A command that takes time. run() is called whenever something happened and at the
 * time that it returned; 0: it is done and has answered. */
struct job {
	struct job *next;
	long id;
	int64_t (*run)(struct job *job, int64_t now);
};
void job_start(struct job *job, long id, int64_t (*run)(struct job *job, int64_t now));
/* One line of JSON; fmt begins behind "id". */
void answer(long id, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* ---- stat.c: samples ------------------------------------------------------------ */

struct samples {
	uint32_t *us;
	size_t n, size;
};

void samples_add(struct samples *s, int64_t ns);
/* "{"n":..,"p50":..,"p99":..,"p999":..,"max":..}", in microseconds; sorts. */
const char *samples_json(struct samples *s, char buf[160]);
void samples_free(struct samples *s);

/* ---- sip.c: the PBX --------------------------------------------------------------- */

/* What a NOTIFY says about a call; the order in which they come. */
enum step { STEP_EARLY, STEP_CONFIRMED, STEP_TERMINATED, STEPS };

struct sip_counters {
	uint64_t datagrams, bytes, subscribes, refreshes, notifies, answered, repeated,
		refused, given_up, options, invites, expired;
};

void sip_open(long id, const struct args *a);
void sip_state(long id, const struct args *a);
void sip_set(long id, const struct args *a);
/* Tells the watcher of line (from 0) about the call. False: nobody watches it. */
bool sip_notify(unsigned line, enum step step, uint32_t call);
const struct sip_counters *sip_counters(void);
int64_t sip_run(int64_t now); /* repetitions; when to come again */
unsigned sip_first(void);     /* number of line 0 */

/* ---- calls.c: what happens ----------------------------------------------------------- */

enum { MARK_CONTACT = STEPS, MARKS }; /* a frame that has the contact */

void calls_begin(long id, const struct args *a);
/* A browser has a frame about the call. */
void calls_seen(uint32_t call, unsigned mark, int64_t at);
void calls_invited(unsigned line, int64_t at);
void calls_hang_up(long id, const struct args *a);
void calls_truth(long id, const struct args *a);
void dials_begin(long id, const struct args *a);
#define CALL_NUMBER "08010000000" /* plus the call's index */

/* ---- ws.c: browsers -------------------------------------------------------------------- */

struct ws_counters {
	uint64_t frames, bytes, snapshots, resets, closed_by_server;
};

void ws_connect(long id, const struct args *a);
void ws_churn(long id, const struct args *a);
void ws_close(long id, const struct args *a);
void ws_state(long id, const struct args *a);
void ws_read(long id, const struct args *a);
const struct ws_counters *ws_counters(void);
/* A text message from client i. False: it is not connected. */
bool ws_send(unsigned i, const char *text, size_t len);
unsigned ws_live(void);

/* ---- relay.c: the floor's two ends --------------------------------------------------------- */

void relay_open(long id, const struct args *a);
/* A datagram to the floor, which hands the text to client (or to all: UINT32_MAX). */
void relay_datagram(uint32_t client, uint32_t call, enum step step);
void relay_dial(uint32_t client, uint32_t dial);

#endif
