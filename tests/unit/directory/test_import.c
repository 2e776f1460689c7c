/*
 * test_import.c -- contact lists of many hands, and finding who is in them.
 */
#include "directory.h"
#include "pg_migrated.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct cti_pg *pg;
static char bad_rows[1024];

static int up(void **state)
{
	return pg_migrated_up(state, "dir", &pg);
}

static int down(void **state)
{
	cti_pg_free(pg);
	return pg_fixture_down(state);
}

static void on_bad(uint64_t line, const char *why, void *arg)
{
	const size_t len = strlen(bad_rows);

	(void)arg;
	(void)snprintf(bad_rows + len, sizeof(bad_rows) - len, "%llu %s\n",
		(unsigned long long)line, why);
}

static int import(const char *source, const char *data, size_t len,
	struct cti_import_progress *result)
{
	char path[] = "/tmp/rbimport-XXXXXX";
	const int fd = mkstemp(path);
	const struct cti_import_conf conf = {
		.path = path, .country = "JP", .source = source, .bad_row = on_bad
	};
	int err;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	(void)close(fd);
	bad_rows[0] = '\0';
	err = cti_import_contacts(pg, &conf, result);
	(void)unlink(path);
	return err;
}

static void import_text(
	const char *source, const char *text, uint64_t imported, const char *bad)
{
	struct cti_import_progress r;

	assert_int_equal(import(source, text, strlen(text), &r), 0);
	assert_string_equal(bad_rows, bad);
	assert_int_equal(r.imported, imported);
	assert_int_equal(r.bytes_done, strlen(text));
}

static void found(const char *e164, const char *url, const char *want)
{
	struct cti_buf json = { 0 };

	assert_int_equal(cti_directory_find(pg, e164, url, &json), 0);
	if (!strstr(json.data, want))
		fail_msg("%s is not in %s", want, json.data);
	cti_buf_reset(&json);
}

static void test_english(void **state)
{
	static const char url[] = "https://crm.example/contact/{id}?n={number}";

	(void)state;
	import_text("crm",
		"\xef\xbb\xbfID,Full Name,Company,Phone 1 - Value,Mobile,URL,ignored\r\n"
		"c-17,\"Yamada, Taro\",Yamada Shoten,03-1234-5678,090-1234-5678,,x\r\n"
		"c/18,Suzuki,,0312345678,,https://crm.example/own,y\r\n",
		2, "");
	found("+81312345678", url, "\"status\":\"many\"");
	found("+81312345678", url, "\"url\":\"https://crm.example/own\"");
	found("+819012345678", url, "\"status\":\"one\"");
	found("+819012345678", url, "\"name\":\"Yamada, Taro\"");
	found("+819012345678", url, "\"company\":\"Yamada Shoten\"");
	found("+819012345678", url, "\"label\":\"mobile\"");
	found("+819012345678", url,
		"\"url\":\"https://crm.example/contact/c-17?n=%2B819012345678\"");
	found("+819012345678", "javascript:alert({id})", "\"url\":null");
	found("+819012345678", "https://{id}.example/", "\"url\":null");
	found("+815011112222", url, "\"status\":\"none\"");
	found("' OR 1=1 --", url, "\"status\":\"none\"");
}

static void test_japanese_shift_jis(void **state)
{
	/* 氏名,フリガナ,会社名,電話番号,携帯 / 山田 花子,ヤマダ ハナコ,山田商店,... */
	static const char text[] =
		"\x8e\x81\x96\xbc,\x83\x74\x83\x8a\x83\x4b\x83\x69,\x89\xef\x8e\xd0\x96\xbc,"
		"\x93\x64\x98\x62\x94\xd4\x8d\x86,\x8c\x67\x91\xd1\r\n"
		"\x8e\x52\x93\x63 \x89\xd4\x8e\x71,\x83\x84\x83\x7d\x83\x5f,"
		"\x8e\x52\x93\x63\x8f\xa4\x93\x58,"
		"\x82\x4f\x82\x52\x81\x7c\x82\x54\x82\x54\x82\x54\x82\x54\x81\x7c"
		"\x82\x50\x82\x51\x82\x52\x82\x53,9022223333\r\n";

	(void)state;
	import_text("sjis", text, 1, "");
	found("+81355551234", NULL, "\"name\":\"山田 花子\"");
	found("+819022223333", NULL, "\"company\":\"山田商店\""); /* zero lost by Excel */
}

