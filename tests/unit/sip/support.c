/*
 * support.c -- see support.h.
 */
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

char *test_file(const char *path, size_t *lenp)
{
	char name[4096], *data;
	long size;
	FILE *f;

	(void)snprintf(name, sizeof(name), "%s/../%s", CTI_TEST_DATA, path);
	f = fopen(name, "rb");
	if (!f)
		fail_msg("%s: no such file", name);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	assert_true(size >= 0);
	rewind(f);
	data = malloc((size_t)size + 1);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, (size_t)size, f), (size_t)size);
	(void)fclose(f);
	data[size] = '\0';
	*lenp = (size_t)size;
	return data;
}
