/*
 * main.c -- pbxsim: arguments, start, stop.
 */
#include "sim.h"

#include "acks.h"
#include "cast.h"
#include "control.h"
#include "dial.h"
#include "line.h"
#include "notifier.h"
#include "options.h"
#include "script.h"
#include "truth.h"

#include <stdlib.h>

uint64_t sim_now_ms(const struct sim *sim)
{
	return tmr_jiffies() - sim->zero_ms;
}

/* splitmix64: small, and the same everywhere. */
uint32_t sim_dice(struct sim *sim)
{
	uint64_t z = sim->dice += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ (z >> 31)) >> 32);
}

uint32_t sim_between(struct sim *sim, uint32_t low, uint32_t high)
{
	return low + (high > low ? sim_dice(sim) % (high - low + 1) : 0);
}

/* A thousand watchers answer at once. */
static void widen(struct sim *sim, const struct sip_msg *msg)
{
	if (msg->tp != SIP_TRANSP_UDP || msg->sock == sim->widened)
		return;
	sim->widened = msg->sock;
	(void)udp_sockbuf_set(sim->widened, 4 << 20);
}

static bool request_handler(const struct sip_msg *msg, void *arg)
{
	struct sim *sim = arg;

	widen(sim, msg);
	if (sim_now_ms(sim) < sim->deaf_until_ms)
		return true;
	if (sim_notifier_request(sim, msg))
		return true;
	if (!pl_strcmp(&msg->met, "OPTIONS")) {
		(void)sip_treply(NULL, sim->sip, msg, 200, "OK");
		return true;
	}
	return false;
}

static void signal_handler(int sig)
{
	(void)sig;
	re_cancel();
}

static void sim_close(struct sim *sim)
{
	sim_control_stop(sim);
	list_flush(&sim->calls);
	sipsess_close_all(sim->sessions);
	if (sim->subs)
		hash_flush(sim->subs);
	sim->subs = mem_deref(sim->subs);
	sim->sessions = mem_deref(sim->sessions);
	sim->script = mem_deref(sim->script);
	sim->lsnr = mem_deref(sim->lsnr);
	if (sim->sip)
		sip_close(sim->sip, true);
	sim->sip = mem_deref(sim->sip);
	if (sim->lines)
		hash_flush(sim->lines);
	sim->lines = mem_deref(sim->lines);
	sim->line_list = mem_deref(sim->line_list);
	sim->truth = mem_deref(sim->truth);
	sim->acks = mem_deref(sim->acks);
	sim->heap = mem_deref(sim->heap);
}

static int listen_sip(struct sim *sim)
{
	struct sa laddr;
	int err = sa_set_str(&laddr, sim->opt.address, sim->opt.port);

	err = err ? err
		  : sip_alloc(&sim->sip, NULL, 1024, 1024, 64, "pbxsim", NULL, NULL);
	err = err ? err : sip_transp_add(sim->sip, SIP_TRANSP_UDP, &laddr);
	err = err ? err : sip_transp_add(sim->sip, SIP_TRANSP_TCP, &laddr);
	err = err ? err : sip_listen(&sim->lsnr, sim->sip, true, request_handler, sim);
	return err ? err : sim_dial_listen(sim);
}

static int sim_open(struct sim *sim)
{
	int err;

	list_init(&sim->calls);
	sim->zero_ms = tmr_jiffies();
	sim->dice = sim->opt.seed;
	sim->secret = rand_u64();
	err = sim_heap_alloc(&sim->heap);
	err = err ? err
		  : sim_truth_open(&sim->truth, sim->opt.truth_file, sim->opt.quiet);
	err = err ? err : sim_acks_open(&sim->acks, sim->opt.acks_file);
	err = err ? err : sim_lines_alloc(sim);
	err = err ? err : sim_notifier_alloc(sim);
	err = err ? err : listen_sip(sim);
	err = err ? err : sim_script_start(sim);
	return err ? err : sim_control_start(sim);
}

static int run(struct sim *sim)
{
	int err = fd_setsize(4096);

	err = err ? err : sim_open(sim);
	if (err) {
		char text[64];

		(void)re_fprintf(stderr, "pbxsim: cannot start at %s:%u: %s\n",
			sim->opt.address, sim->opt.port,
			str_error(err, text, sizeof(text)));
	} else {
		(void)re_printf("pbxsim: ready at %s:%u, lines %u to %u\n",
			sim->opt.address, sim->opt.port, sim->opt.line_first,
			sim->opt.line_last);
		(void)fflush(stdout);
		err = re_main(signal_handler);
	}
	sim_close(sim);
	return err;
}

int main(int argc, char **argv)
{
	static struct sim sim;
	int err = sim_options_parse(&sim.opt, argc, argv);

	if (err)
		return err == EAGAIN ? EXIT_SUCCESS : 2;
	if (sim.opt.list_callers) {
		sim_cast_print();
		return EXIT_SUCCESS;
	}
	err = libre_init();
	if (!err)
		err = run(&sim);
	libre_close();
	tmr_debug();
	mem_debug();
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
