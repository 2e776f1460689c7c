/*
 * test_journal.c -- the appender: positions, torn tails at every byte, limits, full
 * disks, trimming, one owner.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "folder.h"

static struct cti_journal *open_journal(
	const struct cti_journal_conf *conf, struct cti_journal_found *found)
{
	struct cti_journal *j = NULL;

	assert_int_equal(0, cti_journal_open(&j, conf, found));
	return j;
}

static uint64_t append(struct cti_journal *j, const char *text)
{
	uint64_t pos = 0;

	assert_int_equal(0, cti_journal_append(j, 7, text, strlen(text), &pos));
	return pos;
}

/* Reads all from from; returns how many records, checks that they are text0, text1... */
static unsigned read_all(uint64_t from)
{
	struct cti_journal_reader *r = NULL;
	struct cti_journal_rec rec;
	unsigned n = 0;
	int err;

	assert_int_equal(0, cti_journal_reader_alloc(&r, folder, from));
	while ((err = cti_journal_next(r, &rec)) == 0) {
		char want[32];

		(void)snprintf(want, sizeof(want), "text%u", n++);
		assert_int_equal(7, rec.type);
		assert_int_equal(strlen(want), rec.len_bytes);
		assert_memory_equal(want, rec.data, rec.len_bytes);
	}
	assert_int_equal(ENODATA, err);
	cti_journal_reader_free(r);
	return n;
}

static void append_texts(struct cti_journal *j, unsigned from, unsigned to)
{
	for (; from < to; from++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "text%u", from);
		(void)append(j, text);
	}
}

static void what_is_held_is_there_when_it_is_released(void **state)
{
	const struct cti_journal_conf conf = folder_conf();
	struct cti_journal *j = open_journal(&conf, NULL);
	struct cti_journal_stats st;
	uint64_t end;

	(void)state;
	append_texts(j, 0, 2);
	end = cti_journal_end(j);
	cti_journal_hold(j);
	assert_int_equal(end, append(j, "text2"));
	assert_true(append(j, "text3") > end);
	assert_int_equal(end, cti_journal_end(j));
	assert_int_equal(2, read_all(0));
	assert_int_equal(0, cti_journal_release(j));
	assert_int_equal(4, read_all(0));
	cti_journal_hold(j);
	append_texts(j, 4, 500); /* several segments: all but the last are written */
	assert_int_equal(0, cti_journal_release(j));
	assert_int_equal(0, cti_journal_release(j)); /* nothing more */
	assert_int_equal(500, read_all(0));
	cti_journal_stats(j, &st);
	assert_int_equal(500, st.records);
	cti_journal_hold(j);
	append_texts(j, 500, 503);
	cti_journal_close(j); /* releases */
	assert_int_equal(503, read_all(0));
}

static void what_is_appended_is_read(void **state)
{
	const struct cti_journal_conf conf = folder_conf();
	struct cti_journal *j = open_journal(&conf, NULL);

	(void)state;
	append_texts(j, 0, 500); /* several segments */
	assert_int_equal(500, read_all(0));
	cti_journal_close(j);
	assert_int_equal(500, read_all(0));
}

static void an_empty_record_is_a_record(void **state)
{
	const struct cti_journal_conf conf = folder_conf();
	struct cti_journal *j = open_journal(&conf, NULL);
	struct cti_journal_reader *r = NULL;
	struct cti_journal_rec rec;

	(void)state;
	assert_int_equal(0, cti_journal_append(j, 3, NULL, 0, NULL));
	assert_int_equal(0, cti_journal_reader_alloc(&r, folder, 0));
	assert_int_equal(0, cti_journal_next(r, &rec));
	assert_int_equal(3, rec.type);
	assert_int_equal(0, rec.len_bytes);
	assert_int_equal(ENODATA, cti_journal_next(r, &rec));
	cti_journal_reader_free(r);
	cti_journal_close(j);
}

