/*
 * test_dialog_info.c -- documents of real PBXs, and hostile ones.
 */
#include "dialog_info.h"
#include "support.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct cti_dialog_info *parse(const char *body)
{
	struct cti_dialog_info *di = NULL;

	assert_int_equal(cti_dialog_info_parse(&di, body, strlen(body)), 0);
	return di;
}

static struct cti_dialog_info *parse_file(const char *name)
{
	struct cti_dialog_info *di = NULL;
	char path[256], *body;
	size_t len;

	(void)snprintf(path, sizeof(path), "fuzz/corpus/dialog_info/%s", name);
	body = test_file(path, &len);
	assert_int_equal(cti_dialog_info_parse(&di, body, len), 0);
	free(body);
	return di;
}

static void refused(const char *body, size_t len)
{
	struct cti_dialog_info *di = NULL;

	assert_int_equal(cti_dialog_info_parse(&di, body, len), EBADMSG);
	assert_null(di);
}

static void asterisk_idle_has_no_party(void **state)
{
	struct cti_dialog_info *di = parse_file("asterisk-01-subscribe-initial.xml");

	(void)state;
	assert_string_equal(di->entity, "sip:201@127.0.0.10");
	assert_true(di->full);
	assert_int_equal(di->n, 1);
	assert_string_equal(di->dialogs[0].id, "201");
	assert_int_equal(di->dialogs[0].state, CTI_DIALOG_TERMINATED);
	assert_null(di->dialogs[0].call_id);
	assert_null(di->dialogs[0].remote.uri);
	assert_int_equal(di->dialogs[0].direction, CTI_DIALOG_DIR_NONE);
	cti_dialog_info_free(di);
}

static void asterisk_ring_names_the_caller(void **state)
{
	struct cti_dialog_info *di = parse_file("asterisk-09-trunk-in-national.xml");
	const struct cti_dialog *d = di->dialogs;

	(void)state;
	assert_int_equal(d->state, CTI_DIALOG_EARLY);
	assert_int_equal(d->direction, CTI_DIALOG_RECIPIENT);
	assert_string_equal(d->remote.user, "0312345678");
	assert_string_equal(d->remote.host, "127.0.0.10");
	assert_string_equal(d->local.user, "201");
	cti_dialog_info_free(di);
}

static void asterisk_hold_is_pvalue(void **state)
{
	struct cti_dialog_info *di = parse_file("asterisk-16-hold-resume.xml");

	(void)state;
	assert_int_equal(di->dialogs[0].local.rendering, CTI_RENDERING_NO);
	assert_int_equal(di->dialogs[0].remote.rendering, CTI_RENDERING_NONE);
	cti_dialog_info_free(di);
}

static void freeswitch_list_has_ids_and_tags(void **state)
{
	struct cti_dialog_info *di = parse_file("freeswitch-call_waiting.xml");
	const struct cti_dialog *d = di->dialogs;

	(void)state;
	assert_int_equal(di->n, 2);
	assert_string_equal(d[0].call_id, "8daf0e15-60e5-1240-8591-3658a38498e6");
	assert_string_equal(d[0].local_tag, "XXt3e4HpNF2vF");
	assert_int_equal(d[0].state, CTI_DIALOG_CONFIRMED);
	assert_int_equal(d[0].local.rendering, CTI_RENDERING_YES);
	assert_int_equal(d[1].state, CTI_DIALOG_EARLY);
	assert_string_equal(d[1].remote.display, "303");
	assert_string_equal(d[1].remote.target, "**301@127.0.1.40");
	cti_dialog_info_free(di);
}

static void kamailio_writes_states_with_capitals(void **state)
{
	struct cti_dialog_info *di = parse(
		"<?xml version=\"1.0\"?>\n"
		"<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"2\" "
		"state=\"full\" entity=\"sip:212@x\"><dialog id=\"p\" call-id=\"c\" "
		"direction=\"initiator\"><state>Trying</state></dialog></dialog-info>");

	(void)state;
	assert_int_equal(di->version, 2);
	assert_int_equal(di->dialogs[0].state, CTI_DIALOG_TRYING);
	assert_int_equal(di->dialogs[0].direction, CTI_DIALOG_INITIATOR);
	cti_dialog_info_free(di);
}

static void rfc4235_partial_with_everything(void **state)
{
	struct cti_dialog_info *di = parse_file("own-rfc4235-partial.xml");
	const struct cti_dialog *d = di->dialogs;

	(void)state;
	assert_false(di->full);
	assert_int_equal(di->version, 7);
	assert_int_equal(d->event, CTI_DIALOG_EV_REMOTE_BYE);
	assert_int_equal(d->code, 487);
	assert_string_equal(d->replaces_call_id, "old@host");
	assert_string_equal(d->referred_by, "sip:bob@example.com");
	assert_int_equal(d->local.rendering, CTI_RENDERING_NO);
	assert_null(d->local.uri);
	assert_string_equal(d->remote.user, "+81-3-1234");
	assert_string_equal(d->remote.host, "2001:db8::9");
	/* The override that would turn the text round is gone. */
	assert_string_equal(d->remote.display, "Carol &  Co");
	cti_dialog_info_free(di);
}

static void ids_may_be_missing(void **state)
{
	struct cti_dialog_info *di =
		parse("<dialog-info><dialog><state>early</state></dialog></dialog-info>");

	(void)state;
	assert_true(di->full);
	assert_null(di->entity);
	assert_string_equal(di->dialogs[0].id, "");
	cti_dialog_info_free(di);
}

