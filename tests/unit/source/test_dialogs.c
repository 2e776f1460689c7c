/*
 * Each way in which a product's documents lie, and the rule that sees through it.
 * Documents are written as the captured products write them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dialogs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T0     INT64_C(1700000000000000)
#define AT(ms) (T0 + (ms)*INT64_C(1000))

struct world {
	struct cti_model *m;
	struct cti_dialogs *d;
	struct cti_pbx_conf conf;
	uint32_t version[6];
	bool partial;   /* the next documents are */
	char out[8192]; /* finished conversations as text */
	char pops[1024];
	char wanted[256];
};

static char *lines[] = { "201", "202", "203", "204", "205", "206" };

static void put_spans(char *out, size_t size, const struct cti_spans *s, char mark)
{
	for (size_t i = 0; i < s->n; i++) {
		const size_t n = strlen(out);

		(void)snprintf(out + n, size - n, " %c%lld-%lld", mark,
			(long long)(s->v[i].from_us > 0 ? (s->v[i].from_us - T0) / 1000
							: -1),
			(long long)(s->v[i].to_us > 0 ? (s->v[i].to_us - T0) / 1000
						      : -1));
	}
}

/* "inbound 0312345678: 201 callee r100 t200-300 answered | end 300 answered" */
static void on_ended(const struct cti_conversation *c, void *arg)
{
	struct world *w = arg;
	char *o = w->out;
	const size_t size = sizeof(w->out);

	if (*c->merged_into)
		return;
#define ADD(...) (void)snprintf(o + strlen(o), size - strlen(o), __VA_ARGS__)
	ADD("%s %s:", cti_direction_name(c->direction),
		c->has_external && c->external.number ? c->external.number
		: c->initiator                        ? c->initiator
						      : "-");
	for (size_t i = 0; i < c->nlegs; i++) {
		const struct cti_leg *l = &c->legs[i];

		ADD(" %s %s", l->line, cti_role_name(l->role));
		if (l->rang.from_us > 0)
			ADD(" r%lld", (long long)((l->rang.from_us - T0) / 1000));
		put_spans(o, size, &l->talked, 't');
		put_spans(o, size, &l->held, 'h');
		ADD(" %s,", cti_result_name(l->result));
	}
	for (size_t i = 0; i < c->ntransfers; i++)
		ADD(" %s %s>%s", cti_transfer_kind_name(c->transfers[i].kind),
			c->transfers[i].from, c->transfers[i].to);
	ADD(" | %lld %s\n", (long long)(c->end_us > 0 ? (c->end_us - T0) / 1000 : -1),
		cti_outcome_name(c->outcome));
#undef ADD
}

static void on_pop(
	const struct cti_conversation *c, const char *line, const char *why, void *arg)
{
	struct world *w = arg;
	const size_t n = strlen(w->pops);

	(void)c;
	(void)snprintf(w->pops + n, sizeof(w->pops) - n, "%s:%s ", line, why);
}

static void on_want(const char *line, void *arg)
{
	struct world *w = arg;

	(void)strncat(w->wanted, line, sizeof(w->wanted) - strlen(w->wanted) - 1);
}

static int up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	const struct cti_model_effects fx = {
		.ended = on_ended, .pop = on_pop, .arg = w
	};

	if (!w || cti_model_alloc(&w->m, 1, &fx))
		return -1;
	w->conf.name = lines[0];
	w->conf.lines.v = lines;
	w->conf.lines.n = 6;
	*state = w;
	return cti_dialogs_alloc(&w->d, w->m, &w->conf, on_want, w);
}

static int down(void **state)
{
	struct world *w = *state;

	cti_dialogs_free(w->d);
	cti_model_free(w->m);
	free(w);
	return 0;
}

static uint32_t *version_of(struct world *w, const char *line)
{
	return &w->version[line[2] - '1'];
}

static void report(
	struct world *w, int ms, const char *line, const struct cti_dialog *g, size_t n)
{
	const struct cti_report_dialogs rep = { .at_us = AT(ms),
		.line = line,
		.version = (*version_of(w, line))++,
		.full = !w->partial,
		.dialogs = g,
		.n = n };

	cti_dialogs_report(w->d, &rep);
	cti_model_settle(w->m);
}

/* Lets what is waited for happen, and gives what ended. */
static const char *settled(struct world *w)
{
	cti_dialogs_tick(w->d, AT(100000));
	cti_model_settle(w->m);
	return w->out;
}

/* ---- Asterisk ------------------------------------------------------------------ */

