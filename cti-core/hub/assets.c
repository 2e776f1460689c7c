/*
 * assets.c -- the web folder in memory.
 */
#include "assets.h"

#include "str.h"
#include "strmap.h"

#include <sodium.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	DEPTH_MAX = 5,
	PATH_MAX_BYTES = 512,
	FILE_MAX = 8 * 1024 * 1024,
	TOTAL_MAX = 64 * 1024 * 1024,
	HASH_CHARS_MIN = 8, /* of a name like main-1a2b3c4d.js */
};

struct cti_assets {
	struct cti_strmap *files; /* path -> struct file, owned */
	size_t total;
	unsigned refs;
};

struct file {
	struct cti_asset asset;
	char path[];
};

static const char *type_of(const char *path)
{
	static const struct {
		const char *ext, *ctype;
	} types[] = {
		{ "html", "text/html; charset=utf-8" },
		{ "js", "text/javascript; charset=utf-8" },
		{ "mjs", "text/javascript; charset=utf-8" },
		{ "css", "text/css; charset=utf-8" },
		{ "json", "application/json" },
		{ "map", "application/json" },
		{ "webmanifest", "application/manifest+json" },
		{ "svg", "image/svg+xml" },
		{ "png", "image/png" },
		{ "ico", "image/x-icon" },
		{ "woff2", "font/woff2" },
		{ "txt", "text/plain; charset=utf-8" },
		{ "wav", "audio/wav" },
		{ "mp3", "audio/mpeg" },
	};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(dot + 1, types[i].ext))
			return types[i].ctype;
	return "application/octet-stream";
}

/* "name-HASH.ext" or "name.HASH.ext": the bundler gives each content its own name.
 * A hash has a digit; words like "index-settings" need not. */
static bool is_hashed(const char *path)
{
	const char *dot = strrchr(path, '.');
	const char *p = dot;
	bool digit = false;

	while (p && p > path && (isalnum((unsigned char)p[-1]) || p[-1] == '_')) {
		p--;
		digit = digit || isdigit((unsigned char)*p);
	}
	return p && p > path && (p[-1] == '-' || p[-1] == '.') && digit &&
	       dot - p >= HASH_CHARS_MIN;
}

static const char *cache_of(const char *path)
{
	if (!strcmp(type_of(path), "text/html; charset=utf-8"))
		return "no-store";
	return is_hashed(path) ? "public, max-age=31536000, immutable" : "no-cache";
}

static void file_free(void *value)
{
	struct file *f = value;

	if (f)
		free(f->asset.data);
	free(f);
}

static int read_all(unsigned char *data, size_t len, int fd)
{
	size_t have = 0;

	while (have < len) {
		const ssize_t n = read(fd, data + have, len - have);

		if (n < 0)
			return errno;
		if (!n)
			return EIO; /* it shrank while we read */
		have += (size_t)n;
	}
	return 0;
}

static void set_etag(struct cti_asset *asset)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char hex[33];

	(void)crypto_hash_sha256(hash, asset->data, asset->len);
	(void)sodium_bin2hex(hex, sizeof(hex), hash, 16);
	(void)snprintf(asset->etag, sizeof(asset->etag), "\"%s\"", hex);
}

static int add_file(struct cti_assets *a, int fd, const char *path, size_t size)
{
	struct file *f = calloc(1, sizeof(*f) + strlen(path) + 1);
	int err = ENOMEM;

	if (!f)
		return err;
	memcpy(f->path, path, strlen(path));
	f->asset.path = f->path;
	f->asset.ctype = type_of(path);
	f->asset.cache = cache_of(path);
	f->asset.len = size;
	f->asset.data = malloc(size ? size : 1);
	if (!f->asset.data)
		goto out;
	err = read_all(f->asset.data, size, fd);
	if (err)
		goto out;
	set_etag(&f->asset);
	err = cti_strmap_put(a->files, path, f, NULL);
	if (!err)
		a->total += size;
out:
	if (err)
		file_free(f);
	return err;
}

static int load_dir(struct cti_assets *a, int dirfd, const char *prefix, unsigned depth);

static int load_entry(struct cti_assets *a, int dirfd, const char *prefix,
	const char *name, unsigned depth)
{
	char path[PATH_MAX_BYTES];
	struct stat st;
	int err = 0;
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", prefix, name) >= (int)sizeof(path))
		return 0;
	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ELOOP || errno == EACCES ? 0 : errno;
	if (fstat(fd, &st) < 0)
		err = errno;
	else if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
		return load_dir(a, fd, path, depth + 1); /* takes fd */
	else if (S_ISREG(st.st_mode) && st.st_size <= FILE_MAX)
		err = a->total + (size_t)st.st_size > TOTAL_MAX
			      ? EFBIG
			      : add_file(a, fd, path, (size_t)st.st_size);
	(void)close(fd);
	return err;
}

static int load_dir(struct cti_assets *a, int dirfd, const char *prefix, unsigned depth)
{
	DIR *dir = fdopendir(dirfd);
	const struct dirent *e;
	int err = 0;

	if (!dir) {
		err = errno;
		(void)close(dirfd);
		return err;
	}
	while (!err && (e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.')
			err = load_entry(a, dirfd, prefix, e->d_name, depth);
	(void)closedir(dir);
	return err;
}

int cti_assets_load(struct cti_assets **ap, const char *dir)
{
	struct cti_assets *a = calloc(1, sizeof(*a));
	int err = ENOMEM;
	int fd;

	if (!a)
		return err;
	a->refs = 1;
	err = cti_strmap_alloc(&a->files);
	if (err)
		goto out;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = fd < 0 ? errno : load_dir(a, fd, "", 0);
	if (err)
		goto out;
	*ap = a;
out:
	if (err)
		cti_assets_unref(a);
	return err;
}

struct cti_assets *cti_assets_ref(struct cti_assets *a)
{
	a->refs++;
	return a;
}

void cti_assets_unref(struct cti_assets *a)
{
	if (!a || --a->refs)
		return;
	cti_strmap_free(a->files, file_free);
	free(a);
}

const struct cti_asset *cti_assets_find(const struct cti_assets *a, const char *path)
{
	const char *last = strrchr(path, '/');
	const struct file *f = cti_strmap_get(a->files, path);

	if (!f && last && !strchr(last, '.'))
		f = cti_strmap_get(a->files, "/index.html");
	return f ? &f->asset : NULL;
}

size_t cti_assets_count(const struct cti_assets *a)
{
	return cti_strmap_count(a->files);
}

int64_t cti_assets_stamp(const char *dir)
{
	char path[PATH_MAX_BYTES];
	struct stat st;

	if (snprintf(path, sizeof(path), "%s/index.html", dir) >= (int)sizeof(path))
		return 0;
	if (stat(path, &st) < 0)
		return 0;
	return (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000 + 1;
}
