/*
 * value.h -- what an expression gives: text that knows where each byte is from,
 * times, spans, numbers; and their .NET formats.
 *
 * Thread: any; pure but for the process's time zone.
 */
#ifndef CTI_CRM_VALUE_H
#define CTI_CRM_VALUE_H

#include "str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Where a byte is from. Only TEMPLATE is ever evaluated (again). What a stranger can
 * choose never decides which host a request goes to.
 */
enum cti_origin {
	CTI_ORIGIN_TEMPLATE, /* the template, or a parameter that is text */
	CTI_ORIGIN_LITERAL,  /* the template's, but not to be evaluated: "{{" */
	CTI_ORIGIN_ADMIN,    /* a secret of the configuration */
	CTI_ORIGIN_AUTH,     /* the CRM's answer to a log-in */
	CTI_ORIGIN_REPLY,    /* another answer of the CRM */
	CTI_ORIGIN_CALL,     /* the telephone network, a user */
};

struct cti_mtext {
	struct cti_buf text;
	struct cti_buf origin; /* one byte for each of text */
};

/* What one evaluation may make; more is ENOMEM in text.err. */
enum { CTI_MTEXT_MAX_BYTES = 1 << 20 };

void cti_mtext_reset(struct cti_mtext *t);
void cti_mtext_add(
	struct cti_mtext *t, const char *s, size_t len, enum cti_origin origin);
void cti_mtext_join(struct cti_mtext *t, const struct cti_mtext *more);
/* Never NULL. */
const char *cti_mtext_str(const struct cti_mtext *t);

enum cti_value_kind {
	CTI_VALUE_UNSET,
	CTI_VALUE_TEXT,
	CTI_VALUE_TIME,
	CTI_VALUE_SPAN,
	CTI_VALUE_NUMBER,
};

struct cti_value {
	enum cti_value_kind kind;
	struct cti_mtext text; /* TEXT */
	int64_t us;            /* TIME: UTC since 1970; SPAN */
	bool local;            /* TIME: shown in the process's time zone, not in UTC */
	double number;
	enum cti_origin origin; /* of what is not text */
};

void cti_value_reset(struct cti_value *v);
void cti_value_set_text(
	struct cti_value *v, const char *s, size_t len, enum cti_origin origin);
int cti_value_copy(struct cti_value *to, const struct cti_value *from);
/* Appends the text of v: times as 2026-03-02 10:04:05, spans as hh:mm:ss. */
void cti_value_text(const struct cti_value *v, struct cti_mtext *out);
/* For comparison and arithmetic; what is no number counts 0. */
double cti_value_number(const struct cti_value *v);

/* .NET's custom and one-letter formats, in the invariant culture. */
void cti_value_format(const struct cti_value *v, const char *fmt, struct cti_mtext *out);

#endif
