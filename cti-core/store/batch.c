/*
 * batch.c -- see batch.h. A conversation's record is looked at and not parsed: it is
 * ours, with a checksum; one that is no JSON all the same is refused by the database
 * and then costs itself alone.
 */
#include "batch.h"

#include "ahead.h"
#include "json.h"
#include "store.h"
#include "strmap.h"
#include "uuid.h"

#include <cti/log.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int cti_batch_init(struct cti_batch *b, size_t rows)
{
	*b = (struct cti_batch){ .rows_max = rows ? rows : 1 };
	return cti_strmap_alloc(&b->newest);
}

static void clear(struct cti_batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->recs[i].json);
	cti_strmap_clear(b->newest);
	b->n = 0;
	b->rows = 0;
	b->bytes = 0;
	b->passed = 0;
	b->gave_way = 0;
	b->damaged = 0;
}

void cti_batch_fini(struct cti_batch *b)
{
	if (b->newest)
		clear(b);
	cti_strmap_free(b->newest, NULL);
	free(b->recs);
	*b = (struct cti_batch){ 0 };
}

static bool is_uuid(const char *s)
{
	return s && strlen(s) == 36 && strspn(s, "0123456789abcdefABCDEF-") == 36;
}

/* p passes over text; NULL if something else stands there. */
static const char *skip(const char *p, const char *end, const char *text)
{
	const size_t len = strlen(text);

	return p && (size_t)(end - p) >= len && !memcmp(p, text, len) ? p + len : NULL;
}

/* Behind the text's closing quote. */
static const char *skip_text(const char *p, const char *end)
{
	while (p && p < end && *p != '"')
		p += *p == '\\' ? 2 : 1;
	return p && p < end ? p + 1 : NULL;
}

/* {"id":"0193....","pbx":"...","version":12,...}: as model/view.c begins and ends it. */
bool cti_batch_name(struct cti_batch_name *name, const char *json, size_t len)
{
	const char *const end = json + len;
	const char *p = skip(json, end, "{\"id\":\"");

	if (!p || end - p < CTI_BATCH_ID_BYTES || end[-1] != '}')
		return false;
	(void)cti_str_copyn(name->id, sizeof(name->id), p, CTI_BATCH_ID_BYTES - 1);
	p = skip(p + CTI_BATCH_ID_BYTES - 1, end, "\",\"pbx\":\"");
	p = skip(skip_text(p, end), end, ",\"version\":");
	name->version = 0;
	for (; p && *p >= '0' && *p <= '9'; p++)
		name->version = 10 * name->version + (uint64_t)(*p - '0');
	return p && (*p == ',' || *p == '}') && is_uuid(name->id);
}

/* False: not a record that the database could take. */
static bool check(struct cti_batch_rec *rec, uint64_t epoch)
{
	struct cti_json *doc = NULL;
	const struct cti_json_node *root;
	struct cti_batch_name name;
	int64_t version = 0;
	const char *id;
	bool ok = false;

	if (rec->type == CTI_REC_CONVERSATION &&
		cti_batch_name(&name, rec->json, rec->len)) {
		(void)cti_str_copy(rec->id, sizeof(rec->id), name.id);
		rec->version = name.version;
		return true;
	}
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
		if (cti_json_int(root, "version", &version) && version > 0)
			rec->version = (uint64_t)version;
		ok = true;
	}
out:
	cti_json_free(doc);
	return ok;
}

/* There is a picture before that is newer all the same. */
static bool is_stale(const struct cti_batch *b, const struct cti_batch_rec *rec)
{
	size_t older = (size_t)(uintptr_t)cti_strmap_get(b->newest, rec->id);

	while (older && b->recs[older - 1].version <= rec->version)
		older = b->recs[older - 1].older;
	return older != 0;
}

/* The newest picture of a conversation is enough, and one statement cannot write a
 * row twice. A conversation that is heard of again is not lost. */
static void supersede(struct cti_batch *b, size_t older)
{
	while (older) {
		struct cti_batch_rec *rec = &b->recs[older - 1];

		b->rows--;
		b->gave_way++;
		b->bytes -= rec->len;
		free(rec->json);
		rec->json = NULL;
		rec->superseded = true;
		older = rec->older;
	}
}

static int room_for_one(struct cti_batch *b)
{
	const size_t size = b->size ? 2 * b->size : 64;
	struct cti_batch_rec *more;

	if (b->n < b->size)
		return 0;
	more = reallocarray(b->recs, size, sizeof(*more));
	if (!more)
		return ENOMEM;
	b->recs = more;
	b->size = size;
	return 0;
}

/* rec is the batch's unless this fails. */
static int put(struct cti_batch *b, struct cti_batch_rec *rec)
{
	void *before = NULL;
	int err = room_for_one(b);

	if (!err && rec->type != CTI_REC_AUDIT)
		err = cti_strmap_put(
			b->newest, rec->id, (void *)(uintptr_t)(b->n + 1), &before);
	if (err)
		return err;
	rec->older = (size_t)(uintptr_t)before;
	if (rec->type == CTI_REC_CONVERSATION) {
		supersede(b, rec->older);
		rec->older = 0;
	}
	b->rows++;
	b->bytes += rec->len;
	b->recs[b->n++] = *rec;
	return 0;
}

static bool is_ours(uint16_t type)
{
	return type == CTI_REC_CONVERSATION || type == CTI_REC_AUDIT ||
	       type == CTI_REC_LOST;
}

/* Most records of a backlog end here, before anything is copied. */
static bool comes_again(const struct cti_journal_rec *rec, const struct cti_ahead *ahead)
{
	struct cti_batch_name name;

	return ahead && rec->type == CTI_REC_CONVERSATION &&
	       cti_batch_name(&name, rec->data, rec->len_bytes) &&
	       cti_ahead_supersedes(ahead, &name, rec->pos);
}

static int add(struct cti_batch *b, const struct cti_journal_rec *from, uint64_t epoch)
{
	struct cti_batch_rec rec = { .pos = from->pos, .type = from->type };
	int err;

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
	if (rec.type == CTI_REC_CONVERSATION && is_stale(b, &rec)) {
		b->gave_way++;
		free(rec.json);
		return 0;
	}
	err = put(b, &rec);
	if (err)
		free(rec.json);
	return err;
}

static void count_damage(struct cti_batch *b, const struct cti_journal_rec *hole)
{
	cti_log(CTI_LOG_ERROR, "store", "journal damaged from=%llu to=%llu",
		(unsigned long long)hole->pos, (unsigned long long)hole->next_pos);
	b->damaged++;
}

static bool full(const struct cti_batch *b)
{
	return b->rows >= b->rows_max || b->bytes >= CTI_BATCH_BYTES_MAX ||
	       b->n >= b->rows_max * CTI_BATCH_RECORDS_A_ROW ||
	       b->passed >= CTI_AHEAD_RECORDS;
}

int cti_batch_fill(
	struct cti_batch *b, struct cti_journal_reader *r, const struct cti_ahead *ahead)
{
	int err = 0;

	clear(b);
	while (!err && !full(b)) {
		struct cti_journal_rec rec;

		err = cti_journal_next(r, &rec);
		if (err && err != EBADMSG)
			break;
		if (err)
			count_damage(b, &rec);
		else if (comes_again(&rec, ahead))
			b->gave_way++;
		else if (is_ours(rec.type))
			err = add(b, &rec, cti_journal_reader_epoch(r));
		if (err == EBADMSG)
			err = 0;
		b->passed++;
		b->next_pos = rec.next_pos;
	}
	b->full = !err;
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
