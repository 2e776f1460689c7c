/*
 * policy.c -- see policy.h.
 *
 * What is pasted into a dial field is text from outside. It is read by a list of
 * what may be in it, never cleaned by a list of what may not: an extension with
 * ";phone-context", a SIP address, a feature code or tones behind the number is
 * refused as a whole.
 */
#include "policy.h"

#include "number_rule.h"
#include "str.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
	DIGITS_MAX = 20,  /* E.164 has 15; prefixes before it */
	SPECIAL_MAX = 40, /* of written signs between the digits */
};

/* How a country writes its own numbers and reaches others (ITU-T E.123, national
 * numbering plans). */
struct country {
	const char *iso;
	const char *code;
	const char *trunk;         /* before a national number */
	const char *international; /* before a country code */
};

/* clang-format off */
static const struct country countries[] = {
	{ "JP", "81", "0", "010" }, { "US", "1", "1", "011" },  { "CA", "1", "1", "011" },
	{ "GB", "44", "0", "00" },  { "DE", "49", "0", "00" },  { "FR", "33", "0", "00" },
	{ "IT", "39", "", "00" },   { "ES", "34", "", "00" },   { "NL", "31", "0", "00" },
	{ "BE", "32", "0", "00" },  { "CH", "41", "0", "00" },  { "AT", "43", "0", "00" },
	{ "SE", "46", "0", "00" },  { "NO", "47", "", "00" },   { "DK", "45", "", "00" },
	{ "FI", "358", "0", "00" }, { "PL", "48", "", "00" },   { "CZ", "420", "", "00" },
	{ "PT", "351", "", "00" },  { "IE", "353", "0", "00" }, { "AU", "61", "0", "0011" },
	{ "NZ", "64", "0", "00" },  { "IN", "91", "0", "00" },  { "CN", "86", "0", "00" },
	{ "KR", "82", "0", "00" },  { "TW", "886", "0", "002" }, { "HK", "852", "", "001" },
	{ "SG", "65", "", "000" },  { "BR", "55", "0", "00" },  { "MX", "52", "", "00" },
};
/* clang-format on */

static const struct country *find_country(const char *iso)
{
	for (size_t i = 0; iso && i < sizeof(countries) / sizeof(countries[0]); i++) {
		if (cti_str_ieq(countries[i].iso, iso))
			return &countries[i];
	}
	return NULL;
}

/* ---- what may be written --------------------------------------------------- */

/* One written sign: an ASCII digit or plus, a full-width one, or a separator. Returns
 * its length; 0: it has no place in a number. *outp: what it stands for, 0: nothing. */
static size_t sign(const char *s, size_t len, char *outp)
{
	static const uint32_t separators[] = { ' ', '-', '.', '(', ')', '/', 0xa0, 0x2010,
		0x2011, 0x2012, 0x2013, 0x2212, 0x3000, 0xff08, 0xff09, 0xff0d };
	uint32_t cp;
	const size_t n = cti_utf8_next(s, len, &cp);

	*outp = '\0';
	if (!n)
		return 0;
	if (cp >= 0xff10 && cp <= 0xff19)
		cp = cp - 0xff10 + '0';
	if (cp == 0xff0b)
		cp = '+';
	if ((cp >= '0' && cp <= '9') || cp == '+') {
		*outp = (char)cp;
		return n;
	}
	for (size_t i = 0; i < sizeof(separators) / sizeof(separators[0]); i++) {
		if (cp == separators[i])
			return n;
	}
	return 0;
}

/* "tel:+81-3-1234-5678" and "０３（１２３４）５６７８" to digits, a plus in front at most.
 * False: it is not the writing of a telephone number. */
static bool read_digits(char out[CTI_DIAL_BYTES], const char *raw)
{
	size_t len = strlen(raw);
	size_t n = 0;
	size_t signs = 0;

	if (len > 4 && strncasecmp(raw, "tel:", 4) == 0) {
		raw += 4;
		len -= 4;
	}
	for (size_t i = 0, used; i < len; i += used) {
		char c;

		used = sign(raw + i, len - i, &c);
		if (!used || (c == '+' && n) || n > DIGITS_MAX || signs > SPECIAL_MAX)
			return false;
		if (c)
			out[n++] = c;
		else
			signs++;
	}
	out[n] = '\0';
	return n > (out[0] == '+');
}

/* ---- dial string ----------------------------------------------------------- */

static bool put(char dial[CTI_DIAL_BYTES], const char *a, const char *b, const char *c,
	const char *d)
{
	return snprintf(dial, CTI_DIAL_BYTES, "%s%s%s%s", a, b, c, d) < CTI_DIAL_BYTES;
}

/* By the plan's own table. False: it has no rule for this number. */
static bool by_rule(struct cti_ruling *r, const char *outside, const char *withhold,
	const struct cti_number_plan *plan)
{
	char dial[CTI_DIAL_BYTES];

	r->rule = cti_number_rule_find(
		plan->dial_rules, plan->ndial_rules, r->number.e164, true);
	return r->rule &&
	       cti_number_rule_apply(dial, sizeof(dial), r->rule, r->number.e164) &&
	       put(r->dial, outside, withhold, dial, "");
}

/* As the country writes its numbers. */
static bool by_country(struct cti_ruling *r, const char *outside, const char *withhold,
	const struct cti_number_plan *plan)
{
	const struct country *home = find_country(plan->country);
	const size_t code = home ? strlen(home->code) : 0;

	if (home && strncmp(r->number.e164 + 1, home->code, code) == 0 &&
		r->number.cls != CTI_NUMBER_INTERNATIONAL) /* +1 is several countries */
		return put(r->dial, outside, withhold, home->trunk,
			r->number.e164 + 1 + code);
	return put(r->dial, outside, withhold, home ? home->international : "00",
		r->number.e164 + 1);
}

