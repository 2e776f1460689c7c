/*
 * err.c -- names for errno values, by the C library's own table.
 */
#include <cti/err.h>

#include <string.h>

const char *cti_err_name(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "E?";
}
