/*
 * config.c -- entries of the text to fields of the configuration, with every mistake
 * on the way.
 */
#include "config.h"

#include "config_check.h"
#include "config_part.h"
#include "config_text.h"
#include "config_value.h"

#include <errno.h>
#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MAX_BYTES = 1 << 20, INCLUDE_DEPTH = 8, PROBLEMS_MAX = 200 };

/* Where a key was given: to find doubles, and the line of a later complaint. */
struct given {
	char *file; /* owned */
	unsigned line;
	const struct cti_conf_key *key; /* NULL: the section itself */
	char *label;                    /* owned */
};

struct loader {
	struct cti_config *c;
	struct cti_conf_problems *p;
	struct given *given; /* owned */
	size_t ngiven;
	unsigned depth;
	bool from_memory;
	bool world_readable; /* the file that is being read */
	bool out_of_memory;
	struct cti_conf_cursor cursor;
};

/* ---- problems ------------------------------------------------------------ */

void cti_conf_problems_reset(struct cti_conf_problems *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].file);
		free(p->v[i].key);
		free(p->v[i].what);
		free(p->v[i].remedy);
	}
	free(p->v);
	*p = (struct cti_conf_problems){ 0 };
}

void cti_conf_problems_print(const struct cti_conf_problems *p, FILE *to)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct cti_conf_problem *m = &p->v[i];

		(void)fputs(m->file, to);
		if (m->line)
			(void)fprintf(to, ":%u", m->line);
		(void)fputs(": ", to);
		if (m->key)
			(void)fprintf(to, "%s: ", m->key);
		(void)fprintf(to, "%s%s; %s\n", m->warning ? "warning: " : "", m->what,
			m->remedy);
	}
}

static void add_problem(struct loader *l, const char *file, unsigned line,
	const char *key, const struct cti_conf_complaint *c)
{
	struct cti_conf_problem *v;
	struct cti_conf_problem *m;

	if (!c->warning)
		l->p->errors++;
	if (l->p->n >= PROBLEMS_MAX)
		return;
	v = reallocarray(l->p->v, l->p->n + 1, sizeof(*v));
	if (!v) {
		l->out_of_memory = true;
		return;
	}
	l->p->v = v;
	m = &v[l->p->n++];
	*m = (struct cti_conf_problem){ .file = cti_str_dup(file),
		.line = line,
		.key = cti_str_dup(key),
		.what = cti_str_dup(c->what),
		.remedy = cti_str_dup(c->remedy),
		.warning = c->warning };
	if (!m->file || !m->what || !m->remedy || (key && !m->key)) {
		free(m->file);
		free(m->key);
		free(m->what);
		free(m->remedy);
		l->p->n--;
		l->out_of_memory = true;
	}
}

static void say(struct loader *l, const char *file, unsigned line, const char *key,
	const char *what, const char *remedy)
{
	struct cti_conf_complaint c = { 0 };

	(void)cti_str_copy(c.what, sizeof(c.what), what);
	(void)cti_str_copy(c.remedy, sizeof(c.remedy), remedy);
	add_problem(l, file, line, key, &c);
}

/* ---- did you mean --------------------------------------------------------- */

/* Edits from a to b (Levenshtein), for words up to 63 characters. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[64];
	const size_t n = strlen(b);

	if (n >= sizeof(row) / sizeof(row[0]))
		return UINT_MAX;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			const unsigned change = diagonal + (a[i - 1] != b[j - 1]);
			const unsigned insert = row[j - 1] + 1;
			const unsigned remove = row[j] + 1;

			diagonal = row[j];
			row[j] = change < insert ? change : insert;
			if (remove < row[j])
				row[j] = remove;
		}
	}
	return row[n];
}

/* The name nearest to word among the keys of section, or among the sections when it
 * is NULL; NULL if none is near. */
