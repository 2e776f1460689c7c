/*
 * pg.c -- libpq behind pg.h: non-blocking calls with a deadline of ours, since
 * libpq's own wait for ever when the server is stopped rather than dead.
 */
#include "pg.h"

#include <assert.h>
#include <cti/clock.h>
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	STATEMENTS_MAX = 96,
	/* The server's own limit strikes first: its answer keeps the connection. */
	GRACE_MS = 300,
	COPY_CHUNK_BYTES = 64 * 1024,
	CONNECT_MS = 5000,
};

struct cti_pg {
	char *url; /* owned; may hold the password */
	char *application;
	PGconn *conn;        /* NULL: not connected */
	const char *session; /* borrowed; NULL: none */
	uint32_t limit_ms;
	int stop_fd;
	bool in_transaction; /* as the caller sees it: a loss must not go unnoticed */
	const char *prepared[STATEMENTS_MAX]; /* by address; the name is the index */
	size_t nprepared;
	char error[256];
	char sqlstate[6];
};

/* A result is libpq's own, under our name. */
static PGresult *own(const struct cti_pg_result *res)
{
	return (PGresult *)(uintptr_t)res;
}

/* Values of rows stand behind the colon of a data exception's message. */
static void keep_error(struct cti_pg *pg, const char *msg, const char *sqlstate)
{
	size_t len = strcspn(msg, "\r\n");
	const char *colon = strncmp(sqlstate, "22", 2) ? NULL : strstr(msg, ": ");

	if (colon && (size_t)(colon - msg) < len)
		len = (size_t)(colon - msg);
	(void)cti_str_copyn(pg->error, sizeof(pg->error), msg, len);
	(void)cti_str_copy(pg->sqlstate, sizeof(pg->sqlstate), sqlstate);
}

static void drop(struct cti_pg *pg)
{
	if (pg->conn)
		PQfinish(pg->conn);
	pg->conn = NULL;
	pg->nprepared = 0;
}

/* The connection is of no more use; err: ETIMEDOUT, ECANCELED or another. */
static enum cti_pg_status lost(struct cti_pg *pg, int err, enum cti_pg_status status)
{
	if (err == ETIMEDOUT)
		keep_error(pg, "no answer in time", "");
	else if (err == ECANCELED)
		keep_error(pg, "given up", "");
	else
		keep_error(pg, pg->conn ? PQerrorMessage(pg->conn) : "not connected", "");
	drop(pg);
	return status;
}

int cti_pg_errno(enum cti_pg_status status)
{
	switch (status) {
	case CTI_PG_OK:
		return 0;
	case CTI_PG_REFUSED:
		return EIO;
	case CTI_PG_UNKNOWN:
	case CTI_PG_AWAY:
		break;
	}
	return EAGAIN;
}

void cti_pg_array(struct cti_buf *out, const char *const *v, size_t n)
{
	cti_buf_str(out, "{");
	for (size_t i = 0; i < n; i++) {
		cti_buf_str(out, i ? ",\"" : "\"");
		for (const char *p = v[i]; *p; p++) {
			if (*p == '"' || *p == '\\')
				cti_buf_str(out, "\\");
			cti_buf_add(out, p, 1);
		}
		cti_buf_str(out, "\"");
	}
	cti_buf_str(out, "}");
}

int cti_pg_alloc(struct cti_pg **pgp, const char *url, const char *application)
{
	struct cti_pg *pg;

	if (!pgp || !url || !application)
		return EINVAL;
	pg = calloc(1, sizeof(*pg));
	if (!pg)
		return ENOMEM;
	pg->stop_fd = -1;
	pg->url = cti_str_dup(url);
	pg->application = cti_str_dup(application);
	if (!pg->url || !pg->application) {
		cti_pg_free(pg);
		return ENOMEM;
	}
	*pgp = pg;
	return 0;
}

void cti_pg_free(struct cti_pg *pg)
{
	if (!pg)
		return;
	drop(pg);
	free(pg->url);
	free(pg->application);
	free(pg);
}

void cti_pg_set_limit(struct cti_pg *pg, uint32_t limit_ms, int stop_fd)
{
	pg->limit_ms = limit_ms;
	pg->stop_fd = stop_fd;
}

void cti_pg_set_session(struct cti_pg *pg, const char *sql)
{
	pg->session = sql;
}

static int64_t deadline_of(uint32_t limit_ms)
{
	return limit_ms ? cti_mono_us() + (int64_t)limit_ms * 1000 : INT64_MAX;
}

