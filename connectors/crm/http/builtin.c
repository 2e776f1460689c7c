/*
 * builtin.c -- see builtin.h.
 */
#include "builtin.h"

#include "number.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers ---------------------------------------------------------------- */

char *cti_number_shape(const char *number, enum cti_tmpl_prefix prefix, unsigned digits)
{
	const size_t len = strlen(number);
	char *out = malloc(len + 3);
	const char *from = number;
	size_t n = 0, have = 0;

	if (!out)
		return NULL;
	while (*from == ' ')
		from++;
	if (prefix != CTI_TMPL_AS_IS && (*from == '+' || strncmp(from, "00", 2) == 0)) {
		from += *from == '+' ? 1 : 2;
		if (prefix == CTI_TMPL_PLUS)
			out[n++] = '+';
		if (prefix == CTI_TMPL_ZEROS) {
			out[n++] = '0';
			out[n++] = '0';
		}
	}
	for (; *from; from++) {
		if (!strchr(" ()-", *from))
			out[n++] = *from;
	}
	out[n] = '\0';
	for (size_t i = n; digits && i > 0; i--) {
		have += isdigit((unsigned char)out[i - 1]) != 0;
		if (have != digits || i == 1)
			continue;
		memmove(out, out + i - 1, n - i + 2);
		break;
	}
	return out;
}

static size_t only_digits(char *out, size_t size, const char *s)
{
	size_t n = 0;

	for (; *s && n + 1 < size; s++) {
		if (isdigit((unsigned char)*s))
			out[n++] = *s;
	}
	out[n] = '\0';
	return n;
}

bool cti_number_fits(const char *a, const char *b)
{
	enum { LEAST = 6 };
	char da[64], db[64];
	size_t na = only_digits(da, sizeof(da), a);
	size_t nb = only_digits(db, sizeof(db), b);
	const size_t n = na < nb ? na : nb;

	if (!n)
		return false;
	return (n >= LEAST || na == nb) && memcmp(da + na - n, db + nb - n, n) == 0;
}

void cti_percent(struct cti_buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)s[i];

		if (isalnum(c) || strchr("-._~", c))
			cti_buf_add(out, &s[i], 1);
		else
			cti_buf_printf(out, "%%%02X", c);
	}
}

/* ---- values of the ask ---------------------------------------------------------- */

static void text(struct cti_value *v, const char *s, enum cti_origin origin)
{
	if (s)
		cti_value_set_text(v, s, strlen(s), origin);
}

static void number(struct cti_value *v, double d)
{
	*v = (struct cti_value){
		.kind = CTI_VALUE_NUMBER, .number = d, .origin = CTI_ORIGIN_LITERAL
	};
}

static void moment(struct cti_value *v, int64_t us, bool local)
{
	if (us)
		*v = (struct cti_value){ .kind = CTI_VALUE_TIME,
			.us = us,
			.local = local,
			.origin = CTI_ORIGIN_LITERAL };
}

typedef void(get_h)(const struct cti_builtin *b, struct cti_value *v);

#define CALL(b) ((b)->ask->call)

static void get_number(const struct cti_builtin *b, struct cti_value *v)
{
	text(v, b->number, CTI_ORIGIN_CALL);
}

static void get_max_length(const struct cti_builtin *b, struct cti_value *v)
{
	if (b->max_length)
		number(v, b->max_length);
}

static void get_direction(const struct cti_builtin *b, struct cti_value *v)
{
	bool out = b->ask->outbound;

	if (CALL(b))
		out = CALL(b)->type == CTI_CRM_CALL_OUTBOUND ||
		      CALL(b)->type == CTI_CRM_CALL_UNANSWERED;
	text(v, out ? "Outbound" : "Inbound", CTI_ORIGIN_LITERAL);
}

static void get_found(const struct cti_builtin *b, struct cti_value *v)
{
	number(v, (double)b->found);
}

