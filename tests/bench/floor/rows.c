/*
 * rows.c -- URL SECONDS: how many rows a second PostgreSQL takes in INSERTs of 100 rows,
 * each committed, over one connection, with a prepared statement: rows of a call's size
 * in a table with three indexes. Prints rows a second.
 */
#include <libpq-fe.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROWS = 100, COLUMNS = 6, DOC_BYTES = 900 };

static void check(PGconn *db, PGresult *res)
{
	const ExecStatusType st = PQresultStatus(res);

	if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK) {
		(void)fprintf(stderr, "rows: %s", PQerrorMessage(db));
		exit(1);
	}
	PQclear(res);
}

static double now_s(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void prepare(PGconn *db)
{
	static char sql[ROWS * 64];
	size_t len;

	check(db, PQexec(db, "CREATE TABLE floor_rows ("
			     "id uuid PRIMARY KEY, number text, line text, "
			     "started_at timestamptz, outcome text, doc jsonb);"
			     "CREATE INDEX ON floor_rows (number);"
			     "CREATE INDEX ON floor_rows (started_at, id)"));
	len = (size_t)snprintf(sql, sizeof(sql), "INSERT INTO floor_rows VALUES ");
	for (int i = 0; i < ROWS; i++)
		len += (size_t)snprintf(sql + len, sizeof(sql) - len,
			"%s($%d,$%d,$%d,$%d,$%d,$%d)", i ? "," : "", i * COLUMNS + 1,
			i * COLUMNS + 2, i * COLUMNS + 3, i * COLUMNS + 4,
			i * COLUMNS + 5, i * COLUMNS + 6);
	check(db, PQprepare(db, "rows", sql, ROWS * COLUMNS, NULL));
}

static void fill(char (*text)[40], const char **values, const char *doc, unsigned long *n)
{
	for (int i = 0; i < ROWS; i++, ++*n) {
		(void)snprintf(text[2 * i], sizeof(text[0]),
			"00000000-0000-7000-8000-%012lx", *n);
		(void)snprintf(text[2 * i + 1], sizeof(text[0]), "0801%07lu", *n);
		values[i * COLUMNS] = text[2 * i];
		values[i * COLUMNS + 1] = text[2 * i + 1];
		values[i * COLUMNS + 2] = "10000";
		values[i * COLUMNS + 3] = "2026-01-01T00:00:00Z";
		values[i * COLUMNS + 4] = "answered";
		values[i * COLUMNS + 5] = doc;
	}
}

int main(int argc, char *argv[])
{
	static char text[2 * ROWS][40];
	static const char *values[ROWS * COLUMNS];
	static char doc[DOC_BYTES + 32];
	const double seconds = argc == 3 ? atof(argv[2]) : 0;
	unsigned long n = 0;
	double begin, end;
	PGconn *db;

	if (seconds <= 0) {
		(void)fputs("usage: rows URL SECONDS\n", stderr);
		return 2;
	}
	db = PQconnectdb(argv[1]);
	if (PQstatus(db) != CONNECTION_OK) {
		(void)fprintf(stderr, "rows: %s", PQerrorMessage(db));
		return 1;
	}
	(void)snprintf(doc, sizeof(doc), "{\"text\": \"%0*d\"}", DOC_BYTES, 0);
	prepare(db);
	begin = now_s();
	do {
		fill(text, values, doc, &n);
		check(db, PQexecPrepared(
				  db, "rows", ROWS * COLUMNS, values, NULL, NULL, 0));
		end = now_s();
	} while (end - begin < seconds);
	(void)printf("%.1f\n", (double)n / (end - begin));
	check(db, PQexec(db, "DROP TABLE floor_rows"));
	PQfinish(db);
	return 0;
}
