/*
 * assets.h -- the web files, read once and kept in memory.
 *
 * A request looks a path up in a table, so there is no path that leads out of
 * the folder and the hub thread never waits for a disk.
 *
 * Thread: load on any; afterwards the hub's.
 */
#ifndef CTI_ASSETS_H
#define CTI_ASSETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cti_asset {
	const char *path; /* "/assets/main-1a2b3c4d.js" */
	const char *ctype;
	const char *cache; /* Cache-Control */
	char etag[36];     /* quoted */
	unsigned char *data;
	size_t len;
};

struct cti_assets;

/* ENOENT: no such folder. Hidden files, links and files over 8 MB are left out. */
int cti_assets_load(struct cti_assets **ap, const char *dir);
/* One thread at a time. An answer that is going out holds a reference. */
struct cti_assets *cti_assets_ref(struct cti_assets *a);
void cti_assets_unref(struct cti_assets *a);
/* A file, or for the path of a page (no dot in its last part) index.html; else NULL. */
const struct cti_asset *cti_assets_find(const struct cti_assets *a, const char *path);
size_t cti_assets_count(const struct cti_assets *a);
/* Changes when the folder's index.html does; 0: none. */
int64_t cti_assets_stamp(const char *dir);

#endif
