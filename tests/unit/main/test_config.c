/*
 * test_config.c -- values reach their fields; every mistake is found in one go, with
 * file, line, key and remedy.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char good[] = "# comment\n"
			   "[log]\n"
			   "level = debug   # and why\n"
			   "\n"
			   "[journal]\r\n"
			   "dir = /tmp/rb\r\n"
			   "input_max = 1G\n"
			   "fsync_interval = 2s\n"
			   "[web]\n"
			   "session = 7d\n"
			   "origins = https://a.example, https://b.example:8443\n"
			   "[dial]\n"
			   "agent = internal\n"
			   "[pbx main]\n"
			   "lines = 201-203, 301,098-100\n"
			   "sip_servers = sip:192.0.2.1;transport=tcp\n"
			   "sip_password = \"a # \\\"b\\\" \"\n"
			   "[pbx second]\n"
			   "lines = 401\n"
			   "ami_address = 192.0.2.2:5038\n"
			   "ami_user = cti\n"
			   "ami_secret = x\n"
			   "lost_zero = yes\n";

static struct cti_config *parse(const char *text, struct cti_conf_problems *p, int want)
{
	struct cti_config *c = NULL;

	assert_int_equal(want, cti_config_parse(&c, "test.conf", text, strlen(text), p));
	return c;
}

static void values_reach_their_fields(void **state)
{
	struct cti_conf_problems p = { 0 };
	struct cti_config *c = parse(good, &p, 0);

	(void)state;
	assert_int_equal(CTI_LOG_DEBUG, c->log.level);
	assert_string_equal("/tmp/rb", c->journal.dir);
	assert_true(c->journal.input_max_bytes == 1ull << 30);
	assert_int_equal(2000, c->journal.fsync_interval_ms);
	assert_int_equal(7 * 86400, c->web.session_s);
	assert_int_equal(2, c->web.origins.n);
	assert_string_equal("https://b.example:8443", c->web.origins.v[1]);
	assert_int_equal(1 << 1, c->dial.agent);
	assert_int_equal(2, c->npbxs);
	assert_string_equal("main", c->pbxs[0].name);
	assert_int_equal(7, c->pbxs[0].lines.n);
	assert_string_equal("203", c->pbxs[0].lines.v[2]);
	assert_string_equal("301", c->pbxs[0].lines.v[3]);
	assert_string_equal("099", c->pbxs[0].lines.v[5]);
	assert_string_equal("a # \"b\" ", c->pbxs[0].sip_password);
	assert_true(c->pbxs[1].lost_zero);
	assert_false(c->pbxs[0].lost_zero);
	assert_int_equal(0, p.n);
	cti_config_free(c);
}

static void rules_for_numbers_and_calls_for_crms(void **state)
{
	static const char text[] =
		"[pbx main]\nlines = 201\nsip_servers = sip:pbx\n"
		"caller_rules = 00>+, >0/9\ndial_rules = +81>0\n"
		"[crm house]\nkind = tryton\nurl = http://127.0.0.1:8000\ndatabase = d\n"
		"user = u\npassword = $CTI_TEST_SECRET\nlog_calls = yes\n";
	struct cti_conf_problems p = { 0 };
	struct cti_config *c;

	(void)state;
	(void)setenv("CTI_TEST_SECRET", "from the environment", 1);
	c = parse(text, &p, 0);
	assert_int_equal(2, c->pbxs[0].caller_rules.n);
	assert_string_equal("+81>0", c->pbxs[0].dial_rules.v[0]);
	assert_true(c->crms[0].log_calls);
	assert_false(c->crms[0].log_unknown);
	assert_int_equal(0, p.n);
	cti_config_free(c);
}

static void what_is_not_given_has_its_default(void **state)
{
	struct cti_conf_problems p = { 0 };
	struct cti_config *c = parse("", &p, 0);

	(void)state;
	assert_int_equal(8080, c->web.port);
	assert_string_equal("127.0.0.1", c->web.listen);
	assert_null(c->web.tls_cert);
	assert_int_equal(10, c->dial.per_minute);
	assert_int_equal(1, p.n); /* no PBX: a warning */
	assert_true(p.v[0].warning);
	assert_int_equal(0, p.errors);
	cti_config_free(c);
	cti_conf_problems_reset(&p);
}

