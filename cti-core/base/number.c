/*
 * number.c -- classification first, the rules of Japan, then libphonenumber behind
 * a cache.
 */
#include "number.h"

#include "number_rule.h"
#include "number_scan.h"
#include "phone.h"
#include "str.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { EXTENSION_DIGITS = 5, LOCAL_DIGITS_MAX = 8 };

/* ---- cache ---------------------------------------------------------------- */

/* libphonenumber takes 35 to 60 us a number. Four ways a set; in a set the least
 * recently used entry goes. */
enum { SETS = 4096, WAYS = 4 };

struct entry {
	char key[CTI_NUMBER_SCAN_BYTES + 4]; /* country and digits; empty: unused */
	uint64_t used;
	struct cti_phone phone;
};

static struct {
	pthread_mutex_t lock;
	uint64_t tick;
	struct entry entries[SETS][WAYS];
} cache = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct entry *cache_set(const char *key)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * 16777619u;
	return cache.entries[(h ^ h >> 16) % SETS];
}

static bool cache_get(struct cti_phone *phone, const char *key)
{
	struct entry *set = cache_set(key);
	bool found = false;

	(void)pthread_mutex_lock(&cache.lock);
	for (int i = 0; i < WAYS && !found; i++) {
		if (strcmp(set[i].key, key))
			continue;
		set[i].used = ++cache.tick;
		*phone = set[i].phone;
		found = true;
	}
	(void)pthread_mutex_unlock(&cache.lock);
	return found;
}

static void cache_put(const struct cti_phone *phone, const char *key)
{
	struct entry *set = cache_set(key);
	struct entry *oldest = set;

	(void)pthread_mutex_lock(&cache.lock);
	for (int i = 1; i < WAYS; i++)
		if (set[i].used < oldest->used)
			oldest = &set[i];
	(void)cti_str_copy(oldest->key, sizeof(oldest->key), key);
	oldest->used = ++cache.tick;
	oldest->phone = *phone;
	(void)pthread_mutex_unlock(&cache.lock);
}

/* The library runs without the lock: two threads may do the same work once. */
static void phone_parse(struct cti_phone *phone, const char *digits, const char *country)
{
	char key[CTI_NUMBER_SCAN_BYTES + 4];

	(void)snprintf(key, sizeof(key), "%.2s%s", country, digits);
	if (cache_get(phone, key))
		return;
	cti_phone_parse(phone, digits, country);
	cache_put(phone, key);
}

/* "+" and fifteen digits (E.164); the library knows plans that have longer ones. */
enum { E164_BYTES_MAX = 16 };

/* ---- tables ---------------------------------------------------------------- */

static bool in_words(const char *words, const char *word)
{
	const size_t len = strlen(word);

	for (const char *p = words; len && (p = strstr(p, word)) != NULL; p += len)
		if ((p == words || p[-1] == ' ') && (p[len] == ' ' || !p[len]))
			return true;
	return false;
}

/* Besides what libphonenumber calls an emergency number. */
static const struct codes {
	const char *country; /* "": everywhere */
	const char *emergency;
	const char *service;
} code_table[] = {
	{ "", "112 911", "" }, /* what mobile phones take for one everywhere */
	{ "JP", "110 118 119",
		"104 106 108 113 114 115 116 117 122 136 141 142 144 147 148 151 157 159 161"
		" 164 165 171 177 184 186 188 189 0000 1170" },
	{ "US", "", "211 311 411 511 611 711 811 988" },
	{ "CA", "", "211 311 411 511 611 711 811 988" },
	{ "GB", "999", "101 105 111 118500 119 123" },
	{ "DE", "110", "115 116117 116116" },
	{ "FR", "15 17 18 114 115 119 196", "116117 3117" },
	{ "AU", "000 106", "" },
	{ "KR", "112 113 119", "114 131" },
	{ "CN", "110 119 120 122", "114 12306 12345" },
	{ "TW", "110 119", "104 105 117 165 166" },
};

/* NONE, EMERGENCY or SERVICE. */
static enum cti_number_class class_of_code(const char *digits, const char *country)
{
	enum cti_number_class cls = CTI_NUMBER_NONE;

	for (size_t i = 0; i < sizeof(code_table) / sizeof(code_table[0]); i++) {
		const struct codes *t = &code_table[i];

		if (*t->country && strcmp(t->country, country))
			continue;
		if (in_words(t->emergency, digits))
			return CTI_NUMBER_EMERGENCY;
		if (in_words(t->service, digits))
			cls = CTI_NUMBER_SERVICE;
	}
	if (strlen(digits) <= 6 && cti_phone_emergency(digits, country))
		return CTI_NUMBER_EMERGENCY;
	return cls;
}

/* Japanese ranges that libphonenumber lacks or that have a meaning of their own;
 * the first match counts. The rest (0AB-J, ten digits) is the library's to judge. */
