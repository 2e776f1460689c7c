/*
 * main.c -- faultproxy: between a client and a server, it does what networks do.
 * The same seed and the same traffic meet the same faults.
 */
#include "faultproxy.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 128 };

static const char help[] =
	"faultproxy -- a bad network between a client and a server.\n"
	"\n"
	"  --udp | --stream    datagrams, or connections (TCP, unix)\n"
	"  --listen ADDRESS    host:port, or /path for unix\n"
	"  --server ADDRESS    the same\n"
	"  --seed N            of the dice (1)\n"
	"\n"
	"Commands on standard input, one a line, each answered by \"done\" or \"what?\":\n"
	"  loss P              percent of datagrams that are dropped, both ways\n"
	"  duplicate P         percent that come twice\n"
	"  reorder P           percent that are held back while others pass\n"
	"  delay MIN MAX       milliseconds for every datagram\n"
	"  cut out|in|both     nothing passes to the server, from it, or at all; connections\n"
	"                      stay open and silent\n"
	"  break               closes every connection\n"
	"  commits N           the next N COMMITs of PostgreSQL clients reach the server and\n"
	"                      their connections are closed before the answer\n"
	"  clear               no faults any more\n"
	"  count               what passed (datagrams or bytes), out and in, and what became\n"
	"                      of it\n";

static struct {
	char text[LINE_MAX_BYTES];
	size_t len;
} line;

uint32_t proxy_between(struct proxy *p, uint32_t low, uint32_t high)
{
	uint64_t z = p->dice += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	z = (z ^ (z >> 31)) >> 32;
	return low + (high > low ? (uint32_t)z % (high - low + 1) : 0);
}

bool proxy_percent(struct proxy *p, uint32_t percent)
{
	return percent && proxy_between(p, 1, 100) <= percent;
}

/* ---- commands -------------------------------------------------------------- */

static int number(uint32_t *np, const char *word, uint32_t high)
{
	char *end;
	unsigned long n;

	if (!word || !*word || *word == '-')
		return EINVAL;
	n = strtoul(word, &end, 10);
	if (*end || n > high)
		return EINVAL;
	*np = (uint32_t)n;
	return 0;
}

static int set_cut(struct proxy *p, const char *which)
{
	const bool both = which && !strcmp(which, "both");
	const bool out = which && !strcmp(which, "out");
	const bool in = which && !strcmp(which, "in");

	if (!both && !out && !in)
		return EINVAL;
	p->cut[PROXY_OUT] = both || out;
	p->cut[PROXY_IN] = both || in;
	return 0;
}

static int set_delay(struct proxy *p, const char *low, const char *high)
{
	uint32_t min_ms;
	uint32_t max_ms;
	int err = number(&min_ms, low, 60000);

	err = err ? err : number(&max_ms, high, 60000);
	if (err || min_ms > max_ms)
		return EINVAL;
	p->delay_min_ms = min_ms;
	p->delay_max_ms = max_ms;
	return 0;
}

static int clear(struct proxy *p)
{
	p->loss = p->duplicate = p->reorder = p->commits = 0;
	p->delay_min_ms = p->delay_max_ms = 0;
	p->cut[PROXY_OUT] = p->cut[PROXY_IN] = false;
	return 0;
}

static int count(const struct proxy *p)
{
	const struct proxy_counts *n = &p->n;

	(void)re_printf("count out=%llu in=%llu dropped_out=%llu dropped_in=%llu"
			" duplicated=%llu held=%llu connections=%llu commit_cuts=%llu\n",
		n->passed[PROXY_OUT], n->passed[PROXY_IN], n->dropped[PROXY_OUT],
		n->dropped[PROXY_IN], n->duplicated, n->held, n->connections,
		n->commit_cuts);
	return 0;
}

static int break_all(struct proxy *p)
{
	proxy_stream_cut(p);
	return 0;
}

