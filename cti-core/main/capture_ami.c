/*
 * capture_ami.c -- ami.txt: what an AMI connection brought, each message under a line
 * "+seconds" and before an empty one; what was sent has ">>> sent" on its first line.
 * ami-raw.txt: the stream as it came, whose only times are the events' own.
 */
#include "capture_impl.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "str.h"

static int add(
	struct cti_capture *c, int64_t at_us, enum cti_input_kind kind, struct cti_buf *b)
{
	struct cti_input in = {
		.at_us = at_us,
		.kind = kind,
		.source = CTI_PROV_API,
		.pbx = CTI_CAPTURE_PBX,
		.line = "",
		.ctype = "",
		.len_bytes = b->len,
	};
	int err = b->err;

	if (!err && b->len) {
		in.data = cti_capture_keep(c, b->data, b->len);
		err = in.data ? cti_capture_add(c, &in) : ENOMEM;
	}
	cti_buf_clear(b);
	return err;
}

/* The recording began with a connection that was there and had nothing to tell. */
static int add_links(struct cti_capture *c, int64_t at_us)
{
	static const char *const words[] = { "up", "snapshot-begin", "snapshot-end" };
	struct cti_buf b = { 0 };
	int err = 0;

	for (size_t i = 0; i < 3 && !err; i++) {
		cti_buf_str(&b, words[i]);
		err = add(c, at_us, CTI_INPUT_LINK, &b);
	}
	cti_buf_reset(&b);
	return err;
}

/* "PJSIP/201-00000000": endpoints of digits are lines when nobody said which are. */
static int watch_channel(struct cti_pbx_conf *conf, const char *line, size_t len)
{
	const char *slash = memchr(line, '/', len);
	const char *end = line + len;
	const char *s;

	if (strncmp(line, "Channel: ", 9) || !slash)
		return 0;
	for (s = slash + 1; s < end && isdigit((unsigned char)*s);)
		s++;
	if (s == slash + 1 || s >= end || *s != '-')
		return 0;
	return cti_capture_watch(conf, slash + 1, (size_t)(s - slash - 1));
}

struct reading {
	struct cti_capture *c;
	struct cti_pbx_conf *conf;
	struct cti_buf b; /* the message so far */
	int64_t at_us;
	bool sent;  /* by the recording's own client */
	bool guess; /* the lines, from channels */
	bool inside;
};

static int end_message(struct reading *r)
{
	int err = 0;

	if (r->inside && !r->sent)
		err = add(r->c, r->at_us, CTI_INPUT_AMI, &r->b);
	cti_buf_clear(&r->b);
	r->inside = false;
	return err;
}

/* One line of ami.txt without its line end. */
static int read_line(struct reading *r, const char *line, size_t len)
{
	int64_t at_us;

	if (!len)
		return end_message(r);
	if (line[0] == '-' && line[1] == '-')
		return end_message(r);
	if (line[0] == '+' && cti_capture_time(line, &at_us)) {
		const int err = end_message(r);

		r->at_us = at_us;
		r->inside = true;
		r->sent = memmem(line, len, ">>>", 3) != NULL;
		return err;
	}
	cti_buf_add(&r->b, line, len);
	cti_buf_str(&r->b, "\r\n");
	return r->guess ? watch_channel(r->conf, line, len) : 0;
}

static int each_line(struct reading *r, const char *text, size_t len,
	int (*h)(struct reading *r, const char *line, size_t len))
{
	const char *end = text + len;
	int err = 0;

	while (!err && text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((nl ? nl : end) - text);

		text += n;
		err = h(r, text - n, n && text[-1] == '\r' ? n - 1 : n);
		text++;
	}
	return err ? err : end_message(r);
}

static int start_reading(struct reading *r, struct cti_capture *c)
{
	*r = (struct reading){ .c = c, .at_us = CTI_CAPTURE_EPOCH_US };
	r->conf = cti_capture_pbx(c, CTI_CAPTURE_PBX);
	if (!r->conf)
		return ENOMEM;
	r->guess = r->conf->lines.n == 0;
	return add_links(c, CTI_CAPTURE_EPOCH_US);
}

int cti_capture_ami(struct cti_capture *c, const char *text, size_t len)
{
	struct reading r;
	int err = start_reading(&r, c);

	if (!err)
		err = each_line(&r, text, len, read_line);
	cti_buf_reset(&r.b);
	return err;
}

/* The first event's own time is the clock's zero. */
static int read_raw_line(struct reading *r, const char *line, size_t len)
{
	static const char stamp[] = "Timestamp: ";

	if (!len)
		return end_message(r);
	if (!strncmp(line, stamp, sizeof(stamp) - 1)) {
		const int64_t us =
			(int64_t)(strtod(line + sizeof(stamp) - 1, NULL) * 1e6);

		if (r->c->epoch_us == CTI_CAPTURE_EPOCH_US)
			r->c->epoch_us = us;
		r->at_us = CTI_CAPTURE_EPOCH_US + us - r->c->epoch_us;
	}
	r->inside = true;
	cti_buf_add(&r->b, line, len);
	cti_buf_str(&r->b, "\r\n");
	return r->guess ? watch_channel(r->conf, line, len) : 0;
}

int cti_capture_ami_raw(struct cti_capture *c, const char *text, size_t len)
{
	struct reading r;
	int err = start_reading(&r, c);

	if (!err)
		err = each_line(&r, text, len, read_raw_line);
	c->epoch_us = CTI_CAPTURE_EPOCH_US;
	cti_buf_reset(&r.b);
	return err;
}
