/*
 * ami_discreet.c -- questions, what waits for their answers, and what must not be
 * named; see ami_discreet.h.
 */
#include "ami_discreet.h"

#include "ami_party.h"
#include "str.h"

#include <cti/loop.h>

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	QUESTIONS_MAX = 64, /* at once */
	SECRETS_MAX = 1024, /* calls of withheld callers that we remember */
	WAITING_MAX = 4096, /* messages */
	ANSWER_MS = 500,    /* measured: 1 ms; a busy PBX on another continent: 300 */
	RETRY_MS = 100,     /* the journal is full */
	ID_BYTES = 192,
	CALL_BYTES = 64,
};

/* What stands where the number stood: the word that a withheld caller has in SIP. */
static const char nobody[] = "anonymous";
static const char no_name[] = "<unknown>";

struct secret {
	char call[CALL_BYTES]; /* Linkedid; "": free */
	char number[CTI_AMI_NUMBER_BYTES];
	char name[CTI_AMI_NAME_BYTES];
};

struct question {
	char id[ID_BYTES]; /* "": free */
	struct secret about;
};

struct waiting {
	struct waiting *next;
	bool link; /* about the link, not a message */
	size_t len;
	char text[]; /* terminated */
};

struct cti_ami_discreet {
	cti_ami_deliver_h *deliver;
	void *arg;
	struct question questions[QUESTIONS_MAX];
	unsigned nquestions;
	struct secret *secrets; /* a ring of SECRETS_MAX */
	size_t next_secret;
	size_t nsecrets;
	struct waiting *first;
	struct waiting **last;
	size_t nwaiting;
	struct cti_timer timer;
};

int cti_ami_discreet_alloc(
	struct cti_ami_discreet **dp, cti_ami_deliver_h *deliver, void *arg)
{
	struct cti_ami_discreet *d = calloc(1, sizeof(*d));

	if (!d)
		return ENOMEM;
	d->secrets = calloc(SECRETS_MAX, sizeof(*d->secrets));
	if (!d->secrets) {
		free(d);
		return ENOMEM;
	}
	d->deliver = deliver;
	d->arg = arg;
	d->last = &d->first;
	*dp = d;
	return 0;
}

static void drop_first(struct cti_ami_discreet *d)
{
	struct waiting *w = d->first;

	d->first = w->next;
	if (!d->first)
		d->last = &d->first;
	d->nwaiting--;
	free(w);
}

void cti_ami_discreet_free(struct cti_ami_discreet *d)
{
	if (!d)
		return;
	cti_timer_cancel(&d->timer);
	while (d->first)
		drop_first(d);
	free(d->secrets);
	free(d);
}

/* ---- what must not be named ------------------------------------------------------- */

static const struct secret *secret_of(const struct cti_ami_discreet *d, const char *call)
{
	for (size_t i = 0; i < d->nsecrets; i++) {
		if (!strcmp(d->secrets[i].call, call))
			return &d->secrets[i];
	}
	return NULL;
}

static void keep_secret(struct cti_ami_discreet *d, const struct secret *s)
{
	if (!s->call[0] || secret_of(d, s->call))
		return;
	d->secrets[d->next_secret++ % SECRETS_MAX] = *s;
	if (d->nsecrets < SECRETS_MAX)
		d->nsecrets++;
}

static bool ends_in(const char *text, const char *end)
{
	const size_t n = strlen(text);
	const size_t k = strlen(end);

	return n >= k && !strcasecmp(text + n - k, end);
}

/* A message may speak of several channels, each with the call it belongs to. */
static const struct secret *secret_in(
	const struct cti_ami_discreet *d, const struct cti_ami_msg *m)
{
	for (size_t i = 0; i < m->n && d->nsecrets; i++) {
		const struct secret *s = ends_in(m->fields[i].name, "Linkedid")
						 ? secret_of(d, m->fields[i].value)
						 : NULL;

		if (s)
			return s;
	}
	return NULL;
}

/* The number as a word of its own, not inside a longer one. */
static const char *find_word(const char *text, const char *word)
{
	const size_t len = strlen(word);

	for (const char *p = strstr(text, word); len && p; p = strstr(p + 1, word)) {
		const bool starts = p == text || !isalnum((unsigned char)p[-1]);

		if (starts && !isalnum((unsigned char)p[len]))
			return p;
	}
	return NULL;
}

static void add_without(
	struct cti_buf *out, const char *text, const char *word, const char *instead)
{
	for (const char *p = find_word(text, word); p; p = find_word(text, word)) {
		cti_buf_add(out, text, (size_t)(p - text));
		cti_buf_str(out, instead);
		text = p + strlen(word);
	}
	cti_buf_str(out, text);
}

static void scrub(
	struct cti_buf *out, const struct cti_ami_msg *m, const struct secret *s)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct cti_ami_field *f = &m->fields[i];

		cti_buf_printf(out, "%s: ", f->name);
		if (s->name[0] && !strcmp(f->value, s->name))
			cti_buf_str(out, no_name);
		else
			add_without(out, f->value, s->number, nobody);
		cti_buf_str(out, "\r\n");
	}
}

