/*
 * sipevent.c -- SERVER LOCAL FIRST N SECONDS: what libre's own subscriber costs
 * (sipevent_subscribe), one subscription a line. Prints active subscriptions, NOTIFYs,
 * resident bytes and processor seconds; once all are active, and after SECONDS more.
 */
#include <re.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { AT_ONCE = 10, EVERY_MS = 10 };

static struct sip *sip;
static struct sipevent_sock *events;
static struct tmr pacer, ender;
static const char *server;
static unsigned first, want, asked, heard;
static unsigned long notifies;
static unsigned seconds;
static bool told;

static double cpu_s(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static long resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long size = 0, pages = 0;

	if (f && fscanf(f, "%ld %ld", &size, &pages) != 2)
		pages = 0;
	if (f)
		(void)fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

static void tell(void)
{
	(void)printf("{\"active\":%u,\"notifies\":%lu,\"rss\":%ld,\"cpu\":%.6f}\n", heard,
		notifies, resident(), cpu_s());
	(void)fflush(stdout);
}

static void on_end(void *arg)
{
	(void)arg;
	tell();
	re_cancel();
}

static void on_notify(struct sip *stack, const struct sip_msg *msg, void *arg)
{
	bool *seen = arg;

	(void)sip_treply(NULL, stack, msg, 200, "OK");
	notifies++;
	heard += !*seen;
	*seen = true;
	if (heard == want && !told) {
		told = true;
		tell();
		tmr_start(&ender, seconds * 1000, on_end, NULL);
	}
}

static void on_close(int err, const struct sip_msg *msg,
	const struct sipevent_substate *state, void *arg)
{
	(void)err;
	(void)msg;
	(void)state;
	(void)arg;
}

static void ask(unsigned line)
{
	bool *seen = mem_zalloc(sizeof(*seen), NULL);
	struct sipsub *sub = NULL;
	char uri[128], from[128];

	(void)re_snprintf(uri, sizeof(uri), "sip:%u@%s", line, server);
	(void)re_snprintf(from, sizeof(from), "sip:cti@%s", server);
	if (sipevent_subscribe(&sub, events, uri, NULL, from, "dialog", NULL, 3600, "cti",
		    NULL, 0, NULL, NULL, false, NULL, on_notify, on_close, seen,
		    "Accept: application/dialog-info+xml\r\n"))
		(void)fprintf(stderr, "sipevent: cannot subscribe to %u\n", line);
}

static void on_pace(void *arg)
{
	(void)arg;
	for (int i = 0; i < AT_ONCE && asked < want; i++)
		ask(first + asked++);
	if (asked < want)
		tmr_start(&pacer, EVERY_MS, on_pace, NULL);
}

static void on_signal(int sig)
{
	(void)sig;
	re_cancel();
}

int main(int argc, char *argv[])
{
	struct sa local;
	int err;

	if (argc != 6) {
		(void)fputs("usage: sipevent SERVER LOCAL FIRST N SECONDS\n", stderr);
		return 2;
	}
	server = argv[1];
	first = (unsigned)atoi(argv[3]);
	want = (unsigned)atoi(argv[4]);
	seconds = (unsigned)atoi(argv[5]);
	err = libre_init();
	err = err ? err : sa_set_str(&local, argv[2], 0);
	err = err ? err : sip_alloc(&sip, NULL, 65536, 65536, 64, "floor", NULL, NULL);
	err = err ? err : sip_transp_add(sip, SIP_TRANSP_UDP, &local);
	err = err ? err : sipevent_listen(&events, sip, 65536, 65536, NULL, NULL);
	if (err) {
		(void)fprintf(stderr, "sipevent: cannot start: %d\n", err);
		return 1;
	}
	tmr_start(&pacer, EVERY_MS, on_pace, NULL);
	(void)re_main(on_signal);
	return 0; /* what it holds goes with the process: this is a measurement */
}
