/*
 * test_templates.c -- whole templates against recorded conversations: every case below
 * tests/data/crm-templates (form of a case: the README there), with a connector that
 * never sees a network.
 */
#include "crm_http.h"
#include "json_eq.h"

#include <cti/crm.h>

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { EXCHANGES_MAX = 64, PARAMS_MAX = 32 };

struct kase {
	const char *name; /* of the file, and the case in it */
	const struct cti_json_node *j;
	bool used[EXCHANGES_MAX];
	size_t sent;
	unsigned wrong;
};

__attribute__((format(printf, 2, 3))) static void wrong(
	struct kase *k, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)fprintf(stderr, "%s: ", k->name);
	(void)vfprintf(stderr, fmt, ap);
	(void)fputc('\n', stderr);
	va_end(ap);
	k->wrong++;
}

/* ---- comparison ----------------------------------------------------------------- */

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

static char *decoded(const char *s, size_t len)
{
	char *out = malloc(len + 1);
	size_t n = 0;

	assert_non_null(out);
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '%' && i + 2 < len) {
			out[n++] = (char)(hex(s[i + 1]) * 16 + hex(s[i + 2]));
			i += 2;
		} else {
			out[n++] = s[i] == '+' ? ' ' : s[i];
		}
	}
	out[n] = '\0';
	return out;
}

struct pairs {
	char *name[64], *value[64];
	size_t n;
};

static void split_pairs(struct pairs *p, const char *s)
{
	p->n = 0;
	while (*s) {
		const size_t len = strcspn(s, "&");
		const char *eq = memchr(s, '=', len);
		const size_t key = eq ? (size_t)(eq - s) : len;

		assert_true(p->n < 64);
		p->name[p->n] = decoded(s, key);
		p->value[p->n++] = decoded(eq ? eq + 1 : "", eq ? len - key - 1 : 0);
		s += len + (s[len] == '&');
	}
}

static void free_pairs(struct pairs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->name[i]);
		free(p->value[i]);
	}
}

static bool same_pairs(const struct pairs *a, const struct pairs *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		if (strcmp(a->name[i], b->name[i]) != 0 ||
			strcmp(a->value[i], b->value[i]) != 0)
			return false;
	}
	return a->n == b->n;
}

/* [["key", "value"], ...] as it came over the wire decoded. */
static bool pairs_are(const struct pairs *p, const struct cti_json_node *list)
{
	size_t i = 0;

	for (list = cti_json_child(list); list; list = cti_json_next(list), i++) {
		if (i >= p->n ||
			strcmp(p->name[i], cti_json_text(cti_json_at(list, 0))) != 0 ||
			strcmp(p->value[i], cti_json_text(cti_json_at(list, 1))) != 0)
			return false;
	}
	return i == p->n;
}

static bool url_is(const char *url, const struct cti_json_node *want)
{
	const char *text = cti_json_text(want);
	const char *base = text ? text : cti_json_str(want, "base");
	const size_t path = strcspn(url, "?"), want_path = strcspn(base, "?");
	struct pairs got, wanted;
	bool same;

	if (path != want_path || strncmp(url, base, path) != 0)
		return false;
	split_pairs(&got, url[path] ? url + path + 1 : "");
	if (!text) {
		same = pairs_are(&got, cti_json_get(want, "query"));
	} else {
		split_pairs(&wanted, base[path] ? base + path + 1 : "");
		same = same_pairs(&got, &wanted);
		free_pairs(&wanted);
	}
	free_pairs(&got);
	return same;
}

static const char *header(const struct cti_http_request *req, const char *name)
{
	for (size_t i = 0; i < req->nheaders; i++) {
		if (strcasecmp(req->headers[i].name, name) == 0)
			return req->headers[i].value;
	}
	return NULL;
}

static bool headers_are(
	const struct cti_http_request *req, const struct cti_json_node *want)
{
	for (want = cti_json_child(want); want; want = cti_json_next(want)) {
		const char *value = header(req, cti_json_name(want));

		if (cti_json_kind(want) == CTI_JSON_NULL
				? value != NULL
				: !value || strcmp(value, cti_json_text(want)) != 0)
			return false;
	}
	return true;
}

