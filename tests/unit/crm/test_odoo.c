/*
 * test_odoo.c -- the odoo connector against recorded conversations with an Odoo 14: what
 * is asked, and what is made of the answers.
 */
#include "json.h"

#include <cti/conf.h>
#include <cti/crm.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A request has these words in its body; then this is answered. */
struct exchange {
	const char *has[4];
	const char *lacks;
	unsigned status;
	const char *body;
};

static const struct exchange login = { { "\"authenticate\"",
					       "[\"crm\",\"bot\",\"key\",{}]" },
	NULL, 200, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":7}" };
static const struct exchange fields = { { "\"fields_get\"", "\"crm\",7,\"key\"" }, NULL,
	200,
	"{\"result\":{\"phone\":{\"type\":\"char\"},\"mobile\":{\"type\":\"char\"}}}" };
static const struct exchange fields19 = { { "\"fields_get\"" }, NULL, 200,
	"{\"result\":{\"phone\":{\"type\":\"char\"}}}" };

static struct cti_crm_answer *play(struct cti_crm *crm, const struct cti_crm_ask *ask,
	const struct exchange *const *script, size_t n)
{
	struct cti_crm_answer *a = calloc(1, sizeof(*a));
	struct cti_crm_task *t = crm->ops->begin(crm, ask, a);
	struct cti_http_reply reply;
	const struct cti_http_reply *last = NULL;
	size_t at = 0;

	for (;;) {
		struct cti_http_request req = { 0 };
		const struct exchange *x;

		if (crm->ops->step(t, last, &req, 0) != CTI_CRM_STEP_REQUEST)
			break;
		assert_true(at < n);
		x = script[at++];
		assert_string_equal(req.url, "https://odoo.test/jsonrpc");
		for (size_t i = 0; i < 4 && x->has[i]; i++) {
			if (!strstr(req.body, x->has[i]))
				fail_msg("%s is not in %s", x->has[i], req.body);
		}
		if (x->lacks && strstr(req.body, x->lacks))
			fail_msg("%s is in %s", x->lacks, req.body);
		cti_http_request_reset(&req);
		reply = (struct cti_http_reply){
			.status = x->status, .body = x->body, .body_len = strlen(x->body)
		};
		last = &reply;
	}
	crm->ops->end(t);
	assert_int_equal(at, n);
	return a;
}

static struct cti_crm *make(void)
{
	static const struct cti_crm_conf conf = { .name = (char *)"erp",
		.url = (char *)"https://odoo.test/",
		.database = (char *)"crm",
		.user = (char *)"bot",
		.password = (char *)"key",
		.country = (char *)"JP" };
	struct cti_crm *crm = NULL;
	char why[CTI_CRM_WHY_BYTES];

	assert_int_equal(cti_crm_odoo.alloc(&crm, &conf, why), 0);
	crm->ops = &cti_crm_odoo;
	crm->name = (char *)"erp";
	return crm;
}

static void a_number_is_compared_here(void **state)
{
	static const struct exchange found = {
		{ "\"search_read\"", "\"phone\",\"=ilike\",\"%3%9%8%7%6%5%4%3%2%\"",
			"\"mobile\",\"=ilike\"" },
		NULL, 200,
		"{\"result\":[{\"id\":5,\"name\":\"安部 健\",\"commercial_company_name\":\"海山商事\","
		"\"is_company\":false,\"function\":false,\"email\":\"ken@u.example\","
		"\"phone\":\"03-9876-5432\",\"mobile\":\"+81 90-1111-2222\"},"
		"{\"id\":6,\"name\":\"Over\",\"is_company\":false,\"phone\":\"+81 3 98 76 54 32 1\","
		"\"mobile\":false,\"email\":false,\"function\":false}]}"
	};
	const struct exchange *const script[] = { &login, &fields, &found };
	const struct cti_crm_ask ask = { .verb = CTI_CRM_LOOKUP,
		.number = "+81398765432" };
	struct cti_crm *crm = make();
	struct cti_crm_answer *a = play(crm, &ask, script, 3);

	(void)state;
	assert_int_equal(a->err, CTI_CRM_OK);
	assert_int_equal(a->ncontacts, 1); /* the pattern's other hit is no match */
	assert_string_equal(a->contacts[0].id, "5");
	assert_string_equal(a->contacts[0].name, "安部 健");
	assert_string_equal(a->contacts[0].company, "海山商事");
	assert_string_equal(a->contacts[0].title, "");
	assert_int_equal(a->contacts[0].nnumbers, 2);
	assert_string_equal(a->contacts[0].url,
		"https://odoo.test/web#id=5&model=res.partner&view_type=form");
	cti_crm_answer_free(a);
	crm->ops->free(crm);
}