static void positions_never_repeat_and_the_epoch_stays(void **state)
{
	const struct cti_journal_conf conf = folder_conf();
	uint64_t seen = 0;
	uint64_t epoch = 0;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct cti_journal_found found;
		struct cti_journal *j = open_journal(&conf, &found);
		char text[32];
		uint64_t pos;

		(void)snprintf(text, sizeof(text), "text%u", i);
		assert_true(found.epoch != 0);
		assert_true(i == 0 || found.epoch == epoch);
		epoch = found.epoch;
		pos = append(j, text);
		assert_true(i == 0 || pos > seen);
		assert_true(pos >= found.end_pos);
		seen = pos;
		cti_journal_close(j);
	}
	assert_int_equal(5, read_all(0));
}

/* Lost to a power cut, read before it: a later record must not take its position. */
static void a_lost_tail_does_not_give_its_positions_away(void **state)
{
	const struct cti_journal_conf conf = folder_conf();
	struct cti_journal *j = open_journal(&conf, NULL);
	char path[512];
	uint64_t lost;

	(void)state;
	(void)append(j, "text0");
	lost = append(j, "lost");
	cti_journal_close(j);
	folder_newest(path);
	assert_int_equal(0, truncate(path, (off_t)lost));
	j = open_journal(&conf, NULL);
	assert_true(append(j, "text1") > lost);
	assert_int_equal(2, read_all(0));
	cti_journal_close(j);
}

static void a_torn_tail_is_cut_at_every_byte(void **state)
{
	const struct cti_journal_conf conf = folder_conf();
	const char last[] = "text2";
	const size_t whole = 12 + sizeof(last) - 1;

	(void)state;
	for (size_t keep = 0; keep <= whole; keep++) {
		struct cti_journal_found found;
		struct cti_journal *j = open_journal(&conf, NULL);
		char path[512];
		struct stat st;

		append_texts(j, 0, 3);
		cti_journal_close(j);
		folder_newest(path);
		assert_int_equal(0, stat(path, &st));
		assert_int_equal(0, truncate(path, st.st_size - (off_t)(whole - keep)));
		j = open_journal(&conf, &found);
		assert_int_equal(keep == whole ? 0 : keep, found.cut_bytes);
		append_texts(j, keep == whole ? 3 : 2, 5);
		assert_int_equal(5, read_all(0));
		cti_journal_close(j);
		assert_int_equal(0, folder_remove(NULL));
		assert_int_equal(0, mkdir(folder, 0700));
	}
}

static void zeros_behind_the_end_are_cut(void **state)
{
	const struct cti_journal_conf conf = folder_conf();
	struct cti_journal_found found;
	struct cti_journal *j = open_journal(&conf, NULL);
	char path[512];
	struct stat st;

	(void)state;
	append_texts(j, 0, 2);
	cti_journal_close(j);
	folder_newest(path);
	assert_int_equal(0, stat(path, &st));
	assert_int_equal(0, truncate(path, st.st_size + 1000));
	j = open_journal(&conf, &found);
	assert_int_equal(1000, found.cut_bytes);
	append_texts(j, 2, 4);
	assert_int_equal(4, read_all(0));
	cti_journal_close(j);
}

static void full_is_said_and_trimming_makes_room(void **state)
{
	struct cti_journal_conf conf = folder_conf();
	struct cti_journal_stats st;
	struct cti_journal *j;
	char block[1000] = { 0 };
	uint64_t pos = 0;
	int n = 0;

	(void)state;
	conf.max_bytes = 16384;
	j = open_journal(&conf, NULL);
	while (cti_journal_append(j, 1, block, sizeof(block), &pos) == 0)
		n++;
	assert_true(n >= 14 && n <= 16);
	assert_int_equal(ENOSPC, cti_journal_append(j, 1, block, sizeof(block), NULL));
	cti_journal_stats(j, &st);
	assert_true(st.bytes <= conf.max_bytes);
	assert_int_equal(n, st.records);
	assert_int_equal(0, cti_journal_trim(j, pos));
	assert_int_equal(0, cti_journal_append(j, 1, block, sizeof(block), NULL));
	cti_journal_stats(j, &st);
	assert_true(st.first_pos > 0);
	cti_journal_close(j);
}