static void device(struct world *w, int ms, const char *line, enum cti_dialog_state state,
	const char *caller, bool held)
{
	const struct cti_dialog g = { .id = line,
		.state = state,
		.direction = caller ? CTI_DIALOG_RECIPIENT : CTI_DIALOG_DIR_NONE,
		.local = { .rendering = held ? CTI_RENDERING_NO : CTI_RENDERING_NONE },
		.remote = { .user = caller, .host = caller ? "pbx" : NULL } };

	report(w, ms, line, &g, 1);
}

#define IDLE(ms, line)      device(w, ms, line, CTI_DIALOG_TERMINATED, NULL, false)
#define RING(ms, line, who) device(w, ms, line, CTI_DIALOG_EARLY, who, false)
#define USE(ms, line)       device(w, ms, line, CTI_DIALOG_CONFIRMED, NULL, false)
#define HELD(ms, line)      device(w, ms, line, CTI_DIALOG_CONFIRMED, NULL, true)

static void all_idle(struct world *w)
{
	for (size_t i = 0; i < 6; i++)
		IDLE(0, lines[i]);
}

static void asterisk_names_the_caller_only_while_it_rings(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	USE(200, "201");
	IDLE(300, "201");
	assert_string_equal(
		"inbound 0312345678: 201 callee r100 t200-300 answered, | 300 answered\n",
		settled(w));
	assert_string_equal("201:ring ", w->pops);
}

static void asterisk_marks_the_party_that_is_held(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "202", "201");
	USE(101, "201");
	USE(500, "202");
	HELD(1000, "201"); /* 202 pressed hold */
	USE(2000, "201");
	IDLE(3000, "202");
	IDLE(3001, "201");
	assert_string_equal(
		"internal 201: 202 callee r100 t500-3000 h1000-2000 answered, "
		"201 caller t500-3001 called, | 3000 answered\n",
		settled(w));
}

static void asterisk_being_held_by_an_outside_party_is_nobody_s_hold(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	USE(200, "201");
	HELD(1000, "201");
	USE(2000, "201");
	IDLE(3000, "201");
	assert_null(strchr(settled(w), 'h'));
}

static void asterisk_confirmed_may_be_no_answer(void **state)
{
	struct world *w = *state;

	all_idle(w);
	USE(100, "201"); /* calls somewhere, or hears an announcement */
	IDLE(3000, "201");
	assert_string_equal("unknown 201: 201 caller called, | 3000 none\n", settled(w));
}

static void asterisk_second_call_that_stops_with_its_caller_was_not_answered(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "205", "203");
	USE(101, "203");
	USE(500, "205");
	RING(1000, "205", "204");
	USE(1001, "204");
	USE(2000, "205"); /* the ring stopped: answered or not? */
	IDLE(2010, "204");
	IDLE(3000, "205");
	IDLE(3001, "203");
	assert_non_null(strstr(
		settled(w), "internal 204: 205 callee r1000 none, 204 caller called,"));
	assert_non_null(strstr(w->out, "t500-3000 answered"));
}

static void asterisk_second_call_whose_caller_stays_was_answered(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "205", "203");
	USE(101, "203");
	USE(500, "205");
	RING(1000, "205", "204");
	USE(1001, "204");
	USE(2000, "205");
	IDLE(4000, "204");
	assert_non_null(strstr(settled(w), "205 callee r1000 t2000-4000 answered"));
}

static void asterisk_a_refresh_repeats_the_version_and_means_nothing(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	w->version[0]--;
	RING(150, "201", "0312345678");
	USE(200, "201");
	w->version[0]--;
	USE(250, "201");
	IDLE(300, "201");
	assert_string_equal(
		"inbound 0312345678: 201 callee r100 t200-300 answered, | 300 answered\n",
		settled(w));
}

static void asterisk_losers_of_a_ring_group_are_not_missed(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	RING(101, "202", "0312345678");
	RING(102, "203", "0312345678");
	USE(1000, "202");
	IDLE(1004, "203");
	IDLE(1010, "201");
	IDLE(2000, "202");
	assert_string_equal(
		"inbound 0312345678: 201 callee r100 answered-elsewhere, 202 callee "
		"r101 t1000-2000 answered, 203 callee r102 answered-elsewhere, | 2000 "
		"answered\n",
		settled(w));
}

static void asterisk_a_member_that_stops_alone_has_refused(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	RING(101, "202", "0312345678");
	IDLE(900, "201");
	IDLE(2000, "202");
	assert_non_null(strstr(settled(w),
		"201 callee r100 declined, 202 callee r101 none, | 2000 none"));
}

