/*
 * rest_contacts.c -- whose number it is, who it was, new contacts; and calls that did
 * not get into a CRM.
 */
#include "rest_impl.h"

#include "asker.h"
#include "backend.h"
#include "calls.h"
#include "directory.h"
#include "link.h"
#include "outbox.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX_BYTES = 256, CREATE_MS = 10000 };

static void read_number(struct cti_rest *q, const char *raw, struct cti_number *num)
{
	const struct cti_number_plan plan = { .country = cti_backend_country(q->config) };

	cti_number_parse(num, raw, &plan);
}

/* As calls of this number are remembered; "" if there is nothing to remember. */
static const char *key_of(const struct cti_number *num, const char *raw)
{
	if (*num->e164)
		return num->e164;
	return strlen(raw) <= 40 && strspn(raw, "0123456789") == strlen(raw) ? raw : "";
}

void cti_rest_find_contacts(struct cti_rest *q)
{
	const char *raw = q->call->query(q->call, "number");
	struct cti_number num;

	if (!raw) {
		cti_rest_answer(q, EINVAL, "number");
		return;
	}
	read_number(q, raw, &num);
	if (!*key_of(&num, raw)) {
		cti_buf_str(&q->call->out,
			"{\"status\":\"none\",\"reason\":\"no public number\","
			"\"matches\":[]}");
		q->call->status = 200;
		return;
	}
	cti_rest_answer(q,
		cti_directory_find(q->pg, key_of(&num, raw), q->config->web.contact_url,
			&q->call->out),
		NULL);
}

/* ---- a choice ------------------------------------------------------------------- */

/* A call that the user may not see is none. */
static const char *visible(struct cti_rest *q, const char *conversation)
{
	struct cti_buf json = { 0 };
	const int err = conversation
				? cti_calls_get(q->pg, conversation, cti_rest_sees_all(q),
					  q->lines, q->nlines, &json)
				: ENOENT;

	cti_buf_reset(&json);
	return err ? NULL : conversation;
}

static int choose(struct cti_rest *q, const char *number, const char *contact,
	const char *conversation)
{
	const struct cti_choice c = { .user_id = q->call->user->id,
		.number = number,
		.contact_id = contact,
		.conversation = visible(q, conversation) };
	const int err = cti_choice_put(q->pg, &c);

	if (!err && q->backend->contacts_changed)
		q->backend->contacts_changed(number, q->backend->arg);
	return err;
}

static bool is_uuid(const char *s)
{
	return s && strlen(s) == 36 && strspn(s, "0123456789abcdefABCDEF-") == 36;
}

/* {number, contact, conversation?} */
void cti_rest_choose_contact(struct cti_rest *q)
{
	struct cti_json *doc = cti_rest_body(q);
	const struct cti_json_node *root = cti_json_root(doc);
	const char *raw = cti_json_str(root, "number");
	const char *contact = cti_json_str(root, "contact");
	struct cti_number num;

	if (!doc)
		return;
	if (raw)
		read_number(q, raw, &num);
	if (!raw || !*key_of(&num, raw))
		cti_rest_answer(q, EINVAL, "number");
	else if (!is_uuid(contact))
		cti_rest_answer(q, EINVAL, "contact");
	else
		cti_rest_answer(q,
			choose(q, key_of(&num, raw), contact,
				cti_json_str(root, "conversation")),
			"contact");
	if (q->call->status == 200)
		cti_buf_str(&q->call->out, "{}");
	cti_json_free(doc);
}

/* ---- a new contact ------------------------------------------------------------------ */

/* An answer comes in any case, by the deadline. NULL: no such CRM. */
static struct cti_crm_answer *ask_crm(
	struct cti_rest *q, const char *crm, const struct cti_crm_ask *ask)
{
	struct cti_crm_answer *answer = NULL;

	if (!q->backend->crms || cti_asker_wait(q->backend->crms, crm, ask, -1, &answer))
		return NULL;
	return answer;
}