static void get_email(const struct cti_builtin *b, struct cti_value *v)
{
	text(v, b->ask->email, CTI_ORIGIN_CALL);
}

static void get_search(const struct cti_builtin *b, struct cti_value *v)
{
	text(v, b->ask->text, CTI_ORIGIN_CALL);
}

static void get_first(const struct cti_builtin *b, struct cti_value *v)
{
	text(v, b->ask->first, CTI_ORIGIN_CALL);
}

static void get_last(const struct cti_builtin *b, struct cti_value *v)
{
	text(v, b->ask->last, CTI_ORIGIN_CALL);
}

static void get_company(const struct cti_builtin *b, struct cti_value *v)
{
	text(v, b->ask->company, CTI_ORIGIN_CALL);
}

static void get_name(const struct cti_builtin *b, struct cti_value *v)
{
	text(v, CALL(b) ? CALL(b)->name : b->ask->text, CTI_ORIGIN_CALL);
}

static void get_line_break(const struct cti_builtin *b, struct cti_value *v)
{
	(void)b;
	text(v, "\n", CTI_ORIGIN_LITERAL);
}

static void get_page(const struct cti_builtin *b, struct cti_value *v)
{
	number(v, b->page);
}

static void get_page_size(const struct cti_builtin *b, struct cti_value *v)
{
	number(v, b->page_size);
}

static void get_code(const struct cti_builtin *b, struct cti_value *v)
{
	text(v, b->ask->code, CTI_ORIGIN_ADMIN);
}

static void get_state(const struct cti_builtin *b, struct cti_value *v)
{
	text(v, b->ask->state, CTI_ORIGIN_ADMIN);
}

static void get_redirect(const struct cti_builtin *b, struct cti_value *v)
{
	text(v, b->ask->redirect_uri, CTI_ORIGIN_ADMIN);
}

/* ---- values of the call ------------------------------------------------------------ */

static void get_call_type(const struct cti_builtin *b, struct cti_value *v)
{
	static const char *const words[] = { [CTI_CRM_CALL_INBOUND] = "Inbound",
		[CTI_CRM_CALL_MISSED] = "Missed",
		[CTI_CRM_CALL_OUTBOUND] = "Outbound",
		[CTI_CRM_CALL_UNANSWERED] = "Notanswered" };

	if (CALL(b))
		text(v, words[CALL(b)->type], CTI_ORIGIN_LITERAL);
}

static void get_entity_id(const struct cti_builtin *b, struct cti_value *v)
{
	if (CALL(b) && CALL(b)->contact)
		text(v, CALL(b)->contact->id, CTI_ORIGIN_REPLY);
}

static void get_entity_type(const struct cti_builtin *b, struct cti_value *v)
{
	if (CALL(b) && CALL(b)->contact)
		text(v, CALL(b)->contact->type, CTI_ORIGIN_REPLY);
}

static void get_span(const struct cti_builtin *b, struct cti_value *v)
{
	const struct cti_crm_call *c = CALL(b);

	if (!c)
		return;
	*v = (struct cti_value){ .kind = CTI_VALUE_SPAN, .origin = CTI_ORIGIN_LITERAL };
	if (c->answered_us && c->end_us > c->answered_us)
		v->us = c->end_us - c->answered_us;
}

static void get_duration(const struct cti_builtin *b, struct cti_value *v)
{
	struct cti_value span = { 0 };

	get_span(b, &span);
	if (span.kind == CTI_VALUE_UNSET)
		return;
	v->kind = CTI_VALUE_TEXT;
	cti_value_text(&span, &v->text);
}

static void get_date_time(const struct cti_builtin *b, struct cti_value *v)
{
	struct cti_value start = { 0 };

	if (!CALL(b))
		return;
	moment(&start, CALL(b)->start_us, true);
	v->kind = CTI_VALUE_TEXT;
	cti_value_text(&start, &v->text);
}

#define TIME_GETTER(name, field, local)                                                  \
	static void get_##name(const struct cti_builtin *b, struct cti_value *v)         \
	{                                                                                \
		if (CALL(b))                                                             \
			moment(v, CALL(b)->field, local);                                \
	}