static bool body_is(const struct cti_http_request *req, const struct cti_json_node *want)
{
	const char *text = cti_json_str(want, "text");
	const struct cti_json_node *json = cti_json_get(want, "json");
	struct cti_json *doc = NULL;
	struct pairs got;
	bool same;

	if (!want)
		return !req->body || !req->body_len;
	if (!req->body)
		return false;
	if (text)
		return strlen(text) == req->body_len &&
		       memcmp(text, req->body, req->body_len) == 0;
	if (json) {
		if (cti_json_parse(&doc, req->body, req->body_len))
			return false;
		same = json_eq(cti_json_root(doc), json);
		cti_json_free(doc);
		return same;
	}
	split_pairs(&got, req->body);
	same = pairs_are(&got, cti_json_get(want, "form"));
	free_pairs(&got);
	return same;
}

static bool request_is(
	const struct cti_http_request *req, const struct cti_json_node *want)
{
	return strcmp(req->method, cti_json_str(want, "method")) == 0 &&
	       url_is(req->url, cti_json_get(want, "url")) &&
	       headers_are(req, cti_json_get(want, "headers")) &&
	       body_is(req, cti_json_get(want, "body"));
}

static void print_request(const struct cti_http_request *req)
{
	(void)fprintf(stderr, "  sent: %s %s\n", req->method, req->url);
	for (size_t i = 0; i < req->nheaders; i++)
		(void)fprintf(stderr, "  %s: %s\n", req->headers[i].name,
			req->headers[i].value);
	if (req->body)
		(void)fprintf(stderr, "  %s\n", req->body);
}

/* ---- one case -------------------------------------------------------------------- */

/* The exchange that this request belongs to; NULL: none was expected. */
static const struct cti_json_node *exchange(
	struct kase *k, const struct cti_http_request *req)
{
	const struct cti_json_node *list = cti_json_get(k->j, "http");
	const bool any_order = cti_json_bool(k->j, "any_order", false);

	for (size_t i = any_order ? 0 : k->sent; i < cti_json_count(list); i++) {
		const struct cti_json_node *x = cti_json_at(list, i);

		if (!k->used[i] && request_is(req, cti_json_get(x, "expect"))) {
			k->used[i] = true;
			k->sent++;
			return x;
		}
		if (!any_order)
			break;
	}
	wrong(k, "request %zu is not what was expected", k->sent + 1);
	print_request(req);
	return NULL;
}

/* Sends one request to the recorded CRM. false: unexpected. */
static bool answer(struct kase *k, const struct cti_http_request *req,
	struct cti_http_reply *reply, struct cti_buf *body)
{
	const struct cti_json_node *x = exchange(k, req);
	const struct cti_json_node *r = cti_json_get(x, "reply");
	const char *text = cti_json_str(r, "body");
	struct cti_jsonw w;
	int64_t status = 0;

	if (!x)
		return false;
	cti_buf_clear(body);
	if (text) {
		cti_buf_str(body, text);
	} else if (cti_json_get(r, "body")) {
		cti_jsonw_init(&w, body);
		json_put(&w, NULL, cti_json_get(r, "body"));
	} else {
		cti_buf_str(body, "");
	}
	assert_true(cti_json_int(r, "status", &status));
	*reply = (struct cti_http_reply){
		.status = (unsigned)status, .body = body->data, .body_len = body->len
	};
	return true;
}

static struct cti_crm_answer *ask(
	struct kase *k, struct cti_crm *crm, const struct cti_crm_ask *a)
{
	struct cti_crm_answer *got = calloc(1, sizeof(*got));
	struct cti_crm_task *task = crm->ops->begin(crm, a, got);
	struct cti_http_reply reply;
	struct cti_buf body = { 0 };
	const struct cti_http_reply *last = NULL;

	assert_non_null(task);
	for (;;) {
		struct cti_http_request req = { 0 };
		const enum cti_crm_step step =
			crm->ops->step(task, last, &req, 1772413445000000);
		bool ok = step == CTI_CRM_STEP_REQUEST;

		if (ok)
			ok = answer(k, &req, &reply, &body);
		cti_http_request_reset(&req);
		assert_int_not_equal(step, CTI_CRM_STEP_WAIT);
		if (!ok)
			break;
		last = &reply;
	}
	crm->ops->end(task);
	cti_buf_reset(&body);
	return got;
}

