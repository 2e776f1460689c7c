/*
 * batch.c -- see batch.h. A conversation's record is looked at and not parsed: it is
 * ours, with a checksum; one that is no JSON all the same is refused by the database
 * and then costs itself alone.
 */
#include "batch.h"

#include "json.h"
#include "store.h"
#include "uuid.h"

#include <cti/log.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int cti_batch_init(struct cti_batch *b, size_t rows)
{
	*b = (struct cti_batch){ .size = rows ? rows : 1 };
	b->recs = calloc(b->size, sizeof(*b->recs));
	return b->recs ? 0 : ENOMEM;
}

static void clear(struct cti_batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->recs[i].json);
	b->n = 0;
	b->bytes = 0;
	b->passed = 0;
	b->damaged = 0;
}

void cti_batch_fini(struct cti_batch *b)
{
	clear(b);
	free(b->recs);
	*b = (struct cti_batch){ 0 };
}

static bool is_uuid(const char *s)
{
	return s && strlen(s) == 36 && strspn(s, "0123456789abcdefABCDEF-") == 36;
}

/* {"id":"0193....","...}: as model/view.c begins and ends it. */
static bool take_id(struct cti_batch_rec *rec)
{
	static const char begin[] = "{\"id\":\"";
	enum { BEGIN = sizeof(begin) - 1, ID = 36 };

	if (rec->len < BEGIN + ID + 2 || memcmp(rec->json, begin, BEGIN) != 0 ||
		rec->json[BEGIN + ID] != '"' || rec->json[rec->len - 1] != '}')
		return false;
	(void)cti_str_copyn(rec->id, sizeof(rec->id), rec->json + BEGIN, ID);
	return is_uuid(rec->id);
}

/* False: not a record that the database could take. */
static bool check(struct cti_batch_rec *rec, uint64_t epoch)
{
	struct cti_json *doc = NULL;
	const struct cti_json_node *root;
	const char *id;
	bool ok = false;

	if (rec->type == CTI_REC_CONVERSATION && take_id(rec))
		return true;
	if (cti_json_parse(&doc, rec->json, rec->len))
		return false;
	root = cti_json_root(doc);
	if (!cti_json_is_object(root))
		goto out;
	id = cti_json_str(root, "id");
	if (rec->type == CTI_REC_AUDIT) {
		/* From its place: the same row however often it is written. */
		cti_uuid_make(rec->id, 0, epoch, rec->pos);
		ok = true;
	} else if (is_uuid(id)) {
		(void)cti_str_copy(rec->id, sizeof(rec->id), id);
		ok = true;
	}
out:
	cti_json_free(doc);
	return ok;
}

/* The newest picture of a conversation is enough, and one statement cannot write a
 * row twice. A conversation that is heard of again is not lost. */
static void supersede(struct cti_batch *b, const struct cti_batch_rec *newer)
{
	if (newer->type != CTI_REC_CONVERSATION)
		return;
	for (size_t i = 0; i < b->n; i++)
		if (b->recs[i].type != CTI_REC_AUDIT && !b->recs[i].superseded &&
			!strcmp(b->recs[i].id, newer->id))
			b->recs[i].superseded = true;
}

static int add(struct cti_batch *b, const struct cti_journal_rec *from, uint64_t epoch)
{
	struct cti_batch_rec rec = { .pos = from->pos, .type = from->type };

	if (rec.type != CTI_REC_CONVERSATION && rec.type != CTI_REC_AUDIT &&
		rec.type != CTI_REC_LOST)
		return 0; /* marks, and what a later version may add */
	rec.json = malloc(from->len_bytes + 1);
	if (!rec.json)
		return ENOMEM;
	memcpy(rec.json, from->data, from->len_bytes);
	rec.json[from->len_bytes] = '\0';
	rec.len = from->len_bytes;
	if (!check(&rec, epoch)) {
		cti_log(CTI_LOG_ERROR, "store", "record cannot be read pos=%llu",
			(unsigned long long)rec.pos);
		b->damaged++;
		free(rec.json);
		return 0;
	}
	supersede(b, &rec);
	b->bytes += rec.len;
	b->recs[b->n++] = rec;
	return 0;
}

int cti_batch_fill(struct cti_batch *b, struct cti_journal_reader *r)
{
	int err = 0;

	clear(b);
	while (!err && b->n < b->size && b->bytes < CTI_BATCH_BYTES_MAX) {
		struct cti_journal_rec rec;

		err = cti_journal_next(r, &rec);
		if (err == EBADMSG) {
			cti_log(CTI_LOG_ERROR, "store",
				"journal damaged from=%llu to=%llu",
				(unsigned long long)rec.pos,
				(unsigned long long)rec.next_pos);
			b->damaged++;
			err = 0;
		} else if (!err) {
			err = add(b, &rec, cti_journal_reader_epoch(r));
		} else {
			break;
		}
		b->passed++;
		b->next_pos = rec.next_pos;
	}
	return err == ENODATA ? 0 : err;
}

static void append(struct cti_buf *buf, size_t *np, const struct cti_batch_rec *rec)
{
	cti_buf_str(buf, (*np)++ ? "," : "[");
	if (rec->type == CTI_REC_AUDIT)
		cti_buf_printf(buf, "{\"id\":\"%s\",\"rec\":", rec->id);
	cti_buf_add(buf, rec->json, rec->len);
	if (rec->type == CTI_REC_AUDIT)
		cti_buf_str(buf, "}");
}

int cti_batch_params(
	struct cti_batch_params *p, const struct cti_batch *b, size_t from, size_t to)
{
	*p = (struct cti_batch_params){ 0 };
	for (size_t i = from; i < to; i++) {
		const struct cti_batch_rec *rec = &b->recs[i];

		if (rec->superseded)
			continue;
		if (rec->type == CTI_REC_CONVERSATION)
			append(&p->conversations, &p->nconversations, rec);
		else if (rec->type == CTI_REC_LOST)
			append(&p->lost, &p->nlost, rec);
		else
			append(&p->audit, &p->naudit, rec);
	}
	cti_buf_str(&p->conversations, p->nconversations ? "]" : "[]");
	cti_buf_str(&p->lost, p->nlost ? "]" : "[]");
	cti_buf_str(&p->audit, p->naudit ? "]" : "[]");
	return p->conversations.err || p->lost.err || p->audit.err ? ENOMEM : 0;
}

void cti_batch_params_reset(struct cti_batch_params *p)
{
	cti_buf_reset(&p->conversations);
	cti_buf_reset(&p->lost);
	cti_buf_reset(&p->audit);
}