TIME_GETTER(start_local, start_us, true)
TIME_GETTER(start_utc, start_us, false)
TIME_GETTER(answered_local, answered_us, true)
TIME_GETTER(answered_utc, answered_us, false)
TIME_GETTER(end_local, end_us, true)
TIME_GETTER(end_utc, end_us, false)

#define TEXT_GETTER(name, field)                                                         \
	static void get_##name(const struct cti_builtin *b, struct cti_value *v)         \
	{                                                                                \
		if (CALL(b))                                                             \
			text(v, CALL(b)->field, CTI_ORIGIN_CALL);                        \
	}
TEXT_GETTER(agent, agent)
TEXT_GETTER(agent_first, agent_first)
TEXT_GETTER(agent_last, agent_last)
TEXT_GETTER(agent_email, agent_email)
TEXT_GETTER(agent_user, agent_user)
TEXT_GETTER(queue, queue)
TEXT_GETTER(recording, recording_url)
TEXT_GETTER(transcript, transcript)
TEXT_GETTER(summary, summary)
TEXT_GETTER(key, key)
TEXT_GETTER(page_url, page_url)
TEXT_GETTER(note, note)
TEXT_GETTER(outcome, outcome)

static void get_recording_link(const struct cti_builtin *b, struct cti_value *v)
{
	static const char *const escapes[] = {
		['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;"
	};
	const char *url = CALL(b) ? CALL(b)->recording_url : NULL;
	struct cti_buf escaped = { 0 }, link = { 0 };

	if (!url || !*url)
		return;
	for (; *url; url++) {
		const unsigned char c = (unsigned char)*url;

		if (c < sizeof(escapes) / sizeof(escapes[0]) && escapes[c])
			cti_buf_str(&escaped, escapes[c]);
		else
			cti_buf_add(&escaped, url, 1);
	}
	if (!escaped.err)
		cti_buf_printf(
			&link, "<a href=\"%s\">%s</a>", escaped.data, escaped.data);
	if (!link.err && link.len)
		text(v, link.data, CTI_ORIGIN_CALL);
	cti_buf_reset(&escaped);
	cti_buf_reset(&link);
}

static void get_nothing(const struct cti_builtin *b, struct cti_value *v)
{
	(void)b;
	(void)v;
}

/* ---- our own: forms of the number ---------------------------------------------------- */

static const char *raw_number(const struct cti_builtin *b)
{
	const char *raw = CALL(b) ? CALL(b)->number : b->ask->number;

	return raw ? raw : "";
}

static void parse(const struct cti_builtin *b, struct cti_number *n)
{
	const struct cti_number_plan plan = { .country = b->country };

	cti_number_parse(n, raw_number(b), &plan);
}

static void get_e164(const struct cti_builtin *b, struct cti_value *v)
{
	struct cti_number n;

	parse(b, &n);
	text(v, *n.e164 ? n.e164 : b->number, CTI_ORIGIN_CALL);
}

static void get_e164_digits(const struct cti_builtin *b, struct cti_value *v)
{
	struct cti_number n;
	char digits[40];

	parse(b, &n);
	(void)only_digits(digits, sizeof(digits), *n.e164 ? n.e164 : b->number);
	text(v, digits, CTI_ORIGIN_CALL);
}

static void get_national(const struct cti_builtin *b, struct cti_value *v)
{
	struct cti_number n;

	parse(b, &n);
	text(v, *n.display ? n.display : b->number, CTI_ORIGIN_CALL);
}

static void get_national_digits(const struct cti_builtin *b, struct cti_value *v)
{
	struct cti_number n;
	char digits[40];

	parse(b, &n);
	(void)only_digits(digits, sizeof(digits), *n.display ? n.display : b->number);
	text(v, digits, CTI_ORIGIN_CALL);
}

/* ---- the table --------------------------------------------------------------------------- */

static const struct {
	const char *name;
	get_h *get;
} table[] = {
	{ "Number", get_number },
	{ "MaxLength", get_max_length },
	{ "CallDirection", get_direction },
	{ "FoundRecordCount", get_found },
	{ "Email", get_email },
	{ "SearchText", get_search },
	{ "FirstName", get_first },
	{ "LastName", get_last },
	{ "Company", get_company },
	{ "Name", get_name },
	{ "LineBreak", get_line_break },
	{ "Page", get_page },
	{ "PageSize", get_page_size },
	{ "code", get_code },
	{ "state", get_state },
	{ "State", get_state },
	{ "RedirectUri", get_redirect },
	{ "CallType", get_call_type },
	{ "EntityId", get_entity_id },
	{ "EntityType", get_entity_type },
	{ "Agent", get_agent },
	{ "AgentFirstName", get_agent_first },
	{ "AgentLastName", get_agent_last },
	{ "AgentEmail", get_agent_email },
	{ "QueueExtension", get_queue },
	{ "Duration", get_duration },
	{ "DurationTimespan", get_span },
	{ "DateTime", get_date_time },
	{ "CallStartTimeLocal", get_start_local },
	{ "CallStartTimeUTC", get_start_utc },
	{ "CallEstablishedTimeLocal", get_answered_local },
	{ "CallEstablishedTimeUTC", get_answered_utc },
	{ "CallEndTimeLocal", get_end_local },
	{ "CallEndTimeUTC", get_end_utc },
	{ "RecordingUrl", get_recording },
	{ "RecordingHyperLink", get_recording_link },
	{ "Transcription", get_transcript },
	{ "Summary", get_summary },
	{ "Sentiment", get_nothing },
	{ "ChatMessages", get_nothing }, /* known, so empty; we have no chats */
	{ "ChatStartTimeLocal", get_nothing },
	{ "ChatStartTimeUTC", get_nothing },
	{ "ChatEndTimeLocal", get_nothing },
	{ "ChatEndTimeUTC", get_nothing },
	{ "EntityID", get_nothing }, /* of call flow scripts */
	{ "Query", get_nothing },
	{ "Ringbridge::CallKey", get_key },
	{ "Ringbridge::CallUrl", get_page_url },
	{ "Ringbridge::Note", get_note },
	{ "Ringbridge::Outcome", get_outcome },
	{ "Ringbridge::AgentUser", get_agent_user },
	{ "Ringbridge::E164", get_e164 },
	{ "Ringbridge::E164Digits", get_e164_digits },
	{ "Ringbridge::National", get_national },
	{ "Ringbridge::NationalDigits", get_national_digits },
};

static get_h *find(const char *name)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].name, name) == 0)
			return table[i].get;
	}
	return NULL;
}

/* "EscapedNumber" is Number, percent-encoded. */
static const char *escaped_base(const char *name)
{
	return strncmp(name, "Escaped", 7) == 0 && find(name + 7) ? name + 7 : NULL;
}

bool cti_builtin_known(const char *name)
{
	return find(name) || escaped_base(name) || strncmp(name, "Contact::", 9) == 0;
}

bool cti_builtin_get(const struct cti_builtin *b, const char *name, struct cti_value *v)
{
	const char *base = find(name) ? NULL : escaped_base(name);
	struct cti_value plain = { 0 };
	struct cti_mtext as_text = { 0 };
	struct cti_buf escaped = { 0 };

	if (find(name))
		find(name)(b, v);
	if (!base)
		return find(name) != NULL;
	find(base)(b, &plain);
	cti_value_text(&plain, &as_text);
	cti_percent(&escaped, cti_mtext_str(&as_text), as_text.text.len);
	if (escaped.len && !escaped.err)
		text(v, escaped.data, CTI_ORIGIN_CALL);
	cti_value_reset(&plain);
	cti_mtext_reset(&as_text);
	cti_buf_reset(&escaped);
	return true;
}
