/*
 * value.c -- see value.h.
 */
#include "value.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { US = 1000000 };

/* ---- marked text ------------------------------------------------------------- */

void cti_mtext_reset(struct cti_mtext *t)
{
	if (t->text.data)
		explicit_bzero(
			t->text.data, t->text.len); /* there may be a secret in it */
	cti_buf_reset(&t->text);
	cti_buf_reset(&t->origin);
}

static bool room(struct cti_mtext *t, size_t len)
{
	if (len > CTI_MTEXT_MAX_BYTES || t->text.len + len > CTI_MTEXT_MAX_BYTES)
		t->text.err = ENOMEM;
	return !t->text.err && !t->origin.err;
}

void cti_mtext_add(struct cti_mtext *t, const char *s, size_t len, enum cti_origin origin)
{
	char marks[256];

	if (!room(t, len))
		return;
	memset(marks, (int)origin, len < sizeof(marks) ? len : sizeof(marks));
	cti_buf_add(&t->text, s, len);
	while (len) {
		const size_t n = len < sizeof(marks) ? len : sizeof(marks);

		cti_buf_add(&t->origin, marks, n);
		len -= n;
	}
}

void cti_mtext_join(struct cti_mtext *t, const struct cti_mtext *more)
{
	if (more->text.err)
		t->text.err = more->text.err;
	if (!room(t, more->text.len))
		return;
	cti_buf_add(&t->text, more->text.data, more->text.len);
	cti_buf_add(&t->origin, more->origin.data, more->origin.len);
}

const char *cti_mtext_str(const struct cti_mtext *t)
{
	return t->text.len ? t->text.data : "";
}

/* ---- values -------------------------------------------------------------------- */

void cti_value_reset(struct cti_value *v)
{
	cti_mtext_reset(&v->text);
	*v = (struct cti_value){ 0 };
}

void cti_value_set_text(
	struct cti_value *v, const char *s, size_t len, enum cti_origin origin)
{
	cti_value_reset(v);
	v->kind = CTI_VALUE_TEXT;
	v->origin = origin;
	cti_mtext_add(&v->text, s, len, origin);
}

int cti_value_copy(struct cti_value *to, const struct cti_value *from)
{
	struct cti_value v = *from;

	v.text = (struct cti_mtext){ 0 };
	cti_mtext_join(&v.text, &from->text);
	if (v.text.text.err || v.text.origin.err) {
		cti_value_reset(&v);
		return ENOMEM;
	}
	cti_value_reset(to);
	*to = v;
	return 0;
}

static void span_text(const struct cti_value *v, struct cti_mtext *out)
{
	const long long s = v->us / US;
	char buf[48];
	int n;

	if (s >= 86400)
		n = snprintf(buf, sizeof(buf), "%lld.%02lld:%02lld:%02lld", s / 86400,
			s / 3600 % 24, s / 60 % 60, s % 60);
	else
		n = snprintf(buf, sizeof(buf), "%02lld:%02lld:%02lld", s / 3600,
			s / 60 % 60, s % 60);
	cti_mtext_add(out, buf, (size_t)n, v->origin);
}

void cti_value_text(const struct cti_value *v, struct cti_mtext *out)
{
	char buf[40];
	int n;

	switch (v->kind) {
	case CTI_VALUE_UNSET:
		break;
	case CTI_VALUE_TEXT:
		cti_mtext_join(out, &v->text);
		break;
	case CTI_VALUE_TIME:
		cti_value_format(v, "yyyy-MM-dd HH:mm:ss", out);
		break;
	case CTI_VALUE_SPAN:
		span_text(v, out);
		break;
	case CTI_VALUE_NUMBER:
		n = snprintf(buf, sizeof(buf), "%.15g", v->number);
		cti_mtext_add(out, buf, (size_t)n, v->origin);
		break;
	}
}