static const char *nearest(const char *section, const char *word)
{
	const char *best = NULL;
	unsigned least = 3; /* closer than that: a swap of two letters counts two */

	for (size_t i = 0; !section && i < cti_conf_nsections; i++) {
		const unsigned d = distance(word, cti_conf_sections[i].name);

		if (d < least) {
			least = d;
			best = cti_conf_sections[i].name;
		}
	}
	for (size_t i = 0; section && i < cti_conf_nkeys; i++) {
		const unsigned d = strcmp(cti_conf_keys[i].section, section) == 0
					   ? distance(word, cti_conf_keys[i].name)
					   : UINT_MAX;

		if (d < least) {
			least = d;
			best = cti_conf_keys[i].name;
		}
	}
	return best;
}

/* The section of a key that stands in the wrong one; NULL if there is no such key. */
static const char *home_of(const char *name)
{
	for (size_t i = 0; i < cti_conf_nkeys; i++) {
		if (strcmp(cti_conf_keys[i].name, name) == 0)
			return cti_conf_keys[i].section;
	}
	return NULL;
}

static void unknown_key(struct loader *l, const struct cti_conf_entry *e)
{
	const char *near = nearest(e->section, e->key);
	const char *home = home_of(e->key);
	char remedy[256];

	if (near)
		(void)snprintf(remedy, sizeof(remedy), "did you mean %s?", near);
	else if (home)
		(void)snprintf(remedy, sizeof(remedy), "it belongs to [%s]", home);
	else
		(void)snprintf(remedy, sizeof(remedy),
			"see ringbridge check --reference for the keys of [%.60s]",
			e->section);
	say(l, e->file, e->line, e->key, "there is no such key here", remedy);
}

/* ---- entries ------------------------------------------------------------- */

static const struct given *find_given(
	const struct loader *l, const struct cti_conf_key *key, const char *label)
{
	for (size_t i = 0; i < l->ngiven; i++) {
		if (l->given[i].key == key && strcmp(l->given[i].label, label) == 0)
			return &l->given[i];
	}
	return NULL;
}

static void remember(
	struct loader *l, const struct cti_conf_key *key, const struct cti_conf_entry *e)
{
	struct given *v = reallocarray(l->given, l->ngiven + 1, sizeof(*v));
	struct given g = { .line = e->line, .key = key };

	if (!v) {
		l->out_of_memory = true;
		return;
	}
	l->given = v;
	g.file = cti_str_dup(e->file);
	g.label = cti_str_dup(e->label);
	if (!g.file || !g.label) {
		free(g.file);
		free(g.label);
		l->out_of_memory = true;
		return;
	}
	l->given[l->ngiven++] = g;
}

static void set_defaults(struct loader *l, void *base, enum cti_conf_scope scope)
{
	for (size_t i = 0; i < cti_conf_nkeys; i++) {
		const struct cti_conf_key *k = &cti_conf_keys[i];
		struct cti_conf_complaint c = { 0 };

		if (k->scope != scope || !k->dflt || strcmp(k->dflt, "!") == 0)
			continue;
		if (cti_conf_value_set(base, k, k->dflt, &c, NULL) == ENOMEM)
			l->out_of_memory = true;
	}
}

static void begin_part(struct loader *l, const struct cti_conf_part *part,
	const struct cti_conf_entry *e)
{
	void *base;
	char what[128];

	if (cti_conf_part_find(l->c, part, e->label)) {
		(void)snprintf(what, sizeof(what),
			"there is another [%s] section of this name", part->section);
		say(l, e->file, e->line, NULL, what,
			"give it a name of its own, or join the two");
		return;
	}
	remember(l, NULL, e);
	base = cti_conf_part_add(l->c, part, e->label);
	if (base)
		set_defaults(l, base, part->scope);
	else
		l->out_of_memory = true;
}

