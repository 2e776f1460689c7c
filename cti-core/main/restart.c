/*
 * restart.c -- see restart.h.
 */
#include "restart.h"

#include "input_codec.h"
#include "json.h"
#include "route.h"
#include "strmap.h"

#include <cti/clock.h>
#include <cti/err.h>
#include <cti/log.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A conversation that the record journal knows. */
struct known {
	uint64_t first_pos;
	bool ended;
};

struct cti_restart {
	struct cti_strmap *known; /* id to struct known, owned */
	struct cti_mark mark;
	bool marked;
	struct cti_restart_found *found;
};

/* ---- marks ------------------------------------------------------------------ */

size_t cti_mark_format(char text[CTI_MARK_BYTES], const struct cti_mark *mark)
{
	return (size_t)snprintf(text, CTI_MARK_BYTES, "%016" PRIx64 " %016" PRIx64,
		mark->done_pos, mark->oldest_pos);
}

int cti_mark_parse(struct cti_mark *mark, const char *text, size_t len)
{
	enum { DIGITS = 16, LENGTH = 2 * DIGITS + 1 };
	char copy[LENGTH + 1];

	if (len != LENGTH || text[DIGITS] != ' ')
		return EBADMSG;
	memcpy(copy, text, LENGTH);
	copy[DIGITS] = '\0';
	copy[LENGTH] = '\0';
	if (strspn(copy, "0123456789abcdef") != DIGITS ||
		strspn(copy + DIGITS + 1, "0123456789abcdef") != DIGITS)
		return EBADMSG;
	mark->done_pos = strtoull(copy, NULL, 16);
	mark->oldest_pos = strtoull(copy + DIGITS + 1, NULL, 16);
	return 0;
}

/* ---- what the last process recorded ------------------------------------------ */

static int note_conversation(struct cti_restart *s, const struct cti_journal_rec *rec)
{
	const struct cti_json_node *root;
	struct cti_json *doc = NULL;
	struct known *k;
	const char *id;
	int err = cti_json_parse(&doc, rec->data, rec->len_bytes);

	if (err)
		return 0; /* the store will say so */
	root = cti_json_root(doc);
	id = cti_json_str(root, "id");
	k = id ? cti_strmap_get(s->known, id) : NULL;
	if (id && !k) {
		k = calloc(1, sizeof(*k));
		err = k ? cti_strmap_put(s->known, id, k, NULL) : ENOMEM;
		if (err)
			free(k);
		else
			k->first_pos = rec->pos;
	}
	if (!err && id)
		k->ended = cti_json_str(root, "ended_at") ||
			   cti_json_str(root, "merged_into");
	cti_json_free(doc);
	return err;
}

static int note_lost(struct cti_restart *s, const struct cti_journal_rec *rec)
{
	struct cti_json *doc = NULL;
	struct known *k = NULL;
	const char *id;

	if (cti_json_parse(&doc, rec->data, rec->len_bytes))
		return 0;
	id = cti_json_str(cti_json_root(doc), "id");
	if (id)
		k = cti_strmap_get(s->known, id);
	if (k)
		k->ended = true;
	cti_json_free(doc);
	return 0;
}

static int note_record(struct cti_restart *s, const struct cti_journal_rec *rec)
{
	switch (rec->type) {
	case CTI_REC_CONVERSATION:
		return note_conversation(s, rec);
	case CTI_REC_LOST:
		return note_lost(s, rec);
	case CTI_REC_MARK:
		if (cti_mark_parse(&s->mark, rec->data, rec->len_bytes) == 0)
			s->marked = true;
		return 0;
	default:
		return 0;
	}
}

static int read_records(struct cti_restart *s, const char *dir)
{
	struct cti_journal_reader *reader = NULL;
	struct cti_journal_rec rec;
	int err = cti_journal_reader_alloc(&reader, dir, 0);

	while (!err) {
		err = cti_journal_next(reader, &rec);
		if (!err)
			err = note_record(s, &rec);
		if (err == EBADMSG) {
			s->found->damaged_bytes += rec.next_pos - rec.pos;
			err = 0;
		}
	}
	cti_journal_reader_free(reader);
	return err == ENODATA ? 0 : err;
}

void cti_restart_recognise(
	const struct cti_restart *s, const struct cti_route *r, struct cti_open *e)
{
	const struct known *k = cti_strmap_get(s->known, e->id);

	if (k)
		e->record_pos = k->first_pos;
	else
		e->ghost = r->input_pos < r->marked_pos;
}

/* ---- inputs again ------------------------------------------------------------ */