static int run(struct proxy *p, char *text)
{
	char *rest = NULL;
	const char *what = strtok_r(text, " ", &rest);
	const char *a = strtok_r(NULL, " ", &rest);
	const char *b = strtok_r(NULL, " ", &rest);

	if (!what)
		return EINVAL;
	if (!strcmp(what, "loss"))
		return number(&p->loss, a, 100);
	if (!strcmp(what, "duplicate"))
		return number(&p->duplicate, a, 100);
	if (!strcmp(what, "reorder"))
		return number(&p->reorder, a, 100);
	if (!strcmp(what, "delay"))
		return set_delay(p, a, b);
	if (!strcmp(what, "cut"))
		return set_cut(p, a);
	if (!strcmp(what, "break"))
		return break_all(p);
	if (!strcmp(what, "commits"))
		return number(&p->commits, a, 1000000);
	if (!strcmp(what, "clear"))
		return clear(p);
	if (!strcmp(what, "count"))
		return count(p);
	return EINVAL;
}

static void on_command(int flags, void *arg)
{
	struct proxy *p = arg;
	char c;

	(void)flags;
	if (read(STDIN_FILENO, &c, 1) != 1) {
		fd_close(STDIN_FILENO);
	} else if (c == '\n') {
		line.text[line.len] = '\0';
		(void)re_printf("%s\n", run(p, line.text) ? "what?" : "done");
		(void)fflush(stdout);
		line.len = 0;
	} else if (line.len + 1 < sizeof(line.text)) {
		line.text[line.len++] = c;
	}
}

/* ---- life ------------------------------------------------------------------ */

struct arguments {
	bool udp, stream;
	const char *listen, *server;
	uint32_t seed;
};

static int parse(struct arguments *a, int argc, char **argv)
{
	static const struct option options[] = {
		{ "udp", no_argument, NULL, 'u' },
		{ "stream", no_argument, NULL, 's' },
		{ "listen", required_argument, NULL, 'l' },
		{ "server", required_argument, NULL, 'r' },
		{ "seed", required_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	int key;

	*a = (struct arguments){ .seed = 1 };
	while ((key = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (key == 'u')
			a->udp = true;
		else if (key == 's')
			a->stream = true;
		else if (key == 'l')
			a->listen = optarg;
		else if (key == 'r')
			a->server = optarg;
		else if (key != 'd' || number(&a->seed, optarg, UINT32_MAX))
			return EINVAL;
	}
	return optind == argc && a->udp != a->stream && a->listen && a->server ? 0
									       : EINVAL;
}

static int start(void **sidep, struct proxy *p, const struct arguments *a)
{
	struct sa from;
	struct sa to;
	int err = sim_heap_alloc(&p->heap);

	p->dice = a->seed;
	list_init(&p->streams);
	if (err || a->stream)
		return err ? err : proxy_stream_alloc(sidep, p, a->listen, a->server);
	err = sa_decode(&from, a->listen, strlen(a->listen));
	err = err ? err : sa_decode(&to, a->server, strlen(a->server));
	return err ? err : proxy_udp_alloc(sidep, p, &from, &to);
}

static void on_signal(int sig)
{
	(void)sig;
	re_cancel();
}

static int serve(const struct arguments *a)
{
	static struct proxy p;
	void *side = NULL;
	int err = fd_setsize(4096);

	err = err ? err : start(&side, &p, a);
	err = err ? err : fd_listen(STDIN_FILENO, FD_READ, on_command, &p);
	if (err) {
		(void)re_fprintf(
			stderr, "faultproxy: cannot start at %s: %m\n", a->listen, err);
	} else {
		(void)re_printf("faultproxy: ready at %s for %s, seed %u\n", a->listen,
			a->server, a->seed);
		(void)fflush(stdout);
		err = re_main(on_signal);
	}
	fd_close(STDIN_FILENO);
	proxy_stream_cut(&p);
	mem_deref(side);
	mem_deref(p.heap);
	return err;
}

int main(int argc, char **argv)
{
	struct arguments a;
	int err;

	if (parse(&a, argc, argv)) {
		(void)fputs(help, stderr);
		return 2;
	}
	err = libre_init();
	if (!err)
		err = serve(&a);
	libre_close();
	tmr_debug();
	mem_debug();
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
