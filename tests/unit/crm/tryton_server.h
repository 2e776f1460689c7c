/*
 * tryton_server.h -- a real Tryton (Debian's tryton-server) with a database of its own,
 * in a folder of its own.
 */
#ifndef TEST_TRYTON_SERVER_H
#define TEST_TRYTON_SERVER_H

#include <stdbool.h>

/* False and why, when the packages are not installed. */
bool tryton_there(const char **whyp);
void tryton_up(void); /* makes the database and starts */
void tryton_down(void);
const char *tryton_url(void);
void tryton_restart(void); /* SIGTERM, and again, ready when it returns */
void tryton_pause(void);   /* SIGSTOP */
void tryton_resume(void);

#endif