double cti_value_number(const struct cti_value *v)
{
	char *end = NULL;
	double d = v->number;

	if (v->kind == CTI_VALUE_SPAN)
		return (double)v->us / US;
	if (v->kind == CTI_VALUE_TEXT) {
		d = strtod(cti_mtext_str(&v->text), &end);
		while (*end == ' ')
			end++;
		if (*end)
			return 0;
	}
	return isfinite(d) ? d : 0;
}

/* ---- formats of times ------------------------------------------------------------- */

struct moment {
	struct tm tm;
	long ms;
	long offset_s;
};

static const char *const months[] = { "January", "February", "March", "April", "May",
	"June", "July", "August", "September", "October", "November", "December" };
static const char *const days[] = { "Sunday", "Monday", "Tuesday", "Wednesday",
	"Thursday", "Friday", "Saturday" };

static bool moment_of(struct moment *m, const struct cti_value *v)
{
	const time_t t = (time_t)(v->us / US);

	m->ms = (long)(v->us % US / 1000);
	if (v->local ? !localtime_r(&t, &m->tm) : !gmtime_r(&t, &m->tm))
		return false;
	m->offset_s = v->local ? m->tm.tm_gmtoff : 0;
	return true;
}

static int name_format(char *buf, size_t size, const char *name, size_t n)
{
	return n == 3 ? snprintf(buf, size, "%.3s", name)
		      : snprintf(buf, size, "%s", name);
}

static int number_format(char *buf, size_t size, int number, size_t n)
{
	return snprintf(buf, size, "%0*d", n > 1 ? 2 : 1, number);
}

static int year_format(char *buf, size_t size, const struct tm *tm, size_t n)
{
	const int year = tm->tm_year + 1900;

	return n <= 2 ? number_format(buf, size, year % 100, n)
		      : snprintf(buf, size, "%04d", year);
}

static int offset_format(char *buf, size_t size, long offset_s, size_t n)
{
	const long minutes = labs(offset_s) / 60;
	const char sign = offset_s < 0 ? '-' : '+';

	if (n < 3)
		return snprintf(buf, size, "%c%0*ld", sign, n > 1 ? 2 : 1, minutes / 60);
	return snprintf(buf, size, "%c%02ld:%02ld", sign, minutes / 60, minutes % 60);
}

static int fraction_format(char *buf, size_t size, long ms, size_t n)
{
	const char digits[] = { (char)('0' + ms / 100 % 10), (char)('0' + ms / 10 % 10),
		(char)('0' + ms % 10), '0', '0', '0', '0', '\0' };

	return snprintf(buf, size, "%.*s", n > 7 ? 7 : (int)n, digits);
}

/* One specifier: n times the letter c. -1: the letter means nothing. */
static int specifier(char *buf, size_t size, const struct moment *m, char c, size_t n)
{
	const struct tm *tm = &m->tm;

	switch (c) {
	case 'y':
		return year_format(buf, size, tm, n);
	case 'M':
		return n > 2 ? name_format(buf, size, months[tm->tm_mon], n)
			     : number_format(buf, size, tm->tm_mon + 1, n);
	case 'd':
		return n > 2 ? name_format(buf, size, days[tm->tm_wday], n)
			     : number_format(buf, size, tm->tm_mday, n);
	case 'H':
		return number_format(buf, size, tm->tm_hour, n);
	case 'h':
		return number_format(buf, size, (tm->tm_hour + 11) % 12 + 1, n);
	case 'm':
		return number_format(buf, size, tm->tm_min, n);
	case 's':
		return number_format(buf, size, tm->tm_sec, n);
	case 'f':
		return fraction_format(buf, size, m->ms, n);
	case 't':
		return snprintf(
			buf, size, "%.*s", n > 1 ? 2 : 1, tm->tm_hour < 12 ? "AM" : "PM");
	case 'z':
		return offset_format(buf, size, m->offset_s, n);
	default:
		return -1;
	}
}