static void begin_section(struct loader *l, const struct cti_conf_entry *e)
{
	const struct cti_conf_section *s = cti_conf_section_find(e->section);
	const char *near = nearest(NULL, e->section);
	char remedy[128] = "see ringbridge check --reference for what there is";

	if (!s) {
		if (near)
			(void)snprintf(
				remedy, sizeof(remedy), "did you mean [%s]?", near);
		say(l, e->file, e->line, NULL, "there is no such section", remedy);
	} else if (s->labelled && !*e->label) {
		(void)snprintf(remedy, sizeof(remedy),
			"write [%s NAME], such as [%s main]", s->name, s->name);
		say(l, e->file, e->line, NULL, "this section needs a name", remedy);
	} else if (!s->labelled && *e->label) {
		say(l, e->file, e->line, NULL, "there is one section of this kind",
			"write it without a name");
	} else if (s->labelled) {
		begin_part(l, cti_conf_part_of(s->name), e);
	}
}

static void set_key(struct loader *l, const struct cti_conf_key *k, void *base,
	const struct cti_conf_entry *e)
{
	struct cti_conf_complaint c = { 0 };
	bool literal = false;
	const int err = k->type == CTI_CONF_PAIRS
				? cti_conf_pair_set(base, k, e->key, e->value, &c)
				: cti_conf_value_set(base, k, e->value, &c, &literal);

	if (err == ENOMEM)
		l->out_of_memory = true;
	else if (err)
		add_problem(l, e->file, e->line, k->name, &c);
	/* A database address without a password is no secret. */
	if (!literal || !l->world_readable || strcmp(k->section, "database") == 0)
		return;
	c = (struct cti_conf_complaint){ .warning = true };
	(void)cti_str_copy(
		c.what, sizeof(c.what), "everybody on this machine can read this secret");
	(void)cti_str_copy(c.remedy, sizeof(c.remedy),
		"chmod o-r the file, or write @/path/to/a/file");
	add_problem(l, e->file, e->line, k->name, &c);
}

static void on_entry(const struct cti_conf_entry *e, void *arg)
{
	struct loader *l = arg;
	const struct cti_conf_section *s = cti_conf_section_find(e->section);
	const struct cti_conf_key *k;
	const struct given *before;
	void *base;

	if (!e->key) {
		begin_section(l, e);
		return;
	}
	if (!*e->section) {
		say(l, e->file, e->line, e->key, "this key stands before any section",
			"write [section] above it");
		return;
	}
	if (!s) /* told at the section */
		return;
	k = cti_conf_key_find(e->section, e->key);
	if (!k) {
		unknown_key(l, e);
		return;
	}
	before = k->type == CTI_CONF_PAIRS ? NULL : find_given(l, k, e->label);
	if (before) {
		char what[256];

		(void)snprintf(what, sizeof(what), "it was given before, in %.150s:%u",
			before->file, before->line);
		say(l, e->file, e->line, e->key, what, "remove one of them");
		return;
	}
	remember(l, k, e);
	base = k->scope == CTI_CONF_GLOBAL
		       ? (void *)l->c
		       : cti_conf_part_find(l->c, cti_conf_part_of(e->section), e->label);
	if (base)
		set_key(l, k, base, e);
}

static void on_problem(
	const char *file, unsigned line, const char *what, const char *remedy, void *arg)
{
	say(arg, file, line, NULL, what, remedy);
}

/* ---- files --------------------------------------------------------------- */

static void on_include(const char *file, unsigned line, const char *pattern, void *arg);

static void parse(struct loader *l, const char *file, const char *text, size_t len)
{
	const struct cti_conf_text_ops ops = { on_entry, on_include, on_problem, l };

	cti_conf_text_parse(&l->cursor, file, text, len, &ops);
}

/* At most FILE_MAX_BYTES; *textp is owned. */
static int read_file(const char *path, char **textp, size_t *lenp, bool *world_readablep)
{
	struct stat st;
	char *text;
	int err = 0;
	FILE *f = fopen(path, "re");

	if (!f)
		return errno;
	text = malloc(FILE_MAX_BYTES + 1);
	if (!text) {
		err = ENOMEM;
		goto out;
	}
	*lenp = fread(text, 1, FILE_MAX_BYTES + 1, f);
	if (ferror(f))
		err = EISDIR; /* what else opens and cannot be read */
	else if (*lenp > FILE_MAX_BYTES)
		err = EFBIG;
	*world_readablep = fstat(fileno(f), &st) == 0 && (st.st_mode & S_IROTH);
out:
	(void)fclose(f);
	if (err)
		free(text);
	else
		*textp = text;
	return err;
}

