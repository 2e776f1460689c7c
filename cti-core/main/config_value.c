/*
 * config_value.c -- see config_value.h.
 */
#include "config_value.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_BYTES = 4096, RANGE_SPREAD = 20000 };

static int complain(struct cti_conf_complaint *c, const char *what, const char *remedy)
{
	(void)snprintf(c->what, sizeof(c->what), "%s", what);
	(void)snprintf(c->remedy, sizeof(c->remedy), "%s", remedy);
	return EINVAL;
}

static void *field(void *base, const struct cti_conf_key *key)
{
	return (char *)base + key->offset;
}

static const void *field_const(const void *base, const struct cti_conf_key *key)
{
	return (const char *)base + key->offset;
}

/* ---- numbers with units -------------------------------------------------- */

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit no_units[] = { { "", 1 }, { NULL, 0 } };
static const struct unit size_units[] = { { "", 1 }, { "K", 1024 }, { "M", 1024 * 1024 },
	{ "G", 1024 * 1024 * 1024 }, { NULL, 0 } };
static const struct unit ms_units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 },
	{ "h", 3600000 }, { NULL, 0 } };
static const struct unit s_units[] = { { "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 },
	{ "d", 86400 }, { NULL, 0 } };

static const struct unit *units_of(enum cti_conf_type type)
{
	switch (type) {
	case CTI_CONF_SIZE:
		return size_units;
	case CTI_CONF_MS:
		return ms_units;
	case CTI_CONF_S:
		return s_units;
	case CTI_CONF_TEXT:
	case CTI_CONF_SECRET:
	case CTI_CONF_U32:
	case CTI_CONF_BOOL:
	case CTI_CONF_LIST:
	case CTI_CONF_RANGE:
	case CTI_CONF_WORD:
	case CTI_CONF_WORDS:
	case CTI_CONF_PAIRS:
		break;
	}
	return no_units;
}

const char *cti_conf_type_help(enum cti_conf_type type)
{
	switch (type) {
	case CTI_CONF_TEXT:
		return "text";
	case CTI_CONF_SECRET:
		return "text, `@/path/to/file` or `$VARIABLE`";
	case CTI_CONF_U32:
		return "whole number";
	case CTI_CONF_SIZE:
		return "size: `65536`, `64K`, `16M`, `2G`";
	case CTI_CONF_MS:
		return "time: `200ms`, `2s`, `5m`";
	case CTI_CONF_S:
		return "time: `30s`, `5m`, `12h`, `7d`";
	case CTI_CONF_BOOL:
		return "`yes` or `no`";
	case CTI_CONF_LIST:
		return "list, commas between";
	case CTI_CONF_RANGE:
		return "list with ranges, `201-206, 301`";
	case CTI_CONF_WORD:
		return "one of";
	case CTI_CONF_WORDS:
		return "any of, commas between; `none` for nothing";
	case CTI_CONF_PAIRS:
		return "text, `@/path/to/file` or `$VARIABLE`; one line for each";
	}
	return "";
}

/* Digits, blanks, a unit. False when it is no number, has no known unit, or is more
 * than 64 bits hold. */
static bool parse_number(const char *s, const struct unit *units, uint64_t *valuep)
{
	uint64_t v = 0;

	if (!isdigit((unsigned char)*s))
		return false;
	for (; isdigit((unsigned char)*s); s++) {
		if (__builtin_mul_overflow(v, 10u, &v) ||
			__builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			return false;
	}
	while (*s == ' ')
		s++;
	for (; units->name; units++) {
		if (strcmp(units->name, s) == 0)
			return !__builtin_mul_overflow(v, units->factor, valuep);
	}
	return false;
}

/* 3600 with the units of a time is "1h": the largest that divides it. */
static void format_number(char *buf, size_t size, uint64_t v, const struct unit *units)
{
	const struct unit *best = units;

	for (; units->name; units++) {
		if (v && v % units->factor == 0 && units->factor >= best->factor &&
			*units->name)
			best = units;
	}
	(void)snprintf(buf, size, "%" PRIu64 "%s", v / best->factor, best->name);
}

static int set_number(void *to, const struct cti_conf_key *key, const char *value,
	struct cti_conf_complaint *c)
{
	const struct unit *units = units_of(key->type);
	char min[32];
	char max[32];
	uint64_t v;

	format_number(min, sizeof(min), key->min, units);
	format_number(max, sizeof(max), key->max, units);
	(void)snprintf(c->remedy, sizeof(c->remedy),
		"write a value from %s to %s, such as %s", min, max,
		key->dflt ? key->dflt : min);
	if (!parse_number(value, units, &v)) {
		(void)snprintf(c->what, sizeof(c->what), "\"%.100s\" is not a %s", value,
			units == no_units     ? "whole number"
			: units == size_units ? "size"
					      : "time");
		return EINVAL;
	}
	if (v < key->min || v > key->max) {
		(void)snprintf(c->what, sizeof(c->what), "%.100s is out of range", value);
		return EINVAL;
	}
	if (key->type == CTI_CONF_SIZE)
		*(uint64_t *)to = v;
	else
		*(uint32_t *)to = (uint32_t)v;
	return 0;
}

/* ---- words -------------------------------------------------------------- */

static int set_bool(void *to, const char *value, struct cti_conf_complaint *c)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (cti_str_ieq(value, yes[i]) || cti_str_ieq(value, no[i])) {
			*(bool *)to = cti_str_ieq(value, yes[i]);
			return 0;
		}
	}
	(void)snprintf(
		c->what, sizeof(c->what), "\"%.100s\" is neither yes nor no", value);
	(void)snprintf(c->remedy, sizeof(c->remedy), "write yes or no");
	return EINVAL;
}

