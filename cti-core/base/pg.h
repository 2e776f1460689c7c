/*
 * pg.h -- one connection to PostgreSQL. pg.c is the only file that names libpq.
 *
 * Blocking: for the store's thread, worker threads and commands, never for the
 * core or hub thread. Statements are constants with $1 parameters; there is no
 * way to build SQL from strings here.
 *
 * Thread: one connection belongs to one thread.
 */
#ifndef CTI_PG_H
#define CTI_PG_H

#include "str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cti_pg;        /* connection, owned */
struct cti_pg_result; /* owned */

/*
 * What became of a statement. UNKNOWN: the connection died after we sent it, it
 * may have happened; the caller repeats it, so what changes data must be
 * idempotent. REFUSED: the server said no; the reason is cti_pg_error().
 */
enum cti_pg_status { CTI_PG_OK, CTI_PG_REFUSED, CTI_PG_UNKNOWN, CTI_PG_AWAY };

/* For callers that speak errno: 0, EIO (refused), EAGAIN (away or unknown). */
int cti_pg_errno(enum cti_pg_status status);

/* Appends the literal of a text[] parameter. */
void cti_pg_array(struct cti_buf *out, const char *const *v, size_t n);

/* Does not connect yet. url: libpq's, may hold the password (never logged). */
int cti_pg_alloc(struct cti_pg **pgp, const char *url, const char *application);
void cti_pg_free(struct cti_pg *pg);

/*
 * A statement that takes longer is given up and the connection with it (UNKNOWN);
 * the server is told the same limit. 0: none. In COPY it counts from row to row; for
 * a COPY that takes longer as a whole, be in a transaction.
 * What waits also ends when stop_fd (-1: none) becomes readable. Before connect.
 */
void cti_pg_set_limit(struct cti_pg *pg, uint32_t limit_ms, int stop_fd);

/* A statement for the begin of each connection, a constant. Before connect. */
void cti_pg_set_session(struct cti_pg *pg, const char *sql);

/*
 * Connects if it is not, also when the server has closed it meanwhile. Statements
 * outside a transaction do the same by themselves (at most 5 s). Waits at most
 * timeout_ms. OK or AWAY.
 */
enum cti_pg_status cti_pg_connect(struct cti_pg *pg, uint32_t timeout_ms);
const char *cti_pg_error(const struct cti_pg *pg);    /* one line, no values of rows */
const char *cti_pg_sqlstate(const struct cti_pg *pg); /* "" if none */

/* Prepares on first use, by the address of sql (a string constant). params are
 * text; NULL is SQL NULL. *resp may be NULL when no rows are wanted. */
enum cti_pg_status cti_pg_exec(struct cti_pg *pg, struct cti_pg_result **resp,
	const char *sql, size_t nparams, const char *const *params);
/* Several statements without parameters (migrations). */
enum cti_pg_status cti_pg_script(struct cti_pg *pg, const char *sql);
enum cti_pg_status cti_pg_begin(struct cti_pg *pg);
enum cti_pg_status cti_pg_commit(struct cti_pg *pg);
void cti_pg_rollback(struct cti_pg *pg);

size_t cti_pg_rows(const struct cti_pg_result *res);
/* NULL for SQL NULL, and where there is no such row. */
const char *cti_pg_value(const struct cti_pg_result *res, size_t row, size_t col);
size_t cti_pg_affected(const struct cti_pg_result *res);
void cti_pg_result_free(struct cti_pg_result *res);

/* COPY ... TO STDOUT. Constant memory; h returns 0 or an errno that stops it: then
 * the connection is closed and the answer is REFUSED. data ends with a newline. */
typedef int(cti_pg_row_h)(const char *data, size_t len, void *arg);
enum cti_pg_status cti_pg_copy_out(
	struct cti_pg *pg, const char *sql, cti_pg_row_h *h, void *arg);
/* COPY ... FROM STDIN (text format rows, made by the caller; put them by many KB,
 * each put is a system call). */
enum cti_pg_status cti_pg_copy_begin(struct cti_pg *pg, const char *sql);
enum cti_pg_status cti_pg_copy_put(struct cti_pg *pg, const char *data, size_t len);
enum cti_pg_status cti_pg_copy_end(struct cti_pg *pg);

#endif