static void blind_transfer_is_talk_here_ring_there(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	USE(500, "201");
	IDLE(1700, "201");
	RING(1760, "202", "0312345678");
	USE(2700, "202");
	IDLE(4000, "202");
	assert_string_equal(
		"inbound 0312345678: 201 callee r100 t500-1700 answered, 202 "
		"transferred-to r1760 t2700-4000 answered, blind 201>202 | 4000 answered\n",
		settled(w));
}

static void attended_transfer_is_leaving_two_calls_at_once(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	USE(500, "201");
	RING(2000, "202", "201"); /* 201 is in use already and says no more */
	USE(3000, "202");
	IDLE(4000, "201");
	cti_dialogs_tick(w->d, AT(5000));
	cti_model_settle(w->m);
	IDLE(6000, "202");
	assert_string_equal(
		"inbound 0312345678: 201 callee r100 t500-4000 answered, 202 consulted "
		"r2000 t3000-6000 answered, attended 201>202 | 6000 answered\n",
		settled(w));
	assert_string_equal("201:ring 202:ring 202:transfer ", w->pops);
}

static void a_consultation_that_ends_is_a_call_of_its_own(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	USE(500, "201");
	RING(2000, "202", "201");
	USE(3000, "202");
	IDLE(4000, "202");
	IDLE(6000, "201");
	assert_non_null(strstr(settled(w), "202 callee r2000 t3000-4000 answered"));
	assert_non_null(strstr(w->out, "201 callee r100 t500-6000 answered"));
}

static void pick_up_is_off_hook_here_when_a_ring_stops_there(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "203");
	USE(101, "203");
	USE(1500, "202");
	IDLE(1504, "201");
	IDLE(3000, "202");
	IDLE(3001, "203");
	assert_non_null(strstr(settled(w), "201 callee r100 answered-elsewhere"));
	assert_non_null(strstr(w->out, "202 picker t1504-3000 answered"));
	assert_non_null(strstr(w->out, "pickup 201>202"));
}

static void no_pick_up_when_two_went_off_hook(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "203");
	USE(101, "203");
	USE(1500, "202");
	USE(1502, "204");
	IDLE(1504, "201");
	IDLE(3000, "202");
	IDLE(3000, "204");
	IDLE(3001, "203");
	assert_null(strstr(settled(w), "pickup"));
}

static void no_pick_up_while_others_ring_on(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	RING(110, "202", "0312345678");
	USE(1000, "204");
	IDLE(1300, "201"); /* declined */
	IDLE(2500, "202");
	IDLE(4000, "204");
	assert_null(strstr(settled(w), "pickup"));
	assert_non_null(strstr(w->out, "201 callee r100 declined"));
}

static void who_picks_up_takes_from_all_that_ring(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	RING(110, "202", "0312345678");
	USE(1000, "204");
	IDLE(1500, "201");
	IDLE(1502, "202");
	IDLE(3000, "204");
	assert_non_null(strstr(settled(w), "201 callee r100 answered-elsewhere"));
	assert_non_null(strstr(w->out, "202 callee r110 answered-elsewhere"));
	assert_non_null(strstr(w->out, "204 picker t1502-3000 answered"));
	assert_non_null(strstr(w->out, "pickup ")); /* from whom of the two? */
}

static void a_phone_that_stays_in_use_has_an_end_that_nobody_knows(void **state)
{
	struct world *w = *state;

	all_idle(w);
	USE(100, "201");
	RING(101, "202", "201");
	USE(1000, "202");
	IDLE(3000, "201"); /* 202 talks on, with whom? */
	IDLE(9000, "202");
	assert_non_null(strstr(settled(w), "201 caller t1000-3000 called"));
	assert_non_null(strstr(w->out, "202 callee r101 t1000--1 answered"));
	assert_non_null(strstr(w->out, "| -1 answered"));
}

static void a_queue_that_rings_again_is_one_call(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	RING(110, "202", "0312345678");
	IDLE(5000, "201");
	IDLE(5001, "202");
	RING(6000, "201", "0312345678");
	RING(6010, "202", "0312345678");
	USE(7000, "202");
	IDLE(7004, "201");
	IDLE(9000, "202");
	assert_non_null(strstr(settled(w), "inbound 0312345678:"));
	assert_null(strstr(strchr(w->out, '\n') + 1, "inbound"));
}