static const char *read_remedy(int err)
{
	switch (err) {
	case ENOENT:
		return "make it, or name another with --config FILE";
	case EACCES:
		return "let the user that ringbridge runs as read it";
	case EFBIG:
		return "a file has at most 1 MiB";
	default:
		return "is it a text file on a disk that works?";
	}
}

/* from, line: who includes it; "" and 0 for the first. */
static void load_file(struct loader *l, const char *path, const char *from, unsigned line)
{
	const bool outer = l->world_readable;
	bool readable = false;
	char *text = NULL;
	char what[256];
	size_t len = 0;
	const int err = read_file(path, &text, &len, &readable);

	if (err) {
		(void)snprintf(what, sizeof(what), "%.200s cannot be read", path);
		say(l, *from ? from : path, line, NULL, what, read_remedy(err));
		return;
	}
	l->world_readable = readable;
	l->depth++;
	parse(l, path, text, len);
	l->depth--;
	l->world_readable = outer;
	explicit_bzero(text, len);
	free(text);
}

/* Relative to the folder of the file that includes. */
static bool full_pattern(char out[PATH_MAX], const char *file, const char *pattern)
{
	char folder[PATH_MAX];

	if (*pattern == '/')
		return cti_str_copy(out, PATH_MAX, pattern);
	if (!cti_str_copy(folder, sizeof(folder), file))
		return false;
	return snprintf(out, PATH_MAX, "%s/%s", dirname(folder), pattern) < PATH_MAX;
}

static void on_include(const char *file, unsigned line, const char *pattern, void *arg)
{
	struct loader *l = arg;
	char path[PATH_MAX];
	glob_t g;

	if (l->from_memory || l->depth >= INCLUDE_DEPTH ||
		!full_pattern(path, file, pattern)) {
		say(l, file, line, "include", "this cannot be included",
			"files may include each other eight deep, not in a circle");
		return;
	}
	if (!strpbrk(path, "*?[")) {
		load_file(l, path, file, line);
		return;
	}
	if (glob(path, 0, NULL, &g) == 0) { /* sorted; none is fine */
		for (size_t i = 0; i < g.gl_pathc; i++)
			load_file(l, g.gl_pathv[i], file, line);
		globfree(&g);
	}
}

/* ---- the whole ----------------------------------------------------------- */

static void on_check(const char *section, const char *label, const char *key,
	const char *what, const char *remedy, bool warning, void *arg)
{
	struct loader *l = arg;
	const struct given *g = NULL;
	struct cti_conf_complaint c = { .warning = warning };

	if (key)
		g = find_given(l, cti_conf_key_find(section, key), label);
	if (!g)
		g = find_given(l, NULL, label); /* where its section begins */
	(void)cti_str_copy(c.what, sizeof(c.what), what);
	(void)cti_str_copy(c.remedy, sizeof(c.remedy), remedy);
	add_problem(
		l, g ? g->file : l->c->path, g ? g->line : 0, key ? key : section, &c);
}

static void check_required(struct loader *l)
{
	for (size_t i = 0; i < cti_conf_nkeys; i++) {
		const struct cti_conf_key *k = &cti_conf_keys[i];
		const struct cti_conf_part *part = cti_conf_part_of(k->section);

		if (!part || !k->dflt || strcmp(k->dflt, "!") != 0)
			continue;
		for (size_t n = 0; n < cti_conf_part_count(l->c, part); n++) {
			const char *name =
				cti_conf_part_name(cti_conf_part_at(l->c, part, n));

			if (!find_given(l, k, name))
				on_check(k->section, name, k->name,
					"this key must be given", k->help, false, l);
		}
	}
}

