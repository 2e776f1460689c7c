/*
 * support.h -- files of the corpus for the tests of this folder.
 */
#ifndef TEST_SIP_SUPPORT_H
#define TEST_SIP_SUPPORT_H

#include <stddef.h>

/* The whole file, terminated, below tests/; fails the test if it is not there. */
char *test_file(const char *path, size_t *lenp);

#endif