static void no_pick_up_when_the_caller_is_gone_too(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "203");
	USE(101, "203");
	USE(1500, "202");
	IDLE(1503, "203");
	IDLE(1504, "201");
	IDLE(3000, "202");
	assert_null(strstr(settled(w), "pickup"));
}

static void a_line_that_rings_and_names_itself_is_click_to_dial(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "201");
	USE(500, "201");
	IDLE(3000, "201");
	assert_string_equal(
		"unknown pbx: 201 caller r100 called, | 3000 none\n", settled(w));
	assert_string_equal("", w->pops);
}

static void who_is_held_at_the_moment_of_answer_was_called_by_a_program(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "999");
	USE(500, "201");
	HELD(502, "201");
	USE(1500, "201");
	IDLE(3000, "201");
	assert_string_equal(
		"unknown pbx: 201 caller r100 called, | 3000 none\n", settled(w));
}

static void our_own_dial_does_not_pop(void **state)
{
	struct world *w = *state;

	all_idle(w);
	cti_dialogs_dialled(w->d, AT(50), "201", "0399998888");
	RING(100, "201", "999");
	USE(500, "201");
	IDLE(3000, "201");
	assert_string_equal(
		"outbound 0399998888: 201 caller r100 called, | 3000 none\n", settled(w));
	assert_string_equal("", w->pops);
}

static void what_was_there_before_anybody_looked_began_nobody_knows_when(void **state)
{
	struct world *w = *state;

	RING(100, "201", "0312345678");
	USE(500, "201");
	IDLE(900, "201");
	assert_string_equal(
		"inbound 0312345678: 201 callee t500-900 answered, | 900 answered\n",
		settled(w));
}

static void what_is_gone_after_a_gap_ended_nobody_knows_when(void **state)
{
	struct world *w = *state;
	const struct cti_report_link lost = {
		.at_us = AT(600), .source = CTI_PROV_DIALOG, .what = CTI_LINK_DOWN
	};

	all_idle(w);
	RING(100, "201", "0312345678");
	USE(500, "201");
	cti_dialogs_link(w->d, &lost);
	IDLE(60000, "201");
	assert_string_equal(
		"inbound 0312345678: 201 callee r100 t500--1 answered, | -1 answered\n",
		settled(w));
}

static void a_missing_version_asks_for_the_line(void **state)
{
	struct world *w = *state;

	all_idle(w);
	w->version[0] += 3;
	RING(100, "201", "0312345678");
	assert_string_equal("201", w->wanted);
}

static void a_ring_that_lasts_too_long_asks_for_the_line(void **state)
{
	struct world *w = *state;

	all_idle(w);
	RING(100, "201", "0312345678");
	cti_dialogs_tick(w->d, AT(30000));
	assert_string_equal("", w->wanted);
	cti_dialogs_tick(w->d, AT(70000));
	assert_string_equal("201", w->wanted);
}

/* ---- FreeSWITCH ------------------------------------------------------------------ */

static void channel(struct world *w, int ms, const char *line, const char *id,
	bool initiator, enum cti_dialog_state state, const char *who, bool held)
{
	const bool over = state == CTI_DIALOG_TERMINATED;
	const struct cti_dialog g = { .id = id,
		.state = state,
		.direction = initiator ? CTI_DIALOG_INITIATOR : CTI_DIALOG_RECIPIENT,
		.local = { .user = over ? NULL : line,
			.rendering = over   ? CTI_RENDERING_NONE
				     : held ? CTI_RENDERING_NO
					    : CTI_RENDERING_YES },
		.remote = { .user = over ? NULL : who, .host = over ? NULL : "pbx" } };

	report(w, ms, line, &g, 1);
}

#define ID_A  "c073ca51-0000-4000-8000-00000000000a"
#define ID_B  "c073ca51-0000-4000-8000-00000000000b"
#define ID_C  "c073ca51-0000-4000-8000-00000000000c"
#define EARLY CTI_DIALOG_EARLY
#define CONF  CTI_DIALOG_CONFIRMED
#define TERM  CTI_DIALOG_TERMINATED

static void none(struct world *w)
{
	for (size_t i = 0; i < 6; i++)
		report(w, 0, lines[i], NULL, 0);
}

