/*
 * source.c -- the PBXs: for each its readers, its two interpreters and which of them
 * decides. The event stream (AMI) is the better source; while it is there, dialog
 * documents are followed and make no conversations of their own.
 */
#include "source.h"

#include "json.h"

#include "channels.h"
#include "dialogs.h"
#include "party.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "str.h"
#include "strmap.h"

struct pbx {
	struct cti_source *s;
	const struct cti_pbx_conf *conf;
	struct cti_dialogs *dialogs;
	struct cti_channels *channels;
	struct cti_reader **readers; /* one for each of s->ops, or NULL */
	struct cti_number_plan plan;
	int64_t now_us;
	struct cti_strmap *wanted; /* lines; the value says no more than "yes" */
};

struct cti_source {
	struct cti_model *m;
	const struct cti_reader_ops **ops; /* owned list of borrowed ones */
	size_t nops;
	struct pbx *pbxs;
	size_t n;
	struct cti_strmap *by_name;
	struct cti_source_stats stats;
};

/* ---- what readers and interpreters call ---------------------------------------- */

static void on_want(const char *line, void *arg)
{
	struct pbx *p = arg;

	p->s->stats.gaps++;
	(void)cti_strmap_put(p->wanted, line, p, NULL);
}

static void on_dialogs(const struct cti_report_dialogs *rep, void *arg)
{
	struct pbx *p = arg;
	enum cti_presentation pres = CTI_PRES_UNKNOWN;

	cti_dialogs_report(p->dialogs, rep);
	for (size_t i = 0; i < rep->n && pres == CTI_PRES_UNKNOWN; i++) {
		const struct cti_dialog_party *r = &rep->dialogs[i].remote;

		pres = cti_presentation_of(r->user, r->host, r->display);
	}
	if (pres != CTI_PRES_UNKNOWN && !p->conf->show_withheld)
		cti_channels_withheld(p->channels, rep->line, pres);
}

static void on_channel(const struct cti_report_channel *rep, void *arg)
{
	struct pbx *p = arg;

	cti_channels_report(p->channels, rep);
}

static void on_link(const struct cti_report_link *rep, void *arg)
{
	struct pbx *p = arg;

	if (rep->source == CTI_PROV_API)
		cti_channels_link(p->channels, rep);
	else
		cti_dialogs_link(p->dialogs, rep);
}

static void on_number(const char *pbx, const char *raw, char e164[CTI_E164_BYTES],
	char display[CTI_DISPLAY_BYTES], void *arg)
{
	const struct cti_source *s = arg;
	const struct pbx *p = cti_strmap_get(s->by_name, pbx);
	struct cti_number num;

	if (!p)
		return;
	cti_number_parse(&num, raw, &p->plan);
	(void)cti_str_copy(e164, CTI_E164_BYTES, num.e164);
	(void)cti_str_copy(display, CTI_DISPLAY_BYTES, num.display);
}

static const char *on_line(const char *exten, void *arg)
{
	const struct pbx *p = arg;

	return cti_dialogs_is_line(p->dialogs, exten) ? exten : NULL;
}

static struct cti_conv *on_better(const char *line, void *arg)
{
	const struct pbx *p = arg;

	return cti_channels_conv(p->channels, line);
}

/* ---- life ------------------------------------------------------------------------ */

static void pbx_free(struct pbx *p)
{
	for (size_t i = 0; p->readers && i < p->s->nops; i++) {
		if (p->readers[i])
			p->s->ops[i]->free(p->readers[i]);
	}
	free(p->readers);
	cti_dialogs_free(p->dialogs);
	cti_channels_free(p->channels);
	cti_strmap_free(p->wanted, NULL);
}

static int pbx_readers(struct pbx *p)
{
	const struct cti_reader_conf conf = {
		.pbx = p->conf->name,
		.lines = (const char *const *)p->conf->lines.v,
		.nlines = p->conf->lines.n,
		.trunks = (const char *const *)p->conf->trunks.v,
		.ntrunks = p->conf->trunks.n,
		.own = p->conf->sip_user,
		.show_withheld = p->conf->show_withheld,
	};
	const struct cti_report_sink sink = {
		.dialogs = on_dialogs, .channel = on_channel, .link = on_link, .arg = p
	};
	int err = 0;

	p->readers = calloc(p->s->nops + 1, sizeof(struct cti_reader *));
	if (!p->readers)
		return ENOMEM;
	for (size_t i = 0; i < p->s->nops && !err; i++)
		err = p->s->ops[i]->alloc(&p->readers[i], &conf, &sink);
	return err;
}

