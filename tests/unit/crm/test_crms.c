/*
 * test_crms.c -- asking CRMs that are slow, broken, cut off, limited or lying: each ask
 * has exactly one answer, with the right word, and nobody else waits for it.
 */
#include "crms.h"
#include "json.h"
#include "stub.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct cti_crm_ops *const kinds[] = { &cti_crm_http };

/* ---- waiting for answers ----------------------------------------------------------- */

struct answers {
	pthread_mutex_t lock;
	pthread_cond_t came;
	struct cti_crm_answer *v[512];
	size_t n;
};

static void on_answer(struct cti_crm_answer *a, void *arg)
{
	struct answers *w = arg;

	(void)pthread_mutex_lock(&w->lock);
	assert_true(w->n < 512);
	w->v[w->n++] = a;
	(void)pthread_cond_broadcast(&w->came);
	(void)pthread_mutex_unlock(&w->lock);
}

static void wait_for(struct answers *w, size_t n)
{
	(void)pthread_mutex_lock(&w->lock);
	while (w->n < n)
		(void)pthread_cond_wait(&w->came, &w->lock);
	(void)pthread_mutex_unlock(&w->lock);
}

static void forget(struct answers *w)
{
	for (size_t i = 0; i < w->n; i++)
		cti_crm_answer_free(w->v[i]);
	w->n = 0;
}

/* ---- a set of CRMs over one stub ----------------------------------------------------- */

struct world {
	struct stub *stub;
	struct cti_crms *crms;
	struct cti_crm_conf conf[2];
	struct cti_pair params[2][2];
	struct answers answers;
	atomic_uint tokens; /* log-ins */
	char traced[65536];
	size_t ntraced;
};

static char *text(const char *s)
{
	char *copy = strdup(s);

	assert_non_null(copy);
	return copy;
}

/* /NAME decides what happens. */
static void by_path(const struct stub_request *req, struct stub_reply *r, void *arg)
{
	struct world *w = arg;
	const char *p = req->path + 1;

	r->body = text("{\"id\": 7, \"note\": \"hunter22\"}");
	if (strncmp(p, "slow", 4) == 0)
		r->hold = true;
	else if (strncmp(p, "cut", 3) == 0)
		r->cut = true;
	else if (strncmp(p, "slam", 4) == 0)
		r->slam = true;
	else if (strncmp(p, "other", 5) == 0)
		r->headers = "Location: http://127.25.0.2:9/\r\n", r->status = 302;
	else if (strncmp(p, "same", 4) == 0)
		r->headers = "Location: /ok\r\n", r->status = 307;
	else if (strncmp(p, "429", 3) == 0)
		r->headers = "Retry-After: 77\r\n", r->status = 429;
	else if (p[0] >= '4' && p[0] <= '5')
		r->status = (unsigned)strtoul(p, NULL, 10);
	if (strncmp(p, "wrong", 5) == 0 || strncmp(p, "huge", 4) == 0) {
		free(r->body);
		r->body = text("<html>not JSON</html>");
	}
	if (strncmp(p, "huge", 4) == 0) {
		r->body = realloc(r->body, (2 << 20) + 1);
		assert_non_null(r->body);
		memset(r->body, ' ', 2 << 20);
		r->body[2 << 20] = '\0';
	}
	if (strncmp(p, "token", 5) == 0) {
		free(r->body);
		r->body = text("{\"access_token\": \"tok-4711\"}");
		(void)atomic_fetch_add(&w->tokens, 1);
	}
}

static void on_trace(const struct cti_crms_trace *t, void *arg)
{
	struct world *w = arg;
	int n = snprintf(w->traced + w->ntraced, sizeof(w->traced) - w->ntraced,
		"%s %s %s %u %.200s\n", t->reply ? "<" : ">", t->method, t->url,
		t->status, t->body);

	assert_true(n > 0 && w->ntraced + (size_t)n < sizeof(w->traced));
	w->ntraced += (size_t)n;
	for (size_t i = 0; i < t->nheaders; i++) {
		n = snprintf(w->traced + w->ntraced, sizeof(w->traced) - w->ntraced,
			"%s: %s\n", t->headers[i].name, t->headers[i].value);
		w->ntraced += (size_t)n;
	}
}