static int64_t time_of(const struct cti_json_node *call, const char *key)
{
	const char *text = cti_json_str(call, key);
	struct tm tm = { 0 };

	if (!text)
		return 0;
	assert_non_null(strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm));
	return (int64_t)timegm(&tm) * 1000000;
}

static void fill_call(struct cti_crm_call *c, const struct cti_json_node *j)
{
	static const char *const types[] = { "Inbound", "Missed", "Outbound",
		"Notanswered" };
	const char *type = cti_json_str(j, "type");

	for (unsigned i = 0; i < 4; i++) {
		if (strcmp(types[i], type) == 0)
			c->type = (enum cti_crm_call_type)i;
	}
	c->key = cti_json_str(j, "key");
	c->agent = cti_json_str(j, "agent");
	c->agent_first = cti_json_str(j, "agent_first_name");
	c->agent_last = cti_json_str(j, "agent_last_name");
	c->agent_email = cti_json_str(j, "agent_email");
	c->agent_user = cti_json_str(j, "agent_user");
	c->name = cti_json_str(j, "name");
	c->queue = cti_json_str(j, "queue_extension");
	c->start_us = time_of(j, "start_utc");
	c->answered_us = time_of(j, "established_utc");
	c->end_us = time_of(j, "end_utc");
	c->recording_url = cti_json_str(j, "recording_url");
	c->transcript = cti_json_str(j, "transcription");
	c->summary = cti_json_str(j, "summary");
	c->note = cti_json_str(j, "note");
	c->outcome = cti_json_str(j, "outcome");
	c->page_url = cti_json_str(j, "page_url");
}

static const char *text_or_empty(const struct cti_json_node *j, const char *key)
{
	const char *text = cti_json_str(j, key);

	return text ? text : "";
}

static void fill_contact(struct cti_crm_contact *c, const struct cti_json_node *j)
{
	const struct cti_json_node *outputs = cti_json_get(j, "outputs");
	struct cti_buf extra = { 0 };
	struct cti_jsonw w;

	assert_int_equal(cti_crm_contact_set(&c->id, text_or_empty(j, "EntityId")), 0);
	assert_int_equal(
		cti_crm_contact_set(&c->type, text_or_empty(j, "EntityType")), 0);
	if (outputs) {
		cti_jsonw_init(&w, &extra);
		json_put(&w, NULL, outputs);
		c->extra = cti_buf_take(&extra);
	}
}

static enum cti_crm_verb verb_of(const char *scenario)
{
	static const struct {
		const char *scenario;
		enum cti_crm_verb verb;
	} table[] = { { "", CTI_CRM_LOOKUP }, { "LookupByEmail", CTI_CRM_LOOKUP_EMAIL },
		{ "SearchContacts", CTI_CRM_SEARCH },
		{ "CreateContactRecord", CTI_CRM_CREATE },
		{ "CreateContactRecordFromClient", CTI_CRM_CREATE },
		{ "ReportCall", CTI_CRM_LOG_CALL }, { "GetAllContacts", CTI_CRM_SYNC } };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].scenario, scenario) == 0)
			return table[i].verb;
	}
	return CTI_CRM_AUTHORIZE;
}

static void check_contacts(struct kase *k, const struct cti_crm_answer *got)
{
	const struct cti_json_node *one = cti_json_get(k->j, "outputs");
	const struct cti_json_node *list = cti_json_get(k->j, "contacts");
	const size_t want = list ? cti_json_count(list) : cti_json_is_object(one);

	if (!one && !list)
		return;
	if (got->ncontacts != want) {
		wrong(k, "%zu contacts instead of %zu", got->ncontacts, want);
		return;
	}
	for (size_t i = 0; i < want; i++) {
		struct cti_json *extra = NULL;

		assert_int_equal(cti_json_parse(&extra, got->contacts[i].extra,
					 strlen(got->contacts[i].extra)),
			0);
		if (!json_eq(cti_json_root(extra), list ? cti_json_at(list, i) : one))
			wrong(k, "contact %zu is %s", i, got->contacts[i].extra);
		cti_json_free(extra);
	}
}

