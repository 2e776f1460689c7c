/*
 * pg_fixture.h -- a private PostgreSQL of one test program: real server, folder of
 * its own, unix socket only, gone when the program is.
 */
#ifndef PG_FIXTURE_H
#define PG_FIXTURE_H

#include <stddef.h>

/* For cmocka's group set-up and tear-down. As root the server runs as an ordinary
 * user. */
int pg_fixture_up(void **state);
int pg_fixture_down(void **state);

/* Connection string of database name, made empty by this call. Static. */
const char *pg_fixture_database(const char *name);
/* The same without making it. */
const char *pg_fixture_url(const char *name);

void pg_fixture_stop(void);  /* immediate: what a crash leaves */
void pg_fixture_start(void); /* again, and ready when it returns */
void pg_fixture_pause(void); /* SIGSTOP to the server and all its backends */
void pg_fixture_resume(void);
/* Ends all sessions of application from the server's side. */
void pg_fixture_cut(const char *application);

/* First value of a statement, or "" for NULL and no row. Fails the test on an
 * error. Static, until the next call. */
const char *pg_fixture_value(const char *database, const char *sql);

#endif
