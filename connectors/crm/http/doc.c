/*
 * doc.c -- see doc.h.
 */
#include "doc.h"

#include "json.h"
#include "xmltree.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODES_MAX = 200000, PATH_STEPS_MAX = 16, PATH_BYTES = 256 };

enum node_kind { NODE_TEXT, NODE_OBJECT, NODE_ARRAY };

struct cti_doc_node {
	enum node_kind kind;
	char *name; /* owned; NULL in arrays and for the root */
	char *text; /* owned; of TEXT */
	struct cti_doc_node *parent, *child, *last, *next;
};

struct cti_doc {
	struct cti_doc_node *root;
	const struct cti_doc_node
		*below; /* XML: the root element, for paths without it */
	size_t nodes;
};

/* ---- the tree ---------------------------------------------------------------- */

/* A new node at the end of parent (NULL: the root); NULL: no memory, or too many. */
static struct cti_doc_node *add(struct cti_doc *doc, struct cti_doc_node *parent,
	enum node_kind kind, const char *name, const char *text)
{
	struct cti_doc_node *n = doc->nodes < NODES_MAX ? calloc(1, sizeof(*n)) : NULL;

	if (!n)
		return NULL;
	doc->nodes++;
	n->kind = kind;
	n->parent = parent;
	if (!parent)
		doc->root = n;
	else if (parent->last)
		parent->last->next = n;
	else
		parent->child = n;
	if (parent)
		parent->last = n;
	n->name = cti_str_dup(name);
	n->text = cti_str_dup(text);
	return (name && !n->name) || (text && !n->text) ? NULL : n;
}

static struct cti_doc_node *member(const struct cti_doc_node *object, const char *name)
{
	struct cti_doc_node *n = object->child;

	while (n && strcmp(n->name ? n->name : "", name) != 0)
		n = n->next;
	return n;
}

void cti_doc_free(struct cti_doc *doc)
{
	struct cti_doc_node *n = doc ? doc->root : NULL;

	while (n) {
		struct cti_doc_node *next = n->child;

		if (next) {
			n->child = next->next;
			n = next;
			continue;
		}
		next = n->parent;
		free(n->name);
		free(n->text);
		free(n);
		n = next;
	}
	free(doc);
}

const struct cti_doc_node *cti_doc_first(const struct cti_doc_node *array)
{
	return array->child;
}

const struct cti_doc_node *cti_doc_next(const struct cti_doc_node *element)
{
	return element->next;
}

/* ---- JSON ---------------------------------------------------------------------- */

/*
 * cJSON's numbers are doubles, and ids of 18 digits are in use. So a number of more
 * than 15 digits gets quotation marks before it is parsed; what it is, is text to us
 * in any case.
 */
static int quote_long_numbers(struct cti_buf *out, const char *s, size_t len)
{
	bool quoted = false;

	for (size_t i = 0; i < len;) {
		size_t n = 1;

		if (quoted) {
			n = s[i] == '\\' && i + 1 < len ? 2 : 1;
			quoted = s[i] != '"';
		} else if (s[i] == '"') {
			quoted = true;
		} else {
			while (i + n <= len && n < 64 && s[i + n - 1] >= '0' &&
				s[i + n - 1] <= '9')
				n++;
			n = n > 1 ? n - 1 : 1;
		}
		if (!quoted && n > 15 && i > 0 && strchr(" \t\r\n:,[", s[i - 1]) &&
			i + n < len && strchr(" \t\r\n,]}", s[i + n])) {
			cti_buf_add(out, "\"", 1);
			cti_buf_add(out, s + i, n);
			cti_buf_add(out, "\"", 1);
		} else {
			cti_buf_add(out, s + i, n);
		}
		i += n;
	}
	return out->err;
}

static const char *number_text(char buf[40], double d)
{
	if (fabs(d) < 1e15 && floor(d) <= d && floor(d) >= d)
		(void)snprintf(buf, 40, "%.0f", d);
	else
		(void)snprintf(buf, 40, "%.15g", d);
	return buf;
}

static int from_json(
	struct cti_doc *doc, struct cti_doc_node *parent, const struct cti_json_node *j)
{
	const char *name = cti_json_name(j);
	struct cti_doc_node *n = NULL;
	char buf[40];
	int err = 0;

	switch (cti_json_kind(j)) {
	case CTI_JSON_OBJECT:
		n = add(doc, parent, NODE_OBJECT, name, NULL);
		break;
	case CTI_JSON_ARRAY:
		n = add(doc, parent, NODE_ARRAY, name, NULL);
		break;
	case CTI_JSON_STRING:
		return add(doc, parent, NODE_TEXT, name, cti_json_text(j)) ? 0 : ENOMEM;
	case CTI_JSON_NUMBER:
		return add(doc, parent, NODE_TEXT, name,
			       number_text(buf, cti_json_number(j)))
			       ? 0
			       : ENOMEM;
	case CTI_JSON_TRUE:
		return add(doc, parent, NODE_TEXT, name, "True") ? 0 : ENOMEM;
	case CTI_JSON_FALSE:
		return add(doc, parent, NODE_TEXT, name, "False") ? 0 : ENOMEM;
	case CTI_JSON_NULL:
		return add(doc, parent, NODE_TEXT, name, "") ? 0 : ENOMEM;
	}
	if (!n)
		return ENOMEM;
	/* As deep as cti_json_parse() permits. */
	for (j = cti_json_child(j); j && !err; j = cti_json_next(j))
		err = from_json(doc, n, j);
	return err;
}

