/*
 * folder.h -- a journal's folder of a test's own, below $TMPDIR, removed after it.
 */
#ifndef TEST_FOLDER_H
#define TEST_FOLDER_H

#include "journal.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[256];

static inline int folder_make(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	(void)snprintf(
		folder, sizeof(folder), "%s/rb-journal-XXXXXX", tmp ? tmp : "/tmp");
	return mkdtemp(folder) ? 0 : -1;
}

static inline int folder_remove(void **state)
{
	const struct dirent *e;
	DIR *d = opendir(folder);

	(void)state;
	while (d && (e = readdir(d)) != NULL)
		(void)unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		(void)closedir(d);
	return rmdir(folder);
}

static inline struct cti_journal_conf folder_conf(void)
{
	return (struct cti_journal_conf){
		.dir = folder,
		.segment_bytes = 4096,
		.max_bytes = 1 << 20,
		.fsync = CTI_FSYNC_NEVER,
	};
}

/* Path of the newest segment file that holds more than its header. */
static inline void folder_newest(char path[512])
{
	const struct dirent *e;
	char best[256] = "";
	DIR *d = opendir(folder);

	while (d && (e = readdir(d)) != NULL) {
		struct stat st;

		if (!strstr(e->d_name, ".seg") || fstatat(dirfd(d), e->d_name, &st, 0) ||
			st.st_size <= 40 || strcmp(e->d_name, best) <= 0)
			continue;
		(void)snprintf(best, sizeof(best), "%s", e->d_name);
	}
	if (d)
		(void)closedir(d);
	(void)snprintf(path, 512, "%s/%s", folder, best);
}

#endif
