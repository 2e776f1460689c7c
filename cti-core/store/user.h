/*
 * user.h -- people, their lines and groups, and their log-in sessions.
 *
 * An agent sees the lines of their own; a supervisor also those of everybody in
 * a group of theirs; an admin all.
 *
 * Everywhere: EAGAIN: the database is away; EIO: it refused (cti_pg_error()).
 * Thread: any; blocking, on a connection of the caller's.
 */
#ifndef CTI_USER_H
#define CTI_USER_H

#include "pg.h"
#include "str.h"

#include <stddef.h>
#include <stdint.h>

enum { CTI_USER_NAME_BYTES = 64, CTI_USER_DISPLAY_BYTES = 128 };

struct cti_user {
	char id[37];
	char name[CTI_USER_NAME_BYTES];
	char display[CTI_USER_DISPLAY_BYTES];
	char role[16]; /* "agent", "supervisor", "admin" */
	char lang[8];  /* "en", "ja" */
	char **lines;  /* owned */
	size_t nlines;
	/* Owned; lines of the groups, for an admin all. Of an agent's colleagues only the
	 * states are shown, not the calls. */
	char **watch;
	size_t nwatch;
};
void cti_user_reset(struct cti_user *user); /* frees what it holds */

struct cti_user_new {
	const char *name;    /* letters, digits, . _ - @; kept in lower case */
	const char *display; /* NULL: name */
	const char *role;
	const char *lang; /* NULL: "en" */
	const char *password;
	const char *const *lines;
	size_t nlines;
	const char *const *groups; /* made when they do not exist */
	size_t ngroups;
};

/* EEXIST: there is one of that name; EINVAL: a field is not allowed (*wherep). */
int cti_user_add(struct cti_pg *pg, const struct cti_user_new *n, const char **wherep);

/* The following: ENOENT when there is nobody of that name. */
int cti_user_passwd(
	struct cti_pg *pg, const char *name, const char *password); /* ends sessions */
int cti_user_set_role(struct cti_pg *pg, const char *name, const char *role);
int cti_user_set_lines(
	struct cti_pg *pg, const char *name, const char *const *lines, size_t n);
int cti_user_set_groups(
	struct cti_pg *pg, const char *name, const char *const *groups, size_t n);
/* NULL: stays. EINVAL: too long, or a language that there is not. */
int cti_user_set_words(
	struct cti_pg *pg, const char *name, const char *display, const char *lang);
int cti_user_remove(struct cti_pg *pg, const char *name);

/* By id or, with id NULL, by name. user is reset first. */
int cti_user_load(
	struct cti_pg *pg, const char *id, const char *name, struct cti_user *user);

/* JSON array of {id,name,display,role,lang,lines[],groups[],created_at}. */
int cti_user_list(struct cti_pg *pg, struct cti_buf *json);

/*
 * 0 and *user; EACCES: wrong name or password, after the same work for either;
 * EBUSY: too many failures of late for this name from this address, or from
 * this address. remote: the client's address.
 */
int cti_user_login(struct cti_pg *pg, const char *name, const char *password,
	const char *remote, struct cti_user *user);

/* hash: SHA-256 of the cookie, hex; the cookie itself is never kept. */
int cti_session_put(
	struct cti_pg *pg, const char *hash, const char *user_id, int64_t expires_us);
/* ENOENT: none, or expired. */
int cti_session_get(
	struct cti_pg *pg, const char *hash, char user_id[37], int64_t *expires_usp);
int cti_session_drop(struct cti_pg *pg, const char *hash);

#endif