/* Two CRMs: "a" at path_a and "b" at path_b of the template. */
static void begin(
	struct world *w, const char *template, const char *path_a, const char *path_b)
{
	const char *const paths[] = { path_a, path_b };
	struct cti_crms_conf conf = { .crms = w->conf,
		.ncrms = 2,
		.ops = kinds,
		.nops = 1,
		.trace = on_trace,
		.arg = w };

	memset(w, 0, sizeof(*w));
	(void)pthread_mutex_init(&w->answers.lock, NULL);
	(void)pthread_cond_init(&w->answers.came, NULL);
	w->stub = stub_start(by_path, w);
	for (int i = 0; i < 2; i++) {
		w->params[i][0] =
			(struct cti_pair){ (char *)"Base", (char *)stub_url(w->stub) };
		w->params[i][1] = (struct cti_pair){ (char *)"Path", (char *)paths[i] };
		w->conf[i] = (struct cti_crm_conf){ .name = (char *)(i ? "b" : "a"),
			.kind = (char *)"http",
			.template = (char *)template,
			.params = { w->params[i], paths[i] ? 2 : 1 },
			.country = (char *)"JP",
			.max_requests = 4,
			.lookup_ms = 30000,
			.log_ms = 30000 };
	}
	assert_int_equal(cti_crms_start(&w->crms, &conf), 0);
}

static void end(struct world *w)
{
	cti_crms_stop(w->crms);
	forget(&w->answers);
	stub_stop(w->stub);
	(void)pthread_cond_destroy(&w->answers.came);
	(void)pthread_mutex_destroy(&w->answers.lock);
}

static uint64_t post_ask(
	struct world *w, const char *crm, enum cti_crm_verb verb, uint32_t deadline_ms)
{
	const struct cti_crm_call call = { .key = "0190-call", .number = "+81312345678" };
	const struct cti_crm_ask ask = { .verb = verb,
		.number = "+81312345678",
		.call = verb == CTI_CRM_LOG_CALL ? &call : NULL,
		.deadline_ms = deadline_ms };
	uint64_t id = 0;

	assert_int_equal(
		cti_crms_ask(w->crms, crm, &ask, on_answer, &w->answers, &id), 0);
	return id;
}

/* Asks, waits, and hands out the answer. */
static struct cti_crm_answer *ask(
	struct world *w, const char *crm, enum cti_crm_verb verb, uint32_t deadline_ms)
{
	const size_t before = w->answers.n;

	(void)post_ask(w, crm, verb, deadline_ms);
	wait_for(&w->answers, before + 1);
	return w->answers.v[before];
}

static const char fault[] = CTI_TEST_DATA "/crm-templates/fault.xml";
static const char login[] = CTI_TEST_DATA "/crm-templates/login.xml";

/* ---- faults ------------------------------------------------------------------------------ */

