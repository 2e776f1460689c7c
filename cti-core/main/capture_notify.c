/*
 * capture_notify.c -- notify.txt: NOTIFYs as a subscriber got them, one after another,
 * each under a line that begins with three or more "=" and has "+seconds" in it.
 *
 * What the wire half of a connector does to them is done here: only the dialog event,
 * only one subscription a line, nothing that came late or twice.
 */
#include "capture_impl.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "strmap.h"

/* A stretch of the file. */
struct stretch {
	const char *s;
	size_t len;
};

/* The subscription that is followed for one line ("" for a list). */
struct sub {
	struct stretch call_id;
	struct stretch body;
	unsigned long cseq;
	int64_t until_us; /* when it runs out if it is not refreshed */
	bool over;
};

struct message {
	int64_t at_us;
	struct stretch head;
	struct stretch body;
};

static bool same(struct stretch a, struct stretch b)
{
	return a.len == b.len && !memcmp(a.s, b.s, a.len);
}

static struct stretch trim(struct stretch t)
{
	while (t.len && isspace((unsigned char)t.s[t.len - 1]))
		t.len--;
	while (t.len && isspace((unsigned char)*t.s)) {
		t.s++;
		t.len--;
	}
	return t;
}

/* Value of the first header of that name; empty if there is none. */
static struct stretch header(struct stretch head, const char *name)
{
	const size_t n = strlen(name);
	const char *end = head.s + head.len;

	for (const char *s = head.s; s < end;) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));
		const size_t len = (size_t)((nl ? nl : end) - s);

		if (len > n && s[n] == ':' && !strncasecmp(s, name, n))
			return trim((struct stretch){ s + n + 1, len - n - 1 });
		s += len + 1;
	}
	return (struct stretch){ "", 0 };
}

/* User part of the first URI in a From header. */
static struct stretch user_of(struct stretch from)
{
	const char *end = from.s + from.len;
	const char *s = memmem(from.s, from.len, "sip:", 4);
	const char *at;

	if (!s)
		return (struct stretch){ "", 0 };
	s += 4;
	at = memchr(s, '@', (size_t)(end - s));
	return (struct stretch){ s, at ? (size_t)(at - s) : 0 };
}

static bool starts(struct stretch t, const char *word)
{
	return t.len >= strlen(word) && !strncasecmp(t.s, word, strlen(word));
}

/* ---- cutting the file into messages --------------------------------------------------- */

static const char *next_mark(const char *s, const char *end)
{
	while (s < end) {
		const char *nl;

		if (end - s > 4 && !memcmp(s, "===", 3))
			return s;
		nl = memchr(s, '\n', (size_t)(end - s));
		if (!nl)
			break;
		s = nl + 1;
	}
	return end;
}

static bool mark_time(const char *s, const char *end, int64_t *at_usp)
{
	const char *nl = memchr(s, '\n', (size_t)(end - s));
	const char *plus = memchr(s, '+', (size_t)((nl ? nl : end) - s));

	return plus && cti_capture_time(plus, at_usp);
}

static void split(struct message *m, const char *s, const char *end)
{
	const char *nl = memchr(s, '\n', (size_t)(end - s));
	const char *head = nl ? nl + 1 : end;
	const size_t len = (size_t)(end - head);
	const char *gap = memmem(head, len, "\r\n\r\n", 4);
	size_t skip = 4;

	if (!gap) {
		gap = memmem(head, len, "\n\n", 2);
		skip = 2;
	}
	m->head = (struct stretch){ head, gap ? (size_t)(gap - head) + 1 : len };
	m->body = gap ? (struct stretch){ gap + skip, (size_t)(end - gap) - skip }
		      : (struct stretch){ "", 0 };
}

/* Only as much body as the message says; what follows is the recorder's own. */
static void cut_body(struct message *m)
{
	const struct stretch len = header(m->head, "Content-Length");
	const unsigned long n = len.len ? strtoul(len.s, NULL, 10) : m->body.len;

	if (n < m->body.len)
		m->body.len = n;
	if (!trim(m->body).len)
		m->body.len = 0;
}

/* ---- which of them count ----------------------------------------------------------------- */

static bool is_list(const struct message *m)
{
	return starts(header(m->head, "Content-Type"), "multipart/related");
}

static int64_t expires_at(const struct message *m)
{
	const struct stretch state = header(m->head, "Subscription-State");
	const char *e = memmem(state.s, state.len, "expires=", 8);
	const int64_t forever_us = INT64_C(1) << 60;

	return e ? m->at_us + (int64_t)strtoul(e + 8, NULL, 10) * 1000000 : forever_us;
}

/* A second subscription of the same line only counts once the first one is gone. */
static bool is_followed(const struct sub *sub, const struct message *m)
{
	const struct stretch id = header(m->head, "Call-ID");

	return !sub->call_id.s || same(sub->call_id, id) || sub->over ||
	       m->at_us > sub->until_us;
}

/* Late or twice, by RFC 3261 section 12.2.2. The same CSeq with another body is a
 * notifier that went back to what it had saved (Asterisk 22, killed and restarted). */
static bool is_stale(const struct sub *sub, const struct message *m, unsigned long cseq)
{
	return sub->call_id.s && same(sub->call_id, header(m->head, "Call-ID")) &&
	       (cseq < sub->cseq || (cseq == sub->cseq && same(sub->body, m->body)));
}

