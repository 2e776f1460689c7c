/*
 * dialog_info.c -- see dialog_info.h.
 */
#include "dialog_info.h"

#include "str.h"
#include "uri_text.h"
#include "xml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	ELEM_INFO = CTI_XML_FIRST,
	ELEM_DIALOG,
	ELEM_STATE,
	ELEM_LOCAL,
	ELEM_REMOTE,
	ELEM_IDENTITY,
	ELEM_TARGET,
	ELEM_PARAM,
	ELEM_REPLACES,
	ELEM_REFERRED_BY,
};

/* RFC 4235 section 4.1. */
static const struct cti_xml_path paths[] = {
	{ CTI_XML_NONE, "dialog-info", ELEM_INFO },
	{ ELEM_INFO, "dialog", ELEM_DIALOG },
	{ ELEM_DIALOG, "state", ELEM_STATE },
	{ ELEM_DIALOG, "local", ELEM_LOCAL },
	{ ELEM_DIALOG, "remote", ELEM_REMOTE },
	{ ELEM_DIALOG, "replaces", ELEM_REPLACES },
	{ ELEM_DIALOG, "referred-by", ELEM_REFERRED_BY },
	{ ELEM_LOCAL, "identity", ELEM_IDENTITY },
	{ ELEM_REMOTE, "identity", ELEM_IDENTITY },
	{ ELEM_LOCAL, "target", ELEM_TARGET },
	{ ELEM_REMOTE, "target", ELEM_TARGET },
	{ ELEM_TARGET, "param", ELEM_PARAM },
};

static const struct {
	const char *name;
	enum cti_dialog_state state;
} states[] = {
	{ "trying", CTI_DIALOG_TRYING },
	{ "proceeding", CTI_DIALOG_PROCEEDING },
	{ "early", CTI_DIALOG_EARLY },
	{ "confirmed", CTI_DIALOG_CONFIRMED },
	{ "terminated", CTI_DIALOG_TERMINATED },
};

static const struct {
	const char *name;
	enum cti_dialog_event event;
} events[] = {
	{ "cancelled", CTI_DIALOG_EV_CANCELLED },
	{ "rejected", CTI_DIALOG_EV_REJECTED },
	{ "replaced", CTI_DIALOG_EV_REPLACED },
	{ "local-bye", CTI_DIALOG_EV_LOCAL_BYE },
	{ "remote-bye", CTI_DIALOG_EV_REMOTE_BYE },
	{ "error", CTI_DIALOG_EV_ERROR },
	{ "timeout", CTI_DIALOG_EV_TIMEOUT },
};

struct parse {
	struct cti_dialog_info *di;
	bool has_state; /* of the dialog that is open */
	bool is_remote; /* the party that is open */
	bool no_room;
};

/* ---- strings ------------------------------------------------------------- */

static const char *keep(struct parse *ps, const char *s, size_t len)
{
	struct cti_dialog_info *di = ps->di;
	char *dst = di->text + di->text_used_bytes;
	size_t room = di->text_size_bytes - di->text_used_bytes;

	if (room > CTI_DIALOG_INFO_MAX_TEXT_BYTES)
		room = CTI_DIALOG_INFO_MAX_TEXT_BYTES;
	if (room < 2) {
		ps->no_room = true;
		return NULL;
	}
	di->text_used_bytes += cti_str_clean(dst, room, s, len) + 1;
	return dst;
}

static const char *keep_str(struct parse *ps, const char *s)
{
	return s ? keep(ps, s, strlen(s)) : NULL;
}

/* ---- elements begin -------------------------------------------------------- */

static struct cti_dialog *dialog(struct parse *ps)
{
	return &ps->di->dialogs[ps->di->n - 1];
}

static struct cti_dialog_party *party(struct parse *ps)
{
	return ps->is_remote ? &dialog(ps)->remote : &dialog(ps)->local;
}

static int begin_info(struct parse *ps, const char **atts)
{
	const char *version = cti_xml_attr(atts, "version"),
		   *state = cti_xml_attr(atts, "state");

	if (version && !cti_xml_number(&ps->di->version, version, UINT32_MAX))
		return EBADMSG;
	ps->di->full = !state || !cti_str_ieq(state, "partial");
	ps->di->entity = keep_str(ps, cti_xml_attr(atts, "entity"));
	return 0;
}

static int grow(struct cti_dialog_info *di)
{
	size_t size = di->size ? di->size * 2 : 4;
	struct cti_dialog *v;

	if (di->n < di->size)
		return 0;
	if (di->n >= CTI_DIALOG_INFO_MAX_DIALOGS)
		return EBADMSG;
	v = realloc(di->dialogs, size * sizeof(*v));
	if (!v)
		return ENOMEM;
	di->dialogs = v;
	di->size = size;
	return 0;
}

static int begin_dialog(struct parse *ps, const char **atts)
{
	const char *direction = cti_xml_attr(atts, "direction");
	struct cti_dialog *d;
	int err = grow(ps->di);

	if (err)
		return err;
	ps->di->n++;
	ps->has_state = false;
	d = dialog(ps);
	memset(d, 0, sizeof(*d));
	d->id = keep_str(ps, cti_xml_attr(atts, "id"));
	if (!d->id)
		d->id = "";
	d->call_id = keep_str(ps, cti_xml_attr(atts, "call-id"));
	d->local_tag = keep_str(ps, cti_xml_attr(atts, "local-tag"));
	d->remote_tag = keep_str(ps, cti_xml_attr(atts, "remote-tag"));
	if (direction && cti_str_ieq(direction, "initiator"))
		d->direction = CTI_DIALOG_INITIATOR;
	else if (direction && cti_str_ieq(direction, "recipient"))
		d->direction = CTI_DIALOG_RECIPIENT;
	return 0;
}