static const struct range {
	const char *prefix;
	unsigned digits;
	enum cti_number_class cls;
	unsigned groups[3]; /* as it is written; 0: in one piece */
} jp_ranges[] = {
	{ "0120", 10, CTI_NUMBER_NATIONAL, { 4, 3, 3 } },
	{ "0800", 11, CTI_NUMBER_NATIONAL, { 4, 3, 4 } }, /* free call, no mobile */
	{ "0570", 10, CTI_NUMBER_PREMIUM, { 4, 3, 3 } },
	{ "0990", 10, CTI_NUMBER_PREMIUM, { 4, 3, 3 } },
	{ "0180", 10, CTI_NUMBER_PREMIUM, { 4, 3, 3 } },
	{ "0170", 10, CTI_NUMBER_SERVICE, { 4, 3, 3 } },
	{ "0910", 10, CTI_NUMBER_NATIONAL, { 4, 3, 3 } },
	{ "0200", 14, CTI_NUMBER_NATIONAL, { 0, 0, 0 } },
	{ "020", 11, CTI_NUMBER_NATIONAL, { 3, 4, 4 } },
	{ "050", 11, CTI_NUMBER_NATIONAL, { 3, 4, 4 } },
	{ "060", 11, CTI_NUMBER_NATIONAL, { 3, 4, 4 } }, /* mobile since July 2026 */
	{ "070", 11, CTI_NUMBER_NATIONAL, { 3, 4, 4 } },
	{ "080", 11, CTI_NUMBER_NATIONAL, { 3, 4, 4 } },
	{ "090", 11, CTI_NUMBER_NATIONAL, { 3, 4, 4 } },
};

/* Carrier selection in front of a whole number. */
static const char *const jp_carriers[] = { "0033", "0061", "0046", "0077", "0088", "0082",
	"0038", "0039", "0036", "0053", "0060", "0066", "0071", "0078", "0080", "001" };

/* ---- Japan ------------------------------------------------------------------ */

