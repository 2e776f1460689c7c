/*
 * script.c -- see script.h.
 */
#include "script.h"

#include "str.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct held {
	struct held *next;
	struct script_crm *crm;
	struct cti_crm_answer *answer;
	cti_crms_done_h *h;
	void *harg;
	bool ready;
};

struct script_crm script_crms[SCRIPT_CRMS];

static struct {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool stop;
	struct held *first;
} sc = { .lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER };

static struct script_crm *find_crm(const char *name)
{
	for (size_t i = 0; i < SCRIPT_CRMS; i++)
		if (script_crms[i].name && !strcmp(script_crms[i].name, name))
			return &script_crms[i];
	return NULL;
}

static struct held *take_ready(void)
{
	for (struct held **at = &sc.first; *at; at = &(*at)->next) {
		struct held *h = *at;

		if (!h->ready && !sc.stop)
			continue;
		*at = h->next;
		if (!h->ready)
			h->answer->err = CTI_CRM_CANCELLED;
		return h;
	}
	return NULL;
}

static void *run(void *arg)
{
	(void)pthread_mutex_lock(&sc.lock);
	for (;;) {
		struct held *h = take_ready();

		if (h) {
			(void)pthread_mutex_unlock(&sc.lock);
			h->h(h->answer, h->harg);
			free(h);
			(void)pthread_mutex_lock(&sc.lock);
		} else if (sc.stop) {
			break;
		} else {
			(void)pthread_cond_wait(&sc.cond, &sc.lock);
		}
	}
	(void)pthread_mutex_unlock(&sc.lock);
	return arg;
}

void script_start(void)
{
	sc.stop = false;
	assert_int_equal(pthread_create(&sc.thread, NULL, run, NULL), 0);
}

void script_stop(void)
{
	(void)pthread_mutex_lock(&sc.lock);
	sc.stop = true;
	(void)pthread_cond_broadcast(&sc.cond);
	(void)pthread_mutex_unlock(&sc.lock);
	(void)pthread_join(sc.thread, NULL);
}

void script_release(const char *crm)
{
	(void)pthread_mutex_lock(&sc.lock);
	for (struct held *h = sc.first; h; h = h->next)
		h->ready = h->ready || !strcmp(h->crm->name, crm);
	(void)pthread_cond_broadcast(&sc.cond);
	(void)pthread_mutex_unlock(&sc.lock);
}

void script_wait(const char *crm, unsigned n)
{
	(void)pthread_mutex_lock(&sc.lock);
	while (find_crm(crm)->asked < n)
		(void)pthread_cond_wait(&sc.cond, &sc.lock);
	(void)pthread_mutex_unlock(&sc.lock);
}

void script_set(const char *crm, enum cti_crm_err err, bool hold)
{
	(void)pthread_mutex_lock(&sc.lock);
	find_crm(crm)->err = err;
	find_crm(crm)->hold = hold;
	(void)pthread_mutex_unlock(&sc.lock);
}

static void look_up(struct script_crm *crm, struct cti_crm_answer *a)
{
	struct cti_crm_contact *c =
		crm->contact ? cti_crm_answer_add(a, crm->name) : NULL;

	if (!c)
		return;
	(void)cti_crm_contact_set(&c->id, "17");
	(void)cti_crm_contact_set(&c->type, "Contact");
	(void)cti_crm_contact_set(&c->name, crm->contact);
	(void)cti_crm_contact_set(&c->url, "https://crm.example/17");
	if (crm->number)
		(void)cti_crm_contact_number(c, crm->number, "mobile");
}

static void list(
	struct script_crm *crm, const struct cti_crm_ask *q, struct cti_crm_answer *a)
{
	unsigned id = q->cursor && !crm->no_pages ? (unsigned)atoi(q->cursor) + 1
						  : crm->first_id;
	const unsigned end = id + crm->page_size;
	char text[40];

	crm->since_us = q->since_us;
	for (; id < end && id <= crm->last_id; id++) {
		struct cti_crm_contact *c = cti_crm_answer_add(a, crm->name);

		assert_non_null(c);
		(void)snprintf(text, sizeof(text), "%u", id);
		(void)cti_crm_contact_set(&c->id, text);
		(void)cti_crm_contact_set(&c->type, "Contact");
		(void)snprintf(text, sizeof(text), "Nr. %u", id);
		(void)cti_crm_contact_set(&c->name, text);
		(void)snprintf(text, sizeof(text), "03-1234-%04u", id);
		(void)cti_crm_contact_number(c, text, "work");
	}
	a->newest_us = crm->newest_us;
	(void)snprintf(text, sizeof(text), "%u", id - 1);
	if (id <= crm->last_id || crm->no_pages)
		a->cursor = cti_str_dup(text);
}

static void log_call(
	struct script_crm *crm, const struct cti_crm_call *call, struct cti_crm_answer *a)
{
	unsigned at = 0;

	(void)cti_str_copy(crm->key, sizeof(crm->key), call->key);
	(void)snprintf(crm->last, sizeof(crm->last),
		"type=%d contact=%s/%s agent=%s user=%s page=%s note=%s%s",
		(int)call->type, call->contact ? call->contact->type : "-",
		call->contact ? call->contact->id : "-", call->agent ? call->agent : "-",
		call->agent_user ? call->agent_user : "-",
		call->page_url ? call->page_url : "-", call->note ? call->note : "-",
		call->open ? " open" : "");
	if (crm->err != CTI_CRM_OK && !crm->maybe_done)
		return;
	while (at < crm->logged && strcmp(crm->keys[at], call->key))
		at++;
	if ((at == crm->logged || !(crm->caps & CTI_CRM_CAN_LOG_ONCE)) &&
		crm->logged < 64)
		(void)cti_str_copy(crm->keys[crm->logged++], 64, call->key);
	a->record_id = cti_str_dup("r-1");
}

static int ask(const char *crm, const struct cti_crm_ask *q, cti_crms_done_h *h,
	void *harg, void *arg)
{
	struct script_crm *c = find_crm(crm);
	struct held *held;

	(void)arg;
	if (!c)
		return ENOENT;
	held = calloc(1, sizeof(*held));
	assert_non_null(held);
	held->answer = calloc(1, sizeof(*held->answer));
	assert_non_null(held->answer);
	(void)pthread_mutex_lock(&sc.lock);
	held->crm = c;
	held->h = h;
	held->harg = harg;
	held->ready = !c->hold;
	held->answer->err = c->err;
	held->answer->maybe_done = c->maybe_done;
	if (q->verb == CTI_CRM_LOOKUP && c->err == CTI_CRM_OK)
		look_up(c, held->answer);
	else if (q->verb == CTI_CRM_SYNC && c->err == CTI_CRM_OK)
		list(c, q, held->answer);
	else if (q->verb == CTI_CRM_LOG_CALL)
		log_call(c, q->call, held->answer);
	held->next = sc.first;
	sc.first = held;
	c->asked++;
	(void)pthread_cond_broadcast(&sc.cond);
	(void)pthread_mutex_unlock(&sc.lock);
	return 0;
}

static unsigned caps(const char *crm, void *arg)
{
	const struct script_crm *c = find_crm(crm);

	(void)arg;
	return c ? c->caps : 0;
}

const struct cti_asker script_asker = { .ask = ask, .caps = caps };