static void odoo_19_has_no_mobile(void **state)
{
	static const struct exchange none = { { "\"search_read\"",
						      "\"phone\",\"=ilike\"" },
		"mobile", 200, "{\"result\":[]}" };
	const struct exchange *const script[] = { &login, &fields19, &none };
	const struct cti_crm_ask ask = { .verb = CTI_CRM_LOOKUP,
		.number = "+81398765432" };
	struct cti_crm *crm = make();
	struct cti_crm_answer *a = play(crm, &ask, script, 3);

	(void)state;
	assert_int_equal(a->err, CTI_CRM_OK);
	assert_int_equal(a->ncontacts, 0);
	cti_crm_answer_free(a);
	crm->ops->free(crm);
}

static void a_call_is_posted_once(void **state)
{
	static const struct exchange none = { { "\"mail.message\"", "\"0190aaaa-key\"",
						      "[\"res_id\",\"=\",5]" },
		NULL, 200, "{\"result\":[]}" };
	static const struct exchange post = { { "\"message_post\"", "[[5]]",
						      "[0190aaaa-key]", "mail.mt_note" },
		"<b>", 200, "{\"result\":91}" };
	static const struct exchange there = { { "\"mail.message\"" }, NULL, 200,
		"{\"result\":[{\"id\":91}]}" };
	const struct exchange *const first[] = { &login, &fields, &none, &post };
	const struct exchange *const again[] = { &there };
	struct cti_crm_contact partner = { .id = (char *)"5",
		.type = (char *)"res.partner" };
	const struct cti_crm_call call = { .key = "0190aaaa-key",
		.number = "+81398765432",
		.name = "<b>x</b>",
		.start_us = 1772413445000000,
		.contact = &partner };
	const struct cti_crm_call unknown = { .key = "0190aaaa-key", .number = "+81" };
	struct cti_crm_ask ask = { .verb = CTI_CRM_LOG_CALL, .call = &call };
	struct cti_crm *crm = make();
	struct cti_crm_answer *a = play(crm, &ask, first, 4);

	(void)state;
	assert_int_equal(a->err, CTI_CRM_OK);
	assert_string_equal(a->record_id, "91");
	cti_crm_answer_free(a);
	a = play(crm, &ask, again, 1);
	assert_string_equal(a->record_id, "91");
	cti_crm_answer_free(a);
	ask.call = &unknown;
	a = play(crm, &ask, NULL, 0); /* no record to write it to: nothing is asked */
	assert_int_equal(a->err, CTI_CRM_OK);
	cti_crm_answer_free(a);
	crm->ops->free(crm);
}

