/*
 * test_reader.c -- reading while it is written, over damage, and after trimming.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "folder.h"

enum { RACE_RECORDS = 3000 };

static struct cti_journal *open_journal(void)
{
	const struct cti_journal_conf conf = folder_conf();
	struct cti_journal *j = NULL;

	assert_int_equal(0, cti_journal_open(&j, &conf, NULL));
	return j;
}

static void append_number(struct cti_journal *j, uint32_t n)
{
	char block[64] = { 0 };

	memcpy(block, &n, sizeof(n));
	assert_int_equal(0, cti_journal_append(j, 1, block, sizeof(n) + n % 60, NULL));
}

static uint32_t number(const struct cti_journal_rec *rec)
{
	uint32_t n;

	assert_true(rec->len_bytes >= sizeof(n));
	memcpy(&n, rec->data, sizeof(n));
	return n;
}

static void *append_many(void *arg)
{
	for (uint32_t n = 0; n < RACE_RECORDS; n++)
		append_number(arg, n);
	return NULL;
}

static void a_reader_sees_whole_records_in_order_while_they_are_written(void **state)
{
	struct cti_journal *j = open_journal();
	struct cti_journal_reader *r = NULL;
	struct cti_journal_rec rec;
	pthread_t thread;
	uint32_t want = 0;

	(void)state;
	assert_int_equal(0, cti_journal_reader_alloc(&r, folder, 0));
	assert_int_equal(0, pthread_create(&thread, NULL, append_many, j));
	while (want < RACE_RECORDS) {
		const int err = cti_journal_next(r, &rec);

		assert_true(err == 0 || err == ENODATA);
		if (err)
			continue;
		assert_int_equal(want++, number(&rec));
		assert_true(rec.next_pos <= cti_journal_end(j) || want == RACE_RECORDS ||
			    rec.next_pos > rec.pos);
	}
	assert_int_equal(ENODATA, cti_journal_next(r, &rec));
	assert_int_equal(0, pthread_join(thread, NULL));
	cti_journal_reader_free(r);
	cti_journal_close(j);
}

static void any_position_can_be_gone_on_from(void **state)
{
	struct cti_journal *j = open_journal();
	struct cti_journal_reader *all = NULL;
	struct cti_journal_rec rec;
	uint32_t n = 0;

	(void)state;
	for (uint32_t i = 0; i < 300; i++)
		append_number(j, i);
	assert_int_equal(0, cti_journal_reader_alloc(&all, folder, 0));
	while (cti_journal_next(all, &rec) == 0) {
		struct cti_journal_reader *r = NULL;
		struct cti_journal_rec next;

		assert_int_equal(n++, number(&rec));
		assert_int_equal(0, cti_journal_reader_alloc(&r, folder, rec.next_pos));
		if (n < 300) {
			assert_int_equal(0, cti_journal_next(r, &next));
			assert_int_equal(n, number(&next));
		} else {
			assert_int_equal(ENODATA, cti_journal_next(r, &next));
		}
		cti_journal_reader_free(r);
	}
	assert_int_equal(300, n);
	cti_journal_reader_free(all);
	cti_journal_close(j);
}

/* Each bit of a file of three records: what comes out is right or is told. */
static void a_flipped_bit_is_told_and_costs_one_record(void **state)
{
	struct cti_journal *j = open_journal();
	char path[512];
	struct stat st;
	int fd;

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		append_number(j, i);
	cti_journal_close(j);
	folder_newest(path);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(0, fstat(fd, &st));
	for (off_t bit = 40 * 8; bit < st.st_size * 8; bit++) {
		struct cti_journal_reader *r = NULL;
		struct cti_journal_rec rec;
		unsigned got = 0;
		unsigned holes = 0;
		uint64_t end = 40;
		uint8_t byte;
		int err;

		assert_int_equal(1, pread(fd, &byte, 1, bit / 8));
		byte ^= (uint8_t)(1 << (bit % 8));
		assert_int_equal(1, pwrite(fd, &byte, 1, bit / 8));
		assert_int_equal(0, cti_journal_reader_alloc(&r, folder, 0));
		while ((err = cti_journal_next(r, &rec)) == 0 || err == EBADMSG) {
			assert_int_equal(end, rec.pos);
			end = rec.next_pos;
			holes += err == EBADMSG;
			got += err == 0;
			assert_true(err || number(&rec) < 3);
		}
		assert_int_equal(ENODATA, err);
		/* A length that reaches behind the end looks like a growing record. */
		assert_true(got == 2 || (got < 2 && !holes));
		cti_journal_reader_free(r);
		byte ^= (uint8_t)(1 << (bit % 8));
		assert_int_equal(1, pwrite(fd, &byte, 1, bit / 8));
	}
	(void)close(fd);
}