bool cti_policy_dial_string(
	struct cti_ruling *r, const char *digits, const struct cti_number_plan *plan)
{
	const struct cti_number *num = &r->number;
	const char *outside = plan->outside_prefix ? plan->outside_prefix : "";
	const char *withhold = num->withhold ? "184" : num->present ? "186" : "";

	switch (num->cls) {
	case CTI_NUMBER_INTERNAL:
		return put(r->dial, digits, "", "", "");
	case CTI_NUMBER_SERVICE: /* short codes are dialled as they are */
		return put(r->dial, outside, digits, "", "");
	case CTI_NUMBER_NATIONAL:
	case CTI_NUMBER_PREMIUM:
	case CTI_NUMBER_INTERNATIONAL:
		if (!num->e164[0]) /* dialled as written; abroad needs a number that is known */
			return num->cls != CTI_NUMBER_INTERNATIONAL && digits[0] != '+' &&
			       put(r->dial, outside, digits, "", "");
		return by_rule(r, outside, withhold, plan) ||
		       by_country(r, outside, withhold, plan);
	case CTI_NUMBER_NONE:
	case CTI_NUMBER_EMERGENCY:
	case CTI_NUMBER_INVALID:
		break;
	}
	return false;
}

/* ---- verdict --------------------------------------------------------------- */

static void refuse(struct cti_ruling *r, const char *why)
{
	r->verdict = CTI_VERDICT_REFUSE;
	r->why = why;
	r->dial[0] = '\0';
}

/* The PBX takes the outside prefix off, and what is left must not be what was
 * refused: 0110 with the prefix 0 is 110. */
static bool hides_emergency(const char *digits, const struct cti_number_plan *plan)
{
	const char *outside = plan->outside_prefix ? plan->outside_prefix : "";
	const size_t n = strlen(outside);
	struct cti_number inner;

	if (!n || strncmp(digits, outside, n) != 0 || !digits[n])
		return false;
	cti_number_parse(&inner, digits + n, plan);
	return inner.cls == CTI_NUMBER_EMERGENCY;
}

void cti_policy_number(struct cti_ruling *r, const char *raw, enum cti_user_role role,
	const struct cti_number_plan *plan, const struct cti_command_policy *policy)
{
	char digits[CTI_DIAL_BYTES];
	unsigned bit;

	*r = (struct cti_ruling){ .verdict = CTI_VERDICT_GO };
	if (!raw || !read_digits(digits, raw)) {
		refuse(r, "number-invalid");
		return;
	}
	cti_number_parse(&r->number, digits, plan);
	bit = 1u << r->number.cls;
	if (r->number.cls == CTI_NUMBER_EMERGENCY || hides_emergency(digits, plan))
		refuse(r, "emergency-number");
	else if (r->number.cls == CTI_NUMBER_NONE || r->number.cls == CTI_NUMBER_INVALID)
		refuse(r, "number-invalid");
	else if ((unsigned)role > CTI_USER_ADMIN || !(policy->allow[role] & bit))
		refuse(r, "number-not-allowed");
	else if (!cti_policy_dial_string(r, digits, plan))
		refuse(r, "number-invalid");
	else if (policy->confirm & bit) {
		r->verdict = CTI_VERDICT_CONFIRM;
		r->why = "needs-confirmation";
	}
}

/* ---- for the administrator ----------------------------------------------------- */

static void report_role(struct cti_jsonw *w, const char *raw, enum cti_user_role role,
	const struct cti_number_plan *plan, const struct cti_command_policy *policy)
{
	static const char *const roles[] = { "agent", "supervisor", "admin" };
	static const char *const verdicts[] = { "go", "confirm", "refuse" };
	struct cti_ruling r;

	cti_policy_number(&r, raw, role, plan, policy);
	cti_jsonw_object(w, NULL);
	cti_jsonw_str(w, "role", roles[role]);
	cti_jsonw_str(w, "verdict", verdicts[r.verdict]);
	cti_jsonw_str(w, "why", r.why);
	cti_jsonw_str(w, "string", *r.dial ? r.dial : NULL);
	cti_jsonw_str(w, "rule", r.rule);
	cti_jsonw_end_object(w);
}

void cti_policy_report(struct cti_jsonw *w, const char *raw,
	const struct cti_number_plan *plan, const struct cti_command_policy *policy)
{
	struct cti_number num;

	cti_number_parse(&num, raw, plan);
	cti_jsonw_object(w, NULL);
	cti_jsonw_str(w, "class", cti_number_class_name(num.cls));
	cti_jsonw_str(w, "e164", *num.e164 ? num.e164 : NULL);
	cti_jsonw_str(w, "display", *num.display ? num.display : NULL);
	cti_jsonw_str(w, "extension", *num.extension ? num.extension : NULL);
	cti_jsonw_bool(w, "withhold", num.withhold);
	cti_jsonw_bool(w, "present", num.present);
	cti_jsonw_str(w, "caller_rule", num.rule);
	cti_jsonw_array(w, "dial");
	for (int role = CTI_USER_AGENT; role <= CTI_USER_ADMIN; role++)
		report_role(w, raw, (enum cti_user_role)role, plan, policy);
	cti_jsonw_end_array(w);
	cti_jsonw_end_object(w);
}
