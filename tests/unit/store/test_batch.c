/*
 * test_batch.c -- what of the journal is written, and what has given way to a newer
 * picture.
 */
#include "ahead.h"
#include "batch.h"
#include "store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct house {
	char dir[64];
	struct cti_journal *journal;
	struct cti_journal_reader *reader;
	struct cti_batch batch;
	struct cti_ahead *ahead;
};

static void open_house(struct house *h, size_t rows)
{
	struct cti_journal_conf conf = { .dir = h->dir,
		.segment_bytes = 1 << 20,
		.max_bytes = 1 << 26,
		.fsync = CTI_FSYNC_NEVER };

	(void)strcpy(h->dir, "/tmp/ringbridge-batch-XXXXXX");
	assert_non_null(mkdtemp(h->dir));
	assert_int_equal(cti_journal_open(&h->journal, &conf, NULL), 0);
	assert_int_equal(cti_journal_reader_alloc(&h->reader, h->dir, 0), 0);
	assert_int_equal(cti_batch_init(&h->batch, rows), 0);
	assert_int_equal(cti_ahead_alloc(&h->ahead), 0);
}

static void close_house(struct house *h)
{
	char command[96];

	cti_ahead_free(h->ahead);
	cti_batch_fini(&h->batch);
	cti_journal_reader_free(h->reader);
	cti_journal_close(h->journal);
	(void)snprintf(command, sizeof(command), "rm -r %s", h->dir);
	assert_int_equal(system(command), 0);
}

static void keep(struct house *h, uint16_t type, const char *json)
{
	assert_int_equal(
		cti_journal_append(h->journal, type, json, strlen(json), NULL), 0);
}

static void picture(struct house *h, unsigned call, unsigned version)
{
	char json[128];

	(void)snprintf(json, sizeof(json),
		"{\"id\":\"018bcfe5-6800-7000-8000-%012x\",\"pbx\":\"a\\\\\\\"b\","
		"\"version\":%u,\"legs\":[]}",
		call, version);
	keep(h, CTI_REC_CONVERSATION, json);
}

static void lost(struct house *h, unsigned call)
{
	char json[64];

	(void)snprintf(
		json, sizeof(json), "{\"id\":\"018bcfe5-6800-7000-8000-%012x\"}", call);
	keep(h, CTI_REC_LOST, json);
}

/* What the next batch writes: "call.version", or "call" of a lost one, in order. */
static const char *next_batch(struct house *h)
{
	static char text[256];
	size_t len = 0;

	assert_int_equal(cti_batch_fill(&h->batch, h->reader, h->ahead), 0);
	text[0] = '\0';
	for (size_t i = 0; i < h->batch.n; i++) {
		const struct cti_batch_rec *rec = &h->batch.recs[i];

		assert_int_equal(rec->superseded, rec->json == NULL);
		if (rec->superseded)
			continue;
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%ld",
			len ? " " : "", strtol(rec->id + 24, NULL, 16));
		if (rec->type == CTI_REC_CONVERSATION)
			len += (size_t)snprintf(text + len, sizeof(text) - len, ".%u",
				(unsigned)rec->version);
	}
	return text;
}

static void test_newest_picture_of_a_batch(void **state)
{
	struct house h;

	(void)state;
	open_house(&h, 100);
	for (unsigned v = 1; v <= 3; v++)
		for (unsigned call = 1; call <= 3; call++)
			picture(&h, call, v);
	picture(&h, 2, 2); /* an older one again, as after a restart */
	picture(&h, 3, 3);
	assert_string_equal(next_batch(&h), "1.3 2.3 3.3");
	assert_int_equal(h.batch.rows, 3);
	assert_int_equal(h.batch.gave_way, 8);
	assert_int_equal(h.batch.passed, 11);
	assert_false(h.batch.full);
	close_house(&h);
}

static void test_lost_and_found(void **state)
{
	struct house h;

	(void)state;
	open_house(&h, 100);
	picture(&h, 1, 5);
	lost(&h, 1);
	picture(&h, 2, 5);
	lost(&h, 2);
	picture(&h, 2, 6); /* heard of again */
	lost(&h, 3);
	picture(&h, 3, 1);
	picture(&h, 4, 9);
	lost(&h, 4);
	picture(&h, 4, 8); /* says nothing new */
	assert_string_equal(next_batch(&h), "1.5 1 2.6 3.1 4.9 4");
	close_house(&h);
}

static void test_backlog(void **state)
{
	struct house h;

	(void)state;
	open_house(&h, 2);
	for (unsigned v = 1; v <= 4; v++)
		for (unsigned call = 1; call <= 5; call++)
			picture(&h, call, v);
	lost(&h, 1);
	picture(&h, 5, 3);
	assert_int_equal(cti_ahead_look(h.ahead, h.dir, 0), 0);
	picture(&h, 1, 5); /* came after the look: written as well */
	assert_string_equal(next_batch(&h), "1.4 2.4");
	assert_true(h.batch.full);
	assert_true(h.batch.next_pos < cti_ahead_until(h.ahead));
	assert_string_equal(next_batch(&h), "3.4 4.4");
	assert_string_equal(next_batch(&h), "5.4 1");
	assert_string_equal(next_batch(&h), "1.5");
	assert_true(h.batch.next_pos > cti_ahead_until(h.ahead));
	assert_string_equal(next_batch(&h), "");
	assert_int_equal(h.batch.passed, 0);
	cti_ahead_clear(h.ahead);
	assert_int_equal(cti_ahead_until(h.ahead), 0);
	close_house(&h);
}

static void test_records_of_other_forms(void **state)
{
	struct house h;
	struct cti_batch_name name;

	(void)state;
	open_house(&h, 100);
	keep(&h, CTI_REC_CONVERSATION,
		"{\"version\": 3, \"id\": \"018bcfe5-6800-7000-8000-000000000001\"}");
	keep(&h, CTI_REC_CONVERSATION, "{\"id\":\"nobody\"}");
	keep(&h, CTI_REC_CONVERSATION, "{");
	keep(&h, CTI_REC_MARK, "what the route means by it");
	picture(&h, 1, 4);
	keep(&h, CTI_REC_CONVERSATION,
		"{\"version\": 5, \"id\": \"018bcfe5-6800-7000-8000-000000000001\"}");
	keep(&h, CTI_REC_AUDIT, "{}");
	assert_int_equal(cti_ahead_look(h.ahead, h.dir, 0), 0);
	assert_int_equal(cti_batch_fill(&h.batch, h.reader, h.ahead), 0);
	assert_int_equal(h.batch.damaged, 2);
	assert_int_equal(h.batch.rows, 2);
	assert_int_equal(h.batch.recs[h.batch.n - 2].version, 5);
	assert_int_equal(h.batch.recs[h.batch.n - 1].type, CTI_REC_AUDIT);
	close_house(&h);
	for (size_t cut = 0; cut < 80; cut++) { /* never past the end */
		static const char whole[] =
			"{\"id\":\"018bcfe5-6800-7000-8000-000000000001\",\"pbx\":\"\\\\\","
			"\"version\":12}";
		char *part = strndup(whole, cut);

		assert_int_equal(cti_batch_name(&name, part, strlen(part)),
			cut >= sizeof(whole) - 1);
		free(part);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_newest_picture_of_a_batch),
		cmocka_unit_test(test_lost_and_found),
		cmocka_unit_test(test_backlog),
		cmocka_unit_test(test_records_of_other_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