/* In the CRM first, and from its answer into our index. */
static int create_in_crm(
	struct cti_rest *q, const char *crm, const struct cti_new_contact *c, char id[37])
{
	const struct cti_number_plan plan = { .country = cti_backend_country(q->config) };
	const struct cti_crm_ask ask = { .verb = CTI_CRM_CREATE,
		.number = c->e164,
		.last = c->name,
		.company = c->company,
		.deadline_ms = CREATE_MS };
	struct cti_crm_answer *a = ask_crm(q, crm, &ask);
	char key[200];
	int err;

	if (!a)
		return EINVAL;
	if (a->err != CTI_CRM_OK || a->ncontacts != 1) {
		cti_rest_fail(q->call, 502, cti_crm_err_word(a->err),
			a->err != CTI_CRM_OK ? cti_crm_err_text(a->err)
					     : "The CRM did not say what it made.",
			crm);
		cti_crm_answer_free(a);
		return EPROTO;
	}
	cti_crm_contact_ids(&a->contacts[0], id, key);
	err = cti_mirror(q->pg, a->contacts, 1, c->e164, &plan);
	cti_crm_answer_free(a);
	return err;
}

static int create(struct cti_rest *q, const struct cti_json_node *root,
	const struct cti_new_contact *c)
{
	const char *crm = cti_json_str(root, "crm");
	char id[37];
	int err = crm ? create_in_crm(q, crm, c, id) : cti_contact_create(q->pg, c, id);

	if (!err)
		err = choose(q, *c->e164 ? c->e164 : c->raw, id,
			cti_json_str(root, "conversation"));
	if (!err)
		cti_buf_printf(&q->call->out, "{\"id\":\"%s\"}", id);
	return err;
}

/* {name?, company?, number, crm?, conversation?} */
void cti_rest_create_contact(struct cti_rest *q)
{
	struct cti_json *doc = cti_rest_body(q);
	const struct cti_json_node *root = cti_json_root(doc);
	const char *raw = cti_json_str(root, "number");
	struct cti_number num = { .cls = CTI_NUMBER_NONE };
	struct cti_new_contact c = { .name = cti_json_str(root, "name"),
		.company = cti_json_str(root, "company"),
		.raw = raw };
	int err;

	if (!doc)
		return;
	if (raw)
		read_number(q, raw, &num);
	c.e164 = num.e164;
	if (!raw || !*key_of(&num, raw))
		cti_rest_answer(q, EINVAL, "number");
	else if ((!c.name || !*c.name) && (!c.company || !*c.company))
		cti_rest_answer(q, EINVAL, "name");
	else if ((c.name && strlen(c.name) > NAME_MAX_BYTES) ||
		 (c.company && strlen(c.company) > NAME_MAX_BYTES))
		cti_rest_answer(q, EINVAL, "name");
	else if ((err = create(q, root, &c)) != EPROTO) /* told */
		cti_rest_answer(q, err, "crm");
	cti_json_free(doc);
}

/* ---- the outbox ------------------------------------------------------------------------ */

void cti_rest_list_outbox(struct cti_rest *q)
{
	cti_rest_answer(q, cti_outbox_list(q->pg, &q->call->out), NULL);
}

/* {id} or {all: true} */
void cti_rest_replay_outbox(struct cti_rest *q)
{
	struct cti_json *doc = cti_rest_body(q);
	const struct cti_json_node *root = cti_json_root(doc);
	const char *id = cti_json_str(root, "id");
	size_t n = 0;

	if (!doc)
		return;
	if (!id && !cti_json_bool(root, "all", false))
		cti_rest_answer(q, EINVAL, "id");
	else
		cti_rest_answer(q, cti_outbox_replay(q->pg, id, &n), "id");
	if (q->call->status == 200)
		cti_buf_printf(&q->call->out, "{\"replayed\":%zu}", n);
	cti_json_free(doc);
}