/* Begun while it rings; at the end our mark gives way, what a person wrote stays. */
static void a_call_is_begun_and_completed(void **state)
{
	static const struct exchange none = { { "\"mail.message\"", "\"0190aaaa-key\"" },
		NULL, 200, "{\"result\":[]}" };
	static const struct exchange post = { { "\"message_post\"", "着信 ",
						      "[0190aaaa-key: 通話中]" },
		"担当", 200, "{\"result\":91}" };
	static const struct exchange begun = { { "\"fields\":[\"id\",\"body\"]" }, NULL,
		200,
		"{\"result\":[{\"id\":91,\"body\":\"<p>着信 / [0190aaaa-key: 通話中]"
		"</p><p>Ask again &amp; call</p>\"}]}" };
	static const struct exchange change = {
		{ "\"mail.message\",\"write\"", "[91],{\"body\":\"<p>着信 / 担当: 201",
			"通話: 3:05 / (b)no+(/b) / [0190aaaa-key]</p>"
			"<p>Ask again &amp; call</p>\"" },
		"通話中", 200, "{\"result\":true}"
	};
	static const struct exchange over = { { "\"mail.message\"" }, NULL, 200,
		"{\"result\":[{\"id\":91,\"body\":\"x [0190aaaa-key]\"}]}" };
	const struct exchange *const begin[] = { &login, &fields, &none, &post };
	const struct exchange *const still[] = { &begun };
	const struct exchange *const end[] = { &begun, &change };
	const struct exchange *const again[] = { &over };
	struct cti_crm_contact partner = { .id = (char *)"5",
		.type = (char *)"res.partner" };
	struct cti_crm_call call = { .key = "0190aaaa-key",
		.type = CTI_CRM_CALL_MISSED,
		.start_us = 1772413445000000,
		.contact = &partner,
		.open = true };
	const struct cti_crm_ask ask = { .verb = CTI_CRM_LOG_CALL, .call = &call };
	struct cti_crm *crm = make();
	struct cti_crm_answer *a = play(crm, &ask, begin, 4);

	(void)state;
	assert_string_equal(a->record_id, "91");
	cti_crm_answer_free(a);
	a = play(crm, &ask, still, 1); /* its answer was lost: it is there */
	cti_crm_answer_free(a);
	call.open = false;
	call.type = CTI_CRM_CALL_INBOUND;
	call.agent = "201";
	call.note = "<b>no&</b>";
	call.answered_us = 1772413455000000;
	call.end_us = 1772413640000000;
	a = play(crm, &ask, end, 2);
	assert_int_equal(a->err, CTI_CRM_OK);
	assert_string_equal(a->record_id, "91");
	cti_crm_answer_free(a);
	a = play(crm, &ask, again, 1);
	assert_string_equal(a->record_id, "91");
	cti_crm_answer_free(a);
	crm->ops->free(crm);
}

static void a_contact_is_created(void **state)
{
	static const struct exchange create = { { "\"create\"", "\"name\":\"林 花\"",
							"\"phone\":\"+81312345678\"" },
		"company_name", 200, "{\"result\":12}" };
	static const struct exchange read = {
		{ "\"search_read\"", "[\"id\",\"=\",12]" }, NULL, 200,
		"{\"result\":[{\"id\":12,\"name\":\"林 花\",\"phone\":\"+81312345678\"}]}"
	};
	const struct exchange *const script[] = { &login, &fields, &create, &read };
	const struct cti_crm_ask ask = { .verb = CTI_CRM_CREATE,
		.number = "+81312345678",
		.first = "花",
		.last = "林" };
	struct cti_crm *crm = make();
	struct cti_crm_answer *a = play(crm, &ask, script, 4);

	(void)state;
	assert_int_equal(a->ncontacts, 1);
	assert_string_equal(a->contacts[0].id, "12");
	cti_crm_answer_free(a);
	crm->ops->free(crm);
}

