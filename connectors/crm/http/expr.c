/*
 * expr.c -- see expr.h.
 */
#include "expr.h"

#include "piece.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 250000, DEPTH_MAX = 32, PASSES_MAX = 8, NAME_BYTES = 128 };

static bool eval_expr(struct cti_expr *x, struct cti_piece s, struct cti_value *v);
static bool eval_condition(struct cti_expr *x, struct cti_piece s);
static void eval_text(struct cti_expr *x, struct cti_piece s, struct cti_mtext *out);

void cti_expr_init(struct cti_expr *x,
	bool (*lookup)(const char *name, struct cti_value *v, void *arg),
	void (*warn)(const char *what, void *arg), void *arg)
{
	*x = (struct cti_expr){ lookup, warn, arg, STEPS_MAX, 0 };
}

static void warn(struct cti_expr *x, const char *what, struct cti_piece s)
{
	char text[200];

	if (!x->warn)
		return;
	(void)snprintf(
		text, sizeof(text), "%s: [%.*s]", what, s.n < 100 ? (int)s.n : 100, s.p);
	x->warn(text, x->arg);
}

/* ---- names and arithmetic --------------------------------------------------------- */

static bool plain_name(struct cti_piece s)
{
	if (!s.n || s.n >= NAME_BYTES)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (cti_piece_is(s, i, '[') || cti_piece_is(s, i, ']') ||
			cti_piece_is(s, i, '"') || cti_piece_is(s, i, '('))
			return false;
	}
	return true;
}

static bool eval_name(struct cti_expr *x, struct cti_piece s, struct cti_value *v)
{
	char name[NAME_BYTES];

	if (!plain_name(s))
		return false;
	memcpy(name, s.p, s.n);
	name[s.n] = '\0';
	return x->lookup(name, v, x->arg);
}

/* The last operator outside brackets, so that a-b-c is (a-b)-c; s.n if none. */
static size_t last_operator(struct cti_expr *x, struct cti_piece s, const char *ops)
{
	size_t at = s.n;

	for (size_t i = 0; i < s.n; i = cti_piece_step(s, i, &x->steps)) {
		if (i > 0 && strchr(ops, s.p[i]) && cti_piece_is(s, i, s.p[i]))
			at = i;
	}
	return at;
}

/* A number written out, a name, or an expression of its own. */
static bool eval_number(struct cti_expr *x, struct cti_piece s, double *dp)
{
	struct cti_value v = { 0 };
	char text[32];
	char *end;
	bool ok;

	s = cti_piece_trim(s);
	if (s.n && s.n < sizeof(text)) {
		memcpy(text, s.p, s.n);
		text[s.n] = '\0';
		*dp = strtod(text, &end);
		if (!*end)
			return true;
	}
	ok = eval_expr(x, s, &v);
	*dp = ok ? cti_value_number(&v) : 0;
	cti_value_reset(&v);
	return ok;
}

static bool eval_arithmetic(struct cti_expr *x, struct cti_piece s, struct cti_value *v)
{
	size_t at = last_operator(x, s, "+-");
	double a, b;
	char op;

	if (at == s.n)
		at = last_operator(x, s, "*/");
	if (at == s.n)
		return false;
	op = s.p[at];
	if (!eval_number(x, cti_piece_cut(s, 0, at), &a) ||
		!eval_number(x, cti_piece_cut(s, at + 1, s.n), &b))
		return false;
	v->kind = CTI_VALUE_NUMBER;
	v->origin = CTI_ORIGIN_TEMPLATE;
	v->number = op == '+' ? a + b : op == '-' ? a - b : op == '*' ? a * b : 0;
	if (op == '/' && (b > 0 || b < 0))
		v->number = a / b;
	return true;
}

/* ---- methods ------------------------------------------------------------------------ */

enum { ARGS_MAX = 3 };

struct args {
	struct cti_mtext v[ARGS_MAX];
	size_t n;
};