static void faults_have_words(void **state)
{
	static const struct {
		const char *path;
		enum cti_crm_err lookup, log;
		bool maybe_done; /* of log */
	} table[] = {
		{ "ok", CTI_CRM_OK, CTI_CRM_OK, false },
		{ "500", CTI_CRM_FAULT, CTI_CRM_FAULT, true },
		{ "503", CTI_CRM_FAULT, CTI_CRM_FAULT, true },
		{ "404", CTI_CRM_OK, CTI_CRM_GONE, false }, /* nobody has this number */
		{ "400", CTI_CRM_REJECTED, CTI_CRM_REJECTED, false },
		{ "401", CTI_CRM_REFUSED, CTI_CRM_REFUSED, false },
		{ "403", CTI_CRM_REFUSED, CTI_CRM_REFUSED, false },
		{ "429", CTI_CRM_LIMITED, CTI_CRM_LIMITED, false },
		{ "wrong", CTI_CRM_BAD_REPLY, CTI_CRM_OK,
			false }, /* 200: it is written */
		{ "cut", CTI_CRM_BAD_REPLY, CTI_CRM_BAD_REPLY, true },
		{ "slam", CTI_CRM_UNREACHABLE, CTI_CRM_UNREACHABLE, true },
		{ "huge", CTI_CRM_BAD_REPLY, CTI_CRM_BAD_REPLY, true },
		{ "other", CTI_CRM_UNSAFE, CTI_CRM_UNSAFE, true },
		{ "same", CTI_CRM_OK, CTI_CRM_UNSAFE, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct world w;
		const struct cti_crm_answer *a;

		/* "a" and "b" have a breaker each: 429 pauses the one it was told to. */
		begin(&w, fault, table[i].path, table[i].path);
		a = ask(&w, "a", CTI_CRM_LOOKUP, 0);
		print_message("%-6s %s | ", table[i].path, cti_crm_err_word(a->err));
		assert_string_equal(
			cti_crm_err_word(a->err), cti_crm_err_word(table[i].lookup));
		assert_null(strstr(a->detail, "html")); /* never a body */
		a = ask(&w, "b", CTI_CRM_LOG_CALL, 0);
		print_message("%s\n", cti_crm_err_word(a->err));
		assert_string_equal(
			cti_crm_err_word(a->err), cti_crm_err_word(table[i].log));
		assert_int_equal(a->maybe_done, table[i].maybe_done);
		end(&w);
	}
}

static void a_slow_crm_holds_up_nobody(void **state)
{
	struct world w;
	const struct cti_crm_answer *a;

	(void)state;
	begin(&w, fault, "slow", "ok");
	for (int i = 0; i < 20; i++)
		(void)post_ask(&w, "a", CTI_CRM_LOOKUP, 3600000);
	(void)post_ask(&w, "a", CTI_CRM_LOG_CALL, 3600000);
	stub_wait(w.stub, 4); /* as many as max_requests, and all of them held */
	a = ask(&w, "b", CTI_CRM_LOOKUP, 0);
	assert_int_equal(a->err, CTI_CRM_OK);
	assert_int_equal(a->ncontacts, 1);
	assert_string_equal(a->contacts[0].name, "N7");
	assert_int_equal(stub_requests(w.stub), 5);
	a = ask(&w, "a", CTI_CRM_LOOKUP, 1); /* no room before its time is over */
	assert_int_equal(a->err, CTI_CRM_TIMEOUT);
	assert_int_equal(a->requests, 0);
	assert_false(a->maybe_done);
	cti_crms_stop(w.crms); /* 21 answers: cancelled */
	w.crms = NULL;
	assert_int_equal(w.answers.n, 23);
	for (size_t i = 2; i < 23; i++)
		assert_int_equal(w.answers.v[i]->err, CTI_CRM_CANCELLED);
	end(&w);
}

static void a_deadline_passes(void **state)
{
	struct world w;
	const struct cti_crm_answer *a;

	(void)state;
	begin(&w, fault, "slow", "slow");
	a = ask(&w, "a", CTI_CRM_LOG_CALL, 100);
	assert_int_equal(a->err, CTI_CRM_TIMEOUT);
	assert_true(a->maybe_done); /* who knows */
	a = ask(&w, "b", CTI_CRM_LOOKUP, 100);
	assert_int_equal(a->err, CTI_CRM_TIMEOUT);
	assert_false(a->maybe_done);
	end(&w);
}

static void an_ask_is_cancelled(void **state)
{
	struct world w;
	uint64_t id;

	(void)state;
	begin(&w, fault, "slow", "ok");
	id = post_ask(&w, "a", CTI_CRM_LOOKUP, 0);
	stub_wait(w.stub, 1);
	cti_crms_cancel(w.crms, id);
	wait_for(&w.answers, 1);
	assert_int_equal(w.answers.v[0]->err, CTI_CRM_CANCELLED);
	cti_crms_cancel(w.crms, id); /* too late: nothing */
	assert_int_equal(ask(&w, "b", CTI_CRM_LOOKUP, 0)->err, CTI_CRM_OK);
	assert_int_equal(w.answers.n, 2);
	end(&w);
}

static void the_breaker_opens(void **state)
{
	struct world w;
	struct cti_crms_status st;

	(void)state;
	begin(&w, fault, "500", "429");
	for (int i = 0; i < 5; i++)
		assert_int_equal(ask(&w, "a", CTI_CRM_LOOKUP, 0)->err, CTI_CRM_FAULT);
	assert_int_equal(ask(&w, "a", CTI_CRM_LOOKUP, 0)->err, CTI_CRM_PAUSED);
	assert_int_equal(stub_requests(w.stub), 5);
	assert_int_equal(ask(&w, "b", CTI_CRM_LOOKUP, 0)->err, CTI_CRM_LIMITED);
	assert_int_equal(w.answers.v[6]->retry_after_s, 77);
	assert_int_equal(ask(&w, "b", CTI_CRM_LOOKUP, 0)->err, CTI_CRM_PAUSED);
	assert_int_equal(stub_requests(w.stub), 6);
	assert_int_equal(cti_crms_status(w.crms, "a", &st), 0);
	assert_true(st.paused);
	assert_int_equal(st.asks, 6);
	assert_int_equal(st.failures, 6);
	assert_int_equal(cti_crms_status(w.crms, "c", &st), ENOENT);
	end(&w);
}

static void one_log_in_for_many(void **state)
{
	struct world w;

	(void)state;
	begin(&w, login, NULL, NULL);
	for (int i = 0; i < 50; i++)
		(void)post_ask(&w, "a", CTI_CRM_LOOKUP, 0);
	wait_for(&w.answers, 50);
	for (int i = 0; i < 50; i++)
		assert_int_equal(w.answers.v[i]->err, CTI_CRM_OK);
	assert_int_equal(atomic_load(&w.tokens), 1);
	assert_int_equal(stub_requests(w.stub), 51);
	end(&w);
	assert_null(strstr(w.traced, "tok-4711"));
}

static void secrets_are_masked(void **state)
{
	struct world w;

	(void)state;
	begin(&w, fault, "ok", "ok");
	(void)ask(&w, "a", CTI_CRM_LOOKUP, 0);
	(void)ask(&w, "a", CTI_CRM_LOG_CALL, 0);
	end(&w);
	assert_non_null(strstr(w.traced, "s=****"));
	assert_non_null(strstr(w.traced, "X-Api-Key: ****"));
	assert_non_null(strstr(w.traced, "\"secret\":\"****\""));
	assert_null(strstr(w.traced, "hunter22"));
}

static void mistakes_are_answers(void **state)
{
	struct world w;
	const struct cti_crm_ask lookup = { .verb = CTI_CRM_LOOKUP, .number = "1" };

	(void)state;
	begin(&w, fault, "ok", "ok");
	assert_int_equal(
		cti_crms_ask(w.crms, "c", &lookup, on_answer, &w.answers, NULL), ENOENT);
	assert_int_equal(ask(&w, "a", CTI_CRM_SEARCH, 0)->err, CTI_CRM_UNSUPPORTED);
	assert_int_equal(cti_crms_caps(w.crms, "a"),
		1u << CTI_CRM_LOOKUP | 1u << CTI_CRM_LOG_CALL | 1u << CTI_CRM_TEST);
	end(&w);
	begin(&w, "/nowhere.xml", "ok", "ok");
	assert_int_equal(ask(&w, "a", CTI_CRM_LOOKUP, 0)->err, CTI_CRM_UNSUPPORTED);
	assert_int_equal(cti_crms_caps(w.crms, "a"), 0);
	end(&w);
}

static void too_many_wait(void **state)
{
	struct world w;
	size_t busy = 0;

	(void)state;
	begin(&w, fault, "slow", "ok");
	for (int i = 0; i < 300; i++)
		(void)post_ask(&w, "a", CTI_CRM_LOOKUP, 3600000);
	wait_for(&w.answers, 300 - 256);
	for (size_t i = 0; i < 300 - 256; i++)
		busy += w.answers.v[i]->err == CTI_CRM_BUSY;
	assert_int_equal(busy, 300 - 256);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_have_words),
		cmocka_unit_test(a_slow_crm_holds_up_nobody),
		cmocka_unit_test(a_deadline_passes),
		cmocka_unit_test(an_ask_is_cancelled),
		cmocka_unit_test(the_breaker_opens),
		cmocka_unit_test(one_log_in_for_many),
		cmocka_unit_test(secrets_are_masked),
		cmocka_unit_test(mistakes_are_answers),
		cmocka_unit_test(too_many_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