static int wait_ms(int64_t deadline_us)
{
	int64_t left_ms;

	if (deadline_us == INT64_MAX)
		return -1;
	left_ms = (deadline_us - cti_mono_us() + 999) / 1000;
	if (left_ms < 0)
		return 0;
	return left_ms > 60000 ? 60000 : (int)left_ms;
}

/* 0 when the socket is ready; ETIMEDOUT, ECANCELED (stop_fd) or an errno. */
static int wait_socket(struct cti_pg *pg, short events, int64_t deadline_us)
{
	struct pollfd fds[2] = {
		{ .fd = PQsocket(pg->conn), .events = events },
		{ .fd = pg->stop_fd, .events = POLLIN }, /* -1 is passed over */
	};

	for (;;) {
		const int n = poll(fds, 2, wait_ms(deadline_us));

		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0)
			return fds[1].revents ? ECANCELED : 0;
		if (deadline_us != INT64_MAX && cti_mono_us() >= deadline_us)
			return ETIMEDOUT;
	}
}

static int connect_start(struct cti_pg *pg)
{
	const char *const keys[] = { "dbname", "fallback_application_name",
		"client_encoding", NULL };
	const char *const values[] = { pg->url, pg->application, "UTF8", NULL };

	pg->conn = PQconnectStartParams(keys, values, 1);
	if (!pg->conn)
		return ENOMEM;
	return PQstatus(pg->conn) == CONNECTION_BAD ? ECONNREFUSED : 0;
}

/* libpq's own would write it to stderr. */
static void ignore_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

static int connect_wait(struct cti_pg *pg, int64_t deadline_us)
{
	PostgresPollingStatusType st = PGRES_POLLING_WRITING;
	int err;

	while (st != PGRES_POLLING_OK) {
		err = wait_socket(
			pg, st == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline_us);
		if (err)
			return err;
		st = PQconnectPoll(pg->conn);
		if (st == PGRES_POLLING_FAILED)
			return ECONNREFUSED;
	}
	(void)PQsetNoticeProcessor(pg->conn, ignore_notice, NULL);
	return PQsetnonblocking(pg->conn, 1) ? ENOMEM : 0;
}

/* What our statements rely on, whatever the role's or the server's defaults are. */
static enum cti_pg_status connect_settings(struct cti_pg *pg)
{
	static const char sql[] = "SELECT set_config('timezone', 'UTC', false),"
				  " set_config('datestyle', 'ISO', false),"
				  " set_config('statement_timeout', $1, false)";
	char limit[16];
	const char *const params[] = { limit };
	enum cti_pg_status st;

	(void)snprintf(limit, sizeof(limit), "%u", (unsigned)pg->limit_ms);
	st = cti_pg_exec(pg, NULL, sql, 1, params);
	if (st == CTI_PG_OK && pg->session)
		st = cti_pg_exec(pg, NULL, pg->session, 0, NULL);
	return st;
}

/* A server that went away while we were idle has left an end of file to be read. */
static bool still_there(struct cti_pg *pg)
{
	struct pollfd fd = { .events = POLLIN };

	if (!pg->conn || PQstatus(pg->conn) != CONNECTION_OK)
		return false;
	fd.fd = PQsocket(pg->conn);
	if (poll(&fd, 1, 0) > 0)
		(void)PQconsumeInput(pg->conn);
	return PQstatus(pg->conn) == CONNECTION_OK;
}

enum cti_pg_status cti_pg_connect(struct cti_pg *pg, uint32_t timeout_ms)
{
	int err;

	if (still_there(pg))
		return CTI_PG_OK;
	drop(pg);
	err = connect_start(pg);
	if (!err)
		err = connect_wait(pg, deadline_of(timeout_ms));
	if (err)
		return lost(pg, err, CTI_PG_AWAY);
	if (connect_settings(pg) != CTI_PG_OK) {
		drop(pg);
		return CTI_PG_AWAY;
	}
	return CTI_PG_OK;
}

const char *cti_pg_error(const struct cti_pg *pg)
{
	return pg->error;
}

const char *cti_pg_sqlstate(const struct cti_pg *pg)
{
	return pg->sqlstate;
}

/* Everything that was sent is on its way. The server may want to talk meanwhile,
 * and does not read on before it could. */
static int flush_out(struct cti_pg *pg, int64_t deadline_us)
{
	int left;

	while ((left = PQflush(pg->conn)) > 0) {
		const int err = wait_socket(pg, POLLIN | POLLOUT, deadline_us);

		if (err)
			return err;
		if (!PQconsumeInput(pg->conn))
			return ECONNRESET;
	}
	return left < 0 ? ECONNRESET : 0;
}

