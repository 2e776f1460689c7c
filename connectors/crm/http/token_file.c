/*
 * token_file.c -- a refresh token that the CRM has renewed, kept over a restart.
 *
 * Two lines: a mark of the value that the configuration gives, and the token. When the
 * administrator writes another value, the file no longer counts.
 */
#include "engine.h"

#include <cti/err.h>
#include <cti/log.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TOKEN_BYTES = 8192 };

/* FNV-1a: it need only tell that the value is another one. */
static uint64_t mark_of(const char *given)
{
	uint64_t h = 14695981039346656037u;

	for (; *given; given++)
		h = (h ^ (unsigned char)*given) * 1099511628211u;
	return h;
}

static bool path_of(char path[PATH_MAX], const struct cti_crm_conf *conf,
	const char *name, const char *suffix)
{
	char clean[64];
	size_t n = 0;

	for (; *name && n + 1 < sizeof(clean); name++)
		clean[n++] = *name == '/' || *name == '.' ? '_' : *name;
	clean[n] = '\0';
	return conf->state_dir &&
	       snprintf(path, PATH_MAX, "%s/crm-%s-%s.token%s", conf->state_dir,
		       conf->name, clean, suffix) < PATH_MAX;
}

char *cti_token_load(const struct cti_crm_conf *conf, const char *name, const char *given)
{
	char path[PATH_MAX], text[TOKEN_BYTES], mark[32];
	const char *token = NULL;
	FILE *f;
	size_t n;

	if (!path_of(path, conf, name, ""))
		return NULL;
	f = fopen(path, "re");
	if (!f)
		return NULL;
	n = fread(text, 1, sizeof(text) - 1, f);
	(void)fclose(f);
	text[n] = '\0';
	n = (size_t)snprintf(
		mark, sizeof(mark), "%016llx\n", (unsigned long long)mark_of(given));
	if (strncmp(text, mark, n) == 0 && text[n])
		token = text + n;
	return cti_str_dup(token);
}

static int write_all(int fd, const char *mark, const char *token)
{
	if (dprintf(fd, "%s%s", mark, token) < 0 || fsync(fd))
		return errno ? errno : EIO;
	return 0;
}

void cti_token_keep(const struct cti_crm_conf *conf, const char *name, const char *given,
	const char *token)
{
	char path[PATH_MAX], next[PATH_MAX], mark[32];
	int fd, err;

	if (!path_of(path, conf, name, "") || !path_of(next, conf, name, ".next"))
		return;
	(void)snprintf(
		mark, sizeof(mark), "%016llx\n", (unsigned long long)mark_of(given));
	fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	err = fd < 0 ? errno : write_all(fd, mark, token);
	if (fd >= 0)
		(void)close(fd);
	if (!err && rename(next, path))
		err = errno;
	if (err)
		cti_log(CTI_LOG_ERROR, "crm",
			"a renewed token cannot be kept; after a restart the CRM may refuse us "
			"crm=%s file=%s err=%s",
			conf->name, path, cti_err_name(err));
}
