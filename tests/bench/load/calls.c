/*
 * calls.c -- what happens: calls by a plan, and when a browser knew of each.
 *
 * A call rings, is answered and ends at its due times. Every call has a number of
 * its own (CALL_NUMBER plus its index), by which frames and rows are found again.
 */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct call {
	int64_t due[STEPS];
	int64_t seen[MARKS]; /* first frame */
	uint32_t frames;     /* of any browser, about its ring */
	uint32_t line;
	struct calls *job;
};

struct calls {
	struct job job; /* first */
	bool floor;
	double rate;       /* calls a second; 0: as fast as the window lets */
	uint32_t first, n; /* of the table */
	uint32_t line, lines;
	unsigned steps;
	unsigned fan;    /* browsers that get each frame */
	uint32_t window; /* calls that may be incomplete at a time; 0: any */
	int64_t ring_ns, talk_ns, drain_ns;
	int64_t begin, last_seen, last_sent;
	uint32_t sent[STEPS], seen[MARKS], unsent, dropped, merged;
	uint64_t frames; /* that the browsers had at the start */
	uint32_t complete;
	struct samples late[MARKS];
	int64_t behind_ns; /* how late we ourselves were, at most */
	bool wait_contact;
	bool blind; /* no browser looks on */
	bool everyone;
	bool cleaned;
};

static struct call *table;
static uint32_t ncalls, size;

static struct call *add(struct calls *j)
{
	if (ncalls == size) {
		size = size ? 2 * size : 65536;
		table = realloc(table, size * sizeof(*table));
		if (!table)
			die("out of memory");
	}
	table[ncalls] = (struct call){ .job = j };
	return &table[ncalls++];
}

/* ---- a browser has it ---------------------------------------------------------- */

void calls_seen(uint32_t call, unsigned mark, int64_t at)
{
	struct call *c = call < ncalls ? &table[call] : NULL;
	struct calls *j = c ? c->job : NULL;
	const unsigned since = mark == MARK_CONTACT ? STEP_EARLY : mark;

	if (!j)
		return;
	j->last_seen = at;
	if (mark == STEP_EARLY) {
		if (j->fan > 1)
			samples_add(&j->late[mark], at - c->due[since]);
		if (++c->frames == j->fan)
			j->complete++;
	}
	if (c->seen[mark])
		return;
	c->seen[mark] = at;
	j->seen[mark]++;
	if (j->fan == 1)
		samples_add(&j->late[mark], at - c->due[since]);
}

/* ---- the plan -------------------------------------------------------------------- */

static int64_t due_of(const struct calls *j, unsigned step, uint32_t i)
{
	const int64_t at = j->begin + (j->rate > 0 ? (int64_t)(i * 1e9 / j->rate) : 0);

	return at + (step > STEP_EARLY ? j->ring_ns : 0) +
	       (step > STEP_CONFIRMED ? j->talk_ns : 0);
}

static void send_step(struct calls *j, unsigned step, uint32_t i, int64_t now)
{
	struct call *c;
	int64_t due = due_of(j, step, i);

	if (j->window)
		due = now;
	if (step == STEP_EARLY) {
		c = add(j);
		c->line = j->line + i % j->lines;
	} else {
		c = &table[j->first + i];
	}
	c->due[step] = due;
	if (now - due > j->behind_ns)
		j->behind_ns = now - due;
	j->last_sent = now;
	j->sent[step]++;
	if (j->floor)
		relay_datagram(j->everyone ? UINT32_MAX : c->line, j->first + i,
			(enum step)step);
	else if (!sip_notify(c->line, (enum step)step, j->first + i))
		j->unsent++;
}

static bool may_send(const struct calls *j, unsigned step, int64_t now, int64_t *next)
{
	const uint32_t i = j->sent[step];
	int64_t due;

	if (i >= j->n || (step && i >= j->sent[step - 1]))
		return false;
	if (j->window && step == STEP_EARLY)
		return j->sent[STEP_EARLY] - j->complete < j->window;
	due = due_of(j, step, i);
	if (due <= now)
		return true;
	if (due < *next)
		*next = due;
	return false;
}