static void changes_come_page_by_page(void **state)
{
	static const struct exchange first = {
		{ "[\"id\",\">\",0]", "[\"write_date\",\">=\",\"2026-03-02 01:04:05\"]",
			"\"limit\":1" },
		NULL, 200,
		"{\"result\":[{\"id\":8,\"name\":\"A\",\"phone\":\"03-9876-5432\","
		"\"write_date\":\"2026-03-02 01:04:06\"}]}"
	};
	static const struct exchange last = { { "[\"id\",\">\",8]" }, NULL, 200,
		"{\"result\":[]}" };
	static const struct exchange whole = { { "[[\"id\",\">\",0]]" }, NULL, 200,
		"{\"result\":[]}" };
	const struct exchange *const page1[] = { &login, &fields, &first };
	const struct exchange *const page2[] = { &last };
	const struct exchange *const all[] = { &whole };
	struct cti_crm_ask ask = {
		.verb = CTI_CRM_SYNC, .limit = 1, .since_us = 1772413445000000
	};
	struct cti_crm *crm = make();
	struct cti_crm_answer *a = play(crm, &ask, page1, 3);
	struct cti_crm_answer *b;

	(void)state;
	assert_int_equal(a->ncontacts, 1);
	assert_string_equal(a->cursor, "8");
	assert_true(a->newest_us == 1772413446000000);
	ask.cursor = a->cursor;
	b = play(crm, &ask, page2, 1);
	assert_null(b->cursor);
	assert_true(b->newest_us == 0);
	cti_crm_answer_free(b);
	cti_crm_answer_free(a);
	ask = (struct cti_crm_ask){ .verb = CTI_CRM_SYNC };
	a = play(crm, &ask, all, 1);
	cti_crm_answer_free(a);
	assert_true(crm->ops->caps(crm) & CTI_CRM_CAN_SYNC_CHANGES);
	crm->ops->free(crm);
}

static void errors_have_words(void **state)
{
	static const struct {
		unsigned status;
		const char *body;
		enum cti_crm_err want;
	} table[] = {
		{ 200, "{\"result\":false}", CTI_CRM_REFUSED },
		{ 200, "{\"error\":{\"data\":{\"name\":\"odoo.exceptions.AccessDenied\"}}}",
			CTI_CRM_REFUSED },
		{ 200, "{\"error\":{\"data\":{\"name\":\"odoo.exceptions.MissingError\"}}}",
			CTI_CRM_GONE },
		{ 200, "{\"error\":{\"data\":{\"name\":\"psycopg2.OperationalError\"}}}",
			CTI_CRM_FAULT },
		{ 200, "{\"error\":{\"data\":{\"name\":\"builtins.ValueError\"}}}",
			CTI_CRM_REJECTED },
		{ 200, "<html>", CTI_CRM_BAD_REPLY },
		{ 502, "x", CTI_CRM_FAULT },
		{ 429, "x", CTI_CRM_LIMITED },
	};
	const struct cti_crm_ask ask = { .verb = CTI_CRM_TEST };

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct exchange x = { { "\"authenticate\"" }, NULL, table[i].status,
			table[i].body };
		const struct exchange *const script[] = { &x };
		struct cti_crm *crm = make();
		struct cti_crm_answer *a = play(crm, &ask, script, 1);

		assert_string_equal(
			cti_crm_err_word(a->err), cti_crm_err_word(table[i].want));
		cti_crm_answer_free(a);
		crm->ops->free(crm);
	}
}

static void pages_by_id(void **state)
{
	static const struct exchange page = {
		{ "[\"id\",\">\",5]", "\"limit\":2" }, NULL, 200,
		"{\"result\":[{\"id\":6,\"name\":\"A\",\"is_company\":true},{\"id\":9,\"name\":\"B\"}]}"
	};
	const struct exchange *const script[] = { &login, &fields, &page };
	const struct cti_crm_ask ask = {
		.verb = CTI_CRM_SYNC, .cursor = "5", .limit = 2
	};
	struct cti_crm *crm = make();
	struct cti_crm_answer *a = play(crm, &ask, script, 3);

	(void)state;
	assert_int_equal(a->ncontacts, 2);
	assert_string_equal(a->contacts[0].company, "A");
	assert_string_equal(a->cursor, "9");
	cti_crm_answer_free(a);
	crm->ops->free(crm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_compared_here),
		cmocka_unit_test(odoo_19_has_no_mobile),
		cmocka_unit_test(a_call_is_posted_once),
		cmocka_unit_test(a_contact_is_created),
		cmocka_unit_test(changes_come_page_by_page),
		cmocka_unit_test(a_call_is_begun_and_completed),
		cmocka_unit_test(errors_have_words),
		cmocka_unit_test(pages_by_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
