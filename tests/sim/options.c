/*
 * options.c -- the command line of pbxsim.
 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPT_ADDRESS = 256,
	OPT_PORT,
	OPT_LINES,
	OPT_USER,
	OPT_PASSWORD,
	OPT_REALM,
	OPT_SEED,
	OPT_CALLS,
	OPT_SPEED,
	OPT_EXPIRES_MIN,
	OPT_EXPIRES_MAX,
	OPT_DIALECT,
	OPT_FAULT,
	OPT_RETRY_AFTER,
	OPT_AGENT,
	OPT_TRUTH,
	OPT_ACKS,
	OPT_UNIQUE,
	OPT_SHARED,
	OPT_NAT,
	OPT_CONTROL,
	OPT_CALLERS,
	OPT_QUIET,
	OPT_HELP,
};

static const struct option options[] = {
	{ "address", required_argument, NULL, OPT_ADDRESS },
	{ "port", required_argument, NULL, OPT_PORT },
	{ "lines", required_argument, NULL, OPT_LINES },
	{ "user", required_argument, NULL, OPT_USER },
	{ "password", required_argument, NULL, OPT_PASSWORD },
	{ "realm", required_argument, NULL, OPT_REALM },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "calls-per-minute", required_argument, NULL, OPT_CALLS },
	{ "speed", required_argument, NULL, OPT_SPEED },
	{ "expires-min", required_argument, NULL, OPT_EXPIRES_MIN },
	{ "expires-max", required_argument, NULL, OPT_EXPIRES_MAX },
	{ "dialect", required_argument, NULL, OPT_DIALECT },
	{ "fault", required_argument, NULL, OPT_FAULT },
	{ "retry-after", required_argument, NULL, OPT_RETRY_AFTER },
	{ "agent", required_argument, NULL, OPT_AGENT },
	{ "truth", required_argument, NULL, OPT_TRUTH },
	{ "acks", required_argument, NULL, OPT_ACKS },
	{ "unique-numbers", no_argument, NULL, OPT_UNIQUE },
	{ "shared-call-id", no_argument, NULL, OPT_SHARED },
	{ "nat", no_argument, NULL, OPT_NAT },
	{ "control", no_argument, NULL, OPT_CONTROL },
	{ "list-callers", no_argument, NULL, OPT_CALLERS },
	{ "quiet", no_argument, NULL, OPT_QUIET },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
	"pbxsim -- a PBX for demonstrations and tests: RFC 4235 dialog events, calls from a\n"
	"script, click-to-dial by INVITE and REFER. It registers nothing and sends no sound.\n"
	"\n"
	"  --address A            where to listen, UDP and TCP (127.0.0.1)\n"
	"  --port N               (5060)\n"
	"  --lines FIRST-LAST     extensions (201-206); up to 20000 of them\n"
	"  --user U --password P  digest of whoever subscribes or dials (cti, pwcti)\n"
	"  --realm R              (the address)\n"
	"  --dialect rfc|asterisk documents with dialog ids, or device states as Asterisk's\n"
	"\n"
	"Calls\n"
	"  --seed N               the same seed plays the same calls (1)\n"
	"  --calls-per-minute X   (6); 0: none but those that are dialled\n"
	"  --speed PERCENT        200: everybody rings and talks half as long (100)\n"
	"  --agent answer|busy|decline|away   what a phone does when it is dialled for\n"
	"                         click-to-dial (answer)\n"
	"  --truth FILE           what happened, one conversation a line of JSON\n"
	"  --acks FILE            what watchers acknowledged, one NOTIFY a line of JSON\n"
	"  --unique-numbers       every call from outside has a number of its own\n"
	"  --shared-call-id       all legs of a call have one Call-ID, as behind a proxy;\n"
	"                         without: each has its own, as behind a back-to-back agent\n"
	"  --list-callers         print who calls, as CSV of contacts, and stop\n"
	"\n"
	"A dialled number's last two digits say what becomes of it: 86 busy, 80 nobody\n"
	"answers, 04 does not exist, 03 declined; anything else is answered.\n"
	"\n"
	"Subscriptions\n"
	"  --expires-min S --expires-max S    (5, 3600); shorter gets 423\n"
	"  --fault KIND[:N]       KIND: 302 403 404 423 481 489 503 silent early-notify fork\n"
	"                         posthumous; N: so many times for each line (default: for\n"
	"                         ever). 481 and posthumous go to refreshes\n"
	"  --retry-after S        of 503 (2)\n"
	"  --nat                  requests go to where the SUBSCRIBE came from, whatever its\n"
	"                         Contact says\n"
	"  --control              commands on standard input, one a line, each answered by\n"
	"                         \"done\" or \"what?\": calls PER_MINUTE, fault KIND[:N], fault\n"
	"                         none, forget (all subscriptions), restart MS (calls and\n"
	"                         subscriptions are gone, deaf for so long), count\n"
	"  --quiet                no line for each call on standard output\n";

struct word {
	const char *name;
	int value;
};

static const struct word dialects[] = {
	{ "rfc", SIM_DIALECT_RFC },
	{ "asterisk", SIM_DIALECT_ASTERISK },
	{ NULL, 0 },
};

static const struct word agents[] = {
	{ "answer", SIM_AGENT_ANSWERS },
	{ "busy", SIM_AGENT_BUSY },
	{ "decline", SIM_AGENT_DECLINES },
	{ "away", SIM_AGENT_AWAY },
	{ NULL, 0 },
};

static const struct word faults[] = {
	{ "none", SIM_FAULT_NONE },
	{ "302", SIM_FAULT_302 },
	{ "403", SIM_FAULT_403 },
	{ "404", SIM_FAULT_404 },
	{ "423", SIM_FAULT_423 },
	{ "481", SIM_FAULT_481 },
	{ "489", SIM_FAULT_489 },
	{ "503", SIM_FAULT_503 },
	{ "silent", SIM_FAULT_SILENT },
	{ "early-notify", SIM_FAULT_EARLY_NOTIFY },
	{ "fork", SIM_FAULT_FORK },
	{ "posthumous", SIM_FAULT_POSTHUMOUS },
	{ NULL, 0 },
};

static int wrong(const char *what, const char *value)
{
	(void)fprintf(stderr, "pbxsim: --%s does not understand \"%s\"; see --help\n",
		what, value);
	return EINVAL;
}

static int get_number(uint64_t *np, const char *s, uint64_t low, uint64_t high)
{
	char *end;

	errno = 0;
	*np = strtoull(s, &end, 10);
	if (errno || end == s || *end || *s == '-' || *np < low || *np > high)
		return EINVAL;
	return 0;
}

static int get_u32(uint32_t *np, const char *s, uint32_t low, uint32_t high)
{
	uint64_t n;
	int err = get_number(&n, s, low, high);

	if (!err)
		*np = (uint32_t)n;
	return err;
}

static int get_text(char *dst, size_t size, const char *s)
{
	int n = snprintf(dst, size, "%s", s);

	return n > 0 && (size_t)n < size ? 0 : EINVAL;
}

static int get_word(int *valuep, const struct word *w, const char *s, size_t len)
{
	for (; w->name; w++) {
		if (strlen(w->name) == len && !strncmp(w->name, s, len)) {
			*valuep = w->value;
			return 0;
		}
	}
	return EINVAL;
}

static int get_lines(struct sim_options *opt, const char *s)
{
	char first[16];
	const char *dash = strchr(s, '-');
	size_t len = dash ? (size_t)(dash - s) : strlen(s);

	if (len >= sizeof(first))
		return EINVAL;
	memcpy(first, s, len);
	first[len] = '\0';
	if (get_u32(&opt->line_first, first, 1, 999999999))
		return EINVAL;
	opt->line_last = opt->line_first;
	if (dash && get_u32(&opt->line_last, dash + 1, opt->line_first, 999999999))
		return EINVAL;
	return opt->line_last - opt->line_first < 20000 ? 0 : EINVAL;
}

int sim_options_fault(struct sim_options *opt, const char *s)
{
	const char *colon = strchr(s, ':');
	int value;

	if (get_word(&value, faults, s, colon ? (size_t)(colon - s) : strlen(s)))
		return EINVAL;
	opt->fault = (enum sim_fault)value;
	opt->fault_times = 0;
	return colon ? get_u32(&opt->fault_times, colon + 1, 1, 1000000) : 0;
}

int sim_options_rate(double *ratep, const char *s)
{
	char *end;

	*ratep = strtod(s, &end);
	return end != s && !*end && *ratep >= 0 && *ratep <= 60000 ? 0 : EINVAL;
}

static int apply_call_option(struct sim_options *opt, int key, const char *arg)
{
	int value;
	int err;

	switch (key) {
	case OPT_SEED:
		return get_number(&opt->seed, arg, 0, UINT64_MAX);
	case OPT_CALLS:
		return sim_options_rate(&opt->calls_per_minute, arg);
	case OPT_SPEED:
		return get_u32(&opt->speed_percent, arg, 1, 100000);
	case OPT_AGENT:
		err = get_word(&value, agents, arg, strlen(arg));
		if (!err)
			opt->agent = (enum sim_agent)value;
		return err;
	case OPT_TRUTH:
		opt->truth_file = arg;
		return 0;
	case OPT_ACKS:
		opt->acks_file = arg;
		return 0;
	case OPT_UNIQUE:
		opt->unique_numbers = true;
		return 0;
	case OPT_SHARED:
		opt->shared_call_id = true;
		return 0;
	case OPT_NAT:
		opt->nat = true;
		return 0;
	case OPT_CONTROL:
		opt->control = true;
		return 0;
	case OPT_CALLERS:
		opt->list_callers = true;
		return 0;
	case OPT_QUIET:
		opt->quiet = true;
		return 0;
	default:
		return EINVAL;
	}
}

static int apply(struct sim_options *opt, int key, const char *arg)
{
	int value;
	int err;

	switch (key) {
	case OPT_ADDRESS:
		return get_text(opt->address, sizeof(opt->address), arg);
	case OPT_PORT: {
		uint32_t port;

		err = get_u32(&port, arg, 1, 65535);
		opt->port = err ? opt->port : (uint16_t)port;
		return err;
	}
	case OPT_LINES:
		return get_lines(opt, arg);
	case OPT_USER:
		return get_text(opt->user, sizeof(opt->user), arg);
	case OPT_PASSWORD:
		return get_text(opt->password, sizeof(opt->password), arg);
	case OPT_REALM:
		return get_text(opt->realm, sizeof(opt->realm), arg);
	case OPT_EXPIRES_MIN:
		return get_u32(&opt->expires_min_s, arg, 1, 86400);
	case OPT_EXPIRES_MAX:
		return get_u32(&opt->expires_max_s, arg, 1, 86400);
	case OPT_RETRY_AFTER:
		return get_u32(&opt->retry_after_s, arg, 0, 86400);
	case OPT_FAULT:
		return sim_options_fault(opt, arg);
	case OPT_DIALECT:
		err = get_word(&value, dialects, arg, strlen(arg));
		if (!err)
			opt->dialect = (enum sim_dialect)value;
		return err;
	default:
		return apply_call_option(opt, key, arg);
	}
}

static void defaults(struct sim_options *opt)
{
	*opt = (struct sim_options){
		.address = "127.0.0.1",
		.port = 5060,
		.user = "cti",
		.password = "pwcti",
		.line_first = 201,
		.line_last = 206,
		.seed = 1,
		.calls_per_minute = 6,
		.speed_percent = 100,
		.expires_min_s = 5,
		.expires_max_s = 3600,
		.retry_after_s = 2,
	};
}

int sim_options_parse(struct sim_options *opt, int argc, char **argv)
{
	int index = 0;
	int key;

	defaults(opt);
	while ((key = getopt_long(argc, argv, "h", options, &index)) != -1) {
		if (key == OPT_HELP || key == 'h') {
			(void)fputs(help, stdout);
			return EAGAIN;
		}
		if (key == '?')
			return EINVAL;
		if (apply(opt, key, optarg))
			return wrong(
				options[key - OPT_ADDRESS].name, optarg ? optarg : "");
	}
	if (optind < argc)
		return wrong("help", argv[optind]);
	if (!opt->realm[0])
		(void)snprintf(opt->realm, sizeof(opt->realm), "%s", opt->address);
	return 0;
}
