/*
 * test_restart_exact.c -- recorded traffic of real PBXs, ended at many moments: the next
 * process has the same calls, word for word.
 */
#include "capture.h"
#include "input_codec.h"
#include "restart.h"
#include "route.h"
#include "strmap.h"
#include "view.h"

#include <cti/clock.h>

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], input_dir[96], record_dir[96];
static struct cti_capture *capture;
static struct cti_config config;

static void folder_up(void)
{
	(void)strcpy(folder, "/tmp/rb-exact-XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(input_dir, sizeof(input_dir), "%s/input", folder);
	(void)snprintf(record_dir, sizeof(record_dir), "%s/record", folder);
}

static void folder_down(void)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(0, system(command));
}

/* ---- a process --------------------------------------------------------------------------- */

struct process {
	struct cti_route route;
	struct cti_restart_found found;
};

static struct cti_journal *open_journal(const char *dir)
{
	const struct cti_journal_conf conf = { .dir = dir,
		.segment_bytes = 1 << 20,
		.max_bytes = 256 << 20,
		.fsync = CTI_FSYNC_NEVER };
	struct cti_journal *j = NULL;

	assert_int_equal(0, cti_journal_open(&j, &conf, NULL));
	return j;
}

static struct process *start(void)
{
	static const struct cti_reader_ops *const readers[] = { &cti_reader_dialog,
		&cti_reader_ami, NULL };
	const struct cti_pbx_conf *pbxs[8];
	const struct cti_source_conf conf = { .pbxs = pbxs, .n = config.npbxs };
	struct process *p = calloc(1, sizeof(*p));
	struct cti_model_effects effects;

	assert_non_null(p);
	assert_true(config.npbxs <= sizeof(pbxs) / sizeof(pbxs[0]));
	for (size_t i = 0; i < config.npbxs; i++)
		pbxs[i] = &config.pbxs[i];
	p->route.config = &config;
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

static void end(struct process *p)
{
	cti_source_free(p->route.source);
	cti_model_free(p->route.model);
	cti_route_fini(&p->route);
	cti_journal_close(p->route.input);
	cti_journal_close(p->route.record);
	free(p);
}

/* ---- what it knows ------------------------------------------------------------------------- */

static char *picture(struct cti_conv *c)
{
	struct cti_buf b = { 0 };
	struct cti_jsonw w;

	cti_jsonw_init(&w, &b);
	cti_view_conversation(&w, NULL, cti_conv_view(c));
	return cti_buf_take(&b);
}

/* Id to picture of each call that goes on. */
static struct cti_strmap *pictures(struct process *p)
{
	struct cti_strmap *map = NULL;

	assert_int_equal(0, cti_strmap_alloc(&map));
	for (struct cti_open *e = cti_opens_first(p->route.opens); e; e = e->next) {
		struct cti_conv *c =
			e->ghost ? NULL : cti_conv_find(p->route.model, e->id);

		if (c)
			assert_int_equal(0, cti_strmap_put(map, e->id, picture(c), NULL));
	}
	return map;
}

struct comparison {
	const struct cti_strmap *after;
	unsigned played, calls, wrong;
	uint64_t inputs, again; /* that there were, and that were read once more */
	size_t at;
};

static bool compare(const char *id, void *value, void *arg)
{
	struct comparison *c = arg;
	const char *is = cti_strmap_get(c->after, id);

	c->calls++;
	if (is && !strcmp(is, value))
		return true;
	c->wrong++;
	print_error("%s, ended after input %zu:\n was %s\n is  %s\n", capture->name,
		c->at, (const char *)value, is ? is : "nothing");
	return true;
}

/* ---- one recording --------------------------------------------------------------------------- */

enum { CUTS = 2 };
enum { SECOND_US = 1000 * 1000, PAUSE_US = 15 * SECOND_US };

/* Time passes as in a service: a tick a second. */
static void feed(struct process *p, size_t n, int64_t later_us)
{
	int64_t now_us = capture->inputs[0].at_us + later_us;

	for (size_t i = 0; i < n; i++) {
		struct cti_input in = capture->inputs[i];

		in.at_us += later_us;
		while (in.at_us - now_us > SECOND_US) {
			cti_clock_set_fake(now_us += SECOND_US);
			cti_route_tick(&p->route);
		}
		cti_clock_set_fake(in.at_us);
		assert_int_equal(0, cti_route_input(&p->route, &in));
	}
}

static void pass_time(struct process *p, int64_t now_us)
{
	for (int n = 0; n < PAUSE_US / SECOND_US; n++) {
		cti_clock_set_fake(now_us += SECOND_US);
		cti_route_tick(&p->route);
	}
}

/* All of it, so that reading does not begin at the journal's begin, and then n inputs of
 * it once more. */
static void play_until(struct process *p, size_t n)
{
	const int64_t end_us = capture->inputs[capture->n - 1].at_us;

	feed(p, capture->n, 0);
	pass_time(p, end_us);
	feed(p, n, end_us + PAUSE_US + SECOND_US - capture->inputs[0].at_us);
}

/* The event stream is there. */
static void link_up(struct process *p)
{
	static const char *const words[] = { "up", "snapshot-begin", "snapshot-end" };

	for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
		for (size_t i = 0; i < capture->npbxs; i++) {
			const struct cti_input in = { .at_us = capture->inputs[0].at_us,
				.kind = CTI_INPUT_LINK,
				.source = CTI_PROV_API,
				.pbx = capture->pbxs[i].name,
				.line = "",
				.ctype = "",
				.data = words[k],
				.len_bytes = strlen(words[k]) };

			assert_int_equal(0, cti_route_input(&p->route, &in));
		}
	}
}

