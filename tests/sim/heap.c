/*
 * heap.c -- timers in a binary heap; see heap.h.
 */
#include "heap.h"

#include <errno.h>
#include <re.h>

struct sim_heap {
	struct sim_timer **v;
	size_t n;
	size_t size;
	struct tmr tmr;
};

static void heap_arm(struct sim_heap *heap);

static void heap_destructor(void *data)
{
	struct sim_heap *heap = data;

	tmr_cancel(&heap->tmr);
	mem_deref(heap->v);
}

int sim_heap_alloc(struct sim_heap **heapp)
{
	struct sim_heap *heap = mem_zalloc(sizeof(*heap), heap_destructor);

	if (!heap)
		return ENOMEM;
	tmr_init(&heap->tmr);
	*heapp = heap;
	return 0;
}

static void put(struct sim_heap *heap, size_t i, struct sim_timer *t)
{
	heap->v[i] = t;
	t->pos = i + 1;
}

static void sift_up(struct sim_heap *heap, size_t i)
{
	struct sim_timer *t = heap->v[i];

	while (i > 0 && heap->v[(i - 1) / 2]->at_ms > t->at_ms) {
		put(heap, i, heap->v[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	put(heap, i, t);
}

static void sift_down(struct sim_heap *heap, size_t i)
{
	struct sim_timer *t = heap->v[i];
	size_t child;

	while ((child = 2 * i + 1) < heap->n) {
		if (child + 1 < heap->n &&
			heap->v[child + 1]->at_ms < heap->v[child]->at_ms)
			child++;
		if (heap->v[child]->at_ms >= t->at_ms)
			break;
		put(heap, i, heap->v[child]);
		i = child;
	}
	put(heap, i, t);
}

static void take(struct sim_heap *heap, struct sim_timer *t)
{
	size_t i = t->pos - 1;
	struct sim_timer *last = heap->v[--heap->n];

	t->pos = 0;
	if (last == t)
		return;
	put(heap, i, last);
	sift_up(heap, i);
	sift_down(heap, last->pos - 1);
}

static void heap_run(void *arg)
{
	struct sim_heap *heap = arg;
	uint64_t now = tmr_jiffies();

	mem_ref(heap);
	while (heap->n && heap->v[0]->at_ms <= now) {
		struct sim_timer *t = heap->v[0];

		take(heap, t);
		t->th(t->arg);
	}
	heap_arm(heap);
	mem_deref(heap);
}

static void heap_arm(struct sim_heap *heap)
{
	uint64_t now = tmr_jiffies();

	if (!heap->n) {
		tmr_cancel(&heap->tmr);
		return;
	}
	tmr_start(&heap->tmr, heap->v[0]->at_ms > now ? heap->v[0]->at_ms - now : 0,
		heap_run, heap);
}

static int heap_grow(struct sim_heap *heap)
{
	size_t size = heap->size ? 2 * heap->size : 64;
	struct sim_timer **v;

	if (heap->n < heap->size)
		return 0;
	v = mem_reallocarray(heap->v, size, sizeof(struct sim_timer *), NULL);
	if (!v)
		return ENOMEM;
	heap->v = v;
	heap->size = size;
	return 0;
}

int sim_timer_start(struct sim_heap *heap, struct sim_timer *t, uint64_t delay_ms,
	sim_timer_h *th, void *arg)
{
	int err;

	if (t->pos)
		take(heap, t);
	err = heap_grow(heap);
	if (err)
		return err;
	t->at_ms = tmr_jiffies() + delay_ms;
	t->th = th;
	t->arg = arg;
	heap->v[heap->n] = t;
	sift_up(heap, heap->n++);
	if (heap->v[0] == t)
		heap_arm(heap);
	return 0;
}

void sim_timer_stop(struct sim_heap *heap, struct sim_timer *t)
{
	if (t->pos)
		take(heap, t);
}
