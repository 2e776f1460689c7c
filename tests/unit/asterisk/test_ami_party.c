/*
 * test_ami_party.c -- devices, trunks, and callers who do not want to be named.
 */
#include "ami_party.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void devices_of_channel_names(void **state)
{
	static const struct {
		const char *channel, *device;
	} v[] = {
		{ "PJSIP/201-0000003c", "201" },
		{ "SIP/itsp-out-0000003c", "itsp-out" },
		{ "AsyncGoto/PJSIP/201-0000003c", "201" },
		{ "DAHDI/1-1", "1" },
		{ "IAX2/branch-4821", "branch" },
		{ "Local/204@from-internal-00000000;1", "" },
		{ "CBAnn/1-00000001;1", "" },
		{ "nonsense", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		char device[CTI_AMI_NAME_BYTES];

		assert_int_equal(
			v[i].device[0] != '\0', cti_ami_device(device, v[i].channel));
		assert_string_equal(v[i].device, device);
	}
}

static const char *const lines[] = { "202", "201" };
static const char *const trunks[] = { "101" };

static void kinds_by_list_name_dialled_and_context(void **state)
{
	const struct cti_reader_conf conf = { .pbx = "p",
		.lines = lines,
		.nlines = 2,
		.trunks = trunks,
		.ntrunks = 1,
		.own = "cti" };
	struct cti_ami_places pl = { .conf = &conf };

	(void)state;
	assert_int_equal(0, cti_ami_lines_init(&pl.lines, lines, 2));
	assert_int_equal(
		CTI_CHAN_TRUNK, cti_ami_kind(&pl, "PJSIP/ext7-1", "ext7", "in", NULL));
	assert_int_equal(
		CTI_CHAN_LINE, cti_ami_kind(&pl, "PJSIP/201-1", "201", "in", NULL));
	assert_int_equal(
		CTI_CHAN_LINE, cti_ami_kind(&pl, "PJSIP/299-1", "299", "x", NULL));
	assert_int_equal(
		CTI_CHAN_TRUNK, cti_ami_kind(&pl, "PJSIP/101-1", "101", "in", NULL));
	assert_int_equal(
		CTI_CHAN_OWN, cti_ami_kind(&pl, "PJSIP/cti-1", "cti", "in", "201"));
	assert_int_equal(
		CTI_CHAN_LINE, cti_ami_kind(&pl, "SIP/door-1", "door", "y", "201"));
	/* By now the context of the watched phones is known. */
	assert_int_equal(
		CTI_CHAN_LINE, cti_ami_kind(&pl, "PJSIP/ext7-1", "ext7", "in", NULL));
	assert_int_equal(
		CTI_CHAN_TRUNK, cti_ami_kind(&pl, "PJSIP/itsp-1", "itsp", "out", NULL));
	assert_int_equal(
		CTI_CHAN_LOCAL, cti_ami_kind(&pl, "Local/201@in-1;2", "", "in", NULL));
	assert_int_equal(
		CTI_CHAN_OTHER, cti_ami_kind(&pl, "CBAnn/1-1;1", "", "in", NULL));
	assert_ptr_equal(lines[1], cti_ami_line(&pl.lines, "201"));
	assert_null(cti_ami_line(&pl.lines, "20"));
	cti_ami_lines_fini(&pl.lines);
}

static void presentations(void **state)
{
	(void)state;
	assert_int_equal(CTI_PRES_ALLOWED,
		cti_ami_presentation("0 (Presentation Allowed, Not Screened)"));
	assert_int_equal(CTI_PRES_WITHHELD,
		cti_ami_presentation("32 (Presentation Prohibited, Not Screened)"));
	assert_int_equal(CTI_PRES_WITHHELD, cti_ami_presentation("35"));
	assert_int_equal(
		CTI_PRES_UNAVAILABLE, cti_ami_presentation("67 (Number Unavailable)"));
	assert_int_equal(CTI_PRES_WITHHELD, cti_ami_presentation("prohib_passed_screen"));
	assert_int_equal(CTI_PRES_ALLOWED, cti_ami_presentation("allowed_not_screened"));
	assert_int_equal(CTI_PRES_UNAVAILABLE, cti_ami_presentation("unavailable"));
	assert_int_equal(CTI_PRES_UNKNOWN, cti_ami_presentation("(null)"));
	assert_int_equal(CTI_PRES_UNKNOWN, cti_ami_presentation(NULL));
}

static void callers_and_their_wishes(void **state)
{
	static const struct {
		const char *number, *name;
		enum cti_presentation told, pres;
		const char *shown, *called;
	} v[] = {
		{ "0312345678", NULL, CTI_PRES_UNKNOWN, CTI_PRES_ALLOWED, "0312345678",
			NULL },
		{ "0312345678", "Yamada", CTI_PRES_ALLOWED, CTI_PRES_ALLOWED,
			"0312345678", "Yamada" },
		{ "0312345678", "Yamada", CTI_PRES_WITHHELD, CTI_PRES_WITHHELD, NULL,
			NULL },
		{ "anonymous", "Anonymous", CTI_PRES_UNKNOWN, CTI_PRES_WITHHELD, NULL,
			NULL },
		{ "anonymous", "Coin line/payphone", CTI_PRES_UNKNOWN, CTI_PRES_PAYPHONE,
			NULL, NULL },
		{ "anonymous", "coin LINE/payphone", CTI_PRES_WITHHELD, CTI_PRES_PAYPHONE,
			NULL, NULL },
		{ "anonymous", "Interaction with other service", CTI_PRES_UNKNOWN,
			CTI_PRES_INTERACTION, NULL, NULL },
		{ "anonymous", "Unavailable", CTI_PRES_UNKNOWN, CTI_PRES_UNAVAILABLE,
			NULL, NULL },
		{ "0312345678", "Anonymous", CTI_PRES_UNKNOWN, CTI_PRES_WITHHELD, NULL,
			NULL },
		{ "Restricted", NULL, CTI_PRES_UNKNOWN, CTI_PRES_WITHHELD, NULL, NULL },
		{ NULL, NULL, CTI_PRES_UNKNOWN, CTI_PRES_UNKNOWN, NULL, NULL },
		{ "1", "a\x1b[31m\xff z ", CTI_PRES_UNKNOWN, CTI_PRES_ALLOWED, "1",
			"a [31m\xef\xbf\xbd z" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct cti_channel_party p;
		char nbuf[CTI_AMI_NAME_BYTES];

		cti_ami_party(&p, nbuf, v[i].number, v[i].name, v[i].told, false);
		assert_int_equal(v[i].pres, p.presentation);
		if (v[i].shown)
			assert_string_equal(v[i].shown, p.number);
		else
			assert_null(p.number);
		if (v[i].called)
			assert_string_equal(v[i].called, p.name);
		else
			assert_null(p.name);
	}
}

static void an_administrator_may_see_all(void **state)
{
	struct cti_channel_party p;
	char nbuf[CTI_AMI_NAME_BYTES];

	(void)state;
	cti_ami_party(&p, nbuf, "0312345678", "Yamada", CTI_PRES_WITHHELD, true);
	assert_int_equal(CTI_PRES_WITHHELD, p.presentation);
	assert_string_equal("0312345678", p.number);
	assert_string_equal("Yamada", p.name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_of_channel_names),
		cmocka_unit_test(kinds_by_list_name_dialled_and_context),
		cmocka_unit_test(presentations),
		cmocka_unit_test(callers_and_their_wishes),
		cmocka_unit_test(an_administrator_may_see_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
