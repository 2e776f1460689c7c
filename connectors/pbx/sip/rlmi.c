/*
 * rlmi.c -- see rlmi.h.
 */
#include "rlmi.h"

#include "str.h"
#include "uri_text.h"
#include "xml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct part {
	char cid[128];
	char ctype[64];
	const char *body;
	size_t len;
};

struct parts {
	char boundary[80]; /* with "--" in front; RFC 2046 allows 70 characters */
	size_t boundary_len;
	const char *p, *end;
};

/* ---- multipart (RFC 2046 section 5.1) ------------------------------------- */

bool cti_rlmi_is(const char *ctype)
{
	return !strncasecmp(ctype, "multipart/related", 17);
}

static bool boundary_find(struct parts *m, const char *ctype)
{
	const char *p = strcasestr(ctype, "boundary=");
	size_t len;

	if (!p)
		return false;
	p += strlen("boundary=");
	if (*p == '"')
		len = strcspn(++p, "\"");
	else
		len = strcspn(p, "; \t");
	if (!len || len > 70)
		return false;
	memcpy(m->boundary, "--", 2);
	memcpy(m->boundary + 2, p, len);
	m->boundary_len = len + 2;
	return true;
}

/* The next delimiter that begins a line, or NULL. */
static const char *delimiter(const struct parts *m, const char *p, const char *begin)
{
	while (p < m->end) {
		p = memmem(p, (size_t)(m->end - p), m->boundary, m->boundary_len);
		if (!p)
			return NULL;
		if (p == begin || p[-1] == '\n')
			return p;
		p++;
	}
	return NULL;
}

static bool header_is(const char *line, size_t len, const char *name, const char **valuep)
{
	size_t n = strlen(name);

	if (len <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
		return false;
	*valuep = line + n + 1;
	return true;
}

static void header_read(struct part *part, const char *line, size_t len)
{
	const char *v, *semi;
	size_t n;

	if (header_is(line, len, "Content-ID", &v)) {
		n = len - (size_t)(v - line);
		v = cti_xml_trim(v, &n);
		if (n >= 2 && v[0] == '<' && v[n - 1] == '>')
			(void)cti_str_copyn(part->cid, sizeof(part->cid), v + 1, n - 2);
	} else if (header_is(line, len, "Content-Type", &v)) {
		n = len - (size_t)(v - line);
		semi = memchr(v, ';', n);
		if (semi)
			n = (size_t)(semi - v);
		v = cti_xml_trim(v, &n);
		(void)cti_str_copyn(part->ctype, sizeof(part->ctype), v, n);
	}
}

/* Headers up to the empty line; what follows is the body. */
static void part_read(struct part *part, const char *p, const char *end)
{
	memset(part, 0, sizeof(*part));
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = nl ? (size_t)(nl - p) : (size_t)(end - p);

		if (len && p[len - 1] == '\r')
			len--;
		if (!len) {
			p = nl ? nl + 1 : end;
			break;
		}
		header_read(part, p, len);
		p = nl ? nl + 1 : end;
	}
	part->body = p;
	part->len = (size_t)(end - p);
}

static bool parts_next(struct parts *m, struct part *part)
{
	const char *p = delimiter(m, m->p, m->p), *next;

	if (!p)
		return false;
	p += m->boundary_len;
	if (m->end - p >= 2 && p[0] == '-' && p[1] == '-')
		return false;
	p = memchr(p, '\n', (size_t)(m->end - p));
	if (!p)
		return false;
	p++;
	next = delimiter(m, p, p);
	part_read(part, p, next ? next : m->end);
	m->p = next ? next : m->end;
	return true;
}

/* ---- the list (RFC 4662 section 5) ------------------------------------------ */

enum {
	ELEM_LIST = CTI_XML_FIRST,
	ELEM_RESOURCE,
	ELEM_NAME,
	ELEM_INSTANCE,
};

static const struct cti_xml_path paths[] = {
	{ CTI_XML_NONE, "list", ELEM_LIST },
	{ ELEM_LIST, "resource", ELEM_RESOURCE },
	{ ELEM_RESOURCE, "name", ELEM_NAME },
	{ ELEM_RESOURCE, "instance", ELEM_INSTANCE },
};