/* A quoted text or a bare one. */
static void eval_argument(struct cti_expr *x, struct cti_piece s, struct cti_mtext *out)
{
	struct cti_piece quoted;

	s = cti_piece_trim(s);
	if (cti_piece_quoted(s, &quoted, &x->steps))
		eval_text(x, quoted, out);
	else
		eval_text(x, s, out);
}

static bool get_args(struct cti_expr *x, struct cti_piece s, struct args *args)
{
	size_t from = 0;

	if (!cti_piece_trim(s).n)
		return true;
	for (size_t i = 0; i <= s.n;
		i = i < s.n ? cti_piece_step(s, i, &x->steps) : i + 1) {
		if (i < s.n && !cti_piece_is(s, i, ','))
			continue;
		if (args->n == ARGS_MAX)
			return false;
		eval_argument(x, cti_piece_cut(s, from, i), &args->v[args->n++]);
		from = i + 1;
	}
	return true;
}

static void method_to_string(struct cti_value *v, const struct args *a)
{
	struct cti_value out = { .kind = CTI_VALUE_TEXT };

	cti_value_format(v, a->n ? cti_mtext_str(&a->v[0]) : "", &out.text);
	cti_value_reset(v);
	*v = out;
}

static void as_text(struct cti_value *v)
{
	struct cti_value out = { .kind = CTI_VALUE_TEXT };

	cti_value_text(v, &out.text);
	cti_value_reset(v);
	*v = out;
}

static void method_replace(struct cti_value *v, const struct args *a)
{
	struct cti_value out = { .kind = CTI_VALUE_TEXT };
	const struct cti_mtext *from = &a->v[0];
	size_t i = 0;

	as_text(v);
	if (!from->text.len)
		return;
	while (i < v->text.text.len) {
		const char *at = v->text.text.data + i;

		if (v->text.text.len - i >= from->text.len &&
			memcmp(at, from->text.data, from->text.len) == 0) {
			cti_mtext_join(&out.text, &a->v[1]);
			i += from->text.len;
		} else {
			cti_mtext_add(&out.text, at, 1,
				(enum cti_origin)v->text.origin.data[i]);
			i++;
		}
	}
	cti_value_reset(v);
	*v = out;
}

static void span_in(struct cti_value *v, double unit_us)
{
	const double total = v->kind == CTI_VALUE_SPAN ? (double)v->us / unit_us : 0;

	*v = (struct cti_value){
		.kind = CTI_VALUE_NUMBER, .number = total, .origin = v->origin
	};
}

static void method_seconds(struct cti_value *v, const struct args *a)
{
	(void)a;
	span_in(v, 1e6);
}

static void method_minutes(struct cti_value *v, const struct args *a)
{
	(void)a;
	span_in(v, 60e6);
}

static void method_hours(struct cti_value *v, const struct args *a)
{
	(void)a;
	span_in(v, 3600e6);
}

static void method_millis(struct cti_value *v, const struct args *a)
{
	(void)a;
	span_in(v, 1e3);
}

static void map_bytes(struct cti_value *v, char first, char last, int shift)
{
	as_text(v);
	for (size_t i = 0; i < v->text.text.len; i++) {
		char *c = &v->text.text.data[i];

		if (*c >= first && *c <= last)
			*c = (char)(*c + shift);
	}
}

static void method_lower(struct cti_value *v, const struct args *a)
{
	(void)a;
	map_bytes(v, 'A', 'Z', 'a' - 'A');
}

static void method_upper(struct cti_value *v, const struct args *a)
{
	(void)a;
	map_bytes(v, 'a', 'z', 'A' - 'a');
}

static const struct method {
	const char *name;
	size_t args_min, args_max;
	bool of_span;
	void (*run)(struct cti_value *v, const struct args *a);
} methods[] = {
	{ "ToString", 0, 1, false, method_to_string },
	{ "Replace", 2, 2, false, method_replace },
	{ "get_TotalSeconds", 0, 0, true, method_seconds },
	{ "get_TotalMinutes", 0, 0, true, method_minutes },
	{ "get_TotalHours", 0, 0, true, method_hours },
	{ "get_TotalMilliseconds", 0, 0, true, method_millis },
	{ "ToLower", 0, 0, false, method_lower },
	{ "ToUpper", 0, 0, false, method_upper },
};

