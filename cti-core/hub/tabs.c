/*
 * tabs.c -- without unsaved input before with; focused before not; then the one
 * that was used last; then the one opened last.
 */
#include "tabs.h"

bool cti_tab_better(const struct cti_tab *a, const struct cti_tab *b)
{
	if (a->dirty != b->dirty)
		return b->dirty;
	if (a->focused != b->focused)
		return a->focused;
	if (a->focus_us != b->focus_us)
		return a->focus_us > b->focus_us;
	return a->opened_us > b->opened_us;
}
