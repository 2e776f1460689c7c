/*
 * pg_fixture.c -- see pg_fixture.h. The server's programs are started directly, not
 * through pg_ctl, so that we have its process id and its death is ours to see.
 */
#include "pg_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct {
	char dir[64];
	char bin[128];
	pid_t server; /* 0: none */
	const struct passwd *user;
	bool paused;
} fx;

/* The newest below /usr/lib/postgresql. */
static int find_bin(void)
{
	DIR *dir = opendir("/usr/lib/postgresql");
	const struct dirent *e;
	long best = 0;

	if (!dir)
		return ENOENT;
	while ((e = readdir(dir)) != NULL) {
		const long v = strtol(e->d_name, NULL, 10);

		if (v > best)
			best = v;
	}
	(void)closedir(dir);
	(void)snprintf(fx.bin, sizeof(fx.bin), "/usr/lib/postgresql/%ld/bin", best);
	return best ? 0 : ENOENT;
}

static void become_user(void)
{
	if (!fx.user)
		return;
	if (setgroups(0, NULL) || setgid(fx.user->pw_gid) || setuid(fx.user->pw_uid))
		_exit(126);
}

/* The child dies with us, whatever ends us, and does not hold our files open. */
static pid_t start(const char *program, char *argv[])
{
	char path[256];
	char log[96];
	const pid_t parent = getpid();
	const pid_t pid = fork();
	int fd;

	if (pid)
		return pid;
	become_user();
	(void)prctl(PR_SET_PDEATHSIG, SIGQUIT);
	if (getppid() != parent)
		_exit(125);
	(void)snprintf(log, sizeof(log), "%s/log", fx.dir);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	(void)dup2(fd, 1);
	(void)dup2(fd, 2);
	(void)chdir(fx.dir);
	(void)snprintf(path, sizeof(path), "%s/%s", fx.bin, program);
	argv[0] = path; /* by it the program finds its other parts */
	(void)execv(path, argv);
	_exit(127);
}

static int run_initdb(void)
{
	char data[96];
	char *argv[] = { "initdb", "-D", data, "-U", "test", "-A", "trust", "-E",
		"UTF8", "--no-locale", "-N", NULL };
	int status = 0;
	pid_t pid;

	(void)snprintf(data, sizeof(data), "%s/data", fx.dir);
	pid = start("initdb", argv);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : EIO;
}

const char *pg_fixture_url(const char *name)
{
	static char url[256];

	(void)snprintf(url, sizeof(url),
		"host=%s user=test dbname=%s options='-c client_min_messages=warning'",
		fx.dir, name);
	return url;
}

/* Until it answers or has died. */
static int wait_ready(void)
{
	for (int i = 0; i < 600; i++) {
		PGPing ping = PQping(pg_fixture_url("postgres"));

		if (ping == PQPING_OK)
			return 0;
		if (waitpid(fx.server, NULL, WNOHANG) == fx.server)
			return EIO;
		(void)poll(NULL, 0, 50);
	}
	return ETIMEDOUT;
}

static int start_server(void)
{
	char data[96];
	char *argv[] = { "postgres", "-D", data, "-k", fx.dir, "-c",
		"listen_addresses=", "-c", "fsync=off", "-c", "max_connections=40", "-c",
		"shared_buffers=16MB", "-c", "log_min_messages=fatal", NULL };

	(void)snprintf(data, sizeof(data), "%s/data", fx.dir);
	fx.server = start("postgres", argv);
	return fx.server < 0 ? errno : wait_ready();
}

void pg_fixture_start(void)
{
	assert_int_equal(start_server(), 0);
}

static void kill_server(void)
{
	if (fx.server <= 0)
		return;
	if (fx.paused)
		pg_fixture_resume();
	(void)kill(fx.server, SIGQUIT);
	(void)waitpid(fx.server, NULL, 0);
	fx.server = 0;
}

void pg_fixture_stop(void)
{
	kill_server();
}

/* The backends are children of the server. */
static void signal_all(int sig)
{
	char path[96];
	unsigned pid;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)fx.server,
		(int)fx.server);
	f = fopen(path, "r");
	assert_non_null(f);
	(void)kill(fx.server, sig);
	while (fscanf(f, "%u", &pid) == 1)
		(void)kill((pid_t)pid, sig);
	(void)fclose(f);
}

void pg_fixture_pause(void)
{
	fx.paused = true;
	signal_all(SIGSTOP);
}

void pg_fixture_resume(void)
{
	signal_all(SIGCONT);
	fx.paused = false;
}

const char *pg_fixture_value(const char *database, const char *sql)
{
	static char value[8192];
	PGconn *c = PQconnectdb(pg_fixture_url(database));
	PGresult *r = PQexec(c, sql);
	const ExecStatusType st = PQresultStatus(r);

	if (st != PGRES_TUPLES_OK && st != PGRES_COMMAND_OK)
		print_error("%s\n%s", sql, PQerrorMessage(c));
	value[0] = '\0';
	if (st == PGRES_TUPLES_OK && PQntuples(r) && PQnfields(r))
		(void)snprintf(value, sizeof(value), "%s", PQgetvalue(r, 0, 0));
	PQclear(r);
	PQfinish(c);
	assert_true(st == PGRES_TUPLES_OK || st == PGRES_COMMAND_OK);
	return value;
}

const char *pg_fixture_database(const char *name)
{
	char sql[128];

	(void)snprintf(sql, sizeof(sql), "DROP DATABASE IF EXISTS %s WITH (FORCE)", name);
	(void)pg_fixture_value("postgres", sql);
	(void)snprintf(sql, sizeof(sql), "CREATE DATABASE %s", name);
	(void)pg_fixture_value("postgres", sql);
	return pg_fixture_url(name);
}

void pg_fixture_cut(const char *application)
{
	char sql[256];

	(void)snprintf(sql, sizeof(sql),
		"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
		" WHERE application_name = '%s'",
		application);
	(void)pg_fixture_value("postgres", sql);
}

static void remove_dir(void)
{
	char *const argv[] = { "rm", "-rf", fx.dir, NULL };
	const pid_t pid = fork();

	if (!pid) {
		(void)execv("/bin/rm", argv);
		_exit(127);
	}
	(void)waitpid(pid, NULL, 0);
}

int pg_fixture_up(void **state)
{
	int err = find_bin();

	(void)state;
	if (err) {
		print_error("no PostgreSQL server below /usr/lib/postgresql\n");
		return err;
	}
	(void)strcpy(fx.dir, "/tmp/rbpg-XXXXXX");
	if (!mkdtemp(fx.dir))
		return errno;
	if (!geteuid()) {
		fx.user = getpwnam("postgres");
		if (!fx.user)
			fx.user = getpwnam("nobody");
		if (!fx.user || chown(fx.dir, fx.user->pw_uid, fx.user->pw_gid))
			return EPERM;
	}
	err = run_initdb();
	if (!err)
		err = start_server();
	if (err) {
		print_error("PostgreSQL does not start, see %s/log\n", fx.dir);
		return err;
	}
	return 0;
}

int pg_fixture_down(void **state)
{
	(void)state;
	kill_server();
	remove_dir();
	return 0;
}
