/*
 * columns.h -- what the columns of a contact list mean, by their names in English
 * and Japanese. Pure.
 */
#ifndef CTI_COLUMNS_H
#define CTI_COLUMNS_H

#include <stddef.h>

enum cti_column {
	CTI_COL_OTHER, /* not taken */
	CTI_COL_ID,
	CTI_COL_NAME,
	CTI_COL_LAST,
	CTI_COL_FIRST,
	CTI_COL_KANA,
	CTI_COL_COMPANY,
	CTI_COL_DEPARTMENT,
	CTI_COL_TITLE,
	CTI_COL_EMAIL,
	CTI_COL_URL,
	CTI_COL_NOTE,
	CTI_COL_NUMBER, /* with a label */
	CTI_COLUMNS
};

/* *labelp: of numbers, "phone", "mobile", "home", "direct", "fax"; static. */
enum cti_column cti_column_of(const char *header, const char **labelp);

#endif
