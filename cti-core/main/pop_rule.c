/*
 * pop_rule.c -- see pop_rule.h.
 */
#include "pop_rule.h"

#include <string.h>

static bool has(const struct cti_list *list, const char *word)
{
	for (size_t i = 0; word && i < list->n; i++) {
		if (strcmp(list->v[i], word) == 0)
			return true;
	}
	return false;
}

bool cti_pop_rule(const char *line, const char *queue, void *arg)
{
	const struct cti_config *c = arg;

	if (has(&c->pop.ring_lines, line))
		return false;
	if (has(&c->pop.answer_lines, line))
		return true;
	if (has(&c->pop.ring_queues, queue))
		return false;
	return has(&c->pop.answer_queues, queue) || c->pop.at == CTI_POP_AT_ANSWER;
}
