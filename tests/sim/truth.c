/*
 * truth.c -- the record of what happened; see truth.h.
 */
#include "truth.h"

#include "text.h"

#include <string.h>
#include <time.h>

struct sim_truth {
	FILE *file; /* NULL: none */
	bool quiet;
};

static void truth_destructor(void *data)
{
	struct sim_truth *truth = data;

	if (truth->file)
		(void)fclose(truth->file);
}

int sim_truth_open(struct sim_truth **truthp, const char *file, bool quiet)
{
	struct sim_truth *truth = mem_zalloc(sizeof(*truth), truth_destructor);

	if (!truth)
		return ENOMEM;
	truth->quiet = quiet;
	if (file) {
		truth->file = fopen(file, "w");
		if (!truth->file) {
			int err = errno;

			mem_deref(truth);
			return err;
		}
	}
	*truthp = truth;
	return 0;
}

static char *or_null(char *s)
{
	return s && *s ? s : NULL;
}

static int put_time(struct mbuf *mb, uint64_t ms)
{
	return ms ? mbuf_printf(mb, "%H", sim_seconds, &ms) : mbuf_printf(mb, "null");
}

static int put_spans(struct mbuf *mb, const struct sim_spans *spans)
{
	int err = mbuf_printf(mb, "[");

	for (size_t i = 0; i < spans->n && !err; i++) {
		uint64_t from = spans->v[i].from_ms;
		uint64_t to = spans->v[i].to_ms;

		err = mbuf_printf(mb, "%s[%H,%H]", i ? "," : "", sim_seconds, &from,
			sim_seconds, &to);
	}
	return err ? err : mbuf_printf(mb, "]");
}

static int put_rang(struct mbuf *mb, const struct sim_spans *rang)
{
	uint64_t from = rang->v[0].from_ms;
	uint64_t to = rang->v[0].to_ms;

	if (!rang->n)
		return mbuf_printf(mb, "null");
	return mbuf_printf(mb, "[%H,%H]", sim_seconds, &from, sim_seconds, &to);
}

static int put_leg(struct mbuf *mb, const struct sim_leg *leg)
{
	int err = mbuf_printf(mb,
		"{\"line\":\"%s\",\"role\":\"%s\",\"rang\":", leg->line->ext, leg->role);

	err = err ? err : put_rang(mb, &leg->rang);
	err = err ? err : mbuf_printf(mb, ",\"talked\":");
	err = err ? err : put_spans(mb, &leg->talked);
	err = err ? err : mbuf_printf(mb, ",\"held\":");
	err = err ? err : put_spans(mb, &leg->held);
	return err ? err : mbuf_printf(mb, ",\"result\":%H}", sim_json, leg->result);
}

static int put_lines(struct mbuf *mb, const struct sim_call *call)
{
	const char *comma = "";
	struct le *le;
	int err = mbuf_printf(mb, "\"lines\":[");

	LIST_FOREACH(&call->legs, le)
	{
		const struct sim_leg *leg = le->data;

		if (!leg->counts)
			continue;
		err = err ? err : mbuf_printf(mb, "%s", comma);
		err = err ? err : put_leg(mb, leg);
		comma = ",";
	}
	return err ? err : mbuf_printf(mb, "],\"transfers\":[],");
}

static int put_pops(struct mbuf *mb, const struct sim_call *call)
{
	const char *comma = "";
	struct le *le;
	int err = mbuf_printf(mb, "\"pops\":[");

	LIST_FOREACH(&call->legs, le)
	{
		struct sim_leg *leg = le->data;
		uint64_t at = leg->rang.v[0].from_ms;
		bool shown = !strcmp(leg->remote.presentation, "allowed") ||
			     !*leg->remote.presentation;

		if (!leg->counts || !leg->rang.n || !strcmp(leg->role, "caller"))
			continue;
		err = err ? err
			  : mbuf_printf(mb, "%s{\"line\":\"%s\",\"at\":%H,\"number\":%H}",
				    comma, leg->line->ext, sim_seconds, &at, sim_json,
				    shown ? leg->remote.number : NULL);
		comma = ",";
	}
	return err ? err : mbuf_printf(mb, "]}\n");
}

static int put_external(struct mbuf *mb, const struct sim_call *call)
{
	struct sim_party party = call->external;
	bool shown = !strcmp(party.presentation, "allowed");

	if (!*party.presentation)
		return mbuf_printf(mb, "\"external\":null,");
	return mbuf_printf(mb,
		"\"external\":{\"number\":%H,\"name\":%H,\"presentation\":\"%s\"},",
		sim_json, shown ? or_null(party.number) : NULL, sim_json,
		shown ? or_null(party.name) : NULL, party.presentation);
}

/* Seconds since 1970 at its start, to find it again in somebody else's records. */
static int put_epoch(struct mbuf *mb, const struct sim_call *call)
{
	struct timespec now;
	uint64_t epoch_ms;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	epoch_ms = 1000ull * (uint64_t)now.tv_sec + (uint64_t)now.tv_nsec / 1000000;
	epoch_ms -= sim_now_ms(call->sim) - call->start_ms;
	return mbuf_printf(mb, "\"epoch\":%H,", sim_seconds, &epoch_ms);
}

static int put_call(struct mbuf *mb, const struct sim_call *call)
{
	char initiator[16];
	char dialled[32];
	char ended_by[16];
	int err;

	str_ncpy(initiator, call->initiator, sizeof(initiator));
	str_ncpy(dialled, call->dialled, sizeof(dialled));
	str_ncpy(ended_by, call->ended_by, sizeof(ended_by));
	err = mbuf_printf(
		mb, "{\"id\":\"c%u\",\"direction\":\"%s\",", call->id, call->direction);
	err = err ? err : put_epoch(mb, call);
	err = err ? err : put_external(mb, call);
	err = err ? err
		  : mbuf_printf(mb,
			    "\"initiator\":%H,\"dialled\":%H,\"start\":", sim_json,
			    or_null(initiator), sim_json, or_null(dialled));
	err = err ? err : put_time(mb, call->start_ms);
	err = err ? err : mbuf_printf(mb, ",\"answer\":");
	err = err ? err : put_time(mb, call->answer_ms);
	err = err ? err : mbuf_printf(mb, ",\"end\":");
	err = err ? err : put_time(mb, call->end_ms);
	err = err ? err
		  : mbuf_printf(mb, ",\"outcome\":\"%s\",\"ended_by\":%H,", call->outcome,
			    sim_json, or_null(ended_by));
	err = err ? err : put_lines(mb, call);
	return err ? err : put_pops(mb, call);
}

static void say(const struct sim_call *call)
{
	const struct sim_leg *leg = list_ledata(call->legs.head);
	uint64_t end = call->end_ms;

	(void)re_printf("%H s: %s call, line %s, %s\n", sim_seconds, &end,
		call->direction, leg ? leg->line->ext : "-", call->outcome);
	(void)fflush(stdout);
}

void sim_truth_write(struct sim_truth *truth, const struct sim_call *call)
{
	struct mbuf *mb;

	if (!truth->quiet)
		say(call);
	if (!truth->file)
		return;
	mb = mbuf_alloc(1024);
	if (mb && !put_call(mb, call)) {
		(void)fwrite(mb->buf, 1, mb->end, truth->file);
		(void)fflush(truth->file);
	}
	mem_deref(mb);
}