/* *resp NULL: no more results of this statement. */
static int next_result(struct cti_pg *pg, PGresult **resp, int64_t deadline_us)
{
	int err = flush_out(pg, deadline_us);

	while (!err && PQisBusy(pg->conn)) {
		err = wait_socket(pg, POLLIN, deadline_us);
		if (!err && !PQconsumeInput(pg->conn))
			err = ECONNRESET;
	}
	*resp = err ? NULL : PQgetResult(pg->conn);
	return err;
}

static bool result_good(const PGresult *res)
{
	const ExecStatusType st = PQresultStatus(res);

	return st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK || st == PGRES_COPY_OUT ||
	       st == PGRES_COPY_IN || st == PGRES_EMPTY_QUERY;
}

static void keep_result_error(struct cti_pg *pg, const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *msg = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	keep_error(pg, msg ? msg : PQresultErrorMessage(res), state ? state : "");
}

static bool is_copy(const PGresult *res)
{
	return PQresultStatus(res) == PGRES_COPY_IN ||
	       PQresultStatus(res) == PGRES_COPY_OUT;
}

/*
 * All results of what was sent; the last good one goes to *resp. At COPY it stops:
 * rows follow. A server that ends our session (57P01 and its like) does not tell
 * what became of the statement.
 */
static enum cti_pg_status collect(struct cti_pg *pg, PGresult **resp)
{
	const int64_t deadline_us =
		deadline_of(pg->limit_ms ? pg->limit_ms + GRACE_MS : 0);
	enum cti_pg_status status = CTI_PG_OK;
	PGresult *kept = NULL;
	PGresult *res = NULL;
	int err;

	for (;;) {
		err = next_result(pg, &res, deadline_us);
		if (err || !res)
			break;
		if (!result_good(res)) {
			keep_result_error(pg, res);
			status = CTI_PG_REFUSED;
		}
		PQclear(kept);
		kept = res;
		if (is_copy(res))
			break;
	}
	if (err || PQstatus(pg->conn) != CONNECTION_OK) {
		PQclear(kept);
		return lost(pg, err ? err : ECONNRESET, CTI_PG_UNKNOWN);
	}
	if (status == CTI_PG_OK && resp)
		*resp = kept;
	else
		PQclear(kept);
	return status;
}

static enum cti_pg_status ready(struct cti_pg *pg)
{
	if (!pg->in_transaction)
		return cti_pg_connect(pg, CONNECT_MS);
	return pg->conn ? CTI_PG_OK : lost(pg, ENOTCONN, CTI_PG_AWAY);
}

static enum cti_pg_status run_simple(struct cti_pg *pg, PGresult **resp, const char *sql)
{
	const enum cti_pg_status st = ready(pg);

	if (st != CTI_PG_OK)
		return st;
	if (!PQsendQuery(pg->conn, sql))
		return lost(pg, ECONNRESET, CTI_PG_AWAY);
	return collect(pg, resp);
}

/* The index of the statement; prepares it if this connection has not yet. */
static enum cti_pg_status prepare(struct cti_pg *pg, const char *sql, size_t *indexp)
{
	enum cti_pg_status st;
	char name[16];
	size_t i;

	for (i = 0; i < pg->nprepared; i++)
		if (pg->prepared[i] == sql)
			break;
	*indexp = i;
	if (i < pg->nprepared)
		return CTI_PG_OK;
	assert(i < STATEMENTS_MAX); /* statements are constants of this program */
	(void)snprintf(name, sizeof(name), "s%zu", i);
	if (!PQsendPrepare(pg->conn, name, sql, 0, NULL))
		return lost(pg, ECONNRESET, CTI_PG_AWAY);
	st = collect(pg, NULL);
	if (st == CTI_PG_OK)
		pg->prepared[pg->nprepared++] = sql;
	return st;
}

enum cti_pg_status cti_pg_exec(struct cti_pg *pg, struct cti_pg_result **resp,
	const char *sql, size_t nparams, const char *const *params)
{
	enum cti_pg_status st;
	PGresult *res = NULL;
	char name[16];
	size_t index;

	st = ready(pg);
	if (st == CTI_PG_OK)
		st = prepare(pg, sql, &index);
	if (st != CTI_PG_OK)
		return st;
	(void)snprintf(name, sizeof(name), "s%zu", index);
	if (!PQsendQueryPrepared(pg->conn, name, (int)nparams, params, NULL, NULL, 0))
		return lost(pg, ECONNRESET, CTI_PG_AWAY);
	st = collect(pg, &res);
	if (st == CTI_PG_OK && resp)
		*resp = (struct cti_pg_result *)(void *)res;
	else
		PQclear(res);
	return st;
}

enum cti_pg_status cti_pg_script(struct cti_pg *pg, const char *sql)
{
	return run_simple(pg, NULL, sql);
}

