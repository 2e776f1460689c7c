/*
 * entry.h -- one contact on its way into the directory, whatever list it is from.
 */
#ifndef CTI_ENTRY_H
#define CTI_ENTRY_H

#include "columns.h"

#include <stddef.h>
#include <stdint.h>

enum { CTI_ENTRY_NUMBERS_MAX = 32 };

/* All borrowed. */
struct cti_entry {
	uint64_t line;                   /* where it begins in its list; 1-based */
	const char *fields[CTI_COLUMNS]; /* terminated; NULL: none */
	struct {
		const char *text, *label; /* may hold several numbers */
	} numbers[CTI_ENTRY_NUMBERS_MAX];
	size_t nnumbers;
	const char *bad; /* why it cannot be read, or NULL */
};

/* An errno stops the reading and is its result. */
typedef int(cti_entry_h)(const struct cti_entry *e, void *arg);

#endif