static void apply(
	struct cti_restart *s, struct cti_route *r, const struct cti_journal_rec *rec)
{
	struct cti_input in;

	s->found->inputs++;
	s->found->fresh += rec->pos >= r->marked_pos;
	if (cti_input_decode(&in, rec->data, rec->len_bytes))
		s->found->damaged_bytes += rec->len_bytes; /* of a later version of us */
	else
		cti_route_apply(r, rec->pos, &in);
}

static int open_reader(
	struct cti_journal_reader **readerp, const struct cti_restart *s, const char *dir)
{
	int err = cti_journal_reader_alloc(readerp, dir, s->mark.oldest_pos);

	if (err != ERANGE)
		return err;
	cti_log(CTI_LOG_WARN, "main",
		"the beginning of calls that go on is no longer in the input journal");
	return cti_journal_reader_alloc(readerp, dir, 0);
}

static int read_inputs(struct cti_restart *s, struct cti_route *r, const char *dir)
{
	struct cti_journal_reader *reader = NULL;
	struct cti_journal_rec rec;
	int err = open_reader(&reader, s, dir);

	while (!err) {
		err = cti_journal_next(reader, &rec);
		if (err == EBADMSG) {
			s->found->damaged_bytes += rec.next_pos - rec.pos;
			err = 0;
		} else if (!err) {
			apply(s, r, &rec);
		}
	}
	cti_journal_reader_free(reader);
	return err == ENODATA ? 0 : err;
}

/* ---- what did not come back --------------------------------------------------- */

struct lost {
	struct cti_restart *s;
	struct cti_route *r;
};

static bool tell_lost(const char *id, void *value, void *arg)
{
	const struct known *k = value;
	struct lost *l = arg;
	char json[80];

	if (k->ended || cti_conv_find(l->r->model, id))
		return true;
	(void)snprintf(json, sizeof(json), "{\"id\":\"%.37s\"}", id);
	if (cti_route_append_record(l->r, CTI_REC_LOST, json, strlen(json)) == 0)
		l->s->found->lost++;
	return true;
}

/* It had ended. Where reading begins in the middle, its end may have been missed. */
static void silence_ended(const struct cti_restart *s, const struct cti_route *r)
{
	for (struct cti_open *e = cti_opens_first(r->opens); e; e = e->next) {
		const struct known *k = cti_strmap_get(s->known, e->id);

		if (k && k->ended)
			e->ghost = true;
	}
}

/* Nothing is known about any line until the connectors are back. */
static int links_down(struct cti_route *r)
{
	static const enum cti_provenance sources[] = { CTI_PROV_DIALOG, CTI_PROV_API };
	static const char why[] = "down restart";
	int err = 0;

	for (size_t i = 0; i < r->config->npbxs && !err; i++) {
		const struct cti_pbx_conf *p = &r->config->pbxs[i];

		for (size_t n = 0; n < sizeof(sources) / sizeof(sources[0]) && !err;
			n++) {
			const bool used = sources[n] == CTI_PROV_API
						  ? p->ami_address != NULL
						  : p->sip_servers.n > 0;
			const struct cti_input in = {
				.at_us = cti_now_us(),
				.kind = CTI_INPUT_LINK,
				.source = sources[n],
				.pbx = p->name,
				.line = "",
				.ctype = "",
				.data = why,
				.len_bytes = sizeof(why) - 1,
			};

			if (used)
				err = cti_route_input(r, &in);
		}
	}
	return err;
}

int cti_restart_run(struct cti_route *r, const char *input_dir, const char *record_dir,
	struct cti_restart_found *found)
{
	struct cti_restart s = { .found = found };
	struct lost lost = { &s, r };
	int err;

	*found = (struct cti_restart_found){ 0 };
	err = cti_strmap_alloc(&s.known);
	if (err)
		return err;
	err = read_records(&s, record_dir);
	if (err)
		goto out;
	r->restart = &s;
	r->marked_pos = s.marked ? s.mark.done_pos : 0;
	cti_opens_begin(r->opens, s.mark.oldest_pos);
	err = read_inputs(&s, r, input_dir);
	r->restart = NULL;
	if (err)
		goto out;
	r->marked_pos = cti_journal_end(r->input);
	silence_ended(&s, r);
	cti_strmap_each(s.known, tell_lost, &lost);
	err = links_down(r);
	if (!err)
		err = cti_route_anchor(r);
	found->live = cti_opens_count(r->opens);
out:
	cti_strmap_free(s.known, free);
	return err;
}
