/*
 * test_tryton.c -- the tryton connector against a real Tryton: create, look-up in five
 * spellings, search, sync, a call written down once, a restart in between, and a server
 * that is stopped in the middle.
 */
#include "crms.h"
#include "tryton_server.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const struct cti_crm_ops *const kinds[] = { &cti_crm_tryton };
static struct cti_crm_conf conf = { .name = (char *)"office",
	.kind = (char *)"tryton",
	.database = (char *)"crm",
	.user = (char *)"admin",
	.password = (char *)"Sakura-42",
	.country = (char *)"JP",
	.max_requests = 4,
	.lookup_ms = 60000,
	.log_ms = 60000 };
static struct cti_crms *crms;

static struct {
	pthread_mutex_t lock;
	pthread_cond_t came;
	struct cti_crm_answer *answer;
} got = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL };

static void on_answer(struct cti_crm_answer *a, void *arg)
{
	(void)arg;
	(void)pthread_mutex_lock(&got.lock);
	got.answer = a;
	(void)pthread_cond_signal(&got.came);
	(void)pthread_mutex_unlock(&got.lock);
}

static struct cti_crm_answer *ask(const struct cti_crm_ask *a)
{
	struct cti_crm_answer *answer;

	assert_int_equal(cti_crms_ask(crms, "office", a, on_answer, NULL, NULL), 0);
	(void)pthread_mutex_lock(&got.lock);
	while (!got.answer)
		(void)pthread_cond_wait(&got.came, &got.lock);
	answer = got.answer;
	got.answer = NULL;
	(void)pthread_mutex_unlock(&got.lock);
	return answer;
}

/* One that has to succeed. */
static struct cti_crm_answer *ask_ok(const struct cti_crm_ask *a)
{
	struct cti_crm_answer *answer = ask(a);

	if (answer->err)
		fail_msg("%s: %s %s", cti_crm_verb_word(a->verb),
			cti_crm_err_word(answer->err), answer->detail);
	return answer;
}

static char *create(
	const char *first, const char *last, const char *number, const char *email)
{
	const struct cti_crm_ask a = { .verb = CTI_CRM_CREATE,
		.first = first,
		.last = last,
		.number = number,
		.email = email };
	struct cti_crm_answer *answer = ask_ok(&a);
	char *id;

	assert_int_equal(answer->ncontacts, 1);
	id = strdup(answer->contacts[0].id);
	cti_crm_answer_free(answer);
	return id;
}

/* Ends as wanted; the id of the note, which is the old one when it was there. */
static char *log_call(const char *party, const char *key, enum cti_crm_err want)
{
	struct cti_crm_contact contact = { .id = (char *)party,
		.type = (char *)"party.party" };
	const struct cti_crm_call call = { .key = key,
		.type = CTI_CRM_CALL_INBOUND,
		.number = "+81398765432",
		.name = "<b>\"100%_\"</b>",
		.agent = "201",
		.start_us = 1772413445000000,
		.answered_us = 1772413455000000,
		.end_us = 1772413640000000,
		.note = "見積もり",
		.contact = &contact };
	const struct cti_crm_ask a = {
		.verb = CTI_CRM_LOG_CALL, .call = &call, .deadline_ms = want ? 500 : 0
	};
	struct cti_crm_answer *answer = ask(&a);
	char *id;

	if (answer->err != want)
		fail_msg(
			"log-call: %s %s", cti_crm_err_word(answer->err), answer->detail);
	id = answer->record_id ? strdup(answer->record_id) : NULL;
	cti_crm_answer_free(answer);
	return id;
}

/* Waits until the clock shows another second: the server's dates are whole ones here. */
static void next_second(void)
{
	const time_t began = time(NULL);

	while (time(NULL) == began)
		(void)poll(NULL, 0, 20);
}

static void the_account_is_good(void **state)
{
	const struct cti_crm_ask a = { .verb = CTI_CRM_TEST };

	(void)state;
	cti_crm_answer_free(ask_ok(&a));
}

