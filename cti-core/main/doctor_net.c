/*
 * doctor_net.c -- disk, clock, the web port and its certificate.
 */
#include "doctor.h"

#include "config_check.h"

#include <cti/err.h>

#include <errno.h>
#include <netdb.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

enum {
	DRIFT_WARN_MS = 500,
	EXPIRES_SOON_DAYS = 21,
	FREE_WARN_MIB = 1024,
	NET_WAIT_S = 3
};

/* ---- disk ------------------------------------------------------------------------------- */

void cti_doctor_disk(struct cti_doctor *d)
{
	const char *dir = d->config->journal.dir;
	struct statvfs st;
	unsigned long long free_mib;

	if (statvfs(dir, &st)) {
		cti_doctor_say(d, CTI_FINDING_FAIL,
			"make it, owned by the user that ringbridge runs as",
			"folder %s: %s", dir, cti_err_name(errno));
		return;
	}
	if (access(dir, R_OK | W_OK | X_OK))
		cti_doctor_say(d, CTI_FINDING_WARN,
			"it must belong to the user that ringbridge serve runs as",
			"folder %s: this user cannot write to it", dir);
	free_mib = (unsigned long long)st.f_bavail * st.f_frsize >> 20;
	if (free_mib < FREE_WARN_MIB)
		cti_doctor_say(d, CTI_FINDING_WARN,
			"make room: when the disk is full, PBXs are no longer acknowledged",
			"folder %s: %llu MiB free", dir, free_mib);
	else
		cti_doctor_say(d, CTI_FINDING_OK, NULL, "folder %s: %llu GiB free", dir,
			free_mib >> 10);
}

/* ---- clock ------------------------------------------------------------------------------ */

static void clock_of_database(struct cti_doctor *d)
{
	static const char sql[] =
		"SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
	struct cti_pg_result *res = NULL;
	struct timespec ts;
	long long ours;
	long long ahead;

	if (!d->pg || cti_pg_exec(d->pg, &res, sql, 0, NULL) != CTI_PG_OK ||
		!cti_pg_rows(res))
		return;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	ours = (long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
	ahead = ours - strtoll(cti_pg_value(res, 0, 0), NULL, 10);
	cti_pg_result_free(res);
	if (llabs(ahead) > DRIFT_WARN_MS)
		cti_doctor_say(d, CTI_FINDING_WARN,
			"let both machines follow an NTP server",
			"clock: %lld ms ahead of the database's", ahead);
	else
		cti_doctor_say(
			d, CTI_FINDING_OK, NULL, "clock: agrees with the database's");
}

void cti_doctor_clock(struct cti_doctor *d)
{
	struct timex t = { 0 };
	const int state = adjtimex(&t);

	if (state == TIME_ERROR || (t.status & STA_UNSYNC))
		cti_doctor_say(d, CTI_FINDING_WARN,
			"run a time service (systemd-timesyncd, chrony), unless this is a container "
			"whose host does",
			"clock: not synchronised as far as the kernel knows");
	else
		cti_doctor_say(d, CTI_FINDING_OK, NULL, "clock: synchronised");
	clock_of_database(d);
}

/* ---- web port ----------------------------------------------------------------------------- */

/* A connected socket, or -1 and *errp. */
static int connect_web(const struct cti_config *c, int *errp)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV };
	const struct timeval wait = { .tv_sec = NET_WAIT_S };
	const char *host = c->web.listen;
	struct addrinfo *ai = NULL;
	char port[16];
	int fd;

	if (strcmp(host, "0.0.0.0") == 0)
		host = "127.0.0.1";
	else if (strcmp(host, "::") == 0)
		host = "::1";
	(void)snprintf(port, sizeof(port), "%u", c->web.port);
	if (getaddrinfo(host, port, &hints, &ai) || !ai) {
		*errp = EADDRNOTAVAIL;
		return -1;
	}
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	}
	if (fd < 0 || connect(fd, ai->ai_addr, ai->ai_addrlen)) {
		*errp = errno;
		if (fd >= 0)
			(void)close(fd);
		fd = -1;
	}
	freeaddrinfo(ai);
	return fd;
}