static int pbx_init(struct cti_source *s, struct pbx *p, const struct cti_pbx_conf *conf)
{
	int err;

	p->s = s;
	p->conf = conf;
	cti_number_plan_of(&p->plan, conf);
	err = cti_strmap_alloc(&p->wanted);
	if (!err)
		err = cti_dialogs_alloc(&p->dialogs, s->m, conf, on_want, p);
	if (!err)
		err = cti_channels_alloc(&p->channels, s->m, conf->name, on_line, p);
	if (!err)
		err = pbx_readers(p);
	if (!err)
		err = cti_strmap_put(s->by_name, conf->name, p, NULL);
	return err;
}

int cti_source_alloc(struct cti_source **sp, const struct cti_source_conf *conf,
	const struct cti_reader_ops *const *readers, struct cti_model *m)
{
	struct cti_source *s = calloc(1, sizeof(*s));
	int err = ENOMEM;

	if (!s)
		return ENOMEM;
	s->m = m;
	while (readers[s->nops])
		s->nops++;
	s->ops = calloc(s->nops + 1, sizeof(const struct cti_reader_ops *));
	s->pbxs = calloc(conf->n + 1, sizeof(*s->pbxs));
	if (!s->ops || !s->pbxs)
		goto out;
	memcpy(s->ops, readers, s->nops * sizeof(const struct cti_reader_ops *));
	for (err = cti_strmap_alloc(&s->by_name); s->n < conf->n && !err; s->n++)
		err = pbx_init(s, &s->pbxs[s->n], conf->pbxs[s->n]);
	if (!err)
		cti_model_on_number(m, on_number, s);
out:
	if (err)
		cti_source_free(s);
	else
		*sp = s;
	return err;
}

void cti_source_free(struct cti_source *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		pbx_free(&s->pbxs[i]);
	cti_strmap_free(s->by_name, NULL);
	free(s->pbxs);
	free(s->ops);
	free(s);
}

/* ---- inputs ------------------------------------------------------------------------ */

/* The event stream came or went: who decides from now on? */
static void choose_source(struct pbx *p)
{
	cti_dialogs_shadow(
		p->dialogs, p->now_us, cti_channels_up(p->channels), on_better, p);
}

static int read_pbx(struct pbx *p, const struct cti_input *in)
{
	int err = EBADMSG;

	for (size_t i = 0; i < p->s->nops; i++) {
		int one;

		if (!(p->s->ops[i]->kinds & 1u << in->kind))
			continue;
		one = p->s->ops[i]->read(p->readers[i], in);
		err = one && err == EBADMSG ? one : (one ? err : 0);
	}
	choose_source(p);
	return err;
}

/* What a connector says of its own line to the PBX; cti/pbx.h has the words. */
static int read_link(struct pbx *p, const struct cti_input *in)
{
	static const struct {
		const char *word;
		enum cti_link_what what;
		bool of_line;
	} words[] = {
		{ "down", CTI_LINK_DOWN, false },
		{ "up", CTI_LINK_UP, false },
		{ "line-lost", CTI_LINK_LINE_LOST, true },
		{ "line-up", CTI_LINK_LINE_UP, true },
		{ "snapshot-begin", CTI_LINK_SNAPSHOT_BEGIN, false },
		{ "snapshot-end", CTI_LINK_SNAPSHOT_END, false },
	};
	char text[256];
	char *why;

	(void)cti_str_clean(text, sizeof(text), in->data, in->len_bytes);
	why = strchr(text, ' ');
	if (why)
		*why++ = '\0';
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const struct cti_report_link rep = {
			.at_us = in->at_us,
			.source = in->source,
			.what = words[i].what,
			.line = words[i].of_line ? in->line : NULL,
			.why = why,
		};

		if (strcmp(words[i].word, text) != 0)
			continue;
		on_link(&rep, p);
		choose_source(p);
		return 0;
	}
	return EBADMSG;
}

/* data: "REQUEST NUMBER". */
static int read_dial(struct pbx *p, const struct cti_input *in)
{
	char text[256];
	char *number;

	if (!cti_str_copyn(text, sizeof(text), in->data, in->len_bytes))
		return EBADMSG;
	number = strchr(text, ' ');
	if (!number || !*in->line)
		return EBADMSG;
	*number++ = '\0';
	cti_channels_dial(p->channels, in->at_us, in->line, text, number);
	cti_dialogs_dialled(p->dialogs, in->at_us, in->line, number);
	return 0;
}

static int add_note(struct cti_conv *c, const struct cti_input *in, const char *json)
{
	struct cti_json *doc = NULL;
	struct cti_note note = { .at_us = in->at_us, .user = in->ctype };
	int err = cti_json_parse(&doc, json, in->len_bytes);

	if (err)
		return err;
	note.id = cti_json_str(cti_json_root(doc), "id");
	note.text = cti_json_str(cti_json_root(doc), "text");
	note.disposition = cti_json_str(cti_json_root(doc), "disposition");
	err = note.text ? cti_conv_put_note(c, &note) : EBADMSG;
	cti_json_free(doc);
	return err;
}