/* One mistake a row: where, which key, and a word of what or remedy. */
static const struct {
	const char *text;
	unsigned line;
	const char *key;
	const char *word;
} mistakes[] = {
	{ "[web]\nprot = 1\n", 2, "prot", "did you mean port?" },
	{ "[web]\nxyzzy = 1\n", 2, "xyzzy", "--reference" },
	{ "[log]\nport = 1\n", 2, "port", "it belongs to [web]" },
	{ "[wbe]\nport = 1\n", 1, NULL, "did you mean [web]?" },
	{ "[nothing at]\n", 1, NULL, "no such section" },
	{ "[web main]\n", 1, NULL, "without a name" },
	{ "[pbx]\n", 1, NULL, "needs a name" },
	{ "[web\nport = 1\n", 1, NULL, "not closed" },
	{ "[w b!]\n", 1, NULL, "letters" },
	{ "port = 1\n", 1, "port", "before any section" },
	{ "[web]\nport\n", 2, NULL, "neither a section nor a key" },
	{ "[web]\npo rt = 1\n", 2, NULL, "a key is letters" },
	{ "[web]\nlisten = \"abc\n", 2, NULL, "quotes are not closed" },
	{ "[web]\nlisten = \"abc\" d\n", 2, NULL, "behind the closing quote" },
	{ "[web]\nport = 80a\n", 2, "port", "not a whole number" },
	{ "[web]\nport = 70000\n", 2, "port", "out of range" },
	{ "[web]\nport = 99999999999999999999999\n", 2, "port", "not a whole number" },
	{ "[web]\nport =\n", 2, "port", "not a whole number" },
	{ "[web]\nport = 1\nport = 2\n", 3, "port", "test.conf:2" },
	{ "[web]\nsession = 5\n", 2, "session", "from 1m to 30d" },
	{ "[web]\nping = 5x\n", 2, "ping", "is not a time" },
	{ "[web]\nplain = maybe\n", 2, "plain", "neither yes nor no" },
	{ "[web]\nlisten =\n", 2, "listen", "empty" },
	{ "[web]\nlisten = 192.0.2.1\n", 2, "listen", "TLS" },
	{ "[web]\ntls_cert = /c.pem\n", 2, "tls_cert", "belong together" },
	{ "[web]\ncontact_url = javascript:alert(1)\n", 2, "contact_url", "https://" },
	{ "[web]\norigins = https://a.example/path\n", 2, "origins", "without a path" },
	{ "[web]\ncross_site = yes\n", 2, "cross_site", "name it in origins" },
	{ "[web]\norigins = a,,b\n", 2, "origins", "empty item" },
	{ "[web]\norigins = https://a.example, https://a.example\n", 2, "origins",
		"twice" },
	{ "[journal]\nfsync = sometimes\n", 2, "fsync", "never interval always" },
	{ "[journal]\ninput_max = 5T\n", 2, "input_max", "not a size" },
	{ "[journal]\nsegment_size = 1G\n", 2, "segment_size", "four files" },
	{ "[dial]\nagent = emergency\n", 2, "agent", "never dialled" },
	{ "[pop]\nring_lines = 201, 202\nanswer_lines = 203, 202\n", 3, "answer_lines",
		"at the ring and at the answer" },
	{ "[pop]\nat = never\n", 2, "at", "choose from" },
	{ "[dial]\nagent = everything\n", 2, "agent", "choose from" },
	{ "[database]\nurl = $RB_NO_SUCH_VARIABLE\n", 2, "url", "no variable" },
	{ "[database]\nurl = @/nonexistent/secret\n", 2, "url", "cannot be read" },
	{ "include other.conf\n", 1, "include", "cannot be included" },
	{ "[pbx a]\nsip_servers = sip:h\n", 1, "lines", "must be given" },
	{ "[pbx a]\nlines = 1\n", 1, "pbx", "no way to this PBX" },
	{ "[pbx a]\nlines = 5-1\nsip_servers = sip:h\n", 2, "lines",
		"smaller number first" },
	{ "[pbx a]\nlines = 1-99999\nsip_servers = sip:h\n", 2, "lines",
		"at most 20000" },
	{ "[pbx a]\nlines = 1, 1-2\nsip_servers = sip:h\n", 2, "lines", "twice" },
	{ "[pbx a]\nlines = 1\nsip_servers = h\n", 3, "sip_servers", "SIP address" },
	{ "[pbx a]\nlines = 1\nsip_servers = sip:h\nsip_dns = 192.0.2.1:53, [::1]:53, "
	  "2001:db8::1, dns.example\n",
		4, "sip_dns", "written as an address" },
	{ "[pbx a]\nlines = 1\nsip_servers = sip:h\nsip_dns = 192.0.2.1:many\n", 4,
		"sip_dns", "written as an address" },
	{ "[pbx a]\nlines = 1\nami_address = h:1\nami_secret = x\n", 1, "ami_user",
		"account" },
	{ "[pbx a]\nlines = 1\nsip_servers = sip:h\nkind = pbx\n", 4, "kind",
		"choose from" },
	{ "[pbx a]\nlines = 1\nsip_servers = sip:h\n[pbx a]\n", 4, NULL,
		"another [pbx]" },
	{ "[pbx a]\nlines = 1\nsip_servers = sip:x\ndial_rules = 81\n", 4, "dial_rules",
		"\"81\" is no rule" },
	{ "[pbx a]\nlines = 1\nsip_servers = sip:x\ncaller_rules = a>1\n", 4, "caller_rules",
		"is no rule" },
	{ "[pbx a]\nlines = 1\nsip_servers = sip:h\n[pbx b]\nlines = 1\nsip_servers = sip:h\n",
		5, "lines", "another PBX" },
};

