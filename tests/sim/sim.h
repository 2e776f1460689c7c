/*
 * sim.h -- what the parts of pbxsim share: the simulator itself, its clock and
 * its dice. One thread, libre's loop; nothing here is thread-safe.
 */
#ifndef SIM_H
#define SIM_H

#include <re.h>

#include "heap.h"
#include "options.h"

struct sim_acks;
struct sim_truth;
struct sim_script;

struct sim {
	struct sim_options opt;
	struct sip *sip;
	struct udp_sock *widened; /* borrowed: its buffer has been set */
	struct sip_lsnr *lsnr;
	struct sipsess_sock *sessions;
	struct hash *lines;
	struct hash *subs;           /* by Call-ID */
	struct sim_line **line_list; /* the same lines, by index */
	size_t nlines;
	struct sim_heap *heap;
	struct sim_script *script;
	struct sim_truth *truth;
	struct sim_acks *acks; /* NULL: nobody wants to know */
	struct list calls;     /* live ones */
	uint64_t zero_ms;      /* jiffies at the start: the scenario's clock is 0 */
	uint64_t dice;         /* state of the generator */
	uint64_t secret;       /* of the nonces */
	uint32_t next_id;
	uint64_t deaf_until_ms; /* requests are not heard before */
	uint64_t subscribes;    /* that were heard */
};

/* Milliseconds on the scenario's clock. */
uint64_t sim_now_ms(const struct sim *sim);

/* The same seed gives the same numbers on every machine. */
uint32_t sim_dice(struct sim *sim);
uint32_t sim_between(struct sim *sim, uint32_t low, uint32_t high);

#endif