static int find_word(
	const struct cti_conf_key *key, const char *value, struct cti_conf_complaint *c)
{
	size_t n = 0;

	for (int i = 0; key->words[i]; i++) {
		if (cti_str_ieq(value, key->words[i]))
			return i;
	}
	(void)snprintf(
		c->what, sizeof(c->what), "\"%.100s\" is not a word for this", value);
	n = (size_t)snprintf(c->remedy, sizeof(c->remedy), "choose from:");
	for (int i = 0; key->words[i] && n < sizeof(c->remedy); i++)
		n += (size_t)snprintf(
			c->remedy + n, sizeof(c->remedy) - n, " %s", key->words[i]);
	return -1;
}

/* ---- lists -------------------------------------------------------------- */

static void list_free(struct cti_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct cti_list){ 0 };
}

static int list_add(struct cti_list *l, const char *item)
{
	char **v = reallocarray(l->v, l->n + 1, sizeof(*v));

	if (!v)
		return ENOMEM;
	l->v = v;
	l->v[l->n] = strdup(item);
	if (!l->v[l->n])
		return ENOMEM;
	l->n++;
	return 0;
}

/* "201-206": the number of digits stays, so 08-11 is 08 09 10 11. False: no range. */
static bool parse_range(const char *s, uint64_t *fromp, uint64_t *top, int *widthp)
{
	const char *dash = strchr(s, '-');
	char first[20];

	if (!dash || (size_t)(dash - s) >= sizeof(first) ||
		strlen(dash + 1) >= sizeof(first))
		return false;
	memcpy(first, s, (size_t)(dash - s));
	first[dash - s] = '\0';
	if (!parse_number(first, no_units, fromp) ||
		!parse_number(dash + 1, no_units, top))
		return false;
	*widthp = (int)strlen(first);
	return true;
}

static int add_range(
	struct cti_list *l, const char *item, struct cti_conf_complaint *c, bool *usedp)
{
	uint64_t from;
	uint64_t to;
	int width;
	int err = 0;