int cti_doc_json(struct cti_doc **docp, const char *text, size_t len)
{
	struct cti_doc *doc = calloc(1, sizeof(*doc));
	struct cti_json *json = NULL;
	struct cti_buf quoted = { 0 };
	int err = doc ? quote_long_numbers(&quoted, text, len) : ENOMEM;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 && !err) {
		cti_buf_clear(&quoted); /* a BOM is not JSON's, but it is sent */
		err = quote_long_numbers(&quoted, text + 3, len - 3);
	}
	if (!err)
		err = quoted.len ? cti_json_parse(&json, quoted.data, quoted.len)
				 : EBADMSG;
	if (!err) {
		err = from_json(doc, NULL, cti_json_root(json));
		if (err && doc->nodes >= NODES_MAX)
			err = EBADMSG;
		cti_json_free(json);
	}
	cti_buf_reset(&quoted);
	if (err)
		cti_doc_free(doc);
	else
		*docp = doc;
	return err;
}

/* ---- XML ------------------------------------------------------------------------ */

enum { XML_NAMES_MAX = 256 }; /* of children of one element: they are searched */

/* The second of a name: what stood alone becomes the first of an array. */
static int make_array(struct cti_doc *doc, struct cti_doc_node *n)
{
	struct cti_doc_node *first = calloc(1, sizeof(*first));

	if (!first)
		return ENOMEM;
	doc->nodes++;
	first->kind = n->kind;
	first->text = n->text;
	first->child = n->child;
	first->last = n->last;
	first->parent = n;
	for (struct cti_doc_node *c = first->child; c; c = c->next)
		c->parent = first;
	n->kind = NODE_ARRAY;
	n->text = NULL;
	n->child = n->last = first;
	return 0;
}

static const char *trimmed(char *text)
{
	char *end = text + strlen(text);

	while (end > text && strchr(" \t\r\n", end[-1]))
		*--end = '\0';
	return text + strspn(text, " \t\r\n");
}

static int from_xml(struct cti_doc *doc, struct cti_doc_node *parent,
	struct cti_xml_elem *e, const char *name);

static int xml_child(struct cti_doc *doc, struct cti_doc_node *n, struct cti_xml_elem *e,
	size_t *names)
{
	struct cti_doc_node *same = member(n, e->name);
	int err = 0;

	if (!same)
		return ++*names > XML_NAMES_MAX ? EBADMSG : from_xml(doc, n, e, e->name);
	if (same->kind != NODE_ARRAY) /* an element alone is never one */
		err = make_array(doc, same);
	return err ? err : from_xml(doc, same, e, NULL);
}

static int xml_children(
	struct cti_doc *doc, struct cti_doc_node *n, struct cti_xml_elem *e)
{
	char at[PATH_BYTES];
	size_t names = e->nattrs;
	int err = 0;

	for (size_t i = 0; i < e->nattrs; i++) {
		(void)snprintf(at, sizeof(at), "@%s", e->attrs[i].name);
		if (!add(doc, n, NODE_TEXT, at, e->attrs[i].value))
			return ENOMEM;
	}
	for (struct cti_xml_elem *c = e->child; c && !err; c = c->next)
		err = xml_child(doc, n, c, &names);
	return err;
}

static int from_xml(struct cti_doc *doc, struct cti_doc_node *parent,
	struct cti_xml_elem *e, const char *name)
{
	struct cti_doc_node *n;

	if (!e->child && !e->nattrs)
		return add(doc, parent, NODE_TEXT, name, trimmed(e->text)) ? 0 : ENOMEM;
	n = add(doc, parent, NODE_OBJECT, name, NULL);
	if (!n)
		return ENOMEM;
	if (!e->child && !add(doc, n, NODE_TEXT, "", trimmed(e->text)))
		return ENOMEM;
	return xml_children(doc, n, e);
}

int cti_doc_xml(struct cti_doc **docp, const char *text, size_t len)
{
	struct cti_doc *doc = calloc(1, sizeof(*doc));
	struct cti_xml_elem *root = NULL;
	char why[CTI_XMLTREE_WHY_BYTES];
	struct cti_doc_node *top;
	unsigned line;
	int err = doc ? cti_xmltree_parse(&root, text, len, &line, why) : ENOMEM;

	if (!err) {
		top = add(doc, NULL, NODE_OBJECT, NULL, NULL);
		err = top ? from_xml(doc, top, root, root->name) : ENOMEM;
		if (!err)
			doc->below = top->child;
		else if (doc->nodes >= NODES_MAX)
			err = EBADMSG;
		cti_xmltree_free(root);
	}
	if (err)
		cti_doc_free(doc);
	else
		*docp = doc;
	return err;
}