/* The status of GET /healthz; 0: no answer. */
static int get_health(int fd)
{
	static const char request[] =
		"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	char answer[64] = "";
	const char *status;

	if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0 ||
		recv(fd, answer, sizeof(answer) - 1, MSG_WAITALL) <= 0)
		return 0;
	status = strchr(answer, ' ');
	return status ? (int)strtol(status, NULL, 10) : 0;
}

int cti_doctor_quick(const struct cti_config *config)
{
	int err = 0;
	const int fd = connect_web(config, &err);
	int status = 200;

	if (fd < 0) {
		(void)fprintf(stderr, "ringbridge serve does not answer: %s\n",
			cti_err_name(err));
		return 1;
	}
	if (!config->web.tls_cert) /* with TLS, that it accepts is what we look at */
		status = get_health(fd);
	(void)close(fd);
	(void)printf("ringbridge serve %s\n", status == 200 ? "is well"
					      : status      ? "answers and has a trouble"
							    : "does not answer");
	return status == 200 ? 0 : 1;
}

static void web_port(struct cti_doctor *d)
{
	const struct cti_config *c = d->config;
	int err = 0;
	const int fd = connect_web(c, &err);
	int status;

	if (fd < 0) {
		cti_doctor_say(d, CTI_FINDING_NOTE, "start it: ringbridge serve",
			"web: nobody listens at %s port %u", c->web.listen, c->web.port);
		return;
	}
	status = c->web.tls_cert ? 200 : get_health(fd);
	(void)close(fd);
	if (status == 200)
		cti_doctor_say(d, CTI_FINDING_OK, NULL, "web: %s port %u answers",
			c->web.listen, c->web.port);
	else if (status == 503)
		cti_doctor_say(d, CTI_FINDING_WARN, "see the findings here, and its log",
			"web: ringbridge serve answers and has a trouble");
	else
		cti_doctor_say(d, CTI_FINDING_FAIL,
			"another program has the port: change [web] port",
			"web: what answers at port %u is not ringbridge", c->web.port);
}

static void web_files(struct cti_doctor *d)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/index.html", d->config->web.dir);
	if (access(path, R_OK))
		cti_doctor_say(d, CTI_FINDING_FAIL,
			"set dir in [web] to the folder of the pages",
			"web: %s cannot be read", path);
	else
		cti_doctor_say(
			d, CTI_FINDING_OK, NULL, "web: pages in %s", d->config->web.dir);
}

/* ---- certificate ---------------------------------------------------------------------------- */

static X509 *read_cert(const char *path)
{
	FILE *f = fopen(path, "re");
	X509 *cert = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;

	if (f)
		(void)fclose(f);
	return cert;
}

static void web_cert(struct cti_doctor *d)
{
	const char *path = d->config->web.tls_cert;
	X509 *cert = read_cert(path);
	int days = 0;
	int seconds = 0;

	if (!cert) {
		cti_doctor_say(d, CTI_FINDING_FAIL,
			"it must be a PEM file that this user can read",
			"certificate %s cannot be read", path);
		return;
	}
	(void)ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert));
	if (days < 0 || seconds < 0)
		cti_doctor_say(d, CTI_FINDING_FAIL, "renew it, then restart ringbridge",
			"certificate %s has expired", path);
	else if (days < EXPIRES_SOON_DAYS)
		cti_doctor_say(d, CTI_FINDING_WARN, "renew it, then restart ringbridge",
			"certificate %s expires in %d days", path, days);
	else
		cti_doctor_say(d, CTI_FINDING_OK, NULL,
			"certificate %s: good for %d days", path, days);
	X509_free(cert);
}

void cti_doctor_web(struct cti_doctor *d)
{
	web_files(d);
	if (d->config->web.tls_cert)
		web_cert(d);
	else if (!cti_conf_loopback(d->config->web.listen))
		cti_doctor_say(d, CTI_FINDING_WARN,
			"end TLS in a proxy in front of it, or give "
			"tls_cert and tls_key",
			"web: plain HTTP beyond this machine");
	if (d->config->web.port)
		web_port(d);
}
