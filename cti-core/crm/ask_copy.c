/*
 * ask_copy.c -- see ask_copy.h.
 */
#include "ask_copy.h"

#include "str.h"

#include <stdlib.h>
#include <string.h>

/* Where the texts of the structs are. */
#define ASK(f)     offsetof(struct cti_crm_ask, f)
#define CALL(f)    offsetof(struct cti_crm_call, f)
#define CONTACT(f) offsetof(struct cti_crm_contact, f)

static const size_t ask_texts[] = { ASK(number), ASK(email), ASK(text), ASK(first),
	ASK(last), ASK(company), ASK(cursor), ASK(code), ASK(state), ASK(redirect_uri) };
static const size_t call_texts[] = { CALL(key), CALL(number), CALL(name), CALL(agent),
	CALL(agent_first), CALL(agent_last), CALL(agent_email), CALL(agent_user),
	CALL(queue), CALL(outcome), CALL(note), CALL(recording_url), CALL(page_url),
	CALL(transcript), CALL(summary) };
static const size_t contact_texts[] = { CONTACT(source), CONTACT(id), CONTACT(type),
	CONTACT(name), CONTACT(company), CONTACT(title), CONTACT(url), CONTACT(extra) };
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Replaces each borrowed text of to by a copy; false: no memory, the rest is NULL. */
static bool own_texts(void *to, const size_t *at, size_t n)
{
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		char *text, *copy = NULL;

		memcpy(&text, (char *)to + at[i], sizeof(text));
		if (ok && text) {
			copy = cti_str_dup(text);
			ok = copy != NULL;
		}
		memcpy((char *)to + at[i], &copy, sizeof(copy));
	}
	return ok;
}

static void free_texts(void *of, const size_t *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *text;

		memcpy(&text, (char *)of + at[i], sizeof(text));
		free(text);
	}
}

/* The parts of a contact that a journal entry may name. */
static struct cti_crm_contact *copy_contact(const struct cti_crm_contact *from)
{
	struct cti_crm_contact *c = malloc(sizeof(*c));

	if (!c)
		return NULL;
	*c = *from;
	c->numbers = NULL;
	c->nnumbers = 0;
	c->emails = NULL;
	c->nemails = 0;
	if (!own_texts(c, contact_texts, COUNT(contact_texts))) {
		free_texts(c, contact_texts, COUNT(contact_texts));
		free(c);
		return NULL;
	}
	return c;
}

static void free_call(struct cti_crm_call *c)
{
	if (!c)
		return;
	if (c->contact) {
		struct cti_crm_contact *contact =
			(struct cti_crm_contact *)(uintptr_t)c->contact;

		cti_crm_contact_reset(contact);
		free(contact);
	}
	free_texts(c, call_texts, COUNT(call_texts));
	free(c);
}

static struct cti_crm_call *copy_call(const struct cti_crm_call *from)
{
	struct cti_crm_call *c = malloc(sizeof(*c));
	bool ok;

	if (!c)
		return NULL;
	*c = *from;
	ok = own_texts(c, call_texts, COUNT(call_texts));
	c->contact = ok && from->contact ? copy_contact(from->contact) : NULL;
	if (!ok || (from->contact && !c->contact)) {
		free_call(c);
		return NULL;
	}
	return c;
}

void cti_ask_free(struct cti_crm_ask *ask)
{
	if (!ask)
		return;
	if (ask->code) /* as good as a password */
		explicit_bzero((char *)(uintptr_t)ask->code, strlen(ask->code));
	free_call((struct cti_crm_call *)(uintptr_t)ask->call);
	free_texts(ask, ask_texts, COUNT(ask_texts));
	free(ask);
}

struct cti_crm_ask *cti_ask_copy(const struct cti_crm_ask *from)
{
	struct cti_crm_ask *a = malloc(sizeof(*a));
	bool ok;

	if (!a)
		return NULL;
	*a = *from;
	ok = own_texts(a, ask_texts, COUNT(ask_texts));
	a->call = ok && from->call ? copy_call(from->call) : NULL;
	if (!ok || (from->call && !a->call)) {
		cti_ask_free(a);
		return NULL;
	}
	return a;
}