static void too_much_is_refused(void **state)
{
	const struct cti_journal_conf conf = folder_conf();
	struct cti_journal *j = open_journal(&conf, NULL);
	char *block = calloc(1, (1 << 20) + 1);

	(void)state;
	assert_non_null(block);
	assert_int_equal(E2BIG, cti_journal_append(j, 1, block, (1 << 20) + 1, NULL));
	append_texts(j, 0, 1);
	assert_int_equal(1, read_all(0));
	free(block);
	cti_journal_close(j);
}

/* The disk takes half a record and no more. */
static void a_full_disk_leaves_no_half_record(void **state)
{
	struct cti_journal_conf conf = folder_conf();
	struct rlimit old;
	struct rlimit lim;
	struct cti_journal *j;
	unsigned n = 0;
	int err = 0;

	(void)state;
	conf.segment_bytes = 1 << 16;
	assert_int_equal(0, getrlimit(RLIMIT_FSIZE, &old));
	(void)signal(SIGXFSZ, SIG_IGN);
	lim = old;
	lim.rlim_cur = 2000;
	j = open_journal(&conf, NULL);
	assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &lim));
	while (!err) {
		char text[32];

		(void)snprintf(text, sizeof(text), "text%u", n);
		err = cti_journal_append(j, 7, text, strlen(text), NULL);
		n += !err;
	}
	assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &old));
	assert_int_equal(ENOSPC, err);
	assert_int_equal(n, read_all(0));
	append_texts(j, n, n + 5); /* somebody made room */
	assert_int_equal(n + 5, read_all(0));
	cti_journal_close(j);
}

static void one_process_owns_it(void **state)
{
	const struct cti_journal_conf conf = folder_conf();
	struct cti_journal *j = open_journal(&conf, NULL);
	struct cti_journal *second = NULL;

	(void)state;
	assert_int_equal(EBUSY, cti_journal_open(&second, &conf, NULL));
	assert_null(second);
	cti_journal_close(j);
	j = open_journal(&conf, NULL);
	cti_journal_close(j);
}

static void wrong_settings_are_refused(void **state)
{
	struct cti_journal_conf conf = folder_conf();
	struct cti_journal *j = NULL;

	(void)state;
	conf.segment_bytes = 10;
	assert_int_equal(EINVAL, cti_journal_open(&j, &conf, NULL));
	conf = folder_conf();
	conf.dir = "/nonexistent/folder";
	assert_int_equal(ENOENT, cti_journal_open(&j, &conf, NULL));
	assert_null(j);
}

static void every_fsync_policy_writes(void **state)
{
	struct cti_journal_conf conf = folder_conf();
	static const enum cti_fsync policies[] = { CTI_FSYNC_NEVER, CTI_FSYNC_INTERVAL,
		CTI_FSYNC_ALWAYS };
	unsigned n = 0;

	(void)state;
	conf.fsync_interval_ms = 1;
	for (size_t i = 0; i < 3; i++) {
		struct cti_journal *j;

		conf.fsync = policies[i];
		j = open_journal(&conf, NULL);
		append_texts(j, n, n + 400);
		n += 400;
		assert_int_equal(0, cti_journal_sync(j));
		cti_journal_close(j);
	}
	assert_int_equal(n, read_all(0));
}

int main(void)
{
#define FOLDER_TEST(f) cmocka_unit_test_setup_teardown(f, folder_make, folder_remove)
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(what_is_appended_is_read),
		FOLDER_TEST(what_is_held_is_there_when_it_is_released),
		FOLDER_TEST(an_empty_record_is_a_record),
		FOLDER_TEST(positions_never_repeat_and_the_epoch_stays),
		FOLDER_TEST(a_lost_tail_does_not_give_its_positions_away),
		FOLDER_TEST(a_torn_tail_is_cut_at_every_byte),
		FOLDER_TEST(zeros_behind_the_end_are_cut),
		FOLDER_TEST(full_is_said_and_trimming_makes_room),
		FOLDER_TEST(too_much_is_refused),
		FOLDER_TEST(a_full_disk_leaves_no_half_record),
		FOLDER_TEST(one_process_owns_it),
		FOLDER_TEST(wrong_settings_are_refused),
		FOLDER_TEST(every_fsync_policy_writes),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