static const struct cti_conf_problem *find(
	const struct cti_conf_problems *p, unsigned line, const char *key)
{
	for (size_t i = 0; i < p->n; i++) {
		if (p->v[i].line == line && !p->v[i].key == !key &&
			(!key || strcmp(p->v[i].key, key) == 0))
			return &p->v[i];
	}
	return NULL;
}

static void each_mistake_is_told_with_place_and_remedy(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct cti_conf_problems p = { 0 };
		const struct cti_conf_problem *m;

		(void)parse(mistakes[i].text, &p, EINVAL);
		m = find(&p, mistakes[i].line, mistakes[i].key);
		if (!m)
			print_message("row %zu: %s", i, mistakes[i].text);
		assert_non_null(m);
		assert_string_equal("test.conf", m->file);
		if (!strstr(m->what, mistakes[i].word) &&
			!strstr(m->remedy, mistakes[i].word))
			fail_msg("row %zu: %s; %s", i, m->what, m->remedy);
		assert_true(strlen(m->remedy) > 5);
		cti_conf_problems_reset(&p);
	}
}

static void all_mistakes_come_in_one_go(void **state)
{
	struct cti_conf_problems p = { 0 };

	(void)state;
	(void)parse(
		"[web]\nprot = 1\nport = x\n[journal]\nfsync = no\n[pbx a]\nlines =\n",
		&p, EINVAL);
	assert_non_null(find(&p, 2, "prot"));
	assert_non_null(find(&p, 3, "port"));
	assert_non_null(find(&p, 5, "fsync"));
	assert_non_null(find(&p, 7, "lines"));
	assert_true(p.errors >= 5);
	cti_conf_problems_reset(&p);
}

/* ---- files ---------------------------------------------------------------------------- */

static char folder[64];