enum cti_pg_status cti_pg_begin(struct cti_pg *pg)
{
	const enum cti_pg_status st = run_simple(pg, NULL, "BEGIN");

	pg->in_transaction = st == CTI_PG_OK;
	return st;
}

/* COMMIT of a failed transaction rolls back and says so by its tag alone. */
enum cti_pg_status cti_pg_commit(struct cti_pg *pg)
{
	PGresult *res = NULL;
	enum cti_pg_status st = run_simple(pg, &res, "COMMIT");

	if (st == CTI_PG_OK && strcmp(PQcmdStatus(res), "COMMIT")) {
		keep_error(pg, "transaction had failed before", "25P02");
		st = CTI_PG_REFUSED;
	}
	PQclear(res);
	pg->in_transaction = false;
	return st;
}

void cti_pg_rollback(struct cti_pg *pg)
{
	pg->in_transaction = false;
	if (pg->conn && PQtransactionStatus(pg->conn) != PQTRANS_IDLE)
		(void)run_simple(pg, NULL, "ROLLBACK");
}

size_t cti_pg_rows(const struct cti_pg_result *res)
{
	return res ? (size_t)PQntuples(own(res)) : 0;
}

const char *cti_pg_value(const struct cti_pg_result *res, size_t row, size_t col)
{
	if (row >= cti_pg_rows(res) || PQgetisnull(own(res), (int)row, (int)col))
		return NULL;
	return PQgetvalue(own(res), (int)row, (int)col);
}

size_t cti_pg_affected(const struct cti_pg_result *res)
{
	return res ? (size_t)strtoull(PQcmdTuples(own(res)), NULL, 10) : 0;
}

void cti_pg_result_free(struct cti_pg_result *res)
{
	PQclear(own(res));
}

/* One row, to be freed by PQfreemem(); *lenp -1: the end. */
static int copy_next(struct cti_pg *pg, char **rowp, int *lenp)
{
	const int64_t deadline_us = deadline_of(pg->limit_ms);

	for (;;) {
		int err;

		*lenp = PQgetCopyData(pg->conn, rowp, 1);
		if (*lenp)
			return *lenp == -2 ? ECONNRESET : 0;
		err = wait_socket(pg, POLLIN, deadline_us);
		if (err)
			return err;
		if (!PQconsumeInput(pg->conn))
			return ECONNRESET;
	}
}

enum cti_pg_status cti_pg_copy_out(
	struct cti_pg *pg, const char *sql, cti_pg_row_h *h, void *arg)
{
	enum cti_pg_status st = CTI_PG_OK;

	/* The server counts the whole COPY, which takes as long as its reader. */
	if (pg->limit_ms && pg->in_transaction)
		st = run_simple(pg, NULL, "SET LOCAL statement_timeout = 0");
	if (st == CTI_PG_OK)
		st = run_simple(pg, NULL, sql);
	if (st != CTI_PG_OK)
		return st;
	for (;;) {
		char *row = NULL;
		int len;
		int err = copy_next(pg, &row, &len);

		if (err)
			return lost(pg, err, CTI_PG_UNKNOWN);
		if (len < 0)
			return collect(pg, NULL);
		err = h(row, (size_t)len, arg);
		PQfreemem(row);
		if (err)
			return lost(pg, ECANCELED, CTI_PG_REFUSED);
	}
}

enum cti_pg_status cti_pg_copy_begin(struct cti_pg *pg, const char *sql)
{
	return run_simple(pg, NULL, sql);
}

/* libpq's buffer grows without end while the server is slow: flush by pieces. */
enum cti_pg_status cti_pg_copy_put(struct cti_pg *pg, const char *data, size_t len)
{
	while (len) {
		const int n = len > COPY_CHUNK_BYTES ? COPY_CHUNK_BYTES : (int)len;
		int sent, err;

		if (!pg->conn)
			return lost(pg, ENOTCONN, CTI_PG_UNKNOWN);
		sent = PQputCopyData(pg->conn, data, n);
		err = sent < 0 ? ECONNRESET : flush_out(pg, deadline_of(pg->limit_ms));
		if (err)
			return lost(pg, err, CTI_PG_UNKNOWN);
		if (sent) { /* 0: its buffer was full; again after the flush */
			data += n;
			len -= (size_t)n;
		}
	}
	return CTI_PG_OK;
}

enum cti_pg_status cti_pg_copy_end(struct cti_pg *pg)
{
	if (!pg->conn || PQputCopyEnd(pg->conn, NULL) < 0)
		return lost(pg, ECONNRESET, CTI_PG_UNKNOWN);
	return collect(pg, NULL);
}
