/*
 * expr.h -- texts with expressions: "Call from [Number] at [[T].ToString("HH:mm")]".
 *
 *	text       = { literal | "{{" | "}}" | "^^" | "[" expression "]" }
 *	expression = name | "[" expression "]" { "." method "(" arguments ")" }
 *	           | "IIf(" condition "," text "," text ")" | number ("+"|"-"|"*"|"/") number
 *	condition  = conjunction { "||" conjunction };  conjunction = test { "&&" test }
 *	test       = operand [ ("=="|"!="|">"|"<"|">="|"<=") operand ] | "(" condition ")"
 *
 * An expression that names nothing known stays as it is written. Only bytes of origin
 * TEMPLATE are syntax, so what came from a call or a CRM is never evaluated, however
 * often a text is (value.h).
 *
 * Thread: any.
 */
#ifndef CTI_CRM_EXPR_H
#define CTI_CRM_EXPR_H

#include "value.h"

struct cti_expr {
	/* Fills v (empty) with the value of name. False: there is no such name. */
	bool (*lookup)(const char *name, struct cti_value *v, void *arg);
	/* Something that may not be meant; may be NULL. */
	void (*warn)(const char *what, void *arg);
	void *arg;
	/* Work that is left, so that no text takes for ever; set by cti_expr_init(). */
	size_t steps;
	unsigned depth;
};

void cti_expr_init(struct cti_expr *x,
	bool (*lookup)(const char *name, struct cti_value *v, void *arg),
	void (*warn)(const char *what, void *arg), void *arg);

/* Appends to out; passes 0 is once. out->text.err when it became too long. */
void cti_expr_text(
	struct cti_expr *x, const char *text, unsigned passes, struct cti_mtext *out);

/* dflt for a text of nothing but blanks. */
bool cti_expr_true(struct cti_expr *x, const char *condition, bool dflt);

/*
 * For the check of a template: calls name for each name, wrong for what cannot be
 * understood. Nothing is evaluated.
 */
void cti_expr_scan(const char *text, void (*name)(const char *name, void *arg),
	void (*wrong)(const char *what, void *arg), void *arg);

#endif
