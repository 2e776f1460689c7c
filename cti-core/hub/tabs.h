/*
 * tabs.h -- which of a user's tabs shows a pop. Pure.
 */
#ifndef CTI_TABS_H
#define CTI_TABS_H

#include <stdbool.h>
#include <stdint.h>

struct cti_tab {
	bool focused;
	bool dirty; /* unsaved input */
	int64_t focus_us;
	int64_t opened_us;
};

/* Is a to be preferred to b? */
bool cti_tab_better(const struct cti_tab *a, const struct cti_tab *b);

#endif