static bool all_seen(const struct calls *j)
{
	if (j->blind)
		return true;
	if (j->wait_contact && j->seen[MARK_CONTACT] < j->n)
		return false;
	if (j->fan > 1)
		return j->complete >= j->n;
	for (unsigned s = 0; s < j->steps; s++)
		if (j->seen[s] < j->n)
			return false;
	return true;
}

/* A picture that gave way to a newer one of the same call is no loss. */
static void count_drops(struct calls *j)
{
	for (uint32_t i = 0; i < j->sent[STEP_EARLY]; i++) {
		const struct call *c = &table[j->first + i];
		bool newer = false;

		for (unsigned s = j->steps; s-- > 0;) {
			if (c->seen[s])
				newer = true;
			else if (newer)
				j->merged++;
			else
				j->dropped++;
		}
	}
}

static void finish(struct calls *j)
{
	char early[160], confirmed[160], ended[160], contact[160];
	const int64_t end = j->last_seen ? j->last_seen : j->last_sent;

	count_drops(j);
	answer(j->job.id,
		"\"calls\":%u,\"dropped\":%u,\"merged\":%u,\"sent\":[%u,%u,%u],\"seen\":[%u,%u,%u],\"contacts\":%u,"
		"\"complete\":%u,\"unsent\":%u,\"seconds\":%.6f,\"sending\":%.6f,"
		"\"frames\":%lu,\"behind_us\":%lld,"
		"\"early\":%s,\"confirmed\":%s,\"ended\":%s,\"contact\":%s",
		j->n, j->dropped, j->merged, j->sent[0], j->sent[1], j->sent[2],
		j->seen[0], j->seen[1], j->seen[2], j->seen[3], j->complete, j->unsent,
		(double)(end - j->begin) / 1e9, (double)(j->last_sent - j->begin) / 1e9,
		ws_counters()->frames - j->frames, (long long)j->behind_ns / 1000,
		samples_json(&j->late[0], early), samples_json(&j->late[1], confirmed),
		samples_json(&j->late[2], ended), samples_json(&j->late[3], contact));
	for (unsigned s = 0; s < MARKS; s++)
		samples_free(&j->late[s]);
	for (uint32_t i = j->first; i < ncalls; i++)
		if (table[i].job == j)
			table[i].job = NULL;
}

/* Calls that were only rung are ended behind the measurement, if that is wanted. */
static void hang_up(struct calls *j)
{
	for (uint32_t i = 0; !j->floor && i < j->n; i++)
		(void)sip_notify(table[j->first + i].line, STEP_TERMINATED, j->first + i);
}

static int64_t run(struct job *job, int64_t now)
{
	struct calls *j = (struct calls *)job;
	int64_t next = now + 100 * NS_MS;
	bool sending = false;

	for (unsigned step = 0; step < j->steps; step++) {
		while (may_send(j, step, now, &next)) {
			send_step(j, step, j->sent[step], now);
			if (j->window)
				break;
			now = now_ns();
		}
		sending = sending || j->sent[step] < j->n;
	}
	if (sending || (!all_seen(j) && now < j->last_sent + j->drain_ns)) {
		if (j->window)
			return now; /* closed loop: look again at once */
		return next;
	}
	finish(j);
	if (j->cleaned)
		hang_up(j);
	return 0;
}

void calls_begin(long id, const struct args *a)
{
	struct calls *j = calloc(1, sizeof(*j));
	const double seconds = (double)arg_int(a, "ms", 1000) / 1000;

	if (!j)
		die("out of memory");
	j->floor = !strcmp(arg_str(a, "to", "sip"), "floor");
	j->rate = (double)arg_int(a, "rate", 0);
	j->n = (uint32_t)arg_int(a, "n", (long)(j->rate * seconds));
	j->line = (uint32_t)arg_int(a, "line", 0);
	j->lines = (uint32_t)arg_int(a, "lines", 1);
	j->steps = (unsigned)arg_int(a, "steps", STEPS);
	j->fan = (unsigned)arg_int(a, "fan", 1);
	j->everyone = j->fan > 1;
	j->window = (uint32_t)arg_int(a, "window", 0);
	j->ring_ns = arg_int(a, "ring_ms", 200) * NS_MS;
	j->talk_ns = arg_int(a, "talk_ms", 200) * NS_MS;
	j->drain_ns = arg_int(a, "drain_ms", 3000) * NS_MS;
	j->blind = arg_int(a, "blind", 0);
	j->wait_contact = arg_int(a, "contact", 0);
	j->cleaned = arg_int(a, "hang_up", 0);
	j->first = ncalls;
	j->begin = now_ns() + NS_MS;
	j->frames = ws_counters()->frames;
	job_start(&j->job, id, run);
}

