/*
 * heap.h -- timers in a binary heap, driven by one timer of libre.
 *
 * libre keeps its timers in a sorted list, which costs too much with the
 * refreshes of 10,000 subscriptions.
 */
#ifndef SIM_HEAP_H
#define SIM_HEAP_H

#include <stddef.h>
#include <stdint.h>

typedef void(sim_timer_h)(void *arg);

/* Embedded in its owner; all zero: not running. */
struct sim_timer {
	uint64_t at_ms;
	size_t pos; /* 1 + index in the heap */
	sim_timer_h *th;
	void *arg;
};

struct sim_heap;

int sim_heap_alloc(struct sim_heap **heapp);

/* Starts anew if it runs. ENOMEM: it does not run. */
int sim_timer_start(struct sim_heap *heap, struct sim_timer *t, uint64_t delay_ms,
	sim_timer_h *th, void *arg);
void sim_timer_stop(struct sim_heap *heap, struct sim_timer *t);

#endif