static int read_added(struct cti_source *s, const struct cti_input *in)
{
	struct cti_conv *c = cti_conv_find(s->m, in->line);
	char *text = malloc(in->len_bytes + 1);
	int err = 0;

	if (!c || !text) {
		free(text);
		return c ? ENOMEM : ENOENT;
	}
	memcpy(text, in->data, in->len_bytes);
	text[in->len_bytes] = '\0';
	if (in->kind == CTI_INPUT_CONTACTS)
		cti_conv_set_contacts(c, text);
	else if (in->kind == CTI_INPUT_NOTE)
		err = add_note(c, in, text);
	else
		cti_conv_add_trace(c, in->at_us, in->ctype, "%s", text);
	free(text);
	return err;
}

static void tick(struct pbx *p, int64_t now_us)
{
	cti_channels_tick(p->channels, now_us);
	cti_dialogs_tick(p->dialogs, now_us);
	choose_source(p);
}

/* ---- how things stand ------------------------------------------------------------------ */

void cti_source_standing(const struct cti_source *s, struct cti_buf *json)
{
	struct cti_jsonw w;

	cti_jsonw_init(&w, json);
	cti_jsonw_object(&w, NULL);
	for (size_t i = 0; i < s->n; i++) {
		cti_jsonw_object(&w, s->pbxs[i].conf->name);
		cti_channels_standing(s->pbxs[i].channels, &w);
		cti_dialogs_standing(s->pbxs[i].dialogs, &w);
		cti_jsonw_end_object(&w);
	}
	cti_jsonw_end_object(&w);
}

static int read_standing(struct cti_source *s, const struct cti_input *in)
{
	struct cti_json *doc = NULL;
	int err = cti_json_parse(&doc, in->data, in->len_bytes);

	for (size_t i = 0; i < s->n && !err; i++) {
		struct pbx *p = &s->pbxs[i];
		const struct cti_json_node *standing =
			cti_json_get(cti_json_root(doc), p->conf->name);

		if (!standing) /* a PBX that is new */
			continue;
		p->now_us = in->at_us;
		cti_channels_stand(p->channels, standing);
		cti_dialogs_stand(p->dialogs, standing);
		choose_source(p);
	}
	cti_json_free(doc);
	return err;
}

static int apply(struct cti_source *s, const struct cti_input *in)
{
	struct pbx *p = in->pbx ? cti_strmap_get(s->by_name, in->pbx) : NULL;

	switch (in->kind) {
	case CTI_INPUT_TICK:
		for (size_t i = 0; i < s->n; i++)
			tick(&s->pbxs[i], in->at_us);
		return 0;
	case CTI_INPUT_CONTACTS:
	case CTI_INPUT_NOTE:
	case CTI_INPUT_TRACE:
		return read_added(s, in);
	case CTI_INPUT_STANDING:
		return read_standing(s, in);
	case CTI_INPUT_NOTIFY:
	case CTI_INPUT_AMI:
	case CTI_INPUT_LINK:
	case CTI_INPUT_DIAL:
		break;
	}
	if (!p)
		return ENOENT;
	p->now_us = in->at_us;
	if (in->kind == CTI_INPUT_LINK)
		return read_link(p, in);
	return in->kind == CTI_INPUT_DIAL ? read_dial(p, in) : read_pbx(p, in);
}

int cti_source_apply(struct cti_source *s, const struct cti_input *in)
{
	const int err = apply(s, in);

	s->stats.inputs++;
	s->stats.bad += err == EBADMSG;
	cti_model_settle(s->m);
	return err;
}

struct want_arg {
	void (*h)(const char *pbx, const char *line, void *arg);
	void *arg;
	const char *pbx;
};

static bool want_one(const char *line, void *value, void *arg)
{
	const struct want_arg *w = arg;

	(void)value;
	w->h(w->pbx, line, w->arg);
	return false; /* forgotten */
}

void cti_source_wants(struct cti_source *s,
	void (*h)(const char *pbx, const char *line, void *arg), void *arg)
{
	for (size_t i = 0; i < s->n; i++) {
		struct pbx *p = &s->pbxs[i];
		struct want_arg w = { h, arg, p->conf->name };

		cti_strmap_each(p->wanted, want_one, &w);
	}
}

void cti_source_stats(const struct cti_source *s, struct cti_source_stats *st)
{
	*st = s->stats;
	st->refused = cti_model_refused(s->m);
}