int cti_doc_text(struct cti_doc **docp, const char *text, size_t len)
{
	struct cti_doc *doc = calloc(1, sizeof(*doc));
	char *copy = malloc(len + 1);
	const struct cti_doc_node *n = NULL;

	if (doc && copy) {
		memcpy(copy, text, len);
		copy[len] = '\0';
		n = add(doc, NULL, NODE_TEXT, NULL, copy);
	}
	free(copy);
	if (!n) {
		cti_doc_free(doc);
		return ENOMEM;
	}
	*docp = doc;
	return 0;
}

/* ---- paths ------------------------------------------------------------------------ */

struct path {
	char text[PATH_BYTES];
	const char *step[PATH_STEPS_MAX];
	size_t n;
};

/* "a.b[0].c" is the same as "a.b.0.c". */
static bool split(struct path *p, const char *path)
{
	char *save = NULL;
	char *word;

	p->n = 0;
	while (*path == ' ' || *path == '\n' || *path == '\t' || *path == '\r')
		path++;
	if (!cti_str_copy(p->text, sizeof(p->text), path))
		return false;
	for (word = strtok_r(p->text, ".[]\n\r\t", &save); word;
		word = strtok_r(NULL, ".[]\n\r\t", &save)) {
		if (p->n == PATH_STEPS_MAX)
			return false;
		p->step[p->n++] = word;
	}
	if (p->n) {
		char *last = p->text + (p->step[p->n - 1] - p->text);
		size_t len = strlen(last);

		while (len && last[len - 1] == ' ')
			last[--len] = '\0';
	}
	return p->n > 0;
}

static const struct cti_doc_node *picked(
	const struct cti_doc_pick *picks, const struct cti_doc_node *array)
{
	while (picks && picks->array != array)
		picks = picks->outer;
	return picks ? picks->element : NULL;
}

static bool is_index(const char *step)
{
	return *step && strspn(step, "0123456789") == strlen(step) && strlen(step) < 6;
}

static const struct cti_doc_node *indexed(
	const struct cti_doc_node *array, const char *step)
{
	unsigned long i = strtoul(step, NULL, 10);
	const struct cti_doc_node *n = array->child;

	while (n && i--)
		n = n->next;
	return n;
}

/* XML: whether the path names the root element or begins inside it. */
static const struct cti_doc_node *start(const struct cti_doc *doc, const struct path *p)
{
	if (doc->below && strcmp(doc->below->name, p->step[0]) != 0)
		return doc->below;
	return doc->root;
}

const struct cti_doc_node *cti_doc_array(
	const struct cti_doc *doc, const char *path, const struct cti_doc_pick *picks)
{
	const struct cti_doc_node *n;
	struct path p;
	size_t i = 0;

	if (!split(&p, path))
		return doc->root->kind == NODE_ARRAY && !picked(picks, doc->root)
			       ? doc->root
			       : NULL;
	n = start(doc, &p);
	while (n) {
		if (n->kind == NODE_ARRAY) {
			const struct cti_doc_node *e = picked(picks, n);

			if (!e && i < p.n && is_index(p.step[i]))
				e = indexed(n, p.step[i++]);
			else if (!e)
				return n;
			n = e;
		} else if (i == p.n || n->kind != NODE_OBJECT) {
			return NULL;
		} else {
			n = member(n, p.step[i++]);
		}
	}
	return NULL;
}

struct walk {
	const struct path *p;
	const struct cti_doc_pick *picks;
	cti_doc_h *h;
	void *arg;
	size_t steps;
};

static bool visit_leaf(const struct walk *w, const struct cti_doc_node *n)
{
	const struct cti_doc_node *text = n->kind == NODE_OBJECT ? member(n, "") : NULL;

	if (text) /* an XML element with attributes */
		return w->h(text->text, w->arg);
	if (n->kind == NODE_TEXT)
		return w->h(n->text, w->arg);
	return w->h(n->child ? NULL : "", w->arg);
}

static bool visit(struct walk *w, const struct cti_doc_node *n, size_t i)
{
	const struct cti_doc_node *e;

	if (!n || !w->steps)
		return false;
	w->steps--;
	if (n->kind != NODE_ARRAY)
		return i == w->p->n ? visit_leaf(w, n)
		       : n->kind == NODE_OBJECT
			       ? visit(w, member(n, w->p->step[i]), i + 1)
			       : false;
	e = picked(w->picks, n);
	if (e)
		return visit(w, e, i);
	if (i < w->p->n && is_index(w->p->step[i]))
		return visit(w, indexed(n, w->p->step[i]), i + 1);
	for (e = n->child; e; e = e->next) {
		if (visit(w, e, i))
			return true;
	}
	return false;
}

bool cti_doc_each(const struct cti_doc *doc, const char *path,
	const struct cti_doc_pick *picks, cti_doc_h *h, void *arg)
{
	struct path p;
	struct walk w = { &p, picks, h, arg, NODES_MAX };

	return split(&p, path) ? visit(&w, start(doc, &p), 0) : false;
}