static void freeswitch_the_caller_is_confirmed_from_the_first_moment(void **state)
{
	struct world *w = *state;

	none(w);
	channel(w, 100, "201", ID_A, true, CONF, "0899999999", false);
	channel(w, 1500, "201", ID_A, true, CONF, "0899999999", false);
	channel(w, 3000, "201", ID_A, true, TERM, NULL, false);
	channel(w, 5000, "201", ID_B, true, CONF, "0899999999", false);
	channel(w, 6000, "201", ID_B, true, TERM, NULL, false);
	assert_string_equal(
		"outbound 0899999999: 201 caller t1500-3000 called, | 3000 answered\n"
		"outbound 0899999999: 201 caller called, | 6000 none\n",
		settled(w));
}

static void freeswitch_full_lists_are_not_full(void **state)
{
	struct world *w = *state;

	none(w);
	channel(w, 100, "201", ID_A, false, EARLY, "0899999999", false);
	channel(w, 500, "201", ID_A, false, CONF, "0899999999", false);
	channel(w, 1000, "201", ID_B, false, EARLY, "0888888888",
		false); /* A not listed */
	channel(w, 2000, "201", ID_A, false, CONF, "0899999999", true);
	channel(w, 2100, "201", ID_B, false, CONF, "0888888888", false);
	channel(w, 3000, "201", ID_B, false, EARLY, "0888888888", false); /* B is over */
	channel(w, 3500, "201", ID_A, false, CONF, "0899999999", false);
	channel(w, 4000, "201", ID_A, false, TERM, NULL, false);
	assert_non_null(strstr(
		settled(w), "0899999999: 201 callee r100 t500-4000 h2000-3500 answered"));
	assert_non_null(strstr(
		w->out, "0888888888: 201 callee r1000 t2100-3000 answered, | 3000"));
}

/* A missed second call looks answered. */
static void freeswitch_the_second_ring_s_end_is_written_as_confirmed(void **state)
{
	struct world *w = *state;

	none(w);
	channel(w, 100, "201", ID_A, false, EARLY, "0899999999", false);
	channel(w, 500, "201", ID_A, false, CONF, "0899999999", false);
	channel(w, 1000, "201", ID_B, false, EARLY, "0888888888", false);
	channel(w, 2000, "201", ID_B, false, CONF, "0888888888", false);
	channel(w, 4000, "201", ID_A, false, TERM, NULL, false);
	assert_non_null(
		strstr(settled(w), "0888888888: 201 callee r1000 none, | 2000 none"));
}

static void freeswitch_two_phones_of_a_line_are_one_leg(void **state)
{
	struct world *w = *state;

	none(w);
	channel(w, 100, "201", ID_A, false, EARLY, "0899999999", false);
	channel(w, 110, "201", ID_B, false, EARLY, "0899999999", false);
	channel(w, 1000, "201", ID_B, false, CONF, "0899999999", false);
	channel(w, 1010, "201", ID_A, false, CONF, "0899999999", false); /* A is over */
	channel(w, 3000, "201", ID_B, false, TERM, NULL, false);
	assert_string_equal(
		"inbound 0899999999: 201 callee r100 t1000-3000 answered, | 3000 answered\n",
		settled(w));
}

static void freeswitch_names_the_destination_when_it_rings_the_agent(void **state)
{
	struct world *w = *state;

	none(w);
	channel(w, 100, "201", ID_A, false, EARLY, "202", false);
	channel(w, 1500, "201", ID_A, false, CONF, "202", false);
	channel(w, 1510, "201", ID_A, false, CONF, "201", false); /* "Outbound Call" */
	channel(w, 1520, "202", ID_B, false, EARLY, "201", false);
	channel(w, 3000, "202", ID_B, false, CONF, "201", false);
	channel(w, 5000, "201", ID_A, false, TERM, NULL, false);
	channel(w, 5001, "202", ID_B, false, TERM, NULL, false);
	assert_string_equal(
		"internal pbx: 201 caller r100 t3000-5000 called, 202 callee r1520 "
		"t3000-5001 answered, | 5000 answered\n",
		settled(w));
	assert_string_equal("202:ring ", w->pops);
}

static void freeswitch_pick_up_names_the_code(void **state)
{
	struct world *w = *state;

	none(w);
	channel(w, 100, "201", ID_A, false, EARLY, "0899999999", false);
	channel(w, 1000, "202", ID_B, true, CONF, "**201", false);
	channel(w, 1040, "201", ID_A, false, TERM, NULL, false);
	channel(w, 3000, "202", ID_B, true, TERM, NULL, false);
	assert_string_equal(
		"inbound 0899999999: 201 callee r100 answered-elsewhere, 202 picker "
		"t1040-3000 answered, pickup 201>202 | 3000 answered\n",
		settled(w));
}