/* Calls first..first+n-1 are over; whoever watches is told, or finds out. */
void calls_hang_up(long id, const struct args *a)
{
	const uint32_t from = (uint32_t)arg_int(a, "first", 0);
	const uint32_t count = (uint32_t)arg_int(a, "n", 0);
	uint32_t sent = 0;

	for (uint32_t i = from; i < from + count && i < ncalls; i++)
		sent += sip_notify(table[i].line, STEP_TERMINATED, i);
	answer(id, "\"sent\":%u", sent);
}

/* How many calls there were, for the comparison with the database. */
void calls_truth(long id, const struct args *a)
{
	(void)a;
	answer(id, "\"calls\":%u", ncalls);
}

/* ---- click-to-dial ---------------------------------------------------------------- */

struct dials {
	struct job job; /* first */
	bool floor;
	double rate;
	uint32_t n, sent, seen, lines, unsent;
	int64_t begin, last, drain_ns;
	int64_t *due; /* owned; by line, of the dial that is on its way */
	struct samples late;
};

static struct dials *dialling;
static uint32_t ndials;

void calls_invited(unsigned line, int64_t at)
{
	struct dials *d = dialling;

	if (!d || line >= d->lines || !d->due[line])
		return;
	samples_add(&d->late, at - d->due[line]);
	d->due[line] = 0;
	d->seen++;
}

static void dial(struct dials *d, uint32_t line)
{
	char text[160];
	int len;

	if (d->floor) {
		relay_dial(line, ++ndials);
		return;
	}
	len = snprintf(text, sizeof(text),
		"{\"type\":\"command\",\"id\":\"bench-%u\",\"verb\":\"dial\","
		"\"line\":\"%u\",\"number\":\"0355501234\"}",
		++ndials, sip_first() + line);
	if (!ws_send(line, text, (size_t)len))
		d->unsent++;
}

static int64_t run_dials(struct job *job, int64_t now)
{
	struct dials *d = (struct dials *)job;
	char text[160];

	while (d->sent < d->n) {
		const int64_t due = d->begin + (int64_t)(d->sent * 1e9 / d->rate);

		if (due > now)
			return due;
		d->due[d->sent % d->lines] = due;
		dial(d, d->sent % d->lines);
		d->sent++;
		d->last = now = now_ns();
	}
	if (d->seen < d->n && now < d->last + d->drain_ns)
		return now + 50 * NS_MS;
	dialling = NULL;
	answer(job->id, "\"sent\":%u,\"seen\":%u,\"unsent\":%u,\"late\":%s", d->sent,
		d->seen, d->unsent, samples_json(&d->late, text));
	samples_free(&d->late);
	free(d->due);
	return 0;
}

void dials_begin(long id, const struct args *a)
{
	struct dials *d = calloc(1, sizeof(*d));

	if (!d)
		die("out of memory");
	d->floor = !strcmp(arg_str(a, "to", "sip"), "floor");
	d->rate = (double)arg_int(a, "rate", 100);
	d->n = (uint32_t)arg_int(a, "n", 100);
	d->lines = (uint32_t)arg_int(a, "lines", 100);
	d->drain_ns = arg_int(a, "drain_ms", 2000) * NS_MS;
	d->due = calloc(d->lines, sizeof(*d->due));
	if (!d->due)
		die("out of memory");
	d->begin = now_ns() + NS_MS;
	dialling = d;
	job_start(&d->job, id, run_dials);
}