static void five_spellings(void **state)
{
	static const char *const spellings[] = { "+81398765432", "0398765432",
		"03-9876-5432", "0081 3 9876 5432", "(03)9876-5432" };
	char *id = create("健", "安部", "+81 3 9876 5432", "ken@umiyama.example");
	char *other = create("花", "林", "+81 3 1876 5432", NULL); /* one digit apart */

	(void)state;
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		const struct cti_crm_ask a = { .verb = CTI_CRM_LOOKUP,
			.number = spellings[i] };
		struct cti_crm_answer *answer = ask_ok(&a);
		char url[256];

		print_message("%s: %zu\n", spellings[i], answer->ncontacts);
		assert_int_equal(answer->ncontacts, 1);
		assert_string_equal(answer->contacts[0].id, id);
		assert_string_equal(answer->contacts[0].name, "安部 健");
		assert_int_equal(answer->contacts[0].nnumbers, 1);
		assert_int_equal(answer->contacts[0].nemails, 1);
		(void)snprintf(url, sizeof(url), "%s/#crm/model/party.party/%s",
			tryton_url(), id);
		assert_string_equal(answer->contacts[0].url, url);
		cti_crm_answer_free(answer);
	}
	free(id);
	free(other);
}

static void others_are_not_found(void **state)
{
	const struct cti_crm_ask a = { .verb = CTI_CRM_LOOKUP, .number = "+81311112222" };
	struct cti_crm_answer *answer = ask_ok(&a);

	(void)state;
	assert_int_equal(answer->ncontacts, 0);
	cti_crm_answer_free(answer);
}

static void mail_and_text(void **state)
{
	const struct cti_crm_ask mail = { .verb = CTI_CRM_LOOKUP_EMAIL,
		.email = "KEN@umiyama.example" };
	const struct cti_crm_ask text = { .verb = CTI_CRM_SEARCH, .text = "安部" };
	const struct cti_crm_ask wild = { .verb = CTI_CRM_SEARCH, .text = "%" };
	struct cti_crm_answer *answer = ask_ok(&mail);

	(void)state;
	assert_int_equal(answer->ncontacts, 1);
	cti_crm_answer_free(answer);
	answer = ask_ok(&text);
	assert_int_equal(answer->ncontacts, 1);
	assert_string_equal(answer->contacts[0].emails[0], "ken@umiyama.example");
	cti_crm_answer_free(answer);
	answer = ask_ok(&wild);
	assert_int_equal(answer->ncontacts, 0);
	cti_crm_answer_free(answer);
}

static void all_come_page_by_page(void **state)
{
	struct cti_crm_ask a = { .verb = CTI_CRM_SYNC, .limit = 2 };
	char cursor[32] = "";
	size_t total = 0;

	(void)state;
	free(create("三", "森", "+819011112222", NULL));
	for (int page = 0; page < 10; page++) {
		struct cti_crm_answer *answer = ask_ok(&a);
		const bool more = answer->cursor != NULL;

		total += answer->ncontacts;
		if (more)
			(void)snprintf(cursor, sizeof(cursor), "%s", answer->cursor);
		cti_crm_answer_free(answer);
		if (!more)
			break;
		a.cursor = cursor;
	}
	assert_int_equal(total, 3);
}

/* Parties that were made or changed since, their numbers too, and no others. */
static void only_changes_come(void **state)
{
	struct cti_crm_ask a = { .verb = CTI_CRM_SYNC };
	struct cti_crm_answer *answer = ask_ok(&a);
	const int64_t newest_us = answer->newest_us;
	char *id;

	(void)state;
	assert_true(newest_us > 0);
	cti_crm_answer_free(answer);
	a.since_us = newest_us + 1000000;
	answer = ask_ok(&a);
	assert_int_equal(answer->ncontacts, 0);
	cti_crm_answer_free(answer);
	next_second();
	next_second();
	id = create("五", "谷", "+819033334444", NULL);
	answer = ask_ok(&a);
	assert_int_equal(answer->ncontacts, 1);
	assert_string_equal(answer->contacts[0].id, id);
	assert_int_equal(answer->contacts[0].nnumbers, 1);
	assert_true(answer->newest_us >= a.since_us);
	cti_crm_answer_free(answer);
	free(id);
}