/* ---- Kamailio --------------------------------------------------------------------- */

static void dialog(struct world *w, int ms, const char *line, const char *call_id,
	bool initiator, enum cti_dialog_state state, const char *local, const char *who)
{
	const struct cti_dialog g = { .id = call_id,
		.call_id = call_id,
		.state = state,
		.direction = initiator ? CTI_DIALOG_INITIATOR : CTI_DIALOG_RECIPIENT,
		.local = { .user = local, .host = "pbx" },
		.remote = { .user = who, .host = "pbx" } };

	report(w, ms, line, &g, 1);
}

static void kamailio_call_ids_join_the_lines(void **state)
{
	struct world *w = *state;

	none(w);
	dialog(w, 100, "201", "aa1@ua", true, CTI_DIALOG_TRYING, "201", "202");
	dialog(w, 160, "202", "aa1@ua", false, EARLY, "202", "201");
	dialog(w, 1000, "202", "aa1@ua", false, CONF, "202", "201");
	dialog(w, 1001, "201", "aa1@ua", true, CONF, "201", "202");
	dialog(w, 2000, "201", "aa1@ua", true, TERM, "201", "202");
	dialog(w, 2001, "202", "aa1@ua", false, TERM, "202", "201");
	assert_string_equal(
		"internal 201: 201 caller t1000-2000 called, 202 callee r160 t1000-2001 "
		"answered, | 2000 answered\n",
		settled(w));
}

static void kamailio_all_members_claim_the_answer(void **state)
{
	struct world *w = *state;

	none(w);
	for (size_t i = 0; i < 3; i++)
		dialog(w, 100, lines[i], "bb1@ua", false, EARLY, "0355501235",
			"0312345678");
	for (size_t i = 0; i < 3; i++)
		dialog(w, 1000, lines[i], "bb1@ua", false, CONF, "0355501235",
			"0312345678");
	for (size_t i = 0; i < 3; i++)
		dialog(w, 2000, lines[i], "bb1@ua", false, TERM, "0355501235",
			"0312345678");
	assert_string_equal(
		"inbound 0312345678: 201 callee r100 none, 202 callee r100 none, 203 "
		"callee r100 none, | 2000 answered\n",
		settled(w));
}

static void kamailio_early_can_come_before_trying(void **state)
{
	struct world *w = *state;

	none(w);
	dialog(w, 100, "201", "cc1@ua", true, EARLY, "201", "0312345678");
	dialog(w, 101, "201", "cc1@ua", true, CTI_DIALOG_TRYING, "201", "0312345678");
	dialog(w, 1000, "201", "cc1@ua", true, CONF, "201", "0312345678");
	dialog(w, 1500, "201", "cc1@ua", true, CONF, "201", "0312345678"); /* re-INVITE */
	dialog(w, 2000, "201", "cc1@ua", true, TERM, "201", "0312345678");
	assert_string_equal(
		"outbound 0312345678: 201 caller t1000-2000 called, | 2000 answered\n",
		settled(w));
}

static void kamailio_ended_dialogs_linger_and_are_no_calls(void **state)
{
	struct world *w = *state;

	dialog(w, 100, "201", "old1@ua", true, TERM, "201", "202");
	dialog(w, 110, "202", "old1@ua", false, TERM, "202", "201");
	assert_string_equal("", settled(w));
}

static void kamailio_busy_at_once_is_one_document(void **state)
{
	struct world *w = *state;

	none(w);
	dialog(w, 100, "201", "dd1@ua", true, CTI_DIALOG_TRYING, "201", "202");
	dialog(w, 103, "202", "dd1@ua", false, TERM, "202", "201");
	dialog(w, 104, "201", "dd1@ua", true, TERM, "201", "202");
	assert_string_equal(
		"internal 201: 201 caller called, 202 callee none, | 104 none\n",
		settled(w));
}

/* RFC 4235 as written: trying, then the refusal. There was a call, and nobody rang. */
static void a_refusal_without_a_ring_is_a_call(void **state)
{
	struct world *w = *state;

	none(w);
	dialog(w, 100, "201", "jj1@ua", false, CTI_DIALOG_TRYING, "0355501234",
		"0312345678");
	dialog(w, 150, "201", "jj1@ua", false, TERM, "0355501234", "0312345678");
	assert_non_null(strstr(settled(w), "inbound 0312345678: 201 callee"));
	assert_non_null(strstr(w->out, "| 150 "));
	assert_string_equal("", w->pops);
}