static int add_link(struct cti_capture *c, const struct message *m, const char *line,
	const char *what)
{
	const struct cti_input in = {
		.at_us = m->at_us,
		.kind = CTI_INPUT_LINK,
		.source = CTI_PROV_DIALOG,
		.pbx = CTI_CAPTURE_PBX,
		.line = line,
		.ctype = "",
		.data = cti_capture_keep(c, what, strlen(what)),
		.len_bytes = strlen(what),
	};

	return in.data ? cti_capture_add(c, &in) : ENOMEM;
}

static int add_notify(struct cti_capture *c, const struct message *m, const char *line)
{
	const struct stretch type = header(m->head, "Content-Type");
	const struct cti_input in = {
		.at_us = m->at_us,
		.kind = CTI_INPUT_NOTIFY,
		.source = CTI_PROV_DIALOG,
		.pbx = CTI_CAPTURE_PBX,
		.line = line,
		.ctype = cti_capture_keep(c, type.s, type.len),
		.data = cti_capture_keep(c, m->body.s, m->body.len),
		.len_bytes = m->body.len,
	};

	return in.ctype && in.data ? cti_capture_add(c, &in) : ENOMEM;
}

static struct sub *sub_of(struct cti_strmap *subs, const char *line)
{
	struct sub *sub = cti_strmap_get(subs, line);

	if (sub)
		return sub;
	sub = calloc(1, sizeof(*sub));
	if (sub && cti_strmap_put(subs, line, sub, NULL)) {
		free(sub);
		return NULL;
	}
	return sub;
}

/* A changed subscription begins with the whole truth. */
static int follow(struct cti_capture *c, struct sub *sub, const struct message *m,
	const char *line, unsigned long cseq)
{
	const struct stretch id = header(m->head, "Call-ID");
	const bool renewed = sub->call_id.s && !same(sub->call_id, id);

	sub->call_id = id;
	sub->body = m->body;
	sub->cseq = cseq;
	sub->until_us = expires_at(m);
	sub->over = starts(header(m->head, "Subscription-State"), "terminated");
	return renewed ? add_link(c, m, line, "line-up") : 0;
}

/* Lines of a list are named in its bodies. */
static int watch_list(struct cti_pbx_conf *conf, struct stretch body)
{
	static const char mark[] = "<resource uri=\"";
	const char *end = body.s + body.len;
	int err = 0;

	for (const char *s = body.s; !err;) {
		struct stretch user;

		s = memmem(s, (size_t)(end - s), mark, sizeof(mark) - 1);
		if (!s)
			break;
		s += sizeof(mark) - 1;
		user = user_of((struct stretch){ s, (size_t)(end - s) });
		if (user.len && user.len < 64)
			err = cti_capture_watch(conf, user.s, user.len);
	}
	return err;
}

/* "NOTIFY sip:cti@192.0.2.1 SIP/2.0": the account that watches. The event stream has
 * its calls too, and they are nobody's. */
static int note_account(struct cti_pbx_conf *conf, const struct message *m)
{
	const char *nl = memchr(m->head.s, '\n', m->head.len);
	const struct stretch user = user_of((struct stretch){
		m->head.s, nl ? (size_t)(nl - m->head.s) : m->head.len });

	if (conf->sip_user || !user.len)
		return 0;
	conf->sip_user = strndup(user.s, user.len);
	return conf->sip_user ? 0 : ENOMEM;
}

static int take(struct cti_capture *c, struct cti_strmap *subs, const struct message *m)
{
	const struct stretch user = user_of(header(m->head, "From"));
	const unsigned long cseq = strtoul(header(m->head, "CSeq").s, NULL, 10);
	struct cti_pbx_conf *conf = cti_capture_pbx(c, CTI_CAPTURE_PBX);
	const char *line = is_list(m) ? "" : cti_capture_keep(c, user.s, user.len);
	struct sub *sub = line ? sub_of(subs, line) : NULL;
	int err;

	if (!conf || !sub || note_account(conf, m))
		return ENOMEM;
	if (!is_followed(sub, m) || is_stale(sub, m, cseq))
		return 0;
	err = *line ? cti_capture_watch(conf, line, user.len) : watch_list(conf, m->body);
	if (!err)
		err = follow(c, sub, m, line, cseq);
	/* FreeSWITCH and others end a subscription with a NOTIFY that has no body. */
	if (!err && (m->body.len || !sub->over))
		err = add_notify(c, m, line);
	if (!err && sub->over && *line)
		err = add_link(c, m, line, "line-lost");
	return err;
}

static bool is_dialog_event(const struct message *m)
{
	const struct stretch event = header(m->head, "Event");

	return starts(m->head, "NOTIFY ") && (!event.len || starts(event, "dialog"));
}

int cti_capture_notify(struct cti_capture *c, const char *text, size_t len)
{
	const char *end = text + len;
	const char *s = next_mark(text, end);
	struct cti_strmap *subs = NULL;
	int err = cti_strmap_alloc(&subs);

	while (!err && s < end) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));
		const char *next = nl ? next_mark(nl + 1, end) : end;
		struct message m = { 0 };

		if (mark_time(s, next, &m.at_us)) {
			split(&m, s, next);
			cut_body(&m);
			if (is_dialog_event(&m))
				err = take(c, subs, &m);
		}
		s = next;
	}
	cti_strmap_free(subs, free);
	return err;
}