static void test_utf16_and_tabs(void **state)
{
	static const char text[] = "\xff\xfen\0a\0m\0e\0\t\0t\0e\0l\0\n\0A\0o\0k\0i\0\t\0"
				   "0\0"
				   "3\0"
				   "5\0"
				   "5\0"
				   "5\0"
				   "5\0"
				   "0\0"
				   "0\0"
				   "0\0"
				   "1\0\n";
	struct cti_import_progress r;

	(void)state;
	assert_int_equal(import("utf16", text, sizeof(text), &r), 0);
	found("+81355550001", NULL, "\"name\":\"Aoki\"");
}

static void test_several_numbers_in_a_field(void **state)
{
	(void)state;
	import_text("several",
		"姓,名,電話\n"
		"高橋,一郎,03-5555-0011／090-5555-0012、0466-12-3456\n"
		"木村,,03/5555/0013\n",
		2, "");
	found("+81355550011", NULL, "\"name\":\"高橋 一郎\"");
	found("+819055550012", NULL, "\"name\":\"高橋 一郎\"");
	found("+81466123456", NULL, "\"name\":\"高橋 一郎\"");
	found("+81355550013", NULL, "\"name\":\"木村\"");
}

static void test_bad_rows_are_told(void **state)
{
	(void)state;
	import_text("bad",
		"id,name,phone,url\n"
		"1,Good,03-5555-0021,\n"
		"2,,03-5555-0022,\n"
		"3,\"Two\nlines\",0312345,\n"
		"4,Many,03-5555-0024,,,,\n"
		"5,Evil,03-5555-0025,javascript:alert(1)\n"
		"1,Twice,03-5555-0026,\n"
		"7,\"Open,03-5555-0027,\n",
		1,
		"3 it has neither a name nor a company\n"
		"4 none of its numbers can be read\n"
		"6 it has more fields than the header line\n"
		"7 its URL is not http:// or https:// with a host\n"
		"9 a quote is not closed\n"
		"8 the same contact as in line 2\n");
	found("+81355550021", NULL, "\"name\":\"Good\"");
	found("+81355550026", NULL, "\"status\":\"none\"");
}

static void test_second_import_replaces(void **state)
{
	char id[64];

	(void)state;
	import_text("again",
		"id,name,company,phone\n1,Old,Gone Ltd,03-5555-0031\n2,Left,,03-5555-0032\n",
		2, "");
	(void)snprintf(id, sizeof(id), "%s",
		pg_fixture_value("dir",
			"SELECT id FROM contacts WHERE source = 'again' AND source_key = '1'"));
	import_text("again", "id,name,phone\n1,New,03-5555-0033\n", 1, "");
	found("+81355550031", NULL, "\"status\":\"none\"");
	found("+81355550032", NULL, "\"status\":\"none\"");
	found("+81355550033", NULL, "\"name\":\"New\"");
	found("+81355550033", NULL, id);
	found("+81355550021", NULL, "\"name\":\"Good\""); /* another source's */
	assert_string_equal(pg_fixture_value("dir", "SELECT count(*) FROM companies"
						    " WHERE source = 'again'"),
		"0");
}

static void test_useless_files_change_nothing(void **state)
{
	static const char *const texts[] = { "", "name,company\nA,B\n",
		"phone\n0312345678\n", "\n\n" };
	struct cti_import_progress r;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) - 1; i++) {
		assert_int_equal(import("again", texts[i], strlen(texts[i]), &r), EINVAL);
		assert_true(strlen(bad_rows) > 0);
	}
	found("+81355550033", NULL, "\"name\":\"New\"");
}

static void test_injection_stays_data(void **state)
{
	(void)state;
	import_text("evil",
		"id,name,phone,note\n"
		"'); DROP TABLE contacts;--,\"{\"\"x\"\",\\N}\",03-5555-0041,\\.\n",
		1, "");
	found("+81355550041", NULL, "\"name\":\"{\\\"x\\\",\\\\N}\"");
	assert_string_equal(pg_fixture_value("dir",
				    "SELECT note FROM contacts WHERE source = 'evil'"),
		"\\.");
}