static void two_dialogs(struct world *w, int ms, enum cti_dialog_state first,
	enum cti_dialog_state second, const char *number)
{
	const struct cti_dialog g[] = {
		{ .id = "ee1@cti",
			.call_id = "ee1@cti",
			.state = first,
			.direction = CTI_DIALOG_RECIPIENT,
			.local = { .user = "201", .host = "pbx" },
			.remote = { .user = "cti", .host = "pbx" } },
		{ .id = "ee2@ua",
			.call_id = "ee2@ua",
			.state = second,
			.direction = CTI_DIALOG_INITIATOR,
			.local = { .user = "201", .host = "pbx" },
			.remote = { .user = number, .host = "pbx" } },
	};

	report(w, ms, "201", g, 2);
}

static void kamailio_the_phone_itself_calls_what_we_dialled(void **state)
{
	struct world *w = *state;

	none(w);
	cti_dialogs_dialled(w->d, AT(50), "201", "0312345678");
	dialog(w, 100, "201", "ee1@cti", false, EARLY, "201", "cti");
	dialog(w, 500, "201", "ee1@cti", false, CONF, "201", "cti");
	two_dialogs(w, 520, CONF, CTI_DIALOG_TRYING, "0312345678");
	two_dialogs(w, 800, CONF, CONF, "0312345678");
	two_dialogs(w, 820, TERM, CONF, "0312345678");
	two_dialogs(w, 3000, TERM, TERM, "0312345678");
	assert_string_equal("outbound 0312345678: 201 caller r100 t800-3000 called, "
			    "| 3000 answered\n",
		settled(w));
	assert_string_equal("", w->pops);
}

static void kamailio_another_number_is_another_call(void **state)
{
	struct world *w = *state;

	none(w);
	cti_dialogs_dialled(w->d, AT(50), "201", "0312345678");
	dialog(w, 100, "201", "ee1@cti", false, EARLY, "201", "cti");
	dialog(w, 500, "201", "ee1@cti", false, CONF, "201", "cti");
	two_dialogs(w, 520, CONF, CTI_DIALOG_TRYING, "0666666666");
	two_dialogs(w, 800, TERM, CONF, "0666666666");
	two_dialogs(w, 3000, TERM, TERM, "0666666666");
	assert_string_equal("outbound 0312345678: 201 caller r100 called, | 800 none\n"
			    "outbound 0666666666: 201 caller t800-3000 called, "
			    "| 3000 answered\n",
		settled(w));
}

/* force_single_dialog shows the most telling dialog alone. */
static void kamailio_a_dialog_left_out_may_live_on(void **state)
{
	struct world *w = *state;

	none(w);
	dialog(w, 100, "202", "ee1@ua", true, CTI_DIALOG_TRYING, "202", "201");
	dialog(w, 110, "201", "ee1@ua", false, EARLY, "201", "202");
	dialog(w, 500, "201", "ee1@ua", false, CONF, "201", "202");
	dialog(w, 501, "202", "ee1@ua", true, CONF, "202", "201");
	dialog(w, 1000, "201", "ff1@ua", false, EARLY, "0355501234", "0312345678");
	dialog(w, 2000, "202", "ee1@ua", true, TERM, "202", "201");
	dialog(w, 3000, "201", "ff1@ua", false, CONF, "0355501234", "0312345678");
	dialog(w, 4000, "201", "ff1@ua", false, TERM, "0355501234", "0312345678");
	assert_non_null(strstr(
		settled(w), "201 callee r110 t500-2000 answered, | 2000 answered"));
	assert_non_null(
		strstr(w->out, "0312345678: 201 callee r1000 t3000-4000 answered"));
}

/* Who writes partial documents lists in a full one all there is. */
static void what_a_full_list_leaves_out_is_over(void **state)
{
	struct world *w = *state;

	none(w);
	w->partial = true;
	dialog(w, 100, "201", "hh1@ua", false, EARLY, "0355501234", "0312345678");
	dialog(w, 500, "201", "hh1@ua", false, CONF, "0355501234", "0312345678");
	w->partial = false;
	dialog(w, 9000, "201", "hh2@ua", false, EARLY, "0355501234", "0399998888");
	assert_non_null(strstr(settled(w), "0312345678: 201 callee r100 t500-9000"));
}