static int setup(void **state)
{
	(void)state;
	(void)strcpy(folder, "/tmp/rb-config-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static void put_file(const char *name, const char *text, mode_t mode)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(0, fclose(f));
	assert_int_equal(0, chmod(path, mode));
}

static int remove_files(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static int load(struct cti_config **cp, struct cti_conf_problems *p, const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return cti_config_load(cp, path, p);
}

static void files_include_others_in_order(void **state)
{
	struct cti_conf_problems p = { 0 };
	struct cti_config *c = NULL;

	(void)state;
	put_file("main.conf", "[web]\ninclude a.inc\ninclude *.d\n[log]\nlevel = warn\n",
		0600);
	put_file("a.inc", "port = 1234\n", 0600);
	put_file("1.d", "[pbx a]\nlines = 1\nsip_servers = sip:h\n", 0600);
	put_file("2.d", "[pbx b]\nlines = 2\nsip_servers = sip:h\n", 0600);
	assert_int_equal(0, load(&c, &p, "main.conf"));
	assert_int_equal(1234, c->web.port);
	assert_int_equal(2, c->npbxs);
	assert_string_equal("b", c->pbxs[1].name);
	cti_config_free(c);
	cti_conf_problems_reset(&p);
}

static void a_mistake_in_an_included_file_names_it(void **state)
{
	struct cti_conf_problems p = { 0 };
	struct cti_config *c = NULL;

	(void)state;
	put_file("main.conf", "include a.inc\ninclude none.inc\ninclude main.conf\n",
		0600);
	put_file("a.inc", "\n[web]\nport = x\n", 0600);
	assert_int_equal(EINVAL, load(&c, &p, "main.conf"));
	assert_non_null(strstr(p.v[0].file, "a.inc"));
	assert_int_equal(3, p.v[0].line);
	assert_non_null(strstr(p.v[1].what, "none.inc"));
	cti_conf_problems_reset(&p);
	assert_int_equal(EINVAL, load(&c, &p, "missing.conf"));
	assert_non_null(strstr(p.v[0].remedy, "--config"));
	cti_conf_problems_reset(&p);
}

static void secrets_come_from_files_and_the_environment(void **state)
{
	struct cti_conf_problems p = { 0 };
	struct cti_config *c = NULL;
	char text[512];

	(void)state;
	assert_int_equal(0, setenv("RB_TEST_SECRET", "from the environment", 1));
	(void)snprintf(text, sizeof(text),
		"[pbx a]\nlines = 1\nsip_servers = sip:h\nsip_password = @%s/secret\n"
		"ami_address = h:1\nami_user = u\nami_secret = $RB_TEST_SECRET\n",
		folder);
	put_file("main.conf", text, 0644);
	put_file("secret", "from a file\n", 0640);
	assert_int_equal(0, load(&c, &p, "main.conf"));
	assert_string_equal("from a file", c->pbxs[0].sip_password);
	assert_string_equal("from the environment", c->pbxs[0].ami_secret);
	assert_int_equal(0, p.n);
	cti_config_free(c);
}

static void secrets_that_everybody_can_read_are_told(void **state)
{
	struct cti_conf_problems p = { 0 };
	struct cti_config *c = NULL;
	char text[512];

	(void)state;
	(void)snprintf(text, sizeof(text),
		"[pbx a]\nlines = 1\nsip_servers = sip:h\nsip_password = @%s/secret\n",
		folder);
	put_file("main.conf", text, 0600);
	put_file("secret", "x\n", 0644);
	assert_int_equal(EINVAL, load(&c, &p, "main.conf"));
	assert_non_null(strstr(p.v[0].remedy, "chmod"));
	cti_conf_problems_reset(&p);

	put_file("main.conf",
		"[pbx a]\nlines = 1\nsip_servers = sip:h\nsip_password = x\n", 0644);
	assert_int_equal(0, load(&c, &p, "main.conf"));
	assert_int_equal(1, p.n);
	assert_true(p.v[0].warning);
	cti_config_free(c);
	cti_conf_problems_reset(&p);
}

/* ---- reload, reference ------------------------------------------------------------------- */

struct differences {
	unsigned n, live;
	char last[64];
};

static void on_difference(const char *section, const char *key, bool live, void *arg)
{
	struct differences *d = arg;

	d->n++;
	d->live += live;
	(void)snprintf(d->last, sizeof(d->last), "%s.%s", section, key);
}

static void differences_are_told_and_live_ones_taken(void **state)
{
	static const char changed[] =
		"[log]\nlevel = warn\n[web]\nport = 1\n[dial]\nper_minute = 3\n"
		"[pbx c]\nlines = 1\nsip_servers = sip:h\n";
	struct cti_conf_problems p = { 0 };
	struct cti_config *a = parse("[pbx a]\nlines = 1\nsip_servers = sip:h\n", &p, 0);
	struct cti_config *b = parse(changed, &p, 0);
	struct differences d = { 0 };

	(void)state;
	cti_config_compare(a, a, on_difference, &d);
	assert_int_equal(0, d.n);
	cti_config_compare(a, b, on_difference, &d);
	assert_int_equal(5, d.n);
	assert_int_equal(2, d.live);
	assert_string_equal("pbx.c", d.last);
	cti_config_take_live(a, b);
	assert_int_equal(CTI_LOG_WARN, a->log.level);
	assert_int_equal(3, a->dial.per_minute);
	assert_int_equal(8080, a->web.port);
	cti_config_free(a);
	cti_config_free(b);
	cti_conf_problems_reset(&p);
}

static void the_reference_in_doc_is_not_stale(void **state)
{
	struct cti_buf want = { 0 };
	char *have = calloc(1, 1 << 20);
	FILE *f = fopen(CTI_SCHEMA_DIR "/../cti-core/doc/configuration.md", "r");

	(void)state;
	assert_non_null(have);
	assert_non_null(f);
	assert_true(fread(have, 1, (1 << 20) - 1, f) > 0);
	(void)fclose(f);
	cti_config_reference(&want);
	/* Stale: ringbridge check --reference > cti-core/doc/configuration.md */
	assert_string_equal(want.data, have);
	free(have);
	cti_buf_reset(&want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_reach_their_fields),
		cmocka_unit_test(rules_for_numbers_and_calls_for_crms),
		cmocka_unit_test(what_is_not_given_has_its_default),
		cmocka_unit_test(each_mistake_is_told_with_place_and_remedy),
		cmocka_unit_test(all_mistakes_come_in_one_go),
		cmocka_unit_test_setup_teardown(
			files_include_others_in_order, setup, remove_files),
		cmocka_unit_test_setup_teardown(
			a_mistake_in_an_included_file_names_it, setup, remove_files),
		cmocka_unit_test_setup_teardown(
			secrets_come_from_files_and_the_environment, setup, remove_files),
		cmocka_unit_test_setup_teardown(
			secrets_that_everybody_can_read_are_told, setup, remove_files),
		cmocka_unit_test(differences_are_told_and_live_ones_taken),
		cmocka_unit_test(the_reference_in_doc_is_not_stale),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