	*usedp = parse_range(item, &from, &to, &width);
	if (!*usedp)
		return 0;
	if (to < from || to - from >= RANGE_SPREAD) {
		(void)snprintf(
			c->what, sizeof(c->what), "\"%.60s\" is not a range", item);
		(void)snprintf(c->remedy, sizeof(c->remedy),
			"write the smaller number first, and at most %d numbers",
			RANGE_SPREAD);
		return EINVAL;
	}
	for (; from <= to && !err; from++) {
		char number[32];

		(void)snprintf(number, sizeof(number), "%0*" PRIu64, width, from);
		err = list_add(l, number);
	}
	return err;
}

static int add_item(struct cti_list *l, const struct cti_conf_key *key, const char *item,
	struct cti_conf_complaint *c)
{
	bool used = false;
	int err = 0;

	if (!*item)
		return complain(c, "there is an empty item in this list",
			"write one comma between two items");
	if (key->type == CTI_CONF_RANGE)
		err = add_range(l, item, c, &used);
	if (!err && !used)
		err = list_add(l, item);
	return err;
}

/* Calls add for each item between commas. */
static int split(struct cti_list *l, const struct cti_conf_key *key, const char *value,
	struct cti_conf_complaint *c)
{
	int err = 0;

	while (*value && !err) {
		const size_t n = strcspn(value, ",");
		size_t end = n;
		size_t begin = 0;
		char item[256];

		while (begin < n && value[begin] == ' ')
			begin++;
		while (end > begin && value[end - 1] == ' ')
			end--;
		if (end - begin >= sizeof(item))
			return complain(c, "an item of this list is too long",
				"an item has at most 255 bytes");
		memcpy(item, value + begin, end - begin);
		item[end - begin] = '\0';
		err = add_item(l, key, item, c);
		value += n + (value[n] == ',');
	}
	return err;
}

static int compare_items(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* NULL, or an item that is there twice; borrowed from l. */
static const char *doubled(const struct cti_list *l)
{
	const char *found = NULL;
	char **v = l->n > 1 ? malloc(l->n * sizeof(*v)) : NULL;

	if (!v)
		return NULL;
	memcpy(v, l->v, l->n * sizeof(*v));
	qsort(v, l->n, sizeof(*v), compare_items);
	for (size_t i = 1; i < l->n && !found; i++) {
		if (strcmp(v[i - 1], v[i]) == 0)
			found = v[i];
	}
	free(v);
	return found;
}

static int parse_list(struct cti_list *l, const struct cti_conf_key *key,
	const char *value, struct cti_conf_complaint *c)
{
	const char *twice;
	int err = split(l, key, value, c);

	if (err)
		return err;
	if (l->n < key->min || l->n > key->max) {
		(void)snprintf(c->what, sizeof(c->what), "this list has %zu items", l->n);
		(void)snprintf(c->remedy, sizeof(c->remedy),
			"give %" PRIu64 " to %" PRIu64, key->min, key->max);
		return EINVAL;
	}
	twice = doubled(l);
	if (twice) {
		(void)snprintf(c->what, sizeof(c->what),
			"\"%.60s\" is in this list twice", twice);
		(void)snprintf(c->remedy, sizeof(c->remedy), "remove one of them");
		return EINVAL;
	}
	return 0;
}

static int set_list(struct cti_list *to, const struct cti_conf_key *key,
	const char *value, struct cti_conf_complaint *c)
{
	struct cti_list l = { 0 };
	const int err = parse_list(&l, key, value, c);

	if (err) {
		list_free(&l);
		return err;
	}
	list_free(to);
	*to = l;
	return 0;
}

static int set_words(uint32_t *to, const struct cti_conf_key *key, const char *value,
	struct cti_conf_complaint *c)
{
	const struct cti_conf_key items = { .type = CTI_CONF_LIST, .max = 32 };
	struct cti_list l = { 0 };
	uint32_t bits = 0;
	int err = parse_list(&l, &items, value, c);

	for (size_t i = 0; i < l.n && !err; i++) {
		const int word = find_word(key, l.v[i], c);

		if (word < 0)
			err = EINVAL;
		else
			bits |= 1u << word;
	}
	list_free(&l);
	if (!err)
		*to = bits;
	return err;
}

/* ---- texts and secrets --------------------------------------------------- */

/* A file's first bytes without the line end. */
static int read_secret(
	const char *path, char buf[SECRET_BYTES], struct cti_conf_complaint *c)
{
	struct stat st;
	ssize_t n = -1;
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) ||
		(n = read(fd, buf, SECRET_BYTES - 1)) < 0) {
		(void)snprintf(c->what, sizeof(c->what),
			"the secret's file %.120s cannot be read", path);
		(void)snprintf(c->remedy, sizeof(c->remedy),
			"make it, readable by the user that ringbridge runs as");
		if (fd >= 0)
			(void)close(fd);
		return EINVAL;
	}
	(void)close(fd);
	buf[n] = '\0';
	buf[strcspn(buf, "\r\n")] = '\0';
	if (st.st_mode & S_IROTH) {
		(void)snprintf(c->what, sizeof(c->what),
			"everybody on this machine can read the secret in %.120s", path);
		(void)snprintf(c->remedy, sizeof(c->remedy), "chmod o-r %.200s", path);
		return EINVAL;
	}
	return 0;
}