static int finish(struct loader *l, struct cti_config **cp)
{
	int err = 0;

	check_required(l);
	cti_conf_check(l->c, on_check, l);
	if (l->out_of_memory)
		err = ENOMEM;
	else if (l->p->errors)
		err = EINVAL;
	for (size_t i = 0; i < l->ngiven; i++) {
		free(l->given[i].file);
		free(l->given[i].label);
	}
	free(l->given);
	if (err)
		cti_config_free(l->c);
	else
		*cp = l->c;
	return err;
}

static int begin(struct loader *l, const char *path)
{
	l->c = calloc(1, sizeof(*l->c));
	if (!l->c)
		return ENOMEM;
	l->c->path = cti_str_dup(path);
	if (!l->c->path) {
		free(l->c);
		return ENOMEM;
	}
	set_defaults(l, l->c, CTI_CONF_GLOBAL);
	return 0;
}

int cti_config_load(struct cti_config **cp, const char *path, struct cti_conf_problems *p)
{
	struct loader l = { .p = p };
	const int err = begin(&l, path);

	if (err)
		return err;
	load_file(&l, path, "", 0);
	return finish(&l, cp);
}

int cti_config_parse(struct cti_config **cp, const char *name, const char *text,
	size_t len, struct cti_conf_problems *p)
{
	struct loader l = { .p = p, .from_memory = true };
	const int err = begin(&l, name);

	if (err)
		return err;
	parse(&l, name, text, len);
	return finish(&l, cp);
}

void cti_config_free(struct cti_config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < cti_conf_nkeys; i++) {
		if (cti_conf_keys[i].scope == CTI_CONF_GLOBAL)
			cti_conf_value_free(c, &cti_conf_keys[i]);
	}
	cti_conf_parts_free(c);
	free(c->path);
	free(c);
}

typedef void(compare_h)(const char *section, const char *key, bool live, void *arg);

static void compare_part(const struct cti_config *a, const struct cti_config *b,
	const struct cti_conf_part *part, compare_h *h, void *arg)
{
	for (size_t n = 0; n < cti_conf_part_count(a, part); n++) {
		const void *base = cti_conf_part_at(a, part, n);
		const char *name = cti_conf_part_name(base);
		const void *other = cti_conf_part_find(b, part, name);

		if (!other)
			h(part->section, name, false, arg);
		for (size_t i = 0; other && i < cti_conf_nkeys; i++) {
			const struct cti_conf_key *k = &cti_conf_keys[i];

			if (k->scope == part->scope &&
				!cti_conf_value_equal(base, other, k))
				h(name, k->name, k->live, arg);
		}
	}
	for (size_t n = 0; n < cti_conf_part_count(b, part); n++) {
		const char *name = cti_conf_part_name(cti_conf_part_at(b, part, n));

		if (!cti_conf_part_find(a, part, name))
			h(part->section, name, false, arg);
	}
}

void cti_config_compare(
	const struct cti_config *a, const struct cti_config *b, compare_h *h, void *arg)
{
	for (size_t i = 0; i < cti_conf_nkeys; i++) {
		const struct cti_conf_key *k = &cti_conf_keys[i];

		if (k->scope == CTI_CONF_GLOBAL && !cti_conf_value_equal(a, b, k))
			h(k->section, k->name, k->live, arg);
	}
	for (size_t p = 0; p < cti_conf_nparts; p++)
		compare_part(a, b, &cti_conf_parts[p], h, arg);
}

void cti_config_take_live(struct cti_config *c, const struct cti_config *next)
{
	for (size_t i = 0; i < cti_conf_nkeys; i++) {
		const struct cti_conf_key *k = &cti_conf_keys[i];

		if (k->live) /* all of them are uint32_t */
			memcpy((char *)c + k->offset, (const char *)next + k->offset,
				sizeof(uint32_t));
	}
}