static void check_texts(struct kase *k, const struct cti_crm_answer *got)
{
	const char *result = cti_json_str(k->j, "result");
	const char *err = cti_json_str(k->j, "err");
	const char *cursor = cti_json_str(k->j, "cursor");
	const bool journal = cti_json_bool(k->j, "journal", false);

	if (result && (!got->secret || strcmp(got->secret, result) != 0))
		wrong(k, "the result is %s", got->secret ? got->secret : "none");
	if (journal && got->err)
		wrong(k, "not journaled: %s", got->detail);
	if (err && strcmp(cti_crm_err_word(got->err), err) != 0)
		wrong(k, "err is %s: %s", cti_crm_err_word(got->err), got->detail);
	if (cursor && (!got->cursor || strcmp(got->cursor, cursor) != 0))
		wrong(k, "the cursor is %s", got->cursor ? got->cursor : "none");
}

static void check_authorize(struct kase *k, struct cti_crm *crm)
{
	const struct cti_json_node *want = cti_json_get(k->j, "authorize_url");
	const struct cti_json_node *oauth =
		cti_json_get(cti_json_get(k->j, "event"), "oauth");
	char *url;

	if (!want)
		return;
	url = cti_crm_http_authorize_url(
		crm, cti_json_str(oauth, "RedirectUri"), cti_json_str(oauth, "state"));
	if (!url || !url_is(url, want))
		wrong(k, "the log-in page is %s", url ? url : "unknown");
	free(url);
}

static void run_event(struct kase *k, struct cti_crm *crm)
{
	const struct cti_json_node *e = cti_json_get(k->j, "event");
	const struct cti_json_node *call = cti_json_get(e, "call");
	const struct cti_json_node *form = cti_json_get(e, "form");
	const struct cti_json_node *oauth = cti_json_get(e, "oauth");
	struct cti_crm_contact contact = { 0 };
	struct cti_crm_call c = { 0 };
	struct cti_crm_ask a = { .verb = verb_of(cti_json_str(e, "scenario")),
		.number = cti_json_str(e, "number"),
		.email = cti_json_str(form ? form : e, form ? "Email" : "email"),
		.text = cti_json_str(e, "search_text"),
		.first = cti_json_str(form, "FirstName"),
		.last = cti_json_str(form, "LastName"),
		.company = cti_json_str(form, "Company"),
		.cursor = cti_json_str(e, "cursor"),
		.code = cti_json_str(oauth, "code"),
		.state = cti_json_str(oauth, "state"),
		.redirect_uri = cti_json_str(oauth, "RedirectUri") };
	int64_t repeat = 1;

	if (call) {
		fill_call(&c, call);
		a.outbound = c.type >= CTI_CRM_CALL_OUTBOUND;
		c.number = a.number;
	}
	if (cti_json_is_object(cti_json_get(e, "contact"))) {
		fill_contact(&contact, cti_json_get(e, "contact"));
		c.contact = &contact;
	}
	if (a.verb == CTI_CRM_LOG_CALL)
		a.call = &c;
	(void)cti_json_int(k->j, "repeat", &repeat);
	check_authorize(k, crm);
	for (int64_t i = 0; i < repeat && !k->wrong; i++) {
		struct cti_crm_answer *got = ask(k, crm, &a);

		check_contacts(k, got);
		check_texts(k, got);
		cti_crm_answer_free(got);
	}
	if (k->sent != cti_json_count(cti_json_get(k->j, "http")))
		wrong(k, "%zu requests instead of %zu", k->sent,
			cti_json_count(cti_json_get(k->j, "http")));
	cti_crm_contact_reset(&contact);
}