static void a_call_is_written_once(void **state)
{
	char *id = create("一", "原", "+81312340000", NULL);
	char *first = log_call(id, "0190aaaa-once", CTI_CRM_OK);
	char *second = log_call(id, "0190aaaa-once", CTI_CRM_OK);
	char *other = log_call(id, "0190bbbb-once", CTI_CRM_OK);

	(void)state;
	assert_non_null(first);
	assert_string_equal(first, second); /* it was there */
	assert_string_not_equal(first, other);
	free(id);
	free(first);
	free(second);
	free(other);
}

static void a_restart_in_between(void **state)
{
	const struct cti_crm_ask a = { .verb = CTI_CRM_LOOKUP, .number = "+81398765432" };
	char *id = create("二", "原", "+81312340001", NULL);
	char *first = log_call(id, "0190cccc-restart", CTI_CRM_OK);
	char *second;
	struct cti_crm_answer *answer;

	(void)state;
	tryton_restart();
	second = log_call(id, "0190cccc-restart", CTI_CRM_OK);
	assert_string_equal(first, second);
	answer = ask_ok(&a);
	assert_int_equal(answer->ncontacts, 1);
	cti_crm_answer_free(answer);
	free(id);
	free(first);
	free(second);
}

static void a_server_that_stands_still(void **state)
{
	const struct cti_crm_ask a = {
		.verb = CTI_CRM_LOOKUP, .number = "+81398765432", .deadline_ms = 500
	};
	char *id = create("四", "原", "+81312340002", NULL);
	struct cti_crm_answer *answer;
	char *first, *second;

	(void)state;
	tryton_pause();
	answer = ask(&a);
	assert_int_equal(answer->err, CTI_CRM_TIMEOUT);
	cti_crm_answer_free(answer);
	free(log_call(id, "0190dddd-stopped", CTI_CRM_TIMEOUT));
	tryton_resume();
	/* What had been sent is worked off now; the repetition finds it or writes it. */
	first = log_call(id, "0190dddd-stopped", CTI_CRM_OK);
	second = log_call(id, "0190dddd-stopped", CTI_CRM_OK);
	assert_string_equal(first, second);
	free(id);
	free(first);
	free(second);
}

static void a_wrong_password(void **state)
{
	struct cti_crm_conf wrong = conf;
	const struct cti_crms_conf set = {
		.crms = &wrong, .ncrms = 1, .ops = kinds, .nops = 1
	};
	const struct cti_crm_ask a = { .verb = CTI_CRM_TEST };
	struct cti_crms *good = crms;
	struct cti_crm_answer *answer;

	(void)state;
	wrong.password = (char *)"nope";
	assert_int_equal(cti_crms_start(&crms, &set), 0);
	answer = ask(&a);
	assert_string_equal(cti_crm_err_word(answer->err), "refused");
	cti_crm_answer_free(answer);
	cti_crms_stop(crms);
	crms = good;
}

static int up(void **state)
{
	const struct cti_crms_conf set = {
		.crms = &conf, .ncrms = 1, .ops = kinds, .nops = 1
	};

	(void)state;
	tryton_up();
	conf.url = (char *)tryton_url();
	return cti_crms_start(&crms, &set);
}

static int down(void **state)
{
	(void)state;
	cti_crms_stop(crms);
	tryton_down();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_account_is_good),
		cmocka_unit_test(five_spellings),
		cmocka_unit_test(others_are_not_found),
		cmocka_unit_test(mail_and_text),
		cmocka_unit_test(all_come_page_by_page),
		cmocka_unit_test(only_changes_come),
		cmocka_unit_test(a_call_is_written_once),
		cmocka_unit_test(a_restart_in_between),
		cmocka_unit_test(a_server_that_stands_still),
		cmocka_unit_test(a_wrong_password),
	};
	const char *why;

	if (!tryton_there(&why)) {
		(void)printf("skipped: %s\n", why);
		return 77;
	}
	return cmocka_run_group_tests(tests, up, down);
}
