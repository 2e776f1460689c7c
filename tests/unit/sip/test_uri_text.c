/*
 * test_uri_text.c -- URIs as PBXs write them.
 */
#include "uri_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *text;
	const char *user; /* unescaped; "" if there is none */
	const char *host;
} rows[] = {
	{ "sip:201@127.0.0.10", "201", "127.0.0.10" },
	{ "SIPS:201@pbx.example:5061;transport=tls", "201", "pbx.example" },
	{ "\"Name\" <sip:+81312345678@pbx>;tag=1", "+81312345678", "pbx" },
	{ "<sip:201@pbx", "201", "pbx" },
	{ "tel:+81-3-1234-5678;phone-context=x", "+81-3-1234-5678", "" },
	{ "sip:%2B8131;phone-context=a@[2001:db8::1]:5060", "+8131", "2001:db8::1" },
	{ "sip:alice:secret@pbx?x=y", "alice", "pbx" },
	{ "201@pbx", "201", "pbx" },
	{ "**301@127.0.1.40", "**301", "127.0.1.40" },
	{ "201", "201", "" },
	{ "sip:pbx.example", "", "pbx.example" },
	{ "  sip:201@pbx \r\n", "201", "pbx" },
	{ "sip:a%4", "", "a%4" },
	{ "sip:a%zz@b", "a%zz", "b" },
	{ "sip:@b", "", "b" },
	{ "sip:a@", "a", "" },
	{ "sip:a@[::1", "a", "::1" },
	{ "", "", "" },
	{ "<>", "", "" },
	{ "<", "", "" },
	{ "sip:", "", "" },
};

static void splits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char user[64], host[64];
		struct cti_uri_text u;

		cti_uri_text_split(&u, rows[i].text, strlen(rows[i].text));
		(void)cti_uri_text_unescape(
			user, sizeof(user), u.user.p ? u.user.p : "", u.user.len);
		(void)cti_uri_text_unescape(
			host, sizeof(host), u.host.p ? u.host.p : "", u.host.len);
		assert_string_equal(user, rows[i].user);
		assert_string_equal(host, rows[i].host);
	}
}

static void unescape_is_bounded(void **state)
{
	char buf[4];

	(void)state;
	assert_int_equal(cti_uri_text_unescape(buf, sizeof(buf), "%41BCDE", 7), 3);
	assert_string_equal(buf, "ABC");
	assert_int_equal(cti_uri_text_unescape(buf, 1, "ABC", 3), 0);
	assert_string_equal(buf, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits),
		cmocka_unit_test(unescape_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