struct list {
	struct cti_rlmi *r;
	size_t first; /* items of the resource that is open begin here */
	char line[64];
};

static void line_read(struct list *l, const char *uri)
{
	struct cti_uri_text u;

	l->line[0] = '\0';
	if (!uri)
		return;
	cti_uri_text_split(&u, uri, strlen(uri));
	if (u.user.p)
		(void)cti_uri_text_unescape(
			l->line, sizeof(l->line), u.user.p, u.user.len);
}

static int item_add(struct list *l, const char **atts)
{
	const char *state = cti_xml_attr(atts, "state"), *cid = cti_xml_attr(atts, "cid");
	const char *reason = cti_xml_attr(atts, "reason");
	struct cti_rlmi *r = l->r;
	struct cti_rlmi_item *v;

	if (r->n == CTI_RLMI_MAX_PARTS)
		return EBADMSG;
	if (r->n == r->size) {
		size_t size = r->size ? r->size * 2 : 16;

		v = realloc(r->items, size * sizeof(*v));
		if (!v)
			return ENOMEM;
		r->items = v;
		r->size = size;
	}
	v = &r->items[r->n++];
	memset(v, 0, sizeof(*v));
	(void)cti_str_copy(v->line, sizeof(v->line), l->line);
	(void)cti_str_copy(v->cid, sizeof(v->cid), cid ? cid : "");
	(void)cti_str_copy(v->reason, sizeof(v->reason), reason ? reason : "");
	v->gone = state && cti_str_ieq(state, "terminated");
	return 0;
}

static int begin(int elem, const char **atts, void *arg)
{
	struct list *l = arg;

	if (elem == ELEM_RESOURCE) {
		l->first = l->r->n;
		line_read(l, cti_xml_attr(atts, "uri"));
	} else if (elem == ELEM_INSTANCE) {
		return item_add(l, atts);
	}
	return 0;
}

/* A resource whose URI has no user part is known by its name. */
static int end(int elem, const char *text, size_t len, void *arg)
{
	struct list *l = arg;

	if (elem != ELEM_NAME || l->line[0] || !len)
		return 0;
	(void)cti_str_copyn(l->line, sizeof(l->line), text, len);
	for (size_t i = l->first; i < l->r->n; i++)
		(void)cti_str_copy(l->r->items[i].line, sizeof(l->line), l->line);
	return 0;
}

static const struct cti_xml_format format = {
	.ns = "urn:ietf:params:xml:ns:rlmi",
	.paths = paths,
	.npaths = sizeof(paths) / sizeof(paths[0]),
	.begin = begin,
	.end = end,
};

/* ---- both ------------------------------------------------------------------- */

/* Documents come in the order of the list as a rule: look on from the last hit. */
static void document_place(struct cti_rlmi *r, const struct part *part, size_t *hintp)
{
	for (size_t k = 0; k < r->n; k++) {
		struct cti_rlmi_item *it = &r->items[(*hintp + k) % r->n];

		if (part->cid[0] && !strcmp(it->cid, part->cid)) {
			it->body = part->body;
			it->len = part->len;
			*hintp = (*hintp + k + 1) % r->n;
			return;
		}
	}
}

int cti_rlmi_parse(struct cti_rlmi *r, const char *ctype, const char *body, size_t len)
{
	struct list list = { .r = r };
	struct parts m = { .p = body, .end = body + len };
	struct part part;
	size_t hint = 0, nparts = 0;
	bool found = false;
	int err;

	if (len > CTI_RLMI_MAX_BYTES || !boundary_find(&m, ctype))
		return EBADMSG;
	while (parts_next(&m, &part)) {
		if (++nparts > CTI_RLMI_MAX_PARTS)
			return EBADMSG;
		if (!strcasecmp(part.ctype, "application/rlmi+xml") && !found) {
			found = true;
			err = cti_xml_parse(&format, part.body, part.len, &list);
			if (err)
				return err;
		} else if (found) {
			document_place(r, &part, &hint);
		}
	}
	return found ? 0 : EBADMSG;
}

void cti_rlmi_reset(struct cti_rlmi *r)
{
	free(r->items);
	memset(r, 0, sizeof(*r));
}