static int fetch_secret(const char *value, char buf[SECRET_BYTES],
	struct cti_conf_complaint *c, bool *literalp)
{
	const char *env;

	if (*value == '@')
		return read_secret(value + 1, buf, c);
	if (*value == '$') {
		/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody calls setenv() */
		env = getenv(value + 1);
		if (!env) {
			(void)snprintf(c->what, sizeof(c->what),
				"the environment has no variable %.100s", value + 1);
			(void)snprintf(c->remedy, sizeof(c->remedy),
				"set it, or name a file: @/path/to/file");
			return EINVAL;
		}
		value = env;
	} else if (literalp) {
		*literalp = true;
	}
	if (!cti_str_copy(buf, SECRET_BYTES, value))
		return complain(
			c, "this secret is too long", "it has at most 4095 bytes");
	return 0;
}

static int set_text(char **to, const struct cti_conf_key *key, const char *value,
	struct cti_conf_complaint *c)
{
	const size_t len = strlen(value);
	char *copy;

	if (len < key->min || len > key->max) {
		(void)snprintf(c->what, sizeof(c->what),
			len ? "this value has %zu bytes" : "this value is empty", len);
		(void)snprintf(c->remedy, sizeof(c->remedy),
			"write %" PRIu64 " to %" PRIu64 " bytes, or remove the line",
			key->min, key->max);
		return EINVAL;
	}
	copy = strdup(value);
	if (!copy)
		return ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

static int set_secret(char **to, const struct cti_conf_key *key, const char *value,
	struct cti_conf_complaint *c, bool *literalp)
{
	char buf[SECRET_BYTES] = "";
	int err = fetch_secret(value, buf, c, literalp);

	if (!err)
		err = set_text(to, key, buf, c);
	explicit_bzero(buf, sizeof(buf));
	return err;
}

/* ---- all types ----------------------------------------------------------- */

int cti_conf_value_set(void *base, const struct cti_conf_key *key, const char *value,
	struct cti_conf_complaint *c, bool *literalp)
{
	void *to = field(base, key);
	int word;