static void no_dialog_is_an_idle_line(void **state)
{
	struct cti_dialog_info *di = parse("<dialog-info version=\"9\" state=\"full\"/>");

	(void)state;
	assert_int_equal(di->n, 0);
	assert_int_equal(di->version, 9);
	cti_dialog_info_free(di);
}

static void other_encodings_become_utf8(void **state)
{
	struct cti_dialog_info *di = parse_file("own-latin1.xml");

	(void)state;
	assert_string_equal(di->dialogs[0].remote.display, "M\xc3\xbcller");
	assert_int_equal(di->dialogs[0].state, CTI_DIALOG_PROCEEDING);
	cti_dialog_info_free(di);
	di = parse_file("own-utf16.xml");
	assert_string_equal(di->dialogs[0].id, "\xc3\xa9");
	cti_dialog_info_free(di);
}

static void foreign_elements_are_skipped(void **state)
{
	struct cti_dialog_info *di = parse(
		"<dialog-info xmlns:x=\"urn:x\"><x:dialog><x:state>early</x:state></x:dialog>"
		"<dialog id=\"1\"><x:state>trying</x:state><state>confirmed</state>"
		"<more><state>early</state></more></dialog></dialog-info>");

	(void)state;
	assert_int_equal(di->n, 1);
	assert_int_equal(di->dialogs[0].state, CTI_DIALOG_CONFIRMED);
	cti_dialog_info_free(di);
}

static void long_strings_are_cut(void **state)
{
	char body[8192];
	struct cti_dialog_info *di;

	(void)state;
	(void)snprintf(body, sizeof(body),
		"<dialog-info><dialog id=\"%04000d\"><state>early</state></dialog></dialog-info>",
		1);
	di = parse(body);
	assert_int_equal(strlen(di->dialogs[0].id), CTI_DIALOG_INFO_MAX_TEXT_BYTES - 1);
	cti_dialog_info_free(di);
}

static void hostile_bodies_are_refused(void **state)
{
	static const char *const bodies[] = {
		"",
		" \r\n",
		"hello",
		"<dialog-info>",
		"<presence/>",
		"<x:dialog-info/>",
		"<dialog-info xmlns=\"urn:other\"/>",
		"<dialog-info version=\"-1\"/>",
		"<dialog-info version=\"1.5\"/>",
		"<dialog-info><dialog id=\"1\"/></dialog-info>",
		"<dialog-info><dialog><state>perhaps</state></dialog></dialog-info>",
		"<dialog-info><dialog><state/></dialog></dialog-info>",
		"<dialog-info a=\"1\" a=\"2\"/>",
		"<dialog-info>&unknown;</dialog-info>",
		"<!DOCTYPE dialog-info><dialog-info/>",
		"<!DOCTYPE d SYSTEM \"file:///etc/passwd\"><dialog-info/>",
		"<!DOCTYPE d [<!ENTITY x SYSTEM \"http://127.0.0.1/\">]><dialog-info>&x;</dialog-info>",
		"<!DOCTYPE d [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><dialog-info>&b;&b;</dialog-info>",
		"<?xml version=\"1.0\" encoding=\"UTF-7\"?><dialog-info/>",
		"<dialog-info/><dialog-info/>",
		"<dialog-info>\x01</dialog-info>",
		"<dialog-info>\xff\xfe</dialog-info>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		refused(bodies[i], strlen(bodies[i]));
}

static void unescaped_names_are_ill_formed(void **state)
{
	size_t len;
	char *body = test_file("fuzz/corpus/dialog_info/own-unescaped-name.xml", &len);

	(void)state;
	refused(body, len);
	free(body);
}

static void limits_hold(void **state)
{
	size_t n = 70 * 1024;
	char *body = malloc(n + 1), *p = body;
	struct cti_dialog_info *di = NULL;

	(void)state;
	assert_non_null(body);
	memset(body, ' ', n);
	memcpy(body, "<dialog-info>", 13);
	memcpy(body + n - 14, "</dialog-info>", 14);
	refused(body, n); /* size */
	memcpy(body + 60000, "</dialog-info>", 14);
	assert_int_equal(cti_dialog_info_parse(&di, body, 60014), 0);
	cti_dialog_info_free(di);
	p += sprintf(p, "<dialog-info>"); /* depth */
	for (unsigned i = 0; i < 40; i++)
		p += sprintf(p, "<a>");
	refused(body, (size_t)(p - body));
	p = body + sprintf(body, "<dialog-info>"); /* number */
	for (unsigned i = 0; i < 257; i++)
		p += sprintf(p, "<dialog><state>early</state></dialog>");
	p += sprintf(p, "</dialog-info>");
	refused(body, (size_t)(p - body));
	free(body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asterisk_idle_has_no_party),
		cmocka_unit_test(asterisk_ring_names_the_caller),
		cmocka_unit_test(asterisk_hold_is_pvalue),
		cmocka_unit_test(freeswitch_list_has_ids_and_tags),
		cmocka_unit_test(kamailio_writes_states_with_capitals),
		cmocka_unit_test(rfc4235_partial_with_everything),
		cmocka_unit_test(ids_may_be_missing),
		cmocka_unit_test(no_dialog_is_an_idle_line),
		cmocka_unit_test(other_encodings_become_utf8),
		cmocka_unit_test(foreign_elements_are_skipped),
		cmocka_unit_test(long_strings_are_cut),
		cmocka_unit_test(hostile_bodies_are_refused),
		cmocka_unit_test(unescaped_names_are_ill_formed),
		cmocka_unit_test(limits_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