static void damage_before_good_records_is_kept_at_open(void **state)
{
	const struct cti_journal_conf conf = folder_conf();
	struct cti_journal *j = open_journal();
	struct cti_journal_found found;
	struct cti_journal_reader *r = NULL;
	struct cti_journal_rec rec;
	char path[512];
	int fd;

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		append_number(j, i);
	cti_journal_close(j);
	folder_newest(path);
	fd = open(path, O_WRONLY);
	assert_int_equal(1, pwrite(fd, "X", 1, 40 + 13));
	(void)close(fd);
	assert_int_equal(0, cti_journal_open(&j, &conf, &found));
	assert_int_equal(0, found.cut_bytes);
	assert_int_equal(16, found.damaged_bytes);
	append_number(j, 3);
	assert_int_equal(0, cti_journal_reader_alloc(&r, folder, 0));
	assert_int_equal(EBADMSG, cti_journal_next(r, &rec));
	assert_int_equal(16, rec.next_pos - rec.pos);
	for (uint32_t i = 1; i < 4; i++) {
		assert_int_equal(0, cti_journal_next(r, &rec));
		assert_int_equal(i, number(&rec));
	}
	assert_int_equal(ENODATA, cti_journal_next(r, &rec));
	cti_journal_reader_free(r);
	cti_journal_close(j);
}

static void what_was_trimmed_away_is_told(void **state)
{
	struct cti_journal *j = open_journal();
	struct cti_journal_reader *slow = NULL;
	struct cti_journal_reader *late = NULL;
	struct cti_journal_rec rec;

	(void)state;
	append_number(j, 0);
	assert_int_equal(0, cti_journal_reader_alloc(&slow, folder, 0));
	assert_int_equal(0, cti_journal_next(slow, &rec));
	for (uint32_t i = 1; i < 500; i++)
		append_number(j, i);
	assert_int_equal(0, cti_journal_trim(j, cti_journal_end(j)));
	assert_int_equal(ERANGE, cti_journal_reader_alloc(&late, folder, rec.next_pos));
	/* The slow one has the rest of its file yet, then the hole is told. */
	for (int err = 0; err != ERANGE;) {
		err = cti_journal_next(slow, &rec);
		assert_true(err == 0 || err == ERANGE);
	}
	cti_journal_reader_free(slow);
	cti_journal_close(j);
}

/* It had everything; what it had was trimmed; the process began again. */
static void a_consumer_at_the_end_goes_on_after_a_restart(void **state)
{
	struct cti_journal *j = open_journal();
	struct cti_journal_reader *r = NULL;
	struct cti_journal_rec rec;
	uint64_t end;

	(void)state;
	for (uint32_t i = 0; i < 200; i++)
		append_number(j, i);
	end = cti_journal_end(j);
	cti_journal_close(j);
	for (uint32_t i = 0; i < 3; i++) { /* starts without a record between */
		j = open_journal();
		assert_int_equal(0, cti_journal_trim(j, end));
		cti_journal_close(j);
	}
	j = open_journal();
	append_number(j, 200);
	assert_int_equal(0, cti_journal_reader_alloc(&r, folder, end));
	assert_int_equal(0, cti_journal_next(r, &rec));
	assert_int_equal(200, number(&rec));
	cti_journal_reader_free(r);
	cti_journal_close(j);
}

static void an_empty_folder_is_empty(void **state)
{
	struct cti_journal_reader *r = NULL;
	struct cti_journal_rec rec;
	struct cti_journal *j;

	(void)state;
	assert_int_equal(ENOENT, cti_journal_reader_alloc(&r, "/nonexistent", 0));
	assert_int_equal(0, cti_journal_reader_alloc(&r, folder, 0));
	assert_int_equal(ENODATA, cti_journal_next(r, &rec));
	assert_int_equal(0, cti_journal_reader_epoch(r));
	j = open_journal();
	append_number(j, 0);
	assert_int_equal(0, cti_journal_next(r, &rec));
	assert_true(cti_journal_reader_epoch(r) == cti_journal_epoch(j));
	cti_journal_reader_free(r);
	cti_journal_close(j);
}

static void a_record_larger_than_the_buffer_is_read(void **state)
{
	struct cti_journal *j = open_journal();
	struct cti_journal_reader *r = NULL;
	struct cti_journal_rec rec;
	const size_t len = 700000;
	char *block = malloc(len);

	(void)state;
	assert_non_null(block);
	memset(block, 'x', len);
	append_number(j, 0);
	assert_int_equal(0, cti_journal_append(j, 1, block, len, NULL));
	append_number(j, 1);
	assert_int_equal(0, cti_journal_reader_alloc(&r, folder, 0));
	assert_int_equal(0, cti_journal_next(r, &rec));
	assert_int_equal(0, cti_journal_next(r, &rec));
	assert_int_equal(len, rec.len_bytes);
	assert_memory_equal(block, rec.data, len);
	assert_int_equal(0, cti_journal_next(r, &rec));
	assert_int_equal(1, number(&rec));
	free(block);
	cti_journal_reader_free(r);
	cti_journal_close(j);
}

int main(void)
{
#define FOLDER_TEST(f) cmocka_unit_test_setup_teardown(f, folder_make, folder_remove)
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(a_reader_sees_whole_records_in_order_while_they_are_written),
		FOLDER_TEST(any_position_can_be_gone_on_from),
		FOLDER_TEST(a_flipped_bit_is_told_and_costs_one_record),
		FOLDER_TEST(damage_before_good_records_is_kept_at_open),
		FOLDER_TEST(what_was_trimmed_away_is_told),
		FOLDER_TEST(a_consumer_at_the_end_goes_on_after_a_restart),
		FOLDER_TEST(an_empty_folder_is_empty),
		FOLDER_TEST(a_record_larger_than_the_buffer_is_read),
	};

	return cmocka_run_group_tests_name("journal reader", tests, NULL, NULL);
}