	switch (key->type) {
	case CTI_CONF_TEXT:
		return set_text(to, key, value, c);
	case CTI_CONF_SECRET:
		return set_secret(to, key, value, c, literalp);
	case CTI_CONF_U32:
	case CTI_CONF_SIZE:
	case CTI_CONF_MS:
	case CTI_CONF_S:
		return set_number(to, key, value, c);
	case CTI_CONF_BOOL:
		return set_bool(to, value, c);
	case CTI_CONF_LIST:
	case CTI_CONF_RANGE:
		return set_list(to, key, value, c);
	case CTI_CONF_WORD:
		word = find_word(key, value, c);
		if (word < 0)
			return EINVAL;
		*(uint32_t *)to = (uint32_t)word;
		return 0;
	case CTI_CONF_WORDS:
		return set_words(to, key, value, c);
	case CTI_CONF_PAIRS: /* by cti_conf_pair_set() */
		break;
	}
	return EINVAL;
}

/* ---- pairs ----------------------------------------------------------------- */

static void pairs_free(struct cti_pairs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		explicit_bzero(p->v[i].value, strlen(p->v[i].value));
		free(p->v[i].name);
		free(p->v[i].value);
	}
	free(p->v);
	*p = (struct cti_pairs){ 0 };
}

static bool pairs_equal(const struct cti_pairs *a, const struct cti_pairs *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (strcmp(a->v[i].name, b->v[i].name) != 0 ||
			strcmp(a->v[i].value, b->v[i].value) != 0)
			return false;
	}
	return true;
}

static int pairs_add(struct cti_pairs *p, const char *name, const char *value)
{
	struct cti_pair *v = reallocarray(p->v, p->n + 1, sizeof(*v));
	struct cti_pair pair;

	if (!v)
		return ENOMEM;
	p->v = v;
	pair = (struct cti_pair){ strdup(name), strdup(value) };
	if (!pair.name || !pair.value) {
		free(pair.name);
		free(pair.value);
		return ENOMEM;
	}
	v[p->n++] = pair;
	return 0;
}

int cti_conf_pair_set(void *base, const struct cti_conf_key *key, const char *name,
	const char *value, struct cti_conf_complaint *c)
{
	struct cti_pairs *p = field(base, key);
	char buf[SECRET_BYTES] = "";
	int err;

	name += strcspn(key->name, "*");
	if (!*name)
		return complain(c, "there is no name behind the dot",
			"write it as in the template: param.Host = crm.example");
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->v[i].name, name) == 0)
			return complain(c, "it was given before", "remove one of them");
	}
	err = fetch_secret(value, buf, c, NULL);
	if (!err)
		err = pairs_add(p, name, buf);
	explicit_bzero(buf, sizeof(buf));
	return err;
}

/* ---- what all have ---------------------------------------------------------- */

void cti_conf_value_free(void *base, const struct cti_conf_key *key)
{
	char **text = field(base, key);

	if (key->type == CTI_CONF_SECRET && *text)
		explicit_bzero(*text, strlen(*text));
	if (key->type == CTI_CONF_TEXT || key->type == CTI_CONF_SECRET)
		free(*text);
	else if (key->type == CTI_CONF_LIST || key->type == CTI_CONF_RANGE)
		list_free(field(base, key));
	else if (key->type == CTI_CONF_PAIRS)
		pairs_free(field(base, key));
}

static bool texts_equal(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool lists_equal(const struct cti_list *a, const struct cti_list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	}
	return true;
}

bool cti_conf_value_equal(const void *a, const void *b, const struct cti_conf_key *key)
{
	const void *x = field_const(a, key);
	const void *y = field_const(b, key);

	switch (key->type) {
	case CTI_CONF_TEXT:
	case CTI_CONF_SECRET:
		return texts_equal(*(char *const *)x, *(char *const *)y);
	case CTI_CONF_LIST:
	case CTI_CONF_RANGE:
		return lists_equal(x, y);
	case CTI_CONF_PAIRS:
		return pairs_equal(x, y);
	case CTI_CONF_SIZE:
		return *(const uint64_t *)x == *(const uint64_t *)y;
	case CTI_CONF_BOOL:
		return *(const bool *)x == *(const bool *)y;
	case CTI_CONF_U32:
	case CTI_CONF_MS:
	case CTI_CONF_S:
	case CTI_CONF_WORD:
	case CTI_CONF_WORDS:
		break;
	}
	return *(const uint32_t *)x == *(const uint32_t *)y;
}
