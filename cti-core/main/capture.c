/*
 * capture.c -- a capture's inputs, from whichever files are there.
 */
#include "capture_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "input_codec.h"
#include "journal.h"
#include "str.h"

enum { FILE_BYTES_MAX = 256 * 1024 * 1024 };

/* Doubles where n is a power of two. */
static bool grow(void **v, size_t n, size_t size)
{
	void *more;

	if (n & (n - 1))
		return true;
	more = realloc(*v, (n ? 2 * n : 1) * size);
	if (more)
		*v = more;
	return more != NULL;
}

const char *cti_capture_keep(struct cti_capture *c, const char *text, size_t len)
{
	void *v = c->texts;
	char *copy;

	if (!grow(&v, c->ntexts, sizeof(char *)))
		return NULL;
	c->texts = v;
	copy = malloc(len + 1);
	if (!copy)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	c->texts[c->ntexts++] = copy;
	return copy;
}

int cti_capture_add(struct cti_capture *c, const struct cti_input *in)
{
	void *v = c->inputs;

	if (!grow(&v, c->n, sizeof(*c->inputs)))
		return ENOMEM;
	c->inputs = v;
	c->inputs[c->n++] = *in;
	return 0;
}

struct cti_pbx_conf *cti_capture_pbx(struct cti_capture *c, const char *name)
{
	void *v = c->pbxs;
	struct cti_pbx_conf *conf;

	for (size_t i = 0; i < c->npbxs; i++) {
		if (!strcmp(c->pbxs[i].name, name))
			return &c->pbxs[i];
	}
	if (!grow(&v, c->npbxs, sizeof(*c->pbxs)))
		return NULL;
	c->pbxs = v;
	conf = &c->pbxs[c->npbxs];
	*conf = (struct cti_pbx_conf){ .name = cti_str_dup(name) };
	if (!conf->name)
		return NULL;
	c->npbxs++;
	return conf;
}

int cti_capture_watch(struct cti_pbx_conf *conf, const char *line, size_t len)
{
	void *v = conf->lines.v;
	char *copy;

	for (size_t i = 0; i < conf->lines.n; i++) {
		if (strlen(conf->lines.v[i]) == len &&
			!memcmp(conf->lines.v[i], line, len))
			return 0;
	}
	if (!grow(&v, conf->lines.n, sizeof(char *)))
		return ENOMEM;
	conf->lines.v = v;
	copy = strndup(line, len);
	if (!copy)
		return ENOMEM;
	conf->lines.v[conf->lines.n++] = copy;
	return 0;
}

int cti_capture_file(struct cti_capture *c, const char *folder, const char *name,
	const char **textp, size_t *lenp)
{
	struct cti_buf path = { 0 }, b = { 0 };
	char part[16384];
	size_t n;
	FILE *f;
	int err = 0;

	cti_buf_printf(&path, "%s/%s", folder, name);
	f = path.err ? NULL : fopen(path.data, "rb");
	if (!f) {
		err = path.err ? path.err : errno;
		goto out;
	}
	while ((n = fread(part, 1, sizeof(part), f)) > 0 && b.len < FILE_BYTES_MAX)
		cti_buf_add(&b, part, n);
	err = ferror(f) ? EIO : b.err;
	(void)fclose(f);
	if (!err) {
		*lenp = b.len;
		*textp = cti_capture_keep(c, b.data ? b.data : "", b.len);
		err = *textp ? 0 : ENOMEM;
	}
out:
	cti_buf_reset(&path);
	cti_buf_reset(&b);
	return err;
}

bool cti_capture_time(const char *s, int64_t *at_usp)
{
	char *end;
	double seconds;

	if (*s == '+')
		s++;
	if (*s < '0' || *s > '9')
		return false;
	seconds = strtod(s, &end);
	*at_usp = CTI_CAPTURE_EPOCH_US + (int64_t)(seconds * 1e6 + 0.5);
	return end != s && seconds < 1e9;
}

/* ---- a folder of text files --------------------------------------------------------- */

/* An input and its place in the files. */
struct placed {
	struct cti_input in;
	size_t place;
};

/* The event stream decides where both are there, so it comes first at equal times. */
static int by_time(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	const bool xa = x->in.source == CTI_PROV_API, ya = y->in.source == CTI_PROV_API;

	if (x->in.at_us != y->in.at_us)
		return x->in.at_us < y->in.at_us ? -1 : 1;
	if (xa != ya)
		return xa ? -1 : 1;
	return x->place < y->place ? -1 : 1;
}

static int sort_inputs(struct cti_capture *c)
{
	struct placed *v = calloc(c->n + 1, sizeof(*v));

	if (!v)
		return ENOMEM;
	for (size_t i = 0; i < c->n; i++)
		v[i] = (struct placed){ c->inputs[i], i };
	qsort(v, c->n, sizeof(*v), by_time);
	for (size_t i = 0; i < c->n; i++)
		c->inputs[i] = v[i].in;
	free(v);
	return 0;
}

