/*
 * test_restart.c -- a process ends at any moment; the next one knows the same calls by
 * the same ids, tells each once, and forgets none.
 */
#include "input_codec.h"
#include "restart.h"
#include "route.h"
#include "strmap.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const int64_t T0 = 1795509660000000;

static const char conf_text[] =
	"[pbx main]\nlines = 201-206\ntrunks = itsp\n"
	"ami_address = 127.0.0.1:5038\nami_user = u\nami_secret = s\n";

static char folder[64], input_dir[96], record_dir[96];
static struct cti_config *config;
static int64_t clock_us;

static int setup(void **state)
{
	struct cti_conf_problems p = { 0 };

	(void)state;
	(void)strcpy(folder, "/tmp/rb-restart-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(input_dir, sizeof(input_dir), "%s/input", folder);
	(void)snprintf(record_dir, sizeof(record_dir), "%s/record", folder);
	clock_us = T0;
	return cti_config_parse(&config, "test", conf_text, strlen(conf_text), &p);
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	cti_config_free(config);
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

/* ---- a process --------------------------------------------------------------------------- */

struct process {
	struct cti_route route;
	struct cti_restart_found found;
};

static struct cti_journal *open_journal(const char *dir)
{
	const struct cti_journal_conf conf = { .dir = dir,
		.segment_bytes = 8192,
		.max_bytes = 256 << 20,
		.fsync = CTI_FSYNC_NEVER };
	struct cti_journal *j = NULL;

	assert_int_equal(0, cti_journal_open(&j, &conf, NULL));
	return j;
}

static struct process *start(void)
{
	static const struct cti_reader_ops *const readers[] = { &cti_reader_ami, NULL };
	const struct cti_pbx_conf *const pbxs[] = { &config->pbxs[0] };
	const struct cti_source_conf conf = { .pbxs = pbxs, .n = 1 };
	struct process *p = calloc(1, sizeof(*p));
	struct cti_model_effects effects;

	assert_non_null(p);
	p->route.config = config;
	p->route.input = open_journal(input_dir);
	p->route.record = open_journal(record_dir);
	effects = cti_route_effects(&p->route);
	assert_int_equal(0, cti_route_init(&p->route));
	assert_int_equal(0, cti_model_alloc(&p->route.model,
				    cti_journal_epoch(p->route.input), &effects));
	assert_int_equal(
		0, cti_source_alloc(&p->route.source, &conf, readers, p->route.model));
	assert_int_equal(0, cti_restart_run(&p->route, input_dir, record_dir, &p->found));
	return p;
}

/* What is in the journals stays; all else is gone. Kill and orderly end are the same. */
static void end(struct process *p)
{
	cti_source_free(p->route.source);
	cti_model_free(p->route.model);
	cti_route_fini(&p->route);
	cti_journal_close(p->route.input);
	cti_journal_close(p->route.record);
	free(p);
}

/* ---- calls --------------------------------------------------------------------------------- */

static struct cti_input ami(const char *text)
{
	clock_us += 1000;
	return (struct cti_input){ .at_us = clock_us,
		.kind = CTI_INPUT_AMI,
		.source = CTI_PROV_API,
		.pbx = "main",
		.line = "",
		.ctype = "",
		.data = text,
		.len_bytes = strlen(text) };
}

/* The steps of a call from outside to line 201 + call % 6, by number of call. */
enum { STEPS = 8 };

static void step_text(char *buf, size_t size, unsigned call, unsigned step)
{
	static const char *const forms[STEPS] = {
		"Event: Newchannel\r\nChannel: PJSIP/itsp-%08x\r\nChannelState: 4\r\n"
		"CallerIDNum: 0312345678\r\nContext: from-itsp\r\nExten: 0355501234\r\n"
		"Uniqueid: 1.%u\r\nLinkedid: 1.%u",
		"Event: Newchannel\r\nChannel: PJSIP/%u-%08x\r\nChannelState: 0\r\n"
		"Context: from-internal\r\nExten: s\r\nUniqueid: 2.%u\r\nLinkedid: 1.%u",
		"Event: DialBegin\r\nChannel: PJSIP/itsp-%08x\r\nUniqueid: 1.%u\r\nLinkedid: 1.%u\r\n"
		"DestChannel: PJSIP/%u-%08x\r\nDestUniqueid: 2.%u\r\nDestLinkedid: 1.%u\r\n"
		"DialString: 201",
		"Event: Newstate\r\nChannel: PJSIP/%u-%08x\r\nChannelState: 5\r\n"
		"ChannelStateDesc: Ringing\r\nUniqueid: 2.%u\r\nLinkedid: 1.%u",
		"Event: Newstate\r\nChannel: PJSIP/%u-%08x\r\nChannelState: 6\r\n"
		"ChannelStateDesc: Up\r\nUniqueid: 2.%u\r\nLinkedid: 1.%u",
		"Event: DialEnd\r\nChannel: PJSIP/itsp-%08x\r\nUniqueid: 1.%u\r\nLinkedid: 1.%u\r\n"
		"DestChannel: PJSIP/%u-%08x\r\nDestUniqueid: 2.%u\r\nDestLinkedid: 1.%u\r\n"
		"DialStatus: ANSWER",
		"Event: Hangup\r\nChannel: PJSIP/%u-%08x\r\nUniqueid: 2.%u\r\nLinkedid: 1.%u\r\n"
		"Cause: 16",
		"Event: Hangup\r\nChannel: PJSIP/itsp-%08x\r\nUniqueid: 1.%u\r\nLinkedid: 1.%u\r\n"
		"Cause: 16",
	};
	const unsigned line = 201 + call % 6;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	switch (step) {
	case 0:
	case 7:
		(void)snprintf(buf, size, forms[step], call, call, call);
		break;
	case 2:
	case 5:
		(void)snprintf(
			buf, size, forms[step], call, call, call, line, call, call, call);
		break;
	default:
		(void)snprintf(buf, size, forms[step], line, call, call, call);
		break;
	}
#pragma GCC diagnostic pop
}

static void feed(struct process *p, unsigned call, unsigned step)
{
	struct cti_input in;
	char text[512];

	step_text(text, sizeof(text), call, step);
	in = ami(text);
	assert_int_equal(0, cti_route_input(&p->route, &in));
}

/* ---- what the store would see ----------------------------------------------------------------- */

struct told {
	unsigned records, ends, lost;
	unsigned calls; /* ids */
};

struct call_told {
	unsigned ends, lost;
};

static bool add_up(const char *id, void *value, void *arg)
{
	const struct call_told *c = value;
	struct told *t = arg;

	(void)id;
	t->calls++;
	t->ends += c->ends > 0;
	t->lost += c->lost > 0;
	return true;
}

static void note(
	struct cti_strmap *calls, const struct cti_journal_rec *rec, struct told *t)
{
	const struct cti_json_node *root;
	struct cti_json *doc = NULL;
	struct call_told *c;

	if (rec->type != CTI_REC_CONVERSATION && rec->type != CTI_REC_LOST)
		return;
	assert_int_equal(0, cti_json_parse(&doc, rec->data, rec->len_bytes));
	root = cti_json_root(doc);
	c = cti_strmap_get(calls, cti_json_str(root, "id"));
	if (!c) {
		c = calloc(1, sizeof(*c));
		assert_int_equal(
			0, cti_strmap_put(calls, cti_json_str(root, "id"), c, NULL));
	}
	t->records++;
	c->ends += cti_json_str(root, "ended_at") != NULL;
	c->lost += rec->type == CTI_REC_LOST;
	cti_json_free(doc);
}

static struct told read_told(void)
{
	struct cti_journal_reader *r = NULL;
	struct cti_journal_rec rec;
	struct cti_strmap *calls = NULL;
	struct told t = { 0 };

	assert_int_equal(0, cti_strmap_alloc(&calls));
	assert_int_equal(0, cti_journal_reader_alloc(&r, record_dir, 0));
	while (cti_journal_next(r, &rec) == 0)
		note(calls, &rec, &t);
	cti_strmap_each(calls, add_up, &t);
	cti_journal_reader_free(r);
	cti_strmap_free(calls, free);
	return t;
}

/* ---- tests ------------------------------------------------------------------------------------- */

static void without_a_restart_each_call_is_told_once(void **state)
{
	struct process *p = start();
	struct told t;

	(void)state;
	for (unsigned s = 0; s < STEPS; s++)
		feed(p, 1, s);
	t = read_told();
	assert_int_equal(1, t.calls);
	assert_int_equal(1, t.ends);
	assert_int_equal(0, cti_opens_count(p->route.opens));
	end(p);
}

/* Ended at each step of a call, and at each step of two that overlap. */
static void a_call_goes_on_in_the_next_process(void **state)
{
	(void)state;
	for (unsigned cut = 1; cut < 2 * STEPS; cut++) {
		struct process *p;
		struct told t;

		assert_int_equal(0, setup(NULL));
		p = start();
		for (unsigned s = 0; s < 2 * STEPS; s++) {
			if (s == cut) {
				end(p);
				p = start();
			}
			feed(p, s % 2, s / 2);
		}
		t = read_told();
		assert_int_equal(2, t.calls);
		assert_int_equal(2, t.ends);
		assert_int_equal(0, t.lost);
		assert_int_equal(0, cti_opens_count(p->route.opens));
		end(p);
		assert_int_equal(0, teardown(NULL));
	}
}

static void what_was_only_journalled_is_applied_by_the_next_process(void **state)
{
	struct cti_buf buf = { 0 };
	struct cti_journal *j;
	struct cti_input in;
	struct process *p;
	char text[512];
	struct told t;

	(void)state;
	p = start();
	for (unsigned s = 0; s + 1 < STEPS; s++)
		feed(p, 1, s);
	end(p);
	/* Acknowledged, and killed before the model heard of it. */
	step_text(text, sizeof(text), 1, STEPS - 1);
	in = ami(text);
	assert_int_equal(0, cti_input_encode(&buf, &in));
	j = open_journal(input_dir);
	assert_int_equal(
		0, cti_journal_append(j, CTI_INPUT_AMI, buf.data, buf.len, NULL));
	cti_journal_close(j);
	cti_buf_reset(&buf);
	p = start();
	assert_int_equal(1, p->found.fresh);
	t = read_told();
	assert_int_equal(1, t.calls);
	assert_int_equal(1, t.ends);
	end(p);
}

/* One call begins before the other and ends before the end: after trimming, its second
 * half is read again and is not a call. */
static void halves_of_old_calls_are_not_told(void **state)
{
	struct process *p;
	struct told before;
	struct told after;

	(void)state;
	p = start();
	for (unsigned s = 0; s < 4; s++)
		feed(p, 1, s);
	for (unsigned s = 0; s < 6; s++)
		feed(p, 2, s);
	for (unsigned s = 4; s < STEPS; s++)
		feed(p, 1, s);
	before = read_told();
	assert_int_equal(2, before.calls);
	assert_int_equal(1, before.ends);
	end(p);
	p = start();
	assert_int_equal(1, p->found.live);
	for (unsigned s = 6; s < STEPS; s++)
		feed(p, 2, s);
	after = read_told();
	assert_int_equal(2, after.calls);
	assert_int_equal(2, after.ends);
	end(p);
}

static void a_call_that_does_not_come_back_is_lost(void **state)
{
	char command[128];
	struct process *p;
	struct told t;

	(void)state;
	p = start();
	for (unsigned s = 0; s < 4; s++)
		feed(p, 1, s);
	end(p);
	(void)snprintf(command, sizeof(command), "rm -r %s", input_dir);
	assert_int_equal(0, system(command));
	p = start();
	assert_int_equal(1, p->found.lost);
	end(p);
	p = start(); /* told once, not at each start */
	assert_int_equal(0, p->found.lost);
	t = read_told();
	assert_int_equal(1, t.calls);
	assert_int_equal(1, t.lost);
	end(p);
}

/* Many calls, many restarts, trimming in between. */
static void many_restarts_lose_and_double_nothing(void **state)
{
	enum { CALLS = 60, OVERLAP = 5 };
	struct process *p = start();
	struct told t;

	(void)state;
	srand(11);
	for (unsigned tick = 0; tick < CALLS + OVERLAP * STEPS; tick++) {
		for (unsigned call = 0; call < CALLS; call++) {
			if (tick >= call && (tick - call) % OVERLAP == 0 &&
				(tick - call) / OVERLAP < STEPS)
				feed(p, call, (tick - call) / OVERLAP);
			if (rand() % 400 == 0) {
				end(p);
				p = start();
			}
		}
		cti_route_trim(&p->route);
	}
	t = read_told();
	assert_int_equal(0, cti_opens_count(p->route.opens));
	assert_int_equal(CALLS, t.calls);
	assert_int_equal(CALLS, t.ends);
	assert_int_equal(0, t.lost);
	end(p);
}

static void marks_are_read_as_they_were_written(void **state)
{
	const struct cti_mark mark = { .done_pos = UINT64_MAX, .oldest_pos = 12345 };
	char text[CTI_MARK_BYTES];
	const size_t len = cti_mark_format(text, &mark);
	struct cti_mark back;

	(void)state;
	assert_int_equal(0, cti_mark_parse(&back, text, len));
	assert_true(back.done_pos == mark.done_pos && back.oldest_pos == mark.oldest_pos);
	for (size_t n = 0; n < len; n++)
		assert_int_equal(EBADMSG, cti_mark_parse(&back, text, n));
	text[3] = 'x';
	assert_int_equal(EBADMSG, cti_mark_parse(&back, text, len));
}

int main(void)
{
#define RESTART_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		RESTART_TEST(without_a_restart_each_call_is_told_once),
		cmocka_unit_test(a_call_goes_on_in_the_next_process),
		RESTART_TEST(what_was_only_journalled_is_applied_by_the_next_process),
		RESTART_TEST(halves_of_old_calls_are_not_told),
		RESTART_TEST(a_call_that_does_not_come_back_is_lost),
		RESTART_TEST(many_restarts_lose_and_double_nothing),
		cmocka_unit_test(marks_are_read_as_they_were_written),
	};

	return cmocka_run_group_tests_name("restart", tests, NULL, NULL);
}
