/*
 * number.h -- telephone numbers: what was received, what it means, how to show it.
 *
 * Behind it: libphonenumber (base/phone.cc, the one C++ file) with a cache, and
 * the rules it does not know. Classification comes before parsing: an extension
 * or an emergency code is no international number.
 *
 * Thread: any (the cache is locked).
 */
#ifndef CTI_NUMBER_H
#define CTI_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

enum cti_number_class {
	CTI_NUMBER_NONE,      /* empty, or no digits */
	CTI_NUMBER_INTERNAL,  /* an extension or feature code of the PBX */
	CTI_NUMBER_EMERGENCY, /* 110, 118, 119, 112, 911 ... of the home country */
	CTI_NUMBER_SERVICE,   /* short codes: 104, 117, #8000 */
	CTI_NUMBER_PREMIUM,   /* 0990, 0570 and their like abroad */
	CTI_NUMBER_NATIONAL,
	CTI_NUMBER_INTERNATIONAL,
	CTI_NUMBER_INVALID, /* digits, but no valid number */
};

/* How numbers of one trunk or office are to be read. Borrowed strings. */
struct cti_number_plan {
	const char *country;           /* ISO 3166, "JP" */
	const char *area_code;         /* for local dialling without it; may be NULL */
	const char *outside_prefix;    /* "0" to get a line; may be NULL */
	bool lost_zero;                /* the trunk drops the leading 0 */
	unsigned extension_digits_max; /* up to so many digits are an extension; 0: 5 */
	/* What the trunk writes in its own way, "PREFIX>REPLACEMENT"; see number_rule.h.
	 * The first that fits counts. */
	const char *const *caller_rules;
	size_t ncaller_rules;
	/* From E.164 to what the PBX dials; none: by the country. The longest prefix
	 * counts. */
	const char *const *dial_rules;
	size_t ndial_rules;
};

struct cti_number {
	enum cti_number_class cls;
	char e164[24];      /* "+81312345678"; empty unless a valid public number */
	char display[40];   /* "03-1234-5678", or what was given, cleaned */
	char extension[12]; /* "123" of "03-1234-5678 ext. 123"; empty: none */
	bool withhold;      /* 184 in front: the caller's number is to be withheld */
	bool present;       /* 186 in front */
	const char *rule;   /* the caller rule that was applied, the plan's; or NULL */
};

/* raw: anything a person or a PBX writes. Never fails: see cls. */
void cti_number_parse(
	struct cti_number *num, const char *raw, const struct cti_number_plan *plan);

/*
 * The numbers of a field that holds several: "03-1234-5678 / 090-1234-5678", and
 * "03-1234-5678, 79", which is two numbers with the same beginning. Each comes as the
 * text of one number. Returns how many there were.
 */
typedef void(cti_number_piece_h)(const char *text, void *arg);
size_t cti_number_split(const char *field, cti_number_piece_h *h, void *arg);

const char *cti_number_class_name(enum cti_number_class cls);

#endif