static int load_notify(struct cti_capture *c, const char *folder, bool wanted)
{
	const size_t before = c->n;
	const char *text;
	size_t len;
	int err = cti_capture_file(c, folder, "notify.txt", &text, &len);

	if (!err)
		err = cti_capture_notify(c, text, len);
	if (!wanted)
		c->n = before; /* it was read for the lines that are watched */
	return err;
}

static int load_ami(struct cti_capture *c, const char *folder)
{
	const char *text;
	size_t len;
	int err = cti_capture_file(c, folder, "ami.txt", &text, &len);

	if (!err)
		return cti_capture_ami(c, text, len);
	if (err != ENOENT)
		return err;
	err = cti_capture_file(c, folder, "ami-raw.txt", &text, &len);
	return err ? err : cti_capture_ami_raw(c, text, len);
}

static int load_folder(struct cti_capture *c, const char *folder, unsigned sources)
{
	int err = load_notify(c, folder, sources & CTI_CAPTURE_NOTIFY);
	int one = err;

	if (err && err != ENOENT)
		return err;
	if (sources & CTI_CAPTURE_API)
		one = load_ami(c, folder);
	if (one && one != ENOENT)
		return one;
	/* A capture without the source that was asked for: nothing was heard from it. */
	return err && one ? ENOENT : sort_inputs(c);
}

/* ---- a journal ------------------------------------------------------------------------ */

static bool is_wanted(const struct cti_input *in, unsigned sources)
{
	switch (in->kind) {
	case CTI_INPUT_NOTIFY:
		return sources & CTI_CAPTURE_NOTIFY;
	case CTI_INPUT_AMI:
		return sources & CTI_CAPTURE_API;
	case CTI_INPUT_LINK:
		return sources & (in->source == CTI_PROV_API ? CTI_CAPTURE_API
							     : CTI_CAPTURE_NOTIFY);
	case CTI_INPUT_STANDING: /* of both sources */
		return sources & CTI_CAPTURE_NOTIFY && sources & CTI_CAPTURE_API;
	case CTI_INPUT_TICK:
	case CTI_INPUT_DIAL:
	case CTI_INPUT_CONTACTS:
	case CTI_INPUT_NOTE:
	case CTI_INPUT_TRACE:
		break;
	}
	return true;
}

static int add_record(
	struct cti_capture *c, const struct cti_journal_rec *rec, unsigned sources)
{
	struct cti_pbx_conf *conf;
	struct cti_input in;
	const char *data = cti_capture_keep(c, rec->data, rec->len_bytes);
	int err;

	if (!data)
		return ENOMEM;
	err = cti_input_decode(&in, data, rec->len_bytes);
	if (err)
		return err;
	if (in.kind == CTI_INPUT_NOTIFY || in.kind == CTI_INPUT_DIAL ||
		in.kind == CTI_INPUT_AMI) {
		conf = cti_capture_pbx(c, in.pbx);
		if (!conf)
			return ENOMEM;
		if (*in.line && cti_capture_watch(conf, in.line, strlen(in.line)))
			return ENOMEM;
	}
	return is_wanted(&in, sources) ? cti_capture_add(c, &in) : 0;
}

static int load_journal(struct cti_capture *c, const char *folder, unsigned sources)
{
	struct cti_journal_reader *r = NULL;
	struct cti_journal_rec rec;
	int err = cti_journal_reader_alloc(&r, folder, 0);

	while (!err) {
		err = cti_journal_next(r, &rec);
		if (!err)
			err = add_record(c, &rec, sources);
	}
	cti_journal_reader_free(r);
	c->epoch_us = c->n ? c->inputs[0].at_us : 0;
	return err == ENODATA && c->n ? 0 : err == ENODATA ? ENOENT : err;
}

/* ---- both ------------------------------------------------------------------------------ */

static char *folder_name(const char *folder)
{
	size_t len = strlen(folder), from;

	while (len > 1 && folder[len - 1] == '/')
		len--;
	for (from = len; from > 0 && folder[from - 1] != '/';)
		from--;
	return strndup(folder + from, len - from);
}

int cti_capture_load(struct cti_capture **cp, const char *folder, unsigned sources)
{
	struct cti_capture *c = calloc(1, sizeof(*c));
	int err = ENOMEM;

	if (!c)
		return ENOMEM;
	c->name = folder_name(folder);
	c->epoch_us = CTI_CAPTURE_EPOCH_US;
	if (c->name)
		err = load_folder(c, folder, sources);
	if (err == ENOENT)
		err = load_journal(c, folder, sources);
	if (err)
		cti_capture_free(c);
	else
		*cp = c;
	return err;
}

void cti_capture_free(struct cti_capture *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->npbxs; i++) {
		for (size_t k = 0; k < c->pbxs[i].lines.n; k++)
			free(c->pbxs[i].lines.v[k]);
		free(c->pbxs[i].lines.v);
		free(c->pbxs[i].name);
		free(c->pbxs[i].sip_user);
	}
	for (size_t i = 0; i < c->ntexts; i++)
		free(c->texts[i]);
	free(c->texts);
	free(c->pbxs);
	free(c->inputs);
	free(c->name);
	free(c);
}