static void begin_state(struct parse *ps, const char **atts)
{
	const char *event = cti_xml_attr(atts, "event"),
		   *code = cti_xml_attr(atts, "code");
	uint32_t v;

	for (size_t i = 0; event && i < sizeof(events) / sizeof(events[0]); i++) {
		if (cti_str_ieq(event, events[i].name))
			dialog(ps)->event = events[i].event;
	}
	if (code && cti_xml_number(&v, code, UINT16_MAX) && v >= 100 && v <= 699)
		dialog(ps)->code = (uint16_t)v;
}

/* RFC 4235 section 4.1.6.2 says pval; Asterisk and others write pvalue. */
static void begin_param(struct parse *ps, const char **atts)
{
	const char *name = cti_xml_attr(atts, "pname"),
		   *value = cti_xml_attr(atts, "pval");

	if (!value)
		value = cti_xml_attr(atts, "pvalue");
	if (!name || !value || !cti_str_ieq(name, "+sip.rendering"))
		return;
	if (cti_str_ieq(value, "no"))
		party(ps)->rendering = CTI_RENDERING_NO;
	else if (cti_str_ieq(value, "yes"))
		party(ps)->rendering = CTI_RENDERING_YES;
}

static int begin(int elem, const char **atts, void *arg)
{
	struct parse *ps = arg;
	int err = 0;

	switch (elem) {
	case ELEM_INFO:
		err = begin_info(ps, atts);
		break;
	case ELEM_DIALOG:
		err = begin_dialog(ps, atts);
		break;
	case ELEM_STATE:
		begin_state(ps, atts);
		break;
	case ELEM_LOCAL:
	case ELEM_REMOTE:
		ps->is_remote = elem == ELEM_REMOTE;
		break;
	case ELEM_IDENTITY:
		party(ps)->display = keep_str(ps, cti_xml_attr(atts, "display"));
		break;
	case ELEM_TARGET:
		party(ps)->target = keep_str(ps, cti_xml_attr(atts, "uri"));
		break;
	case ELEM_PARAM:
		begin_param(ps, atts);
		break;
	case ELEM_REPLACES:
		dialog(ps)->replaces_call_id =
			keep_str(ps, cti_xml_attr(atts, "call-id"));
		break;
	default:
		break;
	}
	return ps->no_room ? EBADMSG : err;
}

/* ---- elements end ---------------------------------------------------------- */

static void end_state(struct parse *ps, const char *text, size_t len)
{
	char word[16];

	if (!cti_str_copyn(word, sizeof(word), text, len))
		return;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (cti_str_ieq(word, states[i].name)) {
			dialog(ps)->state = states[i].state;
			ps->has_state = true;
		}
	}
}

static void end_identity(struct parse *ps, const char *text, size_t len)
{
	char user[CTI_DIALOG_INFO_MAX_TEXT_BYTES];
	struct cti_dialog_party *p = party(ps);
	struct cti_uri_text u;
	size_t n;

	if (!len)
		return;
	p->uri = keep(ps, text, len);
	cti_uri_text_split(&u, text, len);
	if (u.user.p) {
		n = cti_uri_text_unescape(user, sizeof(user), u.user.p, u.user.len);
		p->user = keep(ps, user, n);
	}
	if (u.host.p)
		p->host = keep(ps, u.host.p, u.host.len);
}

static int end(int elem, const char *text, size_t len, void *arg)
{
	struct parse *ps = arg;

	if (elem == ELEM_STATE)
		end_state(ps, text, len);
	else if (elem == ELEM_IDENTITY)
		end_identity(ps, text, len);
	else if (elem == ELEM_REFERRED_BY && len)
		dialog(ps)->referred_by = keep(ps, text, len);
	else if (elem == ELEM_DIALOG && !ps->has_state)
		return EBADMSG; /* RFC 4235 section 4.1.2: exactly one state */
	return ps->no_room ? EBADMSG : 0;
}

static const struct cti_xml_format format = {
	.ns = "urn:ietf:params:xml:ns:dialog-info",
	.paths = paths,
	.npaths = sizeof(paths) / sizeof(paths[0]),
	.begin = begin,
	.end = end,
};

int cti_dialog_info_parse(
	struct cti_dialog_info **dip, const char *body, size_t len_bytes)
{
	struct cti_dialog_info *di;
	struct parse ps = { 0 };
	int err = ENOMEM;

	if (len_bytes > CTI_DIALOG_INFO_MAX_BYTES)
		return EBADMSG;
	di = calloc(1, sizeof(*di));
	if (!di)
		return ENOMEM;
	/* Every byte is kept twice at most (identity, then user and host), and one
	 * byte of Latin-1 or UTF-16 makes two of UTF-8. */
	di->text_size_bytes = 4 * len_bytes + 64;
	di->text = malloc(di->text_size_bytes);
	if (!di->text)
		goto out;
	ps.di = di;
	err = cti_xml_parse(&format, body, len_bytes, &ps);
	if (!err)
		*dip = di;
out:
	if (err)
		cti_dialog_info_free(di);
	return err;
}

void cti_dialog_info_free(struct cti_dialog_info *di)
{
	if (!di)
		return;
	free(di->dialogs);
	free(di->text);
	free(di);
}