static const struct method *method_find(struct cti_piece name)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strlen(methods[i].name) == name.n &&
			memcmp(methods[i].name, name.p, name.n) == 0)
			return &methods[i];
	}
	return NULL;
}

static bool call_method(struct cti_expr *x, const struct method *m, struct cti_piece args,
	struct cti_value *v)
{
	struct args a = { 0 };
	bool ok = get_args(x, args, &a) && a.n >= m->args_min && a.n <= m->args_max;

	if (ok && v->kind == CTI_VALUE_UNSET) {
		/* An error in .NET; empty is what a missed call's answer time is. */
		warn(x, "a method of a value that is not set", args);
	} else if (ok && m->of_span && v->kind != CTI_VALUE_SPAN) {
		warn(x, "this method is one of time spans", args);
		ok = false;
	} else if (ok) {
		m->run(v, &a);
	}
	for (size_t i = 0; i < ARGS_MAX; i++)
		cti_mtext_reset(&a.v[i]);
	return ok;
}

/* ".Replace("a","b").ToString()", from i on; true if it goes to the end of s. */
static bool eval_chain(
	struct cti_expr *x, struct cti_piece s, size_t i, struct cti_value *v)
{
	while (i < s.n) {
		size_t open = i + 1, close;
		const struct method *m;

		if (!cti_piece_is(s, i, '.'))
			return false;
		while (open < s.n && !cti_piece_is(s, open, '('))
			open++;
		close = cti_piece_close(s, open, &x->steps);
		m = close < s.n
			    ? method_find(cti_piece_trim(cti_piece_cut(s, i + 1, open)))
			    : NULL;
		if (!m || !call_method(x, m, cti_piece_cut(s, open + 1, close), v))
			return false;
		i = close + 1;
		while (i < s.n && s.p[i] == ' ')
			i++;
	}
	return true;
}

/* ---- IIf ------------------------------------------------------------------------------ */

/* A result of IIf: a quoted text, a comparison, or a text. */
static void eval_result(struct cti_expr *x, struct cti_piece s, struct cti_value *v)
{
	struct cti_piece quoted;

	s = cti_piece_trim(s);
	v->kind = CTI_VALUE_TEXT;
	if (cti_piece_quoted(s, &quoted, &x->steps)) {
		eval_text(x, quoted, &v->text);
	} else if (cti_piece_compares(s, &x->steps)) {
		const char *word = eval_condition(x, s) ? "True" : "False";

		cti_mtext_add(&v->text, word, strlen(word), CTI_ORIGIN_LITERAL);
	} else {
		eval_text(x, s, &v->text);
	}
}

static bool eval_iif(struct cti_expr *x, struct cti_piece s, struct cti_value *v)
{
	struct cti_piece part[3];
	size_t n = 0, from = 0;

	for (size_t i = 0; i <= s.n;
		i = i < s.n ? cti_piece_step(s, i, &x->steps) : i + 1) {
		if (i < s.n && !cti_piece_is(s, i, ','))
			continue;
		if (n == 3)
			return false;
		part[n++] = cti_piece_cut(s, from, i);
		from = i + 1;
	}
	if (n < 3)
		return false;
	eval_result(x, eval_condition(x, part[0]) ? part[1] : part[2], v);
	return true;
}

/* ---- expressions ------------------------------------------------------------------------ */

static bool eval_bracketed(struct cti_expr *x, struct cti_piece s, struct cti_value *v)
{
	const size_t close = cti_piece_close(s, 0, &x->steps);

	if (close < s.n && eval_expr(x, cti_piece_cut(s, 1, close), v) &&
		eval_chain(x, s, close + 1, v))
		return true;
	cti_value_reset(v);
	return eval_arithmetic(x, s, v);
}

