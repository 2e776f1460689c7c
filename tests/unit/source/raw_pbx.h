/*
 * raw_pbx.h -- one PBX as bytes: what its documents and its event stream say goes through
 * the readers and the source, and comes out as calls.
 */
#ifndef CTI_TEST_RAW_PBX_H
#define CTI_TEST_RAW_PBX_H

#include "json.h"
#include "source.h"
#include "view.h"

#include <cti/conf.h>

#include <stdio.h>
#include <string.h>

#define T0     INT64_C(1700000000000000)
#define AT(ms) (T0 + (ms)*INT64_C(1000))

static char *lines[] = { "201", "202" };

struct world {
	struct cti_model *m;
	struct cti_source *s;
	struct cti_pbx_conf conf;
	char ended[2048];
	struct cti_buf doc; /* the last one that ended, as pages get it */
	char wanted[128];
};

static inline void on_ended(const struct cti_conversation *c, void *arg)
{
	struct world *w = arg;
	const size_t n = strlen(w->ended);
	struct cti_jsonw j;

	if (*c->merged_into)
		return;
	(void)snprintf(w->ended + n, sizeof(w->ended) - n, "%s %s %s; ",
		cti_direction_name(c->direction), cti_outcome_name(c->outcome),
		c->end_us > 0 ? "known" : "unknown");
	cti_buf_reset(&w->doc);
	cti_jsonw_init(&j, &w->doc);
	cti_view_conversation(&j, NULL, c);
}

static inline void setup(struct world *w)
{
	static const struct cti_reader_ops *const readers[] = { &cti_reader_dialog,
		&cti_reader_ami, NULL };
	const struct cti_model_effects fx = { .ended = on_ended, .arg = w };
	const struct cti_pbx_conf *const confs[] = { &w->conf };
	const struct cti_source_conf conf = { confs, 1 };

	*w = (struct world){ .conf = { .name = "main" } };
	w->conf.lines.v = lines;
	w->conf.lines.n = 2;
	assert_int_equal(cti_model_alloc(&w->m, 1, &fx), 0);
	assert_int_equal(cti_source_alloc(&w->s, &conf, readers, w->m), 0);
}

static inline void teardown(struct world *w)
{
	cti_buf_reset(&w->doc);
	cti_source_free(w->s);
	cti_model_free(w->m);
}

static inline int put(struct world *w, int64_t ms, enum cti_input_kind kind,
	enum cti_provenance source, const char *line, const char *data)
{
	const struct cti_input in = { .at_us = AT(ms),
		.kind = kind,
		.source = source,
		.pbx = "main",
		.line = line,
		.ctype = kind == CTI_INPUT_NOTIFY ? "application/dialog-info+xml" : "",
		.data = data,
		.len_bytes = strlen(data) };

	return cti_source_apply(w->s, &in);
}

static inline int link_api(struct world *w, int64_t ms, const char *what)
{
	return put(w, ms, CTI_INPUT_LINK, CTI_PROV_API, "", what);
}

static inline int link_sip(
	struct world *w, int64_t ms, const char *what, const char *line)
{
	return put(w, ms, CTI_INPUT_LINK, CTI_PROV_DIALOG, line, what);
}

static inline void ami(struct world *w, int64_t ms, const char *text)
{
	assert_int_equal(put(w, ms, CTI_INPUT_AMI, CTI_PROV_API, "", text), 0);
}

/* Asterisk's document of one device. */
static inline void device(struct world *w, int64_t ms, const char *line, unsigned version,
	const char *state, const char *caller)
{
	char body[1024], remote[256] = "";

	if (caller)
		(void)snprintf(remote, sizeof(remote),
			"<remote><identity>sip:%s@192.0.2.1</identity></remote>", caller);
	(void)snprintf(body, sizeof(body),
		"<?xml version=\"1.0\"?><dialog-info "
		"xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"%u\" "
		"state=\"full\" entity=\"sip:%s@192.0.2.1\"><dialog id=\"%s\" "
		"direction=\"recipient\">%s<state>%s</state></dialog></dialog-info>",
		version, line, line, remote, state);
	assert_int_equal(put(w, ms, CTI_INPUT_NOTIFY, CTI_PROV_DIALOG, line, body), 0);
}

static inline void tick(struct world *w, int64_t ms)
{
	assert_int_equal(put(w, ms, CTI_INPUT_TICK, CTI_PROV_NONE, "", ""), 0);
}

/* A customer calls 201. */
static inline void stream_rings(struct world *w, int64_t ms)
{
	ami(w, ms,
		"Event: Newchannel\r\nChannel: PJSIP/trunk-00000001\r\nChannelState: 4\r\n"
		"ChannelStateDesc: Ring\r\nCallerIDNum: 0312345678\r\nContext: pstn\r\n"
		"Exten: 0355501234\r\nUniqueid: 1.1\r\nLinkedid: 1.1\r\n");
	ami(w, ms + 5,
		"Event: Newchannel\r\nChannel: PJSIP/201-00000002\r\nChannelState: 0\r\n"
		"ChannelStateDesc: Down\r\nCallerIDNum: 201\r\nContext: office\r\nExten: s\r\n"
		"Uniqueid: 1.2\r\nLinkedid: 1.1\r\n");
	ami(w, ms + 6,
		"Event: DialBegin\r\nChannel: PJSIP/trunk-00000001\r\nUniqueid: 1.1\r\n"
		"Linkedid: 1.1\r\nExten: 201\r\nDestChannel: PJSIP/201-00000002\r\n"
		"DestUniqueid: 1.2\r\nDestLinkedid: 1.1\r\nDialString: 201\r\n");
	ami(w, ms + 50,
		"Event: Newstate\r\nChannel: PJSIP/201-00000002\r\nChannelState: 5\r\n"
		"ChannelStateDesc: Ringing\r\nUniqueid: 1.2\r\nLinkedid: 1.1\r\n");
}

static inline void stream_is_up(struct world *w, int64_t ms)
{
	assert_int_equal(link_api(w, ms, "up"), 0);
	assert_int_equal(link_api(w, ms, "snapshot-begin"), 0);
	assert_int_equal(link_api(w, ms, "snapshot-end"), 0);
}

#endif