static void run_case(struct kase *k, const char *template)
{
	const struct cti_json_node *params = cti_json_get(k->j, "parameters");
	struct cti_pair pairs[PARAMS_MAX];
	struct cti_crm_conf conf = { .name = (char *)"test",
		.kind = (char *)"http",
		.template = (char *)template,
		.params = { pairs, 0 },
		.country = (char *)"JP" };
	struct cti_crm *crm = NULL;
	char why[CTI_CRM_WHY_BYTES];
	int64_t digits = 0;

	for (params = cti_json_child(params); params; params = cti_json_next(params)) {
		assert_true(conf.params.n < PARAMS_MAX);
		pairs[conf.params.n++] = (struct cti_pair){ (char *)cti_json_name(params),
			(char *)cti_json_text(params) };
	}
	(void)cti_json_int(cti_json_get(k->j, "event"), "max_length", &digits);
	conf.match_digits = (uint32_t)digits;
	if (cti_crm_http.alloc(&crm, &conf, why)) {
		wrong(k, "the template is refused: %s", why);
		return;
	}
	crm->ops = &cti_crm_http;
	run_event(k, crm);
	cti_crm_http.free(crm);
}

/* ---- files ------------------------------------------------------------------------ */

static char *read_file(const char *path, size_t *lenp)
{
	FILE *f = fopen(path, "re");
	struct cti_buf text = { 0 };
	char part[4096];

	if (!f)
		fail_msg("%s cannot be opened", path);
	while (!feof(f) && !ferror(f))
		cti_buf_add(&text, part, fread(part, 1, sizeof(part), f));
	(void)fclose(f);
	*lenp = text.len;
	return cti_buf_take(&text);
}

static int write_temp(char *path, const struct cti_json_node *lines)
{
	const int fd = mkstemp(path);

	assert_true(fd >= 0);
	for (size_t i = 0; i < cti_json_count(lines); i++)
		assert_true(
			dprintf(fd, "%s\n", cti_json_text(cti_json_at(lines, i))) > 0);
	return fd;
}

/* One case, or {"xml": [lines], "cases": [...]} with a template of their own. */
static unsigned run_file(const char *dir, const char *name, unsigned *cases)
{
	char path[1024], template[1024], label[512], temp[] = "/tmp/crm-template-XXXXXX";
	struct cti_json *doc = NULL;
	const struct cti_json_node *root, *list, *xml;
	unsigned bad = 0;
	size_t len;
	char *text;
	int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	text = read_file(path, &len);
	if (cti_json_parse(&doc, text, len))
		fail_msg("%s is not JSON", path);
	free(text);
	root = cti_json_root(doc);
	xml = cti_json_get(root, "xml");
	if (xml)
		fd = write_temp(temp, xml);
	list = cti_json_get(root, "cases");
	for (size_t i = 0; i < (list ? cti_json_count(list) : 1); i++) {
		const struct cti_json_node *j = list ? cti_json_at(list, i) : root;
		const char *note = cti_json_str(j, "note");
		struct kase k = { .name = label, .j = j };

		(void)snprintf(label, sizeof(label), "%s%s%s", name, list ? ": " : "",
			list && note ? note : "");
		(void)snprintf(template, sizeof(template), "%s/../%s", dir,
			cti_json_str(j, "template") ? cti_json_str(j, "template") : "");
		run_case(&k, xml ? temp : template);
		bad += k.wrong > 0;
		++*cases;
	}
	if (fd >= 0) {
		(void)close(fd);
		(void)unlink(temp);
	}
	cti_json_free(doc);
	return bad;
}

static void run_folder(const char *dir, unsigned least)
{
	DIR *d = opendir(dir);
	unsigned bad = 0, cases = 0;

	assert_non_null(d);
	for (const struct dirent *e = readdir(d); e; e = readdir(d)) {
		const char *dot = strrchr(e->d_name, '.');

		if (dot && strcmp(dot, ".json") == 0)
			bad += run_file(dir, e->d_name, &cases);
	}
	(void)closedir(d);
	print_message("%u cases\n", cases);
	assert_int_equal(bad, 0);
	assert_true(cases >= least);
}

static void sample_templates(void **state)
{
	(void)state;
	run_folder(CTI_TEST_DATA "/crm-templates/cases", 35);
}

static void shipped_templates(void **state)
{
	(void)state;
	run_folder(CTI_TEST_DATA "/crm-templates/shipped", 30);
}

static void every_construct(void **state)
{
	(void)state;
	run_folder(CTI_TEST_DATA "/crm-templates/own", 59);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sample_templates),
		cmocka_unit_test(every_construct),
		cmocka_unit_test(shipped_templates),
	};

	(void)setenv("TZ", "Asia/Tokyo", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