static const char *standard_format(char letter)
{
	static const struct {
		char letter;
		const char *fmt;
	} table[] = { { 'd', "yyyy-MM-dd" }, { 'D', "dddd, dd MMMM yyyy" },
		{ 't', "HH:mm" }, { 'T', "HH:mm:ss" }, { 'g', "yyyy-MM-dd HH:mm" },
		{ 'G', "yyyy-MM-dd HH:mm:ss" }, { 'f', "dddd, dd MMMM yyyy HH:mm" },
		{ 'F', "dddd, dd MMMM yyyy HH:mm:ss" }, { 's', "yyyy-MM-ddTHH:mm:ss" },
		{ 'u', "yyyy-MM-dd HH:mm:ssZ" },
		{ 'o', "yyyy-MM-ddTHH:mm:ss.fffffffzzz" },
		{ 'O', "yyyy-MM-ddTHH:mm:ss.fffffffzzz" } };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].letter == letter)
			return table[i].fmt;
	}
	return NULL;
}

static void time_format(const struct cti_value *v, const char *fmt, struct cti_mtext *out)
{
	struct moment m;
	char buf[32];

	if (!moment_of(&m, v))
		return;
	if (*fmt && !fmt[1]) {
		const char *standard = standard_format(*fmt);

		fmt = standard ? standard : fmt;
	}
	while (*fmt) {
		const char c = *fmt;
		size_t n = 1;
		int len;

		if (c == '\'' && strchr(fmt + 1, '\'')) {
			n = (size_t)(strchr(fmt + 1, '\'') - fmt) + 1;
			cti_mtext_add(out, fmt + 1, n - 2, v->origin);
			fmt += n;
			continue;
		}
		while (fmt[n] == c)
			n++;
		len = specifier(buf, sizeof(buf), &m, c, n);
		if (len < 0)
			cti_mtext_add(out, fmt, n, v->origin);
		else
			cti_mtext_add(out, buf, (size_t)len, v->origin);
		fmt += n;
	}
}

/* ---- formats of numbers ------------------------------------------------------------- */

/* F2, N0, D5, 0, 0.00. Halves go away from zero. */
static bool number_decimals(const char *fmt, unsigned *decimals, unsigned *width)
{
	const char *point;

	*decimals = 0;
	*width = 0;
	if (strchr("FfNnDd", *fmt) && *fmt) {
		const unsigned long n = fmt[1] ? strtoul(fmt + 1, NULL, 10) : 2;

		if (strspn(fmt + 1, "0123456789") != strlen(fmt + 1) || n > 15)
			return false;
		*(*fmt == 'D' || *fmt == 'd' ? width : decimals) = (unsigned)n;
		return true;
	}
	if (!*fmt || strspn(fmt, "0.") != strlen(fmt) || strlen(fmt) > 15)
		return false;
	point = strchr(fmt, '.');
	*width = (unsigned)(point ? (size_t)(point - fmt) : strlen(fmt));
	*decimals = point ? (unsigned)strlen(point + 1) : 0;
	return true;
}

static void number_text(const struct cti_value *v, const char *fmt, struct cti_mtext *out)
{
	unsigned decimals, width;
	double scale, d = cti_value_number(v);
	char buf[400];
	int n;

	if (!number_decimals(fmt, &decimals, &width)) {
		cti_value_text(v, out);
		return;
	}
	scale = pow(10, decimals);
	if (fabs(d) < 1e15)
		d = round(d * scale) / scale;
	if (width && decimals)
		width += decimals + 1;
	n = snprintf(buf, sizeof(buf), "%0*.*f", (int)width, (int)decimals, d);
	cti_mtext_add(out, buf, (size_t)n, v->origin);
}

void cti_value_format(const struct cti_value *v, const char *fmt, struct cti_mtext *out)
{
	const bool digits =
		v->kind == CTI_VALUE_TEXT && v->text.text.len &&
		strspn(cti_mtext_str(&v->text), "0123456789.+-") == v->text.text.len;

	if (v->kind == CTI_VALUE_TIME)
		time_format(v, fmt, out);
	else if (v->kind == CTI_VALUE_NUMBER || digits)
		number_text(v, fmt, out);
	else
		cti_value_text(v, out);
}