static void test_many(void **state)
{
	struct cti_buf text = { 0 };
	struct cti_import_progress r;

	(void)state;
	cti_buf_str(&text, "id,name,company,phone\n");
	for (unsigned i = 0; i < 20000; i++)
		cti_buf_printf(&text, "%u,Name %u,Company %u,03-%04u-%04u\n", i, i,
			i % 100, 2000 + i / 10000, i % 10000);
	assert_int_equal(import("many", text.data, text.len, &r), 0);
	assert_int_equal(r.imported, 20000);
	assert_int_equal(r.bad, 0);
	found("+81320011234", NULL, "\"name\":\"Name 11234\"");
	cti_buf_reset(&text);
}

static void test_vcards(void **state)
{
	static const char text[] =
		"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u-1\r\nN:Tanaka;Ken;;;\r\nFN:Tanaka Ken\r\n"
		"ORG:Tanaka Denki;Sales\r\nTEL;TYPE=CELL,VOICE:090-7777-\r\n 0001\r\n"
		"item1.TEL;type=WORK;type=pref:+81 3 7777 0002\r\n"
		"PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQ\r\n  AAAQABAAD\r\n"
		"NOTE:one\\, two\\nthree\r\nEND:VCARD\r\n"
		"\r\n"
		/* 山田, in quoted-printable of UTF-8 and of Shift_JIS */
		"BEGIN:VCARD\r\nVERSION:2.1\r\n"
		"N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=B1=B1=\r\n=E7=94=B0;=E8=8A=B1\r\n"
		"TEL;HOME:0377770003\r\nEND:VCARD\r\n"
		"BEGIN:VCARD\r\nVERSION:2.1\r\n"
		"FN;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:=8E=52=93=63\r\n"
		"TEL;FAX;WORK:0377770004\r\nEND:VCARD\r\n"
		"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Sato\r\n"
		"TEL;VALUE=uri;TYPE=\"home,voice\":tel:+81-3-7777-0005\r\nEND:VCARD\r\n"
		"BEGIN:VCARD\r\nTEL:0377770006\r\nEND:VCARD\r\n"
		"BEGIN:VCARD\r\nFN:Cut off\r\nTEL:0377770007\r\n";

	(void)state;
	import_text("cards", text, 4,
		"31 it has neither a name nor a company\n34 the card has no END:VCARD\n");
	found("+819077770001", NULL, "\"name\":\"Tanaka Ken\"");
	found("+819077770001", NULL, "\"label\":\"mobile\"");
	found("+819077770001", NULL, "\"company\":\"Tanaka Denki\"");
	found("+81377770002", NULL, "\"label\":\"phone\"");
	found("+81377770003", NULL, "\"name\":\"山田 花\"");
	found("+81377770004", NULL, "\"name\":\"山田\"");
	found("+81377770004", NULL, "\"reason\":\"number of a fax\"");
	found("+81377770005", NULL, "\"label\":\"home\"");
	assert_string_equal(
		pg_fixture_value("dir",
			"SELECT note || ':' || department FROM contacts WHERE source_key = 'u-1'"),
		"one, two three:Sales");
}

/* The look-up of a ringing call goes by the index, however many contacts there are. */
static void test_lookup_uses_the_index(void **state)
{
	(void)state;
	assert_non_null(strstr(
		pg_fixture_value("dir", "EXPLAIN (FORMAT JSON) SELECT contact_id FROM"
					" contact_numbers WHERE e164 = '+81320011234'"),
		"contact_numbers_e164"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_english),
		cmocka_unit_test(test_japanese_shift_jis),
		cmocka_unit_test(test_utf16_and_tabs),
		cmocka_unit_test(test_several_numbers_in_a_field),
		cmocka_unit_test(test_bad_rows_are_told),
		cmocka_unit_test(test_second_import_replaces),
		cmocka_unit_test(test_useless_files_change_nothing),
		cmocka_unit_test(test_injection_stays_data),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_vcards),
		cmocka_unit_test(test_lookup_uses_the_index),
	};

	return cmocka_run_group_tests(tests, up, down);
}