static bool eval_inner(struct cti_expr *x, struct cti_piece s, struct cti_value *v)
{
	s = cti_piece_trim(s);
	if (!s.n)
		return false;
	if (cti_piece_is(s, 0, '['))
		return eval_bracketed(x, s, v);
	if (cti_piece_word(s, "IIf(") && cti_piece_close(s, 3, &x->steps) == s.n - 1)
		return eval_iif(x, cti_piece_cut(s, 4, s.n - 1), v);
	return eval_name(x, s, v) || eval_arithmetic(x, s, v);
}

static bool eval_expr(struct cti_expr *x, struct cti_piece s, struct cti_value *v)
{
	bool ok;

	if (x->depth >= DEPTH_MAX || !x->steps)
		return false;
	x->depth++;
	ok = eval_inner(x, s, v);
	x->depth--;
	if (!ok)
		cti_value_reset(v);
	return ok;
}

/* ---- conditions ------------------------------------------------------------------------- */

/* Appends the operand's text; a bare word is its text. */
static void eval_operand(struct cti_expr *x, struct cti_piece s, struct cti_value *v)
{
	struct cti_piece quoted;

	s = cti_piece_trim(s);
	if (cti_piece_quoted(s, &quoted, &x->steps)) {
		v->kind = CTI_VALUE_TEXT;
		eval_text(x, quoted, &v->text);
	} else if (!cti_piece_is(s, 0, '[') || !eval_expr(x, s, v)) {
		v->kind = CTI_VALUE_TEXT;
		eval_text(x, s, &v->text);
	}
}

static bool same_text(const struct cti_value *a, const struct cti_value *b)
{
	struct cti_mtext ta = { 0 }, tb = { 0 };
	bool same;

	cti_value_text(a, &ta);
	cti_value_text(b, &tb);
	same = strcmp(cti_mtext_str(&ta), cti_mtext_str(&tb)) == 0;
	cti_mtext_reset(&ta);
	cti_mtext_reset(&tb);
	return same;
}

static bool compare(
	enum cti_compare how, const struct cti_value *a, const struct cti_value *b)
{
	const double na = cti_value_number(a), nb = cti_value_number(b);

	switch (how) {
	case CTI_COMPARE_EQUAL:
		return same_text(a, b);
	case CTI_COMPARE_DIFFERENT:
		return !same_text(a, b);
	case CTI_COMPARE_LESS:
		return na < nb;
	case CTI_COMPARE_GREATER:
		return na > nb;
	case CTI_COMPARE_LESS_EQUAL:
		return na <= nb;
	case CTI_COMPARE_GREATER_EQUAL:
		return na >= nb;
	case CTI_COMPARE_NONE:
		break;
	}
	return false;
}

static bool is_true(const struct cti_value *v)
{
	struct cti_mtext t = { 0 };
	bool yes;

	cti_value_text(v, &t);
	yes = cti_str_ieq(cti_mtext_str(&t), "true");
	cti_mtext_reset(&t);
	return yes;
}

static bool eval_test(struct cti_expr *x, struct cti_piece s)
{
	struct cti_value a = { 0 }, b = { 0 };
	size_t at, len;
	enum cti_compare how;
	bool yes;

	s = cti_piece_trim(s);
	if (cti_piece_is(s, 0, '(') && cti_piece_close(s, 0, &x->steps) == s.n - 1)
		return eval_condition(x, cti_piece_cut(s, 1, s.n - 1));
	how = cti_piece_comparison(s, &at, &len, &x->steps);
	if (how == CTI_COMPARE_NONE) {
		eval_operand(x, s, &a);
		yes = is_true(&a);
	} else {
		eval_operand(x, cti_piece_cut(s, 0, at), &a);
		eval_operand(x, cti_piece_cut(s, at + len, s.n), &b);
		yes = compare(how, &a, &b);
	}
	cti_value_reset(&a);
	cti_value_reset(&b);
	return yes;
}

static bool eval_all(struct cti_expr *x, struct cti_piece s)
{
	size_t at;

	while ((at = cti_piece_find(s, "&&", &x->steps)) < s.n) {
		if (!eval_test(x, cti_piece_cut(s, 0, at)))
			return false;
		s = cti_piece_cut(s, at + 2, s.n);
	}
	return eval_test(x, s);
}