static int deliver(struct cti_ami_discreet *d, const char *text, size_t len,
	const struct cti_ami_msg *m)
{
	const struct secret *s = secret_in(d, m);
	struct cti_buf out = { 0 };
	int err;

	if (!s)
		return d->deliver(text, len, false, d->arg);
	scrub(&out, m, s);
	err = out.err ? out.err : d->deliver(out.data, out.len, false, d->arg);
	cti_buf_reset(&out);
	return err;
}

/* ---- what waits --------------------------------------------------------------------- */

static int deliver_first(struct cti_ami_discreet *d)
{
	const struct waiting *w = d->first;
	struct cti_ami_msg m;
	char *copy;
	int err;

	if (w->link)
		return d->deliver(w->text, w->len, true, d->arg);
	copy = malloc(w->len + 1);
	if (!copy)
		return ENOMEM;
	memcpy(copy, w->text, w->len + 1);
	(void)cti_ami_msg_parse(&m, copy, w->len);
	err = deliver(d, w->text, w->len, &m);
	free(copy);
	return err;
}

static void out_of_time(void *arg);

static void flush(struct cti_ami_discreet *d)
{
	while (d->first) {
		if (deliver_first(d)) {
			(void)cti_timer_start(&d->timer, RETRY_MS, out_of_time, d);
			return;
		}
		drop_first(d);
	}
	cti_timer_cancel(&d->timer);
}

/* Unanswered questions are answered in the caller's favour. */
void cti_ami_discreet_lost(struct cti_ami_discreet *d)
{
	for (size_t i = 0; i < QUESTIONS_MAX; i++) {
		if (!d->questions[i].id[0])
			continue;
		keep_secret(d, &d->questions[i].about);
		d->questions[i].id[0] = '\0';
	}
	d->nquestions = 0;
	flush(d);
}

static void out_of_time(void *arg)
{
	cti_ami_discreet_lost(arg);
}

static int wait(struct cti_ami_discreet *d, const char *text, size_t len, bool link)
{
	struct waiting *w;

	if (d->nwaiting >= WAITING_MAX)
		return ENOSPC;
	w = malloc(sizeof(*w) + len + 1);
	if (!w)
		return ENOSPC;
	w->next = NULL;
	w->link = link;
	w->len = len;
	memcpy(w->text, text, len);
	w->text[len] = '\0';
	*d->last = w;
	d->last = &w->next;
	d->nwaiting++;
	return 0;
}

/* ---- questions ------------------------------------------------------------------------ */

static struct question *question_find(struct cti_ami_discreet *d, const char *id)
{
	for (size_t i = 0; i < QUESTIONS_MAX; i++) {
		if (!strcmp(d->questions[i].id, id))
			return &d->questions[i];
	}
	return NULL;
}

void cti_ami_discreet_asked(struct cti_ami_discreet *d, const char *id, const char *call,
	const char *number, const char *name)
{
	struct question *q;

	if (question_find(d, id) || !number)
		return;
	q = question_find(d, "");
	if (!q) {
		cti_ami_discreet_lost(d);
		q = question_find(d, "");
	}
	if (!cti_str_copy(q->id, sizeof(q->id), id)) {
		q->id[0] = '\0';
		return;
	}
	(void)cti_str_copy(q->about.call, sizeof(q->about.call), call ? call : "");
	(void)cti_str_copy(q->about.number, sizeof(q->about.number), number);
	(void)cti_str_copy(q->about.name, sizeof(q->about.name), name ? name : "");
	d->nquestions++;
	if (!cti_timer_running(&d->timer))
		(void)cti_timer_start(&d->timer, ANSWER_MS, out_of_time, d);
}

static void answered(struct cti_ami_discreet *d, const struct cti_ami_msg *m)
{
	const char *id = cti_ami_msg_raw(m, "ActionID");
	const enum cti_presentation pres =
		cti_ami_presentation(cti_ami_msg_get(m, "Value"));
	struct question *q = id && *id ? question_find(d, id) : NULL;

	if (!q)
		return;
	if (pres != CTI_PRES_ALLOWED)
		keep_secret(d, &q->about);
	q->id[0] = '\0';
	d->nquestions--;
}

int cti_ami_discreet_message(struct cti_ami_discreet *d, const char *text, size_t len,
	const struct cti_ami_msg *m)
{
	int err;

	answered(d, m);
	if (!d->nquestions && !d->first)
		return deliver(d, text, len, m);
	err = wait(d, text, len, false);
	if (!d->nquestions)
		flush(d);
	return err;
}

int cti_ami_discreet_link(struct cti_ami_discreet *d, const char *text)
{
	if (!d->nquestions && !d->first)
		return d->deliver(text, strlen(text), true, d->arg);
	return wait(d, text, strlen(text), true);
}