static void end_after(size_t n, bool api, struct comparison *c)
{
	struct cti_strmap *before, *after;
	struct process *p;

	folder_up();
	cti_clock_set_fake(capture->inputs[0].at_us);
	p = start();
	if (api)
		link_up(p);
	play_until(p, n);
	before = pictures(p);
	c->inputs += p->route.n.inputs;
	end(p);
	p = start();
	after = pictures(p);
	c->again += p->found.inputs;
	c->after = after;
	c->at = n;
	cti_strmap_each(before, compare, c);
	if (p->found.lost) {
		print_error("%s, ended after input %zu: %llu lost\n", capture->name, n,
			(unsigned long long)p->found.lost);
		c->wrong++;
	}
	end(p);
	cti_strmap_free(before, free);
	cti_strmap_free(after, free);
	folder_down();
}

static void play(const char *path, unsigned sources, struct comparison *c)
{
	if (cti_capture_load(&capture, path, sources) == ENOENT)
		return;
	config = (struct cti_config){ .pbxs = capture->pbxs, .npbxs = capture->npbxs };
	config.journal.segment_bytes = 1 << 20;
	/* Another place in each recording, so that every kind of moment is met. */
	for (size_t n = 1 + c->played++ * 7 % (1 + capture->n / CUTS); n <= capture->n;
		n += 1 + capture->n / CUTS)
		end_after(n, sources & CTI_CAPTURE_API, c);
	cti_capture_free(capture);
	capture = NULL;
}

static void play_all(unsigned sources, const char *only)
{
	static const char root[] = CTI_TEST_DATA "/captures";
	struct comparison c = { 0 };
	char path[1024];
	DIR *products = opendir(root);
	const struct dirent *product;
	const struct dirent *one;
	DIR *d;

	assert_non_null(products);
	while ((product = readdir(products)) != NULL) {
		if (product->d_name[0] == '.' ||
			(only && strncmp(product->d_name, only, strlen(only)) != 0))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", root, product->d_name);
		d = opendir(path);
		while (d && (one = readdir(d)) != NULL) {
			if (one->d_name[0] == '.')
				continue;
			(void)snprintf(path, sizeof(path), "%s/%s/%s", root,
				product->d_name, one->d_name);
			play(path, sources, &c);
		}
		if (d)
			(void)closedir(d);
	}
	(void)closedir(products);
	print_message("%u calls compared, %u differ; %llu inputs, %llu read again\n",
		c.calls, c.wrong, (unsigned long long)c.inputs,
		(unsigned long long)c.again);
	assert_true(c.again < c.inputs);
	assert_true(c.calls > 0);
	assert_int_equal(0, c.wrong);
}

static void dialogs(void **state)
{
	(void)state;
	play_all(CTI_CAPTURE_NOTIFY, getenv("ONLY"));
}

static void events(void **state)
{
	(void)state;
	play_all(CTI_CAPTURE_API | CTI_CAPTURE_NOTIFY, "asterisk");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dialogs),
		cmocka_unit_test(events),
	};

	return cmocka_run_group_tests_name("restart_exact", tests, NULL, NULL);
}