static bool starts(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

/* Writes digits in groups with dashes. */
static void write_groups(char *dst, size_t size, const char *digits, const unsigned g[3])
{
	if (!g[0])
		(void)snprintf(dst, size, "%s", digits);
	else
		(void)snprintf(dst, size, "%.*s-%.*s-%.*s", (int)g[0], digits, (int)g[1],
			digits + g[0], (int)g[2], digits + g[0] + g[1]);
}

/*
 * A fixed number, ten digits. The plan gives out blocks of ten thousand, so what the
 * library says of one number it says of all that have its first six digits: a list of
 * contacts asks it once a block.
 */
static void jp_fixed(struct cti_phone *phone, const char *digits)
{
	char key[] = "JP......*";
	const char *last = digits + 6;
	size_t len;

	memcpy(key + 2, digits, 6);
	if (!cache_get(phone, key)) {
		cti_phone_parse(phone, digits, "JP");
		cache_put(phone, key);
	}
	if (!phone->valid)
		return;
	len = strlen(phone->national);
	if (len < 4 || strspn(phone->national + len - 4, "0123456789") != 4) {
		cti_phone_parse(phone, digits, "JP");
		return;
	}
	memcpy(phone->national + len - 4, last, 4);
	memcpy(phone->e164 + strlen(phone->e164) - 4, last, 4);
}

/* digits begin with 0. True if it is a number of Japan. */
static bool jp_national(struct cti_number *num, const char *digits)
{
	const size_t len = strlen(digits);
	struct cti_phone phone;

	if (len > 14)
		return false;
	for (size_t i = 0; i < sizeof(jp_ranges) / sizeof(jp_ranges[0]); i++) {
		const struct range *r = &jp_ranges[i];

		if (!starts(digits, r->prefix))
			continue;
		/* No subscriber number of a mobile or 050 begins with 0. */
		if (len != r->digits ||
			(len == 11 && r->groups[0] == 3 && digits[3] == '0'))
			return false;
		num->cls = r->cls;
		(void)snprintf(num->e164, sizeof(num->e164), "+81%.13s", digits + 1);
		write_groups(num->display, sizeof(num->display), digits, r->groups);
		return true;
	}
	if (len != 10)
		return false;
	jp_fixed(&phone, digits);
	if (!phone.valid)
		return false;
	num->cls = phone.premium ? CTI_NUMBER_PREMIUM : CTI_NUMBER_NATIONAL;
	(void)cti_str_copy(num->e164, sizeof(num->e164), phone.e164);
	(void)cti_str_copy(num->display, sizeof(num->display), phone.national);
	return true;
}

/* 81..., with or without the 0 that does not belong there. */
static bool jp_from_abroad(struct cti_number *num, const char *after_81)
{
	char digits[CTI_NUMBER_SCAN_BYTES + 1];

	if (*after_81 == '0')
		after_81++;
	(void)snprintf(digits, sizeof(digits), "0%s", after_81);
	return jp_national(num, digits);
}

static bool jp_lost_zero(struct cti_number *num, const char *digits)
{
	char whole[CTI_NUMBER_SCAN_BYTES + 1];
	const size_t len = strlen(digits);
	const bool mobile = len == 10 && strchr("56789", digits[0]) && digits[1] == '0';

	if (digits[0] == '0' || (len != 9 && !mobile))
		return false;
	(void)snprintf(whole, sizeof(whole), "0%s", digits);
	return jp_national(num, whole);
}

/* What may stand before a number in Japan: withhold (184), present (186), cancel the
 * fixed carrier (122), choose a carrier. Each only if something to call follows. */
static const char *jp_strip(struct cti_number *num, const char *d)
{
	for (;;) {
		const bool prefix =
			starts(d, "184") || starts(d, "186") || starts(d, "122");
		size_t n = 0;

		if (prefix && d[3] &&
			(d[3] == '0' || d[3] == '+' ||
				class_of_code(d + 3, "JP") != CTI_NUMBER_NONE)) {
			num->withhold |= starts(d, "184");
			num->present |= starts(d, "186");
			d += 3;
			continue;
		}
		for (size_t i = 0; i < sizeof(jp_carriers) / sizeof(*jp_carriers) && !n;
			i++)
			if (starts(d, jp_carriers[i]) && d[strlen(jp_carriers[i])] == '0')
				n = strlen(jp_carriers[i]);
		if (!n || strlen(d + n) < 9)
			return d;
		d += n;
	}
}

/* ---- the world --------------------------------------------------------------- */

static bool by_library(struct cti_number *num, const char *digits, const char *country)
{
	struct cti_phone p;
	bool home;

	phone_parse(&p, digits, country);
	if (!p.valid || strlen(p.e164) > E164_BYTES_MAX)
		return false;
	home = !strcmp(p.region, country);
	num->cls = p.premium ? CTI_NUMBER_PREMIUM
		   : home    ? CTI_NUMBER_NATIONAL
			     : CTI_NUMBER_INTERNATIONAL;
	(void)cti_str_copy(num->e164, sizeof(num->e164), p.e164);
	(void)cti_str_copy(
		num->display, sizeof(num->display), home ? p.national : p.international);
	return true;
}

/* "+..." */
static bool parse_plus(struct cti_number *num, const char *digits, const char *country)
{
	if (!starts(digits, "+81"))
		return by_library(num, digits, country);
	if (!jp_from_abroad(num, digits + 3))
		return false;
	if (strcmp(country, "JP")) { /* written for somebody abroad */
		if (num->cls == CTI_NUMBER_NATIONAL)
			num->cls = CTI_NUMBER_INTERNATIONAL;
		(void)cti_str_copy(num->display, sizeof(num->display), num->e164);
	}
	return true;
}

/* Numbers of Japan and out of Japan, after jp_strip(). */
static bool parse_jp(
	struct cti_number *num, const char *d, const struct cti_number_plan *plan)
{
	char plus[CTI_NUMBER_SCAN_BYTES + 1];
	const size_t len = strlen(d);

	if (starts(d, "010") && len > 8) { /* abroad */
		(void)snprintf(plus, sizeof(plus), "+%s", d + 3);
		return parse_plus(num, plus, "JP");
	}
	if (starts(d, "0081") && len >= 13)
		return jp_from_abroad(num, d + 4);
	if (d[0] == '0')
		return jp_national(num, d);
	if (plan->lost_zero && jp_lost_zero(num, d))
		return true;
	/* National numbers without their 0 have 9 or 10 digits: longer is 81. */
	if (starts(d, "81") && len >= 11 && len <= 13)
		return jp_from_abroad(num, d + 2);
	return false;
}

static bool parse_public(
	struct cti_number *num, const char *d, const struct cti_number_plan *plan)
{
	const char *country = plan->country ? plan->country : "ZZ";
	char local[CTI_NUMBER_SCAN_BYTES + 16];
	const size_t len = strlen(d);
	bool jp;

	if (*d == '+')
		return parse_plus(num, d, country);
	if (!strcmp(country, "JP") ? parse_jp(num, d, plan) : by_library(num, d, country))
		return true;
	if (!plan->area_code || len > LOCAL_DIGITS_MAX || *d == '0')
		return false;
	jp = !strcmp(country, "JP");
	(void)snprintf(local, sizeof(local), "%s%.14s%s",
		jp && *plan->area_code != '0' ? "0" : "", plan->area_code, d);
	return jp ? jp_national(num, local) : by_library(num, local, country);
}

/* ---- putting it together ------------------------------------------------------ */

static unsigned extension_max(const struct cti_number_plan *plan)
{
	return plan->extension_digits_max ? plan->extension_digits_max : EXTENSION_DIGITS;
}

/* #8000 and its like; the rest are feature codes of the PBX. */
static enum cti_number_class class_of_star(const char *d, const char *country)
{
	return *d == '#' && strlen(d) == 5 && strspn(d + 1, "0123456789") == 4 &&
			       !strcmp(country, "JP")
		       ? CTI_NUMBER_SERVICE
		       : CTI_NUMBER_INTERNAL;
}

/* What can be said without a number plan of the world; NONE: a public number. */
static enum cti_number_class class_short(
	const char *d, const struct cti_number_plan *plan, const char *country)
{
	const char *outside = plan->outside_prefix;
	enum cti_number_class cls;

	if (*d == '*' || *d == '#')
		return class_of_star(d, country);
	if (*d == '+')
		return CTI_NUMBER_NONE;
	cls = class_of_code(d, country);
	if (cls == CTI_NUMBER_NONE && outside && *outside && starts(d, outside))
		cls = class_of_code(d + strlen(outside), country);
	if (cls == CTI_NUMBER_NONE && strlen(d) <= extension_max(plan))
		cls = CTI_NUMBER_INTERNAL;
	return cls;
}

/* A number as it is; else without the digits for an outside line. The order
 * matters: 0 is the line's prefix here and begins every number there. */
static bool parse_with_prefix(
	struct cti_number *num, const char *d, const struct cti_number_plan *plan)
{
	const char *outside = plan->outside_prefix;
	const bool jp = plan->country && !strcmp(plan->country, "JP");

	if (parse_public(num, jp ? jp_strip(num, d) : d, plan))
		return true;
	if (!outside || !*outside || !starts(d, outside))
		return false;
	d += strlen(outside);
	return parse_public(num, jp ? jp_strip(num, d) : d, plan);
}

static void keep_text(struct cti_number *num, const char *text)
{
	(void)cti_str_copy(num->display, sizeof(num->display), text);
}

/* What this trunk or PBX writes in its own way. */
static void by_rules(struct cti_number *num, struct cti_number_scan *s,
	const struct cti_number_plan *plan)
{
	const char *rule = cti_number_rule_find(
		plan->caller_rules, plan->ncaller_rules, s->dial, false);
	char out[CTI_NUMBER_SCAN_BYTES];

	if (!rule || s->extension ||
		!cti_number_rule_apply(out, sizeof(out), rule, s->dial))
		return;
	(void)cti_str_copy(s->dial, sizeof(s->dial), out);
	s->len = strlen(s->dial);
	num->rule = rule;
}

void cti_number_parse(
	struct cti_number *num, const char *raw, const struct cti_number_plan *plan)
{
	static const struct cti_number_plan none = { 0 };
	const char *country;
	struct cti_number_scan s;
	const char *d;

	*num = (struct cti_number){ .cls = CTI_NUMBER_NONE };
	plan = plan ? plan : &none;
	country = plan->country ? plan->country : "ZZ";
	cti_number_scan(&s, raw ? raw : "");
	(void)cti_str_clean(num->display, sizeof(num->display), raw ? raw : "",
		raw ? strnlen(raw, 256) : 0);
	if (!s.len || !strpbrk(s.dial, "0123456789") || s.too_long) {
		num->cls = s.too_long ? CTI_NUMBER_INVALID : CTI_NUMBER_NONE;
		return;
	}
	by_rules(num, &s, plan);
	(void)cti_str_copy(num->extension, sizeof(num->extension), s.behind);
	d = strcmp(country, "JP") ? s.dial : jp_strip(num, s.dial);
	num->cls = s.extension ? CTI_NUMBER_INTERNAL : class_short(d, plan, country);
	if (num->cls != CTI_NUMBER_NONE) {
		keep_text(num, d);
		return;
	}
	if (!parse_with_prefix(num, s.dial, plan)) {
		num->cls = CTI_NUMBER_INVALID;
		keep_text(num, s.dial);
	}
}

const char *cti_number_class_name(enum cti_number_class cls)
{
	static const char *const names[] = {
		[CTI_NUMBER_NONE] = "none",
		[CTI_NUMBER_INTERNAL] = "internal",
		[CTI_NUMBER_EMERGENCY] = "emergency",
		[CTI_NUMBER_SERVICE] = "service",
		[CTI_NUMBER_PREMIUM] = "premium",
		[CTI_NUMBER_NATIONAL] = "national",
		[CTI_NUMBER_INTERNATIONAL] = "international",
		[CTI_NUMBER_INVALID] = "invalid",
	};

	return (unsigned)cls < sizeof(names) / sizeof(names[0]) ? names[cls] : "?";
}