static bool eval_condition(struct cti_expr *x, struct cti_piece s)
{
	bool yes = false;
	size_t at;

	if (x->depth >= DEPTH_MAX || !x->steps)
		return false;
	x->depth++;
	while (!yes && (at = cti_piece_find(s, "||", &x->steps)) < s.n) {
		yes = eval_all(x, cti_piece_cut(s, 0, at));
		s = cti_piece_cut(s, at + 2, s.n);
	}
	yes = yes || eval_all(x, s);
	x->depth--;
	return yes;
}

/* ---- texts -------------------------------------------------------------------------------- */

/* "{{", "}}" and "^^" at i: the character they stand for, or NUL. */
static char escaped(struct cti_piece s, size_t i)
{
	static const char pairs[][2] = { { '{', '[' }, { '}', ']' }, { '^', '"' } };

	for (size_t k = 0; k < 3; k++) {
		if (cti_piece_is(s, i, pairs[k][0]) &&
			cti_piece_is(s, i + 1, pairs[k][0]))
			return pairs[k][1];
	}
	return '\0';
}

static void add_as_written(struct cti_piece s, struct cti_mtext *out)
{
	for (size_t i = 0; i < s.n; i++)
		cti_mtext_add(out, &s.p[i], 1, cti_piece_origin(s, i));
}

/* ["a", {"b": 1}]: an array that somebody wrote by hand, whose inside is text. */
static bool json_array(struct cti_piece inside)
{
	inside = cti_piece_trim(inside);
	return cti_piece_is(inside, 0, '"') || cti_piece_is(inside, 0, '{');
}

/* The expression at i, or the bracket alone if it is none. Returns where to go on. */
static size_t text_expr(
	struct cti_expr *x, struct cti_piece s, size_t i, struct cti_mtext *out)
{
	const size_t close = cti_piece_close(s, i, &x->steps);
	struct cti_value v = { 0 };

	if (close >= s.n || json_array(cti_piece_cut(s, i + 1, close))) {
		add_as_written(cti_piece_cut(s, i, i + 1), out);
		return i + 1;
	}
	if (eval_expr(x, cti_piece_cut(s, i + 1, close), &v))
		cti_value_text(&v, out);
	else
		add_as_written(cti_piece_cut(s, i, close + 1), out);
	cti_value_reset(&v);
	return close + 1;
}

static void eval_text(struct cti_expr *x, struct cti_piece s, struct cti_mtext *out)
{
	size_t i = 0;

	while (i < s.n && !out->text.err) {
		const char c = escaped(s, i);

		if (c) {
			cti_mtext_add(out, &c, 1, CTI_ORIGIN_LITERAL);
			i += 2;
		} else if (cti_piece_is(s, i, '[')) {
			i = text_expr(x, s, i, out);
		} else {
			cti_mtext_add(out, &s.p[i], 1, cti_piece_origin(s, i));
			i++;
		}
	}
}

void cti_expr_text(
	struct cti_expr *x, const char *text, unsigned passes, struct cti_mtext *out)
{
	struct cti_piece s = { text, NULL, strlen(text) };
	struct cti_mtext from = { 0 };

	for (unsigned pass = 1;; pass++) {
		struct cti_mtext to = { 0 };

		eval_text(x, s, &to);
		cti_mtext_reset(&from);
		from = to;
		if (pass >= passes || pass >= PASSES_MAX || from.text.err)
			break;
		s = (struct cti_piece){ cti_mtext_str(&from), from.origin.data,
			from.text.len };
	}
	cti_mtext_join(out, &from);
	cti_mtext_reset(&from);
}

bool cti_expr_true(struct cti_expr *x, const char *condition, bool dflt)
{
	const struct cti_piece s =
		cti_piece_trim((struct cti_piece){ condition, NULL, strlen(condition) });

	return s.n ? eval_condition(x, s) : dflt;
}