static void a_partial_document_after_a_single_list_asks_for_all(void **state)
{
	struct world *w = *state;

	none(w);
	dialog(w, 100, "201", "ii1@ua", false, CONF, "0355501234", "0312345678");
	dialog(w, 9000, "201", "ii2@ua", false, EARLY, "0355501234", "0399998888");
	assert_string_equal("", w->wanted);
	w->partial = true;
	dialog(w, 9500, "201", "ii2@ua", false, TERM, "0355501234", "0399998888");
	assert_string_equal("201", w->wanted);
}

static void an_empty_document_after_a_restart_ends_nobody_knows_when(void **state)
{
	struct world *w = *state;

	none(w);
	dialog(w, 100, "201", "gg1@ua", false, EARLY, "0355501234", "0312345678");
	dialog(w, 500, "201", "gg1@ua", false, CONF, "0355501234", "0312345678");
	report(w, 9000, "201", NULL, 0);
	assert_non_null(strstr(settled(w), "| -1 answered"));
}

static struct cti_conv *nobody(const char *line, void *arg)
{
	(void)line;
	(void)arg;
	return NULL;
}

static void in_the_shadow_of_a_better_source_nothing_is_made(void **state)
{
	struct world *w = *state;

	all_idle(w);
	cti_dialogs_shadow(w->d, AT(10), true, nobody, NULL);
	RING(100, "201", "0312345678");
	USE(500, "201");
	assert_int_equal(0, cti_model_count(w->m));
	cti_dialogs_shadow(w->d, AT(600), false, nobody, NULL); /* it is lost: adopt */
	assert_int_equal(1, cti_model_count(w->m));
	IDLE(900, "201");
	assert_non_null(strstr(settled(w), "inbound 0312345678: 201 callee"));
	assert_string_equal("", w->pops);
}

#define W(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		W(asterisk_names_the_caller_only_while_it_rings),
		W(asterisk_marks_the_party_that_is_held),
		W(asterisk_being_held_by_an_outside_party_is_nobody_s_hold),
		W(asterisk_confirmed_may_be_no_answer),
		W(asterisk_second_call_that_stops_with_its_caller_was_not_answered),
		W(asterisk_second_call_whose_caller_stays_was_answered),
		W(asterisk_a_refresh_repeats_the_version_and_means_nothing),
		W(asterisk_losers_of_a_ring_group_are_not_missed),
		W(asterisk_a_member_that_stops_alone_has_refused),
		W(blind_transfer_is_talk_here_ring_there),
		W(attended_transfer_is_leaving_two_calls_at_once),
		W(a_consultation_that_ends_is_a_call_of_its_own),
		W(pick_up_is_off_hook_here_when_a_ring_stops_there),
		W(no_pick_up_when_two_went_off_hook),
		W(no_pick_up_while_others_ring_on),
		W(who_picks_up_takes_from_all_that_ring),
		W(a_phone_that_stays_in_use_has_an_end_that_nobody_knows),
		W(a_queue_that_rings_again_is_one_call),
		W(no_pick_up_when_the_caller_is_gone_too),
		W(a_line_that_rings_and_names_itself_is_click_to_dial),
		W(who_is_held_at_the_moment_of_answer_was_called_by_a_program),
		W(our_own_dial_does_not_pop),
		W(what_was_there_before_anybody_looked_began_nobody_knows_when),
		W(what_is_gone_after_a_gap_ended_nobody_knows_when),
		W(a_missing_version_asks_for_the_line),
		W(a_ring_that_lasts_too_long_asks_for_the_line),
		W(freeswitch_the_caller_is_confirmed_from_the_first_moment),
		W(freeswitch_full_lists_are_not_full),
		W(freeswitch_the_second_ring_s_end_is_written_as_confirmed),
		W(freeswitch_two_phones_of_a_line_are_one_leg),
		W(freeswitch_names_the_destination_when_it_rings_the_agent),
		W(freeswitch_pick_up_names_the_code),
		W(kamailio_call_ids_join_the_lines),
		W(kamailio_all_members_claim_the_answer),
		W(kamailio_early_can_come_before_trying),
		W(kamailio_ended_dialogs_linger_and_are_no_calls),
		W(kamailio_busy_at_once_is_one_document),
		W(kamailio_the_phone_itself_calls_what_we_dialled),
		W(kamailio_another_number_is_another_call),
		W(kamailio_a_dialog_left_out_may_live_on),
		W(a_refusal_without_a_ring_is_a_call),
		W(what_a_full_list_leaves_out_is_over),
		W(a_partial_document_after_a_single_list_asks_for_all),
		W(an_empty_document_after_a_restart_ends_nobody_knows_when),
		W(in_the_shadow_of_a_better_source_nothing_is_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
