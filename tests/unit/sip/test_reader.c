/*
 * test_reader.c -- inputs to reports: single documents, lists.
 */
#include "support.h"

#include <cti/pbx.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct seen {
	char text[2048]; /* one word a report */
};

static void on_dialogs(const struct cti_report_dialogs *rep, void *arg)
{
	struct seen *s = arg;
	size_t len = strlen(s->text);

	if (rep->ill_formed) {
		(void)snprintf(
			s->text + len, sizeof(s->text) - len, "%s:ill ", rep->line);
		return;
	}
	(void)snprintf(s->text + len, sizeof(s->text) - len, "%s:v%u:%s:%zu", rep->line,
		rep->version, rep->full ? "full" : "partial", rep->n);
	for (size_t i = 0; i < rep->n; i++) {
		len = strlen(s->text);
		(void)snprintf(s->text + len, sizeof(s->text) - len, ":%d<%s",
			(int)rep->dialogs[i].state,
			rep->dialogs[i].remote.user ? rep->dialogs[i].remote.user : "-");
	}
	strcat(s->text, " ");
}

static void on_link(const struct cti_report_link *rep, void *arg)
{
	struct seen *s = arg;
	size_t len = strlen(s->text);

	assert_int_equal(rep->source, CTI_PROV_DIALOG);
	(void)snprintf(s->text + len, sizeof(s->text) - len, "link%d:%s:%s ",
		(int)rep->what, rep->line ? rep->line : "-", rep->why ? rep->why : "-");
}

static void on_channel(const struct cti_report_channel *rep, void *arg)
{
	(void)rep;
	(void)arg;
	fail_msg("a dialog reader knows no channels");
}

static int read_one(struct seen *s, struct cti_input *in)
{
	static const char *const lines[] = { "204", "201", "203", "202" };
	const struct cti_reader_conf conf = {
		.pbx = "main", .lines = lines, .nlines = 4
	};
	const struct cti_report_sink sink = {
		.dialogs = on_dialogs, .channel = on_channel, .link = on_link, .arg = s
	};
	struct cti_reader *r = NULL;
	int err;

	s->text[0] = '\0';
	in->pbx = "main";
	if (!in->line)
		in->line = "";
	if (!in->ctype)
		in->ctype = "";
	assert_int_equal(cti_reader_dialog.alloc(&r, &conf, &sink), 0);
	err = cti_reader_dialog.read(r, in);
	cti_reader_dialog.free(r);
	return err;
}

static int read_notify(
	struct seen *s, const char *line, const char *ctype, const char *data)
{
	struct cti_input in = { .kind = CTI_INPUT_NOTIFY,
		.line = line,
		.ctype = ctype,
		.data = data,
		.len_bytes = strlen(data) };

	return read_one(s, &in);
}

static void a_document_is_one_report(void **state)
{
	struct seen s;

	(void)state;
	assert_int_equal(
		read_notify(&s, "201", "application/dialog-info+xml;charset=utf-8",
			"<dialog-info version=\"3\" state=\"partial\"><dialog id=\"1\">"
			"<state>early</state><remote><identity>sip:0312345678@x</identity>"
			"</remote></dialog></dialog-info>"),
		0);
	assert_string_equal(s.text, "201:v3:partial:1:2<0312345678 ");
}

static void no_body_means_idle(void **state)
{
	struct seen s;

	(void)state;
	assert_int_equal(read_notify(&s, "201", "", ""), 0);
	assert_string_equal(s.text, "201:v0:full:0 ");
}

static void an_ill_formed_body_is_told(void **state)
{
	struct seen s;

	(void)state;
	assert_int_equal(
		read_notify(&s, "201", "application/dialog-info+xml", "<dialog-info>"),
		EBADMSG);
	assert_string_equal(s.text, "201:ill ");
	assert_int_equal(read_notify(&s, "201", "application/pidf+xml", "<x/>"), EBADMSG);
	assert_string_equal(s.text, "");
}

/* The list names six lines; four are watched. */
static void a_list_is_one_report_a_line(void **state)
{
	struct seen s;
	size_t len;
	char *file = test_file("fuzz/corpus/rlmi/asterisk-full.txt", &len);
	char *body = strchr(file, '\n');

	(void)state;
	*body++ = '\0';
	assert_int_equal(read_notify(&s, "", file, body), 0);
	assert_string_equal(s.text,
		"201:v0:full:1:4<- 202:v0:full:1:4<- 203:v0:full:1:4<- 204:v0:full:1:4<- ");
	free(file);
	file = test_file("fuzz/corpus/rlmi/asterisk-change.txt", &len);
	body = strchr(file, '\n');
	*body++ = '\0';
	assert_int_equal(read_notify(&s, "", file, body), 0);
	assert_string_equal(s.text, "202:v1:full:1:2<201 ");
	free(file);
}

static void a_list_tells_lost_lines_and_bad_documents(void **state)
{
	static const char body[] =
		"--b\nContent-Type: application/rlmi+xml\n\n"
		"<list xmlns=\"urn:ietf:params:xml:ns:rlmi\" uri=\"sip:l@x\" version=\"1\">"
		"<resource uri=\"sip:201@x\"><instance id=\"1\" state=\"terminated\" reason=\"noresource\"/></resource>"
		"<resource uri=\"sip:x\"><name>202</name><instance id=\"2\" state=\"active\" cid=\"two\"/></resource>"
		"<resource uri=\"sip:203@x\"><instance id=\"3\" state=\"active\" cid=\"three\"/></resource>"
		"</list>\n--b\nContent-Type: application/dialog-info+xml\nContent-ID: <three>\n\n"
		"<dialog-info version=\"4\" state=\"full\"/>\n"
		"--b\nContent-ID: <two>\n\n<dialog-info\n--b--\n";
	struct seen s;

	(void)state;
	assert_int_equal(
		read_notify(&s, "", "multipart/related;boundary=\"b\"", body), 0);
	assert_string_equal(s.text, "link2:201:noresource 202:ill 203:v4:full:0 ");
}

static void broken_lists_are_refused(void **state)
{
	static const char *const bodies[] = {
		"",
		"--b",
		"--b\n",
		"--b\n\n",
		"--b--\n",
		"--b\nContent-Type: text/plain\n\nx\n--b--",
		"--b\nContent-Type: application/rlmi+xml\n\n<list\n--b--\n",
		"--b\nContent-Type: application/rlmi+xml\n\n<!DOCTYPE list><list/>\n--b--\n",
	};
	struct seen s;

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		assert_int_equal(
			read_notify(&s, "", "multipart/related;boundary=b", bodies[i]),
			EBADMSG);
	assert_int_equal(read_notify(&s, "", "multipart/related", "--b\n"), EBADMSG);
	assert_int_equal(
		read_notify(&s, "", "multipart/related;boundary=\"", "--b\n"), EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_is_one_report),
		cmocka_unit_test(no_body_means_idle),
		cmocka_unit_test(an_ill_formed_body_is_told),
		cmocka_unit_test(a_list_is_one_report_a_line),
		cmocka_unit_test(a_list_tells_lost_lines_and_bad_documents),
		cmocka_unit_test(broken_lists_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
